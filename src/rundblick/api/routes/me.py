"""Who the token stands for, whom one can hand over to, and whether the installation is well."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest
from ninja import Router, Status

from rundblick.api import shapes
from rundblick.people.gate import needs, public
from rundblick.people.models import PersonContent, Team
from rundblick.people.sight import sight_of

router = Router(tags=["me"])


@router.get("/me", response={200: shapes.Me, 401: shapes.Problem, 403: shapes.Problem, 429: shapes.Problem})
@needs("self")
def me(request: HttpRequest) -> dict[str, Any]:
    """The owner of the token, and what the token may do."""
    user: Any = request.user
    token = user.rundblick_token
    sight = sight_of(user, token)
    teams = Team.objects.filter(pk__in=sight.teams).order_by("name", "id")
    return {
        "uuid": user.uuid,
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "language": user.language,
        "teams": [shown_team(team) for team in teams],
        "permissions": sorted(sight.permissions),
        "token": token,
    }


@router.get("/teams", response={200: list[shapes.Team], 401: shapes.Problem, 403: shapes.Problem, 429: shapes.Problem})
@needs("people.read")
def teams(request: HttpRequest) -> list[dict[str, Any]]:
    """The teams a case can be handed over to: the installation's own, not those an export names."""
    return [shown_team(team) for team in Team.objects.filter(system__isnull=True).order_by("name", "id")]


@router.get(
    "/people", response={200: list[shapes.Agent], 401: shapes.Problem, 403: shapes.Problem, 429: shapes.Problem}
)
@needs("people.read")
def people(request: HttpRequest) -> list[dict[str, Any]]:
    """The people a case can be handed over to."""
    found = PersonContent.objects.filter(person__user__is_active=True).order_by("name", "person_id")
    return [{"uuid": uuid, "name": name} for uuid, name in found.values_list("person__uuid", "name")]


@router.get("/health", auth=None, response={200: shapes.Health, 503: shapes.Health})
@public("monitors ask without a token; it tells nothing of anybody")
def health(request: HttpRequest) -> Status[dict[str, str]]:
    """Whether pages and database answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Status(503, {"status": "database away", "version": version("rundblick")})
    return Status(200, {"status": "ok", "version": version("rundblick")})


def shown_team(team: Team) -> dict[str, Any]:
    return {"uuid": team.uuid, "name": team.name, "partner": team.is_partner}
