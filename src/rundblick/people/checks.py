"""What ``manage check`` and every start say about the gate: it stands in front, and no view was forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from rundblick.people.gate import need_of

_GATE = "rundblick.people.middleware.GateMiddleware"


def all_patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the installation with its view, however deep it was included."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from all_patterns(entry, route)
        else:
            yield route, entry


@register()
def gate_stands(**_options: Any) -> list[CheckMessage]:
    """The middleware is installed, and each view and each method of the API is registered."""
    found: list[CheckMessage] = []
    if _GATE not in settings.MIDDLEWARE:
        found.append(Error(f"{_GATE} is missing in MIDDLEWARE: nothing would be guarded", id="people.E001"))
    for route, pattern in all_patterns():
        view = pattern.callback
        if not getattr(view, "rundblick_needs", None) and need_of(view) is None:
            found.append(
                Error(
                    f"the view of /{route} is not registered with the gate",
                    hint='put @needs("<permission>", about="<kind>") or @public("<reason>") above it',
                    obj=f"{view.__module__}.{getattr(view, '__qualname__', view)}",
                    id="people.E002",
                )
            )
    return found
