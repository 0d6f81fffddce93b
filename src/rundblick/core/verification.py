"""``rundblick verify``: the facts are folded again and every difference is named.

Each room registers its checks in ``registers.py``::

    verification.register("cases", verifying.folded_cases)

A check is a function of a cursor and options that yields differences; it reads only, and names rows by table and id,
never by what a person wrote. All checks of a run see one snapshot. What is only a cache can be computed again: the
room says how in ``repairs``, and ``rundblick verify --repair`` does it. What a person should know beside the
differences (what could not be compared just now, what mends it) a check yields as a ``Note``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.apps import apps
from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from rundblick.core import append_only
from rundblick.core.database import cursor
from rundblick.core.locks import lock_all
from rundblick.core.models import Loose, XidField
from rundblick.core.registry import Cursor

SHOWN = 100  # differences of one check that a report names; all are counted


@dataclass(frozen=True, slots=True)
class Options:
    """blobs: compare the bytes of so many originals by chance; None compares all."""

    blobs: int | None = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """``table`` row ``row`` (None: the table itself): ``what`` is a code, e.g. a column; ids, times and codes only."""

    table: str
    row: int | None
    what: str
    stored: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence of a check, in the reader's language; it makes nothing wrong or right."""

    text: str


Check = Callable[[Cursor, Options], Iterator[Difference | Note]]


@dataclass(frozen=True, slots=True)
class Checked:
    """One check's outcome. ``fault``: the check itself could not run, which is no proof of anything."""

    name: str
    differences: int
    seconds: float
    shown: tuple[Difference, ...] = ()
    fault: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    checks: tuple[Checked, ...] = field(default_factory=tuple)

    @property
    def is_right(self) -> bool:
        return not any(check.differences or check.fault for check in self.checks)


# sets right what a check found wrong, where that is a cache or follows from facts: name of the check -> how
Repair = Callable[[Cursor], None]

checks: dict[str, Check] = {}
repairs: dict[str, Repair] = {}
# type of an event's or outcome's object -> its table
objects: dict[str, str] = {"rulebook": "core_rulebook"}


class VerificationError(ValueError):
    """A check is unknown, or its name is taken."""


def register(name: str, check: Check) -> None:
    """Add a room's check. Raises VerificationError."""
    if checks.setdefault(name, check) is not check:
        raise VerificationError(f"a check {name!r} is registered already")


def verify(names: Sequence[str] = (), options: Options | None = None) -> Verified:
    """Run these checks, or all, in one snapshot of what was committed when it began. Raises VerificationError."""
    if unknown := sorted(set(names) - checks.keys()):
        facts = {"names": ", ".join(unknown), "known": ", ".join(sorted(checks))}
        raise VerificationError(_("there is no check %(names)s; there are %(known)s") % facts)
    nested = connection.in_atomic_block
    done = []
    with transaction.atomic(), cursor() as cur:
        if not nested:  # a transaction under way has its isolation already
            cur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for name in sorted(names or checks):
            done.append(_run(cur, name, options or Options()))
    return Verified(tuple(done))


def repair(verified: Verified) -> list[str]:
    """Set right what these checks found wrong, as far as it can be computed again; gives the names of the checks.

    Each is a transaction of its own, in which no batch runs. Facts are never changed.
    """
    done = [check.name for check in verified.checks if check.differences and check.name in repairs]
    for name in done:
        with transaction.atomic(), cursor() as cur:
            lock_all(cur)
            repairs[name](cur)
    return done


def _run(cur: Cursor, name: str, options: Options) -> Checked:
    begun = time.perf_counter()
    shown: list[Difference] = []
    notes: list[str] = []
    count, fault = 0, ""
    try:
        with transaction.atomic():
            for one in checks[name](cur, options):
                if isinstance(one, Note):
                    notes.append(one.text)
                    continue
                count += 1
                if count <= SHOWN:
                    shown.append(one)
            transaction.set_rollback(True)  # nothing was written, and whoever waits for a table it read goes on
    except psycopg.Error as error:
        fault = f"{type(error).__name__}: {error.diag.message_primary or error}"
    return Checked(name, count, round(time.perf_counter() - begun, 3), tuple(shown), fault, tuple(notes))


# -- the checks of this floor ----------------------------------------------------------------------------------------


def unguarded_facts(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Tables that migrations made append-only, and whose trigger is missing, off, or lets more change."""
    from django.db.migrations.loader import MigrationLoader

    MigrationLoader(None, ignore_no_migrations=True)  # importing the migrations fills append_only.guarded
    cur.execute(
        "SELECT c.relname, t.tgenabled::text, encode(t.tgargs, 'escape'), p.prosrc FROM pg_trigger t "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE NOT t.tgisinternal AND t.tgname = c.relname || '_append_only' "
        "AND c.relnamespace = current_schema()::regnamespace"
    )
    there = {table: (enabled, args.split("\\000")[:-1], source) for table, enabled, args, source in cur.fetchall()}
    for table, may_change in sorted(append_only.guarded.items()):
        if table not in there:
            yield Difference(table, None, "append_only", "no trigger", "trigger")
            continue
        enabled, args, source = there[table]
        if enabled not in ("O", "A"):
            yield Difference(table, None, "append_only", "trigger is off", "trigger is on")
        if set(args) != set(may_change):
            yield Difference(table, None, "append_only", " ".join(sorted(args)), " ".join(sorted(may_change)))
        if source.strip() not in append_only.FUNCTION:
            yield Difference(table, None, "append_only", "another function", "refuse_change")


def loose_references(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Keys without a constraint in the database that lead nowhere."""
    for model in apps.get_models():
        for one in model._meta.local_fields:
            if isinstance(one, Loose):
                yield from _dangling(cur, model, one)


def _dangling(cur: Cursor, model: type[models.Model], one: Loose) -> Iterator[Difference]:
    table, column = model._meta.db_table, one.column
    target = one.related_model
    assert isinstance(target, type) and issubclass(target, models.Model)
    other, key = target._meta.db_table, target._meta.pk.column
    named = _row_column(model)
    cur.execute(
        f"SELECT t.{named}, t.{column} FROM {table} t WHERE t.{column} IS NOT NULL "
        f"AND NOT EXISTS (SELECT FROM {other} o WHERE o.{key} = t.{column})"
    )
    for row, to in cur:
        yield Difference(table, row, column, str(to), f"a row of {other}")


def _row_column(model: type[models.Model]) -> str:
    """A bigint column that names a row; tables with a key of several columns by their first number."""
    key = model._meta.pk
    if isinstance(key, models.CompositePrimaryKey):
        numbers = (f for f in model._meta.local_fields if {f.name, f.attname} & set(key.field_names) and _is_number(f))
        return next(numbers).column or "id"
    return key.column or "id"


def _is_number(one: Any) -> bool:
    return isinstance(one, models.ForeignKey | models.IntegerField)


def objects_of_events(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Events that belong to a thing of an unknown type, or to one that does not exist."""
    yield from missing_objects(cur, "core_eventobject", "type", "event_id")


def missing_objects(cur: Cursor, table: str, type_column: str, key: str) -> Iterator[Difference]:
    """Rows of ``table`` whose (type, object_id) leads nowhere, by the tables in ``objects``."""
    cur.execute(f"SELECT DISTINCT {type_column} FROM {table} WHERE {type_column} <> ''")
    for kind in sorted(row[0] for row in cur.fetchall()):
        target = objects.get(kind)
        if target is None:
            yield Difference(table, None, type_column, kind, "a registered type")
            continue
        cur.execute(
            f"SELECT t.{key}, t.object_id FROM {table} t WHERE t.{type_column} = %s AND t.object_id IS NOT NULL "
            f"AND NOT EXISTS (SELECT FROM {target} o WHERE o.id = t.object_id)",
            (kind,),
        )
        for row, to in cur:
            yield Difference(table, row, kind, str(to), f"a row of {target}")


def rows_from_the_future(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Events and the like of transactions that this server has not counted to: restored, and hidden from the feed."""
    for model in apps.get_models():
        for one in model._meta.local_fields:
            if isinstance(one, XidField):
                table, column = model._meta.db_table, one.column
                cur.execute(
                    f"SELECT id, {column}::text, pg_snapshot_xmax(pg_current_snapshot())::text FROM {table} "
                    f"WHERE {column} >= pg_snapshot_xmax(pg_current_snapshot()) "
                    f"AND {column} IS DISTINCT FROM pg_current_xact_id_if_assigned() ORDER BY {column}, id"
                )
                for row, tx, reached in cur:
                    yield Difference(table, row, "tx", tx, f"below {reached}")


register("append-only", unguarded_facts)
register("references", loose_references)
register("event-objects", objects_of_events)
register("transactions", rows_from_the_future)
