"""Fast draws from one seeded stream. Only ``Random.random`` is used: the same bytes on every machine."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import exp, log, sqrt
from typing import Generic, TypeVar

T = TypeVar("T")


class Draw:
    """A stream of chance. One per block of customers, so that a block never depends on another."""

    __slots__ = ("u",)

    def __init__(self, *seed: int | str) -> None:
        self.u = random.Random(":".join(str(part) for part in seed)).random

    def chance(self, p: float) -> bool:
        return self.u() < p

    def below(self, n: int) -> int:
        return int(self.u() * n)

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.u() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.u() * len(items))]

    def exponential(self, mean: float) -> float:
        return -mean * log(1.0 - self.u())

    def lognormal(self, median: float, sigma: float) -> float:
        return median * exp(sigma * self.normal())

    def normal(self) -> float:
        """Sum of twelve uniforms less six: near enough to a bell, and cheap (tails end at six)."""
        u = self.u
        return (u() + u() + u() + u() - 2.0) * sqrt(3.0)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        pool = list(items)
        for i in range(len(pool) - 1, 0, -1):
            j = int(self.u() * (i + 1))
            pool[i], pool[j] = pool[j], pool[i]
        return pool


class Weighted(Generic[T]):
    """Items with weights, drawn by bisection."""

    __slots__ = ("items", "sums", "total")

    def __init__(self, items: Sequence[T], weights: Sequence[float]) -> None:
        self.items = list(items)
        self.sums = list(accumulate(weights))
        self.total = self.sums[-1]

    @classmethod
    def by_rank(cls, items: Sequence[T], exponent: float = 0.8, shift: float = 3.0) -> Weighted[T]:
        """The first is the most frequent; frequencies fall with the rank as names do (Zipf-Mandelbrot)."""
        return cls(items, [1.0 / (rank + shift) ** exponent for rank in range(len(items))])

    def draw(self, u: float) -> T:
        return self.items[min(bisect_right(self.sums, u * self.total), len(self.items) - 1)]
