"""The disk of the database is full to the last byte, for real: nothing more is acknowledged, nothing is lost."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.running import until
from tests.installations import Installation
from tests.violent.conftest import MESSAGES, House, free_address
from tests.violent.counting import assert_nothing_is_lost_and_nothing_is_there_twice, wait_until_all_is_done
from tests.violent.sources import sending

pytestmark = [pytest.mark.violent, pytest.mark.timeout(1800)]

MEGABYTES = 260


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of its own in memory, small enough to fill."""
    folder = Path(tempfile.mkdtemp(prefix="rb-disk-"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0711", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        folder.rmdir()
        pytest.skip(f"a file system can only be mounted by root outside a closed container: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def fill(file: Path) -> None:
    """Write until nothing fits any more."""
    with file.open("ab", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(b"\0" * 65536)
    with file.open("ab", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(b"\0")
    assert os.statvfs(file).f_bavail == 0


def test_a_full_disk_stops_the_road_and_loses_nothing(small_disk: Path) -> None:
    made = Installation(small_disk / "home")
    made.home.mkdir(mode=0o700)
    logs = Path(tempfile.mkdtemp(prefix="rb-log-"))
    house = House(made, free_address())
    running = house.start()
    try:
        count = min(MESSAGES, 500)
        source = house.source(count, pause=20.0 / count)
        source.log = logs / "source.log"
        with sending(source):
            until(lambda: len(source.acknowledged()) > count // 5, "the first acknowledgements")
            fill(small_disk / "ballast")
            before = time.monotonic()
            # Where the log's segments are recycled some may still be taken; what is refused is said to the source.
            until(lambda: source.refused + source.lost_connections > 10 or source.join(0), "a refusal on the full disk")
            told_while_full = len(source.acknowledged())
            until(lambda: time.monotonic() - before > 5.0, "a while on the full disk")
            refused = source.refused + source.lost_connections
            (small_disk / "ballast").unlink()
            assert source.join(300), "it goes on by itself when there is room again"
        print(f"full: {told_while_full} acknowledged, {refused} refused or lost")
        assert refused > 0, "the disk was never full"
        assert len(source.acknowledged()) == count
        wait_until_all_is_done(made)
        print(assert_nothing_is_lost_and_nothing_is_there_twice(made, source))
    finally:
        running.process.terminate()
        running.process.wait(60)
        for pid in made.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        (logs / "source.log").unlink(missing_ok=True)
        logs.rmdir()
