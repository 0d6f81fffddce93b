"""The ASGI application of the live process: ``GET /events?ticket=...`` (server-sent events) and ``GET /health``.

It starts without Django's rooms: it needs the secret key, to read tickets, and the database's address, to listen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from rundblick.core import home, server
from rundblick.core.tickets import live_ticket, read_ticket
from rundblick.live.changes import Listener
from rundblick.live.stream import A_SECOND, Client, Hub, next_text

log = logging.getLogger("rundblick.live")

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]

HEARTBEAT_SECONDS = 15.0
RENEW_SECONDS = 5 * 60
RETRY_MS = 2000
MOST_CLIENTS = 5000


class Application:
    """One process: a hub, a listener, and the pages that are connected."""

    def __init__(self, url: str, origins: frozenset[str], address: str) -> None:
        self.hub = Hub()
        self._url = url
        self._origins = origins
        self._address = address
        self._listener: Listener | None = None
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Listen from the start of the process to its end."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._listener = Listener(self._url, self.hub)
                self._task = asyncio.create_task(self._listener.run())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                if self._task is not None:
                    self._task.cancel()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in scope["headers"]}
        path, method = scope["path"].rstrip("/"), scope["method"]
        if path.endswith("/health"):
            connected = self._listener is not None and self._listener.connected.is_set()
            await _reply(send, 200 if connected else 503, "listening\n" if connected else "no database\n")
        elif not path.endswith("/events"):
            await _reply(send, 404, "")
        elif method != "GET":
            await _reply(send, 405, "")
        elif not self._is_ours(headers):
            await _reply(send, 403, "This address answers only to the desk.\n")
        else:
            given = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
            who = read_ticket(given)
            if who is None:
                # 204 ends the browser's own attempts; the page then asks in its turn, or the desk for a new ticket.
                await _reply(send, 204, "", self._cors(headers))
            elif len(self.hub.clients) >= MOST_CLIENTS:
                await _reply(send, 503, "", self._cors(headers))
            else:
                await self._stream(who, headers, receive, send)

    def _is_ours(self, headers: Mapping[str, str]) -> bool:
        """From a page of the desk: by its origin, or, behind one origin for both, by what the browser says."""
        origin = headers.get("origin", "")
        if origin:
            return origin in self._origins
        return headers.get("sec-fetch-site") == "same-origin"

    def _cors(self, headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        origin = headers.get("origin", "")
        return [(b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"Origin")] if origin else []

    async def _stream(self, who: tuple[int, int], headers: Mapping[str, str], receive: Receive, send: Send) -> None:
        last = headers.get("last-event-id", "")
        client = self.hub.join(int(last) if last.isdecimal() else None)
        gone = asyncio.create_task(_gone(receive))
        try:
            start = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
            start += [(b"x-accel-buffering", b"no"), *self._cors(headers)]
            await send({"type": "http.response.start", "status": 200, "headers": start})
            await _part(send, f"retry: {RETRY_MS}\nid: {self.hub.position}\n\n")
            await self._tell(who, client, gone, send)
        except (ConnectionError, OSError, RuntimeError) as error:  # the page went away while we wrote
            log.debug("stream ended: %r", error)
        finally:
            gone.cancel()
            self.hub.leave(client)

    async def _tell(self, who: tuple[int, int], client: Client, gone: asyncio.Task[None], send: Send) -> None:
        """Write what changes until the page goes or its chain of tickets ends."""
        user, since = who
        clock = asyncio.get_running_loop().time
        renew = clock() + RENEW_SECONDS
        while not gone.done():
            wake = asyncio.create_task(client.wake.wait())
            await asyncio.wait({wake, gone}, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            wake.cancel()
            if gone.done():
                return
            await _part(send, next_text(client, self.hub.position) if client.wake.is_set() else ": still here\n\n")
            if clock() >= renew:
                renew = clock() + RENEW_SECONDS
                ticket = live_ticket(user, since)
                if read_ticket(ticket) is None:
                    return
                await _part(send, f"event: ticket\ndata: {self._address}/events?{urlencode({'ticket': ticket})}\n\n")
            await asyncio.wait({gone}, timeout=1 / A_SECOND)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _part(send: Send, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _reply(send: Send, status: int, text: str, more: list[tuple[bytes, bytes]] | None = None) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def origins_of(settings: home.Settings) -> frozenset[str]:
    """Origins of the desk's pages: the public one, or the address it is served at, under all names of this machine."""
    if settings.public_url:
        return frozenset(home.origins(settings))
    parts = urlsplit(f"//{settings.address}")
    names = {parts.hostname or "127.0.0.1", *settings.allowed_hosts}
    if names & {"127.0.0.1", "localhost", "::1", "0.0.0.0", "::"}:
        names |= {"127.0.0.1", "localhost", "::1"}
    port = parts.port or 8000
    return frozenset(f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}" for name in names)


def make() -> Application:
    """The application of this installation."""
    folder = home.home()
    settings = home.settings(folder)
    address = (settings.live_url or f"http://{settings.live_address}").rstrip("/")
    return Application(server.database_url(folder), origins_of(settings), address)


def __getattr__(name: str) -> Any:
    # Made when the server asks for it, not when somebody reads this module.
    if name == "application":
        globals()["application"] = made = make()
        return made
    raise AttributeError(name)
