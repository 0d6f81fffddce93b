"""Keeping a search, renaming it, deleting it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases import saved_searches
from rundblick.cases.models import SavedSearch
from rundblick.cases.saved_searches import SavedSearchError, searches_of, teams_to_keep_for
from rundblick.cases.words import saved_search_refusal
from rundblick.desk.pages.dialogs import asked_in_dialog, onward
from rundblick.desk.search_shapes import SavedLine
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Team


def saved_lines(user: Any) -> list[SavedLine]:
    """The reader's own searches and his teams', as the search page lists them."""
    mine = saved_searches.changeable_searches(user)
    changeable = set(SavedSearch.objects.filter(mine).values_list("pk", flat=True))
    return [
        SavedLine(
            uuid=one.uuid,
            name=one.name,
            query=one.query,
            url=address_of(one.query),
            team=one.team.name if one.team else "",
            changeable=one.pk in changeable,
        )
        for one in searches_of(user)
    ]


def address_of(query: str) -> str:
    """The search page with these words in its box."""
    return f"{reverse('desk:search')}?{urlencode({'q': query})}"


@needs("search")
@require_http_methods(["GET", "POST"])
def keep(request: HttpRequest) -> HttpResponse:
    """The form that keeps what stands in the box, and the keeping."""
    told = request.POST if request.method == "POST" else request.GET
    query, name, team = told.get("q", ""), told.get("name", ""), told.get("team", "")
    fault = ""
    if request.method == "POST":
        try:
            saved = saved_searches.keep_search(request.user, name, query, _team(team))
        except SavedSearchError as error:
            fault = saved_search_refusal(error)
        else:
            messages.success(request, _("Kept. It stands under the search and among the suggestions."))
            return onward(request, address_of(saved.query))
    return _form(request, None, name, query, team, fault)


@needs("search", about="saved_search")
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form of a kept search, and its change."""
    saved = gate.about(request, SavedSearch)
    if request.method == "GET":
        team = str(saved.team.uuid) if saved.team else ""
        return _form(request, saved, saved.name, saved.query, team, "")
    name, query, team = (request.POST.get(field, "") for field in ("name", "q", "team"))
    try:
        saved_searches.change_search(request.user, saved, name, query, _team(team))
    except SavedSearchError as error:
        return _form(request, saved, name, query, team, saved_search_refusal(error))
    messages.success(request, _("The saved search is changed."))
    return onward(request, reverse("desk:search"))


@needs("search", about="saved_search")
@require_POST
def delete(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """It is kept no more; what it looked for stands in the box, so that nothing typed is lost."""
    saved = gate.about(request, SavedSearch)
    saved.delete()
    messages.success(request, _("“%(name)s” is deleted. Its words still stand in the box.") % {"name": saved.name})
    return onward(request, address_of(saved.query))


def _team(uuid: str) -> Team | None:
    if not uuid:
        return None
    try:
        team = Team.objects.filter(uuid=UUID(uuid)).first()
    except ValueError:
        team = None
    if team is None:
        raise SavedSearchError("not_member")
    return team


def _form(
    request: HttpRequest, saved: SavedSearch | None, name: str, query: str, team: str, fault: str
) -> HttpResponse:
    teams = teams_to_keep_for(request.user)
    if saved is not None and saved.team is not None and saved.team not in teams:
        teams = [*teams, saved.team]
    context = {
        "area": "search",
        "saved": saved,
        "name": name.replace("\0", ""),
        "query": query.replace("\0", ""),
        "team": team,
        "teams": [(str(one.uuid), one.name) for one in teams],
        "fault": fault,
        "title": _("Change the saved search") if saved else _("Keep this search"),
        "part": "desk/parts/saved_search_form.html",
        "action": reverse("desk:saved-search", args=[saved.uuid]) if saved else reverse("desk:save-search"),
        "in_dialog": asked_in_dialog(request),
    }
    template = "desk/parts/dialog.html" if asked_in_dialog(request) else "desk/pages/saved_search.html"
    return render(request, template, context, status=422 if fault else 200)
