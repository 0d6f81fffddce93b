"""Links of a case at the desk: shown beside it, made by number or words, taken away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases.deeds import person_of
from rundblick.cases.links import KINDS, LinkError, link, links_of, unlink
from rundblick.cases.models import Case, CaseLink
from rundblick.cases.words import link_refusal, link_words
from rundblick.desk.pages.dialogs import in_case, onward
from rundblick.desk.pages.lists import case_rows, newest_cases
from rundblick.desk.shapes import CaseRow, Choice
from rundblick.desk.talk_shapes import LinkRow
from rundblick.people import gate
from rundblick.people.gate import needs

_OFFERED = 12
_LATELY = timedelta(days=90)  # older ones are found by their number


def link_rows(user: Any, case: Case) -> list[LinkRow]:
    """The links of a case; a case that the reader may not see says only that it is there."""
    rows = []
    for one in links_of(user, case):
        content = getattr(one.other, "content", None)
        title = ((content.subject if content else "") or one.other.topic) if one.other else ""
        rows.append(
            LinkRow(
                uuid=one.link.uuid,
                words=link_words(one.kind),
                title=title,
                number=one.other.number if one.other else "",
                state=one.other.state if one.other else "",
                url=reverse("desk:case", args=[one.other.uuid]) if one.other else "",
            )
        )
    return rows


@needs("case.write", about="case")
@require_http_methods(["GET", "POST"])
def link_case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Choose the other case, by its number or by words, and what the two have to do with each other."""
    case = gate.about(request, Case)
    form = request.POST or request.GET
    kind, sought, number = form.get("kind", "cause"), form.get("sought", "")[:200], form.get("number", "")[:40]
    fault = ""
    if request.method == "POST" and not request.POST.get("find"):
        other = _named(request)
        if other is None:
            fault = _("There is no such case, or you may not see it. Look for it by a word, or type its number.")
        else:
            try:
                link(case, other, kind, person_of(request.user))
            except LinkError as error:
                fault = link_refusal(error)
            else:
                messages.success(request, _("Linked. Both cases show it."))
                return onward(request, reverse("desk:case", args=[case.uuid]))
    context = {
        "area": "inbox",
        "case": case,
        "title": _("Link with another case"),
        "part": "desk/parts/link_form.html",
        "kinds": [Choice(code, link_words(code)) for code in KINDS],
        "kind": kind,
        "sought": sought,
        "number": number,
        "into": form.get("into", ""),
        "others": _offered(request.user, case, sought),
        "fault": fault,
    }
    return in_case(request, context, 422 if fault else 200)


@needs("case.write", about="link")
@require_POST
def unlink_case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Takes a link away; the timelines of both keep that it was there."""
    found = gate.about(request, CaseLink)
    try:
        unlink(found, person_of(request.user))
    except LinkError as error:
        messages.warning(request, link_refusal(error))
    else:
        messages.success(request, _("The link is taken away."))
    back = request.POST.get("case", "")
    for one in (found.a, found.b):
        if str(one.uuid) == back:
            return redirect("desk:case", one.uuid)
    return redirect("desk:inbox")


def _named(request: HttpRequest) -> Case | None:
    reference = request.POST.get("number", "").strip() or request.POST.get("into", "")
    try:
        found = gate.fetch(request.user, "case", "case.read", "ref", reference)
    except Http404:
        return None
    return found if isinstance(found, Case) else None


def _offered(user: Any, case: Case, sought: str) -> list[CaseRow]:
    """Cases in whose subject the words stand; without words, the latest of the same customer."""
    seen = Case.objects.filter(gate.visible_cases(user)).exclude(pk=case.pk)
    if sought.strip():
        lately = Q(last_at__gt=timezone.now() - _LATELY) & _subject(sought)
        found = seen.filter(Q(number__startswith="".join(sought.split())) | lately)
    elif case.customer_id is not None:
        found = seen.filter(customer_id=case.customer_id)
    else:
        return []
    rows, _more = newest_cases(found, None, _OFFERED)
    return case_rows(user, rows, with_snippets=False)


def _subject(sought: str) -> Q:
    found = Q()
    for word in sought.split()[:6]:
        found &= Q(content__subject__icontains=word) | Q(topic__icontains=word)
    return found
