"""The case: its timeline, its customer beside it, and the first simple deeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.cases import work
from rundblick.cases.escalation_words import language, tier_words
from rundblick.cases.mentions import look
from rundblick.cases.models import OPEN_STATES, Case
from rundblick.cases.tiers import explained, tier_of
from rundblick.core.database import cursor
from rundblick.core.models import System
from rundblick.customers.golden import facts_in, name_in
from rundblick.desk import sql
from rundblick.desk.pages.activity import seconds_here
from rundblick.desk.pages.asking import known_beside
from rundblick.desk.pages.beside import is_beside, is_watched
from rundblick.desk.pages.commitments import promised_lines
from rundblick.desk.pages.composing import Composer, composer
from rundblick.desk.pages.customer_side import beside
from rundblick.desk.pages.due import due_lines
from rundblick.desk.pages.escalations import of_case
from rundblick.desk.pages.linking import link_rows
from rundblick.desk.pages.lists import owners_of
from rundblick.desk.pages.ownership import owned
from rundblick.desk.pages.regrouping import probable
from rundblick.desk.pages.sidetalks import talks_in
from rundblick.desk.pages.timeline import case_timeline, found_in, place_around
from rundblick.desk.pages.why import why_it_came_here
from rundblick.desk.pages.writing import present_in
from rundblick.desk.shapes import Empty, by_day, clock_of
from rundblick.people import gate
from rundblick.people.gate import needs


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
    before, more = request.GET.get("before", ""), bool(request.GET.get("before"))
    if at := request.GET.get("at", "")[:40]:
        before, more = place_around(case, at)
    timeline = case_timeline(user, case, before, talks_in(user, case, request.GET.get("talk", "")), more)
    _looked(request, case)
    gate.saw(request, "customer", [case.customer_id])
    may = _may(user, case)
    context = {
        "area": "inbox",
        "base": "desk/beside.html" if is_beside(request) else "desk/base.html",
        "watched": is_watched(request, case),
        "case": _shown(user, case, timeline.handovers),
        "back_url": reverse("desk:inbox"),
        "timeline": by_day(timeline.entries, timezone.get_current_timezone()),
        "timeline_empty": Empty(
            _("Nothing has been said yet"), _("Messages, calls and hand-overs of this case appear here."), "messages"
        ),
        "earlier_url": f"{reverse('desk:case', args=[case.uuid])}?{urlencode({'before': timeline.earlier})}"
        if timeline.earlier
        else "",
        "later": timeline.later,
        "sought": request.GET.get("find", "")[:200],
        "hits": found_in(user, case, request.GET["find"]) if request.GET.get("find") else None,
        "links": link_rows(user, case),
        "beside": beside(request, case),
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


def _looked(request: HttpRequest, case: Case) -> None:
    """Who opens the case has seen what he was named in; a page that fetches itself again was not opened."""
    if request.headers.get("HX-Request") != "true" and gate.allowed(request.user, "case.write"):
        look(getattr(request.user, "person", None), case)


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
    told: list[tuple[Q, bool]] = []  # two rights mostly reach as far as each other: then it is asked once

    def over(permission: str) -> bool:
        if not gate.allowed(user, permission):
            return False
        reach = gate.visible_cases(user, permission)
        known = next((answer for asked, answer in told if asked == reach), None)
        if known is None:
            known = Case.objects.filter(reach, pk=case.pk).exists()
            told.append((reach, known))
        return known

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
