"""Several sets of rows as one statement: what a small batch writes costs one round trip, not one a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any, Final, NamedTuple

import msgspec

_PLACE: Final = re.compile(r"%[sbt%]")
_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, eq=False)
class RowSet:
    """Where rows go; ``rows_of`` gives the same one for the same place, so that they are told apart at no cost.

    computed  columns that PostgreSQL makes of a text, {column: expression over ``x.column``}
    """

    table: str
    columns: tuple[str, ...]
    conflict: str = ""
    computed: tuple[tuple[str, str], ...] = ()


rows_of = lru_cache(maxsize=None)(RowSet)


class Gathered:
    """Sets of rows and changes that wait to be written together.

    They do not see each other: a row may name another one by its id but not ask for it, and a change must not touch
    them.
    """

    def __init__(self) -> None:
        self._rows: dict[RowSet, list[Sequence[Any]]] = {}
        self._changes: list[tuple[str, str, Sequence[Any]]] = []

    def __bool__(self) -> bool:
        return bool(self._rows or self._changes)

    @property
    def tables(self) -> set[str]:
        """The tables whose column types ``statement`` needs."""
        return {one.table for one in self._rows}

    def add(self, where: RowSet, rows: Sequence[Sequence[Any]]) -> None:
        self._rows.setdefault(where, []).extend(rows)

    def change(self, statement: str, values: Sequence[Any], name: str = "") -> None:
        """An INSERT, UPDATE or DELETE that goes with them, or a SELECT that is called for what it does."""
        self._changes.append((name, statement, values))

    def statement(self, types: Mapping[str, Mapping[str, str]]) -> tuple[bytes, list[Any]]:
        """The one statement with its places numbered ($1, $2, ...), and its values. ``types``: {table: {column: type}}.

        Numbered, because psycopg does not remember where the places of so long a text are.
        """
        changes = sorted(self._changes, key=lambda change: _is_called(change[1]))
        shape = _planned(Shape(tuple(self._rows), tuple(change[:2] for change in changes)))
        text = _texts.get(shape)
        if text is None:
            if len(_texts) >= _MOST:
                _texts.clear()
                _came.clear()
            text = _texts[shape] = _numbered(_text(shape, types)).encode()
        rows = self._rows
        values: list[Any] = [
            _as_json(rows[one], one.columns, types[one.table]) if one in rows else "[]" for one in shape.sets
        ]
        for *_, its_values in changes:
            values.extend(its_values)
        return text, values


class Shape(NamedTuple):
    """What one statement writes: sets of rows, and (name, change)."""

    sets: tuple[RowSet, ...]
    changes: tuple[tuple[str, str], ...]


_texts: dict[Shape, bytes] = {}  # the same few shapes come again and again
_came: Counter[Shape] = Counter()  # those without a text of their own
_MOST: Final = 1000
# to have so long a statement planned costs about as much as so many that write nothing in some places
_OFTEN: Final = 16
_IDLE_MOST: Final = 8


def _planned(shape: Shape) -> Shape:
    """This shape; while it comes seldom, the nearest known one that has all its places."""
    if shape in _texts:
        return shape
    _came[shape] += 1
    if _came[shape] < _OFTEN:
        wanted = set(shape.sets)
        wider = (
            known
            for known in _texts
            if known.changes == shape.changes
            and len(known.sets) <= len(wanted) + _IDLE_MOST
            and wanted.issubset(known.sets)
        )
        return min(wider, key=lambda known: len(known.sets), default=shape)
    return shape


def _text(shape: Shape, types: Mapping[str, Mapping[str, str]]) -> str:
    steps = [f"s{i} AS ({_insert(one, types[one.table])})" for i, one in enumerate(shape.sets)]
    steps += [
        f"{name or f'c{i}'} AS ({change})" for i, (name, change) in enumerate(shape.changes) if not _is_called(change)
    ]
    called = ", ".join(f"({change})" for _, change in shape.changes if _is_called(change))
    return f"{'WITH ' if steps else ''}{', '.join(steps)} SELECT {called}"


def _numbered(text: str) -> str:
    """The statement with its places numbered."""
    numbers = count(1)
    return _PLACE.sub(lambda place: "%" if place[0] == "%%" else f"${next(numbers)}", text)


def _is_called(statement: str) -> bool:
    return statement.lstrip()[:6].upper() == "SELECT"


def _insert(one: RowSet, types: Mapping[str, str]) -> str:
    computed = dict(one.computed)
    told = ", ".join(computed.get(c, f"x.{c}") for c in one.columns)
    shape = ", ".join(f"{c} {'text' if c in computed else types[c]}" for c in one.columns)
    return (
        f"INSERT INTO {one.table} ({', '.join(one.columns)})"
        f" SELECT {told} FROM json_to_recordset(%s) AS x({shape}) {one.conflict}"
    )


def _as_json(rows: Sequence[Sequence[Any]], columns: Sequence[str], types: Mapping[str, str]) -> str:
    """As PostgreSQL reads it out of JSON; a text in a json column is JSON already."""
    told = [dict(zip(columns, row, strict=True)) for row in rows]
    for column in columns:
        kind = types[column]
        if kind == "bytea":
            for one in told:
                if one[column] is not None:
                    one[column] = "\\x" + bytes(one[column]).hex()
        elif kind in ("json", "jsonb"):
            for one in told:
                if isinstance(one[column], str):
                    one[column] = msgspec.Raw(one[column].encode())
    return _encode(told).decode()
