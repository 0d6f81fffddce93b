"""The worker's side of the road: take what waits, read it, walk it, halve what fails, quarantine what stands alone.

What is to do stands in ``intake_pending``; a notification is only a wake-up. An attempt is written down in a
transaction of its own before anything is read; a batch whose worker vanished is taken again halved, never whole, and
a piece that was alone twice when its worker vanished goes to the quarantine (FOUNDATIONS 5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from django.db import transaction

from rundblick.core.database import cursor
from rundblick.core.envelope import Envelope
from rundblick.core.ids import uuid7
from rundblick.core.message import Message, Reading, Unreadable
from rundblick.intake.accept import LEASE_SECONDS, Accepted, accept, worker
from rundblick.intake.pieces import Piece
from rundblick.intake.quarantine import Kept, failed, quarantine_pieces
from rundblick.intake.reading import ReadingFault, ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.waiting import Waiting, load
from rundblick.intake.walking import RoadStopped, walk_halving

log = structlog.get_logger()

MOST = 500
MOST_BYTES = 32 << 20  # of a batch's originals, which are in memory at once; a larger one comes alone
LONELY_ATTEMPTS = 2  # a piece that was alone this often when its worker vanished is not tried again


def work_once(road: Road, reader: ReadingProcess, most: int = MOST) -> int:
    """Take one batch of what waits, at most ``most`` pieces, and bring it to an end. Returns how many were taken.

    Raises RoadStopped when nothing can go on.
    """
    taken = take(most)
    if taken is None:
        return 0
    lease, batch = taken
    lonely = [w for w in batch if w.alone > LONELY_ATTEMPTS]
    quarantine_pieces([(w, Unreadable(fault="road.vanished"), "read") for w in lonely])
    rest = [w for w in batch if w.alone <= LONELY_ATTEMPTS]
    try:
        readings = reader.read_all([w.envelope for w in rest])
    except ReadingFault as fault:  # the reader itself cannot start
        _release(lease)
        raise RoadStopped(str(fault)) from fault
    bring_to_end(road, lease, rest, readings)
    return len(batch)


@dataclass(frozen=True, slots=True)
class Received:
    """``quarantined``: how many of the new ones could not be read or recorded."""

    accepted: list[Accepted]
    quarantined: int


def receive(
    road: Road, envelopes: Sequence[Envelope], read: Callable[[Sequence[Envelope]], Sequence[Reading]]
) -> Received:
    """Accept these deliveries and bring them to an end at once, for a door that need not wait for a worker.

    When it returns they are committed, bytes and outcome. ``read`` reads them, each at most once.
    Raises RoadStopped when nothing can go on; what was accepted waits then for a worker.

    A road that is proven keeps originals and what came of them in one transaction. One that is not, or for which that
    fails, keeps them first, under a lease, and walks then: so a piece that ends the process is found by the next one
    as its first batch, waits there as an attempt that vanished, and goes the way of those (docs/decisions/0017).
    """
    read_once = _Once(read)
    if road.is_proven:
        received = _at_once(road, envelopes, read_once)
        if received is not None:
            return received
    lease = uuid7()
    accepted = accept(envelopes, lease)
    new = [(envelope, one) for envelope, one in zip(envelopes, accepted, strict=True) if one.new]
    if not new:
        return Received(accepted, 0)
    readings = read_once([envelope for envelope, _ in new])
    waiting = [Waiting(one.delivery, one.source, 0, envelope) for envelope, one in new]
    quarantined = bring_to_end(road, lease, waiting, readings)
    road.is_proven = True
    return Received(accepted, quarantined)


class _Once:
    """Reads each envelope once."""

    def __init__(self, read: Callable[[Sequence[Envelope]], Sequence[Reading]]) -> None:
        self._read = read
        self._found: dict[tuple[str, str], Reading] = {}

    def __call__(self, envelopes: Sequence[Envelope]) -> list[Reading]:
        new = [envelope for envelope in envelopes if _key(envelope) not in self._found]
        self._found.update(zip(map(_key, new), self._read(new) if new else (), strict=True))
        return [self._found[_key(envelope)] for envelope in envelopes]


def _key(envelope: Envelope) -> tuple[str, str]:
    return envelope.source, envelope.source_key


def _at_once(road: Road, envelopes: Sequence[Envelope], read: _Once) -> Received | None:
    """Originals and what comes of them in one transaction; None when that cannot be: then nothing of it is there."""
    first: dict[tuple[str, str], Envelope] = {}
    for envelope in envelopes:
        first.setdefault(_key(envelope), envelope)
    readings = list(zip(first.values(), read([*first.values()]), strict=True))
    if any(isinstance(reading, Unreadable) for _, reading in readings):
        return None  # the quarantine takes what was accepted
    road.names.learn_sources({(envelope.source, envelope.kind) for envelope in envelopes})
    ids = road.names.sources
    pieces = {
        _key(e): Piece(reading, ids[e.source], e.source_key, e.received_at, kind=e.kind, live=True, original=e)
        for e, reading in readings
        if isinstance(reading, Message)
    }
    try:
        road.walk([*pieces.values()])
    except Exception as error:  # whatever it is: it comes again where pieces are told apart, or is over
        log.warning("not at once", pieces=len(pieces), error=repr(error))
        road.is_proven = False
        return None
    accepted = []
    for envelope in envelopes:
        piece = pieces[_key(envelope)]
        assert piece.delivery is not None
        accepted.append(Accepted(piece.delivery, piece.source, not piece.settled and first[_key(envelope)] is envelope))
    return Received(accepted, 0)


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
                       row_number() OVER (ORDER BY p.leased_until IS NOT NULL, p.delivery_id) AS n,
                       (SELECT b.size FROM core_delivery d JOIN core_blob b ON b.id = d.blob_id
                        WHERE d.id = p.delivery_id) AS size
                FROM (
                    SELECT * FROM intake_pending
                    WHERE leased_until IS NULL OR leased_until < now()
                    ORDER BY leased_until IS NOT NULL, delivery_id LIMIT %s FOR UPDATE SKIP LOCKED
                ) p
            ), chosen AS (
                SELECT delivery_id, vanished, bound, min(bound) OVER (ORDER BY n) AS running, n,
                       sum(size) OVER (ORDER BY n) AS bytes FROM candidate
            ), batch AS (
                SELECT delivery_id, vanished, bound FROM chosen
                WHERE n = 1 OR (n <= running AND coalesce(bytes, 0) <= %s)
            )
            UPDATE intake_pending p SET
                lease = %s, leased_until = now() + make_interval(secs => %s), attempts = p.attempts + 1,
                batch_limit = b.bound,
                alone = CASE WHEN (SELECT count(*) FROM batch) = 1 THEN p.alone + 1 ELSE p.alone END
            FROM batch b WHERE p.delivery_id = b.delivery_id
            RETURNING p.delivery_id, p.alone
            """,
            (most, MOST_BYTES, lease, LEASE_SECONDS),
        )
        leased = dict(cur.fetchall())
        if not leased:
            return None
        cur.execute(
            "INSERT INTO intake_attempt (lease, worker, pieces, fault) VALUES (%s, %s, %s, '')",
            (lease, worker(), len(leased)),
        )
    return lease, load(leased)


def bring_to_end(road: Road, lease: UUID, waiting: Sequence[Waiting], readings: Sequence[Reading]) -> int:
    """Walk what could be read and quarantine the rest; then the attempt under this lease has ended.

    Returns how many went to the quarantine. Raises RoadStopped.
    """
    unreadable: list[Kept] = []
    walking: dict[int, Waiting] = {}
    pieces: list[Piece] = []
    for one, reading in zip(waiting, readings, strict=True):
        if isinstance(reading, Unreadable):
            unreadable.append((one, reading, "read"))
        else:
            walking[one.delivery] = one
            pieces.append(one.piece(reading))
    quarantine_pieces(unreadable)
    poisoned: list[Kept] = [
        (walking[piece.delivery], failed(error), "record")
        for piece, error in walk_halving(road, pieces, ending=lease)
        if piece.delivery is not None
    ]
    quarantine_pieces(poisoned)
    if poisoned or not pieces:
        _end(lease)
    return len(unreadable) + len(poisoned)


def _release(lease: UUID) -> None:
    with transaction.atomic(), cursor() as cur:
        cur.execute("UPDATE intake_pending SET lease = NULL, leased_until = NULL WHERE lease = %s", (lease,))


def _end(lease: UUID) -> None:
    with cursor() as cur:
        cur.execute("UPDATE intake_attempt SET ended_at = now() WHERE lease = %s", (lease,))
