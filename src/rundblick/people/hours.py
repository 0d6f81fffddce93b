"""When teams work: named opening hours with zone and holidays, kept in versions (core.rulebooks).

    hours = timetables()                    # what is in force; the company's own hours where nobody set any
    calendar = calendar_of(hours, team)     # of a team (its uuid), else the company's

A promise counts by these hours, and a person is there within those of his team or his own.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import Final

import msgspec
from django.utils.translation import gettext as _

from rundblick.core.calendars import Calendar, CalendarError, hours
from rundblick.core.installation import installation
from rundblick.core.promises import promise_from_json
from rundblick.core.rulebooks import Kind, RuleError, in_force

USUAL: Final = "Mo-Fr 09:00-17:00"  # of a company that has said nothing


class Timetable(msgspec.Struct, frozen=True):
    """Opening hours under a name.

    hours     as ``core.calendars.hours`` reads them
    zone      IANA name
    holidays  "DE-BY", "DE": the state or country on whose public holidays it is closed; "" none
    special   ISO day -> hours on that day ("09:00-12:00"), "" closed
    """

    name: str
    hours: str
    zone: str = "Europe/Berlin"
    holidays: str = ""
    special: dict[str, str] = {}

    def calendar(self) -> Calendar:
        """Raises CalendarError."""
        return _calendar(self.hours, self.zone, self.holidays, tuple(sorted(self.special.items())))


class Timetables(msgspec.Struct, frozen=True):
    """All opening hours. The first is the company's; ``teams``: uuid of a team -> name of its own."""

    tables: tuple[Timetable, ...]
    teams: dict[str, str] = {}

    def of(self, team: str = "") -> Timetable:
        """The opening hours of a team, else the company's."""
        name = self.teams.get(team, "")
        return next((table for table in self.tables if table.name == name), self.tables[0])


def check(told: Timetables) -> None:
    """Raises RuleError with what is wrong, and in which hours."""
    if not told.tables:
        raise RuleError(_("There are no opening hours. The company needs some."))
    names = [table.name for table in told.tables]
    for table in told.tables:
        if not table.name.strip():
            raise RuleError(_("Opening hours need a name."))
        if names.count(table.name) > 1:
            raise RuleError(_('There are two opening hours called "%s".') % table.name)
        try:
            calendar = table.calendar()
        except (CalendarError, ValueError) as fault:
            raise RuleError(f"{table.name}: {fault}") from fault
        if not any(calendar.week):
            raise RuleError(
                _('"%s" is never open, so no clock would run by it. Enter at least one span of time.') % table.name
            )
    for name in told.teams.values():
        if name not in names:
            raise RuleError(_('A team has the opening hours "%s", which do not exist.') % name)


TIMETABLES: Final = Kind("timetables", Timetables, check)


def timetables(at: datetime | None = None) -> Timetables:
    """The opening hours in force (at ``at``); those of the installation's own promise where nobody set any."""
    book = in_force(TIMETABLES, at)
    return book.told if book is not None else before_any()


def calendar_of(told: Timetables, team: str = "") -> Calendar:
    """The calendar of a team (its uuid), else the company's."""
    return told.of(team).calendar()


def before_any() -> Timetables:
    ours = installation()
    promise = promise_from_json(ours.promise)
    if promise is not None and promise.hours:
        special = dict.fromkeys(promise.closed, "")
        return Timetables((Timetable(_("The whole company"), promise.hours, promise.zone, promise.holidays, special),))
    return Timetables((Timetable(_("The whole company"), USUAL, ours.zone, ours.country),))


@lru_cache(maxsize=256)
def _calendar(week: str, zone: str, holidays: str, special: tuple[tuple[str, str], ...]) -> Calendar:
    country, _dash, state = holidays.partition("-")
    days = {date.fromisoformat(day): hours(f"Mo {told}")[0] if told else () for day, told in special}
    return Calendar(hours(week), zone, country, state, days)
