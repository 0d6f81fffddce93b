"""Which messages are one concern: cases joined, messages moved, taken back; and what probably belongs together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from rundblick.api import shapes
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED, Ref
from rundblick.cases.belonging import probably_belongs_to
from rundblick.cases.models import Case, Message, RegroupedRow, Regrouping
from rundblick.cases.regrouping import join, move, part, undo
from rundblick.cases.work import person_of
from rundblick.people import gate
from rundblick.people.gate import needs

of_cases = Router(tags=["cases"])
of_messages = Router(tags=["cases"])
regroupings = Router(tags=["cases"])


@of_cases.get("/{ref}/suggestions", response={200: shapes.Suggestions, **REFUSED})
@needs("case.read", about="case", by="ref")
def suggestions(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """Other cases that this one probably belongs to, with the reasons. Nothing is joined by it."""
    found = probably_belongs_to(request.user, gate.about(request, Case))
    gate.saw(request, "customer", [one.case.customer_id for one in found])
    return {
        "items": [{"case": one.case.uuid, "number": one.case.number, "reasons": list(one.reasons)} for one in found]
    }


@of_cases.post("/{ref}/join", response={201: shapes.Regrouping, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def join_case(request: HttpRequest, ref: Ref, body: shapes.Join) -> Status[dict[str, Any]]:
    """This case goes on in another one; its number leads there. Taken back by `POST /regroupings/{uuid}/undo`."""
    case = gate.about(request, Case)
    return Status(201, shown_regrouping(join(case, _other(request, body.into), person_of(request.user), body.reason)))


@of_messages.post("/{uuid:uuid}/move", response={201: shapes.Regrouping, **IMPOSSIBLE})
@needs("case.write", about="message")
def move_message(request: HttpRequest, uuid: UUID, body: shapes.Move) -> Status[dict[str, Any]]:
    """A message goes to another case or to a new one, with its times; replies to it follow it."""
    into = _other(request, body.into) if body.into else None
    message = gate.about(request, Message)
    deed = move(message, into, person_of(request.user), body.reason, following=body.following)
    return Status(201, shown_regrouping(deed))


@of_messages.post("/{uuid:uuid}/part", response={201: shapes.Regrouping, **IMPOSSIBLE})
@needs("case.write", about="message")
def part_message(request: HttpRequest, uuid: UUID) -> Status[dict[str, Any]]:
    """It is another concern than the rest of its case: it gets a case of its own, with the replies to it.

    The two are not joined or proposed again. Messages with the remark `same-topic` were put into their case because the
    customer had it open for the same topic.
    """
    return Status(201, shown_regrouping(part(gate.about(request, Message), person_of(request.user))))


@regroupings.post("/{uuid:uuid}/undo", response={201: shapes.Regrouping, **IMPOSSIBLE})
@needs("case.write", about="regrouping")
def undo_regrouping(request: HttpRequest, uuid: UUID) -> Status[dict[str, Any]]:
    """Take a join or a move back: everything stands where it stood."""
    return Status(201, shown_regrouping(undo(gate.about(request, Regrouping), person_of(request.user))))


def _other(request: HttpRequest, ref: str) -> Case:
    return named_case(request, ref, "case.write")


def named_case(request: HttpRequest, ref: str, permission: str) -> Case:
    """The other case that a request names. Raises Refusal where there is none for whoever asks."""
    try:
        found = gate.fetch(request.user, "case", permission, "ref", ref)
    except Http404:
        raise Refusal(422, "no-such-case", _("There is no such case, or you may not write in it.")) from None
    assert isinstance(found, Case)
    return found


def shown_regrouping(deed: Regrouping) -> dict[str, Any]:
    """A deed as the API shows it."""
    return {
        "uuid": deed.uuid,
        "kind": deed.kind,
        "source": deed.source.uuid,
        "target": deed.target.uuid,
        "messages": RegroupedRow.objects.filter(regrouping=deed, kind="message").count(),
        "standing": deed.standing,
        "why": deed.why,
    }
