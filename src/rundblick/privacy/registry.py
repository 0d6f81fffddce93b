"""What each room holds: for every table and column whether it is skeleton, content or installation.

A room says so in its ``registers.py``. A test walks the database and fails on a column that could hold what a person
wrote and that nobody registered; erasure walks the same registry, so a new table is erased from the day it exists.

- *skeleton*: ids, times, codes, numbers, keyed digests. Stays for good.
- *content*: what a person wrote or what names one. Says how its rows lead to whom they concern, and how long a law
  demands them.
- *installation*: settings, names of teams and systems, accounts of those who work here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg

Cursor = psycopg.Cursor[Any]


class RegistryError(ValueError):
    """A registration contradicts itself or another one."""


class Kind(StrEnum):
    SKELETON = "skeleton"
    CONTENT = "content"
    INSTALLATION = "installation"


class Subject(StrEnum):
    """Whom content concerns: a source record (a customer's appearance) or a person (who works here)."""

    RECORD = "record"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Content:
    """The content columns of one table.

    columns    column -> SQL value that it has after an erasure: ``''``, ``NULL``, ``'{}'``
    concerns   SQL condition over the table (under its own name) that selects the rows of ``%(subjects)s``, a bigint[]
               of the subject's ids. "" for what goes in another way: bytes when nothing refers to them any more
               (see ``BlobUse``), restrictions on their date
    subject    what those ids are
    key        the bigint column that names a row
    whole      remove the row instead of emptying its columns
    retention  class of retention.py: "contact" (erased on request) or a law ("hgb_257", "ao_147")
    since      SQL expression of the day from which a law counts; "" counts from the erasure
    texts      columns in which other people are mentioned; their identifiers are struck out there
    mentioned  SQL condition that selects the rows in which ``%(subjects)s`` take part without being concerned
    derived    makes what is computed from the texts (a search vector) again, for the rows with these keys
    """

    columns: Mapping[str, str]
    concerns: str
    subject: Subject = Subject.RECORD
    key: str = "id"
    whole: bool = False
    retention: str = "contact"
    since: str = ""
    texts: tuple[str, ...] = ()
    mentioned: str = ""
    derived: Callable[[Cursor, Sequence[int]], None] | None = None


@dataclass(frozen=True, slots=True)
class BlobUse:
    """A place that refers to kept bytes.

    of_subjects  SELECT of blob ids that rows of ``%(subjects)s`` refer to
    alive        SELECT of blob ids out of ``%(blobs)s`` to which a row refers whose content is not erased
    """

    name: str
    of_subjects: str
    alive: str


tables: dict[str, dict[str, Kind]] = {}
contents: dict[str, Content] = {}
blob_uses: list[BlobUse] = []


@dataclass(frozen=True, slots=True)
class Keys:
    """Subjects of one kind and the keyed digests of their systems' keys, both ways; unknown ones are left out."""

    digests: Callable[[Cursor, Sequence[int]], list[bytes]]
    subjects: Callable[[Cursor, Sequence[bytes]], list[int]]


# Registered by the rooms that own the tables; all set-based.
keys: dict[Subject, Keys] = {}
# records that are about to be erased -> (digests to lock beside theirs, what to do once their content is gone)
around_erasure: list[Callable[[Cursor, Sequence[int]], tuple[set[bytes], Callable[[Cursor], None]]]] = []
# customers -> the records that lead to them now
records_of_customers: list[Callable[[Cursor, Sequence[int]], list[int]]] = []
# records -> words that name the person: addresses, numbers, full names; struck out where others mention them
words_of_records: list[Callable[[Cursor, Sequence[int]], list[str]]] = []


def register(
    table: str,
    *,
    skeleton: str = "",
    installation: str = "",
    content: Content | None = None,
) -> None:
    """Say what the columns of ``table`` hold; ``skeleton`` and ``installation`` are names separated by spaces.

    A table may be registered by several rooms, each column once. Raises RegistryError.
    """
    columns = tables.setdefault(table, {})
    for kind, names in (
        (Kind.SKELETON, skeleton.split()),
        (Kind.INSTALLATION, installation.split()),
        (Kind.CONTENT, list(content.columns) if content else []),
    ):
        for name in names:
            if name in columns:
                raise RegistryError(f"{table}.{name} is registered twice: as {columns[name]} and as {kind}")
            columns[name] = kind
    if content is not None:
        if table in contents:
            raise RegistryError(f"the content of {table} is registered twice")
        contents[table] = content


# Types that cannot hold a word. Everything else must be registered, also types nobody thought of.
_WORDLESS = (
    "bigint",
    "boolean",
    "double precision",
    "integer",
    "interval",
    "numeric",
    "oid",
    "real",
    "smallint",
    "timestamp with time zone",
    "uuid",
    "xid8",
)

_COLUMNS = """
SELECT c.relname, a.attname
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%%'
  AND c.relkind IN ('r', 'p', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  AND format_type(a.atttypid, NULL) <> ALL (%s)
ORDER BY 1, 2
"""


def wordy_columns(cur: Cursor) -> list[tuple[str, str]]:
    """Every (table, column) of the database that could hold a word, ours or of a package."""
    cur.execute(_COLUMNS, (list(_WORDLESS),))
    return [(table, column) for table, column in cur.fetchall()]


def unregistered(cur: Cursor) -> list[str]:
    """Columns that could hold a word and that no room has registered: ``table.column``."""
    return [f"{t}.{c}" for t, c in wordy_columns(cur) if c not in tables.get(t, {})]


def vanished(cur: Cursor) -> list[str]:
    """Columns that are registered and do not exist: ``table.column``."""
    cur.execute(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = ANY(current_schemas(false))"
    )
    there = set(cur.fetchall())
    return sorted(f"{t}.{c}" for t, columns in tables.items() for c in columns if (t, c) not in there)
