"""Who is this? A person's facts, as somebody says them on the telephone, and the customers whom they fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.models import System
from rundblick.customers.golden import customer_names
from rundblick.customers.models import Customer
from rundblick.customers.weighed.looking import LONGEST, NEW, SAME, Hit, asked_for, who_is
from rundblick.customers.weighed.words import against, rule_label
from rundblick.desk.pages.names import fact_label, system_name
from rundblick.desk.pages.review import falls, signed
from rundblick.desk.shapes import CustomerCard, Empty, Fall
from rundblick.people import gate
from rundblick.people.gate import needs

_ASKED = (
    "first_name", "last_name", "birth_date", "street", "postcode", "city", "email", "phone", "customer_no",
    "former_last_name", "former_street", "former_postcode", "former_city",
)  # fmt: skip
_TYPES = {"birth_date": "date", "email": "email", "phone": "tel"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form."""

    name: str
    label: str
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Meant:
    """A customer who may be meant: by which record, how probably (%, None where nothing was weighed), and why."""

    card: CustomerCard
    is_sure: bool
    percent: int | None
    why: str
    where: str
    falls: tuple[Fall, ...]
    total: str


@needs("customer.identifiers")
def who(request: HttpRequest) -> HttpResponse:
    """The form; asked, with who may be meant. Asked by POST: what names a person stands in no address."""
    # what somebody does not see he does not find out by asking either
    asked = [name for name in _ASKED if gate.reader_sees(name)]
    told = {name: request.POST.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in asked}
    context: dict[str, Any] = {
        "area": "search",
        "fields": [Field(name, fact_label(name), _TYPES.get(name, "text"), told[name]) for name in asked],
        "empty": Empty(
            _("Who is this?"),
            _("Write down what you were told. A name with a birth date, an address or a telephone number is enough."),
            "user-search",
        ),
    }
    if any(told.values()):
        context |= _found(request, told)
    return render(request, "desk/pages/who.html", context)


def _found(request: HttpRequest, told: dict[str, str]) -> dict[str, Any]:
    ours = installation()
    with cursor() as cur:
        found = who_is(cur, Digests(bytes(ours.salt)), asked_for(told, ours.country), gate.seen_of(request.user))
        customers = Customer.objects.in_bulk([hit.customer for hit in found.hits])
        names = customer_names(cur, list(customers))
    gate.saw(request, "customer", list(customers), "search")
    systems = dict(System.objects.values_list("code", "name"))
    said = {
        SAME: _("It is the first one."),
        NEW: _("Nobody you may see fits: probably somebody new."),
    }.get(found.decision, _("It may be one of these. Ask for something that tells them apart."))
    return {
        "asked": True,
        "decision": found.decision,
        "said": said,
        "model": found.model,
        "meant": [_meant(hit, customers[hit.customer], names.get(hit.customer, ""), systems) for hit in found.hits],
    }


def _meant(hit: Hit, customer: Customer, name: str, systems: dict[str, str]) -> Meant:
    percent = None if hit.probability is None else min(99, round(100 * hit.probability))
    why = rule_label(hit.rule) if hit.rule in ("same_number", "number", "weight") else against(hit.rule)
    return Meant(
        CustomerCard(uuid=customer.uuid, number=customer.number, name=name),
        hit.decision == SAME,
        percent,
        why,
        f"{system_name(hit.system, systems.get(hit.system, ''))} {hit.key}",
        tuple(falls(hit.steps)),
        signed(hit.score) if hit.score is not None else "",
    )
