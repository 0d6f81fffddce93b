"""The customer: number, identifiers and facts with their source, and one timeline over all systems."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.cases.preferred import choices
from rundblick.cases.side import Side, side
from rundblick.core.database import cursor
from rundblick.core.models import System
from rundblick.customers.golden import customer_names, golden_facts
from rundblick.customers.models import Customer, RecordVersion, SourceRecord
from rundblick.desk.pages import customer_side
from rundblick.desk.pages.identity import decisions
from rundblick.desk.pages.names import system_name
from rundblick.desk.pages.records import current_records, identifiers_of, shown_facts
from rundblick.desk.pages.review import bounds
from rundblick.desk.pages.traces import Traces, filter_context, traces, wanted_in
from rundblick.desk.shapes import CustomerCard, Empty, by_day
from rundblick.people import gate
from rundblick.people.gate import needs

_BOUND = 30  # records of which it is told why they are one customer; the API tells it of more


@needs("customer.read", about="customer")
def customer_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A customer; the number of one that was merged leads to the one he is now."""
    customer = gate.about(request, Customer)
    if customer.uuid != uuid:
        return redirect(f"{reverse('desk:customer', args=[customer.uuid])}?{urlencode({'from': str(uuid)})}")
    user = request.user
    hidden = gate.hidden_fields(user, "customer")
    records = current_records(customer.pk)
    wanted = wanted_in(request.GET)
    may_merge = gate.allowed(user, "customer.merge")
    with cursor() as cur:
        name = customer_names(cur, [customer.pk], with_addresses="identifiers" not in hidden).get(customer.pk, "")
        known = golden_facts(cur, customer.pk)
        bound = [] if "identifiers" in hidden or len(records) < 2 else bounds(cur, records[:_BOUND])
        decided = [] if "identifiers" in hidden else decisions(cur, customer.pk, may_merge)
        page = Traces([]) if "timeline" in hidden else traces(cur, user, customer.pk, records, wanted)
        found = Side() if "timeline" in hidden else side(cur, user, customer.pk, records, known)
        summed = None if "timeline" in hidden else customer_side.summary(cur, user, customer.pk, records, found)
    shown = gate.shown_facts(user, {fact.kind: fact.value for fact in known})
    context = {
        "area": "search",
        "customer": _card(customer, name, records, hidden, request.GET.get("from", "")),
        "facts": shown_facts(known, shown, with_source="records" not in hidden),
        "decisions": decided,
        "bounds": bound,
        "may": {
            "merge": may_merge,
            "split": may_merge and len(records) > 1,
            "set": gate.allowed(user, "case.write") and "timeline" not in hidden,
        },
        "identifiers": [] if "identifiers" in hidden else identifiers_of(records),
        "summary": summed,
        "channel": customer_side.channel_words(found.channel),
        "channels": choices(),
        "promises": customer_side.promise_lines(found),
        "orders": customer_side.order_lines(found),
        "talked": customer_side.talked_lines(found.talked),
        "marks": customer_side.mark_lines(found, 0),
        "days": by_day(page.found, timezone.get_current_timezone()),
        "filter": None if "timeline" in hidden else filter_context(wanted, request.path, page),
        "page_url": request.path,
        "empty": _nothing(bool(wanted.filters), request.path),
    }
    return render(request, "desk/pages/customer.html", context)


def _nothing(filtered: bool, path: str) -> Empty:
    if filtered:
        return Empty(
            _("Nothing matches this filter"),
            _("No contact of this customer has all of that. Clear the filter to see the others."),
            "adjustments-horizontal",
            path,
            _("Clear the filter"),
        )
    return Empty(
        _("No contacts yet"),
        _("Messages, calls, orders and ratings of this customer appear here, whichever system they come from."),
        "history",
    )


def _card(
    customer: Customer, name: str, records: Sequence[int], hidden: frozenset[str], came_from: str
) -> CustomerCard:
    systems: list[str] = []
    if "records" not in hidden and records:
        ids = SourceRecord.objects.filter(id__in=records).values("system_id")
        systems = sorted({system_name(s.code, s.name) for s in System.objects.filter(id__in=ids)})
    led_from = ""
    try:
        former = Customer.objects.filter(uuid=UUID(came_from)).first() if came_from else None
    except ValueError:
        former = None
    if former is not None and former.merged_into_id == customer.pk:
        led_from = former.number
    return CustomerCard(
        uuid=customer.uuid,
        number=customer.number,
        name=name,
        since=RecordVersion.objects.filter(record_id__in=records).aggregate(first=Min("seen_at"))["first"],
        systems=tuple(systems),
        led_from=led_from,
    )
