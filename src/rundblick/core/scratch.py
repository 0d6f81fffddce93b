"""A database of its own for one run, dropped at the end: each check computes in one (FOUNDATIONS 8).

A run that was killed leaves its database behind; the next one drops every scratch database that nobody is connected
to any more.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.core.management import call_command
from django.db import connection, connections, transaction
from psycopg import sql

from rundblick.core.database import django_settings
from rundblick.core.ids import uuid7
from rundblick.core.server import KEPT

PREFIX = "rundblick_check_"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}\Z")


class ScratchError(Exception):
    """The database for this run cannot be made or kept; the text says why and what to do."""


@contextmanager
def scratch_database(url: str, keep: str = "", unasked: Collection[str] = ()) -> Iterator[str]:
    """Make a database on this server, bring it to the current form, and let Django use it inside the block.

    ``keep``: a name under which it stays afterwards, read-only. ``unasked``: names of indexes that one which is not
    kept does without, since nothing asks them. Raises ScratchError. Yields the database's name.
    """
    if keep and not _NAME.fullmatch(keep):
        raise ScratchError(f"--keep {keep}: a name is made of a-z, 0-9 and _, begins with a letter and is short")
    name = f"{PREFIX}{os.getpid()}_{uuid7().hex[:12]}"
    before = dict(connections.databases["default"])
    with _server(url) as server:
        _sweep(server)
        if keep and _exists(server, KEPT + keep):
            raise ScratchError(f"--keep {keep}: a check is kept under this name already; choose another one")
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").format(sql.Identifier(name))
        )
        guard = psycopg.connect(_with_name(url, name), autocommit=True)  # says: this run is alive
    kept = False
    try:
        _use(django_settings(_with_name(url, name)))
        with connection.cursor() as cur:
            # the run's result is its report: a crash loses a database that would be dropped anyway
            cur.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name)))
        connection.close()
        call_command("migrate", verbosity=0, interactive=False)
        if not keep:
            _lighten(unasked)
        yield name
        kept = bool(keep)
    finally:
        connection.close()
        guard.close()
        _use(before)
        with _server(url) as server:
            if kept:
                _keep(server, name, KEPT + keep)
            else:
                server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _lighten(unasked: Collection[str]) -> None:
    """What is dropped at the end needs no write-ahead log, no constraint that another one's rows would break, no index
    that nobody asks; and whoever fills it says when to look at it anew."""
    with transaction.atomic(), connection.cursor() as cur:
        for question in (_REFERENCES, _INDEXES, _TABLES):
            cur.execute(question, {"unasked": list(unasked)})
            for (statement,) in cur.fetchall():
                cur.execute(statement)


_REFERENCES = """
SELECT 'ALTER TABLE ' || conrelid::regclass || ' DROP CONSTRAINT ' || quote_ident(conname) FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
_INDEXES = """
SELECT CASE WHEN k.oid IS NULL THEN 'DROP INDEX ' || i.indexrelid::regclass
            ELSE 'ALTER TABLE ' || i.indrelid::regclass || ' DROP CONSTRAINT ' || quote_ident(k.conname) END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%(unasked)s)
"""
_TABLES = """
SELECT 'ALTER TABLE ' || oid::regclass || ' SET UNLOGGED, SET (autovacuum_enabled = off)' FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


def settle(rough: bool = False) -> None:
    """Let the server look at the tables of a scratch database: nobody else does. ``rough``: a tenth of the rows, while
    more come in."""
    with transaction.atomic(), connection.cursor() as cur:
        if rough:
            cur.execute("SET LOCAL default_statistics_target = 10")
        cur.execute("ANALYZE")


def _use(settings: dict[str, object]) -> None:
    """Point Django's connection, and those that other threads open from now on, at another database."""
    connection.close()
    connection.settings_dict.update(settings)
    connections.databases["default"].update(settings)


def _with_name(url: str, name: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{name}"))


@contextmanager
def _server(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    try:
        server = psycopg.connect(url, autocommit=True)
    except psycopg.OperationalError as error:
        raise ScratchError(f"The database server does not answer: {str(error).strip()}") from None
    try:
        yield server
    except psycopg.errors.InsufficientPrivilege as error:
        raise ScratchError(
            "A check computes in a database of its own, and this account may not make one. "
            "Allow it with ALTER ROLE ... CREATEDB, or leave RUNDBLICK_DATABASE_URL away: then the server that comes "
            "along is used."
        ) from error
    finally:
        server.close()


def _exists(server: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    return server.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchone() is not None


def _sweep(server: psycopg.Connection[tuple[object, ...]]) -> None:
    """Drop what killed runs left behind: scratch databases without any connection."""
    left = server.execute(
        "SELECT d.datname FROM pg_database d WHERE d.datname LIKE %s"
        " AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)",
        (PREFIX.replace("_", r"\_") + "%",),
    ).fetchall()
    for (name,) in left:
        try:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(str(name))))
        except psycopg.errors.ObjectInUse:
            continue  # a run that began this moment


def _keep(server: psycopg.Connection[tuple[object, ...]], name: str, kept: str) -> None:
    server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(kept)))
    server.execute(sql.SQL("ALTER DATABASE {} RESET synchronous_commit").format(sql.Identifier(kept)))
