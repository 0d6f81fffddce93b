"""Back-up and restore: the whole database in one file, with a manifest that proves what came back.

A back-up is a zip archive of ``database.dump`` (pg_dump's custom format) and ``manifest.json`` (version, time, and for
each table its number of rows and a digest of their contents, all of one snapshot). It holds no secrets: sessions and
every table called ``*_secret`` are saved without their rows; the secret key stays in the home. What must happen after
a restore, such as erasing again whom the back-up still knows, is registered in ``after_restore``.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import IO

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from rundblick.core.server import Binaries, catch_up

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
# Whoever has a session's key is somebody; whoever has a *_secret can be us at a mail server.
WITHOUT_ROWS = ("django_session", "*_secret")
_CHUNK = 1024 * 1024

after_restore: dict[str, Callable[[], int]] = {}
"""Name -> what is done once the tables are back and migrated; returns how much it did. From ``registers.py``."""

Say = Callable[[str, str], None]


class BackupError(Exception):
    """A back-up cannot be made or restored; the text says why and what to do."""


class Table(msgspec.Struct, frozen=True):
    """Rows of a table and a digest of their contents that does not depend on their order."""

    rows: int
    digest: str


class Manifest(msgspec.Struct, frozen=True):
    """What a back-up holds."""

    format: int
    program: str
    server: int
    made_at: datetime
    tables: dict[str, Table]


def backup(url: str, binaries: Binaries, file: Path) -> Manifest:
    """Write a back-up of the database at ``url`` to ``file``, which appears whole or not at all. Raises BackupError."""
    if file.exists():
        raise BackupError(f"{file} exists already. Choose another name, or move it away.")
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with contextlib.closing(psycopg.connect(url)) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            row = connection.execute("select pg_export_snapshot()").fetchone()
            assert row is not None
            with zipfile.ZipFile(_private(draft), "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
                with archive.open(DUMP, "w", force_zip64=True) as target:
                    _dump(url, binaries, str(row[0]), target)
                manifest = Manifest(
                    FORMAT,
                    metadata.version("rundblick"),
                    connection.info.server_version,
                    datetime.now(UTC),
                    count(connection),
                )
                archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        with draft.open("rb") as stream:
            os.fsync(stream.fileno())
        os.link(draft, file)
    except FileExistsError as error:
        raise BackupError(f"{file} exists already. Choose another name, or move it away.") from error
    except (OSError, psycopg.Error) as error:
        raise BackupError(f"The back-up {file} could not be written: {error}".strip()) from error
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """The manifest of a back-up. Raises BackupError."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
            archive.getinfo(DUMP)
    except FileNotFoundError as error:
        raise BackupError(f"There is no file {file}.") from error
    except (OSError, KeyError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise BackupError(f"{file} is no back-up of Rundblick, or it is damaged: {error}") from error
    if manifest.format > FORMAT:
        raise BackupError(
            f"{file} was made by Rundblick {manifest.program}, which is newer. Install that version first."
        )
    return manifest


def restore(url: str, binaries: Binaries, file: Path) -> Manifest:
    """Bring a back-up into an empty database, in one transaction, and compare every table with the manifest.

    Afterwards the tables still need ``migrate`` and ``finish``. Raises BackupError; then the database is empty still,
    unless it is the comparison that failed.
    """
    manifest = read_manifest(file)
    with contextlib.closing(psycopg.connect(url, autocommit=True)) as connection:
        if there := tables(connection):
            raise BackupError(
                f"The database is not empty: it has {len(there)} tables. A back-up goes only into an empty one: set "
                "RUNDBLICK_HOME to a new folder, or RUNDBLICK_DATABASE_URL to a new database."
            )
        if connection.info.server_version // 10000 < manifest.server // 10000:
            raise BackupError(
                f"The back-up comes from PostgreSQL {manifest.server // 10000}; this server is "
                f"{connection.info.server_version // 10000}. Restore it into the same version or a newer one."
            )
        _undump(url, binaries, file)
        catch_up(connection)
        connection.execute("analyze")
        if faults := differences(manifest.tables, count(connection)):
            raise BackupError(f"What came back is not what was saved: {'; '.join(faults)}. Do not use this database.")
    return manifest


def finish() -> dict[str, int]:
    """Do what rooms registered for after a restore; returns how much each did."""
    return {name: work() for name, work in sorted(after_restore.items())}


def tables(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """The tables of the public schema, without partitions' parents."""
    query = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1"
    return [str(row[0]) for row in connection.execute(query)]


def count(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, Table]:
    """Rows and digest of each table that is saved with its rows."""
    connection.execute("set timezone = 'UTC'")
    found = {}
    for name in tables(connection):
        if name == "django_session" or name.endswith("_secret"):
            continue
        # The sum does not depend on the order of rows; hashtextextended is the same on all machines and versions.
        statement = sql.SQL("select count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) from {} as t")
        row = connection.execute(statement.format(sql.Identifier(name))).fetchone()
        assert row is not None
        found[name] = Table(int(str(row[0])), str(row[1]))
    return found


def differences(saved: dict[str, Table], there: dict[str, Table]) -> list[str]:
    """What differs between two countings, a sentence each."""
    faults = []
    for name in sorted(saved.keys() | there.keys()):
        one, other = saved.get(name), there.get(name)
        if one is None or other is None:
            faults.append(f"table {name} is missing {'in the back-up' if one is None else 'in the database'}")
        elif one.rows != other.rows:
            faults.append(f"table {name} has {other.rows} rows, not {one.rows}")
        elif one.digest != other.digest:
            faults.append(f"table {name} has other contents")
    return faults


def _dump(url: str, binaries: Binaries, snapshot: str, target: IO[bytes]) -> None:
    command = [binaries.program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--no-comments"]
    command += [f"--snapshot={snapshot}", *(f"--exclude-table-data={name}" for name in WITHOUT_ROWS)]
    with _service(url) as environment, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment) as process:
            assert process.stdout is not None
            try:
                while part := process.stdout.read(_CHUNK):
                    target.write(part)
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            errors.seek(0)
            raise BackupError(f"pg_dump failed: {errors.read().decode(errors='replace').strip()}")


def _undump(url: str, binaries: Binaries, file: Path) -> None:
    command = [binaries.program("pg_restore"), "--no-owner", "--no-privileges", "--no-comments", "--exit-on-error"]
    with _service(url) as environment, tempfile.TemporaryFile() as errors, zipfile.ZipFile(file) as archive:
        command += ["--single-transaction", f"--dbname={environment['PGDATABASE']}"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=errors, stderr=errors, env=environment)
        assert process.stdin is not None
        try:
            with archive.open(DUMP) as source, process.stdin as sink:
                while part := source.read(_CHUNK):
                    sink.write(part)
        except BrokenPipeError:
            pass  # pg_restore gave up; its exit code and words say why
        except (OSError, zipfile.BadZipFile) as error:
            process.kill()
            process.wait()
            raise BackupError(f"{file} is damaged: {error}") from error
        if process.wait() != 0:
            errors.seek(0)
            raise BackupError(f"pg_restore failed: {errors.read().decode(errors='replace').strip()}")


@contextlib.contextmanager
def _service(url: str) -> Iterator[dict[str, str]]:
    """The environment in which PostgreSQL's programs reach the database: the password is on no command line."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    names |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}
    parts = conninfo_to_dict(url)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment |= {names[key]: str(value) for key, value in parts.items() if key in names and value is not None}
    yield environment


def _private(path: Path) -> Path:
    """Make the file with mode 0600 before anything is in it."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path
