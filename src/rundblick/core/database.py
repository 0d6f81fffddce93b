"""Access to PostgreSQL for hot paths: sets of rows by COPY or unnest, ids drawn ahead, all through one module."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

from rundblick.core.arrays import quicken
from rundblick.core.foreseeing import Answer, Question, answers, together
from rundblick.core.gathering import Gathered, rows_of

_PLANS_AFTER = 3  # executions, then the server keeps the plan; Django switches it off for its own cursors


class DatabaseUrlError(ValueError):
    """RUNDBLICK_DATABASE_URL is no address of a PostgreSQL database."""


def django_settings(url: str | None = None) -> dict[str, Any]:
    """Django's settings for a database URL (default: RUNDBLICK_DATABASE_URL).

    postgresql://user:password@host:port/name or, for a socket, postgresql://user:password@/name?host=/folder.
    Raises DatabaseUrlError.
    """
    text = url or os.environ.get("RUNDBLICK_DATABASE_URL") or "postgresql:///rundblick"
    parts = urlsplit(text)
    if parts.scheme not in ("postgres", "postgresql") or not parts.path.strip("/"):
        raise DatabaseUrlError(
            f"RUNDBLICK_DATABASE_URL: {parts.scheme or text!r} is no PostgreSQL address; "
            "it looks like postgresql://user:password@host/name"
        )
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or query.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {**query, "application_name": "rundblick"},
    }


@contextmanager
def cursor() -> Iterator[psycopg.Cursor[Any]]:
    """psycopg's own cursor on Django's connection, inside the running transaction.

    Unlike Django's it binds on the server, can COPY, and lets the server keep plans of what comes again and again.
    """
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    if raw.prepare_threshold is None:
        raw.prepare_threshold = _PLANS_AFTER
        quicken(raw)
    with _Cursor(raw) as cur:
        yield cur


SetAside = tuple[str, Sequence[str], Sequence[Sequence[Any]], str]
"""Rows for somebody else to write: what ``insert_rows`` takes."""


class _Cursor(psycopg.Cursor[Any]):
    """``gathered``: what waits to be written together, before any statement that may depend on it.

    ``foreseen``: answers that came before their questions; each is given once.
    ``left``: the tables whose rows are left to somebody else, and what was left.
    """

    gathered: Gathered | None = None
    foreseen: dict[Question, Answer] | None = None
    left: tuple[Collection[str], list[SetAside]] | None = None
    _told: list[tuple[Any, ...]] | None = None

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        if isinstance(query, Question):
            if self.foreseen and (answer := self.foreseen.pop(query, None)) is not None:
                self._told = answer.about(params[-1])
                if self._told is not None:
                    return self
        elif self.gathered:
            _write_gathered(self, self.gathered)
        return super().execute(query, params, **options)

    def fetchall(self) -> list[Any]:
        told, self._told = self._told, None
        return super().fetchall() if told is None else told


def foresee(cur: psycopg.Cursor[Any], asked: Mapping[Question, Sequence[Any]]) -> None:
    """Ask these questions, {question: values}, by one statement.

    Whoever then asks one of them on this cursor, about the same keys or some of them, has the answer (by ``fetchall``):
    once, since whoever asks again wants to know what has changed.
    """
    asked = {question: values for question, values in asked.items() if values[-1]}
    if not isinstance(cur, _Cursor) or len(asked) < 2:
        return
    text, places = together(tuple(asked))
    cur.execute(text, [value for values in asked.values() for value in values])
    cur.foreseen = answers(asked, places, cur.fetchall())


@contextmanager
def gathering(cur: psycopg.Cursor[Any]) -> Iterator[None]:
    """Write the small sets of rows given inside, and what goes ``along``, by as few statements as can be.

    They wait until a statement comes that is no ``Question``, or the end; inside another gathering, its end.
    """
    if not isinstance(cur, _Cursor):
        raise TypeError("rows are gathered on a cursor of core.database.cursor")
    if cur.gathered is not None:
        yield
        return
    cur.gathered = Gathered()
    try:
        yield
        settle(cur)
    finally:
        cur.gathered = None


@contextmanager
def leaving(cur: psycopg.Cursor[Any], tables: Collection[str]) -> Iterator[list[SetAside]]:
    """Leave the rows of these tables to somebody else, who writes them once this transaction is committed."""
    if not isinstance(cur, _Cursor):
        raise TypeError("rows are left on a cursor of core.database.cursor")
    found: list[SetAside] = []
    cur.left = (tables, found) if tables else None
    try:
        yield found
    finally:
        cur.left = None


def _write_gathered(cur: _Cursor, gathered: Gathered) -> None:
    cur.gathered = Gathered()
    _execute_gathered(cur, gathered)


def _execute_gathered(cur: psycopg.Cursor[Any], gathered: Gathered) -> None:
    text, values = gathered.statement({table: _column_types(cur, table) for table in gathered.tables})
    # few shapes, and each is long: to have one read and planned twice costs more than to keep it at once
    psycopg.RawCursor(cur.connection).execute(text, values, prepare=True)


_types: dict[str, dict[str, str]] = {}


def _column_types(cur: psycopg.Cursor[Any], table: str) -> dict[str, str]:
    """{column: type}; asked once a process, since tables change only while nobody else runs."""
    if table not in _types:
        cur.execute(
            Question(
                "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            ),
            (table,),
        )
        _types[table] = dict(cur.fetchall())
    return _types[table]


def along(cur: psycopg.Cursor[Any], statement: str, values: Sequence[Any] = (), name: str = "") -> None:
    """A change whose answer nobody needs; where rows are gathered it goes with them.

    So it must neither touch nor need what is gathered. Under a ``name`` a later one may refer to what it returns.
    """
    if isinstance(cur, _Cursor) and cur.gathered is not None:
        cur.gathered.change(statement, values, name)
    else:
        cur.execute(statement, values)


def foreseen(cur: psycopg.Cursor[Any], question: Question, values: Sequence[Any]) -> list[tuple[Any, ...]] | None:
    """The answer to a question that was asked ahead; None when it was not."""
    if not isinstance(cur, _Cursor) or not cur.foreseen or question not in cur.foreseen:
        return None
    return cur.foreseen.pop(question).about(values[-1])


def settle(cur: psycopg.Cursor[Any]) -> None:
    """Write what is gathered, before what depends on it."""
    if isinstance(cur, _Cursor) and cur.gathered:
        _write_gathered(cur, cur.gathered)


_POOL = 32  # ids drawn ahead for a table when few are wanted; what a process leaves unused are gaps, nothing more
_POOLS_MOST = 256  # a process that goes on wanting few draws more at a time


@dataclass(slots=True)
class _Pool:
    """``draw``: how many are drawn when it is empty."""

    ready: list[int] = field(default_factory=list)
    draw: int = _POOL


_pools: WeakKeyDictionary[psycopg.Connection[Any], dict[str, _Pool]] = WeakKeyDictionary()


def draw_ids(cur: psycopg.Cursor[Any], counts: dict[str, int]) -> dict[str, list[int]]:
    """New ids for several tables in at most one round trip: {table: how many} -> {table: ids, ascending}."""
    pools = _pools.setdefault(cur.connection, {})
    found: dict[str, list[int]] = {}
    wanted: dict[str, int] = {}
    for table, n in counts.items():
        pool = pools.setdefault(table, _Pool())
        if n <= len(pool.ready):
            found[table], pool.ready = pool.ready[:n], pool.ready[n:]
        elif n < _POOL:
            wanted[table] = pool.draw
            pool.draw = min(2 * pool.draw, _POOLS_MOST)
        else:
            wanted[table] = n
    if not wanted:
        return found
    # the sequence of an identity column is named by PostgreSQL: <table>_id_seq
    parts = " UNION ALL ".join(
        f"SELECT {i} AS t, nextval('{table}_id_seq') AS id FROM generate_series(1, {int(n)})"
        for i, (table, n) in enumerate(wanted.items())
    )
    names = list(wanted)
    cur.execute(Question(parts))
    drawn: dict[str, list[int]] = {table: [] for table in wanted}
    for t, new in cur.fetchall():
        drawn[names[t]].append(new)
    for table, ids in drawn.items():
        n = counts[table]
        found[table] = ids[:n]
        if n < _POOL:
            pools[table].ready = ids[n:]
    return {table: found[table] for table in counts}


_COPIED: Final = {
    "bigint": "int8",
    "integer": "int4",
    "smallint": "int2",
    "boolean": "bool",
    "double precision": "float8",
    "text": "text",
    "bytea": "bytea",
    "uuid": "uuid",
    "timestamp with time zone": "timestamptz",
    "jsonb": "jsonb",
}


def copied_types(types: Mapping[str, str], columns: Sequence[str]) -> list[str] | None:
    """The types by which these columns are copied in their binary form; None where one of them has to go as a text.

    Binary costs a fifth of what text does to make, mostly for times, and less to read.
    """
    found = [_COPIED.get(types[column]) for column in columns]
    return [one for one in found if one is not None] if None not in found else None


class _JsonText(Dumper):
    """A text in a json column is JSON already."""

    oid = psycopg.adapters.types["jsonb"].oid
    format = Format.BINARY

    def dump(self, obj: str) -> bytes:
        return b"\x01" + obj.encode()


def _copy(
    cur: psycopg.Cursor[Any], target: str, names: str, rows: Sequence[Sequence[Any]], types: list[str] | None
) -> None:
    if types is None:
        with cur.copy(f"COPY {target} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return
    with psycopg.Cursor(cur.connection) as own:
        own.adapters.register_dumper(None, _JsonText)
        with own.copy(f"COPY {target} ({names}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


_COPY_FROM = 40  # below this, one INSERT with many rows is cheaper than the COPY protocol


def insert_rows(
    cur: psycopg.Cursor[Any],
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    conflict: str = "",
    computed: tuple[tuple[str, str], ...] = (),
) -> None:
    """Insert a set of rows: many by COPY, few by one INSERT or together with other sets (``gathering``).

    With ``conflict`` ("ON CONFLICT ...") many go over a staging table. ``computed``: columns that PostgreSQL makes of
    the text given for them, as (column, expression over ``x.column``).
    """
    if not rows:
        return
    if isinstance(cur, _Cursor) and cur.left is not None and table in cur.left[0] and not computed:
        cur.left[1].append((table, columns, rows, conflict))
        return
    together = cur.gathered if isinstance(cur, _Cursor) else None
    if computed or (together is not None and len(rows) < _COPY_FROM):
        waiting = Gathered() if together is None else together
        waiting.add(rows_of(table, tuple(columns), conflict, computed), rows)
        if together is None:
            _execute_gathered(cur, waiting)
        return
    names = ", ".join(columns)
    if len(rows) < _COPY_FROM:
        one = "(" + ", ".join(["%s"] * len(columns)) + ")"
        values = [value for row in rows for value in row]
        cur.execute(f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * len(rows))} {conflict}", values)
        return
    target = table
    if conflict:
        target = f"staging_{table}"
        cur.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {target} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"
        )
    _copy(cur, target, names, rows, copied_types(_column_types(cur, table), columns))
    if conflict:
        cur.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {target} {conflict}")
        cur.execute(f"DROP TABLE {target}")


@contextmanager
def without_indexes(cur: psycopg.Cursor[Any], table: str) -> Iterator[None]:
    """Fill an emptied table inside, in the transaction of the caller: its key and indexes are made again at the end.

    To sort once costs a sixth of what it costs to find the place of every row in two trees.
    """
    cur.execute(_INDEXES, (table,))
    found = cur.fetchall()
    for name, constraint, _ in found:
        cur.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}" if constraint else f"DROP INDEX {name}")
    yield
    for name, constraint, told in found:
        cur.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {told}" if constraint else told)


# (name, whether it is a key, how it is made) of a table's indexes
_INDEXES: Final = """
SELECT quote_ident(x.relname), c.oid IS NOT NULL, COALESCE(pg_get_constraintdef(c.oid), pg_get_indexdef(i.indexrelid))
FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
WHERE i.indrelid = %s::regclass ORDER BY x.relname
"""
