"""``rundblick run`` as people use it: it comes up, mends what dies, and leaves nothing behind on Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rundblick.core.server import embedded, processes
from tests.installations import Installation, installation

SECONDS = 90.0


class Running:
    """A started ``rundblick run`` and what it says."""

    def __init__(self, made: Installation, **environment: str) -> None:
        self.made = made
        self.process = made.start("run", **environment)
        self.said: list[str] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self._lines.put(line)

    def end(self, number: int) -> int:
        """Send this signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(30)
        self._reader.join(10)
        return code

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first line from here on that fits."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(queue.Empty):
                self.said.append(self._lines.get(timeout=0.2))
                if found := re.search(pattern, self.said[-1]):
                    return found
            assert self.process.poll() is None or not self._lines.empty(), "".join(self.said)
        raise AssertionError(f"nobody said {pattern!r}:\n{''.join(self.said)}")

    def child(self, *words: str) -> int:
        """The process whose command line has these words, the leader of its group."""
        for pid in self.made.processes():
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                if all(word in command for word in words) and os.getpgid(pid) == pid:
                    return pid
        raise AssertionError(f"no process {words}")


def until(true: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < limit, f"not in time: {what}"
        threading.Event().wait(0.1)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with installation() as made:
        started = Running(made)
        started.wait_for("open at")
        yield started
        if started.process.poll() is None:
            started.end(signal.SIGKILL)


def test_the_live_process_listens(running: Running) -> None:
    command = Path(f"/proc/{running.child('rundblick.live.application:application')}/cmdline").read_bytes().decode()
    port = command.split("\0")[command.split("\0").index("--port") + 1]
    until(lambda: answers(f"http://127.0.0.1:{port}/health"), "the live process")


@pytest.mark.parametrize(
    ("name", "words"), [("web", ("rundblick.wsgi:application",)), ("worker-road", ("worker", "road"))]
)
def test_a_killed_process_is_started_again(running: Running, name: str, words: tuple[str, ...]) -> None:
    first = running.child(*words)
    os.kill(first, signal.SIGKILL)
    running.wait_for(f"{name}: was ended by SIGKILL; starts again")

    def is_back() -> bool:
        with contextlib.suppress(AssertionError):
            return running.child(*words) != first
        return False

    until(is_back, name)
    assert not [pid for pid in running.made.processes() if _group(pid) == first], "nothing of the killed one is left"


def test_a_killed_database_is_started_again_and_the_workers_go_on(running: Running) -> None:
    postmaster = embedded.running(running.made.home / "database" / "data")
    assert postmaster is not None
    worker = running.child("worker", "road")
    os.kill(postmaster, signal.SIGKILL)
    running.wait_for("database: had ended and was started again")
    listening = "select count(*) from pg_stat_activity where application_name = 'rundblick road'"
    until(lambda: running.made.ask(listening) == 1, "the worker's new connection")
    assert running.child("worker", "road") == worker


def test_a_second_start_in_the_same_home_finds_another_port_and_shares_the_database(running: Running) -> None:
    second = Running(running.made)
    second.wait_for(r"open at http://127\.0\.0\.1:\d+")
    assert second.end(signal.SIGINT) == 0
    assert running.made.ask("select 1") == 1


def test_it_says_how_to_get_in_and_ctrl_c_ends_everything() -> None:
    with installation() as made:
        first = Running(made)
        address = first.wait_for(r"open at (http://127\.0\.0\.1:\d+)")[1]
        first.wait_for("admin-link")
        assert answers(address)
        assert len(made.processes()) > 8
        os.killpg(first.process.pid, signal.SIGINT)
        assert first.process.wait(30) == 0
        assert made.processes() == []

        began = time.monotonic()
        second = Running(made)
        second.wait_for("open at")
        assert time.monotonic() - began < 20, "a second start takes seconds"
        second.end(signal.SIGKILL)
        data = made.home / "database" / "data"
        until(lambda: set(made.processes()) <= set(processes.of_folder(data)), "children of a killed supervisor")
        # the database goes on; the next start finds it, and ends it
        third = Running(made)
        third.wait_for("open at")
        assert third.end(signal.SIGTERM) == 0
        assert made.processes() == []


def test_a_taken_address_is_said_and_nothing_starts(running: Running) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        done = running.made.run("run", RUNDBLICK_ADDRESS=address)
    assert done.returncode == 2
    assert f"{address} is in use" in done.stderr and "RUNDBLICK_ADDRESS" in done.stderr


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
