"""Shapes of text modules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import Field

from rundblick.api.shapes import LINE, Taken


class TemplateTaken(Taken):
    """A text module. Places such as `{{customer_name}}` are filled when it is put into an answer; empty is any."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    language: Annotated[str, Field(pattern=LINE, max_length=2, description="de, en or empty")] = ""
    channel: Annotated[str, Field(pattern=LINE, max_length=20, description="email, chat, letter, phone or empty")] = ""
    topic: Annotated[str, Field(pattern=LINE, max_length=120)] = ""
    team: UUID | None = None


class TemplateChange(TemplateTaken):
    seen: Annotated[int, Field(ge=1, description="the version that you have read: 409 `stale` when there is another")]


class TemplateShown(Schema):
    uuid: UUID
    name: str
    text: str
    language: str
    channel: str
    topic: str
    team: UUID | None
    version: int
    changed_at: datetime
    used: int
    used_at: datetime | None
    retired_at: datetime | None


class TemplateList(Schema):
    items: list[TemplateShown]
