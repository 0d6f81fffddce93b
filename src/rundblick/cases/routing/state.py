"""The state over which people are chosen, read from the tables at one moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy as np

from rundblick.cases.models import OPEN_STATES
from rundblick.cases.routing.book import CAPACITY, Centre, Member, Routing, workers
from rundblick.cases.routing.learning import fits
from rundblick.cases.routing.people import Able, State, Work
from rundblick.cases.routing.same import plain
from rundblick.core.calendars import Calendar
from rundblick.core.registry import Cursor
from rundblick.people.hours import Timetables, timetables
from rundblick.people.models import Absence, Person, Team

KNOWN_FOR: Final = timedelta(days=90)  # who answered a customer in this time knows him
_IDLE_MOST: Final = 30 * 86_400.0

_LOADS: Final = f"""
SELECT owner_person_id, count(*) FROM cases_case WHERE owner_person_id = ANY(%s) AND merged_into_id IS NULL
AND state IN {OPEN_STATES} GROUP BY 1
"""
_LAST: Final = "SELECT person_id, max(at) FROM cases_routing WHERE person_id = ANY(%s) AND at <= %s GROUP BY 1"
_KNOWN: Final = """
SELECT DISTINCT c.customer_id, m.person_id FROM cases_case c JOIN cases_message m ON m.case_id = c.id
WHERE c.customer_id = ANY(%s) AND m.person_id = ANY(%s) AND m.direction = 'out' AND m.sender = 'human'
  AND NOT m.superseded AND m.at > %s AND m.at <= %s
"""
# Who had the case before it came back to a team, and was not only away: he gave it back or passed it on.
_NOT_AGAIN: Final = """
SELECT DISTINCT x.case_id, x.person_id FROM (
    SELECT e.case_id, e.person_id,
           lead(e.cause) OVER (PARTITION BY e.case_id ORDER BY e.at, e.seq, e.identity, e.id) AS then_cause
    FROM cases_caseentry e WHERE e.case_id = ANY(%(cases)s) AND NOT e.superseded
      AND (e.person_id IS NOT NULL OR e.team_id IS NOT NULL)
) x WHERE x.person_id = ANY(%(people)s) AND x.then_cause NOT IN ('', 'absence', 'routed')
UNION
SELECT e.case_id, h.to_person_id FROM cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id
WHERE e.case_id = ANY(%(cases)s) AND NOT e.superseded
  AND h.to_person_id = ANY(%(people)s) AND h.state IN ('given_back', 'passed_on')
"""


def state_at(cur: Cursor, told: Routing, works: Sequence[Work], now: datetime) -> State:
    """Who of the teams of these cases is there now, what he can, and what he has."""
    teams = {row.pk: row for row in Team.objects.filter(pk__in={work.team for work in works})}
    in_teams: dict[str, list[int]] = {}
    for team, uuid in workers(teams):
        in_teams.setdefault(uuid, []).append(team)
    rows = sorted((pk, str(uuid)) for pk, uuid in Person.objects.filter(uuid__in=in_teams).values_list("pk", "uuid"))
    people = [pk for pk, _ in rows]
    members = {member.person: member for member in told.people}
    centres = {centre.team: centre for centre in told.centres}
    of = {team: centres.get(str(row.uuid)) for team, row in teams.items()}
    by_team: dict[int, list[int]] = {}
    able: dict[tuple[int, int], Able] = {}
    capacity = []
    for place, (_, uuid) in enumerate(rows):
        member = members.get(uuid)
        for team in in_teams[uuid]:
            by_team.setdefault(team, []).append(place)
            able[team, place] = able_of(member, of[team])
        usual = max((centre.capacity for team in in_teams[uuid] if (centre := of[team])), default=CAPACITY)
        capacity.append(member.capacity if member else usual)
    hours = timetables()
    calendars = [_calendar(hours, members.get(uuid), str(teams[min(in_teams[uuid])].uuid)) for _, uuid in rows]
    state = State(
        people=people,
        capacity=np.array(capacity, dtype=float),
        load=_loads(cur, people),
        idle=_idle(cur, people, now),
        back=np.array(_back(people, calendars, now), dtype=float),
        teams=by_team,
        able=able,
    )
    places = {person: place for place, person in enumerate(people)}
    customers = sorted({work.customer for work in works if work.customer})
    cur.execute(_KNOWN, (customers, people, now - KNOWN_FOR, now))
    state.knows = _gathered(cur.fetchall(), places)
    cur.execute(_NOT_AGAIN, {"cases": [work.case for work in works], "people": people})
    state.not_again = _gathered(cur.fetchall(), places)
    state.fit = {
        (places[person], topic): fit for (person, topic), fit in fits(cur, people, now).items() if person in places
    }
    return state


def able_of(member: Member | None, centre: Centre | None) -> Able:
    """What somebody can do in a team; without a word of his own languages are those of the team."""
    languages = (member.languages if member else ()) or (centre.languages if centre else ())
    return Able(
        skills=_set(member.skills) if member else None,
        languages=_set(languages),
        tiers=_set(member.tiers) if member else None,
    )


def _set(words: Iterable[str]) -> frozenset[str] | None:
    return frozenset(map(plain, words)) or None


def _calendar(hours: Timetables, member: Member | None, team: str) -> Calendar:
    if member is not None and member.hours:
        for table in hours.tables:
            if table.name == member.hours:
                return table.calendar()
    return hours.of(team).calendar()


def _loads(cur: Cursor, people: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    cur.execute(_LOADS, (list(people),))
    has = dict(cur.fetchall())
    return np.array([has.get(person, 0) for person in people], dtype=float)


def _idle(cur: Cursor, people: Sequence[int], now: datetime) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    cur.execute(_LAST, (list(people), now))
    last = dict(cur.fetchall())
    waits = [min(_IDLE_MOST, (now - last[one]).total_seconds()) if one in last else _IDLE_MOST for one in people]
    return np.array(waits, dtype=float)


def _back(people: Sequence[int], calendars: Sequence[Calendar], now: datetime) -> list[float]:
    """POSIX time at which each is back, 0 who is there: hours and absences together."""
    away: dict[int, list[tuple[datetime, datetime | None]]] = {}
    found = Absence.objects.filter(person__in=people).exclude(end__lte=now).order_by("begin")
    for person, begin, end in found.values_list("person_id", "begin", "end"):
        away.setdefault(person, []).append((begin, end))
    opens = lru_cache(maxsize=None)(lambda calendar, at: calendars[calendar].opens(at))
    # people with the same hours share one look
    same: dict[int, int] = {}
    first: dict[int, int] = {}
    for place, calendar in enumerate(calendars):
        same[place] = first.setdefault(id(calendar), place)
    back = []
    for place, person in enumerate(people):
        at: datetime | None = opens(same[place], now)
        for begin, end in away.get(person, ()):
            if at is not None and begin <= at and (end is None or at < end):
                at = opens(same[place], end) if end is not None else None
        back.append(float("inf") if at is None else 0.0 if at <= now else at.timestamp())
    return back


def _gathered(rows: Iterable[tuple[int, int]], places: Mapping[int, int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {}
    for key, person in rows:
        if person in places:
            found.setdefault(key, set()).add(places[person])
    return {key: frozenset(value) for key, value in found.items()}
