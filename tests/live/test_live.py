"""Two live processes, fifty open pages, a real database: nothing is missed, also over a gap."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from rundblick.core import server
from tests.installations import Installation, installation

PAGES = 50
SECONDS = 60.0

MAKE_CASES = """
from datetime import UTC, datetime
from rundblick.core.envelope import Envelope
from rundblick.intake.accept import accept
from rundblick.intake.worker import RoadSweep
first = int(sys.argv[1])
mail = b"From: <somebody%d@example.de>\\r\\nMessage-ID: <%d@example.de>\\r\\nSubject: Frage %d\\r\\n\\r\\nGuten Tag"
accept([Envelope("mailbox:t", str(n), "mail", datetime.now(UTC), mail % (n, n, n)) for n in range(first, first + 20)])
sweep = RoadSweep()
while sweep():
    pass
sweep.close()
"""


@dataclass(slots=True)
class Page:
    """An open page: what it was told, and when."""

    port: int
    ticket: str
    names: set[str] = field(default_factory=set)
    resyncs: int = 0
    times: list[float] = field(default_factory=list)
    last_id: str = ""
    status: int = 0
    task: asyncio.Task[None] | None = None

    async def read(self, origin: str = "http://127.0.0.1:8000") -> None:
        """Open the stream and keep reading it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"GET /events?ticket={self.ticket} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
        head += f"Origin: {origin}\r\n" if origin else ""
        head += f"Last-Event-ID: {self.last_id}\r\n" if self.last_id else ""
        writer.write((head + "\r\n").encode())
        try:
            self.status = int((await reader.readline()).split()[1])
            while line := (await reader.readline()).decode().rstrip():
                self._take(line)
            if self.status == 200:
                while raw := await reader.readline():
                    self._take(raw.decode().rstrip())
        finally:
            writer.close()

    def _take(self, line: str) -> None:
        if line.startswith("id: "):
            self.last_id = line.removeprefix("id: ")
        if line.startswith("data: "):
            self.times.append(time.monotonic())
            told = line.removeprefix("data: ")
            self.resyncs += told == "*"
            self.names |= set(told.split(","))

    async def open(self) -> Page:
        """Start reading beside; returns when the stream answers."""
        self.task = asyncio.create_task(self.read())
        await until(lambda: bool(self.last_id) or self.task.done())  # type: ignore[union-attr]
        return self

    async def close(self) -> None:
        """Close the page."""
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not true():
            await asyncio.sleep(0.02)


@dataclass(frozen=True, slots=True)
class House:
    """A database with cases, and two live processes."""

    made: Installation
    running: server.Server
    ports: tuple[int, int]

    def ticket(self) -> str:
        code = "from rundblick.core.tickets import live_ticket; print(live_ticket(1))"
        return self.made.python(code).stdout.strip()

    def cases(self, first: int) -> set[str]:
        """Twenty new cases walk the road; their names."""
        walked = self.made.python(MAKE_CASES, str(first))
        assert walked.returncode == 0, walked.stderr
        keys = [str(n) for n in range(first, first + 20)]
        query = "select 'case:' || c.uuid from cases_case c join cases_message m on m.case_id = c.id"
        query += " join core_delivery d on d.id = m.delivery_id where d.source_key = any(%s)"
        with contextlib.closing(psycopg.connect(self.made.url)) as connection:
            found = {str(row[0]) for row in connection.execute(query.encode(), [keys])}
        assert len(found) == 20
        return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with installation() as made, server.ensure(made.home) as running, contextlib.ExitStack() as stack:
        migrated = made.run("migrate")
        assert migrated.returncode == 0, migrated.stderr
        ports = (free_port(), free_port())
        for port in ports:
            address = f"127.0.0.1:{port}"
            process = made.start("live", RUNDBLICK_LIVE_ADDRESS=address, RUNDBLICK_ADDRESS="127.0.0.1:8000")
            stack.callback(_end, process)
        for port in ports:
            _wait_for_health(port)
        yield House(made, running, ports)


def _end(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=20)


def _wait_for_health(port: int) -> None:
    limit = time.monotonic() + SECONDS
    while time.monotonic() < limit:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as link:
            link.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            if b" 200 " in link.recv(100):
                return
        time.sleep(0.05)
    raise AssertionError(f"the live process on {port} does not listen")


def test_fifty_pages_over_two_processes_miss_nothing_also_over_a_gap(house: House) -> None:
    ticket = house.ticket()

    async def scene() -> None:
        pages = [await Page(house.ports[n % 2], ticket).open() for n in range(PAGES)]
        first = await asyncio.to_thread(house.cases, 0)
        await until(lambda: all(first <= page.names for page in pages))

        # Both processes lose their connection, and cases change before they have it again.
        with contextlib.closing(house.running.admin("rundblick")) as admin:
            live = "from pg_stat_activity where application_name = 'rundblick live'"
            ended = admin.execute(f"select count(pg_terminate_backend(pid)) {live}".encode()).fetchone()
            assert ended == (2,)
            second = await asyncio.to_thread(house.cases, 100)
        await until(lambda: all(second <= page.names or page.resyncs for page in pages))

        # The server dies and comes back.
        postmaster = house.running.postmaster()
        assert postmaster is not None
        os.kill(postmaster, signal.SIGKILL)
        await until(lambda: house.running.postmaster() is None)
        await asyncio.to_thread(house.running.revive)
        third = await asyncio.to_thread(house.cases, 200)
        await until(lambda: all(third <= page.names or page.resyncs for page in pages))
        for page in pages:
            await page.close()

    asyncio.run(scene())


def test_a_page_that_reconnects_is_told_what_it_missed_by_either_process(house: House) -> None:
    ticket = house.ticket()

    async def scene() -> None:
        page = await Page(house.ports[0], ticket).open()
        await page.close()
        missed = await asyncio.to_thread(house.cases, 300)
        for port in house.ports:
            again = await Page(port, ticket, last_id=page.last_id).open()
            await until(lambda again=again: missed <= again.names or again.resyncs > 0)  # type: ignore[misc]
            await again.close()

    asyncio.run(scene())


def test_a_page_is_told_at_most_four_times_a_second(house: House) -> None:
    ticket = house.ticket()

    async def scene() -> None:
        names = await asyncio.to_thread(house.cases, 400)
        page = await Page(house.ports[0], ticket).open()
        async with await psycopg.AsyncConnection.connect(house.made.url, autocommit=True) as connection:
            found = await (await connection.execute("select id from cases_case order by id desc limit 20")).fetchall()
            began = time.monotonic()
            for n in range(400):
                payload = f'{{"cases":[{found[n % 20][0]}],"whole":true}}'
                await connection.execute("select pg_notify('rundblick_changed', %s)", [payload])
            lasted = time.monotonic() - began
            await until(lambda: names <= page.names)
        await page.close()
        told = [at for at in page.times if at >= began]
        assert len(told) <= 4 * (told[-1] - began) + 2, f"{len(told)} messages in {lasted:.1f} s"

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("origin", "ticket", "status"),
    [
        ("http://127.0.0.1:8000", "good", 200),
        ("http://evil.example", "good", 403),
        ("", "good", 403),
        ("http://127.0.0.1:8000", "1.2:forged:x", 204),
        ("http://127.0.0.1:8000", "", 204),
    ],
)
def test_only_a_page_of_the_desk_with_a_valid_ticket_gets_the_stream(
    house: House, origin: str, ticket: str, status: int
) -> None:
    page = Page(house.ports[0], house.ticket() if ticket == "good" else ticket)

    async def scene() -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(5 if status == 200 else SECONDS):
                task = asyncio.create_task(page.read(origin))
                await until(lambda: bool(page.status))
                task.cancel()

    asyncio.run(scene())
    assert page.status == status


def test_the_process_starts_without_the_programs_rooms() -> None:
    code = "import sys; import rundblick.live.application; print([m for m in sys.modules if m.endswith('.models')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path("/"), check=True)
    assert done.stdout.strip() == "[]"
