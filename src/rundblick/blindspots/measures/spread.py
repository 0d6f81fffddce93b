"""How the values are spread, and how they went month by month."""

from __future__ import annotations

from django.utils.translation import gettext as _

from rundblick.blindspots import sql
from rundblick.blindspots.measures.compute import counts_of
from rundblick.blindspots.measures.frame import Frame
from rundblick.blindspots.model import Bin, Distribution, Point, Series, Unit

_FACTS = sql.FACTS_TABLE
_LONGEST_TAIL = 12
"""Hand-overs and people from here on share the last bar."""

_DAY = 1.0
_HOUR = 1 / 24
RESOLUTION_EDGES: tuple[float, ...] = (0.0, _HOUR, 4 * _HOUR, 8 * _HOUR, _DAY, 2.0, 3.0, 5.0, 7.0, 14.0, 30.0, 60.0)


def distributions(frame: Frame) -> tuple[Distribution, ...]:
    found = [
        _resolution(frame),
        _counts(frame, "handovers", "handovers", _("Hand-overs per case"), "handovers_mean"),
        _counts(frame, "people_per_case", "people", _("People per case"), "people_per_case_mean"),
    ]
    return tuple(distribution for distribution in found if distribution.n)


def _resolution(frame: Frame) -> Distribution:
    rows = frame.rows(
        f"SELECT width_bucket(resolution_days, %(edges)s::float8[]), count(*) FROM {_FACTS} "
        "WHERE resolution_days IS NOT NULL GROUP BY 1",
        edges=list(RESOLUTION_EDGES),
    )
    counts = dict(rows)
    labels = (
        _("under 1 h"),
        _("1\u20134 h"),
        _("4\u20138 h"),
        _("8\u201324 h"),
        _("1\u20132 days"),
        _("2\u20133 days"),
        _("3\u20135 days"),
        _("5\u20137 days"),
        _("1\u20132 weeks"),
        _("2\u20134 weeks"),
        _("1\u20132 months"),
        _("longer"),
    )
    ends: tuple[float | None, ...] = (*RESOLUTION_EDGES[1:], None)
    bins = tuple(
        Bin(label, low, high, counts.get(i + 1, 0))
        for i, (label, low, high) in enumerate(zip(labels, RESOLUTION_EDGES, ends, strict=True))
    )
    return Distribution(
        name="resolution_days",
        label=_("Time to the resolution"),
        unit=Unit.DAYS,
        bins=bins,
        n=sum(counts.values()),
        measure="resolution_days_median",
        mark=3,
        mark_label=_("three days"),
    )


def _counts(frame: Frame, name: str, column: str, label: str, measure: str) -> Distribution:
    counts = counts_of(frame, column)
    first = min(counts, default=0)
    last = min(max(counts, default=0), _LONGEST_TAIL)
    bins = [Bin(str(value), value, value + 1, counts.get(value, 0)) for value in range(min(first, last), last)]
    tail = sum(n for value, n in counts.items() if value >= last)
    longer = any(value > last for value in counts)
    bins.append(
        Bin(_("%(n)s or more") % {"n": last} if longer else str(last), last, None if longer else last + 1, tail)
    )
    return Distribution(
        name=name, label=label, unit=Unit.COUNT, bins=tuple(bins), n=sum(counts.values()), measure=measure
    )


def series(frame: Frame) -> tuple[Series, ...]:
    """By month of opening (hand-overs, speed) or of resolution (first contact), whole months only."""
    rows = frame.rows(
        "SELECT to_char(month, 'YYYY-MM-DD'), count(*), "
        "count(*) FILTER (WHERE resolution_days <= 3), count(*) FILTER (WHERE resolution_days IS NOT NULL), "
        "count(*) FILTER (WHERE handovers > 0), count(handovers), "
        "count(*) FILTER (WHERE first_contact = 'yes'), count(*) FILTER (WHERE first_contact IN ('yes', 'no')) "
        f"FROM (SELECT date_trunc('month', opened_at AT TIME ZONE %(zone)s) AS month, * FROM {_FACTS} "
        "WHERE opened_at IS NOT NULL) AS monthly "
        "WHERE month >= %(start)s::timestamptz AT TIME ZONE %(zone)s "
        "AND month + interval '1 month' <= %(end)s::timestamptz AT TIME ZONE %(zone)s GROUP BY 1 ORDER BY 1",
        start=frame.window.start,
    )
    if len(rows) < 2:
        return ()
    cases = tuple(Point(row[0], row[1], row[1]) for row in rows)
    found = [Series(name="cases", label=_("Cases opened"), unit=Unit.COUNT, points=cases, measure="cases")]
    for i, (name, label) in enumerate(
        (
            ("resolved_within_3_days_share", _("Resolved within three days")),
            ("handover_share", _("Cases handed over at least once")),
            ("first_contact_resolution", _("Solved at the first contact")),
        )
    ):
        points = tuple(
            Point(row[0], row[2 + 2 * i] / row[3 + 2 * i] if row[3 + 2 * i] else None, row[3 + 2 * i]) for row in rows
        )
        if any(point.n for point in points):
            found.append(Series(name=name, label=label, unit=Unit.SHARE, points=points, measure=name))
    return tuple(found)
