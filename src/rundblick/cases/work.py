"""What an agent does with a case: note, hand-over, resolve, reopen. Each is a fact in the log; then it is folded.

    hand_over(case, to=team, by=person, reason="needs the warranty desk")

Every deed is one transaction: event, entry or message, its content, the fold, and one NOTIFY. The case is locked first,
so two people who act at once are put in order and neither is lost.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from rundblick.cases.folding import fold
from rundblick.cases.models import OPEN_STATES, Case, CaseEntry, EntryContent, Message, MessageContent
from rundblick.core.announcing import announce_cases
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.models import Event, EventObject, System
from rundblick.core.registry import Cursor
from rundblick.core.searching import search_text
from rundblick.people.models import Person, PersonContent, Team, User

OWN_SYSTEM: Final = "rundblick"  # what is written here, not in a legacy system
LONGEST: Final = 20_000


class WorkError(ValueError):
    """The deed cannot be done as asked; ``code`` says why: "empty", "not_open", "not_resolved", "same_owner"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def person_of(user: User | AnonymousUser) -> Person:
    """The agent behind a user whom the gate let through, made on his first deed."""
    assert isinstance(user, User)
    person, made = Person.objects.get_or_create(user=user)
    if made:
        PersonContent.objects.get_or_create(person=person, defaults={"name": user.name})
    return person


def add_note(case: Case, text: str, by: Person, at: datetime | None = None) -> Message:
    """Add an internal note. Raises WorkError "empty"."""
    text = text.replace("\x00", "").strip()[:LONGEST]
    if not text:
        raise WorkError("empty")
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        system, _made = System.objects.get_or_create(code=OWN_SYSTEM, defaults={"name": "Rundblick"})
        key = uuid7().bytes
        message = Message.objects.create(
            identity=key,
            content_digest=key,
            case=locked,
            system=system,
            channel=locked.channel or "other",
            direction="note",
            at=now,
            person=by,
        )
        MessageContent.objects.create(message=message, text=text)
        cur.execute(
            "UPDATE cases_messagecontent SET search = to_tsvector('simple', %s) WHERE message_id = %s",
            (search_text(text), message.pk),
        )
        event = _event("note.added", now, by)
        _about(event, ("case", locked.pk), ("message", message.pk), ("person", by.pk))
        _done(cur, locked.pk)
    return message


def hand_over(
    case: Case, to: Team | Person, by: Person, reason: str, cause: str = "request", at: datetime | None = None
) -> CaseEntry:
    """Make somebody else the owner, with the reason. Raises WorkError "empty", "not_open" or "same_owner"."""
    reason = reason.replace("\x00", "").strip()[:LONGEST]
    if not reason:
        raise WorkError("empty")
    team = to if isinstance(to, Team) else None
    person = to if isinstance(to, Person) else None
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        if locked.state not in OPEN_STATES:
            raise WorkError("not_open")
        now_owner = (locked.owner_team_id, locked.owner_person_id)
        if now_owner == (team.pk if team else None, person.pk if person else None):
            raise WorkError("same_owner")
        if person is not None:
            team = _team_of(person, locked)
        entry = _entry(
            "case.handed_over", locked, by, at or datetime.now(UTC), reason, team=team, person=person, cause=cause
        )
        _about(entry.event, ("person", to.pk) if person else ("team", to.pk))
        _done(cur, locked.pk)
    return entry


def resolve(case: Case, by: Person, reason: str = "", at: datetime | None = None) -> CaseEntry:
    """Resolve an open case. Raises WorkError "not_open"."""
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        if locked.state not in OPEN_STATES:
            raise WorkError("not_open")
        entry = _entry("case.resolved", locked, by, now, reason, state="resolved", resolved_at=now)
        _done(cur, locked.pk)
    return entry


def reopen(case: Case, by: Person, reason: str = "", at: datetime | None = None) -> CaseEntry:
    """Open a resolved or closed case again. Raises WorkError "not_resolved"."""
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        if locked.state in OPEN_STATES:
            raise WorkError("not_resolved")
        entry = _entry("case.reopened", locked, by, at or datetime.now(UTC), reason, state="open")
        _done(cur, locked.pk)
    return entry


def locked_case(case: Case) -> Case:
    """The case as it stands now, locked; one that was joined to another meanwhile leads to the other."""
    locked = Case.objects.select_for_update().get(pk=case.pk)
    while locked.merged_into_id is not None:
        locked = Case.objects.select_for_update().get(pk=locked.merged_into_id)
    return locked


def _team_of(person: Person, case: Case) -> Team | None:
    """For which of his teams somebody takes a case: the one that has it, when he is in it, else his first; else none.

    So the log tells a hand-over inside a team from one to another team, also when teams change later.
    """
    teams = list(Team.objects.filter(memberships__person=person).order_by("id"))
    entries = CaseEntry.objects.filter(case=case, superseded=False, team__isnull=False)
    had = case.owner_team_id or entries.order_by("-at", "-seq", "-identity").values_list("team", flat=True).first()
    return next((team for team in teams if team.pk == had), teams[0] if teams else None)


def _event(kind: str, at: datetime, by: Person) -> Event:
    return Event.objects.create(kind=kind, occurred_at=at, actor_type="person", actor_id=by.pk)


def _about(event: Event, *objects: tuple[str, int]) -> None:
    EventObject.objects.bulk_create(EventObject(event=event, type=type_, object_id=id_) for type_, id_ in objects)


def _entry(kind: str, case: Case, by: Person, at: datetime, reason: str, **said: Any) -> CaseEntry:
    reason = reason.replace("\x00", "").strip()  # PostgreSQL keeps no NUL
    event = _event(kind, at, by)
    _about(event, ("case", case.pk))
    key = uuid7().bytes
    entry = CaseEntry.objects.create(
        identity=key, content_digest=key, event=event, case=case, at=at, updated_by=by, **said
    )
    if reason:
        EntryContent.objects.create(entry=entry, record_id=case.concerned_id, text=reason[:LONGEST])
    return entry


def _done(cur: Cursor, case: int) -> None:
    fold(cur, [case])
    announce_cases(cur, [case])
