"""What every page carries: the reader's language and zone, and headers that keep foreign content out."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from rundblick.core.installation import known
from rundblick.desk.context import live_origin

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'{live}; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class PageHeadersMiddleware:
    """Runs last, so it knows who reads. A view that sets its own policy (a mail as it was written) keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        wanted = getattr(request.user, "language", "") if request.user.is_authenticated else ""
        if wanted in dict(settings.LANGUAGES):
            translation.activate(wanted)
            request.LANGUAGE_CODE = wanted
        timezone.activate(_zone())
        response = self.get_response(request)
        origin = live_origin(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY.format(live=f" {origin}" if origin else ""))
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


def _zone() -> ZoneInfo:
    installed = known()
    try:
        return ZoneInfo((installed.zone if installed is not None else "") or "Europe/Berlin")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("Europe/Berlin")
