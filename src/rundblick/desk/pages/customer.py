"""The customer: number, identifiers and facts with their source, and one timeline over all systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.channels.email.quoting import visible_text
from rundblick.core.database import cursor
from rundblick.core.models import System
from rundblick.core.registry import Cursor
from rundblick.customers.golden import KnownFact, customer_names, golden_facts
from rundblick.customers.models import Assignment, Customer, Identifier, RecordVersion, SourceRecord
from rundblick.customers.reaching import Unreachable
from rundblick.desk import sql
from rundblick.desk.pages.identity import decisions
from rundblick.desk.pages.lists import opening, page_key, read_page_key
from rundblick.desk.pages.names import (
    fact_label,
    fact_value,
    facts_in_order,
    identifier_label,
    order_kind,
    sender_label,
    system_name,
    why_it_counts,
)
from rundblick.desk.pages.review import bounds
from rundblick.desk.shapes import CustomerCard, Empty, Fact, Trace, by_day
from rundblick.desk.templatetags.desk import channel_icon, channel_name, date, money, number
from rundblick.intake.replying import troubled_addresses
from rundblick.people import gate
from rundblick.people.gate import needs

PAGE = 60
_RECORDS = 2_000  # of one customer; more are no person but a shared address
_IDENTIFIERS = 60
_BOUND = 30  # records of which it is told why they are one customer; the API tells it of more


@needs("customer.read", about="customer")
def customer_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A customer; the number of one that was merged leads to the one he is now."""
    customer = gate.about(request, Customer)
    if customer.uuid != uuid:
        return redirect(f"{reverse('desk:customer', args=[customer.uuid])}?{urlencode({'from': str(uuid)})}")
    user = request.user
    hidden = gate.hidden_fields(user, "customer")
    records = list(
        Assignment.objects.filter(customer=customer, valid_to__isnull=True).values_list("record_id", flat=True)[
            :_RECORDS
        ]
    )
    place = read_page_key(request.GET.get("before", ""))
    may_merge = gate.allowed(user, "customer.merge")
    with cursor() as cur:
        name = customer_names(cur, [customer.pk], with_addresses="identifiers" not in hidden).get(customer.pk, "")
        known = golden_facts(cur, customer.pk)
        bound = [] if "identifiers" in hidden or len(records) < 2 else bounds(cur, records[:_BOUND])
        decided = [] if "identifiers" in hidden else decisions(cur, customer.pk, may_merge)
        traces, older = ([], "") if "timeline" in hidden else _traces(cur, user, customer, records, place)
    shown = gate.shown_facts(user, {fact.kind: fact.value for fact in known})
    facts = _facts(known, shown, with_source="records" not in hidden)
    context = {
        "area": "search",
        "customer": _card(customer, name, records, hidden, request.GET.get("from", "")),
        "facts": facts,
        "decisions": decided,
        "bounds": bound,
        "may": {"merge": may_merge, "split": may_merge and len(records) > 1},
        "identifiers": [] if "identifiers" in hidden else _identifiers(records),
        "timeline": by_day(traces, timezone.get_current_timezone()),
        "older_url": f"{request.path}?{urlencode({'before': older})}" if older else "",
        "empty": Empty(
            _("No contacts yet"),
            _("Messages, calls, orders and ratings of this customer appear here, whichever system they come from."),
            "history",
        ),
    }
    return render(request, "desk/pages/customer.html", context)


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


def _facts(known: Sequence[KnownFact], shown: dict[str, str], with_source: bool) -> list[Fact]:
    told = {fact.kind: fact for fact in known}
    return [_fact(told[kind], with_source) for kind in facts_in_order(shown)]


def _fact(told: KnownFact, with_source: bool) -> Fact:
    """A fact; whoever may not see the systems sees neither what others of them say."""
    if not with_source:
        return Fact(fact_label(told.kind), fact_value(told.kind, told.value), "", told.seen_at)
    others = tuple(
        Fact("", fact_value(told.kind, one.value), system_name(one.system), one.seen_at, one.verified)
        for one in told.others
    )
    return Fact(
        fact_label(told.kind),
        fact_value(told.kind, told.value),
        system_name(told.system),
        told.seen_at,
        told.verified,
        why_it_counts(told.rule) if others else "",
        others,
    )


def _identifiers(records: Sequence[int]) -> list[Fact]:
    rows = (
        Identifier.objects.filter(record_id__in=records)
        .exclude(value="")
        .order_by("strength", "kind", "-seen_at")
        .values_list("kind", "value", "issuer", "verified", "seen_at", "record__system__code", "record__system__name")
    )
    found: dict[tuple[str, str, str], Fact] = {}
    for kind, value, issuer, verified, seen_at, code, system in rows[: _IDENTIFIERS * 4]:
        if not gate.reader_sees(kind, value):
            continue
        key = (kind, issuer, value)
        if key not in found or (verified and not found[key].verified):
            found[key] = Fact(identifier_label(kind), value, system_name(code, system), seen_at, verified)
    shown = list(found.values())[:_IDENTIFIERS]
    troubles = {one.address: one for one in troubled_addresses([one.value for one in shown if "@" in one.value])}
    return [replace(one, why=_unreached(troubles[one.value])) if one.value in troubles else one for one in shown]


def _unreached(trouble: Unreachable) -> str:
    """That an address could not be reached, and when."""
    day = {"day": date(trouble.last_at)}
    if trouble.hard:
        return _("mail came back on %(day)s: there is no such mailbox") % day
    return _("mail could not be delivered on %(day)s") % day


def _traces(
    cur: Cursor, user: Any, customer: Customer, records: Sequence[int], place: tuple[datetime, int] | None
) -> tuple[list[Trace], str]:
    """The newest part of everything that happened, over all systems, before a moment."""
    before = place[0] if place else datetime.now(UTC) + timedelta(days=3650)
    given = {"records": list(records), "customer": customer.pk, "before": before, "limit": PAGE + 1}
    found: list[Trace] = []
    for statement, told in (
        (sql.CUSTOMER_MESSAGES, _message),
        (sql.CUSTOMER_CASES, _case),
        (sql.CUSTOMER_ORDERS, _order),
        (sql.CUSTOMER_RATINGS, _rating),
    ):
        cur.execute(statement, given)
        found += [told(row) for row in cur.fetchall()]
    found.sort(key=lambda trace: trace.at, reverse=True)
    if len(found) <= PAGE:
        return found, ""
    # the next part starts strictly before this moment, so a moment is never cut in two
    last = found[PAGE - 1].at
    kept = [trace for trace in found if trace.at >= last]
    return kept, page_key(last, 0)


def _message(row: tuple[Any, ...]) -> Trace:
    at, _id, _uuid, channel, direction, sender, case, _number, code, system, subject, text = row
    words = {"in": channel_name(channel), "out": _("Our answer, %(channel)s"), "note": _("Internal note")}[direction]
    title = subject or (words % {"channel": channel_name(channel)} if "%" in words else words)
    kind = sender_label(sender)
    source = " · ".join(
        part
        for part in (
            words % {"channel": channel_name(channel)} if "%" in words else words,
            kind,
            system_name(code, system),
        )
        if part
    )
    icon = "note" if direction == "note" else channel_icon(channel)
    told = opening(visible_text(text or ""), 200)
    return Trace(at=at, icon=icon, title=title, text=told, source=source, url=_case_url(case))


def _case(row: tuple[Any, ...]) -> Trace:
    at, _id, uuid, case_number, state, channel, topic, subject, code, system = row
    return Trace(
        at=at,
        icon=channel_icon(channel) if channel else "circle-dot",
        title=subject or topic or _("Case %(number)s") % {"number": case_number},
        source=" · ".join(
            part for part in (channel_name(channel) if channel else "", system_name(code or "", system or "")) if part
        ),
        url=_case_url(uuid),
        state=state,
    )


def _order(row: tuple[Any, ...]) -> Trace:
    at, _id, kind, status, amount, currency, article, key, promised, done, code, system = row
    parts = [article, money(amount, currency), status]
    if promised:
        parts.append(_("promised for %(day)s") % {"day": date(promised)})
    if done:
        parts.append(_("done on %(day)s") % {"day": date(done)})
    icon = {"return": "arrow-back-up", "payment": "hash", "repair": "settings"}.get(kind, "shopping-cart")
    return Trace(
        at=at,
        icon=icon,
        title=f"{order_kind(kind)} {key}".strip(),
        text=", ".join(part for part in parts if part),
        source=system_name(code, system),
    )


def _rating(row: tuple[Any, ...]) -> Trace:
    at, _id, lane, kind, value, _low, high, portal, code, system, text = row
    given = _("%(value)s of %(high)s") % {
        "value": number(value, 0 if float(value).is_integer() else 1),
        "high": number(high),
    }
    name = _("Review") if lane == "review" else {"csat": "CSAT", "nps": "NPS", "ces": "CES"}.get(kind, _("Rating"))
    return Trace(
        at=at,
        icon="star",
        title=f"{name}: {given}",
        text=" ".join((text or "").split()),
        source=portal or system_name(code, system),
    )


def _case_url(uuid: UUID | None) -> str:
    return reverse("desk:case", args=[uuid]) if uuid else ""
