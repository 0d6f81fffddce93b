"""What workers do: sweeps over tables in which work stands. A notification is only a wake-up (FOUNDATIONS 6).

A room registers its sweeps in ``registers.py``::

    sweeps.register("road", "road", make_road_sweep, wakes=("rundblick_waiting",))

``make`` is called once in the worker's process and returns the sweep: a function that does one portion of what is due
and says how much that was; 0 means that nothing was due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

QUEUES = ("road", "out", "slow")
"""Each queue has processes of its own: what comes in; sending and clocks; slow work such as OCR and training."""

Sweep = Callable[[], int]


class SweepError(ValueError):
    """A room registered a sweep under an unknown queue or a name that is taken."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A sweep of a queue. ``wakes``: channels of NOTIFY that announce work. ``every``: seconds between looks."""

    queue: str
    name: str
    make: Callable[[], Sweep]
    wakes: tuple[str, ...]
    every: float


_registered: dict[str, Registered] = {}


def register(
    queue: str, name: str, make: Callable[[], Sweep], *, wakes: tuple[str, ...] = (), every: float = 10
) -> None:
    """Make this sweep part of the queue's worker. Raises SweepError."""
    if queue not in QUEUES:
        raise SweepError(f"there is no queue {queue!r}; there are {', '.join(QUEUES)}")
    former = _registered.get(name)
    if former is not None and former.make is not make:
        raise SweepError(f"a sweep {name!r} is registered already, for the queue {former.queue!r}")
    _registered[name] = Registered(queue, name, make, wakes, every)


def of_queue(queue: str) -> list[Registered]:
    """The sweeps of a queue, by name."""
    return sorted((one for one in _registered.values() if one.queue == queue), key=lambda one: one.name)
