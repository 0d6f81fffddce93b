"""Escalated cases: who has to decide, why, and what he may decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases import escalating, work
from rundblick.cases.authority import authorities, authority_of
from rundblick.cases.escalation_rules import ESCALATION, TRIGGERS, USUAL
from rundblick.cases.escalation_words import authority_words, heard, rule_label, told_in, trigger_label, why_words
from rundblick.cases.models import Case, Escalation
from rundblick.core.models import Rulebook
from rundblick.desk.pages.dialogs import in_case, onward
from rundblick.desk.pages.lists import COLUMNS, case_rows
from rundblick.desk.shapes import Empty, Happened
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Person, Role
from rundblick.people.roles import Scope
from rundblick.people.sight import sight_of

_MOST = 100
_ORDER = {trigger: place for place, trigger in enumerate(("person", *TRIGGERS))}


@needs("case.read")
def escalations(request: HttpRequest) -> HttpResponse:
    """What waits for a decision of the reader or of those he leads, the most serious first."""
    found = sorted(concerning(request.user)[:_MOST], key=_weight)
    context = {
        "area": "escalations",
        "rows": shown(request, found),
        "empty": Empty(
            _("Nothing waits for a decision"),
            _("When a customer speaks of a lawyer, a promise breaks or nobody answers, the case appears here."),
            "circle-check",
        ),
    }
    return render(request, "desk/pages/escalations.html", context)


def concerning(user: Any) -> QuerySet[Escalation]:
    """Escalations that are not ended and concern somebody: put to him or his team, or in what he leads."""
    sight = sight_of(user)
    open_ones = Escalation.objects.exclude(state=Escalation.ENDED).filter(gate.visible_in_case()(user))
    if not sight.allows("case.read") or sight.scope is Scope.NONE:
        return Escalation.objects.none()
    if sight.scope is Scope.ALL:
        return open_ones.order_by("id")
    mine = Q(to_team__in=sight.teams)
    if sight.person is not None:
        mine |= Q(to_person=sight.person)
    if sight.role == Role.LEAD:
        mine |= Q(Exists(Case.objects.filter(gate.team_cases(user), pk=OuterRef("case_id"))))
    return open_ones.filter(mine).order_by("id")


def how_many(user: Any) -> int:
    """How many are put to somebody and not looked at yet; at most 100 are counted."""
    sight = sight_of(user)
    if sight.person is None:
        return 0
    mine = Escalation.objects.filter(to_person=sight.person, state=Escalation.OPEN)
    return len(mine.values_list("id")[:100])


def _weight(row: Escalation) -> tuple[Any, ...]:
    return (row.state == Escalation.SEEN, _ORDER.get(row.trigger, 99), -int((row.detail or {}).get("mood", 0)), row.at)


def shown(request: HttpRequest, found: list[Escalation], with_case: bool = True) -> list[dict[str, Any]]:
    """Escalations as the pages show them; those who are seen in them are noted."""
    user: Any = request.user
    names = _people([one.to_person_id for one in found] + [one.settled_by_id for one in found])
    cases: dict[int, Any] = {}
    if with_case and found:
        rows = list(
            Case.objects.filter(gate.visible_cases(user), pk__in=[one.case_id for one in found]).values(*COLUMNS)
        )
        gate.saw(request, "customer", [row["customer_id"] for row in rows])
        cases = {row.id: row for row in case_rows(user, rows, with_snippets=False)}
    rules = _texts({one.book for one in found})
    told = authorities()
    sight = sight_of(user)
    writable = set(
        Case.objects.filter(gate.visible_cases(user, "case.write"), pk__in=[one.case_id for one in found]).values_list(
            "pk", flat=True
        )
    )
    result = []
    for one in found:
        decider = names.get(one.to_person_id or 0)
        authority = authority_of(told, decider.role, decider.uuid) if decider else None
        result.append(
            {
                "uuid": one.uuid,
                "case": cases.get(one.case_id),
                "at": one.at,
                "trigger": trigger_label(one.trigger),
                "rule": rule_label(one.rule),
                "text": rules.get((one.book, one.rule), ""),
                "why": why_words(one.trigger, one.detail),
                "heard": heard(one.trigger, one.detail),
                "to": decider.name if decider else (one.to_team.name if one.to_team else ""),
                "mine": one.to_person_id is not None and one.to_person_id == sight.person,
                "may": authority_words(authority) if authority else [],
                "seen": one.state == Escalation.SEEN,
                "by": names[one.settled_by_id].name if one.settled_by_id in names else "",
                "since": one.settled_at,
                "writable": one.case_id in writable,
            }
        )
    return result


def of_case(request: HttpRequest, case: Case) -> list[dict[str, Any]]:
    """The banner of a case's page: its escalations that are not ended."""
    found = sorted(Escalation.objects.filter(case=case).exclude(state=Escalation.ENDED), key=_weight)
    return shown(request, found, with_case=False) if found else []


def in_timeline(case: Case) -> list[Happened]:
    """When a case was put to whom to decide, and by whom it was decided; with those of cases that were joined to it."""
    found = list(Escalation.objects.filter(Q(case=case) | Q(case__merged_into=case)).select_related("to_team"))
    names = _people([one.to_person_id for one in found] + [one.settled_by_id for one in found])
    told = []
    for one in found:
        decider = names.get(one.to_person_id or 0)
        to = decider.name if decider else (one.to_team.name if one.to_team else "")
        order, why = (one.at, 0, one.pk), why_words(one.trigger, one.detail)
        text = _("%(name)s is to decide: %(what)s") % {"name": to, "what": trigger_label(one.trigger)}
        told.append(Happened(at=one.at, order=order, text=text, icon="alert-circle", tone="bad", reason=why))
        if one.state == Escalation.ENDED and one.settled_at is not None and one.settled_by_id in names:
            order = (one.settled_at, 0, one.pk)
            text = _("%(name)s has decided") % {"name": names[one.settled_by_id].name}
            told.append(Happened(at=one.settled_at, order=order, text=text, icon="circle-check", tone="good"))
    return told


class _Named:
    """A decider: name, role and uuid."""

    def __init__(self, name: str, role: str, uuid: str) -> None:
        self.name, self.role, self.uuid = name, role, uuid


def _people(ids: list[int | None]) -> dict[int, _Named]:
    wanted = {one for one in ids if one}
    rows = Person.objects.filter(pk__in=wanted).values_list("pk", "user__name", "content__name", "user__role", "uuid")
    return {pk: _Named(name or content or "", role or "", str(uuid)) for pk, name, content, role, uuid in rows}


def _texts(books: set[int]) -> dict[tuple[int, str], str]:
    """{(book, name of a rule): what it means, in the reader's language}"""
    import msgspec

    told = {0: USUAL}
    for row in Rulebook.objects.filter(pk__in=books - {0}, kind=ESCALATION.name):
        told[row.pk] = msgspec.convert(row.told, ESCALATION.type)
    return {(book, rule.name): told_in(rule.texts) for book, rules in told.items() for rule in rules.rules}


@needs("case.write", about="escalation")
@require_POST
def seen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """I have it."""
    return _deed(request, escalating.take_note, _("You have it. Nobody else is told."))


@needs("case.write", about="escalation")
@require_POST
def end(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """It is decided."""
    return _deed(request, escalating.end, _("Decided. The escalation is ended."))


def _deed(request: HttpRequest, deed: Any, done: str) -> HttpResponse:
    found = gate.about(request, Escalation)
    try:
        deed(found, by=work.person_of(request.user))
    except work.WorkError:
        messages.warning(request, _("Somebody was faster: it is ended already."))
    else:
        messages.success(request, done)
    if request.POST.get("from") == "case":
        return redirect("desk:case", Case.objects.get(pk=found.case_id).uuid)
    return redirect("desk:escalations")


@needs("case.write", about="case")
@require_http_methods(["GET", "POST"])
def escalate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Put a case before who can decide, with a reason; in a dialog or as a page."""
    case = gate.about(request, Case)
    reason = request.POST.get("reason", "").strip()
    fault = ""
    if request.method == "POST":
        try:
            row = escalating.escalate(case, by=work.person_of(request.user), reason=reason)
        except work.WorkError as error:
            fault = {
                "empty": _("Write in a few words what is to be decided."),
                "escalated": _("A colleague has escalated it already, and it is not ended yet."),
            }.get(error.code, _("The case is no longer open. Reopen it first."))
        else:
            to = _people([row.to_person_id]).get(row.to_person_id or 0)
            text = _("%(name)s is told.") % {"name": to.name} if to else _("The team is told.")
            messages.success(request, text)
            return onward(request, reverse("desk:case", args=[case.uuid]))
    context = {
        "area": "inbox",
        "case": case,
        "reason": reason,
        "fault": fault,
        "title": _("Escalate"),
        "part": "desk/parts/escalate_form.html",
    }
    return in_case(request, context, 422 if fault else 200)
