"""Statements of weighed matching: records out, edges in."""

# Erased records stay as they are: what was known of them is gone.
ERASED = """
SELECT r.id FROM privacy_erasedkey k JOIN customers_sourcerecord r ON r.key_digest = k.digest
"""

LAST_RECORD = "SELECT COALESCE(max(id), 0), count(*) FROM customers_sourcerecord"

# records of a range with what they say now; a version that says something counts before one that says nothing
VERSIONS = f"""
WITH erased AS MATERIALIZED ({ERASED})
SELECT DISTINCT ON (r.id) r.id, r.key_digest, s.code, v.key, v.facts, a.customer_id
FROM customers_sourcerecord r
JOIN core_system s ON s.id = r.system_id
JOIN customers_assignment a ON a.record_id = r.id AND a.valid_to IS NULL
JOIN customers_recordversion v ON v.record_id = r.id
WHERE r.id > %s AND r.id <= %s AND r.id NOT IN (SELECT id FROM erased)
ORDER BY r.id, v.facts = '{{}}', v.seen_at DESC, v.content_digest
"""

SOME_VERSIONS = """
SELECT DISTINCT ON (r.id) r.id, r.key_digest, s.code, COALESCE(v.key, ''), COALESCE(v.facts, '{}'), a.customer_id
FROM customers_sourcerecord r
JOIN core_system s ON s.id = r.system_id
JOIN customers_assignment a ON a.record_id = r.id AND a.valid_to IS NULL
LEFT JOIN customers_recordversion v ON v.record_id = r.id
WHERE r.id = ANY(%s)
ORDER BY r.id, v.facts = '{}', v.seen_at DESC, v.content_digest
"""

# versions of records that have several, the one that counts now first
EARLIER = """
SELECT record_id, facts, seen_at FROM (
    SELECT record_id, facts, seen_at, content_digest, count(*) OVER (PARTITION BY record_id) AS n
    FROM customers_recordversion WHERE record_id > %s AND record_id <= %s AND facts <> '{}'
) v WHERE n > 1 ORDER BY record_id, seen_at DESC, content_digest
"""

SOME_EARLIER = """
SELECT record_id, facts, seen_at FROM (
    SELECT record_id, facts, seen_at, content_digest, count(*) OVER (PARTITION BY record_id) AS n
    FROM customers_recordversion WHERE record_id = ANY(%s) AND facts <> '{}'
) v WHERE n > 1 ORDER BY record_id, seen_at DESC, content_digest
"""

IDENTIFIERS = """
SELECT record_id, kind, issuer, value, strength, verified, digest FROM customers_identifier
WHERE record_id > %s AND record_id <= %s AND value <> ''
ORDER BY record_id, kind, verified DESC, strength, issuer, value
"""

SOME_IDENTIFIERS = """
SELECT record_id, kind, issuer, value, strength, verified, digest FROM customers_identifier
WHERE record_id = ANY(%s) AND value <> ''
ORDER BY record_id, kind, verified DESC, strength, issuer, value
"""

TOGETHER = """
SELECT array_agg(m.record_id ORDER BY m.record_id)
FROM customers_constraint c JOIN customers_constraintrecord m ON m.constraint_id = c.id
WHERE c.standing AND c.kind = 'together' GROUP BY c.id
"""

APART = """
SELECT array_agg(m.record_id) FILTER (WHERE m.side = 1), array_agg(m.record_id) FILTER (WHERE m.side = 2)
FROM customers_constraint c JOIN customers_constraintrecord m ON m.constraint_id = c.id
WHERE c.standing AND c.kind = 'apart' GROUP BY c.id
"""

STANDING = """
SELECT id, a_id, b_id, weight, rule, decision, model_id FROM customers_matchedge WHERE ended_by_id IS NULL
"""

END = "UPDATE customers_matchedge SET ended_by_id = %s WHERE id = ANY(%s) AND ended_by_id IS NULL"

DIGESTS = "SELECT id, key_digest FROM customers_sourcerecord WHERE id = ANY(%s)"

COUNT = """
UPDATE customers_matchrun SET added = added + %s, ended = ended + %s, moved = moved + %s WHERE id = %s
"""

# edges that a run brought or ended: what its undoing has to bring back or end
BROUGHT = """
SELECT id, a_id, b_id, weight, rule, decision, model_id FROM customers_matchedge
WHERE run_id = %s AND ended_by_id IS NULL
"""
ENDED = """
SELECT id, a_id, b_id, weight, rule, decision, model_id FROM customers_matchedge WHERE ended_by_id = %s
"""

# where records were before a run moved them, as far as they still are where it moved them
HOMES = """
SELECT DISTINCT ON (n.record_id) n.record_id, w.customer_id
FROM core_eventobject o
JOIN customers_assignment w ON w.ended_by_id = o.event_id
JOIN customers_assignment n ON n.record_id = w.record_id AND n.event_id = o.event_id AND n.valid_to IS NULL
WHERE o.type = 'match_run' AND o.object_id = %s
ORDER BY n.record_id, w.id DESC
"""
