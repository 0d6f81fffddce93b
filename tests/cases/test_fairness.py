"""Who waits longer: the figures, their intervals, and what is said only when it is certain."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.fairness import (
    Waited,
    audit,
    cases_of,
    difference,
    holm,
    median_bounds,
    p_of,
    region_of,
    share_bounds,
)
from rundblick.cases.models import Case
from rundblick.core.database import cursor
from tests.people.house import a_house


def waited(group: str, hours: float | None, kept: bool | None = None) -> Waited:
    return Waited({"tier": group}, hours, None, kept)


def some(group: str, mean: float, n: int, seed: int) -> list[Waited]:
    chance = random.Random(seed)
    return [waited(group, chance.expovariate(1 / mean)) for _ in range(n)]


def reaction(rows: list[Waited], group: str) -> object:
    return next(one for one in audit(rows, ("tier",)) if one.group == group and one.measure == "reaction")


def test_fewer_than_five_are_not_shown_and_fewer_than_thirty_not_compared() -> None:
    rows = [*some("gold", 4, 4, 1), *some("silver", 4, 29, 2), *some("basic", 4, 200, 3)]
    gold, silver, basic = (reaction(rows, group) for group in ("gold", "silver", "basic"))
    assert gold.value is None and gold.n == 4  # type: ignore[attr-defined]
    assert silver.value is not None and silver.difference is None  # type: ignore[attr-defined]
    assert basic.difference is not None  # type: ignore[attr-defined]


def test_a_large_difference_is_marked_and_a_chance_one_is_not() -> None:
    rows = [*some("gold", 2, 300, 1), *some("basic", 8, 300, 2)]
    gold, basic = reaction(rows, "gold"), reaction(rows, "basic")
    assert (gold.marked, basic.marked) == ("better", "worse")  # type: ignore[attr-defined]
    alike = [*some("gold", 4, 300, 1), *some("basic", 4, 300, 2)]
    assert reaction(alike, "basic").marked == ""  # type: ignore[attr-defined]


def test_a_single_group_is_compared_with_nobody() -> None:
    assert audit(some("basic", 4, 100, 1), ("tier",)) == []


def test_cases_without_an_answer_are_counted_beside() -> None:
    rows = [*some("gold", 4, 40, 1), *some("basic", 4, 40, 2), *[waited("gold", None) for _ in range(7)]]
    gold = reaction(rows, "gold")
    assert (gold.n, gold.open) == (40, 7)  # type: ignore[attr-defined]


def test_kept_promises_are_worse_when_fewer_are_kept() -> None:
    rows = [waited("gold", None, n % 10 != 0) for n in range(200)] + [
        waited("basic", None, n % 2 == 0) for n in range(200)
    ]
    found = {one.group: one for one in audit(rows, ("tier",)) if one.measure == "kept"}
    assert found["basic"].marked == "worse" and found["gold"].marked == "better"
    assert found["basic"].value == pytest.approx(0.5) and found["basic"].difference == pytest.approx(-0.4)


def test_among_many_comparisons_without_a_difference_hardly_any_is_marked() -> None:
    """60 pages of 12 like groups each: without Holm one in twenty comparisons would be marked, most pages."""
    marked = 0
    for page in range(60):
        rows = [one for group in range(12) for one in some(f"g{group}", 4, 40, page * 100 + group)]
        marked += any(one.marked for one in audit(rows, ("tier",)))
    assert marked <= 8  # at most 5 % are expected: 3


def test_the_interval_of_a_difference_of_medians_covers_what_is_true() -> None:
    chance, covered = random.Random(7), 0
    for _ in range(400):
        a = sorted(chance.expovariate(1 / 6) for _ in range(60))
        b = sorted(chance.expovariate(1 / 3) for _ in range(90))
        found = difference(median_bounds(a), median_bounds(b), 0.95)
        assert found is not None
        covered += found[1] <= (6 - 3) * 0.6931 <= found[2]
    assert covered / 400 >= 0.93


@given(st.lists(st.floats(0, 100), min_size=30, max_size=60), st.lists(st.floats(0, 100), min_size=30, max_size=60))
def test_a_difference_lies_in_its_interval_and_turns_with_its_sides(a: list[float], b: list[float]) -> None:
    one, other = median_bounds(sorted(a)), median_bounds(sorted(b))
    found, turned = difference(one, other, 0.95), difference(other, one, 0.95)
    assert found is not None and turned is not None
    assert found[1] <= found[0] <= found[2]
    assert found[0] == pytest.approx(-turned[0])
    p = p_of(one, other)
    assert 0 <= p <= 1
    if p < 0.04:
        assert not found[1] <= 0 <= found[2]


@given(st.lists(st.booleans(), min_size=30, max_size=80))
def test_a_share_lies_in_its_interval(values: list[bool]) -> None:
    found = share_bounds([float(value) for value in values])(1.96)
    assert found is not None and 0 <= found[1] <= found[0] <= found[2] <= 1


@given(st.lists(st.floats(0, 1), max_size=12))
def test_holm_never_makes_a_level_smaller_and_keeps_the_order(ps: list[float]) -> None:
    found = holm(ps)
    assert all(a >= p for a, p in zip(found, ps, strict=True))
    order = sorted(range(len(ps)), key=lambda n: ps[n])
    assert [found[n] for n in order] == sorted(found)


@pytest.mark.parametrize(
    ("postcode", "country", "region"),
    [
        ("24103", "DE", "DE 2"),
        ("8004", "CH", "CH 8"),
        ("A-1010", "AT", "AT 1"),
        ("24103", None, "DE 2"),
        ("", "DE", ""),
    ],
)
def test_a_region_is_the_country_and_the_first_digit(postcode: str, country: str | None, region: str) -> None:
    assert region_of(postcode, country) == region


@pytest.mark.django_db
def test_cases_of_a_period_are_read_by_one_statement() -> None:
    house = a_house()
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    Case.objects.filter(pk=house.olgas.pk).update(
        first_reply_at=at + timedelta(hours=6), resolved_at=at + timedelta(days=2), tier="gold", promise_kept=True
    )
    with cursor() as cur:
        found = cases_of(cur, at - timedelta(days=1), at + timedelta(days=1))
        assert cases_of(cur, at + timedelta(days=1), at + timedelta(days=2)) == []
    assert len(found) == 6
    (gold,) = [one for one in found if one.groups["tier"] == "gold"]
    assert (gold.reaction_h, gold.resolution_d, gold.kept) == (6, 2, True)
