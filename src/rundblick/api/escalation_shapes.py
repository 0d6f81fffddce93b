"""What the API takes and gives of escalations, tiers, authority and legal floors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

from rundblick.api.shapes import LINE, Taken

Word = Annotated[str, StringConstraints(max_length=100, pattern=LINE)]
Line = Annotated[str, StringConstraints(max_length=400, pattern=LINE)]
Texts = Annotated[dict[Literal["de", "en"], Line], Field(description="a sentence per language, for whoever reads it")]
Names = Annotated[dict[Word, Texts], Field(max_length=50)]
Words = Annotated[list[Word], Field(max_length=50)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Chained = Annotated[str, StringConstraints(max_length=60, pattern=r"^(lead|managers|(team|person):[0-9a-f-]{36})$")]


class Strict(Taken):
    """Rules are taken literally: true is no number, and 1 is no truth."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Money(Strict):
    minor: int = Field(ge=1, le=10**12, description="cents, rappen")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")


class Demand(Strict):
    goodwill: Money | None = None
    refund: bool = False
    exception: bool = False


class EscalationWhen(Strict):
    """All that is set must hold; at least one is set."""

    clock: list[Literal["reaction.warned", "reaction.breached", "resolution.warned", "resolution.breached"]] = Field(
        default_factory=list, max_length=4
    )
    commitment: bool = False
    mood: int = Field(default=0, ge=0, le=3, description="at least: 1 annoyed, 2 angry, 3 furious")
    law: list[Literal["any", "lawyer", "court", "authority", "privacy", "claim", "payment"]] = Field(
        default_factory=list, max_length=7
    )
    public: bool = False
    followers: Count = 0
    unanswered: Count = 0
    reopened: Count = 0
    again: Count = 0
    handovers: Count = 0
    ping_pong: bool = False
    tiers: Words = Field(default_factory=list)
    orders: Money | None = None


class EscalationRule(Strict):
    name: Word
    when: EscalationWhen
    to: list[Chained] = Field(default_factory=lambda: ["lead"], max_length=8)
    then: Literal["tell", "hand_over"] = "tell"
    teams: list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f-]{36}$")]] = Field(
        default_factory=list, max_length=50
    )
    topics: Words = Field(default_factory=list)
    needs: Demand = Field(default_factory=Demand)
    again_hours: float = Field(default=4.0, ge=0, le=1000, allow_inf_nan=False)
    texts: Texts = Field(default_factory=dict)


class Escalations(Strict):
    rules: list[EscalationRule] = Field(default_factory=list, max_length=50)


class TierWhen(Strict):
    tiers: Words = Field(default_factory=list)
    countries: Words = Field(default_factory=list)
    company: bool | None = None
    orders: Money | None = None
    years: float = Field(default=0, ge=0, le=200, allow_inf_nan=False)
    cases: Count = 0
    topics: Words = Field(default_factory=list)
    channels: Words = Field(default_factory=list)


class TierRule(Strict):
    name: Word
    tier: Word
    when: TierWhen = Field(default_factory=TierWhen)
    texts: Texts = Field(default_factory=dict)


class Tiers(Strict):
    rules: list[TierRule] = Field(default_factory=list, max_length=50)
    floor: Word = ""
    names: Names = Field(default_factory=dict)


class Authority(Strict):
    goodwill: list[Money] = Field(default_factory=list, max_length=20)
    refund: bool = False
    exception: bool = False
    texts: Texts = Field(default_factory=dict)
    above: str = Field(default="", pattern=r"^(person:[0-9a-f-]{36})?$")


class Authorities(Strict):
    of: dict[
        Annotated[str, StringConstraints(max_length=60, pattern=r"^(role|person):[0-9a-z-]{1,40}$")], Authority
    ] = Field(default_factory=dict, max_length=500, description="role:lead or person:<uuid>")


class Floors(Strict):
    on: dict[Word, Words] = Field(default_factory=dict, max_length=50, description="law -> its topics, [] all")


Seen = Annotated[int, Field(ge=0, le=10**9, description="the version that you have seen in force, 0 none")]


class EscalationsInForce(Schema):
    version: int = Field(description="0: nobody has set any, the usual ones hold")
    at: datetime | None
    rules: Escalations


class TiersInForce(Schema):
    version: int
    at: datetime | None
    rules: Tiers


class AuthorityInForce(Schema):
    version: int
    at: datetime | None
    rules: Authorities


class LegalFloor(Schema):
    code: str
    law: str
    where: str
    about: str
    what: Literal["reaction", "resolution"]
    days: int = Field(description="by the calendar, from receipt")
    url: str


class FloorsInForce(Schema):
    version: int
    at: datetime | None
    rules: Floors
    known: list[LegalFloor]


class PutEscalations(Strict):
    seen: Seen
    rules: Escalations


class PutTiers(Strict):
    seen: Seen
    rules: Tiers


class PutAuthority(Strict):
    seen: Seen
    rules: Authorities


class PutFloors(Strict):
    seen: Seen
    rules: Floors


class TryEscalations(Strict):
    rules: Escalations | None = Field(default=None, description="null: those in force")
    days: int = Field(default=7, ge=1, le=90)


class TryTiers(Strict):
    rules: Tiers | None = Field(default=None, description="null: those in force")


class Example(Schema):
    case: str
    rule: str
    trigger: str
    why: str


class EscalationPreview(Schema):
    days: int
    cases: int
    escalated: int
    by_rule: dict[str, int]
    examples: list[Example] = Field(description="of the cases that you may see")


class TierPreview(Schema):
    cases: int
    now: dict[str, int]
    then: dict[str, int]


class Decider(Schema):
    uuid: UUID
    name: str


class Escalation(Schema):
    uuid: UUID
    case: str
    at: datetime
    trigger: str
    rule: str
    why: str
    state: Literal["open", "seen", "ended"]
    person: Decider | None
    team: Decider | None
    may_decide: list[str]
    settled_at: datetime | None


class EscalationList(Schema):
    items: list[Escalation]


class WhyEscalated(Taken):
    reason: Annotated[str, StringConstraints(min_length=1, max_length=4000)]


class TierOfCase(Schema):
    tier: str | None
    rule: str = Field(description='"" no rule gave it')
    why: str


class Compared(Schema):
    dimension: Literal["tier", "region", "language", "channel"]
    group: str
    measure: Literal["reaction", "resolution", "kept"]
    n: int
    rest_n: int
    open: int
    value: float | None = Field(description="median hours, median days, share; null below 5")
    rest: float | None
    difference: float | None = Field(description="null below 30 on a side")
    low: float | None
    high: float | None
    p: float | None
    holm: float | None
    marked: Literal["", "worse", "better"]


class Fairness(Schema):
    days: int
    cases: int
    items: list[Compared]
