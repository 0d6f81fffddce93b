"""No tier is promised less than everybody, and nobody less than a law gives him."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.floors import Finding, Floors, below_floor, check, legal_floors
from rundblick.core.promises import Level, Promise
from rundblick.core.rulebooks import RuleError
from rundblick.people.hours import Timetable, Timetables

OFFICE = "Mo-Fr 09:00-17:00"
NO_LAW = Floors()
HOUSE = Timetables((Timetable("House", OFFICE, "Europe/Berlin", "DE"), Timetable("Monday", "Mo 09:00-11:00")))


def floored(promise: Promise, floors: Floors) -> list[Finding]:
    return below_floor(promise, floors, HOUSE)


def promise(*levels: Level, hours: str = OFFICE) -> Promise:
    return Promise(levels, hours, "Europe/Berlin", "DE")


def test_a_tier_may_be_faster_than_what_everybody_is_promised_and_not_slower() -> None:
    everybody = Level(4, 16)
    assert floored(promise(Level(1, 8, tiers=("gold",)), everybody), NO_LAW) == []
    (slow,) = floored(promise(Level(8, 16, tiers=("basic",)), everybody), NO_LAW)
    assert (slow.kind, slow.level, slow.than, slow.clock, slow.hours, slow.limit) == (
        "published",
        0,
        1,
        "reaction",
        8,
        4,
    )
    assert "basic" in slow.text


def test_a_tier_without_a_promise_is_below_what_everybody_is_promised() -> None:
    found = floored(promise(Level(None, 8, tiers=("basic",)), Level(4, 16)), NO_LAW)
    assert [(one.kind, one.clock) for one in found] == [("published", "reaction")]


def test_the_same_hours_by_shorter_opening_times_are_slower() -> None:
    found = floored(promise(Level(4, None, tiers=("basic",), hours="Mo 09:00-11:00"), Level(4, None)), NO_LAW)
    assert [one.clock for one in found] == ["reaction"]
    longer = Level(8, None, tiers=("gold",), hours="Mo-Su 00:00-24:00")
    assert floored(promise(longer, Level(8, None)), NO_LAW) == []


def test_days_count_by_the_hours_that_a_level_names() -> None:
    everybody, by_name = Level(None, None, resolution_days=1), Level(None, tiers=("basic",), resolution_days=1)
    assert floored(promise(by_name, everybody, hours=""), NO_LAW) == []
    slow = Level(None, tiers=("basic",), resolution_days=1, calendar="Monday")
    assert [one.clock for one in floored(promise(slow, everybody, hours=""), NO_LAW)] == ["resolution"]


def test_what_is_promised_for_one_channel_is_no_floor_for_another() -> None:
    assert (
        floored(promise(Level(9, 9, tiers=("basic",), channels=("email",)), Level(1, 1, channels=("chat",))), NO_LAW)
        == []
    )


@given(st.floats(0.5, 40), st.floats(0.5, 40))
def test_by_one_calendar_the_hours_alone_decide(mine: float, floor: float) -> None:
    found = floored(promise(Level(mine, None, tiers=("t",)), Level(floor, None)), NO_LAW)
    assert bool(found) is (mine > floor)


def test_a_law_counts_only_where_the_company_says_so() -> None:
    slow = promise(Level(4, 400))
    assert floored(slow, NO_LAW) == []
    (found,) = floored(slow, Floors({"enwg-111a": ("complaint",)}))
    assert (found.kind, found.law, found.limit) == ("law", "enwg-111a", 28 * 24)
    assert found.hours > 28 * 24 and "§ 111a" in found.text
    assert floored(promise(Level(4, 40)), Floors({"enwg-111a": ()})) == []


def test_holidays_and_closed_days_count_into_the_longest_wait() -> None:
    """112 opening hours are 14 working days; over Christmas and New Year they last more than three weeks."""
    (found,) = floored(promise(Level(None, 112)), Floors({"psd2-101-2": ()}))
    assert 20 * 24 < found.hours < 28 * 24


def test_where_a_law_names_a_time_a_level_without_one_is_named() -> None:
    assert [one.kind for one in floored(promise(Level(4, None)), Floors({"gdpr-12-3": ()}))] == ["unpromised"]


def test_every_law_says_where_it_stands_and_what_it_is_about() -> None:
    for law in legal_floors():
        assert law.law and law.about and law.url.startswith("https://") and law.calendar_days >= 2
    assert len({law.code for law in legal_floors()}) == len(legal_floors())


def test_a_law_that_is_not_known_is_refused() -> None:
    with pytest.raises(RuleError, match="no legal limit"):
        check(Floors({"invented-1": ()}))
