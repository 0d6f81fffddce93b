"""Where each key of a TOML text stands: tomllib reads values, not places."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?\Z")
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_PARTS = re.compile(_PART)

Path = tuple[str | int, ...]


class Lines:
    """The line, from 1, of each table and key of a TOML text.

    A path holds names and, after the name of an array of tables, the number of the table from 0:
    ``("file", 2, "columns", "case")``. A path that does not stand for itself has the line of what holds it. Lines
    inside values of several lines may be taken for keys; that costs a line number, never a value.
    """

    def __init__(self, text: str) -> None:
        self._found: dict[Path, int] = {}
        counts: dict[Path, int] = {}
        table: Path = ()
        for number, line in enumerate(text.splitlines(), start=1):
            header = _HEADER.match(line)
            if header and not _KEY.match(line):
                table = self._table(_split(header[2]), counts, array=header[1] == "[[")
                self._found.setdefault(table, number)
                continue
            key = _KEY.match(line)
            if key:
                self._found.setdefault((*table, *_split(key[1])), number)

    @staticmethod
    def _table(names: tuple[str, ...], counts: dict[Path, int], *, array: bool) -> Path:
        path: Path = ()
        for position, name in enumerate(names):
            path = (*path, name)
            if array and position == len(names) - 1:
                counts[path] = counts.get(path, -1) + 1
            if path in counts:
                path = (*path, counts[path])
        return path

    def of(self, path: Path) -> int:
        while path:
            if path in self._found:
                return self._found[path]
            inside = [line for known, line in self._found.items() if known[: len(path)] == path]
            if inside:
                return min(inside)
            path = path[:-1]
        return 1


def _split(dotted: str) -> tuple[str, ...]:
    parts = []
    for part in _PARTS.findall(dotted):
        if part[0] == '"':
            part = part[1:-1].replace('\\"', '"').replace("\\\\", "\\")
        elif part[0] == "'":
            part = part[1:-1]
        parts.append(part)
    return tuple(parts)
