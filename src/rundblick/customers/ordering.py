"""Orders, returns, payments and repairs: as their system last told them, every telling an event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rundblick.core.database import draw_ids, insert_rows
from rundblick.core.ids import uuid7s
from rundblick.core.message import OrderValues
from rundblick.core.registry import Cursor


@dataclass(frozen=True, slots=True)
class OrderTold:
    """What one row says of an order. ``key_digest`` is that of (system, key); ``told_at`` orders the tellings."""

    system: int
    key: str
    key_digest: bytes
    record: int | None
    at: datetime | None
    told_at: datetime
    seq: int
    source: int
    delivery: int | None
    content: bytes
    values: OrderValues


_UPSERT = """
INSERT INTO customers_order (
    id, uuid, system_id, key_digest, key, record_id, kind, status, at, promised_at, done_at, amount_minor, currency,
    article, content_digest
)
SELECT * FROM unnest(
    %b::bigint[], %b::uuid[], %b::bigint[], %b::bytea[], %b::text[], %b::bigint[], %b::text[], %b::text[],
    %b::timestamptz[], %b::timestamptz[], %b::timestamptz[], %b::bigint[], %b::text[], %b::text[], %b::bytea[]
)
ON CONFLICT (system_id, key_digest) DO UPDATE SET
    record_id = COALESCE(EXCLUDED.record_id, customers_order.record_id), kind = EXCLUDED.kind,
    status = EXCLUDED.status, at = COALESCE(EXCLUDED.at, customers_order.at),
    promised_at = COALESCE(EXCLUDED.promised_at, customers_order.promised_at),
    done_at = COALESCE(EXCLUDED.done_at, customers_order.done_at),
    amount_minor = COALESCE(EXCLUDED.amount_minor, customers_order.amount_minor), currency = EXCLUDED.currency,
    article = EXCLUDED.article, content_digest = EXCLUDED.content_digest
WHERE customers_order.content_digest <> EXCLUDED.content_digest
RETURNING id, key_digest
"""


def write_orders(cur: Cursor, told: Sequence[OrderTold]) -> dict[bytes, int]:
    """Write what these rows say; an unchanged one writes nothing. Returns {key digest: order id} of changed ones."""
    newest: dict[bytes, OrderTold] = {}
    for order in sorted(told, key=lambda o: (o.told_at, o.seq)):
        newest[order.key_digest] = order
    ordered = [newest[digest] for digest in sorted(newest)]
    if not ordered:
        return {}
    ids = draw_ids(cur, {"customers_order": len(ordered)})["customers_order"]
    rows = [
        (
            row,
            uuid,
            o.system,
            o.key_digest,
            o.key,
            o.record,
            o.values.kind or "order",
            o.values.status,
            o.at,
            o.values.promised_at.at if o.values.promised_at else None,
            o.values.done_at.at if o.values.done_at else None,
            o.values.amount_minor,
            o.values.currency,
            o.values.article,
            o.content,
        )
        for row, uuid, o in zip(ids, uuid7s(len(ids)), ordered, strict=True)
    ]
    cur.execute(_UPSERT, [list(column) for column in zip(*rows, strict=True)])
    changed = {bytes(digest): row for row, digest in cur.fetchall()}
    _write_events(cur, [newest[digest] for digest in changed], changed)
    return changed


def _write_events(cur: Cursor, told: Sequence[OrderTold], ids: dict[bytes, int]) -> None:
    events = draw_ids(cur, {"core_event": len(told)})["core_event"]
    insert_rows(
        cur,
        "core_event",
        ("id", "kind", "occurred_at", "seq", "actor_type", "source_id", "delivery_id", "data"),
        [
            (e, f"{o.values.kind or 'order'}.told", o.told_at, o.seq, "machine", o.source, o.delivery, _codes(o))
            for e, o in zip(events, told, strict=True)
        ],
    )
    objects = [(e, "order", ids[o.key_digest]) for e, o in zip(events, told, strict=True)]
    objects += [(e, "record", o.record) for e, o in zip(events, told, strict=True) if o.record is not None]
    insert_rows(cur, "core_eventobject", ("event_id", "type", "object_id"), objects)


def _codes(order: OrderTold) -> str:
    values = order.values
    times = {"at": order.at, "promised_at": values.promised_at, "done_at": values.done_at}
    told: dict[str, object] = {"status": values.status, "amount_minor": values.amount_minor}
    for name, moment in times.items():
        at = moment if isinstance(moment, datetime) or moment is None else moment.at
        if at is not None:
            told[name] = at.isoformat()
    return json.dumps(told)
