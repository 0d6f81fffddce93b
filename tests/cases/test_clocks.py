"""The two clocks against a count of every minute, and what must hold whatever the hours are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rundblick.cases.clocks import (
    DONE,
    LATE,
    MET,
    NEVER,
    OPEN,
    OUTER_LIMIT,
    PENDING,
    RUNNING,
    STANDING,
    Clocks,
    Log,
    Rules,
    Version,
    clocks,
    micros,
    moment,
)
from rundblick.core.promises import HOUR, Level, Promise
from rundblick.people.hours import Timetable, Timetables

MINUTE = timedelta(minutes=1)
SPRING = datetime(2026, 3, 5, tzinfo=UTC)  # clocks change on 8 March in New York, on 29 March in Europe; Easter
AUTUMN = datetime(2026, 10, 20, tzinfo=UTC)  # on 25 October in Europe, on 1 November in New York; All Saints
DAYS = 34
TABLES = (
    Timetable("lunch", "Mo-Fr 08:00-12:00 13:00-17:00", "Europe/Berlin", "DE-BY"),
    Timetable("zürich", "Mo-Sa 07:30-12:00 12:45-18:15", "Europe/Zurich", "CH-ZH", {"2026-04-04": "09:00-11:00"}),
    Timetable("new york", "Mo-So 00:00-03:30 05:00-24:00", "America/New_York"),
    Timetable("always", "Mo-So 00:00-24:00", "Europe/Vienna"),
    Timetable("night", "Mo-So 22:00-24:00 00:00-06:00", "Europe/Berlin", "DE-SN"),
)


@lru_cache(maxsize=64)
def open_minutes(table: int, start: datetime) -> tuple[bool, ...]:
    """Of each minute of a window whether the clock on the wall shows an open one."""
    one = TABLES[table]
    zone, calendar = ZoneInfo(one.zone), one.calendar()
    found = []
    for minute in range(DAYS * 1440):
        local = (start + minute * MINUTE).astimezone(zone)
        second = local.hour * 3600 + local.minute * 60
        found.append(any(begin <= second < end for begin, end in calendar.hours_of(local.date())))
    return tuple(found)


@lru_cache(maxsize=256)
def spliced_minutes(tables: tuple[tuple[int, int], ...], start: datetime) -> tuple[bool, ...]:
    """The same with hours that followed one another: (minute, table)."""
    found: list[bool] = []
    for place, (since, table) in enumerate(tables):
        until = tables[place + 1][0] if place + 1 < len(tables) else DAYS * 1440
        found += open_minutes(table, start)[0 if place == 0 else since : until]
    return tuple(found)


class Told:
    """A case by the minute."""

    def __init__(self, opened: int, events: list[tuple[int, int]], answered: int | None, team: int) -> None:
        self.opened, self.answered, self.team = opened, answered, team
        self.events = sorted(events, key=lambda one: one[0])  # stable: of one minute, in their order
        done = bool(self.events) and self.events[-1][1] == DONE
        last_open = max((n for n, (_at, state) in enumerate(self.events) if state != DONE), default=-1)
        self.resolved = max(self.events[last_open + 1][0], opened) if done else None

    def stands(self, minute: int) -> bool:
        """By the entry that was last made then."""
        state, place = OPEN, -1
        for n, (at, said) in enumerate(self.events):
            if at <= minute:
                state, place = said, n
        again = any(said != DONE for _at, said in self.events[place + 1 :])
        return state == PENDING or (state == DONE and again)


def log_of(cases: list[Told], start: datetime) -> Log:
    def at(minute: int | None) -> int:
        return NEVER if minute is None else micros(start + minute * MINUTE)

    def column(values: Any) -> Any:
        return np.array(list(values), np.int64)

    states = [state for one in cases for state in one.events]
    return Log(
        case=np.arange(len(cases), dtype=np.int64),
        opened=column(at(one.opened) for one in cases),
        answered=column(at(one.answered) for one in cases),
        resolved=column(at(one.resolved) for one in cases),
        closed=column(NEVER for one in cases),
        done=np.array([one.resolved is not None for one in cases], np.bool_),
        ours=np.ones(len(cases), np.bool_),
        kind=np.zeros(len(cases), np.int64),
        team=column(one.team for one in cases),
        first=column(np.cumsum([0, *(len(one.events) for one in cases)])),
        at=column(at(minute) for minute, _state in states),
        says=np.array([state for _minute, state in states], np.int8),
        kinds={0: ("email", "", "", "")},
    )


def rules(level: Level, tables: tuple[tuple[int, int], ...], start: datetime, pending: str = "pauses") -> Rules:
    """The company works by the last tables; team 1 by the next in the list."""
    hours: list[tuple[datetime | None, Timetables]] = []
    for place, (since, table) in enumerate(tables):
        told = Timetables(
            (TABLES[table], TABLES[(table + 1) % len(TABLES)]), {"one": TABLES[(table + 1) % len(TABLES)].name}
        )
        hours.append((None if place == 0 else start + since * MINUTE, told))
    promise = Promise((level,), pending=pending)  # type: ignore[arg-type]
    return Rules((Version(NEVER, 7, promise),), tuple(hours), {1: "one"})


minutes = st.integers(0, DAYS * 1440 - 1)
near = st.integers(0, 3 * 1440)


@st.composite
def cases(draw: st.DrawFn) -> Told:
    opened = draw(st.integers(0, (DAYS - 4) * 1440))
    later = near.map(lambda one: min(opened + one, DAYS * 1440 - 1))
    events = draw(st.lists(st.tuples(later, st.sampled_from([OPEN, PENDING, PENDING, DONE])), max_size=7))
    if events and draw(st.booleans()):  # several in one minute
        events += [(events[0][0], OPEN), (events[0][0], PENDING)]
    return Told(opened, events, draw(st.none() | later), draw(st.sampled_from([0, 0, 1])))


histories = st.lists(cases(), min_size=1, max_size=4)
tables = st.lists(st.tuples(minutes, st.integers(0, len(TABLES) - 1)), min_size=1, max_size=3, unique_by=lambda x: x[0])


def counted(told: Told, is_open: tuple[bool, ...], standing: bool = True) -> list[int]:
    """Open minutes that the clock ran before each minute from the opening on."""
    edges = sorted({told.opened, *(at for at, _state in told.events if at > told.opened), len(is_open)})
    found = [0]
    for begin, end in pairwise(edges):
        stands = standing and told.stands(begin)
        found += accumulate((False if stands else one for one in is_open[begin:end]), initial=found.pop())
    return found


@settings(max_examples=60, deadline=None)
@given(histories, tables, st.sampled_from([SPRING, AUTUMN]), st.integers(0, DAYS * 1440 - 1), st.integers(1, 60 * 30),
       st.integers(1, 60 * 10))  # fmt: skip
def test_both_clocks_are_those_of_a_count_of_every_minute(
    many: list[Told], hours: list[tuple[int, int]], start: datetime, now: int, resolution: int, reaction: int
) -> None:
    ordered = tuple(sorted(hours))
    level = Level(reaction / 60, resolution / 60)
    now = max(now, *(one.opened for one in many))
    found = clocks(log_of(many, start), rules(level, ordered, start), start + now * MINUTE)
    for place, told in enumerate(many):
        mine = ordered if told.team == 0 else tuple((since, (table + 1) % len(TABLES)) for since, table in ordered)
        is_open = spliced_minutes(mine, start)
        for one, target, stop, pauses in (
            (found.reaction, reaction, told.answered if told.answered is not None else told.resolved, False),
            (found.resolution, resolution, told.resolved, True),
        ):
            until = now if stop is None else stop
            ran = counted(told, is_open, pauses)
            spent = ran[until - told.opened]
            assert one.left[place] == (target - spent) * 60_000_000
            assert one.over[place] == (spent > target)
            state = one.state[place]
            if stop is not None:
                assert (state, one.kept[place]) == ((LATE, 0) if spent > target else (MET, 1))
            else:
                standing = pauses and told.stands(until) and spent <= target
                later = [at for at, _state in told.events if at > now]
                if not later:  # what the log says of the future is no matter of now
                    assert state == (STANDING if standing else RUNNING)
                assert one.kept[place] == (0 if spent > target else -1)
            due = moment(one.due[place])
            if due is not None and due < start + (DAYS * 1440 - 1) * MINUTE:
                minute = (due - start) // MINUTE
                assert (due - start) % MINUTE == timedelta(0)
                assert ran[minute - told.opened] == target
                ends = {at for at, _state in told.events}
                assert minute in ends or ran[minute - told.opened - 1] == target - 1


def one_case(
    told: Told, level: Level, table: int, now: datetime, pending: str = "pauses", start: datetime = SPRING
) -> Clocks:
    return clocks(log_of([told], start), rules(level, ((0, table),), start, pending), now)


MONDAY = SPRING + timedelta(days=4, hours=8)  # 9 March 2026, 9 o'clock in Berlin
AT_NINE = (MONDAY - SPRING) // MINUTE
OFFICE = Level(4, 16)


def after(hours: float) -> int:
    return AT_NINE + round(hours * 60)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 4), st.integers(0, 20_000), st.integers(0, 20_000), st.integers(0, 20_000))
def test_open_time_adds_up(table: int, opened: int, first: int, second: int) -> None:
    a, b, c = opened, min(opened + first, 44_000), min(opened + first + second, 44_000)

    def spent(begin: int, end: int) -> int:
        found = one_case(Told(begin, [], None, 0), OFFICE, table, SPRING + end * MINUTE)
        return int(found.resolution.target[0] - found.resolution.left[0])

    assert spent(a, b) + spent(b, c) == spent(a, c)


def test_outside_the_hours_nothing_passes_and_round_the_clock_everything() -> None:
    saturday = AT_NINE - 2 * 1440
    found = one_case(Told(saturday, [], None, 0), OFFICE, 0, SPRING + (saturday + 1440) * MINUTE)
    assert found.resolution.left[0] == 16 * HOUR * 1_000_000
    always = one_case(Told(saturday, [], None, 0), OFFICE, 3, SPRING + (saturday + 15 * 60) * MINUTE)
    assert always.resolution.left[0] == 1 * HOUR * 1_000_000


def test_who_is_warned_is_warned_when_a_quarter_is_left_but_half_an_hour_at_least() -> None:
    def warned(level: Level) -> datetime | None:
        return moment(one_case(Told(AT_NINE, [], None, 0), level, 3, MONDAY).reaction.warn[0])

    assert warned(Level(4)) == MONDAY + timedelta(hours=3)
    assert warned(Level(1)) == MONDAY + timedelta(minutes=30)
    assert warned(Level(0.25)) == MONDAY
    assert warned(Level(4, warn=0.5)) == MONDAY + timedelta(hours=2)
    assert warned(Level(4, warn_hours=1.5)) == MONDAY + timedelta(hours=2.5)


def test_a_promise_in_days_is_as_long_as_the_open_days_of_its_hours() -> None:
    found = one_case(Told(AT_NINE, [], None, 0), Level(None, resolution_days=2), 0, MONDAY)
    assert found.resolution.target[0] == 16 * HOUR * 1_000_000
    assert not found.reaction.there[0]


def test_pauses_are_counted_each_once_however_often_it_was_said() -> None:
    events = [(after(1), PENDING), (after(1.5), PENDING), (after(2), OPEN), (after(3), DONE), (after(8), OPEN)]
    found = one_case(Told(AT_NINE, [*events, (after(9), PENDING)], None, 0), OFFICE, 3, MONDAY + timedelta(hours=11))
    clock = found.resolution
    assert (clock.pauses[0], clock.stood[0]) == (3, 6 * HOUR * 1_000_000)
    assert (clock.state[0], clock.due[0], moment(clock.since[0])) == (STANDING, NEVER, MONDAY + timedelta(hours=9))
    runs = one_case(Told(AT_NINE, events[:3], None, 0), OFFICE, 3, MONDAY, pending="runs").resolution
    assert (runs.pauses[0], runs.stood[0]) == (0, 0)


def test_an_answer_without_a_solution_is_no_success() -> None:
    now = MONDAY + timedelta(days=20)
    answered = one_case(Told(AT_NINE, [], after(1), 0), OFFICE, 0, now)
    assert (answered.reaction.kept[0], answered.resolution.kept[0], answered.kept[0]) == (1, 0, 0)
    young = one_case(Told(AT_NINE, [], after(1), 0), OFFICE, 0, MONDAY + timedelta(hours=2))
    assert (young.reaction.kept[0], young.kept[0]) == (1, -1)
    solved = one_case(Told(AT_NINE, [(after(3), DONE)], None, 0), OFFICE, 0, now)
    assert (solved.reaction.kept[0], solved.kept[0]) == (1, 1)  # a solution is the answer at the latest


def test_the_customers_own_wait_is_by_the_calendar_and_over_three_days_have_failed() -> None:
    asked = [(after(1), PENDING), (after(80), OPEN), (after(81), DONE)]
    found = one_case(Told(AT_NINE, asked, after(1), 0), OFFICE, 0, MONDAY + timedelta(days=9))
    assert found.waited[0] == 81 * HOUR * 1_000_000
    assert (found.kept[0], found.failed[0], OUTER_LIMIT) == (1, True, timedelta(days=3))


def test_to_close_a_case_is_no_solution_and_hides_no_breach() -> None:
    for hours, over in ((2, False), (30, True)):
        told = Told(AT_NINE, [], after(1), 0)
        log = log_of([told], SPRING)
        closed = np.array([micros(SPRING + after(hours) * MINUTE)])
        log = replace(log, closed=closed, done=np.array([True]))
        clock = clocks(log, rules(OFFICE, ((0, 3),), SPRING), MONDAY + timedelta(days=9)).resolution
        assert (clock.kept[0], clock.stopped[0], clock.over[0]) == (0 if over else -1, NEVER, over)


def test_what_was_promised_at_the_opening_counts_whatever_is_promised_later() -> None:
    first, second = Promise((Level(4, 16),)), Promise((Level(1, 8),))
    table = Timetables((TABLES[3],))
    said = Rules((Version(NEVER, 0, first), Version(micros(MONDAY), 9, second)), ((None, table),))
    log = log_of([Told(AT_NINE - 1, [], None, 0), Told(AT_NINE, [], None, 0)], SPRING)
    found = clocks(log, said, MONDAY)
    assert found.version.tolist() == [0, 1]
    assert (found.resolution.target / (HOUR * 1e6)).tolist() == [16, 8]


def test_hours_that_a_level_names_go_before_those_of_the_team_and_outlive_their_name() -> None:
    tables_ = (Timetables((TABLES[0], TABLES[3])), Timetables((TABLES[0],)))
    level = Level(4, 16, calendar="always")
    said = Rules(
        (Version(NEVER, 0, Promise((level,))),), ((None, tables_[0]), (MONDAY + timedelta(hours=1), tables_[1]))
    )
    found = clocks(log_of([Told(AT_NINE, [], None, 0)], SPRING), said, MONDAY + timedelta(hours=5))
    assert found.resolution.left[0] == 11 * HOUR * 1_000_000


def test_a_slip_of_the_pen_is_no_fault() -> None:
    log = log_of([Told(0, [], None, 0), Told(0, [], None, 0)], SPRING)
    log.opened[:] = [micros(datetime(1, 1, 2, tzinfo=UTC)), micros(datetime(2999, 1, 2, tzinfo=UTC))]
    found = clocks(log, rules(OFFICE, ((0, 0),), SPRING), MONDAY)
    assert found.resolution.over.tolist() == [True, False]


@pytest.mark.parametrize("n", [0, 1])
def test_a_batch_of_none_and_of_one(n: int) -> None:
    found = clocks(log_of([Told(AT_NINE, [], None, 0)] * n, SPRING), rules(OFFICE, ((0, 0),), SPRING), MONDAY)
    assert len(found.case) == n == len(found.kept)
