"""What the API takes and gives of who has a case, and of what its customer was promised."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from rundblick.api.shapes import Agent, Moment, Owner, Taken
from rundblick.cases.work import LONGEST

Cause = Literal["routing", "skill", "absence", "escalation", "request", "reorganisation"]
Text = Annotated[str, Field(max_length=LONGEST)]
Needed = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class SeenOwner(Taken):
    """The owner that the caller saw: whoever has it meanwhile keeps it, and 409 `taken` says so."""

    kind: Literal["person", "team"]
    uuid: UUID


class HandOver(Taken):
    to_team: UUID | None = None
    to_person: UUID | None = None
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST, description="so that nobody has to ask again")]
    cause: Annotated[Cause, Field(description="what the hand-over is charged to")] = "request"
    summary: Annotated[str, Field(max_length=LONGEST, description="what was done, what is open")] = ""
    seen: SeenOwner | None = None


class Take(Taken):
    reason: Annotated[str, Field(max_length=LONGEST, description="needed to take it from a colleague")] = ""
    cause: Cause = "request"
    seen: SeenOwner | None = None


class GiveBack(Taken):
    reason: Needed


class Holder(Schema):
    """Who had a case: a person, for one of his teams, or a team."""

    person: Agent | None
    team: Owner | None


class HandedOver(Schema):
    uuid: UUID
    at: datetime
    by: Agent | None = Field(description="null: the machine, by a rule")
    giver: Holder
    taker: Holder
    cause: str
    reason: str
    summary: str
    state: Literal["offered", "accepted", "given_back", "passed_on"]
    settled_at: datetime | None
    settled_by: Agent | None
    given_back_reason: str
    border: bool = Field(description="over the company's border, to or from an outside firm")
    returns: bool = Field(description="it came back to who had it before the giver")


class Handovers(Schema):
    items: list[HandedOver]
    bounces: int = Field(description="how often it came back or was given back")
    talked_to: list[Agent] = Field(description="those whom the customer talked to, in order of their first word")


class NewCommitment(Taken):
    text: Needed
    due_at: Moment


class Commitment(Schema):
    uuid: UUID
    text: str
    made_at: datetime
    made_by: Agent | None
    due_at: datetime
    state: Literal["open", "kept", "broken", "withdrawn"]
    settled_at: datetime | None
    settled_by: Agent | None
    outstanding: bool = Field(description="somebody still has to do it: open, or broken and not done late")


class Commitments(Schema):
    items: list[Commitment]
