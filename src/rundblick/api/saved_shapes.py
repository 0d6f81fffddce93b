"""What the API takes and gives of saved searches."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from ninja import Schema
from pydantic import Field

from rundblick.api.shapes import LINE, Taken, Team

Name = Annotated[str, Field(min_length=1, max_length=80, pattern=LINE)]
Words = Annotated[str, Field(min_length=1, max_length=1000, pattern=LINE, description="as it would be typed")]


class SavedSearch(Schema):
    uuid: UUID
    name: str
    query: str
    team: Team | None = Field(description="whose it is; null: yours alone")
    changeable: bool = Field(description="whether you may change and delete it")


class SavedSearches(Schema):
    items: list[SavedSearch]


class SavedSearchTaken(Taken):
    name: Name
    query: Words
    team: UUID | None = Field(default=None, description="a team that you belong to; else it is yours alone")
