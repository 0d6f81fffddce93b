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
SELECT DISTINCT ON (r.id) r.id, r.key_digest, s.code, COALESCE(v.key, ''), COALESCE(v.facts, '{}'),
       COALESCE(a.customer_id, 0)
FROM customers_sourcerecord r
JOIN core_system s ON s.id = r.system_id
LEFT JOIN customers_assignment a ON a.record_id = r.id AND a.valid_to IS NULL
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

# what was just imported nobody has counted yet, and then the server goes through all records for each of them
ANALYZE = """
ANALYZE customers_assignment, customers_constraintrecord, customers_customer, customers_identifier, customers_matchedge,
    customers_sourcerecord
"""

END = "UPDATE customers_matchedge SET ended_by_id = %s WHERE id = ANY(%s) AND ended_by_id IS NULL"

DIGESTS = "SELECT id, key_digest FROM customers_sourcerecord WHERE id = ANY(%s)"

COUNT = """
UPDATE customers_matchrun SET added = added + %s, ended = ended + %s, moved = moved + %s WHERE id = %s
"""

# how what stands differs from what stood before a run: edges that came since, edges that ended since. Later runs were
# taken back before, and what was weighed as it came stands in the name of the run in force then
BROUGHT = """
SELECT id, a_id, b_id, weight, rule, decision, model_id FROM customers_matchedge
WHERE run_id >= %s AND ended_by_id IS NULL
"""
ENDED = """
SELECT id, a_id, b_id, weight, rule, decision, model_id FROM customers_matchedge
WHERE ended_by_id >= %s AND run_id < %s
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

# -- what is weighed while it comes in -------------------------------------------------------------------------------

INDEX = "SELECT model_id, run_id FROM customers_matchindex"
WEIGHTS = "SELECT version, weights FROM customers_matchmodel WHERE id = %s"

# those of these records that were erased
ERASED_AMONG = """
SELECT r.id FROM customers_sourcerecord r JOIN privacy_erasedkey k ON k.digest = r.key_digest WHERE r.id = ANY(%s)
"""

KEYS_OF = "SELECT record_id, key FROM customers_matchkey WHERE record_id = ANY(%s)"
FORGET_KEYS = """
DELETE FROM customers_matchkey m USING unnest(%b::bigint[], %b::bigint[]) AS k(key, record_id)
WHERE m.key = k.key AND m.record_id = k.record_id
"""

# who shares these keys, of each key no more than are asked for
SHARERS = """
SELECT k.key, s.record_id
FROM unnest(%b::bigint[], %b::int[]) AS k(key, most),
     LATERAL (SELECT m.record_id FROM customers_matchkey m WHERE m.key = k.key LIMIT k.most) s
"""
HOW_MANY = """
SELECT k.key, (SELECT count(*) FROM (SELECT FROM customers_matchkey m WHERE m.key = k.key LIMIT k.most) s)
FROM unnest(%b::bigint[], %b::int[]) AS k(key, most)
"""

EDGES_AROUND = """
SELECT id, a_id, b_id, weight, rule, decision, model_id FROM customers_matchedge
WHERE ended_by_id IS NULL AND a_id = ANY(%(touched)s)
UNION
SELECT id, a_id, b_id, weight, rule, decision, model_id FROM customers_matchedge
WHERE ended_by_id IS NULL AND b_id = ANY(%(touched)s)
UNION
SELECT id, a_id, b_id, weight, rule, decision, model_id FROM customers_matchedge
WHERE ended_by_id IS NULL AND a_id = ANY(%(region)s) AND b_id = ANY(%(region)s)
"""
EDGES_BETWEEN = """
SELECT a_id, b_id FROM customers_matchedge WHERE ended_by_id IS NULL AND a_id = ANY(%s) AND b_id = ANY(%s)
"""

# what may not be seen by a reader that begins now begins no earlier than this
SINCE = """
SELECT least(clock_timestamp(), min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""

BEGUN = "SELECT e.recorded_at FROM customers_matchrun r JOIN core_event e ON e.id = r.event_id WHERE r.id = %s"

# records of which something was said or decided since: a version, an identifier, a decision of a person
LATE = """
SELECT record_id, max(at) FROM (
    SELECT record_id, recorded_at AS at FROM customers_recordversion WHERE recorded_at >= %(since)s
    UNION ALL
    SELECT record_id, seen_at FROM customers_identifier WHERE seen_at >= %(since)s
    UNION ALL
    SELECT m.record_id, e.recorded_at
    FROM core_event e
    JOIN customers_identityact a ON a.event_id = e.id
    JOIN customers_constraint c ON c.act_id = a.id
         OR c.id IN (SELECT n.constraint_id FROM customers_constraintend n WHERE n.act_id = a.id)
         OR c.act_id = a.undoes_id
    JOIN customers_constraintrecord m ON m.constraint_id = c.id
    WHERE e.recorded_at >= %(since)s
) AS told
GROUP BY record_id ORDER BY record_id
"""

FORGET_ERASED = """
DELETE FROM customers_matchkey m USING customers_sourcerecord r, privacy_erasedkey k
WHERE r.id = m.record_id AND k.digest = r.key_digest
"""

# -- whether the index is right --------------------------------------------------------------------------------------

# whether the table is the one of this snapshot: a run that began since has emptied it, which no snapshot hides
SAME_KEYS = """
SELECT relfilenode = pg_relation_filenode(oid) FROM pg_class WHERE oid = 'customers_matchkey'::regclass
"""
LAST_KEYS = """
SELECT greatest((SELECT max(id) FROM customers_sourcerecord), (SELECT max(record_id) FROM customers_matchkey), 0)
"""
# of each record of a range how many keys it has, and a mark of them all
KEY_MARKS = """
SELECT record_id, count(*), bit_xor(key) FROM customers_matchkey
WHERE record_id > %s AND record_id <= %s GROUP BY record_id
"""

# -- looking somebody up ---------------------------------------------------------------------------------------------

# the records behind a customer's number of ours, also one that leads on
RECORDS_OF_NUMBER = """
SELECT a.record_id FROM customers_customer c
JOIN customers_assignment a ON a.customer_id = COALESCE(c.merged_into_id, c.id) AND a.valid_to IS NULL
WHERE c.number = %s ORDER BY a.record_id LIMIT 50
"""
STRONG_WITH = """
SELECT d.digest, i.record_id
FROM unnest(%b::bytea[]) AS d(digest),
     LATERAL (SELECT record_id FROM customers_identifier i
              WHERE i.digest = d.digest AND i.strength = 'strong' LIMIT %s) i
"""
