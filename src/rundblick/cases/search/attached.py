"""What search keeps of attachments: their names and, once they are read, their words, made by the same function.

    keep_blobs(cur, [blob])    # a file was just read: all messages that carried it
    keep_missing(cur, after)   # attachments of which nothing is kept though their file is known

An attachment has a row of its own in ``cases_searchtext``, so a hit tells which file it stands in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rundblick.cases.search import words
from rundblick.core.database import insert_rows
from rundblick.core.registry import Cursor
from rundblick.core.searching import VECTOR, token_text

AT_ONCE: Final = 500
_COLUMNS: Final = ("message_id", "attachment_id", "at", "words")

# what was erased is kept no more; FOR SHARE: whoever strikes words out of a file waits, and makes its rows anew
_TOLD = """
SELECT m.id, a.id, m.at, coalesce(c.name, ''), t.blob_id
FROM cases_attachmenttext t
JOIN cases_attachment a ON a.blob_id = t.blob_id
JOIN cases_message m ON m.id = a.message_id
LEFT JOIN cases_attachmentcontent c ON c.attachment_id = a.id
WHERE {which} AND t.state <> 'waiting'
  AND NOT EXISTS (SELECT FROM cases_searchtext s WHERE s.message_id = m.id AND s.attachment_id = a.id)
  AND NOT EXISTS (SELECT FROM privacy_erasedrow e WHERE e.table = 'cases_messagecontent' AND e.row_id = m.id)
ORDER BY a.id DESC LIMIT %(most)s
"""
_TEXTS = "SELECT blob_id, text FROM cases_attachmenttext WHERE blob_id = ANY(%s) FOR SHARE"
_FORGET = """
DELETE FROM cases_searchtext s USING cases_attachment a
WHERE a.blob_id = ANY(%s) AND s.message_id = a.message_id AND s.attachment_id = a.id
"""


def keep_blobs(cur: Cursor, blobs: Sequence[int]) -> None:
    """Keep the attachments with these bytes as their texts are now; of very many the newest, the sweep keeps the rest.

    Nothing of what was erased.
    """
    cur.execute(_FORGET, (list(blobs),))
    cur.execute(_TOLD.format(which="t.blob_id = ANY(%(blobs)s)"), {"blobs": list(blobs), "most": AT_ONCE})
    _write(cur, cur.fetchall())


def keep_missing(cur: Cursor, after: int, most: int = AT_ONCE) -> int:
    """Keep attachments (ids above ``after``) of which nothing is kept yet; gives how many."""
    cur.execute(_TOLD.format(which="a.id > %(after)s"), {"after": after, "most": most})
    return _write(cur, cur.fetchall())


def _write(cur: Cursor, found: Sequence[tuple[Any, ...]]) -> int:
    if not found:
        return 0
    cur.execute(_TEXTS, (sorted({blob for *_, blob in found}),))
    texts: dict[int, str] = dict(cur.fetchall())
    known: dict[tuple[str, int], str] = {}
    rows = []
    for message, attachment, at, name, blob in found:
        if (name, blob) not in known:
            known[name, blob] = token_text(name, texts.get(blob, ""))
        if kept := known[name, blob]:
            rows.append((message, attachment, at, kept))
    insert_rows(cur, "cases_searchtext", _COLUMNS, rows, "ON CONFLICT DO NOTHING", computed=(("words", VECTOR),))
    words.count(cur, [row[0] for row in rows], [row[1] for row in rows])
    return len(rows)
