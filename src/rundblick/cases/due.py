"""Until when a customer is promised a first answer and a solution: the report's clocks (docs/report.md), read forward.

    due_of(case, promise)  ->  (Due("reaction", at=...), Due("resolution", at=...))

The reaction runs from the opening and never stands still; the solution stands while the customer has the ball (unless
the promise says that it runs) and while a case that was opened again stood resolved. Both count opening hours only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from rundblick.cases.models import OPEN_STATES, Case, CaseEntry, Message
from rundblick.core.calendars import Calendar
from rundblick.core.installation import installation
from rundblick.core.promises import HOUR, Promise, promise_from_json

SOON: Final = timedelta(hours=1)  # of opening time: from then on somebody should look at it


@dataclass(frozen=True, slots=True)
class Due:
    """What a case is still promised.

    at     until when (UTC); None while the clock stands, since the customer has the ball
    left   opening time that is left; negative once it is over
    """

    kind: Literal["reaction", "resolution"]
    at: datetime | None
    left: timedelta

    @property
    def is_over(self) -> bool:
        return self.left < timedelta(0)

    @property
    def is_soon(self) -> bool:
        return not self.is_over and self.at is not None and self.left <= SOON


def promised() -> Promise | None:
    """What this company promises its customers."""
    return promise_from_json(installation().promise)


def due_of(case: Case, promise: Promise | None, now: datetime | None = None) -> tuple[Due, ...]:
    """What an open case is still promised, the reaction first; () where nothing is. Raises CalendarError."""
    at = now or datetime.now(UTC)
    if promise is None or case.state not in OPEN_STATES or case.opened_at is None or case.merged_into_id is not None:
        return ()
    position = promise.level_of(case.channel, case.priority, case.tier)
    if position is None:
        return ()
    level = promise.levels[position]
    calendar = promise.calendar(level)
    found = []
    if level.reaction_hours is not None and case.first_reply_at is None:
        due = calendar.add_business(case.opened_at, level.reaction_hours * HOUR)
        found.append(Due("reaction", due, timedelta(seconds=calendar.business_seconds(at, due))))
    if level.resolution_hours is not None:
        found.append(_resolution(case, case.opened_at, calendar, promise, level.resolution_hours * HOUR, at))
    return tuple(found)


def _resolution(
    case: Case, opened: datetime, calendar: Calendar, promise: Promise, target: float, now: datetime
) -> Due:
    left, since = target, opened
    for begin, end in _standing(case, opened, promise):
        ran = calendar.business_seconds(since, begin)
        if ran > left:
            break  # it was over before the clock stood
        left -= ran
        if end is None:
            return Due("resolution", None, timedelta(seconds=left))
        since = end
    due = calendar.add_business(since, left)
    return Due("resolution", due, timedelta(seconds=calendar.business_seconds(now, due)))


def _standing(case: Case, opened: datetime, promise: Promise) -> list[tuple[datetime, datetime | None]]:
    """When the clock of an open case stood still, in order; the last may have no end yet."""
    told: list[tuple[datetime, int, bytes, str]] = [
        (at, seq, bytes(identity), state)
        for at, seq, identity, state in CaseEntry.objects.filter(case=case, superseded=False)
        .exclude(state="")
        .values_list("at", "seq", "identity", "state")
    ]
    if told and case.system_id is None:  # who writes in a case of our own has given the ball back
        written = Message.objects.filter(case=case, superseded=False, direction="in", sender="human")
        told += [
            (at, seq, bytes(identity), "open") for at, seq, identity in written.values_list("at", "seq", "identity")
        ]
    stands = {"resolved", "closed"} | ({"pending"} if promise.pending == "pauses" else set())
    found: list[tuple[datetime, datetime | None]] = []
    begin: datetime | None = None
    for at, _seq, _identity, state in sorted(told):
        if state in stands:
            begin = begin if begin is not None else at
        elif begin is not None:
            if at > opened:
                found.append((max(begin, opened), at))
            begin = None
    if begin is not None:
        found.append((max(begin, opened), None))
    return found
