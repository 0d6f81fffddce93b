"""When teams work: opening hours with zone, holidays and special days, and what they mean for the next days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from babel.dates import format_skeleton
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rundblick.cases.promising import put_hours
from rundblick.core.calendars import STATES, Calendar, CalendarError
from rundblick.core.rulebooks import RuleError, StaleError, in_force
from rundblick.desk.templatetags.desk import locale
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.hours import TIMETABLES, Timetable, Timetables, timetables
from rundblick.people.models import Team

AHEAD: Final = 14
_NEW: Final = Timetable("", "Mo-Fr 09:00-17:00")


@dataclass(frozen=True, slots=True)
class DayShown:
    """A day of a calendar: its hours, or that it is closed; ``free``: a day that is usually open."""

    label: str
    hours: str
    free: bool


@dataclass(frozen=True, slots=True)
class TableShown:
    """Opening hours as the page shows them; ``fault``: why they are none any more."""

    name: str
    hours: str
    zone: str
    holidays: str
    special: tuple[tuple[str, str], ...]
    teams: tuple[str, ...]
    days: tuple[DayShown, ...]
    is_first: bool
    fault: str = ""


@needs("rules.read")
def hours(request: HttpRequest) -> HttpResponse:
    """All opening hours, which team works by which, and the next fourteen days of each."""
    book = in_force(TIMETABLES)
    told = book.told if book is not None else timetables()
    context = {
        "area": "company",
        "tables": [_shown(told, place) for place in range(len(told.tables))],
        "since": book.at if book is not None else None,
        "may": {"write": gate.allowed(request.user, "rules.write")},
    }
    return render(request, "desk/pages/hours.html", context)


@needs("rules.write")
@require_http_methods(["GET", "POST"])
def hours_edit(request: HttpRequest) -> HttpResponse:
    """One of the opening hours: changed, added, taken away, or only looked at for the next days."""
    book = in_force(TIMETABLES)
    told = book.told if book is not None else timetables()
    given = request.POST if request.method == "POST" else request.GET
    before = next((one for one in told.tables if one.name == given.get("table", "")), None)
    if request.method == "GET":
        return _form(request, told, before, before or _NEW, book.version if book is not None else 0)
    seen = _number(request.POST.get("seen", ""))
    if request.POST.get("do") == "remove" and before is not None:
        return _put(request, told, before, None, seen)
    entered, fault = _entered(request.POST)
    if fault or request.POST.get("do") == "look":
        return _form(request, told, before, entered, seen, fault, look=not fault)
    return _put(request, told, before, entered, seen)


def _put(
    request: HttpRequest, told: Timetables, before: Timetable | None, entered: Timetable | None, seen: int
) -> HttpResponse:
    chosen = request.POST.getlist("teams")
    tables = [entered if one is before else one for one in told.tables]
    if before is None:
        tables.append(entered)
    kept = tuple(one for one in tables if one is not None)
    old = before.name if before is not None else ""
    teams = {team: name for team, name in told.teams.items() if name != old and team not in chosen}
    if entered is not None:
        teams |= dict.fromkeys(chosen, entered.name)
    elif kept:
        teams = {team: name for team, name in told.teams.items() if name != old}
    try:
        put_hours(Timetables(kept, teams), by=request.user.pk, seen=seen)
    except RuleError as fault:
        return _form(request, told, before, entered or before or _NEW, seen, str(fault))
    except StaleError:
        text = _("Somebody else has changed the hours meanwhile. Look at them, and enter yours again.")
        messages.warning(request, text)
        return redirect("desk:hours")
    messages.success(request, _("The hours are in force from now on. What was before counts by the old ones."))
    return redirect("desk:hours")


def _entered(given: Any) -> tuple[Timetable, str]:
    """What was typed in, and what is wrong with it."""
    special, fault = {}, ""
    for line in given.get("special", "").splitlines():
        day, _sep, spans = line.strip().partition(" ")
        if not day:
            continue
        try:
            special[date.fromisoformat(day).isoformat()] = spans.strip()
        except ValueError:
            fault = _('"%s" is no day; a line looks like 2026-12-24 09:00-12:00, or only the day where it is closed.')
            fault %= line.strip()
    name, text = given.get("name", "").strip(), given.get("hours", "").strip()
    entered = Timetable(name[:200], text[:1000], given.get("zone", "").strip(), given.get("holidays", ""), special)
    if fault:
        return entered, fault
    try:
        entered.calendar()
    except (CalendarError, ValueError) as wrong:
        return entered, str(wrong)
    return entered, "" if name else _("Opening hours need a name.")


def _form(
    request: HttpRequest,
    told: Timetables,
    before: Timetable | None,
    shown: Timetable,
    seen: int,
    fault: str = "",
    look: bool = False,
) -> HttpResponse:
    if request.method == "POST":
        chosen = set(request.POST.getlist("teams"))
    else:
        chosen = {team for team, name in told.teams.items() if before is not None and name == before.name}
    of_ours = Q(system__isnull=True) | Q(is_partner=True) | Q(uuid__in=list(told.teams))
    teams = Team.objects.filter(of_ours, closed_at__isnull=True).order_by("name")
    places = [(f"{country}-{code}", name) for country in STATES for code, name in sorted(STATES[country].items())]
    context = {
        "area": "company",
        "before": before,
        "shown": shown,
        "special": "\n".join(f"{day} {spans}".strip() for day, spans in sorted(shown.special.items())),
        "seen": seen,
        "fault": fault,
        "days": next_days(shown.calendar()) if look else (),
        "teams": [(str(team.uuid), team.name, str(team.uuid) in chosen) for team in teams],
        "countries": [(country, _country(country)) for country in STATES],
        "places": places,
        "is_first": before is not None and before is told.tables[0],
    }
    return render(request, "desk/pages/hours_edit.html", context, status=422 if fault else 200)


def next_days(calendar: Calendar, first: date | None = None, n: int = AHEAD) -> tuple[DayShown, ...]:
    """The next days of a calendar."""
    start = first or timezone.localdate()
    found = []
    for place in range(n):
        day = start + timedelta(days=place)
        spans = calendar.hours_of(day)
        text = " ".join(f"{_clock(begin)}\u2013{_clock(end)}" for begin, end in spans)
        label = format_skeleton("MEd", day, locale=locale())
        found.append(DayShown(label, text, not spans and bool(calendar.week[day.weekday()])))
    return tuple(found)


def _shown(told: Timetables, place: int) -> TableShown:
    table = told.tables[place]
    uuids = [uuid for uuid, name in told.teams.items() if name == table.name]
    names = Team.objects.filter(uuid__in=uuids, closed_at__isnull=True).order_by("name").values_list("name", flat=True)
    days: tuple[DayShown, ...] = ()
    fault = ""
    try:
        days = next_days(table.calendar())
    except (CalendarError, ValueError) as wrong:
        fault = str(wrong)
    special = tuple((day, spans) for day, spans in sorted(table.special.items()) if day >= str(timezone.localdate()))
    holidays = holidays_words(table.holidays)
    return TableShown(table.name, table.hours, table.zone, holidays, special, tuple(names), days, place == 0, fault)


def holidays_words(code: str) -> str:
    """ "Bayern", "Germany": on whose public holidays it is closed."""
    country, _dash, state = code.partition("-")
    return STATES.get(country, {}).get(state, "") or _country(country)


def _country(code: str) -> str:
    names = {"DE": _("Germany"), "AT": _("Austria"), "CH": _("Switzerland")}
    return names.get(code, code)


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}"


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
