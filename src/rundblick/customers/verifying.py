"""Checks of this room for ``rundblick verify``: records, customers and what binds them, folded from identity events."""

from __future__ import annotations

from collections.abc import Iterator

from rundblick.core.numbers import is_valid
from rundblick.core.registry import Cursor
from rundblick.core.verification import Difference, Options


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
