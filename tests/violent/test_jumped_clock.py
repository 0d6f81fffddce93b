"""The clock of the database jumps, forward by a day and back by hours, while mails come in.

Only the database's: it says when a lease has run out and when something was recorded; the other processes ask it. The
library that moves the clock breaks Python's own sleep.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from rundblick.core.server import binaries
from tests.cli.running import until
from tests.violent.conftest import MESSAGES, House
from tests.violent.counting import assert_nothing_is_lost_and_nothing_is_there_twice, wait_until_all_is_done
from tests.violent.sources import sending

pytestmark = [pytest.mark.violent, pytest.mark.timeout(1200)]

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def programs(folder: Path, clock: Path) -> Path:
    """PostgreSQL's programs, the server with a clock that follows the file."""
    real = binaries.find().folder
    folder.mkdir(mode=0o755)
    for program in real.iterdir():
        (folder / program.name).symlink_to(program)
    faked = f"LD_PRELOAD={LIBRARIES[0]} FAKETIME_TIMESTAMP_FILE={clock} FAKETIME_CACHE_DURATION=1 DONT_FAKE_MONOTONIC=1"
    script(folder / "postgres", f'{faked} exec {real}/postgres "$@"')
    script(folder / "pg_ctl", f'exec {real}/pg_ctl -p {folder}/postgres "$@"')
    return folder


def script(path: Path, line: str) -> None:
    path.unlink()
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.mark.skipif(not LIBRARIES, reason="the clock of processes cannot be moved here: apt-get install faketime")
def test_a_clock_that_jumps_loses_nothing(house: House) -> None:
    clock = house.made.home.parent / "clock"
    clock.write_text("+0\n")
    clock.chmod(0o644)
    house.more = {"RUNDBLICK_PG_BIN": str(programs(house.made.home.parent / "bin", clock))}
    house.start()
    count = min(MESSAGES, 500)
    far = "select max(recorded_at) - min(recorded_at) > interval '20 hours' from core_delivery"
    with sending(house.source(count, pause=30.0 / count)) as source:
        for jump in ("+1d", "-5h", "+3h"):
            enough = len(source.acknowledged()) + count // 6
            until(lambda enough=enough: len(source.acknowledged()) >= min(enough, count), "acknowledgements")  # type: ignore[misc]
            clock.write_text(f"{jump}\n")
            # a busy machine may see the clock late: what is sent meanwhile has to be recorded under it
            until(lambda: house.made.ask(far) is True, "the jump of the clock")
        assert source.join(300)
    assert len(source.acknowledged()) == count
    clock.write_text("+3d\n")  # past every lease
    wait_until_all_is_done(house.made)
    print(assert_nothing_is_lost_and_nothing_is_there_twice(house.made, source))
