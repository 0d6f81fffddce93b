"""Who can decide: the people and teams of the company as they are now, and to whom an escalation goes.

``choose`` is a pure function over ``Company``: a chain of deciders is gone through until one is there who sees the case
and may decide what is needed; at last the management; never nobody, as long as the company has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rundblick.cases.authority import NONE, Authorities, Authority, Demand, authorities, authority_of
from rundblick.core.calendars import CalendarError
from rundblick.core.database import cursor
from rundblick.people.hours import calendar_of, timetables
from rundblick.people.models import Role

_PEOPLE = """
SELECT p.id, p.uuid::text, coalesce(nullif(u.name, ''), c.name, ''), coalesce(u.role, ''), coalesce(u.is_active, false),
       p.left_at IS NOT NULL,
       EXISTS (SELECT FROM people_absence a WHERE a.person_id = p.id AND a.begin <= %(at)s
               AND (a."end" IS NULL OR a."end" > %(at)s)),
       ARRAY(SELECT m.team_id FROM people_membership m WHERE m.person_id = p.id ORDER BY m.team_id),
       (SELECT count(*) FROM cases_escalation e WHERE e.to_person_id = p.id AND e.state <> 'ended')
FROM people_person p LEFT JOIN people_user u ON u.id = p.user_id
LEFT JOIN people_personcontent c ON c.person_id = p.id
WHERE p.user_id IS NOT NULL ORDER BY p.id
"""
_TEAMS = """
SELECT id, uuid::text, name, is_default, is_partner, closed_at IS NOT NULL FROM people_team WHERE system_id IS NULL
"""


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person who may sign in. ``here``: within the hours of one of his teams (the company's, of no team), not away.

    open  escalations that he has to look at
    """

    id: int
    uuid: str
    name: str
    role: str
    active: bool = True
    left: bool = False
    away: bool = False
    teams: tuple[int, ...] = ()
    open: int = 0
    here: bool = True
    authority: Authority = NONE

    @property
    def works(self) -> bool:
        return self.active and not self.left

    @property
    def sees_all(self) -> bool:
        return self.role in (Role.MANAGER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Crew:
    """A team of ours."""

    id: int
    uuid: str
    name: str
    default: bool = False
    partner: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Company:
    people: dict[int, Somebody] = field(default_factory=dict)
    teams: dict[int, Crew] = field(default_factory=dict)

    def person(self, uuid: str) -> Somebody | None:
        return next((one for one in self.people.values() if one.uuid == uuid), None)

    def team(self, uuid: str) -> Crew | None:
        return next((one for one in self.teams.values() if one.uuid == uuid), None)

    def leads(self, team: int) -> list[Somebody]:
        """Whoever leads a team and works here; who has fewest escalations first."""
        found = [one for one in self.people.values() if one.works and one.role == Role.LEAD and team in one.teams]
        return sorted(found, key=lambda one: (one.open, one.id))

    def managers(self) -> list[Somebody]:
        """The management, then whoever administers."""
        order = {Role.MANAGER.value: 0, Role.ADMIN.value: 1}
        found = [one for one in self.people.values() if one.works and one.role in order]
        return sorted(found, key=lambda one: (order[one.role], one.open, one.id))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who decides: a person, or a team where no person can. ``why`` others were passed over: codes by person."""

    person: int | None = None
    team: int | None = None
    passed: tuple[tuple[int, str], ...] = ()


def choose(
    company: Company, chain: Sequence[str], team: int | None, demand: Demand, *, seen_by: bool = True,
    former: Sequence[int] = (),
) -> Chosen:  # fmt: skip
    """Who of the chain decides about a case of ``team``.

    chain    "lead" (of the case's team), "team:<uuid>" (its lead), "person:<uuid>", "managers"
    seen_by  he has to see the case as it is (false: it is handed over to him)
    former   persons to whom it went before and who did not look

    First those who are there now, by their hours; then, since nobody works at night, whoever will be there.
    """
    passed: dict[int, str] = {}
    asked = list(_candidates(company, [*chain, "managers"], team))
    for needs_here in (True, False):
        for one in asked:
            why_not = _why_not(one, team, demand, seen_by, former, needs_here)
            if not why_not:
                return Chosen(person=one.id, passed=tuple(passed.items()))
            passed.setdefault(one.id, why_not)
    # nobody has the authority, or all were asked before: the management has to know all the same
    for one in company.managers():
        if not one.away:
            return Chosen(person=one.id, passed=tuple(passed.items()))
    rest = company.managers()
    if rest:
        return Chosen(person=rest[0].id, passed=tuple(passed.items()))
    crew = company.teams.get(team or 0) or next((one for one in company.teams.values() if one.default), None)
    return Chosen(team=crew.id if crew else team, passed=tuple(passed.items()))


def _candidates(company: Company, chain: Sequence[str], team: int | None) -> Iterator[Somebody]:
    seen: set[int] = set()
    for link in chain:
        for one in _link(company, link, team):
            while one.id not in seen:
                seen.add(one.id)
                yield one
                above = company.person(one.authority.above.removeprefix("person:")) if one.authority.above else None
                if above is None:
                    break
                one = above


def _link(company: Company, link: str, team: int | None) -> list[Somebody]:
    kind, _colon, uuid = link.partition(":")
    if kind == "lead":
        return company.leads(team) if team is not None else []
    if kind == "managers":
        return company.managers()
    if kind == "team":
        crew = company.team(uuid)
        return company.leads(crew.id) if crew is not None and not crew.closed else []
    person = company.person(uuid)
    return [person] if person is not None else []


def _why_not(
    one: Somebody, team: int | None, demand: Demand, seen_by: bool, former: Sequence[int], needs_here: bool
) -> str:
    """Code of what speaks against somebody; "" for nothing."""
    if not one.works:
        return "left"
    if one.id in former:
        return "asked"
    if one.away:
        return "away"
    if seen_by and not (one.sees_all or (team is not None and team in one.teams)):
        return "sight"
    if not one.authority.covers(demand):
        return "authority"
    return "hours" if needs_here and not one.here else ""


def company(at: datetime | None = None, told: Authorities | None = None) -> Company:
    """The company as it is now, by two statements and the rules in force."""
    now = at or datetime.now(UTC)
    authority = told or authorities()
    with cursor() as cur:
        cur.execute(_PEOPLE, {"at": now})
        people = cur.fetchall()
        cur.execute(_TEAMS)
        teams = {row[0]: Crew(*row) for row in cur.fetchall()}
    opening = _Opening(now)
    found = {}
    for id_, uuid, name, role, active, left, away, members, count in people:
        uuids = [teams[team].uuid for team in members if team in teams]
        found[id_] = Somebody(
            id_, uuid, name, role, active, left, away, tuple(members), count,
            here=opening.open(uuids), authority=authority_of(authority, role, uuid),
        )  # fmt: skip
    return Company(found, teams)


class _Opening:
    """Which teams are open at one moment; each calendar is asked once."""

    def __init__(self, at: datetime) -> None:
        self.at, self.told, self.known = at, timetables(), dict[str, bool]()

    def open(self, teams: Sequence[str]) -> bool:
        """Whether one of the teams is open, by its uuid; of none the company."""
        return any(self._one(team) for team in (teams or [""]))

    def _one(self, team: str) -> bool:
        name = self.told.of(team).name
        if name not in self.known:
            try:
                self.known[name] = calendar_of(self.told, team).is_open(self.at)
            except (CalendarError, ValueError):  # hours that are no hours keep nobody from being asked
                self.known[name] = True
        return self.known[name]
