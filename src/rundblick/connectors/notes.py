"""What a reader has to say to a person, as a code and its values; the sentences stand in ``texts``."""

from __future__ import annotations

import msgspec


class Note(msgspec.Struct, frozen=True, array_like=True):
    """A remark or a fault about a file, a table or a mapping.

    code    what it is: "encoding.found", "file.truncated", "columns.doubled" ...; see ``texts``
    values  what the sentence needs: column, encoding, row ... never a person's text
    count   how often it happened
    """

    code: str
    values: dict[str, str] = {}
    count: int = 1


class Notes:
    """Collects remarks of one file; the same remark a second time only counts."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}

    def add(self, code: str, count: int = 1, /, **values: str) -> None:
        key = (code, tuple(values.items()))
        self._found[key] = self._found.get(key, 0) + count

    def extend(self, notes: tuple[Note, ...]) -> None:
        for note in notes:
            self.add(note.code, note.count, **note.values)

    def all(self) -> tuple[Note, ...]:
        return tuple(Note(code, dict(values), count) for (code, values), count in self._found.items())


class FileFault(Exception):
    """A file, or its rest, that cannot be read; what was read before it stays.

    >>> raise FileFault("file.truncated", at="1048576")
    """

    def __init__(self, code: str, /, **values: str) -> None:
        super().__init__(code)
        self.note = Note(code, values)
