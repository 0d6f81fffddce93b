"""What sources say they have given us, against what is stored: the counters of the daily proof.

A room registers a counter for its kind of source. It asks the source (the mailbox, the door's own log, the file) and
looks its keys up; ``intake.proof`` keeps what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_NAMED = 500
"""Missing pieces that are kept by their key; all of them are counted."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One source, counted.

    told     what the source says it has given or holds for us; None: it could not be asked
    kept     how many of these are stored
    waiting  how many came after our last look and are on their way
    missing  keys of those that should be stored and are not, at most MOST_NAMED
    lost     how many these are
    fault    code of why it could not be asked, or of what is wrong beside; "" for nothing
    """

    source: int
    told: int | None
    kept: int = 0
    waiting: int = 0
    missing: tuple[str, ...] = ()
    lost: int = 0
    fault: str = ""
    detail: str = ""

    @property
    def good(self) -> bool:
        """Everything that the source has is here or on its way."""
        return self.told is not None and not self.lost and not self.fault


Counter = Callable[[], Iterator[Counted]]
counters: dict[str, Counter] = {}
"""Kind of source ("mailbox", "door", "file") -> its counter. May go over the network: never inside a transaction."""
