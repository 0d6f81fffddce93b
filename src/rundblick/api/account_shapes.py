"""What the API takes and gives about accounts and the daily proof. A secret goes in and never comes out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from rundblick.api.shapes import LINE, Taken

Line = Annotated[str, Field(max_length=300, pattern=LINE)]


class AccountHealth(Schema):
    """``state``: good, bad, off, unknown. ``fault`` is a code, ``what`` and ``todo`` its words."""

    state: str
    contact_at: datetime | None
    message_at: datetime | None
    fault: str
    what: str
    todo: str
    detail: str
    since: datetime | None


class Account(Schema):
    uuid: UUID
    channel: str
    name: str
    address: str
    team: str = Field(description="key of the team at which its cases begin; empty: the usual one")
    brand: str
    enabled: bool
    settings: dict[str, Any]
    secrets: list[str] = Field(description="names of the secrets that are kept; never what they are")
    health: AccountHealth


class Accounts(Schema):
    items: list[Account]


class AccountTaken(Taken):
    """Settings and secrets by the names of the channel's fields; what is left out stays as it is, or by default."""

    channel: Annotated[str, Field(max_length=40)] = "email"
    provider: Annotated[
        str, Field(max_length=40, description="whose settings to begin with where no address tells: microsoft, google")
    ] = ""
    address: Line | None = None
    name: Line | None = None
    team: Line | None = None
    brand: Line | None = None
    settings: dict[str, str | int | bool | list[str]] = {}
    secrets: dict[str, str] = {}


class Folder(Schema):
    name: str
    messages: int | None
    missing: bool


class Probe(Schema):
    good: bool
    fault: str
    what: str
    todo: str
    detail: str
    server: str
    encrypted: bool
    waits: bool
    folders: list[Folder]
    sends: bool = Field(description="sending was tried, up to the login, and works")


class Consent(Schema):
    """``address``: open it in a browser; ``redirect``: has to be registered at the provider."""

    address: str
    redirect: str
    until: datetime


class ConsentAnswer(Taken):
    address: Annotated[str, Field(max_length=8000, description="the whole address that the provider sent back to")]


class ProofLine(Schema):
    """``told``: what the source says it has, null when it could not be asked; ``missing``: keys, at most 500."""

    source: str
    kind: str
    day: str
    at: datetime
    good: bool
    told: int | None
    kept: int
    waiting: int
    lost: int
    worst: int
    missing: list[str]
    fault: str
    account: UUID | None


class ProofLines(Schema):
    good: bool
    counting: bool
    items: list[ProofLine]


class Asked(Schema):
    counting: bool
