"""What all deeds of people in a case share: the case locked, the event, its line in the log, and the fold.

Every deed is one transaction. The case is locked first, so two people who act at once are put in order and neither is
lost. A deed of nobody (``by`` None) is the machine's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser

from rundblick.cases.folding import fold
from rundblick.cases.models import Case, CaseEntry, EntryContent
from rundblick.core.announcing import announce_cases
from rundblick.core.ids import uuid7
from rundblick.core.models import Event, EventObject
from rundblick.core.registry import Cursor
from rundblick.people.models import Person, PersonContent, Team, User

OWN_SYSTEM: Final = "rundblick"  # what is written here, not in a legacy system
LONGEST: Final = 20_000
_TICK: Final = timedelta(microseconds=1)


class WorkError(ValueError):
    """The deed cannot be done as asked; ``code`` says why, ``owner`` who has the case where that is the reason.

    empty         a text or reason is missing
    not_open      the case is resolved or closed
    not_resolved  it is open already
    same_owner    they have it already
    taken         somebody else has it meanwhile: ``owner``
    left, closed  who is to have it has left; the team is closed
    cause         there is no such cause of a hand-over
    not_yours     it was not handed over to him
    settled       it was accepted, given back, kept or withdrawn already
    past          it is promised for a time that has passed
    same_topic    it has this topic already
    same_watch, no_watch   he watches it already; he does not watch it
    gone_from, forbidden   he may not see the case; he may read it and not work in it
    """

    def __init__(self, code: str, owner: Person | Team | None = None) -> None:
        super().__init__(code)
        self.code, self.owner = code, owner


def person_of(user: User | AnonymousUser) -> Person:
    """The agent behind a user whom the gate let through, made on his first deed."""
    assert isinstance(user, User)
    person, made = Person.objects.get_or_create(user=user)
    if made:
        PersonContent.objects.get_or_create(person=person, defaults={"name": user.name})
    return person


def clean(text: str) -> str:
    """Words as they can be stored: PostgreSQL keeps neither NUL nor halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def told(text: str) -> str:
    """What a person wrote, as it is kept: without its ends, at most ``LONGEST`` characters."""
    return clean(text).strip()[:LONGEST]


def locked_case(case: Case) -> Case:
    """The case as it stands now, locked; one that was joined to another meanwhile leads to the other."""
    locked = Case.objects.select_for_update().get(pk=case.pk)
    while locked.merged_into_id is not None:
        locked = Case.objects.select_for_update().get(pk=locked.merged_into_id)
    return locked


def next_moment(case: Case, at: datetime | None = None) -> datetime:
    """When a deed in a locked case happens: at ``at``, default now, but after all that its log holds.

    So a deed that came later counts later, also where two machines' clocks differ.
    """
    wanted = at or datetime.now(UTC)
    last = CaseEntry.objects.filter(case=case, superseded=False).order_by("-at").values_list("at", flat=True).first()
    return wanted if last is None or wanted > last else last + _TICK


def note_event(kind: str, at: datetime, by: Person | None, *objects: tuple[str, int]) -> Event:
    """The event of a deed, and what it is about."""
    actor = {"actor_type": "machine"} if by is None else {"actor_type": "person", "actor_id": by.pk}
    event = Event.objects.create(kind=kind, occurred_at=at, **actor)
    EventObject.objects.bulk_create(EventObject(event=event, type=type_, object_id=id_) for type_, id_ in objects)
    return event


def write_entry(
    event: Event, case: Case, by: Person | None, reason: str = "", summary: str = "", **said: Any
) -> CaseEntry:
    """The deed's line in the case's log."""
    key = uuid7().bytes
    entry = CaseEntry.objects.create(
        identity=key, content_digest=key, event=event, case=case, at=event.occurred_at, updated_by=by, **said
    )
    reason, summary = told(reason), told(summary)
    if reason or summary:
        EntryContent.objects.create(entry=entry, record_id=case.concerned_id, text=reason, summary=summary)
    return entry


def done(cur: Cursor, *cases: int) -> None:
    """Fold what was done, and say that these cases changed."""
    fold(cur, cases)
    announce_cases(cur, cases)
