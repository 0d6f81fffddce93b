"""Invented reports: a rich one that fills every corner of the page, and a poor one that fills almost none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from django.utils import translation
from django.utils.translation import gettext as _

from rundblick.blindspots import statistics
from rundblick.blindspots.dimensions import MYTHS
from rundblick.blindspots.measures.of_cases import SPECS
from rundblick.blindspots.measures.words import channel
from rundblick.blindspots.model import (
    Better,
    Bin,
    Distribution,
    Fault,
    HeatMap,
    Input,
    InputFile,
    Matching,
    Measure,
    Missing,
    Point,
    Related,
    Report,
    Sample,
    Series,
    Totals,
    Unit,
    Window,
)
from rundblick.blindspots.report.formats import Formats
from rundblick.blindspots.resolving import told
from rundblick.blindspots.rows import Answers, Opinions, rows_of

WINDOW = Window(datetime(2025, 11, 1, 7, 12, tzinfo=UTC), datetime(2026, 10, 31, 18, 40, tzinfo=UTC), "Europe/Berlin")
NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)

_SHARES = {
    "resolved_within_3_days_share": (6_310, 11_804),
    "promise_kept_share": (7_902, 12_214),
    "past_three_days_share": (5_904, 12_214),
    "people_talked_to_3_or_more_share": (1_804, 9_702),
    "border_handover_share": (312, 12_480),
    "handover_share": (5_871, 12_480),
    "handovers_8_or_more_share": (96, 12_480),
    "ping_pong_share": (1_204, 12_480),
    "one_person_share": (5_104, 12_102),
    "people_3_or_more_share": (2_411, 12_102),
    "people_8_or_more_share": (37, 12_102),
    "first_contact_resolution": (4_310, 11_102),
    "first_contact_resolution_gross": (5_012, 11_102),
    "reopened_share": (846, 12_480),
    "came_back_share": (1_911, 11_102),
    "cases_several_channels_share": (1_040, 12_480),
}
_OTHERS = {
    "first_reply_hours_median": (9.4, 9.0, 9.9),
    "first_reply_hours_p90": (61.2, 58.0, 64.9),
    "resolution_days_median": (2.71, 2.62, 2.8),
    "resolution_days_p90": (19.6, 18.9, 20.4),
    "people_talked_to_mean": (1.61, 1.59, 1.63),
    "outside_hours_median": (31.5, 29.0, 34.0),
    "outside_hours_p90": (170.2, 151.0, 190.4),
    "handovers_mean": (0.98, 0.95, 1.01),
    "team_changes_mean": (0.61, 0.59, 0.63),
    "person_changes_in_team_mean": (0.37, 0.35, 0.39),
    "people_per_case_mean": (2.08, 2.05, 2.11),
    "teams_per_case_mean": (1.52, 1.5, 1.54),
}


def measure(name: str = "reopened_share", **values: object) -> Measure:
    """One measure, a share of 30 of 100 unless told otherwise."""
    share = statistics.wilson(30, 100)
    blank = Measure(
        name=name,
        label=f"Label of {name}",
        definition=f"Definition of {name}.",
        unit=Unit.SHARE,
        value=share.value,
        low=share.low,
        high=share.high,
        n=100,
        interval="wilson",
        group="solved",
        window=WINDOW,
        sources=("tickets.csv",),
        cases_behind=30,
        saved_query=name,
        sample=Sample(("T-1", "T-2"), ("T-7",)),
    )
    return replace(blank, **values)  # type: ignore[arg-type]


def _share(name: str, label: str, group: str, better: Better, successes: int, n: int, **more: object) -> Measure:
    s = statistics.wilson(successes, n)
    return measure(name, label=label, group=group, better=better, value=s.value, low=s.low, high=s.high, n=n, **more)


def _measures() -> dict[str, Measure]:
    found = [
        measure("cases", label=_("Cases"), unit=Unit.COUNT, value=12_480, n=12_480, low=None, high=None, group="size"),
        measure(
            "customers", label=_("Customers"), unit=Unit.COUNT, value=7_310, n=7_310, low=None, high=None, group="size"
        ),
        measure(
            "channels", label=_("Channels in use"), unit=Unit.COUNT, value=8, n=8, low=None, high=None, group="channels"
        ),
        measure("systems", label=_("Systems"), unit=Unit.COUNT, value=8, n=8, low=None, high=None, group="customer"),
        measure("tiers", label=_("Service tiers"), unit=Unit.COUNT, value=3, n=3, low=None, high=None, group="size"),
    ]
    for spec in SPECS:
        if spec.name in _SHARES:
            value = statistics.wilson(*_SHARES[spec.name])
        else:
            value = statistics.Interval(*_OTHERS[spec.name], n=12_102)
        found.append(
            measure(
                spec.name,
                label=str(spec.label),
                definition=str(spec.definition),
                unit=spec.unit,
                better=spec.better,
                group=spec.group,
                value=value.value,
                low=value.low,
                high=value.high,
                n=int(value.n),
                basis="source" if spec.source else "",
                beside=(
                    Related(f"{spec.name}.derived", _("by the changes in the log"), 0.41, spec.unit, 12_480),
                    Related(
                        f"{spec.name}.disagreement", _("cases in which the two disagree"), 0.071, Unit.SHARE, 12_480
                    ),
                )
                if spec.source
                else (),
            )
        )
    for code, n in {"email": 5_120, "phone": 3_990, "form": 1_380, "letter": 801, "chat": 640, "social": 312,
                    "branch": 234, "fax": 3}.items():  # fmt: skip
        found.append(
            _share(f"channel_share.{code}", channel(code), "channels", Better.NEITHER, n, 12_480, persons=min(n, 7_310))
        )
    promised = Missing("no_data", _("What was promised and when it was done: map promised_at and done_at of orders."))
    found += [
        _share("known_customer_share", _("Cases whose customer is known"), "customer", Better.HIGH, 9_811, 12_480),
        _share("one_number_share", _("Customers with a single number"), "customer", Better.HIGH, 2_204, 7_310),
        _share("one_system_share", _("Customers in a single system"), "customer", Better.HIGH, 2_604, 7_310),
        measure(
            "numbers_per_customer_mean",
            label=_("Numbers per customer"),
            unit=Unit.MEAN,
            value=2.64,
            low=2.6,
            high=2.68,
            n=7_310,
            group="customer",
        ),
        _share(
            "inbound_answered_share", _("Contacts in writing that got an answer"), "speed", Better.HIGH, 5_904, 7_020
        ),
        _share("social_answered_share", _("Public posts that got an answer"), "channels", Better.HIGH, 96, 312),
        _share("social_dialogue_share", _("Public posts that became a dialogue"), "channels", Better.HIGH, 24, 290),
        _share("calls_within_20_s_share", _("Calls answered within 20 seconds"), "speed", Better.HIGH, 1_704, 3_990),
        measure(
            "handling_minutes_median",
            label=_("Minutes per call"),
            unit=Unit.MINUTES,
            value=7.8,
            low=7.6,
            high=8.0,
            n=3_204,
            group="speed",
        ),
        _share("csat_share", _("Satisfied customers"), "ratings", Better.HIGH, 402, 811),
        measure(
            "nps",
            label=_("Net promoter score"),
            unit=Unit.POINTS,
            value=-8.0,
            low=-14.2,
            high=-1.7,
            n=611,
            group="ratings",
        ),
        _share("ces_share", _("Customers to whom it was made easy"), "ratings", Better.HIGH, 14, 22),
        _share("review_low_share", _("Public reviews with one or two stars"), "reviews", Better.LOW, 61, 148),
        _share("asked_90_days_share", _("Customers asked within the last 90 days"), "ratings", Better.HIGH, 611, 7_310),
        measure(
            "months_since_asked_median",
            label=_("Months since customers were last asked"),
            unit=Unit.MONTHS,
            value=8.3,
            low=None,
            high=None,
            n=1_204,
            group="ratings",
        ),
        measure("orders_on_time_share", value=None, n=0, low=None, high=None, group="speed", missing=promised),
    ]
    return {m.name: m for m in found}


def _answers(*counts: int) -> Answers:
    """How often each of the five steps was chosen."""
    return Answers({25.0 * i: n for i, n in enumerate(counts) if n})


def opinions() -> Opinions:
    believed = {
        "know_customer": _answers(0, 0, 2, 6, 4),
        "one_voice": _answers(0, 1, 2, 6, 3),
        "no_number": _answers(0, 0, 1, 5, 6),
        "satisfied": _answers(0, 0, 2, 7, 3),
        "fast": _answers(0, 0, 3, 6, 3),
        "social": _answers(1, 3, 5, 2, 1),
        "customer_first": _answers(0, 0, 0, 5, 7),
        "people": _answers(0, 2, 5, 4, 1),
        "channels": _answers(0, 0, 1, 5, 6),
        "months": _answers(1, 2, 4, 4, 1),
        "systems": _answers(1, 0, 1, 0, 1),
    }
    staff = {
        "know_customer": _answers(4, 9, 14, 10, 3),
        "one_voice": _answers(7, 13, 12, 6, 2),
        "fast": _answers(3, 8, 15, 11, 3),
        "people": _answers(6, 12, 11, 8, 3),
    }
    said = {
        "know_customer": _answers(60, 80, 70, 40, 20),
        "one_voice": _answers(70, 85, 60, 40, 15),
        "no_number": _answers(40, 70, 80, 50, 30),
        "satisfied": _answers(90, 131, 188, 241, 161),
        "fast": _answers(55, 71, 64, 52, 24),
        "customer_first": _answers(6, 5, 4, 4, 3),
        "people": _answers(30, 60, 80, 60, 40),
    }
    return Opinions(believed, staff, said, {})


def full_report(language: str = "en", **changes: object) -> Report:
    """A report with everything in it: believed, said and done, small cuts, missing figures, unreadable rows."""
    with translation.override(language):
        measures = _measures()
        rows, index = rows_of(opinions(), measures)
        resolution = (310, 902, 1_104, 806, 1_960, 1_228, 1_544, 1_002, 1_410, 890, 420, 228)
        labels = ("under 1 h", "1-4 h", "4-8 h", "8-24 h", "1-2 days", "2-3 days", "3-5 days", "5-7 days", "1-2 weeks",
                  "2-4 weeks", "1-2 months", "longer")  # fmt: skip
        edges = (0, 1 / 24, 4 / 24, 8 / 24, 1, 2, 3, 5, 7, 14, 30, 60, None)
        report = Report(
            language=language,
            generated_at=NOW,
            program="rundblick 0.1.0",
            window=WINDOW,
            input=Input(
                (
                    InputFile("crm_kunden.csv", 7_402, 7_398, 4, ("Read as cp1252.",), "customers", "crm",
                              (Fault("The date is none: use day.month.year", 4, (18, 904, 2_210, 6_001)),)),
                    InputFile("tickets_2026.xlsx", 12_480, 12_480, 0,
                              ("A column name stands twice: category, category#2.",), "cases", "servicedesk"),
                    InputFile("telefon.csv.gz", 3_990, 3_990, 0, (), "calls", "phone"),
                    InputFile("umfrage.csv", 811, 811, 0, (), "ratings", "survey"),
                ),
                company="Muster GmbH",
            ),
            totals=Totals(7_310, 12_480, 18_204, 64_110, 8, 96),
            matching=told(
                Matching(21_804, 9_411, 13_020, "5e1180cc36fac04d", "here"),
                measures.values(),
                Formats.of(language, "DE", WINDOW.timezone),
            ),
            measures=measures,
            myths=rows[: len(MYTHS)],
            magic_eight=rows[len(MYTHS) :],
            index=index,
            distributions=(
                Distribution(
                    name="resolution_days", label=_("Time to the resolution"), unit=Unit.DAYS, n=sum(resolution),
                    bins=tuple(Bin(label, edges[i] or 0, edges[i + 1], n)
                               for i, (label, n) in enumerate(zip(labels, resolution, strict=True))),
                    measure="resolution_days_median", mark=3, mark_label=_("three days"),
                ),
                Distribution(
                    name="handovers", label=_("Hand-overs per case"), unit=Unit.COUNT, n=12_480,
                    measure="handovers_mean",
                    bins=tuple(Bin(str(i), i, i + 1, n) for i, n in
                               enumerate((6_609, 3_104, 1_402, 680, 341, 160, 74, 40, 31, 18, 12, 6, 3))),
                ),
                Distribution(
                    name="people_per_case", label=_("People per case"), unit=Unit.COUNT, n=12_102,
                    measure="people_per_case_mean",
                    bins=tuple(Bin(str(i + 1), i + 1, i + 2, n) for i, n in enumerate((5_104, 4_587, 1_604, 520, 287))),
                ),
            ),
            heat_maps=(
                _week("contacts", _("When customers make contact"), 1.0),
                _week("answers", _("When they are answered"), 0.6),
            ),
            series=tuple(
                Series(name=name, label=label, unit=Unit.SHARE, measure=name, points=tuple(
                    Point(f"2026-{month:02d}-01", base + step * month, 1_000 + month) for month in range(1, 11)))
                for name, label, base, step in (
                    ("resolved_within_3_days_share", _("Resolved within three days"), 0.61, -0.012),
                    ("handover_share", _("Cases handed over at least once"), 0.39, 0.011),
                )
            ),
        )  # fmt: skip
    return replace(report, **changes)  # type: ignore[arg-type]


def _week(name: str, label: str, scale: float) -> HeatMap:
    """A plausible week: mornings are busy, evenings are not answered, Sundays are quiet."""
    cells, persons = [], []
    for day in range(7):
        hours = []
        for hour in range(24):
            weekday = 1.0 if day < 5 else 0.35 if day == 5 else 0.15
            wave = max(0.0, 1 - abs(hour - 10) / 6) + 0.6 * max(0.0, 1 - abs(hour - 19) / 4) * (name == "contacts")
            hours.append(int(180 * scale * weekday * wave))
        cells.append(tuple(hours))
        persons.append(tuple(n // 3 for n in hours))
    n = sum(map(sum, cells))
    return HeatMap(name=name, label=label, n=n, cells=tuple(cells), persons=tuple(persons))


def poor_report(language: str = "en", **changes: object) -> Report:
    """Nothing but four cases: every row without a measure, every figure missing."""
    with translation.override(language):
        missing = {
            spec.name: measure(
                spec.name, label=str(spec.label), unit=spec.unit, group=spec.group, value=None, low=None, high=None,
                n=0, cases_behind=0, sample=Sample(), missing=Missing("no_data", str(spec.needs)),
            )
            for spec in SPECS
        }  # fmt: skip
        rows, index = rows_of(Opinions({}, {}, {}, {}), missing)
        report = Report(
            language=language,
            generated_at=NOW,
            program="rundblick 0.1.0",
            window=WINDOW,
            input=Input((InputFile("tickets.csv", 4, 4, 0, (), "cases", "desk"),)),
            totals=Totals(3, 4, 4, 0, 1, 0),
            measures=missing,
            myths=rows[: len(MYTHS)],
            magic_eight=rows[len(MYTHS) :],
            index=index,
        )
    return replace(report, **changes)  # type: ignore[arg-type]
