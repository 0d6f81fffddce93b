"""Statements of the identify stage (hot path)."""

from rundblick.core.database import Question

# source records by their keys, with the identifiers that they have already
FIND_RECORDS = Question("""
SELECT r.key_digest, r.id, i.digest, i.strength FROM customers_sourcerecord r
JOIN unnest(%s::bigint[], %b::bytea[]) AS k(system_id, digest) ON r.system_id = k.system_id AND r.key_digest = k.digest
LEFT JOIN customers_identifier i ON i.record_id = r.id
""")

# the records that carry these strong identifiers, with their own place in the fixed order
SHARING = Question("""
SELECT i.digest, i.record_id, r.key_digest, i.kind, i.issuer
FROM customers_identifier i JOIN customers_sourcerecord r ON r.id = i.record_id
WHERE i.digest = ANY(%b) AND i.strength = 'strong'
""")

STRONG_OF = Question("""
SELECT i.digest, i.record_id, r.key_digest, i.kind, i.issuer
FROM customers_identifier i JOIN customers_sourcerecord r ON r.id = i.record_id
WHERE i.record_id = ANY(%s) AND i.strength = 'strong'
""")

CURRENT = Question("""
SELECT a.record_id, a.customer_id, a.id FROM customers_assignment a
WHERE a.record_id = ANY(%s) AND a.valid_to IS NULL
""")

LOCK_CUSTOMERS = Question("SELECT id FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR UPDATE")

END_ASSIGNMENTS = """
UPDATE customers_assignment a SET valid_to = now(), ended_by_id = e.event
FROM unnest(%s::bigint[], %s::bigint[]) AS e(id, event) WHERE a.id = e.id
"""

MERGE_CUSTOMERS = """
UPDATE customers_customer c SET merged_into_id = m.into
FROM unnest(%s::bigint[], %s::bigint[]) AS m(id, "into") WHERE c.id = m.id
"""

# a customer that was merged away and gets records again lives again
REVIVE = "UPDATE customers_customer SET merged_into_id = NULL WHERE id = ANY(%s) AND merged_into_id IS NOT NULL"

EMPTIED = """
SELECT c.id FROM unnest(%s::bigint[]) AS c(id)
WHERE NOT EXISTS (
    SELECT FROM customers_assignment a WHERE a.customer_id = c.id AND a.valid_to IS NULL
)
"""
