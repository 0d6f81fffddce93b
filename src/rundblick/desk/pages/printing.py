"""A case on paper: everything that was written in it, complete, nothing folded, without anything to click."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from rundblick.cases.models import Attachment, Case, Message
from rundblick.core.database import cursor
from rundblick.core.models import Installation
from rundblick.customers.golden import customer_names, facts_in, name_in
from rundblick.desk import sql
from rundblick.desk.pages.lists import names_of_people
from rundblick.people import gate
from rundblick.people.gate import needs

MOST: Final = 2_000
"""Messages on paper; of more the latest ones, and the page says so."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One message. ``direction`` is "in", "out" or "note"; ``files``: names."""

    at: datetime
    direction: str
    channel: str
    author: str
    subject: str
    text: str
    files: tuple[str, ...]


@needs("case.read", about="case")
def print_case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The whole case on A4; ``?notes=0`` leaves the internal notes out, for whom it is handed to outside."""
    case = gate.about(request, Case)
    if case.uuid != uuid:
        return redirect("desk:print", case.uuid)
    gate.saw(request, "customer", [case.customer_id])
    with_notes = request.GET.get("notes") != "0"
    found = Message.objects.filter(case=case, superseded=False)
    if not with_notes:
        found = found.exclude(direction="note")
    n = found.count()
    content = getattr(case, "content", None)
    context = {
        "case": case,
        "title": content.subject if content else "",
        "company": Installation.objects.values_list("company", flat=True).first() or "",
        "customer": _customer(request.user, case),
        "messages_printed": _printed(found),
        "left_out": max(0, n - MOST),
        "with_notes": with_notes,
        "now": timezone.now(),
    }
    return render(request, "desk/pages/print.html", context)


def _printed(found: Any) -> list[Printed]:
    attached = Attachment.objects.select_related("content").order_by("position")
    newest = found.select_related("content", "team").prefetch_related(Prefetch("attachments", queryset=attached))
    rows = list(newest.order_by("-at", "-seq", "-id")[:MOST])
    names = names_of_people(message.person_id for message in rows)
    records = _names_of_records([message.record_id for message in rows if message.record_id])
    return [_one(message, names, records) for message in reversed(rows)]


def _names_of_records(ids: list[int]) -> dict[int, str]:
    """What their systems call who wrote, where the message itself names nobody: a call, a chat of who was signed in."""
    if not ids:
        return {}
    with cursor() as cur:
        cur.execute(sql.RECORD_NAMES, (ids,))
        return {record: name_in(facts_in(facts)) or key for record, key, facts, _system in cur.fetchall()}


def _one(message: Message, names: dict[int, str], records: dict[int, str]) -> Printed:
    content = getattr(message, "content", None)
    written = (content.author or content.address) if content else ""
    written = written or records.get(message.record_id or 0, "")
    ours = names.get(message.person_id or 0, "") or (message.team.name if message.team else "")
    return Printed(
        at=message.at,
        direction=message.direction,
        channel=message.channel,
        author=written if message.direction == "in" else ours or written,
        subject=content.subject if content else "",
        text=content.text if content else "",
        files=tuple(
            name for one in message.attachments.all() if (name := getattr(getattr(one, "content", None), "name", ""))
        ),
    )


def _customer(user: Any, case: Case) -> tuple[str, str]:
    """Name and number, as far as the reader sees them."""
    if case.customer_id is None or case.customer is None:
        return "", ""
    with cursor() as cur:
        hidden = gate.hidden_fields(user, "customer")
        names = customer_names(cur, [case.customer_id], with_addresses="identifiers" not in hidden)
    number = "" if "customer_number" in gate.hidden_fields(user, "case") else case.customer.number
    return names.get(case.customer_id, ""), number
