"""What search keeps of each text, written in the transaction that writes the text; and what came before it was kept.

write(cur, [row_of_message(...)])   # a text that is being written
keep_messages(cur, messages)        # texts that changed
fill()                              # sweep: texts of before, newest first
rebuild(tell)                       # everything anew
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from rundblick.cases.search import words
from rundblick.core.database import cursor, insert_rows
from rundblick.core.registry import Cursor
from rundblick.core.searching import VECTOR, token_text

COLUMNS: Final = ("message_id", "case_id", "at", "words")
COMPUTED: Final = (("words", VECTOR),)
AT_ONCE: Final = 1_000

TEXTS = """
SELECT m.id, m.at, c.subject, c.author, c.address, c.recipients::text, c.text
FROM cases_message m JOIN cases_messagecontent c ON c.message_id = m.id
WHERE m.id = ANY(%s)
"""
# changed where it stands, so that words that stay do not go from cases_word for a moment
_ANEW = "ON CONFLICT (message_id, attachment_id) WHERE message_id IS NOT NULL DO UPDATE SET words = EXCLUDED.words"
_FORGET = "DELETE FROM cases_searchtext WHERE message_id = ANY(%s) AND attachment_id IS NULL"
_FORGET_CASES = "DELETE FROM cases_searchtext WHERE case_id = ANY(%s)"


def row_of_message(message: int | None, at: datetime, *texts: str) -> tuple[Any, ...]:
    """What is kept of a message, for ``write``: its subject, author, addresses and text."""
    return message, None, at, token_text(*texts)


def row_of_case(case: int, at: datetime, *texts: str) -> tuple[Any, ...]:
    """What is kept of a case that an export's log opened: its number there and its subject."""
    return None, case, at, token_text(*texts)


def write(cur: Cursor, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keep these rows, which are new."""
    insert_rows(cur, "cases_searchtext", COLUMNS, [row for row in rows if row[3]], computed=COMPUTED)


def keep_messages(cur: Cursor, messages: Sequence[int]) -> None:
    """Make again what is kept of these messages, as their texts are now; nothing of those that were erased."""
    cur.execute(TEXTS, (list(messages),))
    rows = [row_of_message(message, at, *(text or "" for text in texts)) for message, at, *texts in cur.fetchall()]
    kept = [row for row in rows if row[3]]
    insert_rows(cur, "cases_searchtext", COLUMNS, kept, _ANEW, computed=COMPUTED)
    cur.execute(_FORGET, (sorted(set(messages) - {row[0] for row in kept}),))


def keep_cases(cur: Cursor, cases: Sequence[int]) -> None:
    """Make again what is kept of these cases themselves."""
    cur.execute(
        "SELECT c.id, coalesce(c.opened_at, c.last_at), k.key, k.subject FROM cases_case c JOIN cases_casecontent k"
        " ON k.case_id = c.id WHERE c.id = ANY(%s) AND k.key <> ''",
        (list(cases),),
    )
    rows = [row_of_case(*row) for row in cur.fetchall()]
    cur.execute(_FORGET_CASES, (list(cases),))
    write(cur, rows)


def fill() -> int:
    """Keep the next portion of what was written before there was a search, newest first; gives how many rows.

    Two workers do not fill at once; what was done stays done when one is ended.
    """
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT below FROM cases_searchfill WHERE below > 0 FOR UPDATE SKIP LOCKED")
        found = cur.fetchone()
        if found is None:
            return 0
        cur.execute(
            "SELECT message_id FROM cases_messagecontent WHERE message_id < %s ORDER BY message_id DESC LIMIT %s",
            (found[0], AT_ONCE),
        )
        messages = [message for (message,) in cur.fetchall()]
        keep_messages(cur, messages)
        words.count(cur, messages)
        cur.execute("SELECT DISTINCT case_id FROM cases_message WHERE id = ANY(%s)", (messages,))
        keep_cases(cur, [case for (case,) in cur.fetchall() if case is not None])
        if not messages:
            for cases in _without_messages(cur):
                keep_cases(cur, cases)
        cur.execute("UPDATE cases_searchfill SET below = %s", (messages[-1] if messages else 0,))
        return len(messages)


def missing_share(cur: Cursor) -> float:
    """How much of what was written is not kept yet, 0 to 1, by the messages' ids."""
    cur.execute(
        "SELECT f.below::float / greatest((SELECT max(message_id) FROM cases_messagecontent), 1)"
        " FROM cases_searchfill f"
    )
    found = cur.fetchone()
    return min(float(found[0]), 1.0) if found is not None else 0.0


def rebuild(tell: Callable[[int], None] = lambda done: None) -> int:
    """Make everything anew from the texts, portion by portion; who searches meanwhile finds what is there.

    tell   is called with how many messages were done
    """
    with transaction.atomic(), cursor() as cur:
        cur.execute("SELECT coalesce(max(message_id), 0) + 1 FROM cases_messagecontent")
        below = cur.fetchall()[0][0]
        cur.execute("DELETE FROM cases_searchfill")
        cur.execute("INSERT INTO cases_searchfill (below) VALUES (%s)", (below,))
    done = 0
    while portion := fill():
        done += portion
        tell(done)
    return done


def _without_messages(cur: Cursor) -> Iterable[list[int]]:
    """Cases of exports that have no message."""
    last = 0
    while True:
        cur.execute(
            "SELECT c.id FROM cases_case c JOIN cases_casecontent k ON k.case_id = c.id"
            " WHERE c.id > %s AND k.key <> '' AND c.messages = 0 ORDER BY c.id LIMIT %s",
            (last, AT_ONCE),
        )
        cases = [case for (case,) in cur.fetchall()]
        if not cases:
            return
        yield cases
        last = cases[-1]
