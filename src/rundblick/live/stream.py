"""What each open page is told, and how often: thinned to four messages a second, resynchronised where it missed some.

Pure of network and database: the application writes what ``next_text`` gives, the listener calls ``changed``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

A_SECOND = 4
# More than this at once, and the page had better fetch everything it shows.
MOST_CASES = 200
REMEMBERED = 2000
ANY_CASE = "case"


@dataclass(eq=False, slots=True)
class Client:
    """One open page. ``pending`` are the names of what changed since it was last told."""

    pending: set[str] = field(default_factory=set)
    resync: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was told while the position was ``position``."""

    position: int
    names: frozenset[str]


class Hub:
    """All open pages of this process, and what was told lately.

    A position is a transaction number of the database: whoever was told everything up to a position has missed
    nothing that was committed by transactions below it. It is the same in every live process of an installation.
    """

    def __init__(self) -> None:
        self.clients: set[Client] = set()
        self.position = 0
        self._past: deque[Remembered] = deque(maxlen=REMEMBERED)
        self._from = 0

    def join(self, last_position: int | None) -> Client:
        """A page opens its stream; ``last_position`` is what it saw before a gap, None on the first time."""
        client = Client()
        if last_position is not None:
            missed = self._since(last_position)
            if missed is None:
                client.resync = True
            else:
                client.pending |= missed
            if client.resync or client.pending:
                client.wake.set()
        self.clients.add(client)
        return client

    def leave(self, client: Client) -> None:
        """A page has gone."""
        self.clients.discard(client)

    def changed(self, names: Iterable[str]) -> None:
        """Tell every page that these changed."""
        told = frozenset(names)
        if not told:
            return
        self._past.append(Remembered(self.position, told))
        for client in self.clients:
            client.pending |= told
            client.wake.set()

    def lost(self) -> None:
        """Something may have been missed: every page fetches all that it shows."""
        self._past.clear()
        self._from = self.position
        for client in self.clients:
            client.resync = True
            client.wake.set()

    def reached(self, position: int) -> None:
        """Everything of transactions below this position was told."""
        if not self._from:
            self._from = position
        self.position = max(self.position, position)

    def _since(self, position: int) -> set[str] | None:
        """What was told since a position, and perhaps a little before; None when it is too long ago to know.

        What was told while our own position stood at q belongs to transactions from q up to where it stood next.
        """
        if not self._from or position < self._from:
            return None
        stood = max((one.position for one in self._past if one.position <= position), default=position)
        if len(self._past) == REMEMBERED and stood <= self._past[0].position:
            return None
        return {name for one in self._past if one.position >= stood for name in one.names}


def next_text(client: Client, position: int) -> str:
    """The next message for this page, as an event of the stream; empties what was pending."""
    names, resync = client.pending, client.resync
    client.pending, client.resync = set(), False
    client.wake.clear()
    if resync or len(names) > MOST_CASES:
        return f"id: {position}\nevent: resync\ndata: *\n\n"
    return f"id: {position}\nevent: changed\ndata: {','.join([ANY_CASE, *sorted(names)])}\n\n"
