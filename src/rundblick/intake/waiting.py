"""A delivery that waits for its outcome, with its kept bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass

from rundblick.core.database import cursor
from rundblick.core.envelope import Envelope
from rundblick.core.message import Message
from rundblick.intake.pieces import Piece


@dataclass(frozen=True, slots=True)
class Waiting:
    """``alone``: how often it was the only piece of a batch."""

    delivery: int
    source: int
    alone: int
    envelope: Envelope

    def piece(self, reading: Message) -> Piece:
        """The piece that walks the road for this delivery."""
        e = self.envelope
        return Piece(reading, self.source, e.source_key, e.received_at, self.delivery, e.kind, live=True)


def load(leased: dict[int, int]) -> list[Waiting]:
    """The envelopes of these deliveries with their kept bytes: {delivery: attempts alone} -> in order of arrival."""
    with cursor() as cur:
        cur.execute(
            "SELECT d.id, d.source_id, s.code, d.source_key, d.kind, d.received_at, d.hints, b.size,"
            " (SELECT string_agg(c.data, ''::bytea ORDER BY c.seq) FROM core_blobchunk c WHERE c.blob_id = d.blob_id)"
            " FROM core_delivery d JOIN core_source s ON s.id = d.source_id LEFT JOIN core_blob b ON b.id = d.blob_id"
            " WHERE d.id = ANY(%s) ORDER BY d.id",
            (list(leased),),
            binary=True,  # as a text bytes would be twice as long
        )
        return [
            Waiting(
                delivery,
                source,
                leased[delivery],
                Envelope(code, key, kind, received_at, bytes(data or b""), None, _told(hints)),
            )
            for delivery, source, code, key, kind, received_at, hints, _, data in cur.fetchall()
        ]


def _told(hints: str | dict[str, str] | None) -> dict[str, str]:
    """Hints as they were stored; Django's connection gives jsonb as text."""
    told: dict[str, str] = json.loads(hints) if isinstance(hints, str) else hints or {}
    return told
