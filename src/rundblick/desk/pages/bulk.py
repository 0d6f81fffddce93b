"""Deeds on many cases at once: the choice, what a deed needs to be told, how far it came, and its undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases import bulk
from rundblick.cases.bulk import KINDS, MOST, Asked, BulkError
from rundblick.cases.deeds import person_of
from rundblick.cases.filters import open_topics
from rundblick.cases.models import BulkDeed, BulkRow, Case
from rundblick.cases.ownership import CAUSES
from rundblick.cases.words import bulk_refusal, cause_name, owner_name, row_refusal
from rundblick.core.ids import uuid7
from rundblick.desk.pages.dialogs import asked_in_dialog, onward
from rundblick.desk.pages.lists import case_rows, newest_cases
from rundblick.desk.pages.ownership import choices, target_of
from rundblick.desk.shapes import Choice, Empty
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.sight import sight_of

_AT_ONCE = 2.0  # seconds that a page waits for a deed; a worker does the rest
_PAGE = 30
_ASKS = {"hand_over": "to", "topic": "topic", "join": "into"}  # a deed that needs more than its cases, and what


@needs("case.read")
@require_http_methods(["GET", "POST"])
def bulk_deed(request: HttpRequest) -> HttpResponse:
    """Do something to the chosen cases; what a deed needs beside them is asked for first. GET leads to the inbox."""
    if request.method == "GET":
        return redirect(_back(request))
    kind = request.POST.get("kind", "")
    chosen = _uuids(request.POST.getlist("case"))
    said = {name: request.POST.get(name, "").strip() for name in ("to", "reason", "cause", "topic", "into")}
    try:
        if kind in KINDS:
            gate.require(request.user, KINDS[kind])
        if _ASKS.get(kind, "") not in ("", *request.POST):
            return _ask(request, kind, chosen, said | {"cause": ""}, {})
        asked = Asked(
            kind=kind,
            cases=tuple(chosen),
            to=target_of(said["to"]),
            reason=said["reason"],
            cause=said["cause"],
            topic=said["topic"],
            into=next(iter(_uuids([said["into"]])), None),
        )
        deed = bulk.give(request.user, asked, next(iter(_uuids([request.POST.get("key", "")])), uuid7()))
    except BulkError as error:
        if kind in _ASKS and error.where not in ("cases", "kind"):
            return _ask(request, kind, chosen, said, {error.where: bulk_refusal(error)})
        return _not_given(request, bulk_refusal(error))
    bulk.work_on(deed, _AT_ONCE)
    return onward(request, _back(request))


@needs("case.read", about="bulk_deed")
@require_POST
def undo(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a deed on many cases back, case by case."""
    deed = gate.about(request, BulkDeed)
    gate.require(request.user, KINDS[deed.kind])
    deed = bulk.undo(deed, person_of(request.user))
    bulk.work_on(deed, _AT_ONCE)
    return onward(request, _back(request))


@needs("case.read")
def deeds(request: HttpRequest) -> HttpResponse:
    """What I did to many cases at once, the newest first; each can be taken back."""
    before = request.GET.get("before", "")
    at = int(before) if before.isdecimal() and len(before) < 18 else None
    found = bulk.deeds_of(sight_of(request.user).person, at, _PAGE + 1)
    address = reverse("desk:deeds")
    context = {
        "area": "inbox",
        "deeds": [told_of(deed) for deed in found[:_PAGE]],
        "older_url": f"{address}?before={found[_PAGE - 1].pk}" if len(found) > _PAGE else "",
        "empty": Empty(
            _("You have done nothing to several cases at once"),
            _("Choose cases in the inbox with x, then do to all what you would do to one. Here it is taken back."),
            "checks",
            reverse("desk:inbox"),
            _("Open the inbox"),
        ),
    }
    return render(request, "desk/pages/deeds.html", context)


@needs("case.read", about="bulk_deed")
def deed(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One deed, case by case: what was done, what was not and why."""
    found = gate.about(request, BulkDeed)
    rows = list(BulkRow.objects.filter(deed=found).order_by("place"))
    visible = Case.objects.filter(gate.visible_cases(request.user), pk__in=[row.case_id for row in rows])
    shown = {one.id: one for one in case_rows(request.user, *_all_of(visible))}
    gate.saw(request, "customer", visible.values_list("customer_id", flat=True))
    context = {
        "area": "inbox",
        "deed": told_of(found),
        "rows": [
            {"case": shown[row.case_id], "state": row.state, "words": _row_words(row)}
            for row in rows
            if row.case_id in shown
        ],
        "unseen": sum(row.case_id not in shown for row in rows),
    }
    return render(request, "desk/pages/deed.html", context)


def _all_of(cases: Any) -> tuple[list[dict[str, Any]], bool]:
    found, _more = newest_cases(cases, None, MOST)
    return found, False


def _row_words(row: BulkRow) -> str:
    if row.state in (BulkRow.REFUSED, BulkRow.KEPT):
        return row_refusal(row.code, row.state == BulkRow.KEPT)
    return {
        BulkRow.WAITING: _("waits for its turn"),
        BulkRow.UNDOING: _("is being taken back"),
        BulkRow.DONE: _("done"),
        BulkRow.UNDONE: _("taken back"),
    }[row.state]


def told_of(deed: BulkDeed) -> dict[str, Any]:
    """A deed in words: what, how many, what was not done and why."""
    became = bulk.outcome(deed)
    refused = BulkRow.objects.filter(deed=deed, state__in=(BulkRow.REFUSED, BulkRow.KEPT))
    reasons = sorted({_row_words(row) for row in refused[:MOST]})
    lines = []
    if became.refused:
        lines.append(
            ngettext("%(n)s case was left as it is.", "%(n)s cases were left as they are.", became.refused)
            % {"n": became.refused}
        )
    if became.kept:
        lines.append(
            ngettext("%(n)s case could not be taken back.", "%(n)s cases could not be taken back.", became.kept)
            % {"n": became.kept}
        )
    return {
        "uuid": deed.uuid,
        "key": deed.key,
        "at": deed.at,
        "words": _words(deed, became.done + became.undone + became.kept + became.waiting),
        "told": " ".join(lines),
        "reasons": reasons[:4],
        "state": "running" if became.waiting else "undone" if deed.undone_at else "done",
        "progress": became.total - became.waiting,
        "total": became.total,
        "may_undo": deed.undone_at is None and bool(became.done + became.waiting),
        "tone": "risk" if became.refused or became.kept else "good",
    }


def _words(deed: BulkDeed, n: int) -> str:
    name = owner_name(deed.to_team or deed.to_person)
    said = {"n": n, "name": name, "topic": deed.told.get("topic", ""), "number": deed.into.number if deed.into else ""}
    texts = {
        "take": ngettext("%(n)s case taken", "%(n)s cases taken", n),
        "hand_over": ngettext("%(n)s case handed over to %(name)s", "%(n)s cases handed over to %(name)s", n),
        "resolve": ngettext("%(n)s case resolved", "%(n)s cases resolved", n),
        "reopen": ngettext("%(n)s case opened again", "%(n)s cases opened again", n),
        "topic": ngettext("%(n)s case given the topic %(topic)s", "%(n)s cases given the topic %(topic)s", n),
        "watch": ngettext("%(n)s case watched", "%(n)s cases watched", n),
        "unwatch": ngettext("%(n)s case watched no more", "%(n)s cases watched no more", n),
        "join": ngettext("%(n)s case joined to another", "%(n)s cases joined to another", n),
    }
    return texts[deed.kind] % said


# -- what a deed has to be told --------------------------------------------------------------------------------------


def _ask(
    request: HttpRequest, kind: str, chosen: Sequence[UUID], said: dict[str, str], faults: dict[str, str]
) -> HttpResponse:
    cases = Case.objects.filter(gate.visible_cases(request.user), uuid__in=list(chosen)[: MOST + 1])
    rows = case_rows(request.user, newest_cases(cases, None, MOST)[0], with_snippets=False)
    if not rows:
        return _not_given(request, bulk_refusal(BulkError("none")))
    if kind == "join" and len(rows) < 2:
        return _not_given(request, bulk_refusal(BulkError("two")))
    order = {uuid: place for place, uuid in enumerate(chosen)}
    rows.sort(key=lambda row: order.get(row.uuid, MOST))
    teams, people = choices() if kind == "hand_over" else ([], [])
    titles = {
        "hand_over": ngettext("Hand over %(n)s case", "Hand over %(n)s cases", len(rows)),
        "topic": ngettext("Topic of %(n)s case", "Topic of %(n)s cases", len(rows)),
        "join": ngettext("Join %(n)s case", "Join %(n)s cases", len(rows)),
    }
    context = {
        "area": "inbox",
        "kind": kind,
        "rows": rows,
        "oldest": rows[-1].uuid if kind == "join" else "",
        "said": said,
        "faults": faults,
        "teams": teams,
        "people": people,
        "causes": [Choice(code, cause_name(code)) for code in CAUSES],
        "topics": open_topics() if kind == "topic" and gate.allowed(request.user, "people.read") else [],
        "key": uuid7(),
        "back": _back(request),
        "title": titles[kind] % {"n": len(rows)},
        "part": "desk/parts/bulk_form.html",
        "in_dialog": asked_in_dialog(request),
    }
    template = "desk/parts/dialog.html" if context["in_dialog"] else "desk/pages/bulk_form.html"
    return render(request, template, context, status=422 if faults else 200)


def _not_given(request: HttpRequest, words: str) -> HttpResponse:
    messages.warning(request, words)
    return onward(request, _back(request))


def _uuids(texts: Sequence[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _back(request: HttpRequest) -> str:
    """Where the choice was made: a page of the desk, else the inbox."""
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, None) and not urlsplit(wanted).netloc:
        return wanted[:4000]
    return reverse("desk:inbox")
