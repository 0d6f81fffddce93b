"""What is promised until when, in words, beside the answer that is being written and among the facts of the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from babel.units import format_unit
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rundblick.cases.due import Due, due_of, waited
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
    """What an open case is still promised, how often its clock was stopped, and what the customer's own clock says.

    None when its calendar is broken: that is told where it is set.
    """
    try:
        found = due_of(case, now=now)
    except CalendarError:
        return ()
    lines = [DueLine(_words(due), "bad" if due.is_over else "risk" if due.is_soon else "", due.at) for due in found]
    lines += [DueLine(stops, "", None) for due in found if (stops := _stops(due))]
    if found and (own := waited(case, now)) is not None:
        lines.append(DueLine(_("For the customer it has taken %(time)s") % {"time": wait(own)}, "", case.opened_at))
    return tuple(lines)


def _stops(due: Due) -> str:
    """How often we stopped the clock; once, while the customer still has the ball, is told by the line above."""
    if due.pauses < (2 if due.at is None else 1):
        return ""
    return ngettext(
        "The clock was stopped %(n)s time, %(time)s of opening time",
        "The clock was stopped %(n)s times, %(time)s of opening time",
        due.pauses,
    ) % {"n": due.pauses, "time": worktime(due.stood)}


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


def wait(length: timedelta) -> str:
    """A length by the calendar on the wall: "2 days, 3 hours"."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 120:
        return str(format_unit(minutes, "minute", locale=locale()))
    days, hours = divmod(minutes // 60, 24)
    parts = [(days, "day"), (hours, "hour")]
    return ", ".join(str(format_unit(n, unit, locale=locale())) for n, unit in parts if n)
