"""Names of codes in the report's language: channels, groups of measures, kinds of files, weekdays."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

CHANNELS = {
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Telephone"),
    "letter": gettext_lazy("Letter"),
    "fax": gettext_lazy("Fax"),
    "sms": gettext_lazy("SMS"),
    "form": gettext_lazy("Web form"),
    "portal": gettext_lazy("Customer portal"),
    "chat": gettext_lazy("Chat"),
    "social": gettext_lazy("Social media"),
    "messenger": gettext_lazy("Messenger"),
    "branch": gettext_lazy("Branch visit"),
    "review": gettext_lazy("Review portal"),
    "self_service": gettext_lazy("Self-service"),
    "other": gettext_lazy("Other channel"),
}

GROUPS = {
    "size": gettext_lazy("How much"),
    "speed": gettext_lazy("How fast"),
    "owner": gettext_lazy("In whose hands"),
    "solved": gettext_lazy("Solved, and solved for good"),
    "channels": gettext_lazy("On which channels"),
    "customer": gettext_lazy("One customer"),
    "ratings": gettext_lazy("What customers say when asked"),
    "reviews": gettext_lazy("What customers write in public"),
}


FILES = {
    "customers": pgettext_lazy("file", "customers"),
    "cases": pgettext_lazy("file", "cases"),
    "case_events": pgettext_lazy("file", "log of cases"),
    "interactions": pgettext_lazy("file", "contacts"),
    "calls": pgettext_lazy("file", "calls"),
    "orders": pgettext_lazy("file", "orders"),
    "ratings": pgettext_lazy("file", "survey answers"),
    "reviews": pgettext_lazy("file", "public reviews"),
    "self_image": pgettext_lazy("file", "what management believes"),
    "staff_view": pgettext_lazy("file", "what staff believe"),
    "mail": pgettext_lazy("file", "e-mails"),
    "ignore": pgettext_lazy("file", "not read"),
}


CAUSES = {
    "routing": gettext_lazy("it had come to the wrong place"),
    "skill": gettext_lazy("somebody else knows more of it"),
    "absence": gettext_lazy("somebody is away"),
    "escalation": gettext_lazy("somebody has to decide"),
    "request": gettext_lazy("somebody asked for it"),
    "given_back": gettext_lazy("it was given back"),
    "reorganisation": gettext_lazy("teams or people changed"),
}


def cause(code: str) -> str:
    """Why a case was handed over, in words; a code that we do not know stays as it is."""
    return str(CAUSES[code]) if code in CAUSES else code


def channel(code: str) -> str:
    """A channel's name; a code that we do not know stays as it is."""
    return str(CHANNELS[code]) if code in CHANNELS else code


def file_kind(code: str) -> str:
    """What a file was read as, in words."""
    return str(FILES[code]) if code in FILES else code


def weekdays() -> tuple[str, ...]:
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
