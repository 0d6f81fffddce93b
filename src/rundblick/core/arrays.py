"""Lists of numbers and of bytes as PostgreSQL's own binary arrays, in one step.

psycopg looks at every element, chooses the smallest type that holds all, and writes one after the other, in Python.
And one statement with ids below and above 32,767 is two statements for it, prepared twice. Here a list of ints is a
bigint[] and a list of bytes a bytea[], whatever stands in it; all other lists go psycopg's way.
"""

from __future__ import annotations

import struct
from typing import Any, Final

import psycopg
from psycopg.adapt import PyFormat
from psycopg.pq import Format
from psycopg.types.array import BaseListDumper, ListBinaryDumper, ListDumper

_BYTEA, _BYTEAS, _INT8, _INT8S = 17, 1001, 20, 1016  # oids of the types and of their arrays (pg_type.dat)
_head: Final = struct.Struct("!iiIii").pack  # dimensions, has nulls, type of an element, elements, lower bound
_length: Final = struct.Struct("!i").pack
_number: Final = struct.Struct("!iq").pack  # length, number


class _Numbers(BaseListDumper):
    format = Format.BINARY
    oid = _INT8S

    def dump(self, obj: list[int]) -> bytes:
        return b"".join([_head(1, 0, _INT8, len(obj), 1), *[_number(8, number) for number in obj]])


class _Byteses(BaseListDumper):
    format = Format.BINARY
    oid = _BYTEAS

    def dump(self, obj: list[bytes]) -> bytes:
        parts = [_head(1, 0, _BYTEA, len(obj), 1)]
        for one in obj:
            parts += (_length(len(one)), one)
        return b"".join(parts)


_QUICK: Final[dict[type, type[BaseListDumper]]] = {int: _Numbers, bytes: _Byteses}


def _kind(obj: list[Any], format: PyFormat) -> type | None:
    """What all elements are, where that is written here; what is asked for as text is psycopg's."""
    if format is PyFormat.TEXT or len(kinds := set(map(type, obj))) != 1:
        return None
    kind = kinds.pop()
    return kind if kind in _QUICK else None


class _Lists(ListDumper):
    def get_key(self, obj: list[Any], format: PyFormat) -> Any:
        kind = _kind(obj, format)
        return super().get_key(obj, format) if kind is None else (self.cls, kind)

    def upgrade(self, obj: list[Any], format: PyFormat) -> BaseListDumper:
        kind = _kind(obj, format)
        return super().upgrade(obj, format) if kind is None else _QUICK[kind](self.cls, self._tx)


class _BinaryLists(ListBinaryDumper):
    def get_key(self, obj: list[Any], format: PyFormat) -> Any:
        kind = _kind(obj, format)
        return super().get_key(obj, format) if kind is None else (self.cls, kind)

    def upgrade(self, obj: list[Any], format: PyFormat) -> BaseListDumper:
        kind = _kind(obj, format)
        return super().upgrade(obj, format) if kind is None else _QUICK[kind](self.cls, self._tx)


def quicken(connection: psycopg.Connection[Any]) -> None:
    """Write lists so on this connection."""
    connection.adapters.register_dumper(list, _BinaryLists)
    connection.adapters.register_dumper(list, _Lists)  # the later one is what a statement means that asks for neither
