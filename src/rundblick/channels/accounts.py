"""Accounts as an administrator keeps them: made, changed, switched off, tested; each change is audited.

A secret goes in and never comes back: a form shows only that there is one, and an empty field keeps it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from rundblick.channels.channel import (
    CHOICE,
    FLAG,
    HOST,
    LINES,
    LONG,
    PORT,
    REDIRECT,
    SECRET,
    URL,
    Channel,
    Field,
    Value,
    channels,
    load,
)
from rundblick.channels.models import Account
from rundblick.channels.probing import Probe
from rundblick.core.database import cursor
from rundblick.core.letters import signs_in_again
from rundblick.core.models import Source
from rundblick.people.models import Team
from rundblick.privacy.audit import record_audit

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.:_-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")
_LONGEST, _LONGEST_LONG = 300, 20_000
GENERAL = ("name", "address", "team", "brand")


class AccountRefused(ValueError):
    """An account cannot be kept like this; ``faults`` says for each field why, in the reader's language."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in faults.items()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was filled in: values of the channel's fields, and secrets that were typed in."""

    channel: Channel
    general: dict[str, str]
    values: dict[str, Any]
    secrets: dict[str, str]
    faults: dict[str, str]


def fill(channel: Channel, given: Mapping[str, Any], account: Account | None = None) -> Filled:
    """Read what somebody typed in, or sent as JSON. What is not given stays as the account has it, or by default.

    Faults are named by field; an unknown field is one.
    """
    known = {one.name: one for one in channel.fields if one.kind != REDIRECT}
    faults = {name: _("There is no such setting.") for name in given if name not in known and name not in GENERAL}
    before: dict[str, Any] = channel.defaults() | (dict(account.settings) if account else {})
    values: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for one in known.values():
        if one.kind == SECRET:
            if typed := str(given.get(one.name) or "").replace("\x00", ""):
                secrets[one.name] = typed[:_LONGEST_LONG]
            continue
        if one.name not in given:
            values[one.name] = before.get(one.name, one.default)
            continue
        values[one.name], fault = _value(one, given[one.name])
        if fault:
            faults[one.name] = fault
    for one in channel.settings:
        if one.required and one.asked(values) and not values[one.name]:
            faults.setdefault(one.name, _("It is missing."))
    general = _general(channel, given, account, faults)
    faults = {**channel.objects(values), **faults}
    return Filled(channel, general, values, secrets, faults)


def save(filled: Filled, by: int | None, account: Account | None = None) -> Account:
    """Make an account or change it; ``by`` is the person, None for the command line. Raises AccountRefused."""
    faults = dict(filled.faults)
    address = filled.general["address"]
    others = Account.objects.filter(channel=filled.channel.code, address__iexact=address)
    if address and others.exclude(pk=account.pk if account else 0).exists():
        faults["address"] = _("There is an account with this address already.")
    if faults:
        raise AccountRefused(faults)
    team = Team.objects.filter(key=filled.general["team"]).first() if filled.general["team"] else None
    settings = {one.name: filled.values[one.name] for one in _meant(filled)}
    told = {"name": filled.general["name"], "address": address, "team": team, "brand": filled.general["brand"]}
    with transaction.atomic(), cursor() as cur:
        before = dict(account.settings) if account else {}
        if account is None:
            account = Account(channel=filled.channel.code, source=_source(filled.channel, address))
        for name, value in (*told.items(), ("settings", settings), ("changed_at", Now())):
            setattr(account, name, value)
        made = account.pk is None
        account.save()
        for name, secret in filled.secrets.items():
            account.keep_secret(name, secret)
        if filled.secrets or _login(filled.channel, before) != _login(filled.channel, settings):
            for name in filled.channel.kept:
                account.keep_secret(name, "")
            signs_in_again(account.source_id)
        changed = sorted({n for n, v in settings.items() if before.get(n) != v} | filled.secrets.keys())
        record_audit(
            cur,
            "account.added" if made else "account.changed",
            actor_type="person" if by is not None else "machine",
            actor_id=by,
            object_type="account",
            object_id=account.pk,
            details={"fields": changed},
        )
    account.refresh_from_db()
    return account


def _meant(filled: Filled) -> list[Field]:
    """The fields that mean something beside the others' values; what stands in the rest is not kept."""
    return [one for one in filled.channel.fields if one.name in filled.values and one.asked(filled.values)]


def set_enabled(account: Account, enabled: bool, by: int | None) -> None:
    """Switch an account on or off; what it has brought in stays."""
    with transaction.atomic(), cursor() as cur:
        if not Account.objects.filter(pk=account.pk, enabled=not enabled).update(enabled=enabled, changed_at=Now()):
            return
        record_audit(
            cur,
            "account.enabled" if enabled else "account.disabled",
            actor_type="person" if by is not None else "machine",
            actor_id=by,
            object_type="account",
            object_id=account.pk,
        )
    account.refresh_from_db()


def probe(filled: Filled, account: Account | None = None) -> Probe:
    """Really connect, with what was typed in; secrets that were not typed in are the account's. Keeps nothing."""
    test = load(filled.channel.probe)
    kept = (
        account is not None
        and not filled.secrets
        and _login(filled.channel, account.settings) == _login(filled.channel, filled.values)
    )

    def secret(name: str) -> str:
        return filled.secrets.get(name) or (account.secret(name) if account is not None else "")

    found: Probe = test(filled.values, secret, account if kept else None)
    return found


def fetch_again(account: Account, keys: Sequence[str], by: int | None) -> None:
    """Look at everything again from the first of these missing pieces on, soon; what is kept is passed over.

    Without keys: from the beginning.
    """
    again = load(channels[account.channel].again)
    with transaction.atomic(), cursor() as cur:
        again(account, keys)
        record_audit(
            cur,
            "account.fetched_again",
            actor_type="person" if by is not None else "machine",
            actor_id=by,
            object_type="account",
            object_id=account.pk,
        )


def as_filled(account: Account) -> Filled:
    """An account as the form that it was made with."""
    return fill(channels[account.channel], {}, account)


def secrets_of(account: Account) -> list[str]:
    """Names of the secrets that somebody gave or allowed; never what they are."""
    own = channels[account.channel].kept if account.channel in channels else ()
    return sorted(account.secrets.exclude(name__in=own).values_list("name", flat=True))


def _login(channel: Channel, settings: Mapping[str, Any]) -> list[Any]:
    return [settings.get(name) for name in channel.login]


def _source(channel: Channel, address: str) -> Source:
    """The source under which deliveries come in; one that an earlier import made is taken over."""
    code, kind = channel.source(address)
    source, _made = Source.objects.get_or_create(code=code, defaults={"kind": kind})
    if source.name != address:
        Source.objects.filter(pk=source.pk).update(name=address)
    return source


def _general(
    channel: Channel, given: Mapping[str, Any], account: Account | None, faults: dict[str, str]
) -> dict[str, str]:
    before = {
        "name": account.name if account else "",
        "address": account.address if account else "",
        "team": account.team.key if account and account.team else "",
        "brand": account.brand if account else "",
    }
    found = {name: _line(given[name]) if name in given else before[name] for name in GENERAL}
    if not found["address"]:
        faults["address"] = _("It is missing.")
    elif wrong := channel.fault_in(found["address"]):
        faults["address"] = wrong
    if found["team"] and not Team.objects.filter(key=found["team"]).exists():
        faults["team"] = _("There is no such team.")
    return found


def _value(one: Field, given: Any) -> tuple[Value, str]:
    """A value as its field keeps it, and what is wrong with it."""
    if one.kind == FLAG:
        return given is True or str(given).lower() in ("1", "true", "on", "yes"), ""
    if one.kind == LINES:
        lines = given if isinstance(given, list) else str(given).splitlines()
        return [text for line in lines if (text := _line(line))][:50], ""
    if one.kind == LONG:
        return str(given).replace("\x00", "").strip()[:_LONGEST_LONG], ""
    text = _line(given)
    if one.kind == PORT:
        if not text:
            return one.default, ""
        return (int(text), "") if text.isdecimal() and 1 <= int(text) <= 65535 else (text, _("That is no number."))
    if one.kind == CHOICE:
        return text, "" if text in dict(one.choices) else _("Choose one of the given.")
    if one.kind == HOST and text and not _HOST.fullmatch(text):
        return text, _("That is no host name.")
    if one.kind == URL and text and not urlsplit(text).hostname:
        return text, _("That is no address.")
    return text, ""


def _line(given: Any) -> str:
    """One line, without what no line may hold."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in str(given)).split())[:_LONGEST]
