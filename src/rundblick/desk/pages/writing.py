"""Beside the composer: text modules and suggestions, two pages with one draft, who else is here, sending later."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from rundblick.cases import later, presence, suggesting, templates, work
from rundblick.cases.drafts import beside, choose, save_draft
from rundblick.cases.due import due_of
from rundblick.cases.models import Case, Draft, Message
from rundblick.cases.suggesting import Suggestion
from rundblick.core.calendars import Calendar
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.customers.golden import customer_names
from rundblick.customers.models import Customer
from rundblick.desk.pages.dialogs import in_case
from rundblick.desk.pages.lists import names_of_people
from rundblick.desk.templatetags.desk import moment
from rundblick.intake.outbox import OutboxError, reschedule
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.hours import calendar_of, timetables
from rundblick.people.models import Team
from rundblick.people.sight import sight_of


@dataclass(frozen=True, slots=True)
class BesideText:
    """Another text for the same draft, whose it is, and where one chooses."""

    name: str
    text: str
    url: str


def teams_of(user: Any) -> tuple[int, ...]:
    return sight_of(user, getattr(user, "rundblick_token", None)).teams


def known_of(user: Any, case: Case) -> dict[str, str]:
    """What the places of a text module become in a case, for this reader: what is hidden from him stays open."""
    known = {"case_number": case.number, "team": _team(case)}
    person = getattr(user, "person", None)
    known["agent_name"] = names_of_people([person.pk]).get(person.pk, "") if person is not None else ""
    seen = Customer.objects.filter(gate.visible_customers(user))
    customer = seen.filter(pk=case.customer_id).first() if case.customer_id else None
    if customer is not None:
        with cursor() as cur:
            known["customer_name"] = customer_names(cur, [customer.pk], with_addresses=False).get(customer.pk, "")
        if "customer_number" not in gate.hidden_fields(user, "case"):
            known["customer_number"] = customer.number
    promised = next((one.at for one in due_of(case) if one.kind == "resolution" and one.at is not None), None)
    known["due"] = moment(promised) if promised is not None else ""
    return known


def _team(case: Case) -> str:
    team = case.owner_team_id
    return Team.objects.filter(pk=team).values_list("name", flat=True).first() or "" if team else ""


def place_fault(text: str) -> str:
    """The sentence about places that still stand in an answer; "" when none does."""
    left = templates.open_places(text)
    if not left:
        return ""
    named = ", ".join(f"{{{{{one}}}}} ({templates.places()[one]})" for one in left)
    return _("This is not known; write it or take it out before it is sent: %(places)s.") % {"places": named}


def suggestions(user: Any, case: Case) -> list[Suggestion]:
    return suggesting.suggest(case, teams_of(user))


def _back(case: Case) -> HttpResponse:
    return redirect(f"{reverse('desk:case', args=[case.uuid])}#rb-answer-form")


# --- text modules ----------------------------------------------------------------------------------------------------


@needs("case.write", about="case")
@require_safe
def pick(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The text modules for this case: in its language first, the newest used first; ``q`` looks for words."""
    case = gate.about(request, Case)
    typed = request.GET.get("q", "")[:200]
    known = known_of(request.user, case)
    found = templates.for_case(case, teams_of(request.user), typed, most=60)
    context = {
        "area": "inbox",
        "case": case,
        "title": _("Text modules"),
        "part": "desk/parts/templates_list.html" if "list" in request.GET else "desk/parts/templates_form.html",
        "typed": typed,
        "found": [(one, templates.filled(one.text, known)) for one in found],
        "may_keep": gate.allowed(request.user, "templates.write"),
    }
    if "list" in request.GET:
        return render(request, "desk/parts/templates_list.html", context)
    return in_case(request, context)


@needs("case.write", about="case")
@require_POST
def use(request: HttpRequest, uuid: UUID, left: UUID) -> HttpResponse:
    """Takes a text module into the answer: the script asks for its text, without one it is added to the draft."""
    case = gate.about(request, Case)
    mine = [*teams_of(request.user), *([case.owner_team_id] if case.owner_team_id else [])]
    template = get_object_or_404(templates.offered(mine), uuid=left)
    suggested = request.POST.get("suggested") == "1"
    text = templates.insert(case, template, known_of(request.user, case), suggested=suggested)
    return _given(request, case, text)


@needs("case.write", about="case")
@require_POST
def take_suggestion(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Takes a suggestion into the answer, or rejects it; either is remembered."""
    case = gate.about(request, Case)
    kept = request.POST.get("text", "").replace("\r\n", "\n")
    deed, _colon, source = request.POST.get("suggestion", "").partition(":")
    found = next((one for one in suggestions(request.user, case) if one.source == source), None)
    if found is None:
        return _given(request, case, "", kept)
    if deed == "reject":
        suggesting.reject(case, source, work.person_of(request.user))
        return _given(request, case, "", kept)
    text = templates.filled(found.text, known_of(request.user, case))
    templates.note_inserted(case, source, text, suggested=True)
    return _given(request, case, text, kept)


def _given(request: HttpRequest, case: Case, text: str, written: str | None = None) -> HttpResponse:
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(text, content_type="text/plain; charset=utf-8")
    with transaction.atomic():
        locked = work.locked_case(case)
        here = Draft.objects.filter(case=locked).first()
        before = written if written is not None else here.text if here is not None else ""
        if text or written is not None:
            save_draft(
                locked, work.person_of(request.user), text="\n\n".join(one for one in (before, text) if one.strip())
            )
    return _back(case)


# --- two pages, one draft --------------------------------------------------------------------------------------------


def beside_of(case: Case, page: UUID | None = None) -> tuple[BesideText, ...]:
    """The other texts that wait for a choice, as a page sees them."""
    found = beside(case, page)
    names = names_of_people([one.person for one in found])
    return tuple(
        BesideText(names.get(one.person or 0, ""), one.text, reverse("desk:draft-choose", args=[case.uuid, one.key]))
        for one in found
    )


@needs("case.write", about="case")
@require_POST
def choose_draft(request: HttpRequest, uuid: UUID, left: UUID) -> HttpResponse:
    """Of two texts written at once, the one, the other, or both below each other."""
    case = gate.about(request, Case)
    try:
        page = UUID(request.POST.get("key", ""))
    except ValueError:
        page = left
    written = request.POST.get("text", "").replace("\r\n", "\n")
    with transaction.atomic():
        locked = work.locked_case(case)
        choose(locked, work.person_of(request.user), page, left, written, request.POST.get("choice", "both"))
    return _back(case)


# --- who is here -----------------------------------------------------------------------------------------------------


@needs("case.read", about="case")
@require_POST
def here(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A page says that it is open, or closed; answers with who else has the case open."""
    case = gate.about(request, Case)
    person = getattr(request.user, "person", None)
    try:
        page = UUID(request.POST.get("page", ""))
    except ValueError:
        return HttpResponse(status=204)
    if person is not None:
        if request.POST.get("state") == "left":
            presence.left(page, person)
            return HttpResponse(status=204)
        presence.here(case, person, page, writes=request.POST.get("state") == "writes")
    return render(request, "desk/parts/present.html", {"present": present_in(case, person)})


def present_in(case: Case, besides: Any) -> list[tuple[str, bool]]:
    """[(name, writes)] of the others who have the case open."""
    return present_rows([case.pk], getattr(besides, "pk", None)).get(case.pk, [])


def present_rows(cases: Collection[int], besides: int | None) -> dict[int, list[tuple[str, bool]]]:
    """{case: [(name, writes)]} for the rows of a list whose cases the reader may see: two statements."""
    found = presence.present(cases, besides)
    names = names_of_people({one.person for some in found.values() for one in some})
    return {case: [(names.get(one.person, ""), one.writes) for one in some] for case, some in found.items()}


# --- later -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Later:
    """A moment that can be chosen with one click: what is sent with the form, and how it is called."""

    value: str
    words: str


def hours_for(case: Case) -> tuple[Calendar, str]:
    """The calendar of the team whose case it is, and the zone in which days and times are meant."""
    team = (
        Team.objects.filter(pk=case.owner_team_id).values_list("uuid", flat=True).first() if case.owner_team_id else ""
    )
    told = timetables()
    return calendar_of(told, str(team or "")), told.of(str(team or "")).zone or installation().zone


def later_choices(case: Case, now: datetime | None = None) -> tuple[Later, ...]:
    calendar, zone = hours_for(case)
    found = dict.fromkeys(later.choices(now or datetime.now(UTC), calendar, zone))
    return tuple(Later(at.isoformat(), moment(at)) for at in found)


def when_told(case: Case, form: Any, now: datetime | None = None) -> tuple[datetime | None, str]:
    """(when an answer is to leave, what is wrong with what was said); (None, "") when it is to leave at once."""
    chosen = form.get("later", "")
    if not chosen:
        return None, ""
    at, moment_now = None, now or datetime.now(UTC)
    text = form.get("later_at", "") if chosen == "at" else chosen
    try:
        at = datetime.fromisoformat(text) if chosen != "at" else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        calendar, zone = hours_for(case)
        at = later.when(text, moment_now, calendar, zone)
    if at is None:
        return None, _("Say when it is to leave, such as: tomorrow, Monday 10:00, 24.12. 9:00.")
    if at <= moment_now:
        return None, _("This time has passed. Say a later one.")
    if at - moment_now > later.AT_MOST:
        return None, _("That is more than a year ahead. Say an earlier time.")
    return at, ""


@needs("case.write", about="message")
@require_POST
def move_time(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A letter that waits leaves now, or at another time; not when something came that is not seen yet."""
    message = gate.about(request, Message)
    case = message.case
    assert case is not None
    at, fault = when_told(case, request.POST)
    if fault:
        messages.warning(request, fault)
        return redirect("desk:case", case.uuid)
    try:
        seen = UUID(request.POST.get("seen", ""))
    except ValueError:
        seen = None
    try:
        reschedule(message, at, work.person_of(request.user), seen)
    except OutboxError:
        messages.warning(request, _("It has left already, or was taken back."))
    except work.WorkError:
        messages.warning(request, _("Something new came; it stands in the timeline. Read it, then decide."))
    else:
        told = _("It leaves on %(time)s.") % {"time": moment(at)} if at is not None else _("It leaves now.")
        messages.success(request, told)
    return redirect("desk:case", case.uuid)
