"""What somebody promised the customer in a case: "we call you on Friday". It goes along when the case changes hands.

    promise(case, "Call about the new date", due_at, by=person)
    keep(commitment, by=person)          withdraw(commitment, by=person)

What nobody kept in time is broken: ``look_at_due`` (a sweep) says so once, as an event, and warns once a little before.
A commitment stays with the case it was made in; a case that was joined to another shows its own in the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from rundblick.cases.deeds import WorkError, done, locked_case, note_event, told
from rundblick.cases.models import Case, Commitment, CommitmentContent
from rundblick.cases.ownership import accepted_by_deed
from rundblick.core.announcing import announce_cases
from rundblick.core.database import cursor
from rundblick.core.models import Event, EventObject
from rundblick.core.registry import Cursor
from rundblick.people.models import Person

MADE: Final = "commitment.made"
KEPT: Final = "commitment.kept"
DONE_LATE: Final = "commitment.done_late"
WITHDRAWN: Final = "commitment.withdrawn"
WARNED: Final = "commitment.warned"
BROKEN: Final = "commitment.broken"

WARNS_BEFORE: Final = timedelta(hours=1)  # at most; of a short one the last quarter of its time
_PORTION: Final = 500
_ALONE: Final = 8_160_101  # advisory lock: one sweep at a time, so that each event is written once


def promise(case: Case, text: str, due_at: datetime, by: Person, at: datetime | None = None) -> Commitment:
    """Note what the customer was promised until ``due_at``. Raises WorkError "empty" or "past"."""
    text = told(text)
    if not text:
        raise WorkError("empty")
    now = at or datetime.now(UTC)
    if due_at <= now:
        raise WorkError("past")
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        event = note_event(MADE, now, by, ("case", locked.pk), ("person", by.pk))
        made = Commitment.objects.create(case=locked, event=event, made_by=by, made_at=now, due_at=due_at)
        EventObject.objects.create(event=event, type="commitment", object_id=made.pk)
        CommitmentContent.objects.create(commitment=made, record_id=locked.concerned_id, text=text)
        accepted_by_deed(locked, by, now)
        done(cur, locked.pk)
    return made


def keep(commitment: Commitment, by: Person, at: datetime | None = None) -> Commitment:
    """It was done. What was broken before stays so, and is done late. Raises WorkError "settled"."""
    return _settle(commitment, Commitment.KEPT, KEPT, by, at)


def withdraw(commitment: Commitment, by: Person, at: datetime | None = None) -> Commitment:
    """It is to be done no more, as the customer knows. Raises WorkError "settled"."""
    return _settle(commitment, Commitment.WITHDRAWN, WITHDRAWN, by, at)


def commitments_of(case: Case) -> list[Commitment]:
    """What was promised in a case and in those that were joined to it: what is to be done first, by its time."""
    found = Commitment.objects.filter(Q(case=case) | Q(case__merged_into=case)).select_related("content")
    return sorted(found, key=lambda one: (not is_outstanding(one), one.due_at, one.pk))


def is_outstanding(commitment: Commitment) -> bool:
    """Whether somebody still has to do it: it is open, or its time passed and nobody did it late."""
    late = commitment.state == Commitment.BROKEN and commitment.settled_by_id is None
    return commitment.state == Commitment.OPEN or late


def warns_at(commitment: Commitment) -> datetime:
    """From when on somebody should look at it."""
    return commitment.due_at - min(WARNS_BEFORE, (commitment.due_at - commitment.made_at) / 4)


def _settle(commitment: Commitment, state: str, kind: str, by: Person, at: datetime | None) -> Commitment:
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(Case.objects.get(pk=commitment.case_id))
        found = Commitment.objects.select_for_update().get(pk=commitment.pk)
        if not is_outstanding(found):
            raise WorkError("settled")
        if found.state == Commitment.BROKEN:
            state, kind = Commitment.BROKEN, DONE_LATE if state == Commitment.KEPT else kind
        found.state, found.settled_at, found.settled_by = state, now, by
        found.save(update_fields=["state", "settled_at", "settled_by"])
        note_event(kind, now, by, ("case", locked.pk), ("commitment", found.pk), ("person", by.pk))
        accepted_by_deed(locked, by, now)
        done(cur, locked.pk)
    return found


# -- the sweep -------------------------------------------------------------------------------------------------------

_BREAK: Final = """
UPDATE cases_commitment m SET state = 'broken', settled_at = %(now)s
FROM (SELECT id FROM cases_commitment WHERE state = 'open' AND due_at <= %(now)s ORDER BY due_at LIMIT %(most)s
      FOR UPDATE SKIP LOCKED) due
WHERE m.id = due.id
RETURNING m.id, (SELECT COALESCE(c.merged_into_id, c.id) FROM cases_case c WHERE c.id = m.case_id)
"""
_WARN: Final = """
SELECT m.id, COALESCE(c.merged_into_id, c.id) FROM cases_commitment m JOIN cases_case c ON c.id = m.case_id
WHERE m.state = 'open' AND m.due_at > %(now)s AND m.due_at <= %(now)s + %(before)s
  AND m.due_at - (m.due_at - m.made_at) / 4 <= %(now)s
  AND NOT EXISTS (SELECT FROM core_eventobject o JOIN core_event e ON e.id = o.event_id AND e.kind = %(warned)s
                  WHERE o.type = 'commitment' AND o.object_id = m.id)
ORDER BY m.due_at LIMIT %(most)s FOR UPDATE OF m SKIP LOCKED
"""


def look_at_due(at: datetime | None = None) -> int:
    """Warn of what is due soon, and break what is overdue, each once; gives how many."""
    now = at or datetime.now(UTC)
    about = {"now": now, "most": _PORTION, "before": WARNS_BEFORE, "warned": WARNED}
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT pg_advisory_xact_lock(%s)", (_ALONE,))
        cur.execute(_BREAK, about)
        broken = cur.fetchall()
        cur.execute(_WARN, about)
        warned = cur.fetchall()
        _tell(cur, BROKEN, broken, now)
        _tell(cur, WARNED, warned, now)
    return len(broken) + len(warned)


def _tell(cur: Cursor, kind: str, rows: Sequence[tuple[int, int]], at: datetime) -> None:
    events = Event.objects.bulk_create(Event(kind=kind, occurred_at=at) for _ in rows)
    EventObject.objects.bulk_create(
        EventObject(event=event, type=type_, object_id=id_)
        for event, (commitment, case) in zip(events, rows, strict=True)
        for type_, id_ in (("case", case), ("commitment", commitment))
    )
    if rows:
        announce_cases(cur, sorted({case for _commitment, case in rows}))
