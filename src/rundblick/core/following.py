"""Following the feed (core.feed) with a position that is kept: each event is met once, also by several workers.

    with transaction.atomic(), cursor() as cur:
        position = held(cur, "clocks")            # None: another worker is at it, or nobody has begun
        ...
        keep(cur, "clocks", after)

    follow("escalation", ("message.received",), look)    # all of that, a page at a time

The position is kept in the transaction of what was done with the events, so both hold or neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from django.db import transaction

from rundblick.core.database import cursor
from rundblick.core.feed import FeedEvent, Position, end, read
from rundblick.core.registry import Cursor

Do = Callable[[Cursor, Sequence[FeedEvent]], None]
_STEP: Final = 1000  # transactions without an event for this reader, after which its position is moved all the same


def follow(
    name: str, kinds: Sequence[str], do: Do, limit: int = 500, first: Callable[[Cursor], None] | None = None
) -> int:
    """Read one page and do something about it, in one transaction; gives how many events were read.

    Two workers do not read at once: the second one finds the place taken and has nothing to do. A reader that was
    never there starts behind everything that is known.

    ``first``: what is done when this reader begins, instead of reading what was before it.

    Raises what ``do`` raises; then the position stays, and the same events come again.
    """
    with transaction.atomic(), cursor() as cur:
        position = held(cur, name)
        if position is None:
            if begin(cur, name, end(cur)) and first is not None:
                first(cur)
            return 0
        events, after = read(cur, position, limit, kinds)
        if events:
            do(cur, events)
        if events or after.tx - position.tx > _STEP:
            keep(cur, name, after)
        return len(events)


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
