"""A started ``rundblick run``, watched as a person watches it."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.installations import Installation

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
        """The process whose command line has these words, the leader of its group; waits for one that just starts."""
        limit = time.monotonic() + SECONDS / 3
        while (found := self._child(words)) is None:
            assert time.monotonic() < limit, f"no process {words}"
            threading.Event().wait(0.1)
        return found

    def _child(self, words: tuple[str, ...]) -> int | None:
        for pid in self.made.processes():
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                if all(word in command for word in words) and os.getpgid(pid) == pid:
                    return pid
        return None


def until(true: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < limit, f"not in time: {what}"
        threading.Event().wait(0.1)


def answers(address: str) -> bool:
    """Whether something answers there, whatever it says."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
