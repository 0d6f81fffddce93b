"""The inbox: views, filters, a page of cases; beside it the case that is being read, and what was just done to many."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.cases import filters
from rundblick.cases.filters import Wanted
from rundblick.cases.models import BulkDeed
from rundblick.core.ids import uuid7
from rundblick.core.message import Channel
from rundblick.desk.pages.bulk import told_of
from rundblick.desk.pages.lists import case_rows, most_urgent_cases, newest_cases, read_page_key
from rundblick.desk.pages.views import VIEW_WORDS, views_of
from rundblick.desk.shapes import Choice, Empty
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Person, Team
from rundblick.people.sight import sight_of

_JUST_NOW = timedelta(minutes=10)  # so long a deed on many stands above the list with its undo
LANGUAGES = ("de", "en", "fr", "it", "es", "nl", "pl", "tr", "ru", "uk", "ar")


@needs("case.read")
def start(request: HttpRequest) -> HttpResponse:
    return redirect("desk:inbox")


@needs("case.read")
def inbox(request: HttpRequest) -> HttpResponse:
    """A page of cases of one view. Unknown values in the address count as not given."""
    user = request.user
    wanted = filters.read(request.GET.dict(), usual_view(user))
    before = read_page_key(request.GET.get("before", ""))
    urgent = wanted.order == "due" or (wanted.view == "due" and "order" not in request.GET)
    page_of = most_urgent_cases if urgent else newest_cases
    found, next_key = page_of(filters.cases_of(user, wanted), before)
    gate.saw(request, "customer", {row["customer_id"] for row in found})
    address, kept = reverse("desk:inbox"), filters.written(wanted)
    saved = filters.saved_filters(user)
    chosen = next((one for one in saved if one.query == kept), None)
    context = {
        "area": "inbox",
        "view": wanted.view,
        "wanted": replace(wanted, order="due" if urgent else ""),
        "query": kept,
        "title": chosen.name if chosen else _title(wanted),
        "saved_filter": chosen,
        "views": views_of(request, wanted, saved, counted=True),
        "states": _states(),
        "channels": [str(code) for code in Channel],
        "more": _more_filters(user, wanted),
        "filtered": wanted.is_filtered,
        "rows": case_rows(user, found),
        "choose": True,
        "may": {name: gate.allowed(user, f"case.{name}") for name in ("write", "handover")},
        "deed_key": uuid7(),
        "deed": _just_done(user),
        "own_teams": _own_teams(user),
        "older_url": f"{address}?{kept}&before={next_key}" if next_key else "",
        "newer_url": f"{address}?{kept}" if before else "",
        "first_page": before is None,
        "beside": _beside(request.GET.get("case", "")),
        "empty": _empty(wanted),
    }
    return render(request, "desk/pages/inbox.html", context)


@needs("case.read")
def inbox_views(request: HttpRequest) -> HttpResponse:
    """The views with their counts, for a page that shows them without."""
    wanted = filters.read(request.GET.dict(), usual_view(request.user))
    named = wanted if request.GET.get("view") else replace(wanted, view="")
    views = views_of(request, named, filters.saved_filters(request.user), counted=True)
    return render(request, "desk/parts/views.html", {"views": views, "query": request.GET.urlencode()})


def usual_view(user: Any) -> str:
    """What the inbox begins with; a manager of no team starts with everything."""
    return "team" if sight_of(user).teams else "all"


def _title(wanted: Wanted) -> str:
    if wanted.view == "team" and wanted.team:
        name = Team.objects.filter(uuid=wanted.team).values_list("name", flat=True).first()
        if name:
            return name
    return VIEW_WORDS[wanted.view]()


def _states() -> list[tuple[str, str]]:
    return [
        ("open", _("All that is open")),
        ("new", _("Only new")),
        ("pending", _("Waiting for the customer")),
        ("resolved", _("Resolved and closed")),
        ("any", _("All states")),
    ]


def _more_filters(user: Any, wanted: Wanted) -> dict[str, Any]:
    """What else a list can be narrowed by, as far as the reader may know of it."""
    sight = sight_of(user)
    everybody = gate.allowed(user, "people.read")
    teams = Team.objects.filter(system__isnull=True, closed_at__isnull=True).order_by("name")
    people = Person.objects.filter(user__is_active=True, left_at__isnull=True)
    if not everybody:
        teams, people = teams.filter(pk__in=sight.teams), people.filter(pk__in=sight.colleagues)
    topics = filters.open_topics() if everybody else []
    named = people.values_list("uuid", "user__name")
    return {
        "teams": [Choice(str(team.uuid), team.name) for team in teams],
        "owners": [
            Choice("nobody", _("Nobody yet")),
            *sorted((Choice(str(uuid), name) for uuid, name in named), key=lambda one: one.name.casefold()),
        ],
        "topics": topics,
        "tier": "tier" not in gate.hidden_fields(user, "case"),
        "languages": list(dict.fromkeys([*LANGUAGES, *([wanted.language] if wanted.language else [])])),
        "set": sum(
            bool(getattr(wanted, name)) for name in ("team", "owner", "topic", "tier", "language", "draft", "overdue")
        ),
    }


def _own_teams(user: Any) -> list[Choice]:
    teams = Team.objects.filter(pk__in=sight_of(user).teams).order_by("name")
    return [Choice(str(team.uuid), team.name) for team in teams]


def _just_done(user: Any) -> dict[str, Any] | None:
    person = sight_of(user).person
    deed = BulkDeed.objects.filter(person=person).order_by("-pk").first() if person else None
    if deed is None or timezone.now() - deed.at > _JUST_NOW:
        return None
    return told_of(deed)


def _beside(text: str) -> str:
    """The case that the address names to stand beside the list; whether it may be seen is asked when it is fetched."""
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def _empty(wanted: Wanted) -> Empty:
    everything = f"{reverse('desk:inbox')}?view=all&state=any"
    inbox_url = reverse("desk:inbox")
    if wanted.is_filtered:
        return Empty(
            _("Nothing matches this filter"),
            _("No case is as this filter asks. Clear the filter to see the others."),
            "adjustments-horizontal",
            f"{inbox_url}?view={wanted.view}",
            _("Clear the filter"),
        )
    if wanted.view == "mine":
        return Empty(
            _("Nothing is in your hands"),
            _("Cases handed over to you appear here. Your team's inbox has those that wait for somebody."),
            "circle-check",
            f"{inbox_url}?view=team",
            _("Open the team's inbox"),
        )
    if wanted.view == "watched":
        return Empty(
            _("You watch no open case"),
            _("Press w on a case, in the list or opened, and it stands here; what changes in it is shown as unread."),
            "star",
            f"{inbox_url}?view=watched&state=any",
            _("Show resolved ones too"),
        )
    if wanted.view in ("flagged", "waiting", "due"):
        title, text = {
            "flagged": (
                _("Everything could be read"),
                _("A message that cannot be read becomes a case here, with the original attached. Nothing is dropped."),
            ),
            "waiting": (
                _("Nobody is asked anything"),
                _("Cases in which the customer has to answer stand here."),
            ),
            "due": (_("Nothing is due"), _("What was promised for the next hours, or is overdue, stands here.")),
        }[wanted.view]
        return Empty(title, text, "circle-check")
    return Empty(
        _("The inbox is empty"),
        _("New messages of all channels arrive here. Connect a mailbox, or import an export with 'rundblick import'."),
        "inbox",
        everything if wanted.view == "team" else "",
        _("Show all cases"),
    )
