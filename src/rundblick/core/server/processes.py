"""Which processes live in a data folder. PostgreSQL's processes all have it as their working folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

# Linux keeps this; elsewhere `ps` is asked.
PROC = Path("/proc")


def is_alive(pid: int) -> bool:
    """Whether a process runs. One that is dead but not yet reaped (a zombie) does not."""
    stat = PROC / str(pid) / "stat"
    if PROC.joinpath("self").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
        except (OSError, IndexError):
            return False
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return done.returncode == 0 and not done.stdout.strip().startswith("Z")


def of_folder(folder: Path) -> list[int]:
    """Ids of the living processes that work in this data folder: the postmaster and its children."""
    if not PROC.joinpath("self").exists():
        return []
    found = []
    wanted = str(folder.resolve())
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            try:
                if str((entry / "cwd").readlink()) == wanted and is_alive(int(entry.name)):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def is_postmaster(pid: int, folder: Path) -> bool:
    """Whether this process is the living postmaster of the folder, and not another one that got its id later."""
    if not is_alive(pid):
        return False
    if PROC.joinpath("self").exists():
        try:
            return (PROC / str(pid) / "cwd").readlink() == folder.resolve()
        except OSError:
            return False
    done = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return str(folder) in done.stdout


def end_orphans(folder: Path, wait: float = 10.0) -> list[int]:
    """End what is left of a server whose postmaster is dead, and say which processes that were.

    A new postmaster beside old backends would corrupt the data, so nobody may start one before these are gone.
    They end by themselves as soon as they notice; a busy one is told (SIGQUIT), a deaf one is killed.
    """
    first = of_folder(folder)
    for number, pause in ((None, wait * 0.2), (signal.SIGQUIT, wait * 0.5), (signal.SIGKILL, wait * 0.3)):
        until = time.monotonic() + pause
        for pid in of_folder(folder):
            if number is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, number)
        while of_folder(folder):
            if time.monotonic() > until:
                break
            time.sleep(0.05)
        else:
            return first
    return first
