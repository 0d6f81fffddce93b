"""The review queue: who may be one customer, most valuable question first, and the answers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from rundblick.api import shapes
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED
from rundblick.cases.work import person_of
from rundblick.core.database import cursor
from rundblick.core.registry import Cursor
from rundblick.customers.golden import customer_names
from rundblick.customers.models import Customer, ReviewItem, SourceRecord
from rundblick.customers.weighed.attaching import pair
from rundblick.customers.weighed.reviewing import Question, answer, questions, take_back
from rundblick.people import gate
from rundblick.people.gate import needs

router = Router(tags=["review"])


@router.get("", response={200: shapes.Reviews, **REFUSED})
@needs("customer.merge")
def review(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> dict[str, Any]:
    """Open questions, the most valuable first; those that somebody put off come last."""
    seen = gate.visible_review_items(request.user, "customer.merge")
    mine = list(ReviewItem.objects.filter(seen, state=ReviewItem.OPEN).values_list("id", flat=True))
    with cursor() as cur:
        asked = questions(cur, limit, among=mine)
        items = [_shown(cur, one) for one in asked]
    gate.saw(request, "customer", [customer for one in asked for customer in (one.one, one.other)])
    return {"open": len(mine), "items": items}


@router.post("/{uuid:uuid}/answer", response={200: shapes.ReviewAnswered, **IMPOSSIBLE})
@needs("customer.merge", about="review_item")
def answer_question(request: HttpRequest, uuid: UUID, body: shapes.AnswerTaken) -> ReviewItem:
    """Say that two are the same or different people, or put the question off.

    409 `closed` when it is settled; with four eyes 409 `again` when the same person says the same twice.
    """
    item = gate.about(request, ReviewItem)
    return answer(item.pk, body.answer, person_of(request.user).pk, body.reason)


@router.post("/{uuid:uuid}/undo", response={200: shapes.ReviewAnswered, **IMPOSSIBLE})
@needs("customer.merge", about="review_item")
def undo_answer(request: HttpRequest, uuid: UUID) -> ReviewItem:
    """Take the answer and what came of it back; the question is open again."""
    item = gate.about(request, ReviewItem)
    return take_back(item.pk, person_of(request.user).pk)


def _shown(cur: Cursor, one: Question) -> dict[str, Any]:
    known, said = pair(cur, one.a, one.b)
    customers = {row.pk: row for row in Customer.objects.filter(pk__in=[one.one, one.other])}
    names = customer_names(cur, list(customers))
    uuids = dict(SourceRecord.objects.filter(pk__in=[one.a, one.b]).values_list("id", "uuid"))
    sides = [
        {
            "customer": {"uuid": customers[customer].uuid, "number": customers[customer].number, "leads_to": ""},
            "name": names.get(customer, ""),
            "record": uuids[record],
            "system": party.system,
            "key": party.key,
            "facts": gate.seen_facts(party.facts),
        }
        for record, customer, party in zip(known.ids, known.customers, known.parties, strict=True)
    ]
    return {
        "uuid": one.uuid,
        "state": ReviewItem.OPEN,
        "why": one.why,
        "weight": one.weight,
        "value": one.value,
        "put_off": one.put_off,
        "sides": sides,
        "steps": gate.seen_steps(said.rows) if said else [],
    }
