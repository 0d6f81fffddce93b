"""Search: any number in any notation leads to the customer or the case, words lead to the cases that hold them."""

from __future__ import annotations

from typing import Annotated, Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Router

from rundblick.api import shapes
from rundblick.api.paging import read_key, write_key
from rundblick.api.routes.cases import REFUSED
from rundblick.api.routes.shown import shown_cases
from rundblick.cases.models import Case
from rundblick.cases.search.finding import find
from rundblick.cases.search.query import parse as parse_query
from rundblick.cases.words import search_remark
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.models import System
from rundblick.core.numbers import NumberError, parse
from rundblick.customers.identifiers import email_normal, handle_normal, number_normal, phone_normal
from rundblick.customers.models import Assignment, Customer, Identifier
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.sight import sight_of

router = Router(tags=["search"])
MOST = 20
_NUMBERS = ("customer_no", "account_no", "service_no", "card_no", "contract_no", "order_no")


@router.get("/search", response={200: shapes.Found, **REFUSED})
@needs("search")
def search(
    request: HttpRequest,
    q: Annotated[str, Query(min_length=1, max_length=10_000)],
    after: str = "",
    exactly: bool = False,
) -> dict[str, Any]:
    """Pages of cases and at most 20 customers, as far as the reader sees them; words and operators as in the desk.

    `exactly` leaves compounds and typing mistakes out.
    """
    text = q.replace("\x00", "").strip()
    before = read_key(after)
    customers = _customers(request.user, text) if before is None else []
    hidden = gate.hidden_fields(request.user, "case")
    gate.saw(request, "customer", [customer.pk for customer in customers])
    visible = Case.objects.filter(gate.visible_cases(request.user))
    me = sight_of(request.user, getattr(request.user, "rundblick_token", None)).person
    found = find(parse_query(text), visible, before=before, limit=MOST, exactly=exactly, me=me)
    cases = _numbered(visible, text, [customer.pk for customer in customers]) if before is None else []
    cases = list(dict.fromkeys([*cases, *(hit.case for hit in found.hits)]))
    order = {pk: place for place, pk in enumerate(cases)}
    ids = {uuid: order[pk] for pk, uuid in Case.objects.filter(pk__in=cases).values_list("pk", "uuid")}
    shown = shown_cases(request, Case.objects.filter(pk__in=cases)) if cases else []
    return {
        "cases": sorted(shown, key=lambda case: ids[case["uuid"]]),
        "count": found.count,
        "remarks": [search_remark(remark) for remark in found.remarks],
        "next": write_key(*found.next) if found.next else None,
        "customers": [
            {"uuid": customer.uuid, "number": None if "customer_number" in hidden else customer.number}
            for customer in customers
        ],
    }


def _customers(user: Any, text: str) -> list[Customer]:
    """The customers whom a number, address or handle leads to."""
    wanted = Q(pk__in=[])
    try:
        numbered = Customer.objects.filter(number=parse(text)).first()
        if numbered is not None:
            wanted |= Q(pk=numbered.merged_into_id or numbered.pk)
    except NumberError:
        pass
    if gate.allowed(user, "customer.identifiers"):
        records = Identifier.objects.filter(_identifier(text)).values("record_id")
        held = Assignment.objects.filter(record_id__in=records, valid_to__isnull=True).values("customer_id")
        wanted |= Q(pk__in=held)
    return list(Customer.objects.filter(wanted).filter(gate.visible_customers(user)).order_by("-id")[:MOST])


def _identifier(text: str) -> Q:
    """Identifiers that the text may be, by their digests: an address or handle of anywhere, a number of any system."""
    ours = installation()
    digests = Digests(bytes(ours.salt))
    known = []
    if gate.reader_sees("email") and (email := email_normal(text)) is not None:
        known.append(digests.identifier("email", "", email))
    if gate.reader_sees("phone") and (phone := phone_normal(text, ours.country)) is not None:
        known.append(digests.identifier("phone", "", phone))
    if gate.reader_sees("handle") and (handle := handle_normal(text)) is not None:
        known.append(digests.identifier("handle", "", handle))
    if number := number_normal(text):
        systems = System.objects.values_list("code", flat=True)
        kinds = [kind for kind in _NUMBERS if gate.reader_sees(kind)]
        known += [digests.identifier(kind, system, number) for system in systems for kind in kinds]
    return Q(digest__in=known)


def _numbered(visible: QuerySet[Case], text: str, customers: list[int]) -> list[int]:
    """The case that has this number, and the newest of these customers."""
    cases = visible.filter(merged_into__isnull=True)
    found: list[int] = []
    try:
        numbered = Case.objects.filter(number=parse(text)).first()
        if numbered is not None:
            found += cases.filter(pk=numbered.merged_into_id or numbered.pk).values_list("id", flat=True)
    except NumberError:
        pass
    if customers:
        found += cases.filter(customer_id__in=customers).order_by("-last_at", "-id").values_list("id", flat=True)[:MOST]
    return found
