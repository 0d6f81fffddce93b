"""Waiting for a connection to speak, for a time, or to be woken by another thread."""

from __future__ import annotations

import contextlib
import os
import select


class Bell:
    """Somebody waits, somebody else rings."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def ring(self) -> None:
        """Wake whoever waits now or next. After ``close`` nothing happens."""
        with contextlib.suppress(OSError):
            os.write(self._write, b"!")

    def wait(self, seconds: float, descriptor: int | None = None) -> bool:
        """Wait at most so long; true when the descriptor has something to read."""
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        if descriptor is not None:
            poll.register(descriptor, select.POLLIN)
        ready = {number for number, _ in poll.poll(max(0.0, seconds) * 1000)}
        if self._read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(self._read, 4096)
        return descriptor in ready

    def close(self) -> None:
        for descriptor in (self._read, self._write):
            with contextlib.suppress(OSError):
                os.close(descriptor)
