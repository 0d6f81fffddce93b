"""A reader of the log that does its work once for each event: its position moves in the same transaction.

    def sweep() -> int:
        return follow("escalation", ("message.received", "case.handed_over"), look)

Two workers do not read at once: the second one finds the place taken and has nothing to do. A reader that was never
there starts behind everything that is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from django.db import transaction

from rundblick.core.database import cursor
from rundblick.core.feed import FeedEvent, end, read
from rundblick.core.following import begin, held, keep
from rundblick.core.registry import Cursor

Do = Callable[[Cursor, Sequence[FeedEvent]], None]
_STEP: Final = 1000  # transactions without an event for this reader, after which its position is moved all the same


def follow(
    name: str, kinds: Sequence[str], do: Do, limit: int = 500, first: Callable[[Cursor], None] | None = None
) -> int:
    """Read one page and do something about it, in one transaction; gives how many events were read.

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
