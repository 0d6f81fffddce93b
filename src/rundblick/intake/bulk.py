"""Bulk input: rows of a file walk the same road as live messages, in larger batches.

The file is the kept original; a row's delivery is (file's SHA-256, row number). A file read again writes nothing, a
file whose reading was cut off goes on where it stopped, since rows that have their outcome are passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction

from rundblick.core.database import cursor
from rundblick.core.message import Message, Reading, Unreadable
from rundblick.intake.accept import source_ids
from rundblick.intake.pieces import Piece
from rundblick.intake.quarantine import failed, quarantine_rows
from rundblick.intake.road import Road
from rundblick.intake.walking import walk_halving

BATCH = 4000
ALIKE = 50  # rows of a batch that all fail: a small file may be all wrong, so many rows mean that a stage is


@dataclass(slots=True)
class Tally:
    """Rows of one file: read = kept + unreadable. ``duplicates`` and ``versions`` are among the kept ones."""

    read: int = 0
    kept: int = 0
    unreadable: int = 0
    duplicates: int = 0
    versions: int = 0


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file of an export on the road. ``sha256`` as hex; ``received_at`` is when this reading began (UTC)."""

    id: int
    sha256: str
    received_at: datetime
    first_reading: bool = False


def begin_file(name: str, what: str, system: str, size: int, sha256: str, received_at: datetime) -> FileSource:
    """Make the file known as a source, before its first row is read."""
    with transaction.atomic(), cursor() as cur:
        code = f"file:{sha256}"
        source = source_ids(cur, {(code, "file")})[code]
        cur.execute("UPDATE core_source SET name = %s WHERE id = %s", (name, source))
        cur.execute(
            "INSERT INTO intake_intakefile (source_id, name, what, system, size, sha256, rows_read, rows_kept,"
            " rows_unreadable, remarks) VALUES (%s, %s, %s, %s, %s, %s, 0, 0, 0, '[]')"
            " ON CONFLICT (source_id) DO UPDATE SET name = EXCLUDED.name, what = EXCLUDED.what,"
            " system = EXCLUDED.system, begun_at = now(), done_at = NULL RETURNING xmax = 0",
            (source, name, what, system, size, bytes.fromhex(sha256)),
        )
        inserted = cur.fetchone()
        cur.execute("DELETE FROM intake_archivelist WHERE source_id = %s", (source,))
    return FileSource(source, sha256, received_at, bool(inserted and inserted[0]))


def end_file(source: FileSource, tally: Tally, remarks: Sequence[str]) -> None:
    """Write down how the file ended."""
    with cursor() as cur:
        cur.execute(
            "UPDATE intake_intakefile SET rows_read = %s, rows_kept = %s, rows_unreadable = %s, remarks = %s,"
            " done_at = now() WHERE source_id = %s",
            (tally.read, tally.kept, tally.unreadable, json.dumps(list(remarks)), source.id),
        )


def list_mails(source: FileSource, first: int, keys: Sequence[str]) -> None:
    """Write down what a file of mails told, before anything is done with it: the daily proof holds the deliveries
    against it, for each version of the file. ``keys`` of deliveries, the mail ``first`` in the file's order and those
    behind it."""
    contents = b"".join(bytes.fromhex(key.rpartition("#")[2]) for key in keys)
    with cursor() as cur:
        cur.execute(
            "INSERT INTO intake_archivelist (source_id, first, contents) VALUES (%s, %s, %s)"
            " ON CONFLICT (source_id, first) DO UPDATE SET contents = EXCLUDED.contents",
            (source.id, first, contents),
        )


def walk_rows(road: Road, source: FileSource, readings: Iterable[Reading], tally: Tally) -> list[Unreadable]:
    """Walk one batch of a file's rows. Unreadable ones, and ones that no batch can take in, are quarantined by number.

    Returns the latter: rows that could be read and yet not be recorded.
    Raises RoadStopped when nothing can go on (database away, disk full, a stage that fails on every row).
    """
    pieces: list[Piece] = []
    faults: list[Unreadable] = []
    for reading in readings:
        tally.read += 1
        if isinstance(reading, Message):
            row = reading.span.row if reading.span is not None else tally.read
            pieces.append(
                Piece(
                    reading,
                    source.id,
                    str(row),
                    source.received_at,
                    span=reading.span,
                    first_reading=source.first_reading,
                )
            )
        else:
            faults.append(reading)
    unrecorded = [_unrecorded(piece, error) for piece, error in walk_halving(road, pieces, ALIKE)]
    faults += unrecorded
    tally.unreadable += len(faults)
    tally.kept += len(pieces) - len(unrecorded)
    if faults:
        with transaction.atomic(), cursor() as cur:
            quarantine_rows(cur, source.id, faults)
    tally.duplicates += sum(1 for piece in pieces if piece.known or piece.settled)
    tally.versions += sum(1 for piece in pieces if piece.older_version and not piece.known)
    return unrecorded


def _unrecorded(piece: Piece, error: Exception) -> Unreadable:
    row = piece.span.row if piece.span is not None else 0
    return msgspec.structs.replace(failed(error), row=row, span=piece.span)
