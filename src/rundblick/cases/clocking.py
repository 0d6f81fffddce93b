"""The clocks of the cases of our own in the database: read from the log, kept in cases_clock, acted upon when due.

    refresh(cur, cases)          # these cases' rows again, as the log says; gives how many rows changed
    for done, changed in recompute(): ...
    follow()                     # sweep: the cases that the feed touched
    strike()                     # sweep: warnings and breaches that are due, each told once

cases_clock is a cache: what stands in it follows from the log and the rules, but for ``warned_at`` and ``breached_at``,
which say that the event was written. The log is read by one statement, so by one snapshot, in columns that need no
reading of texts; arrays are compared, and only rows that differ are written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from django.db import transaction

from rundblick.cases.clocks import (
    DONE,
    LATE,
    MET,
    NEVER,
    OPEN,
    PENDING,
    RUNNING,
    SILENT,
    STANDING,
    Clock,
    Clocks,
    Log,
    Rules,
    clocks,
    micros,
)
from rundblick.cases.models import OPEN_STATES, Case, CaseEntry, Message
from rundblick.cases.promising import rules_of
from rundblick.core import feed, following
from rundblick.core.announcing import announce_cases
from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.feed import FeedEvent, Position
from rundblick.core.registry import Cursor
from rundblick.core.verification import Difference, Options
from rundblick.people.models import Team

READER: Final = "clocks"
PORTION: Final = 20_000
"""Cases that are counted at once: their columns are some ten megabytes."""

_STRIKES: Final = 500
_EVENTS: Final = 5_000
_KINDS: Final = ("reaction", "resolution")
_STATES: Final = {RUNNING: "running", STANDING: "standing", MET: "met", LATE: "late"}
_BREACHED: Final = 4  # of a stored row: running, and it was told
_CODES: Final = {**{name: code for code, name in _STATES.items()}, "breached": _BREACHED}

# -- reading -----------------------------------------------------------------------------------------------------------

# Rows of one width, so that they are an array as they come: a case (code 100 and more), then its entries in order.
# What is not there is -infinity, which PostgreSQL sends as the smallest number.
_WANTED: Final = {
    "some": "c.id = ANY(%(cases)s)",
    "range": "c.id > %(low)s AND c.id <= %(high)s AND c.system_id IS NULL AND c.merged_into_id IS NULL",
}
_KIND: Final = "hashtextextended(c.channel || E'\\n' || c.priority || E'\\n' || c.tier || E'\\n' || c.topic, 0)"
_NOT: Final = "'-infinity'::timestamptz"
_READ: Final = f"""
WITH wanted AS MATERIALIZED (
    SELECT c.* FROM cases_case c WHERE {{wanted}} AND c.opened_at IS NOT NULL
)
SELECT case_id, at, answered, resolved, closed, code, team, kind FROM (
    SELECT c.id AS case_id, 0 AS place, c.opened_at AS at, 0::bigint AS seq, ''::bytea AS identity,
           coalesce(c.first_reply_at, {_NOT}) AS answered, coalesce(c.resolved_at, {_NOT}) AS resolved,
           coalesce(c.closed_at, {_NOT}) AS closed,
           100 + CASE WHEN c.state IN ('resolved', 'closed') THEN 1 ELSE 0 END
               + CASE WHEN c.system_id IS NULL THEN 2 ELSE 0 END::bigint AS code,
           coalesce(c.routed_team_id, (SELECT t.id FROM people_team t WHERE t.is_default), 0) AS team,
           {_KIND} AS kind
    FROM wanted c
    UNION ALL
    SELECT e.case_id, 1, e.at, e.seq, e.identity, {_NOT}, {_NOT}, {_NOT},
           CASE WHEN e.state IN ('new', 'open') THEN {OPEN} WHEN e.state = 'pending' THEN {PENDING}
                WHEN e.state = '' THEN {SILENT} ELSE {DONE} END::bigint,
           CASE WHEN e.at <= c.opened_at THEN coalesce(e.team_id, 0) ELSE 0 END, 0::bigint
    FROM wanted c JOIN cases_caseentry e ON e.case_id = c.id
    WHERE NOT e.superseded AND (e.state <> '' OR (e.team_id IS NOT NULL AND e.at <= c.opened_at))
    UNION ALL
    -- who writes in a case of our own has given the ball back; the state of an export is its source's
    SELECT m.case_id, 1, m.at, m.seq, m.identity, {_NOT}, {_NOT}, {_NOT}, {OPEN}::bigint, 0::bigint, 0::bigint
    FROM wanted c JOIN cases_message m ON m.case_id = c.id
    WHERE c.system_id IS NULL AND m.direction = 'in' AND m.sender = 'human' AND NOT m.superseded
) AS told ORDER BY case_id, place, at, seq, identity
"""
_KINDS_OF: Final = f"""
SELECT DISTINCT {_KIND}, c.channel, c.priority, c.tier, c.topic FROM cases_case c WHERE {{wanted}}
"""
_HELD: Final = """
SELECT k.case_id, array_position(ARRAY['reaction', 'resolution'], k.kind)::bigint,
       array_position(ARRAY['running', 'standing', 'met', 'late', 'breached'], k.state)::bigint,
       k.book, k.level::bigint, k.pauses::bigint, k.target_s, k.ran_s, k.stood_s, k.started_at,
       coalesce(k.due_at, '-infinity'), coalesce(k.stopped_at, '-infinity'), coalesce(k.breached_at, '-infinity'),
       coalesce(k.warned_at, '-infinity'), coalesce(k.next_at, '-infinity')
FROM cases_clock k WHERE {wanted} ORDER BY k.case_id, k.kind
"""
_HEAD: Final = 19  # of a binary copy: signature, flags, extension (docs: COPY, binary format)
_SINCE_2000: Final = 946_684_800_000_000
_EMPTY: Final = -(2**63)


def _copied(cur: Cursor, statement: str, values: dict[str, Any], types: str) -> list[npt.NDArray[Any]]:
    """The columns of a statement whose rows are all of one width; ``types``: q numbers, t moments, d fractions."""
    layout = [("n", ">i2")]
    for place, one in enumerate(types):
        layout += [(f"l{place}", ">i4"), (f"v{place}", ">f8" if one == "d" else ">i8")]
    with cur.copy(f"COPY ({statement}) TO STDOUT (FORMAT BINARY)", values) as copy:
        data = b"".join(copy)
    rows = np.frombuffer(
        data, np.dtype(layout), offset=_HEAD, count=(len(data) - _HEAD - 2) // np.dtype(layout).itemsize
    )
    found = []
    for place, one in enumerate(types):
        column = rows[f"v{place}"].astype(np.float64 if one == "d" else np.int64)
        if one == "t":
            column = np.where(column == _EMPTY, NEVER, column + _SINCE_2000)
        found.append(column)
    return found


def read_log(cur: Cursor, cases: Sequence[int] | None = None, low: int = 0, high: int = 0) -> Log:
    """What the log says of these cases, whosesoever, or of those of our own with an id in (low, high]."""
    which = "range" if cases is None else "some"
    values = {"low": low, "high": high} if cases is None else {"cases": list(cases)}
    case, at, answered, resolved, closed, code, team, kind = _copied(
        cur, _READ.format(wanted=_WANTED[which]), values, "qttttqqq"
    )
    cur.execute(_KINDS_OF.format(wanted=_WANTED[which]), values)
    kinds = {one: (channel, priority, tier, topic) for one, channel, priority, tier, topic in cur.fetchall()}
    heads = np.flatnonzero(code >= 100)
    # a case whose kind changed between the two statements comes again by the feed
    first = np.append(heads, len(case))
    entry = np.ones(len(case), np.bool_)
    entry[heads] = False
    before = np.concatenate(([0], np.cumsum(entry)))
    named = np.flatnonzero(entry & (team > 0))
    responsible = team[heads].copy()
    if len(named):  # the first entry at the opening that names a team goes before what the rules and the house say
        owner = np.searchsorted(heads, named, "right") - 1
        responsible[owner[::-1]] = team[named][::-1]
    log = Log(
        case=case[heads],
        opened=at[heads],
        answered=answered[heads],
        resolved=resolved[heads],
        closed=closed[heads],
        done=(code[heads] - 100) % 2 == 1,
        ours=code[heads] >= 102,
        kind=kind[heads],
        team=responsible,
        first=before[first],
        at=at[entry],
        says=code[entry].astype(np.int8),
        kinds=kinds,
    )
    return log if set(np.unique(log.kind).tolist()) <= kinds.keys() else read_log(cur, cases, low, high)


def log_of_case(case: Case) -> Log:
    """The log of one case, by the columns that its row in hand shows."""
    opened = case.opened_at
    assert opened is not None
    told: list[tuple[datetime, int, bytes, str, int]] = [
        (at, seq, bytes(identity), state, team or 0)
        for at, seq, identity, state, team in CaseEntry.objects.filter(case=case, superseded=False).values_list(
            "at", "seq", "identity", "state", "team_id"
        )
    ]
    team = next((row[4] for row in sorted(told) if row[4] and row[0] <= opened), 0)
    team = team or case.routed_team_id or Team.objects.filter(is_default=True).values_list("pk", flat=True).first() or 0
    if case.system_id is None:  # who writes in a case of our own has given the ball back
        written = Message.objects.filter(case=case, superseded=False, direction="in", sender="human")
        told += [(at, seq, bytes(key), "open", 0) for at, seq, key in written.values_list("at", "seq", "identity")]
    states = [(at, state) for at, _seq, _identity, state, _team in sorted(told) if state]

    def one(at: datetime | None) -> npt.NDArray[np.int64]:
        return np.array([NEVER if at is None else micros(at)], np.int64)

    return Log(
        case=np.array([case.pk], np.int64),
        opened=one(opened),
        answered=one(case.first_reply_at),
        resolved=one(case.resolved_at),
        closed=one(case.closed_at),
        done=np.array([case.state not in OPEN_STATES]),
        ours=np.array([case.system_id is None]),
        kind=np.zeros(1, np.int64),
        team=np.array([team], np.int64),
        first=np.array([0, len(states)], np.int64),
        at=np.array([micros(at) for at, _state in states], np.int64),
        says=np.array([_said(state) for _at, state in states], np.int8),
        kinds={0: (case.channel, case.priority, case.tier, case.topic)},
    )


def _said(state: str) -> int:
    return {"new": OPEN, "open": OPEN, "pending": PENDING}.get(state, DONE)


# -- keeping -----------------------------------------------------------------------------------------------------------

_COLUMNS: Final = (
    *("case_id", "kind", "state", "book", "level", "pauses"),
    *("target_s", "ran_s", "stood_s", "started_at", "due_at", "stopped_at", "over_at", "warn_at"),
)
_TYPES: Final = "qqqqqqdddttttt"
_Rows = dict[str, npt.NDArray[Any]]


def _rows(found: Clocks, log: Log, rules: Rules) -> _Rows:
    """The rows of cases_clock that these clocks make, ordered by case and kind.

    state     as the clock says; ``over_at``: when it was broken, as far as it was by now; ``warn_at``: when to warn
    """
    books = np.array([one.book for one in rules.promises], np.int64)
    parts = []
    for number, one in enumerate((found.reaction, found.resolution), 1):
        rows = np.flatnonzero(one.there & log.ours)
        parts.append(_part(found, log, one, rows, number, books))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((columns["kind"], columns["case_id"]))
    return {name: column[order] for name, column in columns.items()}


def _part(
    found: Clocks, log: Log, one: Clock, rows: npt.NDArray[np.intp], number: int, books: npt.NDArray[np.int64]
) -> _Rows:
    n = len(rows)
    return {
        "case_id": found.case[rows],
        "kind": np.full(n, number, np.int64),
        "state": one.state[rows].astype(np.int64),
        "book": books[found.version[rows]] if len(books) else np.zeros(n, np.int64),
        "level": found.level[rows],
        "pauses": one.pauses[rows],
        "target_s": one.target[rows] / 1e6,
        "ran_s": one.ran[rows] / 1e6,
        "stood_s": one.stood[rows] / 1e6,
        "started_at": log.opened[rows],
        "due_at": np.where((one.state[rows] == STANDING), NEVER, one.due[rows]),
        "stopped_at": one.stopped[rows],
        "over_at": np.where(one.over[rows], one.due[rows], NEVER),
        "warn_at": one.warn[rows],
    }


def _held(cur: Cursor, cases: Sequence[int] | None, low: int, high: int) -> _Rows:
    """The rows that are kept."""
    wanted = "k.case_id > %(low)s AND k.case_id <= %(high)s" if cases is None else "k.case_id = ANY(%(cases)s)"
    values = {"low": low, "high": high} if cases is None else {"cases": list(cases)}
    names = (*_COLUMNS[:12], "breached_at", "warned_at", "next_at")
    columns = dict(zip(names, _copied(cur, _HELD.format(wanted=wanted), values, _TYPES[:12] + "ttt"), strict=True))
    columns["state"] = columns["state"] - 1
    return columns


def _expected(fresh: _Rows, breached: npt.NDArray[Any], warned: npt.NDArray[Any], now: int) -> _Rows:
    """What a row says beside the clock itself, by what was told already: state, breached_at, warned_at, next_at."""
    over, warn, state = fresh["over_at"], fresh["warn_at"], fresh["state"]
    told = np.where((breached != NEVER) & (over != NEVER), over, NEVER)
    reached = (warned != NEVER) & ((warn <= now) | (warn == NEVER))  # it was told, and rightly
    open_ = (state == RUNNING) | (state == STANDING)
    return {
        "state": np.where((state == RUNNING) & (told != NEVER), _BREACHED, state),
        "breached_at": told,
        "warned_at": np.where(reached, warned, NEVER),
        "next_at": np.where(
            over != NEVER,
            np.where(told == NEVER, over, NEVER),
            np.where(open_ & ~reached & (warn != NEVER), warn, np.where(open_, fresh["due_at"], NEVER)),
        ),
    }


_SAME: Final = ("book", "level", "pauses", "target_s", "ran_s", "stood_s", "started_at", "due_at", "stopped_at")
_DERIVED: Final = ("state", "breached_at", "warned_at", "next_at")


def _differing(fresh: _Rows, held: _Rows, now: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64], _Rows]:
    """Which fresh rows are not kept so; the cases and kinds of kept rows that should not be; what is expected."""
    keys = [one["case_id"] * 4 + one["kind"] for one in (fresh, held)]
    place = np.searchsorted(keys[1], keys[0])
    inside = np.minimum(place, max(len(keys[1]) - 1, 0))
    there = (keys[1][inside] == keys[0]) if len(keys[1]) else np.zeros(len(keys[0]), np.bool_)

    def kept(name: str) -> npt.NDArray[Any]:
        return np.where(there, held[name][inside], NEVER) if len(keys[1]) else np.full(len(keys[0]), NEVER, np.int64)

    expected = _expected(fresh, kept("breached_at"), kept("warned_at"), now)
    differs = ~there
    for name in _SAME:
        differs |= there & (fresh[name] != kept(name))
    # what the sweep has yet to tell stands as it was before, until it is told
    untold = there & (kept("next_at") != NEVER) & (kept("next_at") <= now) & (expected["next_at"] != NEVER)
    for name in _DERIVED:
        differs |= there & ~untold & (expected[name] != kept(name))
    expected["untold"] = untold
    return differs, keys[1][~np.isin(keys[1], keys[0])], expected


_STAGE: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS fresh_clock (
    case_id bigint, kind bigint, state bigint, book bigint, level bigint, pauses bigint, target_s float8, ran_s float8,
    stood_s float8, started_at timestamptz, due_at timestamptz, stopped_at timestamptz, over_at timestamptz,
    warn_at timestamptz
) ON COMMIT DELETE ROWS
"""
_FRESH: Final = """
SELECT case_id, (ARRAY['reaction', 'resolution'])[kind] AS kind,
       (ARRAY['running', 'standing', 'met', 'late'])[state + 1] AS state, book, level, pauses, target_s, ran_s, stood_s,
       started_at, nullif(due_at, '-infinity') AS due_at, nullif(stopped_at, '-infinity') AS stopped_at,
       nullif(over_at, '-infinity') AS over_at, nullif(warn_at, '-infinity') AS warn_at FROM fresh_clock
"""
# What was told stays told, by the row as it is when it is written: another worker may have told it meanwhile.
_TOLD: Final = "(k.breached_at IS NOT NULL AND f.over_at IS NOT NULL)"
_WARNED: Final = "(k.warned_at IS NOT NULL AND (f.warn_at IS NULL OR f.warn_at <= %(now)s))"
_UPDATE: Final = f"""
UPDATE cases_clock k SET book = f.book, level = f.level, pauses = f.pauses, target_s = f.target_s, ran_s = f.ran_s,
    stood_s = f.stood_s, started_at = f.started_at, due_at = f.due_at, stopped_at = f.stopped_at,
    state = CASE WHEN f.state = 'running' AND {_TOLD} THEN 'breached' ELSE f.state END,
    breached_at = CASE WHEN {_TOLD} THEN f.over_at END,
    warned_at = CASE WHEN {_WARNED} THEN k.warned_at END,
    next_at = CASE WHEN f.over_at IS NOT NULL THEN CASE WHEN NOT {_TOLD} THEN f.over_at END
                   WHEN f.state IN ('running', 'standing') THEN
                       CASE WHEN NOT {_WARNED} AND f.warn_at IS NOT NULL THEN f.warn_at ELSE f.due_at END END
FROM ({_FRESH}) f WHERE k.case_id = f.case_id AND k.kind = f.kind
"""
_INSERT: Final = f"""
INSERT INTO cases_clock (case_id, kind, state, book, level, pauses, target_s, ran_s, stood_s, started_at, due_at,
                         stopped_at, next_at)
SELECT case_id, kind, state, book, level, pauses, target_s, ran_s, stood_s, started_at, due_at, stopped_at,
       CASE WHEN over_at IS NOT NULL THEN over_at
            WHEN state IN ('running', 'standing') THEN coalesce(warn_at, due_at) END
FROM ({_FRESH}) f ORDER BY case_id, kind
ON CONFLICT (case_id, kind) DO NOTHING
"""


def _write(cur: Cursor, fresh: _Rows, which: npt.NDArray[np.bool_], now: datetime, *, new: bool) -> None:
    """Write these rows: as one binary copy into a table of the transaction's own, then from there."""
    if not which.any():
        return
    cur.execute(_STAGE)
    cur.execute("TRUNCATE fresh_clock")
    n = int(which.sum())
    layout = [("n", ">i2")]
    for name, one in zip(_COLUMNS, _TYPES, strict=True):
        layout += [(f"l_{name}", ">i4"), (name, ">f8" if one == "d" else ">i8")]
    rows = np.empty(n, np.dtype(layout))
    rows["n"] = len(_COLUMNS)
    for name, one in zip(_COLUMNS, _TYPES, strict=True):
        rows[f"l_{name}"] = 8
        column = fresh[name][which]
        rows[name] = np.where(column == NEVER, _EMPTY, column - _SINCE_2000) if one == "t" else column
    head = b"PGCOPY\n\xff\r\n\0" + bytes(8)
    with cur.copy("COPY fresh_clock FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(head + rows.tobytes() + b"\xff\xff")
    if not new:
        cur.execute(_UPDATE, {"now": now})
    cur.execute(_INSERT)


def refresh(
    cur: Cursor,
    cases: Sequence[int] | None = None,
    low: int = 0,
    high: int = 0,
    *,
    rules: Rules | None = None,
    now: datetime | None = None,
) -> int:
    """Bring the rows of these cases, or of those with an id in (low, high], to what the log says.

    Gives how many changed.

    One at a time: the caller holds the reader's row (``following.wait_for``). Raises CalendarError.
    """
    at = now or datetime.now(UTC)
    said = rules or rules_of()
    log = read_log(cur, cases, low, high)
    if cases is not None:
        log = _living(cur, log)
    fresh = _rows(clocks(log, said, at), log, said)
    held = _held(cur, cases, low, high)
    differs, gone, _ = _differing(fresh, held, micros(at))
    _write(cur, fresh, differs, at, new=not len(held["case_id"]))
    if len(gone):
        cur.execute(
            "DELETE FROM cases_clock k USING unnest(%s::bigint[], %s::bigint[]) AS g (case_id, kind) "
            "WHERE k.case_id = g.case_id AND k.kind = (ARRAY['reaction', 'resolution'])[g.kind]",
            ((gone // 4).tolist(), (gone % 4).tolist()),
        )
    return int(differs.sum()) + len(gone)


def _living(cur: Cursor, log: Log) -> Log:
    """Without cases that were joined to others: they have no clocks any more."""
    cur.execute("SELECT id FROM cases_case WHERE id = ANY(%s) AND merged_into_id IS NOT NULL", (log.case.tolist(),))
    joined = [row[0] for row in cur.fetchall()]
    if not joined:
        return log
    ours = log.ours & ~np.isin(log.case, joined)
    return replace(log, ours=ours)


def recompute(now: datetime | None = None) -> Iterator[tuple[int, int, int]]:
    """All clocks again from the log, a portion a transaction: (cases done, cases, rows that changed) after each.

    A reader that has not begun begins at the end of the feed as it was before, once all is counted.
    """
    with transaction.atomic(), cursor() as cur:
        following.begin(cur, READER, _NOT_BEGUN)
        end = feed.end(cur)
        cur.execute(
            "SELECT coalesce(max(id), 0), count(*) FROM cases_case WHERE system_id IS NULL AND merged_into_id IS NULL"
        )
        last, n = cur.fetchone() or (0, 0)
        edges = _edges(cur, int(last))
    rules = rules_of()
    changed, done = 0, 0
    for low, high, some in edges:
        with transaction.atomic(), cursor() as cur:
            following.wait_for(cur, READER)
            changed += refresh(cur, None, low, high, rules=rules, now=now)
        done += some
        yield done, int(n), changed
    with transaction.atomic(), cursor() as cur:
        if following.held(cur, READER) == _NOT_BEGUN:
            following.keep(cur, READER, end)


def _edges(cur: Cursor, last: int) -> list[tuple[int, int, int]]:
    """(low, high, cases) of portions up to the last id; rows of cases that are none any more lie in them too."""
    cur.execute(
        "SELECT max(id), count(*) FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS portion "
        "FROM cases_case WHERE system_id IS NULL AND merged_into_id IS NULL) p GROUP BY portion ORDER BY portion",
        (PORTION,),
    )
    found, low = [], 0
    for high, n in cur.fetchall():
        found.append((low, int(high), int(n)))
        low = int(high)
    cur.execute("SELECT coalesce(max(case_id), 0) FROM cases_clock")
    row = cur.fetchone()
    end = max(last, int(row[0]) if row else 0)
    return [*found, (low, end, 0)] if end > low else found


# -- sweeps ------------------------------------------------------------------------------------------------------------

_RULES: Final = ("rules.promise", "rules.timetables")
_NOT_BEGUN: Final = Position(-1, 0)


def follow(now: datetime | None = None) -> int:
    """One page of the feed: the clocks of the cases of our own that it touches; gives how many events it read.

    The first time, and when rules were changed, all clocks are counted, and only then is the page done with: a process
    that ends in between leaves it to the next one.
    """
    with transaction.atomic(), cursor() as cur:
        following.begin(cur, READER, _NOT_BEGUN)
        position = following.held(cur, READER)
        if position is None:
            return 0
        if position != _NOT_BEGUN and position > feed.end(cur):
            position = _NOT_BEGUN  # of a database that was restored: its transactions count anew
            following.keep(cur, READER, position)
        if position != _NOT_BEGUN:
            events, after = feed.read(cur, position, _EVENTS)
            if not any(event.kind in _RULES for event in events):
                _meet(cur, events, now)
                if events:
                    following.keep(cur, READER, after)
                return len(events)
    for _done, _all, _changed in recompute(now):
        pass
    if position != _NOT_BEGUN:
        with transaction.atomic(), cursor() as cur:
            if following.held(cur, READER) == position:
                following.keep(cur, READER, after)
    return 1


def _meet(cur: Cursor, events: Sequence[FeedEvent], now: datetime | None) -> None:
    touched = {case for event in events if not event.kind.startswith("clock.") for case in event.ids("case")}
    if touched and (ours := _ours(cur, touched)):
        refresh(cur, sorted(ours), now=now)


def _ours(cur: Cursor, cases: set[int]) -> set[int]:
    """Those that are our own; joined ones too, so that their rows go."""
    cur.execute("SELECT id FROM cases_case WHERE id = ANY(%s) AND system_id IS NULL", (sorted(cases),))
    return {row[0] for row in cur.fetchall()}


_DUE: Final = """
SELECT case_id, kind, breached_at IS NOT NULL, warned_at IS NOT NULL FROM cases_clock
WHERE next_at <= %s ORDER BY next_at, case_id, kind LIMIT %s FOR UPDATE SKIP LOCKED
"""
_TELL: Final = """
UPDATE cases_clock k SET state = t.state, due_at = t.due_at, stopped_at = t.stopped_at, next_at = t.next_at,
    warned_at = coalesce(t.warned_at, k.warned_at), breached_at = coalesce(t.breached_at, k.breached_at)
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[],
            %s::timestamptz[], %s::timestamptz[])
    AS t (case_id, kind, state, due_at, stopped_at, next_at, warned_at, breached_at)
WHERE k.case_id = t.case_id AND k.kind = t.kind
"""


def strike(now: datetime | None = None) -> int:
    """What is due: events clock.warned and clock.breached, each once; gives how many rows were taken.

    A row is taken by one worker, and counted again from the log before anything is told: an answer that came in time
    and that ``follow`` has not met yet makes no breach.
    """
    at = now or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        cur.execute(_DUE, (at, _STRIKES))
        taken = [(case, kind) for case, kind, _breached, _warned in cur.fetchall()]
        if not taken:
            return 0
        rules = rules_of()
        cases = sorted({case for case, _kind in taken})
        log = _living(cur, read_log(cur, cases))
        fresh = _rows(clocks(log, rules, at), log, rules)
        held = _held(cur, cases, 0, 0)
        _differs, _gone, expected = _differing(fresh, held, micros(at))
        places = {
            (int(case), _KINDS[int(kind) - 1]): place
            for place, (case, kind) in enumerate(zip(fresh["case_id"], fresh["kind"], strict=True))
        }
        told = [_struck(fresh, expected, places[key], micros(at)) for key in taken if key in places]
        rows = [one for one in told if one is not None]
        gone = [key for key in taken if key not in places]
        if gone:
            cur.execute(
                "DELETE FROM cases_clock k USING unnest(%s::bigint[], %s::text[]) AS g (case_id, kind) "
                "WHERE k.case_id = g.case_id AND k.kind = g.kind",
                ([case for case, _kind in gone], [kind for _case, kind in gone]),
            )
        if rows:
            cur.execute(_TELL, [list(column) for column in zip(*(row[:8] for row in rows), strict=True)])
            _tell(cur, [(row[0], row[1], *row[8]) for row in rows if row[8] is not None])
    return len(taken)


def _struck(fresh: _Rows, expected: _Rows, place: int, now: int) -> tuple[Any, ...] | None:
    """A row as it is after it was told: columns of ``_TELL``, then (event, moment) or None."""

    def at(value: Any) -> datetime | None:
        return None if value == NEVER else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(value))

    over, warn = fresh["over_at"][place], fresh["warn_at"][place]
    state, due = int(fresh["state"][place]), fresh["due_at"][place]
    event: tuple[str, datetime | None] | None = None
    warned = breached = NEVER
    following_at = expected["next_at"][place]
    if over != NEVER and expected["breached_at"][place] == NEVER:
        breached, event, following_at = over, ("clock.breached", at(over)), NEVER
    elif over == NEVER and warn != NEVER and warn <= now and expected["warned_at"][place] == NEVER:
        warned, event, following_at = warn, ("clock.warned", at(warn)), due if state in (RUNNING, STANDING) else NEVER
    is_broken = breached != NEVER or expected["breached_at"][place] != NEVER
    name = "breached" if state == RUNNING and is_broken else _STATES[state]
    case, kind = int(fresh["case_id"][place]), _KINDS[int(fresh["kind"][place]) - 1]
    stopped = fresh["stopped_at"][place]
    return case, kind, name, at(due), at(stopped), at(following_at), at(warned), at(breached), event


def _tell(cur: Cursor, told: Sequence[tuple[int, str, str, datetime]]) -> None:
    """Write the events: (case, clock, kind of event, moment), about the case and who is responsible for it."""
    if not told:
        return
    cases = sorted({case for case, *_rest in told})
    cur.execute("SELECT id, owner_person_id, owner_team_id FROM cases_case WHERE id = ANY(%s)", (cases,))
    owners = {case: (("person", person) if person else ("team", team)) for case, person, team in cur.fetchall()}
    ids = draw_ids(cur, {"core_event": len(told)})["core_event"]
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "actor_type", "data"),
        [
            (event, kind, at, "machine", f'{{"clock": "{clock}"}}')
            for event, (_c, clock, kind, at) in zip(ids, told, strict=True)
        ],
    )
    objects = [(event, "case", case) for event, (case, *_rest) in zip(ids, told, strict=True)]
    objects += [
        (event, *owners[case])
        for event, (case, *_rest) in zip(ids, told, strict=True)
        if owners.get(case, ("", None))[1]
    ]
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), objects)
    announce_cases(cur, cases)


# -- verifying ---------------------------------------------------------------------------------------------------------


def clocks_of_cases(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """The clocks of every case of our own against what its log and the rules say."""
    cur.execute("SELECT tx, event_id FROM core_reader WHERE name = %s", (READER,))
    if (row := cur.fetchone()) is None or row[0] < 0:
        return  # nobody has counted any yet
    # what was changed after the reader's place is not counted yet, and no difference
    cur.execute(
        "SELECT DISTINCT o.object_id FROM core_event e JOIN core_eventobject o ON o.event_id = e.id "
        "WHERE o.type = 'case' AND (e.tx, e.id) > (%s::text::xid8, %s) AND e.kind NOT LIKE 'clock.%%'",
        (str(row[0]), row[1]),
    )
    waiting = np.array([one[0] for one in cur.fetchall()], np.int64)
    now = datetime.now(UTC)
    rules = rules_of()
    cur.execute("SELECT coalesce(max(id), 0) FROM cases_case")
    last = (cur.fetchone() or (0,))[0]
    for low, high, _n in _edges(cur, int(last)):
        log = read_log(cur, None, low, high)
        fresh = _rows(clocks(log, rules, now), log, rules)
        held = _held(cur, None, low, high)
        differs, gone, expected = _differing(fresh, held, micros(now))
        yield from _differences(fresh, held, differs & ~np.isin(fresh["case_id"], waiting), gone, expected, waiting)


def _differences(
    fresh: _Rows,
    held: _Rows,
    differs: npt.NDArray[np.bool_],
    gone: npt.NDArray[np.int64],
    expected: _Rows,
    waiting: npt.NDArray[np.int64],
) -> Iterator[Difference]:
    keys = (held["case_id"] * 4 + held["kind"]).tolist()
    place_of = {key: place for place, key in enumerate(keys)}
    for place in np.flatnonzero(differs):
        case, kind = int(fresh["case_id"][place]), int(fresh["kind"][place])
        there = place_of.get(case * 4 + kind)
        if there is None:
            yield Difference("cases_clock", case, _KINDS[kind - 1], "missing", "a clock")
            continue
        for name in _SAME if expected["untold"][place] else (*_SAME, *_DERIVED):
            wanted = (expected if name in _DERIVED else fresh)[name][place]
            if held[name][there] != wanted:
                what = f"{_KINDS[kind - 1]}.{name}"
                yield Difference("cases_clock", case, what, str(held[name][there]), str(wanted))
    for key in gone.tolist():
        if key // 4 not in waiting:
            yield Difference("cases_clock", key // 4, _KINDS[key % 4 - 1], "a clock", "none")


def repair(cur: Cursor) -> None:
    """Count all clocks again, in the caller's transaction."""
    following.wait_for(cur, READER)
    cur.execute("SELECT coalesce(max(id), 0) FROM cases_case")
    last = (cur.fetchone() or (0,))[0]
    for low, high, _n in _edges(cur, int(last)):
        refresh(cur, None, low, high)
