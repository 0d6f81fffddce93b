"""A case split by choosing messages, and several cases put into one: what will happen is shown before it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from rundblick.cases.deeds import person_of
from rundblick.cases.models import OPEN_STATES, Case, Message
from rundblick.cases.regrouping import RegroupingError, gather, goes_along, split
from rundblick.cases.sidetalks import not_aside
from rundblick.cases.words import regrouping_refusal
from rundblick.core.numbers import spaced
from rundblick.desk.pages.dialogs import in_case, onward
from rundblick.desk.pages.lists import case_rows, newest_cases, opening, page_key, read_page_key
from rundblick.desk.pages.regrouping import probable
from rundblick.desk.pages.timeline import said_lines
from rundblick.desk.shapes import Said
from rundblick.people import gate
from rundblick.people.gate import needs

PAGE = 100
_OTHERS = 12


@dataclass(frozen=True, slots=True)
class Choosable:
    """A message that can be ticked."""

    said: Said
    text: str
    ticked: bool


@needs("case.write", about="case")
@require_http_methods(["GET", "POST"])
def split_case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Tick the messages that are another concern; they go to a case of their own or to one that is there."""
    case = gate.about(request, Case)
    form = request.POST
    ticked, fault, foreseen = set(form.getlist("message") or request.GET.getlist("message")), "", ""
    into, number, reason = form.get("into", "new"), form.get("number", "")[:40], form.get("reason", "")[:2000]
    if request.method == "POST":
        chosen = _chosen(case, ticked)
        target, fault = _target(request, into, number)
        if not chosen:
            fault = regrouping_refusal(RegroupingError("nothing"))
        if not fault and form.get("look"):
            foreseen = _split_words(case, chosen, target)
        elif not fault:
            try:
                deed = split(chosen, target, person_of(request.user), reason)
            except RegroupingError as error:
                fault = regrouping_refusal(error)
            else:
                messages.success(request, _("Moved. It can be taken back in the timeline."))
                now = Case.objects.filter(gate.visible_cases(request.user), pk=deed.target_id).first()
                return onward(request, reverse("desk:case", args=[now.uuid]) if now else reverse("desk:inbox"))
    rows, older = _choosable(request.user, case, ticked, request.GET.get("before", ""))
    context = {
        "area": "inbox",
        "case": case,
        "rows": rows,
        "older": older,
        "kept": sorted(ticked - {str(row.said.uuid) for row in rows}),
        "into": into,
        "number": number,
        "reason": reason,
        "fault": fault,
        "foreseen": foreseen,
        "suggested": probable(request.user, case),
    }
    return render(request, "desk/pages/split_case.html", context, status=422 if fault else 200)


def _choosable(user: Any, case: Case, ticked: set[str], before: str) -> tuple[list[Choosable], str]:
    found = Message.objects.filter(not_aside(), case=case, superseded=False)
    if (place := read_page_key(before) if before else None) is not None:
        found = found.filter(Q(at__lt=place[0]) | Q(at=place[0], id__lt=place[1]), at__lte=place[0])
    rows = list(found.select_related("content", "call", "team").order_by("-at", "-id")[: PAGE + 1])
    more, rows = len(rows) > PAGE, rows[:PAGE]
    shown = [
        Choosable(line, opening(" ".join(s.text for s in line.stretches), 160), str(line.uuid) in ticked)
        for line in said_lines(user, rows)
    ]
    return shown, page_key(rows[-1].at, rows[-1].pk) if more else ""


def _chosen(case: Case, ticked: set[str]) -> list[Message]:
    keys = []
    for text in ticked:
        try:
            keys.append(UUID(text))
        except ValueError:
            continue
    return list(Message.objects.filter(not_aside(), case=case, superseded=False, uuid__in=keys))


def _target(request: HttpRequest, into: str, number: str) -> tuple[Case | None, str]:
    if into == "new" and not number.strip():
        return None, ""
    try:
        found = gate.fetch(request.user, "case", "case.write", "ref", number.strip() or into)
    except Http404:
        found = None
    return (found, "") if isinstance(found, Case) else (None, _("There is no such case, or you may not write in it."))


def _split_words(case: Case, chosen: list[Message], target: Case | None) -> str:
    """What a split would do, in a sentence."""
    there = spaced(target.number) if target else ""
    n = len(chosen)
    first = ngettext("%(n)s message goes", "%(n)s messages go", n) % {"n": n}
    where = _("into case %(number)s") % {"number": there} if target else _("into a new case of the same owner")
    stays = Message.objects.filter(not_aside(), case=case, superseded=False).count() - n
    rest = ngettext("%(n)s stays here", "%(n)s stay here", stays) % {"n": stays}
    return _("%(first)s %(where)s, with files and times; %(rest)s. The clocks of both are counted anew.") % {
        "first": first,
        "where": where,
        "rest": rest,
    }


# -- several into one ------------------------------------------------------------------------------------------------


@needs("case.write", about="case")
@require_http_methods(["GET", "POST"])
def gather_cases(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Tick the cases that are this concern too: they go on here, and their numbers lead here."""
    case = gate.about(request, Case)
    form = request.POST
    ticked, reason, numbers = form.getlist("case"), form.get("reason", "")[:2000], form.get("numbers", "")[:400]
    fault, foreseen = "", []
    if request.method == "POST":
        chosen, unknown = _cases(request, [*ticked, *numbers.replace(";", ",").split(",")])
        if unknown:
            fault = _("There is no such case, or you may not write in it: %(numbers)s") % {"numbers": unknown}
        elif not chosen:
            fault = regrouping_refusal(RegroupingError("nothing"))
        elif form.get("look"):
            foreseen = [_join_words(one, case) for one in chosen]
        else:
            try:
                gather(chosen, case, person_of(request.user), reason)
            except RegroupingError as error:
                fault = regrouping_refusal(error)
            else:
                messages.success(request, _("Joined. Each can be taken back in the timeline, the last one first."))
                return onward(request, reverse("desk:case", args=[case.uuid]))
    suggested = probable(request.user, case)
    found = Case.objects.filter(gate.visible_cases(request.user, "case.write"), state__in=OPEN_STATES)
    found = found.filter(customer_id=case.customer_id) if case.customer_id else found.none()
    rows, _more = newest_cases(found.exclude(pk__in=[case.pk, *(one.case.id for one in suggested)]), None, _OTHERS)
    context = {
        "area": "inbox",
        "case": case,
        "title": _("Put other cases into this one"),
        "part": "desk/parts/gather_form.html",
        "suggested": suggested,
        "others": case_rows(request.user, rows, with_snippets=False),
        "ticked": ticked,
        "numbers": numbers,
        "reason": reason,
        "fault": fault,
        "foreseen": foreseen,
    }
    return in_case(request, context, 422 if fault else 200)


def _cases(request: HttpRequest, references: list[str]) -> tuple[list[Case], str]:
    found: dict[int, Case] = {}
    for text in (one.strip() for one in references):
        if not text:
            continue
        try:
            case = gate.fetch(request.user, "case", "case.write", "ref", text)
        except Http404:
            return [], text[:60]
        if isinstance(case, Case):
            found.setdefault(case.pk, case)
    return list(found.values()), ""


def _join_words(case: Case, into: Case) -> str:
    """What joining would take along, in a sentence."""
    told = goes_along(case, into)
    parts = [ngettext("%(n)s message", "%(n)s messages", told.messages) % {"n": told.messages}]
    for n, words in (
        (told.files, ngettext("%(n)s file", "%(n)s files", told.files)),
        (told.side_talks, ngettext("%(n)s side talk", "%(n)s side talks", told.side_talks)),
        (told.promises, ngettext("%(n)s promise", "%(n)s promises", told.promises)),
    ):
        if n:
            parts.append(words % {"n": n})
    if told.drafts:
        parts.append(_("what is being written there (nothing of it is lost)"))
    return _("%(number)s: %(what)s") % {"number": spaced(case.number), "what": ", ".join(parts)}
