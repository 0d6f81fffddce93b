"""A team's board: who is here, what each has, what runs out next, and what lies around."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from rundblick.cases.board import COUNTED, WHATS, Board, Member, board, on_board, sees_load
from rundblick.cases.models import Case
from rundblick.core.database import cursor
from rundblick.desk.pages.lists import COLUMNS, PAGE, case_rows, names_of_people
from rundblick.desk.shapes import CaseRow, Empty
from rundblick.desk.templatetags.desk import number
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Person, Team
from rundblick.people.sight import sight_of

_TEAMS = 200
_DEEP = 40  # pages of a list; who needs more filters the inbox


@dataclass(frozen=True, slots=True)
class Number:
    """A count that leads to its cases; ``tone``: "", "risk", "bad"."""

    label: str
    value: str
    url: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the team; ``figures`` None where the reader does not see another's load."""

    name: str
    is_me: bool
    state: str
    until: datetime | None
    figures: tuple[Number, ...] | None


@dataclass(frozen=True, slots=True)
class Risk:
    row: CaseRow
    what: str
    due_at: datetime


def names() -> dict[str, str]:
    """What the numbers of a board are called."""
    return {
        "open": pgettext("board", "Open"),
        "waiting": _("Waiting for the customer"),
        "overdue": pgettext("board", "Overdue"),
        "hour": _("Due within the hour"),
        "today": _("Due later today"),
        "unowned": _("Nobody has them yet"),
        "offered": _("Handed over, not accepted"),
        "unanswered": _("Without a first answer"),
        "due": _("Overdue or due today"),
    }


@needs("case.read")
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The board of one's own team, or of the one that is asked for."""
    teams = teams_of(request.user)
    wanted = request.GET.get("team", "")
    found = next((one for one in teams if str(one.uuid) == wanted), None) or next(iter(teams), None)
    if found is not None:
        return redirect("desk:team-board", found.uuid)
    empty = Empty(
        _("You belong to no team"),
        _("A board belongs to a team. An administrator puts you into one under Teams."),
        "users",
    )
    return render(request, "desk/pages/board.html", {"area": "board", "empty": empty})


@needs("case.read", about="team")
@require_safe
def team_board(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One team's board."""
    team = gate.about(request, Team)
    user: Any = request.user
    with cursor() as cur:
        told = board(cur, team, timezone.now(), timezone.get_current_timezone())
    ids = {one.case for one in told.at_risk} | {*told.unowned, *told.offered, *told.unanswered}
    rows = _rows(request, ids)
    makers = names_of_people(one.made_by for one in told.commitments)
    context = {
        "area": "board",
        "team": team,
        "teams": teams_of(user),
        "told": told,
        "numbers": numbers(told),
        "people": colleagues(user, told),
        "risks": [Risk(rows[one.case], one.what, one.due_at) for one in told.at_risk if one.case in rows],
        "sections": [_section(told, what, ids_, rows) for what, ids_ in _lists(told)],
        "commitments": [(one, makers.get(one.made_by or 0, "")) for one in told.commitments],
        "may_hand": gate.allowed(user, "case.handover"),
        "names": names(),
    }
    return render(request, "desk/pages/board.html", context)


@needs("case.read", about="team")
@require_safe
def team_list(request: HttpRequest, uuid: UUID, name: str) -> HttpResponse:
    """The cases behind a number of a board, in the order in which they are to be looked at."""
    team = gate.about(request, Team)
    if name not in (*WHATS, "due"):
        return redirect("desk:team-board", team.uuid)
    user: Any = request.user
    person = _person(user, team, request.GET.get("person", ""))
    page = int(given) if (given := request.GET.get("page", "")).isdecimal() and len(given) < 4 else 0
    page = min(page, _DEEP - 1)
    cases = on_board(team.pk, name, timezone.now(), timezone.get_current_timezone(), person.pk if person else None)
    found = list(cases.values(*COLUMNS)[page * PAGE : (page + 1) * PAGE + 1])
    gate.saw(request, "customer", {row["customer_id"] for row in found[:PAGE]})
    kept = {"person": str(person.uuid)} if person else {}
    whose = names_of_people([person.pk]).get(person.pk, "") if person else team.name
    more = len(found) > PAGE and page + 1 < _DEEP
    context = {
        "area": "board",
        "title": f"{names()[name]}: {whose}",
        "back_url": reverse("desk:team-board", args=[team.uuid]),
        "team": team,
        "rows": case_rows(user, found[:PAGE]),
        "older_url": f"{request.path}?{urlencode({**kept, 'page': page + 1})}" if more else "",
        "newer_url": f"{request.path}?{urlencode(kept)}" if page else "",
        "empty": Empty(
            _("Nothing here any more"), _("Somebody was faster. The board shows what is left."), "circle-check"
        ),
    }
    return render(request, "desk/pages/board_list.html", context)


def teams_of(user: Any) -> list[Team]:
    """The teams whose boards somebody sees, his own first."""
    own = set(sight_of(user).teams)
    found = Team.objects.filter(gate.visible_teams(user, "case.read"), closed_at__isnull=True)
    return sorted(found[:_TEAMS], key=lambda one: (one.pk not in own, not one.is_default, one.name.casefold(), one.pk))


def numbers(told: Board) -> list[Number]:
    """The team's numbers, each leading to its cases."""
    labels, tones = names(), {"overdue": "bad", "hour": "risk"}
    return [
        Number(
            labels[what],
            capped(told.counts[what]),
            reverse("desk:team-board-list", args=[told.team.uuid, what]),
            tones.get(what, "") if told.counts[what] else "",
        )
        for what in WHATS
    ]


def colleagues(user: Any, told: Board) -> list[Colleague]:
    """Who works in the team; another's load is for whoever sees figures of teams, one's own is always one's own."""
    sight = sight_of(user)
    shown = told.members if sight.allows("people.read") else [one for one in told.members if one.id == sight.person]
    return [
        Colleague(
            one.name,
            one.id == sight.person,
            one.state,
            one.until,
            _load(told.team, one) if sees_load(user, one.id) else None,
        )
        for one in shown
    ]


def capped(n: int) -> str:
    return f"{number(COUNTED)}+" if n > COUNTED else number(n)


def _load(team: Team, one: Member) -> tuple[Number, ...]:
    query = urlencode({"person": str(one.uuid)})

    def url(what: str) -> str:
        return f"{reverse('desk:team-board-list', args=[team.uuid, what])}?{query}"

    return (
        Number(pgettext("board", "open"), capped(one.load.open), url("open")),
        Number(pgettext("board", "waiting"), capped(one.load.waiting), url("waiting")),
        Number(pgettext("board", "due today"), capped(one.load.due), url("due"), "risk" if one.load.due else ""),
    )


def _person(user: Any, team: Team, text: str) -> Person | None:
    """The member of a team whose cases are asked for; None for what is none, or is not for this reader."""
    try:
        found = Person.objects.filter(uuid=UUID(text), memberships__team=team).first() if text else None
    except ValueError:
        return None
    return found if found is not None and sees_load(user, found.pk) else None


def _lists(told: Board) -> list[tuple[str, tuple[int, ...]]]:
    return [("unowned", told.unowned), ("offered", told.offered), ("unanswered", told.unanswered)]


def _section(told: Board, what: str, ids: tuple[int, ...], rows: dict[int, CaseRow]) -> dict[str, Any]:
    return {
        "title": names()[what],
        "count": capped(told.counts[what]),
        "url": reverse("desk:team-board-list", args=[told.team.uuid, what]),
        "rows": [rows[id_] for id_ in ids if id_ in rows],
    }


def _rows(request: HttpRequest, ids: set[int]) -> dict[int, CaseRow]:
    found = Case.objects.filter(gate.visible_cases(request.user), pk__in=ids).values(*COLUMNS)
    rows = list(found)
    gate.saw(request, "customer", {row["customer_id"] for row in rows})
    return {row.id: row for row in case_rows(request.user, rows, with_snippets=False)}
