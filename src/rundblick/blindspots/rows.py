"""The gap, row by row: what is believed, what staff believe, what customers say, what is done (docs/report.md, rows).

Method after Hult, Morgeson, Morgan, Mithas, Fornell 2017 (J. Acad. Mark. Sci. 45:37-54): managers predict the
customers' answers to identical items; the levels are compared, each with its interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from rundblick.blindspots import statistics
from rundblick.blindspots.dimensions import DIMENSIONS, Dimension
from rundblick.blindspots.disclosure import without_single_opinions
from rundblick.blindspots.measures.frame import Frame
from rundblick.blindspots.model import Index, Measure, Missing, Row, RowState, Voice
from rundblick.blindspots.statistics import SMALLEST_FIRM, SMALLEST_SHOWN

ALIGNED_WITHIN = 10.0
_TOP = 75.0  # the upper two of five steps, on 0..100
_ENOUGH_TO_WEIGH = 50

# A respondent counts once per claim, with the newest answer.
_OPINIONS = """
WITH newest AS (
    SELECT DISTINCT ON (lane, dimension, coalesce(record_id, -id))
           lane, dimension, round(((value - low) / (high - low) * 100)::numeric, 4)::float8 AS score
    FROM voice_rating
    WHERE NOT superseded AND high > low AND lane IN ('self_image', 'staff_view') AND dimension <> ''
    ORDER BY lane, dimension, coalesce(record_id, -id), at DESC NULLS LAST, id DESC)
SELECT lane, dimension, score, count(*) FROM newest GROUP BY 1, 2, 3
"""
_SAID = """
SELECT dimension, kind, round(((value - low) / (high - low) * 100)::numeric, 4)::float8, count(*)
FROM voice_rating WHERE NOT superseded AND high > low AND lane = 'rating' GROUP BY 1, 2, 3
"""
_VECTORS = """
SELECT coalesce(case_id, -record_id), CASE WHEN kind = 'csat' AND dimension = '' THEN 'csat' ELSE dimension END AS item,
       avg((value - low) / (high - low))
FROM voice_rating
WHERE NOT superseded AND high > low AND lane = 'rating' AND (record_id IS NOT NULL OR case_id IS NOT NULL)
  AND (dimension <> '' OR kind = 'csat')
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers on 0..100, as score -> how often."""

    counts: Mapping[float, int]

    @property
    def n(self) -> int:
        return sum(self.counts.values())

    def values(self) -> NDArray[np.float64]:
        scores = sorted(self.counts)
        return np.repeat(np.array(scores, dtype=float), [self.counts[score] for score in scores])

    def moments(self) -> tuple[float, float, int]:
        values = self.values()
        return float(values.mean()), float(values.var(ddof=1)) if values.size > 1 else 0.0, int(values.size)

    def top(self) -> int:
        return sum(n for score, n in self.counts.items() if score >= _TOP - 1e-6)


@dataclass(frozen=True, slots=True)
class Opinions:
    believed: Mapping[str, Answers]
    staff: Mapping[str, Answers]
    said: Mapping[str, Answers]
    importance: Mapping[str, float]


def opinions_of(frame: Frame) -> Opinions:
    """Everything that was asked, by dimension."""
    lanes: dict[str, dict[str, dict[float, int]]] = {"self_image": {}, "staff_view": {}}
    for lane, dimension, score, n in frame.rows(_OPINIONS):
        lanes[lane].setdefault(dimension, {})[score] = n
    items: dict[str, dict[float, int]] = {}
    kinds: dict[str, dict[float, int]] = {}
    for dimension, kind, score, n in frame.rows(_SAID):
        target = items.setdefault(dimension, {}) if dimension else kinds.setdefault(kind, {})
        target[score] = target.get(score, 0) + n
    for dimension_ in DIMENSIONS:
        for kind in dimension_.said_kinds:
            if dimension_.code not in items and kind in kinds:
                items[dimension_.code] = kinds[kind]
    return Opinions(
        {code: Answers(counts) for code, counts in lanes["self_image"].items()},
        {code: Answers(counts) for code, counts in lanes["staff_view"].items()},
        {code: Answers(counts) for code, counts in items.items()},
        _importance(frame, {dimension for dimension in items if dimension}),
    )


def _importance(frame: Frame, dimensions: set[str]) -> dict[str, float]:
    """Relative weight of each item on overall satisfaction, adding up to 1; {} when too few answered all of them."""
    if len(dimensions) < 3:
        return {}
    vectors: dict[int, dict[str, float]] = {}
    for who, item, score in frame.rows(_VECTORS):
        vectors.setdefault(who, {})[item] = score
    known = {item for vector in vectors.values() for item in vector}
    columns = sorted((dimensions & known) - {"satisfied"})
    target = "csat" if "csat" in known else "satisfied"
    complete = [v for v in vectors.values() if target in v and all(column in v for column in columns)]
    if len(complete) < _ENOUGH_TO_WEIGH or len(columns) < 2:
        return {}
    weights = statistics.relative_weights(
        np.array([[vector[column] for column in columns] for vector in complete]),
        np.array([vector[target] for vector in complete]),
    )
    total = float(weights.sum())
    return {c: float(w) / total for c, w in zip(columns, weights, strict=True)} if total > 0 else {}


def rows_of(opinions: Opinions, measures: Mapping[str, Measure]) -> tuple[tuple[Row, ...], Index | None]:
    """All fifteen rows, and the index where at least one gap could be measured."""
    rows = tuple(_row(dimension, opinions, measures) for dimension in DIMENSIONS)
    return rows, index_of(rows)


def index_of(rows: tuple[Row, ...]) -> Index | None:
    """Importance-weighted mean of what is certain of each gap; all rows count the same where none was weighed."""
    measured = [row for row in rows if row.certain is not None]
    if not measured:
        return None
    weighted = all(row.importance is not None for row in measured) and any(row.importance for row in measured)
    weights = [(row.importance or 0.0) if weighted else 1.0 for row in measured]
    total = sum(w * (row.certain or 0.0) for w, row in zip(weights, measured, strict=True))
    return Index(total / sum(weights), len(measured), weighted)


def _row(dimension: Dimension, opinions: Opinions, measures: Mapping[str, Measure]) -> Row:
    believed = opinions.believed.get(dimension.code)
    said = opinions.said.get(dimension.code)
    staff = opinions.staff.get(dimension.code)
    done = _done(dimension, measures)
    row = Row(
        code=dimension.code,
        kind=dimension.kind,
        number=dimension.number,
        claim=str(dimension.claim),
        question=str(dimension.question),
        state=RowState.NOT_MEASURED if said is None and done is None else RowState.NOT_ASKED,
        verdict="",
        believed=_voice(believed),
        staff=_voice(staff),
        said=_voice(said),
        done=done,
        importance=opinions.importance.get(dimension.code),
        measures=tuple(name for name in dimension.measures if name in measures),
        missing=_missing(dimension, believed, said, measures),
    )
    if believed is not None:
        row = _with_gap(row, believed, said, done)
    row = without_single_opinions(row)
    return replace(row, verdict=verdict(row, any(measures[name].value is not None for name in row.measures)))


def _voice(answers: Answers | None) -> Voice | None:
    if answers is None:
        return None
    mean, variance, n = answers.moments()
    interval = statistics.mean_t(mean, variance, n)
    return Voice(
        mean,
        None if interval.low is None else max(0.0, interval.low),
        None if interval.high is None else min(100.0, interval.high),
        n,
    )


def _done(dimension: Dimension, measures: Mapping[str, Measure]) -> Voice | None:
    measure = measures.get(dimension.done)
    if measure is None or measure.value is None:
        return None
    value, low, high = measure.value, measure.low, measure.high
    if dimension.turned:
        value, low, high = 1 - value, None if high is None else 1 - high, None if low is None else 1 - low
    return Voice(
        100 * value,
        None if low is None else 100 * low,
        None if high is None else 100 * high,
        measure.n,
        measure.label,
        measure.name,
    )


def _with_gap(row: Row, believed: Answers, said: Answers | None, done: Voice | None) -> Row:
    """The row with its gaps and its state; managers' answers are there."""
    n_managers = believed.n
    to_said = None if said is None else _gap(believed, *said.moments())
    to_done = None if done is None else _gap(believed, *_moments_of_share(done))
    gap, against = (to_said, "said") if to_said is not None else (to_done, "done")
    if gap is None:
        return replace(row, state=RowState.NOT_MEASURED)
    others = said.n if said is not None else done.n if done is not None else 0
    if n_managers < SMALLEST_SHOWN or others < SMALLEST_FIRM:
        return replace(row, state=RowState.TOO_FEW)
    assert gap.low is not None and gap.high is not None
    row = replace(row, state=state_of(gap.low, gap.high), gap=gap, against=against, certain=max(0.0, gap.low))
    if said is None:
        return row
    top2 = statistics.newcombe(believed.top(), n_managers, said.top(), said.n)
    return replace(
        row,
        gap_to_done=to_done if done is not None and done.n >= SMALLEST_FIRM else None,
        top2_gap=Voice(top2.value, top2.low, top2.high, min(n_managers, said.n)),
        cliffs_delta=statistics.cliffs_delta(believed.values(), said.values()),
    )


def _gap(believed: Answers, mean: float, variance: float, n: int) -> Voice:
    gap = statistics.welch(*believed.moments(), mean, variance, n)
    return Voice(gap.value, gap.low, gap.high, int(gap.n))


def _moments_of_share(done: Voice) -> tuple[float, float, int]:
    """Mean, variance and n of 0 and 100, of which a share is the mean."""
    p = done.value / 100
    return done.value, 1e4 * p * (1 - p) * (done.n / (done.n - 1) if done.n > 1 else 1), done.n


def state_of(low: float, high: float) -> RowState:
    """What an interval of the gap says."""
    if low > 0:
        return RowState.BLIND_SPOT
    if high < 0:
        return RowState.MODEST
    return RowState.ALIGNED if low >= -ALIGNED_WITHIN and high <= ALIGNED_WITHIN else RowState.UNCLEAR


def verdict(row: Row, figures: bool = False) -> str:
    """One sentence on what the row shows. ``figures``: some of its measures have a number."""
    to_done = row.gap_to_done
    match row.state:
        case RowState.BLIND_SPOT if row.against == "said" and to_done is not None:
            if (to_done.low or 0) > 0:
                return _("Proven twice: customers and data both fall short of what management believes.")
            if (to_done.high or 0) < 0:
                return _(
                    "What is done is better than believed, but customers do not feel it: a matter of telling them."
                )
            return _("Customers fall short of what management believes; the data neither confirm nor deny it.")
        case RowState.BLIND_SPOT if row.against == "said":
            return _("Management believes better than customers say.")
        case RowState.BLIND_SPOT:
            return _("Management believes better than the data show; customers were not asked.")
        case RowState.MODEST:
            return _("Better than management believes.")
        case RowState.ALIGNED if to_done is not None and (to_done.low or 0) > 0:
            return _("Belief and customers agree, but the data are poor: a silent risk.")
        case RowState.ALIGNED:
            return _("Management sees it as it is.")
        case RowState.UNCLEAR:
            return _("The gap is not certain: too few answers, or too spread.")
        case RowState.TOO_FEW:
            return _("Too few answers to show a gap.")
        case RowState.NOT_ASKED if row.said is not None and row.done is not None:
            return _("Said and done are known; what management believes was not asked.")
        case RowState.NOT_ASKED if row.said is not None:
            return _("Customers have spoken; what management believes was not asked.")
        case RowState.NOT_ASKED:
            return _("Measured; neither management nor customers were asked.")
        case _ if figures:
            return _("Figures belong to it, but none of them alone shows whether the sentence is true.")
        case _:
            return _("The data of today say nothing about it.")


def _missing(
    dimension: Dimension, believed: Answers | None, said: Answers | None, measures: Mapping[str, Measure]
) -> tuple[Missing, ...]:
    found = []
    if believed is None:
        found.append(Missing("believed", _("What managers believe: ask at least ten of them to rate this sentence.")))
    if said is None:
        found.append(Missing("said", _("What customers say: ask them to rate the same sentence.")))
    done = measures.get(dimension.done)
    if done is None:
        found.append(Missing("done", str(dimension.needs)))
    elif done.missing is not None:
        found.append(Missing("done", done.missing.text))
    return tuple(found)
