"""One deed on many cases, done case by case, and taken back as one.

    deed = give(user, Asked("resolve", cases=(uuid, uuid)), key=uuid7())
    work_on(deed, seconds=2)               the rest is done by a worker (``sweep``)
    undo(deed, by=person)

Each case is a transaction of its own: what cannot be done there is refused with its reason, and the rest goes on. Which
cases somebody may see and work in is asked again when each one's turn comes; what he may not see is as if it were not
there. What is done stands in the logs as if each case had been opened, by the functions of work, ownership, regrouping.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Exists, OuterRef

from rundblick.cases import ownership, regrouping, watching, work
from rundblick.cases.deeds import WorkError, person_of, told
from rundblick.cases.models import BulkDeed, BulkReason, BulkRow, Case, CaseEntry, Regrouping
from rundblick.cases.regrouping import RegroupingError
from rundblick.cases.taking_back import TakingBackError, take_back
from rundblick.cases.watching import WatchingError
from rundblick.core.database import cursor
from rundblick.people import gate
from rundblick.people.models import Person, Team

log = logging.getLogger("rundblick.cases.bulk")

MOST: Final = 200
"""Cases in one deed."""
KINDS: Final = {
    "take": "case.handover",
    "hand_over": "case.handover",
    "resolve": "case.write",
    "reopen": "case.write",
    "topic": "case.write",
    "watch": "case.read",
    "unwatch": "case.read",
    "join": "case.write",
}
"""What can be done to many, and the permission that each needs."""

_REST: Final = timedelta(seconds=5)  # after which a worker takes up what its request left
_LOCK: Final = 0x72625F62  # "rb_b": the first half of the advisory lock of a deed that is being worked on


class BulkError(ValueError):
    """The deed cannot be given; ``code`` says why, ``where`` which part of it.

    kind, none, too_many, two   there is no such deed; no case is chosen, too many, or one alone to join
    to, reason, cause, topic    the deed needs it
    not_yours                   somebody else gave the deed that is to be undone
    """

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(code)
        self.code, self.where = code, where or code


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be done to which cases, in this order.

    to      who takes them over (hand_over)
    into    where the others are joined to; None: the first
    """

    kind: str
    cases: tuple[UUID, ...]
    to: Team | Person | None = None
    reason: str = ""
    cause: str = "request"
    topic: str = ""
    into: UUID | None = None


def checked(asked: Asked) -> None:
    """Raises BulkError for what can be given to no case at all."""
    if asked.kind not in KINDS:
        raise BulkError("kind")
    if not asked.cases:
        raise BulkError("none", "cases")
    if len(set(asked.cases)) > MOST:
        raise BulkError("too_many", "cases")
    if asked.kind == "join" and len({*asked.cases, asked.into} - {None}) < 2:
        raise BulkError("two", "cases")
    if asked.kind == "hand_over":
        if asked.to is None:
            raise BulkError("to")
        if asked.cause not in ownership.CAUSES:
            raise BulkError("cause")
        if not told(asked.reason):
            raise BulkError("reason")
    if asked.kind == "topic" and not told(asked.topic):
        raise BulkError("topic")


def give(user: Any, asked: Asked, key: UUID) -> BulkDeed:
    """Write down what is to be done; the same ``key`` again gives the deed that was given with it.

    Cases that the user may not see are left out as if they were not there. Raises BulkError, and PermissionDenied for a
    deed that his role does not know.
    """
    checked(asked)
    gate.require(user, KINDS[asked.kind])
    person = person_of(user)
    if (known := BulkDeed.objects.filter(person=person, key=key).first()) is not None:
        return known
    wanted = list(dict.fromkeys(asked.cases))
    found = _visible(user, [*wanted, *((asked.into,) if asked.into else ())])
    into = found.get(asked.into) if asked.into else None
    cases = list(dict.fromkeys(found[uuid] for uuid in wanted if uuid in found))
    if asked.kind == "join":
        if asked.into and into is None:
            raise BulkError("to", "into")
        into = into or next(iter(cases), None)
        cases = [case for case in cases if case != into]
    if not cases:
        raise BulkError("two" if asked.kind == "join" else "none", "cases")
    try:
        with transaction.atomic():
            deed = BulkDeed.objects.create(
                person=person,
                kind=asked.kind,
                key=key,
                told={
                    "cause": asked.cause if asked.kind == "hand_over" else "",
                    "topic": told(asked.topic)[: work.TOPIC],
                },
                to_person=asked.to if isinstance(asked.to, Person) else None,
                to_team=asked.to if isinstance(asked.to, Team) else None,
                into_id=into,
            )
            if reason := told(asked.reason):
                BulkReason.objects.create(deed=deed, text=reason)
            BulkRow.objects.bulk_create(
                BulkRow(deed=deed, place=place, case_id=case) for place, case in enumerate(cases)
            )
    except IntegrityError:  # the second click was as fast as the first
        return BulkDeed.objects.get(person=person, key=key)
    return deed


def _visible(user: Any, uuids: Sequence[UUID]) -> dict[UUID, int]:
    """{uuid: id} of those that may be seen; one that was joined to another means the other."""
    named = Case.objects.filter(uuid__in=uuids).values_list("uuid", "id", "merged_into_id")
    wanted = {uuid: merged or own for uuid, own, merged in named}
    there = set(
        Case.objects.filter(gate.visible_cases(user), pk__in=list(wanted.values())).values_list("pk", flat=True)
    )
    return {uuid: pk for uuid, pk in wanted.items() if pk in there}


def undo(deed: BulkDeed, by: Person) -> BulkDeed:
    """Take back what was done, case by case, the last one first. ``work_on`` does it. Raises BulkError "not_yours"."""
    if deed.person_id != by.pk:
        raise BulkError("not_yours")
    with transaction.atomic():
        row = BulkDeed.objects.select_for_update().get(pk=deed.pk)
        if row.undone_at is None:
            row.undone_at = datetime.now(UTC)
            row.save(update_fields=["undone_at"])
            rows = BulkRow.objects.filter(deed=row)
            rows.filter(state=BulkRow.WAITING).update(state=BulkRow.REFUSED, code="undone")
            rows.filter(state=BulkRow.DONE).update(state=BulkRow.UNDOING)
    return row


def work_on(deed: BulkDeed, seconds: float = 60.0) -> int:
    """Do what waits in a deed, for at most about so many seconds; gives how many cases. One at a time does it."""
    until, n = time.monotonic() + seconds, 0
    with cursor() as cur:
        cur.execute("SELECT pg_try_advisory_lock(%s, %s)", (_LOCK, deed.pk % 2**31))
        if not (cur.fetchone() or (False,))[0]:
            return 0
    try:
        while time.monotonic() < until and _next(deed):
            n += 1
    except OperationalError:  # a deadlock, a lost connection: a worker goes on
        log.warning("a deed on many cases was interrupted: %s", deed.uuid, exc_info=True)
    finally:
        with cursor() as cur:
            cur.execute("SELECT pg_advisory_unlock(%s, %s)", (_LOCK, deed.pk % 2**31))
    if not BulkRow.objects.filter(deed=deed, state__in=(BulkRow.WAITING, BulkRow.UNDOING)).exists():
        BulkReason.objects.filter(deed=deed).delete()
    return n


def sweep() -> int:
    """Go on with deeds whose request ended before they did: a worker's portion; gives how many cases."""
    waiting = BulkRow.objects.filter(deed=OuterRef("pk"), state__in=(BulkRow.WAITING, BulkRow.UNDOING))
    left = BulkDeed.objects.filter(Exists(waiting), at__lt=datetime.now(UTC) - _REST).order_by("pk")
    return sum(work_on(deed, seconds=20) for deed in left[:5])


def _next(deed: BulkDeed) -> bool:
    """One case of a deed; whether there was one."""
    with transaction.atomic():
        rows = BulkRow.objects.select_for_update().filter(deed=deed)
        row = rows.filter(state=BulkRow.WAITING).order_by("place").first()
        back = row is None
        row = row or rows.filter(state=BulkRow.UNDOING).order_by("-place").first()
        if row is None:
            return False
        try:
            with transaction.atomic():
                (_undone if back else _done)(deed, row)
            row.state, row.code = BulkRow.UNDONE if back else BulkRow.DONE, ""
        except (WorkError, RegroupingError, TakingBackError, WatchingError) as error:
            row.state, row.code = BulkRow.KEPT if back else BulkRow.REFUSED, error.code
        except OperationalError:
            raise
        except Exception:
            log.exception("a case of a deed on many failed: %s", deed.uuid)
            row.state, row.code = BulkRow.KEPT if back else BulkRow.REFUSED, "failed"
        row.save(update_fields=["state", "code", "entry", "regrouping", "before"])
    return True


def _done(deed: BulkDeed, row: BulkRow) -> None:
    person, case = deed.person, _allowed(deed, row)
    row.before = {
        "state": case.state,
        "topic": case.topic,
        "person": case.owner_person_id,
        "team": case.owner_team_id,
    }
    done: CaseEntry | Regrouping | None = None
    if deed.kind == "take":
        done = ownership.take(case, person)
    elif deed.kind == "hand_over":
        to = deed.to_team or deed.to_person
        reason = BulkReason.objects.filter(deed=deed).values_list("text", flat=True).first() or ""
        if to is None:
            raise WorkError("left")
        done = ownership.hand_over(case, to, person, reason, deed.told.get("cause") or "request")
    elif deed.kind == "resolve":
        done = work.resolve(case, person)
    elif deed.kind == "reopen":
        done = work.reopen(case, person)
    elif deed.kind == "topic":
        done = work.set_topic(case, deed.told.get("topic", ""), person)
    elif deed.kind == "join":
        done = regrouping.join(case, Case.objects.get(pk=deed.into_id or 0), person)
    elif deed.kind == "watch":
        if not watching.watch(person, [case.pk]):
            raise WorkError("same_watch")
    elif not watching.unwatch(person, [case.pk]):
        raise WorkError("no_watch")
    row.entry = done if isinstance(done, CaseEntry) else None
    row.regrouping = done if isinstance(done, Regrouping) else None
    watching.seen(person, [case.pk])  # his own deed is no news to him


def _undone(deed: BulkDeed, row: BulkRow) -> None:
    if deed.kind == "watch":
        watching.unwatch(deed.person, [row.case_id])
    elif deed.kind == "unwatch":
        watching.watch(deed.person, [row.case_id])
    elif row.regrouping is not None:
        regrouping.undo(row.regrouping, deed.person)
    elif row.entry is not None:
        take_back(row.entry, deed.person)
    watching.seen(deed.person, [row.case_id])


def _allowed(deed: BulkDeed, row: BulkRow) -> Case:
    """The case, where whoever gave the deed may still do it there. Raises WorkError "gone_from" or "forbidden"."""
    user = deed.person.user
    user.__dict__.pop("_sight", None) if user is not None else None  # a deed before may have changed what he sees
    case = Case.objects.get(pk=row.case_id)
    if case.merged_into_id is not None:
        case = Case.objects.get(pk=case.merged_into_id)
    over = [case.pk, *([deed.into_id] if deed.into_id else [])]
    if not Case.objects.filter(gate.visible_cases(user), pk=case.pk).exists():
        raise WorkError("gone_from")
    if Case.objects.filter(gate.visible_cases(user, KINDS[deed.kind]), pk__in=over).count() < len(set(over)):
        raise WorkError("forbidden")
    return case


# -- what became of it -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many cases of a deed stand where; ``total`` of all."""

    total: int
    waiting: int
    done: int
    refused: int
    undone: int
    kept: int

    @property
    def is_over(self) -> bool:
        return not self.waiting


def outcome(deed: BulkDeed) -> Outcome:
    """How far a deed has come."""
    states = list(BulkRow.objects.filter(deed=deed).values_list("state", flat=True))
    count = states.count
    return Outcome(
        len(states),
        count(BulkRow.WAITING) + count(BulkRow.UNDOING),
        count(BulkRow.DONE),
        count(BulkRow.REFUSED),
        count(BulkRow.UNDONE),
        count(BulkRow.KEPT),
    )


def deeds_of(person: int | None, before: int | None = None, limit: int = 30) -> list[BulkDeed]:
    """Somebody's deeds on many cases, the newest first."""
    if person is None:
        return []
    found = BulkDeed.objects.filter(person=person).select_related("to_person", "to_team", "into")
    return list((found.filter(pk__lt=before) if before else found).order_by("-pk")[:limit])
