"""What the pages show of who has a case, whose it was, and what its customer was promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A hand-over. ``state``: what became of it, in words; ``tone``: "", "act", "good", "risk".

    came_back   "came back to Support after Billing", "" where it did not
    """

    uuid: UUID
    at: datetime
    giver: str
    taker: str
    by: str
    cause: str
    reason: str
    summary: str
    state: str
    tone: str
    came_back: str = ""
    border: bool = False
    why_back: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Whose a case is, and what the reader can do about it.

    offered   the hand-over that nobody has accepted yet; ``may_accept``: the reader may
    take      "take" it from a team, "take_over" from a colleague, "" neither
    seen      the owner as the forms send him back: "team:<uuid>", "person:<uuid>"
    talked    names of those whom the customer talked to
    """

    offered: Passed | None
    may_accept: bool
    take: str
    seen: str
    handovers: tuple[Passed, ...]
    talked: tuple[str, ...]

    @property
    def bounces(self) -> int:
        return sum(1 for one in self.handovers if one.came_back)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """Something that the customer was promised. ``tone``: "bad" overdue, "risk" due soon, "good" kept, else ""."""

    uuid: UUID
    text: str
    due_at: datetime
    by: str
    state: str
    tone: str
    outstanding: bool
