"""Letters, and accounts that send them, in a line."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from rundblick.channels.models import Account
from rundblick.core.ids import uuid7
from rundblick.core.letters import Letter, Recipient
from rundblick.core.models import Source

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_serials = count(1)


def an_account(port: int, address: str = "service@muster.example", **settings: Any) -> Account:
    """A mail account whose server is on this machine."""
    source = Source.objects.create(code=f"mailbox:{address}:{next(_serials)}", kind="mail")
    told = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", **settings}
    return Account.objects.create(
        source=source, channel="email", name="Muster Kundendienst", address=address, settings=told
    )


def a_letter(account: Account | None = None, *recipients: str, **fields: Any) -> Letter:
    """A short letter to Anna, or to these addresses."""
    to = tuple(Recipient(address, part="to") for address in recipients) or (
        Recipient("anna@kunde.example", "Anna Müller"),
    )
    told: dict[str, Any] = {
        "id": uuid7(),
        "source": account.source_id if account else 0,
        "key": "rb1.510000125.x@muster.example",
        "at": AT,
        "recipients": to,
        "still": tuple(one.address for one in to),
        "subject": "Ihr Paket",
        "text": "Guten Tag,\n\nes kommt morgen.",
        "language": "de",
    }
    return Letter(**(told | fields))
