"""Which messages are one concern, at the desk: a case joined with another, a message moved, each with a way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases.belonging import probably_belongs_to
from rundblick.cases.models import OPEN_STATES, Case, Message, Regrouping
from rundblick.cases.regrouping import RegroupingError, join, move, part, undo
from rundblick.cases.words import reason_to_belong, regrouping_refusal
from rundblick.cases.work import person_of
from rundblick.core.numbers import spaced
from rundblick.desk.pages.dialogs import in_case, onward
from rundblick.desk.pages.lists import case_rows, newest_cases
from rundblick.desk.shapes import CaseRow
from rundblick.people import gate
from rundblick.people.gate import needs

_OTHERS = 8


@dataclass(frozen=True, slots=True)
class Probable:
    """A case that another one probably belongs to, and why."""

    case: CaseRow
    why: str


def probable(user: Any, case: Case) -> list[Probable]:
    """The suggestions beside a case, as the reader may see them."""
    found = probably_belongs_to(user, case)
    rows, _more = newest_cases(Case.objects.filter(pk__in=[one.case.pk for one in found]), None, len(found))
    of = {row.id: row for row in case_rows(user, rows, with_snippets=False)}
    return [
        Probable(of[one.case.pk], ", ".join(reason_to_belong(code) for code in one.reasons))
        for one in found
        if one.case.pk in of
    ]


@needs("case.write", about="case")
@require_http_methods(["GET", "POST"])
def join_case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Choose the case that this one belongs to; then both go on as one, under the other's number."""
    case = gate.about(request, Case)
    reason, fault = request.POST.get("reason", "").strip(), ""
    if request.method == "POST":
        target = _named(request)
        if target is None:
            fault = _("There is no such case, or you may not write in it.")
        elif not (fault := _tried(lambda: join(case, target, person_of(request.user), reason))):
            text = _("Joined. The number %(number)s leads here from now on.") % {"number": spaced(case.number)}
            messages.success(request, text)
            return onward(request, reverse("desk:case", args=[target.uuid]))
    return in_case(
        request,
        {**_form(request, case), "part": "desk/parts/join_form.html", "reason": reason}
        | {"title": _("Join with another case"), "fault": fault},
        422 if fault else 200,
    )


@needs("case.write", about="message")
@require_http_methods(["GET", "POST"])
def move_message(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Choose where a message belongs: a new case, or one that is there."""
    message = gate.about(request, Message)
    case = message.case
    if case is None:
        return redirect("desk:inbox")
    reason, fault = request.POST.get("reason", "").strip(), ""
    following = request.POST.get("what", "one") == "following"
    if request.method == "POST":
        new = request.POST.get("into", "") == "new"
        target = None if new else _named(request)
        if not new and target is None:
            fault = _("There is no such case, or you may not write in it.")
        elif not (fault := _tried(lambda: move(message, target, person_of(request.user), reason, following=following))):
            message.refresh_from_db()
            messages.success(request, _("Moved. It can be taken back in the timeline."))
            now = Case.objects.filter(gate.visible_cases(request.user), message_set=message).first()
            return onward(request, reverse("desk:case", args=[now.uuid]) if now else reverse("desk:inbox"))
    context = {
        **_form(request, case),
        "message": message,
        "part": "desk/parts/move_form.html",
        "title": _("Move this message"),
        "reason": reason,
        "following": following,
        "fault": fault,
    }
    return in_case(request, context, 422 if fault else 200)


@needs("case.write", about="message")
@require_POST
def part_message(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """It is another concern: with one click it has a case of its own, and the replies to it go along."""
    message = gate.about(request, Message)
    if message.case is None:
        return redirect("desk:inbox")
    if fault := _tried(lambda: part(message, person_of(request.user))):
        messages.warning(request, fault)
        return redirect("desk:case", message.case.uuid)
    messages.success(request, _("It has a case of its own. It can be taken back in the timeline."))
    now = Case.objects.filter(gate.visible_cases(request.user), message_set=message).first()
    return redirect("desk:case", now.uuid) if now else redirect("desk:inbox")


@needs("case.write", about="regrouping")
@require_POST
def undo_regrouping(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Takes a join or a move back, with one click."""
    deed = gate.about(request, Regrouping)
    if fault := _tried(lambda: undo(deed, person_of(request.user))):
        messages.warning(request, fault)
    else:
        messages.success(request, _("Taken back. Everything stands where it stood."))
    return redirect("desk:case", deed.source.uuid)


def _form(request: HttpRequest, case: Case) -> dict[str, Any]:
    suggested = probable(request.user, case)
    others = Case.objects.filter(gate.visible_cases(request.user, "case.write"), state__in=OPEN_STATES)
    others = others.filter(customer_id=case.customer_id) if case.customer_id else others.none()
    rows, _more = newest_cases(others.exclude(pk__in=[case.pk, *(one.case.id for one in suggested)]), None, _OTHERS)
    return {
        "area": "inbox",
        "case": case,
        "suggested": suggested,
        "others": case_rows(request.user, rows, with_snippets=False),
        "into": request.POST.get("into", request.GET.get("into", "")),
        "number": request.POST.get("number", ""),
    }


def _named(request: HttpRequest) -> Case | None:
    """The case that was chosen from the list, or whose number was typed, under the number it has now."""
    reference = request.POST.get("number", "").strip() or request.POST.get("into", "")
    try:
        found = gate.fetch(request.user, "case", "case.write", "ref", reference)
    except Http404:
        return None
    return found if isinstance(found, Case) else None


def _tried(deed: Callable[[], object]) -> str:
    """Does it; why it could not be done, "" when it was."""
    try:
        deed()
    except RegroupingError as error:
        return regrouping_refusal(error)
    return ""
