"""Money: integer minor units with a currency."""

from __future__ import annotations

import msgspec


class Money(msgspec.Struct, frozen=True, order=False, forbid_unknown_fields=True):
    """``minor``: cents, rappen; ``currency``: ISO 4217. Amounts of different currencies are never compared."""

    minor: int
    currency: str

    def covers(self, other: Money) -> bool:
        """Whether this much is at least the other; of another currency it says nothing."""
        return self.currency == other.currency and self.minor >= other.minor
