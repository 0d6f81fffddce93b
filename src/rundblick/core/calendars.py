"""Business calendars: when a clock runs.

    office = Calendar(hours("Mo-Fr 08:00-12:00 13:00-17:00"), "Europe/Berlin", "DE", "BY")
    office.business_seconds(opened, answered)
    office.add_business(opened, 4 * 3600)

Hours are half-open intervals of the wall clock, several a day, 24:00 allowed; holidays are those of the state's law (a
fixed table of the package ``holidays``, never a feed of observances) and may be overruled day by day. A moment counts
when the wall clock shows an open time at that moment: so the night of the clock change has its 23 or 25 hours, and an
hour that comes twice counts twice. All sums are exact, in whole microseconds of UTC.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

DAY = 86_400
_MICRO = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(microseconds=1)
_YEARS = 50  # a calendar that is closed for longer never opens

Interval = tuple[int, int]  # seconds of the wall clock since midnight, [start, end)
Week = tuple[tuple[Interval, ...], ...]  # Monday first

# Of the countries whose law we know: code -> name, as the package ``holidays`` names them.
STATES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "DE": {
            "BW": "Baden-Württemberg",
            "BY": "Bayern",
            "BE": "Berlin",
            "BB": "Brandenburg",
            "HB": "Bremen",
            "HH": "Hamburg",
            "HE": "Hessen",
            "MV": "Mecklenburg-Vorpommern",
            "NI": "Niedersachsen",
            "NW": "Nordrhein-Westfalen",
            "RP": "Rheinland-Pfalz",
            "SL": "Saarland",
            "SN": "Sachsen",
            "ST": "Sachsen-Anhalt",
            "SH": "Schleswig-Holstein",
            "TH": "Thüringen",
        },
        "AT": {
            "1": "Burgenland",
            "2": "Kärnten",
            "3": "Niederösterreich",
            "4": "Oberösterreich",
            "5": "Salzburg",
            "6": "Steiermark",
            "7": "Tirol",
            "8": "Vorarlberg",
            "9": "Wien",
        },
        "CH": {
            "AG": "Aargau",
            "AR": "Appenzell Ausserrhoden",
            "AI": "Appenzell Innerrhoden",
            "BL": "Basel-Landschaft",
            "BS": "Basel-Stadt",
            "BE": "Bern",
            "FR": "Freiburg",
            "GE": "Genf",
            "GL": "Glarus",
            "GR": "Graubünden",
            "JU": "Jura",
            "LU": "Luzern",
            "NE": "Neuenburg",
            "NW": "Nidwalden",
            "OW": "Obwalden",
            "SG": "St. Gallen",
            "SH": "Schaffhausen",
            "SZ": "Schwyz",
            "SO": "Solothurn",
            "TG": "Thurgau",
            "TI": "Tessin",
            "UR": "Uri",
            "VD": "Waadt",
            "VS": "Wallis",
            "ZG": "Zug",
            "ZH": "Zürich",
        },
    }
)

_DAYS = {"mo": 0, "tu": 1, "di": 1, "we": 2, "mi": 2, "th": 3, "do": 3, "fr": 4, "sa": 5, "su": 6, "so": 6}
_ENTRY = re.compile(r"(\w+)(?:\s*-\s*(\w+))?\s+(.+)", re.DOTALL)
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-\u2013]\s*(\d{1,2}):(\d{2})")


class CalendarError(ValueError):
    """Hours, zone or state that make no calendar, a time without zone, or a calendar that never opens."""


def hours(text: str) -> Week:
    """Opening hours as a person writes them: ``Mo-Fr 08:00-12:00 13:00-17:00; Sa 09:00-13:00``.

    Days are English or German, two letters. Raises CalendarError with the part that is wrong.
    """
    week: list[list[Interval]] = [[] for _day in range(7)]
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        match = _ENTRY.fullmatch(part)
        first = _DAYS.get(match.group(1).lower()) if match else None
        last = _DAYS.get((match.group(2) or match.group(1)).lower()) if match else None
        if match is None or first is None or last is None:
            raise CalendarError(_('"%s" is no opening time; it looks like Mo-Fr 08:00-12:00 13:00-17:00.') % part)
        spans = [_interval(span.strip()) for span in match.group(3).replace(",", " ").split()]
        for day in range(first, last + (1 if first <= last else 8)):
            week[day % 7] += spans
    return tuple(_ordered(spans) for spans in week)


ALWAYS: Week = (((0, DAY),),) * 7  # 24/7


def _interval(text: str) -> Interval:
    match = _HOURS.fullmatch(text)
    if match is None:
        raise CalendarError(_('"%s" is no span of time; it looks like 08:00-17:00.') % text)
    h1, m1, h2, m2 = map(int, match.groups())
    start, end = h1 * 3600 + m1 * 60, h2 * 3600 + m2 * 60
    if m1 > 59 or m2 > 59 or end > DAY:
        raise CalendarError(_('"%s" is no span of time: a day ends at 24:00.') % text)
    if start >= end:
        raise CalendarError(
            _('"%s" ends before it begins; write a night as two spans, 22:00-24:00 and 00:00-06:00.') % text
        )
    return start, end


def _ordered(spans: list[Interval]) -> tuple[Interval, ...]:
    ordered = tuple(sorted(set(spans)))
    for (_start, end), (start, _end) in pairwise(ordered):
        if start < end:
            raise CalendarError(_("Opening times overlap at %s.") % f"{start // 3600:02}:{start // 60 % 60:02}")
    return ordered


def holidays_of(country: str, state: str, year: int) -> frozenset[date]:
    """The public holidays by the law of a state; without a state, those of the whole country. Raises CalendarError."""
    return _holidays(country, state, year)


@lru_cache(maxsize=512)
def _holidays(country: str, state: str, year: int) -> frozenset[date]:
    import holidays  # 40 ms, and most commands need none

    if country not in STATES or (state and state not in STATES[country]):
        known = ", ".join(STATES.get(country, STATES))
        raise CalendarError(
            _('"%(place)s" is no state whose holidays are known. Known: %(known)s.')
            % {"place": f"{country}-{state}" if state else country, "known": known}
        )
    return frozenset(holidays.country_holidays(country, subdiv=state or None, years=year).keys())


@dataclass(frozen=True, slots=True)
class Openings:
    """The open intervals of some years, for whoever counts many cases at once.

    ``starts``, ``ends``: microseconds since 1970 UTC, ascending, [start, end); ``before``: open ones before each.
    """

    starts: list[int]
    ends: list[int]
    before: list[int]

    def until(self, at: int) -> int:
        """Open microseconds from the first interval until ``at``."""
        i = bisect_right(self.starts, at) - 1
        return self.before[i] + min(at, self.ends[i]) - self.starts[i] if i >= 0 else 0


@dataclass(frozen=True, slots=True)
class _Year(Openings):
    """Those of one local year, and their sum."""

    total: int


@dataclass(frozen=True)
class Calendar:
    """Opening hours in a zone, with the holidays of a state.

    week        from ``hours``; ``ALWAYS`` is 24/7
    zone        IANA name
    country     "" knows no holidays; else DE, AT or CH
    state       code of STATES; "" takes the holidays of the whole country
    exceptions  days with hours of their own, holidays or not: closed is (), Christmas Eve is ((28800, 43200),)
    """

    week: Week
    zone: str = "Europe/Berlin"
    country: str = ""
    state: str = ""
    exceptions: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)
    _years: dict[int, _Year] = field(default_factory=dict, init=False, repr=False, compare=False)
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "_zone", ZoneInfo(self.zone))
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise CalendarError(_('"%s" is no time zone; it looks like Europe/Berlin.') % self.zone) from error
        if len(self.week) != 7:
            raise CalendarError(_("A week has seven days, not %d.") % len(self.week))
        for spans in (*self.week, *self.exceptions.values()):
            if any(not 0 <= start < end <= DAY for start, end in spans) or _ordered(list(spans)) != tuple(spans):
                raise CalendarError(_("Opening times of a day are in order, do not overlap and end by 24:00."))
        if self.country:
            holidays_of(self.country, self.state, 2026)

    def business_seconds(self, start: datetime, end: datetime) -> float:
        """Open seconds in [start, end); negative when ``end`` comes first. Raises CalendarError without a zone."""
        return (self._until(end) - self._until(start) + self._between(start, end)) / _MICRO

    def add_business(self, start: datetime, seconds: float) -> datetime:
        """The first moment by which ``seconds`` open seconds have passed since ``start``, in UTC.

        Four hours at noon on Friday, open until five, end on Monday; one hour at four ends on Friday at five. No
        seconds end at ``start``. Raises CalendarError for negative seconds or a calendar that never opens.
        """
        if seconds < 0:
            raise CalendarError(_("Business time cannot be negative: %s.") % seconds)
        wanted = round(seconds * _MICRO)
        at, year = _micros(start), self._local_year(start)
        if wanted == 0:
            return _moment(at)
        table = self._table(year)
        target = table.until(at) + wanted
        for _each in range(_YEARS):
            if target <= table.total:
                i = bisect_left(table.before, target) - 1
                return _moment(table.starts[i] + target - table.before[i])
            target -= table.total
            year += 1
            table = self._table(year)
        raise CalendarError(_("This calendar never opens, so no time can be added to it."))

    def openings(self, start: datetime, end: datetime) -> Openings:
        """All open intervals of the local years from ``start`` to ``end``. Raises CalendarError without a zone."""
        found, passed = Openings([], [], []), 0
        for year in range(self._local_year(start), self._local_year(end) + 1):
            table = self._table(year)
            found.starts.extend(table.starts)
            found.ends.extend(table.ends)
            found.before.extend(passed + before for before in table.before)
            passed += table.total
        return found

    def day_seconds(self) -> float:
        """How long an open day of the usual week is on average; 0 of a calendar that never opens."""
        lengths = [sum(end - start for start, end in spans) for spans in self.week if spans]
        return sum(lengths) / len(lengths) if lengths else 0.0

    def is_open(self, at: datetime) -> bool:
        """Whether the clock runs at this moment."""
        table, moment = self._table(self._local_year(at)), _micros(at)
        i = bisect_right(table.starts, moment) - 1
        return i >= 0 and moment < table.ends[i]

    def opens(self, at: datetime) -> datetime:
        """``at`` if the clock runs then, else the next moment at which it begins to, in UTC. Raises CalendarError."""
        moment, year = _micros(at), self._local_year(at)
        for _each in range(_YEARS):
            table = self._table(year)
            i = bisect_right(table.ends, moment)
            if i < len(table.starts):
                return _moment(max(moment, table.starts[i]))
            year += 1
        raise CalendarError(_("This calendar never opens, so no time can be added to it."))

    def hours_of(self, day: date) -> tuple[Interval, ...]:
        """The open intervals of a day by the wall clock, in seconds since midnight."""
        if day in self.exceptions:
            return tuple(self.exceptions[day])
        if self.country and day in _holidays(self.country, self.state, day.year):
            return ()
        return self.week[day.weekday()]

    def _until(self, at: datetime) -> int:
        return self._table(self._local_year(at)).until(_micros(at))

    def _between(self, start: datetime, end: datetime) -> int:
        """The whole local years between the two, signed."""
        first, last = self._local_year(start), self._local_year(end)
        if first == last:
            return 0
        if first < last:
            return sum(self._table(year).total for year in range(first, last))
        return -sum(self._table(year).total for year in range(last, first))

    def _local_year(self, at: datetime) -> int:
        if at.tzinfo is None:
            raise CalendarError(_("A time without zone cannot be counted: %s.") % at)
        return at.astimezone(self._zone).year

    def _table(self, year: int) -> _Year:
        table = self._years.get(year)
        if table is None:
            table = self._years[year] = self._build(year)
        return table

    def _build(self, year: int) -> _Year:
        pieces: list[list[int]] = []
        day, last = date(year, 1, 1), date(year, 12, 31)
        offset = self._offset(day)
        while True:
            following = self._offset(day + timedelta(days=1))
            spans = self.hours_of(day)
            if offset == following:
                base = _days(day) - offset
                found: Iterator[tuple[int, int]] = ((base + start, base + end) for start, end in spans)
            else:
                found = self._on_change_day(day, spans, offset, following)
            for start, end in found:
                if pieces and pieces[-1][1] == start:
                    pieces[-1][1] = end  # open over midnight
                else:
                    pieces.append([start, end])
            if day == last:
                break
            day, offset = day + timedelta(days=1), following
        starts = [start * _MICRO for start, _end in pieces]
        ends = [end * _MICRO for _start, end in pieces]
        before, total = [], 0
        for start, end in zip(starts, ends, strict=True):
            before.append(total)
            total += end - start
        return _Year(starts, ends, before, total)

    def _offset(self, day: date) -> int:
        """Seconds that the zone's clock is ahead of UTC when this day begins."""
        offset = datetime.combine(day, time(), self._zone).utcoffset()
        assert offset is not None
        return int(offset.total_seconds())

    def _on_change_day(
        self, day: date, spans: tuple[Interval, ...], offset: int, following: int
    ) -> Iterator[tuple[int, int]]:
        """Each span before the change by the old offset and after it by the new one; UTC seconds, in order."""
        base = _days(day)
        low, high = base - max(offset, following), base + DAY - min(offset, following)
        while high - low > 1:  # the second at which the offset changes
            middle = (low + high) // 2
            local = datetime.fromtimestamp(middle, self._zone).utcoffset()
            assert local is not None
            if int(local.total_seconds()) == offset:
                low = middle
            else:
                high = middle
        for start, end in spans:
            if (until := min(base + end - offset, high)) > base + start - offset:
                yield base + start - offset, until
        for start, end in spans:
            if (since := max(base + start - following, high)) < base + end - following:
                yield since, base + end - following


def spliced(parts: Sequence[tuple[datetime | None, Calendar]], start: datetime, end: datetime) -> Openings:
    """The open intervals of calendars that followed one another: each counts from its moment until the next one's.

    parts  in order; the first counts from ever, whatever its moment

    What was open by the old hours before a change stays so, and what opens by the new ones opens after it. Raises
    CalendarError.
    """
    found, passed = Openings([], [], []), 0
    for place, (since, calendar) in enumerate(parts):
        low = -(2**62) if place == 0 or since is None else _micros(since)
        following = parts[place + 1][0] if place + 1 < len(parts) else None
        high = 2**62 if following is None else _micros(following)
        if low >= high:
            continue
        openings = calendar.openings(start, end)
        for first, last in zip(openings.starts, openings.ends, strict=True):
            first, last = max(first, low), min(last, high)
            if first < last:
                found.starts.append(first)
                found.ends.append(last)
                found.before.append(passed)
                passed += last - first
    return found


def _days(day: date) -> int:
    return (day.toordinal() - 719_163) * DAY  # 1970-01-01


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // _STEP


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
