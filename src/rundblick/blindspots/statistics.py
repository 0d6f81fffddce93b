"""Intervals and effect sizes for the report: small functions of numbers, no database, no clock.

Every formula carries its source. Shares are 0..1, n is a count of independent units (cases, people, answers), and
every interval is two-sided at ``confidence`` (default 95 %). ``None`` as a bound means that so few values do not
allow one; it never means zero.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

CONFIDENCE = 0.95
SMALLEST_SHOWN = 5
"""Fewer units than this are not shown at all: a person could be recognised."""
SMALLEST_FIRM = 30
"""Fewer units than this are shown greyed, without ranking and without a trend."""


class Firmness(StrEnum):
    """How much of a figure may be shown: nothing, greyed, or in full."""

    HIDDEN = "hidden"
    GREY = "grey"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its bounds; ``low`` and ``high`` are None when n is too small for any."""

    value: float
    low: float | None
    high: float | None
    n: float


def firmness(n: float) -> Firmness:
    """n < 5 shows nothing, 5 <= n < 30 is greyed, from 30 on a figure stands by itself."""
    if n < SMALLEST_SHOWN:
        return Firmness.HIDDEN
    return Firmness.GREY if n < SMALLEST_FIRM else Firmness.FULL


def wilson(successes: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """Share with Wilson's score interval (Wilson 1927, JASA 22:209-212).

    Chosen over Wald because it keeps its promise for small n and shares near 0 and 1. ``n`` may be an effective n
    (Kish), then ``successes`` is share times n. Raises ValueError when n < 1 or successes lies outside 0..n.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"wilson: {successes} successes of {n}")
    z = _z(confidence)
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    # At the ends the bound is exact; rounding would leave 1e-17 on the wrong side of it.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Interval(p, low, high, n)


def nps(promoters: float, detractors: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """Net promoter score in points (-100..100) with the adjusted-Wald interval.

    Source: Rocks 2016, "Interval Estimation for the Net Promoter Score", The American Statistician 70(4): add 3/4 to
    promoters and to detractors and 3 to n. The value itself stays the raw score.
    """
    if n < 1 or promoters < 0 or detractors < 0 or promoters + detractors > n:
        raise ValueError(f"nps: {promoters} promoters and {detractors} detractors of {n}")
    p, d, m = (promoters + 0.75) / (n + 3), (detractors + 0.75) / (n + 3), n + 3
    half = _z(confidence) * math.sqrt((p + d - (p - d) ** 2) / m)
    value = 100 * (promoters - detractors) / n
    low, high = 100 * (p - d - half), 100 * (p - d + half)
    return Interval(value, max(-100.0, min(low, value)), min(100.0, max(high, value)), n)


def mean_t(mean: float, variance: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """Mean with Student's t interval from the sample mean, the sample variance (n-1) and n. n < 2 has no bounds."""
    if n < 1 or variance < 0:
        raise ValueError(f"mean_t: variance {variance}, n {n}")
    if n < 2:
        return Interval(mean, None, None, n)
    half = _t(n - 1, confidence) * math.sqrt(variance / n)
    return Interval(mean, mean - half, mean + half, n)


def welch(
    mean_a: float,
    variance_a: float,
    n_a: float,
    mean_b: float,
    variance_b: float,
    n_b: float,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Difference of two means, a - b, with Welch's t interval (Welch 1947, Biometrika 34:28-35).

    ``n`` of the result is the smaller of the two. Either n may be a Kish n. n < 2 on a side has no bounds.
    """
    if n_a < 1 or n_b < 1 or variance_a < 0 or variance_b < 0:
        raise ValueError("welch: n below 1 or a negative variance")
    difference, n = mean_a - mean_b, min(n_a, n_b)
    if n < 2:
        return Interval(difference, None, None, n)
    a, b = variance_a / n_a, variance_b / n_b
    if a + b == 0:
        return Interval(difference, difference, difference, n)
    # Welch-Satterthwaite degrees of freedom, as shares of the sum: the plain form underflows for tiny variances.
    share = a / (a + b)
    freedom = 1 / (share**2 / (n_a - 1) + (1 - share) ** 2 / (n_b - 1))
    half = _t(freedom, confidence) * math.sqrt(a + b)
    return Interval(difference, difference - half, difference + half, n)


def newcombe(
    successes_a: float, n_a: float, successes_b: float, n_b: float, confidence: float = CONFIDENCE
) -> Interval:
    """Difference of two independent shares, a - b: Newcombe 1998, Statistics in Medicine 17:873-890, method 10.

    Built from the two Wilson intervals, so it never leaves -1..1.
    """
    a, b = wilson(successes_a, n_a, confidence), wilson(successes_b, n_b, confidence)
    assert a.low is not None and a.high is not None and b.low is not None and b.high is not None
    difference = a.value - b.value
    low = difference - math.hypot(a.value - a.low, b.high - b.value)
    high = difference + math.hypot(a.high - a.value, b.value - b.low)
    return Interval(difference, max(-1.0, low), min(1.0, high), min(n_a, n_b))


def cliffs_delta(a: ArrayLike, b: ArrayLike) -> float:
    """P(a > b) - P(a < b) over all pairs, -1..1; needs an order only, no scale (Cliff 1993, Psych. Bull. 114:494)."""
    first, second = np.asarray(a, dtype=float), np.sort(np.asarray(b, dtype=float))
    if first.size == 0 or second.size == 0:
        raise ValueError("cliffs_delta: an empty side")
    below = np.searchsorted(second, first, side="left").sum()
    above = (second.size - np.searchsorted(second, first, side="right")).sum()
    return float((below - above) / (first.size * second.size))


def quantile_ranks(n: int, q: float, confidence: float = CONFIDENCE) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the two order statistics that enclose the q-quantile with at least ``confidence``.

    The number of values at or below the quantile is binomial(n, q), whatever the distribution (David & Nagaraja,
    Order Statistics, 2003, 7.1). None where even the outermost value does not reach: for a median, n below 6.
    """
    if n < 1 or not 0 < q < 1:
        raise ValueError(f"quantile_ranks: n {n}, q {q}")
    tail = (1 - confidence) / 2
    low = _binomial_quantile(n, q, tail)
    # The largest l with P(X <= l-1) <= tail, and the smallest u with P(X <= u-1) >= 1 - tail.
    lower = low if special.bdtr(low - 1, n, q) <= tail and low >= 1 else None
    if lower is not None and special.bdtr(low, n, q) <= tail:
        lower = low + 1
    upper = _binomial_quantile(n, q, 1 - tail) + 1
    return lower, upper if upper <= n else None


def quantile(values: ArrayLike, q: float, confidence: float = CONFIDENCE) -> Interval:
    """The q-quantile (linear between values, as ``percentile_cont``) with its interval by order statistics."""
    ordered = np.sort(np.asarray(values, dtype=float))
    n = int(ordered.size)
    lower, upper = quantile_ranks(n, q, confidence)
    return Interval(
        float(np.quantile(ordered, q)),
        None if lower is None else float(ordered[lower - 1]),
        None if upper is None else float(ordered[upper - 1]),
        n,
    )


def bootstrap_mean(
    histogram: Mapping[int, int], confidence: float = CONFIDENCE, repetitions: int = 2000, seed: int = 8
) -> Interval:
    """Mean of counts with a percentile bootstrap interval (Efron & Tibshirani 1993, chapter 13).

    Counts such as hand-overs per case are skewed, and t leans on symmetry. Takes value -> how often, so that a
    million cases cost what their few distinct values cost. The seed is fixed: the same data give the same figure.
    """
    values = np.array(sorted(histogram), dtype=float)
    counts = np.array([histogram[int(value)] for value in values], dtype=float)
    n = int(counts.sum())
    if n < 1:
        raise ValueError("bootstrap_mean: no values")
    mean = float(values @ counts / n)
    if n < 2:
        return Interval(mean, None, None, n)
    draws = np.random.default_rng(seed).multinomial(n, counts / n, size=repetitions) @ values / n
    tail = (1 - confidence) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    return Interval(mean, min(float(low), mean), max(float(high), mean), n)


def kish(weights: ArrayLike) -> float:
    """Effective n of weighted answers, (sum w)^2 / sum w^2 (Kish 1965, Survey Sampling, 11.7)."""
    w = np.asarray(weights, dtype=float)
    if w.size == 0 or (w < 0).any() or not w.any():
        raise ValueError("kish: weights must be non-negative, and one above 0")
    w = w / w.max()
    return float(w.sum() ** 2 / (w**2).sum())


def weighted_mean(values: ArrayLike, weights: ArrayLike, confidence: float = CONFIDENCE) -> Interval:
    """Weighted mean with a t interval at Kish's effective n; equal weights give ``mean_t``."""
    x, w = np.asarray(values, dtype=float), np.asarray(weights, dtype=float)
    effective = kish(w)
    mean = float(w @ x / w.sum())
    if effective < 2:
        return Interval(mean, None, None, effective)
    variance = float(w @ (x - mean) ** 2 / w.sum()) * effective / (effective - 1)
    return mean_t(mean, variance, effective, confidence)


def relative_weights(items: ArrayLike, target: ArrayLike) -> NDArray[np.float64]:
    """How much of R^2 each item carries; the weights add up to R^2 (Johnson 2000, Multivar. Behav. Res. 35:1-19).

    ``items`` is (answers x items), ``target`` (answers,). Correlated items share fairly, where plain betas change
    sign. An item without variance gets 0. Says what moves together, not what causes what.
    """
    x, y = np.asarray(items, dtype=float), np.asarray(target, dtype=float)
    if x.ndim != 2 or y.shape != (x.shape[0],) or x.shape[0] < 3:
        raise ValueError("relative_weights: needs (answers x items) and as many targets, at least 3")
    moves = x.std(axis=0) > 0
    weights = np.zeros(x.shape[1])
    if not moves.any() or y.std() == 0:
        return weights
    correlation = np.atleast_2d(np.corrcoef(np.column_stack([x[:, moves], y]), rowvar=False))
    between, with_target = correlation[:-1, :-1], correlation[:-1, -1]
    values, vectors = np.linalg.eigh(between)
    root = vectors @ np.diag(np.sqrt(np.clip(values, 0, None))) @ vectors.T
    beta = np.linalg.lstsq(root, with_target, rcond=None)[0]
    weights[moves] = (root**2) @ (beta**2)
    return weights


def mean_and_variance(values: Sequence[float]) -> tuple[float, float, int]:
    """Mean, sample variance (n-1; 0 for a single value) and n."""
    x = np.asarray(values, dtype=float)
    if x.size == 0:
        raise ValueError("mean_and_variance: no values")
    return float(x.mean()), float(x.var(ddof=1)) if x.size > 1 else 0.0, int(x.size)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


def _t(freedom: float, confidence: float) -> float:
    return float(special.stdtrit(freedom, (1 + confidence) / 2))


def _binomial_quantile(n: int, q: float, probability: float) -> int:
    """Smallest k in 0..n with P(X <= k) >= probability, X binomial(n, q); exact by bisection, n evaluations' log."""
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        if special.bdtr(middle, n, q) >= probability:
            high = middle
        else:
            low = middle + 1
    return low
