"""What customers say: survey answers, and beside them, never mixed in, public reviews."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from rundblick.blindspots import statistics
from rundblick.blindspots.measures.compute import share
from rundblick.blindspots.measures.frame import Frame, missing, with_cases_of
from rundblick.blindspots.measures.of_solved import CASES_NOT_SOLVED
from rundblick.blindspots.model import Better, Measure, Related, Unit

ASKED_DAYS = 90
# Answers on any scale, brought to 0..1; 0.75 is a 4 of 1..5, 2/3 is a 5 of 1..7, 0.9 and 0.6 are 9 and 6 of 0..10.
_NORM = "round(((value - low) / nullif(high - low, 0))::numeric, 6)"
_COUNTS = f"""
SELECT lane, kind, {_NORM}::float8, count(*), count(reply_at)
FROM voice_rating WHERE NOT superseded AND lane IN ('rating', 'review') AND high > low GROUP BY 1, 2, 3
"""
_REPLY_DAYS = """
SELECT count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM reply_at - at) / 86400)
FROM voice_rating WHERE lane = 'review' AND NOT superseded AND reply_at >= at
"""
_LAST_ASKED = """
WITH active AS (SELECT DISTINCT customer_id FROM blindspot_case WHERE customer_id IS NOT NULL),
asked AS (
    SELECT a.customer_id, max(coalesce(r.invited_at, r.at)) AS last_asked
    FROM voice_rating r JOIN customers_assignment a ON a.record_id = r.record_id AND a.valid_to IS NULL
    WHERE r.lane = 'rating' AND NOT r.superseded GROUP BY a.customer_id)
SELECT count(*), count(last_asked),
       count(*) FILTER (WHERE last_asked > %(end)s - %(asked_days)s * interval '1 day'),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM %(end)s - last_asked) / 86400 / 30.4375)
FROM active LEFT JOIN asked USING (customer_id)
"""


def _low_rated(lane: str, kinds: str, limit: str) -> str:
    return (
        f"SELECT case_id AS id FROM voice_rating WHERE lane = '{lane}' AND NOT superseded {kinds} "
        f"AND case_id IS NOT NULL AND high > low GROUP BY case_id HAVING min({_NORM}) < {limit} "
        f"ORDER BY min({_NORM}), case_id"
    )


CASES_DISSATISFIED = _low_rated("rating", "AND kind = 'csat'", "0.75")
CASES_DETRACTORS = _low_rated("rating", "AND kind = 'nps'", "0.61")
CASES_OF_EFFORT = _low_rated("rating", "AND kind = 'ces'", "0.66")
CASES_OF_LOW_REVIEWS = _low_rated("review", "", "0.26")
CASES_NOT_ASKED = """
SELECT k.id FROM cases_case k WHERE k.customer_id IS NOT NULL AND k.merged_into_id IS NULL AND NOT EXISTS (
    SELECT FROM voice_rating r JOIN customers_assignment a ON a.record_id = r.record_id AND a.valid_to IS NULL
    WHERE a.customer_id = k.customer_id AND r.lane = 'rating' AND NOT r.superseded
      AND coalesce(r.invited_at, r.at) > %(end)s - 90 * interval '1 day')
ORDER BY k.opened_at, k.id
"""

_Counts = dict[float, tuple[int, int]]


def measures_of_voice(frame: Frame) -> list[Measure]:
    rows = frame.rows(_COUNTS)
    surveys: dict[str, _Counts] = {}
    reviews: _Counts = {}
    for lane, kind, norm, n, replies in rows:
        counts = reviews if lane == "review" else surveys.setdefault(kind, {})
        before = counts.get(norm, (0, 0))
        counts[norm] = (before[0] + n, before[1] + replies)
    found = [
        _top(frame, surveys.get("csat", {})),
        _nps(frame, surveys.get("nps", {})),
        _effort(frame, surveys.get("ces", {})),
        _solved(frame, surveys.get("solved", {})),
    ]
    found += _reviews(frame, reviews)
    found += _asked(frame)
    return found


def _blank(frame: Frame, name: str, label: str, definition: str, unit: Unit, better: Better, files: str) -> Measure:
    return Measure(
        name=name,
        label=label,
        definition=definition,
        unit=unit,
        better=better,
        group=files,
        window=frame.window,
        sources=frame.sources((files,)),
        saved_query=name,
    )


def _at_least(counts: _Counts, limit: float) -> tuple[int, int]:
    """(answers at or above the limit, all answers)."""
    return (
        sum(n for norm, (n, _replies) in counts.items() if norm >= limit - 1e-4),
        sum(n for n, _replies in counts.values()),
    )


def _top(frame: Frame, counts: _Counts) -> Measure:
    blank = _blank(
        frame,
        "csat_share",
        _("Satisfied customers"),
        _("Share of the answers on satisfaction in the upper two of five steps."),
        Unit.SHARE,
        Better.HIGH,
        "ratings",
    )
    measure = share(blank, *_at_least(counts, 0.75))
    if measure.value is None:
        return missing(measure, "no_data", _("Answers of customers on their satisfaction: map ratings of kind csat."))
    return with_cases_of(frame, measure, CASES_DISSATISFIED)


def _nps(frame: Frame, counts: _Counts) -> Measure:
    blank = _blank(
        frame,
        "nps",
        _("Net promoter score"),
        _("Share of 9 and 10 minus share of 0 to 6 on the question whether one would recommend, in points."),
        Unit.POINTS,
        Better.HIGH,
        "ratings",
    )
    promoters, n = _at_least(counts, 0.9)
    if not n:
        return missing(blank, "no_data", _("Answers to the question of recommendation: map ratings of kind nps."))
    interval = statistics.nps(promoters, n - _at_least(counts, 0.61)[0], n)
    measure = replace(blank, value=interval.value, low=interval.low, high=interval.high, n=n, interval="adjusted_wald")
    return with_cases_of(frame, measure, CASES_DETRACTORS)


def _effort(frame: Frame, counts: _Counts) -> Measure:
    blank = _blank(
        frame,
        "ces_share",
        _("Customers to whom it was made easy"),
        _("Share of the answers in the upper three of seven steps on how easy it was."),
        Unit.SHARE,
        Better.HIGH,
        "ratings",
    )
    measure = share(blank, *_at_least(counts, 2 / 3))
    if measure.value is None:
        return missing(measure, "no_data", _("Answers of customers on their effort: map ratings of kind ces."))
    return with_cases_of(frame, measure, CASES_OF_EFFORT)


def _solved(frame: Frame, counts: _Counts) -> Measure:
    blank = _blank(
        frame,
        "first_contact_resolution_told",
        _("Solved at the first contact, as customers say"),
        _("Share of the customers who said yes when they were asked whether their concern was solved at the first go."),
        Unit.SHARE,
        Better.HIGH,
        "ratings",
    )
    measure = share(replace(blank, group="solved"), *_at_least(counts, 0.5))
    if measure.value is None:
        text = _("Answers to the question whether it was solved at once, yes or no: map ratings of kind solved.")
        return missing(measure, "no_data", text)
    return with_cases_of(frame, measure, CASES_NOT_SOLVED)


def _reviews(frame: Frame, counts: _Counts) -> list[Measure]:
    low = _blank(
        frame,
        "review_low_share",
        _("Public reviews with one or two stars"),
        _("Share of public reviews in the lowest two of five steps; reviews are no sample and are never averaged in."),
        Unit.SHARE,
        Better.LOW,
        "reviews",
    )
    answered = _blank(
        frame,
        "reviews_answered_share",
        _("Public reviews that got an answer"),
        _("Share of public reviews under which the company answered."),
        Unit.SHARE,
        Better.HIGH,
        "reviews",
    )
    above, n = _at_least(counts, 0.26)
    if not n:
        text = _("Public reviews: map a file of reviews.")
        return [missing(low, "no_data", text), missing(answered, "no_data", text)]
    replies = sum(r for _n, r in counts.values())
    with_reply, days = frame.row(_REPLY_DAYS)
    beside = (
        (Related("review_reply_days_median", _("days until the answer, median"), days, Unit.DAYS, with_reply),)
        if with_reply
        else ()
    )
    return [
        with_cases_of(frame, share(low, n - above, n), CASES_OF_LOW_REVIEWS),
        with_cases_of(frame, replace(share(answered, replies, n), beside=beside), CASES_OF_LOW_REVIEWS),
    ]


def _asked(frame: Frame) -> list[Measure]:
    recently = _blank(
        frame,
        "asked_90_days_share",
        _("Customers asked within the last 90 days"),
        _("Share of the customers of this report who were asked for their opinion in the last 90 days of the window."),
        Unit.SHARE,
        Better.HIGH,
        "ratings",
    )
    months = _blank(
        frame,
        "months_since_asked_median",
        _("Months since customers were last asked"),
        _("Median time from the last survey to the end of the window, over customers who were ever asked, in months."),
        Unit.MONTHS,
        Better.LOW,
        "ratings",
    )
    n, ever, recent, median = frame.row(_LAST_ASKED, asked_days=ASKED_DAYS)
    if not ever:
        text = _("When customers were asked: map ratings with their customer and at or invited_at.")
        return [missing(recently, "no_data", text), missing(months, "no_data", text)]
    never = Related("never_asked", _("customers who were never asked"), n - ever, Unit.COUNT, n)
    return [
        replace(with_cases_of(frame, share(recently, recent, n), CASES_NOT_ASKED), beside=(never,)),
        with_cases_of(frame, replace(months, value=float(median), n=ever), CASES_NOT_ASKED),
    ]
