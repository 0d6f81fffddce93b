"""The supervisor's pauses, its children's logs, and what it does with deaf children."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cli.supervisor import FIRST_PAUSE, HEALTHY_SECONDS, LONGEST_PAUSE, Pause, Spec, Supervisor
from rundblick.core.server.processes import is_alive

DEAF = "import os, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint(os.getpid(), flush=True)\n"
DEAF += "if os.fork() == 0: print(os.getpid(), flush=True)\nwhile True: time.sleep(1)\n"


def python(name: str, code: str) -> Spec:
    return Spec(name, [sys.executable, "-c", code])


@given(st.lists(st.floats(0, HEALTHY_SECONDS - 1), min_size=1, max_size=12))
def test_the_pause_doubles_with_each_early_death_up_to_a_limit(lives: list[float]) -> None:
    pause = Pause()
    waits = [pause.after_failure(1000.0, lived) for lived in lives]
    assert waits == [min(LONGEST_PAUSE, FIRST_PAUSE * 2**n) for n in range(len(lives))]


def test_a_healthy_life_makes_earlier_deaths_forgotten() -> None:
    pause = Pause()
    for _ in range(5):
        pause.after_failure(0.0, 1.0)
    assert pause.after_failure(500.0, HEALTHY_SECONDS) == FIRST_PAUSE
    assert pause.until == 500.0 + FIRST_PAUSE


def run_until(supervisor: Supervisor, said: list[str], enough: int) -> None:
    """Run the supervisor until it has said so much."""

    def ready() -> bool:
        if len(said) >= enough:
            supervisor.stop()
        return False

    supervisor.run(ready)


def test_a_child_that_dies_is_started_again_and_its_last_words_are_passed_on(tmp_path: Path) -> None:
    said: list[str] = []
    broken = python("broken", "print('first'); print('no such table: cases'); raise SystemExit(3)")
    run_until(Supervisor([broken], tmp_path / "log", None, said.append), said, 2)
    assert said[0] == "broken: ended with exit code 3; starts again in 0.5 s. no such table: cases"
    assert "in 1 s" in said[1]
    assert (tmp_path / "log" / "broken.log").read_text().count("first\n") == 2


def test_a_deaf_child_and_its_own_children_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.cli.supervisor.PATIENCE", 0.3)
    log = tmp_path / "log" / "deaf.log"
    supervisor = Supervisor([python("deaf", DEAF)], tmp_path / "log", None, print)

    def ready() -> bool:
        if log.exists() and log.read_text().count("\n") == 2:
            supervisor.stop()
        return False

    supervisor.run(ready)
    pids = [int(line) for line in log.read_text().split()]
    assert len(set(pids)) == 2
    assert not [pid for pid in pids if is_alive(pid)]


def test_it_ends_on_a_signal_and_gives_the_signals_back(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    supervisor = Supervisor([python("quiet", "import time; time.sleep(60)")], tmp_path / "log", None, print)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
    supervisor.run()
    assert signal.getsignal(signal.SIGTERM) is before
    assert all(child.process is None for child in supervisor.children)


def test_a_log_does_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.cli.supervisor.LOG_BYTES", 1000)
    said: list[str] = []
    loud = python("loud", "for n in range(500): print('line', n)")
    run_until(Supervisor([loud], tmp_path / "log", None, said.append), said, 1)
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "log").iterdir()}
    assert set(sizes) == {"loud.log", "loud.log.1"}
    assert max(sizes.values()) < 1100
