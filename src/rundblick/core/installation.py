"""This installation's one row: found, or made with a salt of its own."""

from __future__ import annotations

import os

from rundblick.core.models import Installation
from rundblick.core.once import once

SALT_BYTES = 32


def known() -> Installation | None:
    """The installation of this database; None before it has been made."""
    return once("installation", Installation.objects.first)


def installation() -> Installation:
    """The installation of this database."""
    found = known()
    if found is None:
        Installation.objects.bulk_create([Installation(id=1, salt=os.urandom(SALT_BYTES))], ignore_conflicts=True)
        found = Installation.objects.get()
    return found
