"""Customers: what is known of them, by which numbers, and what happened with them over all systems."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from ninja import Router

from rundblick.api import shapes
from rundblick.api.paging import PAGE, read_key, write_key
from rundblick.api.routes.cases import REFUSED, After, Limit, Ref
from rundblick.api.routes.shown import split_page
from rundblick.cases.models import OPEN_STATES, Case, Message
from rundblick.core.database import cursor
from rundblick.core.models import System
from rundblick.customers.golden import KnownFact, customer_names, golden_facts
from rundblick.customers.models import Assignment, Customer, Identifier, Order, SourceRecord
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.voice.models import Rating

router = Router(tags=["customers"])


@router.get("/{ref}", response={200: shapes.Customer, **REFUSED})
@needs("customer.read", about="customer", by="ref")
def get_customer(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """One customer with the known facts, each with its source and date. An old number leads to the surviving one."""
    customer = gate.about(request, Customer)
    with cursor() as cur:
        facts = golden_facts(cur, customer.pk)
        name = customer_names(cur, [customer.pk], with_addresses=False).get(customer.pk, "")
    shown = gate.shown_facts(request.user, {fact.kind: fact.value for fact in facts})
    others = "records" not in gate.hidden_fields(request.user, "customer")
    former = Customer.objects.filter(merged_into_id=customer.pk).order_by("id").values_list("number", flat=True)
    theirs = Case.objects.filter(gate.visible_cases(request.user), customer_id=customer.pk, merged_into__isnull=True)
    return {
        "uuid": customer.uuid,
        "number": customer.number,
        "name": name,
        "facts": [_fact(fact, others) for fact in facts if fact.kind in shown],
        "former_numbers": list(former),
        "open_cases": theirs.filter(state__in=OPEN_STATES).count(),
    }


def _fact(fact: KnownFact, others: bool) -> KnownFact:
    """The fact; without what other systems say for whoever may not see these."""
    seen = tuple(one for one in fact.others if gate.reader_sees(fact.kind, one.value)) if others else ()
    return replace(fact, others=seen)


@router.get("/{ref}/identifiers", response={200: list[shapes.Identifier], **REFUSED})
@needs("customer.identifiers", about="customer", by="ref")
def identifiers(request: HttpRequest, ref: Ref) -> list[dict[str, Any]]:
    """The numbers, addresses and handles that lead to this customer, and the systems that told them."""
    customer = gate.about(request, Customer)
    found = Identifier.objects.filter(record_id__in=_records(customer.pk)).order_by("kind", "seen_at", "id")
    rows = list(found)
    owners = SourceRecord.objects.filter(pk__in={row.record_id for row in rows}).values_list("id", "system__code")
    systems = dict(owners)
    return [
        {
            "kind": row.kind,
            "value": row.value,
            "issuer": row.issuer,
            "strength": row.strength,
            "verified": row.verified,
            "system": systems.get(row.record_id, ""),
            "seen_at": row.seen_at,
        }
        for row in rows
        if gate.reader_sees(row.kind, row.value)
    ]


def _records(customer: int) -> QuerySet[Assignment, int]:
    return Assignment.objects.filter(customer_id=customer, valid_to__isnull=True).values_list("record_id", flat=True)


@dataclass(frozen=True, slots=True)
class _Lane:
    """One kind of thing in a timeline: newest first by ``time``; ``rank`` orders lanes within one moment."""

    rank: int
    rows: QuerySet[Any]
    time: str
    show: Callable[[dict[str, Any]], dict[str, Any]]
    columns: tuple[str, ...]


@router.get("/{ref}/timeline", response={200: shapes.Traces, **REFUSED})
@needs("customer.timeline", about="customer", by="ref")
def timeline(request: HttpRequest, ref: Ref, after: After = "", limit: Limit = PAGE) -> dict[str, Any]:
    """What happened over all systems, newest first: messages, cases, orders, ratings."""
    customer = gate.about(request, Customer)
    key = read_key(after)
    found: list[tuple[datetime, int, dict[str, Any]]] = []
    for lane in _lanes(request.user, customer.pk):
        rows = lane.rows.filter(**{f"{lane.time}__isnull": False})
        if key is not None:
            rows = rows.filter(_before(lane, *key))
        for row in rows.order_by(f"-{lane.time}", "-id").values("id", lane.time, *lane.columns)[: limit + 1]:
            at = row[lane.time]
            found.append((at, lane.rank << _RANK_BITS | row["id"], {"at": at, **_BLANK, **lane.show(row)}))
    found.sort(key=lambda each: each[:2], reverse=True)
    page, more = split_page(found, limit)
    systems = dict(System.objects.values_list("id", "code"))
    items = [{**trace, "system": systems.get(trace["system"], "")} for _at, _last, trace in page]
    return {"items": items, "next": write_key(page[-1][0], page[-1][1]) if more else None}


_RANK_BITS = 56
_BLANK = {"title": "", "text": "", "channel": "", "direction": "", "case": None}


def _before(lane: _Lane, at: datetime, last: int) -> Q:
    """Rows of a lane that come after the row (``at``, ``last``) in the order of the page: newest first."""
    rank, id_ = last >> _RANK_BITS, last & ((1 << _RANK_BITS) - 1)
    earlier = Q(**{f"{lane.time}__lt": at})
    if lane.rank < rank:
        return Q(**{f"{lane.time}__lte": at})
    return earlier | Q(**{lane.time: at, "id__lt": id_}) if lane.rank == rank else earlier


def _lanes(user: Any, customer: int) -> list[_Lane]:
    records = _records(customer)
    cases = Case.objects.filter(gate.visible_cases(user))
    readable = Q(case_id__isnull=True) | Q(Exists(cases.filter(pk=OuterRef("case_id"))))
    messages = Message.objects.filter(readable, record_id__in=records, superseded=False)
    opened = cases.filter(customer_id=customer, merged_into__isnull=True)
    ratings = Rating.objects.filter(record_id__in=records, superseded=False, lane__in=("rating", "review"))
    return [
        _Lane(4, messages, "at", _message, ("system_id", *_OF_MESSAGE)),
        _Lane(3, opened, "opened_at", _case, ("system_id", "uuid", "channel", "state", "content__subject")),
        _Lane(2, Order.objects.filter(record_id__in=records), "at", _order, ("system_id", "kind", "status", "article")),
        _Lane(1, ratings, "at", _rating, ("system_id", "kind", "lane", "value", "low", "high", "channel")),
    ]


_OF_MESSAGE = ("channel", "direction", "case__uuid", "content__subject", "content__text")
_TEXT = 500


def _message(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "message",
        "system": row["system_id"],
        "title": row["content__subject"] or "",
        "text": (row["content__text"] or "")[:_TEXT],
        "channel": row["channel"],
        "direction": row["direction"],
        "case": row["case__uuid"],
    }


def _case(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": "case",
        "system": row["system_id"],
        "title": row["content__subject"] or "",
        "text": row["state"],
        "channel": row["channel"],
        "case": row["uuid"],
    }


def _order(row: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "order", "system": row["system_id"], "title": row["kind"], "text": row["article"] or row["status"]}


def _rating(row: dict[str, Any]) -> dict[str, Any]:
    title = f"{row['kind'] or row['lane']} {row['value']:g} ({row['low']:g}–{row['high']:g})"
    return {"kind": "rating", "system": row["system_id"], "title": title, "channel": row["channel"] or ""}
