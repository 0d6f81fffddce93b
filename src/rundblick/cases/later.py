"""When an answer is to leave, as people say it: "tomorrow", "Monday 10:00", "24.12. 9 Uhr", "in 2 hours".

when("Montag", now, calendar, zone)  ->  Monday, as soon as the team is there, in UTC
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from rundblick.core.calendars import Calendar, CalendarError
from rundblick.core.searching import fold

AT_MOST: Final = timedelta(days=366)
_DAYS: Final = (
    ("montag", "monday", "mo", "mon"),
    ("dienstag", "tuesday", "di", "tue"),
    ("mittwoch", "wednesday", "mi", "wed"),
    ("donnerstag", "thursday", "do", "thu"),
    ("freitag", "friday", "fr", "fri"),
    ("samstag", "saturday", "sa", "sat"),
    ("sonntag", "sunday", "so", "sun"),
)
_SOON: Final = {"heute": 0, "today": 0, "morgen": 1, "tomorrow": 1, "ubermorgen": 2}
_IN: Final = re.compile(r"in (\d{1,3}) ?(min\w*|h|std|stunden?|hours?|tage?n?|days?)\.?")
_TIME: Final = re.compile(r"(?:(?:um|at) ?)?(\d{1,2})(?:[:.](\d{2}))? ?(uhr|am|pm)?")
_DATE: Final = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?)[t,]?")


def when(text: str, now: datetime, calendar: Calendar, zone: str) -> datetime | None:
    """The moment that is meant, in UTC; None when it cannot be read. It may lie in the past: who asks says so.

    calendar  of the team: a day without a time begins when it opens, and at 8 on a day without opening hours
    zone      IANA name, in which days and times are meant
    """
    try:
        return _read(_folded(text), now, calendar, zone)
    except (ValueError, OverflowError):  # the 31st of February, the year 1
        return None


def _read(told: str, now: datetime, calendar: Calendar, zone: str) -> datetime | None:
    local = now.astimezone(ZoneInfo(zone))
    if found := _IN.fullmatch(told):
        unit = found.group(2)
        size = "minutes" if unit.startswith("m") else "days" if unit.startswith(("t", "d")) else "hours"
        return (now + timedelta(**{size: int(found.group(1))})).astimezone(UTC)
    day, rest = _day(told, local)
    time = _time(rest) if rest else None
    if (rest or day is None) and time is None:
        return None
    chosen = day or local.date()
    if time is not None:
        at = _at(chosen, time, zone)
        return _at(chosen + timedelta(days=1), time, zone) if day is None and at <= now else at
    return _opening(chosen, calendar, zone)


def choices(now: datetime, calendar: Calendar, zone: str) -> tuple[datetime, datetime]:
    """(the next day on which the team is there, the Monday or next open day after it), when it opens, in UTC."""
    local = now.astimezone(ZoneInfo(zone)).date()
    return (
        _first_open(local + timedelta(days=1), calendar, zone),
        _first_open(local + timedelta(days=7 - local.weekday()), calendar, zone),
    )


def _first_open(day: date, calendar: Calendar, zone: str) -> datetime:
    for _each in range(30):
        if calendar.hours_of(day):
            break
        day += timedelta(days=1)
    return _opening(day, calendar, zone)


def _opening(day: date, calendar: Calendar, zone: str) -> datetime:
    try:
        spans = calendar.hours_of(day)
    except CalendarError:
        spans = ()
    return _at(day, divmod(spans[0][0] // 60, 60) if spans else (8, 0), calendar.zone if spans else zone)


def _folded(text: str) -> str:
    return " ".join(fold(text.strip()[:60]).replace(",", " ").split()).removesuffix(" uhr")


def _day(told: str, local: datetime) -> tuple[date | None, str]:
    word, _space, rest = told.partition(" ")
    if word in _SOON:
        return local.date() + timedelta(days=_SOON[word]), rest
    word = word.removesuffix(".")
    for weekday, names in enumerate(_DAYS):
        if word in names:
            return local.date() + timedelta(days=(weekday - local.weekday() - 1) % 7 + 1), rest
    found = _DATE.match(told)
    if found is None:
        return None, told
    rest = told[found.end() :].strip()
    if found.group(1):
        return date(int(found.group(1)), int(found.group(2)), int(found.group(3))), rest
    day, month, year = int(found.group(4)), int(found.group(5)), found.group(6)
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day), rest
    this = date(local.year, month, day)
    return (this if this >= local.date() else date(local.year + 1, month, day)), rest


def _time(told: str) -> tuple[int, int] | None:
    found = _TIME.fullmatch(told)
    if found is None:
        return None
    hour, minute, half = int(found.group(1)), int(found.group(2) or 0), found.group(3)
    if half in ("am", "pm"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return (hour, minute) if hour < 24 and minute < 60 else None


def _at(day: date, time: tuple[int, int], zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, *time, tzinfo=ZoneInfo(zone)).astimezone(UTC)
