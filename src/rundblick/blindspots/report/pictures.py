"""The pictures of the report: distributions, channels, hours of the week, months."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from rundblick.blindspots.measures.words import weekdays
from rundblick.blindspots.model import Distribution, HeatMap, Report, Series, Unit
from rundblick.blindspots.report import svg
from rundblick.blindspots.report.formats import Formats
from rundblick.blindspots.report.shapes import Picture, Table
from rundblick.blindspots.statistics import SMALLEST_FIRM, SMALLEST_SHOWN


def pictures(report: Report, formats: Formats) -> tuple[Picture, ...]:
    found = [_distribution(d, formats) for d in report.distributions if any(b.count for b in d.bins)]
    channels = _channel_bars(report, formats)
    if channels is not None:
        found.append(channels)
    found += [_heat_map(heat_map, formats) for heat_map in report.heat_maps]
    found += [_series(s, formats) for s in report.series]
    return tuple(found)


def _distribution(distribution: Distribution, formats: Formats) -> Picture:
    counts = [b.count for b in distribution.bins]
    peak, total = max((c for c in counts if c is not None), default=1) or 1, distribution.n or 1
    items = [
        svg.Bar(b.label, None if b.count is None else b.count / peak, _bar_text(b.count, total, formats))
        for b in distribution.bins
    ]
    at = next(
        (i + 1 for i, b in enumerate(distribution.bins) if b.high is not None and b.high == distribution.mark), None
    )
    title = distribution.label

    def draw(width: float, narrow: bool, ident: str) -> str:
        if narrow or len(items) * 40 > width:
            return svg.bars(items, width, ident=ident, title=title)
        return svg.histogram(items, width, ident=ident, title=title, mark=at, mark_label=distribution.mark_label)

    return Picture(
        ident=f"spread-{distribution.name}",
        title=title,
        note=_("%(n)s cases.") % {"n": formats.number(distribution.n)},
        draw=draw,
        table=Table(
            (title, _("Cases"), _("Share")),
            tuple(
                (
                    b.label,
                    _("held back") if b.count is None else formats.number(b.count),
                    "\u2013" if b.count is None else formats.percent(b.count / total),
                )
                for b in distribution.bins
            ),
        ),
        half=len(items) <= 9,
    )


def _bar_text(count: int | None, total: int, formats: Formats) -> str:
    return f"< {SMALLEST_SHOWN}" if count is None else formats.percent(count / total)


def _channel_bars(report: Report, formats: Formats) -> Picture | None:
    shares = [m for m in report.measures.values() if m.name.startswith("channel_share.")]
    if not shares:
        return None
    items = [
        svg.Bar(m.label, m.value, _("held back") if m.value is None else formats.percent(m.value), m.low, m.high)
        for m in shares
    ]
    title = _("Channels on which customers make contact")
    return Picture(
        ident="channels",
        title=title,
        note=_("Share of contacts; the thin line is the 95 % interval."),
        draw=lambda width, narrow, ident: svg.bars(items, width, ident=ident, title=title, css="said", narrow=narrow),
        table=Table(
            (_("Channel"), _("Share"), _("Interval")),
            tuple((item.label, item.text, formats.interval(item.low, item.high, Unit.SHARE)) for item in items),
        ),
        half=True,
    )


def _heat_map(heat_map: HeatMap, formats: Formats) -> Picture:
    css = "done" if heat_map.name == "answers" else "said"
    days = weekdays()
    note = _("By weekday and hour; the stronger, the more.")
    if heat_map.held_back:
        note += " " + _("Struck out: hours in which fewer than %(n)s persons appear.") % {"n": SMALLEST_SHOWN}
    return Picture(
        ident=f"hours-{heat_map.name}",
        title=heat_map.label,
        note=note,
        draw=lambda width, narrow, ident: svg.heat_map(
            heat_map.cells, width, ident=ident, title=heat_map.label, days=days, css=css, narrow=narrow
        ),
        table=Table(
            (_("Hour"), *days),
            tuple(
                (
                    str(hour),
                    *(
                        "\u2013" if heat_map.cells[d][hour] is None else formats.number(heat_map.cells[d][hour] or 0)
                        for d in range(7)
                    ),
                )
                for hour in range(24)
            ),
        ),
    )


def _series(series: Series, formats: Formats) -> Picture:
    # No line through months that are too thin to compare; they stand in the table.
    firm = [
        point if point.n >= SMALLEST_FIRM or series.unit is Unit.COUNT else replace(point, value=None)
        for point in series.points
    ]
    texts = [formats.value(point.value, series.unit) for point in firm if point.value is not None]
    points = [(formats.month(point.at), point.value) for point in firm]
    return Picture(
        ident=f"months-{series.name}",
        title=series.label,
        note=_("By month of opening, whole months."),
        draw=lambda width, _narrow, ident: svg.line_chart(
            points,
            min(width, 480),
            ident=ident,
            title=series.label,
            first=texts[0] if texts else "",
            last=texts[-1] if texts else "",
        ),
        table=Table(
            (_("Month"), series.label, _("Cases")),
            tuple(
                (
                    formats.month(point.at),
                    "\u2013" if point.value is None else formats.value(point.value, series.unit),
                    formats.number(point.n),
                )
                for point in series.points
            ),
        ),
        half=True,
    )
