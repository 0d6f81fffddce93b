"""What the door told senders is kept, by its own log, against what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rundblick.channels.email import told
from rundblick.channels.models import Account
from rundblick.core.counting import MOST_NAMED, Counted
from rundblick.core.models import Delivery

DAYS = 7
_AT_ONCE = 5_000


def count_doors() -> Iterator[Counted]:
    """Every account whose mail is handed over, over the last days."""
    since = (datetime.now(UTC) - timedelta(days=DAYS)).date()
    by_source: dict[int, set[str]] = {}
    for source, key in told.told_since(since):
        by_source.setdefault(source, set()).add(key)
    handed = Account.objects.filter(channel="email").values_list("source_id", "settings", "enabled")
    for source, settings, enabled in handed:
        keys = by_source.get(source, set())
        if keys or (enabled and settings.get("receive") == "door"):
            yield _count(source, sorted(keys))


def _count(source: int, keys: list[str]) -> Counted:
    stored: set[str] = set()
    for start in range(0, len(keys), _AT_ONCE):
        mine = Delivery.objects.filter(source_id=source, source_key__in=keys[start : start + _AT_ONCE])
        stored.update(mine.values_list("source_key", flat=True))
    missing = [key for key in keys if key not in stored]
    return Counted(source, len(keys), len(stored), 0, tuple(missing[:MOST_NAMED]), len(missing))
