"""Saying which cases changed, in the transaction that changed them; the live process hears it (docs/operations.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from rundblick.core.database import along
from rundblick.core.registry import Cursor

CHANGED: Final = "rundblick_changed"
"""The channel of NOTIFY."""

_MOST: Final = 400  # ids; a payload of NOTIFY ends at 8,000 bytes


def announce_cases(cur: Cursor, cases: Sequence[int]) -> None:
    """One NOTIFY for all of them, ids only. When there are too many to name, it says that it is not the whole."""
    told = {"cases": list(cases[:_MOST]), "whole": len(cases) <= _MOST}
    along(cur, "SELECT pg_notify(%s, %s)", (CHANGED, json.dumps(told, separators=(",", ":"))))
