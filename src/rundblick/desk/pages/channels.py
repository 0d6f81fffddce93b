"""Channels: the company's accounts and how they do, their settings, and the daily proof that nothing is missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases.work import person_of
from rundblick.channels import accounts, consent, health
from rundblick.channels.channel import Channel, load
from rundblick.channels.channel import channels as known
from rundblick.channels.faults import ChannelFault, fault_words
from rundblick.channels.models import Account
from rundblick.channels.probing import Probe
from rundblick.core.secrets import SecretError
from rundblick.desk.channel_shapes import AccountRow, FormField, ProofRow, Section
from rundblick.desk.pages import consent as consent_page
from rundblick.desk.shapes import Empty
from rundblick.intake import proof
from rundblick.intake.models import IntakeFile, Proof
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Team

_FILES = 20  # lines of files that are green
_DESCRIBED = 50
_NUMBERS = 20  # of missing mails of a file


@needs("admin.settings")
def overview(request: HttpRequest) -> HttpResponse:
    """All accounts, and what the last count of each source gave."""
    proofs = proof.latest()
    lines = _proof_rows([one for one in proofs if one.kind != "file" or not one.good])
    files = [one for one in proofs if one.kind == "file" and one.good]
    context = {
        "area": "channels",
        "accounts": account_rows(),
        "kinds": list(known.values()),
        "proofs": lines,
        "files": _proof_rows(files[:_FILES]),
        "more_files": max(0, len(files) - _FILES),
        "wanted": proof.is_wanted(),
        "counted_at": max((one.at for one in proofs), default=None),
        "all_good": all(one.good for one in proofs),
        "told": consent_page.told(request),
        "empty": Empty(
            _("No account yet"),
            _("Add the mailbox to which your customers write. Everything in it becomes cases, and stays in it too."),
            "mailbox",
        ),
    }
    return render(request, "desk/pages/channels.html", context)


@needs("admin.settings")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A new account: first its address, then a form that is filled in as far as can be guessed."""
    channel = known.get(request.GET.get("channel", request.POST.get("channel", "email")))
    if channel is None:
        raise Http404
    address = request.GET.get("address", "").strip()
    if request.method == "POST":
        return _edited(request, channel, None)
    if not address:
        return render(request, "desk/pages/account_new.html", {"area": "channels", "channel": channel})
    given = {"address": address, **channel.guess(address, request.GET.get("provider", ""))}
    filled = accounts.fill(channel, given)
    faults = {"address": filled.faults["address"]} if "address" in filled.faults else {}
    return _form(request, channel, None, filled, faults)


@needs("admin.settings", about="account")
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """An account's settings; saved, or tested as they stand in the form."""
    found = gate.about(request, Account)
    channel = _channel(found)
    if request.method == "POST":
        return _edited(request, channel, found)
    return _form(request, channel, found, accounts.as_filled(found), {})


@needs("admin.settings", about="account")
@require_POST
def switch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Switch an account on or off."""
    found = gate.about(request, Account)
    accounts.set_enabled(found, request.POST.get("on") == "1", person_of(request.user).pk)
    text = _("Switched on.") if found.enabled else _("Switched off. What it brought in stays.")
    messages.success(request, text)
    return redirect("desk:channels")


@needs("admin.settings", about="account")
def missing(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What the missing pieces of an account are, asked from its server now."""
    found = gate.about(request, Account)
    keys = _missing_keys(found)
    context: dict[str, Any] = {"area": "channels", "account": account_rows([found])[0], "n": len(keys)}
    channel = _channel(found)
    if keys and channel.describe and channel.fetches(found.settings):
        try:
            context["pieces"] = load(channel.describe)(found, keys[:_DESCRIBED])
        except ChannelFault as fault:
            context["fault"], context["detail"] = fault_words(fault.code)[0], fault.detail
        except SecretError:
            context["fault"] = fault_words("secret")[0]
    context["keys"] = [] if context.get("pieces") else keys[:_DESCRIBED]
    return render(request, "desk/pages/account_missing.html", context)


@needs("admin.settings", about="account")
@require_POST
def again(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Fetch the missing pieces again; with nothing missing, look at everything again."""
    found = gate.about(request, Account)
    if not _channel(found).fetches(found.settings):
        messages.warning(request, _("Nothing is fetched for this account: its mail is handed over to us."))
        return redirect("desk:channels")
    accounts.fetch_again(found, _missing_keys(found), person_of(request.user).pk)
    proof.ask_for()
    messages.success(request, _("It is looked at again, and counted afterwards."))
    return redirect("desk:channels")


@needs("admin.settings")
@require_POST
def count(request: HttpRequest) -> HttpResponse:
    """Have every source counted now."""
    proof.ask_for()
    messages.success(request, _("Counting. The lines change when it is done."))
    return redirect("desk:channels")


# -- the form ----------------------------------------------------------------------------------------------------------


def _edited(request: HttpRequest, channel: Channel, found: Account | None) -> HttpResponse:
    """What was typed in, saved or tested."""
    given: dict[str, Any] = {name: request.POST.get(name, "") for name in request.POST if name not in _OURS}
    for one in channel.fields:
        if one.kind == "flag":
            given[one.name] = one.name in request.POST
    filled = accounts.fill(channel, given, found)
    if request.POST.get("do") == "test":
        faults = {name: text for name, text in filled.faults.items() if name not in ("name", "team")}
        found_out = accounts.probe(filled, found) if not faults else None
        return _form(request, channel, found, filled, faults, found_out)
    try:
        saved = accounts.save(filled, person_of(request.user).pk, found)
    except accounts.AccountRefused as refused:
        return _form(request, channel, found, filled, refused.faults)
    if found is None and _not_allowed_yet(saved):
        messages.success(request, _("Added. Now allow access at the provider."))
        return redirect("desk:account", saved.uuid)
    text = _("Added. Its mail comes in within a minute.") if found is None else _("Saved.")
    messages.success(request, text)
    return redirect("desk:channels") if found is None else redirect("desk:account", saved.uuid)


def _not_allowed_yet(one: Account) -> bool:
    question = consent.question_of(one)
    return question is not None and _allowed_at(one) is None


def _allowed_at(one: Account) -> datetime | None:
    """Since when it has a permission of its provider."""
    names = known[one.channel].permission
    return one.secrets.filter(name__in=names).values_list("changed_at", flat=True).first()


_OURS = ("csrfmiddlewaretoken", "do", "channel")


def _form(
    request: HttpRequest,
    channel: Channel,
    found: Account | None,
    filled: accounts.Filled,
    faults: dict[str, str],
    found_out: Probe | None = None,
) -> HttpResponse:
    kept = set(found.secrets.values_list("name", flat=True)) if found is not None else set()
    redirect_to = consent_page.redirect_address(request)
    sections = [
        Section(
            code,
            str(label),
            tuple(
                FormField.of(one, filled.values, faults.get(one.name, ""), one.name in kept, redirect_to)
                for one in channel.fields
                if one.section == code
            ),
        )
        for code, label in channel.sections
    ]
    context = {
        "area": "channels",
        "channel": channel,
        "account": account_rows([found])[0] if found is not None else None,
        "general": filled.general,
        "faults": faults,
        "sections": sections,
        "teams": [(team.key, team.name) for team in Team.objects.order_by("name")],
        "probe": _probed(found_out),
        "told": consent_page.told(request) if request.method == "GET" else None,
        "consent": None if found is None else _consent(found),
    }
    return render(request, "desk/pages/account.html", context, status=422 if faults else 200)


def _consent(found: Account) -> dict[str, Any] | None:
    """What the page says about the permission of its provider; None where it needs none."""
    question = consent.question_of(found)
    if question is None:
        return None
    return {"host": urlsplit(question.authorize).netloc, "user": question.hint, "at": _allowed_at(found)}


def _probed(found: Probe | None) -> dict[str, Any] | None:
    if found is None:
        return None
    wrong, todo = found.words()
    return {"good": found.good, "wrong": wrong, "todo": todo, "found": found}


# -- rows --------------------------------------------------------------------------------------------------------------


def account_rows(some: Sequence[Account] | None = None) -> list[AccountRow]:
    """Accounts with their health, in the order of their names."""
    found = some if some is not None else list(Account.objects.select_related("team").order_by("name", "address"))
    states = health.of(found)
    rows = []
    for one in found:
        channel, state = known.get(one.channel), states[one.pk]
        wrong, todo = fault_words(state.fault) if state.fault else ("", "")
        rows.append(
            AccountRow(
                uuid=one.uuid,
                name=one.name or one.address,
                address=one.address,
                channel=str(channel.name) if channel else one.channel,
                icon=channel.icon if channel else "mail",
                team=one.team.name if one.team else "",
                way=channel.way(one.settings) if channel else "",
                enabled=one.enabled,
                state=state.state,
                contact_at=state.contact_at,
                message_at=state.message_at,
                wrong=wrong,
                todo=todo,
                detail=state.detail,
                since=state.since,
                allow=state.asks and consent.question_of(one) is not None,
            )
        )
    return rows


def _proof_rows(proofs: Sequence[Proof]) -> list[ProofRow]:
    by_source = {one.source_id: one for one in Account.objects.filter(source__in=[p.source_id for p in proofs])}
    names = dict(IntakeFile.objects.filter(source__in=[p.source_id for p in proofs]).values_list("source_id", "name"))
    kinds = {code: str(label) for channel in known.values() for code, label in channel.counts} | {"file": _("File")}
    rows = []
    for one in proofs:
        mine = by_source.get(one.source_id)
        wrong, todo = fault_words(one.fault) if one.fault else ("", "")
        name = names.get(one.source_id, "") if one.kind == "file" else mine.address if mine else ""
        rows.append(
            ProofRow(
                name=name or one.source.name or one.source.kind,
                kind=kinds.get(one.kind, one.kind),
                good=one.good,
                told=one.told,
                kept=one.kept,
                waiting=one.waiting,
                lost=one.lost,
                worst=one.worst,
                at=one.at,
                wrong=wrong,
                todo=todo,
                detail=one.detail,
                account=mine.uuid if mine is not None and one.lost else None,
                fetches=mine is not None and _fetches(mine),
                numbers=tuple(one.missing[:_NUMBERS]) if one.kind == "file" else (),
                more=max(0, one.lost - _NUMBERS) if one.kind == "file" and one.missing else 0,
            )
        )
    return rows


def _missing_keys(found: Account) -> list[str]:
    kinds = [kind for kind, _label in known[found.channel].counts] if found.channel in known else []
    newest = Proof.objects.filter(source_id=found.source_id, kind__in=kinds).order_by("-day", "kind")
    return [str(key) for one in newest[:2] for key in one.missing]


def _fetches(one: Account) -> bool:
    return one.channel in known and known[one.channel].fetches(one.settings)


def _channel(found: Account) -> Channel:
    if found.channel not in known:
        raise Http404
    return known[found.channel]
