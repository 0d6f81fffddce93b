"""Text modules of answers: the list, one with its versions, and as a table in and out. Under "How we work"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rundblick.cases.models import Template
from rundblick.cases.templates import TemplateError, TemplateStale, Told, from_csv, keep, places, retire, to_csv
from rundblick.core.searching import fold
from rundblick.desk.pages.lists import names_of_users
from rundblick.desk.shapes import Empty
from rundblick.desk.templatetags.desk import channel_name
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Team
from rundblick.people.roles import Scope
from rundblick.people.sight import sight_of

FILE_AT_MOST = 4 << 20  # bytes of a table


def visible(user: Any) -> Q:
    """Text modules for all and, of a lead, those of his teams; whoever sees all cases keeps all."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    return Q() if sight.scope is Scope.ALL else Q(team=None) | Q(team__in=sight.teams)


def teams_for(user: Any) -> list[Team]:
    """The teams for which somebody may write text modules."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    found = Team.objects.filter(closed_at__isnull=True).order_by("name")
    return list(found if sight.scope is Scope.ALL else found.filter(pk__in=sight.teams))


@needs("templates.write")
@require_safe
def templates_page(request: HttpRequest) -> HttpResponse:
    """All text modules, the newest used first; ``q`` looks for words, ``retired`` shows those no longer offered."""
    return _list(request)


def _list(request: HttpRequest, fault: str = "") -> HttpResponse:
    retired = "retired" in request.GET
    found = list(
        Template.objects.filter(visible(request.user), retired_at__isnull=not retired).select_related("team")[:2000]
    )
    typed = request.GET.get("q", "")[:200]
    words = fold(typed.replace("\0", "")).split()
    if words:
        found = [one for one in found if all(word in fold(f"{one.name} {one.topic} {one.text}") for word in words)]
    never = datetime(1970, 1, 1, tzinfo=UTC)
    found.sort(key=lambda one: fold(one.name))
    found.sort(key=lambda one: one.used_at or never, reverse=True)
    context = {
        "area": "company",
        "found": found,
        "typed": typed,
        "retired": retired,
        "fault": fault,
        "empty": Empty(
            _("No text modules yet"),
            _("Write texts that are needed again and again. Whoever answers puts them in with two keys."),
            "note",
        ),
    }
    return render(request, "desk/pages/templates.html", context, status=422 if fault else 200)


@needs("templates.write")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Writes a new one."""
    return _form(request, None)


@needs("templates.write")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Shows one with its versions; changes it, or offers it no more."""
    found = get_object_or_404(Template.objects.filter(visible(request.user)), uuid=uuid)
    if request.method == "POST" and request.POST.get("deed") == "retire":
        retire(found)
        messages.success(request, _("It is offered no more. It stands under those put aside."))
        return redirect("desk:templates")
    return _form(request, found)


def _form(request: HttpRequest, template: Template | None) -> HttpResponse:
    form, faults = request.POST, dict[str, str]()
    told = {name: form.get(name, "") for name in ("name", "text", "language", "channel", "topic", "team")}
    if request.method != "POST" and template is not None:
        told = {name: getattr(template, name) for name in ("name", "text", "language", "channel", "topic")}
        told["team"] = str(template.team.uuid) if template.team is not None else ""
    seen = template.version if template is not None else 0
    teams = teams_for(request.user)
    if request.method == "POST":
        version = form.get("version", "")
        seen = int(version) if version.isdecimal() and len(version) < 9 else 0
        team = next((one for one in teams if str(one.uuid) == told["team"]), None)
        if told["team"] and team is None:
            faults["team"] = _("Choose one of these teams.")
        try:
            if not faults:
                fields = {name: told[name] for name in ("name", "text", "language", "channel", "topic")}
                keep(Told(**fields, team=team), request.user.pk, template, seen)
                messages.success(request, _("Kept. It is offered from now on."))
                return redirect("desk:templates")
        except TemplateError as error:
            faults[error.where] = str(error)
        except TemplateStale:
            faults["text"] = _("Somebody else has changed it meanwhile. Their text stands below, under versions.")
            assert template is not None
            template.refresh_from_db()
            seen = template.version
    versions = list(template.versions.order_by("-version")[:20]) if template is not None else []
    by = names_of_users({one.by for one in versions})
    context = {
        "area": "company",
        "template": template,
        "told": told,
        "faults": faults,
        "version": seen,
        "teams": teams,
        "languages": [("", _("any")), ("de", _("German")), ("en", _("English"))],
        "channels": [("", _("any")), *((one, channel_name(one)) for one in ("email", "chat", "letter", "phone"))],
        "places": [(f"{{{{{name}}}}}", words) for name, words in places().items()],
        "history": [(one, by.get(one.by or 0, "")) for one in versions],
    }
    return render(request, "desk/pages/template.html", context, status=422 if faults else 200)


@needs("templates.write")
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """All that are in use, as a table (CSV)."""
    found = (
        Template.objects.filter(visible(request.user), retired_at=None).select_related("team").order_by("name", "id")
    )
    response = HttpResponse("\ufeff" + to_csv(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="templates.csv"'
    return response


@needs("templates.write")
@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Takes a table in, whole or not at all; every wrong row is named with its line."""
    if not gate.allowed(request.user, "admin.settings"):
        return _list(request, _("A table is taken in for all teams: an administrator does that."))
    file = request.FILES.get("file")
    if file is None:
        return _list(request, _("Choose a file."))
    name = (file.name or "")[:100]
    if (file.size or 0) > FILE_AT_MOST:
        return _list(request, _("%(file)s is too large: 4 MB are the most.") % {"file": name})
    try:
        done = from_csv(file.read().decode("utf-8-sig"), name, request.user.pk)
    except UnicodeDecodeError:
        return _list(request, _("%(file)s is not UTF-8. Save it as CSV UTF-8.") % {"file": name})
    except TemplateError as error:
        return _list(request, str(error))
    told = {"new": done.new, "changed": done.changed, "same": done.same}
    messages.success(request, _("%(new)d new, %(changed)d changed, %(same)d as they were.") % told)
    return redirect("desk:templates")
