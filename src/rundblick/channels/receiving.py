"""What whoever receives needs: the road's door, handed in by the face that starts the process (rooms of one floor do
not import each other), and what is said of a message beside its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rundblick.channels.models import Account
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation

Accept = Callable[[Sequence[Envelope]], Any]
"""``intake.accept.accept``: when it returns everything is committed; raises what the database raises."""

MAIL, CUT_MAIL = "mail", "cut_mail"  # kinds of envelope; a cut one is only the beginning of what was too large


def own_addresses() -> list[str]:
    """Every address of the company on a channel that has mail addresses, in lower case, also of accounts switched off:
    what comes from them is still our own."""
    found: set[str] = set()
    for address, settings in Account.objects.filter(channel="email").values_list("address", "settings"):
        found.update(one.lower() for one in (address, *settings.get("aliases", ())) if one)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Told:
    """What readers are told of every message of an account (``Envelope.hints``)."""

    mailbox: str
    own: str
    zone: str

    def hints(self, **more: str) -> dict[str, str]:
        return {"mailbox": self.mailbox, "own": self.own, "zone": self.zone, **{k: v for k, v in more.items() if v}}


def told(account: Account) -> Told:
    return Told(account.address, ",".join(own_addresses()), installation().zone)
