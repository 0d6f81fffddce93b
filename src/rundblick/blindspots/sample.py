"""What the sample company shows of teams' figures: an outside firm that is marked as one, and time worked in cases."""

from __future__ import annotations

from rundblick.core.database import cursor
from rundblick.people.models import Team

# Invented minutes, the same at every load: whoever was in a case's log, or wrote in it, worked in it before its end.
_WORK = """
INSERT INTO cases_activity (case_id, person_id, begin, "end", seconds)
SELECT w.case_id, w.person_id, w.at - w.seconds * interval '1 second', w.at, w.seconds
FROM (
    SELECT DISTINCT ON (p.case_id, p.person_id) p.case_id, p.person_id, p.at,
           120 + (hashint8(p.case_id * 31 + p.person_id) & 1023) AS seconds
    FROM (SELECT case_id, person_id, at FROM cases_caseentry WHERE NOT superseded AND person_id IS NOT NULL
          UNION ALL
          SELECT case_id, person_id, at FROM cases_message
          WHERE NOT superseded AND person_id IS NOT NULL AND case_id IS NOT NULL AND direction = 'out') AS p
    WHERE p.at > (SELECT max(resolved_at) FROM cases_case) - interval '90 days'
    ORDER BY p.case_id, p.person_id, p.at
) AS w
WHERE NOT EXISTS (SELECT FROM cases_activity)
"""


def show_figures() -> None:
    """Mark the sample's outside firms, and give its last cases the time that people worked in them. Once."""
    Team.objects.filter(name__contains="(Partner)").update(is_partner=True)
    with cursor() as cur:
        cur.execute(_WORK)
