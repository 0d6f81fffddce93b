"""How a delimited text is written: its delimiter, whether quotes are escaped by a backslash, where the header is."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

_COMMON: Final = (",", ";", "\t", "|")
_UNLIKELY: Final = frozenset(" .-_:/\\'\"@()[]{}+*?!=<>%&#$€\r\n\x0c\x0b")  # stand inside of values
_SEP_LINE = re.compile(r'"?sep=(.)"?\r?\n?\Z', re.I)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How rows are written.

    escape   "\\" where a quote is escaped by it, else ""
    spaced   quotes stand behind a delimiter and a space
    skip     lines before the header
    certain  whether rows agree on the delimiter
    """

    delimiter: str
    escape: str = ""
    spaced: bool = False
    skip: int = 0
    certain: bool = True

    def reader(self, lines: Iterable[str], *, strict: bool = False) -> Iterator[list[str]]:
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            escapechar=self.escape or None,
            skipinitialspace=self.spaced,
            strict=strict,
        )


def find_dialect(lines: list[str], given: str = "") -> Dialect:
    """The dialect of a text from its first lines (with their line ends). ``given``: the mapping's delimiter."""
    first = _SEP_LINE.match(lines[0]) if lines else None
    skip = 1 if first else 0
    told = given or (first[1] if first else "")
    body = lines[skip:]
    text = "".join(body)
    if told:
        return _settled(body, told, skip)
    counts = Counter(text)
    others = [
        c for c in counts if not c.isalnum() and c not in _UNLIKELY and c not in _COMMON and counts[c] >= len(body)
    ]
    best, best_score = ",", (0.0, 0)
    for candidate in (*_COMMON, *sorted(others)):
        if candidate not in counts:
            continue
        widths = _widths(body, candidate)
        wide = [w for w in widths if w > 1]
        if not wide:
            continue
        usual, often = Counter(wide).most_common(1)[0]
        score = (often / len(widths), usual)
        if score[0] > best_score[0] + 0.05 or (score[0] >= best_score[0] - 0.05 and score[1] > best_score[1]):
            best, best_score = candidate, score
    return _settled(body, best, skip, certain=best_score[0] >= 0.8)


def _settled(body: list[str], delimiter: str, skip: int, *, certain: bool = True) -> Dialect:
    text = "".join(body)
    spaced = f'{delimiter} "' in text and f'{delimiter}"' not in text
    dialect = Dialect(delimiter, _escape(body, delimiter), spaced)
    return replace(dialect, skip=skip + _header_line(body, dialect), certain=certain)


def _escape(body: list[str], delimiter: str) -> str:
    """A backslash before quotes is an escape where the rows are only well formed if it is."""
    if not any('\\"' in line for line in body):
        return ""
    plain, escaped = (_well_formed(body, Dialect(delimiter, escape)) for escape in ("", "\\"))
    return "\\" if escaped and not plain else ""


def _well_formed(body: list[str], dialect: Dialect) -> bool:
    try:
        for _ in dialect.reader(body, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)  # the sample may be cut inside a row
    return True


def _widths(lines: list[str], delimiter: str) -> list[int]:
    """The number of cells of each row; the last one may be cut off."""
    rows = Dialect(delimiter, _escape(lines, delimiter)).reader(lines)
    widths = []
    try:
        for row in rows:
            if row:
                widths.append(len(row))
    except csv.Error:
        pass
    return widths[:-1] if len(widths) > 2 else widths


def _header_line(lines: list[str], dialect: Dialect) -> int:
    """How many lines stand above the header (a title, a date of print).

    The header is the first row as wide as most rows whose cells are mostly filled.
    """
    reader = dialect.reader(lines)
    rows: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for row in reader:
            rows.append((before, row))
            before = reader.line_num  # type: ignore[attr-defined]  # the csv module's reader has it
    except csv.Error:
        pass
    widths = Counter(len(row) for _, row in rows[:-1] or rows if row)
    if not widths:
        return 0
    full = widths.most_common(1)[0][0]
    for start, row in rows[:30]:
        if len(row) == full and (full == 1 or sum(1 for cell in row if cell.strip()) * 2 > full):
            return start
    return next((start for start, row in rows if row), 0)
