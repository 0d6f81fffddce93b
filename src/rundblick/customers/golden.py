"""What is known of a customer, joined from his source records: each fact with its source and date.

Survivorship is simple here: the newest version that says something wins, and the others stay where they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rundblick.core.registry import Cursor

_VERSIONS = """
SELECT a.customer_id, v.facts, v.key, v.seen_at, s.code, s.name
FROM customers_assignment a
JOIN customers_recordversion v ON v.record_id = a.record_id
JOIN customers_sourcerecord r ON r.id = a.record_id
JOIN core_system s ON s.id = r.system_id
WHERE a.customer_id = ANY(%s) AND a.valid_to IS NULL
ORDER BY a.customer_id, v.seen_at DESC, v.id DESC
"""
_CONTACT_SYSTEMS = ("email", "phone")


@dataclass(frozen=True, slots=True)
class KnownFact:
    """One fact: ``kind`` as in a mapping (first_name, city ...), the system that told it, and when."""

    kind: str
    value: str
    system: str
    seen_at: datetime


def golden_facts(cur: Cursor, customer: int) -> list[KnownFact]:
    """Every known fact of a customer, the newest of each kind; no identifiers."""
    cur.execute(_VERSIONS, ([customer],))
    found: dict[str, KnownFact] = {}
    for _customer, facts, _key, seen_at, code, name in cur.fetchall():
        for kind, value in facts_in(facts).items():
            if not value:
                continue
            newest = found.setdefault(kind, KnownFact(kind, value, name or code, seen_at))
            # "BERLIN" and "Berlin" say the same: the one that does not shout is shown
            if newest.value.isupper() and not value.isupper() and newest.value.casefold() == value.casefold():
                found[kind] = KnownFact(kind, value, name or code, seen_at)
    return list(found.values())


def customer_names(cur: Cursor, customers: Sequence[int], with_addresses: bool = True) -> dict[int, str]:
    """How to call each customer: the best written, newest name any system told, else a mail address or number."""
    if not customers:
        return {}
    cur.execute(_VERSIONS, (list(set(customers)),))
    names: dict[int, str] = {}
    ranks: dict[int, int] = {}
    addresses: dict[int, str] = {}
    for customer, told, key, _seen_at, code, _name in cur.fetchall():
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
    facts: dict[str, str] = json.loads(told) if isinstance(told, str) else told
    return facts


def name_in(facts: dict[str, str]) -> str:
    """The name in a record's facts, however it is cut up; "" when there is none."""
    apart = " ".join(part for part in (facts.get("first_name", ""), facts.get("last_name", "")) if part)
    person = apart or facts.get("name", "")
    company = facts.get("company", "")
    return person or company
