"""How ratings, reviews, predictions and views are written on the road: set-based, versions superseding versions."""

from __future__ import annotations

from collections.abc import Sequence

from rundblick.core.database import draw_ids, insert_rows
from rundblick.core.ids import uuid7s
from rundblick.core.message import What
from rundblick.core.registry import Cursor
from rundblick.intake.pieces import Piece
from rundblick.intake.recording import mark_known, stored_versions
from rundblick.intake.road import Road
from rundblick.voice.models import Lane

_LANES = {
    What.RATING: Lane.RATING,
    What.REVIEW: Lane.REVIEW,
    What.SELF_IMAGE: Lane.SELF_IMAGE,
    What.STAFF_VIEW: Lane.STAFF_VIEW,
}


def record_ratings(cur: Cursor, pieces: Sequence[Piece], road: Road) -> None:
    """Write these ratings with an event each; one that is stored already is marked as known."""
    mark_known(pieces, stored_versions(cur, "voice_rating", [p.reading.identity for p in pieces]))
    fresh = [piece for piece in pieces if not piece.known]
    if not fresh:
        return
    older = [piece.reading.identity for piece in fresh if piece.older_version]
    if older:
        cur.execute("UPDATE voice_rating SET superseded = true WHERE identity = ANY(%s) AND NOT superseded", (older,))
    ids = draw_ids(cur, {"voice_rating": len(fresh), "core_event": len(fresh)})
    newest = {piece.reading.identity: row for piece, row in zip(fresh, ids["voice_rating"], strict=True)}
    rows = []
    for piece, row, event, uuid in zip(fresh, ids["voice_rating"], ids["core_event"], uuid7s(len(fresh)), strict=True):
        piece.row_id = row
        reading, rating = piece.reading, piece.reading.rating
        assert rating is not None
        rows.append(
            (
                row,
                uuid,
                reading.identity,
                reading.content,
                newest[reading.identity] != row,
                str(_LANES[reading.what]),
                road.names.systems[reading.system],
                piece.record,
                piece.placing.case if piece.placing else None,
                piece.delivery,
                event,
                rating.kind,
                rating.dimension,
                reading.channel,
                rating.portal,
                reading.at.at if reading.at else None,
                rating.invited_at.at if rating.invited_at else None,
                rating.reply_at.at if rating.reply_at else None,
                rating.value,
                rating.low,
                rating.high,
                rating.sure,
            )
        )
    insert_rows(
        cur,
        "voice_rating",
        [
            "id",
            "uuid",
            "identity",
            "content_digest",
            "superseded",
            "lane",
            "system_id",
            "record_id",
            "case_id",
            "delivery_id",
            "event_id",
            "kind",
            "dimension",
            "channel",
            "portal",
            "at",
            "invited_at",
            "reply_at",
            "value",
            "low",
            "high",
            "sure",
        ],
        rows,
    )
    _write_contents(cur, fresh)
    _write_events(cur, fresh, ids["core_event"])


def _write_contents(cur: Cursor, pieces: Sequence[Piece]) -> None:
    rows = []
    for piece in pieces:
        reading = piece.reading
        author = reading.party.facts.get("name", "") if reading.party else ""
        reply = reading.rating.reply if reading.rating else ""
        if reading.text or reading.subject or reply or author:
            rows.append((piece.row_id, piece.record, reading.subject, reading.text, reply, author))
    insert_rows(cur, "voice_ratingcontent", ("rating_id", "record_id", "title", "text", "reply", "author"), rows)


def _write_events(cur: Cursor, pieces: Sequence[Piece], events: Sequence[int]) -> None:
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "actor_id", "source_id", "delivery_id"),
        [
            (event, f"{_LANES[p.reading.what]}.given", p.at, p.seq, "customer", p.record, p.source, p.delivery)
            for event, p in zip(events, pieces, strict=True)
        ],
    )
    objects = [(event, "rating", p.row_id) for event, p in zip(events, pieces, strict=True)]
    objects += [(event, "record", p.record) for event, p in zip(events, pieces, strict=True) if p.record]
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), objects)
