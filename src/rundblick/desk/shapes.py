"""What the desk's templates show: plain values, made from rows. No template reaches into the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from rundblick.desk.ownership_shapes import Passed

RISK_AFTER = timedelta(days=1)
LATE_AFTER = timedelta(days=3)  # the line of failure whatever was promised (mission, C3)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who is in charge. ``kind`` is "person", "team" or "" for nobody."""

    name: str = ""
    kind: str = ""
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """How long a concern has been open, or took. ``level``: "", "risk" over a day, "bad" over three, "done"."""

    length: timedelta | None
    level: str = ""


@dataclass(frozen=True, slots=True)
class Promised:
    """A promise that is over or soon will be, in words. ``tone``: "bad", "risk"."""

    words: str
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """One line of a list of cases."""

    id: int
    uuid: UUID
    number: str
    subject: str
    state: str
    channel: str
    owner: Owner
    clock: Clock
    last_at: datetime
    flagged: bool = False
    snippet: str = ""
    customer_name: str = ""
    customer_number: str = ""
    found: str = ""
    topic: str = ""
    offered: bool = False  # handed over to the reader or his team, and not accepted yet
    promised: Promised | None = None
    watched: bool = False
    unread: bool = False  # changed since the reader, who has or watches it, had it open

    @property
    def title(self) -> str:
        """The subject; a case of a log without one is called by its topic."""
        broken = self.subject.count("\ufffd") * 3 > len(self.subject)
        return self.topic if broken else self.subject or self.topic

    @property
    def done(self) -> bool:
        return self.state in ("resolved", "closed")


@dataclass(frozen=True, slots=True)
class File:
    name: str
    size: str
    url: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a message's text; ``label`` "" is read at once, anything else is folded under it."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How far an answer has come. ``told``: what servers said; ``tone``: "act", "good", "risk", "bad"."""

    words: str
    tone: str
    icon: str
    at: datetime | None = None
    told: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    undo_url: str = ""
    retry_url: str = ""
    kept: bool = False  # the bytes that left can be fetched
    time_url: str = ""  # of what somebody wants to leave later: another time, or now
    seen: str = ""
    leaves_at: str = ""  # ISO; until then it can be taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """A letter that has not left."""

    uuid: UUID
    subject: str
    to: str
    case_uuid: UUID
    case_number: str
    delivery: Delivery
    attempts: int
    created_at: datetime
    is_dead: bool
    is_held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message, call or note in a case's timeline."""

    kind: str = "message"
    uuid: UUID
    at: datetime
    order: tuple[datetime, int, int]
    direction: str
    channel: str
    author: str
    is_us: bool = False
    subject: str = ""
    stretches: tuple[Stretch, ...] = ()
    call: str = ""
    sender_label: str = ""
    html_url: str = ""
    original_url: str = ""
    files: tuple[File, ...] = ()
    remarks: tuple[str, ...] = ()
    delivery: Delivery | None = None
    came_in: bool = False
    by_topic: str = ""  # it was put into this case by its topic alone: the topic
    before: tuple[str, ...] = ()  # what a corrected note said before
    correctable: bool = False  # the reader's own note, a few minutes old

    @property
    def movable(self) -> bool:
        """A note stays where it was written."""
        return self.direction != "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A change of state or owner in a case's timeline. ``tone``: "", "act", "good", "bad".

    url, link   another case it names, and its number; ``undo``: the regrouping that one click takes back
    passed      the hand-over it was: its summary, and what became of it
    """

    kind: str = "event"
    at: datetime
    order: tuple[datetime, int, int]
    text: str
    icon: str
    tone: str = ""
    reason: str = ""
    url: str = ""
    link: str = ""
    undo: UUID | None = None
    passed: Passed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One line of a customer's timeline over all systems."""

    at: datetime
    icon: str
    title: str
    source: str
    text: str = ""
    url: str = ""
    state: str = ""


class Entry(Protocol):
    """What stands in a timeline at its time."""

    @property
    def at(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Day:
    """Entries of one day, in order."""

    at: datetime
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Fact:
    """A known fact with its source and date; ``why`` it counts, and what it won against."""

    label: str
    value: str
    source: str = ""
    seen_at: datetime | None = None
    verified: bool = False
    why: str = ""
    others: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about who is one customer. ``verb``: what the button says, "" where there is none."""

    uuid: UUID | None
    text: str
    at: datetime
    by: str
    reason: str
    icon: str
    standing: bool
    verb: str = ""


@dataclass(frozen=True, slots=True)
class Side:
    """One line of two customers side by side. ``differs``: both say something, and not the same."""

    label: str
    mine: str
    theirs: str
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Fall:
    """One step of a waterfall: from ``start`` to ``start`` + ``width`` of 100; ``weight`` in bits, "+3.2"."""

    label: str
    level: str
    values: tuple[str, str]
    weight: str
    start: float
    width: float
    zero: float
    is_for: bool


@dataclass(frozen=True, slots=True)
class Bound:
    """What attached a record to another: who said so, or the waterfall. ``total``: the score."""

    names: tuple[str, str]
    rule: str
    shared: tuple[str, ...]
    by: str
    model: str
    total: str
    falls: tuple[Fall, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One record of a customer, with what came through it."""

    id: int
    uuid: UUID
    system: str
    key: str
    told: str
    identifiers: tuple[str, ...]
    messages: int
    cases: int
    orders: int
    ratings: int
    seen_at: datetime | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Along:
    """What a split takes along, in numbers."""

    records: int
    messages: int
    cases: int
    orders: int
    ratings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCard:
    uuid: UUID
    number: str
    name: str = ""
    detail: str = ""
    facts: tuple[Fact, ...] = ()
    since: datetime | None = None
    systems: tuple[str, ...] = ()
    led_from: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One reason why a message went where it went."""

    text: str
    unsure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One entry of the quarantine."""

    uuid: UUID
    cause: str
    todo: str
    source: str
    count: int
    last_at: datetime
    icon: str = "file-unknown"
    where: str = ""
    case_uuid: UUID | None = None
    original_url: str = ""
    may_run: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What a page says when there is nothing to show, and what to do."""

    title: str
    text: str
    icon: str = "inbox"
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model in the list; ``since`` and ``by``: when and by whom it was put into force."""

    version: str
    trained_at: datetime
    records: int
    answers: int
    in_force: bool
    since: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run over all records."""

    uuid: UUID
    kind: str
    at: datetime
    by: str
    model: str
    moved: int
    finished: bool


@dataclass(frozen=True, slots=True)
class Progressing:
    """A job about a model, and how far it is; ``lists``: it found out what a model would change."""

    uuid: UUID
    kind: str
    going: bool
    stage: str
    share: int
    done: int
    total: int
    fault: str
    model: str
    at: datetime
    by: str
    lists: bool
    merges: int
    splits: int


@dataclass(frozen=True, slots=True)
class LevelBar:
    """What one level of a field says: a bar on a scale of 100, for (+) or against (-)."""

    label: str
    weight: str
    start: float
    width: float
    is_for: bool


@dataclass(frozen=True, slots=True)
class FieldBars:
    """A field's levels, the most alike first; ``rare``: what a rare value in common says, "" where all say the same."""

    label: str
    bars: tuple[LevelBar, ...]
    zero: float
    rare: str = ""


@dataclass(frozen=True, slots=True)
class ChangeShown:
    """Customers that would become one, or one that would become several; ``sizes``: records of each group."""

    id: int
    kind: str
    moved: int
    groups: int
    cards: tuple[CustomerCard, ...]
    more: bool
    sizes: list[int]


@dataclass(frozen=True, slots=True)
class Choice:
    """A team or person to hand over to; ``value`` is what the form sends."""

    value: str
    name: str
    extra: str = field(default="")


def clock_of(state: str, opened_at: datetime | None, resolved_at: datetime | None, now: datetime) -> Clock:
    """The clock of a case in calendar time. While the customer has the ball it is never called late."""
    if opened_at is None:
        return Clock(None)
    if state in ("resolved", "closed"):
        return Clock(resolved_at - opened_at, "done") if resolved_at and resolved_at >= opened_at else Clock(None)
    length = max(now - opened_at, timedelta(0))
    if state == "pending":
        return Clock(length)
    return Clock(length, "bad" if length > LATE_AFTER else "risk" if length > RISK_AFTER else "")


def by_day(entries: Sequence[Entry], zone: object) -> list[Day]:
    """Entries, already in order, grouped by their day in the reader's zone (a ``tzinfo``)."""
    days: list[Day] = []
    current: list[Entry] = []
    last = None
    for entry in entries:
        day = entry.at.astimezone(zone).date()  # type: ignore[arg-type]
        if day != last:
            current = []
            days.append(Day(entry.at, current))
            last = day
        current.append(entry)
    return days
