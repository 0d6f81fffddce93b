"""The worker's side of the road: take what waits, read it, walk it, halve what fails, quarantine what stands alone.

What is to do stands in ``intake_pending``; a notification is only a wake-up. An attempt is written down in a
transaction of its own before anything is read; a batch whose worker vanished is taken again halved, never whole, and
a piece that was alone twice when its worker vanished goes to the quarantine (FOUNDATIONS 5).
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from psycopg import errors

from rundblick.core.database import cursor
from rundblick.core.envelope import Envelope
from rundblick.core.ids import uuid7
from rundblick.core.message import Reading, Unreadable
from rundblick.intake.pieces import Piece
from rundblick.intake.quarantine import quarantine_pieces
from rundblick.intake.reading import ReadingFault, ReadingProcess
from rundblick.intake.road import Road

log = structlog.get_logger()

MOST = 500
LEASE_SECONDS = 120
LONELY_ATTEMPTS = 2  # a piece that was alone this often when its worker vanished is not tried again
RETRIES = 5  # of deadlocks and serialization errors

_AGAIN = (errors.DeadlockDetected, errors.SerializationFailure, errors.LockNotAvailable)


class RoadStopped(Exception):
    """A fault that hits every piece alike: the database is away, the disk is full, a stage has a bug. Nothing is lost:
    what waits goes on waiting; an alarm is due."""


@dataclass(frozen=True, slots=True)
class Waiting:
    delivery: int
    source: int
    alone: int
    envelope: Envelope


def work_once(road: Road, reader: ReadingProcess, most: int = MOST) -> int:
    """Take one batch of what waits, at most ``most`` pieces, and bring it to an end. Returns how many were taken.

    Raises RoadStopped when nothing can go on.
    """
    taken = take(most)
    if taken is None:
        return 0
    lease, batch = taken
    lonely = [w for w in batch if w.alone > LONELY_ATTEMPTS]
    if lonely:
        quarantine_pieces(road, [(w, Unreadable(fault="road.vanished"), "read") for w in lonely])
    rest = [w for w in batch if w.alone <= LONELY_ATTEMPTS]
    try:
        readings = reader.read_all([w.envelope for w in rest])
    except ReadingFault as fault:  # the reader itself cannot start
        _release(lease)
        raise RoadStopped(str(fault)) from fault
    walk_halving(road, rest, readings)
    _end(lease)
    return len(batch)


def take(most: int = MOST) -> tuple[UUID, list[Waiting]] | None:
    """Lease what waits: oldest first, skipping what others hold. Expired leases count as vanished workers.

    The transaction is committed before anything is read.
    """
    lease = uuid7()
    with transaction.atomic(), cursor() as cur:
        cur.execute(
            """
            WITH candidate AS (
                SELECT p.delivery_id, p.leased_until IS NOT NULL AS vanished,
                       CASE WHEN p.leased_until IS NULL THEN p.batch_limit
                            ELSE greatest(1, p.batch_limit / 2) END AS bound,
                       row_number() OVER (ORDER BY p.leased_until IS NOT NULL, p.delivery_id) AS n
                FROM (
                    SELECT * FROM intake_pending
                    WHERE leased_until IS NULL OR leased_until < now()
                    ORDER BY leased_until IS NOT NULL, delivery_id LIMIT %s FOR UPDATE SKIP LOCKED
                ) p
            ), chosen AS (
                SELECT delivery_id, vanished, bound, min(bound) OVER (ORDER BY n) AS running, n FROM candidate
            ), batch AS (
                SELECT delivery_id, vanished, bound FROM chosen WHERE n <= running
            )
            UPDATE intake_pending p SET
                lease = %s, leased_until = now() + make_interval(secs => %s), attempts = p.attempts + 1,
                batch_limit = b.bound,
                alone = CASE WHEN (SELECT count(*) FROM batch) = 1 THEN p.alone + 1 ELSE p.alone END
            FROM batch b WHERE p.delivery_id = b.delivery_id
            RETURNING p.delivery_id, p.alone
            """,
            (most, lease, LEASE_SECONDS),
        )
        leased = dict(cur.fetchall())
        if not leased:
            return None
        cur.execute(
            "INSERT INTO intake_attempt (lease, worker, pieces, fault) VALUES (%s, %s, %s, '')",
            (lease, f"{socket.gethostname()}:{os.getpid()}", len(leased)),
        )
    return lease, load(leased)


def load(leased: dict[int, int]) -> list[Waiting]:
    """The envelopes of these deliveries with their kept bytes: {delivery: attempts alone} -> in order of arrival."""
    with cursor() as cur:
        cur.execute(
            "SELECT d.id, d.source_id, s.code, d.source_key, d.kind, d.received_at, d.hints, b.size,"
            " (SELECT string_agg(c.data, ''::bytea ORDER BY c.seq) FROM core_blobchunk c WHERE c.blob_id = d.blob_id)"
            " FROM core_delivery d JOIN core_source s ON s.id = d.source_id LEFT JOIN core_blob b ON b.id = d.blob_id"
            " WHERE d.id = ANY(%s) ORDER BY d.id",
            (list(leased),),
        )
        return [
            Waiting(
                delivery,
                source,
                leased[delivery],
                Envelope(code, key, kind, received_at, bytes(data or b""), None, _told(hints)),
            )
            for delivery, source, code, key, kind, received_at, hints, _, data in cur.fetchall()
        ]


def _told(hints: str | dict[str, str] | None) -> dict[str, str]:
    """Hints as they were stored; Django's connection gives jsonb as text."""
    told: dict[str, str] = json.loads(hints) if isinstance(hints, str) else hints or {}
    return told


def walk_halving(road: Road, waiting: Sequence[Waiting], readings: Sequence[Reading]) -> None:
    """Walk a batch; what fails is halved until the poisonous piece stands alone and goes to the quarantine."""
    unreadable = [(w, r, "read") for w, r in zip(waiting, readings, strict=True) if isinstance(r, Unreadable)]
    if unreadable:
        quarantine_pieces(road, unreadable)
    pairs = [(w, r) for w, r in zip(waiting, readings, strict=True) if not isinstance(r, Unreadable)]
    pieces = [
        (
            w,
            Piece(
                r,
                w.source,
                w.envelope.source_key,
                w.envelope.received_at,
                w.delivery,
                w.envelope.kind,
                live=True,
            ),
        )
        for w, r in pairs
    ]
    poisoned = _walk_or_split(road, pieces)
    if len(poisoned) > 1 and len(poisoned) == len(pieces):
        # every piece alike: the fault is ours or the database's, not theirs
        raise RoadStopped(f"all {len(pieces)} pieces failed: {poisoned[0][1]!r}") from poisoned[0][1]
    if poisoned:
        quarantine_pieces(
            road,
            [
                (w, Unreadable(fault="road.failed", detail={"error": type(error).__name__}), "record")
                for w, error in poisoned
            ],
        )


def _walk_or_split(road: Road, pairs: Sequence[tuple[Waiting, Piece]]) -> list[tuple[Waiting, Exception]]:
    if not pairs:
        return []
    try:
        walk_again(road, [piece for _, piece in pairs])
        return []
    except (InterfaceError, OperationalError) as error:
        stop_if_general(error)
        failure: Exception = error
    except Exception as error:
        failure = error
    log.warning("batch failed", pieces=len(pairs), error=repr(failure))
    if len(pairs) == 1:
        return [(pairs[0][0], failure)]
    middle = len(pairs) // 2
    for _, piece in pairs:
        piece.reset()
    return _walk_or_split(road, pairs[:middle]) + _walk_or_split(road, pairs[middle:])


def walk_again(road: Road, pieces: Sequence[Piece]) -> None:
    """Walk, and try again where PostgreSQL says that two transactions stood in each other's way."""
    for attempt in range(RETRIES):
        if attempt:
            for piece in pieces:
                piece.reset()
        try:
            road.walk(pieces)
            return
        except OperationalError as error:
            if not isinstance(error.__cause__, _AGAIN) or attempt == RETRIES - 1:
                raise
        except _AGAIN:
            if attempt == RETRIES - 1:
                raise


def stop_if_general(error: Exception) -> None:
    """Faults that are no piece's: the server away, the disk full, too many connections."""
    cause = error.__cause__
    general = (errors.DiskFull, errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow, errors.OutOfMemory)
    if isinstance(error, InterfaceError) or isinstance(cause, general) or not _database_answers():
        connection.close()
        raise RoadStopped(str(error)) from error


def _database_answers() -> bool:
    try:
        with connection.cursor() as cur:
            cur.execute("SELECT 1")
    except Exception:
        return False
    return True


def _release(lease: UUID) -> None:
    with transaction.atomic(), cursor() as cur:
        cur.execute("UPDATE intake_pending SET lease = NULL, leased_until = NULL WHERE lease = %s", (lease,))


def _end(lease: UUID) -> None:
    with cursor() as cur:
        cur.execute("UPDATE intake_attempt SET ended_at = now() WHERE lease = %s", (lease,))
