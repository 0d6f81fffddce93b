"""Who is one customer: his records and what people decided about them; merge, split, undo."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from rundblick.api import shapes
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED, Ref
from rundblick.api.routes.shown import person_names
from rundblick.cases.work import person_of
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.models import System
from rundblick.core.numbers import NumberError, parse
from rundblick.customers.golden import customer_names, facts_in
from rundblick.customers.history import ActShown, acts_of, engine_moves, shown_act
from rundblick.customers.merging import IdentityError, merge_customers, split_customer, undo
from rundblick.customers.models import Assignment, Customer, Identifier, IdentityAct, RecordVersion, SourceRecord
from rundblick.customers.weighed.attaching import Attachment, attachments
from rundblick.customers.weighed.looking import asked_for, who_is
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Person

looking = Router(tags=["identity"])  # before those of one customer, whose reference may be any word
of_customers = Router(tags=["identity"])
acts = Router(tags=["identity"])


@looking.post("/identify", response={200: shapes.Who, **REFUSED})
@needs("customer.identifiers")
def identify(request: HttpRequest, body: shapes.WhoTaken) -> dict[str, Any]:
    """Who is this? The customers whom a person's facts fit, each with its waterfall. Nothing is written.

    Of customers whom the reader does not see nothing is said.
    """
    ours = installation()
    # what somebody does not see he does not find out by asking either
    told = {name: value for name, value in body.dict(exclude={"limit"}).items() if gate.reader_sees(name)}
    with cursor() as cur:
        found = who_is(
            cur, Digests(bytes(ours.salt)), asked_for(told, ours.country), gate.seen_of(request.user), body.limit
        )
        customers = Customer.objects.in_bulk([hit.customer for hit in found.hits])
        names = customer_names(cur, list(customers))
    gate.saw(request, "customer", list(customers))
    hits = [
        {
            "customer": {
                "uuid": customers[hit.customer].uuid,
                "number": customers[hit.customer].number,
                "leads_to": "",
            },
            "name": names.get(hit.customer, ""),
            **{name: getattr(hit, name) for name in ("decision", "rule", "score", "probability", "system", "key")},
            "steps": gate.seen_steps(hit.steps),
        }
        for hit in found.hits
    ]
    return {"decision": found.decision, "customers": hits, "model": found.model}


@of_customers.get("/{ref}/identity", response={200: shapes.Identity, **REFUSED})
@needs("customer.identifiers", about="customer", by="ref")
def identity(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """Which records are this customer, by which identifiers, and what people decided about it."""
    customer = gate.about(request, Customer)
    with cursor() as cur:
        found, moves = acts_of(cur, customer.pk), engine_moves(cur, customer.pk)
        bound = attachments(
            cur, Assignment.objects.filter(customer=customer, valid_to=None).values_list("record_id", flat=True)
        )
    former = Customer.objects.filter(merged_into_id=customer.pk).order_by("id").values_list("number", flat=True)
    return {
        "number": customer.number,
        "former_numbers": list(former),
        "records": _records(request.user, customer),
        "attachments": _bound(bound),
        "acts": _shown(found),
        "moves": moves,
    }


@of_customers.post("/{ref}/merge", response={200: shapes.IdentityAct, **IMPOSSIBLE})
@needs("customer.merge", about="customer", by="ref")
def merge(request: HttpRequest, ref: Ref, body: shapes.MergeTaken) -> dict[str, Any]:
    """Make `other` this customer: its records come here, its number leads here. Sent twice it is done once.

    409 `vetoed` when one system knows the two by different numbers, or somebody has split them: `faults` says which.
    """
    customer = gate.about(request, Customer)
    other = gate.fetch(request.user, "customer", "customer.merge", "ref", body.other)
    gate.saw(request, "customer", [other.pk])
    try:
        act = merge_customers(customer.pk, other.pk, person_of(request.user).pk, body.reason, body.override)
    except IdentityError as error:
        done = _merged_before(body.other, customer) if error.code == "same" else None
        if done is None:
            raise
        act = done
    return _one(act)


@of_customers.post("/{ref}/split", response={200: shapes.IdentityAct, **IMPOSSIBLE})
@needs("customer.merge", about="customer", by="ref")
def split(request: HttpRequest, ref: Ref, body: shapes.SplitTaken) -> dict[str, Any]:
    """Make these records a customer of their own, with all that came through them. The two sides stay apart."""
    customer = gate.about(request, Customer)
    wanted = set(body.records)
    held = Assignment.objects.filter(customer_id=customer.pk, valid_to__isnull=True).values("record_id")
    records = list(SourceRecord.objects.filter(pk__in=held, uuid__in=wanted).values_list("id", flat=True))
    if len(records) < len(wanted):
        raise IdentityError("not_theirs")
    return _one(split_customer(customer.pk, records, person_of(request.user).pk, body.reason))


@acts.post("/{uuid:uuid}/undo", response={200: shapes.IdentityAct, **IMPOSSIBLE})
@needs("customer.merge", about="identity_act")
def undo_act(request: HttpRequest, uuid: UUID, body: shapes.UndoTaken) -> dict[str, Any]:
    """Take an act back: numbers return to where they were, what came in since goes where it belongs.

    Sent twice it is done once. Undoing an undo does the act again.
    """
    act = gate.about(request, IdentityAct)
    try:
        return _one(undo(act.pk, person_of(request.user).pk, body.reason))
    except IdentityError as error:
        if error.code != "undone":
            raise
        return _one(IdentityAct.objects.get(pk=error.act))


def _merged_before(ref: str, customer: Customer) -> IdentityAct | None:
    """The merge that this one repeats: ``ref`` is the number of one that was merged away and leads to the customer."""
    named = Customer.objects.filter(merged_into_id=customer.pk)
    former = None
    with suppress(ValueError):
        former = named.filter(uuid=UUID(ref)).first()
    with suppress(NumberError):
        former = former or named.filter(number=parse(ref)).first()
    if former is None:
        return None
    return IdentityAct.objects.filter(kind=IdentityAct.MERGE, standing=True, other=former).order_by("-id").first()


def _records(user: Any, customer: Customer) -> list[dict[str, Any]]:
    held = Assignment.objects.filter(customer=customer, valid_to__isnull=True).values_list("record_id", flat=True)
    records = list(SourceRecord.objects.filter(pk__in=held).order_by("id"))
    ids = [record.pk for record in records]
    systems = dict(System.objects.filter(pk__in={record.system_id for record in records}).values_list("id", "code"))
    newest: dict[int, RecordVersion] = {}
    for version in RecordVersion.objects.filter(record_id__in=ids).order_by("seen_at", "id"):
        newest[version.record_id] = version
    told: dict[int, list[dict[str, Any]]] = {}
    for row in Identifier.objects.filter(record_id__in=ids).order_by("kind", "id"):
        shown = {name: getattr(row, name) for name in ("kind", "value", "issuer", "strength", "verified", "seen_at")}
        told.setdefault(row.record_id, []).append(shown)
    return [
        {
            "uuid": record.uuid,
            "system": systems.get(record.system_id, ""),
            "key": newest[record.pk].key if record.pk in newest else "",
            "since": record.created_at,
            "seen_at": newest[record.pk].seen_at if record.pk in newest else None,
            "facts": gate.shown_facts(user, facts_in(newest[record.pk].facts)) if record.pk in newest else {},
            "identifiers": [
                one | {"system": systems.get(record.system_id, "")}
                for one in told.get(record.pk, [])
                if gate.reader_sees(one["kind"], one["value"])
            ],
        }
        for record in records
    ]


def _bound(found: list[Attachment]) -> list[dict[str, Any]]:
    ids = {record for one in found for record in (one.record, one.other)}
    records = dict(SourceRecord.objects.filter(pk__in=ids).values_list("id", "uuid"))
    names = person_names(one.by for one in found)
    uuids = dict(Person.objects.filter(pk__in={one.by for one in found if one.by}).values_list("id", "uuid"))
    return [
        {
            "record": records[one.record],
            "other": records[one.other],
            "rule": one.rule,
            "shared": [
                {"kind": kind, "value": value if gate.reader_sees(kind, value) else ""} for kind, value in one.shared
            ],
            "weight": one.weight,
            "model": one.model,
            "steps": gate.seen_steps(one.steps),
            "by": {"uuid": uuids[one.by], "name": names.get(one.by, "")} if one.by in uuids else None,
            "act": one.act,
        }
        for one in found
    ]


def _one(act: IdentityAct) -> dict[str, Any]:
    with cursor() as cur:
        return _shown([shown_act(cur, act.pk)])[0]


def _shown(found: list[ActShown]) -> list[dict[str, Any]]:
    names = person_names(act.by for act in found)
    uuids = dict(Person.objects.filter(pk__in={act.by for act in found if act.by}).values_list("id", "uuid"))
    shown = []
    for act in found:
        by = {"uuid": uuids[act.by], "name": names.get(act.by, "")} if act.by in uuids else None
        fields = {name: getattr(act, name) for name in ActShown.__dataclass_fields__ if name not in ("id", "by")}
        shown.append(fields | {"by": by})
    return shown
