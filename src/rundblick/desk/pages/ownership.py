"""Whose a case is, at the desk: hand over, take, accept, give back; and what is shown of it beside the case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases import ownership
from rundblick.cases.commitments import commitments_of, is_outstanding
from rundblick.cases.deeds import WorkError, person_of
from rundblick.cases.due import due_of
from rundblick.cases.handed import HandedOver, talked_to
from rundblick.cases.models import OPEN_STATES, Case, Handover, Message
from rundblick.cases.ownership import CAUSES, Holder, may_accept, offered_in, owner_of
from rundblick.cases.words import cause_name, handover_state, owner_name, ownership_refusal
from rundblick.core.calendars import CalendarError
from rundblick.desk.ownership_shapes import Owned, Passed
from rundblick.desk.pages.commitments import promised_lines
from rundblick.desk.pages.dialogs import in_case, onward
from rundblick.desk.pages.lists import names_of_people, opening
from rundblick.desk.shapes import Choice
from rundblick.desk.templatetags.desk import moment
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Absence, Person, Team
from rundblick.people.sight import sight_of

_WORDS = 240  # signs of the last message that a summary begins with


# -- what is shown -----------------------------------------------------------------------------------------------------


def owned(user: Any, case: Case, handed: Sequence[HandedOver], may: dict[str, bool]) -> Owned:
    """Whose the case is, for the head of its page and the part beside it."""
    talked = talked_to(case)
    names = names_of_people([*people_in(handed), *talked])
    lines = passed_lines(handed, names)
    offered = next((line for line, one in zip(lines, handed, strict=True) if one.state == Handover.OFFERED), None)
    me = sight_of(user).person
    is_open = case.state in OPEN_STATES
    owner = owner_of(case) if is_open else None
    take = ""
    if isinstance(owner, Team) and may["write"]:
        take = "take"
    elif isinstance(owner, Person) and owner.pk != me and may["handover"]:
        take = "take_over"
    return Owned(
        offered=offered if is_open else None,
        may_accept=offered is not None and is_open and may["write"] and _is_mine(case, me),
        take=take,
        seen=written(owner),
        handovers=tuple(lines),
        talked=tuple(name for name in (names.get(one, "") for one in talked) if name),
    )


def passed_lines(handed: Sequence[HandedOver], names: dict[int, str]) -> list[Passed]:
    """Hand-overs in words; ``names`` of the persons in them."""
    team_ids = {holder.team for one in handed for holder in (one.giver, one.taker) if holder.team is not None}
    teams = dict(Team.objects.filter(pk__in=team_ids).values_list("id", "name")) if team_ids else {}

    def told(holder: Holder, other: Holder) -> str:
        name = names.get(holder.person or 0, "")
        place = teams.get(holder.team or 0, "") if holder.team != other.team or not name else ""
        return " · ".join(part for part in (place, name) if part) or _("nobody")

    return [
        Passed(
            uuid=one.uuid,
            at=one.at,
            giver=told(one.giver, one.taker),
            taker=told(one.taker, one.giver),
            by=names.get(one.by or 0, ""),
            cause=cause_name(one.cause),
            reason=one.reason,
            summary=one.summary,
            state=handover_state(one.state),
            tone={"offered": "act", "accepted": "good", "given_back": "risk"}.get(one.state, ""),
            came_back=_("came back to %(place)s after %(other)s")
            % {"place": told(one.taker, one.giver), "other": told(one.giver, one.taker)}
            if one.returns
            else "",
            border=one.border,
            why_back=one.why_back,
        )
        for one in handed
    ]


def people_in(handed: Sequence[HandedOver]) -> set[int | None]:
    """The ids of all persons in these hand-overs."""
    return {id_ for one in handed for id_ in (one.by, one.giver.person, one.taker.person, one.settled_by)}


def _is_mine(case: Case, me: int | None) -> bool:
    by = Person.objects.filter(pk=me).first() if me is not None else None
    return by is not None and any(may_accept(row, by) for row in offered_in([case.pk]))


def written(owner: Team | Person | None) -> str:
    """An owner as a form sends him back."""
    if owner is None:
        return ""
    return f"{'team' if isinstance(owner, Team) else 'person'}:{owner.uuid}"


# -- the deeds ---------------------------------------------------------------------------------------------------------


@needs("case.handover", about="case")
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form of a hand-over, in a dialog or as a page, and the hand-over itself."""
    case = gate.about(request, Case)
    said = {name: request.POST.get(name, "").strip() for name in ("to", "reason", "summary", "seen")}
    said["cause"] = request.POST.get("cause", "request")
    faults = dict[str, str]()
    if request.method == "POST":
        target = target_of(said["to"])
        if target is None:
            faults["to"] = _("Choose who takes it over.")
        if said["cause"] not in CAUSES:
            faults["cause"] = _("Choose why it changes hands.")
        if not said["reason"]:
            faults["reason"] = _("Write in a few words why, so that nobody has to ask again.")
        if target is not None and not faults:
            faults = _hand_over(case, target, person_of(request.user), said)
        if target is not None and not faults:
            messages.success(request, _("Handed over to %(name)s.") % {"name": owner_name(target)})
            return _after(request, case)
    else:
        said |= {"summary": summary_of(case), "seen": written(owner_of(case)), "cause": ""}
    teams, people = choices()
    context = {
        "area": "inbox",
        "case": case,
        "teams": teams,
        "people": people,
        "causes": [Choice(code, cause_name(code)) for code in CAUSES],
        "said": said,
        "faults": faults,
        "promised": [line for line in promised_lines(case) if line.outstanding],
        "title": _("Hand over"),
        "part": "desk/parts/hand_over_form.html",
    }
    return in_case(request, context, 422 if faults else 200)


def _hand_over(case: Case, target: Team | Person, by: Person, said: dict[str, str]) -> dict[str, str]:
    """Hands over; what is wrong, by field."""
    try:
        ownership.hand_over(
            case,
            target,
            by,
            said["reason"],
            said["cause"],
            summary=said["summary"],
            seen=_named(said["seen"]),
        )
    except WorkError as fault:
        if fault.code == "same_owner":
            return {"to": _("This one is in charge already. Choose somebody else.")}
        return {"to" if fault.code in ("left", "closed", "taken") else "reason": ownership_refusal(fault)}
    return {}


@needs("case.handover", about="case")
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a case of a team; from a colleague with a reason."""
    case = gate.about(request, Case)
    me, reason, cause = person_of(request.user), request.POST.get("reason", "").strip(), request.POST.get("cause", "")
    owner, faults = owner_of(case), dict[str, str]()
    if request.method == "POST":
        seen = _named(request.POST.get("seen", "")) or owner
        if isinstance(seen, Person) and cause not in CAUSES:
            faults["cause"] = _("Choose why it changes hands.")
        try:
            if not faults:
                ownership.take(case, me, seen, reason, cause or "request")
        except WorkError as error:
            if error.code == "same_owner":  # the second click
                return _after(request, case)
            if error.code != "empty":
                messages.warning(request, ownership_refusal(error))
                return _after(request, case)
            faults["reason"] = ownership_refusal(error)
        if not faults:
            messages.success(request, _("The case is yours."))
            return _after(request, case)
    context = {
        "area": "inbox",
        "case": case,
        "owner": owner_name(owner),
        "needs_reason": isinstance(owner, Person),
        "seen": written(owner),
        "causes": [Choice(code, cause_name(code)) for code in CAUSES],
        "cause": cause,
        "reason": reason,
        "faults": faults,
        "title": _("Take over"),
        "part": "desk/parts/take_form.html",
    }
    return in_case(request, context, 422 if faults else 200)


@needs("case.write", about="handover")
@require_POST
def accept(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say that one has what was handed over."""
    row = gate.about(request, Handover)
    return _settled(request, row, lambda: ownership.accept(row, person_of(request.user)), _("Accepted."))


@needs("case.write", about="handover")
@require_http_methods(["GET", "POST"])
def give_back(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Return what was handed over, with a reason."""
    row = gate.about(request, Handover)
    case, reason, fault = Case.objects.get(pk=row.entry.case_id), request.POST.get("reason", "").strip(), ""
    if request.method == "POST":
        if reason:
            return _settled(
                request,
                row,
                lambda: ownership.give_back(row, person_of(request.user), reason),
                _("Given back to %(name)s.") % {"name": _giver_of(row)},
            )
        fault = _("Write in a few words why, so that nobody has to ask again.")
    context = {
        "area": "inbox",
        "case": case,
        "handover": row,
        "giver": _giver_of(row),
        "reason": reason,
        "fault": fault,
        "title": _("Give back"),
        "part": "desk/parts/give_back_form.html",
    }
    return in_case(request, context, 422 if fault else 200)


def _settled(request: HttpRequest, row: Handover, deed: Callable[[], object], done: str) -> HttpResponse:
    try:
        deed()
    except WorkError as error:
        messages.warning(request, ownership_refusal(error))
    else:
        messages.success(request, done)
    return _after(request, Case.objects.get(pk=row.entry.case_id))


def _after(request: HttpRequest, case: Case) -> HttpResponse:
    """To the case, where it may still be seen."""
    user: Any = request.user
    user.__dict__.pop("_sight", None)  # he may have become somebody's colleague just now
    still_visible = Case.objects.filter(gate.visible_cases(user), pk=case.pk).exists()
    return onward(request, reverse("desk:case", args=[case.uuid]) if still_visible else reverse("desk:inbox"))


def _giver_of(row: Handover) -> str:
    person, team = ownership.goes_back_to(row, timezone.now())
    return owner_name(person or team)


# -- the form's parts --------------------------------------------------------------------------------------------------


def summary_of(case: Case) -> str:
    """What the summary of a hand-over begins with: what was said last, what is promised and until when.

    It is read later, so its times are days, not "today".
    """
    lines = []
    for direction, words in (("in", _("The customer, %(when)s: %(text)s")), ("out", _("We, %(when)s: %(text)s"))):
        last = Message.objects.filter(case=case, superseded=False, direction=direction, sender="human")
        message = last.select_related("content").order_by("-at", "-seq").first()
        content = getattr(message, "content", None)  # a call may have none
        text = opening(content.text or content.subject, _WORDS) if content is not None else ""
        if message is not None and text:
            lines.append(words % {"when": moment(message.at), "text": text})
    lines += [
        _("Promised until %(when)s: %(text)s") % {"when": moment(one.due_at), "text": one.content.text}
        for one in commitments_of(case)
        if is_outstanding(one)
    ]
    with suppress(CalendarError):
        named = {"reaction": _("First answer promised by %(when)s"), "resolution": _("Solution promised by %(when)s")}
        lines += [named[due.kind] % {"when": moment(due.at)} for due in due_of(case) if due.at is not None]
    return "\n".join(lines)


def choices() -> tuple[list[Choice], list[Choice]]:
    """To whom a case can be handed over: teams, people."""
    own = Team.objects.filter(system__isnull=True, closed_at__isnull=True)
    teams = [Choice(f"team:{team.uuid}", team.name) for team in own.order_by("id")]
    here = Person.objects.filter(user__is_active=True, left_at__isnull=True)
    now = timezone.now()
    away = dict(
        Absence.objects.filter(Q(end__isnull=True) | Q(end__gt=now), person__in=here, begin__lte=now).values_list(
            "person_id", "end"
        )
    )
    people = [
        Choice(f"person:{uuid}", _away(name, away[pk]) if pk in away else name)
        for pk, uuid, name in here.values_list("id", "uuid", "user__name")
    ]
    return teams, sorted(people, key=lambda choice: choice.name.casefold())


def _away(name: str, until: datetime | None) -> str:
    if until is None:
        return _("%(name)s (away)") % {"name": name}
    return _("%(name)s (away until %(when)s)") % {"name": name, "when": moment(until)}


def target_of(to: str) -> Team | Person | None:
    """Whom a form names to take a case over; who has left or is closed is told so by the deed."""
    found = _named(to)
    if isinstance(found, Team):
        return found if found.system_id is None else None
    return found if found is not None and found.user_id is not None else None


def _named(text: str) -> Team | Person | None:
    kind, _sep, uuid = text.partition(":")
    try:
        wanted = UUID(uuid)
    except ValueError:
        return None
    if kind == "team":
        return Team.objects.filter(uuid=wanted).first()
    return Person.objects.filter(uuid=wanted).select_related("user").first() if kind == "person" else None
