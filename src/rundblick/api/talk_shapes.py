"""What the API takes and gives of links, mentions and side talks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from rundblick.api.shapes import Address, Agent, DeliveryShown, Message, Moment, Regrouping, Taken
from rundblick.cases.work import LONGEST

LinkKind = Literal["cause", "follow_up", "follow_up_of_it", "parent", "child"]
Needed = Annotated[str, Field(min_length=1, max_length=LONGEST)]


class NewLink(Taken):
    other: Annotated[str, Field(max_length=60, description="UUID or number of the other case")]
    kind: Annotated[
        LinkKind, Field(description="what this case is: `follow_up` follows up on the other, `parent` comprises it")
    ] = "cause"


class LinkShown(Schema):
    uuid: UUID
    kind: LinkKind = Field(description="what this case is to the other one")
    case: UUID | None = Field(description="null: a case that you may not see")
    number: str
    made_at: datetime
    by: Agent | None


class Links(Schema):
    items: list[LinkShown]


class MentionShown(Schema):
    uuid: UUID
    at: datetime
    why: Literal["named", "reply", "reminder"]
    case: UUID
    number: str
    message: UUID | None
    side_talk: UUID | None
    by: Agent | None
    seen_at: datetime | None


class Mentions(Schema):
    items: list[MentionShown]
    next: str | None


class Correction(Taken):
    text: Needed
    unseen_known: Annotated[bool, Field(description="some who are named may not see the case, and that is known")] = (
        False
    )


class SideRecipient(Schema):
    address: str
    name: str


class NewSideTalk(Taken):
    kind: Literal["mail", "inside"] = "mail"
    heading: Annotated[str, Field(min_length=1, max_length=300, description="by mail also its subject")]
    text: Needed
    to: Annotated[list[Address], Field(max_length=50, description="of a talk by mail")] = []
    account: Annotated[str, Field(max_length=400, description="the address it leaves from; the first when empty")] = ""
    files: Annotated[list[UUID], Field(max_length=20, description="attachments of the case that go along")] = []
    remind_at: Moment | None = None
    customer_known: Annotated[bool, Field(description="a recipient is the customer, and that is known")] = False
    unseen_known: bool = False


class Word(Taken):
    text: Needed
    inside: Annotated[bool, Field(description="for colleagues only; a talk among colleagues always is")] = False
    to: Annotated[list[Address], Field(max_length=50, description="others than before")] = []
    customer_known: bool = False
    unseen_known: bool = False


class SideTalkChange(Taken):
    state: Literal["open", "closed"] | None = None
    remind_at: Moment | None = None
    remind: Annotated[bool, Field(description="set `remind_at`, also to null")] = False


class SideTalkShown(Schema):
    uuid: UUID
    case: UUID
    kind: Literal["mail", "inside"]
    heading: str
    state: Literal["open", "closed"]
    recipients: list[SideRecipient] | None = Field(description="null where you may not see addresses")
    opened_at: datetime
    opened_by: Agent | None
    last_at: datetime
    waits_since: datetime | None = Field(description="since when the others have the ball")
    remind_at: datetime | None
    closed_at: datetime | None


class SideTalks(Schema):
    items: list[SideTalkShown]


class SideWord(Schema):
    """What was said in a side talk; for all else it is a note."""

    message: Message
    way: Literal["in", "out", "note"]
    other_address: bool = Field(description="it came from an address that was not written to")
    delivery: DeliveryShown | None


class SideWords(Schema):
    items: list[SideWord]


class Split(Taken):
    messages: Annotated[list[UUID], Field(min_length=1, max_length=1000)]
    into: Annotated[str, Field(max_length=60, description="UUID or number; empty: a new case of the same owner")] = ""
    reason: Annotated[str, Field(max_length=LONGEST)] = ""


class Gather(Taken):
    cases: Annotated[list[Annotated[str, Field(max_length=60)]], Field(min_length=1, max_length=50)]
    reason: Annotated[str, Field(max_length=LONGEST)] = ""


class Regroupings(Schema):
    items: list[Regrouping]
