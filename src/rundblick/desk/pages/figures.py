"""What each team had, kept and handed on: a table of teams, the cases behind each number, and which topics are slow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from rundblick.blindspots import teams
from rundblick.blindspots.measures.words import cause
from rundblick.blindspots.repeats import REPEATS, Repeats
from rundblick.blindspots.statistics import Firmness
from rundblick.blindspots.teams import COUNTS, DAYS, FIGURES, HOURS, MINUTES, Figure, Line, lines_for, team_figures
from rundblick.core.rulebooks import RuleError, StaleError, in_force, put_in_force
from rundblick.desk.pages.lists import case_rows
from rundblick.desk.pages.report import visible_page
from rundblick.desk.shapes import Empty
from rundblick.desk.templatetags.desk import number
from rundblick.people import gate
from rundblick.people.gate import needs


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell: what is written, what stands behind it, and where it leads."""

    value: str
    beside: str = ""
    title: str = ""
    url: str = ""
    weak: bool = False


@dataclass(frozen=True, slots=True)
class TeamRow:
    name: str
    partner: bool
    cells: tuple[Shown, ...]
    causes: str
    topics: tuple[tuple[str, str, str], ...]


def names() -> dict[str, str]:
    """What the figures are called, in their order."""
    return {
        "incoming": _("Came in"),
        "resolved": pgettext("figures", "Solved"),
        "open": _("Open now"),
        "past_promise": _("Waiting past the promise"),
        "reaction_kept": _("Answered in time"),
        "resolution_kept": _("Solved in time"),
        "past_three_days": _("Beyond three days"),
        "first_contact": _("Solved at the first contact"),
        "first_contact_gross": _("as the customer sees it"),
        "reopened": pgettext("figures", "Reopened"),
        "handed_in": _("Handed to the team"),
        "handed_out": _("Handed on by it"),
        "given_back": _("Given back by it"),
        "ping_pong": _("Back and forth"),
        MINUTES: _("Minutes per solved concern"),
        HOURS: _("Hours at the firm, median"),
    }


@needs("team.read")
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    days = days_of(request.GET.get("days", ""))
    told = team_figures(days)
    lines = lines_for(request.user, told)
    opens = gate.allowed(request.user, "case.read")
    ours, partners = [one for one in lines if not one.partner], [one for one in lines if one.partner]
    book = in_force(REPEATS)
    context = {
        "area": "company",
        "days": days,
        "choices": DAYS,
        "told": told,
        "tables": [
            table
            for table in (
                _table(_("Our teams"), ours, days, opens, [name for name in FIGURES if name != HOURS]),
                _table(
                    _("Outside firms"), partners, days, opens, [*COUNTS, "resolution_kept", "past_three_days", HOURS]
                ),
            )
            if table["rows"]
        ],
        "may_write": gate.allowed(request.user, "rules.write"),
        "slow_topics": "\n".join(book.told.slow_topics) if book else "",
        "seen": book.version if book else 0,
        "empty": Empty(
            _("No team has had a case in these days"),
            _("The figures follow the cases. Choose more days, or look at all teams with a role that may."),
            "users",
        ),
    }
    return render(request, "desk/pages/figures.html", context)


@needs("team.read")
@require_safe
def behind(request: HttpRequest, uuid: UUID, name: str) -> HttpResponse:
    """The cases of a number, as far as the reader may see them."""
    days = days_of(request.GET.get("days", ""))
    line = next((one for one in lines_for(request.user, team_figures(days)) if one.uuid == uuid), None)
    figure = line.figures.get(name) if line is not None else None
    if line is None or figure is None or figure.hidden or not gate.allowed(request.user, "case.read"):
        raise Http404
    start = int(request.GET["from"]) if request.GET.get("from", "").isdecimal() else 0
    rows, onward = visible_page(request.user, figure.ids, min(start, len(figure.ids)))
    gate.saw(request, "customer", [row["customer_id"] for row in rows], "team.read")
    context = {
        "area": "company",
        "title": f"{line.name}: {names()[name]}",
        "back_url": f"{reverse('desk:team-figures')}?{urlencode({'days': days})}",
        "rows": case_rows(request.user, rows, with_snippets=False),
        "older_url": f"{request.path}?{urlencode({'days': days, 'from': onward})}" if onward else "",
        "newer_url": f"{request.path}?{urlencode({'days': days})}" if start else "",
        "empty": Empty(
            _("No case that you may see"),
            _("The figure counts all cases of the team; you see those of your teams."),
            "shield-lock",
            reverse("desk:team-figures"),
            _("Back to the figures"),
        ),
    }
    return render(request, "desk/pages/team_cases.html", context)


@needs("rules.write")
@require_POST
def slow_topics(request: HttpRequest) -> HttpResponse:
    """The topics in which one waits thirty days whether the customer asks again."""
    topics = tuple(dict.fromkeys(line.strip() for line in request.POST.get("topics", "").splitlines() if line.strip()))
    seen = request.POST.get("seen", "0")
    try:
        put_in_force(REPEATS, Repeats(topics), by=request.user.pk, seen=int(seen) if seen.isdecimal() else 0)
    except RuleError as fault:
        messages.error(request, str(fault))
    except StaleError:
        messages.error(request, _("Somebody else has changed this meanwhile. Look at it again, nothing was saved."))
    else:
        teams.forget()
        messages.success(request, _("Saved. The figures count by it from now on."))
    return redirect("desk:team-figures")


def days_of(text: str) -> int:
    """The days that are asked for, thirty where nobody says."""
    return int(text) if text.isdecimal() and int(text) in DAYS else 30


def _table(title: str, lines: list[Line], days: int, opens: bool, wanted: list[str]) -> dict[str, Any]:
    called = names()
    heads = [name for name in called if name in wanted]
    rows = [
        TeamRow(
            line.name,
            line.partner,
            tuple(_shown(line, name, line.figures[name], days, opens) for name in heads),
            ", ".join(f"{_cause(code)} {number(n)}" for code, n in line.causes.items()),
            tuple((one.topic, number(one.minutes, 1), number(one.n)) for one in line.topics),
        )
        for line in lines
    ]
    return {"title": title, "heads": [called[name] for name in heads], "rows": rows}


def _cause(code: str) -> str:
    return cause(code) if code else _("cause not told")


def _shown(line: Line, name: str, figure: Figure, days: int, opens: bool) -> Shown:
    if figure.hidden:
        return Shown("·", title=_("Too few to be shown."))
    if figure.value is None:
        return Shown("–", title=_("Nothing to count."))
    url = ""
    if opens and figure.ids:
        url = f"{reverse('desk:team-cases', args=[line.uuid, name])}?{urlencode({'days': days})}"
    if name in COUNTS:
        return Shown(number(figure.value), url=url)
    beside = _("n = %(n)s") % {"n": number(figure.n)}
    if figure.low is None or figure.high is None:
        return Shown(number(figure.value, 1), beside, url=url, weak=figure.firm is not Firmness.FULL)
    span = {"low": number(figure.low * 100), "high": number(figure.high * 100)}
    return Shown(
        f"{number(figure.value * 100)} %",
        beside,
        _("95 %% interval: %(low)s to %(high)s %%") % span,
        url,
        figure.firm is not Firmness.FULL,
    )
