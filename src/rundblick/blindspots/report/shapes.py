"""The shapes of what a report says in words: views, tables, pictures. Every face renders these and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Draw = Callable[[float, bool, str], str]
"""(width in pixels, narrow, id) -> SVG."""


@dataclass(frozen=True, slots=True)
class Table:
    """The same as a picture shows, for whoever cannot see it, and for copying."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    ident: str
    title: str
    note: str
    draw: Draw
    table: Table
    half: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureView:
    """One measure in words. ``strip`` draws its interval where it is a share. ``faint``: too few to stand firm."""

    name: str
    label: str
    definition: str
    value: str
    interval: str
    n: str
    missing: str
    faint: bool
    note: str
    behind: str
    beside: tuple[Pair, ...]
    sources: str
    ids: tuple[Pair, ...]
    strip: Draw | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    number: int
    code: str
    claim: str
    question: str
    state: str
    state_word: str
    verdict: str
    gap: str
    head_value: str
    head_label: str
    voices: tuple[Pair, ...]
    facts: tuple[Pair, ...]
    missing: tuple[str, ...]
    picture: Draw | None


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    figures: tuple[FigureView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    name: str
    kind: str
    read: str
    kept: str
    unreadable: str
    remarks: tuple[str, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The whole report in words."""

    language: str
    title: str
    company: str
    period: str
    headline: str
    lede: tuple[str, ...]
    warning: str
    totals: tuple[Pair, ...]
    ring: Picture
    panorama: Picture
    legend: tuple[tuple[str, str], ...]
    myths: tuple[RowView, ...]
    magic: tuple[RowView, ...]
    groups: tuple[Group, ...]
    pictures: tuple[Picture, ...]
    method: tuple[Pair, ...]
    files: tuple[FileView, ...]
    input_remarks: tuple[str, ...]
    made: str
    words: dict[str, str] = field(default_factory=dict)
