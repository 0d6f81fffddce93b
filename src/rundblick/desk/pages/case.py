"""The case: its timeline, its customer beside it, and the first simple deeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.cases import work
from rundblick.cases.escalation_words import language, tier_words
from rundblick.cases.models import OPEN_STATES, Case
from rundblick.cases.tiers import explained, tier_of
from rundblick.core.database import cursor
from rundblick.core.models import System
from rundblick.customers.golden import KnownFact, customer_names, facts_in, golden_facts, name_in
from rundblick.customers.models import Customer
from rundblick.desk import sql
from rundblick.desk.pages.activity import seconds_here
from rundblick.desk.pages.asking import known_beside
from rundblick.desk.pages.commitments import promised_lines
from rundblick.desk.pages.composing import Composer, composer
from rundblick.desk.pages.due import due_lines
from rundblick.desk.pages.escalations import of_case
from rundblick.desk.pages.lists import case_rows, newest_cases, owners_of
from rundblick.desk.pages.names import fact_label, fact_value
from rundblick.desk.pages.ownership import owned
from rundblick.desk.pages.regrouping import probable
from rundblick.desk.pages.timeline import case_timeline
from rundblick.desk.pages.why import why_it_came_here
from rundblick.desk.pages.writing import present_in
from rundblick.desk.shapes import CaseRow, CustomerCard, Empty, Fact, by_day, clock_of
from rundblick.people import gate
from rundblick.people.gate import needs

_FACTS_BESIDE = ("company", "city", "tier", "language", "preferred_channel", "since")
_OTHERS = 6


@needs("case.read", about="case")
def case_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A case with its timeline; an old number of a joined case leads to the case it was joined to."""
    case = gate.about(request, Case)
    if case.uuid != uuid:
        return redirect("desk:case", case.uuid)
    return _page(request, case)


def case_again(request: HttpRequest, case: Case, shown: Composer, status: int = 200) -> HttpResponse:
    """The page with the composer as it was sent, and what is wrong with it or to be looked at first."""
    return _page(request, case, shown, status)


def _page(request: HttpRequest, case: Case, shown: Composer | None = None, status: int = 200) -> HttpResponse:
    user = request.user
    timeline = case_timeline(user, case, request.GET.get("before", ""))
    gate.saw(request, "customer", [case.customer_id])
    may = _may(user, case)
    context = {
        "area": "inbox",
        "case": _shown(user, case, timeline.handovers),
        "back_url": reverse("desk:inbox"),
        "timeline": by_day(timeline.entries, timezone.get_current_timezone()),
        "timeline_empty": Empty(
            _("Nothing has been said yet"), _("Messages, calls and hand-overs of this case appear here."), "messages"
        ),
        "earlier_url": f"{reverse('desk:case', args=[case.uuid])}?{urlencode({'before': timeline.earlier})}"
        if timeline.earlier
        else "",
        "customer": _customer_card(user, case),
        "other_cases": _other_cases(user, case),
        "probable": probable(user, case),
        "participants": _participants(user, case),
        "why": why_it_came_here(case),
        "may": may,
        "known": known_beside(user, case),
        "due": due_lines(case),
        "owned": owned(user, case, timeline.handed, may),
        "promised": promised_lines(case),
        "worked": seconds_here(request, case) if may["write"] else "",
        "escalations": of_case(request, case),
        "tier": _tier(user, case),
        "composer": shown or (composer(user, case) if may["write"] else None),
        "present": present_in(case, getattr(user, "person", None)) if may["write"] else [],
        "page_url": reverse("desk:case", args=[case.uuid]),
    }
    return render(request, "desk/pages/case.html", context, status=status)


@needs("case.write", about="case")
@require_POST
def note(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Adds an internal note."""
    case = gate.about(request, Case)
    if text := request.POST.get("text", "").strip():
        work.add_note(case, text, by=work.person_of(request.user))
        messages.success(request, _("The note is in the timeline."), extra_tags=f"note-{case.uuid}")
    else:
        messages.error(request, _("The note was empty, so nothing was added."))
    return redirect("desk:case", case.uuid)


@needs("case.write", about="case")
@require_POST
def resolve(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _deed(request, work.resolve, _("The case is resolved."))


@needs("case.write", about="case")
@require_POST
def reopen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _deed(request, work.reopen, _("The case is open again."))


def _deed(request: HttpRequest, deed: Callable[..., object], done: str) -> HttpResponse:
    """Does something that may have been done by somebody else meanwhile; then that is said, and nothing happens."""
    case = gate.about(request, Case)
    try:
        deed(case, by=work.person_of(request.user))
    except work.WorkError:
        messages.warning(request, _("Somebody was faster: the case has this state already."))
    else:
        messages.success(request, done)
    return redirect("desk:case", case.uuid)


def _may(user: Any, case: Case) -> dict[str, bool]:
    def over(permission: str) -> bool:
        return (
            gate.allowed(user, permission)
            and Case.objects.filter(gate.visible_cases(user, permission), pk=case.pk).exists()
        )

    return {"write": over("case.write"), "handover": over("case.handover")}


def _tier(user: Any, case: Case) -> str:
    """The case's tier and why it has it; "" of a case without one, or for whom that is hidden."""
    if "tier" in gate.hidden_fields(user, "case"):
        return ""
    found = explained(case)
    if case.tier and (found is None or case.tier != tier_of(found[2], found[1])):
        name = found[2].name_of(case.tier, language()) if found else case.tier
        return _("%(tier)s, as its system says") % {"tier": name} if case.system_id else name
    return tier_words(*found) if found is not None else ""


def _shown(user: Any, case: Case, handovers: int | None) -> dict[str, Any]:
    content = getattr(case, "content", None)
    row = {"owner_person_id": case.owner_person_id, "owner_team_id": case.owner_team_id}
    system = System.objects.filter(pk=case.system_id).first() if case.system_id else None
    return {
        "uuid": case.uuid,
        "number": case.number,
        "title": (content.subject if content else "") or case.topic,
        "key": content.key if content else "",
        "state": case.state,
        "is_open": case.state in OPEN_STATES,
        "flagged": case.flagged,
        "channel": case.channel,
        "topic": case.topic,
        "owner": owners_of(user, [row])[0],
        "clock": clock_of(case.state, case.opened_at, case.resolved_at, timezone.now()),
        "opened_at": case.opened_at,
        "first_reply_at": case.first_reply_at,
        "resolved_at": case.resolved_at,
        "handovers": handovers,
        "system": str(system) if system else "",
    }


def _customer_card(user: Any, case: Case) -> CustomerCard | None:
    customer = (
        Customer.objects.filter(gate.visible_customers(user), pk=case.customer_id).first() if case.customer_id else None
    )
    if customer is None:
        return None
    hidden = gate.hidden_fields(user, "customer")
    with cursor() as cur:
        name = customer_names(cur, [customer.pk], with_addresses="identifiers" not in hidden).get(customer.pk, "")
        known = golden_facts(cur, customer.pk)
    return CustomerCard(uuid=customer.uuid, number=customer.number, name=name, facts=_facts(user, known))


def _facts(user: Any, known: list[KnownFact]) -> tuple[Fact, ...]:
    by_kind = {fact.kind: fact for fact in known}
    shown = gate.shown_facts(user, {kind: fact.value for kind, fact in by_kind.items()})
    return tuple(Fact(fact_label(kind), fact_value(kind, shown[kind])) for kind in _FACTS_BESIDE if kind in shown)


def _other_cases(user: Any, case: Case) -> list[CaseRow]:
    if not case.customer_id:
        return []
    others = Case.objects.filter(gate.visible_cases(user), customer_id=case.customer_id).exclude(pk=case.pk)
    rows, _more = newest_cases(others, None, _OTHERS)
    return case_rows(user, rows, with_snippets=False)


def _participants(user: Any, case: Case) -> list[dict[str, str]]:
    """Those who take part beside the customer himself, by the name their system gives them."""
    if "identifiers" in gate.hidden_fields(user, "customer"):
        return []
    parts = dict(case.participants.exclude(part="concerned").values_list("record_id", "part")[:40])
    if not parts:
        return []
    with cursor() as cur:
        cur.execute(sql.RECORD_NAMES, (list(parts),))
        rows = cur.fetchall()
    labels = {"copied": _("copied"), "on_behalf": _("on behalf of")}
    return [
        {"name": name_in(facts_in(facts)) or key, "part": labels.get(parts[record], parts[record])}
        for record, key, facts, _system in rows
    ]
