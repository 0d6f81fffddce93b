"""A piece on the road: one reading, its delivery, and what the stages decided for it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime

from rundblick.cases.threading import Placing
from rundblick.core.envelope import Envelope, Span
from rundblick.core.message import CaseValues, Direction, Message, What

CONTACTS = frozenset({What.MESSAGE, What.CALL})
ENTRIES = frozenset({What.CASE, What.CASE_EVENT})


@dataclass(frozen=True, slots=True)
class Aside:
    """A mail that belongs to a side talk of a case; who wrote it is no source record.

    record   whom the case concerns: his erasure takes this mail along
    way      in, or out (a colleague wrote from his own mail program)
    foreign  it came from an address that was not written to
    """

    talk: int
    case: int
    record: int | None
    way: str
    author: str = ""
    address: str = ""
    foreign: bool = False


@dataclass(slots=True)
class Piece:
    """``live``: a message-like thing that must end in a case; a row of an export need not.

    ``first_reading``: its file was never read before, so nothing of it can be stored. ``original``: what came in and is
    not kept yet; the road keeps it with what comes of it.
    """

    reading: Message
    source: int
    source_key: str
    received_at: datetime
    delivery: int | None = None
    kind: str = "row"
    span: Span | None = None
    live: bool = False
    first_reading: bool = False
    original: Envelope | None = None
    # decided by the stages
    settled: bool = False  # this very delivery had its outcome before: nothing is to do
    known: bool = False  # this very content is stored already
    older_version: bool = False  # another content of it is stored: this one supersedes it
    record: int | None = None
    customer: int | None = None  # of the record, where that is known already
    copied: list[int] = field(default_factory=list)
    attached: list[int] = field(default_factory=list)  # blobs of its attachments
    placing: Placing | None = None
    aside: Aside | None = None
    whole: Message | None = None  # as it was read, where a side talk took something away from it
    row_id: int | None = None  # of the message, entry, rating or order that it became

    def reset(self) -> None:
        """Forget what the stages decided: the transaction they wrote in was rolled back."""
        if not self.live or self.original is not None:
            self.delivery = None
        if self.whole is not None:
            self.reading, self.whole = self.whole, None
        self.settled = self.known = self.older_version = False
        self.record = self.customer = self.placing = self.row_id = self.aside = None
        self.copied = []
        self.attached = []

    def is_known(self, row: int, case: int | None) -> None:
        """It is a message that is stored already, in this case."""
        self.known, self.row_id = True, row
        self.placing = Placing(known_case=case, case=case, needs_case=False)

    @property
    def at(self) -> datetime:
        """When it happened: its own time, else when it reached us; a case's state: the last time that it tells."""
        case = self.reading.case
        if self.reading.at is not None and self.reading.what != What.CASE:
            return self.reading.at.at
        if case is not None:
            told = latest(case)
            if told is not None:
                return told
        return self.received_at

    @property
    def seq(self) -> int:
        """The source's own counter, else the row's place in its file; of two states of a case the later told counts."""
        if self.reading.seq is not None:
            return self.reading.seq
        if self.reading.what == What.CASE:
            return 0
        return self.span.row if self.span is not None else 0


def latest(case: CaseValues) -> datetime | None:
    """The last time that a case's values tell."""
    times = [m.at for m in (case.opened_at, case.first_reply_at, case.resolved_at, case.closed_at) if m is not None]
    return max(times) if times else None


def describe(piece: Piece) -> str:
    """Why the piece went where: codes and ids, stage by stage, as the outcome keeps them."""
    reading = piece.reading
    told: dict[str, object] = {"read": {"what": str(reading.what), "remarks": list(reading.remarks)}}
    told["identify"] = {"record": piece.record} if piece.record else {"record": None, "why": "no_party"}
    if piece.placing is not None:
        told["thread"] = {"case": piece.placing.case, "why": piece.placing.why}
    if piece.aside is not None:
        told["aside"] = piece.aside.talk
    if reading.direction == Direction.OUT:
        told["direction"] = "out"
    if reading.what == What.MESSAGE:
        told["sender"] = str(reading.sender)
    return json.dumps(told)
