"""What an agent does with a case: note, resolve, reopen. Each is a fact in the log; then it is folded.

    resolve(case, by=person, reason="The parcel was found.")

Whose the case is, and who takes it over, stands in cases.ownership. What its new owner does here accepts it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from rundblick.cases.deeds import (
    LONGEST,
    OWN_SYSTEM,
    WorkError,
    done,
    locked_case,
    next_moment,
    note_event,
    person_of,
    told,
    write_entry,
)
from rundblick.cases.models import OPEN_STATES, Case, CaseEntry, Message, MessageContent
from rundblick.cases.ownership import accepted_by_deed, hand_over
from rundblick.cases.search import keeping
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.models import System
from rundblick.people.models import Person

__all__ = [
    "LONGEST",
    "OWN_SYSTEM",
    "WorkError",
    "add_note",
    "hand_over",
    "locked_case",
    "person_of",
    "reopen",
    "resolve",
]


def add_note(case: Case, text: str, by: Person, at: datetime | None = None) -> Message:
    """Add an internal note. Raises WorkError "empty"."""
    text = told(text)
    if not text:
        raise WorkError("empty")
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        now = at or datetime.now(UTC)
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
        keeping.write(cur, [keeping.row_of_message(message.pk, now, text)])
        note_event("note.added", now, by, ("case", locked.pk), ("message", message.pk), ("person", by.pk))
        accepted_by_deed(locked, by, now)
        done(cur, locked.pk)
    return message


def resolve(case: Case, by: Person, reason: str = "", at: datetime | None = None) -> CaseEntry:
    """Resolve an open case. Raises WorkError "not_open"."""
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        if locked.state not in OPEN_STATES:
            raise WorkError("not_open")
        now = next_moment(locked, at)
        event = note_event("case.resolved", now, by, ("case", locked.pk))
        entry = write_entry(event, locked, by, reason, state="resolved", resolved_at=now)
        accepted_by_deed(locked, by, now)
        done(cur, locked.pk)
    return entry


def reopen(case: Case, by: Person, reason: str = "", at: datetime | None = None) -> CaseEntry:
    """Open a resolved or closed case again. Raises WorkError "not_resolved"."""
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        if locked.state in OPEN_STATES:
            raise WorkError("not_resolved")
        event = note_event("case.reopened", next_moment(locked, at), by, ("case", locked.pk))
        entry = write_entry(event, locked, by, reason, state="open")
        accepted_by_deed(locked, by, event.occurred_at)
        done(cur, locked.pk)
    return entry
