"""The golden record: what is known of a customer, each fact with its source and date. A view, never stored.

Of several values of one kind that one survives which

1. a system has proved (an address or number that somebody confirmed: double opt-in, login);
2. else was told last, by the day: two exports of one night are equally new;
3. else is told by most records;
4. else comes from the system that is trusted most (setting ``source_priority``; what somebody calls himself in a mail
   comes last).

The others stay where they are and are named beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
from django.conf import settings

from rundblick.core.once import once
from rundblick.core.registry import Cursor
from rundblick.customers.identifiers import email_normal, phone_normal

_VERSIONS = """
SELECT a.customer_id, a.record_id, v.facts, v.key, v.seen_at, s.code, s.name
FROM customers_assignment a
JOIN customers_recordversion v ON v.record_id = a.record_id
JOIN customers_sourcerecord r ON r.id = a.record_id
JOIN core_system s ON s.id = r.system_id
WHERE a.customer_id = ANY(%s) AND a.valid_to IS NULL
ORDER BY a.customer_id, v.seen_at DESC, v.id DESC
"""
_VERIFIED = """
SELECT DISTINCT i.value FROM customers_identifier i
JOIN customers_assignment a ON a.record_id = i.record_id AND a.valid_to IS NULL
WHERE a.customer_id = %s AND i.verified AND i.kind IN ('email', 'phone')
"""
_CONTACT_SYSTEMS = ("email", "phone")
_ADDRESSES = frozenset({"email"})
_TELEPHONES = frozenset({"phone", "mobile", "fax"})


class Rule(StrEnum):
    """Why a value survived: what it was better in than the best of the others."""

    ONLY = "only"
    VERIFIED = "verified"
    NEWEST = "newest"
    MOST_FREQUENT = "most_frequent"
    SOURCE = "source"
    EQUAL = "equal"  # nothing speaks for one of them


@dataclass(frozen=True, slots=True)
class Told:
    """One value, the system that told it last, and when; ``records``: how many records say so now."""

    value: str
    system: str
    seen_at: datetime
    verified: bool = False
    records: int = 1


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One fact: ``kind`` as in a mapping (first_name, city ...), the system that told it, and when.

    rule    why this value and none of ``others``, which are the last known first
    """

    kind: str
    value: str
    system: str
    seen_at: datetime
    verified: bool = False
    rule: Rule = Rule.ONLY
    others: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Saying:
    """One record's word for one kind of fact at one time. ``newest``: the record says nothing newer of this kind."""

    value: str
    record: int
    code: str
    system: str
    seen_at: datetime
    newest: bool = True
    verified: bool = False


def golden_facts(cur: Cursor, customer: int) -> list[KnownFact]:
    """Every known fact of a customer, one value of each kind with what it won against; no identifiers."""
    cur.execute(_VERIFIED, (customer,))
    verified = frozenset(value for (value,) in cur.fetchall())
    sayings: dict[str, list[Saying]] = {}
    said: set[tuple[str, int]] = set()
    for _customer, record, facts, _key, seen_at, code, name in _versions(cur, [customer]):
        for kind, value in facts_in(facts).items():
            if not value:
                continue
            newest = (kind, record) not in said
            said.add((kind, record))
            sayings.setdefault(kind, []).append(
                Saying(value, record, code, name or code, seen_at, newest, _proved(kind, value, verified))
            )
    priority = {code: place for place, code in enumerate(settings.RUNDBLICK.source_priority)}
    return [survivor(kind, told, priority) for kind, told in sayings.items()]


def _versions(cur: Cursor, customers: list[int]) -> list[tuple[Any, ...]]:
    """What the records of these customers said, the newest of each record first; of one of them asked once a page."""

    def ask() -> list[tuple[Any, ...]]:
        cur.execute(_VERSIONS, (customers,))
        return cur.fetchall()

    return once(("versions of records", customers[0]), ask) if len(customers) == 1 else ask()


def golden_of(cur: Cursor, customers: Sequence[int], kinds: Sequence[str]) -> dict[int, dict[str, str]]:
    """{customer: {kind: value}} of some kinds of facts that no system proves, for many customers by one statement."""
    if not customers:
        return {}
    cur.execute(_VERSIONS, (list(customers),))
    sayings: dict[tuple[int, str], list[Saying]] = {}
    said: set[tuple[int, str]] = set()
    for customer, record, facts, _key, seen_at, code, name in cur.fetchall():
        told = facts_in(facts)
        for kind in kinds:
            if not (value := told.get(kind, "")):
                continue
            newest = (record, kind) not in said
            said.add((record, kind))
            saying = Saying(value, record, code, name or code, seen_at, newest)
            sayings.setdefault((customer, kind), []).append(saying)
    priority = {code: place for place, code in enumerate(settings.RUNDBLICK.source_priority)}
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for (customer, kind), told_of in sayings.items():
        found[customer][kind] = survivor(kind, told_of, priority).value
    return dict(found)


def survivor(kind: str, sayings: Sequence[Saying], priority: dict[str, int] | None = None) -> KnownFact:
    """The value that survives of what records say of one kind, at least one; ``priority``: {system: place}.

    A value that its own record has corrected since cannot survive. The order of ``sayings`` changes nothing.
    """
    priority = priority or {}
    last = len(priority)
    by_value: dict[str, list[Saying]] = defaultdict(list)
    for saying in sayings:
        by_value[" ".join(saying.value.casefold().split())].append(saying)

    def rank(group: list[Saying]) -> tuple[object, ...]:
        now = [saying for saying in group if saying.newest]
        seen = max((saying.seen_at for saying in now), default=datetime.min.replace(tzinfo=UTC))
        trust = min((priority.get(s.code, last + (s.code in _CONTACT_SYSTEMS)) for s in now), default=last + 1)
        verified = any(saying.verified for saying in now)
        return (
            bool(now),
            verified,
            seen.astimezone(UTC).date(),
            len({s.record for s in now}),
            -trust,
            seen,
            _best(group).value,
        )

    ranked = sorted(by_value.values(), key=rank, reverse=True)
    best = _best(ranked[0])
    return KnownFact(
        kind,
        best.value,
        best.system,
        best.seen_at,
        any(saying.verified for saying in ranked[0]),
        _rule(rank(ranked[0]), rank(ranked[1])) if len(ranked) > 1 else Rule.ONLY,
        tuple(
            sorted((_told(group) for group in ranked[1:]), key=lambda told: (told.seen_at, told.value), reverse=True)
        ),
    )


def _rule(won: tuple[object, ...], lost: tuple[object, ...]) -> Rule:
    rules = (Rule.NEWEST, Rule.VERIFIED, Rule.NEWEST, Rule.MOST_FREQUENT, Rule.SOURCE, Rule.NEWEST, Rule.EQUAL)
    return next(rule for rule, a, b in zip(rules, won, lost, strict=True) if a != b)


def _best(group: Iterable[Saying]) -> Saying:
    """The newest of those that say the same; of "BERLIN" and "Berlin" the one that does not shout."""
    return max(group, key=lambda s: (s.newest, not s.value.isupper(), s.seen_at, s.system, s.value))


def _told(group: Sequence[Saying]) -> Told:
    best = _best(group)
    records = len({saying.record for saying in group if saying.newest})
    return Told(best.value, best.system, best.seen_at, any(saying.verified for saying in group), records)


def _proved(kind: str, value: str, verified: frozenset[str]) -> bool:
    if not verified:
        return False
    if kind in _ADDRESSES:
        return email_normal(value) in verified
    return kind in _TELEPHONES and phone_normal(value, settings.RUNDBLICK.country) in verified


def customer_names(cur: Cursor, customers: Sequence[int], with_addresses: bool = True) -> dict[int, str]:
    """How to call each customer: the best written, newest name any system told, else a mail address or number."""
    if not customers:
        return {}
    names: dict[int, str] = {}
    ranks: dict[int, int] = {}
    addresses: dict[int, str] = {}
    for customer, _record, told, key, _seen_at, code, _name in _versions(cur, sorted(set(customers))):
        facts = facts_in(told)
        if name := name_in(facts):
            # first and last name apart beat a name in one piece, which beats one in capitals; then the newest counts
            rank = 0 if name.isupper() else 2 if facts.get("first_name") and facts.get("last_name") else 1
            if rank > ranks.get(customer, -1):
                names[customer], ranks[customer] = name, rank
        if code in _CONTACT_SYSTEMS:
            addresses.setdefault(customer, key)
    return addresses | names if with_addresses else names


def facts_in(told: str | dict[str, str]) -> dict[str, str]:
    """Facts as they were stored; Django's connection gives jsonb as text."""
    facts: dict[str, str] = msgspec.json.decode(told) if isinstance(told, str) else told
    return facts


def name_in(facts: dict[str, str]) -> str:
    """The name in a record's facts, however it is cut up; "" when there is none."""
    apart = " ".join(part for part in (facts.get("first_name", ""), facts.get("last_name", "")) if part)
    person = apart or facts.get("name", "")
    company = facts.get("company", "")
    return person or company
