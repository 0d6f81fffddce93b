"""CPU time of a process and all below it, living and ended, from /proc. Standard library only: peers use it too."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(root: int) -> float:
    """User and system seconds that the process ``root``, its descendants, and those of them that ended have used.

    An ended process counts with whoever waited for it, so a database's closed connections count with its postmaster.
    Resolution: one tick, mostly 10 ms.
    """
    parents: dict[int, int] = {}
    used: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended while we looked
            continue
        parents[int(entry.name)] = int(fields[1])
        used[int(entry.name)] = sum(int(field) for field in fields[11:15])
    tree = {root}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in tree} - tree
        tree |= more
        grown = bool(more)
    return sum(used.get(pid, 0) for pid in tree) / _TICKS
