"""The gate in front of every page and API route: registered, signed in, permitted, visible; then recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.http import MAX_URL_LENGTH
from django.utils.translation import gettext as _

from rundblick.core.once import asking_once
from rundblick.people import gate, limits, tokens
from rundblick.people.problems import problem
from rundblick.people.sight import sight_of

log = logging.getLogger("rundblick.gate")


class GateMiddleware:
    """Default deny: a view without a registration answers 403, whoever asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        changes_nothing = request.method in ("GET", "HEAD")
        with gate.reading(lambda: request.user), asking_once() if changes_nothing else nullcontext():
            response = self.get_response(request)
        looks = gate.seen_in(request)
        if looks and response.status_code < 400:
            need: gate.Need | None = request.__dict__.get("rundblick_need")
            gate.write_looks(_sight(request), need.permission if need else "", looks)
        if request.__dict__.get("rundblick_need"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        is_api = hasattr(view, "rundblick_needs")
        if is_api:
            if request.method not in view.rundblick_needs:  # type: ignore[attr-defined]
                return _wrong_method(view)
            request.user = AnonymousUser()  # a browser's session opens no API route: no forged requests to it
        need = gate.need_of(view, request.method or "GET")
        if need is None:
            log.error(
                "view %s.%s is not registered with the gate", view.__module__, getattr(view, "__qualname__", view)
            )
            raise PermissionDenied(_("This page is not registered with the gate, so nobody may open it."))
        request.__dict__["rundblick_need"] = need
        if need.public:
            return None
        refused = self._sign_in_with_token(request) if is_api else _to_sign_in(request)
        if refused is not None:
            return refused
        return self._pass(request, need, kwargs, is_api)

    def _pass(
        self, request: HttpRequest, need: gate.Need, kwargs: dict[str, Any], is_api: bool
    ) -> HttpResponseBase | None:
        if not _sight(request).allows(need.permission):
            if is_api:
                return problem(
                    403,
                    "forbidden",
                    _("This token may not do that."),
                    _("It needs the permission %(permission)s.") % {"permission": need.permission},
                )
            raise PermissionDenied(need.permission)
        if need.about:
            try:
                found = gate.fetch(request.user, need.about, need.permission, need.by, kwargs.get(need.by))
            except (Http404, ValueError):
                if is_api:
                    return problem(404, "not-found", _("There is no such object, or you may not see it."))
                raise Http404(need.about) from None
            request.about = found  # type: ignore[attr-defined]
            gate.saw_object(request, need.about, found)
        return None

    def _sign_in_with_token(self, request: HttpRequest) -> HttpResponse | None:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        token = tokens.verify(text.strip()) if scheme.casefold() == "bearer" else None
        if token is None:
            # who shows none guesses nothing
            if text and (wait := limits.take(limits.WRONG_TOKENS, limits.address_of(request))):
                return _wait(wait)
            response = problem(
                401,
                "unauthorized",
                _("A valid token is missing."),
                _("Send the header 'Authorization: Bearer <token>' with a token that is neither expired nor revoked."),
            )
            response["WWW-Authenticate"] = 'Bearer realm="rundblick"'
            return response
        if wait := limits.take(limits.CALLS, str(token.user.pk)):
            return _wait(wait)
        request.user = token.user
        token.user.rundblick_token = token  # type: ignore[attr-defined]
        return None


def _sight(request: HttpRequest) -> Any:
    return sight_of(request.user, getattr(request.user, "rundblick_token", None))


def _wait(seconds: float) -> HttpResponse:
    response = problem(429, "too-many-requests", _("Too many requests."), limits.wait_text(seconds))
    response["Retry-After"] = limits.retry_after(seconds)
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponseBase | None:
    if request.user.is_authenticated:
        return None
    address = resolve_url(settings.LOGIN_URL)
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": address})
    reads = request.method in ("GET", "HEAD")
    here = request.get_full_path() if reads else _came_from(request)
    if len(here) > MAX_URL_LENGTH:  # Django refuses to lead on there: a search of 10,000 signs
        here = request.path if reads else "/"
    return redirect_to_login(here, address)


def _came_from(request: HttpRequest) -> str:
    """The page of ours that a form was sent from, so that whoever signs in again is where he was; else the first."""
    before = urlsplit(request.headers.get("Referer", ""))
    here = before.netloc == request.get_host() and before.path.startswith("/") and not before.path.startswith("//")
    return urlunsplit(("", "", before.path, before.query, "")) if here else "/"


def _wrong_method(view: Callable[..., Any]) -> HttpResponse:
    methods = sorted(view.rundblick_needs)  # type: ignore[attr-defined]
    response = problem(
        405,
        "method-not-allowed",
        _("This address does not know that method."),
        _("It knows: %(methods)s.") % {"methods": ", ".join(methods)},
    )
    response["Allow"] = ", ".join(methods)
    return response
