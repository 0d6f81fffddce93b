"""Where the live process hears of changes: one LISTEN connection, whatever the number of pages.

The road and the desk announce "these cases changed" once a batch, in the transaction that changed them. The process
turns their ids into the names that pages know (one query a batch, none a page).
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass

import psycopg

from rundblick.core.announcing import CHANGED
from rundblick.live.stream import Hub

log = logging.getLogger("rundblick.live")

POSITION_SECONDS = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
SILENCE_SECONDS = 30.0

_POSITION = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_NAMES = "select 'case:' || uuid from cases_case where id = any(%s)"
# What was committed at or after a position, also while nobody listened.
_SINCE = """
    select distinct 'case:' || c.uuid from core_event e
    join core_eventobject o on o.event_id = e.id and o.type = 'case' join cases_case c on c.id = o.object_id
    where e.tx >= %s::text::xid8 limit %s
"""
MOST_MISSED = 1000


@dataclass(frozen=True, slots=True)
class Announced:
    """What one notification says. ``whole`` is false when there were too many cases to name."""

    cases: tuple[int, ...]
    whole: bool


def parse(payload: str) -> Announced:
    """Read a notification; one that is not understood counts as "something changed"."""
    try:
        found = json.loads(payload)
        return Announced(tuple(int(case) for case in found["cases"]), bool(found.get("whole", True)))
    except (ValueError, KeyError, TypeError):
        return Announced((), False)


class Listener:
    """Keeps one connection that listens, for ever; after a gap it catches up from the last position."""

    def __init__(self, url: str, hub: Hub) -> None:
        self._url = url
        self._hub = hub
        self.connected = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled."""
        pause = FIRST_PAUSE
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._url, autocommit=True, connect_timeout=10, application_name="rundblick live"
                )
                async with connection:
                    pause = FIRST_PAUSE
                    await self._listen(connection)
            except (psycopg.Error, OSError) as error:
                log.warning("the database does not answer: %s", str(error).strip().splitlines()[:1])
            self.connected.clear()
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _listen(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        await connection.execute(f"listen {CHANGED}")
        before = self._hub.position
        # Taken after LISTEN: what commits from here on is announced to us.
        reached = await _position(connection)
        if before:
            await self._catch_up(connection, before)
        self._hub.reached(reached)
        self.connected.set()
        looked = asyncio.get_running_loop().time()
        while True:
            # The position lags by one look: a transaction announces itself just after it is committed.
            heard = [note async for note in connection.notifies(timeout=POSITION_SECONDS, stop_after=1)]
            now = asyncio.get_running_loop().time()
            if heard:
                # What else lies there already belongs to the same moment.
                heard += [note async for note in connection.notifies(timeout=0)]
                await self._announce(connection, [parse(note.payload) for note in heard if note.channel == CHANGED])
            if now - looked >= POSITION_SECONDS and (heard or now - looked >= SILENCE_SECONDS):
                looked = now
                self._hub.reached(reached)
                async with asyncio.timeout(10):  # a server that went away without a word
                    reached = await _position(connection)

    async def _announce(
        self, connection: psycopg.AsyncConnection[tuple[object, ...]], announced: list[Announced]
    ) -> None:
        cases = sorted({case for one in announced for case in one.cases})
        names: set[str] = set()
        if cases:
            cursor = await connection.execute(_NAMES, [cases])
            names = {str(row[0]) for row in await cursor.fetchall()}
        if all(one.whole for one in announced):
            self._hub.changed(names)
        else:
            self._hub.lost()

    async def _catch_up(self, connection: psycopg.AsyncConnection[tuple[object, ...]], position: int) -> None:
        cursor = await connection.execute(_SINCE, [str(position), MOST_MISSED])
        names = {str(row[0]) for row in await cursor.fetchall()}
        log.info("caught up after a gap: %d cases", len(names))
        if len(names) >= MOST_MISSED:
            self._hub.lost()
        else:
            self._hub.changed(names)


async def _position(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> int:
    cursor = await connection.execute(_POSITION)
    row = await cursor.fetchone()
    assert row is not None
    return int(str(row[0]))
