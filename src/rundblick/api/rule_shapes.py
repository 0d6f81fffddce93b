"""What the API takes and gives of a company's rules: opening hours and promises."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from rundblick.api.shapes import LINE, Taken
from rundblick.core.message import Channel

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
Line = Annotated[str, Field(max_length=1000, pattern=LINE)]
Words = Annotated[list[Word], Field(max_length=200)]
Hours = Annotated[float, Field(gt=0, le=87_660)]
Seen = Annotated[int, Field(ge=0, le=1_000_000_000, description="the version that you have read; 0 for none")]
Holidays = Annotated[
    str, Field(pattern=r"^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$", description="DE-BY, AT-9, CH: the state's; empty: none")
]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class Timetable(Taken):
    name: Name
    hours: Annotated[str, Field(max_length=1000, pattern=LINE, description="Mo-Fr 08:00-12:00 13:00-17:00; Sa ...")]
    zone: Annotated[str, Field(max_length=100, pattern=LINE, description="Europe/Berlin")] = "Europe/Berlin"
    holidays: Holidays = ""
    special: Annotated[dict[Day, Line], Field(max_length=400, description="day -> hours on it, empty: closed")] = {}


class TimetablesTaken(Taken):
    seen: Seen
    tables: Annotated[list[Timetable], Field(max_length=200)]
    teams: Annotated[dict[UUID, Name], Field(max_length=2_000, description="team -> name of its hours")] = {}


class Timetables(Schema):
    version: int = Field(description="0: nobody has set any, these are assumed")
    since: datetime | None
    tables: list[Timetable]
    teams: dict[UUID, str]


class Level(Taken):
    """The first level that fits a case counts; a level without words is for all cases."""

    name: Annotated[str, Field(max_length=200, pattern=LINE)] = ""
    reaction_hours: Hours | None = None
    resolution_hours: Hours | None = None
    resolution_days: Hours | None = None
    channels: Annotated[list[Channel], Field(max_length=20)] = []
    priorities: Words = []
    tiers: Words = []
    topics: Words = []
    simple: bool = Field(default=False, strict=True, description="only cases of the simple topics")
    calendar: Annotated[str, Field(max_length=200, pattern=LINE, description="name of hours; empty: the team's")] = ""
    hours: Line = ""
    warn: Annotated[float, Field(ge=0, le=1, description="share of the time that is left")] | None = None
    warn_hours: Annotated[float, Field(ge=0, le=87_660)] | None = None


class Promise(Taken):
    levels: Annotated[list[Level], Field(max_length=40)]
    simple: Words = []
    pending: Literal["pauses", "runs"] = "pauses"
    hours: Annotated[str, Field(max_length=1000, pattern=LINE, description="for all levels; empty: the team's")] = ""
    zone: Annotated[str, Field(max_length=100, pattern=LINE)] = "Europe/Berlin"
    holidays: Holidays = ""
    closed: Annotated[list[Day], Field(max_length=400)] = []


class PromiseTaken(Promise):
    seen: Seen


class PromiseShown(Schema):
    version: int = Field(description="0: nobody has promised anything here; this is assumed or of the mapping")
    since: datetime | None
    promise: Promise
    broken: str = Field(description="why it cannot be kept by the hours of today; empty when it can")


class Verdicts(Schema):
    promised: int
    kept: int
    broken: int
    undecided: int


class Previewed(Schema):
    days: int
    cases: int
    now: Verdicts
    draft: Verdicts
    levels: list[Verdicts]
    gained: int = Field(description="broken now, kept by the draft")
    lost: int = Field(description="kept now, broken by the draft")
    failed: int = Field(description="longer than three calendar days, whatever is promised")
