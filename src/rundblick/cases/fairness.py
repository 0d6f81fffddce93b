"""Who waits longer: reaction, resolution and kept promises by tier, region, language and channel, against the rest.

A group is shown from 5 cases on and compared from 30 on (each side). Medians have intervals by order statistics,
shares Wilson's; the interval of a difference is put together of both (square and add: Newcombe 1998, Statistics in
Medicine 17:873; Zou and Donner 2008, 27:1693). A difference is marked only if its interval excludes 0 and it stands up
among all comparisons of the page (Holm 1979, Scandinavian Journal of Statistics 6:65).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import Any, Final

from rundblick.core.registry import Cursor

SMALLEST_SHOWN: Final = 5
SMALLEST_COMPARED: Final = 30
CONFIDENCE: Final = 0.95
DIMENSIONS: Final = ("tier", "region", "language", "channel")
MEASURES: Final = ("reaction", "resolution", "kept")
PERIOD: Final = timedelta(days=90)

Bounds = tuple[float, float, float]  # value, low, high
Bounded = Callable[[float], Bounds | None]  # by z; None: so few values allow no bounds so wide


@dataclass(frozen=True, slots=True)
class Waited:
    """A case: how long somebody waited, by the calendar. None: not yet, or not promised."""

    groups: Mapping[str, str]
    reaction_h: float | None = None
    resolution_d: float | None = None
    kept: bool | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One group in one measure, against the rest.

    n, rest_n      cases with a value; ``open``: cases of the group without one yet
    value, rest    median hours or days, or the share kept
    difference     value - rest with [low, high] at 95 %; None: too few on a side
    p              smallest level at which the interval would exclude 0; ``holm``: among all comparisons
    marked         worse or better than the rest for certain: "worse", "better", else ""
    """

    dimension: str
    group: str
    measure: str
    n: int
    rest_n: int
    open: int
    value: float | None
    rest: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    holm: float | None = None
    marked: str = ""


def audit(cases: Sequence[Waited], dimensions: Sequence[str] = DIMENSIONS) -> list[Compared]:
    """Every group of every dimension in every measure, groups by size; differences marked with Holm over all."""
    found: list[Compared] = []
    for dimension in dimensions:
        groups: dict[str, list[Waited]] = defaultdict(list)
        for case in cases:
            if group := case.groups.get(dimension, ""):
                groups[group].append(case)
        if len(groups) < 2:
            continue  # nobody to compare with
        known = [case for group in groups.values() for case in group]
        for group in sorted(groups, key=lambda name: (-len(groups[name]), name)):
            inside = {id(case) for case in groups[group]}
            rest = [case for case in known if id(case) not in inside]
            found += [_compared(dimension, group, measure, groups[group], rest) for measure in MEASURES]
    return _marked(found)


def _compared(dimension: str, group: str, measure: str, mine: Sequence[Waited], rest: Sequence[Waited]) -> Compared:
    ours, others = _values(mine, measure), _values(rest, measure)
    shown = len(ours) >= SMALLEST_SHOWN
    row = Compared(
        dimension, group, measure, len(ours), len(others), len(mine) - len(ours),
        _middle(ours, measure) if shown else None,
        _middle(others, measure) if len(others) >= SMALLEST_SHOWN else None,
    )  # fmt: skip
    if min(len(ours), len(others)) < SMALLEST_COMPARED:
        return row
    bounded = share_bounds if measure == "kept" else median_bounds
    between = difference(bounded(ours), bounded(others), CONFIDENCE)
    if between is None:
        return row
    value, low, high = between
    return replace(row, difference=value, low=low, high=high, p=p_of(bounded(ours), bounded(others)))


def _marked(rows: list[Compared]) -> list[Compared]:
    asked = [n for n, row in enumerate(rows) if row.p is not None]
    adjusted = holm([rows[n].p or 0.0 for n in asked])
    for n, p in zip(asked, adjusted, strict=True):
        row = rows[n]
        assert row.low is not None and row.high is not None
        sure = p < 1 - CONFIDENCE and not row.low <= 0 <= row.high
        worse = row.high < 0 if row.measure == "kept" else row.low > 0
        rows[n] = replace(row, holm=p, marked=("worse" if worse else "better") if sure else "")
    return rows


def _values(cases: Sequence[Waited], measure: str) -> list[float]:
    if measure == "kept":
        return [float(case.kept) for case in cases if case.kept is not None]
    name = "reaction_h" if measure == "reaction" else "resolution_d"
    return sorted(value for case in cases if (value := getattr(case, name)) is not None)


def _middle(values: Sequence[float], measure: str) -> float:
    return sum(values) / len(values) if measure == "kept" else median(values)


# --- statistics ---------------------------------------------------------------------------------------------------


def median(ordered: Sequence[float]) -> float:
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def median_bounds(ordered: Sequence[float]) -> Bounded:
    """The median between two order statistics: how many values lie below it is binomial(n, 1/2), here by the normal
    approximation with continuity (David and Nagaraja, Order Statistics, 2003, 7.1)."""
    n = len(ordered)

    def bounds(z: float) -> Bounds | None:
        low = math.floor((n - 1 - z * math.sqrt(n)) / 2)
        high = math.ceil((n - 1 + z * math.sqrt(n)) / 2)
        return (median(ordered), ordered[low], ordered[high]) if low >= 0 and high < n else None

    return bounds


def share_bounds(values: Sequence[float]) -> Bounded:
    """A share with Wilson's score interval (1927, JASA 22:209)."""
    n, p = len(values), sum(values) / len(values)

    def bounds(z: float) -> Bounds | None:
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return p, min(p, max(0.0, centre - half)), max(p, min(1.0, centre + half))

    return bounds


def difference(a: Bounded, b: Bounded, confidence: float) -> Bounds | None:
    """a - b with its interval, squared and added from both intervals; None where a side allows none."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    one, other = a(z), b(z)
    if one is None or other is None:
        return None
    value = one[0] - other[0]
    low = value - math.hypot(one[0] - one[1], other[2] - other[0])
    high = value + math.hypot(one[2] - one[0], other[0] - other[1])
    return value, low, high


def p_of(a: Bounded, b: Bounded) -> float:
    """One minus the widest confidence at which the interval of the difference excludes 0; 1.0 where none does."""
    low, high = 0.0, 0.999999
    if not _excludes(difference(a, b, 0.001)):
        return 1.0
    for _each in range(40):
        middle = (low + high) / 2
        if _excludes(difference(a, b, middle)):
            low = middle
        else:
            high = middle
    return 1 - low


def _excludes(between: Bounds | None) -> bool:
    return between is not None and not between[1] <= 0 <= between[2]


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's adjusted levels, in the order given."""
    order = sorted(range(len(ps)), key=lambda n: ps[n])
    found, highest = [0.0] * len(ps), 0.0
    for rank, n in enumerate(order):
        highest = max(highest, min(1.0, ps[n] * (len(ps) - rank)))
        found[n] = highest
    return found


# --- from the cases -----------------------------------------------------------------------------------------------

# Cases of the period; the country and first digits of the postcode as last told of the customer. A promise is kept by
# the source's own flag, else by the clock of the resolution, else of the reaction.
_CASES: Final = """
WITH asked AS MATERIALIZED (
    SELECT c.id, c.tier, c.language, c.channel, c.customer_id, c.opened_at, c.first_reply_at, c.resolved_at,
           c.promise_kept
    FROM cases_case c
    WHERE c.merged_into_id IS NULL AND c.opened_at >= %(since)s AND c.opened_at < %(until)s
), place AS (
    SELECT DISTINCT ON (a.customer_id) a.customer_id, v.facts->>'postcode' AS postcode, v.facts->>'country' AS country
    FROM customers_assignment a JOIN customers_recordversion v ON v.record_id = a.record_id
    WHERE a.valid_to IS NULL AND v.facts->>'postcode' <> '' AND a.customer_id IN (SELECT customer_id FROM asked)
    ORDER BY a.customer_id, v.seen_at DESC, v.id DESC
)
SELECT c.tier, c.language, c.channel, p.postcode, p.country,
       extract(epoch FROM c.first_reply_at - c.opened_at)::float8 / 3600,
       extract(epoch FROM c.resolved_at - c.opened_at)::float8 / 86400,
       coalesce(c.promise_kept, CASE k.state WHEN 'met' THEN true WHEN 'breached' THEN false WHEN 'late' THEN false END)
FROM asked c LEFT JOIN place p ON p.customer_id = c.customer_id
LEFT JOIN LATERAL (
    SELECT k.state FROM cases_clock k WHERE k.case_id = c.id AND k.state IN ('met', 'breached', 'late')
    ORDER BY k.kind DESC LIMIT 1
) k ON true
"""


def cases_of(cur: Cursor, since: datetime, until: datetime, home: str = "DE") -> list[Waited]:
    """The cases that were opened in [since, until), one statement. ``home``: the country where none is told."""
    cur.execute(_CASES, {"since": since, "until": until})
    return [_waited(row, home) for row in cur.fetchall()]


def _waited(row: Any, home: str) -> Waited:
    tier, language, channel, postcode, country, reaction, resolution, kept = row
    groups = {
        "tier": tier or "-",
        "language": language,
        "channel": channel,
        "region": region_of(postcode, country, home),
    }
    sane = [value if value is not None and value >= 0 else None for value in (reaction, resolution)]
    return Waited(groups, sane[0], sane[1], kept)


def region_of(postcode: str | None, country: str | None, home: str = "DE") -> str:
    """ "DE 2": the country and the first digit of the postcode; "" where nothing is told."""
    digits = "".join(sign for sign in postcode or "" if sign.isdigit())
    return f"{(country or home).upper()[:2]} {digits[0]}" if digits else ""
