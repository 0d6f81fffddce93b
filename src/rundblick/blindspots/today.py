"""Today at a glance over all teams: what is open, came in, was solved, runs out; with fourteen days before it.

    told = today()                      # counted once for all readers, anew after a minute
    lines = lines_of(user, told)        # the teams that this reader sees

Three statements over what is open and what was touched in the last fourteen days, whatever lies before: nothing reads
all cases. Who looks after a minute gets what is there and the time at which it was counted, and the next one what is
made meanwhile. A case is its owner's team's; of a person who works in several the first one's.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from rundblick.blindspots.teams import Line, kept_figures
from rundblick.cases.board import SOON, end_of_day
from rundblick.channels import health
from rundblick.channels.models import Account
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.models import Event
from rundblick.core.registry import Cursor
from rundblick.people.models import Absence, Team
from rundblick.people.roles import Scope
from rundblick.people.sight import sight_of

DAYS: Final = 14
FRESH_S: Final = 60
_OLDEST_S: Final = 600  # what is older is not shown, but counted while somebody waits
OPENS: Final = 1_000  # cases that a number opens; it counts all
COUNTS: Final = (
    "open", "new", "resolved", "hour", "today", "overdue", "past_three_days", "unowned", "offered", "escalated",
)  # fmt: skip
_ASKED_DAYS: Final = 30
_ASKED: Final = 1_000

_OF_TEAM: Final = """
member AS MATERIALIZED (SELECT person_id, min(team_id) AS team_id FROM people_membership GROUP BY person_id)
"""
# each open case with every number that it counts in; a clock that runs out counts once, the first of the case
_OPEN: Final = f"""
WITH {_OF_TEAM},
due AS MATERIALIZED (
    SELECT c.case_id, min(c.due_at) AS at FROM cases_clock c
    WHERE c.state IN ('running', 'breached') AND c.due_at <= %(end)s GROUP BY c.case_id
),
offered AS MATERIALIZED (
    SELECT DISTINCT e.case_id FROM cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id
    WHERE h.state = 'offered'
),
escalated AS MATERIALIZED (SELECT DISTINCT case_id FROM cases_escalation WHERE state <> 'ended'),
opened AS (
    SELECT k.id, coalesce(k.owner_team_id, m.team_id) AS team_id, k.opened_at, due.at AS due_at, k.state,
           k.owner_person_id IS NULL AS unowned, offered.case_id IS NOT NULL AS offered,
           escalated.case_id IS NOT NULL AS escalated
    FROM cases_case k
    LEFT JOIN member m ON m.person_id = k.owner_person_id
    LEFT JOIN due ON due.case_id = k.id
    LEFT JOIN offered ON offered.case_id = k.id
    LEFT JOIN escalated ON escalated.case_id = k.id
    WHERE k.state IN ('new', 'open', 'pending') AND k.merged_into_id IS NULL
)
SELECT o.team_id, c.code, count(*), (array_agg(o.id ORDER BY coalesce(o.due_at, o.opened_at), o.id))[1:%(opens)s]
FROM opened o
CROSS JOIN LATERAL (VALUES
    ('open', true),
    ('overdue', o.due_at <= %(now)s),
    ('hour', o.due_at > %(now)s AND o.due_at <= %(soon)s),
    ('today', o.due_at > %(soon)s),
    ('past_three_days', o.opened_at < %(three)s),
    ('unowned', o.unowned AND o.state <> 'pending'),
    ('offered', o.offered),
    ('escalated', o.escalated)
) AS c(code, counts)
WHERE c.counts AND o.team_id IS NOT NULL
GROUP BY 1, 2
"""
# a case that was opened or solved since then was touched since then
_DAYS: Final = f"""
WITH {_OF_TEAM},
touched AS MATERIALIZED (
    SELECT k.id, coalesce(k.owner_team_id, m.team_id) AS team_id, k.opened_at, k.resolved_at
    FROM cases_case k LEFT JOIN member m ON m.person_id = k.owner_person_id
    WHERE k.merged_into_id IS NULL AND k.last_at >= %(since)s
)
SELECT t.team_id, c.code, (c.at AT TIME ZONE %(zone)s)::date, count(*),
       CASE WHEN (c.at AT TIME ZONE %(zone)s)::date = %(day)s
            THEN (array_agg(t.id ORDER BY c.at DESC, t.id DESC))[1:%(opens)s] END
FROM touched t
CROSS JOIN LATERAL (VALUES ('new', t.opened_at), ('resolved', t.resolved_at)) AS c(code, at)
WHERE c.at >= %(since)s AND c.at <= %(now)s AND t.team_id IS NOT NULL
GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Count:
    """A number and the first cases behind it."""

    n: int = 0
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the trend."""

    day: date
    new: int
    resolved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamToday:
    """One team. ``counts`` by COUNTS; ``days``: {day: (came in, solved)}."""

    id: int
    uuid: UUID
    name: str
    partner: bool
    counts: dict[str, Count]
    days: dict[date, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Silent:
    """An account through which nothing comes in. ``state``: bad, unknown (nobody looks after it)."""

    uuid: UUID
    name: str
    state: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody who is away, of these teams."""

    name: str
    until: datetime | None
    teams: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """``at``: when it was counted; ``asked_again``: known facts that were asked for all the same, of thirty days."""

    at: datetime
    day: date
    teams: tuple[TeamToday, ...]
    silent: tuple[Silent, ...]
    away: tuple[Away, ...]
    asked_again: int


_lock = threading.Lock()
_kept: dict[str, tuple[float, Today]] = {}
_making: set[str] = set()


def today() -> Today:
    """What is known of today, at most a minute old where somebody looks all the time, ten at most."""
    key = str(connection.settings_dict["NAME"])
    with _lock:
        kept = _kept.get(key)
        age = time.monotonic() - kept[0] if kept is not None else 0.0
        if kept is not None and age < _OLDEST_S:
            # inside a transaction a thread beside would see another state than the reader does
            if age >= FRESH_S and key not in _making and not connection.in_atomic_block:
                _making.add(key)
                threading.Thread(target=_make_aside, args=(key,), name="today", daemon=True).start()
            return kept[1]
    return _make(key)


def forget() -> None:
    """Count anew for the next reader."""
    with _lock:
        _kept.clear()


def _make(key: str) -> Today:
    made = count(datetime.now(UTC))
    with _lock:
        _kept[key] = (time.monotonic(), made)
    return made


def _make_aside(key: str) -> None:
    try:
        _make(key)
    finally:
        with _lock:
            _making.discard(key)
        connection.close()


def lines_of(user: Any, told: Today) -> list[TeamToday]:
    """The teams that somebody sees: his own, or all where he sees all."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    if sight.scope in (Scope.TEAM, Scope.OWN):
        return [line for line in told.teams if line.id in sight.teams]
    return list(told.teams)


def away_of(user: Any, told: Today) -> list[Away]:
    """Who of the teams that somebody sees is away."""
    seen = {line.id for line in lines_of(user, told)}
    return [one for one in told.away if seen & set(one.teams)]


def trend(lines: list[TeamToday], told: Today) -> list[Day]:
    """The last fourteen days of these teams, the oldest first, days without a case too."""
    days = [told.day - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    found = []
    for day in days:
        pairs = [line.days.get(day, (0, 0)) for line in lines]
        found.append(Day(day, sum(new for new, _done in pairs), sum(done for _new, done in pairs)))
    return found


def month_of(user: Any) -> dict[UUID, Line] | None:
    """First contact and reopenings of thirty days by team; None while they are being counted for the first time."""
    told = kept_figures(30)
    return None if told is None else {line.uuid: line for line in told.lines}


def count(now: datetime) -> Today:
    """The numbers, from the tables."""
    zone = ZoneInfo(installation().zone)
    day = now.astimezone(zone).date()
    first = datetime.combine(day - timedelta(days=DAYS - 1), datetime.min.time(), zone)
    given = {
        "now": now,
        "soon": now + SOON,
        "end": end_of_day(now, zone),
        "three": now - timedelta(days=3),
        "since": first,
        "day": day,
        "zone": zone.key,
        "opens": OPENS,
    }
    counts: dict[int, dict[str, Count]] = defaultdict(dict)
    days: dict[int, dict[date, tuple[int, int]]] = defaultdict(dict)
    with cursor() as cur:
        _count_open(cur, given, counts)
        _count_days(cur, given, counts, days)
    rows = Team.objects.filter(Q(pk__in=set(counts) | set(days)) | Q(closed_at__isnull=True, system__isnull=True))
    teams = [
        TeamToday(
            id=one.pk,
            uuid=one.uuid,
            name=one.name,
            partner=one.is_partner,
            counts={code: counts[one.pk].get(code, Count()) for code in COUNTS},
            days=days[one.pk],
        )
        for one in rows
    ]
    return Today(
        at=now,
        day=day,
        teams=tuple(sorted(teams, key=lambda one: (one.partner, one.name.casefold(), one.id))),
        silent=_silent(),
        away=_away(now),
        asked_again=_asked_again(now),
    )


def _count_open(cur: Cursor, given: dict[str, Any], counts: dict[int, dict[str, Count]]) -> None:
    cur.execute(_OPEN, given)
    for team, code, n, ids in cur.fetchall():
        counts[team][code] = Count(n, tuple(ids))


def _count_days(
    cur: Cursor,
    given: dict[str, Any],
    counts: dict[int, dict[str, Count]],
    days: dict[int, dict[date, tuple[int, int]]],
) -> None:
    cur.execute(_DAYS, given)
    for team, code, day, n, ids in cur.fetchall():
        new, done = days[team].get(day, (0, 0))
        days[team][day] = (n, done) if code == "new" else (new, n)
        if day == given["day"]:
            counts[team][code] = Count(n, tuple(ids or ()))


def _silent() -> tuple[Silent, ...]:
    accounts = list(Account.objects.filter(enabled=True).select_related("source"))
    found = health.of(accounts)
    bad = [(one, found[one.pk]) for one in accounts if found[one.pk].state in ("bad", "unknown")]
    return tuple(
        Silent(one.uuid, one.address or one.source.code, how.state, how.since or how.contact_at) for one, how in bad
    )


def _away(now: datetime) -> tuple[Away, ...]:
    current = Absence.objects.filter(Q(end__isnull=True) | Q(end__gt=now), begin__lte=now, person__left_at__isnull=True)
    teams: dict[int, list[int]] = defaultdict(list)
    names: dict[int, tuple[str, datetime | None]] = {}
    for person, name, other, end, team in current.values_list(
        "person_id", "person__user__name", "person__content__name", "end", "person__memberships__team_id"
    ):
        names[person] = (name or other or "", end)
        if team is not None:
            teams[person].append(team)
    rows = [Away(name, end, tuple(teams[person])) for person, (name, end) in names.items()]
    return tuple(sorted(rows, key=lambda one: one.name.casefold()))


def _asked_again(now: datetime) -> int:
    deeds = Event.objects.filter(~Q(kind__startswith="message."), actor_type="person", kind="question.repeated")
    newest = deeds.order_by("-id").values_list("occurred_at", flat=True)[:_ASKED]
    return sum(at > now - timedelta(days=_ASKED_DAYS) for at in newest)
