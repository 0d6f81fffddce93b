"""What the API gives of a customer beside a case, of a team's board and of today over all teams."""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from rundblick.api.shapes import Taken


class PreferredChannel(Schema):
    """``told``: a system says so; ``set``: somebody noted it; ``used``: by what he uses and where he was answered."""

    channel: str
    why: Literal["told", "set", "used"]
    at: datetime | None
    system: str
    used: int
    of: int
    answered: int


class OpenPromise(Schema):
    uuid: UUID
    text: str
    due_at: datetime
    overdue: bool
    made_by: str
    case: UUID


class OpenOrder(Schema):
    kind: str
    key: str
    status: str
    article: str
    amount_minor: int | None
    currency: str
    at: datetime
    promised_at: datetime | None
    system: str
    late: bool


class TalkedTo(Schema):
    """Who wrote to him or spoke with him: a person, else a team, else only the system is known."""

    person: str
    team: str
    system: str
    channels: list[str]
    at: datetime
    times: int


class AskedMark(Schema):
    at: datetime
    by_customer: bool = Field(description="he said so himself; else noted as the question was sent")
    asked: list[str]


class LastRating(Schema):
    kind: str
    lane: str
    value: float
    low: float
    high: float
    at: datetime


class CustomerSide(Schema):
    """Everything beside a case: for a widget by one call. What the caller may not see is left out."""

    uuid: UUID
    number: str
    name: str
    tier: str
    channel: PreferredChannel | None
    open_cases: int = Field(description="at most 100 are counted")
    promises: list[OpenPromise]
    orders: list[OpenOrder]
    talked: list[TalkedTo]
    asked: list[AskedMark]
    ratings: list[LastRating]


class ChannelSet(Taken):
    channel: str = Field(max_length=40, description='"" goes by what he uses again')


class BoardMember(Schema):
    """``load`` null: another's figures are for whoever sees figures of teams."""

    uuid: UUID
    name: str
    state: Literal["here", "closed", "away"]
    until: datetime | None
    load: BoardLoad | None


class BoardLoad(Schema):
    open: int
    waiting: int
    due: int


class BoardCase(Schema):
    uuid: UUID
    number: str
    what: Literal["overdue", "hour", "today"]
    due_at: datetime


class BoardPromise(Schema):
    case: UUID
    number: str
    text: str
    due_at: datetime
    overdue: bool


class TeamBoard(Schema):
    """A team now. ``counts`` by name; 1001 means more than a thousand."""

    team: UUID
    name: str
    at: datetime
    counts: dict[str, int]
    members: list[BoardMember]
    at_risk: list[BoardCase]
    commitments: list[BoardPromise]


class TeamToday(Schema):
    uuid: UUID
    name: str
    partner: bool
    counts: dict[str, int]
    first_contact: float | None = Field(description="share of 30 days; null: none, too few, or being counted")
    reopened: float | None


class TrendDay(Schema):
    day: dt.date
    new: int
    resolved: int


class SilentAccount(Schema):
    uuid: UUID
    name: str
    state: Literal["bad", "unknown"]
    since: datetime | None


class AwayPerson(Schema):
    name: str
    until: datetime | None


class Overview(Schema):
    """Today over the teams that the caller sees, as counted ``at``."""

    at: datetime
    teams: list[TeamToday]
    trend: list[TrendDay]
    silent: list[SilentAccount]
    away: list[AwayPerson]
    asked_again: int = Field(description="known facts asked for all the same, of 30 days, at most 1000")


BoardMember.model_rebuild()
