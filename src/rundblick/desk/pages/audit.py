"""The audit: who saw and did what, by person, customer or case, kind and time; as a page and as a file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.cases.models import Case
from rundblick.core.numbers import NumberError, parse, spaced
from rundblick.core.spreadsheets import safe_cell
from rundblick.customers.models import Customer
from rundblick.desk.shapes import Empty
from rundblick.people import gate
from rundblick.people.audit import DONE, SEEN, Entry, Wanted, read_place, trail, write_place
from rundblick.people.gate import needs
from rundblick.people.models import ApiToken, Person, PersonContent, Team, User

PAGE: Final = 100
_EXPORTED: Final = 100_000  # rows of a file; the filters make it smaller
_PORTION: Final = 2_000
_NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the audit. ``about``: (what it is called, its address or "")."""

    at: datetime
    who: str
    by: str
    what: str
    code: str
    about: tuple[tuple[str, str], ...]


@needs("audit.read")
def audit(request: HttpRequest) -> HttpResponse:
    """The newest looks and deeds; looking at them is one too."""
    wanted, fault = wanted_of(request.GET)
    found, place = trail(wanted, read_place(request.GET.get("before", "")), PAGE) if not fault else ([], None)
    asked = {key: request.GET[key] for key in _ASKED if request.GET.get(key)}
    gate.saw(request, "audit", [wanted.user or request.user.pk])
    context = {
        "area": "company",
        "rows": rows_of(found),
        "older": f"{request.path}?{urlencode({**asked, 'before': write_place(place)})}" if place else "",
        "export": f"{reverse('desk:audit-export')}?{urlencode(asked)}",
        "asked": {key: request.GET.get(key, "") for key in _ASKED},
        "users": list(User.objects.order_by("name").values_list("uuid", "name")[:500]),
        "fault": fault,
        "empty": Empty(_("Nothing found"), _("Nobody saw or did this in that time."), "history"),
    }
    return render(request, "desk/pages/audit.html", context, status=422 if fault else 200)


_ASKED: Final = ("what", "user", "number", "kind", "begin", "end")


@needs("audit.read")
def export(request: HttpRequest) -> HttpResponseBase:
    """The same as a file of comma-separated values, at most 100,000 rows. No cell of it is a formula."""
    wanted, fault = wanted_of(request.GET)
    if fault:
        return HttpResponse(fault, status=422, content_type="text/plain; charset=utf-8")
    gate.saw(request, "audit", [wanted.user or request.user.pk], permission="audit.export")
    response = StreamingHttpResponse(_lines(wanted), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


class _Echo:
    def write(self, text: str) -> str:
        return text


def _lines(wanted: Wanted) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(["at", "who", "by", "what", "code", "about"])
    place, n = None, 0
    while n < _EXPORTED:
        found, place = trail(wanted, place, min(_PORTION, _EXPORTED - n))
        n += len(found)
        for row in rows_of(found):
            cells = [row.at.isoformat(), row.who, row.by, row.what, row.code, "; ".join(name for name, _ in row.about)]
            yield writer.writerow([safe_cell(cell) for cell in cells])
        if place is None:
            return


def wanted_of(asked: Any) -> tuple[Wanted, str]:
    """What a form or an address asks for, and what is wrong with it ("" nothing)."""
    user = None
    if asked.get("user"):
        uuid = _uuid_text(asked["user"])
        user = User.objects.filter(uuid=uuid).first() if uuid is not None else None
        if user is None:
            return Wanted(), _("There is no such person. Choose somebody from the list.")
    about: tuple[tuple[str, tuple[int, ...]], ...] = ()
    if number := str(asked.get("number", "")).strip():
        about = _about(number)
        if not about:
            return Wanted(), _('"%s" is the number of no customer and no case. Check it.') % number[:60]
    days = []
    for key in ("begin", "end"):
        text = str(asked.get(key, "")).strip()
        try:
            days.append(timezone.make_aware(datetime.strptime(text, "%Y-%m-%d")) if text else None)
        except ValueError:
            return Wanted(), _("Enter the days as year-month-day.")
    person = Person.objects.filter(user=user).values_list("id", flat=True).first() if user is not None else None
    what = str(asked.get("what", ""))
    return (
        Wanted(
            what=what if what in (SEEN, DONE) else "",
            user=user.pk if user is not None else None,
            person=(person or _NOBODY) if user is not None else None,
            kind=str(asked.get("kind", "")).strip()[:60],
            about=about,
            begin=days[0],
            end=days[1] + timedelta(days=1) if days[1] is not None else None,
        ),
        "",
    )


def _about(number: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The customer or case of a number, with those that were merged into it: what was seen then was him too."""
    try:
        told = parse(number)
    except NumberError:
        return ()
    found: list[tuple[str, tuple[int, ...]]] = []
    for type_, model in (("customer", Customer), ("case", Case)):
        one = model._default_manager.filter(number=told).first()
        if one is not None:
            now = one.merged_into_id or one.pk
            others = model._default_manager.filter(merged_into_id=now).values_list("id", flat=True)
            found.append((type_, (now, *others)))
    return tuple(found)


# -- words ------------------------------------------------------------------------------------------------------------


def rows_of(found: Iterable[Entry]) -> list[Row]:
    """Entries with the names of people and the numbers of what they saw, each asked by one statement for all."""
    entries = list(found)
    ids: dict[str, set[int]] = {}
    for one in entries:
        for type_, id_ in one.objects:
            ids.setdefault(type_, set()).add(id_)
    users = dict(User.objects.filter(pk__in={one.user for one in entries if one.user}).values_list("id", "name"))
    persons = {one.person for one in entries if one.person} | ids.get("person", set())
    names = dict(PersonContent.objects.filter(pk__in=persons).values_list("pk", "name"))
    tokens = dict(ApiToken.objects.filter(pk__in={one.token for one in entries}).values_list("id", "name"))
    shown: dict[tuple[str, int], tuple[str, str]] = {}
    customers = Customer.objects.filter(pk__in=ids.get("customer", ()))
    for id_, number, uuid in customers.values_list("id", "number", "uuid"):
        shown["customer", id_] = (spaced(number), reverse("desk:customer", args=[uuid]))
    for id_, number, uuid in Case.objects.filter(pk__in=ids.get("case", ())).values_list("id", "number", "uuid"):
        shown["case", id_] = (spaced(number), reverse("desk:case", args=[uuid]))
    for id_, name in Team.objects.filter(pk__in=ids.get("team", ())).values_list("id", "name"):
        shown["team", id_] = (name, "")
    for id_, name in User.objects.filter(pk__in=ids.get("user", ())).values_list("id", "name"):
        shown["user", id_] = (name, "")
    shown |= {("person", id_): (name, "") for id_, name in names.items()}
    return [
        Row(
            one.at,
            users.get(one.user or 0) or names.get(one.person or 0, "") or "–",
            tokens.get(one.token, "") or "API" if one.token else "",
            pgettext("audit", "saw") if one.what == SEEN else deed_words(one.kind),
            one.kind,
            tuple(_object(type_, id_, shown) for type_, id_ in one.objects),
        )
        for one in entries
    ]


def _object(type_: str, id_: int, shown: dict[tuple[str, int], tuple[str, str]]) -> tuple[str, str]:
    name, address = shown.get((type_, id_), (str(id_), ""))
    return f"{object_words(type_)} {name}", address


def object_words(type_: str) -> str:
    """What a kind of object is called."""
    return {
        "customer": _("Customer"),
        "case": _("Case"),
        "person": _("Agent"),
        "team": _("Team"),
        "user": _("User"),
        "message": _("Message"),
    }.get(type_, type_)


def deed_words(kind: str) -> str:
    """A deed in the reader's words; one without words is shown by its code."""
    return {
        "case.handed_over": _("handed over"),
        "case.resolved": _("resolved"),
        "case.reopened": _("opened again"),
        "case.joined": _("joined cases"),
        "note.added": _("wrote a note"),
        "user.invited": _("invited"),
        "user.changed": _("changed a user"),
        "user.locked": _("locked out"),
        "user.unlocked": _("let in again"),
        "person.left": _("entered a leaving"),
        "person.returned": _("took a leaving back"),
        "absence.entered": _("entered an absence"),
        "absence.ended": _("ended an absence"),
        "company.changed": _("changed the company"),
        "team.made": _("made a team"),
        "team.changed": _("changed a team"),
        "team.members": _("changed the members"),
        "team.closed": _("closed a team"),
        "team.opened": _("opened a team again"),
        "team.default": _("made it the default team"),
    }.get(kind, kind)


def _uuid_text(text: str) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
