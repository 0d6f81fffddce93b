"""What the search page and the answers while typing show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that writes its operator into the box, or takes it out again where it is ``on``."""

    label: str
    url: str
    on: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a snippet; ``marked``: it is what was sought."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """One text that holds what was sought, and the case it stands in.

    where       "in attachment quote.pdf", "note", "E-mail of Anna Muster"; ``attachment``: it is a file
    """

    url: str
    title: str
    customer_name: str
    number: str
    state: str
    icon: str
    at: datetime
    where: str
    attachment: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class AlsoFound:
    """Words that were sought beside what was typed. ``why`` in a sentence."""

    typed: str
    words: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class OperatorHelp:
    """A line of the help sheet: how it is written in the reader's language, what it does, other names for it."""

    written: str
    does: str
    others: str = ""
