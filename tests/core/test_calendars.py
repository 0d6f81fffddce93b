"""Business time against an oracle that looks at every minute's wall clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rundblick.core.calendars import ALWAYS, DAY, STATES, Calendar, CalendarError, holidays_of, hours

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = hours("Mo-Fr 08:00-12:00 13:00-17:00; Sa 09:00-13:00")
NIGHTS = hours("Mo-So 00:00-06:00 22:00-24:00")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)

CALENDARS = {
    "office": Calendar(OFFICE, "Europe/Berlin", "DE", "BY"),
    "nights": Calendar(NIGHTS, "Europe/Vienna", "AT", "9"),
    "always": Calendar(ALWAYS, "Europe/Zurich"),
    "always but holidays": Calendar(ALWAYS, "Europe/Zurich", "CH", "TI"),
    "in the change": Calendar(hours("Mo-So 01:30-02:15 02:30-04:00"), "Europe/Berlin"),
    "far": Calendar(OFFICE, "America/Santiago"),  # changes its clock at midnight
    "half days": Calendar(
        OFFICE, "Europe/Berlin", "DE", "NW", {date(2026, 12, 24): ((8 * 3600, 12 * 3600),), date(2026, 12, 28): ()}
    ),
}
calendars = st.sampled_from(sorted(CALENDARS)).map(CALENDARS.__getitem__)


def near(day: date, days: int) -> st.SearchStrategy[datetime]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return st.integers(-days * 1440, days * 1440).map(lambda minutes: start + timedelta(minutes=minutes))


# Around the changes of the clock, the turn of the year, Easter and any day.
moments = st.one_of(
    *(near(day, 3) for day in (SPRING, AUTUMN, date(2026, 1, 1), date(2026, 4, 4), date(2026, 9, 6))),
    near(date(2026, 7, 1), 30),
)


@cache
def spans(calendar: str, day: date) -> tuple[tuple[int, int], ...]:
    return CALENDARS[calendar].hours_of(day)


def oracle(name: str, start: datetime, end: datetime) -> int:
    """Minutes whose wall clock is open, one by one."""
    zone, open_minutes, at = ZoneInfo(CALENDARS[name].zone), 0, start
    while at < end:
        local = at.astimezone(zone)
        second = local.hour * 3600 + local.minute * 60
        open_minutes += any(a <= second < b for a, b in spans(name, local.date()))
        at += timedelta(minutes=1)
    return open_minutes


@given(st.sampled_from(sorted(CALENDARS)), moments, st.integers(0, 5 * 1440))
@example("in the change", datetime(2026, 3, 29, 0, tzinfo=UTC), 600)
@example("in the change", datetime(2026, 10, 25, 0, tzinfo=UTC), 600)
@example("far", datetime(2026, 9, 5, 12, tzinfo=UTC), 2880)
@example("far", datetime(2026, 4, 4, 12, tzinfo=UTC), 2880)
@example("always but holidays", datetime(2025, 12, 30, tzinfo=UTC), 7000)
def test_it_is_what_the_wall_clock_says_minute_by_minute(name: str, start: datetime, minutes: int) -> None:
    end = start + timedelta(minutes=minutes)
    assert CALENDARS[name].business_seconds(start, end) == 60 * oracle(name, start, end)


instants = st.datetimes(datetime(2024, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))


@given(calendars, instants, instants, instants)
def test_parts_add_up_to_the_whole_and_there_and_back_is_nothing(
    calendar: Calendar, a: datetime, b: datetime, c: datetime
) -> None:
    between = calendar.business_seconds
    assert between(a, b) + between(b, c) == pytest.approx(between(a, c), abs=1e-5)
    assert between(a, b) == -between(b, a)
    assert abs(between(a, b)) <= abs((b - a).total_seconds()) + 1e-6


@given(calendars, instants, instants)
def test_the_openings_of_a_span_count_as_the_calendar_does(calendar: Calendar, a: datetime, b: datetime) -> None:
    start, end = min(a, b), max(a, b)
    openings = calendar.openings(start, end)
    assert openings.starts == sorted(openings.starts)
    assert all(s < e for s, e in zip(openings.starts, openings.ends, strict=True))
    epoch, micro = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
    passed = openings.until((end - epoch) // micro) - openings.until((start - epoch) // micro)
    assert passed / 1_000_000 == calendar.business_seconds(start, end)


@given(calendars, instants, st.integers(1, 200 * 3600))
def test_what_was_added_has_passed_and_not_a_moment_earlier(calendar: Calendar, start: datetime, seconds: int) -> None:
    due = calendar.add_business(start, seconds)
    assert calendar.business_seconds(start, due) == pytest.approx(seconds, abs=1e-5)
    assert calendar.business_seconds(start, due - timedelta(microseconds=1)) < seconds


@given(calendars, instants, st.integers(1, 100 * 3600), st.integers(1, 100 * 3600))
def test_adding_in_two_steps_is_adding_at_once(calendar: Calendar, start: datetime, a: int, b: int) -> None:
    assert calendar.add_business(calendar.add_business(start, a), b) == calendar.add_business(start, a + b)


@given(calendars, instants)
def test_outside_the_hours_no_time_passes_until_it_opens(calendar: Calendar, at: datetime) -> None:
    opens = calendar.opens(at)
    assert calendar.is_open(opens) and opens >= at
    assert calendar.business_seconds(at, opens) == 0
    assert (opens == at) == calendar.is_open(at)


@given(calendars, instants, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_the_zone_of_the_arguments_does_not_matter(calendar: Calendar, at: datetime, more: timedelta) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert calendar.business_seconds(at, at + more) == calendar.business_seconds(
        at.astimezone(tokyo), (at + more).astimezone(BERLIN)
    )


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "end", "expected_hours"),
    [
        ("2026-03-06 16:00", "2026-03-06 18:00", 1),  # Friday
        ("2026-03-06 11:30", "2026-03-06 13:30", 1),  # lunch
        ("2026-03-06 17:00", "2026-03-07 09:00", 0),
        ("2026-03-07 08:00", "2026-03-09 09:00", 5),  # Saturday morning, Sunday, Monday
        ("2026-01-06 08:00", "2026-01-07 09:00", 1),  # first day a holiday: Epiphany in Bavaria
        ("2026-01-05 16:00", "2026-01-06 12:00", 1),  # last day a holiday
        ("2026-12-31 16:00", "2027-01-02 10:00", 2),  # over the year
        ("2026-03-28 12:00", "2026-03-30 09:00", 2),  # over the change
    ],
)
def test_an_office_in_munich(start: str, end: str, expected_hours: float) -> None:
    assert CALENDARS["office"].business_seconds(local(start), local(end)) == expected_hours * 3600


def test_midnight_is_no_gap_and_the_days_of_the_change_have_23_and_25_hours() -> None:
    always = Calendar(ALWAYS)
    for day, length in ((SPRING, 23), (AUTUMN, 25), (date(2026, 7, 1), 24)):
        start = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
        assert always.business_seconds(start, start + timedelta(days=1)) == length * 3600
    two_years = (datetime(2025, 6, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC))
    assert always.business_seconds(*two_years) == 730 * DAY


def test_due_times() -> None:
    office = CALENDARS["office"]
    assert office.add_business(local("2026-03-06 16:00"), 3600) == local("2026-03-06 17:00")
    assert office.add_business(local("2026-03-06 16:00"), 3601) == local("2026-03-07 09:00:01")
    assert office.add_business(local("2026-03-08 10:00"), 0) == local("2026-03-08 10:00")
    assert office.add_business(local("2026-04-02 16:00"), 2 * 3600) == local("2026-04-04 10:00")  # Good Friday
    assert CALENDARS["half days"].add_business(local("2026-12-24 11:00"), 2 * 3600) == local("2026-12-29 09:00")


def test_the_holidays_of_all_states() -> None:
    assert {country: len(states) for country, states in STATES.items()} == {"DE": 16, "AT": 9, "CH": 26}
    for country, states in STATES.items():
        for state in states:
            assert date(2026, 1, 1) in holidays_of(country, state, 2026)
    assert date(2026, 6, 4) in holidays_of("DE", "NW", 2026)  # Corpus Christi
    assert date(2026, 6, 4) not in holidays_of("DE", "BE", 2026)
    assert date(2026, 3, 8) in holidays_of("DE", "BE", 2026)  # Women's Day
    assert date(2026, 10, 26) in holidays_of("AT", "9", 2026)
    assert date(2026, 8, 1) in holidays_of("CH", "ZH", 2026)
    # observed, but no holiday by law: what spoils a clock that reads a feed
    assert not {date(2026, 11, 11), date(2026, 11, 15)} & holidays_of("DE", "NW", 2026)


def test_a_calendar_that_makes_no_sense_says_why() -> None:
    for text, why in (
        ("Mo-Fr 8-17", "no span"),
        ("Xy 08:00-17:00", "no opening time"),
        ("Mo 17:00-08:00", "ends before"),
        ("Mo 08:00-24:30", "24:00"),
        ("Mo 08:00-12:00 11:00-13:00", "overlap at 11:00"),
    ):
        with pytest.raises(CalendarError, match=why):
            hours(text)
    with pytest.raises(CalendarError, match=r"DE-XX.*BW"):
        Calendar(OFFICE, country="DE", state="XX")
    with pytest.raises(CalendarError, match="no time zone"):
        Calendar(OFFICE, "Europe/Bielefeld")
    with pytest.raises(CalendarError, match="without zone"):
        Calendar(OFFICE).business_seconds(datetime(2026, 1, 1), datetime(2026, 1, 2))
    with pytest.raises(CalendarError, match="negative"):
        Calendar(OFFICE).add_business(local("2026-01-01 08:00"), -1)
    closed = Calendar(((),) * 7)
    assert closed.business_seconds(local("2026-01-01 08:00"), local("2036-01-01 08:00")) == 0
    for never in (lambda: closed.add_business(local("2026-01-01 08:00"), 1), lambda: closed.opens(local("2026-01-01"))):
        with pytest.raises(CalendarError, match="never opens"):
            never()


def test_hours_are_read_in_german_and_english_and_over_the_week_end() -> None:
    assert hours("Mo-Do 08:00-17:00, 18:00-24:00") == hours("mo-th 08:00-17:00 18:00-24:00")
    assert [bool(day) for day in hours("Sa-Mo 10:00-12:00")] == [True, False, False, False, False, True, True]
    assert hours("") == ((),) * 7
