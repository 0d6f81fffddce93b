"""The quarantine: what could not be read, with its cause, and how to run it again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from rundblick.cases.models import Case
from rundblick.core.models import Installation
from rundblick.core.registry import readers
from rundblick.desk.pages.lists import page_key, read_page_key
from rundblick.desk.pages.names import fault_words
from rundblick.desk.shapes import Empty, Kept
from rundblick.intake.models import IntakeFile, Quarantine
from rundblick.intake.quarantine import run_again
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.people import gate
from rundblick.people.gate import needs

PAGE = 50
AT_ONCE = 200  # pieces that one click runs again; the next click takes the next ones
_ROWS_NAMED = 12


@needs("quarantine.read")
def quarantine(request: HttpRequest) -> HttpResponse:
    entries = _open(request.user)
    place = read_page_key(request.GET.get("before", ""))
    if place is not None:
        at, last_id = place
        entries = entries.filter(Q(last_at__lt=at) | Q(last_at=at, id__lt=last_id))
    found = list(entries.order_by("-last_at", "-id")[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    older = page_key(found[-1].last_at, found[-1].pk) if more else ""
    context = {
        "area": "quarantine",
        "pieces": _shown(request.user, found),
        "may": {"run": gate.allowed(request.user, "quarantine.run")},
        "older_url": f"{request.path}?{urlencode({'before': older})}" if older else "",
        "empty": Empty(
            _("Nothing is kept here"),
            _("Everything that came in could be read. What cannot be read waits here with its cause, and is not lost."),
            "circle-check",
        ),
    }
    return render(request, "desk/pages/quarantine.html", context)


@needs("quarantine.run", about="quarantine")
@require_POST
def run_one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    entry = gate.about(request, Quarantine)
    _run(request, [entry])
    return redirect("desk:quarantine")


@needs("quarantine.run")
@require_POST
def run_all(request: HttpRequest) -> HttpResponse:
    """Runs the newest kept pieces again, a bounded number at once."""
    entries = _open(request.user).filter(delivery__isnull=False).order_by("-last_at", "-id")[:AT_ONCE]
    _run(request, list(entries))
    return redirect("desk:quarantine")


def _run(request: HttpRequest, entries: Sequence[Quarantine]) -> None:
    installation = Installation.objects.get(pk=1)
    reader = ReadingProcess(readers)
    try:
        solved = run_again(Road(installation), reader, entries)
    finally:
        reader.close()
    left = len(entries) - solved
    if solved:
        words = ngettext("%(n)s piece went through.", "%(n)s pieces went through.", solved) % {"n": solved}
        messages.success(request, words)
    if left:
        words = ngettext(
            "%(n)s piece still cannot be read and stays here.", "%(n)s pieces still cannot be read and stay here.", left
        )
        messages.warning(request, words % {"n": left})


def _open(user: Any) -> Any:
    visible = gate.visible_quarantine(user)
    return Quarantine.objects.filter(visible, solved_at__isnull=True).select_related("source")


def _shown(user: Any, entries: Sequence[Quarantine]) -> list[Kept]:
    wanted = [entry.case_id for entry in entries if entry.case_id]
    cases = dict(Case.objects.filter(gate.visible_cases(user), pk__in=wanted).values_list("pk", "uuid"))
    files = dict(
        IntakeFile.objects.filter(source__in=[entry.source_id for entry in entries]).values_list("source_id", "name")
    )
    return [_kept(entry, cases, files) for entry in entries]


def _kept(entry: Quarantine, cases: dict[int, UUID], files: dict[int, str]) -> Kept:
    cause, todo = fault_words(entry.fault, entry.detail)
    one = entry.delivery_id is not None
    return Kept(
        uuid=entry.uuid,
        cause=cause,
        todo=todo,
        source=files.get(entry.source_id) or entry.source.name or entry.source.code.partition(":")[2],
        count=entry.count if not one else 1,
        last_at=entry.last_at,
        icon="mail" if one and entry.source.kind == "mail" else "file-unknown",
        where=_where(entry),
        case_uuid=cases.get(entry.case_id) if entry.case_id else None,
        original_url=reverse("desk:quarantine-original", args=[entry.uuid]) if one else "",
        may_run=one,
    )


def _where(entry: Quarantine) -> str:
    parts = []
    if column := entry.detail.get("column"):
        parts.append(_("Column %(column)s") % {"column": column})
    rows = entry.rows or []
    if rows:
        named = ", ".join(str(row) for row in rows[:_ROWS_NAMED]) + (" …" if len(rows) > _ROWS_NAMED else "")
        parts.append(ngettext("row %(rows)s", "rows %(rows)s", len(rows)) % {"rows": named})
    return ", ".join(parts)
