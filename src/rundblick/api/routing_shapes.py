"""What the API takes and gives about routing."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from rundblick.api.shapes import LINE, Taken, Team

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
Words = Annotated[list[Word], Field(max_length=200)]
Capacity = Annotated[int, Field(ge=1, le=1000, strict=True)]


class Conditions(Taken):
    topics: Words = []
    languages: Words = []
    channels: Words = []
    tiers: Words = []
    addresses: Annotated[Words, Field(description="codes of sources: mailbox:service@muster.example")] = []


class RuleTaken(Conditions):
    name: Word
    team: UUID


class CentreTaken(Conditions):
    team: UUID
    takes: Annotated[
        Literal["push", "pull"], Field(description="push: cases are assigned to people; pull: people take them")
    ] = "pull"
    capacity: Annotated[Capacity, Field(description="open cases at once of its people not named in `people`")] = 8


class MemberTaken(Taken):
    person: UUID
    skills: Annotated[Words, Field(description="topics; empty: all")] = []
    languages: Annotated[Words, Field(description="empty: those of the team")] = []
    tiers: Words = []
    capacity: Capacity = 8
    hours: Annotated[
        str, Field(max_length=200, pattern=LINE, description="name of opening hours; empty: the team's")
    ] = ""


class RulesTaken(Taken):
    rules: Annotated[list[RuleTaken], Field(max_length=2000)] = []
    centres: Annotated[list[CentreTaken], Field(max_length=2000)] = []
    people: Annotated[list[MemberTaken], Field(max_length=2000)] = []


class RoutingTaken(RulesTaken):
    seen: Annotated[
        int, Field(ge=0, le=10**9, strict=True, description="the version that was looked at before; 0: none")
    ]


class Routing(Schema):
    version: int = Field(description="0: no rules are in force, every case goes to the usual team")
    in_force_at: datetime | None
    rules: list[RuleTaken]
    centres: list[CentreTaken]
    people: list[MemberTaken]
    warnings: list[str]


class Moving(Schema):
    now: Team
    then: Team
    cases: int


class Example(Schema):
    uuid: UUID
    number: str
    topic: str
    language: str
    channel: str
    now: Team
    then: Team
    rule: str


class Preview(Schema):
    since: datetime
    cases: int
    elsewhere: int
    table: list[Moving]
    examples: list[Example]
    moved: int = Field(description="cases that people had to move since, for wrong routing or a missing skill")
    met_now: int = Field(description="of these, how many come right at once by the rules in force")
    met_then: int = Field(description="and by these")
    warnings: list[str]


class Decision(Schema):
    at: datetime
    version: int
    rule: str
    team: Team | None
    person: str | None
    topic: str
    last: bool = Field(description="it says why the case is where it is")
    reason: dict[str, Any]
    text: str


class Decisions(Schema):
    items: list[Decision]
