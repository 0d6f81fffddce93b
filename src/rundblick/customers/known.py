"""What is known of customers, since when, and which system told it: what nobody needs to ask for again.

A fact is known from the moment at which a system told it: a contact or an order at its own time. A row of master data
tells no time; it is taken to have been known since the day that its ``since`` names, and without one all along, since
an export says what a system knows and not since when. What a person wrote counts from when he wrote it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rundblick.core.registry import Cursor

# {who}: a relation with a column customer_id.
# Gives (customer_id, kind, value, system_id, since, seen_at); since is -infinity where no time is told.
_SAID = """
records AS MATERIALIZED (
    SELECT w.customer_id, a.record_id, r.system_id, s.code
    FROM {who} w JOIN customers_assignment a ON a.customer_id = w.customer_id AND a.valid_to IS NULL
    JOIN customers_sourcerecord r ON r.id = a.record_id JOIN core_system s ON s.id = r.system_id
),
versions AS MATERIALIZED (
    SELECT r.*, v.facts, v.key, v.seen_at,
           CASE WHEN d.kind = 'row' AND d.received_at = v.seen_at
                THEN coalesce(CASE WHEN v.facts->>'since' ~ '^[12][0-9]{{3}}-[01][0-9]-[0-3][0-9]$'
                                   THEN to_date(v.facts->>'since', 'YYYY-MM-DD')::timestamptz END, '-infinity')
                ELSE v.seen_at END AS since
    FROM records r JOIN customers_recordversion v ON v.record_id = r.record_id
    LEFT JOIN core_delivery d ON d.id = v.delivery_id
),
first_seen AS MATERIALIZED (
    SELECT record_id, min(since) AS since, min(seen_at) AS seen_at FROM versions GROUP BY record_id
),
known AS (
    SELECT v.customer_id, f.kind, f.value, v.system_id, v.since, v.seen_at
    FROM versions v CROSS JOIN LATERAL (VALUES
        ('birth_date', v.facts->>'birth_date'),
        ('address', CASE WHEN v.facts->>'street' <> '' AND coalesce(v.facts->>'city', v.facts->>'postcode', '') <> ''
                         THEN concat_ws(', ', v.facts->>'street',
                                        concat_ws(' ', nullif(v.facts->>'postcode', ''), nullif(v.facts->>'city', '')))
                    END),
        ('name', CASE WHEN v.facts->>'last_name' <> ''
                      THEN concat_ws(' ', nullif(v.facts->>'first_name', ''), v.facts->>'last_name')
                      ELSE v.facts->>'name' END),
        ('email', coalesce(v.facts->>'email', CASE WHEN v.code = 'email' THEN v.key END)),
        ('phone', coalesce(nullif(v.facts->>'mobile', ''), v.facts->>'phone',
                           CASE WHEN v.code = 'phone' THEN v.key END))
    ) AS f(kind, value) WHERE f.value <> ''
    UNION ALL
    SELECT r.customer_id, i.kind, i.value, r.system_id, s.since, s.seen_at
    FROM records r JOIN customers_identifier i ON i.record_id = r.record_id
    JOIN first_seen s ON s.record_id = r.record_id
    WHERE i.kind IN ('customer_no', 'contract_no', 'order_no', 'invoice_no', 'email', 'phone') AND i.value <> ''
    UNION ALL
    SELECT r.customer_id, f.kind, f.value, o.system_id, o.at, o.at
    FROM records r JOIN customers_order o ON o.record_id = r.record_id
    CROSS JOIN LATERAL (VALUES
        ('order_no', CASE WHEN o.kind = 'order' THEN o.key END),
        ('invoice_no', CASE WHEN o.kind = 'payment' THEN o.key END),
        ('case_no', CASE WHEN o.kind IN ('return', 'repair') THEN o.key END),
        ('model', CASE WHEN o.kind = 'order' THEN o.article END),
        ('purchase_date', CASE WHEN o.kind = 'order' THEN to_char(o.at, 'YYYY-MM-DD') END),
        ('receipt', CASE WHEN o.kind = 'order' THEN o.key END)
    ) AS f(kind, value) WHERE f.value <> '' AND o.at IS NOT NULL
)"""


def known_of(who: str) -> str:
    """Common tables ending in ``known`` (customer_id, kind, value, system_id, since, seen_at).

    ``who`` names a relation of ours with one row for each ``customer_id``. Set-based, for one customer or all.
    """
    return _SAID.format(who=who)


@dataclass(frozen=True, slots=True)
class Known:
    """A value of a kind of fact_words.KINDS, the system that told it, and when.

    in_case  the customer wrote it in the case at hand, so whoever may read the case may read it
    """

    kind: str
    value: str
    system: str
    seen_at: datetime
    in_case: bool = False


_OF_ONE = f"""
WITH one AS (SELECT %(customer)s::bigint AS customer_id), {known_of("one")}
SELECT DISTINCT ON (k.kind, k.value) k.kind, k.value, coalesce(nullif(s.name, ''), s.code), k.seen_at
FROM known k JOIN core_system s ON s.id = k.system_id
WHERE k.kind = ANY(%(kinds)s) AND k.since < %(at)s
ORDER BY k.kind, k.value, k.seen_at DESC
"""


def known_values(cur: Cursor, customer: int, kinds: Sequence[str], at: datetime) -> dict[str, list[Known]]:
    """{kind: values known of a customer at ``at``, the newest first}"""
    cur.execute(_OF_ONE, {"customer": customer, "kinds": list(kinds), "at": at})
    found: dict[str, list[Known]] = {}
    for kind, value, system, seen_at in cur.fetchall():
        found.setdefault(kind, []).append(Known(kind, value, system, seen_at))
    for values in found.values():
        values.sort(key=lambda known: known.seen_at, reverse=True)
    return found
