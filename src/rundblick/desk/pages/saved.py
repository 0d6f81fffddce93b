"""Saved filters: kept under a name for oneself or a team, changed, moved, deleted; and the star of a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases import filters, watching
from rundblick.cases.deeds import person_of
from rundblick.cases.filters import NAME, FilterError
from rundblick.cases.models import Case, SavedFilter
from rundblick.cases.watching import WatchingError
from rundblick.cases.words import filter_refusal, row_refusal
from rundblick.desk.shapes import Choice
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Team
from rundblick.people.sight import sight_of


@needs("case.read")
@require_http_methods(["GET", "POST"])
def new_filter(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the list that one looks at."""
    return _filter(request, None)


@needs("case.read", about="saved_filter")
@require_http_methods(["GET", "POST"])
def change_filter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a saved filter another name, owner or content."""
    return _filter(request, gate.about(request, SavedFilter))


@needs("case.read", about="saved_filter")
@require_POST
def delete_filter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Delete a saved filter; no case is touched."""
    row = gate.about(request, SavedFilter)
    query = row.query
    row.delete()
    messages.success(request, _("The filter %(name)s is deleted.") % {"name": row.name})
    return redirect(f"{reverse('desk:inbox')}?{query}")


@needs("case.read", about="saved_filter")
@require_POST
def move_filter(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One place up or down."""
    row = gate.about(request, SavedFilter)
    filters.move_filter(row, -1 if request.POST.get("by") == "up" else 1)
    return redirect("desk:filter-change", row.uuid)


def _filter(request: HttpRequest, known: SavedFilter | None) -> HttpResponse:
    user: Any = request.user
    given = request.POST if request.method == "POST" else request.GET
    said = {
        "name": given.get("name", known.name if known else ""),
        "query": given.get("query", known.query if known else ""),
        "team": given.get("team", str(known.team.uuid) if known and known.team else ""),
    }
    fault, status = "", 200
    teams = Team.objects.filter(pk__in=sight_of(user).teams).order_by("name")
    if request.method == "POST":
        team = next((one for one in teams if str(one.uuid) == said["team"]), None)
        try:
            if said["team"] and team is None:
                raise FilterError("team")
            row = filters.save_filter(user, person_of(user), said["name"], said["query"], team, known)
        except FilterError as error:
            fault, status = filter_refusal(error), 422
        else:
            messages.success(request, _("The filter %(name)s is kept beside the inbox.") % {"name": row.name})
            return redirect(f"{reverse('desk:inbox')}?{row.query}")
    context = {
        "area": "inbox",
        "known": known,
        "said": said,
        "fault": fault,
        "longest": NAME,
        "teams": [Choice(str(team.uuid), team.name) for team in teams],
        "back": f"{reverse('desk:inbox')}?{said['query']}",
        "others": filters.saved_filters(user),
    }
    return render(request, "desk/pages/saved_filter.html", context, status=status)


@needs("case.read", about="case")
@require_POST
def watch(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Watch a case, or watch it no more: the star. The answer to a script is the star as it is then."""
    case, person = gate.about(request, Case), person_of(request.user)
    on = case.pk not in watching.watches(person.pk, [case.pk])
    try:
        if on:
            watching.watch(person, [case.pk])
            watching.seen(person, [case.pk])
        else:
            watching.unwatch(person, [case.pk])
    except WatchingError as error:
        on = False
        messages.warning(request, row_refusal(error.code))
    if request.headers.get("HX-Request") == "true":
        return render(request, "desk/parts/star.html", {"case": case, "watched": on})
    return redirect("desk:case", case.uuid)
