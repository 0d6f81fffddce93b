"""The desk's reading statements: each fills one part of one page with one round trip, whatever the number of rows."""

from __future__ import annotations

# the words under a subject: the newest message of each case that is no note
SNIPPETS = """
SELECT c.id, left(mc.text, 300)
FROM unnest(%s::bigint[]) AS c(id)
CROSS JOIN LATERAL (
    SELECT m.id FROM cases_message m
    WHERE m.case_id = c.id AND NOT m.superseded AND m.direction <> 'note'
    ORDER BY m.at DESC, m.seq DESC LIMIT 1
) AS newest
JOIN cases_messagecontent mc ON mc.message_id = newest.id
"""

# why a message went where it went: what came of its delivery when it went through
WHY = """
SELECT o.stages, s.code, s.kind, s.name
FROM intake_outcome o
JOIN core_delivery d ON d.id = o.delivery_id
JOIN core_source s ON s.id = d.source_id
WHERE o.delivery_id = %s AND o.stages IS NOT NULL AND o.stages ? 'read'
ORDER BY o.id DESC LIMIT 1
"""

# every attempt at one delivery
ATTEMPTS = """
SELECT d.received_at, d.recorded_at, o.kind, o.at
FROM core_delivery d LEFT JOIN intake_outcome o ON o.delivery_id = d.id
WHERE d.id = %s ORDER BY o.id
"""

# how a system knew the people of a case
RECORD_NAMES = """
SELECT DISTINCT ON (v.record_id) v.record_id, v.key, v.facts, s.code
FROM customers_recordversion v
JOIN customers_sourcerecord r ON r.id = v.record_id
JOIN core_system s ON s.id = r.system_id
WHERE v.record_id = ANY(%s)
ORDER BY v.record_id, v.seen_at DESC, v.id DESC
"""

# what came through each record, to say what a split takes along
WITH_RECORDS = """
SELECT r.id, r.uuid, s.code, s.name, v.key, v.facts, v.seen_at,
       (SELECT count(*) FROM cases_message m WHERE m.record_id = r.id AND NOT m.superseded),
       (SELECT count(*) FROM cases_case k WHERE k.concerned_id = r.id AND k.merged_into_id IS NULL),
       (SELECT count(*) FROM customers_order o WHERE o.record_id = r.id),
       (SELECT count(*) FROM voice_rating g WHERE g.record_id = r.id AND NOT g.superseded)
FROM customers_assignment a
JOIN customers_sourcerecord r ON r.id = a.record_id
JOIN core_system s ON s.id = r.system_id
LEFT JOIN LATERAL (
    SELECT v.key, v.facts, v.seen_at FROM customers_recordversion v
    WHERE v.record_id = r.id ORDER BY v.seen_at DESC, v.id DESC LIMIT 1
) v ON true
WHERE a.customer_id = %s AND a.valid_to IS NULL
ORDER BY s.code, r.id LIMIT %s
"""

# A customer's contacts, newest first, strictly after the place (at, last); the records are those of his that are
# current. Each record is walked backwards on its own, and no more than ``looks`` of the newest are looked through:
# the first two columns say how far that was, NULL when it was everything. A row without a time is only that.
CUSTOMER_MESSAGES = """
WITH looked AS MATERIALIZED (
    SELECT m.* FROM unnest(%(records)s::bigint[]) AS r(id)
    CROSS JOIN LATERAL (
        SELECT x.id, x.uuid, x.at, x.channel, x.direction, x.sender, x.case_id, x.system_id, x.person_id
        FROM cases_message x
        WHERE x.record_id = r.id AND NOT x.superseded AND x.at <= %(at)s AND x.at >= %(since)s
          AND (x.at < %(at)s OR x.id < %(last)s)
        ORDER BY x.at DESC, x.id DESC LIMIT %(looks)s
    ) m
    ORDER BY m.at DESC, m.id DESC LIMIT %(looks)s
),
reached AS (
    SELECT min(at) AS at, (SELECT id FROM looked ORDER BY at, id LIMIT 1) AS id
    FROM looked HAVING count(*) >= %(looks)s
)
SELECT reached.at, reached.id, t.*
FROM (SELECT 1) AS always LEFT JOIN reached ON true
LEFT JOIN LATERAL (
    SELECT m.at, m.id, m.uuid, m.channel, m.direction, m.sender, k.uuid, k.number, s.code, s.name,
           mc.subject, left(mc.text, 1200)
    FROM looked m
    LEFT JOIN cases_case k ON k.id = m.case_id
    LEFT JOIN cases_messagecontent mc ON mc.message_id = m.id
    LEFT JOIN core_system s ON s.id = m.system_id
    WHERE m.direction = ANY(%(directions)s) AND (%(channel)s = '' OR m.channel = %(channel)s)
      AND (%(system)s = '' OR s.code = %(system)s) AND (%(mine)s::bigint IS NULL OR m.person_id = %(mine)s)
      AND (%(all)s OR k.id IS NULL OR k.customer_id = %(customer)s OR k.owner_team_id = ANY(%(teams)s::bigint[])
           OR k.owner_person_id = ANY(%(people)s::bigint[]))
      AND (%(words)s::text[] = '{}' OR (coalesce(mc.subject, '') || ' ' || coalesce(mc.text, '')) ILIKE ALL(%(words)s))
    ORDER BY m.at DESC, m.id DESC LIMIT %(limit)s
) t ON true
"""

# cases that a system's log opened, without a message of their own
CUSTOMER_CASES = """
SELECT NULL::timestamptz, NULL::bigint,
       k.opened_at, k.id, k.uuid, k.number, k.state, k.channel, k.topic, cc.subject, s.code, s.name
FROM cases_case k
JOIN cases_casecontent cc ON cc.case_id = k.id
LEFT JOIN core_system s ON s.id = k.system_id
WHERE k.customer_id = %(customer)s AND k.merged_into_id IS NULL AND k.messages = 0
  AND k.opened_at IS NOT NULL AND k.opened_at >= %(since)s AND (k.opened_at, k.id) < (%(at)s, %(last)s)
  AND (%(channel)s = '' OR k.channel = %(channel)s) AND (%(system)s = '' OR s.code = %(system)s)
  AND (%(mine)s::bigint IS NULL OR k.owner_person_id = %(mine)s)
  AND (%(words)s::text[] = '{}' OR (cc.subject || ' ' || k.topic) ILIKE ALL(%(words)s))
ORDER BY k.opened_at DESC, k.id DESC LIMIT %(limit)s
"""

CUSTOMER_ORDERS = """
SELECT NULL::timestamptz, NULL::bigint,
       o.at, o.id, o.kind, o.status, o.amount_minor, o.currency, o.article, o.key, o.promised_at, o.done_at,
       s.code, s.name
FROM customers_order o JOIN core_system s ON s.id = o.system_id
WHERE o.record_id = ANY(%(records)s) AND o.at IS NOT NULL AND o.at >= %(since)s AND (o.at, o.id) < (%(at)s, %(last)s)
  AND (%(system)s = '' OR s.code = %(system)s)
  AND (%(words)s::text[] = '{}' OR concat_ws(' ', o.key, o.article, o.status, o.kind) ILIKE ALL(%(words)s))
ORDER BY o.at DESC, o.id DESC LIMIT %(limit)s
"""

CUSTOMER_RATINGS = """
SELECT NULL::timestamptz, NULL::bigint,
       r.at, r.id, r.lane, r.kind, r.value, r.low, r.high, r.portal, s.code, s.name, left(rc.text, 240)
FROM voice_rating r
JOIN core_system s ON s.id = r.system_id
LEFT JOIN voice_ratingcontent rc ON rc.rating_id = r.id
WHERE r.record_id = ANY(%(records)s) AND NOT r.superseded AND r.lane IN ('rating', 'review')
  AND r.at IS NOT NULL AND r.at >= %(since)s AND (r.at, r.id) < (%(at)s, %(last)s)
  AND (%(channel)s = '' OR r.channel = %(channel)s) AND (%(system)s = '' OR s.code = %(system)s)
  AND (%(words)s::text[] = '{}' OR concat_ws(' ', rc.title, rc.text) ILIKE ALL(%(words)s))
ORDER BY r.at DESC, r.id DESC LIMIT %(limit)s
"""

CUSTOMER_LAST_RATINGS = """
SELECT r.at, r.lane, r.kind, r.value, r.low, r.high, r.portal, s.code, s.name, left(rc.text, 160)
FROM voice_rating r
JOIN core_system s ON s.id = r.system_id
LEFT JOIN voice_ratingcontent rc ON rc.rating_id = r.id
WHERE r.record_id = ANY(%(records)s) AND NOT r.superseded AND r.lane IN ('rating', 'review') AND r.at IS NOT NULL
ORDER BY r.at DESC, r.id DESC LIMIT %(most)s
"""

# how many contacts in a year, at most so many counted, whatever the number of records
CUSTOMER_YEAR = """
SELECT count(*), max(m.at) FROM (
    SELECT x.at FROM unnest(%(records)s::bigint[]) AS r(id)
    CROSS JOIN LATERAL (
        SELECT m.at FROM cases_message m
        WHERE m.record_id = r.id AND NOT m.superseded AND m.direction <> 'note' AND m.at > %(since)s
        ORDER BY m.at DESC LIMIT %(most)s
    ) x ORDER BY x.at DESC LIMIT %(most)s
) m
"""

CUSTOMERS_BY_IDENTIFIER = """
SELECT DISTINCT a.customer_id
FROM customers_identifier i JOIN customers_assignment a ON a.record_id = i.record_id AND a.valid_to IS NULL
WHERE i.digest = ANY(%s) LIMIT %s
"""
