"""``rundblick verify`` of who had the cases: each hand-over against the entry of the log that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rundblick.core.registry import Cursor
from rundblick.core.verification import Difference, Options

# to whom: what the entry names
_ENTRY: Final = """
SELECT h.entry_id, COALESCE(h.to_person_id::text, '-') || '/' || COALESCE(h.to_team_id::text, '-'),
       COALESCE(e.person_id::text, '-') || '/' || COALESCE(e.team_id::text, '-')
FROM cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id
WHERE (h.to_person_id, h.to_team_id) IS DISTINCT FROM (e.person_id, e.team_id)
"""
_CAUSE: Final = """
SELECT h.entry_id, e.cause FROM cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id
WHERE e.cause IN ('', 'given_back')
"""
_SETTLED: Final = """
SELECT h.entry_id, h.state, CASE WHEN h.settled_at IS NULL THEN 'no time' ELSE 'a time' END FROM cases_handover h
WHERE h.state NOT IN ('offered', 'accepted', 'given_back', 'passed_on')
   OR (h.state = 'offered') <> (h.settled_at IS NULL)
"""
_TWICE: Final = """
SELECT e.case_id, count(*) FROM cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id
WHERE h.state = 'offered' GROUP BY e.case_id HAVING count(*) > 1
"""
# What was given back is followed by the entry that says so, and only that is.
_BACK: Final = """
SELECT h.entry_id, 'given_back', 'an entry of it' FROM cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id
WHERE h.state = 'given_back' AND NOT EXISTS (
    SELECT FROM cases_caseentry b WHERE b.cause = 'given_back' AND b.at = h.settled_at)
"""
# What is offered is his to whom it is, as long as the log names nobody after it and he is there.
_OWNER: Final = """
SELECT c.id, COALESCE(c.owner_person_id::text, '-') || '/' || COALESCE(c.owner_team_id::text, '-'),
       COALESCE(h.to_person_id::text || '/-', '-/' || COALESCE(h.to_team_id::text, '-'))
FROM cases_handover h JOIN cases_caseentry e ON e.id = h.entry_id JOIN cases_case c ON c.id = e.case_id
LEFT JOIN people_person p ON p.id = h.to_person_id LEFT JOIN people_team t ON t.id = h.to_team_id
WHERE h.state = 'offered' AND c.merged_into_id IS NULL AND c.state IN ('new', 'open', 'pending')
  AND CASE WHEN h.to_person_id IS NOT NULL THEN p.left_at IS NULL ELSE t.closed_at IS NULL END
  AND (c.owner_person_id, c.owner_team_id)
      IS DISTINCT FROM (h.to_person_id, CASE WHEN h.to_person_id IS NULL THEN h.to_team_id END)
  AND NOT EXISTS (
      SELECT FROM cases_caseentry n
      WHERE n.case_id = c.id AND NOT n.superseded AND (n.person_id IS NOT NULL OR n.team_id IS NOT NULL)
        AND (n.at, n.seq, n.identity) > (e.at, e.seq, e.identity))
"""


def handovers(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Each hand-over fits its entry; at most one is offered in a case, and to whom the case belongs."""
    for query, what in ((_ENTRY, "to"), (_BACK, "state"), (_SETTLED, "settled_at")):
        cur.execute(query)
        for row, stored, expected in cur.fetchall():
            yield Difference("cases_handover", row, what, stored, expected)
    cur.execute(_CAUSE)
    for row, cause in cur.fetchall():
        yield Difference("cases_handover", row, "cause", cause, "a cause of a hand-over")
    cur.execute(_TWICE)
    for case, n in cur.fetchall():
        yield Difference("cases_case", case, "handovers", f"{n} offered", "at most 1 offered")
    cur.execute(_OWNER)
    for case, stored, expected in cur.fetchall():
        yield Difference("cases_case", case, "owner", stored, expected)
