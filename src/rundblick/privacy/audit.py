"""Who did what: append-only entries under a chain of hashes over ids and keyed digests, never over content.

Entries are written in their deed's transaction and are not linked there, since a link would make every writer wait
for the one before. ``seal`` links them afterwards, in the order of the feed (transaction, id): a seal is the hash over
the seal before it and the entries since. Whoever changes, removes or slips in a sealed entry must rewrite every later
seal; ``head`` goes into each backup's manifest, so that this too is seen.

Erasing content (``AuditContent``) changes no hash: an entry holds only the keyed digest of its details.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Any

from rundblick.core.registry import Cursor

_LOCK = 8_150_001  # the advisory lock of sealing
_MOST = 10_000  # entries of one seal
_START = b"rundblick audit chain 1"

_ENTRIES = """
SELECT id, tx::text, extract(epoch FROM at)::text, actor_type, actor_id, action, object_type, object_id, digest
FROM privacy_auditentry
WHERE (tx, id) > (%(tx)s::xid8, %(id)s) AND (tx, id) <= (%(to_tx)s::xid8, %(to_id)s)
ORDER BY tx, id
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """What verifying found. ``broken``: id of the first seal that does not fit, with the entries it should cover.

    head      hex of the last seal's hash
    entries   sealed entries
    unsealed  entries that no seal covers yet
    """

    head: str
    seals: int
    entries: int
    unsealed: int
    broken: int | None = None
    broken_entries: tuple[int, int] | None = None
    digests: tuple[int, ...] = ()  # entries whose details are there and do not fit their digest

    @property
    def is_whole(self) -> bool:
        return self.broken is None and not self.digests


def record_audit(
    cur: Cursor,
    action: str,
    *,
    actor_type: str = "machine",
    actor_id: int | None = None,
    object_type: str = "",
    object_id: int | None = None,
    record: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Write an entry in the running transaction; gives its id.

    details  what a reader may want to know beyond the ids: content that concerns ``record`` and goes with it
    """
    digest = _digest_of(cur, details) if details else None
    cur.execute(
        "INSERT INTO privacy_auditentry (actor_type, actor_id, action, object_type, object_id, digest) "
        "VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (actor_type, actor_id, action, object_type, object_id, digest),
    )
    row = cur.fetchone()
    assert row is not None
    if details:
        cur.execute(
            "INSERT INTO privacy_auditcontent (entry_id, record_id, details) VALUES (%s, %s, %s)",
            (row[0], record, _canonical(details)),
        )
    entry: int = row[0]
    return entry


def seal(cur: Cursor) -> int:
    """Link all entries whose transactions, and all before them, have ended; gives their number.

    Call it every minute, and before a backup.
    """
    cur.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    sealed = 0
    while True:
        tx, entry, link = _last_seal(cur)
        cur.execute(
            "SELECT tx::text, id, count(*) OVER () FROM (SELECT tx, id FROM privacy_auditentry "
            "WHERE (tx, id) > (%s::xid8, %s) AND tx < pg_snapshot_xmin(pg_current_snapshot()) "
            "ORDER BY tx, id LIMIT %s) AS e ORDER BY tx DESC, id DESC LIMIT 1",
            (tx, entry, _MOST),
        )
        row = cur.fetchone()
        if row is None:
            return sealed
        link, n = _linked(cur, link, (tx, entry), (row[0], row[1]))
        cur.execute(
            "INSERT INTO privacy_auditseal (tx, entry_id, entries, hash) VALUES (%s::xid8, %s, %s, %s)",
            (row[0], row[1], n, link),
        )
        sealed += n


def verify_chain(cur: Cursor) -> Chain:
    """Compute every link again, and the digest of details that are still there."""
    cur.execute("SELECT id, tx::text, entry_id, entries, hash FROM privacy_auditseal ORDER BY id")
    seals = cur.fetchall()
    at, link, total = ("0", 0), _START, 0
    for number, (seal_id, tx, entry, entries, expected) in enumerate(seals):
        link, n = _linked(cur, link, at, (tx, entry))
        if link != bytes(expected) or n != entries:
            return Chain(link.hex(), number, total, 0, seal_id, (at[1], entry))
        at, total = (tx, entry), total + n
    cur.execute("SELECT count(*) FROM privacy_auditentry WHERE (tx, id) > (%s::xid8, %s)", at)
    row = cur.fetchone()
    cur.execute(
        "SELECT e.id, e.digest, c.details::text FROM privacy_auditcontent c "
        "JOIN privacy_auditentry e ON e.id = c.entry_id WHERE c.details <> '{}' ORDER BY e.id"
    )
    wrong = tuple(i for i, digest, told in cur.fetchall() if _digest_of(cur, json.loads(told)) != bytes(digest or b""))
    return Chain(link.hex(), len(seals), total, row[0] if row else 0, digests=wrong)


def head(cur: Cursor) -> str:
    """Hex of the last link: what a backup's manifest keeps, to see a chain that was rewritten as a whole."""
    return _last_seal(cur)[2].hex()


def _last_seal(cur: Cursor) -> tuple[str, int, bytes]:
    cur.execute("SELECT tx::text, entry_id, hash FROM privacy_auditseal ORDER BY id DESC LIMIT 1")
    row = cur.fetchone()
    return (row[0], row[1], bytes(row[2])) if row else ("0", 0, _START)


def _linked(cur: Cursor, link: bytes, after: tuple[str, int], to: tuple[str, int]) -> tuple[bytes, int]:
    """The link over the one before and the entries in (after, to], and their number."""
    state, n = sha256(link), 0
    for line in _lines(cur, after, to):
        state.update(line)
        n += 1
    return state.digest(), n


def _lines(cur: Cursor, after: tuple[str, int], to: tuple[str, int]) -> Iterator[bytes]:
    cur.execute(_ENTRIES, {"tx": after[0], "id": after[1], "to_tx": to[0], "to_id": to[1]})
    for *values, digest in cur.fetchall():
        told = [*values, None if digest is None else bytes(digest).hex()]
        yield json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _canonical(details: Mapping[str, Any]) -> str:
    return json.dumps(details, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _digest_of(cur: Cursor, details: Mapping[str, Any]) -> bytes:
    cur.execute("SELECT salt FROM core_installation")
    row = cur.fetchone()
    return blake2b(_canonical(details).encode(), key=bytes(row[0])[:64] if row else b"", digest_size=16).digest()
