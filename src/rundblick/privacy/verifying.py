"""Checks of this room for ``rundblick verify``: kept bytes, registered columns, the audit, restrictions."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

from rundblick.core.registry import Cursor
from rundblick.core.verification import Difference, Options
from rundblick.privacy import registry
from rundblick.privacy.audit import verify_chain

_PORTION = 64


def blobs(cur: Cursor, options: Options) -> Iterator[Difference]:
    """Originals are all there, or erased; the bytes of a sample, or of all, have the SHA-256 that names them."""
    cur.execute(
        "SELECT b.id, b.size, c.size, e.row_id IS NOT NULL FROM core_blob b "
        "LEFT JOIN (SELECT blob_id, sum(length(data)) AS size FROM core_blobchunk GROUP BY 1) c ON c.blob_id = b.id "
        "LEFT JOIN privacy_erasedrow e ON e.table = 'core_blobchunk' AND e.row_id = b.id "
        "WHERE c.size IS DISTINCT FROM b.size AND NOT (e.row_id IS NOT NULL AND c.size IS NULL)"
    )
    for row, size, kept, _erased in cur.fetchall():
        yield Difference("core_blob", row, "size", "no bytes" if kept is None else str(kept), str(size))
    cur.execute("SELECT id FROM core_blob ORDER BY random() LIMIT %s", (options.blobs,))
    chosen = [row[0] for row in cur.fetchall()]
    for blob in chosen:
        cur.execute("SELECT sha256 FROM core_blob WHERE id = %s", (blob,))
        row = cur.fetchone()
        digest = _digest(cur, blob)
        if row is not None and digest is not None and digest != bytes(row[0]):
            yield Difference("core_blob", blob, "sha256", digest.hex(), bytes(row[0]).hex())


def _digest(cur: Cursor, blob: int) -> bytes | None:
    """The digest of a blob's bytes, some chunks at a time; None for one that was erased."""
    state, first = sha256(), 0
    while True:
        cur.execute(
            "SELECT data FROM core_blobchunk WHERE blob_id = %s AND seq >= %s AND seq < %s ORDER BY seq",
            (blob, first, first + _PORTION),
        )
        chunks = cur.fetchall()
        if not chunks:
            return state.digest() if first else None
        for (chunk,) in chunks:
            state.update(chunk)
        first += _PORTION


def columns(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Columns that could hold a word and that no room answers for."""
    for name in registry.unregistered(cur):
        table, _, column = name.partition(".")
        yield Difference(table, None, column, "not registered", "skeleton, content or installation")


def audit_chain(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """The hash chain of the audit."""
    chain = verify_chain(cur)
    if chain.broken is not None:
        low, high = chain.broken_entries or (0, 0)
        yield Difference("privacy_auditseal", chain.broken, "hash", "broken", f"entries above {low} up to {high}")
    for entry in chain.digests:
        yield Difference("privacy_auditcontent", entry, "details", "changed", "what its digest says")


def overdue_restrictions(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """What a law demanded, and demands no more since yesterday at least."""
    cur.execute("SELECT id, until::text FROM privacy_restriction WHERE until < current_date - 1")
    for row, until in cur:
        yield Difference("privacy_restriction", row, "until", until, "removed after this day")


def named_skeleton(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Addresses in columns that hold codes and ids only: data of events, stages of outcomes."""
    for table, column in (("core_event", "data"), ("intake_outcome", "stages")):
        cur.execute(f"SELECT id FROM {table} WHERE position('@' in {column}::text) > 0")
        for (row,) in cur:
            yield Difference(table, row, column, "holds an address", "codes and ids")
