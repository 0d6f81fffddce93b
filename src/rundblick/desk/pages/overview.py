"""The manager's page: today at a glance over teams, each number with its cases, and how old it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from rundblick.blindspots.teams import Line
from rundblick.blindspots.today import COUNTS, Day, TeamToday, away_of, lines_of, month_of, today, trend
from rundblick.desk.pages.lists import case_rows
from rundblick.desk.pages.report import visible_page
from rundblick.desk.shapes import Empty
from rundblick.desk.templatetags.desk import number
from rundblick.people import gate
from rundblick.people.gate import needs

_TONES = {"overdue": "bad", "hour": "risk", "past_three_days": "bad", "escalated": "risk"}
_MONTH = ("first_contact", "reopened")
_HEIGHT = 60.0


@dataclass(frozen=True, slots=True)
class Cell:
    value: str
    url: str = ""
    tone: str = ""
    label: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    partner: bool
    cells: tuple[Cell, ...]
    board_url: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the trend, in the picture's own measure: 14 columns of 10, 60 high."""

    day: Day
    x: float
    y: float
    height: float
    line_y: float


def names() -> dict[str, str]:
    """What the numbers are called."""
    return {
        "open": pgettext("overview", "Open"),
        "new": pgettext("overview", "New today"),
        "resolved": pgettext("overview", "Solved today"),
        "hour": _("Due within the hour"),
        "today": _("Due later today"),
        "overdue": pgettext("board", "Overdue"),
        "past_three_days": _("Open for more than three days"),
        "unowned": _("Nobody has them yet"),
        "offered": _("Handed over, not accepted"),
        "escalated": _("To decide"),
        "first_contact": _("Solved at the first contact"),
        "reopened": pgettext("figures", "Reopened"),
    }


@needs("team.read")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Today over the teams that the reader sees."""
    user: Any = request.user
    told = today()
    lines = lines_of(user, told)
    month = month_of(user)
    opens = gate.allowed(user, "case.read")
    days = trend(lines, told)
    context = {
        "area": "overview",
        "told": told,
        "totals": [_total(code, lines, opens) for code in COUNTS],
        "heads": [names()[code] for code in (*COUNTS, *_MONTH)],
        "rows": [_row(line, month, opens) for line in lines],
        "counting": month is None,
        "bars": bars(days),
        "line": " ".join(f"{bar.x + 4:.0f},{bar.line_y:.1f}" for bar in bars(days)),
        "silent": told.silent if gate.allowed(user, "team.read") else (),
        "may_mend": gate.allowed(user, "admin.settings"),
        "away": away_of(user, told) if gate.allowed(user, "people.read") else (),
        "asked_again": number(told.asked_again),
        "may_report": gate.allowed(user, "report.read"),
        "empty": Empty(
            _("No team to look at"), _("Teams and who works in them are made under How we work, Teams."), "users"
        ),
    }
    return render(request, "desk/pages/overview.html", context)


@needs("team.read")
@require_safe
def behind(request: HttpRequest, name: str) -> HttpResponse:
    """The cases of a number, as they were counted and as far as the reader may see them."""
    user: Any = request.user
    if name not in COUNTS or not gate.allowed(user, "case.read"):
        raise Http404
    wanted = request.GET.get("team", "")
    lines = [line for line in lines_of(user, today()) if not wanted or str(line.uuid) == wanted]
    ids = [id_ for line in lines for id_ in line.counts[name].ids]
    given = request.GET.get("from", "")
    start = int(given) if given.isdecimal() and len(given) < 7 else 0
    rows, onward = visible_page(user, ids, min(start, len(ids)))
    gate.saw(request, "customer", {row["customer_id"] for row in rows})
    kept = {"team": wanted} if wanted and lines else {}
    title = names()[name] if len(lines) != 1 else f"{names()[name]}: {lines[0].name}"
    context = {
        "area": "overview",
        "title": title,
        "back_url": reverse("desk:overview"),
        "rows": case_rows(user, rows),
        "older_url": f"{request.path}?{urlencode({**kept, 'from': onward})}" if onward else "",
        "newer_url": f"{request.path}?{urlencode(kept)}" if start else "",
        "empty": Empty(_("No case here"), _("Whatever was counted has been done, or is not yours to see."), "checks"),
    }
    return render(request, "desk/pages/board_list.html", context)


def bars(days: Sequence[Day]) -> list[Bar]:
    """The days as bars (came in) and points of a line (solved)."""
    most = max([1, *(max(day.new, day.resolved) for day in days)])
    found = []
    for place, day in enumerate(days):
        height = _HEIGHT * day.new / most
        found.append(Bar(day, place * 10.0, _HEIGHT - height, height, _HEIGHT - _HEIGHT * day.resolved / most))
    return found


def _url(code: str, team: str = "") -> str:
    address = reverse("desk:overview-cases", args=[code])
    return f"{address}?{urlencode({'team': team})}" if team else address


def _total(code: str, lines: Sequence[TeamToday], opens: bool) -> Cell:
    n = sum(line.counts[code].n for line in lines)
    return Cell(number(n), _url(code) if opens and n else "", _TONES.get(code, "") if n else "", names()[code])


def _row(line: TeamToday, month: dict[Any, Line] | None, opens: bool) -> Row:
    cells = [
        Cell(
            number(line.counts[code].n),
            _url(code, str(line.uuid)) if opens and line.counts[code].n else "",
            _TONES.get(code, "") if line.counts[code].n else "",
        )
        for code in COUNTS
    ]
    cells += [_share(line, month, name) for name in _MONTH]
    board = reverse("desk:team-board", args=[line.uuid]) if opens else ""
    return Row(line.name, line.partner, tuple(cells), board)


def _share(line: TeamToday, month: dict[Any, Line] | None, name: str) -> Cell:
    found = month.get(line.uuid) if month is not None else None
    figure = found.figures.get(name) if found is not None else None
    if figure is None or figure.value is None:
        return Cell("…" if month is None else "·" if figure is not None and figure.hidden else "–")
    return Cell(f"{number(100 * figure.value)} %", title=f"n = {number(figure.n)}")
