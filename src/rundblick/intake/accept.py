"""The door: bytes kept, deduplicated, committed, acknowledged - before anybody reads them.

What ``accept`` returned is committed; a source may forget it. The second delivery under a key is harmless.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from rundblick.core.blobs import keep_blobs
from rundblick.core.database import along, cursor, draw_ids, gathering
from rundblick.core.envelope import Envelope
from rundblick.core.ids import uuid7s
from rundblick.core.registry import Cursor

LEASE_SECONDS = 120
WAITING = "rundblick_waiting"  # the channel of NOTIFY: something waits on the road


@dataclass(frozen=True, slots=True)
class Accepted:
    """``new`` is false for a delivery that was here before."""

    delivery: int
    source: int
    new: bool


def accept(envelopes: Sequence[Envelope], lease: UUID | None = None) -> list[Accepted]:
    """Keep these deliveries. When this returns they are committed, each with its id, in order.

    With a ``lease`` the caller walks them himself, at once: that is written down as an attempt, and nobody is woken.
    When he dies, a worker takes them up after the lease.
    Raises what the database raises; then nothing of the set was kept and the source must keep it ("temporary").
    """
    if not envelopes:
        return []
    if any(envelope.raw is None for envelope in envelopes):
        raise ValueError("accept takes envelopes with their bytes; rows of a file walk with their file")
    with transaction.atomic(), cursor() as cur, gathering(cur):
        return _accept(cur, envelopes, lease)


_KNOWN = """
SELECT s.code, s.id, d.source_key, d.id FROM core_source s
LEFT JOIN unnest(%s::text[], %s::text[]) AS k(code, key) ON k.code = s.code
LEFT JOIN core_delivery d ON d.source_id = s.id AND d.source_key = k.key
WHERE s.code = ANY(%s)
"""

# a parallel delivery of the same key may have been faster: then it waits already
_KEEP = """
WITH kept AS (
    INSERT INTO core_delivery (id, uuid, source_id, source_key, kind, received_at, blob_id, hints)
    SELECT * FROM unnest(
        %s::bigint[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[], %s::jsonb[]
    )
    ON CONFLICT (source_id, source_key) DO NOTHING RETURNING id
), waiting AS (
    INSERT INTO intake_pending (delivery_id, attempts, alone, batch_limit, lease, leased_until)
    SELECT id, %s, %s, 500, %s::uuid, now() + make_interval(secs => %s) FROM kept
), attempt AS (
    INSERT INTO intake_attempt (lease, worker, pieces, fault)
    SELECT %s::uuid, %s, n, '' FROM (SELECT count(*) AS n FROM kept) AS k WHERE n > 0 AND %s::uuid IS NOT NULL
)
SELECT id FROM kept
"""


def _accept(cur: Cursor, envelopes: Sequence[Envelope], lease: UUID | None) -> list[Accepted]:
    codes = sorted({e.source for e in envelopes})
    cur.execute(_KNOWN, ([e.source for e in envelopes], [e.source_key for e in envelopes], codes))
    sources: dict[str, int] = {}
    known: dict[tuple[int, str], int] = {}
    for code, source, key, delivery in cur.fetchall():
        sources[code] = source
        if delivery is not None:
            known[source, key] = delivery
    if len(sources) < len(codes):
        sources = source_ids(cur, {(e.source, e.kind) for e in envelopes})
    keys = [(sources[e.source], e.source_key) for e in envelopes]
    fresh: dict[tuple[int, str], Envelope] = {}
    for key, envelope in zip(keys, envelopes, strict=True):
        if key not in known:
            fresh.setdefault(key, envelope)
    new = _keep(cur, dict(sorted(fresh.items())), lease) if fresh else {}
    known.update(new)
    if len(new) < len(fresh):
        known.update(_known(cur, [key for key in fresh if key not in new]))
    if new and lease is None:
        along(cur, "SELECT pg_notify(%s, '')", (WAITING,))
    seen: set[int] = set()
    accepted = []
    for key in keys:
        delivery = known[key]
        accepted.append(Accepted(delivery, key[0], key in new and delivery not in seen))
        seen.add(delivery)
    return accepted


def _keep(cur: Cursor, fresh: dict[tuple[int, str], Envelope], lease: UUID | None) -> dict[tuple[int, str], int]:
    """{key: delivery} of those that were not there. They wait from now on, under the lease where there is one."""
    blobs = keep_blobs(cur, [envelope.raw or b"" for envelope in fresh.values()])
    drawn = draw_ids(cur, {"core_delivery": len(fresh)})["core_delivery"]
    rows = [
        (i, u, source, key, envelope.kind, envelope.received_at, blob, _hints(envelope))
        for i, u, blob, ((source, key), envelope) in zip(drawn, uuid7s(len(drawn)), blobs, fresh.items(), strict=True)
    ]
    alone = 1 if lease is not None and len(fresh) == 1 else 0
    seconds = LEASE_SECONDS if lease is not None else None
    columns = [list(column) for column in zip(*rows, strict=True)]
    cur.execute(_KEEP, (*columns, 0 if lease is None else 1, alone, lease, seconds, lease, worker(), lease))
    kept = {delivery for (delivery,) in cur.fetchall()}
    return {key: delivery for key, delivery in zip(fresh, drawn, strict=True) if delivery in kept}


def worker() -> str:
    """Who works here, as an attempt tells it: host and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


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
