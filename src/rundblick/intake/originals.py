"""The bytes of a message, for whoever may see its case: as it arrived, or as it left."""

from __future__ import annotations

from typing import Any

from rundblick.cases.models import Message
from rundblick.core.models import BlobChunk, Delivery
from rundblick.intake.models import Outgoing
from rundblick.people import gate


def sees_originals(user: Any) -> bool:
    """Whether somebody gets bytes as they came or left: they name addresses, so not who may not see identifiers."""
    return "identifiers" not in gate.hidden_fields(user, "customer")


def original_of(user: Any, message: Message) -> int | None:
    """The blob of a message as it came in, or as its server was given it; None: none is kept, it was erased, or it is
    not for this user."""
    if not sees_originals(user):
        return None
    came = message.delivery_id or 0
    kept = Outgoing.objects.filter(message=message) if message.dispatch else Delivery.objects.filter(pk=came)
    blob = kept.values_list("blob_id", flat=True).first()
    return blob if blob is not None and BlobChunk.objects.filter(blob_id=blob).exists() else None
