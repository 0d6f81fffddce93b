"""Below what nobody's promise may be: what is published for all tiers, and what a law gives every customer.

    below_floor(promise)  ->  [Finding("published", level=1, ...), Finding("law", law="enwg-111a", ...)]

A law counts only where a company says that it holds for it, and for which topics (rules kind "floors"): no program
knows a company's business. The limits are outer ones, in calendar days; a promise is counted in opening hours, so it is
laid over a whole year of its calendar and the longest wait is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

import msgspec
from django.utils.translation import gettext as _

from rundblick.cases.promising import calendars_of, targets_of
from rundblick.core.calendars import Calendar, CalendarError
from rundblick.core.promises import HOUR, Level, Promise
from rundblick.core.rulebooks import Kind, RuleError, in_force
from rundblick.people.hours import Timetables, timetables

_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(hours=7)  # prime to the day, so that a year of steps meets every hour of every weekday
_STEPS: Final = 366 * 24 // 7


@dataclass(frozen=True, slots=True)
class LegalFloor:
    """An outer limit that a law sets to answering customers.

    days, business_days  from receipt; one of them. A month is counted as 28 days: the shortest there is
    what      "reaction": an answer or information is owed, "resolution": what the customer asked for is
    """

    code: str
    law: str
    where: str
    about: str
    what: Literal["reaction", "resolution"]
    days: int = 0
    business_days: int = 0
    url: str = ""

    @property
    def calendar_days(self) -> int:
        """Days at the least: n business days are never less than n days, and that is the safe side."""
        return self.days or self.business_days


def legal_floors() -> tuple[LegalFloor, ...]:
    """The laws that are known here, in the reader's language. No advice: whether one holds, the company says."""
    return (
        LegalFloor(
            "gdpr-12-3", "GDPR Art. 12(3), Regulation (EU) 2016/679", "EU",
            _("Information, access, correction, erasure and objection under the GDPR: within one month of receipt; two "
              "more months only where it is complex, and the customer is told so within the first."),
            "resolution", days=28, url="https://eur-lex.europa.eu/eli/reg/2016/679/oj",
        ),
        LegalFloor(
            "fadp-25-7", "FADP (DSG) Art. 25(7)", "CH",
            _("Access to one's own data under the Swiss data protection act: as a rule within 30 days."),
            "resolution", days=30, url="https://www.fedlex.admin.ch/eli/cc/2022/491/de",
        ),
        LegalFloor(
            "enwg-111a", "EnWG § 111a", "DE",
            _("Complaints of consumers about connection, supply of energy and metering: answered within four weeks of "
              "receipt."),
            "resolution", days=28, url="https://www.gesetze-im-internet.de/enwg_2005/__111a.html",
        ),
        LegalFloor(
            "psd2-101-2", "PSD2 Art. 101(2), Directive (EU) 2015/2366", "EU",
            _("Complaints of payment service users: a reply to all points within 15 business days of receipt; 35 only "
              "for reasons beyond control, with a holding reply."),
            "resolution", business_days=15, url="https://eur-lex.europa.eu/eli/dir/2015/2366/oj",
        ),
        LegalFloor(
            "tkg-58-2", "TKG § 58(2)", "DE",
            _("A fault of telephone or internet that is not mended within one calendar day: the consumer is told "
              "within the following day what is done, and until when."),
            "reaction", days=2, url="https://www.gesetze-im-internet.de/tkg_2021/__58.html",
        ),
        LegalFloor(
            "rail-28", "Art. 28, Regulation (EU) 2021/782", "EU",
            _("Complaints of rail passengers: a reasoned reply within one month of receipt, or word by which day "
              "within three months it will come."),
            "reaction", days=28, url="https://eur-lex.europa.eu/eli/reg/2021/782/oj",
        ),
    )  # fmt: skip


class Floors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``on``: code of a law -> topics for which it holds; () every topic."""

    on: dict[str, tuple[str, ...]] = {}


def check(told: Floors) -> None:
    """Raises RuleError for a law that is not known."""
    known = {one.code for one in legal_floors()}
    for code in told.on:
        if code not in known:
            raise RuleError(_('There is no legal limit "%s".') % code)


FLOORS: Final = Kind("floors", Floors, check)


@dataclass(frozen=True, slots=True)
class Finding:
    """A level of a promise that is below a floor.

    kind   "published": slower than what all tiers are promised; "law"; "unpromised": a law names a time, the level none
    level  its position; ``than``: the position of the published one, ``law``: the law's code
    clock  reaction or resolution; ``hours``, ``limit``: hours on the wall at the longest, of the level and of the floor
    text   a sentence for whoever sets the promise
    """

    kind: str
    level: int
    clock: str
    text: str
    than: int | None = None
    law: str = ""
    hours: float = 0.0
    limit: float = 0.0


def below_floor(promise: Promise, floors: Floors | None = None, tables: Timetables | None = None) -> list[Finding]:
    """What is promised below the published or the legal floor; [] when nothing is. Raises CalendarError."""
    if floors is None:
        book = in_force(FLOORS)
        floors = Floors() if book is None else book.told
    tables = tables or timetables()
    return [*_below_published(promise, tables), *_below_law(promise, floors, tables)]


def _below_published(promise: Promise, tables: Timetables) -> Iterator[Finding]:
    for n, level in enumerate(promise.levels):
        if not level.tiers:
            continue
        than = next((m for m, other in enumerate(promise.levels) if not other.tiers and _covers(other, level)), None)
        if than is None:
            continue
        floor = promise.levels[than]
        for clock in ("reaction", "resolution"):
            mine, published = (_by_hours(promise, one, clock, tables) for one in (level, floor))
            if not published:
                continue
            told = {"tier": ", ".join(level.tiers), "clock": _("answer") if clock == "reaction" else _("solution")}
            if not mine:
                text = _("%(tier)s: no %(clock)s is promised, though everybody else is promised one.") % told
                yield Finding("published", n, clock, text, than)
                continue
            if (found := _slower(mine, published)) is not None:
                told |= {"mine": f"{found[0]:g}", "floor": f"{found[1]:g}"}
                text = _(
                    "%(tier)s: the %(clock)s comes later (%(mine)s h) than what everybody is promised (%(floor)s h)."
                )
                yield Finding("published", n, clock, text % told, than, hours=found[0], limit=found[1])


def _below_law(promise: Promise, floors: Floors, tables: Timetables) -> Iterator[Finding]:
    laws = {one.code: one for one in legal_floors()}
    for code, topics in floors.on.items():
        law = laws.get(code)
        if law is None:
            continue
        for n, level in enumerate(promise.levels):
            mine_topics = level.topics or (promise.simple if level.simple else ())
            if topics and mine_topics and not set(topics) & set(mine_topics):
                continue
            mine = _by_hours(promise, level, law.what, tables)
            told = {"level": n + 1, "law": law.law, "days": law.calendar_days}
            if not mine:
                text = _("Level %(level)d promises no time where %(law)s sets one: %(days)d days.") % told
                yield Finding("unpromised", n, law.what, text, law=code, limit=law.calendar_days * 24.0)
                continue
            longest = max(_longest(calendar, hours) for calendar, hours in mine.values())
            if longest > law.calendar_days * 24:
                told |= {"longest": f"{longest / 24:.1f}"}
                text = _("Level %(level)d can take %(longest)s days by the calendar; %(law)s allows %(days)d.") % told
                yield Finding("law", n, law.what, text, law=code, hours=longest, limit=law.calendar_days * 24.0)


def _covers(other: Level, level: Level) -> bool:
    """Whether every case of ``level`` would be one of ``other``, but for its tier."""
    pairs = (
        (other.channels, level.channels),
        (other.priorities, level.priorities),
        (other.topics, level.topics),
        (("simple",) if other.simple else (), ("simple",) if level.simple else ()),
    )
    return all(not wide or (narrow and set(narrow) <= set(wide)) for wide, narrow in pairs)


_ByHours = dict[str, tuple[Calendar, float]]
"""Name of opening hours by which a level may count -> (their calendar, hours promised by them)."""


def _by_hours(promise: Promise, level: Level, clock: str, tables: Timetables) -> _ByHours:
    """What a level promises, by each of the opening hours that it may count by; {} where it promises nothing."""
    found: _ByHours = {}
    for name, calendar in calendars_of(promise, level, tables):
        seconds = targets_of(level, calendar.day_seconds())[clock == "resolution"]
        if seconds is not None:
            found[name] = (calendar, seconds / HOUR)
    return found


def _slower(mine: _ByHours, floor: _ByHours) -> tuple[float, float] | None:
    """The hours of both where mine ends later than the floor at some moment of the year; None where it never does."""
    for name, (calendar, hours) in mine.items():
        same = floor.get(name)
        for other, limit in [same] if same is not None else floor.values():
            if same is not None and calendar == other:
                if hours > limit:
                    return hours, limit
            elif any(
                calendar.add_business(start, hours * HOUR) > other.add_business(start, limit * HOUR)
                for start in _starts()
            ):
                return hours, limit
    return None


@lru_cache(maxsize=1)
def _starts() -> tuple[datetime, ...]:
    return tuple(_YEAR + n * _STEP for n in range(_STEPS))


def _longest(calendar: Calendar, hours: float) -> float:
    """Hours on the wall that so many opening hours last at the longest, over a year."""
    return max((calendar.add_business(start, hours * HOUR) - start).total_seconds() for start in _starts()) / 3600


def findings_or_fault(promise: Promise) -> tuple[list[Finding], str]:
    """``below_floor``, and "" or what is wrong with the calendar."""
    try:
        return below_floor(promise), ""
    except CalendarError as fault:
        return [], str(fault)
