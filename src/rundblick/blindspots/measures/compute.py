"""From the facts of all cases to measures: one scan for all shares, one a column for quantiles and means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from rundblick.blindspots import sql, statistics
from rundblick.blindspots.measures import of_promise, of_solved
from rundblick.blindspots.measures.frame import Frame, missing, with_cases
from rundblick.blindspots.measures.of_cases import HELD, JUDGED
from rundblick.blindspots.measures.specs import Mean, Quantile, Share, Spec
from rundblick.blindspots.model import Measure, Related, Unit

_FACTS = sql.FACTS_TABLE


def measures_of_cases(frame: Frame, specs: Sequence[Spec]) -> list[Measure]:
    """Every spec as a measure, with its interval, its cases and the figures that stand beside it."""
    shares = _shares(frame, [spec for spec in specs if isinstance(spec.value, Share)])
    found: list[Measure] = []
    for spec in specs:
        blank = Measure(
            name=spec.name,
            label=str(spec.label),
            definition=str(spec.definition),
            unit=spec.unit,
            better=spec.better,
            group=spec.group,
            window=frame.window,
            sources=frame.sources(spec.files),
            saved_query=spec.name,
        )
        match spec.value:
            case Share():
                successes, n = shares[spec.name]
                measure = share(blank, successes, n)
            case Quantile(column, q):
                measure = _quantile(frame, blank, column, q)
            case Mean(column):
                measure = _mean(frame, blank, column)
        if measure.value is None:
            found.append(missing(measure, "no_data", str(spec.needs)))
            continue
        measure = with_cases(frame, measure, spec.behind, spec.worst)
        if spec.source:
            measure = _two_counters(frame, measure, spec)
        if spec.name == of_promise.NAME:
            measure = replace(measure, definition=of_promise.definition(frame, measure.basis))
        beside = _BESIDE.get(spec.name)
        found.append(measure if beside is None else replace(measure, beside=measure.beside + beside(frame)))
    return found


def share(blank: Measure, successes: int, n: int) -> Measure:
    """The measure as a share with Wilson's interval; without value when n is 0."""
    if not n:
        return blank
    interval = statistics.wilson(successes, n)
    return replace(blank, value=interval.value, low=interval.low, high=interval.high, n=n, interval="wilson")


def _shares(frame: Frame, specs: Sequence[Spec]) -> dict[str, tuple[int, int]]:
    """{name: (successes, n)} of all shares in one scan."""
    columns = []
    for spec in specs:
        assert isinstance(spec.value, Share)
        columns.append(f"count(*) FILTER (WHERE ({spec.value.of}) AND ({spec.value.success}))")
        columns.append(f"count(*) FILTER (WHERE {spec.value.of})")
    counts = frame.row(f"SELECT {', '.join(columns)} FROM {_FACTS}")
    return {spec.name: (counts[2 * i], counts[2 * i + 1]) for i, spec in enumerate(specs)}


def _quantile(frame: Frame, blank: Measure, column: str, q: float) -> Measure:
    """Quantile as ``percentile_cont``; its bounds are the order statistics of these ranks."""
    (n,) = frame.row(f"SELECT count({column}) FROM {_FACTS}")
    if not n:
        return blank
    low, high = statistics.quantile_ranks(n, q)
    # The r-th value is the first whose share of values up to it reaches (r - 1/2) / n.
    ranks = [((rank or 1) - 0.5) / n for rank in (low, high)]
    value, bounds = frame.row(
        f"SELECT percentile_cont(%(q)s) WITHIN GROUP (ORDER BY {column}), "
        f"percentile_disc(%(ranks)s::float8[]) WITHIN GROUP (ORDER BY {column}) FROM {_FACTS}",
        q=q,
        ranks=ranks,
    )
    return replace(
        blank,
        value=float(value),
        low=None if low is None else float(bounds[0]),
        high=None if high is None else float(bounds[1]),
        n=n,
        interval="order_statistics",
    )


def _mean(frame: Frame, blank: Measure, column: str) -> Measure:
    histogram = counts_of(frame, column)
    if not histogram:
        return blank
    interval = statistics.bootstrap_mean(histogram)
    return replace(
        blank,
        value=interval.value,
        low=interval.low,
        high=interval.high,
        n=sum(histogram.values()),
        interval="bootstrap",
    )


def counts_of(frame: Frame, column: str) -> dict[int, int]:
    """{value: number of cases} of a column of whole numbers, unknown left out."""
    return dict(
        frame.rows(f"SELECT {column}, count(*) FROM {_FACTS} WHERE {column} IS NOT NULL GROUP BY {column} ORDER BY 1")
    )


def _two_counters(frame: Frame, measure: Measure, spec: Spec) -> Measure:
    """Which counter gave the value; where both can be known, both and how often they disagree."""
    source, derived = spec.source, spec.derived
    by_source, by_events, both, differ = frame.row(
        f"SELECT count({source}), count(*) FILTER (WHERE {source} IS NULL AND {derived} IS NOT NULL), "
        f"count(*) FILTER (WHERE {source} IS NOT NULL AND {derived} IS NOT NULL), "
        f"count(*) FILTER (WHERE ({_rule(spec, source)}) <> ({_rule(spec, derived)})) FROM {_FACTS}"
    )
    basis = "mixed" if by_source and by_events else "source" if by_source else "derived"
    if not both:
        return replace(measure, basis=basis)
    beside = [
        _counter(frame, spec, source, "source", str(spec.ways[0])),
        _counter(frame, spec, derived, "derived", str(spec.ways[1])),
    ]
    disagreement = statistics.wilson(differ, both)
    beside.append(
        Related(
            f"{spec.name}.disagreement",
            _("cases in which the two disagree"),
            disagreement.value,
            Unit.SHARE,
            both,
            disagreement.low,
            disagreement.high,
        )
    )
    return replace(measure, basis=basis, beside=(*measure.beside, *beside))


def _counter(frame: Frame, spec: Spec, column: str, suffix: str, label: str) -> Related:
    """The measure once more, by one counter alone."""
    rule = _rule(spec, column)
    cast = "::int" if isinstance(spec.value, Share) else ""
    value, n = frame.row(
        f"SELECT avg(({rule}){cast})::float8, count({column}) FROM {_FACTS} WHERE {column} IS NOT NULL"
    )
    return Related(f"{spec.name}.{suffix}", label, value, spec.unit, n)


def _rule(spec: Spec, column: str) -> str:
    """What the measure asks of a case, asked of one of the two counters."""
    if isinstance(spec.value, Share):
        return spec.value.success.replace(spec.derived.removesuffix("_derived"), column)
    return column


def _unresolved(frame: Frame) -> tuple[Related, ...]:
    unresolved, untimed, impossible = frame.row(
        "SELECT count(*) FILTER (WHERE resolved_at IS NULL AND NOT was_resolved AND NOT impossible),"
        " count(*) FILTER (WHERE resolved_at IS NULL AND was_resolved AND NOT impossible),"
        f" count(*) FILTER (WHERE impossible) FROM {_FACTS}"
    )
    beside = [Related("unresolved", _("cases not resolved"), unresolved, Unit.COUNT)]
    if untimed:
        text = _("resolved cases left out because their source does not tell when")
        beside.append(Related("resolved_without_time", text, untimed, Unit.COUNT))
    if impossible:
        beside.append(
            Related("impossible_times", _("cases left out because they end before they begin"), impossible, Unit.COUNT)
        )
    return tuple(beside)


def _of_all_old_enough(frame: Frame) -> tuple[Related, ...]:
    successes, n = frame.row(
        f"SELECT count(*) FILTER (WHERE resolution_days <= 3), count(*) FROM {_FACTS} "
        "WHERE opened_at <= %(end)s - interval '3 days'"
    )
    if not n:
        return ()
    interval = statistics.wilson(successes, n)
    return (
        Related(
            "resolved_within_3_days_share.of_all",
            _("of all cases opened at least three days before the end of the window"),
            interval.value,
            Unit.SHARE,
            n,
            interval.low,
            interval.high,
        ),
    )


def _concerns(frame: Frame) -> tuple[Related, ...]:
    """The share as three whole numbers, what was not judged, and beside it what the customer sees and says."""
    (unheld,) = frame.row(
        f"SELECT count(*) FROM {_FACTS} WHERE first_contact IN ('yes', 'no') AND NOT coalesce({HELD}, false)"
    )
    beside = list(_counted(frame, "first_contact_resolution", "first_contact = 'yes'"))
    gross, judged = frame.row(f"SELECT count(*) FILTER (WHERE one_contact), count(*) FROM {_FACTS} WHERE {JUDGED}")
    if judged:
        interval = statistics.wilson(gross, judged)
        text = _("as the customer sees it: hand-overs inside are no failure")
        beside.append(_related("first_contact_resolution.gross", text, interval))
    solved, answers = frame.row(of_solved.TOLD_SOLVED)
    if answers:
        interval = statistics.wilson(solved, answers)
        text = _("as customers say themselves, yes or no")
        beside.append(_related("first_contact_resolution.told", text, interval))
    if unheld:
        beside.append(
            Related(
                "first_contact_resolution.handovers_unknown",
                _("judged without knowing their hand-overs"),
                unheld,
                Unit.COUNT,
            )
        )
    return tuple(beside)


def _related(name: str, label: str, interval: statistics.Interval) -> Related:
    return Related(name, label, interval.value, Unit.SHARE, int(interval.n), interval.low, interval.high)


def _counted(frame: Frame, name: str, success: str) -> tuple[Related, ...]:
    """Numerator, denominator, what is still open and what nobody can judge: a share of concerns is never told alone."""
    yes, judged, still_open, unknown = frame.row(
        f"SELECT count(*) FILTER (WHERE {JUDGED} AND {success}), count(*) FILTER (WHERE {JUDGED}), "
        "count(*) FILTER (WHERE first_contact = 'open'), count(*) FILTER (WHERE first_contact = 'not_judgeable') "
        f"FROM {_FACTS}"
    )
    return (
        Related(f"{name}.numerator", _("solved at the first contact"), yes, Unit.COUNT),
        Related(f"{name}.denominator", _("concerns judged"), judged, Unit.COUNT),
        Related(f"{name}.open", _("still open: resolved too shortly ago to know"), still_open, Unit.COUNT),
        Related(
            f"{name}.not_judgeable",
            _("not to be judged: customer, topic or resolution not known"),
            unknown,
            Unit.COUNT,
        ),
    )


def _gross(frame: Frame) -> tuple[Related, ...]:
    return _counted(frame, "first_contact_resolution_gross", "one_contact")


def _past(frame: Frame) -> tuple[Related, ...]:
    """How many of those beyond three days still wait, and who is not counted."""
    waiting, unjudged = frame.row(
        "SELECT count(*) FILTER (WHERE past AND resolved_at IS NULL), "
        "count(*) FILTER (WHERE past IS NULL AND opened_at <= %(end)s - interval '72 hours') "
        f"FROM {_FACTS}"
    )
    beside = [Related("past_three_days_share.open", _("of these still not resolved"), waiting, Unit.COUNT)]
    if unjudged:
        text = _("older than three days and not judged: nobody knows when they were resolved")
        beside.append(Related("past_three_days_share.not_judged", text, unjudged, Unit.COUNT))
    return tuple(beside)


_BESIDE: dict[str, Callable[[Frame], tuple[Related, ...]]] = {
    "resolution_days_median": _unresolved,
    "resolved_within_3_days_share": _of_all_old_enough,
    "first_contact_resolution": _concerns,
    "first_contact_resolution_gross": _gross,
    "past_three_days_share": _past,
    of_promise.NAME: of_promise.beside,
}
