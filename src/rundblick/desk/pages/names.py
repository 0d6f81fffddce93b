"""Words for codes: facts, identifiers, senders, faults - in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def fact_label(kind: str) -> str:
    """What a fact is called; an unknown kind is shown as its system calls it."""
    return {
        "name": _("Name"),
        "salutation": _("Salutation"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "company": _("Company"),
        "birth_date": _("Date of birth"),
        "street": _("Street"),
        "postcode": _("Postcode"),
        "city": _("Town"),
        "country": _("Country"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "mobile": _("Mobile"),
        "tier": _("Tier"),
        "language": _("Language"),
        "since": _("Customer since"),
        "preferred_channel": _("Preferred channel"),
    }.get(kind, kind.replace("_", " "))


def fact_value(kind: str, value: str) -> str:
    """A fact's value as a reader expects it."""
    if kind == "language":
        return {"de": _("German"), "en": _("English")}.get(value, value)
    return value


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
        "quote": _("Earlier mail, quoted"),
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


def cause_of(cause: str) -> str:
    """Why a case changed hands, where its log says so."""
    return {
        "routing": _("by a rule"),
        "skill": _("needs another skill"),
        "absence": _("absence"),
        "escalation": _("escalation"),
        "request": _("on request"),
    }.get(cause, "")


def fault_words(fault: str) -> tuple[str, str]:
    """What a kind of fault is, and what to do about it."""
    known = {
        "mail.empty": (
            _("A mail without any content"),
            _("Ask the sender to send it again, if you can see who it was; else close its case."),
        ),
        "mail.binary": (
            _("Something that is no mail arrived as one"),
            _("Open the original. If it is an attachment that lost its mail, ask the sender."),
        ),
        "mail.broken": (_("A damaged mail"), _("Open the original and answer from its case.")),
        "row.ragged": (
            _("Rows with too many or too few columns"),
            _("Look at the named rows in the file: a delimiter stands inside a text that has no quotes."),
        ),
        "value.date": (
            _("Dates that cannot be read"),
            _("Say in the mapping how this column writes its dates, then run it again."),
        ),
        "value.number": (
            _("Numbers that cannot be read"),
            _("Say in the mapping how this column writes its decimals, then run it again."),
        ),
        "value.missing": (
            _("Rows without a value that is needed"),
            _("Complete the column in the source system, or map another one."),
        ),
        "stage.crash": (
            _("The program stopped at this piece"),
            _("Run it again after the next update; the error is in the log."),
        ),
        "stage.timeout": (_("Reading this took too long"), _("Run it again; if it fails again, open the original.")),
    }
    return known.get(fault, (_("Could not be read: %(fault)s") % {"fault": fault}, _("Open the original.")))
