"""What a reader makes of an envelope: one typed form for a mail, a call, a row of a table.

Plain values only (they cross a process border as msgpack). Nothing here points at a customer: a ``Party`` names
the source record through which somebody appeared, and the customer follows from the record.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from rundblick.core.envelope import Span


class What(StrEnum):
    """What a piece is about; the mapping's ``is`` in the singular."""

    MESSAGE = "message"  # a contact with words: mail, letter, chat line, note, branch visit
    CALL = "call"
    CUSTOMER = "customer"
    CASE = "case"
    CASE_EVENT = "case_event"
    ORDER = "order"
    RATING = "rating"
    REVIEW = "review"
    SELF_IMAGE = "self_image"
    STAFF_VIEW = "staff_view"


class Channel(StrEnum):
    EMAIL = "email"
    PHONE = "phone"
    LETTER = "letter"
    FAX = "fax"
    SMS = "sms"
    FORM = "form"
    PORTAL = "portal"
    CHAT = "chat"
    SOCIAL = "social"
    MESSENGER = "messenger"
    BRANCH = "branch"
    REVIEW = "review"
    SELF_SERVICE = "self_service"
    OTHER = "other"


class State(StrEnum):
    """A case's state. In ``pending`` the customer has the ball; ``closed`` is administrative and stops no clock."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    NOTE = "note"


class Sender(StrEnum):
    """Who or what wrote it; only ``human`` may start an automatic answer or count as a reaction."""

    HUMAN = "human"
    AUTO_REPLY = "auto_reply"
    OUT_OF_OFFICE = "out_of_office"
    BOUNCE_HARD = "bounce_hard"
    BOUNCE_SOFT = "bounce_soft"
    LIST = "list"
    MACHINE = "machine"
    OWN_ECHO = "own_echo"


class Strength(StrEnum):
    """How much an identifier says: strong ones match by rule, weak ones are weighed, household ones name no person."""

    STRONG = "strong"
    WEAK = "weak"
    HOUSEHOLD = "household"


class Moment(msgspec.Struct, frozen=True, array_like=True):
    """A point in time and how well it is known.

    at        UTC
    text      as the source wrote it, when it had no zone of its own; else ""
    zone      the zone that was assumed for it; "" when the source told it
    precision "second", "minute" or "day": hours are not computed from days
    fold      "" or "doubled" or "missing": the local time fell into the hour that a clock change doubles or skips
    """

    at: datetime
    text: str = ""
    zone: str = ""
    precision: str = "second"
    fold: str = ""


class Identifier(msgspec.Struct, frozen=True, array_like=True):
    """kind: customer_no, account_no, service_no, card_no, contract_no, order_no, email, phone, handle.

    ``value`` is normalised (see customers.identifiers); ``issuer`` is the system that issued it, "" for kinds that
    are the same everywhere (email, phone). ``verified``: the system proved it (double opt-in, login).
    """

    kind: str
    value: str
    issuer: str = ""
    strength: Strength = Strength.WEAK
    verified: bool = False


class Party(msgspec.Struct, frozen=True, array_like=True):
    """A source record: how one system knows somebody.

    system  code of the system; live contacts have one per kind: "email", "phone"
    key     the system's key: a number, a mail address in its normal form, an E.164 number
    facts   name, first_name, last_name, company, birth_date (ISO), street, postcode, city, country, tier, language ...
    """

    system: str
    key: str
    identifiers: tuple[Identifier, ...] = ()
    facts: dict[str, str] = {}


class Attachment(msgspec.Struct, frozen=True, array_like=True):
    name: str
    media_type: str
    data: bytes
    content_id: str = ""


class Thread(msgspec.Struct, frozen=True, array_like=True):
    """Keys by which messages find each other; ``own`` first, then parents, nearest first.

    A key is namespaced text: "mid:<id@host>" for mail, "<system>:<key>" for an export's reply_to.
    """

    own: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


class CaseValues(msgspec.Struct, frozen=True, array_like=True):
    """What a row says of its case at the row's time. None or "" is unknown, never a value.

    ``tells_resolution``: the source has a column for the time of resolution. Then an empty one means that the time is
    not known, and it is not guessed from the log.
    """

    state: str = ""
    opened_at: Moment | None = None
    first_reply_at: Moment | None = None
    resolved_at: Moment | None = None
    closed_at: Moment | None = None
    team: str = ""
    person: str = ""
    topic: str = ""
    tier: str = ""
    priority: str = ""
    reassignments: int | None = None
    reopens: int | None = None
    promise_kept: bool | None = None
    updated_by: str = ""
    tells_resolution: bool = False


class CallValues(msgspec.Struct, frozen=True, array_like=True):
    """Seconds; None is unknown."""

    waited_s: float | None = None
    talked_s: float | None = None
    wrapped_s: float | None = None
    answered: bool | None = None
    abandoned: bool | None = None


class OrderValues(msgspec.Struct, frozen=True, array_like=True):
    """Money in minor units of ``currency``."""

    kind: str = "order"
    status: str = ""
    amount_minor: int | None = None
    currency: str = ""
    promised_at: Moment | None = None
    done_at: Moment | None = None
    article: str = ""


class RatingValues(msgspec.Struct, frozen=True, array_like=True):
    """A rating, a review, a manager's prediction or an employee's view: one value on [low, high]."""

    value: float
    low: float
    high: float
    kind: str = ""
    dimension: str = ""
    sure: float | None = None
    invited_at: Moment | None = None
    portal: str = ""
    reply_at: Moment | None = None
    reply: str = ""


class Message(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """One understood piece. Only the fields of its kind are filled.

    identity  16 bytes: which message or record this is (FOUNDATIONS 1); a second one with the same identity and
              the same ``content`` is a duplicate delivery, with another ``content`` a new version
    content   16 bytes: digest of what it says
    key       the system's own key of it, "" when it has none
    seq       the source's own counter, the tie-break among events of one time; None when it has none
    party     the source record concerned; None when the source does not say who
    copied    others who took part
    case_key  the key of the case in ``system``; "" when the source has no cases
    remarks   what the reader repaired or assumed, as codes the interface can translate
    asks_for  the kinds of facts that an answer of ours asks for, with blanks between; None when no reader looked
    """

    what: What
    system: str
    identity: bytes
    content: bytes
    key: str = ""
    at: Moment | None = None
    seq: int | None = None
    channel: str = ""
    direction: str = Direction.IN
    sender: str = Sender.HUMAN
    party: Party | None = None
    copied: tuple[Party, ...] = ()
    case_key: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    thread: Thread = Thread()
    attachments: tuple[Attachment, ...] = ()
    case: CaseValues | None = None
    call: CallValues | None = None
    order: OrderValues | None = None
    rating: RatingValues | None = None
    team: str = ""
    person: str = ""
    topic: str = ""
    language: str = ""
    remarks: tuple[str, ...] = ()
    span: Span | None = None
    asks_for: str | None = None


class Unreadable(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A piece that could not be read: kept, shown, counted, run again after a mend.

    fault    code of the kind of fault, for grouping: "row.ragged", "value.date", "mail.broken"
    detail   values for the text of the fault: column, value kind, limit; never a person's text in full
    """

    fault: str
    detail: dict[str, str] = {}
    row: int = 0
    span: Span | None = None


Reading = Message | Unreadable
