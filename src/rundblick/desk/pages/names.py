"""Words for codes: facts, identifiers, senders, faults - in the reader's language."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from babel.dates import format_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.connectors.notes import Note
from rundblick.connectors.texts import note_text
from rundblick.desk.templatetags.desk import channel_name, locale


def fact_label(kind: str) -> str:
    """What a fact is called; an unknown kind is shown as its system calls it."""
    former = {
        "former_street": _("Former street"),
        "former_postcode": _("Former postcode"),
        "former_city": _("Former town"),
        "former_last_name": _("Former last name"),
        "former_until": _("Former address until"),
    }
    former |= {f"{kind}_2": label for kind, label in former.items()}
    return {
        "name": _("Name"),
        "salutation": _("Salutation"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "company": _("Company"),
        "birth_date": _("Date of birth"),
        "birth_date_as_written": _("Date of birth, as written"),
        "street": _("Street"),
        "postcode": _("Postcode"),
        "city": _("Town"),
        "country": _("Country"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "mobile": _("Mobile"),
        "customer_no": _("Customer number"),
        "tier": _("Tier"),
        "language": _("Language"),
        "since": _("Customer since"),
        "preferred_channel": _("Preferred channel"),
        **former,
    }.get(kind, kind.replace("_", " "))


def fact_value(kind: str, value: str) -> str:
    """A fact's value as a reader expects it."""
    if kind == "language":
        return {"de": _("German"), "en": _("English")}.get(value, value)
    if kind == "preferred_channel":
        return channel_name(value)
    if kind in ("birth_date", "since") or kind.startswith("former_until"):
        try:
            return str(format_date(datetime.date.fromisoformat(value), "medium", locale=locale()))
        except ValueError:
            return value
    return value


_ORDER = [
    "salutation",
    "first_name",
    "last_name",
    "name",
    "company",
    "birth_date",
    "street",
    "postcode",
    "city",
    "country",
    "email",
    "phone",
    "mobile",
    "tier",
    "since",
    "preferred_channel",
    "language",
]


def facts_in_order(kinds: Iterable[str]) -> list[str]:
    """Kinds of facts as people expect them: the person, the address, the rest. A name in one piece gives way."""
    there = set(kinds)
    if {"first_name", "last_name"} <= there:
        there.discard("name")
    return sorted(there, key=lambda kind: (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), kind))


def identifier_label(kind: str) -> str:
    return {
        "customer_no": _("Customer number"),
        "account_no": _("Account number"),
        "service_no": _("Service number"),
        "card_no": _("Card number"),
        "contract_no": _("Contract number"),
        "order_no": _("Order number"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "handle": _("Handle"),
    }.get(kind, kind)


def system_name(code: str, name: str = "") -> str:
    """What a system is called; live contacts come from no legacy system and are named in the reader's language."""
    return name or {"email": _("E-mail"), "phone": _("Telephone"), "rundblick": _("Desk")}.get(code, code)


def why_it_counts(rule: str) -> str:
    """Why a value counts and not the others that are known."""
    return {
        "verified": _("counts because a system has confirmed it"),
        "newest": _("counts because it was told last"),
        "most_frequent": _("counts because most records say so"),
        "source": _("counts because this system is trusted most"),
        "equal": _("and the others were told at the same moment; one of them has to stand here"),
    }.get(rule, "")


def sender_label(sender: str) -> str:
    """Who or what wrote a message, where it was no person; "" for a person."""
    return {
        "auto_reply": _("automatic reply"),
        "out_of_office": _("out of office"),
        "bounce_hard": _("could not be delivered"),
        "bounce_soft": _("delivery delayed"),
        "list": _("mailing list"),
        "machine": _("sent by a machine"),
        "own_echo": _("our own mail, come back"),
    }.get(sender, "")


def stretch_label(kind: str) -> str:
    """What a folded stretch of a mail is."""
    return {
        "quote": _("Quoted mail"),
        "forwarded": _("Forwarded mail"),
        "signature": _("Signature"),
        "sent_from": _("Signature"),
        "disclaimer": _("Legal notice"),
    }.get(kind, _("More"))


def order_kind(kind: str) -> str:
    return {
        "order": pgettext("kind", "Order"),
        "return": pgettext("kind", "Return"),
        "payment": pgettext("kind", "Payment"),
        "repair": pgettext("kind", "Repair"),
    }.get(kind, kind)


def cause_of(cause: str, by_rule: bool = False) -> str:
    """Why a case changed hands, where its log says so; ``by_rule``: nobody did it."""
    return {
        "routing": _("by a rule") if by_rule else _("came to the wrong place"),
        "skill": _("needs another skill"),
        "absence": _("absence"),
        "escalation": _("escalation"),
        "request": _("on request"),
        "reorganisation": _("work is divided anew"),
    }.get(cause, "")


def fault_words(fault: str, detail: dict[str, str]) -> tuple[str, str]:
    """What a kind of fault is, and what to do about it; what a file's rows have says both in one text."""
    known = {
        "mail.empty": (
            _("A mail without any content"),
            _("Ask the sender to send it again, if you can see who it was; else close its case."),
        ),
        "mail.binary": (
            _("Something that is no mail arrived as one"),
            _("Open the original. If it is an attachment that lost its mail, ask the sender."),
        ),
        "mail.too_large": (
            _("A mail of %(size)s MB is larger than its account takes (%(largest)s MB)")
            % {"size": detail.get("size", "?"), "largest": detail.get("largest", "?")},
            _("It is still in the mailbox: open it there, or raise the limit at Channels and look again."),
        ),
        "contact.broken": (
            _("A contact that arrived damaged"),
            _("The system that sent it wrote something else than was agreed. Show the original to its operator."),
        ),
        "read.no_reader": (
            _("Nothing here can read this kind of thing"),
            _("Switch its channel on, then run it again."),
        ),
        "read.too_long": (_("Reading it took too long"), _("Run it again; if it fails again, open the original.")),
        "read.too_large": (_("It is too large to read"), _("Open the original and answer from its case.")),
        "read.died": (
            _("The program that reads it stopped at it"),
            _("Open the original and answer from its case. Run it again after the next update."),
        ),
        "read.failed": (
            _("The program that reads it failed at it"),
            _("Open the original and answer from its case. Run it again after the next update."),
        ),
        "road.failed": (
            _("It could be read, but not be taken in"),
            _("Run it again; the error is in the log for whoever operates this installation."),
        ),
        "road.vanished": (
            _("The program stopped twice while it took this in"),
            _("Run it again; the error is in the log for whoever operates this installation."),
        ),
    }
    if fault in known:
        return known[fault]
    return note_text(Note(fault, detail)), ""
