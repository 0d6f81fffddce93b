"""What comes in, before anybody understands it: bytes under a key of their source."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Where a row stands in a file that is kept whole: byte range [start, end) and the row's number, from 1."""

    row: int
    start: int = 0
    end: int = 0


class Envelope(msgspec.Struct, frozen=True):
    """One delivery. ``(source, source_key)`` is its identity: a second delivery under the same key is harmless.

    source      code of the source: "mailbox:service@muster.example", "file:<sha256 of the file>"
    source_key  the source's own key: "UIDVALIDITY:UID", a gateway's id, a row number
    kind        which reader reads it: "mail" or "row"
    received_at when it reached us (UTC)
    raw         the bytes; None for a row, whose bytes stand in its file at ``span``
    hints       what the channel knows beside the bytes: envelope sender, mailbox, mapping
    """

    source: str
    source_key: str
    kind: str
    received_at: datetime
    raw: bytes | None = None
    span: Span | None = None
    hints: dict[str, str] = {}
