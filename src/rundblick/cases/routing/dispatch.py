"""Cases of teams whose work is assigned go to a person, the most urgent first: a sweep of the queue "out".

One worker at a time does it (an advisory lock), so that loads are right; what it writes is an entry of the log, and
the entry is what makes the case somebody's. So a worker that dies leaves nothing half done, and a second one finds
what is left. A first assignment is no hand-over: its entries have the cause ``ASSIGNED``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction

from rundblick.cases.folding import fold
from rundblick.cases.models import OPEN_STATES
from rundblick.cases.routing.book import ROUTING, Routing
from rundblick.cases.routing.people import PersonChoice, Work, assign
from rundblick.cases.routing.state import state_at
from rundblick.core.announcing import CHANGED, announce_cases
from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.ids import uuid7s
from rundblick.core.registry import Cursor
from rundblick.core.rulebooks import Book, in_force

ASSIGNED: Final = "routed"  # cause of an entry that names the first person of a case: no hand-over
EVENT: Final = "case.routed"
WAKES: Final = CHANGED
PORTION: Final = 500  # cases that one transaction assigns
LOOKED_AT: Final = 20_000
_REST_S: Final = 5.0  # while nobody has time it is not asked at each message

# the first clock that runs out, else how long it has been open
_DUE: Final = f"""
SELECT c.id, c.owner_team_id, COALESCE(c.customer_id, 0), c.topic, c.language, c.tier, r.reason
FROM cases_case c
LEFT JOIN LATERAL (
    SELECT min(k.due_at) AS due_at FROM cases_clock k WHERE k.case_id = c.id AND k.state IN ('running', 'breached')
) k ON true
LEFT JOIN LATERAL (
    SELECT x.reason FROM cases_routing x WHERE x.case_id = c.id ORDER BY x.id DESC LIMIT 1
) r ON true
WHERE c.owner_team_id = ANY(%s) AND c.merged_into_id IS NULL AND c.system_id IS NULL AND c.state IN {OPEN_STATES}
  AND c.opened_at IS NOT NULL
ORDER BY COALESCE(k.due_at, c.opened_at), c.id LIMIT {LOOKED_AT}
"""
_HOLD: Final = f"""
SELECT c.id, c.owner_team_id, (
    SELECT max(e.at) + interval '1 microsecond' FROM cases_caseentry e WHERE e.case_id = c.id AND NOT e.superseded
) FROM cases_case c WHERE c.id = ANY(%s) AND c.owner_person_id IS NULL AND c.merged_into_id IS NULL
AND c.state IN {OPEN_STATES} ORDER BY c.id FOR UPDATE OF c SKIP LOCKED
"""

_ENTRY: Final = (
    "id", "identity", "content_digest", "superseded", "event_id", "case_id", "at", "seq", "team_id", "person_id",
    "cause",
)  # fmt: skip
_ROUTED: Final = ("uuid", "case_id", "entry_id", "at", "book", "rule", "team_id", "person_id", "topic", "reason")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that waits for a person, and what was last said of it."""

    work: Work
    said: dict[str, Any]


class DispatchSweep:
    """Assigns what is due; rests a little while nobody can take what waits."""

    def __init__(self) -> None:
        self._rest_until = 0.0

    def __call__(self) -> int:
        if time.monotonic() < self._rest_until:
            return 0
        done = dispatch_due()
        if not done:
            self._rest_until = time.monotonic() + _REST_S
        return done


def dispatch_due(now: datetime | None = None) -> int:
    """Assign one portion of what is due; gives how many cases got a person. Another worker's portion is left alone."""
    book = in_force(ROUTING)
    if book is None or not any(centre.takes == "push" for centre in book.told.centres):
        return 0
    at = now or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT pg_try_advisory_xact_lock(hashtext('routing'), hashtext('dispatch'))")
        row = cur.fetchone()
        if row is None or not row[0]:
            return 0
        found = waiting(cur, book.told)
        if not found:
            return 0
        works = [one.work for one in found]
        choices = assign(works, state_at(cur, book.told, works, at))
        chosen = [(one.work, choice) for one, choice in zip(found, choices, strict=True) if choice.person is not None]
        done = _give(cur, book, chosen[:PORTION], at)
        _say_why_not(cur, book, [(o, c) for o, c in zip(found, choices, strict=True) if c.person is None], at)
    return done


def waiting(cur: Cursor, told: Routing) -> list[Waiting]:
    """Cases of teams whose work is assigned that no person has, the most urgent first."""
    uuids = [centre.team for centre in told.centres if centre.takes == "push"]
    cur.execute("SELECT id FROM people_team WHERE uuid = ANY(%s::uuid[])", (uuids,))
    teams = [team for (team,) in cur.fetchall()]
    cur.execute(_DUE, (teams,))
    return [Waiting(Work(*row), _read(reason)) for *row, reason in cur.fetchall()]


def _read(reason: Any) -> dict[str, Any]:
    told = json.loads(reason) if isinstance(reason, str) else reason
    return told if isinstance(told, dict) else {}


def _give(cur: Cursor, book: Book[Routing], chosen: Sequence[tuple[Work, PersonChoice]], at: datetime) -> int:
    """Write what was chosen, of cases that nobody else has or holds by now; each after all that its log holds."""
    cur.execute(_HOLD, ([work.case for work, _ in chosen],))
    held = {case: (team, max(at, after or at)) for case, team, after in cur.fetchall()}
    chosen = [(work, choice) for work, choice in chosen if held.get(work.case, (0, at))[0] == work.team]
    if not chosen:
        return 0
    n = len(chosen)
    ids = draw_ids(cur, {"cases_caseentry": n, "core_event": n})
    events: list[tuple[Any, ...]] = []
    objects: list[tuple[Any, ...]] = []
    entries: list[tuple[Any, ...]] = []
    routed: list[tuple[Any, ...]] = []
    for (work, choice), entry, event, key, uuid in zip(
        chosen, ids["cases_caseentry"], ids["core_event"], uuid7s(n), uuid7s(n), strict=True
    ):
        own, person, reason = key.bytes, choice.person, json.dumps(choice.reason)
        when = held[work.case][1]
        events.append((event, EVENT, when, 0, "machine"))
        objects += [(event, "case", work.case), (event, "person", person), (event, "team", work.team)]
        entries.append((entry, own, own, False, event, work.case, when, 0, work.team, person, ASSIGNED))
        routed.append((uuid, work.case, entry, when, book.id, "", work.team, person, work.topic, reason))
    insert_rows(cur, "core_event", ("id", "kind", "occurred_at", "seq", "actor_type"), events)
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), objects)
    insert_rows(cur, "cases_caseentry", _ENTRY, entries)
    insert_rows(cur, "cases_routing", _ROUTED, routed)
    cases = [work.case for work, _ in chosen]
    fold(cur, cases, subjects=[])
    announce_cases(cur, cases)
    return n


def _say_why_not(cur: Cursor, book: Book[Routing], left: Sequence[tuple[Waiting, PersonChoice]], at: datetime) -> None:
    """Write down why nobody has it, when that is another reason than before."""
    new = [(one.work, choice.reason) for one, choice in left if one.said != choice.reason]
    insert_rows(
        cur,
        "cases_routing",
        ("uuid", "case_id", "at", "book", "rule", "team_id", "topic", "reason"),
        [
            (uuid, work.case, at, book.id, "", work.team, work.topic, json.dumps(reason))
            for uuid, (work, reason) in zip(uuid7s(len(new)), new, strict=True)
        ],
    )
    if new:
        announce_cases(cur, [work.case for work, _ in new])
