"""The one place that decides what may leave the desk: no person, and no cut small enough to be one.

HTML and PDF are rendered from ``publishable(report)`` and from nothing else. ``report.json`` is for the company's own
engineers and keeps the figures of small cuts of cases (docs/decisions), but never what fewer than five managers or
employees answered: that is taken out by ``without_single_opinions``, already when the report is built.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rundblick.blindspots.model import (
    Distribution,
    HeatMap,
    Measure,
    Missing,
    Report,
    Row,
    RowState,
    Sample,
    Series,
    Unit,
    Voice,
)
from rundblick.blindspots.statistics import SMALLEST_SHOWN

TOO_FEW = "too_few"


def publishable(report: Report, *, with_ids: bool = False) -> Report:
    """The report as it may be handed round: small cuts held back with a reason, ids of cases only when asked for.

    ``with_ids`` adds the ids of the sampled cases; it never lifts the rule of five.
    """
    measures = {name: _measure(measure, with_ids) for name, measure in _without_giveaway(report.measures).items()}
    held_back = tuple(name for name, m in measures.items() if m.missing is not None and m.missing.code == TOO_FEW)
    return replace(
        report,
        measures=measures,
        myths=tuple(_row(row) for row in report.myths),
        magic_eight=tuple(_row(row) for row in report.magic_eight),
        distributions=tuple(_distribution(d, measures) for d in report.distributions),
        heat_maps=tuple(_heat_map(heat_map) for heat_map in report.heat_maps),
        series=tuple(_series(series) for series in report.series),
        held_back=held_back,
    )


def without_single_opinions(row: Row) -> Row:
    """A row without the answers of fewer than five managers or employees, and without what they could be got from."""
    believed, staff = _enough(row.believed), _enough(row.staff)
    changed = replace(row, believed=believed, staff=staff)
    if row.believed is not None and believed is None:
        changed = replace(
            changed,
            state=RowState.TOO_FEW,
            gap=None,
            against="",
            gap_to_done=None,
            top2_gap=None,
            cliffs_delta=None,
            certain=None,
            missing=(*row.missing, Missing(TOO_FEW, _few_opinions(row.believed.n))),
        )
    return changed


def too_few(n: int) -> Missing:
    """The reason that stands in place of a figure about fewer than five persons."""
    return Missing(
        TOO_FEW,
        ngettext(
            "Held back: only %(n)s person or case stands behind it; figures are shown from %(limit)s on.",
            "Held back: only %(n)s persons or cases stand behind it; figures are shown from %(limit)s on.",
            n,
        )
        % {"n": n, "limit": SMALLEST_SHOWN},
    )


def _few_opinions(n: int) -> str:
    return ngettext(
        "Only %(n)s person answered; answers are shown from %(limit)s on.",
        "Only %(n)s persons answered; answers are shown from %(limit)s on.",
        n,
    ) % {"n": n, "limit": SMALLEST_SHOWN}


def _smallest(measure: Measure) -> int | None:
    """The smallest number of persons that the figure would show, or None when it shows no group of persons."""
    groups = [size for size in (measure.persons, measure.staff) if size is not None]
    if measure.unit is not Unit.COUNT:
        groups.append(measure.n)
    return min(groups, default=None)


def _measure(measure: Measure, with_ids: bool) -> Measure:
    if not with_ids:
        measure = replace(measure, sample=Sample())
    smallest = _smallest(measure)
    if measure.missing is not None or smallest is None or smallest >= SMALLEST_SHOWN:
        return measure
    return replace(
        measure,
        value=None,
        low=None,
        high=None,
        n=0,
        cases_behind=0,
        persons=None,
        staff=None,
        sample=Sample(),
        beside=(),
        missing=too_few(smallest),
    )


def _without_giveaway(measures: dict[str, Measure]) -> dict[str, Measure]:
    """Shares of one whole: where exactly one cut is too small, the next smallest goes with it (1 minus the rest)."""
    families: dict[str, list[Measure]] = {}
    for measure in measures.values():
        if "." in measure.name and measure.missing is None and measure.unit is Unit.SHARE:
            families.setdefault(measure.name.split(".", 1)[0], []).append(measure)
    result = dict(measures)
    for family in families.values():
        small = [m for m in family if (_smallest(m) or 0) < SMALLEST_SHOWN]
        others = sorted((m for m in family if m not in small), key=lambda m: (m.value or 0, m.name))
        if len(small) == 1 and small[0].value and others:
            result[others[0].name] = replace(
                others[0],
                value=None,
                low=None,
                high=None,
                n=0,
                cases_behind=0,
                persons=None,
                staff=None,
                sample=Sample(),
                beside=(),
                missing=Missing(TOO_FEW, _("Held back: it would give away the one cut that is too small to show.")),
            )
    return result


def _row(row: Row) -> Row:
    row = without_single_opinions(row)
    said, done = _enough(row.said), _enough(row.done)
    changed = replace(row, said=said, done=done, gap_to_done=row.gap_to_done if done is not None else None)
    if (said is None) != (row.said is None) or (done is None) != (row.done is None):
        few = [leg.n for leg in (row.said, row.done) if leg is not None and leg.n < SMALLEST_SHOWN]
        lost = (row.against == "said" and said is None) or (row.against == "done" and done is None)
        changed = replace(changed, missing=(*changed.missing, too_few(min(few))))
        if lost:
            changed = replace(
                changed,
                state=RowState.TOO_FEW,
                gap=None,
                against="",
                gap_to_done=None,
                top2_gap=None,
                cliffs_delta=None,
                certain=None,
            )
    return changed


def _enough(voice: Voice | None) -> Voice | None:
    return voice if voice is not None and voice.n >= SMALLEST_SHOWN else None


def _distribution(distribution: Distribution, measures: dict[str, Measure]) -> Distribution:
    """A spread goes with its measure: where that is held back, so are all bars.

    The thin end is put together into one open bar, so that a few far cases do not make a row of blanks; a bar under
    five cases that is left between others is blank.
    """
    measure = measures.get(distribution.measure)
    if distribution.n < SMALLEST_SHOWN or (measure is not None and measure.value is None):
        return replace(distribution, bins=tuple(replace(b, count=None) for b in distribution.bins), n=0)
    bins = list(distribution.bins)
    while len(bins) > 1 and bins[-1].count is not None and bins[-1].count < SMALLEST_SHOWN:
        last, before = bins.pop(), bins[-1]
        if before.count is None:
            break
        label = _("%(value)s and more") % {"value": before.label}
        bins[-1] = replace(before, label=label, high=None, count=before.count + (last.count or 0))
    counts = _without_single_blank(
        [None if b.count is not None and 0 < b.count < SMALLEST_SHOWN else b.count for b in bins]
    )
    bins = [replace(b, count=count) for b, count in zip(bins, counts, strict=True)]
    return replace(distribution, bins=tuple(bins))


def _without_single_blank(counts: list[int | None]) -> list[int | None]:
    """Parts of a known whole: a single blank could be got from the rest, so the smallest other one goes with it."""
    if counts.count(None) != 1:
        return counts
    smallest = min((i for i, count in enumerate(counts) if count), key=lambda i: counts[i] or 0, default=None)
    return [None if i == smallest else count for i, count in enumerate(counts)]


def _heat_map(heat_map: HeatMap) -> HeatMap:
    """Hours in which fewer than five different persons appear are left blank: they would be somebody's hours."""
    persons = heat_map.persons or tuple(tuple(c or 0 for c in day) for day in heat_map.cells)
    cells = tuple(
        tuple(None if count and who < SMALLEST_SHOWN else count for count, who in zip(day, day_persons, strict=True))
        for day, day_persons in zip(heat_map.cells, persons, strict=True)
    )
    flat = _without_single_blank([cell for day in cells for cell in day])
    cells = tuple(tuple(flat[24 * day : 24 * day + 24]) for day in range(len(cells)))
    held_back = flat.count(None)
    return replace(heat_map, cells=cells, persons=None, held_back=held_back)


def _series(series: Series) -> Series:
    """Months of fewer than five cases are blank."""
    points = tuple(
        replace(point, value=None, n=0) if 0 < point.n < SMALLEST_SHOWN else point for point in series.points
    )
    return replace(series, points=points)
