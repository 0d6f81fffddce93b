"""What a case shows, folded from its messages and log entries: the one place that says how.

The road runs ``fold`` over the cases a batch touched, in the batch's transaction; ``rundblick verify`` compares
``FOLDED`` with the stored columns for all cases. Nothing here depends on the order in which things arrived.

Rules:
- Entries are ordered by (time, source's counter, identity). A column is its last *known* value; unknown says nothing.
  Only the channel is the first known one: it says how the concern came in.
- The owner is the person of the last entry that names a person or team, else its team, else the team that the rules
  gave it, else the default team. Who has left owns no open case: then it is that entry's team. What a closed team had
  is its successor's.
- A resolution is the source's own time, last known. Where the source has no column for it, it is the first "resolved"
  entry after the last open state. It stands only while the case is resolved or closed; closing is none. A time that is
  older than the last reopening stands no more, unless the source's own counter says that there was no reopening.
- A case of our own that was resolved is open again when its customer writes again, or when an answer comes back as
  undeliverable; an automatic reply changes nothing.
  A case of an export has the state that its source tells.
- The customer concerned is the last one an entry names, else the sender of the first message in.
- The reaction is the first message out that a human wrote after the first one in; an automatic one is none. One that is
  written here is a reaction from when its channel took it, and no more when it came back as undeliverable.
"""

from __future__ import annotations

from collections.abc import Sequence

from rundblick.core.announcing import announce_cases
from rundblick.core.database import along, gathering, settle
from rundblick.core.registry import Cursor

_FOLDED = """
SELECT
    c.id,
    CASE WHEN e.state IS NULL THEN CASE WHEN m.replied THEN 'open' ELSE 'new' END
         WHEN wrote_again THEN 'open' ELSE e.state END AS state,
    COALESCE(e.channel, m.channel, '') AS channel,
    COALESCE(e.topic, m.topic, '') AS topic,
    COALESCE(e.tier, c.ruled_tier) AS tier,
    COALESCE(e.priority, '') AS priority,
    COALESCE(m.language, '') AS language,
    h.owner_person_id,
    CASE WHEN h.owner_person_id IS NOT NULL THEN NULL
         ELSE COALESCE(h.owner_team_id, (SELECT t.id FROM people_team t WHERE t.is_default)) END AS owner_team_id,
    COALESCE(e.record_id, m.record_id) AS concerned_id,
    COALESCE(e.opened_at, LEAST(e.first_at, m.first_at)) AS opened_at,
    COALESCE(e.first_reply_at, m.first_reply_at) AS first_reply_at,
    CASE WHEN e.state NOT IN ('resolved', 'closed') OR e.reopened_since OR wrote_again THEN NULL
         WHEN e.tells_resolution THEN e.resolved_told
         ELSE COALESCE(e.resolved_told, e.resolved_seen) END AS resolved_at,
    CASE WHEN e.state = 'closed' AND NOT wrote_again THEN COALESCE(e.closed_told, e.closed_seen) END AS closed_at,
    COALESCE(GREATEST(e.last_at, m.last_at), c.last_at) AS last_at,
    COALESCE(m.n, 0) AS messages,
    e.reassignments,
    e.reopens,
    e.promise_kept
FROM cases_case c
{entries}LEFT JOIN LATERAL (
    SELECT
        count(*) AS n,
        bool_or(x.answered_at IS NOT NULL) AS replied,
        (array_agg(x.channel ORDER BY x.at, x.seq, x.identity))[1] AS channel,
        (array_agg(x.topic ORDER BY x.at, x.seq, x.identity) FILTER (WHERE x.topic <> ''))[1] AS topic,
        (array_agg(x.language ORDER BY x.at, x.seq, x.identity) FILTER (WHERE x.language <> ''))[1] AS language,
        COALESCE(
            (array_agg(x.record_id ORDER BY x.at, x.seq, x.identity)
                FILTER (WHERE x.direction = 'in' AND x.record_id IS NOT NULL))[1],
            (array_agg(x.record_id ORDER BY x.at, x.seq, x.identity) FILTER (WHERE x.record_id IS NOT NULL))[1]
        ) AS record_id,
        max(x.at) FILTER (WHERE x.direction = 'in' AND x.sender IN ('human', 'bounce_hard')) AS last_in_at,
        min(x.at) AS first_at,
        max(x.at) AS last_at,
        min(x.answered_at) FILTER (WHERE x.answered_at >= x.first_in) AS first_reply_at
    FROM (
        SELECT y.*, min(y.at) FILTER (WHERE y.direction = 'in') OVER () AS first_in,
               CASE WHEN y.direction = 'out' AND y.sender = 'human' AND y.dispatch IN ('', 'sent')
                    THEN COALESCE(y.dispatched_at, y.at) END AS answered_at
        FROM cases_message y WHERE y.case_id = c.id AND NOT y.superseded
    ) x
    HAVING count(*) > 0
) m ON true
CROSS JOIN LATERAL (
    SELECT COALESCE(c.system_id IS NULL AND e.state IN ('resolved', 'closed') AND m.last_in_at > e.state_at, false)
        AS wrote_again
) w
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN w.wrote_again OR COALESCE(e.state, 'new') IN ('new', 'open', 'pending')
             THEN (SELECT p.id FROM people_person p WHERE p.id = e.owner_person_id AND p.left_at IS NULL)
             ELSE e.owner_person_id END AS owner_person_id,
        (SELECT CASE WHEN t.closed_at IS NULL THEN t.id ELSE t.successor_id END FROM people_team t
         WHERE t.id = COALESCE(e.owner_team_id, c.routed_team_id)) AS owner_team_id
) h
WHERE COALESCE(c.merged_into_id, 0) = 0
"""

_ENTRIES = """
LEFT JOIN LATERAL (
    SELECT
        (array_agg(o.state ORDER BY o.rn DESC) FILTER (WHERE o.state <> ''))[1] AS state,
        (array_agg(o.at ORDER BY o.rn DESC) FILTER (WHERE o.state <> ''))[1] AS state_at,
        (array_agg(o.channel ORDER BY o.rn) FILTER (WHERE o.channel <> ''))[1] AS channel,
        (array_agg(o.topic ORDER BY o.rn DESC) FILTER (WHERE o.topic <> ''))[1] AS topic,
        (array_agg(o.tier ORDER BY o.rn DESC) FILTER (WHERE o.tier <> ''))[1] AS tier,
        (array_agg(o.priority ORDER BY o.rn DESC) FILTER (WHERE o.priority <> ''))[1] AS priority,
        (array_agg(o.person_id ORDER BY o.rn DESC)
            FILTER (WHERE o.person_id IS NOT NULL OR o.team_id IS NOT NULL))[1] AS owner_person_id,
        (array_agg(o.team_id ORDER BY o.rn DESC)
            FILTER (WHERE o.person_id IS NOT NULL OR o.team_id IS NOT NULL))[1] AS owner_team_id,
        (array_agg(o.record_id ORDER BY o.rn DESC) FILTER (WHERE o.record_id IS NOT NULL))[1] AS record_id,
        (array_agg(o.opened_at ORDER BY o.rn DESC) FILTER (WHERE o.opened_at IS NOT NULL))[1] AS opened_at,
        (array_agg(o.first_reply_at ORDER BY o.rn DESC)
            FILTER (WHERE o.first_reply_at IS NOT NULL))[1] AS first_reply_at,
        (array_agg(o.resolved_at ORDER BY o.rn DESC) FILTER (WHERE o.resolved_at IS NOT NULL))[1] AS resolved_told,
        (array_agg(o.at ORDER BY o.rn) FILTER (WHERE o.state = 'resolved' AND o.rn > o.last_open))[1]
            AS resolved_seen,
        (array_agg(o.closed_at ORDER BY o.rn DESC) FILTER (WHERE o.closed_at IS NOT NULL))[1] AS closed_told,
        (array_agg(o.at ORDER BY o.rn) FILTER (WHERE o.state = 'closed' AND o.rn > o.last_open))[1] AS closed_seen,
        (array_agg(o.promise_kept ORDER BY o.rn DESC) FILTER (WHERE o.promise_kept IS NOT NULL))[1] AS promise_kept,
        bool_or(o.tells_resolution) AS tells_resolution,
        bool_or(o.rn = o.last_open AND o.last_open > o.last_resolved AND o.at > o.last_told)
            AND COALESCE(max(o.reopens), 1) > 0 AS reopened_since,
        max(o.reassignments) AS reassignments,
        max(o.reopens) AS reopens,
        min(o.at) AS first_at,
        max(o.at) AS last_at
    FROM (
        SELECT n.*, COALESCE(max(n.rn) FILTER (WHERE n.state IN ('new', 'open', 'pending')) OVER (), 0) AS last_open,
               COALESCE(max(n.rn) FILTER (WHERE n.state = 'resolved') OVER (), 0) AS last_resolved,
               max(n.resolved_at) OVER () AS last_told
        FROM (
            SELECT x.*, row_number() OVER (ORDER BY x.at, x.seq, x.identity, x.id) AS rn
            FROM cases_caseentry x WHERE x.case_id = c.id AND NOT x.superseded
        ) n
    ) o
    HAVING count(*) > 0
) e ON true
"""

# a case without entries: PostgreSQL sets up thirty aggregates for each statement that could need them
_NO_ENTRIES = """
LEFT JOIN LATERAL (
    SELECT NULL::text AS state, NULL::text AS channel, NULL::text AS topic, NULL::text AS tier, NULL::text AS priority,
           NULL::bigint AS owner_person_id, NULL::bigint AS owner_team_id, NULL::bigint AS record_id,
           NULL::timestamptz AS opened_at, NULL::timestamptz AS first_reply_at, NULL::timestamptz AS resolved_told,
           NULL::timestamptz AS resolved_seen, NULL::timestamptz AS closed_told, NULL::timestamptz AS closed_seen,
           NULL::boolean AS promise_kept, NULL::boolean AS tells_resolution, NULL::boolean AS reopened_since,
           NULL::int AS reassignments, NULL::int AS reopens, NULL::timestamptz AS state_at,
           NULL::timestamptz AS first_at, NULL::timestamptz AS last_at
    WHERE false
) e ON true
"""

# The last condition is put so that no partial index matches it: a server that has no statistics yet takes one of the
# inbox for the shorter way to a case by its id, and reads all of it.
FOLDED = _FOLDED.format(entries=_ENTRIES)
FOLDED_WITHOUT_ENTRIES = _FOLDED.format(entries=_NO_ENTRIES)

COLUMNS = (
    "state",
    "channel",
    "topic",
    "tier",
    "priority",
    "language",
    "owner_person_id",
    "owner_team_id",
    "concerned_id",
    "opened_at",
    "first_reply_at",
    "resolved_at",
    "closed_at",
    "last_at",
    "messages",
    "reassignments",
    "reopens",
    "promise_kept",
)

_SET = ", ".join(f"{column} = f.{column}" for column in COLUMNS)

# the concerned participant follows the fold; everybody else who wrote or was named stays as copied
_FOLD = f"""
UPDATE cases_case t SET {_SET}, customer_id = a.customer_id
FROM ({{folded}} AND c.id = ANY(%s)) f
LEFT JOIN customers_assignment a ON a.record_id = f.concerned_id AND a.valid_to IS NULL
WHERE t.id = f.id
RETURNING t.id, t.concerned_id
"""
FOLD = _FOLD.format(folded=FOLDED)
FOLD_WITHOUT_ENTRIES = _FOLD.format(folded=FOLDED_WITHOUT_ENTRIES)

STEP_BACK = """
UPDATE cases_participant p SET part = 'copied' FROM folded
WHERE p.case_id = folded.id AND p.part = 'concerned' AND p.record_id <> folded.concerned_id
RETURNING p.id
"""

PARTICIPANTS = """
INSERT INTO cases_participant (case_id, record_id, part)
SELECT id, concerned_id, 'concerned' FROM folded
WHERE concerned_id IS NOT NULL AND (SELECT count(*) FROM stepped_back) >= 0
ON CONFLICT (case_id, record_id) DO UPDATE SET part = 'concerned' WHERE cases_participant.part <> 'concerned'
"""

SUBJECTS = """
UPDATE cases_casecontent t SET subject = f.subject, record_id = f.record_id
FROM (
    SELECT DISTINCT ON (m.case_id) m.case_id, mc.subject, m.record_id
    FROM cases_message m JOIN cases_messagecontent mc ON mc.message_id = m.id
    WHERE m.case_id = ANY(%s) AND NOT m.superseded AND mc.subject <> ''
      AND NOT EXISTS (SELECT FROM cases_sidemessage s WHERE s.message_id = m.id)
    ORDER BY m.case_id, m.at, m.seq, m.identity
) f
WHERE t.case_id = f.case_id AND (t.subject, t.record_id) IS DISTINCT FROM (f.subject, f.record_id)
"""


def fold(
    cur: Cursor, cases: Sequence[int], *, subjects: Sequence[int] | None = None, with_entries: bool = True
) -> None:
    """Bring the columns of these cases up to what their messages and entries say.

    What cannot have changed may be left out. ``subjects``: those of the cases whose subject may be that of another
    message now (default: all); ``with_entries``: false where none of them has an entry in its log.
    """
    if not cases:
        return
    ids = list(cases)
    asked = ids if subjects is None else list(subjects)
    with gathering(cur):
        settle(cur)
        along(cur, FOLD if with_entries else FOLD_WITHOUT_ENTRIES, (ids,), "folded")
        along(cur, STEP_BACK, (), "stepped_back")
        along(cur, PARTICIPANTS)
        if asked:
            along(cur, SUBJECTS, (asked,))


def customers_moved(cur: Cursor, records: Sequence[int]) -> None:
    """The cached customer of cases follows their concerned record; pages that show them are told."""
    cur.execute(
        "UPDATE cases_case c SET customer_id = a.customer_id FROM customers_assignment a "
        "WHERE a.record_id = c.concerned_id AND a.valid_to IS NULL AND c.concerned_id = ANY(%s) "
        "AND c.customer_id IS DISTINCT FROM a.customer_id RETURNING c.id",
        (list(records),),
    )
    if moved := [case for (case,) in cur.fetchall()]:
        announce_cases(cur, moved)
