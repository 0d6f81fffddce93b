"""Ninja's routes behind the gate: each method of each path carries the need that its operation was registered with."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.operation import PathView
from ninja.security import HttpBearer

from rundblick.people.gate import need_of, public


class Bearer(HttpBearer):
    """Documents the token in the OpenAPI description. The gate has read it before any operation runs."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        return getattr(request.user, "rundblick_token", None)


def guarded_urls(api: NinjaAPI) -> list[URLPattern]:
    """The API's addresses, each with its needs by method.

    Raises ImproperlyConfigured for an operation that nobody registered with the gate.
    """
    patterns: list[URLPattern] = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        path_view = _path_view(pattern.callback)
        if path_view is None:  # the description of the API, and its root, which answers 404
            public("describes the API; holds nothing of anybody")(pattern.callback)
            continue
        needs = {}
        for operation in path_view.operations:
            need = need_of(operation.view_func)
            if need is None:
                raise ImproperlyConfigured(f"{operation.methods} /{pattern.pattern} is not registered with the gate")
            if need.public is not (operation.auth_param is None):
                raise ImproperlyConfigured(f"/{pattern.pattern}: public routes, and only these, say auth=None")
            needs.update(dict.fromkeys(operation.methods, need))
        pattern.callback.rundblick_needs = needs  # type: ignore[attr-defined]
    return patterns


def _path_view(callback: Any) -> PathView | None:
    """The operations behind a view that ninja made: its wrapper closes over them."""
    for cell in getattr(callback, "__closure__", None) or ():
        if isinstance(cell.cell_contents, PathView):
            return cell.cell_contents
    return None
