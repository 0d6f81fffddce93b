"""Competence centres: making, renaming, members, the default one, closing one into another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.cases.leaving import LeavingError, close_team, make_default, open_team
from rundblick.cases.models import OPEN_STATES, Case
from rundblick.desk.pages.people import handed_words
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Membership, Person, Role, Team, User
from rundblick.people.teams import TeamError, change_team, make_team, set_members


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team as the list shows it. ``of``: the system of an export that names it, "" for one of ours."""

    uuid: UUID
    name: str
    of: str
    is_default: bool
    is_partner: bool
    closed_at: datetime | None
    successor: str
    members: int
    leads: tuple[str, ...]
    open_cases: int


@needs("admin.users")
def teams(request: HttpRequest) -> HttpResponse:
    """All teams; a new one by its name."""
    return _list(request)


@needs("admin.users")
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    try:
        team = make_team(request.POST.get("name", ""), partner=request.POST.get("partner") == "1", by=_me(request))
    except TeamError as error:
        return _list(request, str(error))
    messages.success(request, _("Made. Now say who works in it."))
    return redirect("desk:team", team.uuid)


@needs("admin.users", about="team")
def team(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One team."""
    return _page(request, gate.about(request, Team))


@needs("admin.users", about="team")
@require_POST
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Its name, whether it is an outside firm's, and who works in it."""
    found = gate.about(request, Team)
    wanted = [one for one in map(_uuid, request.POST.getlist("members")) if one is not None]
    try:
        change_team(
            found, name=request.POST.get("name", ""), partner=request.POST.get("partner") == "1", by=_me(request)
        )
        set_members(found, list(Person.objects.filter(uuid__in=wanted)), by=_me(request))
    except TeamError as error:
        return _page(request, found, str(error))
    messages.success(request, _("Kept."))
    return redirect("desk:team", found.uuid)


@needs("admin.users", about="team")
@require_POST
def default(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """From now on, what nobody else owns goes to this team."""
    found = gate.about(request, Team)
    try:
        make_default(found, _me(request))
    except LeavingError as error:
        return _page(request, found, str(error))
    messages.success(request, _("What nobody else owns goes to %(team)s from now on.") % {"team": found.name})
    return redirect("desk:team", found.uuid)


@needs("admin.users", about="team")
@require_POST
def close(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Close it; what it had goes on in another one."""
    found = gate.about(request, Team)
    named = _uuid(request.POST.get("into", ""))
    into = Team.objects.filter(uuid=named).first() if named is not None else None
    if into is None:
        return _page(request, found, _("Choose the team that takes its cases."))
    try:
        handed = close_team(found, into, _me(request), take_members=request.POST.get("members") == "1")
    except LeavingError as error:
        return _page(request, found, str(error))
    messages.success(request, _("Closed. %(handed)s") % {"handed": handed_words(handed)})
    return redirect("desk:team", found.uuid)


@needs("admin.users", about="team")
@require_POST
def reopen(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """It takes cases again."""
    found = gate.about(request, Team)
    try:
        open_team(found, _me(request))
    except LeavingError as error:
        return _page(request, found, str(error))
    messages.success(request, _("Opened again. What was handed over stays with who has it."))
    return redirect("desk:team", found.uuid)


def _list(request: HttpRequest, fault: str = "") -> HttpResponse:
    found = list(Team.objects.filter(gate.visible_teams(request.user)).select_related("system", "successor"))
    rows = sorted(_rows(found), key=lambda row: (row.closed_at is not None, not row.is_default, row.name.casefold()))
    context = {"area": "company", "teams": rows, "fault": fault, "name": request.POST.get("name", "")}
    return render(request, "desk/pages/teams.html", context, status=422 if fault else 200)


def _page(request: HttpRequest, found: Team, fault: str = "") -> HttpResponse:
    found.refresh_from_db()
    members = set(Membership.objects.filter(team=found).values_list("person_id", flat=True))
    there = Person.objects.filter(user__is_active=True, left_at__isnull=True).select_related("user")
    people = [(one.uuid, one.user.name, one.pk in members) for one in there.order_by("user__name") if one.user]
    context = {
        "area": "company",
        "team": found,
        "row": _rows([found])[0],
        "people": people,
        "others": Team.objects.filter(closed_at__isnull=True).exclude(pk=found.pk).order_by("name"),
        "fault": fault,
    }
    return render(request, "desk/pages/team.html", context, status=422 if fault else 200)


def _rows(found: list[Team]) -> list[TeamRow]:
    ids = [one.pk for one in found]
    here = Q(memberships__person__left_at__isnull=True)
    members = dict(
        Team.objects.filter(pk__in=ids)
        .annotate(n=Count("memberships", filter=here & Q(memberships__person__user__is_active=True)))
        .values_list("id", "n")
    )
    leads: dict[int, list[str]] = {}
    for team_, name in (
        Membership.objects.filter(team__in=ids, person__user__role=Role.LEAD, person__user__is_active=True)
        .order_by("person__user__name")
        .values_list("team_id", "person__user__name")
    ):
        leads.setdefault(team_, []).append(name)
    open_cases = dict(
        Case.objects.filter(owner_team__in=ids, state__in=OPEN_STATES, merged_into__isnull=True)
        .values_list("owner_team")
        .annotate(n=Count("id"))
    )
    return [
        TeamRow(
            one.uuid,
            one.name,
            str(one.system) if one.system else "",
            one.is_default,
            one.is_partner,
            one.closed_at,
            one.successor.name if one.successor else "",
            members.get(one.pk, 0),
            tuple(leads.get(one.pk, ())),
            open_cases.get(one.pk, 0),
        )
        for one in found
    ]


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
