"""Offered calls by weekday and half hour: how many, how long they take, how long callers waited.

    week = offered_week(zone="Europe/Berlin", weeks=8)
    week.slots[0, 18]      # Mondays, 9:00 to 9:30

The last weeks end with the last call, so that an import of an older log gives a plan too. Each half hour tells the
median over the weeks, days without a call counted as 0: one strike or one holiday moves no plan.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Final

from rundblick.core.database import cursor

WEEKS: Final = 8
SLOTS: Final = 48  # half hours of a day
FIRM_CALLS: Final = 30  # fewer answered calls give a half hour no handling time of its own


@dataclass(frozen=True, slots=True)
class Slot:
    """A half hour of a weekday. ``calls``: median over ``weeks`` days, their mean where that is 0.

    ``aht_s``: None where too few were answered.
    """

    calls: float
    most: int
    weeks: int
    offered: int
    answered: int
    within_20: int
    aht_s: float | None


@dataclass(frozen=True, slots=True)
class Week:
    """All half hours in which a call was ever offered, by (weekday from Monday 0, half hour from midnight 0).

    ``aht_s``: mean talk and wrap-up over all answered calls; ``written``: human contacts in writing on a day, mean
    over the days of the same weeks.
    """

    start: date | None
    end: date | None
    offered: int
    answered: int
    aht_s: float | None
    slots: dict[tuple[int, int], Slot]
    written: float


_CALLS: Final = "cases_message m JOIN cases_call c ON c.message_id = m.id WHERE m.direction = 'in' AND NOT m.superseded"
_LAST: Final = f"SELECT max(m.at) FROM {_CALLS} AND m.at <= %(now)s AND m.precision <> 'day'"
_COUNTS: Final = f"""
SELECT (m.at AT TIME ZONE %(zone)s)::date, extract(hour FROM m.at AT TIME ZONE %(zone)s)::int * 2
       + (extract(minute FROM m.at AT TIME ZONE %(zone)s) >= 30)::int, count(*), count(*) FILTER (WHERE c.answered),
       count(*) FILTER (WHERE c.answered AND c.waited_s <= 20),
       count(*) FILTER (WHERE c.answered AND c.talked_s > 0),
       coalesce(sum(c.talked_s + coalesce(c.wrapped_s, 0)) FILTER (WHERE c.answered AND c.talked_s > 0), 0)::float8
FROM {_CALLS} AND m.precision <> 'day' AND m.at > %(since)s AND m.at <= %(last)s
GROUP BY 1, 2
"""
_WRITTEN: Final = """
SELECT count(*) FROM cases_message m WHERE m.direction = 'in' AND m.sender = 'human' AND NOT m.superseded
  AND m.channel NOT IN ('phone', 'branch', 'self_service', 'chat') AND m.at > %(since)s AND m.at <= %(last)s
"""


def offered_week(zone: str, weeks: int = WEEKS, now: datetime | None = None) -> Week:
    """The week as the last ``weeks`` weeks had it; empty without calls."""
    with cursor() as cur:
        cur.execute(_LAST, {"now": now or datetime.now(UTC)})
        row = cur.fetchone()
        last = row[0] if row else None
        if last is None:
            return Week(None, None, 0, 0, None, {}, 0.0)
        params = {"zone": zone, "last": last, "since": last - timedelta(weeks=weeks)}
        cur.execute(_COUNTS, params)
        counts = cur.fetchall()
        cur.execute(_WRITTEN, params)
        row = cur.fetchone()
    return week_of(counts, weeks, last.date(), (row[0] if row else 0) / (weeks * 7))


def week_of(
    counts: list[tuple[date, int, int, int, int, int, float]], weeks: int, end: date, written: float = 0.0
) -> Week:
    """From (day, half hour, offered, answered, within 20 s, with a length, their seconds) to a usual week."""
    by_slot: dict[tuple[int, int], list[tuple[int, int, int, int, float]]] = defaultdict(list)
    for on, slot, *numbers in counts:
        by_slot[on.weekday(), slot].append(tuple(numbers))  # type: ignore[arg-type]
    slots = {}
    for key, days in by_slot.items():
        offered = [one[0] for one in days] + [0] * max(weeks - len(days), 0)
        timed, seconds = sum(one[3] for one in days), sum(one[4] for one in days)
        slots[key] = Slot(
            calls=float(median(offered)) or sum(offered) / len(offered),
            most=max(offered),
            weeks=len(offered),
            offered=sum(offered),
            answered=sum(one[1] for one in days),
            within_20=sum(one[2] for one in days),
            aht_s=seconds / timed if timed >= FIRM_CALLS else None,
        )
    timed, seconds = sum(one[5] for one in counts), sum(one[6] for one in counts)
    return Week(
        start=min((one[0] for one in counts), default=None),
        end=end,
        offered=sum(one[2] for one in counts),
        answered=sum(one[3] for one in counts),
        aht_s=seconds / timed if timed else None,
        slots=slots,
        written=written,
    )
