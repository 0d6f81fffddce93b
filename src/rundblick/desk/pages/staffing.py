"""How many people the telephone and the letters need: a what-if of one half hour, and the week as it really was."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from rundblick.blindspots.measures.words import weekdays
from rundblick.cases.offered import WEEKS, Week, offered_week
from rundblick.desk.templatetags.desk import number
from rundblick.people.erlang import Load, Service, StaffingError, Target, needed, scheduled, served
from rundblick.people.gate import needs

HALF_HOUR_S = 1800.0
_AROUND = 3  # people more and fewer than needed, to compare


@dataclass(frozen=True, slots=True)
class Field:
    """One number of the form; ``fault`` says what is wrong with it."""

    name: str
    label: str
    value: str
    unit: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The numbers of the form, read. ``patience_s`` None: nobody hangs up."""

    calls: float
    aht_s: float
    patience_s: float | None
    target: Target
    shrinkage: float
    more: float
    written: float
    written_s: float
    people: float
    hours: float


@dataclass(frozen=True, slots=True)
class Row:
    """So many people, and what they give."""

    agents: int
    level: str
    wait: str
    busy: str
    lost: str
    bar: float
    chosen: bool
    enough: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A half hour of a weekday: people needed; ``heat`` 0..5 for its colour, None: no call ever."""

    agents: int | None
    heat: int
    title: str


_DEFAULTS = {
    "aht": "8",
    "patience": "",
    "share": "80",
    "within": "20",
    "shrinkage": "30",
    "more": "0",
    "people": "4",
    "hours": "7.7",
    "written_minutes": "10",
}


@needs("team.read")
@require_safe
def staffing(request: HttpRequest) -> HttpResponse:
    week = offered_week(str(timezone.get_current_timezone()))
    asked, fields = read(request.GET, week)
    rows: list[Row] = []
    told = ""
    if asked is not None:
        try:
            load = Load(asked.calls, HALF_HOUR_S, asked.aht_s)
            found = needed(load, asked.target, asked.patience_s)
            rows = _rows(load, asked, found)
            told = _told(load, asked, found)
        except StaffingError as fault:
            fields = _with_fault(fields, fault.field)
    context = {
        "area": "company",
        "fields": fields,
        "rows": rows,
        "told": told,
        "model": "A" if asked is not None and asked.patience_s else "C",
        "week": week,
        "weeks": WEEKS,
        "days": weekdays(),
        "grid": _grid(week, asked) if asked is not None else [],
        "answered": _answered(week),
        "written": _written(asked) if asked is not None else "",
    }
    return render(request, "desk/pages/staffing.html", context, status=200)


def read(given: Mapping[str, str], week: Week) -> tuple[Asked | None, list[Field]]:
    """The form as it was sent, else filled from the own calls; None with the faults in its fields."""
    busiest = max((slot.calls for slot in week.slots.values()), default=0.0)
    start = dict(_DEFAULTS)
    start["calls"] = f"{busiest:g}" if busiest >= 1 else "100"
    start["written"] = f"{week.written:.0f}" if week.written else "0"
    if week.aht_s:
        start["aht"] = f"{week.aht_s / 60:.1f}"
    faults: dict[str, str] = {}

    def one(name: str, ok: Callable[[float], bool], wrong: str, empty: float | None = None) -> float:
        text = given.get(name, start[name]).strip().replace(",", ".")
        if not text and empty is not None:
            return empty
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or not ok(value):
            faults[name] = wrong
            return math.nan
        return value

    calls = one("calls", lambda v: 0 <= v <= 100_000, _("0 to 100,000 calls."))
    aht = one("aht", lambda v: 0.1 <= v <= 600, _("0.1 to 600 minutes."))
    patience = one("patience", lambda v: 1 <= v <= 86_400, _("A second or more; empty: nobody hangs up."), 0.0)
    share = one("share", lambda v: 1 <= v <= 99, _("1 to 99 per cent."))
    within = one("within", lambda v: 0 <= v <= 3600, _("0 to 3,600 seconds."))
    shrinkage = one("shrinkage", lambda v: 0 <= v <= 90, _("0 to 90 per cent."))
    more = one("more", lambda v: -90 <= v <= 500, _("-90 to 500 per cent."))
    written = one("written", lambda v: 0 <= v <= 1_000_000, _("0 to 1,000,000 a day."))
    minutes = one("written_minutes", lambda v: 0.1 <= v <= 600, _("0.1 to 600 minutes."))
    people = one("people", lambda v: 0 <= v <= 30_000, _("0 to 30,000 people."))
    hours = one("hours", lambda v: 0.5 <= v <= 24, _("0.5 to 24 hours."))
    labels = {
        "calls": (_("Calls in half an hour"), ""),
        "aht": (_("Talk and wrap-up of a call"), _("minutes")),
        "share": (_("Of the offered calls answered"), "%"),
        "within": (pgettext("staffing", "Within"), pgettext("staffing", "seconds")),
        "patience": (_("Patience until hanging up"), pgettext("staffing", "seconds")),
        "shrinkage": (_("Paid time without calls"), "%"),
        "more": (_("More or fewer calls than usual"), "%"),
        "written": (_("Letters, mails and forms a day"), ""),
        "written_minutes": (_("Work on each"), _("minutes")),
        "people": (_("People for them"), ""),
        "hours": (_("Paid hours of each a day"), _("hours")),
    }
    fields = [
        Field(name, label, given.get(name, start[name]), unit, faults.get(name, ""))
        for name, (label, unit) in labels.items()
    ]
    if faults:
        return None, fields
    asked = Asked(
        calls,
        aht * 60,
        patience or None,
        Target(share / 100, within),
        shrinkage / 100,
        1 + more / 100,
        written,
        minutes * 60,
        people,
        hours,
    )
    return asked, fields


def _with_fault(fields: list[Field], name: str) -> list[Field]:
    said = _("With these numbers more people are needed than can be computed.")
    at = name if name in {field.name for field in fields} else "calls"
    return [Field(f.name, f.label, f.value, f.unit, said if f.name == at else f.fault) for f in fields]


def _rows(load: Load, asked: Asked, found: Service) -> list[Row]:
    rows = []
    for agents in range(max(1, found.agents - _AROUND), found.agents + _AROUND + 1):
        one = found if agents == found.agents else served(load, agents, asked.target, asked.patience_s)
        rows.append(
            Row(
                agents,
                f"{number(one.level * 100, 1)} %",
                _("grows without end") if one.asa_s is None else _("%(n)s s") % {"n": number(one.asa_s, 0)},
                f"{number(one.occupancy * 100)} %",
                f"{number(one.abandoned * 100, 1)} %",
                round(one.level * 100, 2),
                agents == found.agents,
                one.level >= asked.target.share,
            )
        )
    return rows


def _told(load: Load, asked: Asked, found: Service) -> str:
    told = {
        "agents": number(found.agents),
        "load": number(load.erlangs, 1),
        "roster": number(scheduled(found.agents, asked.shrinkage)),
    }
    return (
        ngettext(
            "%(agents)s person at the telephone (load %(load)s Erlang); %(roster)s on the roster.",
            "%(agents)s people at the telephone (load %(load)s Erlang); %(roster)s on the roster.",
            found.agents,
        )
        % told
    )


def _grid(week: Week, asked: Asked) -> list[tuple[str, list[Cell]]]:
    """People needed by half hour and weekday, with the form's target and patience, for the calls that really came."""
    wanted: dict[tuple[int, int], int] = {}
    for key, slot in week.slots.items():
        aht = slot.aht_s or week.aht_s or asked.aht_s
        try:
            load = Load(slot.calls * asked.more, HALF_HOUR_S, max(1.0, aht))
            wanted[key] = needed(load, asked.target, asked.patience_s).agents
        except StaffingError:
            continue
    most = max(wanted.values(), default=0)
    used = sorted({half for (_day, half), agents in wanted.items() if agents})
    if not used:
        return []
    grid = []
    for half in range(used[0], used[-1] + 1):
        cells = [_cell(week, wanted, most, (day, half)) for day in range(7)]
        grid.append((f"{half // 2:02d}:{half % 2 * 30:02d}", cells))
    return grid


def _cell(week: Week, wanted: dict[tuple[int, int], int], most: int, key: tuple[int, int]) -> Cell:
    slot, agents = week.slots.get(key), wanted.get(key)
    if slot is None or not agents:
        return Cell(None, 0, "")
    title = _("%(calls)s calls (usual in %(weeks)s weeks, at most %(most)s; n = %(n)s)") % {
        "calls": number(slot.calls, 1),
        "weeks": slot.weeks,
        "most": slot.most,
        "n": number(slot.offered),
    }
    return Cell(agents, math.ceil(5 * agents / most), title)


def _answered(week: Week) -> str:
    """What is reached today: answered, and in time, of the offered ones."""
    if not week.offered:
        return ""
    in_time = sum(slot.within_20 for slot in week.slots.values())
    return _("%(answered)s %% of %(n)s offered calls were answered, %(in_time)s %% within 20 seconds.") % {
        "answered": number(100 * week.answered / week.offered, 1),
        "in_time": number(100 * in_time / week.offered, 1),
        "n": number(week.offered),
    }


def _written(asked: Asked) -> str:
    """Hours of work that come in a day against those that are there: what is missing piles up."""
    work_h = asked.written * asked.written_s / 3600
    there_h = asked.people * asked.hours * (1 - asked.shrinkage)
    each = asked.hours * (1 - asked.shrinkage)
    told = {
        "work": number(work_h, 1),
        "there": number(there_h, 1),
        "people": number(math.ceil(round(work_h / each, 9))),
        "over": number(abs(there_h - work_h), 1),
    }
    if work_h > there_h:
        return (
            _(
                "%(work)s hours of work come in a day and %(there)s are there: %(over)s hours pile up every day. "
                "People needed: %(people)s."
            )
            % told
        )
    return _("%(work)s hours of work come in a day and %(there)s are there: enough. People needed: %(people)s.") % told
