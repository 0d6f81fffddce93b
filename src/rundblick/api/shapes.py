"""What the API takes and gives. Times are UTC in RFC 3339; objects have a UUID, cases and customers a number.

A field that the caller's role does not see is null, never left out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from rundblick.cases.work import LONGEST
from rundblick.core.message import Channel
from rundblick.customers.merging import LONGEST as LONGEST_REASON


def _written(value: object) -> object:
    """A time is written as text: a bare number would be one in some unit, and nobody says in which."""
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("datetime_type", "a time as text is needed")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
LINE = r"^[^\x00-\x1f\x7f]*$"  # no control characters
Text = Annotated[str, Field(max_length=LONGEST)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$", description="lower case, digits, . _ -")]


class Taken(Schema):
    """What comes in is taken as described or refused: a field that does not exist is an error, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Fault(Schema):
    where: str = Field(description="the field: body.subject, query.limit ...")
    what: str


class Problem(Schema):
    """An error, as RFC 9457 has it. ``type`` is stable; ``title`` and ``detail`` are in the caller's language."""

    type: str
    status: int
    title: str
    detail: str | None = None
    faults: list[Fault] | None = None


class Team(Schema):
    uuid: UUID
    name: str
    partner: bool


class Agent(Schema):
    uuid: UUID
    name: str


class Owner(Schema):
    kind: Literal["person", "team"]
    uuid: UUID
    name: str


class TokenShown(Schema):
    name: str
    prefix: str
    scopes: list[str]
    expires_at: datetime


class Me(Schema):
    uuid: UUID
    name: str
    email: str
    role: str
    language: str
    teams: list[Team]
    permissions: list[str] = Field(description="what this token may do: the role's permissions within its scopes")
    token: TokenShown


class CustomerRef(Schema):
    uuid: UUID
    number: str | None


class Case(Schema):
    uuid: UUID
    number: str
    subject: str
    state: str
    channel: str
    topic: str
    tier: str | None
    priority: str
    language: str = Field(description='"" is unsure')
    flagged: bool = Field(description="something in it could not be read")
    owner: Owner | None
    customer: CustomerRef | None
    opened_at: datetime | None
    first_reply_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    last_at: datetime
    messages: int


class Cases(Schema):
    items: list[Case]
    next: str | None = Field(description="pass it as `after` for the next page; null on the last one")


class Due(Schema):
    kind: Literal["reaction", "resolution"]
    at: datetime | None = Field(description="null while the clock stands still: the customer has the ball")
    left_s: int = Field(description="seconds of opening time that are left; negative once it is over")
    pauses: int = Field(description="how often the clock was stopped, the present time included")
    stood_s: int = Field(description="seconds of opening time that it stood")


class Dues(Schema):
    items: list[Due]
    waited_s: int | None = Field(description="seconds that the customer has waited by the calendar on his wall")


class AttachmentShown(Schema):
    uuid: UUID
    name: str
    media_type: str
    size: int


class CallShown(Schema):
    waited_s: float | None
    talked_s: float | None
    wrapped_s: float | None
    answered: bool | None
    abandoned: bool | None


class Message(Schema):
    uuid: UUID
    at: datetime
    channel: str
    direction: str
    sender: str
    author: str
    subject: str
    text: str
    language: str
    remarks: list[str]
    attachments: list[AttachmentShown]
    call: CallShown | None
    side_talk: UUID | None = Field(None, description="the talk beside the customer's in which it stands")


class DeliveryShown(Schema):
    """How far an answer has come."""

    state: Annotated[str, Field(description="waiting, sending, failed, sent, dead, bounced or cancelled")]
    due_at: datetime
    attempts: int
    fault: str
    recipients: list[str] | None


class Answered(Schema):
    """The message that the answer became, and how far it has come."""

    message: Message
    delivery: DeliveryShown


class Messages(Schema):
    items: list[Message]
    next: str | None


class Entry(Schema):
    """One entry of a case's log; what is unknown is null or "" and says nothing."""

    at: datetime
    kind: str
    state: str
    owner: Owner | None
    by: Agent | None
    cause: str
    reason: str
    summary: str


class Entries(Schema):
    items: list[Entry]
    next: str | None


class Join(Taken):
    into: Annotated[str, Field(min_length=1, max_length=60, description="UUID, or case number in any notation")]
    reason: Text = ""


class Move(Taken):
    into: Annotated[str, Field(max_length=60, description="UUID or case number; empty for a new case")] = ""
    following: Annotated[bool, Field(description="also all messages that stand behind it in its case")] = False
    reason: Text = ""


class Regrouping(Schema):
    uuid: UUID
    kind: str
    source: UUID
    target: UUID
    messages: int
    standing: bool
    why: str = Field(description='"topic": joined by itself, since both are open for one topic; "" by a person')


class Suggestion(Schema):
    case: UUID
    number: str
    reasons: list[str]


class Suggestions(Schema):
    items: list[Suggestion]


class Reason(Taken):
    reason: Text = ""


class Note(Taken):
    text: Annotated[str, Field(min_length=1, max_length=LONGEST, description="`@Name` tells a colleague or a team")]
    unseen_known: Annotated[bool, Field(description="who is named may not see the case, and that is known")] = False


Address = Annotated[str, Field(pattern=LINE, max_length=320)]


class ReplyTaken(Taken):
    """An answer by mail. Without `to` it goes to who wrote last; `seen` is the newest message that you have read."""

    text: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    subject: Annotated[str, Field(pattern=LINE, max_length=300)] = ""
    to: Annotated[list[Address], Field(max_length=20)] = []
    cc: Annotated[list[Address], Field(max_length=20)] = []
    account: Annotated[str, Field(pattern=LINE, max_length=320, description="its address; default: as it came")] = ""
    seen: UUID | None = None
    due_at: Moment | None = None
    asked_again: Annotated[bool, Field(description="send though it asks for what is known")] = False


class Told(Schema):
    """A value that another one won against; `records`: how many records say so now, 0 when all have corrected it."""

    value: str
    system: str
    seen_at: datetime
    verified: bool
    records: int


class Draft(Taken):
    text: Annotated[str, Field(max_length=LONGEST, description="the words of an answer that is not sent yet")]


class KnownValue(Schema):
    value: str
    system: str
    seen_at: datetime


class RepeatedQuestion(Schema):
    fact: str = Field(description="customer_no, order_no, address, birth_date, phone, model, purchase_date ...")
    sentence: str = Field(description="the sentence of the draft that asks for it")
    known: list[KnownValue] = Field(description="what is known, the newest first: offer it to be confirmed")


class AskedAgain(Schema):
    items: list[RepeatedQuestion]


class Fact(Schema):
    kind: str
    value: str
    system: str
    seen_at: datetime
    verified: bool
    rule: Literal["only", "verified", "newest", "most_frequent", "source", "equal"] = Field(
        description="why this value and none of `others`: proved by a system, told last, told by most records, told by "
        "the system that is trusted most; in this order"
    )
    others: list[Told]


class Customer(Schema):
    uuid: UUID
    number: str
    name: str
    facts: list[Fact]
    former_numbers: list[str] = Field(description="numbers of customers that were merged into this one")
    open_cases: int


class Identifier(Schema):
    kind: str
    value: str
    issuer: str
    strength: str
    verified: bool
    system: str
    seen_at: datetime


class MergeTaken(Taken):
    other: Annotated[str, Field(min_length=1, max_length=60, pattern=LINE, description="UUID or number of the other")]
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]
    override: bool = Field(
        default=False, strict=True, description="also if something speaks against it; that is kept with the act"
    )


class SplitTaken(Taken):
    records: Annotated[list[UUID], Field(min_length=1, max_length=2000, description="`records` of GET /identity")]
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON)]


class UndoTaken(Taken):
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class CustomerNamed(Schema):
    uuid: UUID
    number: str
    leads_to: str = Field(description='the number that it was merged into; "" while it lives')


class IdentityAct(Schema):
    """What a person decided about who is one customer; it holds whatever comes later, until it is undone."""

    uuid: UUID
    kind: Literal["merge", "split", "apart", "confirm", "undo"]
    at: datetime
    by: Agent | None = Field(description="null for a machine")
    reason: str
    override: bool = Field(description="it was done although something spoke against it")
    customer: CustomerNamed = Field(description="the one that was merged into, or split off from")
    other: CustomerNamed = Field(description="the one that was merged away, or split off")
    records: int = Field(description="how many records came to another customer")
    standing: bool
    undoable: bool = Field(description="false once undone, and while a later act about the same records stands")
    undoes: UUID | None
    undone_by: UUID | None


class RecordShown(Schema):
    """How one system knows the customer."""

    uuid: UUID
    system: str
    key: str
    since: datetime
    seen_at: datetime | None
    facts: dict[str, str]
    identifiers: list[Identifier]


class EngineMove(Schema):
    """Records that came from one number to another by themselves, because of what they prove."""

    at: datetime
    source: str
    target: str
    records: int


class Step(Schema):
    """One field of a comparison: how alike the values are, and what that says, in bits, for (+) or against (-)."""

    field: str
    level: str
    value_a: str
    value_b: str
    weight: float


class Shared(Schema):
    kind: str
    value: str


class Attachment(Schema):
    """What attached one record to another."""

    record: UUID
    other: UUID
    rule: Literal["person", "same_number", "weight"]
    shared: list[Shared] = Field(description="identifiers that both carry")
    weight: float | None = Field(description="log2 odds that they are one person; null where nothing was weighed")
    model: str = Field(description='version of the model; "" where nothing was weighed')
    steps: list[Step] = Field(description="field by field; their weights add up to `weight`")
    by: Agent | None = Field(description="who confirmed it, if a person did")
    act: UUID | None


class WhoTaken(Taken):
    """What is known of a person who is looked up. The more is told, the surer the answer."""

    name: Annotated[str, Field(max_length=300, pattern=LINE, description="in one piece, where it is not apart")] = ""
    first_name: Annotated[str, Field(max_length=300, pattern=LINE)] = ""
    last_name: Annotated[str, Field(max_length=300, pattern=LINE)] = ""
    birth_date: Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2})?$", description="year-month-day")] = ""
    street: Annotated[str, Field(max_length=300, pattern=LINE, description="with the house's number")] = ""
    postcode: Annotated[str, Field(max_length=40, pattern=LINE)] = ""
    city: Annotated[str, Field(max_length=300, pattern=LINE)] = ""
    company: Annotated[str, Field(max_length=300, pattern=LINE)] = ""
    email: Annotated[str, Field(max_length=320, pattern=LINE)] = ""
    phone: Annotated[str, Field(max_length=60, pattern=LINE)] = ""
    customer_no: Annotated[str, Field(max_length=100, pattern=LINE, description="ours, or a system's")] = ""
    system: Annotated[str, Field(max_length=40, pattern=LINE, description="who issued it; default: any")] = ""
    former_last_name: Annotated[str, Field(max_length=300, pattern=LINE, description="name at birth, for example")] = ""
    former_street: Annotated[str, Field(max_length=300, pattern=LINE, description="before he moved")] = ""
    former_postcode: Annotated[str, Field(max_length=40, pattern=LINE)] = ""
    former_city: Annotated[str, Field(max_length=300, pattern=LINE)] = ""
    limit: Annotated[int, Field(ge=1, le=20)] = 5


class WhoHit(Schema):
    customer: CustomerNamed
    name: str
    decision: Literal["same", "unsure"]
    rule: str = Field(description="number, same_number, weight, or what speaks against it: household, generations ...")
    score: float | None = Field(description="log2 odds that it is this customer; null without a model in force")
    probability: float | None = Field(description="that it is this one and no other of those found")
    system: str = Field(description="of the record that says so loudest")
    key: str
    steps: list[Step] = Field(description="field by field: what was asked and what the record says; they add up")


class Who(Schema):
    decision: Literal["same", "unsure", "new"] = Field(
        description="same: the first one is meant; unsure: one of them may be; new: none is found"
    )
    customers: list[WhoHit] = Field(description="likeliest first")
    model: str = Field(description="version of the model that weighed; empty without one in force")


class ReviewSide(Schema):
    customer: CustomerNamed
    name: str
    record: UUID
    system: str
    key: str
    facts: dict[str, str]


class Review(Schema):
    """Two records, and the question whether they are one person."""

    uuid: UUID
    state: Literal["open", "answered", "obsolete"]
    why: Literal["weight", "household", "numbers", "confirmed"]
    weight: float = Field(description="log2 odds that they are one person")
    value: float = Field(description='pairs of records that an answer decides, times how probable "one" is')
    put_off: bool = Field(description="somebody said later")
    sides: list[ReviewSide]
    steps: list[Step]


class Reviews(Schema):
    open: int
    items: list[Review]


class ReviewAnswered(Schema):
    uuid: UUID
    state: Literal["open", "answered", "obsolete"] = Field(description="open: later, or a second person has to agree")


class AnswerTaken(Taken):
    answer: Literal["same", "different", "later"]
    reason: Annotated[str, Field(max_length=LONGEST_REASON)] = ""


class ModelRow(Schema):
    version: str
    trained_at: datetime
    records: int = Field(description="that it was learned from")
    answers: int = Field(description="of people, that it was learned from too")
    in_force: bool


class MatchRun(Schema):
    uuid: UUID
    kind: Literal["match", "adopt", "undo"]
    model: str
    records: int
    moved: int = Field(description="records that came to another customer")
    finished_at: datetime | None
    undoable: bool


class Models(Schema):
    models: list[ModelRow]
    runs: list[MatchRun] = Field(description="newest first")


class Level(Schema):
    level: str
    weight: float = Field(description="bits for (+) or against (-) one person, for a value of middling frequency")


class FieldWeights(Schema):
    field: str
    levels: list[Level]
    rare: float | None = Field(description="what a rare value in common weighs; null where all values weigh the same")


class NumbersSeen(Schema):
    """Whether two numbers of a system keep people apart, and by what evidence."""

    system: str
    records: int = Field(description="with a number of it")
    twice: int = Field(description="that surely are second ones of somebody")
    exclusive: bool
    setting: Literal["yes", "no", "measured"]


class ModelShown(ModelRow):
    prior: float = Field(description="bits of any two records, before any evidence")
    review: float = Field(description="bits from which a person is asked")
    auto: float = Field(description="bits from which a pair joins by itself")
    same: int
    different: int
    numbers: list[NumbersSeen]
    fields: list[FieldWeights]
    waiting_for_second: bool = Field(description="with four eyes: somebody wants it in force")


class ModelJob(Schema):
    """Work about a model; ``records`` to ``questions`` are of what it would change."""

    uuid: UUID
    kind: Literal["learn", "preview", "adopt", "undo"]
    state: Literal["waiting", "running", "done", "failed"]
    stage: str
    done: int
    total: int
    fault: str
    asked_at: datetime
    finished_at: datetime | None
    model: str
    records: int
    customers_before: int
    customers_after: int
    merges: int
    splits: int
    questions: int


class Adoption(Schema):
    job: ModelJob | None = Field(description="null: noted, somebody else has to agree")


class ChangeGroup(Schema):
    records: int
    customers: list[CustomerNamed]


class ModelChange(Schema):
    kind: Literal["merge", "split"]
    moved: int = Field(description="records that would come to another customer")
    groups: list[ChangeGroup]


class ModelChanges(Schema):
    items: list[ModelChange]
    next: str | None


class Identity(Schema):
    number: str
    former_numbers: list[str]
    records: list[RecordShown]
    attachments: list[Attachment] = Field(description="what binds the records together, one less than records")
    acts: list[IdentityAct] = Field(description="newest first, also those of numbers that lead here")
    moves: list[EngineMove] = Field(description="what came or went without a person's decision, newest first")


class Trace(Schema):
    """One thing that happened with a customer, in whatever system."""

    at: datetime
    kind: Literal["message", "case", "order", "rating"]
    system: str
    title: str
    text: str
    channel: str
    direction: str
    case: UUID | None


class Traces(Schema):
    items: list[Trace]
    next: str | None


class Found(Schema):
    cases: list[Case] = Field(
        description="what has the number or the customer, then by what stands in them, newest first"
    )
    customers: list[CustomerRef]
    count: int | None = Field(description="cases by what stands in them; 1001 is more than 1,000, null is not counted")
    remarks: list[str] = Field(description="what of `q` was not understood, in the reader's language")
    next: str | None = Field(description="`after` of the next page")


class Report(Schema):
    report: dict[str, Any] = Field(description="as docs/report.md describes it; `schema` in it names the version")


class Missing(Schema):
    code: str
    text: str


class Measure(Schema):
    """A figure and what is needed to doubt it. `value` is null where `missing` says why."""

    name: str
    label: str
    definition: str
    unit: str
    value: float | None
    n: int
    low: float | None
    high: float | None
    interval: str
    basis: str
    cases_behind: int
    missing: Missing | None


class Kept(Schema):
    """Something that could not be read: kept, and run again after a mend."""

    uuid: UUID
    fault: str
    stage: str
    detail: dict[str, str]
    source: str
    count: int
    rows: list[int] | None
    case: UUID | None
    first_at: datetime
    last_at: datetime


class KeptList(Schema):
    items: list[Kept]
    next: str | None


class RunAgain(Schema):
    solved: bool
    case: UUID | None


class Accepted(Schema):
    """Committed: what was answered with this survives whatever happens next."""

    delivery: UUID
    key: str = Field(description="ask with it what came of it: GET /deliveries?key=")
    new: bool = Field(description="false when this key was delivered before; that is harmless")


class Delivery(Schema):
    delivery: UUID
    received_at: datetime
    state: Literal["waiting", "recorded", "version", "duplicate", "quarantined", "unreadable"]
    case: UUID | None


class PartyTaken(Taken):
    name: Annotated[str, Field(max_length=300, pattern=LINE)] = ""
    email: Annotated[str, Field(max_length=320, pattern=LINE)] = ""
    phone: Annotated[str, Field(max_length=60, pattern=LINE)] = ""
    customer_no: Annotated[str, Field(max_length=100, pattern=LINE, description="issued by `system`")] = ""
    handle: Annotated[str, Field(max_length=300, pattern=LINE, description="@name@network")] = ""
    verified: Annotated[
        bool,
        Field(
            strict=True,
            description="of a form or chat: `system` has proved the `customer_no` (he was signed in); else a claim",
        ),
    ] = False


class Contact(Taken):
    """One contact of any channel that has no connector of its own: a chat line, a post, a form, a call note."""

    key: Annotated[
        str, Field(min_length=1, max_length=300, pattern=LINE, description="the source's own; a second one is harmless")
    ]
    system: Code = "api"
    channel: Channel
    direction: Literal["in", "out", "note"] = "in"
    at: Moment | None = Field(default=None, description="with zone; default: when it reached us")
    sender: PartyTaken | None = Field(default=None, description="the customer concerned, also when the message is ours")
    subject: Annotated[str, Field(max_length=2000)] = ""
    text: Annotated[str, Field(max_length=1_000_000)] = ""
    case: Annotated[str, Field(max_length=300, pattern=LINE, description="the system's own key of the case")] = ""
    reply_to: Annotated[str, Field(max_length=300, pattern=LINE, description="key of the contact it answers")] = ""
    language: Annotated[str, Field(pattern=r"^([a-z]{2})?$")] = ""
    topic: Annotated[
        str, Field(max_length=200, pattern=LINE, description="the customer's open case of this topic takes it, if one")
    ] = ""


class Health(Schema):
    status: Literal["ok", "database away"]
    version: str


States = Literal["open", "new", "pending", "resolved", "closed", "any"]
Views = Literal["team", "mine", "watched", "waiting", "due", "all", "flagged"]
