"""The inbox: mine, my team's, all, and what could not be read; filtered by state and channel."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from rundblick.cases.models import OPEN_STATES, Case
from rundblick.core.message import Channel
from rundblick.desk.pages.lists import case_rows, most_urgent_cases, newest_cases, read_page_key
from rundblick.desk.shapes import Empty
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.sight import sight_of

VIEWS = ("team", "mine", "all", "flagged")
_STATES = {
    "open": OPEN_STATES,
    "new": ("new",),
    "pending": ("pending",),
    "resolved": ("resolved", "closed"),
    "any": None,
}


@needs("case.read")
def start(request: HttpRequest) -> HttpResponse:
    return redirect("desk:inbox")


@needs("case.read")
def inbox(request: HttpRequest) -> HttpResponse:
    """A page of cases of one view. Unknown values in the address count as not given."""
    usual = "team" if sight_of(request.user).teams else "all"  # a manager of no team starts with everything
    view = request.GET.get("view", usual)
    view = view if view in VIEWS else usual
    state = request.GET.get("state", "open")
    state = state if state in _STATES else "open"
    channel = request.GET.get("channel", "")
    channel = channel if channel in set(Channel) else ""
    before = read_page_key(request.GET.get("before", ""))
    order = "due" if request.GET.get("order") == "due" else ""
    page_of = most_urgent_cases if order else newest_cases
    found, next_key = page_of(_cases(request.user, view, state, channel), before)
    gate.saw(request, "customer", {row["customer_id"] for row in found})
    chosen = (("view", view), ("state", state), ("channel", channel), ("order", order))
    kept = {key: value for key, value in chosen if value}
    address = reverse("desk:inbox")
    filtered = state != "open" or bool(channel)
    context = {
        "area": "inbox",
        "view": view,
        "title": _title(view),
        "state": state,
        "channel": channel,
        "order": order,
        "states": _states(),
        "channels": [str(code) for code in Channel],
        "filtered": filtered,
        "rows": case_rows(request.user, found),
        "older_url": f"{address}?{urlencode({**kept, 'before': next_key})}" if next_key else "",
        "newer_url": f"{address}?{urlencode(kept)}" if before else "",
        "first_page": before is None,
        "empty": _empty(view, filtered),
    }
    return render(request, "desk/pages/inbox.html", context)


def _cases(user: Any, view: str, state: str, channel: str) -> QuerySet[Case]:
    cases = Case.objects.filter(gate.visible_cases(user))
    if view == "team":
        cases = cases.filter(gate.team_cases(user))
    elif view == "mine":
        person = sight_of(user).person
        cases = cases.filter(owner_person_id=person) if person else cases.none()
    elif view == "flagged":
        cases = cases.filter(flagged=True)
    wanted = _STATES[state]
    if wanted is not None:
        cases = cases.filter(Q(state__in=wanted))
    return cases.filter(channel=channel) if channel else cases


def _title(view: str) -> str:
    return {"team": _("My team"), "mine": _("Mine"), "all": _("All cases"), "flagged": _("Not readable")}[view]


def _states() -> list[tuple[str, str]]:
    return [
        ("open", _("All that is open")),
        ("new", _("Only new")),
        ("pending", _("Waiting for the customer")),
        ("resolved", _("Resolved and closed")),
        ("any", _("All states")),
    ]


def _empty(view: str, filtered: bool) -> Empty:
    everything = f"{reverse('desk:inbox')}?view=all&state=any"
    if filtered:
        return Empty(
            _("Nothing matches this filter"),
            _("No case has this state and channel. Clear the filter to see the others."),
            "adjustments-horizontal",
            f"{reverse('desk:inbox')}?view={view}",
            _("Clear the filter"),
        )
    if view == "mine":
        return Empty(
            _("Nothing is in your hands"),
            _("Cases handed over to you appear here. Your team's inbox has those that wait for somebody."),
            "circle-check",
            f"{reverse('desk:inbox')}?view=team",
            _("Open the team's inbox"),
        )
    if view == "flagged":
        return Empty(
            _("Everything could be read"),
            _("A message that cannot be read becomes a case here, with the original attached. Nothing is dropped."),
            "circle-check",
        )
    return Empty(
        _("The inbox is empty"),
        _("New messages of all channels arrive here. Connect a mailbox, or import an export with 'rundblick import'."),
        "inbox",
        everything if view == "team" else "",
        _("Show all cases"),
    )
