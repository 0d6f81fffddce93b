"""What the pages of channels show: plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from rundblick.channels.channel import FLAG, LINES, LONG, REDIRECT, SECRET, Field


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account and how it does; ``state`` as in channels.health. ``allow``: a person has to allow it at its provider,
    which the page offers."""

    uuid: UUID
    name: str
    address: str
    channel: str
    icon: str
    team: str
    way: str
    enabled: bool
    state: str
    contact_at: datetime | None
    message_at: datetime | None
    wrong: str
    todo: str
    detail: str
    since: datetime | None
    allow: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRow:
    """One source's line of the daily proof. ``account``: where its missing ones are named; None for nothing missing.
    ``numbers``: of the missing pieces of a file, its first ones, and how many ``more`` there are."""

    name: str
    kind: str
    good: bool
    told: int | None
    kept: int
    waiting: int
    lost: int
    worst: int
    at: datetime
    wrong: str
    todo: str
    detail: str
    account: UUID | None
    fetches: bool
    numbers: tuple[str, ...] = ()
    more: int = 0

    @property
    def mended(self) -> bool:
        """It is green now and was red earlier that day."""
        return self.good and self.worst > 0


@dataclass(frozen=True, slots=True)
class FormField:
    """A field of an account's form. ``asked``: it means something beside the other values; ``only`` tells the page
    when (JSON), so that it can show and hide it."""

    name: str
    label: str
    kind: str
    hint: str
    value: str
    on: bool
    choices: tuple[tuple[str, str], ...]
    fault: str
    kept: bool
    asked: bool
    only: str

    @classmethod
    def of(cls, one: Field, values: Mapping[str, Any], fault: str, kept: bool, redirect: str = "") -> Self:
        """The field with what stands in it; a secret never stands in it. ``redirect``: our own address for one that
        shows it."""
        value = redirect if one.kind == REDIRECT else values.get(one.name, one.default)
        text = "\n".join(value) if isinstance(value, list) else "" if one.kind in (SECRET, FLAG) else str(value)
        return cls(
            one.name,
            str(one.label),
            {LINES: "long", LONG: "long"}.get(one.kind, one.kind),
            str(one.hint),
            text,
            bool(value) if one.kind == FLAG else False,
            tuple((code, str(label)) for code, label in one.choices),
            fault,
            kept,
            one.asked(values),
            json.dumps({name: list(wanted) for name, wanted in one.only.items()}) if one.only else "",
        )


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form."""

    code: str
    label: str
    fields: tuple[FormField, ...]
