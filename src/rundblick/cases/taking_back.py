"""A deed in a case taken back, as if it had not been done: what an undo means (docs/decisions/0038).

    take_back(entry, by=person)

The line that the deed wrote in the log is superseded and the case is folded again, so that owner, state, topic, clocks
and every figure are what they were; the events stay, and one more says that it was taken back. That holds only as long
as nobody did anything in the case since: then what he did rests on it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from rundblick.cases.deeds import done, locked_case, note_event
from rundblick.cases.models import Case, CaseEntry, Handover, Message
from rundblick.core.database import cursor
from rundblick.core.models import EventObject
from rundblick.people.models import Person

TAKEN_BACK: Final = "case.taken_back"


class TakingBackError(ValueError):
    """The deed stays; ``code`` says why.

    changed     somebody did something in the case since, or the rules gave it to somebody else
    taken_back  it was taken back before
    joined      the case was joined to another one
    left        whose it was before is there no more
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def take_back(entry: CaseEntry, by: Person, at: datetime | None = None) -> Case:
    """Undo the deed that wrote this line; gives the case as it is then. Raises TakingBackError."""
    now = at or datetime.now(UTC)
    try:
        with transaction.atomic(), cursor() as cur:
            case = locked_case(Case.objects.get(pk=entry.case_id))
            entry = CaseEntry.objects.get(pk=entry.pk)
            if entry.superseded:
                raise TakingBackError("taken_back")
            if case.pk != entry.case_id:
                raise TakingBackError("joined")
            if _acted_since(entry):
                raise TakingBackError("changed")
            CaseEntry.objects.filter(pk=entry.pk).update(superseded=True)
            _offers_as_before(entry, by, now)
            note_event(TAKEN_BACK, max(now, entry.at), by, ("case", case.pk), ("person", by.pk))
            done(cur, case.pk)
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") == "case_owner_is_there":
            raise TakingBackError("left") from error
        raise
    return Case.objects.get(pk=case.pk)


def _acted_since(entry: CaseEntry) -> bool:
    """Whether the log goes on after this line, or a person did something else in the case."""
    log = CaseEntry.objects.filter(case=entry.case_id, superseded=False).exclude(pk=entry.pk)
    if log.filter(Q(at__gt=entry.at) | Q(at=entry.at, pk__gt=entry.pk)).exists():
        return True
    later = EventObject.objects.filter(type="case", object_id=entry.case_id, event__gt=entry.event_id)
    if later.filter(event__actor_type="person").exclude(event__kind=TAKEN_BACK).exists():
        return True
    written = Message.objects.filter(case=entry.case_id, at__gt=entry.at, person__isnull=False, superseded=False)
    return written.exclude(direction="in").exists()


def _offers_as_before(entry: CaseEntry, by: Person, now: datetime) -> None:
    """What the deed offered is offered no more; what it settled is offered again."""
    Handover.objects.filter(entry=entry, state=Handover.OFFERED).update(
        state=Handover.PASSED_ON, settled_at=now, settled_by=by
    )
    settled = Handover.objects.filter(entry__case=entry.case_id, entry__superseded=False, settled_at=entry.at)
    settled.exclude(entry=entry).exclude(state=Handover.GIVEN_BACK).update(
        state=Handover.OFFERED, settled_at=None, settled_by=None
    )
