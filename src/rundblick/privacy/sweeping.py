"""What a worker does for this room: seals the audit, ends restrictions on their day, keeps the list of erasures."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction

from rundblick.core.database import cursor
from rundblick.core.sweeps import Sweep
from rundblick.privacy.audit import seal
from rundblick.privacy.erasure import end_restrictions, write_list

MINUTE, HOUR = 60.0, 3600.0


def sealing() -> Sweep:
    """Links the audit's new entries."""

    def sweep() -> int:
        with transaction.atomic(), cursor() as cur:
            seal(cur)
        return 0  # one look seals all there is

    return sweep


def forgetting() -> Sweep:
    """Removes what no law demands any more, and takes up what other machines erased into this one's list."""

    def sweep() -> int:
        end_restrictions(datetime.now(UTC).date())
        write_list()
        return 0

    return sweep
