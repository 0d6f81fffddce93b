"""What the rules gave somewhere and had to move: how well it fits, and which rule ought to be another.

A decision had to move when a hand-over with the cause ``routing`` or ``skill`` followed it and went to somebody else.
Absence, escalation and wishes say nothing of the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Final

from rundblick.cases.routing.book import Routing, Rule
from rundblick.cases.routing.people import PRIOR
from rundblick.cases.routing.same import plain
from rundblick.core.registry import Cursor
from rundblick.people.models import Team

SEEN_FOR: Final = timedelta(days=180)
LEAST: Final = 5
_Z: Final = 1.959964

# each decision with the first hand-over for such a cause after it
_MOVED: Final = """
LEFT JOIN LATERAL (
    SELECT e.team_id, e.person_id FROM cases_caseentry e
    WHERE e.case_id = r.case_id AND NOT e.superseded AND e.cause IN ('routing', 'skill') AND e.at >= r.at
      AND (e.team_id IS DISTINCT FROM r.team_id OR ({person} AND e.person_id IS DISTINCT FROM r.person_id))
    ORDER BY e.at, e.seq, e.identity, e.id LIMIT 1
) moved ON true
"""
_FITS: Final = f"""
SELECT r.person_id, r.topic, count(*), count(*) FILTER (WHERE moved.team_id IS NOT NULL OR moved.person_id IS NOT NULL)
FROM cases_routing r {_MOVED.format(person="true")}
WHERE r.person_id = ANY(%s) AND r.topic <> '' AND r.at > %s AND r.at <= %s GROUP BY 1, 2
"""
_TEAMS: Final = f"""
SELECT r.topic, r.team_id, moved.team_id, count(*) FROM (
    SELECT DISTINCT ON (x.case_id) x.* FROM cases_routing x
    WHERE x.person_id IS NULL AND x.reason->>'step' = 'team' AND x.at > %s AND x.at <= %s
    ORDER BY x.case_id, x.id DESC
) r {_MOVED.format(person="false")}
WHERE r.topic <> '' AND r.team_id IS NOT NULL GROUP BY 1, 2, 3
"""


def fits(cur: Cursor, people: Sequence[int], now: datetime) -> dict[tuple[int, str], float]:
    """(person, topic as ``plain``) -> share of what he was given that stayed, drawn to the usual one while few."""
    cur.execute(_FITS, (list(people), now - SEEN_FOR, now))
    counted: dict[tuple[int, str], tuple[int, int]] = {}
    for person, topic, n, moved in cur.fetchall():
        before = counted.get((person, plain(topic)), (0, 0))
        counted[person, plain(topic)] = before[0] + n, before[1] + moved
    return {key: fit(n, moved) for key, (n, moved) in counted.items()}


def fit(n: int, moved: int) -> float:
    """Share that stays, of ``n`` of which ``moved`` had to move: the mean of a Beta distribution."""
    return (n - moved + PRIOR[0]) / (n + sum(PRIOR))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Of ``n`` cases about ``topic`` that the rules gave to ``team``, ``moved`` had to go on to ``to``."""

    topic: str
    team: Team
    to: Team
    n: int
    moved: int


def suggestions(cur: Cursor, now: datetime) -> list[Suggestion]:
    """Rules that ought to be changed, the surest first: at least five, and surely more than half moved on."""
    cur.execute(_TEAMS, (now - SEEN_FOR, now))
    totals: dict[tuple[str, int], int] = {}
    went: dict[tuple[str, int], dict[int, int]] = {}
    shown: dict[str, str] = {}
    for topic, team, to, n in cur.fetchall():
        key = plain(topic), team
        shown.setdefault(key[0], topic)
        totals[key] = totals.get(key, 0) + n
        if to is not None:
            went.setdefault(key, {})
            went[key][to] = went[key].get(to, 0) + n
    found = []
    for (topic, team), targets in went.items():
        to, moved = max(targets.items(), key=lambda one: (one[1], -one[0]))
        n = totals[topic, team]
        if n >= LEAST and (sure := wilson_low(moved, n)) > 0.5:
            found.append((sure, topic, team, to, n, moved))
    own = {row.pk: row for row in Team.objects.filter(system=None, closed_at=None)}
    return [
        Suggestion(shown[topic], own[team], own[to], n, moved)
        for _, topic, team, to, n, moved in sorted(found, key=lambda one: (-one[0], one[1]))
        if team in own and to in own
    ]


def wilson_low(k: int, n: int) -> float:
    """Lower bound of the 95 % interval of a share (Wilson 1927)."""
    share = k / n
    middle = share + _Z**2 / (2 * n)
    return (middle - _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))) / (1 + _Z**2 / n)


def changed_by(told: Routing, topic: str, to: str, name: str) -> Routing:
    """The rules with one before all others that sends ``topic`` to the team ``to`` (a uuid).

    An earlier rule about this topic alone is taken out: it decides nothing any more.
    """
    rest = tuple(
        rule
        for rule in told.rules
        if not (
            [plain(word) for word in rule.topics] == [plain(topic)]
            and not (rule.languages or rule.channels or rule.tiers or rule.addresses)
        )
        and rule.name != name
    )
    return Routing((Rule(name, to, topics=(topic,)), *rest), told.centres, told.people)
