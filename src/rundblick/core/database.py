"""Access to PostgreSQL for hot paths: sets of rows by COPY or unnest, ids drawn ahead, all through one module."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg
from django.db import connection


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
    """psycopg's own cursor on Django's connection: COPY and server-side parameters, inside the running transaction."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    with raw.cursor() as cur:
        yield cur


def draw_ids(cur: psycopg.Cursor[Any], counts: dict[str, int]) -> dict[str, list[int]]:
    """New ids for several tables in one round trip: {table: how many} -> {table: ids, ascending}."""
    wanted = {table: n for table, n in counts.items() if n}
    found: dict[str, list[int]] = {table: [] for table in counts}
    if not wanted:
        return found
    # the sequence of an identity column is named by PostgreSQL: <table>_id_seq
    parts = " UNION ALL ".join(
        f"SELECT {i} AS t, nextval('{table}_id_seq') AS id FROM generate_series(1, {int(n)})"
        for i, (table, n) in enumerate(wanted.items())
    )
    names = list(wanted)
    cur.execute(parts)  # type: ignore[call-overload]
    for t, new in cur.fetchall():
        found[names[t]].append(new)
    return found


_COPY_FROM = 40  # below this, one INSERT with many rows is cheaper than the COPY protocol


def insert_rows(
    cur: psycopg.Cursor[Any],
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    conflict: str = "",
) -> None:
    """Insert a set of rows: many by COPY, few by one INSERT. ``conflict`` ("ON CONFLICT ...") goes over a staging table."""
    if not rows:
        return
    names = ", ".join(columns)
    if len(rows) < _COPY_FROM:
        one = "(" + ", ".join(["%s"] * len(columns)) + ")"
        values = [value for row in rows for value in row]
        cur.execute(f"INSERT INTO {table} ({names}) VALUES {', '.join([one] * len(rows))} {conflict}", values)  # type: ignore[call-overload]
        return
    target = table
    if conflict:
        target = f"staging_{table}"
        cur.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {target} (LIKE {table}) ON COMMIT DELETE ROWS")  # type: ignore[call-overload]
        cur.execute(f"ALTER TABLE {target} DROP COLUMN IF EXISTS id")  # type: ignore[call-overload]
    with cur.copy(f"COPY {target} ({names}) FROM STDIN") as copy:  # type: ignore[call-overload]
        for row in rows:
            copy.write_row(row)
    if conflict:
        cur.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {target} {conflict}")  # type: ignore[call-overload]
        cur.execute(f"TRUNCATE {target}")  # type: ignore[call-overload]
