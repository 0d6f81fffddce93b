"""``rundblick verify`` of what search keeps: of each text what its words are now, of each word a text that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rundblick.cases.search.keeping import TEXTS, keep_messages
from rundblick.core.registry import Cursor
from rundblick.core.searching import tokens
from rundblick.core.verification import Difference, Options

_AT_ONCE: Final = 2_000
_KEPT: Final = """
SELECT x.id, tsvector_to_array(s.words), x.id < coalesce((SELECT below FROM cases_searchfill), 0)
FROM unnest(%s::bigint[]) AS x(id) LEFT JOIN cases_searchtext s ON s.message_id = x.id AND s.attachment_id IS NULL
"""
# a word without a text; of the rare ones, since a frequent one is surely held
_OUTLIVED: Final = """
WHERE w.texts <= 3 AND NOT EXISTS (SELECT FROM cases_searchtext s WHERE s.words @@ ('''' || w.word || '''')::tsquery)
"""


def search(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """The words of every message, and that no word outlived its texts."""
    last = 0
    while True:
        cur.execute(
            "SELECT message_id FROM cases_messagecontent WHERE message_id > %s ORDER BY message_id LIMIT %s",
            (last, _AT_ONCE),
        )
        messages = [message for (message,) in cur.fetchall()]
        if not messages:
            break
        last = messages[-1]
        cur.execute(TEXTS, (messages,))
        expected = {message: set(tokens(*(text or "" for text in texts))) for message, _at, *texts in cur.fetchall()}
        cur.execute(_KEPT, (messages,))
        for message, kept, is_waiting in cur.fetchall():
            if not is_waiting and set(kept or ()) != expected.get(message, set()):
                yield Difference(
                    "cases_searchtext", message, "words", str(len(kept or ())), str(len(expected[message]))
                )
    cur.execute(f"SELECT count(*) FROM cases_word w {_OUTLIVED}")
    if left := cur.fetchall()[0][0]:
        yield Difference("cases_word", None, "without_text", str(left), "0")


def repair(cur: Cursor) -> None:
    """Make again what differs."""
    keep_messages(cur, [found.row for found in list(search(cur, Options())) if found.row is not None])
    cur.execute(f"DELETE FROM cases_word w {_OUTLIVED}")
