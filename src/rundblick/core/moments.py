"""Times as exports write them -> ``Moment``: formats, day and month order, zones, the hours of a clock change.

``Moments`` reads the times of one column; ``detect_order`` says from a sample which order a column has and how sure
that is. Pure functions; no Django (readers in child processes use them).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from rundblick.core.message import Moment

DAY_FIRST: Final = "day-first"
MONTH_FIRST: Final = "month-first"
YEAR_FIRST: Final = "year-first"
ORDERS: Final = (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)

SURE: Final = "sure"
GUESSED: Final = "guessed"
AMBIGUOUS: Final = "ambiguous"

_CACHE_LIMIT = 200_000

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar january jän jänner jaen jaenner",
            "feb februar february feber",
            "mar mär mrz märz maerz march marz",
            "apr april",
            "mai may",
            "jun juni june",
            "jul juli july",
            "aug august",
            "sep sept september",
            "okt oct oktober october",
            "nov november",
            "dez dec dezember december",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONE_HOURS = {"Z": 0, "UTC": 0, "GMT": 0, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2}

# time of day and zone, shared by all numeric forms; Java's "2016-02-29 01:16:23,123" is a log form
_TIME = (
    r"(?:[T ,;-]{1,3}(?:um )?(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?"
    r"(?: ?([AaPp])\.?[Mm]\.?)?(?: ?Uhr)?(?: ?(Z|UTC|GMT|CES?T|MES?Z|(?:UTC|GMT)?[+-]\d{2}(?::?\d{2})?))?)?\Z"
)
_WEEKDAY = r"(?:(?:mo|di|mi|do|fr|sa|so|mon|tue|wed|thu|fri|sat|sun|[a-zäö]+day|[a-zäö]+tag|mittwoch)\.?,? )?"
_YMD = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME)
_TWO_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})" + _TIME)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?(Z)?)?\Z")
_DAY_NAME = re.compile(
    _WEEKDAY + r"(\d{1,2})(?:st|nd|rd|th)?[. -]{1,2}([A-Za-zäÄ]{3,9})[. -]{0,2} ?(\d{4}|\d{2})" + _TIME, re.I
)
_NAME_DAY = re.compile(_WEEKDAY + r"([A-Za-zäÄ]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})" + _TIME, re.I)
_EPOCH = re.compile(r"-?(\d{9,10})(?:\.(\d{1,9}))?\Z|-?(\d{12,13})\Z")
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?Uhr)?\Z")


@dataclass(frozen=True, slots=True)
class Order:
    """The order of day and month in a column and how sure it is.

    order      "day-first", "month-first", "year-first"; "" when the column has no numeric dates
    certainty  "sure" (a value proves it), "guessed" (the sequence of values speaks for it), "ambiguous"
    against    how many values of the sample cannot be read in this order
    """

    order: str
    certainty: str
    against: int = 0


class Moments:
    """Reads the times of one column; call it with a value, get a ``Moment``.

    zone       name of the zone for times that carry none ("Europe/Berlin")
    order      "day-first", "month-first", "year-first", a strptime pattern (holds a %), or "" = day-first unless
               the value itself says otherwise
    precision  "" as the value shows, or "day", "minute", "second" when the source knows no better

    Results are cached by text: logs repeat their times. Raises ``ValueError`` for what is no time.
    """

    __slots__ = ("_cache", "_order", "_pattern", "_precision", "_tz", "zone")

    def __init__(self, zone: str, order: str = "", precision: str = "") -> None:
        self.zone = zone
        self._tz = ZoneInfo(zone)
        self._pattern = order if "%" in order else ""
        self._order = DAY_FIRST if self._pattern or not order else order
        if self._order not in ORDERS:
            raise ValueError(f"no order of a date: {order!r}")
        self._precision = precision
        self._cache: dict[str, Moment] = {}

    def __call__(self, value: object) -> Moment:
        if type(value) is str:
            found = self._cache.get(value)
            if found is None:
                found = self.read(value)
                if len(self._cache) >= _CACHE_LIMIT:
                    self._cache.clear()
                self._cache[value] = found
            return found
        return self._typed(value)

    def together(self, day: object, clock: object) -> Moment:
        """One moment from a column of dates and a column of times of day; without a time it is a day."""
        if isinstance(day, str) and self._pattern:
            day = datetime.strptime(day.strip(), self._pattern)
        if isinstance(day, datetime):
            day = day.date()
        text = day.isoformat() if isinstance(day, date) else str(day).strip()
        if clock is None or clock == "":
            return self(text)
        if isinstance(clock, datetime):
            clock = clock.time()
        if isinstance(clock, timedelta):
            clock = (datetime.min + clock).time()
        spoken = clock.isoformat() if isinstance(clock, time) else str(clock).strip()
        if spoken.isdecimal() and len(spoken) in (3, 4, 5, 6):  # 905, 0905, 090512
            spoken = spoken.zfill(6 if len(spoken) > 4 else 4)
            spoken = ":".join(spoken[i : i + 2] for i in range(0, len(spoken), 2))
        if not _CLOCK.match(spoken):
            raise ValueError(f"no time of day: {spoken[:40]!r}")
        read = self._plain if self._pattern else self
        return read(_date_part(text) + " " + spoken)

    def _plain(self, text: str) -> Moment:
        local, precision, offset = read_time(text)
        return self._moment(local, precision, offset, text)

    def read(self, text: str) -> Moment:
        """One text, without the memory of earlier ones (for callers that have their own)."""
        stripped = " ".join(text.split())
        if self._pattern:
            local, precision, offset = _by_pattern(stripped, self._pattern)
        else:
            local, precision, offset = read_time(stripped, self._order)
        return self._moment(local, precision, offset, stripped)

    def _typed(self, value: object) -> Moment:
        if isinstance(value, datetime):
            if value.tzinfo is not None:
                return Moment(value.astimezone(UTC), precision=self._precision or "second")
            return self._moment(value, "second", None, value.isoformat(sep=" "))
        if isinstance(value, date):
            return self._moment(datetime(value.year, value.month, value.day), "day", None, value.isoformat())
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return self.read(repr(int(value)) if float(value).is_integer() else repr(value))
        raise ValueError(f"no time: {str(value)[:40]!r}")

    def _moment(self, local: datetime, precision: str, offset: timedelta | None, text: str) -> Moment:
        try:
            if offset is not None:
                at = local.replace(tzinfo=timezone(offset)).astimezone(UTC)
                return Moment(at, precision=self._precision or precision)
            early = local.replace(tzinfo=self._tz)
            at = early.astimezone(UTC)
            fold = ""
            first, second = early.utcoffset(), early.replace(fold=1).utcoffset()
            if first != second and first is not None and second is not None and precision != "day":
                fold = "doubled" if first > second else "missing"
        except OverflowError:
            raise ValueError(f"no time that can be: {text[:40]!r}") from None
        return Moment(at, text, self.zone, self._precision or precision, fold)


def read_time(text: str, order: str = DAY_FIRST) -> tuple[datetime, str, timedelta | None]:
    """Local time, precision ("second", "minute", "day") and offset from UTC (None when the text tells none).

    Dots mean day-first whatever ``order`` says (nobody writes month.day.year); four digits in front mean
    year-first; a name of a month means itself. Raises ``ValueError`` for what is no time.
    """
    found = _TWO_FIRST.match(text)
    if found:
        first, separator, second, year = found.group(1, 2, 3, 4)
        if order == YEAR_FIRST and len(year) == 2:  # 16-02-29
            return _build(_century(first), int(second), int(year), found, 5)
        if order == MONTH_FIRST and separator != ".":
            first, second = second, first
        return _build(_century(year), int(second), int(first), found, 5)
    found = _YMD.match(text)
    if found:
        return _build(int(found[1]), int(found[3]), int(found[4]), found, 5)
    return _read_rare(text)


def _read_rare(text: str) -> tuple[datetime, str, timedelta | None]:
    found = _COMPACT.match(text)
    if found and 1 <= int(found[2]) <= 12:
        hour, minute, second = (int(g) if g else 0 for g in found.group(4, 5, 6))
        local = datetime(int(found[1]), int(found[2]), int(found[3]), hour, minute, second)
        precision = "day" if found[4] is None else "minute" if found[6] is None else "second"
        return local, precision, timedelta(0) if found[7] else None
    found = _EPOCH.match(text)
    if found:
        seconds = int(text) / 1000 if found[3] else float(text)
        return datetime(1970, 1, 1) + timedelta(seconds=seconds), "second", timedelta(0)
    for pattern, day, month in ((_DAY_NAME, 1, 2), (_NAME_DAY, 2, 1)):
        found = pattern.match(text)
        number = found and _MONTHS.get(found[month].lower())
        if found and number:
            return _build(_century(found[3]), number, int(found[day]), found, 4)
    raise ValueError(f"no time: {text[:40]!r}")


def _build(year: int, month: int, day: int, found: re.Match[str], at: int) -> tuple[datetime, str, timedelta | None]:
    """The groups from ``at`` on are hour, minute, second, fraction, am/pm, zone."""
    hour, minute, second, fraction, half, zone = found.group(at, at + 1, at + 2, at + 3, at + 4, at + 5)
    if hour is None:
        return datetime(year, month, day), "day", None
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(f"no time of day: {found[0][:40]!r}")
        hours = hours % 12 + (12 if half in "pP" else 0)
    micro = int(fraction[:6].ljust(6, "0")) if fraction else 0
    precision = "second" if second else "minute"
    if hours == 24 and minute == "00" and not int(second or 0):  # ISO 8601: the end of the day
        return datetime(year, month, day) + timedelta(days=1), precision, _offset(zone)
    local = datetime(year, month, day, hours, int(minute), int(second or 0), micro)
    return local, precision, _offset(zone)


def _offset(zone: str | None) -> timedelta | None:
    if zone is None:
        return None
    if zone in _ZONE_HOURS:
        return timedelta(hours=_ZONE_HOURS[zone])
    digits = zone.removeprefix("UTC").removeprefix("GMT").replace(":", "")
    offset = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5] or 0))
    return -offset if digits[0] == "-" else offset


def _century(year: str) -> int:
    """Two digits are of 1970..2069: times of service, not birth dates."""
    number = int(year)
    if len(year) > 2:
        return number
    return number + (1900 if number >= 70 else 2000)


def _by_pattern(text: str, pattern: str) -> tuple[datetime, str, timedelta | None]:
    local = datetime.strptime(text, pattern)
    if any(code in pattern for code in ("%S", "%s", "%X", "%c", "%T", "%f")):
        precision = "second"
    else:
        precision = "minute" if "%H" in pattern or "%I" in pattern else "day"
    return local.replace(tzinfo=None), precision, local.utcoffset()


def _date_part(text: str) -> str:
    """The date of "29.02.2016 00:00:00": table programs give a date column a midnight."""
    head, _, tail = text.replace("T", " ", 1).rpartition(" ")
    text = head if head and _CLOCK.match(tail) and set(tail) <= set("0:.") else text
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdecimal() else text


def detect_order(values: Iterable[str]) -> Order:
    """Which order of day and month a sample of a column's texts has.

    A part above 12 proves an order. Without such a value the sequence decides when it rises under one reading only
    (exports and logs are mostly sorted): "guessed". Else "ambiguous", and day-first is assumed. Where values prove
    both orders, the order of the majority is given and ``against`` counts the others.
    """
    day_first = month_first = year_first = dotted = 0
    open_values: list[str] = []
    seen: set[str] = set()
    for value in values:
        text = " ".join(value.split())
        found = _TWO_FIRST.match(text)
        if not found:
            year_first += bool(_YMD.match(text))
            continue
        if text in seen:
            continue
        seen.add(text)
        first, second = int(found[1]), int(found[3])
        if found[2] == ".":
            dotted += 1
        elif first > 12 and second <= 12:
            day_first += 1
        elif second > 12 and first <= 12:
            month_first += 1
        if found[2] != ".":
            open_values.append(text)
    if day_first or month_first:
        if day_first >= month_first:
            return Order(DAY_FIRST, SURE if not month_first else AMBIGUOUS, month_first)
        return Order(MONTH_FIRST, SURE if not day_first and not dotted else AMBIGUOUS, day_first)
    if not open_values:
        if dotted:
            return Order(DAY_FIRST, SURE)
        return Order(YEAR_FIRST, SURE) if year_first else Order("", AMBIGUOUS)
    rising = {order: _falls(open_values, order) for order in (DAY_FIRST, MONTH_FIRST)}
    if len(open_values) >= 10 and rising[DAY_FIRST] != rising[MONTH_FIRST]:
        better = min(rising, key=lambda order: rising[order])
        other = max(rising.values())
        if rising[better] * 4 <= other and other >= 2:
            return Order(better, GUESSED)
    return Order(DAY_FIRST, AMBIGUOUS)


def _falls(texts: list[str], order: str) -> int:
    """How often the sequence steps backwards when it is read in this order."""
    times = []
    for text in texts:
        try:
            times.append(read_time(text, order)[0])
        except ValueError:
            continue
    return sum(after < before for before, after in itertools.pairwise(times))


def is_time(text: str) -> bool:
    """Whether the text is a time in some form (a plain number counts as one only with 8, 14 or epoch digits)."""
    try:
        read_time(" ".join(text.split()))
    except ValueError:
        return bool(_TWO_FIRST.match(text)) and _readable(text, MONTH_FIRST)
    return True


def _readable(text: str, order: str) -> bool:
    try:
        read_time(text, order)
    except ValueError:
        return False
    return True
