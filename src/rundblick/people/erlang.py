"""How many people a queue of calls needs: Erlang B, C and A, exact, from numbers alone.

    busy = Load(calls=100, per_s=1800, aht_s=480)      # 26.7 Erlang
    needed(busy, Target())                             # 32 agents by Erlang C: nobody hangs up
    needed(busy, Target(), patience_s=120)             # 29 agents by Erlang A: callers give up after 120 s on average

Everything is a share of the *offered* calls. Erlang C (M/M/n) is the default and the honest plan, since it counts on
nobody giving up. Erlang A (M/M/n+M, patience exponential) tells what happens with hang-ups, so its service level is
never shown without the share that gave up.

Sources: Erlang 1917; Baccelli and Hebuterne 1981 (density of the offered wait in M/M/n+M); Garnett, Mandelbaum and
Reiman 2002, "Designing a call center with impatient customers", M&SOM 4(3), doi 10.1287/msom.4.3.208.7753.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

MOST_ERLANGS: Final = 20_000.0
MOST_AGENTS: Final = 30_000
_FALL: Final = 45.0  # e^-45: what lies further below the highest point adds nothing to a double
_PANELS: Final = 96
_PATIENCES: Final = 40  # means after which nobody waits any more, to the last digit
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


class StaffingError(ValueError):
    """Numbers that no staffing can be computed from; ``field`` says which: calls, per, aht, patience, target ..."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True, slots=True)
class Load:
    """So many calls in a time, each of so many seconds of talk and wrap-up."""

    calls: float
    per_s: float
    aht_s: float

    def __post_init__(self) -> None:
        for field, value, low in (("calls", self.calls, 0.0), ("per", self.per_s, 1.0), ("aht", self.aht_s, 1.0)):
            if not math.isfinite(value) or value < low:
                raise StaffingError(field)
        if self.erlangs > MOST_ERLANGS:
            raise StaffingError("calls")

    @property
    def erlangs(self) -> float:
        """Offered load: hours of work that come in an hour."""
        return self.calls / self.per_s * self.aht_s


@dataclass(frozen=True, slots=True)
class Target:
    """``share`` (0..1) of the offered calls answered within ``within_s`` seconds: 80/20 unless told otherwise."""

    share: float = 0.8
    within_s: float = 20.0

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise StaffingError("target")
        if not math.isfinite(self.within_s) or self.within_s < 0:
            raise StaffingError("target")


@dataclass(frozen=True, slots=True)
class Service:
    """What so many agents give.

    level      share of the offered calls that is answered within the target's seconds
    asa_s      mean wait of the calls that are answered, seconds; None: the queue grows without end
    occupancy  share of the agents' time in which they talk or wrap up
    abandoned  share of the offered calls that give up; 0 by Erlang C
    waits      share of the offered calls that wait at all
    """

    agents: int
    level: float
    asa_s: float | None
    occupancy: float
    abandoned: float
    waits: float


def erlang_b(erlangs: float, agents: int) -> float:
    """Share of calls that find all lines busy where nobody waits. B_0 = 1, B_k = A B_{k-1} / (k + A B_{k-1})."""
    blocked = 1.0
    for k in range(1, agents + 1):
        blocked = erlangs * blocked / (k + erlangs * blocked)
    return blocked


def erlang_c(erlangs: float, agents: int) -> float:
    """Share of calls that wait where everybody waits as long as it takes; 1 when the agents cannot keep up."""
    return _waits(erlangs, agents, erlang_b(erlangs, agents)) if erlangs < agents else 1.0


def served(load: Load, agents: int, target: Target | None = None, patience_s: float | None = None) -> Service:
    """What ``agents`` give: by Erlang C, or with ``patience_s`` (mean seconds until a caller gives up) by Erlang A.

    Raises StaffingError.
    """
    if not 0 <= agents <= MOST_AGENTS:
        raise StaffingError("agents")
    _check_patience(patience_s)
    aim = target or Target()
    if load.calls == 0:
        return Service(agents, 1.0, 0.0, 0.0, 0.0, 0.0)
    if agents == 0:
        return Service(0, 0.0, None, 0.0, 0.0 if patience_s is None else 1.0, 1.0)
    if patience_s is None:
        return _by_c(load, agents, aim, erlang_b(load.erlangs, agents))
    return _by_a(load, agents, aim, patience_s, erlang_b(load.erlangs, agents))


@lru_cache(maxsize=4096)
def needed(load: Load, target: Target | None = None, patience_s: float | None = None) -> Service:
    """The fewest agents that reach the target, and what they give. Raises StaffingError."""
    _check_patience(patience_s)
    aim = target or Target()
    if load.calls == 0:
        return served(load, 0, aim, patience_s)
    enough = _needed_by_c(load, aim)
    if patience_s is None:
        return enough
    # Erlang C's number is mostly enough, but not where people hang up sooner than the target would answer them: who has
    # hung up was not answered in time. The level rises with every agent.
    few, many = 0, enough.agents
    while served(load, many, aim, patience_s).level < aim.share:
        few, many = many, 2 * many
    while many - few > 1:
        middle = (few + many) // 2
        if served(load, middle, aim, patience_s).level >= aim.share:
            many = middle
        else:
            few = middle
    return served(load, many, aim, patience_s)


def scheduled(agents: int, shrinkage: float) -> int:
    """How many to put on the roster, when this share (0 to below 1) of their time goes into breaks, training, illness.

    Raises StaffingError.
    """
    if not 0 <= shrinkage < 1:
        raise StaffingError("shrinkage")
    return math.ceil(round(agents / (1 - shrinkage), 9))


def _check_patience(patience_s: float | None) -> None:
    if patience_s is not None and not (math.isfinite(patience_s) and patience_s >= 1):
        raise StaffingError("patience")


def _waits(erlangs: float, agents: int, blocked: float) -> float:
    return blocked / (1 - erlangs / agents * (1 - blocked))


def _needed_by_c(load: Load, aim: Target) -> Service:
    """One recursion upwards: the number of agents grows until the level is reached."""
    erlangs = load.erlangs
    blocked, agents = 1.0, 0
    while agents < MOST_AGENTS:
        agents += 1
        blocked = erlangs * blocked / (agents + erlangs * blocked)
        if agents > erlangs:
            found = _by_c(load, agents, aim, blocked)
            if found.level >= aim.share:
                return found
    raise StaffingError("target")


def _by_c(load: Load, agents: int, aim: Target, blocked: float) -> Service:
    erlangs = load.erlangs
    if erlangs >= agents:
        return Service(agents, 0.0, None, 1.0, 0.0, 1.0)
    waits = _waits(erlangs, agents, blocked)
    level = 1 - waits * math.exp(-(agents - erlangs) * aim.within_s / load.aht_s)
    return Service(agents, level, waits * load.aht_s / (agents - erlangs), erlangs / agents, 0.0, waits)


def _by_a(load: Load, agents: int, aim: Target, patience_s: float, blocked: float) -> Service:
    """By the density of the wait that a caller of endless patience would have, v(x) = v(0) exp(g(x)):

    g(x) = lambda (1 - exp(-theta x)) / theta - n mu x, with v(0) = n mu p_n. Integrals of v give all the figures; the
    highest point of g is taken out, so that nothing overflows for thousands of agents.
    """
    arrivals, leave = load.calls / load.per_s, agents / load.aht_s
    theta = 1 / patience_s
    peak = max(0.0, math.log(arrivals / leave) * patience_s)
    top = _exponent(arrivals, leave, patience_s, peak)
    low = _edge(arrivals, leave, patience_s, peak, top, downwards=True)
    high = _edge(arrivals, leave, patience_s, peak, top, downwards=False)

    def integrals(till: float) -> tuple[float, float, float]:
        """Of v, of those still there (e^{-theta x} v), and of x times that, all divided by v(0) e^top."""
        if till <= low:
            return 0.0, 0.0, 0.0
        end = min(till, high)
        # patience shapes the density near 0, where answering takes long beside it; behind that it only falls
        bend = min(max(low, _PATIENCES * patience_s), end)
        edges = np.linspace(low, end, _PANELS + 1)
        if low < bend < end:
            edges = np.concatenate([np.linspace(low, bend, _PANELS + 1), np.linspace(bend, end, _PANELS + 1)[1:]])
        half = (edges[1:] - edges[:-1])[:, None] / 2
        x = edges[:-1, None] + half * (1 + _NODES[None, :])
        density = np.exp(-arrivals * patience_s * np.expm1(-theta * x) - leave * x - top) * half * _WEIGHTS[None, :]
        stays: NDArray[np.float64] = density * np.exp(-theta * x)
        return float(density.sum()), float(stays.sum()), float((x * stays).sum())

    every, stay, waited = integrals(math.inf)
    _, soon, _ = integrals(aim.within_s)
    if blocked == 0.0:
        return Service(agents, 1.0, 0.0, load.erlangs / agents, 0.0, 0.0)
    # waits = R / (1/B - 1 + R), R = n mu times the integral of e^g
    odds = math.log(1 / blocked - 1) - math.log(leave) - top if blocked < 1 else -math.inf
    waits = every / (math.exp(min(odds, 700.0)) + every)
    scale = waits / every
    answered = 1 - waits + scale * stay
    return Service(
        agents,
        min(1.0, 1 - waits + scale * soon),
        scale * waited / answered,
        min(1.0, load.erlangs * answered / agents),
        max(0.0, 1 - answered),
        waits,
    )


def _exponent(arrivals: float, leave: float, patience_s: float, x: float) -> float:
    return -arrivals * patience_s * math.expm1(-x / patience_s) - leave * x


def _edge(arrivals: float, leave: float, patience_s: float, peak: float, top: float, *, downwards: bool) -> float:
    """Where the density has fallen to nothing, on one side of its highest point; it has only one."""

    def gone(x: float) -> bool:
        return _exponent(arrivals, leave, patience_s, x) < top - _FALL

    if downwards:
        if peak == 0.0 or not gone(0.0):
            return 0.0
        near, far = peak, 0.0
    else:
        step = max(patience_s, 1 / leave)
        near, far = peak, peak + step
        while not gone(far):
            step *= 2
            far = peak + step
    for _round in range(60):
        middle = (near + far) / 2
        near, far = (near, middle) if gone(middle) else (middle, far)
    return far
