"""What the search page and the answers while typing show."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of what is offered while somebody types. ``end``: what stands at its right, a number."""

    label: str
    url: str
    icon: str
    beside: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Suggestions of one kind, under their name."""

    name: str
    items: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class SavedLine:
    """A saved search as a list shows it; ``team``: whose it is, "" the reader's own."""

    uuid: UUID
    name: str
    query: str
    url: str
    team: str
    changeable: bool
