"""What the API takes and gives of the inbox: views, saved filters, watched cases, deeds on many cases."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from rundblick.api.ownership_shapes import Cause
from rundblick.api.shapes import LINE, Owner, Taken
from rundblick.cases.bulk import MOST
from rundblick.cases.filters import NAME
from rundblick.cases.work import LONGEST, TOPIC

Kind = Literal["take", "hand_over", "resolve", "reopen", "topic", "watch", "unwatch", "join"]
Refs = Annotated[list[UUID], Field(min_length=1, max_length=MOST)]


class ViewCount(Schema):
    view: str
    count: int = Field(description="at most 100: nothing is counted further; of `watched` those that are unread")


class ViewCounts(Schema):
    items: list[ViewCount]


class Watched(Schema):
    watched: bool


class FilterTaken(Taken):
    name: Annotated[str, Field(min_length=1, max_length=NAME, pattern=LINE)]
    query: Annotated[
        str, Field(max_length=2000, pattern=LINE, description='as in the inbox\'s address: "view=team&state=new"')
    ]
    team: Annotated[UUID | None, Field(description="one of your teams; null: only you find it")] = None


class FilterMoved(Taken):
    by: Literal[-1, 1] = Field(description="one place up or down")


class SavedFilter(Schema):
    uuid: UUID
    name: str
    query: str
    team: UUID | None
    place: int


class SavedFilters(Schema):
    items: list[SavedFilter]


class BulkTaken(Taken):
    """``to_team`` or ``to_person``, ``reason``, ``cause`` belong to hand_over; ``topic`` to topic, ``into`` to join."""

    kind: Kind
    cases: Refs
    to_team: UUID | None = None
    to_person: UUID | None = None
    reason: Annotated[str, Field(max_length=LONGEST)] = ""
    cause: Cause = "request"
    topic: Annotated[str, Field(max_length=TOPIC, pattern=LINE)] = ""
    into: Annotated[UUID | None, Field(description="where the others are joined to; null: the first")] = None


class BulkRow(Schema):
    case: UUID
    number: str
    state: Literal["waiting", "done", "refused", "undoing", "undone", "kept"]
    code: str = Field(description='why it was left as it is; "" where it was not')
    why: str


class BulkDeed(Schema):
    uuid: UUID
    kind: Kind
    at: datetime
    undone_at: datetime | None
    to: Owner | None
    is_over: bool = Field(description="false: a worker goes on with it; ask again")
    done: int
    refused: int
    items: list[BulkRow] = Field(description="the cases that you may see, in order; others are as if not there")


class BulkDeeds(Schema):
    items: list[BulkDeed]
