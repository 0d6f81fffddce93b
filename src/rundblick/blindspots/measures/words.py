"""Names of codes in the report's language: channels, groups of measures, weekdays."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
    "voice": gettext_lazy("What customers say"),
}


def channel(code: str) -> str:
    """A channel's name; a code that we do not know stays as it is."""
    return str(CHANNELS[code]) if code in CHANNELS else code


def weekdays() -> tuple[str, ...]:
    return (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
