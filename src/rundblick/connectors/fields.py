"""What a row of an export can be, and which fields each kind has: docs/mapping.md as data."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from rundblick.core.message import Channel, Direction, State, What


class Kind(StrEnum):
    """How the text of a field is read."""

    TEXT = "text"  # a short text or code as it stands
    LONG = "long"  # a text of any length: not cached
    KEY = "key"  # a number or code that identifies something
    MOMENT = "moment"
    DAY = "day"  # a date of a person's life
    COUNT = "count"  # a whole number, 0 or more
    NUMBER = "number"
    SECONDS = "seconds"  # a number of seconds, or 1:23, or 0:01:23
    MONEY = "money"
    FLAG = "flag"
    STATE = "state"
    CHANNEL = "channel"
    DIRECTION = "direction"
    ORDER_KIND = "order_kind"
    RATING_KIND = "rating_kind"
    DIMENSION = "dimension"
    EMAIL = "email"
    PHONE = "phone"


DIMENSIONS: Final = (
    *("know_customer", "one_voice", "no_number", "satisfied", "fast", "social", "customer_first"),
    *("types", "tiers", "minutes", "channels", "people", "systems", "answers", "months"),
)

CHOICES: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.STATE: tuple(State),
    Kind.CHANNEL: tuple(Channel),
    Kind.DIRECTION: tuple(Direction),
    Kind.ORDER_KIND: ("order", "return", "payment", "repair"),
    Kind.RATING_KIND: ("csat", "nps", "ces", "item", "solved"),
    Kind.DIMENSION: DIMENSIONS,
}

MAIL: Final = "mail"
IGNORE: Final = "ignore"

_CONTACT = {
    "name": Kind.TEXT,
    "first_name": Kind.TEXT,
    "last_name": Kind.TEXT,
    "salutation": Kind.TEXT,
    "company": Kind.TEXT,
    "birth_date": Kind.DAY,
    "street": Kind.TEXT,
    "house_number": Kind.TEXT,
    "postcode": Kind.TEXT,
    "city": Kind.TEXT,
    "country": Kind.TEXT,
    "email": Kind.EMAIL,
    "phone": Kind.PHONE,
    "mobile": Kind.PHONE,
}
CONTACT: Final = frozenset(_CONTACT)

# what was true of a person before: a field of these may name several columns, the one of today first
ONCE_OTHER: Final = ("last_name", "street", "house_number", "postcode", "city")
_FORMER_SUFFIXES: Final = ("", "_2")
_FORMER = {
    f"former_{name}{suffix}": Kind.DAY if name == "until" else Kind.TEXT
    for suffix in _FORMER_SUFFIXES
    for name in (*ONCE_OTHER, "until")
}
FORMER: Final = frozenset(_FORMER)


def former_fields(field: str) -> tuple[str, ...]:
    """The fields of what was before ``field``, the newest first."""
    return tuple(f"former_{field}{suffix}" for suffix in _FORMER_SUFFIXES)


_CASE = {
    "case": Kind.KEY,
    "customer": Kind.KEY,
    "opened_at": Kind.MOMENT,
    "first_reply_at": Kind.MOMENT,
    "resolved_at": Kind.MOMENT,
    "closed_at": Kind.MOMENT,
    "state": Kind.STATE,
    "channel": Kind.CHANNEL,
    "topic": Kind.TEXT,
    "team": Kind.TEXT,
    "person": Kind.TEXT,
    "tier": Kind.TEXT,
    "priority": Kind.TEXT,
    "reassignments": Kind.COUNT,
    "reopens": Kind.COUNT,
    "promise_kept": Kind.FLAG,
    "subject": Kind.LONG,
    "text": Kind.LONG,
}
_HANDLED = {"case": Kind.KEY, "topic": Kind.TEXT, "team": Kind.TEXT, "person": Kind.TEXT}
_SCALE = {"value": Kind.NUMBER, "low": Kind.NUMBER, "high": Kind.NUMBER}

FIELDS: Final[dict[str, dict[str, Kind]]] = {
    "customers": {
        "key": Kind.KEY,
        **_CONTACT,
        "tier": Kind.TEXT,
        "language": Kind.TEXT,
        "since": Kind.DAY,
        "preferred_channel": Kind.CHANNEL,
        **_FORMER,
    },
    "cases": {**_CASE, **_CONTACT},
    "case_events": {**_CASE, "at": Kind.MOMENT, "seq": Kind.COUNT, "updated_by": Kind.TEXT, **_CONTACT},
    "interactions": {
        "at": Kind.MOMENT,
        "key": Kind.KEY,
        "customer": Kind.KEY,
        "channel": Kind.CHANNEL,
        "direction": Kind.DIRECTION,
        **_HANDLED,
        "automatic": Kind.FLAG,
        "subject": Kind.LONG,
        "text": Kind.LONG,
        "reply_to": Kind.KEY,
        **_CONTACT,
    },
    "calls": {
        "at": Kind.MOMENT,
        "key": Kind.KEY,
        "customer": Kind.KEY,
        "direction": Kind.DIRECTION,
        "waited_s": Kind.SECONDS,
        "talked_s": Kind.SECONDS,
        "wrapped_s": Kind.SECONDS,
        "answered": Kind.FLAG,
        "abandoned": Kind.FLAG,
        **_HANDLED,
        "text": Kind.LONG,
        **_CONTACT,
    },
    "orders": {
        "key": Kind.KEY,
        "customer": Kind.KEY,
        "at": Kind.MOMENT,
        "kind": Kind.ORDER_KIND,
        "status": Kind.TEXT,
        "amount": Kind.MONEY,
        "currency": Kind.TEXT,
        "promised_at": Kind.MOMENT,
        "done_at": Kind.MOMENT,
        "article": Kind.TEXT,
        **_CONTACT,
    },
    "ratings": {
        "at": Kind.MOMENT,
        **_SCALE,
        "key": Kind.KEY,
        "customer": Kind.KEY,
        "case": Kind.KEY,
        "kind": Kind.RATING_KIND,
        "dimension": Kind.TEXT,
        "channel": Kind.CHANNEL,
        "text": Kind.LONG,
        "invited_at": Kind.MOMENT,
        **_CONTACT,
    },
    "reviews": {
        "at": Kind.MOMENT,
        **_SCALE,
        "key": Kind.KEY,
        "author": Kind.KEY,
        "portal": Kind.TEXT,
        "title": Kind.LONG,
        "text": Kind.LONG,
        "reply_at": Kind.MOMENT,
        "reply": Kind.LONG,
        "customer": Kind.KEY,
        **_CONTACT,
    },
    "self_image": {
        "dimension": Kind.DIMENSION,
        **_SCALE,
        "sure": Kind.NUMBER,
        "respondent": Kind.KEY,
        "at": Kind.MOMENT,
    },
    "staff_view": {
        "dimension": Kind.DIMENSION,
        **_SCALE,
        "team": Kind.TEXT,
        "respondent": Kind.KEY,
        "at": Kind.MOMENT,
    },
}

REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "customers": ("key",),
    "cases": ("case",),
    "case_events": ("case", "at"),
    "interactions": ("at",),
    "calls": ("at",),
    "orders": ("key",),
    "ratings": ("at", "value"),
    "reviews": ("at", "value"),
    "self_image": ("dimension", "value"),
    "staff_view": ("dimension", "value"),
}

# A list of customers or of cases holds each of them once, so its own key identifies a row of it.
OWN_KEY: Final = {"customers": "key", "cases": "case"}

WHAT: Final[dict[str, What]] = {
    "customers": What.CUSTOMER,
    "cases": What.CASE,
    "case_events": What.CASE_EVENT,
    "interactions": What.MESSAGE,
    "calls": What.CALL,
    "orders": What.ORDER,
    "ratings": What.RATING,
    "reviews": What.REVIEW,
    "self_image": What.SELF_IMAGE,
    "staff_view": What.STAFF_VIEW,
}

MEANINGS: Final = (*FIELDS, MAIL, IGNORE)

IDENTIFIER_KINDS: Final = (
    *("customer_no", "account_no", "service_no", "card_no", "contract_no", "order_no", "invoice_no"),
    *("email", "phone", "handle"),
)
# What a person's own facts cannot be called: these names have a meaning already, here or in a party.
AS_WRITTEN: Final = "birth_date_as_written"  # a party's birth date that is none of the calendar, as year-month-day
TAKEN: Final = frozenset(FIELDS["customers"]) | frozenset(IDENTIFIER_KINDS) | {AS_WRITTEN}
EVERYWHERE: Final = frozenset({"email", "phone"})  # kinds whose values are the same in every system


def fields_of(means: str) -> dict[str, Kind]:
    """The fields of a row that ``means`` this, with the ``<field>_time`` of every time."""
    fields = FIELDS.get(means, {})
    times = {f"{name}_time": Kind.TEXT for name, kind in fields.items() if kind is Kind.MOMENT}
    return {**fields, **times}
