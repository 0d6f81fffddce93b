"""Open cases that turn out to be one concern after their messages came: joined, as long as nobody has worked in one.

Who wrote may be found out later (an export, a decision about identity), or what lies between two cases in time comes
last; so the order of arrival decides nothing (cases.topics). Each join is a deed of nobody's, which a person undoes by
one click (cases.regrouping).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from django.db import transaction

from rundblick.cases.models import Case
from rundblick.cases.regrouping import RegroupingError, join
from rundblick.cases.topics import SHOWN, WHY, Concern, joins_due, mark_apart
from rundblick.core.database import cursor
from rundblick.core.locks import lock_all
from rundblick.core.registry import Cursor

FRESH: Final = timedelta(days=2)  # what was opened longer ago was seen, and stays as it is

# customers and topics with a case that was opened lately, and another one
_WORTH: Final = """
SELECT DISTINCT c.customer_id, c.topic FROM cases_case c JOIN cases_case o
    ON o.customer_id = c.customer_id AND o.topic = c.topic AND o.id <> c.id
    AND o.system_id IS NULL AND o.merged_into_id IS NULL AND o.topic <> '' AND o.state IN ('new', 'open', 'pending')
WHERE c.system_id IS NULL AND c.merged_into_id IS NULL AND c.topic <> '' AND c.state IN ('new', 'open', 'pending')
  AND c.created_at > %s
"""
_CONCERNS: Final = (
    SHOWN
    + """
AND (c.customer_id, c.topic) IN (SELECT * FROM unnest(%s::bigint[], %s::text[])) ORDER BY c.customer_id, c.topic, c.id
"""
)
_FRESH_ONES: Final = "SELECT id FROM cases_case WHERE id = ANY(%s) AND created_at > %s"


def join_same_topic(now: datetime | None = None) -> int:
    """Join what is one concern by now; gives how many cases went on in another one."""
    at = now or datetime.now(UTC)
    with cursor() as cur:
        if not _due(cur, at):
            return 0
    with transaction.atomic(), cursor() as cur:
        lock_all(cur)
        done = 0
        for case, into, last in _due(cur, at):
            try:  # as if its messages had come there at once: what is said of the case does not tell when it was joined
                join(Case.objects.get(pk=case), Case.objects.get(pk=into), None, at=last, why=WHY)
            except RegroupingError:  # a person was faster
                continue
            done += 1
        return done


def _due(cur: Cursor, now: datetime) -> list[tuple[int, int, datetime]]:
    """(case, case that it goes on in, when something was last said in both)"""
    cur.execute(_WORTH, (now - FRESH,))
    worth = cur.fetchall()
    if not worth:
        return []
    cur.execute(_CONCERNS, ([customer for customer, _ in worth], [topic for _, topic in worth]))
    concerns = [Concern(*row) for row in cur.fetchall()]
    mark_apart(cur, concerns)
    found = []
    for _, group in groupby(concerns, key=lambda one: (one.customer, one.topic)):
        found += list(joins_due(list(group)))
    if not found:
        return []
    cur.execute(_FRESH_ONES, ([case for case, *_ in found], now - FRESH))
    fresh = {case for (case,) in cur.fetchall()}
    return [one for one in found if one[0] in fresh]
