"""What the API takes and gives about people, teams, fields and the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StrictBool, StrictInt

from rundblick.api.shapes import LINE, Moment, Taken, Team

RoleName = Literal["agent", "lead", "manager", "admin", "partner", "analyst", "auditor"]
RoleTaken = Literal["", "agent", "lead", "manager", "admin", "partner", "analyst", "auditor"]
Language = Literal["", "de", "en"]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=LINE)]
Reason = Annotated[str, Field(max_length=400, pattern=LINE)]


class Absence(Schema):
    uuid: UUID
    begin: datetime
    end: datetime | None = Field(description="null: until further notice")
    deputy: UUID | None
    handed_at: datetime | None = Field(description="what is due meanwhile was handed over")


class Person(Schema):
    """Somebody who signs in. ``role`` "" opens nothing; ``left_at``: has left and owns no open case."""

    uuid: UUID
    name: str
    email: str
    role: str
    language: str
    teams: list[Team]
    active: bool
    left_at: datetime | None
    absences: list[Absence] = Field(description="that are not over")


class Invited(Schema):
    person: Person
    link: str = Field(description="with which the password is chosen; shown only now, good once and for three days")


class PersonTaken(Taken):
    email: Annotated[str, Field(min_length=3, max_length=254, pattern=LINE)]
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
    role: RoleName
    teams: Annotated[list[UUID], Field(max_length=200)] = []
    language: Language = ""


class PersonChanged(Taken):
    """What is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)] | None = None
    role: RoleTaken | None = Field(default=None, description="empty: no role, which opens nothing")
    teams: Annotated[list[UUID], Field(max_length=200)] | None = None
    language: Language | None = None


class LeaveTaken(Taken):
    successor: UUID | None = Field(default=None, description="who takes all open cases; else their teams do")
    reason: Reason = ""


class Count(Schema):
    uuid: UUID
    cases: int


class Handed(Schema):
    """How many open cases went to whom."""

    cases: int
    teams: list[Count]
    people: list[Count]


class AbsenceTaken(Taken):
    begin: Moment
    end: Moment | None = Field(default=None, description="the moment of being back; null: until further notice")
    deputy: UUID | None = None


class TeamShown(Schema):
    uuid: UUID
    name: str
    partner: bool
    default: bool
    closed_at: datetime | None
    successor: UUID | None
    members: list[UUID]


class TeamTaken(Taken):
    name: Name
    partner: StrictBool = False
    members: Annotated[list[UUID], Field(max_length=2000)] = []


class TeamChanged(Taken):
    """What is left out stays. ``default`` true makes it the default team."""

    name: Name | None = None
    partner: StrictBool | None = None
    members: Annotated[list[UUID], Field(max_length=2000)] | None = None
    default: Literal[True] | None = None


class CloseTaken(Taken):
    into: UUID
    take_members: StrictBool = False
    reason: Reason = ""


class FieldRule(Schema):
    group: str = Field(description="birth, payment, contact, address")
    hidden_from: list[str]
    teams: list[str]


class FieldRules(Schema):
    version: int = Field(description="0: nobody has set any")
    rules: list[FieldRule]


class FieldRuleTaken(Taken):
    group: Literal["birth", "payment", "contact", "address"]
    hidden_from: Annotated[list[RoleName], Field(max_length=20)] = []
    teams: Annotated[list[UUID], Field(max_length=200)] = []


class FieldRulesTaken(Taken):
    seen: Annotated[StrictInt, Field(ge=0, lt=2**31, description="the version that was in force when you looked")]
    rules: Annotated[list[FieldRuleTaken], Field(max_length=10)]


class AuditObject(Schema):
    type: str
    id: str = Field(description="its number or UUID where it has one")


class AuditEntry(Schema):
    at: datetime
    what: Literal["seen", "done"]
    kind: str
    user: UUID | None
    person: UUID | None
    token: bool
    objects: list[AuditObject]


class Audit(Schema):
    items: list[AuditEntry]
    next: str | None
