"""What opens in a dialog over a case, and as a page of its own without script."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render


def asked_in_dialog(request: HttpRequest) -> bool:
    """Whether the browser wants only the dialog's inside."""
    return request.headers.get("HX-Request") == "true"


def in_case(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """``context``: case, title, and the part that fills the dialog or the page."""
    dialog = asked_in_dialog(request)
    template = "desk/parts/dialog.html" if dialog else "desk/pages/in_case.html"
    return render(request, template, {**context, "in_dialog": dialog}, status=status)


def onward(request: HttpRequest, url: str) -> HttpResponse:
    """To ``url`` after a deed, out of the dialog."""
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if asked_in_dialog(request) else redirect(url)
