"""Reads what POST /deliveries/contact kept: one contact of any channel as a ``Message``. Pure; runs in the child."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b

import msgspec

from rundblick.core.envelope import Envelope
from rundblick.core.message import (
    Channel,
    Direction,
    Identifier,
    Message,
    Moment,
    Party,
    Strength,
    Thread,
    Unreadable,
    What,
)
from rundblick.customers.identifiers import email_normal, handle_normal, number_normal, phone_normal


class _Sender(msgspec.Struct, forbid_unknown_fields=True):
    name: str = ""
    email: str = ""
    phone: str = ""
    customer_no: str = ""
    handle: str = ""
    verified: bool = False


class _Contact(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    channel: str
    system: str = "api"
    direction: str = "in"
    at: datetime | None = None
    sender: _Sender | None = None
    subject: str = ""
    text: str = ""
    case: str = ""
    reply_to: str = ""
    language: str = ""
    topic: str = ""


_CLAIMED = frozenset({Channel.FORM, Channel.CHAT})

_decode = msgspec.json.Decoder(_Contact).decode


def read_contact(envelope: Envelope) -> Message | Unreadable:
    """The contact in ``envelope.raw`` (JSON, as the API took it). Hint: ``country``, for telephone numbers."""
    try:
        contact = _decode(envelope.raw or b"")
    except msgspec.MsgspecError:
        return Unreadable(fault="contact.broken")
    at = contact.at or envelope.received_at
    if at.tzinfo is None:
        return Unreadable(fault="value.date", detail={"field": "at"})
    party, remarks = _party(contact, envelope.hints.get("country", "DE"))
    reply_to = (_thread_key(contact, contact.reply_to),) if contact.reply_to else ()
    return Message(
        what=What.MESSAGE,
        system=contact.system,
        identity=_digest(b"key", envelope.source, contact.system, contact.key),
        content=_digest(b"content", (envelope.raw or b"").decode("utf-8", "replace")),
        key=contact.key,
        at=Moment(at),
        channel=contact.channel,
        direction=Direction(contact.direction),
        party=party,
        case_key=contact.case,
        subject=_clean(contact.subject),
        text=_clean(contact.text),
        thread=Thread((_thread_key(contact, contact.key),), reply_to),
        language=contact.language,
        topic=" ".join(_clean(contact.topic).split()),
        remarks=remarks,
    )


def _party(contact: _Contact, country: str) -> tuple[Party | None, tuple[str, ...]]:
    """The source record: by the system's own number, else the mail address, else the telephone number, else handle.

    A number that somebody wrote into a form is a claim: the form is a record of its own, and says nothing in the name
    of the system's, unless the system says that it has proved who it is (he was signed in).
    """
    told = contact.sender
    if told is None:
        return None, ("no-sender",)
    remarks = []
    email, phone, handle = email_normal(told.email), phone_normal(told.phone, country), handle_normal(told.handle)
    number = number_normal(told.customer_no)
    if told.email and email is None:
        remarks.append("sender:email-unreadable")
    if told.phone and phone is None:
        remarks.append("sender:phone-unreadable")
    identifiers = []
    if number:
        identifiers.append(Identifier("customer_no", number, contact.system, Strength.STRONG))
    if email:
        identifiers.append(Identifier("email", email))
    if phone:
        identifiers.append(Identifier("phone", phone))
    if handle:
        identifiers.append(Identifier("handle", handle))
    own = (contact.system, number)
    if number and contact.channel in _CLAIMED and not told.verified:
        own = (contact.channel, f"{contact.system}:{number}:{email or phone or handle or ''}")
    keys = (own if number else ("", ""), ("email", email), ("phone", phone), ("handle", handle))
    found = next(((system, key) for system, key in keys if key), None)
    if found is None:
        return None, (*remarks, "no-sender")
    facts = {"name": _clean(told.name)} if told.name.strip() else {}
    return Party(*found, tuple(identifiers), facts), tuple(remarks)


def _thread_key(contact: _Contact, key: str) -> str:
    return f"{contact.system}:{key}"


def _digest(*parts: bytes | str) -> bytes:
    digest = blake2b(digest_size=16, person=b"rundblick api 1")
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.digest()


def _clean(text: str) -> str:
    """PostgreSQL keeps neither NUL nor halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
