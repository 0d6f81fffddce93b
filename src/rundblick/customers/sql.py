"""Statements that find out and write who is one customer (hot path)."""

from rundblick.core.foreseeing import Question
from rundblick.customers.clusters import UNPROVEN

_UNPROVEN = ", ".join(f"'{code}'" for code in UNPROVEN)

# source records by their keys, with the identifiers that they have already
FIND_RECORDS = Question(
    """
SELECT r.key_digest, r.id, a.customer_id, i.digest, i.strength FROM customers_sourcerecord r
JOIN unnest(%s::bigint[], %b::bytea[]) AS k(system_id, digest) ON r.system_id = k.system_id AND r.key_digest = k.digest
LEFT JOIN customers_assignment a ON a.record_id = r.id AND a.valid_to IS NULL
LEFT JOIN customers_identifier i ON i.record_id = r.id
""",
    "bytea bigint bigint bytea text",
)

# by which model, and in the name of which run, what comes in is weighed: no row where nothing is; there is one key
WEIGHS = Question(
    "SELECT k.key, i.model_id, i.run_id FROM customers_matchindex i CROSS JOIN unnest(%s::bigint[]) AS k(key)",
    "bigint bigint bigint",
)
ANY_INDEX = [0]

# which of these versions are known
KNOWN_VERSIONS = Question("""
SELECT v.record_id, v.content_digest FROM customers_recordversion v
JOIN unnest(%s::bigint[], %b::bytea[]) AS k(record_id, content) ON v.record_id = k.record_id
 AND v.content_digest = k.content
""")

# the records that carry these strong identifiers, with their own place in the fixed order
SHARING = Question(
    f"""
SELECT i.digest, i.record_id, r.key_digest, i.kind, i.issuer, s.code NOT IN ({_UNPROVEN})
FROM customers_identifier i
JOIN customers_sourcerecord r ON r.id = i.record_id JOIN core_system s ON s.id = r.system_id
WHERE i.digest = ANY(%b) AND i.strength = 'strong'
""",
    "bytea bigint bytea text text boolean",
)

STRONG_OF = Question(f"""
SELECT i.digest, i.record_id, r.key_digest, i.kind, i.issuer, s.code NOT IN ({_UNPROVEN})
FROM customers_identifier i
JOIN customers_sourcerecord r ON r.id = i.record_id JOIN core_system s ON s.id = r.system_id
WHERE i.record_id = ANY(%s) AND i.strength = 'strong'
""")

# erased records of which nothing new is known: they stay where they are and bind nobody
ERASED = """
SELECT r.id FROM privacy_erasedkey k JOIN customers_sourcerecord r ON r.key_digest = k.digest
WHERE NOT EXISTS (SELECT FROM customers_identifier i WHERE i.record_id = r.id)
"""

# all records of some customers that are decided about
MEMBERS = f"""
SELECT a.record_id, r.key_digest FROM customers_assignment a JOIN customers_sourcerecord r ON r.id = a.record_id
WHERE a.valid_to IS NULL AND a.customer_id = ANY(%s) AND a.record_id NOT IN ({ERASED}) ORDER BY a.record_id
"""

# what was weighed of an erased record says nothing any more
_OF_NOBODY_ERASED = """
NOT EXISTS (
    SELECT FROM customers_sourcerecord o JOIN privacy_erasedkey k ON k.digest = o.key_digest
    WHERE o.id IN (e.a_id, e.b_id)
)
"""

# records that a standing decision or an edge puts together with these
TOGETHER_WITH = Question(f"""
SELECT m.record_id, r.key_digest
FROM (
    SELECT m.record_id
    FROM customers_constraintrecord o
    JOIN customers_constraint c ON c.id = o.constraint_id AND c.kind = 'together' AND c.standing
    JOIN customers_constraintrecord m ON m.constraint_id = c.id
    WHERE o.record_id = ANY(%s)
    UNION
    SELECT e.b_id FROM customers_matchedge e
    WHERE e.a_id = ANY(%s) AND e.decision = 'auto' AND e.ended_by_id IS NULL AND {_OF_NOBODY_ERASED}
    UNION
    SELECT e.a_id FROM customers_matchedge e
    WHERE e.b_id = ANY(%s) AND e.decision = 'auto' AND e.ended_by_id IS NULL AND {_OF_NOBODY_ERASED}
) m
JOIN customers_sourcerecord r ON r.id = m.record_id
""")

# edges in force, with the threshold of the model and whose system proves nothing of a person
EDGES = f"""
SELECT e.a_id, e.b_id, e.weight, e.rule, e.decision,
       COALESCE((SELECT auto FROM customers_matchmodel WHERE in_force), 'infinity'::float8),
       x.code IN ({_UNPROVEN}), y.code IN ({_UNPROVEN}),
       COALESCE((SELECT repeating FROM customers_matchmodel WHERE in_force), '[]')
FROM customers_matchedge e
JOIN customers_sourcerecord a ON a.id = e.a_id JOIN core_system x ON x.id = a.system_id
JOIN customers_sourcerecord b ON b.id = e.b_id JOIN core_system y ON y.id = b.system_id
WHERE e.ended_by_id IS NULL
  AND NOT EXISTS (SELECT FROM privacy_erasedkey k WHERE k.digest IN (a.key_digest, b.key_digest))
"""

EDGES_AMONG = Question(EDGES + " AND e.a_id = ANY(%s) AND e.b_id = ANY(%s)")

# every standing decision about these records, with all records that it is about
CONSTRAINTS_OF = Question("""
SELECT c.id, c.kind, m.side, array_agg(m.record_id ORDER BY m.record_id)
FROM customers_constraint c JOIN customers_constraintrecord m ON m.constraint_id = c.id
WHERE c.standing
  AND c.id IN (SELECT o.constraint_id FROM customers_constraintrecord o WHERE o.record_id = ANY(%s))
GROUP BY c.id, m.side ORDER BY c.id, m.side
""")

CURRENT = Question("""
SELECT a.record_id, a.customer_id, a.id FROM customers_assignment a
WHERE a.record_id = ANY(%s) AND a.valid_to IS NULL
""")

LOCK_CUSTOMERS = Question("SELECT id FROM customers_customer WHERE id = ANY(%s) ORDER BY id FOR UPDATE")

# all that one decision ends is ended in one statement, at one moment: LEADS finds it by that
END_ASSIGNMENTS = """
UPDATE customers_assignment a SET valid_to = statement_timestamp(), ended_by_id = e.event
FROM unnest(%s::bigint[], %s::bigint[]) AS e(id, event) WHERE a.id = e.id
"""

# a customer that was merged away and gets records again lives again
# (asked so that the server goes by the ids: by the index of those merged away it would read all of them)
REVIVE = """
UPDATE customers_customer SET merged_into_id = NULL WHERE id = ANY(%s) AND COALESCE(merged_into_id, 0) <> 0
"""

# customers that have no records any more, but had these
WITHOUT_RECORDS = """
SELECT c.id FROM customers_customer c
WHERE c.id = ANY(ARRAY(
    SELECT h.customer_id FROM customers_assignment h
    WHERE h.record_id = ANY(%s) AND (
        SELECT count(*) FROM customers_assignment a WHERE a.customer_id = h.customer_id AND a.valid_to IS NULL
    ) = 0
))
ORDER BY c.id FOR UPDATE
"""

# where the numbers of customers without records lead: to whom most of the records have come that they had at their end.
# Each step is worked out once, whatever the server believes of the tables' sizes: one that was empty when it was last
# looked at made it work out the inner steps again for every row.
LEADS = """
WITH {before}had AS MATERIALIZED (
    SELECT a.customer_id, a.record_id, rank() OVER (PARTITION BY a.customer_id ORDER BY a.valid_to DESC) AS back
    FROM customers_assignment a WHERE {which}
), leads AS MATERIALIZED (
    SELECT DISTINCT ON (f.customer_id) f.customer_id AS id, n.customer_id AS "into"
    FROM had f JOIN customers_assignment n ON n.record_id = f.record_id AND n.valid_to IS NULL
    WHERE f.back = 1
    GROUP BY f.customer_id, n.customer_id
    ORDER BY f.customer_id, count(*) DESC, n.customer_id
)
"""

LEAD_ON = f"""{LEADS.format(before="", which="a.customer_id = ANY(%s)")}
UPDATE customers_customer c SET merged_into_id = l."into"
FROM leads l WHERE c.id = l.id AND c.merged_into_id IS DISTINCT FROM l."into"
"""

# -- merge, split, undo ----------------------------------------------------------------------------------------------

LIVING = """
WITH RECURSIVE way (id, "into", far) AS (
    SELECT id, merged_into_id, 0 FROM customers_customer WHERE id = %s
    UNION ALL
    SELECT c.id, c.merged_into_id, w.far + 1 FROM way w JOIN customers_customer c ON c.id = w."into" WHERE w.far < 100
)
SELECT id FROM way ORDER BY far DESC LIMIT 1
"""

RECORDS_OF_CUSTOMER = """
SELECT a.record_id, r.key_digest
FROM customers_assignment a JOIN customers_sourcerecord r ON r.id = a.record_id
WHERE a.customer_id = %s AND a.valid_to IS NULL
ORDER BY a.record_id
"""

VALUES_OF = """
SELECT DISTINCT value FROM customers_identifier
WHERE record_id = ANY(%s) AND digest = ANY(%b) AND value <> '' ORDER BY value
"""

STANDING = """
SELECT c.id, c.act_id, array_agg(m.record_id) FILTER (WHERE m.side = 1),
       array_agg(m.record_id) FILTER (WHERE m.side = 2)
FROM customers_constraint c JOIN customers_constraintrecord m ON m.constraint_id = c.id
WHERE c.standing AND c.kind = %s
  AND c.id IN (SELECT o.constraint_id FROM customers_constraintrecord o WHERE o.record_id = ANY(%s))
GROUP BY c.id, c.act_id ORDER BY c.id
"""

CHAIN = """
WITH RECURSIVE up (id, undoes) AS (
    SELECT id, undoes_id FROM customers_identityact WHERE id = %s
    UNION ALL
    SELECT a.id, a.undoes_id FROM up JOIN customers_identityact a ON a.id = up.undoes
), down (id) AS (
    SELECT id FROM up WHERE undoes IS NULL
    UNION ALL
    SELECT a.id FROM down JOIN customers_identityact a ON a.undoes_id = down.id
)
SELECT id FROM down ORDER BY id
"""

RECORDS_OF_ACT = """
SELECT DISTINCT m.record_id, r.key_digest
FROM customers_constraint c
JOIN customers_constraintrecord m ON m.constraint_id = c.id
JOIN customers_sourcerecord r ON r.id = m.record_id
WHERE c.act_id = %s
ORDER BY m.record_id
"""

# merges and splits of any of these records that stand, each with the last act that made it so
STANDING_ACTS = """
WITH RECURSIVE chain (root, id) AS (
    SELECT a.id, a.id FROM customers_identityact a
    WHERE a.standing AND a.undoes_id IS NULL AND a.id IN (
        SELECT c.act_id FROM customers_constraint c JOIN customers_constraintrecord m ON m.constraint_id = c.id
        WHERE m.record_id = ANY(%s)) AND a.id <> %s
    UNION ALL
    SELECT c.root, a.id FROM chain c JOIN customers_identityact a ON a.undoes_id = c.id
)
SELECT root, max(id) FROM chain GROUP BY root
"""

MOVED_BY = """
SELECT a.record_id, a.customer_id
FROM core_eventobject o
JOIN core_eventobject m ON m.event_id = o.event_id AND m.type = 'record'
JOIN customers_assignment a ON a.record_id = m.object_id AND a.ended_by_id = o.event_id
WHERE o.type = 'identity_act' AND o.object_id = %s
"""

SET_STANDING = """
UPDATE customers_identityact a SET standing = n.standing
FROM unnest(%s::bigint[], %s::boolean[]) AS n(id, standing)
WHERE a.id = n.id AND a.standing <> n.standing
"""

STANDS = """
(SELECT a.standing FROM customers_identityact a WHERE a.id = c.act_id) AND NOT EXISTS (
    SELECT FROM customers_constraintend e JOIN customers_identityact a ON a.id = e.act_id
    WHERE e.constraint_id = c.id AND a.standing)
"""

FOLD_CONSTRAINTS = f"""
UPDATE customers_constraint c SET standing = {STANDS}
WHERE c.act_id = ANY(%s)
   OR c.id IN (SELECT e.constraint_id FROM customers_constraintend e WHERE e.act_id = ANY(%s))
"""

# -- what people decided, for a reader -------------------------------------------------------------------------------

ACTS_OF = """
WITH him AS MATERIALIZED (SELECT id FROM customers_customer WHERE id = %s OR merged_into_id = %s)
SELECT id FROM (
    SELECT a.id FROM him JOIN customers_identityact a ON a.customer_id = him.id
    UNION
    SELECT a.id FROM him JOIN customers_identityact a ON a.other_id = him.id
) AS acts
ORDER BY id DESC LIMIT %s
"""

# what the engine moved by itself, when proofs came, to or from a customer and the numbers that lead to him
ENGINE_MOVES = """
SELECT e.occurred_at, f.number, t.number, count(*)
FROM (
    SELECT DISTINCT o.event_id FROM customers_customer c
    JOIN core_eventobject o ON o.type = 'customer' AND o.object_id = c.id
    WHERE c.id = %s OR c.merged_into_id = %s
) AS mine
JOIN core_event e ON e.id = mine.event_id AND e.kind = 'record.moved'
JOIN customers_customer f ON f.id = (e.data->>'from')::bigint
JOIN customers_customer t ON t.id = (e.data->>'to')::bigint
WHERE NOT EXISTS (SELECT FROM core_eventobject a WHERE a.event_id = e.id AND a.type = 'identity_act')
GROUP BY e.occurred_at, f.number, t.number
ORDER BY e.occurred_at DESC, f.number LIMIT %s
"""

ACTS = """
SELECT a.id, a.uuid, a.kind, e.occurred_at, CASE WHEN e.actor_type = 'person' THEN e.actor_id END, a.override,
       a.standing, u.uuid, b.uuid, COALESCE(r.text, ''),
       (SELECT count(*) FROM core_eventobject o JOIN core_eventobject m ON m.event_id = o.event_id AND m.type = 'record'
        WHERE o.type = 'identity_act' AND o.object_id = a.id),
       c.id, c.uuid, c.number, COALESCE(cl.number, ''), o.id, o.uuid, o.number, COALESCE(ol.number, '')
FROM customers_identityact a
JOIN core_event e ON e.id = a.event_id
JOIN customers_customer c ON c.id = a.customer_id
LEFT JOIN customers_customer cl ON cl.id = c.merged_into_id
JOIN customers_customer o ON o.id = a.other_id
LEFT JOIN customers_customer ol ON ol.id = o.merged_into_id
LEFT JOIN customers_identityreason r ON r.act_id = a.id
LEFT JOIN customers_identityact u ON u.id = a.undoes_id
LEFT JOIN customers_identityact b ON b.undoes_id = a.id
WHERE a.id = ANY(%s)
"""

# those of these acts about whose records a later act stands: it has to be undone first
BLOCKED = """
WITH RECURSIVE up (act, id, undoes) AS (
    SELECT id, id, undoes_id FROM customers_identityact WHERE id = ANY(%s)
    UNION ALL
    SELECT u.act, a.id, a.undoes_id FROM up u JOIN customers_identityact a ON a.id = u.undoes
), mine AS (SELECT act, id AS root FROM up WHERE undoes IS NULL
), others AS (
    SELECT DISTINCT mine.act, mine.root, c.act_id AS other
    FROM mine
    JOIN customers_constraint mc ON mc.act_id = mine.root
    JOIN customers_constraintrecord mr ON mr.constraint_id = mc.id
    JOIN customers_constraintrecord r ON r.record_id = mr.record_id
    JOIN customers_constraint c ON c.id = r.constraint_id AND c.act_id <> mine.root
    JOIN customers_identityact o ON o.id = c.act_id AND o.standing
), down (root, id) AS (
    SELECT x.root, x.root FROM (SELECT root FROM others UNION SELECT other FROM others) x
    UNION ALL
    SELECT d.root, a.id FROM down d JOIN customers_identityact a ON a.undoes_id = d.id
), last AS (SELECT root, max(id) AS id FROM down GROUP BY root)
SELECT DISTINCT others.act
FROM others JOIN last m ON m.root = others.root JOIN last o ON o.root = others.other
WHERE o.id > m.id
"""
