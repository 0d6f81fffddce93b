"""Checks of this room for ``rundblick verify``: records, customers and what binds them, folded again from facts."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from rundblick.core.numbers import is_valid
from rundblick.core.registry import Cursor
from rundblick.core.verification import Difference, Note, Options
from rundblick.customers import sql
from rundblick.customers.clusters import OVERUSED, Constraints, Link, clusters
from rundblick.customers.deciding import choose, decide, weighed_of


def assignments(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Each record leads to one customer, as the last identity event about it says, and that customer lives."""
    cur.execute(
        "SELECT r.id FROM customers_sourcerecord r WHERE NOT EXISTS ("
        "SELECT FROM customers_assignment a WHERE a.record_id = r.id AND a.valid_to IS NULL)"
    )
    for (row,) in cur:
        yield Difference("customers_sourcerecord", row, "customer", "none", "one current assignment")
    cur.execute(
        "SELECT a.id, a.customer_id FROM customers_assignment a WHERE NOT EXISTS ("
        "SELECT FROM core_eventobject o WHERE o.event_id = a.event_id AND o.type = 'customer' "
        "AND o.object_id = a.customer_id) OR NOT EXISTS ("
        "SELECT FROM core_eventobject o WHERE o.event_id = a.event_id AND o.type = 'record' "
        "AND o.object_id = a.record_id)"
    )
    for row, customer in cur:
        yield Difference("customers_assignment", row, "event", str(customer), "an event of this record and customer")
    cur.execute(
        "SELECT a.id, a.customer_id, c.merged_into_id FROM customers_assignment a "
        "JOIN customers_customer c ON c.id = a.customer_id "
        "WHERE a.valid_to IS NULL AND c.merged_into_id IS NOT NULL"
    )
    for row, customer, into in cur:
        yield Difference("customers_assignment", row, "customer_id", str(customer), str(into))
    cur.execute(
        "SELECT a.id, b.id FROM customers_assignment a JOIN customers_assignment b ON b.record_id = a.record_id "
        "AND b.id > a.id AND a.valid_from < coalesce(b.valid_to, 'infinity') "
        "AND b.valid_from < coalesce(a.valid_to, 'infinity')"
    )
    for row, other in cur:
        yield Difference("customers_assignment", row, "valid_to", f"overlaps {other}", "one customer at a time")


_EMPTY = (
    "SELECT c.id FROM customers_customer c WHERE NOT EXISTS ("
    "SELECT FROM customers_assignment a WHERE a.customer_id = c.id AND a.valid_to IS NULL)"
)
_LEADS_OF_EMPTY = sql.LEADS.format(
    before=f"empty AS MATERIALIZED ({_EMPTY}), ", which="a.customer_id IN (SELECT id FROM empty)"
)


def merged_customers(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """A customer that was merged away leads to one that lives; one without records was merged away."""
    cur.execute(
        """
        WITH RECURSIVE way (start, id, far) AS (
            SELECT c.id, c.merged_into_id, 1 FROM customers_customer c WHERE c.merged_into_id IS NOT NULL
            UNION ALL
            SELECT w.start, c.merged_into_id, w.far + 1 FROM way w JOIN customers_customer c ON c.id = w.id
            WHERE c.merged_into_id IS NOT NULL AND w.far < 100
        )
        SELECT start FROM way WHERE far = 100
        """
    )
    for (row,) in cur:
        yield Difference("customers_customer", row, "merged_into_id", "leads round in a ring", "a living customer")
    cur.execute(
        f"{_LEADS_OF_EMPTY} SELECT c.id, c.merged_into_id, l.into "
        "FROM customers_customer c JOIN leads l ON l.id = c.id "
        "WHERE c.merged_into_id IS DISTINCT FROM l.into"
    )
    for row, stored, expected in cur:
        yield Difference("customers_customer", row, "merged_into_id", str(stored or "none"), str(expected))
    cur.execute(
        "SELECT c.id FROM customers_customer c WHERE c.merged_into_id IS NULL AND NOT EXISTS ("
        "SELECT FROM customers_assignment a WHERE a.customer_id = c.id AND a.valid_to IS NULL)"
    )
    for (row,) in cur:
        yield Difference("customers_customer", row, "records", "none", "records, or merged")


def customer_numbers(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Numbers that people dictate carry their right check digit."""
    cur.execute("SELECT id, number FROM customers_customer")
    for row, number in cur:
        if not is_valid(number):
            yield Difference("customers_customer", row, "number", number, "a right check digit")


def acts(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Every merge, split and undo has its event, and stands exactly while nothing that stands takes it back."""
    cur.execute(
        "SELECT a.id FROM customers_identityact a WHERE NOT EXISTS ("
        "SELECT FROM core_eventobject o WHERE o.event_id = a.event_id AND o.type = 'identity_act' "
        "AND o.object_id = a.id)"
    )
    for (row,) in cur:
        yield Difference("customers_identityact", row, "event", "none", "an event of this act")
    cur.execute(
        """
        WITH RECURSIVE chain (root, id, place) AS (
            SELECT id, id, 0 FROM customers_identityact WHERE undoes_id IS NULL
            UNION ALL
            SELECT c.root, a.id, c.place + 1 FROM chain c JOIN customers_identityact a ON a.undoes_id = c.id
        ), ended AS (SELECT root, max(place) AS last FROM chain GROUP BY root)
        SELECT a.id, a.standing, (e.last - c.place) % 2 = 0
        FROM chain c JOIN ended e ON e.root = c.root JOIN customers_identityact a ON a.id = c.id
        WHERE a.standing <> ((e.last - c.place) % 2 = 0)
        """
    )
    for row, stored, expected in cur:
        yield Difference("customers_identityact", row, "standing", str(stored), str(expected))


def constraints(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """A decision stands as its acts say; what stands is kept: together is one customer, apart is never one."""
    cur.execute(
        f"SELECT c.id, c.standing, {sql.STANDS} FROM customers_constraint c "
        f"WHERE c.standing IS DISTINCT FROM ({sql.STANDS})"
    )
    for row, stored, expected in cur:
        yield Difference("customers_constraint", row, "standing", str(stored), str(expected))
    held = (
        "FROM customers_constraint c JOIN customers_constraintrecord m ON m.constraint_id = c.id "
        "JOIN customers_assignment a ON a.record_id = m.record_id AND a.valid_to IS NULL "
    )
    cur.execute(
        f"SELECT c.id, count(DISTINCT a.customer_id) {held} WHERE c.standing AND c.kind = 'together' "
        "GROUP BY c.id HAVING count(DISTINCT a.customer_id) > 1"
    )
    for row, customers in cur:
        yield Difference("customers_constraint", row, "together", f"{customers} customers", "1 customer")
    cur.execute(
        f"SELECT c.id, a.customer_id {held} WHERE c.standing AND c.kind = 'apart' "
        "GROUP BY c.id, a.customer_id HAVING count(DISTINCT m.side) > 1"
    )
    for row, customer in cur:
        yield Difference("customers_constraint", row, "apart", f"both in customer {customer}", "in two customers")


def partition(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Who is one customer, decided again from records, identifiers and decisions, all that reach each other at once.

    Erased records of which nothing new is known are left out: what bound them is gone, and they stay where they were.
    """
    for record, stored, expected in _misplaced(cur):
        told = "a customer of its own" if expected is None else str(expected)
        yield Difference("customers_sourcerecord", record, "customer", str(stored), told)


def match_keys(cur: Cursor, _options: Options) -> Iterator[Difference | Note]:
    """The stored keys by which records are found are those that their facts give under the model in force."""
    from rundblick.customers.weighed.checking import wrong_keys  # numpy: only where it is verified

    yield from wrong_keys(cur)


def lead_on(cur: Cursor) -> None:
    """Set right where the numbers of customers without records lead, and that those with records live."""
    cur.execute(f"SELECT array_agg(id) FROM ({_EMPTY}) e")
    row = cur.fetchone()
    cur.execute(sql.LEAD_ON, (row[0] if row and row[0] else [],))
    cur.execute(
        "UPDATE customers_customer c SET merged_into_id = NULL WHERE c.merged_into_id IS NOT NULL AND EXISTS ("
        "SELECT FROM customers_assignment a WHERE a.customer_id = c.id AND a.valid_to IS NULL)"
    )


def decide_again(cur: Cursor) -> None:
    """Decide anew about customers with records that are not where the rule puts them; each move is an event."""
    customers = {stored for _record, stored, _expected in _misplaced(cur)}
    cur.execute(sql.MEMBERS, (sorted(customers),))
    if found := {record: bytes(digest) for record, digest in cur.fetchall()}:
        decide(cur, found)


# What binds records: pairs of ids, each record with the first one of its identifier, decision or customer. An erased
# record of which nothing is known takes no part; nobody else can be misplaced.
_BONDS = f"""
WITH erased AS MATERIALIZED ({sql.ERASED})
SELECT a, b FROM (
    SELECT record_id AS a, min(record_id) OVER (PARTITION BY digest) AS b, count(*) OVER (PARTITION BY digest) AS n
    FROM customers_identifier WHERE strength = 'strong'
) shared WHERE n BETWEEN 2 AND {OVERUSED}
UNION ALL
SELECT a, b FROM (
    SELECT m.record_id AS a, min(m.record_id) OVER (PARTITION BY m.constraint_id) AS b
    FROM customers_constraintrecord m JOIN customers_constraint c ON c.id = m.constraint_id
    WHERE c.standing AND c.kind = 'together' AND m.record_id NOT IN (SELECT id FROM erased)
) told
UNION ALL
SELECT e.a_id, e.b_id FROM customers_matchedge e
WHERE e.decision = 'auto' AND e.ended_by_id IS NULL
  AND e.a_id NOT IN (SELECT id FROM erased) AND e.b_id NOT IN (SELECT id FROM erased)
UNION ALL
SELECT a, b FROM (
    SELECT record_id AS a, min(record_id) OVER (PARTITION BY customer_id) AS b,
           count(*) OVER (PARTITION BY customer_id) AS n
    FROM customers_assignment WHERE valid_to IS NULL AND record_id NOT IN (SELECT id FROM erased)
) held WHERE n > 1
"""
_OVERUSED = f"""
SELECT digest FROM customers_identifier WHERE strength = 'strong' GROUP BY digest HAVING count(*) > {OVERUSED}
"""
_OF = """
SELECT a.record_id, r.key_digest, a.customer_id FROM customers_assignment a
JOIN customers_sourcerecord r ON r.id = a.record_id
WHERE a.valid_to IS NULL AND a.record_id = ANY(%s)
"""
_AT_ONCE = 50_000  # rows of a cursor
LOT = 5_000  # records that are decided again at once


def _misplaced(cur: Cursor) -> Iterator[tuple[int, int, int | None]]:
    """(record, its customer, the customer it should have; None for one of its own)

    Component by component: of all records only numbers are held at once.
    """
    cur.execute(_OVERUSED)
    overused = {bytes(digest) for (digest,) in cur.fetchall()}
    for lot in _lots(cur):
        yield from _misplaced_in(cur, lot, overused)


def _lots(cur: Cursor) -> Iterator[list[int]]:
    """Records that reach each other over any bond, whole components together, some thousand records at a time."""
    import numpy as np  # 0.1 s and 20 MB: only where it is verified

    from rundblick.customers.matching.grouping import components

    a, b = array("q"), array("q")
    cur.execute(f"DECLARE bonds NO SCROLL CURSOR FOR {_BONDS}")
    while True:
        cur.execute(f"FETCH {_AT_ONCE} FROM bonds")
        rows = cur.fetchall()
        if not rows:
            break
        a.extend(one for one, _ in rows)
        b.extend(other for _, other in rows)
    cur.execute("CLOSE bonds")
    ids, codes = np.unique(np.frombuffer(a + b, np.int64), return_inverse=True)
    records, labels = components(len(ids), codes[: len(a)], codes[len(a) :])
    ends = np.flatnonzero(np.r_[labels[1:] != labels[:-1], True]) + 1 if len(labels) else np.zeros(0, np.int64)
    start = 0
    for place, end in enumerate(ends.tolist()):
        if end - start >= LOT or place == len(ends) - 1:
            yield ids[records[start:end]].tolist()
            start = end


def _misplaced_in(
    cur: Cursor, lot: Sequence[int], overused: Collection[bytes]
) -> Iterator[tuple[int, int, int | None]]:
    """Of whole components; see ``_misplaced``."""
    cur.execute(_OF, (lot,))
    order: dict[int, bytes] = {}
    current: dict[int, int] = {}
    for record, digest, customer in cur.fetchall():
        order[record], current[record] = bytes(digest), customer
    held = list(order)
    cur.execute(sql.STRONG_OF, (held,))
    links = [
        Link(record, digest, kind, issuer, value, proven)
        for value, record, digest, kind, issuer, proven in cur.fetchall()
        if bytes(value) not in overused
    ]
    cur.execute(sql.CONSTRAINTS_OF, (held,))
    sides: dict[tuple[int, str], list[list[int]]] = defaultdict(list)
    for constraint, kind, _side, members in cur.fetchall():
        if kept := [record for record in members if record in order]:
            sides[constraint, kind].append(kept)
    told = Constraints(
        [both[0] for (_, kind), both in sides.items() if kind == "together"],
        [(both[0], both[1]) for (_, kind), both in sides.items() if kind == "apart" and len(both) == 2],
    )
    cur.execute(sql.EDGES_AMONG, (held, held))
    parts = clusters(order.items(), links, told, weighed_of(cur.fetchall()))
    for part, customer in zip(parts, choose(parts, current), strict=True):
        for record in part:
            if current[record] != customer:
                yield record, current[record], customer
