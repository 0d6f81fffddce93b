"""What the company promises its customers: kept in versions (core.rulebooks), checked against the opening hours.

    promise = promised()          # what is promised to whoever opens a case now
    rules = rules_of(cur)         # everything that was ever promised, for cases.clocks
    said = preview(draft, now)    # what it would have meant for the cases of the last days

Nothing is in force until somebody sets it: then the installation's own promise counts (``[promise]`` of a mapping), and
where there is none either, the usual one, for cases of our own only.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from django.utils.translation import gettext as _

from rundblick.cases.clocks import NEVER, Rules, Version, micros
from rundblick.core.calendars import Calendar, CalendarError
from rundblick.core.installation import installation
from rundblick.core.message import Channel
from rundblick.core.promises import HOUR, Level, Promise, promise_from_json, spelled_out
from rundblick.core.rulebooks import Book, Kind, RuleError, in_force, put_in_force, versions
from rundblick.people import hours
from rundblick.people.hours import TIMETABLES, Timetable, Timetables, timetables
from rundblick.people.models import Team

DAYS: Final = 30
"""How far back a preview looks."""

_MOST_LEVELS: Final = 40
_MOST_WORDS: Final = 200
_LONGEST: Final = 200


def check(told: Promise) -> None:
    """Raises RuleError with what is wrong, and in which level; below a floor is wrong too (cases.floors)."""
    from rundblick.cases.floors import below_floor  # it counts by what stands here

    tables = timetables()
    check_with(told, tables)
    if found := below_floor(told, tables=tables):
        raise RuleError(" ".join(one.text for one in found))


def check_with(told: Promise, tables: Timetables) -> None:
    """The same against other opening hours: those that are about to come into force."""
    if not told.levels:
        raise RuleError(_("Nothing is promised: there is no level. Add one with an answer or a solution."))
    if len(told.levels) > _MOST_LEVELS:
        raise RuleError(_("There are %(n)s levels; at most %(most)s can be told apart by anybody.")
                        % {"n": len(told.levels), "most": _MOST_LEVELS})  # fmt: skip
    names = [level.name for level in told.levels if level.name]
    for number, level in enumerate(told.levels, 1):
        name = level.name or _("Level %(n)s") % {"n": number}
        if names.count(level.name) > 1:
            raise RuleError(_('There are two levels called "%s".') % level.name)
        if fault := _fault(told, level, tables):
            raise RuleError(f"{name}: {fault}")
    for number, level in enumerate(told.levels[:-1], 1):
        if _takes_all(level):
            name = level.name or _("Level %(n)s") % {"n": number}
            raise RuleError(_('"%s" is for all cases, so no level after it is ever reached. Put it at the end.') % name)


def _takes_all(level: Level) -> bool:
    return not (level.channels or level.priorities or level.tiers or level.topics or level.simple)


def _fault(told: Promise, level: Level, tables: Timetables) -> str:
    """What is wrong with a level; "" when nothing is."""
    targets = (level.reaction_hours, level.resolution_hours, level.resolution_days)
    words = (*level.channels, *level.priorities, *level.tiers, *level.topics, *told.simple)
    if all(one is None for one in targets):
        return _("nothing is promised. Enter within what time an answer or a solution comes.")
    if any(one is not None and not one > 0 for one in targets):  # nan too
        return _("a time is longer than nothing.")
    if level.resolution_hours is not None and level.resolution_days is not None:
        return _("the solution is promised in hours and in days. Leave one of them out.")
    if len(words) > _MOST_WORDS or any(len(word) > _LONGEST or "\x00" in word for word in (level.name, *words)):
        return _("too many or too long words.")
    if unknown := [one for one in level.channels if one not in set(Channel)]:
        known = ", ".join(str(one) for one in Channel)
        return _('there is no channel "%(got)s"; there are %(known)s.') % {"got": unknown[0], "known": known}
    if level.warn is not None and not 0 <= level.warn <= 1:
        return _("a warning comes when a share between 0 and 1 of the time is left.")
    if level.warn_hours is not None and not level.warn_hours >= 0:
        return _("a warning comes some hours before, not after.")
    if level.calendar and all(table.name != level.calendar for table in tables.tables):
        known = ", ".join(table.name for table in tables.tables)
        return _('there are no opening hours called "%(name)s"; there are %(known)s.') % {
            "name": level.calendar,
            "known": known,
        }
    try:
        calendars = calendars_of(told, level, tables)
    except (CalendarError, ValueError) as fault:
        return str(fault)
    return next(filter(None, (_unkept(level, name, one) for name, one in calendars)), "")


def calendars_of(told: Promise, level: Level, tables: Timetables) -> list[tuple[str, Calendar]]:
    """(name, calendar) by which a level may count: its own, or those of all teams. Raises CalendarError, ValueError."""
    if level.calendar:
        return [(one.name, one.calendar()) for one in tables.tables if one.name == level.calendar]
    if level.hours or told.hours:
        return [(level.hours or told.hours, told.calendar(level))]
    used = {tables.tables[0].name, *tables.teams.values()}
    return [(one.name, one.calendar()) for one in tables.tables if one.name in used]


def _unkept(level: Level, name: str, calendar: Calendar) -> str:
    """Why no one could keep a level by this calendar; "" when one can."""
    if not any(calendar.week):
        return _('"%s" is never open, so no clock would run by it.') % name
    now = datetime.now(UTC)
    year = calendar.business_seconds(now, now + timedelta(days=365))
    day = calendar.day_seconds()
    reaction, resolution = targets_of(level, day)
    longest = max(one for one in (reaction, resolution) if one is not None)
    if longest > year:
        return _('"%(name)s" is open for %(open)s hours a year, and %(target)s hours are promised: nobody can be late '
                 "or in time. Promise less, or open longer.") % {"name": name, "open": round(year / HOUR),
                 "target": round(longest / HOUR)}  # fmt: skip
    if reaction is not None and resolution is not None and resolution < reaction:
        return _("the solution is promised sooner than the answer.")
    return ""


def targets_of(level: Level, day_seconds: float) -> tuple[float | None, float | None]:
    """Seconds of opening time until an answer and a solution; a day is as long as an open day is on average."""
    resolution = level.resolution_hours and level.resolution_hours * HOUR
    if level.resolution_days is not None:
        resolution = level.resolution_days * day_seconds
    return level.reaction_hours and level.reaction_hours * HOUR, resolution


PROMISE: Final = Kind("promise", Promise, check)


def usual() -> Promise:
    """What is promised where nobody has promised anything: by the opening hours of the team."""
    return Promise(
        (
            Level(4, name=_("Simple topics"), resolution_days=1, simple=True),
            Level(4, name=_("Everything else"), resolution_days=3),
        )
    )


def promised() -> Promise:
    """What is promised to whoever opens a case of our own now."""
    book = in_force(PROMISE)
    return book.told if book is not None else before_any()[0]


def before_any() -> tuple[Promise, bool]:
    """What held before anybody set a promise here, and whether that is only the usual one."""
    own = promise_from_json(installation().promise)
    return (usual(), True) if own is None else (spelled_out(own), False)


def rules_of() -> Rules:
    """Everything that was promised, all opening hours, and the names of teams."""
    first, assumed = before_any()
    promises = [Version(NEVER, 0, first, assumed)]
    for book in versions(PROMISE):
        promises.append(Version(micros(book.at), book.id, book.told))
    promises[1:] = sorted(promises[1:], key=lambda one: one.since)
    tables: list[tuple[datetime | None, Timetables]] = [(None, hours.before_any())]
    tables += [(book.at, book.told) for book in sorted(versions(TIMETABLES), key=lambda book: book.at)]
    teams = {pk: str(uuid) for pk, uuid in Team.objects.values_list("pk", "uuid")}
    return Rules(tuple(promises), tuple(tables), teams)


def put_hours(told: Timetables, *, by: int | None, seen: int) -> Book[Timetables]:
    """Put opening hours into force, unless a promise could not be kept by them. Raises RuleError, StaleError."""
    hours.check(told)
    book = in_force(PROMISE)
    if book is not None:
        try:
            check_with(book.told, told)
        except RuleError as fault:
            raise RuleError(
                _("By these hours a promise could not be kept. %(fault)s Change the promise first.") % {"fault": fault}
            ) from fault
    teams = {str(uuid) for uuid in Team.objects.values_list("uuid", flat=True)}
    if unknown := [one for one in told.teams if one not in teams]:
        raise RuleError(_('There is no team "%s".') % unknown[0])
    return put_in_force(TIMETABLES, told, by=by, seen=seen)


def broken() -> str:
    """What is wrong with the promise in force, by the hours and laws of today; "" when it can be kept."""
    try:
        check(promised())
    except RuleError as fault:
        return str(fault)
    return ""


def of_report() -> Promise | None:
    """By which promise the report judges cases whose source has no flag: the one in force, else that of the mapping.

    Nothing is assumed. The report knows one zone and one list of holidays: those of the company's own hours.
    """
    book = in_force(PROMISE)
    if book is None:
        return promise_from_json(installation().promise)
    tables = timetables()
    company = tables.tables[0]
    levels = tuple(_in_hours(one, book.told, tables) for one in book.told.levels)
    if book.told.hours:
        return msgspec.structs.replace(book.told, levels=levels)
    return msgspec.structs.replace(
        book.told,
        levels=levels,
        hours=company.hours,
        zone=company.zone,
        holidays=company.holidays,
        closed=tuple(day for day, spans in sorted(company.special.items()) if not spans),
    )


def _in_hours(level: Level, promise: Promise, tables: Timetables) -> Level:
    """A level whose solution is promised in hours, and that says itself when it is open."""
    hours_ = level.hours or promise.hours or tables.tables[0].hours
    if level.calendar:
        hours_ = next((one.hours for one in tables.tables if one.name == level.calendar), hours_)
    if level.resolution_days is None:
        return msgspec.structs.replace(level, hours=hours_)
    seconds = Timetable("", hours_).calendar().day_seconds()
    longer = level.resolution_days * seconds / HOUR
    return msgspec.structs.replace(level, hours=hours_, resolution_hours=longer, resolution_days=None)
