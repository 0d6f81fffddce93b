"""Who is this? A person's facts are looked up among all records, and nothing is written.

    found = who_is(cur, digests, asked_for({"first_name": "Anna", "last_name": "Meier"}), limit=5)

Strong identifiers lead straight to a customer; what else is said is weighed by the model in force, as a record would be
that came in with it (customers.weighed.arriving).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from rundblick.core.digests import Digests
from rundblick.core.message import Identifier, Party, Strength
from rundblick.core.numbers import NumberError, parse
from rundblick.core.registry import Cursor
from rundblick.customers.clusters import OVERUSED
from rundblick.customers.identifiers import MOBILE, email_normal, number_normal, phone_normal
from rundblick.customers.matching import explain
from rundblick.customers.matching.blocking import promising
from rundblick.customers.matching.engine import CONTRADICTED
from rundblick.customers.matching.person import person_of
from rundblick.customers.weighed import index, sql
from rundblick.customers.weighed.attaching import Step
from rundblick.customers.weighed.index import Ready
from rundblick.customers.weighed.parties import Known, some_parties

# what he says of today, and what he says was before (matching.earlier); what a record said before is known of it anyhow
FORMER: Final = ("former_last_name", "former_street", "former_postcode", "former_city")
FACTS: Final = ("name", "first_name", "last_name", "birth_date", "street", "postcode", "city", "company", *FORMER)
FIELDS: Final = (*FACTS, "email", "phone", "customer_no", "system")
LONGEST: Final = 300  # letters of a field
SAME, UNSURE, NEW = "same", "unsure", "new"


@dataclass(frozen=True, slots=True)
class Hit:
    """A customer who may be meant, by the record of his that says so loudest.

    score        log2 odds that it is he, None where nothing was weighed; ``steps`` add up to it
    probability  that it is he and nobody else of those found
    rule         number (of ours), same_number, weight, or the rule that speaks against it
    decision     same or unsure
    """

    customer: int
    record: int
    score: float | None
    probability: float | None
    rule: str
    decision: str
    system: str
    key: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class LookedUp:
    """decision: same (the first hit is meant), unsure (one of the hits may be), new (nobody); ``model``: its version"""

    decision: str
    hits: tuple[Hit, ...]
    model: str = ""


def asked_for(told: Mapping[str, str], country: str = "DE") -> Party:
    """A person's facts as a party that belongs to no system. ``told``: some of ``FIELDS``; others are left out."""
    facts = {name: " ".join(told[name].split())[:LONGEST] for name in FACTS if told.get(name, "").strip()}
    identifiers = []
    if (email := email_normal(told.get("email", "")[:LONGEST])) is not None:
        identifiers.append(Identifier("email", email))
    if (phone := phone_normal(told.get("phone", "")[:LONGEST], country)) is not None:
        strength = Strength.WEAK if phone.startswith(MOBILE) else Strength.HOUSEHOLD
        identifiers.append(Identifier("phone", phone, "", strength))
    if number := number_normal(told.get("customer_no", "")[:LONGEST]):
        identifiers.append(Identifier("customer_no", number, told.get("system", "").strip()))
    return Party("", "", tuple(identifiers), facts)


def who_is(
    cur: Cursor,
    digests: Digests,
    asked: Party,
    visible: Callable[[Collection[int]], Collection[int]] = lambda customers: customers,
    limit: int = 5,
) -> LookedUp:
    """The customers who may be meant, likeliest first; ``visible``: those of some customers that the reader sees."""
    model = index.ready(cur)
    straight = _straight(cur, digests, asked)
    pairs: dict[int, tuple[float, int]] = {}
    if model is None:
        known = some_parties(cur, straight)
    else:
        known, pairs = _weighed(cur, model, asked, straight.keys())
    may = {customer for record, customer in zip(known.ids, known.customers, strict=True) if record in pairs}
    may |= {customer for record, customer in zip(known.ids, known.customers, strict=True) if record in straight}
    seen = set(visible(may))
    best: dict[int, tuple[tuple[bool, float], int]] = {}  # customer: (how loud, place of the record)
    for place, (record, customer) in enumerate(zip(known.ids, known.customers, strict=True)):
        if customer in seen and (record in pairs or record in straight):
            loud = (straight.get(record) == "number", pairs.get(record, (0.0, 0))[0])
            best[customer] = max(best.get(customer, (loud, place)), (loud, place))
    order = sorted(best, key=lambda customer: (best[customer][0], -customer), reverse=True)
    odds = {customer: pairs.get(known.ids[best[customer][1]], (None, 0))[0] for customer in order}
    hits = [
        _hit(model, asked, known, best[customer][1], straight, pairs, _alone(customer, odds))
        for customer in order[:limit]
    ]
    sure = [hit for hit in hits if hit.decision == SAME]
    decision = NEW if not hits else SAME if len(sure) == 1 and hits[0] is sure[0] else UNSURE
    return LookedUp(decision, tuple(hits), model.judge.version if model is not None else "")


def _straight(cur: Cursor, digests: Digests, asked: Party) -> dict[int, str]:
    """{record: rule} of records to which a number or an address leads by itself."""
    found: dict[int, str] = {}
    wanted: list[bytes] = []
    for one in asked.identifiers:
        if one.kind != "customer_no":
            wanted.append(digests.identifier(one.kind, "", one.value))
            continue
        issuers = [one.issuer]
        if not one.issuer:
            cur.execute("SELECT code FROM core_system")
            issuers = [code for (code,) in cur.fetchall()]
            try:
                cur.execute(sql.RECORDS_OF_NUMBER, (parse(one.value),))
                found.update((record, "number") for (record,) in cur.fetchall())
            except NumberError:
                pass
        wanted += [digests.identifier(one.kind, issuer, one.value) for issuer in issuers]
    if wanted:
        cur.execute(sql.STRONG_WITH, (wanted, OVERUSED + 1))
        several: dict[bytes, list[int]] = {}
        for digest, record in cur.fetchall():
            several.setdefault(bytes(digest), []).append(record)
        for records in several.values():
            if len(records) <= OVERUSED:
                found.update((record, found.get(record, "same_number")) for record in records)
    return found


def _weighed(
    cur: Cursor, model: Ready, asked: Party, also: Collection[int]
) -> tuple[Known, dict[int, tuple[float, int]]]:
    """Records, and {record: (score, veto)} of ``also`` and of those that share a key and may be meant."""
    (keys,) = index.keys_of_parties(model, [asked])
    near: set[int] = set()
    coarse: set[int] = set()
    found = index.sharers(cur, {key: most + 1 for key, (most, _) in keys.items()})
    for key, (most, is_coarse) in keys.items():
        if len(found[key]) <= most:
            (coarse if is_coarse else near).update(found[key])
    wanted = near | coarse | set(also)
    known = some_parties(cur, wanted) if wanted else Known()
    if not len(known):
        return known, {}
    n = len(known)
    table = model.table([*(person_of(party) for party in known.parties), person_of(asked)])
    rows, mine = np.arange(n), np.full(n, n)
    only = np.array([record in coarse and record not in near and record not in also for record in known.ids])
    rows, mine = rows[kept := ~only | promising(table, rows, mine)], mine[kept]
    scores, veto = model.judge.over(table)(rows, mine)
    return known, {
        known.ids[row]: (score, rule)
        for row, score, rule in zip(rows.tolist(), scores.tolist(), veto.tolist(), strict=True)
        if score >= model.model.review or known.ids[row] in also
    }


def _alone(customer: int, odds: Mapping[int, float | None]) -> float:
    """By how many bits the others who may be meant lower a customer's odds."""
    others = [bits for other, bits in odds.items() if other != customer and bits is not None]
    return float(np.log2(1.0 + np.exp2(min(max(others), 60.0)))) if others else 0.0


def _hit(
    model: Ready | None,
    asked: Party,
    known: Known,
    place: int,
    straight: Mapping[int, str],
    pairs: Mapping[int, tuple[float, int]],
    rivals: float,
) -> Hit:
    record, party, customer = known.ids[place], known.parties[place], known.customers[place]
    rule = straight.get(record, "")
    if model is None or record not in pairs:
        return Hit(customer, record, None, None, rule, SAME, party.system, party.key)
    said = explain(model.model, asked, party, model.judge)
    odds = said.score - rivals
    if rule:
        sure = rule == "number" or (pairs[record][1] == 0 and said.score > -CONTRADICTED)
    else:
        sure = pairs[record][1] == 0 and odds >= model.model.auto
    probability = float(1.0 / (1.0 + np.exp2(-np.clip(odds, -60.0, 60.0))))
    steps = tuple(Step(row.field, row.level, row.value_a, row.value_b, row.weight) for row in said.rows)
    decision = SAME if sure else UNSURE
    return Hit(customer, record, said.score, probability, rule or said.rule, decision, party.system, party.key, steps)


__all__ = ["FIELDS", "Hit", "LookedUp", "asked_for", "who_is"]
