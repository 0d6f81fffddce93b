"""The door: bytes kept, deduplicated, committed, acknowledged - before anybody reads them.

What ``accept`` returned is committed; a source may forget it. The second delivery under a key is harmless.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import transaction

from rundblick.core.blobs import keep_blobs
from rundblick.core.database import cursor, draw_ids, insert_rows, pipelined, write
from rundblick.core.envelope import Envelope
from rundblick.core.ids import uuid7s
from rundblick.core.registry import Cursor

_FEW = 8  # deliveries of a set that is kept without waiting for each answer
WAITING = "rundblick_waiting"  # the channel of NOTIFY: something waits on the road


@dataclass(frozen=True, slots=True)
class Accepted:
    """``new`` is false for a delivery that was here before."""

    delivery: int
    source: int
    new: bool


def accept(envelopes: Sequence[Envelope], lease_seconds: float = 0) -> list[Accepted]:
    """Keep these deliveries. When this returns they are committed, each with its id, in order.

    With a lease the caller walks them itself and nobody is woken; when it dies, a worker takes them up after the lease.
    Raises what the database raises; then nothing of the set was kept and the source must keep it ("temporary").
    """
    if not envelopes:
        return []
    if any(envelope.raw is None for envelope in envelopes):
        raise ValueError("accept takes envelopes with their bytes; rows of a file walk with their file")
    with transaction.atomic(), cursor() as cur, pipelined(cur, on=len(envelopes) <= _FEW):
        return _accept(cur, envelopes, lease_seconds)


def _accept(cur: Cursor, envelopes: Sequence[Envelope], lease_seconds: float) -> list[Accepted]:
    sources = source_ids(cur, {(e.source, e.kind) for e in envelopes})
    keys = [(sources[e.source], e.source_key) for e in envelopes]
    known = _known(cur, keys)
    fresh: dict[tuple[int, str], Envelope] = {}
    until = datetime.now(UTC) + timedelta(seconds=lease_seconds) if lease_seconds else None
    for key, envelope in zip(keys, envelopes, strict=True):
        if key not in known:
            fresh.setdefault(key, envelope)
    new: set[int] = set()
    if fresh:
        ordered = sorted(fresh)
        blobs = keep_blobs(cur, [fresh[key].raw or b"" for key in ordered])
        drawn = draw_ids(cur, {"core_delivery": len(ordered)})["core_delivery"]
        rows = [
            (i, u, source, key, fresh[source, key].kind, fresh[source, key].received_at, b, _hints(fresh[source, key]))
            for i, u, b, (source, key) in zip(drawn, uuid7s(len(drawn)), blobs, ordered, strict=True)
        ]
        insert_rows(
            cur,
            "core_delivery",
            ("id", "uuid", "source_id", "source_key", "kind", "received_at", "blob_id", "hints"),
            rows,
            "ON CONFLICT (source_id, source_key) DO NOTHING",
        )
        known.update(_known(cur, ordered))  # a parallel delivery of the same key may have been faster
        new = {delivery for delivery in known.values() if delivery in set(drawn)}
        insert_rows(
            cur,
            "intake_pending",
            ("delivery_id", "attempts", "alone", "batch_limit", "leased_until"),
            [(delivery, 0, 0, 500, until) for delivery in sorted(new)],
        )
        if new and until is None:
            write(cur, "SELECT pg_notify(%s, '')", (WAITING,))
    seen: set[int] = set()
    accepted = []
    for key in keys:
        delivery = known[key]
        accepted.append(Accepted(delivery, key[0], delivery in new and delivery not in seen))
        seen.add(delivery)
    return accepted


def _hints(envelope: Envelope) -> str | None:
    return json.dumps(envelope.hints) if envelope.hints else None


def _known(cur: Cursor, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    cur.execute(
        "SELECT d.source_id, d.source_key, d.id FROM core_delivery d"
        " JOIN unnest(%s::bigint[], %s::text[]) AS k(s, k) ON d.source_id = k.s AND d.source_key = k.k",
        ([source for source, _ in keys], [key for _, key in keys]),
    )
    return {(source, key): delivery for source, key, delivery in cur.fetchall()}


def source_ids(cur: Cursor, sources: set[tuple[str, str]]) -> dict[str, int]:
    """{code: id} of sources given as (code, kind); missing ones are made."""
    codes = sorted({code for code, _ in sources})
    cur.execute("SELECT code, id FROM core_source WHERE code = ANY(%s)", (codes,))
    found: dict[str, int] = dict(cur.fetchall())
    missing = sorted((code, kind) for code, kind in sources if code not in found)
    if missing:
        cur.execute(
            "INSERT INTO core_source (code, kind, name) SELECT c, k, '' FROM unnest(%s::text[], %s::text[]) AS s(c, k)"
            " ON CONFLICT (code) DO NOTHING",
            ([code for code, _ in missing], [kind for _, kind in missing]),
        )
        cur.execute("SELECT code, id FROM core_source WHERE code = ANY(%s)", (codes,))
        found = dict(cur.fetchall())
    return found
