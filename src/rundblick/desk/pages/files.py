"""What came in, handed out again: a mail as it was written, an original, an attachment. Nothing of it may run."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rundblick.cases.models import Attachment, Message
from rundblick.channels.email.safe_html import safe_html
from rundblick.core.models import BlobChunk, Delivery
from rundblick.intake.models import Quarantine
from rundblick.intake.originals import original_of
from rundblick.people import gate
from rundblick.people.gate import needs

# The frame may not run, load, submit or navigate anything; same origin only lets our page measure its height.
FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
DOWNLOAD_POLICY = "default-src 'none'; sandbox"


@needs("case.read", about="message")
@require_safe
def message_html(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A mail as it was written, made harmless, for the frame in the timeline."""
    message = gate.about(request, Message)
    content = getattr(message, "content", None)
    if content is None or not content.html:
        raise Http404
    shown = safe_html(content.html)
    response = render(request, "desk/pages/frame.html", {"html": shown.html, "blocked": shown.blocked})
    response["Content-Security-Policy"] = FRAME_POLICY
    return response


@needs("case.read", about="message")
@require_safe
def message_original(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The bytes as they arrived, or as they left."""
    message = gate.about(request, Message)
    if (blob := original_of(request.user, message)) is None:
        raise Http404
    return _download(blob, f"{message.uuid}.eml")


@needs("quarantine.read", about="quarantine")
@require_safe
def quarantine_original(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    """The bytes of a kept piece."""
    entry = gate.about(request, Quarantine)
    return _original(entry.delivery_id, f"{entry.uuid}.bin")


@needs("case.read", about="attachment")
@require_safe
def attachment(request: HttpRequest, uuid: UUID) -> HttpResponseBase:
    found = gate.about(request, Attachment)
    content = getattr(found, "content", None)
    return _download(found.blob_id, content.name if content else str(found.uuid))


def _original(delivery_id: int | None, name: str) -> HttpResponseBase:
    delivery = Delivery.objects.filter(pk=delivery_id).first() if delivery_id else None
    if delivery is None or delivery.blob_id is None:
        raise Http404
    return _download(delivery.blob_id, name)


def _download(blob: int, name: str) -> HttpResponseBase:
    """A download, never shown inside our origin, whatever type its sender claimed."""
    if not BlobChunk.objects.filter(blob_id=blob).exists():
        raise Http404  # an erasure removed the bytes
    response = StreamingHttpResponse(_chunks(blob), content_type="application/octet-stream")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response


def _chunks(blob: int) -> Iterator[bytes]:
    seq = 0
    while (chunk := BlobChunk.objects.filter(blob_id=blob, seq=seq).values_list("data", flat=True).first()) is not None:
        yield bytes(chunk)
        seq += 1
