"""What a company promises its customers: how fast it reacts and resolves, for which cases, by which clock.

A promise comes from the mapping file (``[promise]``, docs/mapping.md) and is kept with the installation, as JSON. It is
checked where it is read; what stands here can be counted with.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

if TYPE_CHECKING:
    from rundblick.core.calendars import Calendar

HOUR: Final = 3600
ROUND_THE_CLOCK: Final = "Mo-Su 00:00-24:00"


class Level(msgspec.Struct, frozen=True):
    """Targets of some cases, in hours of opening time; None is not promised.

    channels, priorities, tiers   a case must have one of each that is not empty; all empty: every case
    hours                         opening hours of its own, as the promise's
    """

    reaction_hours: float | None = None
    resolution_hours: float | None = None
    channels: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    hours: str = ""

    def covers(self, channel: str, priority: str, tier: str) -> bool:
        """Whether a case of this channel, priority and tier has these targets."""
        wanted = ((self.channels, channel), (self.priorities, priority), (self.tiers, tier))
        return all(not words or word in words for words, word in wanted)


class Promise(msgspec.Struct, frozen=True):
    """The promise of a company. The first level that covers a case counts; a case that none covers has no promise.

    hours     opening times as ``core.calendars.hours`` reads them; "" is round the clock
    zone      IANA name
    holidays  "DE-BY", "DE": the state or country on whose public holidays the clock stands; "" none
    closed    further days on which it stands, ISO
    pending   whether the clock stands ("pauses") or goes on ("runs") while the customer has the ball
    """

    levels: tuple[Level, ...]
    hours: str = ""
    zone: str = "Europe/Berlin"
    holidays: str = ""
    closed: tuple[str, ...] = ()
    pending: Literal["pauses", "runs"] = "pauses"

    def level_of(self, channel: str, priority: str, tier: str) -> int | None:
        """The position of the level that counts for a case; None when nothing was promised to it."""
        return next((n for n, level in enumerate(self.levels) if level.covers(channel, priority, tier)), None)

    def calendar(self, level: Level) -> Calendar:
        """When the clock of a level runs. Raises CalendarError."""
        from rundblick.core.calendars import Calendar, hours  # with Django's translations; readers do without

        country, _dash, state = self.holidays.partition("-")
        closed = {date.fromisoformat(day): () for day in self.closed}
        return Calendar(hours(level.hours or self.hours or ROUND_THE_CLOCK), self.zone, country, state, closed)

    def to_json(self) -> dict[str, Any]:
        """For a JSON column."""
        told: dict[str, Any] = msgspec.to_builtins(self)
        return told


def promise_from_json(told: object) -> Promise | None:
    """What ``to_json`` wrote; None of None."""
    return None if told is None else msgspec.convert(told, Promise)
