"""Striped advisory locks: two batches never work on the same key at once, and never wait in a ring.

1,024 stripes, taken in ascending order. A batch whose keys need more than 64 takes the one lock of all stripes
instead; small batches hold that one shared. So a large batch and a small one exclude each other exactly when they
must or when the large one could not say which stripes it needs.
"""

from __future__ import annotations

from collections.abc import Iterable

from rundblick.core.registry import Cursor

STRIPES = 1024
MOST = 64
_ALL = 8_140_000  # the key of the one lock; stripes follow it

# What a small batch asks and writes it finds by its few keys, always by the same statements: their plans are kept, and
# none reads a table as a whole, whatever the server has learnt of its size. Until the transaction ends.
_PLANS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
_BY_KEYS = "concat({})".format(", ".join(f"set_config('{name}', '{value}', true)" for name, value in _PLANS.items()))


def lock_keys(cur: Cursor, digests: Iterable[bytes], *, by_keys: bool = False) -> bool:
    """Hold the stripes of these digests until the transaction ends; gives whether it holds all there are.

    ``by_keys``: all that the transaction does from then on it does by these few keys.
    """
    stripes = sorted({int.from_bytes(digest[:2]) % STRIPES for digest in digests})
    if len(stripes) > MOST:
        lock_all(cur)
        return True
    cur.execute(
        f"SELECT {_BY_KEYS if by_keys else 'NULL'}, pg_advisory_xact_lock_shared(%s) UNION ALL "
        "SELECT NULL, pg_advisory_xact_lock(s) FROM (SELECT unnest(%s::bigint[]) AS s ORDER BY 1) AS o",
        (_ALL, [_ALL + 1 + stripe for stripe in stripes]),
    )
    return False


def plan_as_usual(cur: Cursor) -> None:
    """What ``by_keys`` said holds no more: for a batch inside a transaction that goes on with something else."""
    cur.execute(";".join(f"SET LOCAL {name} TO DEFAULT" for name in _PLANS))


def lock_all(cur: Cursor) -> None:
    """Hold every stripe until the transaction ends."""
    cur.execute("SELECT pg_advisory_xact_lock(%s)", (_ALL,))
