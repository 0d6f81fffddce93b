"""Who appears in the files of a plan: every row is read, and each source record is kept once, with what its rows told.

A list of customers tells of a record what its last row with that key says: a repeated key is a newer version, and an
address or last name that an earlier one had is kept as a former one. What other rows tell beside it (the name on an
order, the sender of a mail) fills gaps only, the most frequent value first. So the records are a function of the rows
and not of the order of the files.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rundblick.connectors.fields import AS_WRITTEN
from rundblick.connectors.protocol import Mail
from rundblick.connectors.reading import Piece as ReadPiece
from rundblick.connectors.reading import Plan, ReaderProcess, read_file
from rundblick.core.message import Identifier, Message, Party, Unreadable, What
from rundblick.customers.matching.earlier import with_earlier
from rundblick.exports.feeding import Fed, Progress, seldom_collected
from rundblick.intake.bulk import Tally


@dataclass(slots=True)
class Persons:
    """The source records of a plan in the order of (system, key), and what came of each file."""

    parties: list[Party]
    files: list[Fed]

    @property
    def unreadable(self) -> int:
        """Rows and mails that could not be read."""
        return sum(one.tally.unreadable for one in self.files)


_VERSIONS = 8  # earlier rows of a record that are remembered


@dataclass(slots=True)
class _Record:
    identifiers: tuple[Identifier, ...] = ()
    own: dict[str, str] = field(default_factory=dict)  # of the list of customers
    earlier: list[dict[str, str]] | None = None  # what that list said before, the oldest first
    beside: dict[str, dict[str, int]] | None = None  # of other rows: fact -> value -> how often


def read_persons(plan: Plan, progress: Callable[[Progress], None] | None = None) -> Persons:
    """Read every file of the plan; a file or row that cannot be read is counted with its cause and the rest goes on."""
    began, before = time.monotonic(), 0
    records: dict[tuple[str, str], _Record] = {}
    fed: dict[int, Fed] = {}
    received_at = datetime.now(UTC)
    with ReaderProcess() as reader, seldom_collected():
        for file in plan.readable:
            reading = read_file(file, reader=reader, received_at=received_at)
            found = fed[id(file)] = Fed(file, Tally())
            for chunk in reading:
                _take(chunk, records, found)
                if progress is not None:
                    done, seconds = before + min(reading.position, file.size), time.monotonic() - began
                    progress(Progress(file.name, reading.rows, done, plan.size, seconds))
            found.remarks, found.fault = reading.remarks, reading.fault
            before += file.size
    parties = [_party(system, key, records[system, key]) for system, key in sorted(records)]
    return Persons(parties, [fed.get(id(file)) or Fed(file, Tally(), file.remarks, file.fault) for file in plan.files])


def _take(chunk: Sequence[ReadPiece], records: dict[tuple[str, str], _Record], found: Fed) -> None:
    """Note who appears in these pieces, and what could not be read."""
    tally = found.tally
    for piece in _readings(chunk):
        tally.read += 1
        if isinstance(piece, Unreadable):
            tally.unreadable += 1
            found.note([piece])
            continue
        tally.kept += 1
        if piece.party is not None:
            _note(piece.party, piece.what is What.CUSTOMER, records)


def _readings(chunk: Sequence[ReadPiece]) -> Iterator[Message | Unreadable]:
    for piece in chunk:
        if isinstance(piece, Mail):
            yield piece.message or piece.unreadable or Unreadable(fault="read.no_reader")
        else:
            yield piece


def _note(party: Party, own: bool, records: dict[tuple[str, str], _Record]) -> None:
    record = records.setdefault((party.system, party.key), _Record())
    if own:
        if record.own and record.own != party.facts:
            record.earlier = [*(record.earlier or ())[-_VERSIONS:], record.own]
        record.own = party.facts
    elif party.facts:
        beside = record.beside = record.beside or {}
        for kind, value in party.facts.items():
            counts = beside.setdefault(kind, {})
            counts[value] = counts.get(value, 0) + 1
    if party.identifiers != record.identifiers:
        record.identifiers = tuple(dict.fromkeys((*record.identifiers, *party.identifiers)))


def _party(system: str, key: str, record: _Record) -> Party:
    facts = record.own
    if record.earlier:
        facts = with_earlier(facts, [(told, "") for told in reversed(record.earlier)])
    if record.beside:
        told = {
            kind: min(counts, key=lambda value, counts=counts: (-counts[value], value))  # type: ignore[misc]
            for kind, counts in record.beside.items()
        }
        facts = {**told, **facts}
    if AS_WRITTEN in facts:  # matching compares digits: a slip in a date leaves seven that agree
        facts = {**facts, "birth_date": facts.get("birth_date") or facts[AS_WRITTEN]}
        del facts[AS_WRITTEN]
    return Party(system, key, tuple(sorted(record.identifiers, key=_place)), facts)


def _place(one: Identifier) -> tuple[str, str, str]:
    return (one.kind, one.issuer, one.value)
