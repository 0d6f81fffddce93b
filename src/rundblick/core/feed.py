"""The one way to read events behind a position: roll-ups, webhooks, models, live updates.

Ids are drawn when an event is written and become visible when its transaction ends, so a reader that remembers the
highest id misses whatever was drawn earlier and committed later. The feed therefore gives only events of transactions
that ended before every running one began to count - below ``pg_snapshot_xmin(pg_current_snapshot())`` - in the order
(tx, id). Nothing is missed and nothing comes twice; a transaction that runs for long holds the feed back, and
``behind`` says how far.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rundblick.core.registry import Cursor


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """The place after an event, in the feed's order. ``Position()`` is the beginning."""

    tx: int = 0
    id: int = 0

    def __str__(self) -> str:
        """How a position is stored and sent: "tx.id"."""
        return f"{self.tx}.{self.id}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """The position that ``str`` wrote. Raises ValueError."""
        tx, _, number = text.partition(".")
        position = cls(int(tx), int(number))
        if position.tx < 0 or position.id < 0:
            raise ValueError(f"{text!r} is no position of the feed")
        return position


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """One event with the things it belongs to: (type, id), in their order."""

    position: Position
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    seq: int
    actor_type: str
    actor_id: int | None
    source_id: int | None
    delivery_id: int | None
    data: dict[str, Any] | None
    objects: tuple[tuple[str, int], ...] = ()

    @property
    def id(self) -> int:
        return self.position.id

    def ids(self, object_type: str) -> list[int]:
        """The ids of one type of object that it belongs to."""
        return [number for kind, number in self.objects if kind == object_type]


_READ = """
WITH page AS MATERIALIZED (
    SELECT e.* FROM core_event e
    WHERE (e.tx, e.id) > (%(tx)s::text::xid8, %(id)s) AND e.tx < pg_snapshot_xmin(pg_current_snapshot())
      AND (%(kinds)s::text[] IS NULL OR e.kind = ANY(%(kinds)s))
    ORDER BY e.tx, e.id LIMIT %(limit)s
)
SELECT p.id, p.tx::text::bigint, p.kind, p.occurred_at, p.recorded_at, p.seq, p.actor_type, p.actor_id,
       p.source_id, p.delivery_id, p.data, o.types, o.ids
FROM page p LEFT JOIN (
    SELECT event_id, array_agg(type ORDER BY type, object_id) AS types,
           array_agg(object_id ORDER BY type, object_id) AS ids
    FROM core_eventobject WHERE event_id IN (SELECT id FROM page) GROUP BY event_id
) o ON o.event_id = p.id
ORDER BY p.tx, p.id
"""

# what lies below it has ended: the position to name as read when a page was not full
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


def read(
    cur: Cursor, after: Position, limit: int = 500, kinds: Sequence[str] | None = None
) -> tuple[list[FeedEvent], Position]:
    """At most ``limit`` events after the position, and the position to go on from.

    kinds  only these kinds; the position still moves past the others, so that a reader of rare kinds does not walk
           the whole log again each time
    """
    # asked before the page: what becomes visible in between is above it and is read next time
    cur.execute(_HORIZON)
    row = cur.fetchone()
    horizon = Position(row[0] if row else 0, 0)
    cur.execute(
        _READ,
        {"tx": str(after.tx), "id": after.id, "limit": limit, "kinds": None if kinds is None else list(kinds)},
    )
    events = [_event(row) for row in cur.fetchall()]
    if len(events) >= limit:
        return events, events[-1].position
    last = events[-1].position if events else after
    return events, max(last, after, horizon)


def end(cur: Cursor) -> Position:
    """The position behind everything that can be read now: where a new reader starts that wants no past."""
    cur.execute(_HORIZON)
    row = cur.fetchone()
    return Position(row[0] if row else 0, 0)


def behind(cur: Cursor, after: Position) -> float:
    """Seconds since the oldest event that a reader at this position has not got, held back ones too; 0 = none."""
    cur.execute(
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float8 FROM core_event "
        "WHERE (tx, id) > (%s::text::xid8, %s)",
        (str(after.tx), after.id),
    )
    row = cur.fetchone()
    return float(row[0]) if row else 0.0


def _event(row: tuple[Any, ...]) -> FeedEvent:
    number, tx, kind, occurred, recorded, seq, actor, actor_id, source, delivery, data, types, ids = row
    if isinstance(data, str):  # Django's connection leaves jsonb as text
        data = json.loads(data)
    objects = tuple(zip(types or (), ids or (), strict=True))
    return FeedEvent(
        Position(tx, number), kind, occurred, recorded, seq, actor, actor_id, source, delivery, data, objects
    )
