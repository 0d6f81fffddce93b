"""Access to PostgreSQL for hot paths: sets of rows by COPY or unnest, ids drawn ahead, all through one module."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection

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
    with psycopg.Cursor(raw) as cur:
        yield cur


@contextmanager
def pipelined(cur: psycopg.Cursor[Any], on: bool = True) -> Iterator[None]:
    """Send what follows without waiting for each answer: for batches of a few rows, where waiting is the cost.

    Only ``write`` and ``insert_rows`` gain from it; a fetch waits for its own answer. COPY is not possible inside.
    """
    if not on:
        yield
        return
    with cur.connection.pipeline():
        yield


def write(cur: psycopg.Cursor[Any], statement: str, values: Sequence[Any] = ()) -> None:
    """A statement whose answer nobody needs; in a pipeline it is sent and not waited for.

    It goes over a cursor of its own, since answers of one cursor queue up behind each other in a pipeline.
    """
    if cur.connection.pgconn.pipeline_status:
        psycopg.Cursor(cur.connection).execute(statement, values)
    else:
        cur.execute(statement, values)


_POOL = 32  # ids drawn ahead for a table when few are wanted; what a process leaves unused are gaps, nothing more
_pools: WeakKeyDictionary[psycopg.Connection[Any], dict[str, list[int]]] = WeakKeyDictionary()


def draw_ids(cur: psycopg.Cursor[Any], counts: dict[str, int]) -> dict[str, list[int]]:
    """New ids for several tables in at most one round trip: {table: how many} -> {table: ids, ascending}."""
    pool = _pools.setdefault(cur.connection, {})
    found: dict[str, list[int]] = {table: [] for table in counts}
    wanted: dict[str, int] = {}
    for table, n in counts.items():
        ready = pool.get(table, [])
        if n <= len(ready):
            found[table], pool[table] = ready[:n], ready[n:]
        else:
            wanted[table] = n
    if not wanted:
        return found
    few = {table: n for table, n in wanted.items() if n < _POOL}
    wanted.update(dict.fromkeys(few, _POOL))
    # the sequence of an identity column is named by PostgreSQL: <table>_id_seq
    parts = " UNION ALL ".join(
        f"SELECT {i} AS t, nextval('{table}_id_seq') AS id FROM generate_series(1, {int(n)})"
        for i, (table, n) in enumerate(wanted.items())
    )
    names = list(wanted)
    cur.execute(parts)
    for t, new in cur.fetchall():
        found[names[t]].append(new)
    for table, n in few.items():
        found[table], pool[table] = found[table][:n], found[table][n:]
    return found


_COPY_FROM = 40  # below this, one INSERT with many rows is cheaper than the COPY protocol


def insert_rows(
    cur: psycopg.Cursor[Any],
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    conflict: str = "",
) -> None:
    """Insert a set of rows: many by COPY, few by one INSERT.

    With ``conflict`` ("ON CONFLICT ...") many go over a staging table.
    """
    if not rows:
        return
    names = ", ".join(columns)
    if len(rows) < _COPY_FROM or cur.connection.pgconn.pipeline_status:
        one = "(" + ", ".join(["%s"] * len(columns)) + ")"
        values = [value for row in rows for value in row]
        write(cur, f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * len(rows))} {conflict}", values)
        return
    target = table
    if conflict:
        target = f"staging_{table}"
        cur.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {target} ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA"
        )
    with cur.copy(f"COPY {target} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    if conflict:
        cur.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {target} {conflict}")
        cur.execute(f"DROP TABLE {target}")
