"""Who the token stands for, and whether the installation is well."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from django.db import DatabaseError, connection
from django.http import HttpRequest
from ninja import Router, Status

from rundblick.api import shapes
from rundblick.people.gate import needs, public
from rundblick.people.models import Team
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
