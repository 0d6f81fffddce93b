"""Producing ahead: a thread makes the next items while the last one is worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Full, Queue
from typing import Final, TypeVar

_T = TypeVar("_T")
_PATIENCE: Final = 0.2  # seconds until a producer that waits for room looks whether anybody still wants its items


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


@contextmanager
def ahead(items: Generator[_T, None, None], most: int, stop: Callable[[], None]) -> Iterator[Iterator[_T]]:
    """``items`` as an iterator whose next ones, at most ``most``, are made by a thread meanwhile.

    What the producer raises is raised here, after the items before it. When somebody leaves before the end, ``stop`` is
    called: it must make a producer that waits for something end soon. ``items`` is closed in its own thread either way.
    """
    ready: Queue[_T | _End] = Queue(most)
    unwanted = threading.Event()

    def give(item: _T | _End) -> bool:
        while not unwanted.is_set():
            try:
                ready.put(item, timeout=_PATIENCE)
                return True
            except Full:
                continue
        return False

    def produce() -> None:
        error: BaseException | None = None
        try:
            for item in items:
                if not give(item):
                    break
        except BaseException as raised:
            error = raised
        finally:
            items.close()
            give(_End(error))

    def consume() -> Iterator[_T]:
        while not isinstance(item := ready.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    thread = threading.Thread(target=produce, name="ahead", daemon=True)
    thread.start()
    try:
        yield consume()
    finally:
        unwanted.set()
        if thread.is_alive():
            _empty(ready)
            stop()
        thread.join()


def _empty(queue: Queue[_T | _End]) -> None:
    while True:
        try:
            queue.get_nowait()
        except Empty:
            return
