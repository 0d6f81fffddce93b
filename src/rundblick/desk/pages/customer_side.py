"""The customer beside a case, and the same figures on top of his page: what an agent would open other windows for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from rundblick.blindspots.measures.of_questions import fact_names
from rundblick.cases.deeds import WorkError, person_of
from rundblick.cases.models import OPEN_STATES, Case
from rundblick.cases.preferred import Preferred, choices, set_preferred
from rundblick.cases.side import Side, Talked, cases_of, open_cases, side
from rundblick.core.database import cursor
from rundblick.core.registry import Cursor
from rundblick.customers.golden import customer_names, golden_facts
from rundblick.customers.models import Customer
from rundblick.desk import sql
from rundblick.desk.pages.lists import case_rows, names_of_people, newest_cases
from rundblick.desk.pages.names import fact_label, fact_value, order_kind, system_name
from rundblick.desk.pages.records import current_records, identifiers_of, shown_facts
from rundblick.desk.pages.traces import Wanted, filter_context, order_icon, rating_words, traces, wanted_in
from rundblick.desk.shapes import CaseRow, CustomerCard, Fact, by_day
from rundblick.desk.templatetags.desk import channel_name, date, money, number, threes
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Team

BESIDE: Final = 15  # lines of the timeline beside a case
_OTHERS: Final = 6
_CONTACTS: Final = 1_000
_RATINGS: Final = 3


@dataclass(frozen=True, slots=True)
class ChannelShown:
    """The preferred channel: its code, and why in a sentence."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a section: what, and beside it small print; ``tone``: "", "bad", "risk"."""

    title: str
    beside: str = ""
    icon: str = ""
    url: str = ""
    at: datetime | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """Everything that the part desk/parts/customer_side.html shows."""

    card: CustomerCard
    tier: str = ""
    identifiers: Sequence[Fact] = ()
    channel: ChannelShown | None = None
    channels: tuple[str, ...] = ()
    promises: tuple[Line, ...] = ()
    orders: tuple[Line, ...] = ()
    ratings: tuple[Line, ...] = ()
    talked: tuple[Line, ...] = ()
    marks: tuple[Line, ...] = ()
    others: Sequence[CaseRow] = ()
    open_elsewhere: str = ""
    timeline: dict[str, Any] | None = None
    may_merge: bool = False
    may_split: bool = False
    may_set: bool = False


def beside(request: HttpRequest, case: Case) -> Beside | None:
    """The customer of a case; None where he is not known, or not to be seen by this reader."""
    user: Any = request.user
    if not case.customer_id:
        return None
    customer = Customer.objects.filter(gate.visible_customers(user), pk=case.customer_id).first()
    if customer is None:
        return None
    hidden = gate.hidden_fields(user, "customer")
    records = current_records(customer.pk)
    wanted = wanted_in(_of_side(request))
    with cursor() as cur:
        name = customer_names(cur, [customer.pk], with_addresses="identifiers" not in hidden).get(customer.pk, "")
        known = golden_facts(cur, customer.pk)
        found = side(cur, user, customer.pk, records, known)
        ratings = () if "timeline" in hidden else last_ratings(cur, records)
        timeline = None if "timeline" in hidden else _timeline(cur, user, case, customer.pk, records, wanted)
    shown = gate.shown_facts(user, {fact.kind: fact.value for fact in known})
    others, _more = newest_cases(Case.objects.filter(cases_of(user, customer.pk)).exclude(pk=case.pk), None, _OTHERS)
    n, more = open_cases(user, customer.pk, case.pk) if len(others) == _OTHERS else (_open(others), False)
    may_merge = gate.allowed(user, "customer.merge")
    return Beside(
        card=CustomerCard(
            uuid=customer.uuid,
            number=customer.number,
            name=name,
            facts=tuple(shown_facts(known, shown, "records" not in hidden)),
        ),
        tier=fact_value("tier", shown["tier"]) if shown.get("tier") else "",
        identifiers=[] if "identifiers" in hidden else identifiers_of(records, 12),
        channel=channel_words(found.channel),
        channels=tuple(choices()),
        promises=promise_lines(found, case.uuid),
        orders=order_lines(found),
        ratings=ratings,
        talked=talked_lines(found.talked),
        marks=mark_lines(found, case.pk),
        others=case_rows(user, others, with_snippets=False),
        open_elsewhere=_open_words(n, more),
        timeline=timeline,
        may_merge=may_merge,
        may_split=may_merge and len(records) > 1,
        may_set=gate.allowed(user, "case.write") and "timeline" not in hidden,
    )


def _of_side(request: HttpRequest) -> dict[str, str]:
    """The filter of the timeline beside the case; the case's own timeline has the address's plain words."""
    return {key.removeprefix("c-"): str(value) for key, value in request.GET.items() if key.startswith("c-")}


def _timeline(
    cur: Cursor, user: Any, case: Case, customer: int, records: Sequence[int], wanted: Wanted
) -> dict[str, Any]:
    page = traces(cur, user, customer, records, wanted, BESIDE)
    return {
        **filter_context(wanted, reverse("desk:case", args=[case.uuid]), page, prefix="c-"),
        "days": by_day(page.found, timezone.get_current_timezone()),
        "opened": bool(wanted.filters or wanted.place),
    }


def _open(rows: Sequence[dict[str, Any]]) -> int:
    return sum(row["state"] in OPEN_STATES for row in rows)


def _open_words(n: int, more: bool) -> str:
    if not n:
        return ""
    if more:
        return _("more than %(n)s open") % {"n": number(n)}
    return ngettext("%(n)s open", "%(n)s open", n) % {"n": number(n)}


def channel_words(found: Preferred | None) -> ChannelShown | None:
    """The preferred channel, and why that one."""
    if found is None:
        return None
    day = {"day": date(found.at)} if found.at is not None else {"day": "–"}
    if found.why == "told":
        why = _("%(system)s says so, %(day)s") % (day | {"system": system_name(found.system)})
    elif found.why == "set":
        name = names_of_people([found.by]).get(found.by or 0, "")
        why = (_("noted by %(name)s on %(day)s") % (day | {"name": name})) if name else _("noted on %(day)s") % day
    else:
        told = {"used": number(found.used), "of": number(found.of), "answered": number(found.answered), **day}
        if found.answered:
            why = _("%(used)s of his last %(of)s contacts, answered there %(answered)s times, last on %(day)s") % told
        else:
            why = _("his last contact, on %(day)s; nobody has answered him anywhere yet") % told
    return ChannelShown(found.channel, why)


def promise_lines(found: Side, here: UUID | None = None) -> tuple[Line, ...]:
    """What he was promised; without those of one case, which shows its own."""
    names = names_of_people(one.made_by for one in found.promises)
    return tuple(
        Line(
            one.text,
            " · ".join(part for part in (threes(one.number), names.get(one.made_by or 0, "")) if part),
            "clock-exclamation" if one.overdue else "clock",
            reverse("desk:case", args=[one.case]),
            one.due_at,
            "bad" if one.overdue else "",
        )
        for one in found.promises
        if one.case != here
    )


def order_lines(found: Side) -> tuple[Line, ...]:
    lines = []
    for one in found.orders:
        if not gate.reader_sees("order_no", one.key):
            continue
        parts = [one.article, money(one.amount_minor, one.currency), one.status]
        if one.promised_at is not None:
            parts.append(_("promised for %(day)s") % {"day": date(one.promised_at)})
        parts.append(system_name(one.system, one.system_name))
        title = f"{order_kind(one.kind)} {one.key}".strip()
        beside_it = ", ".join(part for part in parts if part)
        lines.append(Line(title, beside_it, order_icon(one.kind), at=one.at, tone="bad" if one.late else ""))
    return tuple(lines)


def talked_lines(talked: Sequence[Talked]) -> tuple[Line, ...]:
    """Who talked to him, over all systems."""
    names = names_of_people(one.person for one in talked)
    ids = {one.team for one in talked if one.team is not None}
    teams = dict(Team.objects.filter(pk__in=ids).values_list("id", "name")) if ids else {}
    return tuple(
        Line(
            names.get(one.person or 0) or teams.get(one.team or 0) or system_name(one.system, one.system_name),
            " · ".join(
                part
                for part in (
                    teams.get(one.team or 0, "") if one.person else "",
                    ", ".join(channel_name(channel) for channel in one.channels),
                    ngettext("%(n)s time", "%(n)s times", one.times) % {"n": number(one.times)},
                )
                if part
            ),
            "user" if one.person else "users" if one.team else "building",
            at=one.at,
        )
        for one in talked
    )


def mark_lines(found: Side, here: int) -> tuple[Line, ...]:
    """When he was asked again for what was known."""
    names = fact_names()
    rows = dict(Case.objects.filter(pk__in={one.case for one in found.marks}).values_list("id", "uuid"))
    lines = []
    for one in found.marks:
        asked = ", ".join(names.get(kind, fact_label(kind)) for kind in one.asked)
        said = _("said that he was asked before") if one.by_him else _("was asked again")
        title = f"{said}: {asked}" if asked else said
        url = reverse("desk:case", args=[rows[one.case]]) if one.case in rows and one.case != here else ""
        lines.append(Line(title, "", "question-mark", url, one.at, "risk" if one.by_him else ""))
    return tuple(lines)


def last_ratings(cur: Cursor, records: Sequence[int], most: int = _RATINGS) -> tuple[Line, ...]:
    cur.execute(sql.CUSTOMER_LAST_RATINGS, {"records": list(records), "most": most})
    return tuple(
        Line(
            rating_words(lane, kind, value, high),
            " · ".join(part for part in (" ".join((text or "").split()), portal or system_name(code, system)) if part),
            "star",
            at=at,
            tone="bad" if high > low and (value - low) / (high - low) < 0.4 else "",
        )
        for at, lane, kind, value, low, high, portal, code, system, text in cur.fetchall()
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """What stands on top of a customer's page, each as written."""

    contacts: str
    last_at: datetime | None
    open_cases: str
    promises: int
    late: int
    rating: str


def summary(cur: Cursor, user: Any, customer: int, records: Sequence[int], found: Side) -> Summary:
    """How much there is, by statements that count at most a thousand."""
    since = timezone.now() - timedelta(days=365)
    cur.execute(sql.CUSTOMER_YEAR, {"records": list(records), "since": since, "most": _CONTACTS + 1})
    n, last = cur.fetchone() or (0, None)
    ratings = last_ratings(cur, records, 1)
    opened, more = open_cases(user, customer)
    return Summary(
        f"{number(_CONTACTS)}+" if n > _CONTACTS else number(n),
        last,
        f"{number(opened)}+" if more else number(opened),
        len(found.promises),
        sum(one.overdue for one in found.promises),
        ratings[0].title if ratings else "",
    )


@needs("case.write", about="customer")
@require_POST
def channel(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How he wants to be reached, as he said; "" takes that back."""
    customer = gate.about(request, Customer)
    try:
        set_preferred(customer, request.POST.get("channel", ""), person_of(request.user))
    except WorkError:
        messages.error(request, _("Choose one of the channels, or none to go by what he uses."))
    else:
        messages.success(request, _("Noted."))
    onward = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
        onward = reverse("desk:customer", args=[customer.uuid])
    return redirect(onward)
