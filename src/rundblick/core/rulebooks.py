"""Rules that a company sets in the desk: kept in versions, checked before they count, put into force by a person.

    PROMISE = Kind("promise", Promise, check)
    book = in_force(PROMISE)                      # None: nobody has set any
    put_in_force(PROMISE, told, by=user.pk, seen=book.version if book else 0)

A version is a fact: it is never changed, and what was decided under it can be decided again (FOUNDATIONS 11). Going
back is a new version with the old content. A draft is what somebody prepares and tries before; one for each kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from django.db import transaction

from rundblick.core.database import cursor
from rundblick.core.foreseeing import Question
from rundblick.core.models import Event, EventObject, Rulebook, RulebookDraft
from rundblick.core.once import once

Told = TypeVar("Told", bound=msgspec.Struct)


class RuleError(ValueError):
    """Rules that cannot hold. The text says which one and why, in the reader's language."""


class StaleError(ValueError):
    """Somebody else has put other rules into force meanwhile; ``version`` is theirs."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


@dataclass(frozen=True)
class Kind(Generic[Told]):
    """A kind of rules: its name in the database, its type, and what refuses rules that cannot hold (RuleError)."""

    name: str
    type: type[Told]
    check: Callable[[Told], None]


@dataclass(frozen=True, slots=True)
class Book(Generic[Told]):
    """A version of some rules. ``at``: since when it is in force; ``by``: the user who put it there, None a machine."""

    id: int
    version: int
    told: Told
    at: datetime
    by: int | None


_COLUMNS = "id, version, told::text, in_force_at, made_by_id"

NEWEST = Question("SELECT kind, max(id) FROM core_rulebook WHERE kind = ANY(%s) GROUP BY kind", "text bigint")
"""Ids of the books in force, by kind: whoever keeps a book asks whether there is another one."""


def in_force(kind: Kind[Told], at: datetime | None = None) -> Book[Told] | None:
    """The rules that hold now, or held at ``at``."""
    return once(("rules in force", kind.name, at), lambda: _in_force(kind, at))


def _in_force(kind: Kind[Told], at: datetime | None) -> Book[Told] | None:
    with cursor() as cur:
        cur.execute(
            f"SELECT {_COLUMNS} FROM core_rulebook WHERE kind = %s AND (%s::timestamptz IS NULL OR in_force_at <= %s)"
            " ORDER BY version DESC LIMIT 1",
            (kind.name, at, at),
        )
        row = cur.fetchone()
    return None if row is None else _book(kind, row)


def of_id(kind: Kind[Told], book: int) -> Book[Told]:
    """A version by its id. Raises LookupError."""
    with cursor() as cur:
        cur.execute(f"SELECT {_COLUMNS} FROM core_rulebook WHERE kind = %s AND id = %s", (kind.name, book))
        row = cur.fetchone()
    if row is None:
        raise LookupError(f"there are no rules {kind.name} {book}")
    return _book(kind, row)


def versions(kind: Kind[Told]) -> list[Book[Told]]:
    """All versions that were ever in force, the first one first."""
    return list(once(("versions of rules", kind.name), lambda: _versions(kind)))


def _versions(kind: Kind[Told]) -> tuple[Book[Told], ...]:
    with cursor() as cur:
        cur.execute(f"SELECT {_COLUMNS} FROM core_rulebook WHERE kind = %s ORDER BY version", (kind.name,))
        return tuple(_book(kind, row) for row in cur.fetchall())


def put_in_force(kind: Kind[Told], told: Told, *, by: int | None, seen: int, at: datetime | None = None) -> Book[Told]:
    """Make these the rules from now on (or since ``at``), and drop the draft.

    seen  the version that whoever decides this has seen in force, 0 for none

    Raises RuleError, StaleError.
    """
    kind.check(told)
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(hashtext('rulebook'), hashtext(%s))", (kind.name,))
        cur.execute("SELECT coalesce(max(version), 0) FROM core_rulebook WHERE kind = %s", (kind.name,))
        row = cur.fetchone()
        newest = int(row[0]) if row else 0
        if newest != seen:
            raise StaleError(newest)
        row_ = Rulebook.objects.create(
            kind=kind.name,
            version=newest + 1,
            told=msgspec.to_builtins(told),
            made_by_id=by,
            in_force_at=at or datetime.now(UTC),
        )
        event = Event.objects.create(kind=f"rules.{kind.name}", occurred_at=row_.in_force_at, data={"user": by})
        EventObject.objects.create(event=event, type="rulebook", object_id=row_.pk)
        RulebookDraft.objects.filter(kind=kind.name).delete()
    return Book(row_.pk, row_.version, told, row_.in_force_at, by)


def draft(kind: Kind[Told]) -> Told | None:
    """What somebody is preparing."""
    row = RulebookDraft.objects.filter(kind=kind.name).first()
    return None if row is None else msgspec.convert(row.told, kind.type)


def save_draft(kind: Kind[Told], told: Told, by: int | None) -> None:
    """Keep what somebody prepares; it may be unfinished, so nothing is checked."""
    RulebookDraft.objects.update_or_create(
        kind=kind.name,
        defaults={"told": msgspec.to_builtins(told), "made_by_id": by, "saved_at": datetime.now(UTC)},
    )


def drop_draft(kind: Kind[Any]) -> None:
    RulebookDraft.objects.filter(kind=kind.name).delete()


def _book(kind: Kind[Told], row: tuple[Any, ...]) -> Book[Told]:
    id_, version, told, at, by = row
    text = told if isinstance(told, str) else json.dumps(told)
    return Book(id_, version, _decoded(kind.type, text), at, by)


@lru_cache(maxsize=64)
def _decoded(type_: type[Told], text: str) -> Told:
    return msgspec.json.decode(text, type=type_)
