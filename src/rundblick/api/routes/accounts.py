"""The company's accounts on its channels, and the daily proof that nothing is missing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from ninja import Router, Status

from rundblick.api import account_shapes as shapes
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED
from rundblick.cases.work import person_of
from rundblick.channels import accounts as rules
from rundblick.channels import consent, health
from rundblick.channels.channel import Channel, channels
from rundblick.channels.faults import fault_words
from rundblick.channels.models import Account
from rundblick.channels.probing import Probe
from rundblick.intake import proof
from rundblick.intake.models import Proof
from rundblick.people import gate
from rundblick.people.gate import needs

router = Router(tags=["accounts"])
proofs = Router(tags=["proof"])


@router.get("", response={200: shapes.Accounts, **REFUSED})
@needs("admin.settings")
def listed(request: HttpRequest) -> dict[str, Any]:
    """All accounts with their health."""
    found = list(Account.objects.select_related("team").order_by("name", "address"))
    return {"items": [_shown(one) for one in found]}


@router.post("", response={201: shapes.Account, **IMPOSSIBLE})
@needs("admin.settings")
def add(request: HttpRequest, body: shapes.AccountTaken) -> Status[dict[str, Any]]:
    """Add an account; what the channel knows of the address's provider is filled in where you leave it out."""
    channel = _channel(body.channel)
    guessed = channel.guess(body.address or "", body.provider)
    return Status(201, _shown(_saved(request, channel, guessed | _given(body), None)))


@router.get("/{uuid:uuid}", response={200: shapes.Account, **REFUSED})
@needs("admin.settings", about="account")
def one(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """One account."""
    return _shown(gate.about(request, Account))


@router.patch("/{uuid:uuid}", response={200: shapes.Account, **IMPOSSIBLE})
@needs("admin.settings", about="account")
def change(request: HttpRequest, uuid: UUID, body: shapes.AccountTaken) -> dict[str, Any]:
    """Change what is given; the rest stays."""
    found = gate.about(request, Account)
    return _shown(_saved(request, _channel(found.channel), _given(body), found))


@router.post("/{uuid:uuid}/test", response={200: shapes.Probe, **REFUSED})
@needs("admin.settings", about="account")
def test(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Really connect, as the account stands, and say what was found."""
    found = gate.about(request, Account)
    _channel(found.channel)
    return _probed(rules.probe(rules.as_filled(found), found))


@router.post("/{uuid:uuid}/consent", response={201: shapes.Consent, **IMPOSSIBLE})
@needs("admin.settings", about="account")
def ask_consent(request: HttpRequest, uuid: UUID) -> Status[dict[str, Any]]:
    """Ask for access at the account's provider. Somebody opens `address`, signs in there and allows it; the address
    that he is sent back to goes to `consent/answer` within ten minutes, with the same token."""
    found = gate.about(request, Account)
    here = consent.redirect_address(reverse("desk:consent"), request.build_absolute_uri("/"))
    try:
        asked = consent.begin(found, person_of(request.user).pk, _bearer(request), here, pasted=True)
    except consent.ConsentRefused as refused:
        raise _not_allowed(refused) from refused
    return Status(201, {"address": asked.address, "redirect": asked.redirect, "until": asked.until})


@router.post("/{uuid:uuid}/consent/answer", response={200: shapes.Probe, **IMPOSSIBLE})
@needs("admin.settings", about="account")
def answer_consent(request: HttpRequest, uuid: UUID, body: shapes.ConsentAnswer) -> dict[str, Any]:
    """Hand in the whole address to which the provider sent somebody back. What it allows is kept, and the account is
    tried with it."""
    found = gate.about(request, Account)
    try:
        brought = consent.brought_by(body.address)
        allowed = consent.finish(brought, _bearer(request), person_of(request.user).pk, found)
    except consent.ConsentRefused as refused:
        raise _not_allowed(refused) from refused
    return _probed(allowed.probe)


@router.post("/{uuid:uuid}/disable", response={200: shapes.Account, **REFUSED})
@needs("admin.settings", about="account")
def disable(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Switch it off; what it brought in stays."""
    return _switched(request, False)


@router.post("/{uuid:uuid}/enable", response={200: shapes.Account, **REFUSED})
@needs("admin.settings", about="account")
def enable(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Switch it on again."""
    return _switched(request, True)


@router.post("/{uuid:uuid}/fetch-again", response={202: shapes.Asked, **IMPOSSIBLE})
@needs("admin.settings", about="account")
def fetch_again(request: HttpRequest, uuid: UUID) -> Status[dict[str, Any]]:
    """Look at everything again from the first missing piece on, or from the beginning; then count."""
    found = gate.about(request, Account)
    if not _channel(found.channel).fetches(found.settings):
        raise Refusal(409, "not-fetched", _("Nothing is fetched for this account: its mail is handed over to us."))
    newest = Proof.objects.filter(source_id=found.source_id, kind="mailbox").order_by("-day").first()
    rules.fetch_again(found, [] if newest is None else newest.missing, person_of(request.user).pk)
    proof.ask_for()
    return Status(202, {"counting": True})


@proofs.get("", response={200: shapes.ProofLines, **REFUSED})
@needs("admin.settings")
def lines(request: HttpRequest) -> dict[str, Any]:
    """The newest count of each source: what it says it has, what is stored, what is missing."""
    found = proof.latest()
    owners = dict(Account.objects.values_list("source_id", "uuid"))
    items = [
        {
            "source": line.source.name or line.source.kind,
            "kind": line.kind,
            "day": line.day.isoformat(),
            "account": owners.get(line.source_id),
            **{
                name: getattr(line, name)
                for name in ("at", "good", "told", "kept", "waiting", "lost", "worst", "missing", "fault")
            },
        }
        for line in found
    ]
    return {"good": all(line.good for line in found), "counting": proof.is_wanted(), "items": items}


@proofs.post("/count", response={202: shapes.Asked, **REFUSED})
@needs("admin.settings")
def count(request: HttpRequest) -> Status[dict[str, Any]]:
    """Have every source counted now; `counting` in the list says when it is done."""
    proof.ask_for()
    return Status(202, {"counting": True})


def _channel(code: str) -> Channel:
    if code not in channels:
        raise Refusal(422, "no-such-channel", _("There is no such channel."), ", ".join(sorted(channels)))
    return channels[code]


def _given(body: shapes.AccountTaken) -> dict[str, Any]:
    general = {name: value for name in rules.GENERAL if (value := getattr(body, name)) is not None}
    return {**body.settings, **body.secrets, **general}


def _saved(request: HttpRequest, channel: Channel, given: dict[str, Any], found: Account | None) -> Account:
    try:
        return rules.save(rules.fill(channel, given, found), person_of(request.user).pk, found)
    except rules.AccountRefused as refused:
        detail = " ".join(f"{name}: {text}" for name, text in refused.faults.items())
        raise Refusal(422, "not-kept", _("The account cannot be kept like this."), detail) from refused


def _switched(request: HttpRequest, enabled: bool) -> dict[str, Any]:
    found = gate.about(request, Account)
    rules.set_enabled(found, enabled, person_of(request.user).pk)
    return _shown(found)


def _probed(told: Probe) -> dict[str, Any]:
    what, todo = told.words()
    return {
        "good": told.good,
        "fault": told.fault,
        "what": what,
        "todo": todo,
        "detail": told.detail,
        "server": told.server,
        "encrypted": told.encrypted,
        "waits": told.waits,
        "folders": list(told.folders),
        "sends": told.sends,
    }


def _bearer(request: HttpRequest) -> str:
    """Whose answer counts: the token's that asked."""
    return f"token:{request.user.rundblick_token.pk}"  # type: ignore[union-attr]  # set by people.middleware


def _not_allowed(refused: consent.ConsentRefused) -> Refusal:
    what, todo = consent.refusal_words(refused.code)
    return Refusal(
        422, f"consent-{refused.code}", f"{what}.", " ".join(part for part in (todo, refused.detail) if part)
    )


def _shown(one: Account) -> dict[str, Any]:
    state = health.of([one])[one.pk]
    what, todo = fault_words(state.fault) if state.fault else ("", "")
    return {
        "uuid": one.uuid,
        "channel": one.channel,
        "name": one.name,
        "address": one.address,
        "team": one.team.key if one.team else "",
        "brand": one.brand,
        "enabled": one.enabled,
        "settings": one.settings,
        "secrets": rules.secrets_of(one),
        "health": {
            "state": state.state,
            "contact_at": state.contact_at,
            "message_at": state.message_at,
            "fault": state.fault,
            "what": what,
            "todo": todo,
            "detail": state.detail,
            "since": state.since,
        },
    }
