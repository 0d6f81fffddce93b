"""Addresses that could not be reached: what bounces and refusals said, for whoever writes there next.

Known by the digest of the identifier, so that it holds for every record with that address and survives an erasure
without naming anybody. A later message from the address says that it works again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rundblick.core.digests import Digests
from rundblick.core.registry import Cursor
from rundblick.customers.identifiers import email_normal

_NOTE = """
INSERT INTO customers_unreached AS known (digest, hard, since, last_at, times)
SELECT digest, bool_or(hard), min(at), max(at), count(*)
FROM unnest(%s::bytea[], %s::boolean[], %s::timestamptz[]) AS t(digest, hard, at) GROUP BY digest ORDER BY digest
ON CONFLICT (digest) DO UPDATE SET hard = known.hard OR EXCLUDED.hard, since = least(known.since, EXCLUDED.since),
    last_at = greatest(known.last_at, EXCLUDED.last_at), times = known.times + EXCLUDED.times
"""

_TROUBLED = "SELECT digest, hard, since, last_at, times FROM customers_unreached WHERE digest = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Trouble:
    """An address that something did not reach. ``hard``: there is no such mailbox."""

    address: str
    at: datetime
    hard: bool


@dataclass(frozen=True, slots=True)
class Unreachable:
    """What is known of an address: when it failed first and last, and how often."""

    address: str
    hard: bool
    since: datetime
    last_at: datetime
    times: int


def not_reached(cur: Cursor, troubles: Sequence[Trouble], digests: Digests) -> None:
    """Note that these addresses could not be reached."""
    rows = [(_digest(one.address, digests), one.hard, one.at) for one in troubles]
    if rows:
        cur.execute(_NOTE, tuple(list(column) for column in zip(*rows, strict=True)))


def unreachable(cur: Cursor, addresses: Sequence[str], digests: Digests) -> list[Unreachable]:
    """Those of the addresses at which something could not be brought, in the order given."""
    by_digest = {_digest(address, digests): address for address in reversed(addresses) if address}
    if not by_digest:
        return []
    cur.execute(_TROUBLED, (list(by_digest),))
    found = {by_digest[bytes(digest)]: Unreachable(by_digest[bytes(digest)], *told) for digest, *told in cur.fetchall()}
    return [found[address] for address in dict.fromkeys(addresses) if address in found]


def _digest(address: str, digests: Digests) -> bytes:
    return digests.identifier("email", "", email_normal(address) or address)
