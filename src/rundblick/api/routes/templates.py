"""Text modules of answers: read, written, and offered no more."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Status

from rundblick.api import template_shapes as shapes
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED
from rundblick.cases.models import Template
from rundblick.cases.templates import TemplateError, TemplateStale, Told, keep, offered, retire
from rundblick.people.gate import needs
from rundblick.people.models import Team
from rundblick.people.roles import Scope
from rundblick.people.sight import Sight, sight_of

router = Router(tags=["templates"])


def _sight(request: HttpRequest) -> Sight:
    return sight_of(request.user, getattr(request.user, "rundblick_token", None))


@router.get("", response={200: shapes.TemplateList, **REFUSED})
@needs("case.write")
def templates(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=2000)] = 200) -> dict[str, Any]:
    """Text modules in use that you may put into an answer, by name."""
    sight = _sight(request)
    found = offered(None if sight.scope is Scope.ALL else sight.teams).select_related("team").order_by("name", "id")
    return {"items": [_shown(one) for one in found[:limit]]}


@router.post("", response={201: shapes.TemplateShown, **IMPOSSIBLE})
@needs("templates.write")
def new(request: HttpRequest, body: shapes.TemplateTaken) -> Status[dict[str, Any]]:
    """Write a new one."""
    return Status(201, _keep(request, body, None, 0))


@router.put("/{uuid:uuid}", response={200: shapes.TemplateShown, **IMPOSSIBLE})
@needs("templates.write")
def change(request: HttpRequest, uuid: UUID, body: shapes.TemplateChange) -> dict[str, Any]:
    """A new version; one that was put aside is offered again."""
    return _keep(request, body, _found(request, uuid), body.seen)


@router.delete("/{uuid:uuid}", response={200: shapes.TemplateShown, **IMPOSSIBLE})
@needs("templates.write")
def put_aside(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """It is offered no more; what it was stays."""
    found = _found(request, uuid)
    retire(found)
    found.refresh_from_db()
    return _shown(found)


def _found(request: HttpRequest, uuid: UUID) -> Template:
    sight = _sight(request)
    found = Template.objects.filter(uuid=uuid).select_related("team").first()
    if found is None or not (sight.scope is Scope.ALL or found.team_id is None or found.team_id in sight.teams):
        raise Refusal(404, "not-found", _("There is no such object, or you may not see it."))
    return found


def _keep(request: HttpRequest, body: shapes.TemplateTaken, template: Template | None, seen: int) -> dict[str, Any]:
    sight = _sight(request)
    team = Team.objects.filter(uuid=body.team, closed_at__isnull=True).first() if body.team else None
    if body.team and (team is None or not (sight.scope is Scope.ALL or team.pk in sight.teams)):
        raise Refusal(422, "no-such-team", _("Choose one of these teams."))
    told = {name: getattr(body, name) for name in ("name", "text", "language", "channel", "topic")}
    try:
        return _shown(keep(Told(**told, team=team), request.user.pk, template, seen))
    except TemplateError as error:
        raise Refusal(422, "invalid", str(error)) from error
    except TemplateStale as error:
        raise Refusal(
            409, "stale", _("Somebody else has changed it meanwhile. Read it and change it again.")
        ) from error


def _shown(one: Template) -> dict[str, Any]:
    same = ("uuid", "name", "text", "language", "channel", "topic", "version", "changed_at", "used", "used_at")
    return {name: getattr(one, name) for name in same} | {
        "team": one.team.uuid if one.team is not None else None,
        "retired_at": one.retired_at,
    }
