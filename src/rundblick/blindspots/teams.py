"""What each team had, kept and handed on in the last days: figures of teams, never of one person.

    told = team_figures(30)                  # computed once for all readers, anew after ten minutes
    told.lines[0].figures["reaction_kept"]   # a share with its n and Wilson's interval

A case is its owner's team's; where a person owns it, the team for which the log says that he has it. Shares and means
of fewer than five cases are not shown, those of fewer than thirty are greyed, and nothing is put in an order by them.
Minutes are shown where at least five people worked. Counts of cases are counts: they say nothing of anybody.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final
from uuid import UUID

from django.db import connection

from rundblick.blindspots import sql
from rundblick.blindspots.check import data_window, one_moment
from rundblick.blindspots.promised import clock_params
from rundblick.blindspots.saved import parameters
from rundblick.blindspots.statistics import SMALLEST_SHOWN, Firmness, firmness, wilson
from rundblick.core.installation import installation
from rundblick.core.models import Event
from rundblick.core.promises import promise_from_json
from rundblick.people.roles import Scope
from rundblick.people.sight import sight_of

DAYS: Final = (7, 30, 90)
FRESH_S: Final = 600
LEAST_PEOPLE: Final = 5

COUNTS: Final = ("incoming", "resolved", "open", "past_promise", "handed_in", "handed_out", "given_back")
SHARES: Final = (
    "reaction_kept",
    "resolution_kept",
    "past_three_days",
    "first_contact",
    "first_contact_gross",
    "reopened",
    "ping_pong",
)
HOURS: Final = "outside_hours"
MINUTES: Final = "minutes_per_solved"
FIGURES: Final = (*COUNTS, *SHARES, MINUTES, HOURS)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a team.

    value     a count, a share 0..1, mean minutes, median hours; None when there is none or it is not shown
    n         cases that it rests on
    hidden    it is there, and not shown: fewer than five cases, or fewer than five people
    ids       the cases that it opens, those on the bad side of a share
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    hidden: bool = False
    firm: Firmness = Firmness.FULL
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TopicMinutes:
    """Minutes per solved concern of a topic in which at least five people of the team worked."""

    topic: str
    minutes: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One team. ``causes``: {cause: hand-overs to it}; "" where the source does not tell."""

    id: int
    uuid: UUID
    name: str
    partner: bool
    figures: dict[str, Figure]
    causes: dict[str, int]
    topics: tuple[TopicMinutes, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamFigures:
    """All teams by name; ``since`` and ``until`` are the days counted, until the last moment of the data."""

    since: datetime
    until: datetime
    days: int
    lines: tuple[Line, ...]


@dataclass(slots=True)
class _Gathered:
    """What is collected of one team: for each figure the cases counted, and those among them that meet it."""

    of: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    hit: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    seconds: list[tuple[int, str, float]] = field(default_factory=list)
    outside: list[tuple[float, int]] = field(default_factory=list)
    causes: Counter[str] = field(default_factory=Counter)


# Of which team a case is: its owner's; a person has it for the team that the log tells, else for his first one.
_TOUCHED = f"""
CREATE TEMPORARY TABLE blindspot_touched AS
SELECT k.id, k.topic, k.opened_at > %(since)s AND k.opened_at <= %(end)s AS came,
       k.resolved_at > %(since)s AND k.resolved_at <= %(end)s AS solved, k.state IN {sql.OPEN} AS is_open,
       coalesce(k.owner_team_id,
           (SELECT e.team_id FROM cases_caseentry e WHERE e.case_id = k.id AND NOT e.superseded
            AND e.team_id IS NOT NULL ORDER BY e.at DESC, e.seq DESC, e.id DESC LIMIT 1),
           (SELECT min(s.team_id) FROM people_membership s WHERE s.person_id = k.owner_person_id)) AS team_id
FROM cases_case k
WHERE k.merged_into_id IS NULL AND (k.state IN {sql.OPEN} OR k.last_at > %(since)s OR k.opened_at > %(since)s
                                     OR k.resolved_at > %(since)s)
"""
_CLEAR = "DROP TABLE IF EXISTS blindspot_touched, blindspot_moved"

_CASES = f"""
SELECT t.id, t.team_id, t.topic, t.came, t.solved, t.is_open, f.first_contact, f.one_contact, f.reopened,
       f.returns > 0, f.past,
       CASE WHEN r.case_id IS NULL THEN f.reaction_kept WHEN r.breached_at IS NOT NULL THEN false
            WHEN r.state = 'met' THEN true WHEN r.state = 'late' THEN false END,
       CASE WHEN s.case_id IS NULL THEN f.resolution_kept WHEN s.breached_at IS NOT NULL THEN false
            WHEN s.state = 'met' THEN true WHEN s.state = 'late' THEN false END,
       t.is_open AND (r.state = 'breached' OR s.state = 'breached'
            OR r.case_id IS NULL AND s.case_id IS NULL AND (NOT f.reaction_kept OR NOT f.resolution_kept))
FROM blindspot_touched t JOIN {sql.FACTS_TABLE} f ON f.id = t.id
LEFT JOIN cases_clock r ON r.case_id = t.id AND r.kind = 'reaction'
LEFT JOIN cases_clock s ON s.case_id = t.id AND s.kind = 'resolution'
WHERE t.team_id IS NOT NULL
"""

# Talk and wrap-up of a call, and what was worked in the case beside: a second of one person counts once.
_WORKED = """
WITH solved AS MATERIALIZED (SELECT id FROM blindspot_touched WHERE solved AND team_id IS NOT NULL),
calls AS MATERIALIZED (
    SELECT m.case_id, m.person_id, m.at + coalesce(c.waited_s, 0) * interval '1 second' AS begin,
           coalesce(c.talked_s, 0) + coalesce(c.wrapped_s, 0) AS seconds
    FROM cases_message m JOIN cases_call c ON c.message_id = m.id JOIN solved ON solved.id = m.case_id
    WHERE NOT m.superseded AND c.talked_s > 0
),
worked AS MATERIALIZED (
    SELECT a.id, a.case_id, a.person_id, a.begin, a."end", a.seconds
    FROM cases_activity a JOIN solved ON solved.id = a.case_id
),
spoken AS (
    SELECT a.id, sum(extract(epoch FROM least(a."end", c.begin + c.seconds * interval '1 second')
                                        - greatest(a.begin, c.begin))) AS seconds
    FROM worked a JOIN calls c ON c.person_id = a.person_id AND c.begin < a."end"
         AND c.begin + c.seconds * interval '1 second' > a.begin
    GROUP BY a.id
),
stretches AS (
    SELECT w.case_id, w.person_id, w.seconds - coalesce(s.seconds, 0) AS seconds
    FROM worked w LEFT JOIN spoken s ON s.id = w.id
)
SELECT case_id, person_id, sum(greatest(seconds, 0))::float8
FROM (SELECT case_id, person_id, seconds FROM calls UNION ALL SELECT case_id, person_id, seconds FROM stretches) AS w
GROUP BY 1, 2
"""

# Known teams in the order of each case's log, with how long it lay with each: for hand-overs and for the border.
_MOVED = f"""
CREATE TEMPORARY TABLE blindspot_moved AS
WITH {sql.among(sql.STREAM, "blindspot_touched")}
SELECT case_id, team_before, team_id, cause, at,
       lead(at) OVER (PARTITION BY case_id ORDER BY at, seq, identity) AS till
FROM moves WHERE team_id IS NOT NULL
"""
_MOVES = """
SELECT case_id, team_before, team_id, cause FROM blindspot_moved
WHERE team_id <> team_before AND at > %(since)s AND at <= %(end)s
"""

_OUTSIDE = """
SELECT s.case_id, s.team_id,
       sum(extract(epoch FROM greatest(least(s.till, k.resolved_at, %(end)s) - s.at, interval '0')) / 3600.0)::float8
FROM blindspot_moved s JOIN people_team t ON t.id = s.team_id JOIN cases_case k ON k.id = s.case_id
WHERE t.is_partner AND coalesce(s.till, k.resolved_at, %(end)s) > %(since)s
GROUP BY 1, 2
"""

_GIVEN_BACK = """
SELECT e.case_id, coalesce(h.to_team_id, e.team_id)
FROM cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id
WHERE h.state = 'given_back' AND NOT e.superseded AND h.settled_at > %(since)s AND h.settled_at <= %(end)s
"""

# two systems may have a team of one name: then the system stands beside
_TEAMS = """
SELECT t.id, t.uuid, t.name || CASE WHEN count(*) OVER (PARTITION BY t.name) > 1 AND s.code IS NOT NULL
                                    THEN ' (' || coalesce(nullif(s.name, ''), s.code) || ')' ELSE '' END, t.is_partner
FROM people_team t LEFT JOIN core_system s ON s.id = t.system_id
"""

_lock = threading.Lock()
_kept: dict[tuple[str, int], tuple[float, int, TeamFigures]] = {}
_making: set[tuple[str, int]] = set()


def team_figures(days: int) -> TeamFigures:
    """The figures of the last ``days`` (one of DAYS), at most ten minutes behind the last event.

    Raises ValueError for other days.
    """
    if days not in DAYS:
        raise ValueError(f"figures are kept of {DAYS} days, not of {days}")
    key = (str(connection.settings_dict["NAME"]), days)
    newest = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    with _lock:
        kept = _kept.get(key)
        old = kept is None or (kept[1] != newest and time.monotonic() - kept[0] >= FRESH_S)
        if kept is not None and old and key not in _making:
            # who looks does not wait: he gets what is there, and the next one what is made meanwhile
            _making.add(key)
            threading.Thread(target=_make_aside, args=(key, newest), name="team-figures", daemon=True).start()
    return kept[2] if kept is not None else _make(key, newest)


def kept_figures(days: int) -> TeamFigures | None:
    """What is kept of the figures, for a page that waits for nothing; None while they are made for the first time."""
    key = (str(connection.settings_dict["NAME"]), days)
    with _lock:
        kept = _kept.get(key)
        stale = kept is None or time.monotonic() - kept[0] >= FRESH_S
        # inside a transaction the reader sees what a thread beside him does not: then nothing is kept for others
        if stale and key not in _making and not connection.in_atomic_block:
            newest = kept[1] if kept is not None else 0
            _making.add(key)
            threading.Thread(target=_make_aside, args=(key, newest), name="team-figures", daemon=True).start()
    return kept[2] if kept is not None else None


def _make(key: tuple[str, int], newest: int) -> TeamFigures:
    made = compute(key[1])
    with _lock:
        _kept[key] = (time.monotonic(), newest, made)
    return made


def _make_aside(key: tuple[str, int], newest: int) -> None:
    try:
        _make(key, newest)
    finally:
        with _lock:
            _making.discard(key)
        connection.close()


def lines_for(user: Any, told: TeamFigures) -> list[Line]:
    """The teams whose figures somebody sees: his own and the outside firms, or all where he sees figures of all."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    if sight.scope in (Scope.TEAM, Scope.OWN):
        return [line for line in told.lines if line.id in sight.teams or line.partner]
    return list(told.lines)


def forget() -> None:
    """Compute anew for the next reader."""
    with _lock:
        _kept.clear()


def compute(days: int, now: datetime | None = None) -> TeamFigures:
    """The figures, from the tables."""
    ours = installation()
    promise = promise_from_json(ours.promise)
    with one_moment() as cur:
        window = data_window(cur, ours.zone, now or datetime.now(UTC))
        since = window.end - timedelta(days=days)
        params = {**parameters(window), **clock_params(promise, window), "since": since}

        def rows(statement: str) -> list[tuple[Any, ...]]:
            cur.execute(statement, params)
            return cur.fetchall()

        steps = (_CLEAR, _TOUCHED, "ANALYZE blindspot_touched", *sql.prepare(promise, "blindspot_touched"), _MOVED)
        for statement in steps:
            cur.execute(statement, params)
        teams = rows(_TEAMS)
        found: dict[int, _Gathered] = defaultdict(_Gathered)
        worked: dict[int, list[tuple[int | None, float]]] = defaultdict(list)
        for case, person, seconds in rows(_WORKED):
            worked[case].append((person, seconds))
        people: dict[tuple[int, str | None], set[int]] = defaultdict(set)
        for row in rows(_CASES):
            _gather(found[row[1]], row)
            if row[4] and row[0] in worked:
                found[row[1]].seconds.append((row[0], row[2], sum(seconds for _person, seconds in worked[row[0]])))
                for person, _seconds in worked[row[0]]:
                    if person is not None:
                        people[row[1], None].add(person)
                        people[row[1], row[2]].add(person)
        for case, before, after, cause in rows(_MOVES):
            found[after].of["handed_in"].append(case)
            found[before].of["handed_out"].append(case)
            found[after].causes[cause] += 1
        for case, team in rows(_GIVEN_BACK):
            if team is not None:
                found[team].of["given_back"].append(case)
        for case, team, hours in rows(_OUTSIDE):
            found[team].outside.append((hours, case))
        cur.execute(_CLEAR)
    lines = [
        Line(
            id=id_,
            uuid=uuid,
            name=name,
            partner=partner,
            figures=_figures(found[id_], len(people[id_, None])),
            causes=dict(found[id_].causes.most_common()),
            topics=_topics(found[id_], {topic: len(who) for (team, topic), who in people.items() if team == id_}),
        )
        for id_, uuid, name, partner in teams
        if id_ in found
    ]
    return TeamFigures(since, window.end, days, tuple(sorted(lines, key=lambda line: (line.partner, line.name))))


def _gather(team: _Gathered, row: Sequence[Any]) -> None:
    """One case into the figures of its team; a share counts a case only where it is known."""
    case, _team, _topic, came, solved, is_open, first, gross, reopened, returned, past, reaction, resolution, late = row
    if came:
        team.of["incoming"].append(case)
    if solved:
        team.of["resolved"].append(case)
    if is_open:
        team.of["open"].append(case)
    if late:
        team.of["past_promise"].append(case)
    told = (
        ("reaction_kept", came, reaction),
        ("resolution_kept", came or solved, resolution),
        ("past_three_days", came, past),
        ("first_contact", solved and first in ("yes", "no"), first == "yes"),
        ("first_contact_gross", solved and first in ("yes", "no"), gross),
        ("reopened", came or solved, reopened),
        ("ping_pong", came or solved, returned),
    )
    for name, counts, meets in told:
        if counts and meets is not None:
            team.of[name].append(case)
            if meets:
                team.hit[name].append(case)


_GOOD = frozenset({"reaction_kept", "resolution_kept", "first_contact", "first_contact_gross"})


def _figures(team: _Gathered, people: int) -> dict[str, Figure]:
    figures = {name: Figure(len(team.of[name]), len(team.of[name]), ids=_ids(team.of[name])) for name in COUNTS}
    for name in SHARES:
        figures[name] = _share(team.of[name], team.hit[name], good=name in _GOOD)
    n = len(team.seconds)
    if not n:
        figures[MINUTES] = Figure(None, 0)
    elif people < LEAST_PEOPLE or n < SMALLEST_SHOWN:
        figures[MINUTES] = Figure(None, n, hidden=True)
    else:
        longest = sorted(team.seconds, key=lambda one: (-one[2], one[0]))
        mean = sum(seconds for _case, _topic, seconds in team.seconds) / n / 60
        figures[MINUTES] = Figure(mean, n, firm=firmness(n), ids=_ids(case for case, _topic, _s in longest))
    n = len(team.outside)
    hours = Figure(None, n, hidden=0 < n < SMALLEST_SHOWN)
    if n >= SMALLEST_SHOWN:
        longest_first = _ids(case for _hours, case in sorted(team.outside, reverse=True))
        hours = Figure(median(h for h, _case in team.outside), n, firm=firmness(n), ids=longest_first)
    figures[HOURS] = hours
    return figures


def _share(of: list[int], hit: list[int], *, good: bool) -> Figure:
    """A share opens the cases on the side that is bad for the customer."""
    if not of:
        return Figure(None, 0)
    if len(of) < SMALLEST_SHOWN:
        return Figure(None, len(of), hidden=True)
    interval = wilson(len(hit), len(of))
    meets = set(hit)
    ids = _ids(case for case in of if (case in meets) is not good)
    return Figure(interval.value, len(of), interval.low, interval.high, firm=firmness(len(of)), ids=ids)


def _topics(team: _Gathered, people: dict[str | None, int]) -> tuple[TopicMinutes, ...]:
    by_topic: dict[str, list[float]] = defaultdict(list)
    for _case, topic, seconds in team.seconds:
        by_topic[topic].append(seconds)
    shown = [
        TopicMinutes(topic, sum(of) / len(of) / 60, len(of))
        for topic, of in by_topic.items()
        if len(of) >= SMALLEST_SHOWN and people.get(topic, 0) >= LEAST_PEOPLE
    ]
    return tuple(sorted(shown, key=lambda one: one.topic))


def _ids(cases: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(cases))
