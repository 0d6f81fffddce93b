"""What dies is started again, alone, and nothing of it is left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rundblick.core.server import embedded, processes
from tests.cli.running import Running, until
from tests.installations import installation

pytestmark = pytest.mark.violent


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with installation() as made:
        started = Running(made)
        started.wait_for("open at")
        yield started
        if started.process.poll() is None:
            started.end(signal.SIGKILL)


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


def test_the_supervisors_death_ends_its_children_and_the_next_start_ends_the_database() -> None:
    with installation() as made:
        first = Running(made)
        first.wait_for("open at")
        first.end(signal.SIGKILL)
        data = made.home / "database" / "data"
        until(lambda: set(made.processes()) <= set(processes.of_folder(data)), "children of a killed supervisor")
        second = Running(made)
        second.wait_for("open at")
        assert second.end(signal.SIGTERM) == 0
        assert made.processes() == []


DEAF = """
import sys
from pathlib import Path
from rundblick.cli.supervisor import Spec, Supervisor
child = "import os, signal, time; signal.signal(15, signal.SIG_IGN); os.fork(); "
child += "print(os.getpid(), flush=True); time.sleep(600)"
Supervisor([Spec("deaf", [sys.executable, "-c", child])], Path(sys.argv[1]), None, print).run()
"""


def test_deaf_children_of_a_killed_supervisor_are_ended_too(tmp_path: Path) -> None:
    log = tmp_path / "deaf.log"
    supervisor = subprocess.Popen([sys.executable, "-c", DEAF, str(tmp_path)])
    until(lambda: log.exists() and log.read_text().count("\n") == 2, "the children")
    supervisor.kill()
    supervisor.wait()
    pids = [int(line) for line in log.read_text().split()]
    until(lambda: not any(processes.is_alive(pid) for pid in pids), "the end of the children")


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0
