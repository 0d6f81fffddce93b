"""Answering a case by mail, and the letters that have not left."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Header, Router, Status

from rundblick.api import shapes
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, Ref, shown_messages
from rundblick.cases import work
from rundblick.cases.asking import asked_again, guard_for
from rundblick.cases.models import Case, Message
from rundblick.cases.templates import open_places
from rundblick.channels.email.headers import addresses
from rundblick.core.database import cursor
from rundblick.core.letters import Origin, Recipient, origins
from rundblick.intake.models import Outgoing
from rundblick.intake.outbox import Answer, put, take_back
from rundblick.intake.replying import begin_reply
from rundblick.intake.sidetalking import take_back_aside
from rundblick.intake.sideways import is_aside
from rundblick.people import gate
from rundblick.people.gate import needs

router = Router(tags=["cases"])
letters = Router(tags=["cases"])

Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=300, description="the same key again sends nothing a second time"),
]


@router.post("/{ref}/answers", response={202: shapes.Answered, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def answer(request: HttpRequest, ref: Ref, body: shapes.ReplyTaken, key: Key = None) -> Status[dict[str, Any]]:
    """Answer the customer by mail. It leaves when the time to take it back is over, and is tried until it arrives.

    409 `newer`: something came that you have not seen. 409 `known`: it asks for what is known (`POST .../asked`).
    """
    case = gate.about(request, Case)
    gate.saw(request, "customer", [case.customer_id])
    user: Any = request.user
    person = work.person_of(user)
    with cursor() as cur:
        repeated = guard_for(user, cur, case, body.text)
    if repeated and not body.asked_again:
        raise Refusal(
            409,
            "known",
            _("This asks the customer for what is known already."),
            _("POST .../asked says what; with `asked_again` it is sent all the same, and counted."),
        )
    if left := open_places(body.text):
        places = ", ".join(f"{{{{{one}}}}}" for one in left)
        raise Refusal(422, "open-places", _("Fill these places before it is sent: %(places)s.") % {"places": places})
    origin = _account(body.account)
    start = begin_reply(case, origin)
    if start.origin is None:
        raise Refusal(409, "no-account", _("No mailbox can send yet."))
    message = put(
        case,
        Answer(
            recipients=_recipients(user, body, start.to, start.name, start.cc),
            text=body.text,
            subject=body.subject or start.subject,
            answers=start.answers,
            seen=body.seen,
            due_at=body.due_at,
            key=uuid5(NAMESPACE_OID, f"{user.uuid} {case.uuid} {key}") if key else None,
        ),
        start.origin,
        person,
    )
    if repeated:
        asked_again(case, tuple(one.kind for one in repeated), by=person)
    return Status(202, _shown(user, message))


@letters.get("/{uuid:uuid}/delivery", response={200: shapes.Answered, **IMPOSSIBLE})
@needs("case.read", about="message")
def delivery(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """How far an answer has come."""
    message = gate.about(request, Message)
    if not message.dispatch:
        raise Refusal(409, "not-an-answer", _("This message was not written here."))
    return _shown(request.user, message)


@letters.post("/{uuid:uuid}/undo", response={200: shapes.Answered, **IMPOSSIBLE})
@needs("case.write", about="message")
def undo(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Take back an answer that has not left."""
    user: Any = request.user
    message = gate.about(request, Message)
    if is_aside(message.pk):
        take_back_aside(message, work.person_of(user))
    else:
        take_back(message, work.person_of(user))
    message.refresh_from_db()
    return _shown(user, message)


def _account(address: str) -> Origin | None:
    if not address:
        return None
    found = next((one for one in origins() if one.own.lower() == address.lower()), None)
    if found is None:
        raise Refusal(422, "no-such-account", _("There is no account with this address that can send."))
    return found


def _recipients(user: Any, body: shapes.ReplyTaken, to: str, name: str, cc: tuple[str, ...]) -> tuple[Recipient, ...]:
    """Whom the caller names, else who wrote last and who got copies; a partner names nobody."""
    told = body if "identifiers" not in gate.hidden_fields(user, "customer") else shapes.ReplyTaken(text=body.text)
    found: list[Recipient] = []
    for part, texts in (("to", told.to or [to]), ("cc", told.cc if told.to or told.cc else list(cc))):
        for text in texts:
            named = addresses(text)
            if text and not named:
                raise Refusal(422, "not-an-address", _("%(text)s is no mail address.") % {"text": text})
            found += [Recipient(one.email, one.name or (name if one.email == to else ""), part) for one in named]
    return tuple({one.address: one for one in reversed(found)}.values())[::-1]


def _shown(user: Any, message: Message) -> dict[str, Any]:
    row = Outgoing.objects.select_related("content").get(message=message)
    return {"message": shown_messages([message])[0], "delivery": shown_delivery(user, message, row)}


def shown_delivery(user: Any, message: Message, row: Outgoing) -> dict[str, Any]:
    """How far a letter has come, as the API shows it."""
    hidden = "identifiers" in gate.hidden_fields(user, "customer")
    return {
        "state": message.dispatch,
        "due_at": row.due_at,
        "attempts": row.attempts,
        "fault": row.fault,
        "recipients": None if hidden else [one["address"] for one in row.content.recipients],
    }
