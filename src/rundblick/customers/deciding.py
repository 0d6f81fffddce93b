"""Who is one customer, decided anew for some records and all they reach, and written as the difference to what stands.

``decide`` is the one place that assigns records to customers: the road calls it for records that came or gained a
proof, a person's merge or split calls it after the constraints were written. The partition is that of
customers.clusters; here is what it is made from, and which customer number each part keeps.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rundblick.core.database import draw_ids, insert_rows
from rundblick.core.ids import uuid7s
from rundblick.core.numbers import customer_number
from rundblick.core.registry import Cursor, on_records_moved
from rundblick.customers import sql
from rundblick.customers.clusters import NONE, OVERUSED, UNWEIGHED, Constraints, Edge, Link, Weighed, clusters

A_NEW_ONE = 0  # as a home: a customer that does not exist yet


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person decided, behind a decision; the engine's own ones have none.

    act    id of the act, 0 for none; ``kind``: what it is, as events name it
    actor  id of the person; None for a machine
    homes  {record: customer whose number it is to have}, A_NEW_ONE for a new one; others count for where they are
    """

    act: int = 0
    actor: int | None = None
    homes: Mapping[int, int] = field(default_factory=dict)
    kind: str = "identity_act"


@dataclass(frozen=True, slots=True)
class Reached:
    """Records that can be one customer with others of them, and what speaks for and against it."""

    records: dict[int, bytes]
    links: list[Link]
    constraints: Constraints = NONE
    weighed: Weighed = UNWEIGHED

    def digests(self) -> set[bytes]:
        """What to lock before deciding about them."""
        return set(self.records.values()) | {link.digest for link in self.links}


@dataclass(frozen=True, slots=True)
class Move:
    """A record came to a customer; ``was`` and ``ended`` are its customer and assignment before, None for a new one."""

    record: int
    to: int
    was: int | None
    ended: int | None


NO_DEED = Deed()


def decide(
    cur: Cursor,
    touched: Mapping[int, bytes],
    links: Sequence[Link] = (),
    fresh: Collection[int] = (),
    deed: Deed = NO_DEED,
    alone: bool = False,
) -> list[Move]:
    """Decide the customers of touched records {id: key digest} and of all they reach; gives the records that moved.

    links  strong identifiers that touched records gain now, not yet in the tables
    fresh  those of the touched records that were made just now
    alone  nobody else decides about these meanwhile: the caller holds every lock there is, or the customers of all
           that is reached, and has looked again since
    The caller holds the locks of these records and identifiers.
    """
    reached = reach(cur, touched, links, fresh)
    current = current_customers(cur, [record for record in reached.records if record not in fresh])
    if current and not alone:
        # lock what we may change, then look again: another batch may have been faster
        cur.execute(sql.LOCK_CUSTOMERS, (sorted({customer for customer, _ in current.values()}),))
        reached = reach(cur, touched, links, fresh)
        current = current_customers(cur, [record for record in reached.records if record not in fresh])
    parts = clusters(reached.records.items(), reached.links, reached.constraints, reached.weighed)
    moves = _moves(parts, _named(cur, parts, current, deed), current)
    if moves:
        _write(cur, moves, deed)
    return moves


# -- what is reached -------------------------------------------------------------------------------------------------


def reach(
    cur: Cursor,
    touched: Mapping[int, bytes],
    links: Sequence[Link] = (),
    fresh: Collection[int] = (),
    weighed: bool = True,
) -> Reached:
    """All records that touched ones reach over shared strong identifiers, decisions and edges, and what binds them.

    weighed  with what a model says of pairs of them
    """
    records = dict(touched)
    found = {(link.record, link.digest): link for link in links}
    frontier = [record for record in touched if record not in fresh]
    ask = {link.digest for link in links}
    asked: set[bytes] = set()
    overused: set[bytes] = set()
    while frontier or ask:
        if frontier:
            frontier = _with_constrained(cur, frontier, records)
            cur.execute(sql.STRONG_OF, (frontier,))
            for digest, record, order, kind, issuer, proven in cur.fetchall():
                found[record, digest] = Link(record, order, kind, issuer, digest, proven)
                ask.add(digest)
        ask -= asked
        asked |= ask
        frontier = []
        if not ask:
            break
        cur.execute(sql.SHARING, (list(ask),))
        ask = set()
        groups: dict[bytes, list[Link]] = defaultdict(list)
        for digest, record, order, kind, issuer, proven in cur.fetchall():
            groups[digest].append(Link(record, order, kind, issuer, digest, proven))
        for digest, group in groups.items():
            before = sum(1 for link in group if link.record not in touched)
            if before > OVERUSED:
                overused.add(digest)  # was said to join nobody already, and still does
                continue
            for link in group:
                found[link.record, digest] = link
                if link.record not in records:
                    records[link.record] = link.order
                    frontier.append(link.record)
    kept = [link for (record, digest), link in found.items() if record in records and digest not in overused]
    known = [record for record in records if record not in fresh]
    return Reached(records, kept, _constraints_of(cur, known), weighed_among(cur, known) if weighed else UNWEIGHED)


def _with_constrained(cur: Cursor, frontier: list[int], records: dict[int, bytes]) -> list[int]:
    """The frontier, and whoever a decision or an edge puts together with it; each may lead on to the next one."""
    reached, new = list(frontier), frontier
    while new:
        cur.execute(sql.TOGETHER_WITH, (new, new, new))
        new = []
        for record, order in cur.fetchall():
            if record not in records:
                records[record] = bytes(order)
                new.append(record)
        reached += new
    return reached


def _constraints_of(cur: Cursor, records: Sequence[int]) -> Constraints:
    """The standing decisions about these records."""
    if not records:
        return NONE
    together: list[list[int]] = []
    apart: dict[int, list[list[int]]] = defaultdict(list)
    cur.execute(sql.CONSTRAINTS_OF, (list(records),))
    for constraint, kind, _side, members in cur.fetchall():
        if kind == "together":
            together.append(members)
        else:
            apart[constraint].append(members)
    return Constraints(together, [(sides[0], sides[1]) for sides in apart.values()]) if together or apart else NONE


# two people by what was weighed: their groups stay apart
BARS = frozenset({"two_people", "two_numbers"})
# what keeps also a pair apart that shares a strong identifier
REFUSES = BARS | {"household", "generations", "contradicted"}


def weighed_among(cur: Cursor, records: Sequence[int]) -> Weighed:
    """What the model in force says of pairs of these records."""
    if len(records) < 2:
        return UNWEIGHED
    cur.execute(sql.EDGES_AMONG, (list(records), list(records)))
    return weighed_of(cur.fetchall())


def weighed_of(rows: Sequence[tuple[int, int, float, str, str, float, bool, bool, str]]) -> Weighed:
    """Rows of (a, b, weight, rule, decision, threshold, a is unproven, b is unproven, systems that repeat as JSON)."""
    if not rows:
        return UNWEIGHED
    edges: list[Edge] = []
    unproven: set[int] = set()
    for a, b, weight, rule, decision, _auto, a_unproven, b_unproven, _repeating in rows:
        unproven.update(record for record, so in ((a, a_unproven), (b, b_unproven)) if so)
        # an address that wrote belongs to whoever proved it his, whatever name stood in the mail
        refuses = rule in REFUSES and not (a_unproven or b_unproven)
        edges.append(Edge(a, b, weight, decision == "auto", refuses and rule in BARS, refuses))
    return Weighed(edges, rows[0][5], frozenset(unproven), frozenset(json.loads(rows[0][8])))


def current_customers(cur: Cursor, records: Sequence[int]) -> dict[int, tuple[int, int]]:
    """{record: (customer, assignment)} as it stands."""
    if not records:
        return {}
    cur.execute(sql.CURRENT, (records,))
    return {record: (customer, assignment) for record, customer, assignment in cur.fetchall()}


# -- which number each part keeps ------------------------------------------------------------------------------------


def _named(cur: Cursor, parts: list[list[int]], current: Mapping[int, tuple[int, int]], deed: Deed) -> list[int]:
    """The customer of each part; new ones are made."""
    chosen = choose(parts, {record: customer for record, (customer, _) in current.items()}, deed.homes)
    births = [i for i, customer in enumerate(chosen) if customer is None]
    new = draw_ids(cur, {"customers_customer": len(births)})["customers_customer"]
    insert_rows(
        cur,
        "customers_customer",
        ("id", "uuid", "number"),
        [(c, u, customer_number(c)) for c, u in zip(new, uuid7s(len(new)), strict=True)],
    )
    ids = iter(new)
    return [next(ids) if customer is None else customer for customer in chosen]


def choose(
    parts: Sequence[Sequence[int]], current: Mapping[int, int], homes: Mapping[int, int] | None = None
) -> list[int | None]:
    """Which customer each part keeps: that of a person's decision, then the one with most of its records, then the
    one it has now, then the oldest. None = a new one. No customer is kept by two parts."""
    homes = homes or {}
    chosen: list[int | None] = [None] * len(parts)
    claims = []
    for i, part in enumerate(parts):
        told = Counter(homes[record] for record in part if record in homes)
        now = Counter(current[record] for record in part if record in current)
        counts = told + Counter(current[record] for record in part if record in current and record not in homes)
        claims += [
            (-told[customer], -n, -now[customer], customer, i)
            for customer, n in counts.items()
            if customer != A_NEW_ONE
        ]
    taken: set[int] = set()
    for *_, customer, i in sorted(claims):
        if chosen[i] is None and customer not in taken:
            chosen[i] = customer
            taken.add(customer)
    return chosen


def _moves(parts: Sequence[Sequence[int]], chosen: Sequence[int], current: Mapping[int, tuple[int, int]]) -> list[Move]:
    moves = []
    for part, customer in zip(parts, chosen, strict=True):
        for record in part:
            was, ended = current.get(record, (None, None))
            if was != customer:
                moves.append(Move(record, customer, was, ended))
    return moves


# -- writing it ------------------------------------------------------------------------------------------------------


def _write(cur: Cursor, moves: Sequence[Move], deed: Deed) -> None:
    """The events, the assignments, and everything that follows from them."""
    events = draw_ids(cur, {"core_event": len(moves)})["core_event"]
    now = datetime.now(UTC)
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "actor_id", "data"),
        [
            (
                event,
                "record.attached" if move.was is None else "record.moved",
                now,
                0,
                "machine" if deed.actor is None else "person",
                deed.actor,
                None if move.was is None else f'{{"from": {move.was}, "to": {move.to}}}',
            )
            for event, move in zip(events, moves, strict=True)
        ],
    )
    objects = []
    for event, move in zip(events, moves, strict=True):
        objects += [(event, "record", move.record), (event, "customer", move.to)]
        if move.was is not None:
            objects.append((event, "customer", move.was))
        if deed.act:
            objects.append((event, deed.kind, deed.act))
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), objects)
    ended = [(move.ended, event) for event, move in zip(events, moves, strict=True) if move.ended]
    if ended:
        cur.execute(sql.END_ASSIGNMENTS, ([a for a, _ in ended], [e for _, e in ended]))
    insert_rows(
        cur,
        "customers_assignment",
        ("record_id", "customer_id", "event_id"),
        [(move.record, move.to, event) for event, move in zip(events, moves, strict=True)],
    )
    _follow(cur, [move for move in moves if move.was is not None])


def _follow(cur: Cursor, moves: Sequence[Move]) -> None:
    """Emptied customers lead on, refilled ones live again, numbers that led here lead where their records went."""
    if not moves:
        return
    records = [move.record for move in moves]
    cur.execute(sql.REVIVE, (sorted({move.to for move in moves}),))
    cur.execute(sql.WITHOUT_RECORDS, (records,))
    empty = [customer for (customer,) in cur.fetchall()]
    if empty:
        cur.execute(sql.LEAD_ON, (empty,))
    for listener in on_records_moved:
        listener(cur, records)
