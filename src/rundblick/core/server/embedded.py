"""The PostgreSQL that comes along: made, started, found again, mended after a kill, carried over, stopped."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from rundblick.core.home import home as home_folder
from rundblick.core.home import settings
from rundblick.core.server import configuration, processes
from rundblick.core.server.binaries import Binaries, find, older
from rundblick.core.server.own import OPTIONAL, REQUIRED, has_extension, missing_extensions
from rundblick.core.server.place import (
    DATABASE,
    PORT,
    ROLE,
    START_LOG,
    SUPERUSER,
    Place,
    ServerError,
    make_folders,
    only_one,
    place_of,
)

log = logging.getLogger("rundblick.server")

# Recovery after a kill reads the log since the last checkpoint, at most some gigabytes.
START_SECONDS = 600
STOP_SECONDS = 60


@dataclass(slots=True)
class Server:
    """A running embedded server that this process uses. Several processes may use one; the last one to stop ends it."""

    place: Place
    binaries: Binaries
    started: bool
    durable: bool
    _users: TextIOWrapper | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Address of the database, with its password: never print it."""
        return url_of(self.place)

    @property
    def note(self) -> str:
        """Something that a person should know about where the database lies, or nothing."""
        return self.place.note

    def postmaster(self) -> int | None:
        """Process id of the living postmaster, or None."""
        return running(self.place.data)

    def revive(self) -> bool:
        """Start the server again if its postmaster is dead; says whether that was needed. Raises ServerError."""
        with only_one(self.place):
            return _started(self.place, self.binaries, durable=self.durable)

    def stop(self, *, force: bool = False) -> bool:
        """Let go of the server and end it if nobody else on this machine uses it; says whether it ended.

        ``force`` ends it whoever uses it.
        """
        with only_one(self.place):
            if self._users is None:
                return False
            alone = True
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                alone = False
            self._users.close()
            self._users = None
            if not (alone or force):
                return False
            _stopped(self.place, self.binaries)
            return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def admin(self, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
        """A connection as the server's superuser, for what the program's own role may not do."""
        return _as_superuser(self.place, database)


def ensure(home: Path | None = None, *, durable: bool = True) -> Server:
    """The embedded server of this home, running: reused, started, or made first. Raises ServerError and its kin.

    ``durable=False`` switches fsync off, for throw-away servers of tests; it counts only for the start.
    """
    folder = home or home_folder()
    place = place_of(folder)
    binaries = find(settings(folder).pg_bin, place.account)
    if place.note:
        log.warning(place.note)
    with only_one(place):
        users = (place.home / "server.users").open("w")
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            make_folders(place)
            _swept(place)
            if not (place.data / "PG_VERSION").exists():
                _initialised(place, binaries, place.data, durable=durable)
            _carried_over(place, binaries)
            started = _started(place, binaries, durable=durable)
            try:
                _wait_until_ready(place)
                _prepared(place)
            except BaseException:
                if started:
                    _stopped(place, binaries)
                raise
        except BaseException:
            users.close()
            raise
    return Server(place, binaries, started, durable, users)


def url_of(place: Place, database: str = DATABASE) -> str:
    """Address of a database of the embedded server, with the password of the program's role."""
    host = quote(str(place.sockets), safe="")
    return f"postgresql://{ROLE}:{quote(place.password(), safe='')}@/{quote(database, safe='')}?host={host}&port={PORT}"


def running(data: Path) -> int | None:
    """Process id of the living postmaster of a data folder, or None. A zombie and a stranger with its id are none."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if processes.is_postmaster(pid, data) else None


def _as_superuser(place: Place, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(
        host=str(place.sockets),
        port=PORT,
        dbname=database,
        user=SUPERUSER,
        password=place.password(SUPERUSER),
        connect_timeout=10,
        autocommit=True,
    )


def _run(place: Place, command: list[str], *, seconds: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs under its account, with nothing of PG* from our environment."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    environment["LC_ALL"] = "C"
    account = place.account
    # Files, not pipes: a server that pg_ctl starts would keep a pipe open for ever.
    with (place.folder / "last-command.log").open("w+") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=place.folder,
            timeout=seconds,
            check=False,
            # Of its own group, so that a Ctrl-C at the terminal is ours to pass on.
            start_new_session=True,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, output.read(), "")


def _swept(place: Place) -> None:
    """Remove what a killed first start or carry-over left half done."""
    for name in ("data.new", "carry"):
        shutil.rmtree(place.folder / name, ignore_errors=True)


def _initialised(place: Place, binaries: Binaries, data: Path, *, durable: bool = True) -> None:
    """A new data folder: UTF-8, a collation that does not depend on the machine, checksums. Appears whole or not."""
    draft = place.folder / "data.new"
    draft.mkdir(mode=0o700)
    word = draft.with_name("initdb.password")
    descriptor = os.open(word, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(place.password(SUPERUSER))
    if place.account is not None:
        os.chown(draft, place.account.uid, place.account.gid)
        os.chown(word, place.account.uid, place.account.gid)
    command = [binaries.program("initdb"), "--pgdata", str(draft), "--username", SUPERUSER, "--pwfile", str(word)]
    command += ["--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--data-checksums"]
    if not durable:
        command += ["--no-sync"]
    if binaries.major >= 17:
        command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    try:
        done = _run(place, command)
    finally:
        word.unlink(missing_ok=True)
    if done.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise ServerError(f"The database could not be made in {data}:\n{done.stdout.strip()}")
    draft.rename(data)
    log.info("database made in %s", data)


def _started(place: Place, binaries: Binaries, *, durable: bool) -> bool:
    """Start the server if it does not run; says whether that was needed."""
    if running(place.data) is not None:
        return False
    _leftovers_removed(place)
    place.configuration.write_text(
        configuration.text(place.data, place.sockets, configuration.Machine.this(), durable=durable)
    )
    (place.folder / "pg_hba.conf").write_text(configuration.HBA)
    custom = place.folder / configuration.CUSTOM
    if not custom.exists():
        custom.write_text("# Your own settings for the database server, in the form of postgresql.conf.\n")
    for path in (place.configuration, place.folder / "pg_hba.conf", custom):
        path.chmod(0o644)
    # Relative to its folder: pg_ctl hands its arguments to a shell, which reads " and $ in a folder's name its own way.
    command = [binaries.program("pg_ctl"), "--pgdata", place.data.name, "--log", START_LOG]
    command += ["--options", f"-c config_file={place.configuration.name}"]
    done = _run(place, [*command, "--wait", "--timeout", str(START_SECONDS), "start"])
    if done.returncode != 0:
        raise ServerError(
            f"The database in {place.data} does not start:\n{_last_words(place) or done.stdout.strip()}\n"
            f"More in {place.folder / 'log'}."
        )
    log.info("database started in %s", place.data)
    return True


def _leftovers_removed(place: Place) -> None:
    """After a kill -9: end what is left of the old server, then take away the marks that would stop a new one."""
    marks = [place.data / "postmaster.pid", place.sockets / f".s.PGSQL.{PORT}.lock", place.sockets / f".s.PGSQL.{PORT}"]
    if not any(mark.exists() for mark in marks):
        return
    ended = processes.end_orphans(place.data)
    if left := processes.of_folder(place.data):
        raise ServerError(
            f"Processes {left} still work in {place.data} and cannot be ended. End them, then start again."
        )
    log.warning("the database was not stopped properly; it repairs itself (ended: %s)", ended)
    for mark in marks:
        mark.unlink(missing_ok=True)


def _stopped(place: Place, binaries: Binaries) -> None:
    if running(place.data) is None:
        return
    for mode in ("fast", "immediate"):
        command = [binaries.program("pg_ctl"), "--pgdata", str(place.data), "--mode", mode]
        done = _run(place, [*command, "--wait", "--timeout", str(STOP_SECONDS), "stop"])
        if done.returncode == 0 or running(place.data) is None:
            break
    else:
        raise ServerError(f"The database in {place.data} does not stop:\n{done.stdout.strip()}")
    shutil.rmtree(place.sockets, ignore_errors=True)


def _wait_until_ready(place: Place) -> None:
    """A server found running may still be repairing itself."""
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with contextlib.closing(_as_superuser(place)):
                return
        except psycopg.OperationalError as error:
            if time.monotonic() > until or "password authentication failed" in str(error):
                raise ServerError(f"The database in {place.data} does not answer: {error}") from error
            if running(place.data) is None:
                raise ServerError(f"The database in {place.data} died at the start:\n{_last_words(place)}") from error
            time.sleep(0.1)


def _prepared(place: Place) -> None:
    """The program's own role, which is no superuser, and its database; made again where a start was cut short."""
    _extended(place)
    with contextlib.closing(_as_superuser(place)) as connection:
        name = sql.Identifier(ROLE)
        if connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone() is None:
            statement = sql.SQL("create role {} login createdb password {}")
            connection.execute(statement.format(name, sql.Literal(place.password())))
        if connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), name))


def _extended(place: Place) -> None:
    """The extensions, in the template of all databases: ``vector`` may only be made by a superuser."""
    with contextlib.closing(_as_superuser(place, "template1")) as connection:
        there = {row[0] for row in connection.execute("select extname from pg_extension")}
        if missing := missing_extensions(connection):
            raise ServerError(
                f"The programs in use lack the extensions {', '.join(missing)}. They belong to PostgreSQL's contrib "
                "modules; install these, or unset RUNDBLICK_PG_BIN to use the server that comes along."
            )
        for name in (*REQUIRED, *OPTIONAL):
            if name not in there and has_extension(connection, name):
                connection.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(name)))


def _last_words(place: Place) -> str:
    """The end of the newest log of the server."""
    logs = sorted((place.folder / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    return "\n".join(logs[-1].read_text(errors="replace").splitlines()[-8:]) if logs else ""


def _carried_over(place: Place, binaries: Binaries) -> None:
    """A data folder of an older PostgreSQL is dumped and restored if that version is at hand, else clearly refused."""
    major = int((place.data / "PG_VERSION").read_text())
    if major == binaries.major:
        return
    if major > binaries.major:
        raise ServerError(
            f"The data in {place.data} were written by PostgreSQL {major}; this program brings {binaries.major}. "
            f"Set RUNDBLICK_PG_BIN to the programs of PostgreSQL {major}, or install a newer Rundblick."
        )
    former = older(major)
    if former is None:
        raise ServerError(
            f"The data in {place.data} were written by PostgreSQL {major}; this program brings {binaries.major}, and "
            f"the programs of {major} are not on this machine to carry the data over. Either install them (on Debian: "
            f"postgresql-{major}) and start again, or go back to the Rundblick that wrote them, run "
            "`rundblick backup FILE` there, and `rundblick restore FILE` here with an empty RUNDBLICK_HOME."
        )
    from rundblick.core.server.carry import carry_over

    carry_over(place, former, binaries)
