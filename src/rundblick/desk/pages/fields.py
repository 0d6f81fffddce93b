"""Who sees which fields of a customer: groups by role and by team, in versions."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.core.rulebooks import RuleError, StaleError, in_force, put_in_force, versions
from rundblick.desk.pages.lists import names_of_users
from rundblick.desk.pages.people import roles
from rundblick.people import gate
from rundblick.people.fields import FIELDS, GROUPS, USUAL, FieldRule, Fields
from rundblick.people.gate import needs
from rundblick.people.models import Team


@needs("rules.read")
def fields(request: HttpRequest) -> HttpResponse:
    """The rules in force, as a table of groups and roles."""
    return _page(request)


@needs("rules.write")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Put what the form says into force."""
    seen = request.POST.get("version", "")
    told = Fields(
        tuple(
            FieldRule(
                group,
                tuple(role for role, _name in roles() if request.POST.get(f"{group}:{role}") != "1"),
                tuple(request.POST.getlist(f"{group}:teams")),
            )
            for group in GROUPS
        )
    )
    try:
        put_in_force(FIELDS, told, by=request.user.pk, seen=int(seen) if seen.isdecimal() else -1)
    except RuleError as error:
        return _page(request, str(error))
    except StaleError:
        return _page(request, _("Somebody else has changed these rules meanwhile. Look at them and change them again."))
    messages.success(request, _("In force from now on."))
    return redirect("desk:fields")


def _page(request: HttpRequest, fault: str = "") -> HttpResponse:
    book = in_force(FIELDS)
    told = book.told if book is not None else USUAL
    rules = {rule.group: rule for rule in told.rules}
    by = names_of_users({one.by for one in versions(FIELDS)})
    context = {
        "area": "company",
        "roles": roles(),
        "groups": [
            (
                group,
                name,
                [(role, role not in rules[group].hidden_from if group in rules else True) for role, _name in roles()],
                set(rules[group].teams) if group in rules else set(),
            )
            for group, name in GROUPS.items()
        ],
        "teams": [(str(team.uuid), team.name) for team in Team.objects.filter(closed_at__isnull=True).order_by("name")],
        "version": book.version if book is not None else 0,
        "history": [(one.version, one.at, by.get(one.by or 0, "")) for one in reversed(versions(FIELDS))][:20],
        "may": {"write": gate.allowed(request.user, "rules.write")},
        "fault": fault,
    }
    return render(request, "desk/pages/fields.html", context, status=422 if fault else 200)
