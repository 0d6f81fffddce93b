"""Whose a case is: handed over, taken, accepted, given back. An open case has one owner at any moment.

    hand_over(case, to=team, by=person, reason="It is about the invoice.", cause="skill", summary="Called twice ...")
    take(case, by=person, seen=team)
    accept(handover, by=person)          give_back(handover, by=person, reason="We never had this contract.")

Responsibility passes at once with the entry of the log; ``Handover`` says what became of it: *offered* until the new
owner (of a team: any member) accepts it or does his first deed in the case, *given back*, or *passed on* unread.
Giving back is an entry of its own with the cause "given_back"; accepting changes no owner and writes none.
Who is handed a case and leaves in the same moment is waited for: either he has the case before and cannot leave
without handing it on, or the hand-over is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from rundblick.cases.deeds import WorkError, done, locked_case, next_moment, note_event, told, write_entry
from rundblick.cases.models import OPEN_STATES, Case, CaseEntry, Handover
from rundblick.core.database import cursor
from rundblick.core.registry import Cursor
from rundblick.people.models import Absence, Membership, Person, Team

CAUSES: Final = ("routing", "skill", "absence", "escalation", "request", "reorganisation")
"""What a hand-over is charged to: it came to the wrong place, needs another skill, somebody is away, somebody has to
decide, customer or colleague asked for it, work is divided anew."""
GIVEN_BACK: Final = "given_back"
HANDED_OVER: Final = "case.handed_over"
TAKEN: Final = "case.taken"
ACCEPTED: Final = "case.accepted"
BACK: Final = "case.given_back"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a case: a person, for one of his teams, or a team. Ids."""

    person: int | None
    team: int | None


def hand_over(
    case: Case,
    to: Team | Person,
    by: Person | None,
    reason: str,
    cause: str = "request",
    at: datetime | None = None,
    *,
    summary: str = "",
    seen: Team | Person | None = None,
) -> CaseEntry:
    """Make somebody else the owner, at once; he is offered it until he accepts it or works in it.

    ``by`` None: the machine. ``summary``: what was done, what is open. ``seen``: the owner whom ``by`` saw, None does
    not look. Who hands a case to himself has accepted it. Raises WorkError "empty", "cause", "not_open", "same_owner",
    "taken", "left" or "closed".
    """
    reason = told(reason)
    if not reason:
        raise WorkError("empty")
    if cause not in CAUSES:
        raise WorkError("cause")
    with _to(to), transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        return _handed_over(cur, locked, to, by, reason, cause, at, summary, seen)


def take(
    case: Case,
    by: Person,
    seen: Team | Person | None = None,
    reason: str = "",
    cause: str = "request",
    at: datetime | None = None,
) -> CaseEntry:
    """A case of a team becomes that of one person; from a colleague it is taken with a reason, as a hand-over.

    ``seen`` is the owner whom he saw: who has it meanwhile keeps it. Raises WorkError "taken" with who has it, "empty",
    "not_open", "same_owner" or "left".
    """
    if cause not in CAUSES:
        raise WorkError("cause")
    with _to(by), transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        _is_open(locked)
        owner = owner_of(locked)
        if isinstance(owner, Person) and owner.pk == by.pk:
            raise WorkError("same_owner", owner)
        _is_still(owner, seen)
        if isinstance(owner, Person):
            if seen is None:
                raise WorkError("taken", owner)
            if not told(reason):
                raise WorkError("empty")
            return _handed_over(cur, locked, by, by, told(reason), cause, at)
        _is_there(cur, by)
        event = note_event(TAKEN, next_moment(locked, at), by, ("case", locked.pk), ("person", by.pk))
        _settle(cur, locked, by, event.occurred_at, takes=True)
        # he works for the team whose case it is, whichever others he belongs to
        entry = write_entry(event, locked, by, reason, person=by, team=owner)
        done(cur, locked.pk)
    return entry


def accept(handover: Handover, by: Person, at: datetime | None = None) -> Handover:
    """Say that one has it now. Raises WorkError "settled" or "not_yours"."""
    with transaction.atomic(), cursor() as cur:
        case, row = _locked(handover)
        _is_his(row, by)
        now = next_moment(case, at)
        note_event(ACCEPTED, now, by, ("case", case.pk), ("person", by.pk))
        _mark([row], Handover.ACCEPTED, by, now)
        done(cur, case.pk)
    return row


def give_back(handover: Handover, by: Person, reason: str, at: datetime | None = None) -> CaseEntry:
    """Return what was handed over, unread: the giver has it again, else his team. It stays charged to its cause.

    Once accepted it is handed over anew instead. Raises WorkError "empty", "settled", "not_yours", "not_open", "taken".
    """
    reason = told(reason)
    if not reason:
        raise WorkError("empty")
    with transaction.atomic(), cursor() as cur:
        case, row = _locked(handover)
        _is_his(row, by)
        _is_open(case)
        owner = owner_of(case)
        if owner is None or not (_is_his_own(owner, by) or _fits(row, owner)):
            raise WorkError("taken", owner)
        now = next_moment(case, at)
        _wait_for_leaving(cur, row)
        person, team = goes_back_to(row, now)
        if person is None and team is None:
            raise WorkError("left")
        to = ("person", person.pk) if person is not None else ("team", team.pk if team is not None else 0)
        event = note_event(BACK, now, by, ("case", case.pk), to)
        entry = write_entry(event, case, by, reason, person=person, team=team, cause=GIVEN_BACK)
        _mark([row], Handover.GIVEN_BACK, by, event.occurred_at)
        done(cur, case.pk)
    return entry


def accepted_by_deed(case: Case, by: Person | None, at: datetime) -> None:
    """The first deed of its new owner in a case accepts what he was handed; ``case`` is locked."""
    if by is None:
        return
    for row in offered_in([case.pk]):
        if may_accept(row, by):
            _mark([row], Handover.ACCEPTED, by, at)


def owner_of(case: Case) -> Person | Team | None:
    """Who is in charge of a case; None only for one that is no longer open."""
    if case.owner_person_id is not None:
        return Person.objects.get(pk=case.owner_person_id)
    return Team.objects.get(pk=case.owner_team_id) if case.owner_team_id is not None else None


def offered_in(cases: Sequence[int]) -> list[Handover]:
    """The hand-overs in these cases (ids) that nobody has accepted yet; at most one a case."""
    return list(
        Handover.objects.filter(entry__case__in=cases, state=Handover.OFFERED)
        .select_related("entry")
        .order_by("entry__at", "entry_id")
    )


def goes_back_to(row: Handover, now: datetime) -> tuple[Person | None, Team | None]:
    """Who has a case again that is given back: the giver, for his team; the team alone if he has left or is away.

    What a closed team had is its successor's, else the default team's.
    """
    person = row.from_person
    if person is not None and (person.left_at is not None or not getattr(person.user, "is_active", True)):
        person = None
    asked: set[int] = set()
    team = row.from_team
    while team is not None and team.closed_at is not None:
        asked.add(team.pk)
        team = team.successor if team.successor_id not in asked else None
    if person is not None and team is not None and is_away(person, now):
        person = None
    if person is None and team is None:
        team = Team.objects.filter(is_default=True, closed_at__isnull=True).first()
    return person, team


def is_away(person: Person, now: datetime) -> bool:
    """Whether he is absent at this moment."""
    begun = Absence.objects.filter(person=person, begin__lte=now)
    return begun.filter(Q(end__isnull=True) | Q(end__gt=now)).exists()


def may_accept(row: Handover, by: Person) -> bool:
    """Whether it was handed to him, or to a team of his."""
    if row.to_person_id is not None:
        return row.to_person_id == by.pk
    return Membership.objects.filter(team=row.to_team_id, person=by).exists()


# -- after a regrouping: cases.regrouping calls these ------------------------------------------------------------------


def one_offer_each(cases: Iterable[Case], by: Person | None, at: datetime) -> None:
    """Of several offers that came into one case by a join, that to its owner stands; the others were passed on."""
    for case in cases:
        owner = owner_of(Case.objects.get(pk=case.pk))
        rows = offered_in([case.pk])
        fitting = [row for row in rows if owner is not None and _fits(row, owner)]
        _mark([row for row in rows if row not in fitting[-1:]], Handover.PASSED_ON, by, at)


def offer_again(entries: Sequence[int], at: datetime) -> None:
    """Take back what ``one_offer_each`` did at ``at`` to the hand-overs of these entries."""
    rows = Handover.objects.filter(entry__in=entries, state=Handover.PASSED_ON, settled_at=at)
    rows.update(state=Handover.OFFERED, settled_at=None, settled_by=None)


# -- the pieces of a deed --------------------------------------------------------------------------------------------


def _handed_over(
    cur: Cursor,
    case: Case,
    to: Team | Person,
    by: Person | None,
    reason: str,
    cause: str,
    at: datetime | None = None,
    summary: str = "",
    seen: Team | Person | None = None,
) -> CaseEntry:
    _is_open(case)
    owner = owner_of(case)
    if owner is not None and _same(owner, to):
        raise WorkError("same_owner", owner)
    _is_still(owner, seen)
    _is_there(cur, to)
    person = to if isinstance(to, Person) else None
    team = to if isinstance(to, Team) else _team_of(to, case)
    held = _held(case, owner)
    now = next_moment(case, at)
    _settle(cur, case, by, now)
    event = note_event(HANDED_OVER, now, by, ("case", case.pk), ("person" if person else "team", to.pk))
    entry = write_entry(event, case, by, reason, summary, team=team, person=person, cause=cause)
    giver, taker = held[-1], Holder(person.pk if person else None, team.pk if team else None)
    mine = by is not None and person is not None and by.pk == person.pk
    Handover.objects.create(
        entry=entry,
        from_person_id=giver.person,
        from_team_id=giver.team,
        to_person_id=taker.person,
        to_team_id=taker.team,
        border=_crosses(giver.team, taker.team),
        returns=comes_back(held, taker),
        state=Handover.ACCEPTED if mine else Handover.OFFERED,
        settled_at=now if mine else None,
        settled_by=by if mine else None,
    )
    done(cur, case.pk)
    return entry


def comes_back(held: Sequence[Holder], taker: Holder) -> bool:
    """Whether ``taker`` had the case before the last of ``held`` (A-B-A): by teams, within one team by persons.

    Who belongs to no team has it for the team that had it before him.
    """
    teams = _changes([one.team for one in held])
    if taker.team is not None and teams[-1:] != [taker.team]:
        return teams[-2:-1] == [taker.team]
    people = _changes([one.person for one in held])
    return taker.person is not None and people[-1:] != [taker.person] and people[-2:-1] == [taker.person]


def _changes(places: Iterable[int | None]) -> list[int]:
    """The known ones in order, each once until another one follows."""
    found: list[int] = []
    for place in places:
        if place is not None and found[-1:] != [place]:
            found.append(place)
    return found


def _held(case: Case, owner: Person | Team | None) -> list[Holder]:
    """Who has had a case, in order; the last one has it now. What the log leaves open, the hand-overs tell."""
    entries = CaseEntry.objects.filter(case=case, superseded=False).exclude(team=None, person=None)
    given = {
        entry: Holder(person, team)
        for entry, person, team in Handover.objects.filter(entry__case=case).values_list(
            "entry_id", "from_person_id", "from_team_id"
        )
    }
    held: list[Holder] = []
    for entry, person, team in entries.order_by("at", "seq", "identity", "id").values_list("id", "person", "team"):
        if entry in given:
            _had(held, given[entry])
        held.append(Holder(person, team))
    if isinstance(owner, Person):
        team_now = held[-1].team if held and held[-1].person == owner.pk else None
        of = None if team_now is not None else _team_of(owner, case)
        _had(held, Holder(owner.pk, of.pk if of else team_now))
    else:
        _had(held, Holder(None, owner.pk if owner else None))
    return held


def _had(held: list[Holder], one: Holder) -> None:
    """He had it last: his line is there, or lacks the team, or is missing since the rules had given it to him."""
    if held[-1:] == [one]:
        return
    if held and held[-1].person == one.person and held[-1].team is None:
        held.pop()
    held.append(one)


def _team_of(person: Person, case: Case) -> Team | None:
    """For which of his teams somebody takes a case: the one that has it, when he is in it, else his first; else none.

    So the log tells a hand-over inside a team from one to another team, also when teams change later.
    """
    teams = list(Team.objects.filter(memberships__person=person, closed_at__isnull=True).order_by("id"))
    entries = CaseEntry.objects.filter(case=case, superseded=False, team__isnull=False)
    had = case.owner_team_id or entries.order_by("-at", "-seq", "-identity").values_list("team", flat=True).first()
    return next((team for team in teams if team.pk == had), teams[0] if teams else None)


def _crosses(giver: int | None, taker: int | None) -> bool:
    """Whether it leaves the company, comes back to it, or goes from one outside firm to another."""
    if giver == taker:
        return False
    return Team.objects.filter(pk__in=[one for one in (giver, taker) if one is not None], is_partner=True).exists()


def _settle(cur: Cursor, case: Case, by: Person | None, at: datetime, *, takes: bool = False) -> None:
    """What was offered in a case that goes on to somebody else: its new owner took it, or it is passed on unread."""
    for row in offered_in([case.pk]):
        accepts = takes and by is not None and (row.to_person_id is None or row.to_person_id == by.pk)
        _mark([row], Handover.ACCEPTED if accepts else Handover.PASSED_ON, by, at)


def _mark(rows: Sequence[Handover], state: str, by: Person | None, at: datetime) -> None:
    for row in rows:
        row.state, row.settled_at, row.settled_by = state, at, by
    Handover.objects.filter(pk__in=[row.pk for row in rows]).update(state=state, settled_at=at, settled_by=by)


def _locked(handover: Handover) -> tuple[Case, Handover]:
    """The case it stands in now, locked, and the hand-over as it is then. Raises WorkError "settled"."""
    case = locked_case(Case.objects.get(pk=handover.entry.case_id))
    row = Handover.objects.select_related("entry").get(pk=handover.pk)
    if row.state != Handover.OFFERED or row.entry.case_id != case.pk:
        raise WorkError("settled")
    return case, row


def _wait_for_leaving(cur: Cursor, row: Handover) -> None:
    """Whoever is leaving just now is waited for, and nobody of these leaves before this is done."""
    cur.execute("SELECT FROM people_person WHERE id = %s FOR SHARE", (row.from_person_id,))
    cur.execute("SELECT FROM people_team WHERE id = %s FOR SHARE", (row.from_team_id,))


def _fits(row: Handover, owner: Person | Team) -> bool:
    """Whether the case is his to whom it was handed; of a team: also one of its people, whom the rules gave it to."""
    if isinstance(owner, Team):
        return row.to_person_id is None and row.to_team_id == owner.pk
    return may_accept(row, owner)


def _is_his_own(owner: Person | Team, by: Person) -> bool:
    return isinstance(owner, Person) and owner.pk == by.pk


def _same(one: Person | Team, other: Person | Team) -> bool:
    return isinstance(one, Team) is isinstance(other, Team) and one.pk == other.pk


def _is_open(case: Case) -> None:
    if case.state not in OPEN_STATES:
        raise WorkError("not_open")


def _is_still(owner: Person | Team | None, seen: Person | Team | None) -> None:
    if seen is not None and (owner is None or not _same(owner, seen)):
        raise WorkError("taken", owner)


def _is_his(row: Handover, by: Person) -> None:
    if not may_accept(row, by):
        raise WorkError("not_yours")


def _is_there(cur: Cursor, to: Person | Team) -> None:
    if not _stays(cur, to):
        raise _gone(to)


def _stays(cur: Cursor, one: Person | Team) -> bool:
    """Whether he is there, and leaves not before this is done: FOR SHARE waits for whoever just leaves."""
    if isinstance(one, Team):
        cur.execute("SELECT closed_at IS NULL FROM people_team WHERE id = %s FOR SHARE", (one.pk,))
    else:
        cur.execute(
            "SELECT p.left_at IS NULL AND u.is_active IS NOT FALSE FROM people_person p "
            "LEFT JOIN people_user u ON u.id = p.user_id WHERE p.id = %s FOR SHARE OF p",
            (one.pk,),
        )
    found = cur.fetchone()
    return found is not None and bool(found[0])


def _gone(to: Person | Team) -> WorkError:
    return WorkError("closed" if isinstance(to, Team) else "left")


@contextmanager
def _to(to: Person | Team) -> Iterator[None]:
    """The database has the last word on who may have an open case (trigger case_owner_is_there): its no is said."""
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if getattr(diagnosis, "constraint_name", "") == "case_owner_is_there":
            raise _gone(to) from error
        raise
