"""How an account does: when its server last answered, when something last came, what is wrong since when.

One row for each direction, written by whoever fetches or sends; what is read is for a person.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models.functions import Now
from django.utils import timezone

from rundblick.channels.models import Account, AccountHealth

QUIET = timedelta(minutes=10)
"""An account whose server has not been heard of for so long is not looked after by anybody."""

NOT_ALLOWED = ("consent", "token")
"""Faults that a person mends at the provider."""


def answered(account: int, direction: str = "in", *, message: bool = False) -> None:
    """Its server answered, and nothing is wrong; ``message``: something came or left."""
    values = {"contact_at": Now(), "fault": "", "fault_detail": "", "fault_since": None}
    if message:
        values["message_at"] = Now()
    AccountHealth.objects.update_or_create(account_id=account, direction=direction, defaults=values)


def failed(account: int, fault: str, detail: str = "", direction: str = "in") -> None:
    """Something is wrong; since when is kept while it stays the same."""
    same = AccountHealth.objects.filter(account_id=account, direction=direction, fault=fault)
    if same.update(fault_detail=detail):
        return
    values = {"fault": fault, "fault_detail": detail, "fault_since": Now()}
    AccountHealth.objects.update_or_create(account_id=account, direction=direction, defaults=values)


def allowed(account: int) -> None:
    """Access was allowed again: what was wrong because it was not is over."""
    AccountHealth.objects.filter(account_id=account, fault__in=NOT_ALLOWED).update(
        fault="", fault_detail="", fault_since=None
    )


def state(account: Account, health: AccountHealth | None) -> str:
    """ "off", "good", "bad", "idle" where nothing has to be looked into, or "unknown" where nobody has for a while."""
    if not account.enabled:
        return "off"
    if account.settings.get("receive") == "none" and (health is None or not health.fault):
        return "idle"
    if health is None or health.contact_at is None:
        return "bad" if health is not None and health.fault else "unknown"
    if health.fault:
        return "bad"
    return "good" if timezone.now() - health.contact_at < QUIET else "unknown"
