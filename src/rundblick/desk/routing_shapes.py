"""What the pages of routing show: plain values, made from rules and rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule or team asks for in one dimension: "Topic" - "Rechnung, Mahnung"."""

    name: str
    words: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    place: int
    name: str
    team: str
    conditions: tuple[Condition, ...]
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """``said``: something is said of him beside what his team says."""

    uuid: UUID
    name: str
    said: bool
    skills: str
    languages: str
    capacity: int
    hours: str
    has: int


@dataclass(frozen=True, slots=True)
class CentreRow:
    """``takes``: "push", "pull", or "" nothing is said of this team."""

    uuid: UUID
    name: str
    takes: str
    conditions: tuple[Condition, ...]
    people: tuple[PersonRow, ...]
    partner: bool
    usual: bool
    waiting: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: int
    at: datetime
    by: str
    content: str
    in_force: bool


@dataclass(frozen=True, slots=True)
class Check:
    """One of several to be ticked."""

    value: str
    name: str
    on: bool
