"""What is promised until when, in words, beside the answer that is being written and among the facts of the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.units import format_unit
from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.cases.due import Due, due_of, promised
from rundblick.cases.models import Case
from rundblick.core.calendars import CalendarError
from rundblick.desk.templatetags.desk import clock_time, day, locale


@dataclass(frozen=True, slots=True)
class DueLine:
    """One promise in a sentence; ``tone``: "bad" when it is over, "risk" when it soon is, else ""."""

    words: str
    tone: str
    at: datetime | None


def due_lines(case: Case, now: datetime | None = None) -> tuple[DueLine, ...]:
    """What an open case is still promised; none when its calendar is broken: that is told where it is set."""
    try:
        found = due_of(case, promised(), now)
    except CalendarError:
        return ()
    return tuple(DueLine(_words(due), "bad" if due.is_over else "risk" if due.is_soon else "", due.at) for due in found)


def _words(due: Due) -> str:
    length = {"time": worktime(abs(due.left))}
    if due.at is None:
        return _("The clock of the solution stands still: the customer has the ball. %(time)s are left then.") % length
    told = length | {"when": when(due.at)}
    if due.kind == "reaction":
        if due.is_over:
            return _("Answer promised by %(when)s: over for %(time)s") % told
        return _("Answer promised by %(when)s: %(time)s left") % told
    if due.is_over:
        return _("Solution promised by %(when)s: over for %(time)s") % told
    return _("Solution promised by %(when)s: %(time)s left") % told


def when(at: datetime) -> str:
    """Day and time as one says them: "today, 16:30"."""
    local, today = timezone.localtime(at).date(), timezone.localtime().date()
    near = {today: _("today"), today + timedelta(days=1): _("tomorrow"), today - timedelta(days=1): _("yesterday")}
    return f"{near[local] if local in near else day(at)}, {clock_time(at)}"


def worktime(length: timedelta) -> str:
    """A length of opening time: minutes below two hours, else hours; a day of it is no day."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 120:
        return str(format_unit(minutes, "minute", locale=locale()))
    return str(format_unit(round(minutes / 60), "hour", locale=locale()))
