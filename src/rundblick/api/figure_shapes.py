"""What the API gives about teams' figures and staffing. Shares are 0..1, intervals Wilson's at 95 %."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ninja import Schema
from pydantic import Field


class TeamFigure(Schema):
    value: float | None = Field(description="null: nothing to count, or hidden")
    n: int = Field(description="cases that it rests on")
    low: float | None
    high: float | None
    hidden: bool = Field(description="fewer than five cases or, for minutes, fewer than five people")
    firm: bool = Field(description="thirty cases or more; compare nothing by fewer")


class TopicMinutes(Schema):
    topic: str
    minutes: float
    n: int


class TeamLine(Schema):
    """``figures`` by name; ``causes``: hand-overs to the team by cause, "" where the source tells none."""

    uuid: UUID
    name: str
    partner: bool
    figures: dict[str, TeamFigure]
    causes: dict[str, int]
    topics: list[TopicMinutes] = Field(description="minutes per solved concern where five people worked or more")


class TeamFigures(Schema):
    since: datetime
    until: datetime
    days: int
    teams: list[TeamLine]


class Staffing(Schema):
    """What so many people give. All shares are of the offered calls."""

    erlangs: float
    model: str = Field(description="C: nobody hangs up; A: with `patience`")
    agents: int
    level: float = Field(description="share answered within the target's seconds")
    asa_s: float | None = Field(description="mean wait of an answered call; null: it grows without end")
    occupancy: float
    abandoned: float = Field(description="share that hangs up; 0 by Erlang C")
    waits: float
    scheduled: int = Field(description="agents on the roster with `shrinkage`")


class OfferedSlot(Schema):
    weekday: int = Field(description="Monday is 0")
    time: str
    calls: float = Field(description="median over `weeks`")
    most: int
    offered: int
    aht_s: float | None
    agents: int


class OfferedWeek(Schema):
    weeks: int
    offered: int
    answered: int
    aht_s: float | None
    slots: list[OfferedSlot]
