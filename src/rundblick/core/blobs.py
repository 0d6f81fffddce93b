"""Kept bytes: content-addressed, in chunks of at most 1 MiB; several machines share nothing but the database."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from rundblick.core.database import draw_ids, insert_rows
from rundblick.core.registry import Cursor

CHUNK = 1 << 20


def keep_blobs(cur: Cursor, contents: Sequence[bytes]) -> list[int]:
    """Keep each content once; returns a blob id for every content, in order.

    Bytes that an erasure removed are kept anew when they come in again and are allowed to.
    """
    if not contents:
        return []
    hashes = [sha256(content).digest() for content in contents]
    by_hash = dict(zip(hashes, contents, strict=True))
    ordered = sorted(by_hash)  # one order for all, so that two batches never wait for each other in a ring
    drawn = draw_ids(cur, {"core_blob": len(ordered)})["core_blob"]
    cur.execute(
        "INSERT INTO core_blob (id, sha256, size)"
        " SELECT * FROM unnest(%s::bigint[], %b::bytea[], %s::bigint[]) ON CONFLICT (sha256) DO NOTHING"
        " RETURNING sha256, id, false",
        (drawn, ordered, [len(by_hash[h]) for h in ordered]),
    )
    found = {bytes(h): (blob, stored) for h, blob, stored in cur.fetchall()}
    if len(found) < len(ordered):
        cur.execute(
            "SELECT b.sha256, b.id, EXISTS (SELECT FROM core_blobchunk c WHERE c.blob_id = b.id) FROM core_blob b"
            " WHERE b.sha256 = ANY(%b)",
            ([h for h in ordered if h not in found],),
        )
        found.update({bytes(h): (blob, stored) for h, blob, stored in cur.fetchall()})
    insert_rows(
        cur,
        "core_blobchunk",
        ("blob_id", "seq", "data"),
        [
            (found[h][0], i, by_hash[h][start : start + CHUNK])
            for h in ordered
            if not found[h][1]
            for i, start in enumerate(range(0, len(by_hash[h]) or 1, CHUNK))
        ],
        "ON CONFLICT (blob_id, seq) DO NOTHING",
    )
    return [found[h][0] for h in hashes]


def read_blob(cur: Cursor, blob: int) -> bytes | None:
    """The bytes of a blob; None when an erasure removed them."""
    cur.execute("SELECT data FROM core_blobchunk WHERE blob_id = %s ORDER BY seq", (blob,))
    chunks = cur.fetchall()
    return b"".join(bytes(chunk) for (chunk,) in chunks) if chunks else None
