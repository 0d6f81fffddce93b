"""What went wrong with a piece, in words for whoever sees the quarantine: what it is and what to do."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

CODES: dict[str, str] = {
    "read.no_reader": noop("No channel knows how to read this kind of message (%(kind)s). Its original is kept."),
    "read.too_long": noop("Reading it took longer than %(seconds)s seconds and was stopped. Its original is kept."),
    "read.too_large": noop("Reading it needed more memory than one message may have. Its original is kept."),
    "read.died": noop("It ended the program that reads messages. Its original is kept."),
    "read.failed": noop("The reader failed on it (%(error)s). Its original is kept; run it again after an update."),
    "road.failed": noop("It could be read but not recorded (%(error)s). Run it again after an update."),
    "road.vanished": noop("The worker ended twice while it had only this piece in hand. Look at the original."),
}


def fault_words(code: str, detail: Mapping[str, str]) -> str | None:
    """The sentence for a fault of the road, in the reader's language; None for codes that are not the road's."""
    source = CODES.get(code)
    if source is None:
        return None
    known = {"kind": "?", "seconds": "?", "error": "?"} | dict(detail)
    return _(source) % known
