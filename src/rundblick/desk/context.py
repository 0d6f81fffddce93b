"""What every template of the desk knows: who reads, what he may open, in which look and language."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from rundblick.cases.filters import saved_filters
from rundblick.cases.mentions import count_mentions
from rundblick.core.tickets import live_ticket
from rundblick.desk.pages.company import doors
from rundblick.desk.pages.delivery import dead_letters
from rundblick.desk.pages.escalations import how_many
from rundblick.desk.pages.views import views_of
from rundblick.people import gate, setting_up

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "rundblick_theme"
CONTRASTS = ("auto", "more")
CONTRAST_COOKIE = "rundblick_contrast"


def desk(request: HttpRequest) -> dict[str, Any]:
    """The context processor: ``desk`` in every template, worked out only where a template asks."""
    return {"desk": SimpleLazyObject(lambda: _desk(request))}


def _desk(request: HttpRequest) -> dict[str, Any]:
    user: Any = getattr(request, "user", None) or AnonymousUser()
    known = user.is_authenticated
    reads = known and gate.allowed(user, "case.read")
    contrast = user.contrast if known else request.COOKIES.get(CONTRAST_COOKIE, "auto")
    chosen = user.theme if known else request.COOKIES.get(THEME_COOKIE, "auto")
    return {
        "theme": chosen if chosen in THEMES else "auto",
        "contrast": contrast if contrast in CONTRASTS else "auto",
        "languages": settings.LANGUAGES,
        "role": role_name(user.role) if known else "",
        "may": _may(user) if known else {},
        "dead_letters": dead_letters(user) if reads else 0,
        "escalations": how_many(user) if reads else 0,
        "mentions": count_mentions(user) if reads else 0,
        "views": views_of(request, None, saved_filters(user), counted=False) if reads else None,
        "set_up": set_up(user) if known else None,
        "live_url": live_url(request) if known else "",
    }


def set_up(user: Any) -> dict[str, int] | None:
    """Who may set an installation up is led there until it is called ready: steps ``done``, ``missing``, ``all``."""
    if not gate.allowed(user, "admin.settings") or setting_up.is_ready():
        return None
    found = setting_up.standings()
    missing = sum(one.state == setting_up.MISSING for one in found)
    return {"all": len(found), "missing": missing, "done": sum(one.state == setting_up.DONE for one in found)}


def _may(user: Any) -> dict[str, bool]:
    return {
        "search": gate.allowed(user, "search"),
        "report": gate.allowed(user, "report.read"),
        "quarantine": gate.allowed(user, "quarantine.read"),
        "outbox": gate.allowed(user, "case.read"),
        "overview": gate.allowed(user, "team.read"),
        "review": gate.allowed(user, "customer.merge"),
        "channels": gate.allowed(user, "admin.settings"),
        "who": gate.allowed(user, "customer.identifiers"),
        "models": gate.allowed(user, "models.read"),
        "company": bool(doors(user)),
    }


def role_name(role: str) -> str:
    """A role in the reader's language."""
    return {
        "agent": _("Agent"),
        "lead": _("Team lead"),
        "manager": _("Management"),
        "admin": _("Administration"),
        "partner": _("Partner"),
        "analyst": _("Analysis"),
        "auditor": _("Audit"),
    }.get(role, role)


def live_origin(request: HttpRequest) -> str:
    """Where the live process answers, as an origin for the page's policy; "" when there is none."""
    address = os.environ.get("RUNDBLICK_LIVE_URL", "")
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def live_url(request: HttpRequest) -> str:
    """The reader's own address of the stream, with a ticket that runs out; "" when the live process is not set up."""
    address = os.environ.get("RUNDBLICK_LIVE_URL", "")
    if not address:
        return ""
    return f"{address.rstrip('/')}/events?{urlencode({'ticket': live_ticket(request.user.pk or 0)})}"
