"""A team's board: who is here, what each has, what runs out, what lies around.

    told = board(team, now, zone)                 # bounded whatever the team's history: see MOST, COUNTED
    on_board(team.pk, "overdue", now, zone)       # the cases behind a number: the same condition, not counted

A case is the team's where the team owns it or one of its members does. Every count stops at a thousand, and every list
shows its first: a board says what to do next, it is no report (blindspots.teams counts all of it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery

from rundblick.cases.deciders import company
from rundblick.cases.models import OPEN_STATES, Case, Clock, Commitment, Handover
from rundblick.core.registry import Cursor
from rundblick.people.models import Absence, Membership, Team
from rundblick.people.sight import sight_of

COUNTED: Final = 1_000  # then it is "1,000+"
MOST: Final = 12
SOON: Final = timedelta(hours=1)
WHATS: Final = ("open", "waiting", "overdue", "hour", "today", "unowned", "offered", "unanswered")
"""What the counts of a board are of; ``due`` (overdue, or due today) is a list beside them."""
RISKS: Final = ("overdue", "hour", "today")
_RUNNING: Final = ("running", "breached")

# what each of the team has; counted one by one, so that each count can stop
_LOAD: Final = """
SELECT p.id, o.n, w.n, d.n
FROM unnest(%(people)s::bigint[]) AS p(id)
CROSS JOIN LATERAL (SELECT count(*) AS n FROM (
    SELECT 1 FROM cases_case k WHERE k.owner_person_id = p.id AND k.state IN ('new', 'open', 'pending')
      AND k.merged_into_id IS NULL LIMIT %(most)s) x) o
CROSS JOIN LATERAL (SELECT count(*) AS n FROM (
    SELECT 1 FROM cases_case k WHERE k.owner_person_id = p.id AND k.state = 'pending'
      AND k.merged_into_id IS NULL LIMIT %(most)s) x) w
CROSS JOIN LATERAL (SELECT count(*) AS n FROM (
    SELECT 1 FROM cases_case k WHERE k.owner_person_id = p.id AND k.state IN ('new', 'open', 'pending')
      AND k.merged_into_id IS NULL
      AND EXISTS (SELECT FROM cases_clock c WHERE c.case_id = k.id AND c.state IN ('running', 'breached')
                  AND c.due_at <= %(today)s) LIMIT %(most)s) x) d
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has: open, of these waiting for the customer, and due by the end of the day or overdue."""

    open: int = 0
    waiting: int = 0
    due: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the team. ``state``: here, closed (outside the hours of his teams), away (until ``until``)."""

    id: int
    uuid: UUID
    name: str
    state: str
    until: datetime | None = None
    load: Load


@dataclass(frozen=True, slots=True)
class AtRisk:
    """A case whose clock runs out: ``what`` of RISKS, and until when it was promised."""

    case: int
    what: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """Something that a customer was promised; ``case`` as it is now."""

    case: UUID
    number: str
    text: str
    due_at: datetime
    made_by: int | None
    overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """``counts``: by WHATS, at most COUNTED + 1; ``unowned``, ``offered``, ``unanswered``: ids of the first cases."""

    team: Team
    at: datetime
    members: tuple[Member, ...]
    counts: dict[str, int]
    at_risk: tuple[AtRisk, ...]
    unowned: tuple[int, ...]
    offered: tuple[int, ...]
    unanswered: tuple[int, ...]
    commitments: tuple[Due, ...]


def board(cur: Cursor, team: Team, now: datetime, zone: tzinfo) -> Board:
    """The board of one team."""
    members = _members(cur, team, now, end_of_day(now, zone))
    people = [one.id for one in members]
    found = {what: _on_board(team.pk, people, what, now, zone) for what in WHATS}
    return Board(
        team=team,
        at=now,
        members=tuple(members),
        counts={what: counted(cases) for what, cases in found.items()},
        at_risk=_at_risk(team.pk, people, now, zone),
        unowned=_first(found["unowned"]),
        offered=_first(found["offered"]),
        unanswered=_first(found["unanswered"]),
        commitments=_commitments(team.pk, people, end_of_day(now, zone), now),
    )


def on_board(team: int, what: str, now: datetime, zone: tzinfo, person: int | None = None) -> QuerySet[Case]:
    """The cases behind a number of a team, or of one of its members, in the order in which they are to be looked at.

    Raises KeyError for a ``what`` that is none of WHATS.
    """
    if person is not None:
        return _narrowed(_open_of(Q(owner_person_id=person)), what, now, zone)
    return _on_board(team, _people(team), what, now, zone)


def counted(cases: QuerySet[Case]) -> int:
    """How many, COUNTED + 1 when there are more."""
    return cases.order_by().values("pk")[: COUNTED + 1].count()


def sees_load(user: Any, person: int) -> bool:
    """Whether somebody sees what a member of a team has, whose board he sees: his own always (decision 31)."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    return person == sight.person or sight.allows("team.read")


def end_of_day(now: datetime, zone: tzinfo) -> datetime:
    """The end of the day in which ``now`` lies, in a zone."""
    local = now.astimezone(zone)
    tomorrow = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return tomorrow.astimezone(now.tzinfo)


def risk_of(due_at: datetime, now: datetime) -> str:
    """Which of RISKS something is that is due by the end of the day."""
    return "overdue" if due_at <= now else "hour" if due_at <= now + SOON else "today"


def _open_of(whose: Q) -> QuerySet[Case]:
    return Case.objects.filter(whose, state__in=OPEN_STATES, merged_into__isnull=True)


def _people(team: int) -> list[int]:
    return list(Membership.objects.filter(team=team, person__left_at__isnull=True).values_list("person_id", flat=True))


def _on_board(team: int, people: Sequence[int], what: str, now: datetime, zone: tzinfo) -> QuerySet[Case]:
    whose = Q(owner_team_id=team)
    if what != "unowned" and people:
        whose |= Q(owner_person_id__in=list(people))
    return _narrowed(_open_of(whose), what, now, zone)


def _narrowed(cases: QuerySet[Case], what: str, now: datetime, zone: tzinfo) -> QuerySet[Case]:
    clocks = Clock.objects.filter(case_id=OuterRef("pk"), state__in=_RUNNING)
    soon, today = now + SOON, end_of_day(now, zone)
    if what == "open":
        return cases.order_by("-last_at", "-id")
    if what == "waiting":
        return cases.filter(state="pending").order_by("last_at", "id")
    if what == "unowned":
        return cases.exclude(state="pending").order_by("opened_at", "id")
    if what == "offered":
        offered = Handover.objects.filter(entry__case=OuterRef("pk"), state=Handover.OFFERED)
        return cases.filter(Exists(offered)).order_by("last_at", "id")
    if what == "unanswered":
        return (
            cases.filter(first_reply_at__isnull=True, messages__gt=0)
            .exclude(state="pending")
            .order_by("opened_at", "id")
        )
    due = {
        "overdue": clocks.filter(due_at__lte=now),
        "hour": clocks.filter(due_at__gt=now, due_at__lte=soon),
        "today": clocks.filter(due_at__gt=soon, due_at__lte=today),
        "due": clocks.filter(due_at__lte=today),
    }[what]
    first = Subquery(due.order_by().values("case_id").annotate(due=Min("due_at")).values("due"))
    return cases.filter(Exists(due)).annotate(due=first).order_by("due", "id")


def _first(cases: QuerySet[Case]) -> tuple[int, ...]:
    return tuple(cases.values_list("pk", flat=True)[:MOST])


def _at_risk(team: int, people: Sequence[int], now: datetime, zone: tzinfo) -> tuple[AtRisk, ...]:
    """What runs out first, until the end of the day; each case once."""
    rows = _on_board(team, people, "due", now, zone)
    # its own condition says when; the type of a queryset does not know what was annotated elsewhere
    first = rows.values_list("pk", "due")[:MOST]  # type: ignore[misc]
    return tuple(AtRisk(case, risk_of(due, now), due) for case, due in first)


def _members(cur: Cursor, team: Team, now: datetime, today: datetime) -> list[Member]:
    """Who works in the team, those who are here first."""
    ours = [one for one in company(now).people.values() if one.works and team.pk in one.teams]
    people = [one.id for one in ours]
    current = Absence.objects.filter(Q(end__isnull=True) | Q(end__gt=now), begin__lte=now, person__in=people)
    until = dict(current.values_list("person_id", "end"))
    cur.execute(_LOAD, {"people": people, "most": COUNTED + 1, "today": today})
    loads = {person: Load(*numbers) for person, *numbers in cur.fetchall()}
    members = [
        Member(
            id=one.id,
            uuid=UUID(one.uuid),
            name=one.name,
            state="away" if one.away else "here" if one.here else "closed",
            until=until.get(one.id),
            load=loads.get(one.id, Load()),
        )
        for one in ours
    ]
    order = {"here": 0, "closed": 1, "away": 2}
    return sorted(members, key=lambda one: (order[one.state], one.name.casefold(), one.id))


def _commitments(team: int, people: Sequence[int], until: datetime, now: datetime) -> tuple[Due, ...]:
    """What customers were promised by the end of the day, and what was not kept."""
    late = Q(state=Commitment.BROKEN, settled_by__isnull=True)
    due = Commitment.objects.filter(Q(state=Commitment.OPEN, due_at__lte=until) | late)
    theirs = Q(case__owner_team_id=team) | Q(case__owner_person_id__in=list(people))
    into = Q(case__merged_into__owner_team_id=team) | Q(case__merged_into__owner_person_id__in=list(people))
    rows = (
        due.filter(Q(case__merged_into__isnull=True) & theirs | into)
        .order_by("due_at", "id")
        .values_list(
            "case__uuid", "case__number", "case__merged_into__uuid", "case__merged_into__number", "content__text",
            "due_at", "made_by_id",
        )
    )  # fmt: skip
    return tuple(
        Due(into or case, into_number or number, text or "", due_at, by, due_at <= now)
        for case, number, into, into_number, text, due_at, by in rows[:MOST]
    )
