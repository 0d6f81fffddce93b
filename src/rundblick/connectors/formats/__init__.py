"""One module per format; each gives the same thing: tables whose rows come in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final, Protocol

from rundblick.connectors.notes import Note
from rundblick.core.message import Unreadable

# What a cell can be after reading: "" is empty; a float is never whole, a bool comes as "true" or "false".
Cell = str | int | float | datetime | date | time

BATCH: Final = 2000
MAX_CELL: Final = 1 << 22  # characters of one cell
MAX_COLUMNS: Final = 5000


@dataclass(slots=True)
class Batch:
    """Some rows of a table, in order.

    rows     cells of each row, as many as the header has
    numbers  each row's number, from 1 for the first one below the header
    starts, ends  each row's byte range in the unpacked file; empty where the format has none
    bad      rows that could not be read
    last     number of the last row seen
    """

    rows: list[list[Cell]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    bad: list[Unreadable] = field(default_factory=list)
    last: int = 0


class Table(Protocol):
    """One table of an open file. ``header``: column names, a second one of a name is ``name#2``.

    ``batches`` may be called once; it raises ``FileFault`` where the file breaks off, after the rows before.
    ``notes`` is complete only after the last batch. ``position``: bytes of the file on disk read so far.
    """

    header: tuple[str, ...]

    def batches(self) -> Iterator[Batch]: ...

    def notes(self) -> tuple[Note, ...]: ...

    @property
    def position(self) -> int: ...


def unique_columns(names: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Column names in order, a repeated one with its number, an empty one by its place; and which were repeated.

    >>> unique_columns(["a", "b", "a", ""])
    (('a', 'b', 'a#2', 'column 4'), ['a'])
    """
    seen: dict[str, int] = {}
    taken: set[str] = set(names)
    doubled: list[str] = []
    out: list[str] = []
    for place, raw in enumerate(names, start=1):
        name = " ".join(raw.split()) or f"column {place}"
        count = seen[name] = seen.get(name, 0) + 1
        if count == 1:
            out.append(name)
            continue
        if name not in doubled:
            doubled.append(name)
        while f"{name}#{count}" in taken:
            count += 1
        seen[name] = count
        taken.add(f"{name}#{count}")
        out.append(f"{name}#{count}")
    return tuple(out), doubled


def plain_cell(value: object) -> Cell:
    """A typed value of Excel, JSON or Parquet as a cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return ""
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, (datetime, date, time)):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)


def cell_text(cell: Cell) -> str:
    """The one text of a cell, for digests and keys: times as ISO, a number without exponent where it has none."""
    if type(cell) is str:
        return cell
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)
