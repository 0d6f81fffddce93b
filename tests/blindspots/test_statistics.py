"""The intervals keep their promises: known values, scipy, brute force, and coverage by simulation (fixed seeds)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rundblick.blindspots import statistics as s


def test_wilson_agrees_with_scipy_and_with_a_printed_value() -> None:
    for successes, n in [(0, 1), (1, 1), (3, 10), (28, 30), (61, 100), (15_000, 24_918)]:
        ours, theirs = s.wilson(successes, n), stats.binomtest(successes, n).proportion_ci(method="wilson")
        assert (ours.low, ours.high) == (pytest.approx(theirs.low, abs=1e-12), pytest.approx(theirs.high, abs=1e-12))
    # Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263.
    assert [round(x or 0, 4) for x in (s.wilson(81, 263).low, s.wilson(81, 263).high)] == [0.2553, 0.3662]


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_encloses_its_share_and_stays_between_nothing_and_all(case: tuple[int, int]) -> None:
    result = s.wilson(*case)
    assert result.low is not None and result.high is not None
    assert 0 <= result.low <= result.value <= result.high <= 1
    assert result.low < result.high


def test_wilson_covers_where_wald_fails() -> None:
    rng = np.random.default_rng(1)
    hits = [s.wilson(int(x), 30) for x in rng.binomial(30, 0.95, 4000)]
    covered = np.mean([h.low <= 0.95 <= h.high for h in hits if h.low is not None and h.high is not None])
    assert 0.92 <= covered <= 0.97  # Wald reaches 0.78 here


@pytest.mark.parametrize(("p", "d", "n"), [(0.40, 0.25, 10), (0.40, 0.25, 100), (0.92, 0.02, 30)])
def test_nps_interval_covers_the_true_score(p: float, d: float, n: int) -> None:
    draws = np.random.default_rng(2).multinomial(n, [p, d, 1 - p - d], size=4000)
    results = [s.nps(int(a), int(b), n) for a, b, _ in draws]
    covered = np.mean([r.low <= 100 * (p - d) <= r.high for r in results if r.low is not None and r.high is not None])
    assert 0.94 <= covered <= 0.985


def test_nps_value_is_the_raw_score_and_its_bounds_stay_on_the_scale() -> None:
    assert s.nps(50, 20, 100).value == pytest.approx(30)
    everyone = s.nps(12, 0, 12)
    assert everyone.value == everyone.high == 100
    assert everyone.low is not None and everyone.low < 90


def test_mean_interval_is_students() -> None:
    values = [3.0, 4.0, 4.5, 7.0, 9.0]
    mean, variance, n = s.mean_and_variance(values)
    ours = s.mean_t(mean, variance, n)
    low, high = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (ours.low, ours.high) == (pytest.approx(low), pytest.approx(high))
    assert s.mean_t(4.0, 0.0, 1) == s.Interval(4.0, None, None, 1)


def test_welch_agrees_with_scipy() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.normal(78, 10, 12), rng.normal(45, 25, 240)
    ours = s.welch(a.mean(), a.var(ddof=1), a.size, b.mean(), b.var(ddof=1), b.size)
    theirs = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert (ours.low, ours.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))


def test_welch_covers_the_gap_between_few_leaders_and_many_customers() -> None:
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(3000):
        leaders, customers = rng.integers(3, 6, 8) * 25.0 - 25, rng.integers(1, 6, 100) * 25.0 - 25
        r = s.welch(*_moments(leaders), *_moments(customers))
        assert r.low is not None and r.high is not None
        hits += r.low <= 25.0 <= r.high  # leaders answer 3..5, mean 75; customers 1..5, mean 50
    assert 0.93 <= hits / 3000 <= 0.97


def _moments(values: np.ndarray) -> tuple[float, float, int]:
    return float(values.mean()), float(values.var(ddof=1)), values.size


@pytest.mark.parametrize(
    ("a", "n_a", "b", "n_b", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (10, 10, 0, 10, 0.6075, 1.0),
    ],
)
def test_newcombe_gives_the_printed_intervals(a: int, n_a: int, b: int, n_b: int, low: float, high: float) -> None:
    result = s.newcombe(a, n_a, b, n_b)
    assert (result.low, result.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_the_capgemini_gap_has_the_interval_that_was_never_published() -> None:
    result = s.newcombe(150, 200, 150, 500)
    assert result.value == pytest.approx(0.45)
    assert result.low is not None and result.high is not None
    assert result.high - result.low == pytest.approx(0.14, abs=0.01)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=30), st.lists(st.integers(1, 5), min_size=1, max_size=30))
def test_cliffs_delta_is_the_count_over_all_pairs(a: list[int], b: list[int]) -> None:
    pairs = [(x > y) - (x < y) for x in a for y in b]
    assert s.cliffs_delta(a, b) == pytest.approx(sum(pairs) / len(pairs))


@given(st.integers(1, 400), st.sampled_from([0.1, 0.25, 0.5, 0.9, 0.95]))
def test_quantile_ranks_are_the_narrowest_that_hold_by_brute_force(n: int, q: float) -> None:
    below = stats.binom.cdf(np.arange(-1, n + 1), n, q)  # below[r] = P(X <= r-1)
    lowers = [r for r in range(1, n + 1) if below[r] <= 0.025]
    uppers = [r for r in range(1, n + 1) if below[r] >= 0.975]
    assert s.quantile_ranks(n, q) == (max(lowers, default=None), min(uppers, default=None))


def test_a_median_of_five_has_no_interval_and_one_of_six_has_the_extremes() -> None:
    assert s.quantile([1, 2, 3, 4, 5], 0.5) == s.Interval(3.0, None, None, 5)
    assert s.quantile([6, 1, 2, 3, 4, 5], 0.5) == s.Interval(3.5, 1.0, 6.0, 6)


def test_quantile_interval_covers_for_a_skewed_distribution() -> None:
    rng = np.random.default_rng(5)
    truth = math.log(10)  # 90 % quantile of the exponential distribution
    results = [s.quantile(rng.exponential(size=200), 0.9) for _ in range(1500)]
    covered = np.mean([r.low <= truth <= r.high for r in results if r.low is not None and r.high is not None])
    assert covered >= 0.94


def test_bootstrap_covers_the_mean_of_skewed_counts_and_repeats_itself() -> None:
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(400):
        values, counts = np.unique(rng.negative_binomial(0.8, 0.4, 150), return_counts=True)
        result = s.bootstrap_mean(dict(zip(values.tolist(), counts.tolist(), strict=True)), repetitions=500)
        assert result.low is not None and result.high is not None
        hits += result.low <= 1.2 <= result.high
    assert 0.90 <= hits / 400 <= 0.98
    assert s.bootstrap_mean({0: 10, 3: 5}) == s.bootstrap_mean({3: 5, 0: 10})


def test_kish_counts_equal_weights_fully_and_one_heavy_weight_once() -> None:
    assert s.kish([2.0] * 40) == pytest.approx(40)
    assert s.kish([1.0, 0.0, 0.0]) == pytest.approx(1)
    assert s.kish([3.0, 1.0]) == pytest.approx(1.6)


def test_equal_weights_change_nothing() -> None:
    values = [1.0, 2.0, 2.0, 5.0, 4.0]
    weighted, plain = s.weighted_mean(values, [0.7] * 5), s.mean_t(*s.mean_and_variance(values))
    assert (weighted.value, weighted.low, weighted.high) == (
        pytest.approx(plain.value),
        pytest.approx(plain.low),
        pytest.approx(plain.high),
    )


def test_relative_weights_add_up_to_r_squared() -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(500, 4)) @ rng.normal(size=(4, 4))
    y = x @ np.array([1.0, 0.5, 0.0, -0.3]) + rng.normal(size=500)
    design = np.column_stack([np.ones(500), x])
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    weights = s.relative_weights(x, y)
    assert weights.sum() == pytest.approx(1 - residual.var() / y.var())
    assert (weights >= 0).all()


def test_relative_weights_of_independent_items_are_their_squared_correlations() -> None:
    x = np.array([[a, b] for a in (0.0, 1.0) for b in (0.0, 1.0)] * 3)
    y = x @ np.array([2.0, 1.0])
    assert s.relative_weights(x, y) == pytest.approx([0.8, 0.2])
    assert s.relative_weights(np.column_stack([x, np.ones(12)]), y) == pytest.approx([0.8, 0.2, 0.0])


@pytest.mark.parametrize(("n", "expected"), [(0, "hidden"), (4, "hidden"), (5, "grey"), (29, "grey"), (30, "full")])
def test_a_figure_is_hidden_below_five_and_grey_below_thirty(n: int, expected: str) -> None:
    assert s.firmness(n) == expected


def test_impossible_counts_are_refused() -> None:
    for call in (
        lambda: s.wilson(1, 0),
        lambda: s.wilson(3, 2),
        lambda: s.nps(2, 2, 3),
        lambda: s.kish([]),
        lambda: s.cliffs_delta([], [1]),
        lambda: s.quantile_ranks(0, 0.5),
        lambda: s.bootstrap_mean({}),
    ):
        with pytest.raises(ValueError, match=r"^[a-z_]+: "):
            call()
