"""The two clocks of cases: one pure function over the log, the promises, the opening hours and the moment.

    found = clocks(log, rules, now)                # a batch; the same for one case as for 100,000
    found.resolution.due[0], found.reaction.kept   # microseconds since 1970 UTC; +1 kept, 0 broken, -1 not decided

The rule (docs/clocks.md):
- The reaction runs from the opening to the first answer of a person, never of a machine, and never stands. A solution
  is an answer at the latest.
- The resolution runs from the opening until the customer waits no longer. That is the solution and not the
  administrative closing: by that no promise is kept, and one that was broken before stays broken. It stands while the
  customer has the ball, and while a case that was opened again stood resolved.
- Both count opening hours, [from, to), in whole microseconds: of the level's own calendar, else of the team that was
  responsible when the case was opened. A later hand-over changes nothing: nobody stops a clock by handing over.
  Where hours were changed under way, what was before counts by the old ones and what comes after by the new ones.
- What was promised when the case was opened counts, whatever is promised later.
- A reaction without a resolution is no success (``Clocks.kept``).

Open time between two moments is the difference of the open time before each, looked up in sorted intervals
(``core.calendars.Openings``), so that a batch is some searches in arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rundblick.core.calendars import Calendar, CalendarError, spliced
from rundblick.core.promises import HOUR, Level, Promise
from rundblick.people.hours import Timetables

Moments = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MICRO: Final = 1_000_000
NEVER: Final = -(2**63)
"""No moment: it is not known, or there is none."""

OPEN, PENDING, DONE, SILENT = 0, 1, 2, 9
"""What an entry says: we have the ball, the customer has it, resolved or closed, nothing of the state."""

RUNNING, STANDING, MET, LATE = 0, 1, 2, 3
"""The states of a clock; ``Clock.over`` says whether one that is not stopped is broken."""

OUTER_LIMIT: Final = timedelta(days=3)
"""A case that is not solved within three calendar days has failed, whatever was promised."""

_FAR: Final = 2**62
_MOST_YEARS: Final = 60  # before and after now: other openings are slips of the pen
_AHEAD: Final = 2  # years after now: no promise is longer (cases.promising.check)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(microseconds=1)
_YEAR_2: Final = (datetime(2, 1, 1, tzinfo=UTC) - _EPOCH) // _STEP
_YEAR_9990: Final = (datetime(9990, 1, 1, tzinfo=UTC) - _EPOCH) // _STEP


@dataclass(frozen=True, slots=True)
class Log:
    """What is known of n cases, in columns; moments as microseconds since 1970 UTC.

    case       their ids; ``ours``: a case of our own, not of an export
    done       resolved or closed now
    kind       key of ``kinds``: (channel, priority, tier, topic)
    team       who was responsible when it was opened (id), 0 the company
    first      (n + 1) where each case's entries begin in ``at`` and ``says``, which are in the log's order
    """

    case: Moments
    opened: Moments
    answered: Moments
    resolved: Moments
    closed: Moments
    done: Flags
    ours: Flags
    kind: Moments
    team: Moments
    first: Moments
    at: Moments
    says: npt.NDArray[np.int8]
    kinds: Mapping[int, tuple[str, str, str, str]]

    def __len__(self) -> int:
        return len(self.case)


@dataclass(frozen=True, slots=True)
class Version:
    """A promise and since when it holds; ``book``: its id in core_rulebook, 0 what held before anybody set one.

    only_ours  nobody has promised it, we assume it: for cases of our own
    """

    since: int
    book: int
    promise: Promise
    only_ours: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """All that was promised and all opening hours, in their order; the first of each counts from ever.

    teams  id of a team -> the name by which ``Timetables`` know it
    """

    promises: tuple[Version, ...]
    hours: tuple[tuple[datetime | None, Timetables], ...]
    teams: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clock:
    """One of the two clocks of each case. Moments and lengths in microseconds, NEVER where there is none.

    there      there is such a clock: it was promised, and the times are known
    ran        open time that it ran until it stopped; of one that has not, until its last change in the log
    left       open time that is left now, negative once it is over
    stood      open time that it stood and goes on or is over; ``pauses``: how often, the present one included
    since      since when it stands
    due, warn  until when; when somebody is to be warned (a moment that has passed stays what it was)
    stopped    when it was; ``over``: the promise is broken; ``kept``: 1, 0, -1 not decided
    """

    there: Flags
    state: npt.NDArray[np.int8]
    target: Moments
    ran: Moments
    left: Moments
    stood: Moments
    pauses: Moments
    since: Moments
    due: Moments
    warn: Moments
    stopped: Moments
    over: Flags
    kept: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Clocks:
    """Both clocks of each case. ``version``: place in ``Rules.promises``; ``level``: place in the promise, -1 none.

    waited  how long the customer waited until the solution or now, by the calendar on his wall; nothing is taken off
    """

    case: Moments
    version: Moments
    level: Moments
    reaction: Clock
    resolution: Clock
    waited: Moments

    @property
    def kept(self) -> npt.NDArray[np.int8]:
        """Of each case: 1 both kept, 0 one is broken, -1 not decided or not promised."""
        both = [np.where(one.there, one.kept, 1) for one in (self.reaction, self.resolution)]
        told = np.where((both[0] == 0) | (both[1] == 0), 0, np.where((both[0] == 1) & (both[1] == 1), 1, -1))
        found: npt.NDArray[np.int8] = np.where(self.reaction.there | self.resolution.there, told, -1).astype(np.int8)
        return found

    @property
    def failed(self) -> Flags:
        """Those that took, or are taking, longer than the outer limit, whatever was promised."""
        found: Flags = self.waited > OUTER_LIMIT // _STEP
        return found


def clocks(log: Log, rules: Rules, now: datetime) -> Clocks:
    """The clocks of these cases as they stand at ``now``. Raises CalendarError for hours that are none."""
    at = micros(now)
    version, level = _levels(log, rules)
    pauses = np.array([one.promise.pending == "pauses" for one in rules.promises], np.bool_)[version]
    stop = np.where(log.resolved != NEVER, log.resolved, np.where(log.done, log.closed, NEVER))
    spans = _standing(log, pauses)
    reaction, resolution = _empty(len(log)), _empty(len(log))
    for calendar, promised in _by_calendar(log, rules, version, level):
        rows, targets, leads = promised
        table = _table(calendar, log.opened[rows], at)
        part = _Part(table, rows, log, stop[rows], spans, at)
        _put(reaction, rows, part.reaction(targets[0], leads[0]))
        _put(resolution, rows, part.resolution(targets[1], leads[1]))
    till = np.where(log.resolved != NEVER, log.resolved, np.where(log.done & (stop != NEVER), stop, at))
    waited = np.maximum(till - log.opened, 0)
    return Clocks(log.case, version, level, Clock(**reaction), Clock(**resolution), waited)


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC."""
    return (at - _EPOCH) // _STEP


def moment(at: int | np.int64) -> datetime | None:
    """The moment of so many microseconds; None for NEVER."""
    return None if at == NEVER else _EPOCH + timedelta(microseconds=int(at))


# -- what was promised to whom, by which hours -------------------------------------------------------------------------


def _levels(log: Log, rules: Rules) -> tuple[Moments, Moments]:
    """Of each case the promise that held when it was opened, and the place of its level in it; -1 none."""
    since = np.array([one.since for one in rules.promises], np.int64)
    version = np.maximum(np.searchsorted(since, log.opened, "right") - 1, 0)
    level = np.full(len(log), -1, np.int64)
    for place, one in enumerate(rules.promises):
        mine = version == place
        if one.only_ours:
            mine &= log.ours
        for kind in np.unique(log.kind[mine]):
            channel, priority, tier, topic = log.kinds[int(kind)]
            found = one.promise.level_of(channel, priority, tier, topic)
            if found is not None:
                level[mine & (log.kind == kind)] = found
    return version, level


def _by_calendar(log: Log, rules: Rules, version: Moments, level: Moments) -> Any:
    """(calendar, (rows, (reaction, resolution) targets, leads)) of the cases that were promised something."""
    groups: dict[_Series, list[tuple[npt.NDArray[np.intp], tuple[int, int], tuple[int, int]]]] = {}
    keys = np.stack([version, level, log.team])
    for number, (place, position, team) in _unique(keys[:, level >= 0]):
        rows = np.flatnonzero(level >= 0)[number]
        promise = rules.promises[place].promise
        one = promise.levels[position]
        series = series_of(rules, promise, one, team)
        if one.resolution_days is None:
            pieces = [(rows, one.resolution_hours and one.resolution_hours * HOUR)]
        else:  # a day is as long as it was by the hours of that time
            pieces = [(rows[part], one.resolution_days * seconds) for part, seconds in _days(series, log.opened[rows])]
        for some, resolution in pieces:
            seconds = (one.reaction_hours and one.reaction_hours * HOUR, resolution)
            targets = tuple(NEVER if one_ is None else round(one_ * MICRO) for one_ in seconds)
            leads = tuple(0 if one_ is None else round(one.lead(one_) * MICRO) for one_ in seconds)
            groups.setdefault(series, []).append((some, targets, leads))  # type: ignore[arg-type]
    for series, parts in groups.items():
        rows = np.concatenate([some for some, _targets, _leads in parts])
        sizes = [len(some) for some, _targets, _leads in parts]

        def column(which: int, clock: int, parts: Any = parts, sizes: Any = sizes) -> Moments:
            return np.repeat(np.array([part[which][clock] for part in parts], np.int64), sizes)

        yield series, (rows, (column(1, 0), column(1, 1)), (column(2, 0), column(2, 1)))


def _unique(keys: npt.NDArray[np.int64]) -> Any:
    """(rows, key) of each different column of ``keys``."""
    if keys.shape[1] == 0:
        return
    if (keys == keys[:, :1]).all():
        yield np.arange(keys.shape[1]), [int(one) for one in keys[:, 0]]
        return
    different, number = np.unique(keys, axis=1, return_inverse=True)
    order = np.argsort(number.ravel(), kind="stable")
    edges = np.searchsorted(number.ravel()[order], np.arange(different.shape[1] + 1))
    for place in range(different.shape[1]):
        yield order[edges[place] : edges[place + 1]], [int(one) for one in different[:, place]]


_Series = tuple[tuple[datetime | None, "_Named"], ...]
"""Calendars that followed one another."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A calendar that can be a key: made of what does not change."""

    week: str
    zone: str
    holidays: str
    special: tuple[tuple[str, str], ...]

    def calendar(self) -> Calendar:
        from rundblick.people.hours import Timetable

        return Timetable("", self.week, self.zone, self.holidays, dict(self.special)).calendar()


def series_of(rules: Rules, promise: Promise, level: Level, team: int) -> _Series:
    """By which hours a level counts for a case of a team: its own, else those that it names, else the team's."""
    if not level.calendar and (level.hours or promise.hours):
        closed = tuple((day, "") for day in sorted(promise.closed))
        return ((None, _Named(level.hours or promise.hours, promise.zone, promise.holidays, closed)),)
    found: list[tuple[datetime | None, _Named]] = []
    for since, told in rules.hours:
        if level.calendar:
            table = next((one for one in told.tables if one.name == level.calendar), None)
            if table is None:  # not there yet, or no more: then it goes on by what there was
                continue
        else:
            table = told.of(rules.teams.get(team, ""))
        named = _Named(table.hours, table.zone, table.holidays, tuple(sorted(table.special.items())))
        if not found or found[-1][1] != named:
            found.append((since, named))
    if not found:  # a name that no hours ever had: the company's own
        return series_of(rules, promise, Level(), 0)
    return tuple(found)


def _days(series: _Series, opened: Moments) -> Any:
    """(places, seconds of an average open day) of the cases that were opened under each calendar of a series."""
    since = np.array([NEVER if at is None else micros(at) for at, _named in series], np.int64)
    number = np.maximum(np.searchsorted(since, opened, "right") - 1, 0)
    for place in np.unique(number):
        yield np.flatnonzero(number == place), series[place][1].calendar().day_seconds()


@dataclass(frozen=True, slots=True)
class _Table:
    """Sorted open intervals as arrays; ``total``: open time in all of them."""

    starts: Moments
    ends: Moments
    before: Moments
    total: int

    def until(self, at: Moments) -> Moments:
        """Open time before each moment."""
        place = np.searchsorted(self.starts, at, "right") - 1
        held = np.maximum(place, 0)
        found: Moments = np.where(place < 0, 0, self.before[held] + np.minimum(at, self.ends[held]) - self.starts[held])
        return found

    def when(self, passed: Moments) -> Moments:
        """The first moment before which there is so much open time; NEVER where there never is."""
        place = np.maximum(np.searchsorted(self.before, passed, "left") - 1, 0)
        found: Moments = np.where(passed > self.total, NEVER, self.starts[place] + passed - self.before[place])
        return found


def _table(series: _Series, opened: Moments, now: int) -> _Table:
    """The open intervals from the first opening until now and two years on. Raises CalendarError."""
    first, last, this = _year(int(opened.min())), _year(int(opened.max())), _year(now)
    return _cached(
        series, max(min(first, this), this - _MOST_YEARS) - 1, min(max(last, this), this + _MOST_YEARS) + _AHEAD
    )


def _year(at: int) -> int:
    """The year of a moment; one that is out of all bounds has the nearest."""
    return (_EPOCH + timedelta(microseconds=min(max(at, _YEAR_2), _YEAR_9990))).year


@lru_cache(maxsize=64)
def _cached(series: _Series, first: int, last: int) -> _Table:
    calendars = [(since, named.calendar()) for since, named in series]
    low, high = datetime(max(first, 1), 1, 2, tzinfo=UTC), datetime(min(last, 9998), 12, 30, tzinfo=UTC)
    openings = spliced(calendars, low, high)
    if not openings.starts:
        raise CalendarError(_never_opens())
    total = openings.before[-1] + openings.ends[-1] - openings.starts[-1]
    starts, ends, before = (np.array(one, np.int64) for one in (openings.starts, openings.ends, openings.before))
    return _Table(starts, ends, before, total)


def _never_opens() -> str:
    from django.utils.translation import gettext as _

    return _("This calendar never opens, so no time can be added to it.")


# -- when the resolution's clock stands --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Spans:
    """When clocks stand: case (its place in the log), from, until (``_FAR``: still). In the log's order."""

    of: npt.NDArray[np.intp]
    begin: Moments
    end: Moments


def _standing(log: Log, pauses: Flags) -> _Spans:
    """The customer has the ball, or what was resolved was opened again. Never before the opening."""
    told = log.says != SILENT
    of = np.repeat(np.arange(len(log)), np.diff(log.first))[told]
    at, says = log.at[told], log.says[told]
    following = np.full(len(at), _FAR, np.int64)
    if len(at) > 1:
        following[:-1] = np.where(of[1:] == of[:-1], at[1:], _FAR)
    last_open = np.full(len(log), -1, np.int64)
    is_open = np.flatnonzero(says != DONE)
    last_open[of[is_open]] = is_open  # the last one of a case stays
    again = np.arange(len(at)) < last_open[of]
    stands = np.where(says == PENDING, pauses[of], (says == DONE) & again)
    begin = np.maximum(at, log.opened[of])
    held = stands & (begin < following)
    return _Spans(of[held], begin[held], following[held])


_Stood = tuple[npt.NDArray[np.intp], Flags, Moments, Moments]
"""Of each span: its case, whether it goes on, how long it was, how long the clock had run when it began."""


# -- counting ----------------------------------------------------------------------------------------------------------


class _Part:
    """The cases that count by one calendar. ``rows``: their places in the log, and all arrays below are of them."""

    def __init__(
        self, table: _Table, rows: npt.NDArray[np.intp], log: Log, stop: Moments, spans: _Spans, now: int
    ) -> None:
        self.table, self.now = table, now
        self.opened, self.answered = log.opened[rows], log.answered[rows]
        self.resolved, self.stop = log.resolved[rows], stop
        self.closed_only = (self.resolved == NEVER) & log.done[rows]
        self.began = table.until(self.opened)
        place = np.full(len(log), -1, np.int64)
        place[rows] = np.arange(len(rows))
        mine = place[spans.of]
        held = mine >= 0
        order = np.argsort(mine[held], kind="stable")
        self.of, self.begin = mine[held][order], spans.begin[held][order]
        self.end = spans.end[held][order]
        stopped = self.stop[self.of]
        self.end = np.where(stopped == NEVER, self.end, np.minimum(self.end, stopped))
        real = self.begin < self.end
        self.of, self.begin, self.end = self.of[real], self.begin[real], self.end[real]

    def reaction(self, target: Moments, lead: Moments) -> dict[str, Any]:
        n = len(self.opened)
        stop = np.where(self.answered != NEVER, self.answered, self.stop)
        closed = (self.answered == NEVER) & self.closed_only
        none = np.zeros(n, np.int64)
        ran = self.table.until(np.where(stop == NEVER, self.now, stop)) - self.began
        due, warn = (self._fallen(one) for one in (self.began + target, self.began + target - lead))
        return self._told(
            target,
            stop,
            closed,
            ran,
            kept_ran=np.where(stop == NEVER, 0, ran),
            due=due,
            warn=warn,
            stood=none,
            pauses=none,
            since=np.full(n, NEVER, np.int64),
        )

    def _fallen(self, passed: Moments) -> Moments:
        due = self.table.when(passed)
        found: Moments = np.where(due == NEVER, NEVER, np.maximum(due, self.opened))
        return found

    def resolution(self, target: Moments, lead: Moments) -> dict[str, Any]:
        n, of = len(self.opened), self.of
        standing = self.end == _FAR
        until_begin = self.table.until(self.begin)
        # what goes on, or is told of later than now, has stood until now
        waiting = self.stop[of] == NEVER
        reached = np.where(waiting, np.minimum(self.end, np.maximum(self.now, self.begin)), self.end)
        length = self.table.until(reached) - until_begin
        closed_length = np.where(standing, 0, self.table.until(self.end) - until_begin)
        earlier = np.cumsum(closed_length) - closed_length
        first = np.searchsorted(of, np.arange(n))
        base = earlier[np.minimum(first, max(len(of) - 1, 0))] if len(of) else np.zeros(n, np.int64)
        ran_before = until_begin - self.began[of] - (earlier - base[of])  # when this span began
        spans = (of, standing, closed_length, ran_before)

        stood = _sum(of, closed_length, n)
        since = np.full(n, NEVER, np.int64)
        since[of[standing]] = self.begin[standing]
        fresh = np.ones(len(of), np.bool_)
        if len(of) > 1:
            fresh[1:] = (of[1:] != of[:-1]) | (self.begin[1:] != self.end[:-1])
        began_to_stand = since.copy()
        joined = np.flatnonzero(standing & ~fresh)
        for place in joined:  # what stands now began with an earlier entry; rare
            back = place
            while not fresh[back]:
                back -= 1
            began_to_stand[of[place]] = self.begin[back]
        pauses = _sum(of[fresh], np.ones(int(fresh.sum()), np.int64), n)
        last_end = np.full(n, NEVER, np.int64)
        np.maximum.at(last_end, of[~standing], self.end[~standing])

        till = np.where(self.stop == NEVER, self.now, self.stop)
        ran = self.table.until(till) - self.began - _sum(of, length, n)
        changed = np.where(since != NEVER, since, np.maximum(last_end, self.opened))
        logged = self.table.until(np.where(self.stop == NEVER, changed, self.stop)) - self.began - stood
        due, warn = (self._due(one, spans) for one in (target, target - lead))
        return self._told(
            target,
            self.stop,
            self.closed_only,
            ran,
            kept_ran=logged,
            due=due,
            warn=warn,
            stood=stood,
            pauses=pauses,
            since=began_to_stand,
        )

    def _due(self, target: Moments, spans: _Stood) -> Moments:
        """When so much open time has run: later by all that it stood before it was over."""
        of, standing, length, ran_before = spans
        n = len(self.opened)
        counted = ran_before <= target[of]
        finished = counted & ~standing
        passed = self.began + target + _sum(of[finished], length[finished], n)
        due = self.table.when(passed)
        last = self.opened.copy()
        np.maximum.at(last, of[finished], self.end[finished])
        due = np.where(due == NEVER, NEVER, np.maximum(due, last))
        due[of[counted & standing]] = NEVER
        return due

    def _told(
        self,
        target: Moments,
        stop: Moments,
        closed: Flags,
        ran: Moments,
        *,
        kept_ran: Moments,
        due: Moments,
        warn: Moments,
        stood: Moments,
        pauses: Moments,
        since: Moments,
    ) -> dict[str, Any]:
        there = (target != NEVER) & ((stop == NEVER) | (stop >= self.opened))
        over = there & (ran > target)
        stopped = (stop != NEVER) & ~closed
        state = np.where(
            stopped, np.where(over, LATE, MET), np.where(((since != NEVER) | closed) & ~over, STANDING, RUNNING)
        )
        kept = np.where(over, 0, np.where(stopped, 1, -1))
        due = np.where(closed & ~over, NEVER, due)
        return {
            "there": there,
            "state": state.astype(np.int8),
            "target": target,
            "ran": kept_ran,
            "left": target - ran,
            "stood": stood,
            "pauses": pauses,
            "since": np.where(stopped, NEVER, since),
            "due": due,
            "warn": np.where(stopped | over | closed, NEVER, warn),
            "stopped": np.where(stopped, stop, NEVER),
            "over": over,
            "kept": np.where(there, kept, -1).astype(np.int8),
        }


def _sum(of: npt.NDArray[np.int64], values: Moments, n: int) -> Moments:
    """The sum of each case's values, exact."""
    found = np.zeros(n, np.int64)
    np.add.at(found, of, values)
    return found


def _empty(n: int) -> dict[str, Any]:
    flags, numbers = np.zeros(n, np.bool_), np.zeros(n, np.int64)
    none = np.full(n, NEVER, np.int64)
    small = np.zeros(n, np.int8)
    columns: dict[str, Any] = {
        **dict.fromkeys(("there", "over"), flags),
        **dict.fromkeys(("ran", "left", "stood", "pauses"), numbers),
        **dict.fromkeys(("target", "since", "due", "warn", "stopped"), none),
        "state": small,
        "kept": small - 1,
    }
    return {name: column.copy() for name, column in columns.items()}


def _put(all_: dict[str, Any], rows: npt.NDArray[np.intp], part: dict[str, Any]) -> None:
    for name, column in part.items():
        all_[name][rows] = column
