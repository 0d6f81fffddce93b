"""Carry a data folder over from an older PostgreSQL: dumped by the new programs, restored into a new folder.

The old folder stays beside the new one, as ``data-<version>``, until somebody removes it.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
from pathlib import Path

from psycopg import sql

from rundblick.core.server import embedded
from rundblick.core.server.binaries import Binaries
from rundblick.core.server.counter import catch_up
from rundblick.core.server.place import PORT, ROLE, START_LOG, SUPERUSER, Place, ServerError


def carry_over(place: Place, old: Binaries, new: Binaries) -> None:
    """Replace ``place.data`` of version ``old`` by the same databases in version ``new``. Raises ServerError."""
    embedded.log.warning("carrying the database over from PostgreSQL %s to %s", old.major, new.major)
    dumps = place.folder / "carry"
    dumps.mkdir(mode=0o700)
    kept = place.folder / f"data-{old.major}"
    if kept.exists():
        raise ServerError(f"{kept} is in the way: the data of an earlier carry-over. Move it away, then start again.")
    _serve(place, old, place.data)
    try:
        databases = _databases(place)
        for number, database in enumerate(databases):
            _tool(place, new, "pg_dump", "--format=custom", f"--file={dumps / str(number)}", f"--dbname={database}")
    finally:
        _end(place, old, place.data)
    fresh = place.folder / "data.carried"
    embedded._initialised(place, new, fresh)
    _serve(place, new, fresh)
    try:
        with contextlib.closing(embedded._as_superuser(place)) as connection:
            statement = sql.SQL("create role {} login createdb password {}")
            connection.execute(statement.format(sql.Identifier(ROLE), sql.Literal(place.password())))
            for database in databases:
                statement = sql.SQL("create database {} owner {} template template0")
                connection.execute(statement.format(sql.Identifier(database), sql.Identifier(ROLE)))
        for number, database in enumerate(databases):
            _tool(place, new, "pg_restore", "--exit-on-error", f"--dbname={database}", str(dumps / str(number)))
            with contextlib.closing(embedded._as_superuser(place, database)) as connection:
                catch_up(connection)
    finally:
        _end(place, new, fresh)
    place.data.rename(kept)
    fresh.rename(place.data)
    embedded._swept(place)


def _serve(place: Place, binaries: Binaries, data: Path) -> None:
    options = f"-c listen_addresses='' -c unix_socket_directories={shlex.quote(str(place.sockets))}"
    command = [binaries.program("pg_ctl"), "--pgdata", data.name, "--log", START_LOG]
    done = embedded._run(place, [*command, "--options", options, "--wait", "--timeout", "600", "start"])
    if done.returncode != 0:
        raise ServerError(f"PostgreSQL {binaries.major} does not start in {data}:\n{embedded._last_words(place)}")


def _end(place: Place, binaries: Binaries, data: Path) -> None:
    embedded._run(place, [binaries.program("pg_ctl"), "--pgdata", str(data), "--mode", "fast", "--wait", "stop"])


def _databases(place: Place) -> list[str]:
    with contextlib.closing(embedded._as_superuser(place)) as connection:
        query = "select datname from pg_database where not datistemplate and datname <> 'postgres' order by 1"
        return [str(row[0]) for row in connection.execute(query)]


def _tool(place: Place, binaries: Binaries, name: str, *arguments: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment |= {"PGPASSWORD": place.password(SUPERUSER), "PGHOST": str(place.sockets), "PGPORT": str(PORT)}
    environment["PGUSER"] = SUPERUSER
    command = [binaries.program(name), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServerError(
            f"{name} failed while the database was carried over; nothing was changed:\n{done.stderr.strip()}"
        )
