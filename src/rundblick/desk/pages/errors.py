"""Pages for what went wrong, in the desk's look, in the reader's language, with a way on."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
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


def _page(request: HttpRequest, code: int, title: str, text: str) -> HttpResponse:
    return render(request, "desk/pages/error.html", {"code": code, "title": title, "text": text}, status=code)
