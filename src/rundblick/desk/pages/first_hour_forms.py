"""The forms of the first hour: read, checked, done by the functions that other pages call; faults by field."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

import msgspec
from babel import Locale
from babel.dates import get_day_names
from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rundblick.cases.company import Company, CompanyError, company, set_company
from rundblick.cases.leaving import LeavingError, make_default
from rundblick.cases.promising import PROMISE, promised, put_hours
from rundblick.core.calendars import DAY, STATES, CalendarError, Week
from rundblick.core.calendars import hours as read_hours
from rundblick.core.promises import Level, Promise
from rundblick.core.rulebooks import RuleError, StaleError, in_force, put_in_force
from rundblick.desk.pages.hours import next_days
from rundblick.desk.pages.promises import level_shown
from rundblick.desk.templatetags.desk import locale
from rundblick.people.hours import TIMETABLES, timetables
from rundblick.people.models import Team, User
from rundblick.people.setting_up import keep
from rundblick.people.teams import LONGEST_NAME, TeamError, make_team
from rundblick.people.users import UserError, change

Context = dict[str, Any]
_NEAR: Final = ("DE", "AT", "CH")
_SPANS: Final = 2  # of a day in the form; whoever needs more has the page of the hours
_MOST_TEAMS: Final = 100
_TIME: Final = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?(?: ?(?:h|uhr))?", re.IGNORECASE)
_DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")  # as core.calendars reads them


# -- the company ------------------------------------------------------------------------------------------------------


def company_form(user: User, given: Any = None, faults: dict[str, str] | None = None) -> Context:
    """As it stands, or as it was typed."""
    told = company()
    spoken = user.language or (get_language() or "")[:2]
    shown = {"name": told.name, "country": told.country, "zone": told.zone, "holidays": told.holidays} | {
        "language": spoken
    }
    if given is not None:
        shown = {name: given.get(name, "") for name in shown}
    return {
        "given": shown,
        "faults": faults or {},
        "countries": _countries(),
        "places": [
            (country, _country(country), sorted(states.items(), key=lambda one: _key(one[1])))
            for country, states in STATES.items()
        ],
        "zones": sorted(zone for zone in available_timezones() if zone.startswith("Europe/")),
        "languages": settings.LANGUAGES,
    }


def keep_company(user: User, given: Any) -> Context | None:
    """Keep name, place, zone and holidays, and the reader's own language."""
    told = Company(*(str(given.get(name, "")) for name in ("name", "country", "zone", "holidays")))
    language = given.get("language", "")
    try:
        with transaction.atomic():
            set_company(told, by=user)
            keep("company", by=user)
            if language != user.language:
                change(user, by=user, language=language)
    except CompanyError as error:
        return company_form(user, given, error.faults)
    except UserError as error:
        return company_form(user, given, {error.field: str(error)})
    return None


def _countries() -> list[tuple[str, str]]:
    """Germany, Austria and Switzerland first, then all others by their name in the reader's language."""
    names = {str(code): str(name) for code, name in Locale.parse(locale()).territories.items()}
    codes = [code for code in names if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES]
    others = sorted((code for code in codes if code not in _NEAR), key=lambda code: _key(names[code]))
    return [(code, names[code]) for code in (*_NEAR, *others)]


_NO_COUNTRIES: Final = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})


def _country(code: str) -> str:
    return str(Locale.parse(locale()).territories[code])


def _key(name: str) -> str:
    """A key to sort names by as people look for them."""
    return name.casefold().translate(str.maketrans("äöüéèåôçãí", "aoueeaocai"))


# -- teams ------------------------------------------------------------------------------------------------------------


def teams_form(given: Any = None, faults: dict[str, str] | None = None) -> Context:
    """Those that are there, and room for several new ones."""
    there = Team.objects.filter(system__isnull=True, closed_at__isnull=True).order_by("-is_default", "name")
    default = next((str(team.uuid) for team in there if team.is_default), "")
    return {
        "there": there,
        "given": {
            "names": given.get("names", "") if given is not None else "",
            "default": given.get("default", "") if given is not None else default,
        },
        "faults": faults or {},
    }


def make_teams(user: User, given: Any) -> Context | None:
    """Make all that are named, one a line; what nobody else owns goes to the one that was chosen, else to the first."""
    lines = given.get("names", "").replace("\x00", "").splitlines()
    names = [" ".join(line.split()) for line in lines]
    wanted = [(n, name) for n, name in enumerate(names, 1) if name]
    faults = [
        _("Line %(n)d: a team's name is at most %(most)d characters long.") % {"n": n, "most": LONGEST_NAME}
        for n, name in wanted
        if len(name) > LONGEST_NAME
    ]
    if len(wanted) > _MOST_TEAMS:
        faults = [_("That is too much at once: at most %(n)d teams.") % {"n": _MOST_TEAMS}]
    if faults:
        return teams_form(given, {"names": " ".join(faults)})
    try:
        with transaction.atomic():
            made = [_made(user, n, name) for n, name in wanted]
            chosen = uuid_of(given.get("default", ""))
            open_ones = Team.objects.filter(system__isnull=True, closed_at__isnull=True)
            default = open_ones.filter(uuid=chosen).first() if chosen is not None else None
            default = default or Team.objects.filter(is_default=True, system__isnull=True).first()
            default = default or next(iter(made), None)
            if default is None:
                return teams_form(given, {"names": _("Name at least one team: somebody has to get what comes in.")})
            if not default.is_default:
                make_default(default, user)
    except TeamError as error:
        return teams_form(given, {"names": str(error)})
    except LeavingError as error:
        return teams_form(given, {"default": str(error)})
    return None


def _made(user: User, n: int, name: str) -> Team:
    try:
        return make_team(name, by=user)
    except TeamError as error:
        raise TeamError(_("Line %(n)d, %(who)s: %(what)s") % {"n": n, "who": name, "what": error}) from error


# -- opening hours ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DayForm:
    """A day of the week: two spans of "09:00" to "17:00", or what was typed instead."""

    n: int
    label: str
    spans: tuple[tuple[str, str], ...]


def hours_form(given: Any = None, fault: str = "", look: bool = False) -> Context:
    """The company's week, day by day; a week that does not fit into the form is changed on the page of the hours."""
    told = timetables().tables[0]
    week: Week = ((),) * 7
    with suppress(CalendarError, ValueError):
        week = read_hours(told.hours)
    fits = all(len(spans) <= _SPANS and all(end < DAY for _begin, end in spans) for spans in week)
    days = _typed(given) if given is not None else [_shown_day(n, spans) for n, spans in enumerate(week)]
    context: Context = {"days": days, "fits": fits, "table": told, "faults": {"hours": fault} if fault else {}}
    if look and not fault:
        told = msgspec.structs.replace(told, hours=_week_text(days))
    with suppress(CalendarError, ValueError):
        context["ahead"] = next_days(told.calendar()) if not fault else ()
    context["looked"] = look
    return context


def put_week(user: User, given: Any) -> Context | None:
    """Put the week that was typed into force, or show what it would mean."""
    days = _typed(given)
    fault = _week_fault(days)
    if fault or given.get("do") == "look":
        return hours_form(given, fault, look=True)
    book = in_force(TIMETABLES)
    tables = book.told if book is not None else timetables()
    own = msgspec.structs.replace(tables.tables[0], hours=_week_text(days))
    changed = own != tables.tables[0] or book is None
    try:
        if changed:
            kept = msgspec.structs.replace(tables, tables=(own, *tables.tables[1:]))
            put_hours(kept, by=user.pk, seen=book.version if book is not None else 0)
        keep("hours", by=user)
    except RuleError as error:
        return hours_form(given, str(error))
    except StaleError:
        text = _("Somebody else has changed the hours meanwhile. Look at them, and enter yours again.")
        return hours_form(given, text)
    return None


def _time(text: str) -> str:
    """ "09:00" of what people write for it: 9, 9:00, 9.00, 0900, 9 Uhr; anything else as it is."""
    match = _TIME.fullmatch(text)
    return f"{int(match[1]):02}:{match[2] or '00'}" if match else text


def _shown_day(n: int, spans: tuple[tuple[int, int], ...]) -> DayForm:
    shown = [(_clock(begin), _clock(end)) for begin, end in spans[:_SPANS]]
    return DayForm(n, _day_name(n), tuple(shown + [("", "")] * (_SPANS - len(shown))))


def _typed(given: Any) -> list[DayForm]:
    def field(name: str, n: int, m: int) -> str:
        return _time(str(given.get(f"{name}_{n}_{m}", "")).strip()[:20])

    return [
        DayForm(n, _day_name(n), tuple((field("from", n, m), field("to", n, m)) for m in range(_SPANS)))
        for n in range(7)
    ]


def _week_fault(days: list[DayForm]) -> str:
    """What is wrong, and on which day; "" for nothing."""
    for day in days:
        for begin, end in day.spans:
            if bool(begin) != bool(end):
                return _("%(day)s: enter from when and until when, or neither.") % {"day": day.label}
        try:
            if text := _day_text(day):
                read_hours(f"{_DAYS[day.n]} {text}")
        except CalendarError as fault:
            return f"{day.label}: {fault}"
    return "" if any(map(_day_text, days)) else _("On at least one day somebody has to be there.")


def _week_text(days: list[DayForm]) -> str:
    """ "Mo-Fr 08:00-12:00 13:00-17:00; Sa 09:00-13:00": days in a row that are alike go together."""
    parts = []
    for text, some in groupby(days, key=_day_text):
        row = list(some)
        if text:
            first, last = _DAYS[row[0].n], _DAYS[row[-1].n]
            parts.append(f"{first if first == last else f'{first}-{last}'} {text}")
    return "; ".join(parts)


def _day_text(day: DayForm) -> str:
    return " ".join(f"{begin}-{end}" for begin, end in day.spans if begin and end)


def _day_name(n: int) -> str:
    return str(get_day_names("wide", locale=locale())[n])


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second // 60 % 60:02}"


# -- promises ---------------------------------------------------------------------------------------------------------


def promises_form(given: Any = None, fault: str = "", told: Promise | None = None) -> Context:
    """What is proposed, in words, with the two or three numbers that matter."""
    book = in_force(PROMISE)
    shown = told or (book.told if book is not None else promised())
    usual = {"answer": "4", "solution": "3", "simple_solution": "1", "simple": "", "pauses": "1"}
    return {
        "in_force": book is not None,
        "levels": [level_shown(shown, place) for place in range(len(shown.levels))],
        "given": {name: given.get(name, "") for name in usual} if given is not None else usual,
        "faults": {"promise": fault} if fault else {},
        "looked": told is not None,
    }


def put_promise(user: User, given: Any) -> Context | None:
    """Put the promise that was typed into force, or only say it in words. One that is in force stays as it is."""
    book = in_force(PROMISE)
    if book is not None:
        return None
    try:
        told = _promise(given)
        PROMISE.check(told)
        if given.get("do") == "look":
            return promises_form(given, told=told)
        put_in_force(PROMISE, told, by=user.pk, seen=0)
    except RuleError as error:
        return promises_form(given, str(error))
    except StaleError:
        return promises_form(given, _("Somebody else has changed the promise meanwhile."))
    return None


def _promise(given: Any) -> Promise:
    """Raises RuleError for what is no number."""
    topics = tuple(
        dict.fromkeys(
            word for one in given.get("simple", "").replace("\n", ",").split(",") if (word := " ".join(one.split()))
        )
    )
    answer = _number(given.get("answer", ""), _("First answer"))
    solution = _number(given.get("solution", ""), _("Solution"))
    levels = [Level(answer, name=_("Everything else") if topics else _("All cases"), resolution_days=solution)]
    if topics:
        soon = _number(given.get("simple_solution", ""), _("Solution of simple topics"))
        levels.insert(0, Level(answer, name=_("Simple topics"), resolution_days=soon, simple=True))
    return Promise(tuple(levels), simple=topics, pending="pauses" if given.get("pauses") else "runs")


def _number(text: str, label: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise RuleError(f"{label}: " + _('"%s" is no number; it looks like 4 or 0.5.') % text.strip()[:40]) from None


def uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
