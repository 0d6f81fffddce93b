"""Allowing an account at its provider: out to the provider's page, and back to one address of the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from rundblick.cases.work import person_of
from rundblick.channels import consent
from rundblick.channels.models import Account
from rundblick.channels.probing import Probe
from rundblick.people import gate
from rundblick.people.gate import needs

_TOLD = "consent"  # in the session: what came of it, for the next page


@needs("admin.settings", about="account")
@require_POST
def ask(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Go to the provider; or, with an ``address`` that somebody was sent back to and that did not open, come back."""
    found = gate.about(request, Account)
    if pasted := request.POST.get("address", ""):
        try:
            return _back(request, consent.brought_by(pasted), found)
        except consent.ConsentRefused as refused:
            return _refused(request, refused, found)
    try:
        asked = consent.begin(found, person_of(request.user).pk, _session(request), redirect_address(request))
    except consent.ConsentRefused as refused:
        return _refused(request, refused, found)
    # no redirect: a form of this page may lead nowhere else (form-action 'self'), also not by way of one
    context = {"area": "channels", "address": asked.address, "host": urlsplit(asked.address).netloc, "account": found}
    response = render(request, "desk/pages/consent_go.html", context)
    response.headers["Refresh"] = f"0;url={asked.address}"
    return response


@needs("admin.settings")
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """What the provider sends back. Answered by a redirect, so that the code stays in no address bar."""
    try:
        return _back(request, request.GET.dict(), None)
    except consent.ConsentRefused as refused:
        if refused.code == "pasted":
            what, todo = consent.refusal_words(refused.code)
            context = {"area": "channels", "what": what, "todo": todo, "address": request.build_absolute_uri()}
            return render(request, "desk/pages/consent_copy.html", context)
        return _refused(request, refused, refused.account)


def redirect_address(request: HttpRequest) -> str:
    """Where providers send people back to; it has to be registered there as it stands."""
    return consent.redirect_address(reverse("desk:consent"), request.build_absolute_uri("/"))


def told(request: HttpRequest) -> dict[str, Any] | None:
    """What came of it, once, in the reader's language."""
    kept = request.session.pop(_TOLD, None)
    if not isinstance(kept, dict):
        return None
    code, fault = str(kept.get("refused", "")), str(kept.get("fault", ""))
    if code:
        what, todo = consent.refusal_words(code)
        return {"tone": "bad", "what": what, "todo": todo, "detail": kept.get("detail", "")}
    if fault:
        what, todo = Probe(fault, sending=bool(kept.get("sending"))).words()
        text = _("Access is allowed and kept, but the account does not work with it: %(what)s") % {"what": what}
        signed = _("Look also whether you signed in at the provider as %(user)s.") % {"user": kept.get("user", "")}
        return {"tone": "risk", "what": text, "todo": f"{todo} {signed}", "detail": kept.get("detail", "")}
    return {
        "tone": "good",
        "what": _("Access is allowed, and it works"),
        "todo": _("Nothing else is to do."),
        "detail": "",
    }


def _back(request: HttpRequest, brought: Mapping[str, str], account: Account | None) -> HttpResponse:
    by = person_of(request.user).pk
    allowed = consent.finish(brought, _session(request), by, account)
    question = consent.question_of(allowed.account)
    request.session[_TOLD] = {
        "fault": allowed.probe.fault,
        "detail": allowed.probe.detail,
        "sending": allowed.probe.sending,
        "user": question.hint if question else "",
    }
    return redirect("desk:account", allowed.account.uuid)


def _refused(request: HttpRequest, refused: consent.ConsentRefused, account: Account | None) -> HttpResponse:
    request.session[_TOLD] = {"refused": refused.code, "detail": refused.detail}
    return redirect("desk:channels") if account is None else redirect("desk:account", account.uuid)


def _session(request: HttpRequest) -> str:
    return f"session:{request.session.session_key}"
