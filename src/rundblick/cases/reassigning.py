"""Many open cases change their owner at once: somebody leaves or is away, a team is closed.

Set-based, for ten thousand cases as for one: a few statements, all in the caller's transaction. Each case gets what a
hand-over by a person gives it: an event, an entry with cause and reason, a row of its hand-over, the fold, the NOTIFY.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rundblick.cases.folding import fold
from rundblick.core.announcing import announce_cases
from rundblick.core.database import draw_ids, insert_rows
from rundblick.core.ids import uuid7, uuid7s
from rundblick.core.registry import Cursor

_PORTION: Final = 2_000  # cases folded by one statement


@dataclass(frozen=True, slots=True)
class Held:
    """An open case before it changes hands.

    person, team    its owner; ``team`` is also for which of his teams a person has it, None where that is not known
    at, seq         of the last entry of its log, None when it has none
    before          who had it before its owner, as (person, team)
    """

    case: int
    record: int | None
    person: int | None
    team: int | None
    at: datetime | None
    seq: int
    before: tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class Heir:
    """The next owner: a team, or a person and for which of his teams."""

    person: int | None
    team: int | None


# An open case is locked before anything is read of it, in the order of ids: so two who do this at once wait in line.
_OF_PERSON: Final = """
SELECT id FROM cases_case WHERE owner_person_id = %s AND merged_into_id IS NULL AND state IN ('new', 'open', 'pending')
ORDER BY id FOR UPDATE
"""
_OF_TEAM: Final = _OF_PERSON.replace("owner_person_id", "owner_team_id")

_HELD: Final = """
SELECT c.id, c.concerned_id, c.owner_person_id,
       COALESCE(c.owner_team_id, CASE WHEN t.closed_at IS NULL THEN t.id ELSE t.successor_id END),
       last.at, COALESCE(last.seq, 0), before.from_person_id, before.from_team_id
FROM cases_case c
LEFT JOIN LATERAL (
    SELECT e.at, e.seq FROM cases_caseentry e WHERE e.case_id = c.id AND NOT e.superseded
    ORDER BY e.at DESC, e.seq DESC, e.identity DESC LIMIT 1
) last ON true
LEFT JOIN LATERAL (
    SELECT e.id, e.team_id FROM cases_caseentry e
    WHERE e.case_id = c.id AND NOT e.superseded AND (e.person_id IS NOT NULL OR e.team_id IS NOT NULL)
    ORDER BY e.at DESC, e.seq DESC, e.identity DESC LIMIT 1
) given ON true
LEFT JOIN cases_handover before ON before.entry_id = given.id
LEFT JOIN people_team t ON t.id = COALESCE(given.team_id, c.routed_team_id)
WHERE c.id = ANY(%s) ORDER BY c.id
"""


def open_cases_of_person(cur: Cursor, person: int) -> list[int]:
    """His open cases, locked until the transaction ends."""
    cur.execute(_OF_PERSON, (person,))
    return [case for (case,) in cur.fetchall()]


def open_cases_of_team(cur: Cursor, team: int) -> list[int]:
    """Open cases that are the team's and nobody's in it, locked until the transaction ends."""
    cur.execute(_OF_TEAM, (team,))
    return [case for (case,) in cur.fetchall()]


def held(cur: Cursor, cases: Sequence[int]) -> list[Held]:
    """Who has these cases."""
    cur.execute(_HELD, (list(cases),))
    return [
        Held(case, record, person, team, at, seq, (before_person, before_team))
        for case, record, person, team, at, seq, before_person, before_team in cur.fetchall()
    ]


def hand_all(
    cur: Cursor,
    cases: Sequence[Held],
    heir: Callable[[Held], Heir],
    *,
    cause: str,
    reason: str,
    by: int | None,
    at: datetime,
) -> Counter[Heir]:
    """Give each of these open cases to its heir; how many went to whom. The caller has locked them.

    by  the person who does it, None: a machine
    """
    if not cases:
        return Counter()
    heirs = [heir(one) for one in cases]
    drawn = draw_ids(cur, {"core_event": len(cases), "cases_caseentry": len(cases)})
    events, entries = drawn["core_event"], drawn["cases_caseentry"]
    # an entry counts by its time: where a source's clock was fast, ours has to come after it all the same
    when = [(one.at, one.seq + 1) if one.at is not None and one.at >= at else (at, 0) for one in cases]
    _write_events(cur, events, cases, heirs, by, at)
    insert_rows(
        cur,
        "cases_caseentry",
        (
            "id",
            "identity",
            "content_digest",
            "event_id",
            "case_id",
            "at",
            "seq",
            "team_id",
            "person_id",
            "updated_by_id",
            "cause",
        ),
        [
            (entry, key, key, event, one.case, then, seq, to.team, to.person, by, cause)
            for entry, key, event, one, (then, seq), to in zip(
                entries, (uuid7().bytes for _one in cases), events, cases, when, heirs, strict=True
            )
        ],
    )
    if reason:
        rows = [(entry, one.record, reason, "") for entry, one in zip(entries, cases, strict=True)]
        insert_rows(cur, "cases_entrycontent", ("entry_id", "record_id", "text", "summary"), rows)
    _write_handovers(cur, entries, cases, heirs, by, at)
    ids = [one.case for one in cases]
    for first in range(0, len(ids), _PORTION):
        fold(cur, ids[first : first + _PORTION], subjects=[])
    announce_cases(cur, ids)
    return Counter(heirs)


def _write_events(
    cur: Cursor, events: Sequence[int], cases: Sequence[Held], heirs: Sequence[Heir], by: int | None, at: datetime
) -> None:
    actor = "person" if by is not None else "machine"
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "actor_id"),
        [(event, "case.handed_over", at, 0, actor, by) for event in events],
    )
    about: list[tuple[int, str, int | None]] = []
    for event, one, to in zip(events, cases, heirs, strict=True):
        about.append((event, "case", one.case))
        about.append((event, "person", to.person) if to.person is not None else (event, "team", to.team))
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), about)


def _write_handovers(
    cur: Cursor, entries: Sequence[int], cases: Sequence[Held], heirs: Sequence[Heir], by: int | None, at: datetime
) -> None:
    """What was offered to whoever had them is passed on; the new ones are offered."""
    cur.execute(
        "UPDATE cases_handover h SET state = 'passed_on', settled_at = %s, settled_by_id = %s FROM cases_caseentry e"
        " WHERE e.id = h.entry_id AND e.case_id = ANY(%s) AND h.state = 'offered'",
        (at, by, [one.case for one in cases]),
    )
    cur.execute("SELECT id FROM people_team WHERE is_partner")
    outside = {team for (team,) in cur.fetchall()}
    insert_rows(
        cur,
        "cases_handover",
        (
            "entry_id",
            "uuid",
            "from_person_id",
            "from_team_id",
            "to_person_id",
            "to_team_id",
            "border",
            "returns",
            "state",
        ),
        [
            (
                entry,
                uuid,
                one.person,
                one.team,
                to.person,
                to.team,
                (one.team in outside) != (to.team in outside),
                _comes_back(one, to),
                "offered",
            )
            for entry, uuid, one, to in zip(entries, uuid7s(len(entries)), cases, heirs, strict=True)
        ],
    )


def _comes_back(one: Held, to: Heir) -> bool:
    """As cases.ownership counts it: to who had it before its owner, by teams, within one team by persons."""
    person, team = one.before
    if to.team != one.team:
        return to.team is not None and to.team == team
    return to.person is not None and to.person not in (one.person, None) and to.person == person
