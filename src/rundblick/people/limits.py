"""How often something may be tried: sign-in by account and address, the API by account, counted in PostgreSQL.

Each limit lets ``burst`` attempts through at once and one more every ``every`` seconds: the generic cell rate algorithm
(ITU-T I.371), which keeps one moment per key. So all processes of all machines count together, in one statement. The
table is not logged: a crash forgets the counts, and a count costs no commit to disk. It holds digests, keyed with
the installation's secret, of accounts and addresses, and forgets them once they are full again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rundblick.core.database import cursor
from rundblick.core.sweeps import Sweep

HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Limit:
    """``burst`` attempts at once, then one every ``every`` seconds."""

    name: str
    burst: int
    every: float


# NIST SP 800-63B 5.2.2 allows at most 100 failures in a row on one account; the first of these stops guessing at one
# account without letting a stranger lock its owner out from elsewhere, the second guessing from many addresses.
FROM_ADDRESS_TO_ACCOUNT: Final = Limit("sign-in from an address to an account", 5, 60)
TO_ACCOUNT: Final = Limit("sign-in to an account", 100, 15 * 60)
FROM_ADDRESS: Final = Limit("sign-in from an address", 30, 10)
WRONG_TOKENS: Final = Limit("wrong tokens from an address", 30, 10)
CALLS: Final = Limit("calls of the API by an account", 6000, 0.01)

_TAKE: Final = """
INSERT INTO people_ratelimit AS kept (key, used_until) VALUES (%(key)s, %(at)s + %(every)s)
ON CONFLICT (key) DO UPDATE SET used_until = greatest(kept.used_until, %(at)s) + %(every)s
WHERE greatest(kept.used_until, %(at)s) + %(every)s <= %(at)s + %(every)s * %(burst)s
RETURNING used_until
"""
_WAIT: Final = (
    "SELECT used_until + %(every)s - %(every)s * %(burst)s - %(at)s FROM people_ratelimit WHERE key = %(key)s"
)


def take(limit: Limit, whose: str, at: datetime | None = None) -> float:
    """Count one attempt of ``whose``: 0 when it may go on, else the seconds until the next may (that counts none)."""
    values = {
        "key": _key(limit, whose),
        "at": at or timezone.now(),
        "every": timedelta(seconds=limit.every),
        "burst": limit.burst,
    }
    with cursor() as cur:
        cur.execute(_TAKE, values)
        if cur.fetchone() is not None:
            return 0.0
        cur.execute(_WAIT, values)
        row = cur.fetchone()
    return max(0.001, row[0].total_seconds()) if row is not None else 0.001


def give_back(limit: Limit, whose: str) -> None:
    """The attempt turned out right and counts as none."""
    with cursor() as cur:
        cur.execute(
            "UPDATE people_ratelimit SET used_until = used_until - %s WHERE key = %s",
            (timedelta(seconds=limit.every), _key(limit, whose)),
        )


def try_sign_in(account: str, address: str, at: datetime | None = None) -> float:
    """Before a password is looked at: 0, or the seconds to wait. What is refused is not counted further."""
    taken: list[tuple[Limit, str]] = []
    for limit, whose in _sign_in_limits(account, address):
        wait = take(limit, whose, at)
        if wait:
            for other, counted in taken:
                give_back(other, counted)
            return wait
        taken.append((limit, whose))
    return 0.0


def signed_in(account: str, address: str) -> None:
    """The password was right: this attempt counts as none, and the account starts anew from this address."""
    for limit, whose in _sign_in_limits(account, address):
        give_back(limit, whose)
    with cursor() as cur:
        pair = _key(FROM_ADDRESS_TO_ACCOUNT, f"{_folded(account)} {address}")
        cur.execute("DELETE FROM people_ratelimit WHERE key = %s", (pair,))


def address_of(request: HttpRequest) -> str:
    """Where a request comes from: of IPv6 the network, since one subscriber has 2**64 addresses.

    Behind a proxy that we were told to believe it is what that proxy wrote last into X-Forwarded-For.
    """
    text = request.META.get("REMOTE_ADDR", "")
    if settings.RUNDBLICK.behind_proxy:
        text = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or text
    try:
        address = ip_address(text)
    except ValueError:
        return str(text)[:100]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


def wait_text(seconds: float) -> str:
    """What to tell a person who has to wait."""
    if seconds <= 90:
        n = math.ceil(seconds)
        wait = ngettext("%(n)s second", "%(n)s seconds", n) % {"n": n}
    else:
        n = math.ceil(seconds / 60)
        wait = ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}
    return _("Too many attempts. Please wait %(wait)s and try again.") % {"wait": wait}


def retry_after(seconds: float) -> str:
    """The header's value: whole seconds, at least one (RFC 9110, 10.2.3)."""
    return str(max(1, math.ceil(seconds)))


def forgetting() -> Sweep:
    """A sweep that forgets keys that are full again."""

    def sweep() -> int:
        with cursor() as cur:
            cur.execute("DELETE FROM people_ratelimit WHERE used_until < %s", (timezone.now(),))
            return cur.rowcount

    return sweep


def _sign_in_limits(account: str, address: str) -> list[tuple[Limit, str]]:
    name = _folded(account)
    return [(FROM_ADDRESS_TO_ACCOUNT, f"{name} {address}"), (FROM_ADDRESS, address), (TO_ACCOUNT, name)]


def _folded(account: str) -> str:
    return account.strip().casefold()[:300]


def _key(limit: Limit, whose: str) -> bytes:
    return salted_hmac(limit.name, whose, algorithm="sha256").digest()
