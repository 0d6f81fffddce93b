"""Search over cases, customers and numbers in any notation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from rundblick.cases.models import Case
from rundblick.cases.search.finding import find
from rundblick.cases.search.query import parse as parse_query
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.models import Installation, System
from rundblick.core.numbers import NumberError, parse
from rundblick.customers.golden import customer_names
from rundblick.customers.identifiers import email_normal, number_normal, phone_normal
from rundblick.customers.models import Customer
from rundblick.desk import sql
from rundblick.desk.pages.lists import COLUMNS, case_rows
from rundblick.desk.shapes import CustomerCard, Empty
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.sight import sight_of

CASES = 30
CUSTOMERS = 8
LONGEST = 200
_CANDIDATES = 400
_NUMBERS = ("customer_no", "account_no", "service_no", "card_no", "contract_no", "order_no")


@needs("search")
def search(request: HttpRequest) -> HttpResponse:
    """What was typed, found in cases and customers that the reader may see. A number of ours opens its page."""
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST]
    user = request.user
    context: dict[str, Any] = {"area": "search", "query": query, "empty": _empty(query)}
    if query:
        straight = _by_number(request, query)
        if straight is not None:
            return straight
        customers, customers_more = customers_found(user, query)
        rows, cases_more = _cases(user, query)
        gate.saw(request, "customer", [row["customer_id"] for row in rows], "search")
        context |= {
            "customers": customers,
            "customers_more": customers_more,
            "cases": case_rows(user, rows),
            "cases_more": cases_more,
        }
    return render(request, "desk/pages/search.html", context)


def _by_number(request: HttpRequest, query: str) -> HttpResponse | None:
    """The page of a customer's or case's own number, however it was written; merged ones lead on."""
    try:
        number = parse(query)
    except NumberError:
        return None
    customer = Customer.objects.filter(gate.visible_customers(request.user), number=number).first()
    if customer is not None:
        return redirect("desk:customer", customer.uuid)
    case = Case.objects.filter(gate.visible_cases(request.user), number=number).first()
    return redirect("desk:case", case.uuid) if case is not None else None


def customers_found(user: Any, query: str) -> tuple[list[CustomerCard], bool]:
    """Customers by an identifier in any notation, or by their name."""
    hidden = gate.hidden_fields(user, "customer")
    with cursor() as cur:
        found: list[int] = []
        if "identifiers" not in hidden:
            cur.execute(sql.CUSTOMERS_BY_IDENTIFIER, (_digests(query), _CANDIDATES))
            found = [customer for (customer,) in cur.fetchall()]
        if len(found) < CUSTOMERS and any(sign.isalpha() for sign in query) and "@" not in query:
            cur.execute(sql.CUSTOMERS_BY_NAME, (_like(query), _CANDIDATES))
            found += [customer for (customer,) in cur.fetchall() if customer not in found]
    visible = Customer.objects.filter(gate.visible_customers(user), pk__in=found, merged_into__isnull=True)
    kept = {customer.pk: customer for customer in visible}
    ordered = [kept[pk] for pk in found if pk in kept]
    more, ordered = len(ordered) > CUSTOMERS, ordered[:CUSTOMERS]
    with cursor() as cur:
        names = customer_names(cur, [c.pk for c in ordered], with_addresses="identifiers" not in hidden)
    return [CustomerCard(uuid=c.uuid, number=c.number, name=names.get(c.pk, "")) for c in ordered], more


def _digests(query: str) -> list[bytes]:
    """The digests of every identifier that the words could be: an address, a telephone number, a system's number."""
    installation = Installation.objects.filter(pk=1).first()
    if installation is None:
        return []
    of = Digests(bytes(installation.salt))
    found = []
    if gate.reader_sees("email") and (email := email_normal(query)):
        found.append(of.identifier("email", "", email))
    if gate.reader_sees("phone") and (phone := phone_normal(query, installation.country)):
        found.append(of.identifier("phone", "", phone))
    if (number := number_normal(query)) and any(sign.isdigit() for sign in number):
        issuers = System.objects.values_list("code", flat=True)
        kinds = [kind for kind in _NUMBERS if gate.reader_sees(kind)]
        found += [of.identifier(kind, issuer, number) for issuer in issuers for kind in kinds]
    return found


def _like(query: str) -> str:
    escaped = query.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _cases(user: Any, query: str) -> tuple[list[dict[str, Any]], bool]:
    found = find(
        parse_query(query), Case.objects.filter(gate.visible_cases(user)), limit=CASES, me=sight_of(user).person
    )
    rows = {row["id"]: row for row in Case.objects.filter(pk__in=[hit.case for hit in found.hits]).values(*COLUMNS)}
    return [rows[hit.case] for hit in found.hits if hit.case in rows], found.next is not None


def _empty(query: str) -> Empty:
    if not query:
        return Empty(
            _("Whom or what are you looking for?"),
            _("The number of a customer or case opens its page, in any notation. Words are found in all messages."),
            "search",
        )
    return Empty(
        _("Nothing found"),
        _("Nothing that you may see matches “%(query)s”. Try fewer words, or another spelling of the name.")
        % {"query": query[:60]},
        "search",
    )
