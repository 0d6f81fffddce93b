"""Ends the supervisor's children when the supervisor is gone, also after a kill -9. Run as a program, not imported.

It reads from a pipe that only the supervisor holds: ``+ID`` for a process group that began, ``-ID`` for one that ended.
When the pipe ends, so did the supervisor; what is left then is asked to end, and killed if it does not. (The kernel's
own signal at a parent's death reaches one process, and a web server that cannot write its last words any more may hang
on it.) It uses nothing but the standard library's core, so that it is small and starts at once.
"""

import contextlib
import os
import signal
import sys
import time

PATIENCE = 8.0


def main() -> None:
    """Read until the pipe ends, then end every group that is left."""
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    end(groups, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while (groups := {group for group in groups if exists(group)}) and time.monotonic() < until:
        time.sleep(0.1)
    end(groups, signal.SIGKILL)


def end(groups: set[int], number: int) -> None:
    """Send a signal to every process of these groups."""
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)


def exists(group: int) -> bool:
    """Whether a process of this group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


if __name__ == "__main__":
    main()
