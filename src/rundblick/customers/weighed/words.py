"""What the three faces say about runs, questions and explanations, in the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.customers.weighed.reviewing import ReviewError
from rundblick.customers.weighed.running import RunError


def run_refusal(error: RunError) -> str:
    """Why a run was not done, and what to do."""
    return {
        "running": _("Another run is under way. Wait until it is done."),
        "empty": _("There are no records yet: import some first."),
        "unknown": _("There is no such run."),
        "undone": _("It was undone already."),
        "later": _("A later run stands. Take that one back first."),
    }[error.code]


def review_refusal(error: ReviewError) -> str:
    """Why an answer was not taken, and what to do."""
    return {
        "closed": _("The question is settled already."),
        "again": _("You have said so already. Somebody else has to agree."),
        "open": _("There is no answer that could be taken back."),
    }[error.code]


def why_asked(why: str) -> str:
    """Why a person is asked."""
    return {
        "weight": _("The records are alike, but not surely one person's"),
        "household": _("Much in common, but rather two people of one household"),
        "numbers": _("Alike, but one system knows them under two numbers"),
        "confirmed": _("Alike, but people have put both together before"),
    }[why]


def field_label(field: str) -> str:
    """A row of the waterfall."""
    if field.startswith("fact:"):
        return field.removeprefix("fact:").replace("_", " ")
    return {
        "before_any_evidence": _("Before any evidence"),
        "address_counted_once": _("One move changes all of an address"),
        "first_name": _("First name"),
        "last_name": _("Last name"),
        "further_names": _("Further names"),
        "birth_date": _("Birth date"),
        "street": _("Street"),
        "house": _("House number"),
        "postcode": _("Postcode"),
        "city": _("City"),
        "email": _("E-mail"),
        "phone": _("Telephone"),
        "landline": _("Landline"),
        "company": _("Company"),
        "number": _("Customer number"),
        "system": _("System"),
        "gender": _("Salutation"),
        "year_in_address": _("Year in the mail address"),
    }.get(field, field.replace("_", " "))


def rule_label(rule: str) -> str:
    """What attached a record."""
    return {
        "person": pgettext("rule", "A person's decision"),
        "same_number": pgettext("rule", "The same identifier"),
        "weight": pgettext("rule", "Enough in common"),
    }[rule]
