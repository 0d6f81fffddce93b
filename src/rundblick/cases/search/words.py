"""The table of all words by letters: counted shortly after a text came, for typing mistakes, compounds and plans.

A trigger drops a word with the last text that holds it, in the transaction that erases it (migration 0011_search).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from rundblick.core.database import cursor
from rundblick.core.following import follow
from rundblick.core.registry import Cursor

READER: Final = "search.words"
KINDS: Final = ("message.received", "message.written", "note.added")
# held for sharing: whoever erases one of them waits, and then finds its words in the table
_COUNT = """
WITH told AS MATERIALIZED (
    SELECT words FROM cases_searchtext WHERE message_id = ANY(%(messages)s)
    AND (attachment_id IS NULL AND %(attachments)s::bigint[] IS NULL OR attachment_id = ANY(%(attachments)s)) FOR SHARE
), found AS (
    SELECT w.word, count(*) AS n FROM told, unnest(tsvector_to_array(told.words)) AS w(word)
    WHERE w.word ~ '^[^0-9@]{2,}$' GROUP BY w.word ORDER BY w.word
)
INSERT INTO cases_word (word, texts) SELECT word, n FROM found
ON CONFLICT (word) DO UPDATE SET texts = cases_word.texts + excluded.texts
"""
_COUNT_ALL = """
INSERT INTO cases_word (word, texts)
SELECT word, ndoc FROM ts_stat('SELECT words FROM cases_searchtext') WHERE word ~ '^[^0-9@]{2,}$' ORDER BY word
"""


def count(cur: Cursor, messages: Sequence[int], attachments: Sequence[int] | None = None) -> None:
    """Count the words of these messages, which are new; or of these of their attachments."""
    if messages:
        files = list(attachments) if attachments is not None else None
        cur.execute(_COUNT, {"messages": list(messages), "attachments": files})


def sweep() -> int:
    """Count the words of what came; begins with what is there already."""
    return follow(
        READER,
        KINDS,
        lambda cur, events: count(cur, sorted({m for event in events for m in event.ids("message")})),
        first=recount,
    )


def recount(cur: Cursor) -> None:
    """Count all words anew; whoever counts new ones waits."""
    cur.execute("LOCK TABLE cases_word IN EXCLUSIVE MODE")
    cur.execute("DELETE FROM cases_word")
    cur.execute(_COUNT_ALL)
    cur.execute("ANALYZE cases_word")


def recount_all() -> int:
    """Count all words anew, in a transaction; gives how many there are."""
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT FROM core_reader WHERE name = %s FOR UPDATE", (READER,))
        recount(cur)
        cur.execute("SELECT count(*) FROM cases_word")
        return int(cur.fetchall()[0][0])
