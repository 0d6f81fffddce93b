"""Pages for what went wrong, in the desk's look, in the reader's language, with a way on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from rundblick.people.sight import sight_of
from rundblick.people.users import administrators


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What happened, and whom to ask; somebody whose role was taken away meanwhile can only sign out."""
    if getattr(request.user, "is_authenticated", False) and not sight_of(request.user).permissions:
        asked = ", ".join(administrators())
        text = _("You are signed in, but your account has no role now, so nothing is open to you. It was taken away.")
        whom = _("Ask an administrator: %(names)s.") % {"names": asked} if asked else _("Ask an administrator.")
        return _page(request, 403, _("Your access was changed"), f"{text} {whom}", sign_out=True)
    return _page(
        request, 403, _("This is not open to you"), _("Your role does not include this. Your team lead can help.")
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        404,
        _("There is nothing here"),
        _("The address is wrong, or it leads to something that you may not see."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database: it may be what is broken."""
    context = {"code": 500, "title": _("Something broke on our side"), "text": _stays()}
    return HttpResponse(loader.render_to_string("desk/pages/error.html", context), status=500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return _page(
        request,
        403,
        _("The form was too old"),
        _("Go back, load the page again and send it once more. What you typed is still in your browser."),
    )


def _stays() -> str:
    return _("Nothing that was acknowledged is lost. Try again in a moment; the error is in the log.")


def _page(request: HttpRequest, code: int, title: str, text: str, sign_out: bool = False) -> HttpResponse:
    context = {"code": code, "title": title, "text": text, "sign_out": sign_out}
    page = render(request, "desk/pages/error.html", context, status=code)
    if sign_out and request.headers.get("HX-Request") == "true":
        page["HX-Refresh"] = "true"  # the part that asked belongs to a page that is not his any more: all of it goes
    page.headers.setdefault("Cache-Control", "private, no-store")
    return page
