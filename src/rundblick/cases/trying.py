"""What a promise would have meant for the cases of the last days, and how often we stopped our own clocks.

said = preview(draft, tables)      # what is in force beside the draft, on the same cases
stops = stopped()                  # {team: Stops}: whose clocks stood, how often, how long
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from rundblick.cases.clocking import read_log
from rundblick.cases.clocks import NEVER, Clocks, Rules, Version, clocks
from rundblick.cases.promising import DAYS, rules_of
from rundblick.core.database import cursor
from rundblick.core.promises import Promise
from rundblick.people.hours import Timetables

MOST: Final = 50_000
"""Cases that a preview looks at, the newest."""

_SOME: Final = """
SELECT array_agg(id) FROM (SELECT id FROM cases_case
WHERE merged_into_id IS NULL AND opened_at > %s AND opened_at <= %s ORDER BY opened_at DESC LIMIT %s) AS newest
"""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Of some cases: to how many something was promised, of how many it was kept, broken, or is not decided yet."""

    promised: int
    kept: int
    broken: int

    @property
    def undecided(self) -> int:
        return self.promised - self.kept - self.broken

    @property
    def share(self) -> float | None:
        """Of those that are decided, kept; None where none is."""
        decided = self.kept + self.broken
        return self.kept / decided if decided else None


@dataclass(frozen=True, slots=True)
class Previewed:
    """The cases of the last days: by what counts for them now, and by the draft.

    levels   of each level of the draft; ``failed``: cases that take longer than the outer limit, whatever is promised
    gained   broken now and kept by the draft; ``lost``: the other way round
    """

    days: int
    cases: int
    now: Verdicts
    draft: Verdicts
    levels: tuple[Verdicts, ...]
    gained: int
    lost: int
    failed: int


def preview(draft: Promise, tables: Timetables | None = None, now: datetime | None = None) -> Previewed:
    """What a promise would have meant, by the hours in force or by others. Raises CalendarError."""
    at = now or datetime.now(UTC)
    with cursor() as cur:
        cur.execute(_SOME, (at - timedelta(days=DAYS), at, MOST))
        row = cur.fetchone()
        log = read_log(cur, list(row[0] or ()) if row else ())
    rules = rules_of()
    hours = rules.hours if tables is None else ((None, tables),)
    before = clocks(log, rules, at)
    after = clocks(log, Rules((Version(NEVER, 0, draft),), hours, rules.teams), at)
    return Previewed(
        DAYS,
        len(log),
        _verdicts(before, np.ones(len(log), np.bool_)),
        _verdicts(after, np.ones(len(log), np.bool_)),
        tuple(_verdicts(after, after.level == place) for place in range(len(draft.levels))),
        int(((before.kept == 0) & (after.kept == 1)).sum()),
        int(((before.kept == 1) & (after.kept == 0)).sum()),
        int(after.failed.sum()),
    )


def _verdicts(found: Clocks, which: npt.NDArray[np.bool_]) -> Verdicts:
    mine = which & (found.level >= 0)
    return Verdicts(int(mine.sum()), int((mine & (found.kept == 1)).sum()), int((mine & (found.kept == 0)).sum()))


@dataclass(frozen=True, slots=True)
class Stops:
    """How often a team stopped the clock of a solution, of cases of our own.

    often    cases whose clock stood more than once
    ran_s, stood_s   opening time together
    """

    cases: int
    often: int
    ran_s: float
    stood_s: float

    @property
    def often_share(self) -> float | None:
        """Of 1: cases whose clock was stopped more than once."""
        return self.often / self.cases if self.cases else None

    @property
    def stood_share(self) -> float | None:
        """Of 1: opening time that the clocks stood, of all between opening and solution."""
        both = self.ran_s + self.stood_s
        return self.stood_s / both if both else None


_STOPS: Final = """
SELECT coalesce(c.owner_team_id, 0), count(*), count(*) FILTER (WHERE k.pauses > 1), sum(k.ran_s), sum(k.stood_s)
FROM cases_clock k JOIN cases_case c ON c.id = k.case_id
WHERE k.kind = 'resolution' AND k.started_at > %s AND k.started_at <= %s GROUP BY 1 ORDER BY 1
"""


def stopped(since: datetime, until: datetime) -> dict[int, Stops]:
    """Of each team (id; 0: cases that a person has) the stops of the cases that were opened in that time."""
    with cursor() as cur:
        cur.execute(_STOPS, (since, until))
        return {team: Stops(n, often, float(ran), float(stood)) for team, n, often, ran, stood in cur.fetchall()}
