"""Tickets with which a page of the desk opens the live stream: signed, short-lived, renewed while the stream is open.

The live process has no sessions and asks no database who somebody is, so the desk hands this over in the address.
A stream says only which cases changed, never what is in them.
"""

from __future__ import annotations

import time
from functools import cache

from django.core import signing

from rundblick.core.home import secret_key

# To connect with; a page opens its stream at once.
SECONDS = 15 * 60
# After this, renewed or not, somebody has to open a page again, where the desk asks who he is.
LONGEST_SECONDS = 12 * 3600
_SALT = "rundblick.live"


def live_ticket(user_id: int, since: int | None = None) -> str:
    """A ticket for this user. ``since``: when the first ticket of the chain was given (seconds of the epoch)."""
    return _signer().sign(f"{user_id}.{int(time.time()) if since is None else since}")


def read_ticket(ticket: str) -> tuple[int, int] | None:
    """(user id, since) of a valid ticket; None for one that is forged, expired, or renewed for too long."""
    try:
        user, _, since = _signer().unsign(ticket, max_age=SECONDS).partition(".")
        found = int(user), int(since)
    except (signing.BadSignature, ValueError):
        return None
    return found if time.time() - found[1] < LONGEST_SECONDS else None


@cache
def _signer() -> signing.TimestampSigner:
    # With its key given, signing needs no Django settings: the live process starts without them.
    return signing.TimestampSigner(key=secret_key(), salt=_SALT, fallback_keys=[])
