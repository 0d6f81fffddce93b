"""Kept bytes: content-addressed, in chunks of at most 1 MiB; several machines share nothing but the database."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from rundblick.core.database import along, draw_ids, foreseen
from rundblick.core.foreseeing import Question
from rundblick.core.registry import Cursor

CHUNK = 1 << 20
AT_ONCE = 16  # chunks of large contents that are written or read by one statement

# most contents are one chunk and new: one statement for blob and chunk
_KEEP_NEW = Question("""
WITH given AS MATERIALIZED (SELECT * FROM unnest(%s::bigint[], %b::bytea[], %b::bytea[]) AS g(id, hash, data)),
new AS (
    INSERT INTO core_blob (id, sha256, size) SELECT id, hash, length(data) FROM given
    ON CONFLICT (sha256) DO NOTHING RETURNING id, sha256
), kept AS (
    INSERT INTO core_blobchunk (blob_id, seq, data) SELECT new.id, 0, data FROM new JOIN given USING (id)
)
SELECT sha256, id FROM new
""")

# what is there already, and whether with its bytes: asked ahead by small batches, which write the rest with all that
# they write
FIND_BLOBS = Question(
    """
SELECT b.sha256, b.id, EXISTS (SELECT FROM core_blobchunk c WHERE c.blob_id = b.id)
FROM core_blob b WHERE b.sha256 = ANY(%b)
""",
    "bytea bigint bool",
)

_KEEP_GATHERED = """
INSERT INTO core_blob (id, sha256, size)
SELECT id, hash, length(data) FROM unnest(%s::bigint[], %b::bytea[], %b::bytea[]) AS g(id, hash, data)
"""
_KEEP_CHUNKS = """
INSERT INTO core_blobchunk (blob_id, seq, data)
SELECT id, 0, data FROM unnest(%s::bigint[], %b::bytea[]) AS g(id, data)
"""

_KEEP_ANY = """
WITH new AS (
    INSERT INTO core_blob (id, sha256, size) SELECT * FROM unnest(%s::bigint[], %b::bytea[], %s::bigint[])
    ON CONFLICT (sha256) DO NOTHING RETURNING id, sha256
)
SELECT sha256, id, false FROM new
UNION ALL
SELECT b.sha256, b.id, EXISTS (SELECT FROM core_blobchunk c WHERE c.blob_id = b.id) FROM core_blob b
WHERE b.sha256 = ANY(%b)
"""


_KEEP_LOT = """
INSERT INTO core_blobchunk (blob_id, seq, data)
SELECT * FROM unnest(%s::bigint[], %s::int[], %b::bytea[]) ON CONFLICT (blob_id, seq) DO NOTHING
"""


def keep_blobs(cur: Cursor, contents: Sequence[bytes]) -> list[int]:
    """Keep each content once; returns a blob id for every content, in order.

    Bytes that an erasure removed are kept anew when they come in again and are allowed to. Where ``FIND_BLOBS`` was
    asked ahead, and another batch keeps the same content meanwhile, what is gathered fails by UniqueViolation.
    """
    if not contents:
        return []
    hashes = [sha256(content).digest() for content in contents]
    by_hash = dict(zip(hashes, contents, strict=True))
    # one order for all, so that two batches never wait for each other in a ring
    small = sorted(h for h, content in by_hash.items() if len(content) <= CHUNK)
    found: dict[bytes, int] = {}
    if small:
        drawn = draw_ids(cur, {"core_blob": len(small)})["core_blob"]
        known = foreseen(cur, FIND_BLOBS, (small,))
        if known is None:
            cur.execute(_KEEP_NEW, (drawn, small, [by_hash[h] for h in small]))
            found = dict(cur.fetchall())
        else:
            there = {h for h, *_ in known}
            found = {h: blob for h, blob in zip(small, drawn, strict=True) if h not in there}
            found_data = [by_hash[h] for h in found]
            if found:
                along(cur, _KEEP_GATHERED, ([*found.values()], [*found], found_data))
                along(cur, _KEEP_CHUNKS, ([*found.values()], found_data))
            found.update((h, blob) for h, blob, stored in known if stored)
    others = sorted(h for h in by_hash if h not in found)
    if others:
        found.update(_keep_others(cur, {h: by_hash[h] for h in others}))
    return [found[h] for h in hashes]


def _keep_others(cur: Cursor, contents: dict[bytes, bytes]) -> dict[bytes, int]:
    """Contents of several chunks, and those whose blob is there already, with its bytes or without."""
    drawn = draw_ids(cur, {"core_blob": len(contents)})["core_blob"]
    hashes = list(contents)
    cur.execute(_KEEP_ANY, (drawn, hashes, [len(content) for content in contents.values()], hashes))
    found = {bytes(h): (blob, stored) for h, blob, stored in cur.fetchall()}
    if len(found) < len(contents):  # another batch stored one between our look and our insert
        cur.execute(_KEEP_ANY, (drawn, hashes, [len(content) for content in contents.values()], hashes))
        found.update({bytes(h): (blob, stored) for h, blob, stored in cur.fetchall() if bytes(h) not in found})
    due = [
        (blob, i, h)
        for h, (blob, stored) in found.items()
        if not stored
        for i in range(max(-(-len(contents[h]) // CHUNK), 1))
    ]
    for start in range(0, len(due), AT_ONCE):  # a large content is never there a second time
        lot = due[start : start + AT_ONCE]
        data = [contents[h][i * CHUNK : (i + 1) * CHUNK] for _, i, h in lot]
        cur.execute(_KEEP_LOT, ([blob for blob, *_ in lot], [i for _, i, _ in lot], data))
    return {h: blob for h, (blob, _) in found.items()}


def read_blob(cur: Cursor, blob: int) -> bytes | None:
    """The bytes of a blob; None when an erasure removed them."""
    cur.execute("SELECT data FROM core_blobchunk WHERE blob_id = %s ORDER BY seq", (blob,))
    chunks = cur.fetchall()
    return b"".join(bytes(chunk) for (chunk,) in chunks) if chunks else None
