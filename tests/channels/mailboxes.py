"""Accounts of tests, and what is asked of them again and again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from rundblick.channels import accounts
from rundblick.channels.channel import channels
from rundblick.channels.email.imap import connecting, fetching
from rundblick.channels.email.imap.watching import folders_of
from rundblick.channels.models import Account
from rundblick.channels.receiving import Accept, told
from rundblick.core.installation import installation
from rundblick.core.models import Delivery
from rundblick.core.registry import readers
from rundblick.intake.accept import accept
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.work import work_once
from tests.channels.dovecot import PASSWORD, Dovecot

_serials = count(1)


def an_account(address: str = "", **given: Any) -> Account:
    """An account that gets its mail by the door, or as ``given`` says."""
    values = {
        "address": address or f"service{next(_serials)}@muster.example",
        "receive": "door",
        "send": "none",
        **given,
    }
    return accounts.save(accounts.fill(channels["email"], values), None)


def a_mailbox(server: Dovecot, user: str = "", **given: Any) -> Account:
    """An account with a mailbox on the server; ``imap_user`` is its name there."""
    user = user or server.user()
    values: dict[str, Any] = {
        "receive": "imap",
        "imap_host": "127.0.0.1",
        "imap_port": server.port,
        "imap_security": "none",
        "imap_user": user,
        "imap_password": PASSWORD,
    }
    return an_account(**(values | given))


def fetch(account: Account, take: Accept = accept) -> int:
    """One look into every folder; gives how many deliveries were new."""
    account.refresh_from_db()
    box = fetching.Mailbox(account, told(account), take, lambda: True, str(account.settings["after"]))
    with connecting.connected(connecting.access_of(account)) as client:
        return sum(fetching.look(client, box, name) for name in folders_of(account))


def walk() -> None:
    """Bring everything that waits to its end."""
    reader = ReadingProcess(dict(readers))
    try:
        road = Road(installation())
        while work_once(road, reader):
            pass
    finally:
        reader.close()


def keys(account: Account) -> Sequence[str]:
    """The keys of everything that came in through an account."""
    return list(
        Delivery.objects.filter(source_id=account.source_id).order_by("id").values_list("source_key", flat=True)
    )
