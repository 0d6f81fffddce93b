"""What a company promises its customers: how fast it reacts and resolves, for which cases, by which clock.

A promise comes from the mapping file (``[promise]``, docs/mapping.md) and is kept with the installation, or from the
company's rules (cases.promising), both as JSON. It is checked where it is read; what stands here can be counted with.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

if TYPE_CHECKING:
    from rundblick.core.calendars import Calendar

HOUR: Final = 3600
ROUND_THE_CLOCK: Final = "Mo-Su 00:00-24:00"
WARN_SHARE: Final = 0.25  # of the target is left
WARN_LEAST: Final = 0.5  # hours


class Level(msgspec.Struct, frozen=True):
    """Targets of some cases, in hours of opening time; None is not promised.

    channels, priorities, tiers, topics   a case must have one of each that is not empty; all empty: every case
    hours             opening hours of its own, as the promise's
    name              what the company calls it
    calendar          name of the opening hours by which it counts (people.hours); "" those of the team
    resolution_days   instead of ``resolution_hours``: in days, each as long as an open day is on average
    simple            only cases whose topic the company calls simple (``Promise.simple``)
    warn, warn_hours  when somebody is warned: as soon as this share of the target, or so many hours, are left
    """

    reaction_hours: float | None = None
    resolution_hours: float | None = None
    channels: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    hours: str = ""
    name: str = ""
    topics: tuple[str, ...] = ()
    calendar: str = ""
    resolution_days: float | None = None
    simple: bool = False
    warn: float | None = None
    warn_hours: float | None = None

    def covers(self, channel: str, priority: str, tier: str, topic: str = "") -> bool:
        """Whether a case of this channel, priority, tier and topic has these targets; ``simple`` is not looked at."""
        wanted = ((self.channels, channel), (self.priorities, priority), (self.tiers, tier), (self.topics, topic))
        return all(not words or word in words for words, word in wanted)

    def lead(self, target: float) -> float:
        """How many seconds of a target are left when somebody is warned: a quarter, but half an hour at least."""
        if self.warn_hours is not None:
            return min(target, self.warn_hours * HOUR)
        if self.warn is not None:
            return min(target, self.warn * target)
        return min(target, max(WARN_SHARE * target, WARN_LEAST * HOUR))


class Promise(msgspec.Struct, frozen=True):
    """The promise of a company. The first level that covers a case counts; a case that none covers has no promise.

    hours     opening times as ``core.calendars.hours`` reads them; "" is round the clock in a mapping file, and in
              the company's rules the opening hours of the team (``spelled_out``)
    zone      IANA name
    holidays  "DE-BY", "DE": the state or country on whose public holidays the clock stands; "" none
    closed    further days on which it stands, ISO
    pending   whether the clock stands ("pauses") or goes on ("runs") while the customer has the ball
    simple    topics that the company calls simple
    """

    levels: tuple[Level, ...]
    hours: str = ""
    zone: str = "Europe/Berlin"
    holidays: str = ""
    closed: tuple[str, ...] = ()
    pending: Literal["pauses", "runs"] = "pauses"
    simple: tuple[str, ...] = ()

    def level_of(self, channel: str, priority: str, tier: str, topic: str = "") -> int | None:
        """The position of the level that counts for a case; None when nothing was promised to it."""
        for n, level in enumerate(self.levels):
            if level.covers(channel, priority, tier, topic) and (not level.simple or topic in self.simple):
                return n
        return None

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


def spelled_out(promise: Promise) -> Promise:
    """The promise of a mapping file among the company's rules, where no hours mean those of the team."""
    return promise if promise.hours else msgspec.structs.replace(promise, hours=ROUND_THE_CLOCK)


def promise_from_json(told: object) -> Promise | None:
    """What ``to_json`` wrote; None of None."""
    return None if told is None else msgspec.convert(told, Promise)
