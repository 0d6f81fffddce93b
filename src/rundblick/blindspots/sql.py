"""The named statements of the report. Everything is computed as sets; no case is looked at one by one.

``case_facts`` gives one row per case; for a run of many figures ``prepare`` keeps the same rows in temporary tables,
and every saved query (``cases_behind``) is a filter over them, so a figure and its cases cannot drift apart.
Parameters: ``end`` (end of the window), ``zone`` (IANA name of the company's time zone), and those of the promise.
"""

from __future__ import annotations

import re

from rundblick.blindspots.promised import clocked
from rundblick.blindspots.repeats import WAIT
from rundblick.core.promises import Promise

WORK_MEM = "64MB"
"""Memory of one sort or hash; the facts take a handful of them, one after the other."""

PAST_HOURS = 72
"""The outer limit: what is not resolved by then has failed, whatever was promised."""

# Who spoke with the customer as a person: whoever wrote to him, and whoever he reached on a channel on which one talks.
_SPOKE = (
    "(m.direction = 'out' AND m.dispatch IN ('', 'sent') "
    "OR m.direction = 'in' AND m.channel IN ('phone', 'chat', 'branch'))"
)

OPEN = "('new', 'open', 'pending')"

# Who had the case, in event order: time, the source's own counter, then the entry's identity, as cases.folding does,
# so that no figure hangs on the order of arrival. The team that a case falls to when nothing is known is no
# assignment; but whoever hands a case over in our desk (such entries have a cause) takes it from there, or from the
# team that the rules gave it. That the rules
# gave a team's case to one of its people (cause "routed") is no hand-over. Contacts tell who had it only where no log
# does.
_TOLD = "(NOT t.is_default OR e.person_id IS NOT NULL OR e.cause <> '')"
STREAM = f"""
stream AS MATERIALIZED (
    SELECT e.case_id, e.at, e.seq, e.identity, e.person_id, e.cause NOT IN ('', 'routed') AS in_desk, e.cause,
           CASE WHEN NOT t.is_default OR e.cause <> '' THEN e.team_id END AS team_id
    FROM cases_caseentry e LEFT JOIN people_team t ON t.id = e.team_id
    WHERE NOT e.superseded AND {_TOLD} /*among e.case_id*/
    UNION ALL
    SELECT handed.case_id, handed.at, handed.seq, '', NULL, false, '', coalesce(k.routed_team_id, d.id)
    FROM people_team d CROSS JOIN (
        SELECT DISTINCT ON (e.case_id) e.case_id, e.at, e.seq, e.cause
        FROM cases_caseentry e LEFT JOIN people_team t ON t.id = e.team_id
        WHERE NOT e.superseded AND (e.team_id IS NOT NULL OR e.person_id IS NOT NULL) AND {_TOLD}
          AND e.case_id IN (SELECT case_id FROM cases_caseentry WHERE cause <> '') /*among e.case_id*/
        ORDER BY e.case_id, e.at, e.seq, e.identity) AS handed
    JOIN cases_case k ON k.id = handed.case_id
    WHERE d.is_default AND handed.cause NOT IN ('', 'routed')
    UNION ALL
    SELECT m.case_id, m.at, m.seq, m.identity, m.person_id, false, '', CASE WHEN NOT t.is_default THEN m.team_id END
    FROM cases_message m LEFT JOIN people_team t ON t.id = m.team_id
    WHERE NOT m.superseded AND m.case_id IS NOT NULL AND (NOT t.is_default OR m.person_id IS NOT NULL)
      /*among m.case_id*/
      AND NOT EXISTS (
          SELECT FROM cases_caseentry e LEFT JOIN people_team t ON t.id = e.team_id
          WHERE e.case_id = m.case_id AND NOT e.superseded AND {_TOLD})
),
runs AS (
    SELECT *, count(team_id) OVER (PARTITION BY case_id ORDER BY at, seq, identity) AS team_run FROM stream
),
places AS (
    SELECT *, max(team_id) OVER (PARTITION BY case_id, team_run) AS team_now FROM runs  -- one known team in each run
),
moves AS MATERIALIZED (
    -- partitioned by known/unknown as well, lag() gives the last KNOWN team or person; the first assignment is no move
    SELECT case_id, at, seq, identity, team_id, person_id, in_desk, cause, team_now,
           lag(team_id) OVER (PARTITION BY case_id, team_id IS NULL ORDER BY at, seq, identity) AS team_before,
           lag(person_id) OVER persons AS person_before, lag(team_now) OVER persons AS team_of_person_before
    FROM places
    WINDOW persons AS (PARTITION BY case_id, person_id IS NULL ORDER BY at, seq, identity)
),
held AS MATERIALIZED (
    SELECT case_id,
           count(*) FILTER (WHERE cause <> 'routed' AND (team_id <> team_before OR person_id <> person_before))
               AS handovers_derived,
           count(*) FILTER (WHERE in_desk AND (team_id <> team_before OR person_id <> person_before)) AS in_desk,
           count(*) FILTER (WHERE team_id <> team_before) AS team_changes,
           -- inside one team: the last known one was the same when the person before had the case
           count(*) FILTER (WHERE cause <> 'routed' AND person_id <> person_before
                            AND team_now IS NOT DISTINCT FROM team_of_person_before) AS person_changes,
           count(DISTINCT person_id) AS people,
           count(DISTINCT team_id) AS teams
    FROM moves GROUP BY case_id
),
pingpong AS MATERIALIZED (
    SELECT case_id, count(*) AS returns
    FROM (SELECT case_id, team_id,
                 lag(team_before) OVER (PARTITION BY case_id ORDER BY at, seq, identity) AS team_two_before
          FROM moves WHERE team_id <> team_before) AS team_moves
    WHERE team_id = team_two_before GROUP BY case_id
),
partners AS MATERIALIZED (SELECT id FROM people_team WHERE is_partner),
-- over the company's border: from one of ours to an outside firm, or back; and how long a case lay outside
border AS MATERIALIZED (
    SELECT case_id,
           count(*) FILTER (WHERE team_id <> team_before AND outside <> (team_before IN (SELECT id FROM partners)))
               AS border,
           sum(extract(epoch FROM greatest(least(till, resolved_at, %(end)s) - at, interval '0')) / 3600.0)
               FILTER (WHERE outside) AS outside_hours
    FROM (SELECT m.case_id, m.at, m.team_id, m.team_before, m.team_id IN (SELECT id FROM partners) AS outside,
                 lead(m.at) OVER (PARTITION BY m.case_id ORDER BY m.at, m.seq, m.identity) AS till, k.resolved_at
          FROM moves m JOIN cases_case k ON k.id = m.case_id
          WHERE m.team_id IS NOT NULL AND EXISTS (SELECT FROM partners)) AS stays
    GROUP BY case_id
),
spoken AS MATERIALIZED (
    SELECT m.case_id, count(DISTINCT m.person_id) AS talked FROM cases_message m
    WHERE m.case_id IS NOT NULL AND m.person_id IS NOT NULL AND m.sender = 'human' AND NOT m.superseded AND {_SPOKE}
      /*among m.case_id*/
    GROUP BY m.case_id
)"""

_REOPENED = f"""
reopened AS MATERIALIZED (
    SELECT case_id, bool_or(resolved_before AND state IN {OPEN}) AS reopened_derived,
           bool_or(resolved_before) AS was_resolved
    FROM (SELECT case_id, state,
                 bool_or(state = 'resolved') OVER (PARTITION BY case_id ORDER BY at, seq, identity) AS resolved_before
          FROM cases_caseentry WHERE NOT superseded AND state <> '' /*among case_id*/) AS states
    GROUP BY case_id
)"""

# A contact is what a person sent us, in a case or not: a call that nobody made a case of is one too. Where a system
# keeps cases and no contacts, the opening is the one contact; it has no precision of its own.
CONTACTS_TABLE = "blindspot_contact"
_CONTACT = """
    SELECT m.case_id, CASE WHEN m.case_id IS NULL THEN a.customer_id ELSE k.customer_id END AS customer_id,
           coalesce(nullif(m.topic, ''), k.topic, '') AS topic, m.at, m.channel, m.precision,
           coalesce(k.system_id, m.system_id) AS system_id
    FROM cases_message m
    LEFT JOIN cases_case k ON k.id = m.case_id
    LEFT JOIN customers_assignment a ON m.case_id IS NULL AND a.record_id = m.record_id AND a.valid_to IS NULL
    WHERE m.direction = 'in' AND m.sender = 'human' AND NOT m.superseded AND k.merged_into_id IS NULL
    UNION ALL
    SELECT k.id, k.customer_id, k.topic, k.opened_at, k.channel, '', k.system_id
    FROM cases_case k
    WHERE k.merged_into_id IS NULL AND k.opened_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM cases_message m
        WHERE m.case_id = k.id AND m.direction = 'in' AND m.sender = 'human' AND NOT m.superseded)
"""
CONTACTS = f"contacts AS MATERIALIZED ({_CONTACT})"
CONTACTS_PREPARED = f"contacts AS NOT MATERIALIZED (SELECT * FROM {CONTACTS_TABLE})"

_CONTACTED = f"""
contacted AS MATERIALIZED (
    SELECT c.case_id,
           count(*) AS contacts,
           count(*) FILTER (WHERE k.resolved_at IS NULL OR c.at <= k.resolved_at) AS contacts_before,
           min(c.at) FILTER (
               WHERE c.at > k.resolved_at AND c.at <= k.resolved_at + {WAIT.format(k="k")} * interval '1 day'
           ) AS own_after,
           count(DISTINCT nullif(c.channel, '')) AS channels,
           bool_or(c.precision = '') AS opening_is_contact
    FROM contacts c JOIN cases_case k ON k.id = c.case_id GROUP BY c.case_id
)"""

# Further contacts of the same customer on the same topic in other cases, until so many days after the resolution; a
# second case that was opened while the first one was open is a repeated contact too.
_FURTHER = f"""
    c.customer_id = k.customer_id AND c.topic = k.topic AND c.case_id IS DISTINCT FROM k.id
    AND (c.at, c.case_id) > (k.opened_at, k.id) AND c.at <= k.resolved_at + {WAIT.format(k="k")} * interval '1 day'"""
_OTHERS = f"""
others AS MATERIALIZED (
    SELECT k.id AS case_id, min(c.at) FILTER (WHERE c.at > k.resolved_at) AS after_at
    FROM cases_case k JOIN contacts c ON {_FURTHER}
    WHERE k.merged_into_id IS NULL AND k.topic <> '' GROUP BY k.id
)"""
# The same over the indexed table: one look for each case, however many contacts one customer has.
_OTHERS_PREPARED = f"""
others AS MATERIALIZED (
    SELECT k.id AS case_id, later.at AS after_at
    FROM cases_case k
    CROSS JOIN LATERAL (SELECT FROM {CONTACTS_TABLE} c WHERE {_FURTHER} LIMIT 1) AS one
    LEFT JOIN LATERAL (SELECT c.at FROM {CONTACTS_TABLE} c
                       WHERE {_FURTHER} AND c.at > k.resolved_at ORDER BY c.at LIMIT 1) AS later ON true
    WHERE k.merged_into_id IS NULL AND k.topic <> '' /*among k.id*/
)"""

_FACTS = f"""
facts AS (
    SELECT k.id, k.number, k.customer_id, k.state, k.channel, k.topic, k.tier,
           k.promise_kept AS promise_source, w.kept AS promise_derived, coalesce(k.promise_kept, w.kept) AS promise,
           w.reaction_kept, w.resolution_kept, w.half AS promise_half,
           k.opened_at, k.first_reply_at, k.system_id,
           CASE WHEN k.resolved_at >= k.opened_at OR k.opened_at IS NULL THEN k.resolved_at END AS resolved_at,
           extract(epoch FROM k.resolved_at - k.opened_at) / 86400.0 AS resolution_days,
           extract(epoch FROM k.first_reply_at - k.opened_at) / 3600.0 AS reply_hours,
           k.reassignments + coalesce(h.in_desk, 0) AS handovers_source, h.handovers_derived,
           coalesce(k.reassignments + coalesce(h.in_desk, 0), h.handovers_derived) AS handovers,
           h.team_changes, h.person_changes,
           CASE WHEN h.teams > 0 THEN coalesce(p.returns, 0) END AS returns,
           nullif(h.people, 0) AS people, nullif(h.teams, 0) AS teams,
           k.reopens > 0 AS reopened_source, r.reopened_derived,
           coalesce(k.reopens > 0, r.reopened_derived) AS reopened,
           coalesce(r.was_resolved AND k.state IN ('resolved', 'closed'), false) AS was_resolved,
           coalesce(c.contacts, 0) AS contacts, coalesce(c.contacts_before, 0) AS contacts_before,
           coalesce(c.channels, 0) AS channels, coalesce(c.opening_is_contact, false) AS opening_is_contact,
           least(c.own_after, o.after_at) AS came_back_at,
           c.own_after IS NOT NULL OR o.case_id IS NOT NULL AS repeated,
           {WAIT.format(k="k")} AS wait_days,
           k.system_id IS NULL OR bool_or(k.resolved_at IS NOT NULL) OVER (PARTITION BY k.system_id)
               AS tells_resolutions,
           CASE WHEN EXISTS (SELECT FROM partners) AND h.case_id IS NOT NULL THEN coalesce(b.border, 0) END AS border,
           b.outside_hours, s.talked
    FROM cases_case k
    LEFT JOIN held h ON h.case_id = k.id
    LEFT JOIN pingpong p ON p.case_id = k.id
    LEFT JOIN border b ON b.case_id = k.id
    LEFT JOIN spoken s ON s.case_id = k.id
    LEFT JOIN reopened r ON r.case_id = k.id
    LEFT JOIN contacted c ON c.case_id = k.id
    LEFT JOIN others o ON o.case_id = k.id
    LEFT JOIN clocked w ON w.case_id = k.id
    -- a case that only keeps something unreadable is shown in the desk and counts in no figure
    WHERE k.merged_into_id IS NULL AND NOT (k.flagged AND k.messages = 0 AND NOT EXISTS (
        SELECT FROM cases_caseentry e WHERE e.case_id = k.id AND NOT e.superseded))
)
SELECT f.id, f.number, f.customer_id, f.state, f.channel, f.topic, f.tier, f.opened_at, f.resolved_at, f.system_id,
       f.promise_source, f.promise_derived, f.promise, f.reaction_kept, f.resolution_kept, f.promise_half,
       CASE WHEN f.resolution_days >= 0 THEN f.resolution_days END AS resolution_days,
       CASE WHEN f.reply_hours >= 0 THEN f.reply_hours END AS reply_hours,
       coalesce(f.resolution_days < 0, false) AS impossible,
       f.handovers_source, f.handovers_derived, f.handovers, f.team_changes, f.person_changes, f.returns,
       f.people, f.teams, f.reopened_source, f.reopened_derived, f.reopened, f.was_resolved,
       f.contacts, f.contacts_before, f.channels, f.opening_is_contact, f.came_back_at,
       CASE WHEN f.customer_id IS NULL OR f.topic = '' OR f.resolved_at IS NULL OR f.opened_at IS NULL
                 THEN 'not_judgeable'
            WHEN f.resolved_at > %(end)s - f.wait_days * interval '1 day' THEN 'open'
            WHEN f.contacts_before <= 1 AND coalesce(f.handovers, 0) = 0 AND NOT coalesce(f.reopened, false)
                 AND NOT f.repeated THEN 'yes'
            ELSE 'no' END AS first_contact,
       f.contacts_before <= 1 AND NOT coalesce(f.reopened, false) AND NOT f.repeated AS one_contact,
       CASE WHEN f.opened_at <= %(end)s - {PAST_HOURS} * interval '1 hour' AND f.tells_resolutions
                 AND NOT coalesce(f.resolution_days < 0, false) AND NOT (f.resolved_at IS NULL AND f.was_resolved)
            THEN f.resolved_at IS NULL OR f.resolved_at > f.opened_at + {PAST_HOURS} * interval '1 hour' END AS past,
       f.border, f.outside_hours, f.talked
FROM facts f WHERE true /*among f.id*/
"""

FACTS_TABLE = "blindspot_case"
_AMONG = re.compile(r"/\*among ([a-z_.]+)\*/")
CLEAR = f"DROP TABLE IF EXISTS {FACTS_TABLE}, {CONTACTS_TABLE}"


def case_facts(promise: Promise | None) -> str:
    """The facts of every case by one statement that needs nothing beside it."""
    return f"WITH {STREAM}, {_REOPENED}, {CONTACTS}, {_CONTACTED}, {_OTHERS}, {clocked(promise)}, {_FACTS}"


def among(statement: str, table: str) -> str:
    """The statement for the cases of a table (column ``id``) alone: the same rows, without looking at all others."""
    return _AMONG.sub(rf"AND \1 IN (SELECT id FROM {table})", statement)


def prepare(promise: Promise | None, cases: str = "") -> tuple[str, ...]:
    """Statements, in order, after which contacts and facts stand in temporary tables for a run of many figures.

    ``cases``: a table whose cases (``id``) are enough; what is known of each is the same.
    """
    common = (STREAM, _REOPENED, CONTACTS_PREPARED, _CONTACTED, _OTHERS_PREPARED, clocked(promise))
    facts = f"WITH {', '.join(common)}, {_FACTS}"
    if cases:
        facts = among(facts, cases)
    return (
        CLEAR,
        f"CREATE TEMPORARY TABLE {CONTACTS_TABLE} AS {_CONTACT}",
        f"CREATE INDEX ON {CONTACTS_TABLE} (customer_id, topic, at, case_id)",
        f"ANALYZE {CONTACTS_TABLE}",
        f"CREATE TEMPORARY TABLE {FACTS_TABLE} AS SELECT f.*, hashint8extended(f.id, 8) AS draw FROM ({facts}) AS f",
        f"CREATE INDEX ON {FACTS_TABLE} (draw)",
        f"ANALYZE {FACTS_TABLE}",
    )


CONTACT_HOURS = f"""
WITH {CONTACTS_PREPARED},
timed AS (
    SELECT c.customer_id, c.case_id, c.at AT TIME ZONE %(zone)s AS at
    FROM contacts c
    WHERE c.precision <> 'day' AND (c.system_id IS NULL OR NOT c.system_id = ANY(%(day_systems)s))
)
SELECT extract(isodow FROM at)::int - 1 AS day, extract(hour FROM at)::int AS hour, count(*) AS n,
       count(DISTINCT coalesce(customer_id, -case_id)) AS persons
FROM timed GROUP BY 1, 2
"""

# An answer is what a person of ours sent; where a system keeps only a log, the moment at which it was resolved.
ANSWER_HOURS = """
WITH answers AS (
    SELECT m.at, m.person_id AS person FROM cases_message m
    WHERE m.direction = 'out' AND m.sender = 'human' AND NOT m.superseded AND m.precision <> 'day'
    UNION ALL
    SELECT e.at, coalesce(e.updated_by_id, e.person_id)
    FROM cases_caseentry e JOIN cases_case k ON k.id = e.case_id
    WHERE e.state = 'resolved' AND NOT e.superseded
      AND (k.system_id IS NULL OR NOT k.system_id = ANY(%(day_systems)s))
      AND NOT EXISTS (SELECT FROM cases_message m
                      WHERE m.case_id = e.case_id AND m.direction = 'out' AND NOT m.superseded)
), timed AS (SELECT at AT TIME ZONE %(zone)s AS at, person FROM answers)
SELECT extract(isodow FROM at)::int - 1 AS day, extract(hour FROM at)::int AS hour, count(*) AS n,
       count(DISTINCT person) AS persons
FROM timed GROUP BY 1, 2
"""

CUSTOMER_CHANNELS = f"""
WITH {CONTACTS_PREPARED}
SELECT channels, count(*) FROM (
    SELECT customer_id, count(*) AS channels
    FROM (SELECT DISTINCT customer_id, channel FROM contacts WHERE customer_id IS NOT NULL AND channel <> '') AS used
    GROUP BY customer_id) AS of_customer
GROUP BY channels
"""

# Systems whose opening times all fall on local midnight tell days, not hours.
DAY_SYSTEMS = """
SELECT system_id FROM cases_case WHERE opened_at IS NOT NULL AND system_id IS NOT NULL
GROUP BY system_id
HAVING bool_and((opened_at AT TIME ZONE %(zone)s)::time = '00:00') AND count(*) > 1
"""

# A date in the future is a slip of the pen: it does not move the end, else the end would move with every run.
WINDOW = """
SELECT least((SELECT min(opened_at) FROM cases_case),
             (SELECT min(at) FROM cases_caseentry WHERE NOT superseded),
             (SELECT min(at) FROM cases_message WHERE NOT superseded),
             (SELECT min(at) FROM voice_rating WHERE NOT superseded)),
       greatest((SELECT max(opened_at) FROM cases_case WHERE opened_at <= %(now)s),
                (SELECT max(resolved_at) FROM cases_case WHERE resolved_at <= %(now)s),
                (SELECT max(closed_at) FROM cases_case WHERE closed_at <= %(now)s),
                (SELECT max(at) FROM cases_caseentry WHERE NOT superseded AND at <= %(now)s),
                (SELECT max(at) FROM cases_message WHERE NOT superseded AND at <= %(now)s),
                (SELECT max(at) FROM voice_rating WHERE NOT superseded AND at <= %(now)s))
"""
