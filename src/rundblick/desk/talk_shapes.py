"""What the pages show of side talks, links between cases and mentions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rundblick.desk.shapes import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkLine:
    """What was said in a side talk. ``other_address``: it came from an address that was not written to."""

    said: Said
    way: str
    other_address: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A side talk, folded in its case's timeline or on a page of its own."""

    kind: str = "talk"
    uuid: UUID
    at: datetime
    order: tuple[datetime, int, int]
    heading: str
    by_mail: bool
    to: str
    recipients: str
    state: str
    waits: str
    waits_long: bool
    remind_at: datetime | None
    remind_input: str
    lines: tuple[TalkLine, ...]
    earlier: int
    draft: str
    key: str
    open: bool

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """A link beside a case. ``url`` "": the other case is another team's and cannot be opened."""

    uuid: UUID
    words: str
    title: str
    number: str
    state: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRow:
    uuid: UUID
    at: datetime
    words: str
    text: str
    title: str
    number: str
    url: str
    seen: bool
    icon: str
