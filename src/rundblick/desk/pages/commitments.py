"""What a case's customer was promised, at the desk: note it, keep it, withdraw it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases import commitments
from rundblick.cases.commitments import commitments_of, is_outstanding, warns_at
from rundblick.cases.deeds import WorkError, person_of
from rundblick.cases.models import Case, Commitment
from rundblick.cases.words import commitment_state, ownership_refusal
from rundblick.desk.ownership_shapes import Promised
from rundblick.desk.pages.dialogs import in_case, onward
from rundblick.desk.pages.lists import names_of_people
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Person


def promised_lines(case: Case, now: datetime | None = None) -> list[Promised]:
    """What was promised in a case, what is to be done first."""
    found, at = commitments_of(case), now or timezone.now()
    names = names_of_people(one.made_by_id for one in found)
    return [_line(one, names, at) for one in found]


def _line(one: Commitment, names: dict[int, str], now: datetime) -> Promised:
    outstanding, overdue = is_outstanding(one), one.due_at <= now
    state, tone = commitment_state(one.state), {"kept": "good", "broken": "bad"}.get(one.state, "")
    if outstanding and (overdue or one.state == Commitment.BROKEN):
        state, tone = _("overdue"), "bad"
    elif outstanding and warns_at(one) <= now:
        state, tone = _("due soon"), "risk"
    elif one.state == Commitment.BROKEN:
        state = _("done late")
    content = getattr(one, "content", None)
    return Promised(
        uuid=one.uuid,
        text=content.text if content else "",
        due_at=one.due_at,
        by=names.get(one.made_by_id or 0, ""),
        state=state,
        tone=tone,
        outstanding=outstanding,
    )


@needs("case.write", about="case")
@require_http_methods(["GET", "POST"])
def promise(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form of something that the customer is promised, and the promise itself."""
    case = gate.about(request, Case)
    text, due, faults = request.POST.get("text", "").strip(), request.POST.get("due", ""), dict[str, str]()
    if request.method == "POST":
        at = _moment(due)
        if not text:
            faults["text"] = _("Write what the customer was promised.")
        if at is None:
            faults["due"] = _("Give a day and a time, such as 2026-03-04 15:00.")
        if at is not None and not faults:
            try:
                commitments.promise(case, text, at, person_of(request.user))
            except WorkError as error:
                faults["due" if error.code == "past" else "text"] = ownership_refusal(error)
        if not faults:
            messages.success(request, _("Noted. You are reminded before its time."))
            return onward(request, reverse("desk:case", args=[case.uuid]))
    context = {
        "area": "inbox",
        "case": case,
        "text": text,
        "due": due,
        "earliest": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "faults": faults,
        "title": _("Promise the customer something"),
        "part": "desk/parts/promise_form.html",
    }
    return in_case(request, context, 422 if faults else 200)


@needs("case.write", about="commitment")
@require_POST
def keep(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _deed(request, commitments.keep, _("Done, as promised."))


@needs("case.write", about="commitment")
@require_POST
def withdraw(request: HttpRequest, uuid: UUID) -> HttpResponse:
    return _deed(request, commitments.withdraw, _("Withdrawn: it is to be done no more."))


def _deed(request: HttpRequest, deed: Callable[[Commitment, Person], Commitment], done: str) -> HttpResponse:
    commitment = gate.about(request, Commitment)
    try:
        settled = deed(commitment, person_of(request.user))
    except WorkError as error:
        messages.warning(request, ownership_refusal(error))
    else:
        late = settled.state == Commitment.BROKEN
        messages.success(request, _("Noted. Its time had passed, so it counts as broken.") if late else done)
    case = Case.objects.get(pk=commitment.case_id)
    target = case.merged_into or case
    return redirect("desk:case", target.uuid)


def _moment(text: str) -> datetime | None:
    """What a field of day and time says, in the reader's zone; None for what is none."""
    try:
        told = parse_datetime(text.strip())
        if told is None:
            return None
        return told if timezone.is_aware(told) else timezone.make_aware(told)
    except (ValueError, OverflowError):
        return None
