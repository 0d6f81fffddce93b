"""Time at the sample company: thirteen months, opening hours, holidays, and when people call, write and come by.

A moment is a number of seconds since ``FIRST_DAY`` 00:00 on the company's wall clocks (Europe/Berlin, without zone).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate

from rundblick_sample.draw import Draw, Weighted

FIRST_DAY = date(2025, 10, 1)
LAST_DAY = date(2026, 10, 31)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
DAY = 86_400
END = DAYS * DAY
_MARGIN = 150  # days behind the window, so that a promise can end there
SURVEY_DAY = (date(2026, 2, 20) - FIRST_DAY).days  # the last time that anybody asked the customers as a whole
STRIKE = ((date(2026, 3, 9) - FIRST_DAY).days, (date(2026, 3, 29) - FIRST_DAY).days)  # the carrier does not deliver

HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        "2025-10-03", "2025-10-31", "2025-12-24", "2025-12-25", "2025-12-26", "2025-12-31", "2026-01-01", "2026-04-03",
        "2026-04-06", "2026-05-01", "2026-05-14", "2026-05-25", "2026-10-03", "2026-12-25",
    )
)  # fmt: skip
_MONTH = {10: 1.0, 11: 1.25, 12: 1.45, 1: 1.35, 2: 0.95, 3: 1.0, 4: 0.9, 5: 0.9, 6: 0.9, 7: 0.8, 8: 0.8, 9: 0.95}


def day_of(moment: float) -> date:
    return FIRST_DAY + timedelta(days=int(moment // DAY))


def moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return (date(year, month, day) - FIRST_DAY).days * DAY + hour * 3600 + minute * 60


def _open_spans(saturday: tuple[int, int] | None, opens: int, closes: int) -> tuple[list[int], list[int]]:
    """Starts of the open spans and the open seconds before each of them."""
    starts, lengths = [], []
    for number in range(DAYS + _MARGIN):
        day = FIRST_DAY + timedelta(days=number)
        if day in HOLIDAYS or day.weekday() == 6:
            continue
        low, high = (opens, closes) if day.weekday() < 5 else saturday or (0, 0)
        if high > low:
            starts.append(number * DAY + low * 3600)
            lengths.append((high - low) * 3600)
    return starts, [0, *accumulate(lengths)]


class Clock:
    """Opening hours as arithmetic: what time is it after so many open seconds."""

    def __init__(self, opens: int, closes: int, saturday: tuple[int, int] | None) -> None:
        self._starts, self._before = _open_spans(saturday, opens, closes)

    def elapsed(self, at: float) -> float:
        """Open seconds from the start of the window until then."""
        span = bisect_right(self._starts, at) - 1
        if span < 0:
            return 0.0
        return min(self._before[span] + at - self._starts[span], self._before[span + 1])

    def after(self, at: float, seconds: float) -> float:
        """The moment so many open seconds later; never outside the hours."""
        target = self.elapsed(at) + max(seconds, 1.0)
        span = min(bisect_left(self._before, target) - 1, len(self._starts) - 1)
        return self._starts[span] + target - self._before[span]

    def is_open(self, at: float) -> bool:
        span = bisect_right(self._starts, at) - 1
        return span >= 0 and at - self._starts[span] < self._before[span + 1] - self._before[span]


OFFICE = Clock(8, 17, None)
HOTLINE = Clock(8, 18, (9, 13))
SHOPS = Clock(10, 18, (10, 16))


def _slots(kind: str) -> list[float]:
    """Weights of the 24 hours for a kind of arrival."""
    if kind == "any":
        return [
            0.4,
            0.2,
            0.1,
            0.1,
            0.1,
            0.3,
            1,
            2.5,
            5,
            6.5,
            7,
            6.5,
            5.5,
            5.5,
            5.5,
            5.5,
            5.5,
            5.5,
            5.5,
            6,
            6.5,
            5.5,
            3,
            1.2,
        ]
    if kind == "call":
        return [0] * 8 + [9.0, 13, 13, 10, 7, 7, 9, 9, 8, 5] + [0] * 6
    return [0] * 10 + [8.0, 11, 9, 8, 10, 11, 12, 10] + [0] * 6


class Arrivals:
    """Draws moments by season, weekday and hour; the wave of the strike is laid over by the caller."""

    def __init__(self, kind: str, clock: Clock | None) -> None:
        week = [1.28, 1.1, 1.0, 0.98, 0.92, 0.55 if clock is None else 0.3, 0.5 if clock is None else 0.0]
        hours = _slots(kind)
        self._starts: list[int] = []
        weights: list[float] = []
        for number in range(DAYS):
            day = FIRST_DAY + timedelta(days=number)
            share = _MONTH[day.month] * week[day.weekday()] * (0.45 if day in HOLIDAYS and clock is None else 1.0)
            if STRIKE[0] <= number < STRIKE[1] + 7:
                share *= 1.5
            for hour in range(24):
                start = number * DAY + hour * 3600
                if hours[hour] and (clock is None or clock.is_open(start + 1)):
                    self._starts.append(start)
                    weights.append(share * hours[hour])
        self._sums = list(accumulate(weights))

    def draw(self, draw: Draw) -> float:
        slot = min(bisect_right(self._sums, draw.u() * self._sums[-1]), len(self._starts) - 1)
        return self._starts[slot] + draw.below(3600)

    def next_from(self, draw: Draw, at: float) -> float:
        """An arrival on the day of ``at`` or, if that day is over or shut, on the next possible one."""
        slot = bisect_left(self._starts, at)
        ahead = min(slot + draw.below(9), len(self._starts) - 1)
        if slot >= len(self._starts):
            return float(at + draw.below(3600))
        return max(at + 60, self._starts[ahead] + draw.below(3600))


@cache
def arrivals(kind: str) -> Arrivals:
    """Of ``any`` (mails, posts), ``call`` and ``visit``."""
    return Arrivals(kind, {"any": None, "call": HOTLINE, "visit": SHOPS}[kind])


def at_his_time(draw: Draw, at: float) -> float:
    """The same day, at an hour at which people write."""
    return int(at // DAY) * DAY + _HOURS.draw(draw.u()) * 3600 + draw.below(3600)


_HOURS = Weighted(list(range(24)), _slots("any"))
_DAYS = [FIRST_DAY + timedelta(days=number) for number in range(-900, DAYS + _MARGIN + 400)]
_GERMAN = [f"{d.day:02d}.{d.month:02d}.{d.year}" for d in _DAYS]
_ISO = [d.isoformat() for d in _DAYS]
_AMERICAN = [f"{d.month:02d}/{d.day:02d}/{d.year}" for d in _DAYS]
_TIME = [f"{m // 60:02d}:{m % 60:02d}" for m in range(1440)]
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)


def german_day(at: float) -> str:
    return _GERMAN[int(at // DAY) + 900]


def german(at: float) -> str:
    return f"{_GERMAN[int(at // DAY) + 900]} {_TIME[int(at % DAY) // 60]}"


def clock_time(at: float) -> str:
    return _TIME[int(at % DAY) // 60]


def iso_day(at: float) -> str:
    return _ISO[int(at // DAY) + 900]


def iso(at: float) -> str:
    return f"{_ISO[int(at // DAY) + 900]}T{_TIME[int(at % DAY) // 60]}:{int(at % 60):02d}"


def american_day(at: float) -> str:
    return _AMERICAN[int(at // DAY) + 900]


_SUMMER = ((-(10**9), moment(2025, 10, 26, 3)), (moment(2026, 3, 29, 3), moment(2026, 10, 25, 3)))


def offset_hours(at: float) -> int:
    """Hours ahead of UTC: 2 in summer, 1 in winter."""
    return 2 if any(low <= at < high for low, high in _SUMMER) else 1


def iso_utc(at: float) -> str:
    return iso(at - offset_hours(at) * 3600) + "Z"


def as_datetime(at: float) -> datetime:
    return datetime.combine(FIRST_DAY, datetime.min.time()) + timedelta(seconds=int(at))


def spoken_day(draw: Draw, at: float) -> str:
    """A date as people write it: 3.4., 03.04.2026, 3. April."""
    day = day_of(at)
    kind = draw.u()
    if kind < 0.35:
        return f"{day.day}.{day.month}."
    if kind < 0.6:
        return f"{day.day:02d}.{day.month:02d}.{day.year}"
    if kind < 0.8:
        return f"{day.day}. {MONTHS[day.month - 1]}"
    return f"{day.day:02d}.{day.month:02d}.{day.year % 100:02d}"
