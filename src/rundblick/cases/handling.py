"""What a person does with a case: a note, a hand-over, resolving it, opening it again.

Each is one transaction: the case is locked, an entry and its event are appended, the case is folded, and whoever
watches is told. Who may do it is decided by the gate before; these rules say what is possible.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import Q, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.cases.folding import fold
from rundblick.cases.models import OPEN_STATES, Case, CaseEntry, EntryContent, Message, MessageContent
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.message import Direction, State
from rundblick.core.models import Event, EventObject, System
from rundblick.core.registry import Cursor
from rundblick.core.searching import search_text
from rundblick.people.models import Person, Team

CAUSES: Final = ("routing", "skill", "language", "absence", "load", "escalation", "partner", "other")
"""Why a case changes hands; the words of a person stand beside it."""

MOST_SIGNS: Final = 100_000  # of a note or reason
_CHANGED: Final = "rundblick_changed"
_SYSTEM: Final = "rundblick"


class HandlingError(ValueError):
    """What was asked is not possible with this case now; the text says why, in the reader's language."""


@dataclass(slots=True)
class _Step:
    """One entry on its way into a case's log."""

    kind: str
    state: str = ""
    team: Team | None = None
    person: Person | None = None
    resolved_at: datetime | None = None
    cause: str = ""
    text: str = ""
    objects: list[tuple[str, int]] = field(default_factory=list)


def hand_over(case: Case, to: Person | Team, by: Person | None, cause: str, reason: str = "") -> Case:
    """Give an open case to another person or team, with the cause and the words of who hands it over.

    Raises HandlingError when the case is not open, already belongs to ``to``, or the cause is none of CAUSES.
    """
    if cause not in CAUSES:
        raise HandlingError(_("A hand-over needs one of these causes: %(causes)s.") % {"causes": ", ".join(CAUSES)})
    with _locked(case) as (cur, locked):
        _must_be(locked, OPEN_STATES, _("Only an open case can be handed over. Open it again first."))
        person, team = (to, None) if isinstance(to, Person) else (None, to)
        if (locked.owner_person_id, locked.owner_team_id) == (person and person.pk, team and team.pk):
            raise HandlingError(_("The case already belongs to them."))
        _write_first_owner(locked)
        owners: list[tuple[str, int | None]] = [("person", locked.owner_person_id), ("team", locked.owner_team_id)]
        objects = [(kind, id_) for kind, id_ in [*owners, ("person" if person else "team", to.pk)] if id_ is not None]
        step = _Step("case.handed_over", team=team, person=person, cause=cause, text=reason, objects=objects)
        _write(locked, step, by, timezone.now())
        return _settle(cur, locked)


def resolve(case: Case, by: Person | None, reason: str = "") -> Case:
    """The customer's concern is solved. Raises HandlingError when the case is not open."""
    with _locked(case) as (cur, locked):
        _must_be(locked, OPEN_STATES, _("The case is resolved already."))
        now = timezone.now()
        _write(locked, _Step("case.resolved", state=State.RESOLVED, resolved_at=now, text=reason), by, now)
        return _settle(cur, locked)


def reopen(case: Case, by: Person | None, reason: str = "") -> Case:
    """It was not solved after all. Raises HandlingError when the case is open."""
    with _locked(case) as (cur, locked):
        _must_be(locked, (State.RESOLVED, State.CLOSED), _("The case is open already."))
        _write(locked, _Step("case.reopened", state=State.OPEN, text=reason), by, timezone.now())
        return _settle(cur, locked)


def note(case: Case, by: Person | None, text: str) -> Message:
    """Write a note that only colleagues see. Raises HandlingError when it is empty or too long."""
    text = _text(text)
    if not text.strip():
        raise HandlingError(_("The note is empty."))
    with _locked(case) as (cur, locked):
        now = timezone.now()
        uuid = uuid7()
        system, _made = System.objects.get_or_create(code=_SYSTEM)
        message = Message.objects.create(
            uuid=uuid,
            identity=uuid.bytes,
            content_digest=uuid.bytes,
            case=locked,
            system=system,
            channel=locked.channel or "other",
            direction=Direction.NOTE,
            at=now,
            person=by,
        )
        author = by.content.name if by is not None and hasattr(by, "content") else ""
        vector = SearchVector(Value(search_text(text)), config="simple")
        content = MessageContent.objects.create(
            message=message, record_id=locked.concerned_id, text=text, author=author
        )
        MessageContent.objects.filter(pk=content.pk).update(search=vector)
        _event(locked, "message.noted", by, now, [("message", message.pk)])
        _settle(cur, locked, with_messages=True)
        return message


@contextmanager
def _locked(case: Case) -> Iterator[tuple[Cursor, Case]]:
    """The case as it stands now, locked until the end of the transaction; a joined one leads to what it joined."""
    with transaction.atomic(), cursor() as cur:
        locked = Case.objects.select_for_update().get(pk=case.pk)
        while locked.merged_into_id is not None:
            locked = Case.objects.select_for_update().get(pk=locked.merged_into_id)
        yield cur, locked


def _must_be(case: Case, states: tuple[str, ...], otherwise: str) -> None:
    if case.state not in states:
        raise HandlingError(otherwise)


def _text(text: str) -> str:
    if len(text) > MOST_SIGNS:
        raise HandlingError(_("The text is longer than %(most)s signs.") % {"most": MOST_SIGNS})
    return text.replace("\x00", "")  # PostgreSQL keeps no NUL in a text


def _write_first_owner(case: Case) -> None:
    """Who had the case before its first hand-over becomes an entry, so that the hand-over counts as one."""
    if CaseEntry.objects.filter(Q(person__isnull=False) | Q(team__isnull=False), case=case).exists():
        return
    at = min(case.opened_at or case.last_at, case.last_at)
    _write(case, _Step("case.routed", team=case.owner_team, person=case.owner_person, cause="routing"), None, at)


def _write(case: Case, step: _Step, by: Person | None, at: datetime) -> None:
    text = _text(step.text)
    event = _event(case, step.kind, by, at, step.objects)
    identity = uuid7().bytes
    entry = CaseEntry.objects.create(
        identity=identity,
        content_digest=identity,
        event=event,
        case=case,
        at=at,
        record_id=None,
        state=step.state,
        team=step.team,
        person=step.person,
        updated_by=by,
        resolved_at=step.resolved_at,
        cause=step.cause,
    )
    if text.strip():
        EntryContent.objects.create(entry=entry, record_id=case.concerned_id, text=text)


def _event(case: Case, kind: str, by: Person | None, at: datetime, objects: list[tuple[str, int]]) -> Event:
    actor: dict[str, Any] = {"actor_type": "person", "actor_id": by.pk} if by is not None else {"actor_type": "machine"}
    event = Event.objects.create(kind=kind, occurred_at=at, **actor)
    about = {("case", case.pk), *objects}
    EventObject.objects.bulk_create([EventObject(event=event, type=kind_, object_id=id_) for kind_, id_ in about])
    return event


def _settle(cur: Cursor, case: Case, with_messages: bool = False) -> Case:
    """Fold the case and tell those who watch it; returns it as it stands now."""
    fold(cur, [case.pk], with_messages=with_messages)
    cur.execute("SELECT pg_notify(%s, %s)", (_CHANGED, json.dumps({"cases": [case.pk], "whole": True})))
    case.refresh_from_db()
    return case
