"""Who is one customer: two numbers merged, records split off, and what was decided, with a way back."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases.models import OPEN_STATES, Case
from rundblick.cases.work import person_of
from rundblick.core.database import cursor
from rundblick.core.numbers import NumberError, parse, spaced
from rundblick.core.registry import Cursor
from rundblick.customers.golden import customer_names, facts_in, golden_facts, name_in
from rundblick.customers.history import ActShown, EngineMove, acts_of, engine_moves
from rundblick.customers.merging import (
    IdentityError,
    living,
    merge_customers,
    speaks_against,
    split_customer,
    undo,
)
from rundblick.customers.models import Customer, Identifier, IdentityAct
from rundblick.customers.words import objection, refusal
from rundblick.desk import sql
from rundblick.desk.pages.lists import names_of_people
from rundblick.desk.pages.names import fact_label, fact_value, facts_in_order, identifier_label, system_name
from rundblick.desk.pages.search import LONGEST, customers_found
from rundblick.desk.shapes import Along, CustomerCard, Decided, Part, Side
from rundblick.people import gate
from rundblick.people.gate import needs

_RECORDS = 2_000
_MOVES = 20  # of the engine; all of them are in the API
_IDENTIFIERS_SHOWN = 12
_TOLD = ("birth_date", "street", "postcode", "city", "company")  # what tells records of one name apart


# -- merge -----------------------------------------------------------------------------------------------------------


@needs("customer.merge", about="customer")
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Find the other number, see both side by side with what speaks against it, and confirm."""
    customer = gate.about(request, Customer)
    if customer.uuid != uuid:
        return redirect("desk:merge", customer.uuid)
    asked = request.POST if request.method == "POST" else request.GET
    other = _other(request, customer, asked.get("with", ""))
    if other is None:
        return _find(request, customer)
    against = speaks_against(customer.pk, other.pk)
    reason, fault = request.POST.get("reason", ""), ""
    if request.method == "POST":
        try:
            merge_customers(
                customer.pk, other.pk, person_of(request.user).pk, reason, bool(request.POST.get("override"))
            )
        except IdentityError as error:
            if error.code == "same":
                messages.warning(request, refusal(error))
                return redirect("desk:customer", customer.uuid)
            fault, against = refusal(error), list(error.against) or against
        else:
            text = _("Merged. The number %(number)s leads here from now on.") % {"number": spaced(other.number)}
            messages.success(request, text)
            return redirect("desk:customer", customer.uuid)
    gate.saw(request, "customer", [other.pk])
    context = {
        "area": "search",
        "customer": _card(customer),
        "other": _card(other),
        "sides": _sides(customer, other),
        "against": [objection(one) for one in against],
        "reason": reason,
        "fault": fault,
    }
    return render(request, "desk/pages/merge.html", context, status=422 if fault else 200)


def _find(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The search for the other number; before anything is typed, those of the same name.

    A number of ours that was typed in full needs no list.
    """
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:LONGEST]
    card = _card(customer)
    hits: list[CustomerCard] = []
    more, fault = False, ""
    try:
        number = parse(query)
    except NumberError:
        if wanted := query or card.name:
            found, more = customers_found(request.user, wanted)
            hits = [hit for hit in found if hit.uuid != customer.uuid]
        fault = _("Nobody else was found. Try fewer words, or the number.") if query and not hits else ""
    else:
        named = Customer.objects.filter(number=number).first()
        if named is not None and _other(request, customer, str(named.uuid)) is not None:
            return redirect(f"{reverse('desk:merge', args=[customer.uuid])}?{urlencode({'with': str(named.uuid)})}")
        own = named is not None and customer.pk in (named.pk, named.merged_into_id)
        fault = _("This number leads to this customer already.") if own else _("There is no such number.")
    seen = Customer.objects.filter(uuid__in=[hit.uuid for hit in hits]).values_list("id", flat=True)
    gate.saw(request, "customer", seen)
    context = {
        "area": "search",
        "customer": card,
        "query": query,
        "hits": hits,
        "more": more,
        "fault": fault,
    }
    return render(request, "desk/pages/merge_find.html", context)


def _other(request: HttpRequest, customer: Customer, text: str) -> Customer | None:
    """The customer that was named, under the number he has now; None where there is none that the reader may see."""
    try:
        named = Customer.objects.filter(uuid=UUID(text)).first() if text else None
    except ValueError:
        named = None
    if named is None:
        return None
    with cursor() as cur:
        now = living(cur, named.pk)
    if now == customer.pk:
        return None
    return Customer.objects.filter(gate.visible_customers(request.user, "customer.merge"), pk=now).first()


def _sides(one: Customer, other: Customer) -> list[Side]:
    """What is known of both, line by line."""
    with cursor() as cur:
        mine = gate.seen_facts({fact.kind: fact.value for fact in golden_facts(cur, one.pk)})
        theirs = gate.seen_facts({fact.kind: fact.value for fact in golden_facts(cur, other.pk)})
        parts = [_parts(cur, customer.pk) for customer in (one, other)]
    sides = []
    for kind in facts_in_order({*mine, *theirs}):
        a, b = mine.get(kind, ""), theirs.get(kind, "")
        differs = bool(a and b) and " ".join(a.casefold().split()) != " ".join(b.casefold().split())
        sides.append(
            Side(fact_label(kind), fact_value(kind, a) if a else "", fact_value(kind, b) if b else "", differs)
        )
    opened = [Case.objects.filter(customer_id=c.pk, merged_into__isnull=True) for c in (one, other)]
    both = [
        (_("Identifiers"), [_lines({i for part in found for i in part.identifiers}) for found in parts]),
        (_("Systems"), [_lines({part.system for part in found}) for found in parts]),
        (_("Records"), [str(len(found)) for found in parts]),
        (_("Cases"), [str(cases.count()) for cases in opened]),
        (_("of these open"), [str(cases.filter(state__in=OPEN_STATES).count()) for cases in opened]),
    ]
    return sides + [Side(label, left, right) for label, (left, right) in both]


def _lines(values: set[str]) -> str:
    kept = sorted(values)[:_IDENTIFIERS_SHOWN]
    return "\n".join([*kept, "…"] if len(values) > len(kept) else kept)


# -- split -----------------------------------------------------------------------------------------------------------


@needs("customer.merge", about="customer")
@require_http_methods(["GET", "POST"])
def split(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Tick the records that are somebody else, see what goes along, and confirm."""
    customer = gate.about(request, Customer)
    if customer.uuid != uuid:
        return redirect("desk:split", customer.uuid)
    wanted = set(request.POST.getlist("records"))
    with cursor() as cur:
        parts = _parts(cur, customer.pk, wanted)
    chosen = [part for part in parts if part.chosen]
    reason, fault, along = request.POST.get("reason", ""), "", None
    if request.method == "POST":
        along = _along(chosen)
        fault = _no_split(len(wanted), len(chosen), len(parts))
        if not fault and request.POST.get("do") == "split":
            try:
                act = split_customer(customer.pk, [part.id for part in chosen], person_of(request.user).pk, reason)
            except IdentityError as error:
                fault = refusal(error)
            else:
                new = Customer.objects.get(pk=act.other_id)
                messages.success(request, _("Split off under the number %(number)s.") % {"number": spaced(new.number)})
                return redirect("desk:customer", customer.uuid)
    context = {
        "area": "search",
        "customer": _card(customer),
        "parts": parts,
        "reason": reason,
        "fault": fault,
        "along": None if fault and not chosen else along,
        "stays": _along([part for part in parts if not part.chosen]),
    }
    return render(request, "desk/pages/split.html", context, status=422 if fault else 200)


def _no_split(wanted: int, chosen: int, all_: int) -> str:
    """Why these records cannot be split off, "" where they can."""
    code = "nothing" if not wanted else "not_theirs" if chosen < wanted else "everything" if chosen == all_ else ""
    return refusal(IdentityError(code)) if code else ""


def _parts(cur: Cursor, customer: int, chosen: set[str] | frozenset[str] = frozenset()) -> list[Part]:
    """A customer's records, each with what came through it."""
    cur.execute(sql.WITH_RECORDS, (customer, _RECORDS))
    rows = cur.fetchall()
    told: dict[int, list[str]] = {}
    found = Identifier.objects.filter(record_id__in=[row[0] for row in rows]).exclude(value="").order_by("kind", "id")
    for record, kind, value in found.values_list("record_id", "kind", "value"):
        if not gate.reader_sees(kind, value):
            continue
        told.setdefault(record, []).append(f"{identifier_label(kind)} {value}")
    return [
        Part(
            record,
            uuid,
            system_name(code, name),
            key or "",
            _who(gate.seen_facts(facts_in(facts))) if facts else "",
            tuple(told.get(record, ())),
            messages_,
            cases,
            orders,
            ratings,
            seen_at,
            str(uuid) in chosen,
        )
        for record, uuid, code, name, key, facts, seen_at, messages_, cases, orders, ratings in rows
    ]


def _who(facts: dict[str, str]) -> str:
    """How a record calls somebody, with what tells him from others of that name."""
    return ", ".join(
        part for part in (name_in(facts), *(fact_value(kind, facts.get(kind, "")) for kind in _TOLD)) if part
    )


def _along(parts: Sequence[Part]) -> Along:
    return Along(
        len(parts),
        sum(part.messages for part in parts),
        sum(part.cases for part in parts),
        sum(part.orders for part in parts),
        sum(part.ratings for part in parts),
    )


# -- what was decided ------------------------------------------------------------------------------------------------


@needs("customer.merge", about="identity_act")
@require_POST
def undo_act(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Takes a merge, a split or an undo back, with one click."""
    act = gate.about(request, IdentityAct)
    try:
        undo(act.pk, person_of(request.user).pk)
    except IdentityError as error:
        messages.warning(request, refusal(error))
    else:
        messages.success(request, _undone(act))
    with cursor() as cur:
        shown = Customer.objects.get(pk=living(cur, act.customer_id))
    return redirect("desk:customer", _uuid(request.POST.get("back", "")) or shown.uuid)


def _undone(act: IdentityAct) -> str:
    """What came of it: whoever is bound by what both prove stays together."""
    with cursor() as cur:
        one = living(cur, act.customer_id) == living(cur, act.other_id)
        root = act
        while root.undoes_id is not None:
            root = IdentityAct.objects.get(pk=root.undoes_id)
        root.refresh_from_db()
    if root.kind == IdentityAct.MERGE and not root.standing and one:
        return _("Taken back. They stay together all the same: they share an identifier that proves it.")
    return _("Done again.") if root.standing else _("Taken back. The numbers lead to where they led before.")


_ICONS = {
    "merge": "git-merge",
    "split": "arrows-split",
    "apart": "arrows-split",
    "confirm": "circle-check",
    "undo": "arrow-back-up",
}


def decisions(cur: Cursor, customer: int, may: bool) -> list[Decided]:
    """What people decided about a customer and what came by itself, newest first; ``may``: the reader may undo."""
    acts = acts_of(cur, customer)
    names = names_of_people({act.by for act in acts})
    told = [
        Decided(
            act.uuid,
            _told(act),
            act.at,
            names.get(act.by, "") if act.by else _("by the system"),
            act.reason,
            _ICONS[act.kind],
            act.standing,
            "" if not (may and act.undoable) else _("Do it again") if act.kind == IdentityAct.UNDO else _("Undo"),
        )
        for act in acts
    ]
    told += [
        Decided(None, _came(move), move.at, _("by the system, because of a shared identifier"), "", "git-merge", True)
        for move in engine_moves(cur, customer, _MOVES)
    ]
    return sorted(told, key=lambda one: one.at, reverse=True)


def _came(move: EngineMove) -> str:
    return ngettext(
        "%(n)d record came from %(one)s to %(other)s", "%(n)d records came from %(one)s to %(other)s", move.records
    ) % {"n": move.records, "one": spaced(move.source), "other": spaced(move.target)}


def _told(act: ActShown) -> str:
    facts = {"one": spaced(act.customer.number), "other": spaced(act.other.number), "n": act.records}
    if act.kind == IdentityAct.MERGE:
        text = _("%(other)s was merged into %(one)s") % facts
    elif act.kind == IdentityAct.SPLIT:
        text = ngettext(
            "%(n)d record of %(one)s was split off as %(other)s",
            "%(n)d records of %(one)s were split off as %(other)s",
            act.records,
        )
        text %= facts
    elif act.kind == IdentityAct.APART:
        text = _("%(one)s and %(other)s are two people") % facts
    elif act.kind == IdentityAct.CONFIRM:
        text = _("The records of %(one)s are one person") % facts
    else:
        text = _("A decision about %(one)s and %(other)s was taken back") % facts
    return _("%(deed)s, though something spoke against it") % {"deed": text} if act.override else text


# -- small pieces ----------------------------------------------------------------------------------------------------


def _card(customer: Customer) -> CustomerCard:
    with cursor() as cur:
        name = customer_names(cur, [customer.pk]).get(customer.pk, "")
    return CustomerCard(uuid=customer.uuid, number=customer.number, name=name)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
