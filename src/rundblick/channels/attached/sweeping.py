"""Takes attachments whose words are not known yet, newest first, and writes down what they say.

    sweep = TextSweep()
    sweep()          # how many files were read; 0: nothing is due

Equal bytes are read once. A worker that vanishes with a file in hand leaves it to the next one when its lease runs out;
a file that cost three workers is refused. What needs OCR waits for it, in the table, until Tesseract is there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.db import transaction

from rundblick.cases.search.attached import AT_ONCE, keep_blobs, keep_missing
from rundblick.channels.attached import pictures
from rundblick.channels.attached.reading import LARGEST, OCR_SECONDS, Reader
from rundblick.channels.attached.told import Told
from rundblick.core.blobs import read_blob
from rundblick.core.database import cursor

log = structlog.get_logger("rundblick.attached")

LEASE: Final = OCR_SECONDS + 120
ATTEMPTS: Final = 3
PORTION: Final = 10.0  # seconds after which other slow work has its turn
RECENT: Final = 5_000  # ids that are looked back: a transaction under way may still hold lower ones
FULL_LOOK: Final = 3600.0  # seconds; finds what a very long transaction committed, or a restore
MANY: Final = 50_000
_OCR_LOOK: Final = 60.0

_ENLIST = """
INSERT INTO cases_attachmenttext (blob_id, newest)
SELECT a.blob_id, max(a.id) FROM cases_attachment a
WHERE a.id > %(after)s
  AND NOT EXISTS (SELECT FROM cases_attachmenttext t WHERE t.blob_id = a.blob_id)
  AND EXISTS (SELECT FROM core_blobchunk c WHERE c.blob_id = a.blob_id AND c.seq = 0)
  AND NOT EXISTS (SELECT FROM privacy_erasedrow e WHERE e.table = 'cases_messagecontent' AND e.row_id = a.message_id)
GROUP BY a.blob_id ORDER BY max(a.id) DESC LIMIT %(many)s
ON CONFLICT (blob_id) DO NOTHING
"""

_TAKE = """
UPDATE cases_attachmenttext t
SET attempts = t.attempts + 1, leased_until = now() + %(lease)s * interval '1 second'
FROM (
    SELECT blob_id FROM cases_attachmenttext
    WHERE state = %(state)s AND (leased_until IS NULL OR leased_until < now())
    ORDER BY newest DESC LIMIT 1 FOR UPDATE SKIP LOCKED
) due
WHERE t.blob_id = due.blob_id
RETURNING t.blob_id, t.attempts, t.newest
"""

_FILE = """
SELECT b.size, a.media_type, coalesce(c.name, '')
FROM core_blob b
LEFT JOIN cases_attachment a ON a.id = %s
LEFT JOIN cases_attachmentcontent c ON c.attachment_id = a.id
WHERE b.id = %s
"""

# a file whose last message was erased meanwhile has no row any more: nothing is written
_WRITE = """
UPDATE cases_attachmenttext
SET state = %(state)s, kind = %(kind)s, fault = %(fault)s, text = %(text)s, cut = %(cut)s, attempts = 0,
    leased_until = NULL, read_at = now()
WHERE blob_id = %(blob)s
"""


@dataclass(frozen=True, slots=True)
class _Due:
    blob: int
    attempts: int
    newest: int


class TextSweep:
    """Reads what is due; keeps a child process between its turns (``close`` ends it)."""

    def __init__(self, reader: Reader | None = None) -> None:
        self._reader = reader or Reader()
        self._looked_back = -FULL_LOOK
        self._asked_ocr = -_OCR_LOOK

    def __call__(self) -> int:
        """Read files for some seconds; gives how many there were."""
        began = time.monotonic()
        enlisted = self._enlist(began)
        ocr = self._languages(began)
        count = 0
        while time.monotonic() - began < PORTION:
            if not (self._one("waiting", ()) or (ocr and self._one("ocr", ocr))):
                return count if enlisted < AT_ONCE else max(count, 1)
            count += 1
        return count

    def close(self) -> None:
        self._reader.close()

    def _enlist(self, now: float) -> int:
        """Write down which files are new: every turn the newest attachments, once an hour all of them."""
        full = now - self._looked_back >= FULL_LOOK
        with cursor() as cur:
            cur.execute("SELECT coalesce(max(id), 0) FROM cases_attachment")
            newest = _one(cur)[0]
            after = 0 if full else newest - RECENT
            cur.execute(_ENLIST, {"after": after, "many": MANY})
            found = cur.rowcount
        with transaction.atomic(), cursor() as cur:
            kept = keep_missing(cur, after)  # known bytes that came again
        if full and found < MANY and kept < AT_ONCE:  # else the rest comes with the next turn
            self._looked_back = now
        return found + kept

    def _languages(self, now: float) -> tuple[str, ...]:
        if now - self._asked_ocr >= _OCR_LOOK:  # it may have been installed meanwhile
            pictures.languages.cache_clear()
            self._asked_ocr = now
        return pictures.languages()

    def _one(self, state: str, ocr: tuple[str, ...]) -> bool:
        """Read the newest file that is in this state; False when there is none."""
        with transaction.atomic(), cursor() as cur:
            cur.execute(_TAKE, {"state": state, "lease": LEASE})
            row = cur.fetchone()
        if row is None:
            return False
        due = _Due(*row)
        told = Told("", fault="died") if due.attempts > ATTEMPTS else self._read(due, ocr)
        if told is None:
            with cursor() as cur:
                cur.execute("DELETE FROM cases_attachmenttext WHERE blob_id = %s", (due.blob,))
            return True
        keep_told(due.blob, told)
        if told.fault:
            log.info("attachment refused", attachment=due.newest, fault=told.fault)
        return True

    def _read(self, due: _Due, ocr: tuple[str, ...]) -> Told | None:
        """None: its bytes are gone."""
        with cursor() as cur:
            cur.execute(_FILE, (due.newest, due.blob))
            size, media_type, name = _one(cur)
            if size > LARGEST:
                return Told("", fault="too_large")
            data = read_blob(cur, due.blob)
        if data is None:
            return None
        return self._reader.read(data, media_type or "", name, ocr)


def keep_told(blob: int, told: Told) -> None:
    """Write down what a file said."""
    with transaction.atomic(), cursor() as cur:
        values: dict[str, Any] = {
            "blob": blob,
            "state": _state(told),
            "kind": told.kind,
            "fault": told.fault,
            "text": told.text,
            "cut": told.cut,
        }
        cur.execute(_WRITE, values)
        keep_blobs(cur, [blob])


def _state(told: Told) -> str:
    if told.fault:
        return "refused"
    if told.ocr:
        return "ocr"
    return "read" if told.text else "empty"


def _one(cur: Any) -> tuple[Any, ...]:
    row = cur.fetchone()
    assert row is not None
    return tuple(row)
