"""Into the road: a mail or a contact of any channel. Answered with 202 only when it is committed."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Header, Query, Router, Status

from rundblick.api import shapes
from rundblick.api.refusals import Refusal, not_found
from rundblick.api.routes.cases import REFUSED
from rundblick.cases.models import Case, Message
from rundblick.core import models as core
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.intake.accept import accept
from rundblick.intake.models import Outcome, Pending
from rundblick.people import gate
from rundblick.people.gate import needs

router = Router(tags=["deliveries"])

MOST_BYTES: Final = 50 << 20
_TOO_LARGE: dict[int, Any] = {**REFUSED, 413: shapes.Problem, 415: shapes.Problem}
_MAIL_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
    }
}
SourceKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=300, description="the source's own key; default: a hash of the mail"),
]


@router.post("/mail", response={202: shapes.Accepted, **_TOO_LARGE}, openapi_extra=_MAIL_BODY)
@needs("intake.write")
def deliver_mail(request: HttpRequest, key: SourceKey = None) -> Status[dict[str, Any]]:
    """One raw mail (RFC 5322) as the body, of the type `message/rfc822`. A second delivery of one key is harmless."""
    if request.content_type != "message/rfc822":
        raise Refusal(415, "not-a-mail", _("Send the raw mail with the content type message/rfc822."))
    raw = _body(request)
    if not raw.strip():
        raise Refusal(422, "empty", _("The mail is empty."))
    return _accept(request, "mail", (key or "").replace("\x00", "") or sha256(raw).hexdigest(), raw)


@router.post("/contact", response={202: shapes.Accepted, **_TOO_LARGE})
@needs("intake.write")
def deliver_contact(request: HttpRequest, body: shapes.Contact) -> Status[dict[str, Any]]:
    """One contact of any channel. A second delivery of a `key` is harmless; with other words it is a new version."""
    raw = body.model_dump_json(exclude_defaults=True).encode()
    digest = sha256(raw).hexdigest()[:16]
    return _accept(request, "contact", f"{body.system}:{body.key}:{digest}", raw)


@router.get("", response={200: shapes.Delivery, **REFUSED})
@needs("intake.write")
def delivery(
    request: HttpRequest, key: Annotated[str, Query(description="as it was answered", min_length=1, max_length=400)]
) -> dict[str, Any]:
    """What came of one of your own deliveries: it waits, was recorded, or is kept because it could not be read."""
    user: Any = request.user
    found = core.Delivery.objects.filter(source__code=_source(user), source_key=key.replace("\x00", "")).first()
    if found is None:
        raise not_found()
    outcome = Outcome.objects.filter(delivery_id=found.pk).order_by("-id").first()
    waits = outcome is None or Pending.objects.filter(delivery_id=found.pk).exists()
    return {
        "delivery": found.uuid,
        "received_at": found.received_at,
        "state": "waiting" if waits or outcome is None else outcome.kind,
        "case": None if outcome is None else _case_of(user, outcome),
    }


def _case_of(user: Any, outcome: Outcome) -> UUID | None:
    """The case that a delivery led to, if the caller sees it."""
    case: int | None = outcome.object_id if outcome.object_type == "case" else None
    if outcome.object_type == "message" and outcome.object_id is not None:
        case = Message.objects.filter(pk=outcome.object_id).values_list("case_id", flat=True).first()
    if case is None:
        return None
    onward = Case.objects.filter(pk=case).values_list("merged_into_id", flat=True).first()
    visible = Case.objects.filter(gate.visible_cases(user), pk=case if onward is None else onward)
    return visible.values_list("uuid", flat=True).first()


def _source(user: Any) -> str:
    return f"api:{user.uuid}"


def _body(request: HttpRequest) -> bytes:
    too_large = Refusal(413, "too-large", _("The body is larger than %(most)s MiB.") % {"most": MOST_BYTES >> 20})
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise too_large
    raw: bytes = request.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise too_large
    return raw


def _accept(request: HttpRequest, kind: str, key: str, raw: bytes) -> Status[dict[str, Any]]:
    user: Any = request.user
    ours = installation()
    hints = {"country": ours.country, "timezone": ours.zone}
    envelope = Envelope(_source(user), key, kind, datetime.now(UTC), raw, hints=hints)
    accepted = accept([envelope])[0]
    uuid = core.Delivery.objects.values_list("uuid", flat=True).get(pk=accepted.delivery)
    return Status(202, {"delivery": uuid, "key": key, "new": accepted.new})
