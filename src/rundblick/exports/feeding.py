"""Every file of a plan walks the road: rows in large batches, mails as deliveries with their bytes.

What one file cannot give is named and the rest goes on. What was walked is committed, batch by batch. Reading goes
ahead of the walk, across the borders of files, so that neither waits for the other.
"""

from __future__ import annotations

import gc
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

import psycopg
from django.db import DatabaseError

from rundblick.connectors.notes import Note
from rundblick.connectors.protocol import Mail
from rundblick.connectors.reading import Piece as ReadPiece
from rundblick.connectors.reading import Plan, PlanFile, ReaderProcess, read_file
from rundblick.core.ahead import ahead
from rundblick.core.aside import AsideError
from rundblick.core.message import Message, Unreadable
from rundblick.intake.bulk import BATCH, FileSource, Tally, begin_file, end_file, list_mails, walk_rows
from rundblick.intake.road import Road
from rundblick.intake.tagged import join_all_tagged
from rundblick.intake.walking import RoadStopped
from rundblick.intake.work import receive

# customers first, so that fewer records change their customer on the way; the result is the same in any order
_ORDER = ("customers", "cases", "case_events", "mail", "interactions", "calls", "orders", "ratings", "reviews")
_MAILS = 500
_MAIL_BYTES = 32 << 20  # of mails that wait for their batch
_AHEAD = 8  # answers of the reading child, of 2,000 rows at most


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the feeding is. Bytes are those of the files on disk, ``seconds`` since the first one."""

    file: str
    rows: int
    done: int
    size: int
    seconds: float

    @property
    def remaining(self) -> float | None:
        """Seconds left at this pace; None while it cannot be told."""
        if self.done <= 0 or self.size <= 0 or self.seconds < 1:
            return None
        return max(0.0, self.seconds * (self.size - self.done) / self.done)


@dataclass(slots=True)
class Fed:
    """What came of one file. ``faults`` counts unreadable rows by (code, detail), with their first rows."""

    file: PlanFile
    tally: Tally
    remarks: tuple[Note, ...] = ()
    fault: Note | None = None
    faults: Counter[tuple[str, tuple[tuple[str, str], ...]]] = field(default_factory=Counter)
    rows: dict[tuple[str, tuple[tuple[str, str], ...]], list[int]] = field(default_factory=dict)

    def note(self, faults: Sequence[Unreadable]) -> None:
        """Count these unreadable rows."""
        for one in faults:
            key = (one.fault, tuple(sorted((k, v) for k, v in one.detail.items() if k != "line")))
            self.faults[key] += 1
            first = self.rows.setdefault(key, [])
            if len(first) < _FIRST_ROWS:
                first.append(one.row)


_FIRST_ROWS = 20


def feed(
    plan: Plan,
    road: Road,
    progress: Callable[[Progress], None] | None = None,
    settle: Callable[[], None] | None = None,
) -> list[Fed]:
    """Walk all files of the plan. Returns what came of each, in the plan's order, unread ones included.

    ``settle`` is called whenever the number of rows has doubled: where nobody else keeps the planner's picture true.
    Raises RoadStopped when nothing can go on (database away, disk full); what was committed stays.
    """
    began, before = time.monotonic(), 0
    fed: dict[int, Fed] = {}
    settled = BATCH
    received_at = datetime.now(UTC)
    files = sorted(plan.readable, key=_place)
    with (
        closing(road),
        ReaderProcess() as reader,
        seldom_collected(),
        ahead(_read_all(files, reader, received_at), _AHEAD, reader.kill) as parts,
    ):
        for place, told in groupby(parts, attrgetter("place")):
            file = files[place]

            def tell(rows: int, position: int, file: PlanFile = file, before: int = before) -> None:
                nonlocal settled
                walked = sum(one.tally.read for one in fed.values()) + rows
                if settle is not None and walked >= 2 * settled:
                    settle()
                    settled = walked
                if progress is not None:
                    seconds = time.monotonic() - began
                    progress(Progress(file.name, rows, before + min(position, file.size), plan.size, seconds))

            fed[id(file)] = _feed_file(file, told, road, received_at, tell)
            before += file.size
        _finish(road)
    join_all_tagged()  # mails that name a case of another file
    return [fed.get(id(file)) or Fed(file, Tally(), file.remarks, file.fault) for file in plan.files]


def _finish(road: Road) -> None:
    try:
        road.finish()
    except (AsideError, psycopg.Error, DatabaseError) as error:
        raise RoadStopped(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Part:
    """Some pieces of the file at ``place``, and how far its reading had come with them; the last one tells its end."""

    place: int
    pieces: Sequence[ReadPiece]
    rows: int
    position: int
    remarks: tuple[Note, ...] = ()
    fault: Note | None = None


def _read_all(files: Sequence[PlanFile], reader: ReaderProcess, received_at: datetime) -> Generator[_Part, None, None]:
    for place, file in enumerate(files):
        reading = read_file(file, reader=reader, received_at=received_at)
        for pieces in reading:
            yield _Part(place, pieces, reading.rows, reading.position)
        yield _Part(place, (), reading.rows, file.size, reading.remarks, reading.fault)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Millions of small values and no rings among them: the collector looks seldom."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _place(file: PlanFile) -> tuple[int, str]:
    return (_ORDER.index(file.means) if file.means in _ORDER else len(_ORDER), file.name)


def _feed_file(
    file: PlanFile, parts: Iterable[_Part], road: Road, received_at: datetime, tell: Callable[[int, int], None]
) -> Fed:
    tally = Tally()
    found = Fed(file, tally)
    source = begin_file(file.name, file.means, file.system, file.size, file.sha256(), received_at)
    rows: list[Message | Unreadable] = []
    mails: list[Mail] = []
    tell(0, 0)
    for part in parts:
        mails += [piece for piece in part.pieces if isinstance(piece, Mail)]
        found.note([piece for piece in part.pieces if isinstance(piece, Unreadable)])
        rows += [piece for piece in part.pieces if not isinstance(piece, Mail)]
        if len(rows) >= BATCH:
            found.note(walk_rows(road, source, rows, tally))
            rows = []
        while len(mails) >= _MAILS or sum(len(mail.envelope.raw or b"") for mail in mails) > _MAIL_BYTES:
            _walk_mails(road, source, mails[:_MAILS], tally)
            del mails[:_MAILS]
        tell(part.rows, part.position)
        found.remarks, found.fault = part.remarks, part.fault
    found.note(walk_rows(road, source, rows, tally))
    _walk_mails(road, source, mails, tally)
    tell(part.rows, file.size)
    _end(source, found)
    return found


def _walk_mails(road: Road, source: FileSource, mails: Sequence[Mail], tally: Tally) -> None:
    """Write down that they came, keep them as deliveries, then walk what the child made of them when it read them."""
    if not mails:
        return
    list_mails(source, tally.read + 1, [mail.envelope.source_key for mail in mails])
    read = {mail.envelope.source_key: mail.message or mail.unreadable for mail in mails}
    received = receive(
        road,
        [mail.envelope for mail in mails],
        lambda new: [read[e.source_key] or Unreadable(fault="read.no_reader") for e in new],
    )
    tally.unreadable += received.quarantined
    tally.read += len(mails)
    tally.kept += len(mails)  # an unreadable mail is kept too, as a flagged case
    tally.duplicates += sum(1 for one in received.accepted if not one.new)


def _end(source: FileSource, found: Fed) -> None:
    notes = [*found.remarks, *([found.fault] if found.fault else [])]
    end_file(source, found.tally, [note.code for note in notes])
