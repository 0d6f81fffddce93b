"""How long one works in a case: the beat of its page, and the page on which everybody sees what is kept of him."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from babel.units import format_unit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rundblick.cases import work
from rundblick.cases.activity import KEPT_DAYS, Stretch, beat, own_seconds, own_stretches
from rundblick.cases.models import Case
from rundblick.desk.shapes import Empty
from rundblick.desk.templatetags.desk import locale
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.sight import sight_of


@dataclass(frozen=True, slots=True)
class Worked:
    """One stretch in a case; ``number`` and ``uuid`` empty where the reader may no longer see the case."""

    begin: datetime
    end: datetime
    length: str
    number: str = ""
    title: str = ""
    uuid: UUID | None = None


@dataclass(frozen=True, slots=True)
class Day:
    at: datetime
    length: str
    stretches: tuple[Worked, ...]


@needs("case.write", about="case")
@require_POST
def beats(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The page of a case is seen and used. Answers with the sentence that stands in it."""
    case = gate.about(request, Case)
    return HttpResponse(worked_here(beat(case.pk, work.person_of(request.user).pk)), content_type="text/plain")


@needs("self")
@require_safe
def my_time(request: HttpRequest) -> HttpResponse:
    """Every stretch that is kept of the reader; nobody else has such a page of him."""
    person = _reader(request)
    since = datetime.now(UTC) - timedelta(days=KEPT_DAYS)
    found = own_stretches(person, since) if person else []
    context = {
        "area": "my-time",
        "days": _days(request, found),
        "kept_days": KEPT_DAYS,
        "empty": Empty(
            _("Nothing is counted yet"),
            _("While the page of a case is open before you and you use it, the time in that case is counted."),
            "clock",
        ),
    }
    return render(request, "desk/pages/my_time.html", context)


def seconds_here(request: HttpRequest, case: Case) -> str:
    """The sentence in the page of a case: how long the reader has worked in it."""
    return worked_here(own_seconds(case.pk, _reader(request)))


def _reader(request: HttpRequest) -> int | None:
    return sight_of(request.user).person


def worked_here(seconds: int) -> str:
    """ "You worked 12 minutes here."; nothing below half a minute."""
    return _("You worked %(time)s here.") % {"time": length(seconds)} if seconds >= 30 else ""


def length(seconds: int) -> str:
    """Minutes, from two hours on hours and minutes."""
    minutes = max(1, round(seconds / 60))
    if minutes < 120:
        return str(format_unit(minutes, "minute", locale=locale()))
    hours, rest = divmod(minutes, 60)
    told = str(format_unit(hours, "hour", locale=locale()))
    return f"{told} {format_unit(rest, 'minute', locale=locale())}" if rest else told


def _days(request: HttpRequest, found: Sequence[Stretch]) -> list[Day]:
    cases = {
        row["id"]: row
        for row in Case.objects.filter(gate.visible_cases(request.user), pk__in={one.case for one in found}).values(
            "id", "uuid", "number", "content__subject", "topic", "customer_id"
        )
    }
    gate.saw(request, "customer", [row["customer_id"] for row in cases.values()], "case.read")
    by_day: dict[date, list[Stretch]] = defaultdict(list)
    for one in found:
        by_day[timezone.localtime(one.end).date()].append(one)
    return [
        Day(
            day[0].end, length(sum(one.seconds for one in day)), tuple(_worked(one, cases.get(one.case)) for one in day)
        )
        for day in by_day.values()
    ]


def _worked(one: Stretch, row: Mapping[str, object] | None) -> Worked:
    if row is None:
        return Worked(one.begin, one.end, length(one.seconds))
    title = str(row["content__subject"] or row["topic"] or "")
    uuid = row["uuid"]
    assert isinstance(uuid, UUID)
    return Worked(one.begin, one.end, length(one.seconds), str(row["number"]), title, uuid)
