"""What this room registers with lower ones: how it records, and what it holds about a person."""

from __future__ import annotations

from rundblick.core import verification
from rundblick.core.message import What
from rundblick.core.registry import recorders
from rundblick.privacy.registry import Content, register
from rundblick.voice.recording import record_ratings

for what in (What.RATING, What.REVIEW, What.SELF_IMAGE, What.STAFF_VIEW):
    recorders[what] = record_ratings

register("voice_rating", skeleton="channel content_digest dimension identity kind lane portal")
register(
    "voice_ratingcontent",
    content=Content(
        {"title": "''", "text": "''", "reply": "''", "author": "''"},
        "record_id = ANY(%(subjects)s) OR rating_id IN (SELECT r.id FROM voice_rating r LEFT JOIN cases_case c "
        "ON c.id = r.case_id WHERE r.record_id = ANY(%(subjects)s) OR c.concerned_id = ANY(%(subjects)s))",
        key="rating_id",
    ),
)

for kind in ("rating", "review", "self_image", "staff_view"):
    verification.objects[kind] = "voice_rating"
