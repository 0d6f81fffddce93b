"""What the test button says: each step that was tried, what was found, or what is wrong."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """A folder of a mailbox. ``messages``: how many are in it; None for one that was not asked about."""

    name: str
    messages: int | None = None
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """``fault`` is "" when everything that was tried worked; ``detail`` is what the server said."""

    fault: str = ""
    detail: str = ""
    server: str = ""
    encrypted: bool = False
    waits: bool = False  # the server tells of new mail by itself (IDLE)
    folders: tuple[Found, ...] = ()

    @property
    def good(self) -> bool:
        return not self.fault
