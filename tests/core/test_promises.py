"""A promise: which level a case has, by which calendar, and that it survives the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.core.calendars import CalendarError
from rundblick.core.promises import Level, Promise, promise_from_json

WORDS = st.sampled_from(["", "email", "phone", "1", "2", "gold"])
SOME = st.lists(WORDS.filter(bool), max_size=2).map(tuple)
LEVELS = st.builds(Level, st.none() | st.floats(0.5, 99), st.none() | st.floats(0.5, 99), SOME, SOME, SOME)
PROMISES = st.builds(Promise, st.lists(LEVELS, min_size=1, max_size=4).map(tuple))


def test_the_first_level_that_covers_a_case_counts() -> None:
    promise = Promise(
        (
            Level(1, 8, tiers=("gold",), channels=("phone", "chat")),
            Level(2, 9, priorities=("1 - Critical",)),
            Level(None, 27, channels=("phone",)),
        )
    )
    assert promise.level_of("phone", "1 - Critical", "gold") == 0
    assert promise.level_of("email", "1 - Critical", "gold") == 1
    assert promise.level_of("phone", "", "") == 2
    assert promise.level_of("email", "", "") is None


@given(PROMISES, WORDS, WORDS, WORDS)
def test_a_level_that_asks_for_less_covers_no_fewer_cases(promise: Promise, a: str, b: str, c: str) -> None:
    for n, level in enumerate(promise.levels):
        assert not level.covers(a, b, c) or msgspec.structs.replace(level, channels=()).covers(a, b, c)
        position = promise.level_of(a, b, c)
        assert not level.covers(a, b, c) or (position is not None and position <= n)
    assert Level(1).covers(a, b, c)


@given(PROMISES)
def test_what_is_kept_in_the_database_is_the_same_promise(promise: Promise) -> None:
    kept = msgspec.json.decode(msgspec.json.encode(promise.to_json()))
    assert promise_from_json(kept) == promise
    assert promise_from_json(None) is None


def test_a_calendar_of_its_own_and_of_all() -> None:
    promise = Promise(
        (Level(4), Level(1, hours="Mo-So 00:00-24:00")), "Mo-Fr 08:00-17:00", holidays="DE-SH", closed=("2025-12-24",)
    )
    # Reformation Day to Sunday
    start, end = datetime(2025, 10, 30, 23, tzinfo=UTC), datetime(2025, 11, 2, 23, tzinfo=UTC)
    assert promise.calendar(promise.levels[0]).business_seconds(start, end) == 0
    eve = datetime(2025, 12, 24, 9, tzinfo=UTC)
    assert not promise.calendar(promise.levels[0]).is_open(eve)
    assert promise.calendar(promise.levels[0]).is_open(eve - timedelta(days=1))
    always = Promise((Level(4),))
    assert always.calendar(always.levels[0]).business_seconds(start, end) == 3 * 86_400


def test_hours_and_places_that_make_no_calendar_are_refused() -> None:
    for promise in (Promise((), "Mo 8-17"), Promise((), zone="Europe/Bielefeld"), Promise((), holidays="DE-XX")):
        with pytest.raises(CalendarError):
            promise.calendar(Level(1))
