"""What stands beside a case of its customer: everything somebody would otherwise open another window for.

    found = side(cur, user, customer, records)

Read by a fixed number of statements that are bounded whatever the customer's history: his newest contacts, his newest
cases. ``user`` sees only what the gate lets him see; what a partner does not see of a customer is not read for him.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from rundblick.cases.models import OPEN_STATES, Case, Commitment
from rundblick.cases.preferred import LOOKED, LOOKED_BACK, Preferred, Told, Use, preferred
from rundblick.core.message import Channel
from rundblick.core.registry import Cursor
from rundblick.customers.golden import KnownFact
from rundblick.people import gate
from rundblick.people.roles import Scope
from rundblick.people.sight import sight_of

CASES_LOOKED: Final = 500  # of a customer's cases, the newest
MARKS_LOOKED: Final = 30
MOST: Final = 20
LATELY: Final = timedelta(days=90)

# {record} is walked backwards on its own, so that 20,000 contacts cost no more than the newest of them
_CONTACTS: Final = """
SELECT m.at, m.channel, m.direction, m.sender, m.person_id, m.team_id, m.case_id, m.dispatch, s.code, s.name
FROM unnest(%(records)s::bigint[]) AS r(id)
CROSS JOIN LATERAL (
    SELECT x.* FROM cases_message x
    WHERE x.record_id = r.id AND NOT x.superseded AND x.at > %(since)s
    ORDER BY x.at DESC LIMIT %(most)s
) m
JOIN core_system s ON s.id = m.system_id
ORDER BY m.at DESC, m.id DESC LIMIT %(most)s
"""
# done_at is empty where a system does not tell it: then its own word for the state says whether it is over
_OPEN_ORDERS: Final = """
SELECT o.kind, o.key, o.status, o.article, o.amount_minor, o.currency, o.at, o.promised_at, s.code, s.name,
       coalesce(o.promised_at < %(now)s, false)
FROM unnest(%(records)s::bigint[]) AS r(id)
JOIN customers_order o ON o.record_id = r.id
JOIN core_system s ON s.id = o.system_id
WHERE o.done_at IS NULL AND o.kind <> 'payment' AND o.at > %(since)s AND NOT lower(o.status) = ANY(%(over)s)
ORDER BY o.promised_at NULLS LAST, o.at DESC, o.id DESC LIMIT %(most)s
"""
_MARKS: Final = """
SELECT e.occurred_at, e.kind, ARRAY(SELECT jsonb_array_elements_text(
           CASE jsonb_typeof(e.data->'asked') WHEN 'array' THEN e.data->'asked' ELSE '[]' END)), o.object_id
FROM unnest(%(cases)s::bigint[]) AS c(id)
JOIN core_eventobject o ON o.type = 'case' AND o.object_id = c.id
JOIN core_event e ON e.id = o.event_id AND e.kind = ANY(%(kinds)s)
ORDER BY e.id DESC LIMIT %(most)s
"""
OVER: Final = (
    "delivered", "zugestellt", "geliefert", "cancelled", "canceled", "storniert", "returned", "completed", "complete",
    "closed", "done", "erledigt", "abgeschlossen", "retourniert", "erstattet", "refunded", "bezahlt", "paid",
    "repariert", "repaired", "abgeholt", "fertig",
)  # fmt: skip
"""Words by which systems say that an order, return or repair is over."""

ASKED_MARKS: Final = ("question.repeated", "question.asked_before")


@dataclass(frozen=True, slots=True)
class OpenPromise:
    """What he was promised in one of his cases and nobody has done yet."""

    uuid: UUID
    text: str
    due_at: datetime
    overdue: bool
    made_by: int | None
    case: UUID
    number: str


@dataclass(frozen=True, slots=True)
class Talked:
    """Who wrote to him or spoke with him lately: a person, else a team, else only the system is known."""

    person: int | None
    team: int | None
    system: str
    system_name: str
    channels: tuple[str, ...]
    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order, return or repair that is not over."""

    kind: str
    key: str
    status: str
    article: str
    amount_minor: int | None
    currency: str
    at: datetime
    promised_at: datetime | None
    system: str
    system_name: str
    late: bool


@dataclass(frozen=True, slots=True)
class AskedMark:
    """He was asked for what was known (``by_him`` False: noted when it was sent), or said so himself."""

    at: datetime
    by_him: bool
    asked: tuple[str, ...]
    case: int


@dataclass(frozen=True, slots=True)
class Side:
    channel: Preferred | None = None
    promises: tuple[OpenPromise, ...] = ()
    talked: tuple[Talked, ...] = ()
    orders: tuple[OpenOrder, ...] = ()
    marks: tuple[AskedMark, ...] = ()


def cases_of(user: Any, customer: int) -> Q:
    """Which cases of a customer somebody sees, who sees the customer: to read, all of them, but for an outside firm."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    of_him = Q(customer_id=customer, merged_into__isnull=True)
    if not sight.allows("case.read"):
        return gate.NOTHING
    return of_him if sight.scope in (Scope.ALL, Scope.TEAM) else of_him & gate.visible_cases(user)


def side(
    cur: Cursor,
    user: Any,
    customer: int,
    records: Sequence[int],
    facts: Sequence[KnownFact],
    now: datetime | None = None,
) -> Side:
    """What stands beside a case of a customer whom the user sees."""
    at = now or datetime.now(UTC)
    hidden = gate.hidden_fields(user, "customer")
    newest = Case.objects.filter(cases_of(user, customer)).order_by("-last_at")
    cases = list(newest.values_list("id", flat=True)[:CASES_LOOKED])
    promises = open_promises(cases, at)
    marks = asked_marks(cur, cases[:MARKS_LOOKED])
    if "timeline" in hidden:
        return Side(promises=promises, marks=marks)
    contacts = _contacts(cur, records, at - LOOKED_BACK)
    told = next(
        (
            Told(fact.value, fact.system, fact.seen_at)
            for fact in facts
            if fact.kind == "preferred_channel" and gate.shown_facts(user, {fact.kind: fact.value})
        ),
        None,
    )
    return Side(
        preferred(cur, customer, told, uses_in(contacts)),
        promises,
        talked_lately(contacts, at - LATELY, sight_of(user).person),
        open_orders(cur, records, at),
        marks,
    )


@dataclass(frozen=True, slots=True)
class Contact:
    """One of a customer's newest contacts, as the database tells it."""

    at: datetime
    channel: str
    direction: str
    sender: str
    person: int | None
    team: int | None
    case: int | None
    dispatch: str
    system: str
    system_name: str


def _contacts(cur: Cursor, records: Sequence[int], since: datetime) -> list[Contact]:
    """The newest contacts, newest first."""
    cur.execute(_CONTACTS, {"records": list(records), "since": since, "most": LOOKED})
    return [Contact(*row) for row in cur.fetchall()]


def uses_in(contacts: Sequence[Contact]) -> list[Use]:
    """By which channels he wrote, and whether he was answered there: later, in the same case, by the same channel."""
    answers: dict[tuple[int | None, str], datetime] = {}
    found = []
    for one in contacts:  # newest first: an answer is seen before what it answers
        if one.direction == "out" and one.dispatch in ("", "sent", "waiting"):
            answers.setdefault((one.case, one.channel), one.at)
        elif one.direction == "in" and one.sender == "human":
            spoken = one.channel in (Channel.PHONE, Channel.BRANCH) and one.person is not None
            found.append(Use(one.channel, one.at, spoken or (one.case, one.channel) in answers))
    return found


def talked_lately(contacts: Sequence[Contact], since: datetime, but: int | None) -> tuple[Talked, ...]:
    """Who wrote to him or spoke with him since, but for one person, the last one first."""
    found: dict[tuple[int | None, int | None, str], list[Contact]] = {}
    for one in contacts:
        ours = one.direction == "out" and one.sender == "human" and one.dispatch in ("", "sent")
        spoken = one.direction == "in" and one.channel in (Channel.PHONE, Channel.BRANCH) and one.person is not None
        if not (ours or spoken) or one.at < since or (but is not None and one.person == but):
            continue
        key = (one.person, None if one.person else one.team, "" if one.person or one.team else one.system)
        found.setdefault(key, []).append(one)
    rows = [
        Talked(
            person,
            team,
            some[0].system,
            some[0].system_name,
            tuple(dict.fromkeys(one.channel for one in some)),
            some[0].at,
            len(some),
        )
        for (person, team, _system), some in found.items()
    ]
    return tuple(rows[:MOST])


def open_promises(cases: Sequence[int], now: datetime) -> tuple[OpenPromise, ...]:
    """What was promised in these cases, and in those that were joined to them, and nobody has done."""
    if not cases:
        return ()
    late = Q(state=Commitment.BROKEN, settled_by__isnull=True)
    found = Commitment.objects.filter(Q(state=Commitment.OPEN) | late).filter(
        Q(case__in=cases) | Q(case__merged_into__in=cases)
    )
    rows = found.order_by("due_at", "id").values_list(
        "uuid", "content__text", "due_at", "made_by_id", "case__uuid", "case__number",
        "case__merged_into__uuid", "case__merged_into__number",
    )  # fmt: skip
    return tuple(
        OpenPromise(uuid, text or "", due, due <= now, by, into or case, into_number or number)
        for uuid, text, due, by, case, number, into, into_number in rows[:MOST]
    )


def open_orders(cur: Cursor, records: Sequence[int], now: datetime) -> tuple[OpenOrder, ...]:
    """Orders, returns and repairs of the last year that are not over, what was promised first on top."""
    given = {"records": list(records), "since": now - LOOKED_BACK, "over": list(OVER), "most": MOST, "now": now}
    cur.execute(_OPEN_ORDERS, given)
    return tuple(OpenOrder(*row) for row in cur.fetchall())


def asked_marks(cur: Cursor, cases: Sequence[int]) -> tuple[AskedMark, ...]:
    """When he was asked again for what was known, or said that he had been asked before, in these cases."""
    if not cases:
        return ()
    cur.execute(_MARKS, {"cases": list(cases), "kinds": list(ASKED_MARKS), "most": MOST})
    return tuple(
        AskedMark(at, kind == "question.asked_before", tuple(asked or ()), case)
        for at, kind, asked, case in cur.fetchall()
    )


def open_cases(user: Any, customer: int, but: int | None = None) -> tuple[int, bool]:
    """How many cases of his are open beside one, at most 100 counted, and whether there are more."""
    found = Case.objects.filter(cases_of(user, customer), state__in=OPEN_STATES).exclude(pk=but or 0)
    n = found.values("pk")[:101].count()
    return min(n, 100), n > 100
