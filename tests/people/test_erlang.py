"""Erlang B, C and A: the table of the method, a slow count state by state, and what must hold for every queue."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rundblick.people.erlang import (
    Load,
    StaffingError,
    Target,
    erlang_b,
    erlang_c,
    needed,
    scheduled,
    served,
)

PATIENCE = 120.0


@pytest.mark.parametrize(
    ("calls", "aht_s", "erlangs", "c", "a"),
    [
        (100, 480, 26.7, (32, 81.1, 21, 0.83), (29, 83.0, 6.2)),
        (60, 480, 16.0, (21, 86.1, 16, 0.76), (18, 81.5, 7.6)),
        (200, 300, 33.3, (39, 82.6, 13, 0.85), (35, 81.5, 6.1)),
    ],
)
def test_the_published_table_is_met(calls: int, aht_s: int, erlangs: float, c: Any, a: Any) -> None:
    load = Load(calls, 1800, aht_s)
    assert round(load.erlangs, 1) == erlangs
    by_c = needed(load)
    assert by_c.asa_s is not None
    assert (by_c.agents, round(by_c.level * 100, 1), round(by_c.asa_s), round(by_c.occupancy, 2)) == c
    by_a = needed(load, patience_s=PATIENCE)
    assert (by_a.agents, round(by_a.level * 100, 1), round(by_a.abandoned * 100, 1)) == a


def by_states(load: Load, agents: int, patience_s: float) -> tuple[float, float, float]:
    """(abandoned, waits, occupancy) of M/M/n+M, one state of the queue after the other."""
    arrivals, work = load.calls / load.per_s, 1 / load.aht_s
    logs = [0.0]
    for k in range(1, agents + 2500):
        logs.append(logs[-1] + math.log(arrivals) - math.log(min(k, agents) * work + max(k - agents, 0) / patience_s))
    top = max(logs)
    weights = [math.exp(one - top) for one in logs]
    total = sum(weights)
    queue = sum(max(k - agents, 0) * w for k, w in enumerate(weights)) / total
    busy = sum(min(k, agents) * w for k, w in enumerate(weights)) / total
    return queue / patience_s / arrivals, sum(weights[agents:]) / total, busy / agents


loads = st.builds(Load, st.floats(0.5, 900), st.sampled_from([900.0, 1800.0, 3600.0]), st.floats(20, 900))
patiences = st.floats(5, 900)


# who waits hangs up long before anybody is free: the wait has two scales
@example(Load(0.5, 1800.0, 749.5767785571397), 1, 5.0)
@example(Load(94.6309429059212, 3600.0, 614.6634704005844), 3, 5.0)
@given(loads, st.integers(1, 300), patiences)
def test_hang_ups_are_those_of_the_slow_count(load: Load, agents: int, patience_s: float) -> None:
    found = served(load, agents, patience_s=patience_s)
    slow = by_states(load, agents, patience_s)
    assert (found.abandoned, found.waits, found.occupancy) == pytest.approx(slow, abs=1e-6)


@given(loads, st.integers(0, 120), st.none() | patiences, st.floats(0, 120))
def test_one_more_never_makes_it_worse(load: Load, agents: int, patience_s: float | None, within_s: float) -> None:
    target = Target(0.8, within_s)
    fewer, more = (served(load, n, target, patience_s) for n in (agents, agents + 1))
    assert more.level >= fewer.level - 1e-9
    assert more.waits <= fewer.waits + 1e-9
    assert more.abandoned <= fewer.abandoned + 1e-9
    assert (more.asa_s or 0) <= (fewer.asa_s if fewer.asa_s is not None else math.inf) + 1e-6
    for one in (fewer, more):
        assert 0 <= one.level <= 1 and 0 <= one.waits <= 1 and 0 <= one.abandoned <= 1 and 0 <= one.occupancy <= 1
        assert one.level >= 1 - one.waits - 1e-9  # who does not wait is answered in time


@given(loads, st.none() | patiences, st.sampled_from([0.5, 0.8, 0.9, 0.95]), st.floats(0, 120))
def test_what_is_needed_is_enough_and_one_less_is_not(
    load: Load, patience_s: float | None, share: float, within_s: float
) -> None:
    target = Target(share, within_s)
    enough = needed(load, target, patience_s)
    assert enough.level >= share
    assert served(load, enough.agents - 1, target, patience_s).level < share


@given(loads, patiences)
def test_more_calls_never_need_fewer_people(load: Load, patience_s: float) -> None:
    more = Load(load.calls * 1.1, load.per_s, load.aht_s)
    assert needed(more).agents >= needed(load).agents
    assert needed(more, patience_s=patience_s).agents >= needed(load, patience_s=patience_s).agents


def test_with_endless_patience_the_two_models_are_one() -> None:
    load = Load(100, 1800, 480)
    by_a, by_c = served(load, 32, patience_s=1e9), served(load, 32)
    assert (by_a.level, by_a.waits, by_a.asa_s) == pytest.approx((by_c.level, by_c.waits, by_c.asa_s), rel=1e-5)


def test_a_thousand_erlangs_and_the_largest_load_are_computed() -> None:
    big = Load(3750, 1800, 480)
    assert big.erlangs == pytest.approx(1000)
    assert needed(big).agents == 1019
    slow = by_states(big, 912, PATIENCE)
    found = needed(big, patience_s=PATIENCE)
    assert found.agents == 912
    assert (found.abandoned, found.waits, found.occupancy) == pytest.approx(slow, abs=1e-9)
    most = Load(20_000, 3600, 3600)
    assert needed(most, patience_s=86_400).agents <= needed(most).agents


def test_blocking_and_waiting_of_textbook_loads() -> None:
    assert erlang_b(10, 10) == pytest.approx(0.2146, abs=5e-5)  # every table of Erlang B
    assert erlang_c(10, 12) == pytest.approx(0.4494, abs=5e-4)
    assert erlang_c(10, 10) == 1.0
    assert erlang_b(5, 0) == 1.0


def test_too_few_let_the_queue_grow_and_no_calls_need_nobody() -> None:
    lost = served(Load(100, 1800, 480), 26)
    assert (lost.level, lost.asa_s, lost.occupancy) == (0.0, None, 1.0)
    assert needed(Load(0, 1800, 480)).agents == 0
    nobody = served(Load(100, 1800, 480), 0, patience_s=60)
    assert (nobody.level, nobody.abandoned) == (0.0, 1.0)


def test_shrinkage_is_added_to_the_roster_and_rounded_up() -> None:
    assert scheduled(32, 0.3) == 46
    assert scheduled(7, 0.3) == 10  # not 11 by a rounding of 0.7
    assert scheduled(5, 0) == 5


@pytest.mark.parametrize(
    ("field", "make"),
    [
        ("calls", lambda: Load(-1, 1800, 480)),
        ("calls", lambda: Load(float("nan"), 1800, 480)),
        ("calls", lambda: Load(1e9, 1800, 480)),
        ("per", lambda: Load(1, 0, 480)),
        ("aht", lambda: Load(1, 1800, 0)),
        ("target", lambda: Target(1.0, 20)),
        ("target", lambda: Target(0.8, -1)),
        ("patience", lambda: needed(Load(1, 1800, 480), patience_s=0)),
        ("agents", lambda: served(Load(1, 1800, 480), -1)),
        ("shrinkage", lambda: scheduled(1, 1.0)),
    ],
)
def test_numbers_that_mean_nothing_are_refused_by_name(field: str, make: Any) -> None:
    with pytest.raises(StaffingError) as fault:
        make()
    assert fault.value.field == field
