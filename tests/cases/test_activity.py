"""Time in cases: beats become stretches that never overlap, are kept for ninety days by name, and then as a sum."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.activity import (
    BEAT,
    PAUSE,
    Stretch,
    beat,
    forget_who,
    lengthened,
    own_seconds,
    own_stretches,
)
from rundblick.cases.models import Activity
from tests.people.house import House, a_house


@pytest.fixture
def house() -> House:
    return a_house()


NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def walked(beats: list[tuple[int, int]]) -> list[Stretch]:
    """The stretches that (second, case) beats make, in the order in which they come."""
    made: list[Stretch] = []
    for second, case in beats:
        new = lengthened(made[-1] if made else None, case, after(second))
        if new is not None and made and new.begin == made[-1].begin:
            made[-1] = new
        elif new is not None:
            made.append(new)
    return made


beats = st.lists(st.tuples(st.integers(0, 3600), st.integers(1, 3)), max_size=60)


@given(beats)
def test_no_second_counts_twice_and_none_that_nobody_told(told: list[tuple[int, int]]) -> None:
    made = walked(told)
    for one in made:
        assert one.seconds == (one.end - one.begin).total_seconds() > 0
    for one, other in pairwise(made):
        assert one.end <= other.begin
    ends = sorted({second for second, _case in told})
    near = sum(min(b - a, PAUSE.total_seconds()) for a, b in pairwise(ends))
    assert sum(one.seconds for one in made) <= near + BEAT.total_seconds() * len(made)


@given(beats)
def test_a_beat_that_comes_twice_or_too_late_changes_nothing(told: list[tuple[int, int]]) -> None:
    told = sorted(told)
    assert walked([beat for one in told for beat in (one, one)]) == walked(told)
    assert walked([*told, *told]) == walked(told)


def test_a_case_in_two_windows_counts_once_and_a_pause_begins_anew() -> None:
    assert [one.seconds for one in walked([(0, 1), (5, 1), (30, 1), (35, 1), (60, 1)])] == [90]
    assert [one.seconds for one in walked([(0, 1), (120, 1)])] == [150]
    assert [one.seconds for one in walked([(0, 1), (121, 1)])] == [30, 30]


def test_of_two_cases_at_once_the_time_goes_to_the_one_that_told_last() -> None:
    made = walked([(0, 1), (10, 2), (30, 1), (40, 2)])
    assert [(one.case, one.seconds) for one in made] == [(1, 30), (2, 10), (1, 20), (2, 10)]


@pytest.mark.django_db
def test_what_is_kept_is_seen_by_who_worked_and_by_nobody_else(house: House) -> None:
    olga, kurt = house.olga.person.pk, house.kurt.person.pk
    assert beat(house.olgas.pk, olga, NOON) == 30
    assert beat(house.olgas.pk, olga, after(60)) == 90
    assert beat(house.supports.pk, olga, after(80)) == 20
    assert beat(house.olgas.pk, kurt, after(80)) == 30  # two people in one case: each his own
    assert own_seconds(house.olgas.pk, olga) == 90
    assert [one.case for one in own_stretches(olga, NOON)] == [house.supports.pk, house.olgas.pk]
    assert own_stretches(olga, after(75))[0].seconds == 20
    assert own_seconds(house.olgas.pk, None) == 0


@pytest.mark.django_db
def test_after_ninety_days_the_sum_of_a_case_stays_and_nobodys_name(house: House) -> None:
    olga, kurt = house.olga.person.pk, house.kurt.person.pk
    beat(house.olgas.pk, olga, NOON)
    beat(house.olgas.pk, kurt, NOON)
    beat(house.supports.pk, olga, NOON + timedelta(days=2))
    assert forget_who(NOON + timedelta(days=91)) == 2
    assert forget_who(NOON + timedelta(days=91)) == 0
    assert list(Activity.objects.filter(case=house.olgas).values_list("person", "seconds")) == [(None, 60)]
    assert own_seconds(house.supports.pk, olga) == 30
    assert forget_who(NOON + timedelta(days=93)) == 1
    beat(house.olgas.pk, olga, NOON + timedelta(days=1))
    forget_who(NOON + timedelta(days=93))
    assert Activity.objects.get(case=house.olgas).seconds == 90  # summed with what was there
