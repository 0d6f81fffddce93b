"""UUIDv7 for what the outside sees: URLs and the API (RFC 9562, 5.7)."""

from __future__ import annotations

import os
import time
from uuid import UUID

_VERSION = 0x7 << 76
_VARIANT = 0x2 << 62


def uuid7(now_ms: int | None = None) -> UUID:
    """A new UUIDv7: 48 bits of milliseconds since 1970, then chance; sorts by time of creation."""
    ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    return UUID(int=_compose(ms, int.from_bytes(os.urandom(10))))


def uuid7s(n: int) -> list[UUID]:
    """``n`` new UUIDv7 of one millisecond, from one draw of chance."""
    ms = time.time_ns() // 1_000_000
    chance = os.urandom(10 * n)
    return [UUID(int=_compose(ms, int.from_bytes(chance[i : i + 10]))) for i in range(0, 10 * n, 10)]


def _compose(ms: int, chance: int) -> int:
    high = (chance >> 62) & 0xFFF
    low = chance & 0x3FFFFFFFFFFFFFFF
    return (ms & 0xFFFFFFFFFFFF) << 80 | _VERSION | high << 64 | _VARIANT | low
