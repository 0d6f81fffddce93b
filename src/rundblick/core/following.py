"""Following the feed (core.feed) with a position that is kept: each event is met once, also by several workers.

    with transaction.atomic(), cursor() as cur:
        position = held(cur, "clocks")            # None: another worker is at it, or nobody has begun
        ...
        keep(cur, "clocks", after)

The position is kept in the transaction of what was done with the events, so both hold or neither.
"""

from __future__ import annotations

from rundblick.core.feed import Position
from rundblick.core.registry import Cursor


def held(cur: Cursor, name: str) -> Position | None:
    """The reader's position, locked until the transaction ends; None when somebody else holds it."""
    cur.execute("SELECT tx, event_id FROM core_reader WHERE name = %s FOR UPDATE SKIP LOCKED", (name,))
    row = cur.fetchone()
    return None if row is None else Position(int(row[0]), int(row[1]))


def begin(cur: Cursor, name: str, at: Position) -> bool:
    """Start a reader at a position; false when it has begun already."""
    cur.execute(
        "INSERT INTO core_reader (name, tx, event_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING name",
        (name, at.tx, at.id),
    )
    return cur.fetchone() is not None


def wait_for(cur: Cursor, name: str) -> None:
    """Hold the reader's place until the transaction ends, as soon as nobody else does."""
    cur.execute("SELECT FROM core_reader WHERE name = %s FOR UPDATE", (name,))


def keep(cur: Cursor, name: str, at: Position) -> None:
    """Say how far the reader has come."""
    cur.execute("UPDATE core_reader SET tx = %s, event_id = %s, at = now() WHERE name = %s", (at.tx, at.id, name))


def forget(cur: Cursor, name: str) -> None:
    """Let the reader begin anew."""
    cur.execute("DELETE FROM core_reader WHERE name = %s", (name,))
