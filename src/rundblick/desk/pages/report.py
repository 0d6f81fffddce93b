"""The blind-spot report as a page: each figure with its doubt, and the cases behind it under the reader's rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rundblick.blindspots.latest import ids_behind, latest_report
from rundblick.blindspots.measures.words import GROUPS
from rundblick.blindspots.model import Measure, Report, Row, RowState, Unit, Voice
from rundblick.blindspots.saved import UnknownFigure
from rundblick.blindspots.statistics import Firmness
from rundblick.cases.models import Case
from rundblick.desk.pages.lists import COLUMNS, PAGE, case_rows
from rundblick.desk.shapes import Empty
from rundblick.desk.templatetags.desk import number
from rundblick.people import gate
from rundblick.people.gate import needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One card. ``x``, ``low`` and ``high`` are 0..100 on the card's line; None where there is no line."""

    name: str
    label: str
    definition: str
    value: str
    unit: str
    range: str
    x: float | None = None
    low: float | None = None
    high: float | None = None
    weak: bool = False
    missing: str = ""
    url: str = ""
    cases: int = 0
    beside: tuple[str, ...] = ()

    @property
    def band(self) -> float:
        return max((self.high or 0.0) - (self.low or 0.0), 0.5)

    @property
    def mark(self) -> float:
        """Left edge of the dot, which is 1.2 wide."""
        return min(max((self.x or 0.0) - 0.6, 0.0), 98.8)


@dataclass(frozen=True, slots=True)
class Leg:
    """One voice of a claim on 0..100."""

    kind: str
    label: str
    value: str
    x: float
    low: float
    width: float
    weak: bool

    @property
    def mark(self) -> float:
        """Left edge of the dot, which is 1.4 wide."""
        return min(max(self.x - 0.7, 0.0), 98.6)


@dataclass(frozen=True, slots=True)
class Claim:
    claim: str
    question: str
    verdict: str
    tone: str
    legs: tuple[Leg, ...]
    gap: str
    missing: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


@needs("report.read")
def report(request: HttpRequest) -> HttpResponse:
    found = latest_report((get_language() or "en")[:2])
    groups = _groups(found)
    context = {
        "area": "report",
        "report": found,
        "myths": [_claim(row, found) for row in found.myths],
        "eight": [_claim(row, found) for row in found.magic_eight],
        "index": number(found.index.value, 0) if found.index else "",
        "groups": groups,
        "empty": None if found.totals.cases else _nothing_yet(),
    }
    return render(request, "desk/pages/report.html", context)


@needs("report.read")
def behind(request: HttpRequest, name: str) -> HttpResponse:
    """The cases that make a figure, the worst first, as far as the reader may see them."""
    if not gate.allowed(request.user, "case.read"):
        raise Http404
    found = latest_report((get_language() or "en")[:2])
    measure = found.measures.get(name) or next((m for m in found.measures.values() if m.saved_query == name), None)
    if measure is None or found.window is None or measure.missing is not None:
        raise Http404
    try:
        ids = ids_behind(measure.saved_query or name, found.window)
    except UnknownFigure:
        raise Http404(name) from None
    start = int(request.GET["from"]) if request.GET.get("from", "").isdecimal() else 0
    rows, next_start = visible_page(request.user, ids, min(start, len(ids)))
    gate.saw(request, "customer", [row["customer_id"] for row in rows], "report.read")
    context = {
        "area": "report",
        "figure": _figure(measure),
        "title": measure.label,
        "rows": case_rows(request.user, rows, with_snippets=False),
        "older_url": f"{request.path}?{urlencode({'from': next_start})}" if next_start else "",
        "newer_url": request.path if start else "",
        "empty": Empty(
            _("No case that you may see"),
            _("The figure counts the whole company; you see the cases of your teams."),
            "shield-lock",
            reverse("desk:report"),
            _("Back to the report"),
        ),
    }
    return render(request, "desk/pages/behind.html", context)


def visible_page(user: Any, ids: Sequence[int], start: int) -> tuple[list[dict[str, Any]], int]:
    """The next page of those that may be seen, in the figure's order, and where the one after starts (0: nowhere)."""
    rows: list[dict[str, Any]] = []
    at = start
    while at < len(ids) and len(rows) < PAGE:
        part = list(ids[at : at + 4 * PAGE])
        seen = {r["id"]: r for r in Case.objects.filter(gate.visible_cases(user), pk__in=part).values(*COLUMNS)}
        for id_ in part:
            at += 1
            if id_ in seen:
                rows.append(seen[id_])
            if len(rows) == PAGE:
                break
    return rows, at if at < len(ids) else 0


# --- figures as cards ------------------------------------------------------------------------------------------------


def _groups(found: Report) -> list[tuple[str, list[Figure], str]]:
    """The figures under the report's own headings, in its own order; with what is to be said of all of a heading."""
    notes = {"customer": found.matching.text} if found.matching is not None else {}
    groups = [
        (
            str(title),
            [_figure(measure) for measure in found.measures.values() if measure.group == code],
            notes.get(code, ""),
        )
        for code, title in GROUPS.items()
    ]
    return [group for group in groups if group[1]]


def _figure(measure: Measure) -> Figure:
    value, unit = value_words(measure.value, measure.unit)
    low, high = measure.low, measure.high
    span = ""
    if low is not None and high is not None:
        span = _("%(low)s to %(high)s, n = %(n)s") % {
            "low": value_words(low, measure.unit)[0],
            "high": " ".join(value_words(high, measure.unit)).strip(),
            "n": number(measure.n),
        }
    elif measure.n and measure.unit is not Unit.COUNT:
        span = _("n = %(n)s") % {"n": number(measure.n)}
    drawn = measure.unit is Unit.SHARE and measure.value is not None
    opens = measure.saved_query and measure.cases_behind and measure.missing is None
    return Figure(
        name=measure.name,
        label=measure.label,
        definition=measure.definition,
        value=value,
        unit=unit,
        range=span,
        x=_percent(measure.value) if drawn else None,
        low=_percent(low) if drawn and low is not None else None,
        high=_percent(high) if drawn and high is not None else None,
        weak=measure.firmness is not Firmness.FULL,
        missing=measure.missing.text if measure.missing else "",
        url=reverse("desk:behind", args=[measure.name]) if opens else "",
        cases=measure.cases_behind,
        beside=tuple(f"{b.label}: {' '.join(value_words(b.value, b.unit)).strip()}" for b in measure.beside),
    )


def value_words(value: float | None, unit: Unit) -> tuple[str, str]:
    """A value and its unit as people write them; shares become per cent."""
    if value is None:
        return "–", ""
    match unit:
        case Unit.SHARE:
            return number(value * 100, 1 if value * 100 < 10 else 0), "%"
        case Unit.DAYS:
            return number(value, 1), _("days")
        case Unit.HOURS:
            return number(value, 1), _("hours")
        case Unit.MINUTES:
            return number(value, 1), _("minutes")
        case Unit.COUNT:
            return number(value), ""
        case Unit.POINTS:
            return number(value, 0), _("points")
        case _:
            return number(value, 2), ""


def _percent(value: float | None) -> float | None:
    return None if value is None else round(min(max(value, 0.0), 1.0) * 100, 2)


_TONES = {
    RowState.BLIND_SPOT: "bad",
    RowState.MODEST: "good",
    RowState.ALIGNED: "good",
    RowState.UNCLEAR: "unsure",
    RowState.TOO_FEW: "unsure",
}


def _claim(row: Row, found: Report) -> Claim:
    legs = tuple(
        _leg(kind, label, voice)
        for kind, label, voice in (
            ("believed", _("believed"), row.believed),
            ("staff", _("staff"), row.staff),
            ("said", _("said"), row.said),
            ("done", _("done"), row.done),
        )
        if voice is not None
    )
    gap = ""
    if row.gap is not None:
        words = {"value": number(row.gap.value, 0)}
        gap = _("Gap: %(value)s points") % words
        if row.gap.low is not None and row.gap.high is not None:
            gap = _("Gap: %(value)s points (%(low)s to %(high)s)") % {
                **words,
                "low": number(row.gap.low, 0),
                "high": number(row.gap.high, 0),
            }
    links = tuple(
        (found.measures[name].label, reverse("desk:behind", args=[name]))
        for name in row.measures
        if name in found.measures and _figure(found.measures[name]).url
    )
    return Claim(
        row.claim,
        row.question,
        row.verdict,
        _TONES.get(row.state, ""),
        legs,
        gap,
        tuple(m.text for m in row.missing),
        links,
    )


def _leg(kind: str, label: str, voice: Voice) -> Leg:
    low = voice.low if voice.low is not None else voice.value
    high = voice.high if voice.high is not None else voice.value
    low, high = max(low, 0.0), min(high, 100.0)
    return Leg(
        kind,
        label,
        number(voice.value, 0),
        round(voice.value, 2),
        round(low, 2),
        round(max(high - low, 0.0), 2),
        voice.firmness is not Firmness.FULL,
    )


def _nothing_yet() -> Empty:
    return Empty(
        _("No figures yet"),
        _("The report fills itself from the cases. Import an export with 'rundblick import', or connect a channel."),
        "radar-2",
    )
