"""What is seen of open cases, for the rules of escalation: read for a batch by a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from rundblick.cases.escalation_rules import PUBLIC, Former, Seen
from rundblick.cases.models import OPEN_STATES
from rundblick.cases.tone import read
from rundblick.core.registry import Cursor

LOOKBACK: Final = timedelta(days=30)  # what was written or happened longer ago escalates nothing any more
A_YEAR: Final = timedelta(days=365)
_TEXTS: Final = 20  # messages of a case that are read for words of law

# of our own, open, as they are now; ``team``: for which team its owner has it
_CASES = """
SELECT c.id, c.topic, c.tier, c.customer_id, c.owner_person_id, coalesce(c.reopens, 0),
       coalesce(c.owner_team_id,
                (SELECT e.team_id FROM cases_caseentry e WHERE e.case_id = c.id AND e.person_id = c.owner_person_id
                 AND e.team_id IS NOT NULL AND NOT e.superseded ORDER BY e.at DESC, e.seq DESC, e.id DESC LIMIT 1),
                (SELECT min(m.team_id) FROM people_membership m WHERE m.person_id = c.owner_person_id)) AS team
FROM cases_case c WHERE c.id = ANY(%(cases)s) AND c.merged_into_id IS NULL
  AND (%(past)s OR (c.system_id IS NULL AND c.state = ANY(%(open)s)))
"""
_MESSAGES = """
SELECT m.case_id, m.id, m.channel, m.remarks, coalesce(d.recorded_at, m.at), mc.subject, mc.text,
       m.at > coalesce(o.answered, '-infinity'), m.n
FROM (
    SELECT x.*, row_number() OVER (PARTITION BY x.case_id ORDER BY x.at DESC, x.seq DESC, x.id DESC) AS n
    FROM cases_message x WHERE x.case_id = ANY(%(cases)s) AND x.direction = 'in' AND x.sender = 'human'
      AND NOT x.superseded AND x.at > %(since)s
) m
JOIN cases_messagecontent mc ON mc.message_id = m.id LEFT JOIN core_delivery d ON d.id = m.delivery_id
LEFT JOIN (
    SELECT y.case_id, max(coalesce(y.dispatched_at, y.at)) AS answered FROM cases_message y
    WHERE y.case_id = ANY(%(cases)s) AND y.direction = 'out' AND y.sender = 'human' AND NOT y.superseded
      AND y.dispatch IN ('', 'waiting', 'sent') GROUP BY y.case_id
) o ON o.case_id = m.case_id
WHERE m.n <= %(most)s ORDER BY m.case_id, m.n
"""
# a clock counts as long as it still runs
_EVENTS = """
SELECT coalesce(c.merged_into_id, c.id), e.kind, coalesce(e.data->>'clock', ''), max(e.recorded_at), count(*)
FROM cases_case c
JOIN core_eventobject o ON o.type = 'case' AND o.object_id = c.id
JOIN core_event e ON e.id = o.event_id AND e.kind IN
    ('clock.warned', 'clock.breached', 'commitment.broken', 'case.reopened') AND e.recorded_at > %(since)s
LEFT JOIN cases_clock k ON e.kind LIKE 'clock.%%' AND k.case_id = coalesce(c.merged_into_id, c.id)
    AND k.kind = e.data->>'clock'
WHERE (c.id = ANY(%(cases)s) OR c.merged_into_id = ANY(%(cases)s))
  AND (%(past)s OR k.state IS NULL OR k.state IN ('running', 'breached'))
GROUP BY 1, 2, 3
"""
# what people handed over, and whether it came back: as cases.ownership counted it; an escalation is none of its causes
_HANDED = """
SELECT e.case_id, count(*), bool_or(h.returns OR h.state = 'given_back'),
       max(CASE WHEN h.state = 'given_back' THEN h.settled_at ELSE v.recorded_at END)
FROM cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id JOIN core_event v ON v.id = e.event_id
WHERE e.case_id = ANY(%(cases)s) AND NOT e.superseded AND e.updated_by_id IS NOT NULL AND e.cause <> 'escalation'
GROUP BY e.case_id
"""
_AGAIN = """
SELECT c.id, count(*) FROM cases_case c JOIN cases_case o ON o.customer_id = c.customer_id AND o.topic = c.topic
    AND o.merged_into_id IS NULL AND o.opened_at > c.opened_at - interval '30 days' AND o.opened_at <= c.opened_at
WHERE c.id = ANY(%(cases)s) AND c.topic <> '' GROUP BY c.id
"""
ORDERS = """
SELECT a.customer_id, o.currency, sum(o.amount_minor)::bigint
FROM customers_assignment a JOIN customers_order o ON o.record_id = a.record_id
WHERE a.customer_id = ANY(%(customers)s) AND a.valid_to IS NULL AND o.kind = 'order' AND o.amount_minor IS NOT NULL
  AND o.at > %(year)s AND o.at <= %(now)s AND o.status NOT IN ('cancelled', 'canceled', 'storniert')
GROUP BY 1, 2
"""
_FORMER = (
    "SELECT case_id, trigger, at, settled_at, state FROM cases_escalation WHERE case_id = ANY(%(cases)s) ORDER BY id"
)


@dataclass(slots=True)
class _Sight:
    """A case while it is looked at."""

    said: dict[str, Any]
    at: dict[str, datetime] = field(default_factory=dict)
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    message: dict[str, int] = field(default_factory=dict)

    def happened(self, trigger: str, at: datetime) -> None:
        self.at[trigger] = max(at, self.at.get(trigger, at))


def look(cur: Cursor, cases: Sequence[int], now: datetime, past: bool = False) -> list[Seen]:
    """What is seen of those of the cases that are open and of our own; seven statements whatever their number.

    past  of all of them, also of an export and resolved, with clocks that ran out and were stopped: for a preview
    """
    values: dict[str, Any] = {
        "past": past,
        "cases": list(cases), "open": list(OPEN_STATES), "since": now - LOOKBACK, "most": _TEXTS, "now": now,
        "year": now - A_YEAR,
    }  # fmt: skip
    cur.execute(_CASES, values)
    sights: dict[int, _Sight] = {}
    customers: dict[int, int] = {}
    for case, topic, tier, customer, owner, reopens, team in cur.fetchall():
        sights[case] = _Sight({"topic": topic, "tier": tier, "owner": owner, "reopened": reopens, "team": team})
        if customer is not None:
            customers[case] = customer
    if not sights:
        return []
    values["cases"] = list(sights)
    _hear(cur, sights, values)
    _remember(cur, sights, values)
    _follow_owners(cur, sights, values)
    cur.execute(_AGAIN, values)
    for case, n in cur.fetchall():
        sights[case].said["again"] = n
    if customers:
        cur.execute(ORDERS, values | {"customers": sorted(set(customers.values()))})
        spent: dict[int, dict[str, int]] = defaultdict(dict)
        for customer, currency, minor in cur.fetchall():
            spent[customer][currency] = minor
        for case, customer in customers.items():
            sights[case].said["value"] = spent.get(customer, {})
    return [Seen(case, **one.said, at=one.at, codes=one.codes, message=one.message) for case, one in sights.items()]


def former_of(cur: Cursor, cases: Sequence[int]) -> dict[int, list[Former]]:
    """{case: the escalations that it had}"""
    cur.execute(_FORMER, {"cases": list(cases)})
    found: dict[int, list[Former]] = defaultdict(list)
    for case, trigger, at, settled, state in cur.fetchall():
        found[case].append(Former(trigger, at, settled if state == "ended" else None))
    return found


def _hear(cur: Cursor, sights: dict[int, _Sight], values: dict[str, Any]) -> None:
    """Mood, law, reach and unanswered messages, from what the customer wrote."""
    cur.execute(_MESSAGES, values)
    for case, message, channel, remarks, recorded, subject, text, unanswered, n in cur.fetchall():
        sight = sights[case]
        said = sight.said
        tone = read(f"{subject}.\n\n{text}" if subject and n == 1 and not subject.lower().startswith("re:") else text)
        if n == 1:
            said["mood"] = tone.mood
            sight.codes["mood"] = tuple(dict.fromkeys(mark.code for mark in tone.marks if mark.kind == "anger"))
            sight.message["mood"] = message
            for trigger in ("mood", "value", "repeat"):
                sight.happened(trigger, recorded)
        if tone.law:
            said["law"] = said.get("law", frozenset()) | set(tone.law)
            words = tuple(dict.fromkeys(mark.code for mark in tone.marks if mark.kind != "anger"))
            if "law" not in sight.codes:
                sight.codes["law"], sight.message["law"] = words, message
            sight.happened("law", recorded)
        if channel in PUBLIC:
            said["public"] = True
            said["followers"] = max(said.get("followers", 0), followers_in(remarks))
            sight.message.setdefault("reach", message)
            sight.happened("reach", recorded)
        if unanswered and channel != "phone":
            said["unanswered"] = said.get("unanswered", 0) + 1


def followers_in(remarks: object) -> int:
    """How many follow the writer, where a channel noted it: the remark "followers:1200"."""
    codes = remarks if isinstance(remarks, list) else []
    if isinstance(remarks, str):
        codes = remarks.strip("[]").replace('"', "").split(",")
    numbers = [str(code).partition(":")[2].strip() for code in codes if str(code).strip().startswith("followers:")]
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def _remember(cur: Cursor, sights: dict[int, _Sight], values: dict[str, Any]) -> None:
    """Clocks, broken promises and reopenings, from the log."""
    cur.execute(_EVENTS, values)
    for case, kind, clock, recorded, n in cur.fetchall():
        sight = sights.get(case)
        if sight is None:
            continue
        if kind.startswith("clock."):
            sight.said["clock"] = sight.said.get("clock", frozenset()) | {f"{clock}.{kind.removeprefix('clock.')}"}
            sight.happened("clock", recorded)
        elif kind == "commitment.broken":
            sight.said["commitment"] = True
            sight.happened("commitment", recorded)
        else:
            sight.said["reopened"] = max(sight.said["reopened"], n)
            sight.happened("repeat", recorded)


def _follow_owners(cur: Cursor, sights: dict[int, _Sight], values: dict[str, Any]) -> None:
    """Hand-overs by people, and whether it came back to who had it before the giver."""
    cur.execute(_HANDED, values)
    for case, n, came_back, recorded in cur.fetchall():
        sights[case].said |= {"handovers": n, "ping_pong": came_back}
        sights[case].happened("handover", recorded)
