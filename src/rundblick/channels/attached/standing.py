"""How far the reading of attachments has come."""

from __future__ import annotations

from dataclasses import dataclass

from rundblick.cases.models import AttachmentText
from rundblick.channels.attached import pictures
from rundblick.core.database import cursor


@dataclass(frozen=True, slots=True)
class Standing:
    """Files by what is known of them; equal bytes are one file.

    waiting   not looked at yet
    ocr       have pictures with words in them, perhaps, and wait for OCR; their other words are known
    read      their words are known; ``cut`` of these have more than are kept
    empty     nothing in them
    refused   {code: files}, the most frequent first (``words.why`` tells)
    spoken    languages that Tesseract has here: "deu", "eng"; () it is not installed
    """

    waiting: int
    ocr: int
    read: int
    empty: int
    cut: int
    refused: dict[str, int]
    spoken: tuple[str, ...]


_COUNT = """
SELECT coalesce(t.state, 'waiting'), coalesce(t.fault, ''), count(*), count(*) FILTER (WHERE t.cut)
FROM (SELECT DISTINCT blob_id FROM cases_attachment) a
LEFT JOIN cases_attachmenttext t ON t.blob_id = a.blob_id
WHERE t.blob_id IS NOT NULL OR EXISTS (SELECT FROM core_blobchunk c WHERE c.blob_id = a.blob_id AND c.seq = 0)
GROUP BY 1, 2 ORDER BY 3 DESC, 2
"""


def standing() -> Standing:
    """Count all attachments; a second for a million."""
    with cursor() as cur:
        cur.execute(_COUNT)
        rows = cur.fetchall()
    by_state: dict[str, int] = {}
    for state, _fault, count, _cut in rows:
        by_state[state] = by_state.get(state, 0) + count
    return Standing(
        waiting=by_state.get(AttachmentText.WAITING, 0),
        ocr=by_state.get(AttachmentText.OCR, 0),
        read=by_state.get(AttachmentText.READ, 0),
        empty=by_state.get(AttachmentText.EMPTY, 0),
        cut=sum(cut for *_, cut in rows),
        refused={fault: count for state, fault, count, _cut in rows if state == AttachmentText.REFUSED},
        spoken=pictures.languages(),
    )


def read_again() -> int:
    """Let refused files wait again, after an update that reads more kinds; gives how many there are."""
    return AttachmentText.objects.filter(state=AttachmentText.REFUSED).update(
        state=AttachmentText.WAITING, attempts=0, leased_until=None
    )
