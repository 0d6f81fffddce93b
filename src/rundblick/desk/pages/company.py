"""How the company works: one page that leads to hours, promises, teams, people and the other rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from rundblick.people import gate
from rundblick.people.gate import needs


@dataclass(frozen=True, slots=True)
class Door:
    """A page of the company's rules: its permission, address (a name of desk.urls), icon, name, and what it is for."""

    permission: str
    url: str
    icon: str
    name: str
    text: str


def doors(user: Any) -> list[tuple[str, list[Door]]]:
    """The pages that this user may open, under headings, in the order in which one sets a company up."""
    found = [(heading, [door for door in some if gate.allowed(user, door.permission)]) for heading, some in _all()]
    return [(heading, some) for heading, some in found if some]


def _all() -> list[tuple[str, list[Door]]]:
    people = [
        Door("admin.settings", "setup", "checks", _("Set up your desk"), _("The first hour, step by step.")),
        Door("absence.write", "people", "user", _("People"), _("Who may sign in, as what; who is away; who leaves.")),
        Door("admin.users", "teams", "users", _("Teams"), _("Competence centres, their members, outside firms.")),
        Door("rules.read", "hours", "clock", _("Opening hours"), _("When each team works, holidays, special days.")),
        Door("rules.read", "fields", "eye-off", _("Fields"), _("Who sees birth dates, payment and contact data.")),
    ]
    routing = _("Competence centres, what their people can do, and the rules by which cases come to them.")
    promises = _("Within what time customers get an answer and a solution.")
    rules = [
        Door("rules.read", "promises", "hourglass", _("Promises"), promises),
        Door("rules.read", "tiers", "star", _("Tiers"), _("Who gets which promise, by rule, and why.")),
        Door("rules.read", "routing", "arrows-split", _("Who gets which case"), routing),
        Door(
            "rules.read", "escalation-rules", "alert-circle", _("Escalation rules"), _("When somebody has to decide.")
        ),
        Door("templates.write", "templates", "note", _("Text modules"), _("Texts for answers, with places for names.")),
        Door("rules.read", "authority", "shield-lock", _("Who may decide what"), _("Goodwill, refunds, exceptions.")),
    ]
    figures = [
        Door(
            "team.read",
            "team-figures",
            "chart-bar",
            _("Figures of the teams"),
            _("Incoming, promises, hand-overs, time."),
        ),
        Door("team.read", "staffing", "phone", _("How many people are needed"), _("By your own calls, and what if.")),
        Door("team.read", "fairness", "scale", _("Fairness"), _("Whether some wait longer than the others.")),
        Door("audit.read", "audit", "history", _("Audit"), _("Who saw and did what.")),
    ]
    return [(_("Who is there"), people), (_("By what rules"), rules), (_("What comes of it"), figures)]


@needs("self")
def company(request: HttpRequest) -> HttpResponse:
    """The page of doors."""
    shown = [(heading, [(door, reverse(f"desk:{door.url}")) for door in some]) for heading, some in doors(request.user)]
    return render(request, "desk/pages/company.html", {"area": "company", "groups": shown})
