"""Which record a row is: by its key columns, else by its content and how often that came before (FOUNDATIONS 1)."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from hashlib import blake2b
from operator import itemgetter
from typing import Any

from rundblick.connectors.fields import WHAT
from rundblick.connectors.formats import cell_text
from rundblick.connectors.mapping import FileMapping
from rundblick.connectors.values import ValueFault


class Occurrences:
    """How often a digest came before, in bounded memory: 16 bytes a row, open addressing over 64-bit numbers."""

    __slots__ = ("_filled", "_mask", "_repeated", "_slots")

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 << 12))
        self._mask = len(self._slots) - 1
        self._filled = 0
        self._repeated: dict[int, int] = {}

    def number(self, digest: bytes) -> int:
        """1 for a digest that is new, 2 for its second coming, and so on."""
        value = int.from_bytes(digest[:8], "little") or 1
        slots, mask = self._slots, self._mask
        at = value & mask
        while slots[at]:
            if slots[at] == value:
                count = self._repeated[value] = self._repeated.get(value, 1) + 1
                return count
            at = (at + 1) & mask
        slots[at] = value
        self._filled += 1
        if self._filled * 3 > len(slots) * 2:
            self._grow()
        return 1

    def _grow(self) -> None:
        old = self._slots
        slots = array("Q", bytes(16 * len(old)))
        mask = len(slots) - 1
        for value in old:
            if value:
                at = value & mask
                while slots[at]:
                    at = (at + 1) & mask
                slots[at] = value
        self._slots, self._mask = slots, mask


def compile_identity(
    entry: FileMapping, header: Sequence[str], system: str, unknown: frozenset[str]
) -> Callable[[list[Any], bytes], bytes]:
    """FOUNDATIONS 1: by the key columns; without any by the content and its occurrence in the file."""
    what = WHAT[entry.means].value
    keys = entry.key_columns()
    if not keys:
        start = blake2b(f"content\x1f{system}\x1f{what}\x1f".encode(), digest_size=16)
        occurrences = Occurrences()

        def by_content(cells: list[Any], content: bytes) -> bytes:
            state = start.copy()
            state.update(content + b"%d" % occurrences.number(content))
            return state.digest()

        return by_content
    start = blake2b(f"key\x1f{system}\x1f{what}\x1f".encode(), digest_size=16)
    places = [header.index(column) for column in keys]
    pick = itemgetter(*places)
    single = len(places) == 1
    join = "\x1f".join

    def by_key(cells: list[Any], content: bytes) -> bytes:
        picked = (pick(cells),) if single else pick(cells)
        first = picked[0]
        if (type(first) is not str or len(first) < 20) and all(
            cell_text(cell).strip().casefold() in unknown for cell in picked
        ):
            raise ValueFault("value.missing", ", ".join(keys))
        try:
            said = join(picked)
        except TypeError:
            said = join([cell_text(cell) for cell in picked])
        if " " in said:
            said = join([cell_text(cell).strip() for cell in picked])
        state = start.copy()
        state.update(said.encode("utf-8", "surrogatepass"))
        return state.digest()

    return by_key
