"""Until when a customer is promised a first answer and a solution: the clocks of one case (cases.clocks), read forward.

    due_of(case)  ->  (Due("reaction", at=...), Due("resolution", at=...))

The reaction runs from the opening and never stands still; the solution stands while the customer has the ball (unless
the promise says that it runs) and while a case that was opened again stood resolved. Both count opening hours only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from rundblick.cases.clocking import log_of_case
from rundblick.cases.clocks import NEVER, Clock, Clocks, Rules, Version, clocks, moment
from rundblick.cases.models import OPEN_STATES, Case
from rundblick.cases.promising import rules_of
from rundblick.core.promises import Promise, spelled_out

_STEP: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Due:
    """What a case is still promised.

    at      until when (UTC); None while the clock stands, since the customer has the ball
    left    opening time that is left; negative once it is over
    warn    from when on somebody should look at it; None where that is not known
    pauses  how often the clock was stopped, the present time included; ``stood``: opening time that it stood
    now     the moment for which this is said
    """

    kind: Literal["reaction", "resolution"]
    at: datetime | None
    left: timedelta
    warn: datetime | None = None
    pauses: int = 0
    stood: timedelta = timedelta(0)
    now: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.left < timedelta(0)

    @property
    def is_soon(self) -> bool:
        warned = self.warn is not None and self.now is not None and self.warn <= self.now
        return not self.is_over and self.at is not None and warned


def due_of(case: Case, promise: Promise | None = None, now: datetime | None = None) -> tuple[Due, ...]:
    """What an open case is still promised, the reaction first; () where nothing is.

    promise  instead of what was promised when it was opened

    Raises CalendarError.
    """
    at = now or datetime.now(UTC)
    if case.state not in OPEN_STATES or case.opened_at is None or case.merged_into_id is not None:
        return ()
    rules = rules_of()
    if promise is not None:
        rules = Rules((Version(NEVER, 0, spelled_out(promise)),), rules.hours, rules.teams)
    found = clocks(log_of_case(case), rules, at)
    return tuple(_due(kind, one, at) for kind, one in _both(found) if one.there[0] and one.stopped[0] == NEVER)


def _both(found: Clocks) -> tuple[tuple[Literal["reaction"], Clock], tuple[Literal["resolution"], Clock]]:
    return ("reaction", found.reaction), ("resolution", found.resolution)


def waited(case: Case, now: datetime | None = None) -> timedelta | None:
    """How long the customer has waited, or waited, by the calendar on his wall; None where it is not known."""
    if case.opened_at is None:
        return None
    till = case.resolved_at or (case.closed_at if case.state == "closed" else None) or now or datetime.now(UTC)
    return max(till - case.opened_at, timedelta(0))


def _due(kind: Literal["reaction", "resolution"], one: Clock, now: datetime) -> Due:
    return Due(
        kind,
        moment(one.due[0]),
        int(one.left[0]) * _STEP,
        moment(one.warn[0]),
        int(one.pauses[0]),
        int(one.stood[0]) * _STEP,
        now,
    )
