"""A usual week from the calls of the last ones: medians with the days without a call, own handling times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from rundblick.cases.models import Call
from rundblick.cases.offered import offered_week, week_of
from tests.people.house import House, a_house, a_message


@pytest.fixture
def house() -> House:
    return a_house()


MONDAY = date(2026, 3, 2)


def test_the_median_over_weeks_counts_days_without_a_call_and_one_strike_moves_nothing() -> None:
    calls = [10, 12, 300, 11]
    counts = [(MONDAY + timedelta(weeks=n), 18, calls[n], 9, 8, 9, 900.0) for n in range(4)]
    slot = week_of(counts, 4, MONDAY).slots[0, 18]
    assert (slot.calls, slot.most, slot.offered, slot.weeks) == (11.5, 300, 333, 4)
    assert slot.aht_s == 100
    assert week_of(counts, 8, MONDAY).slots[0, 18].calls == 5  # four more Mondays without any: between 0 and 10
    sparse = week_of(counts[:1], 8, MONDAY).slots[0, 18]
    assert sparse.calls == 10 / 8  # the median would say that nobody ever calls
    assert sparse.aht_s is None  # nine answered calls tell no handling time


def test_without_calls_the_week_is_empty() -> None:
    assert week_of([], 8, MONDAY).slots == {}


@pytest.mark.django_db
def test_calls_are_counted_by_local_half_hours_up_to_the_last_one(house: House) -> None:
    assert offered_week("Europe/Berlin").start is None
    for at, answered in (
        (datetime(2026, 3, 2, 8, 29, tzinfo=UTC), True),
        (datetime(2026, 3, 2, 8, 30, tzinfo=UTC), False),
        (datetime(2026, 3, 30, 7, 45, tzinfo=UTC), True),  # summer time by then
        (datetime(2020, 1, 1, 12, 0, tzinfo=UTC), True),  # long ago
    ):
        message = a_message(house.olgas, at=at)
        Call.objects.create(message=message, answered=answered, waited_s=10, talked_s=60 if answered else None)
    week = offered_week("Europe/Berlin")
    assert {key: slot.offered for key, slot in week.slots.items()} == {(0, 18): 1, (0, 19): 2}
    assert (week.offered, week.answered, week.aht_s) == (3, 2, 60)
    assert week.written == 3 / 56  # these messages came by mail
