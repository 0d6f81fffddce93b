"""Pages by key: where the last row stood, not how many came before it. Nothing is counted, nothing is skipped."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Final

from django.utils.translation import gettext as _

from rundblick.api.refusals import Refusal

PAGE: Final = 50
MOST: Final = 200
_LARGEST: Final = 2**63 - 1


def write_key(at: datetime, last: int) -> str:
    """The key of the page after the row at (``at``, ``last``)."""
    return base64.urlsafe_b64encode(json.dumps([at.astimezone(UTC).isoformat(), last]).encode()).decode().rstrip("=")


def read_key(text: str) -> tuple[datetime, int] | None:
    """The row a page starts after; None for the first page. Raises Refusal for a text that is no key."""
    if not text:
        return None
    try:
        at, last = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or type(last) is not int or not -_LARGEST <= last <= _LARGEST:
            raise ValueError(text)
        return moment.astimezone(UTC), last
    except (ValueError, TypeError, OverflowError, binascii.Error, RecursionError):
        raise Refusal(
            422,
            "bad-page-key",
            _("`after` is no key of a page."),
            _("Pass the `next` of the page before, unchanged, or leave it out for the first page."),
        ) from None
