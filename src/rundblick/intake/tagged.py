"""Messages whose subject names a case that their sender took no part in when they came: looked at again.

The case may have come later than the message (an export), or that the sender is somebody who takes part (identity); so
the order of arrival decides nothing. Joined is what belongs together by then; a stranger's message stays alone.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction

from rundblick.cases.folding import fold
from rundblick.cases.routing.following import follow_rules
from rundblick.cases.threading import Placing, legacy_systems, numbers_in, place, tags_in
from rundblick.core.announcing import announce_cases
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.locks import lock_all
from rundblick.core.registry import Cursor
from rundblick.intake import recording

MOST: Final = 500
FORGOTTEN_AFTER: Final = timedelta(days=90)  # a case that has not come by then does not come

_WAITING: Final = """
SELECT w.message_id, m.record_id, c.subject, array_agg(k.digest)
FROM cases_waitingtag w JOIN cases_message m ON m.id = w.message_id
JOIN cases_messagecontent c ON c.message_id = m.id JOIN cases_threadkey k ON k.message_id = m.id
WHERE w.message_id > %s AND m.case_id IS NOT NULL AND m.record_id IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY 1 LIMIT %s
"""
_FORGET: Final = "DELETE FROM cases_waitingtag WHERE message_id = ANY(%s) OR since < now() - %s::interval"


class TaggedSweep:
    """Looks at a portion each time it is called, round and round; says how many messages came to their case."""

    def __init__(self) -> None:
        self._after = 0

    def __call__(self) -> int:
        joined, self._after = join_tagged(self._after)
        return joined


def join_tagged(after: int = 0, most: int = MOST) -> tuple[int, int]:
    """Join what can be joined by now, from this message on; gives (how many, where to go on: 0 at the end)."""
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT EXISTS (SELECT FROM cases_waitingtag)")
        row = cur.fetchone()
        if row is None or not row[0]:
            return 0, 0
        lock_all(cur)
        return _join(cur, after, most)


def join_all_tagged() -> int:
    """All of them: at the end of an import. Gives how many messages came to their case."""
    total, after = 0, 0
    while True:
        joined, after = join_tagged(after)
        total += joined
        if not after:
            return total


def _join(cur: Cursor, after: int, most: int) -> tuple[int, int]:
    cur.execute(_WAITING, (after, most))
    rows = cur.fetchall()
    if not rows:
        return 0, 0
    digests = Digests(bytes(installation().salt))
    systems = legacy_systems(cur)
    placings = []
    for _message, record, subject, keys in rows:
        tags = tuple((id_, digests.case(code, tag)) for code, id_ in systems.items() for tag in tags_in(subject))
        own = tuple(bytes(key) for key in keys)
        placing = Placing(keys=own, needs_case=False, record=record, waits=True)
        placing.numbers, placing.tags = numbers_in(subject), tags
        placings.append(placing)
    placed = place(cur, placings)
    recording.join_cases(cur, placed.joins)
    touched = sorted({case for _absorbed, case in placed.joins})
    fold(cur, touched)
    follow_rules(cur, touched)
    if touched:
        announce_cases(cur, touched)
    done = [row[0] for row, placing in zip(rows, placings, strict=True) if not placing.waits]
    cur.execute(_FORGET, (done, FORGOTTEN_AFTER))
    return len(done), rows[-1][0] if len(rows) == most else 0
