"""The review queue: pairs that a person has to decide, most valuable first, and what comes of the answers.

    for question in questions(cur, limit=20): ...
    answer(item.pk, ReviewAnswer.SAME, by=person.pk)

An answer is a person's deed (customers.merging): "same" merges, "different" keeps apart, and both hold whatever models
are trained. Where four eyes are asked for (setting ``review_four_eyes``), two people have to say the same.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.ids import uuid7s
from rundblick.core.registry import Cursor
from rundblick.customers.clusters import Numbers, clashes
from rundblick.customers.deciding import current_customers
from rundblick.customers.merging import IdentityError, confirm, keep_apart, merge_customers, split_customer, undo
from rundblick.customers.models import IdentityAct, ReviewAnswer, ReviewItem

# how probable "one" is at most where a rule says no: what was weighed there overrates it
JOINED = "joined"  # one customer already: to be looked at when nothing is left that would change more
SURE = {"weight": 1.0, "confirmed": 1.0, "numbers": 0.5, "household": 0.2}
WHY = {"household": "household", "generations": "household", "two_people": "household", "two_numbers": "numbers"}

_ASKED = """
SELECT e.a_id, e.b_id, e.weight, e.rule, x.customer_id, y.customer_id
FROM customers_matchedge e
JOIN customers_assignment x ON x.record_id = e.a_id AND x.valid_to IS NULL
JOIN customers_assignment y ON y.record_id = e.b_id AND y.valid_to IS NULL
WHERE e.ended_by_id IS NULL AND e.decision IN ('auto', 'review') AND x.customer_id <> y.customer_id
ORDER BY e.weight DESC, e.a_id, e.b_id
"""
_ASKED_OF = """
WITH mine AS MATERIALIZED (
    SELECT record_id, customer_id FROM customers_assignment WHERE customer_id = ANY(%(among)s) AND valid_to IS NULL
), said AS (
    SELECT e.a_id, e.b_id, e.weight, e.rule, e.decision
    FROM mine JOIN customers_matchedge e ON e.a_id = mine.record_id AND e.ended_by_id IS NULL
    UNION
    SELECT e.a_id, e.b_id, e.weight, e.rule, e.decision
    FROM mine JOIN customers_matchedge e ON e.b_id = mine.record_id AND e.ended_by_id IS NULL
)
SELECT e.a_id, e.b_id, e.weight, e.rule, x.customer_id, y.customer_id
FROM said e
JOIN customers_assignment x ON x.record_id = e.a_id AND x.valid_to IS NULL
JOIN customers_assignment y ON y.record_id = e.b_id AND y.valid_to IS NULL
WHERE e.decision IN ('auto', 'review') AND x.customer_id <> y.customer_id
ORDER BY e.weight DESC, e.a_id, e.b_id
"""
_APART = """
SELECT DISTINCT x.customer_id, y.customer_id
FROM customers_constraint c
JOIN customers_constraintrecord m ON m.constraint_id = c.id AND m.side = 1
JOIN customers_constraintrecord n ON n.constraint_id = c.id AND n.side = 2
JOIN customers_assignment x ON x.record_id = m.record_id AND x.valid_to IS NULL
JOIN customers_assignment y ON y.record_id = n.record_id AND y.valid_to IS NULL
WHERE c.standing AND c.kind = 'apart' AND c.id IN (
    SELECT o.constraint_id FROM customers_assignment a
    JOIN customers_constraintrecord o ON o.record_id = a.record_id
    WHERE a.valid_to IS NULL AND a.customer_id = ANY(%s)
) AND x.customer_id = ANY(%s)
"""
_WEIGHTS = """
SELECT a_id, b_id, weight FROM customers_matchedge WHERE ended_by_id IS NULL AND a_id = ANY(%s) AND b_id = ANY(%s)
"""
_SIZES = """
SELECT customer_id, count(*) FROM customers_assignment
WHERE valid_to IS NULL AND customer_id = ANY(%s) GROUP BY customer_id
"""
_NUMBERS = """
SELECT DISTINCT a.customer_id, i.kind, i.issuer, i.digest
FROM customers_assignment a
JOIN customers_identifier i ON i.record_id = a.record_id AND i.strength = 'strong' AND i.kind = 'customer_no'
WHERE a.valid_to IS NULL AND a.customer_id = ANY(%s)
"""
_CONFIRMED = """
SELECT DISTINCT a.customer_id
FROM customers_constraint c
JOIN customers_constraintrecord m ON m.constraint_id = c.id
JOIN customers_assignment a ON a.record_id = m.record_id AND a.valid_to IS NULL
WHERE c.standing AND c.kind = 'together' AND a.customer_id = ANY(%s)
"""
_OPEN = "SELECT id, a_id, b_id, weight, why, value FROM customers_reviewitem WHERE state = 'open'"
_OPEN_OF = """
SELECT i.id, i.a_id, i.b_id, i.weight, i.why, i.value
FROM customers_assignment m JOIN customers_reviewitem i ON i.a_id = m.record_id AND i.state = 'open'
WHERE m.valid_to IS NULL AND m.customer_id = ANY(%(among)s)
UNION
SELECT i.id, i.a_id, i.b_id, i.weight, i.why, i.value
FROM customers_assignment m JOIN customers_reviewitem i ON i.b_id = m.record_id AND i.state = 'open'
WHERE m.valid_to IS NULL AND m.customer_id = ANY(%(among)s)
"""
_CLOSE = "UPDATE customers_reviewitem SET state = %s WHERE id = ANY(%s) AND state = 'open'"

# open questions about two who are two still; those that somebody put off come last
_QUESTIONS = """
SELECT i.id, i.uuid, i.a_id, i.b_id, i.weight, i.why, i.value, x.customer_id, y.customer_id,
       EXISTS (SELECT FROM customers_reviewanswer n WHERE n.item_id = i.id AND n.said = 'later') AS put_off
FROM customers_reviewitem i
JOIN customers_assignment x ON x.record_id = i.a_id AND x.valid_to IS NULL
JOIN customers_assignment y ON y.record_id = i.b_id AND y.valid_to IS NULL
WHERE i.state = 'open' AND (x.customer_id = y.customer_id) = (i.why = 'joined') AND (%(all)s OR i.id = ANY(%(among)s))
ORDER BY put_off, i.why = 'joined', i.value DESC, i.id LIMIT %(limit)s OFFSET %(after)s
"""
_COUNT = """
SELECT count(*) FROM customers_reviewitem i
JOIN customers_assignment x ON x.record_id = i.a_id AND x.valid_to IS NULL
JOIN customers_assignment y ON y.record_id = i.b_id AND y.valid_to IS NULL
WHERE i.state = 'open' AND (x.customer_id = y.customer_id) = (i.why = 'joined')
"""
# pairs of records of one customer that have different numbers of one of these systems, with what was weighed of them;
# none that people put together
_JOINED = """
SELECT x.customer_id, i.record_id, j.record_id, e.weight
FROM customers_identifier i
JOIN customers_assignment x ON x.record_id = i.record_id AND x.valid_to IS NULL
JOIN customers_assignment y ON y.customer_id = x.customer_id AND y.valid_to IS NULL AND y.record_id > x.record_id
JOIN customers_identifier j ON j.record_id = y.record_id AND j.kind = i.kind AND j.issuer = i.issuer
    AND j.strength = 'strong' AND j.digest <> i.digest
JOIN customers_matchedge e ON e.a_id = i.record_id AND e.b_id = j.record_id AND e.ended_by_id IS NULL
WHERE i.kind = 'customer_no' AND i.strength = 'strong' AND i.issuer = ANY(%(repeating)s)
    AND (%(all)s OR x.customer_id = ANY(%(among)s)) AND NOT EXISTS (
    SELECT FROM customers_constraintrecord m
    JOIN customers_constraint c ON c.id = m.constraint_id AND c.standing AND c.kind = 'together'
    JOIN customers_constraintrecord n ON n.constraint_id = c.id AND n.record_id = j.record_id
    WHERE m.record_id = i.record_id)
"""
# other open questions about the same two customers, or about records that are one customer now
_SETTLED = """
SELECT i.id FROM customers_reviewitem i
JOIN customers_assignment x ON x.record_id = i.a_id AND x.valid_to IS NULL
JOIN customers_assignment y ON y.record_id = i.b_id AND y.valid_to IS NULL
WHERE i.state = 'open' AND x.customer_id = ANY(%(both)s) AND y.customer_id = ANY(%(both)s)
    AND (x.customer_id = y.customer_id OR i.why <> 'joined')
"""


class ReviewError(ValueError):
    """An answer cannot be taken; ``code`` says why.

    closed    the question is answered, or nobody asks any more
    again     four eyes: this person has said the same already, another one has to agree
    open      there is no answer to take back
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Question:
    """Are the customers of these two records one? See ReviewItem."""

    id: int
    uuid: UUID
    a: int
    b: int
    weight: float
    why: str
    value: float
    one: int
    other: int
    put_off: bool


def questions(cur: Cursor, limit: int = 50, after: int = 0, among: Sequence[int] | None = None) -> list[Question]:
    """Open questions, most valuable first; ``after``: so many are left out; ``among``: of these items only."""
    cur.execute(_QUESTIONS, {"all": among is None, "among": list(among or ()), "limit": limit, "after": after})
    return [Question(*row) for row in cur.fetchall()]


def how_many(cur: Cursor) -> int:
    """Open questions."""
    cur.execute(_COUNT)
    return int((cur.fetchone() or (0,))[0])


# -- answering -------------------------------------------------------------------------------------------------------


def answer(item: int, said: str, by: int | None, reason: str = "") -> ReviewItem:
    """Take a person's answer: same, different or later (``ReviewAnswer``). With four eyes the second one decides.

    Raises ReviewError "closed" or "again".
    """
    with transaction.atomic(), cursor() as cur:
        row = ReviewItem.objects.select_for_update().get(pk=item)
        held = current_customers(cur, [row.a_id, row.b_id])
        one, other = sorted(held[record][0] for record in (row.a_id, row.b_id))
        if row.state != ReviewItem.OPEN or (one == other) != (row.why == JOINED):
            raise ReviewError("closed")
        if said == ReviewAnswer.LATER:
            _write(cur, row, said, by, None)
            return row
        if settings.RUNDBLICK.review_four_eyes:
            before = _said(row)
            if before.get(by) == said:
                raise ReviewError("again")
            if said not in {text for person, text in before.items() if person != by}:
                _write(cur, row, said, by, None)
                return row
        act = _done(cur, row, one, other, said == ReviewAnswer.SAME, by, reason or "review")
        _write(cur, row, said, by, act)
        cur.execute(_CLOSE, (ReviewItem.ANSWERED, [row.pk]))
        cur.execute(_SETTLED, {"both": [one, other]})
        cur.execute(_CLOSE, (ReviewItem.OBSOLETE, [settled for (settled,) in cur.fetchall()]))
    row.refresh_from_db()
    return row


def _done(cur: Cursor, row: ReviewItem, one: int, other: int, same: bool, by: int | None, reason: str) -> IdentityAct:
    """What an answer about two customers, or about one of two numbers, does."""
    if row.why != JOINED:
        return merge_customers(one, other, by, reason, override=True) if same else keep_apart(one, other, by, reason)
    return confirm(one, by, reason) if same else split_customer(one, _with(cur, one, row.b_id, row.a_id), by, reason)


def _with(cur: Cursor, customer: int, record: int, against: int) -> list[int]:
    """The records of a customer that go with ``record`` rather than with ``against``: by what was weighed."""
    cur.execute("SELECT record_id FROM customers_assignment WHERE customer_id = %s AND valid_to IS NULL", (customer,))
    records = [one for (one,) in cur.fetchall()]
    cur.execute(_WEIGHTS, (records, records))
    weight = {(a, b): found for a, b, found in cur.fetchall()}

    def of(one: int, other: int) -> float:
        return float("inf") if one == other else weight.get((min(one, other), max(one, other)), 0.0)

    return [one for one in records if of(one, record) > of(one, against)]


def take_back(item: int, by: int | None) -> ReviewItem:
    """Undo what an answer did, and ask again. Raises ReviewError "open", IdentityError."""
    with transaction.atomic(), cursor() as cur:
        row = ReviewItem.objects.select_for_update().get(pk=item)
        last = ReviewAnswer.objects.filter(item=row, act__isnull=False).order_by("-id").first()
        if row.state != ReviewItem.ANSWERED or last is None:
            raise ReviewError("open")
        undo(last.act_id, by)  # type: ignore[arg-type]  # not None by the filter
        cur.execute("UPDATE customers_reviewitem SET state = 'open' WHERE id = %s", (row.pk,))
    row.refresh_from_db()
    return row


def _said(item: ReviewItem) -> dict[int | None, str]:
    """{person: what he said last}, of answers that wait for a second one."""
    since = ReviewAnswer.objects.filter(item=item, act__isnull=False).order_by("-id").values_list("id", flat=True)
    found = ReviewAnswer.objects.filter(item=item, id__gt=since.first() or 0).order_by("id")
    return dict(found.exclude(said=ReviewAnswer.LATER).values_list("person_id", "said"))


def _write(cur: Cursor, item: ReviewItem, said: str, by: int | None, act: IdentityAct | None) -> None:
    event = draw_ids(cur, {"core_event": 1})["core_event"][0]
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "actor_type", "actor_id"),
        [(event, f"review.{said}", datetime.now(UTC), "machine" if by is None else "person", by)],
    )
    objects = [("review_item", item.pk), ("record", item.a_id), ("record", item.b_id)]
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), [(event, *one) for one in objects])
    insert_rows(
        cur,
        "customers_reviewanswer",
        ("item_id", "person_id", "said", "event_id", "act_id"),
        [(item.pk, by, said, event, act.pk if act else None)],
    )


# -- what is asked ---------------------------------------------------------------------------------------------------


def renew(cur: Cursor, run: int, records: Iterable[int] | None = None) -> None:
    """Ask what the edges in force leave to a person, one question for two customers, and drop what is moot.

    run      id of the run in whose name it is asked
    records  only what concerns the customers of these; default: everything
    """
    among: list[int] | None = None
    if records is not None:
        among = sorted({customer for customer, _ in current_customers(cur, list(records)).values()})
    wanted = _wanted(cur, among)
    if among is None:
        cur.execute(_OPEN)
    else:
        cur.execute(_OPEN_OF, {"among": among})
    moot = []
    for item, a, b, weight, why, value in cur.fetchall():
        if wanted.get((a, b)) == (weight, why, value):
            del wanted[a, b]
        else:
            moot.append(item)
    if moot:
        cur.execute(_CLOSE, (ReviewItem.OBSOLETE, moot))
    insert_rows(
        cur,
        "customers_reviewitem",
        ("uuid", "run_id", "a_id", "b_id", "weight", "why", "value"),
        [(uuid, run, a, b, *one) for uuid, ((a, b), one) in zip(uuid7s(len(wanted)), wanted.items(), strict=True)],
    )


def _wanted(cur: Cursor, among: list[int] | None) -> dict[tuple[int, int], tuple[float, str, float]]:
    """{the pair of records that speaks loudest for two customers: (weight, why, value)}"""
    if among is None:
        cur.execute(_ASKED)
    else:
        cur.execute(_ASKED_OF, {"among": among})
    asked = cur.fetchall()
    cur.execute("SELECT repeating FROM customers_matchmodel WHERE in_force")
    repeating = frozenset(name for (text,) in cur.fetchall() for name in json.loads(text))
    joined = _joined(cur, sorted(repeating), among)
    if not asked:
        return joined
    customers = sorted({customer for *_, one, other in asked for customer in (one, other)})
    cur.execute(_APART, (customers, customers))
    apart = {(min(pair), max(pair)) for pair in cur.fetchall()}
    loudest: dict[tuple[int, int], tuple[int, int, float, str]] = {}
    for a, b, weight, rule, one, other in asked:
        both = (min(one, other), max(one, other))
        if both not in apart:
            loudest.setdefault(both, (a, b, weight, rule))
    cur.execute(_SIZES, (customers,))
    sizes = dict(cur.fetchall())
    numbers = _numbers(cur, customers)
    cur.execute(_CONFIRMED, (customers,))
    confirmed = {customer for (customer,) in cur.fetchall()}
    found = {}
    for (one, other), (a, b, weight, rule) in loudest.items():
        if any(issuer not in repeating for _, issuer in clashes(numbers.get(one, {}), numbers.get(other, {}))):
            why = "numbers"
        elif rule in WHY:
            why = WHY[rule]
        else:
            why = "confirmed" if one in confirmed and other in confirmed else "weight"
        probable = SURE[why] / (1.0 + 2.0 ** -min(weight, 60.0))
        found[a, b] = (weight, why, round(probable * sizes[one] * sizes[other], 3))
    return found | joined


def _joined(
    cur: Cursor, repeating: Sequence[str], among: list[int] | None
) -> dict[tuple[int, int], tuple[float, str, float]]:
    """Of each customer who has two numbers of a system that repeats them, by weights alone: the least likely pair.

    Worth as much as it is improbable that they are one. ``among``: only of these customers.
    """
    if not repeating:
        return {}
    cur.execute(_JOINED, {"repeating": list(repeating), "all": among is None, "among": among or []})
    weakest: dict[int, tuple[float, int, int]] = {}
    for customer, a, b, weight in cur.fetchall():
        weakest[customer] = min(weakest.get(customer, (weight, a, b)), (weight, a, b))
    return {
        (a, b): (weight, JOINED, round(1.0 / (1.0 + 2.0 ** min(weight, 60.0)), 3)) for weight, a, b in weakest.values()
    }


def _numbers(cur: Cursor, customers: Sequence[int]) -> dict[int, Numbers]:
    cur.execute(_NUMBERS, (list(customers),))
    found: dict[int, Numbers] = defaultdict(dict)
    for customer, kind, issuer, digest in cur.fetchall():
        found[customer].setdefault((kind, issuer), set()).add(bytes(digest))
    return found


__all__ = ["IdentityError", "Question", "ReviewError", "answer", "how_many", "questions", "renew", "take_back"]
