"""Everything that can die dies while mails come in; what the source was told is kept is there, once."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable

import psycopg
import pytest

from rundblick.core.server import embedded, processes
from tests.violent.conftest import MESSAGES, House
from tests.violent.counting import assert_nothing_is_lost_and_nothing_is_there_twice, wait_until_all_is_done
from tests.violent.sources import sending

pytestmark = [pytest.mark.violent, pytest.mark.timeout(3600)]

SECONDS = max(600.0, MESSAGES * 0.5)


def kill_worker(house: House) -> None:
    _kill(house, "worker", "road")


def kill_web(house: House) -> None:
    _kill(house, "rundblick.wsgi:application")


def kill_postmaster(house: House) -> None:
    postmaster = embedded.running(house.made.home / "database" / "data")
    if postmaster is not None:
        os.kill(postmaster, signal.SIGKILL)


def kill_backends(house: House) -> None:
    """kill -9 of one backend makes the postmaster end and restart all of them."""
    with contextlib.suppress(psycopg.Error), contextlib.closing(psycopg.connect(house.made.url)) as connection:
        query = "select pid from pg_stat_activity where usename = 'rundblick' and pid <> pg_backend_pid() limit 1"
        for (pid,) in connection.execute(query).fetchall():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(str(pid)), signal.SIGKILL)


def pause_server(house: House) -> None:
    """The server stands still for a while, as on a machine that swaps."""
    stopped = processes.of_folder(house.made.home / "database" / "data")
    for number, pause in ((signal.SIGSTOP, 3.0), (signal.SIGCONT, 0.0)):
        for pid in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        time.sleep(pause)


def kill_everything(house: House) -> None:
    """The supervisor dies, its children with it; somebody starts it again."""
    assert house.running is not None
    house.running.process.kill()
    house.running.process.wait()
    house.start()


def _kill(house: House, *words: str) -> None:
    assert house.running is not None
    with contextlib.suppress(AssertionError, ProcessLookupError):
        os.killpg(house.running.child(*words), signal.SIGKILL)


DEEDS: list[Callable[[House], None]] = [
    kill_worker,
    kill_web,
    kill_postmaster,
    kill_backends,
    pause_server,
    kill_everything,
]


def test_kills_of_everything_lose_nothing_and_double_nothing(house: House) -> None:
    seed = int(os.environ.get("RUNDBLICK_BREAK_SEED", "0")) or random.randrange(1, 1_000_000)
    chance = random.Random(seed)
    print(f"seed {seed}, {MESSAGES} messages")
    house.start()
    done: list[str] = []
    deeds = [*DEEDS, *chance.choices(DEEDS, k=MESSAGES // 250)]
    chance.shuffle(deeds)
    # Slow enough that every deed happens while mails come in.
    with sending(house.source(pause=min(0.4, 160.0 / MESSAGES))) as source:
        for deed in deeds:
            if source.join(chance.uniform(1.0, 3.0)):
                break
            deed(house)
            done.append(deed.__name__)
        assert source.join(SECONDS), "the source was never told that everything is kept"
    print(f"{len(done)} deeds: {', '.join(done)}")
    assert {deed.__name__ for deed in DEEDS} <= set(done), "everything was killed at least once"
    assert len(source.acknowledged()) == MESSAGES
    wait_until_all_is_done(house.made)
    print(assert_nothing_is_lost_and_nothing_is_there_twice(house.made, source))
