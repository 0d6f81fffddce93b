"""Saved searches: one's own and those of one's teams."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from rundblick.api import saved_shapes as shapes
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED
from rundblick.api.routes.me import shown_team
from rundblick.cases import saved_searches
from rundblick.cases.models import SavedSearch
from rundblick.cases.saved_searches import SavedSearchError
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Team

router = Router(tags=["search"])


@router.get("", response={200: shapes.SavedSearches, **REFUSED})
@needs("search")
def list_searches(request: HttpRequest) -> dict[str, Any]:
    """Yours, then those of your teams, each by name."""
    found = saved_searches.searches_of(request.user)
    changeable = _changeable(request)
    return {"items": [_shown(one, one.pk in changeable) for one in found]}


@router.post("", response={201: shapes.SavedSearch, **IMPOSSIBLE})
@needs("search")
def keep_search(request: HttpRequest, body: shapes.SavedSearchTaken) -> Status[dict[str, Any]]:
    """Keep a search. 409 `taken`, `too-many`; 422 `not-member`: you do not work on cases in that team."""
    team = _team(body.team)
    saved = saved_searches.keep_search(request.user, body.name, body.query, team)
    return Status(201, _shown(saved, True))


@router.put("/{uuid:uuid}", response={200: shapes.SavedSearch, **IMPOSSIBLE})
@needs("search", about="saved_search")
def change_search(request: HttpRequest, uuid: UUID, body: shapes.SavedSearchTaken) -> dict[str, Any]:
    """Another name, other words, another owner."""
    saved = gate.about(request, SavedSearch)
    return _shown(saved_searches.change_search(request.user, saved, body.name, body.query, _team(body.team)), True)


@router.delete("/{uuid:uuid}", response={204: None, **REFUSED})
@needs("search", about="saved_search")
def delete_search(request: HttpRequest, uuid: UUID) -> Status[None]:
    gate.about(request, SavedSearch).delete()
    return Status(204, None)


def _changeable(request: HttpRequest) -> set[int]:
    mine = saved_searches.changeable_searches(request.user)
    return set(SavedSearch.objects.filter(mine).values_list("pk", flat=True))


def _team(uuid: UUID | None) -> Team | None:
    if uuid is None:
        return None
    team = Team.objects.filter(uuid=uuid).first()
    if team is None:
        raise SavedSearchError("not_member")
    return team


def _shown(saved: SavedSearch, changeable: bool) -> dict[str, Any]:
    return {
        "uuid": saved.uuid,
        "name": saved.name,
        "query": saved.query,
        "team": shown_team(saved.team) if saved.team else None,
        "changeable": changeable,
    }
