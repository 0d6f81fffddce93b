"""Whether a server of the company's own is fit, and what every server needs."""

from __future__ import annotations

import contextlib

import psycopg

from rundblick.core.server.binaries import OLDEST
from rundblick.core.server.place import ServerError

REQUIRED = ("pg_trgm", "unaccent", "fuzzystrmatch")
OPTIONAL = ("vector",)


def check(url: str) -> None:
    """Raise ServerError unless the database at this address can carry Rundblick."""
    try:
        connection = psycopg.connect(url, connect_timeout=10, autocommit=True)
    except psycopg.OperationalError as error:
        # The address holds a password; psycopg's text does not.
        raise ServerError(f"The database of RUNDBLICK_DATABASE_URL does not answer: {str(error).strip()}") from None
    except psycopg.ProgrammingError:
        raise ServerError(
            "RUNDBLICK_DATABASE_URL is not an address of PostgreSQL. It looks like "
            "postgresql://user:password@host:5432/rundblick"
        ) from None
    with contextlib.closing(connection):
        check_connection(connection)


def check_connection(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Raise ServerError that names everything that is wrong: version, encoding, collation, extensions."""
    version = connection.info.server_version
    if version < OLDEST * 10000:
        raise ServerError(f"The database server is PostgreSQL {version // 10000}; Rundblick needs {OLDEST} or newer.")
    row = connection.execute(
        "select pg_encoding_to_char(encoding), datcollate, datname from pg_database where datname = current_database()"
    ).fetchone()
    assert row is not None
    encoding, collation, name = row
    provider = _provider(connection, version)
    problems = []
    independent = collation in ("C", "POSIX", "C.UTF-8", "C.utf8") or provider == "b"
    if encoding != "UTF8" or not independent:
        problems.append(
            f"The database {name} has encoding {encoding} and collation {collation}; needed are UTF8 and C, so that no "
            "index depends on the machine's locale. Make it anew: "
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';"
        )
    if missing := missing_extensions(connection):
        problems.append(
            f"The server lacks the extensions {', '.join(missing)}. They belong to PostgreSQL's contrib modules "
            "(on Debian part of the package postgresql, on Red Hat postgresql-contrib). Install them, then start again."
        )
    if problems:
        raise ServerError("\n".join(problems))


def missing_extensions(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Required extensions that this server cannot create."""
    rows = connection.execute("select name from pg_available_extensions where name = any(%s)", [list(REQUIRED)])
    there = {row[0] for row in rows}
    return [name for name in REQUIRED if name not in there]


def has_extension(connection: psycopg.Connection[tuple[object, ...]], name: str) -> bool:
    """Whether the server offers an optional extension such as ``vector``."""
    return connection.execute("select 1 from pg_available_extensions where name = %s", [name]).fetchone() is not None


def _provider(connection: psycopg.Connection[tuple[object, ...]], version: int) -> str:
    """ "b" for the builtin provider (17 and newer), "c" for the system's, "i" for ICU."""
    if version < 170000:
        return "c"
    row = connection.execute("select datlocprovider from pg_database where datname = current_database()").fetchone()
    return "" if row is None else str(row[0])
