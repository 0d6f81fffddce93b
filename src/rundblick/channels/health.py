"""How an account does: when its server last answered, when something last came, what is wrong since when.

One row for each direction, written by whoever fetches or sends; what is read is for a person.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models.functions import Now
from django.utils import timezone

from rundblick.channels.channel import channels
from rundblick.channels.models import Account, AccountHealth

QUIET: Final = timedelta(minutes=10)
"""An account whose server has not been heard of for so long is not looked after by anybody."""

NOT_ALLOWED: Final = ("consent", "token")
"""Faults that a person mends at the provider."""

_TO_MEND: Final = (*NOT_ALLOWED, "application", "certificate", "login", "plain", "secret")
"""Faults of sending that stay until a person does something; the others are the outbox's, which tries again."""


@dataclass(frozen=True, slots=True)
class Health:
    """How an account does, for a person.

    state  "off", "good", "bad", "idle" where nothing has to be looked into, or "unknown" where nobody has for a while
    fault  code of what is wrong, "" for nothing; ``detail`` is what its server said
    """

    state: str
    contact_at: datetime | None = None
    message_at: datetime | None = None
    fault: str = ""
    detail: str = ""
    since: datetime | None = None

    @property
    def asks(self) -> bool:
        """Whether a person has to allow something at the provider."""
        return self.fault in NOT_ALLOWED


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


def of(accounts: Collection[Account]) -> dict[int, Health]:
    """{account: how it does}, also of those that nobody has looked at yet."""
    rows = {(one.account_id, one.direction): one for one in AccountHealth.objects.filter(account__in=accounts)}
    return {one.pk: _health(one, rows.get((one.pk, "in")), rows.get((one.pk, "out"))) for one in accounts}


def _health(account: Account, comes: AccountHealth | None, goes: AccountHealth | None) -> Health:
    """What is wrong with what comes in is told first."""
    wrong = comes if comes is not None and comes.fault else goes
    if wrong is goes and goes is not None and goes.fault not in _TO_MEND:
        wrong = None
    return Health(
        _state(account, comes, wrong),
        comes.contact_at if comes else None,
        comes.message_at if comes else None,
        wrong.fault if wrong else "",
        wrong.fault_detail if wrong else "",
        wrong.fault_since if wrong else None,
    )


def _state(account: Account, comes: AccountHealth | None, wrong: AccountHealth | None) -> str:
    if not account.enabled:
        return "off"
    if wrong is not None:
        return "bad"
    channel = channels.get(account.channel)
    if channel is not None and channel.idle(account.settings):
        return "idle"
    if comes is None or comes.contact_at is None:
        return "unknown"
    return "good" if timezone.now() - comes.contact_at < QUIET else "unknown"
