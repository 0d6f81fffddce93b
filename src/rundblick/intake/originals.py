"""The bytes of a message, for whoever may see its case: as it arrived, or as it left."""

from __future__ import annotations

from typing import Any

from rundblick.cases.models import Message
from rundblick.core.models import BlobChunk, Delivery
from rundblick.intake.models import Outgoing
from rundblick.people import gate


def sent_original(user: Any, message: Message) -> int | None:
    """The blob of a mail that was written here, as its server was given it; None: none is kept, or it was erased.

    It names the addresses of all its recipients, so who may not see identifiers does not get it.
    """
    if not message.dispatch or "identifiers" in gate.hidden_fields(user, "customer"):
        return None
    return _with_bytes(Outgoing.objects.filter(message=message).values_list("blob_id", flat=True).first())


def original_of(user: Any, message: Message) -> int | None:
    """The blob of a message that came in, or left, by mail."""
    if message.dispatch:
        return sent_original(user, message)
    return _with_bytes(Delivery.objects.filter(pk=message.delivery_id or 0).values_list("blob_id", flat=True).first())


def _with_bytes(blob: int | None) -> int | None:
    return blob if blob is not None and BlobChunk.objects.filter(blob_id=blob).exists() else None
