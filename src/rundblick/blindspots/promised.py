"""Our own clocks: whether each case was reacted to and resolved as promised, as one statement over all cases.

The rule (docs/report.md, "Promises"):
- The reaction runs from the opening to the first answer of a person, and never stands still: nobody can wait for a
  customer whom he has not answered. A resolution is the answer at the latest.
- The resolution runs from the opening to the last resolution that was not reopened. It stands while the customer has
  the ball (unless the promise says that it runs), and while a case that was reopened later stood resolved or closed.
- A reaction without a solution is never a success. Where only a reaction was promised, a case that is not resolved is
  not yet judged, and broken once it is older than 72 hours; one that is resolved was kept if its reaction was.
- A system that tells no answers at all, or no resolutions, has its cases judged by the other one alone.
- Both count opening hours only. A case that is open is broken once its time is up at the end of the window, and not
  yet decided before; one whose times are not known is not judged.

Times are microseconds since 1970; open time between two moments is the difference of the open time before each, looked
up in the calendar's sorted intervals (``core.calendars.Openings``, which has the same arithmetic in Python).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rundblick.blindspots.model import Window
from rundblick.core.promises import HOUR, Level, Promise

_MICRO = 1_000_000
_OUTER = 72 * HOUR * _MICRO
_MOST_YEARS = 60  # before the end of the window: older openings are slips of the pen, and broken anyway

NOT_CLOCKED = """
clocked AS MATERIALIZED (
    SELECT NULL::bigint AS case_id, NULL::boolean AS kept, NULL::boolean AS reaction_kept,
           NULL::boolean AS resolution_kept, NULL::boolean AS half WHERE false
)"""


def clocked(promise: Promise | None) -> str:
    """The common table ``clocked``: a row for each case that was promised something, NULL where it is not judged."""
    if promise is None or not promise.levels:
        return NOT_CLOCKED
    levels = range(len(promise.levels))
    conditions = " ".join(f"WHEN {_covers(promise, n)} THEN {n}" for n in levels)
    reaction, resolution = (_by_level(levels, f"%({name}_{{n}})s::bigint") for name in ("reaction", "resolution"))
    passed = {end: f"{_until(promise, end)} - {_until(promise, 'opened')}" for end in ("answered", "ended")}
    stood = f"{_until(promise, 'till')} - {_until(promise, 'since')}"
    return f"""
promised AS MATERIALIZED (
    SELECT * FROM (
        SELECT k.id, CASE {conditions} END AS level, k.resolved_at, k.state,
               {_micros("k.opened_at")} AS opened, {_micros("k.first_reply_at")} AS answered,
               CASE WHEN k.resolved_at IS NOT NULL THEN {_micros("k.resolved_at")}
                    WHEN k.state NOT IN ('resolved', 'closed') THEN {_micros("%(end)s::timestamptz")} END AS ended,
               bool_or(k.first_reply_at IS NOT NULL) OVER (PARTITION BY k.system_id) AS tells_answers,
               bool_or(k.resolved_at IS NOT NULL) OVER (PARTITION BY k.system_id) AS tells_resolutions
        FROM cases_case k WHERE k.merged_into_id IS NULL) AS cases
    WHERE level IS NOT NULL AND opened IS NOT NULL
),
{_standing(promise)},
stood AS MATERIALIZED (
    SELECT id, sum({stood}) AS stood
    FROM (SELECT p.id, p.level, greatest(s.since, p.opened) AS since, least(s.till, p.ended) AS till
          FROM standing s JOIN promised p ON p.id = s.case_id) AS clipped
    WHERE till > since GROUP BY id
),
spent AS MATERIALIZED (
    SELECT p.*, p.resolved_at IS NOT NULL AS is_resolved,
           CASE WHEN tells_answers THEN {reaction} END AS reaction,
           CASE WHEN tells_resolutions THEN {resolution} END AS resolution,
           ({reaction} IS NOT NULL) <> ({resolution} IS NOT NULL) AS asks_one,
           CASE WHEN answered >= opened THEN {passed["answered"]} END AS until_answer,
           CASE WHEN ended >= opened THEN {passed["ended"]} END AS until_end,
           CASE WHEN ended >= opened THEN {passed["ended"]} - coalesce(s.stood, 0) END AS running
    FROM promised p LEFT JOIN stood s ON s.id = p.id
),
judged AS MATERIALIZED (
    SELECT id AS case_id, reaction, resolution, NOT asks_one AND (reaction IS NULL) <> (resolution IS NULL) AS half,
           CASE WHEN answered IS NOT NULL THEN until_answer <= reaction
                WHEN is_resolved OR until_end > reaction THEN until_end <= reaction END AS reaction_kept,
           CASE WHEN is_resolved OR running > resolution THEN running <= resolution END AS resolution_kept,
           -- a reaction without a solution is no success: it waits for one, and has failed at the outer limit
           CASE WHEN is_resolved OR NOT tells_resolutions THEN true
                WHEN ended > opened + {_OUTER} THEN false END AS solved
    FROM spent
),
clocked AS MATERIALIZED (
    SELECT case_id, reaction_kept, resolution_kept, half,
           CASE WHEN reaction IS NOT NULL OR resolution IS NOT NULL
                THEN (reaction IS NULL OR reaction_kept) AND (resolution IS NULL OR resolution_kept)
                     AND (resolution IS NOT NULL OR solved) END AS kept
    FROM judged
)"""


def clock_params(promise: Promise | None, window: Window) -> dict[str, Any]:
    """What ``clocked`` takes beside the window's end: targets in microseconds, words, calendars as sorted arrays."""
    if promise is None:
        return {}
    params: dict[str, Any] = {}
    for n, level in enumerate(promise.levels):
        params[f"reaction_{n}"] = _target(level.reaction_hours)
        params[f"resolution_{n}"] = _target(level.resolution_hours)
        for name, words in _wanted(promise, level):
            params[f"{name}_{n}"] = list(words)
    start, end = _span(window)
    for n, hours in enumerate(_calendars(promise)):
        level = next(level for level in promise.levels if level.hours == hours)
        openings = promise.calendar(level).openings(start, end)
        params[f"starts_{n}"] = openings.starts
        params[f"ends_{n}"] = openings.ends
        params[f"before_{n}"] = openings.before
    return params


def _span(window: Window) -> tuple[datetime, datetime]:
    """The years of the window and one on each side: a case may have been opened before the first known entry."""
    first = max(window.start.year - 1, window.end.year - _MOST_YEARS, 1)
    last = min(window.end.year + 1, 9998)
    return datetime(first, 1, 2, tzinfo=UTC), datetime(last, 12, 30, tzinfo=UTC)


def _target(hours: float | None) -> int | None:
    return None if hours is None else round(hours * HOUR * _MICRO)


def _calendars(promise: Promise) -> tuple[str, ...]:
    """The different opening hours of the levels, in their order."""
    return tuple(dict.fromkeys(level.hours for level in promise.levels))


def _covers(promise: Promise, n: int) -> str:
    wanted = _wanted(promise, promise.levels[n])
    columns = {"simple": "topic"}
    return " AND ".join(f"k.{columns.get(name, name)} = ANY(%({name}_{n})s::text[])" for name, _ in wanted) or "true"


def _wanted(promise: Promise, level: Level) -> list[tuple[str, tuple[str, ...]]]:
    """(what, words) of which a case must have one each."""
    wanted = [
        ("channel", level.channels),
        ("priority", level.priorities),
        ("tier", level.tiers),
        ("topic", level.topics),
    ]
    found = [(name, words) for name, words in wanted if words]
    return [*found, ("simple", promise.simple)] if level.simple else found


def _by_level(levels: range, text: str) -> str:
    return "CASE level " + " ".join(f"WHEN {n} THEN {text.format(n=n)}" for n in levels) + " END"


def _micros(moment: str) -> str:
    return f"(extract(epoch FROM {moment}) * {_MICRO})::bigint"


def _until(promise: Promise, moment: str) -> str:
    """Open microseconds before ``moment``, by the calendar of the row's level: ``Openings.until``."""
    calendars = _calendars(promise)

    def array(name: str) -> str:
        if len(calendars) == 1:
            return f"%({name}_0)s::bigint[]"
        cases = (
            f"WHEN {n} THEN %({name}_{calendars.index(level.hours)})s::bigint[]"
            for n, level in enumerate(promise.levels)
        )
        return f"CASE level {' '.join(cases)} END"

    place = f"width_bucket({moment}, {array('starts')})"
    return (
        f"CASE WHEN {place} = 0 THEN 0 ELSE ({array('before')})[{place}] "
        f"+ least({moment}, ({array('ends')})[{place}]) - ({array('starts')})[{place}] END"
    )


def _standing(promise: Promise) -> str:
    """When the clock stands: from ``since`` until ``till``, which is NULL as long as nothing ended it."""
    waits = "state = 'pending' OR " if promise.pending == "pauses" else ""
    return f"""
standing AS MATERIALIZED (
    SELECT case_id, {_micros("at")} AS since, coalesce({_micros("till")}, {2**62}) AS till
    FROM (
        SELECT case_id, state, at, lead(at) OVER (PARTITION BY case_id ORDER BY at, seq, identity) AS till,
               bool_or(state IN ('new', 'open', 'pending'))
                   OVER (PARTITION BY case_id ORDER BY at DESC, seq DESC, identity DESC) AS opens_again
        FROM (
            SELECT case_id, at, seq, identity, state FROM cases_caseentry WHERE NOT superseded AND state <> ''
            UNION ALL
            -- who writes in a case of our own has given the ball back; the state of an export is its source's
            SELECT m.case_id, m.at, m.seq, m.identity, 'open' FROM cases_message m JOIN cases_case k ON k.id = m.case_id
            WHERE k.system_id IS NULL AND m.direction = 'in' AND m.sender = 'human' AND NOT m.superseded
        ) AS told) AS states
    WHERE {waits}(state IN ('resolved', 'closed') AND opens_again)
)"""
