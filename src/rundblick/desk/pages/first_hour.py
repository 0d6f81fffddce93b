"""The first hour: a guided page that leads an administrator from an empty installation to a desk that answers.

Each step is a page of its own, can be left and come back to, and does what other pages do too; what was typed stays
when something is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases.models import Case
from rundblick.channels import inviting
from rundblick.channels.channel import channels as known
from rundblick.desk.pages import first_hour_forms as forms
from rundblick.desk.pages.channels import account_rows
from rundblick.desk.pages.lists import case_rows, newest_cases
from rundblick.desk.pages.people import roles
from rundblick.people import gate, setting_up
from rundblick.people.fields import GROUPS, USUAL
from rundblick.people.gate import needs
from rundblick.people.invitations import invitation_path
from rundblick.people.inviting import InviteError, invite_all, read_addresses
from rundblick.people.models import Role, Team, User
from rundblick.people.setting_up import Standing, keep, next_step, put_off

_SHOWN: Final = 3
Context = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """Somebody who was invited, with the link that is shown once. ``sent``: "" not mailed, "good", "file", "bad"."""

    uuid: UUID
    name: str
    email: str
    address: str
    sent: str = ""
    told: str = ""


@needs("admin.settings")
def overview(request: HttpRequest) -> HttpResponse:
    """What is done and what is missing, and where to go on."""
    found = setting_up.standings()
    return render(request, "desk/pages/setup.html", _around(found) | {"onward": next_step()})


@needs("admin.settings")
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, code: str) -> HttpResponse:
    """One step: shown, done, kept as proposed, or put off."""
    if code not in _STEPS:
        raise Http404(code)
    if request.method == "GET":
        return _page(request, code, _STEPS[code].shown(request))
    deed = request.POST.get("do", "")
    if deed == "later":
        put_off(code, by=_me(request))
        return _onward(code)
    if deed == "keep" and _STEPS[code].may_keep:
        keep(code, by=_me(request))
        return _onward(code)
    context = _STEPS[code].done(request)
    return _onward(code) if context is None else _page(request, code, context)


@needs("admin.settings")
@require_POST
def ready(request: HttpRequest) -> HttpResponse:
    """Nobody is led here any more."""
    setting_up.call_ready(by=_me(request))
    messages.success(request, _("Your desk is ready. You find these steps again under \u201cHow we work\u201d."))
    return redirect("desk:inbox")


# -- the steps: what a page shows, and what its form does (None: done, else what the page shows instead)


def _company(request: HttpRequest) -> Context:
    return forms.company_form(_me(request))


def _company_done(request: HttpRequest) -> Context | None:
    return forms.keep_company(_me(request), request.POST)


def _teams(_request: HttpRequest) -> Context:
    return forms.teams_form()


def _teams_done(request: HttpRequest) -> Context | None:
    return forms.make_teams(_me(request), request.POST)


def _hours(_request: HttpRequest) -> Context:
    return forms.hours_form()


def _hours_done(request: HttpRequest) -> Context | None:
    return forms.put_week(_me(request), request.POST)


def _promises(_request: HttpRequest) -> Context:
    return forms.promises_form()


def _promises_done(request: HttpRequest) -> Context | None:
    return forms.put_promise(_me(request), request.POST)


def _mailbox(_request: HttpRequest) -> Context:
    return {"accounts": account_rows(), "kinds": list(known.values())}


def _try(request: HttpRequest) -> Context:
    """The newest cases that came by mail, and how the mailboxes do: fetched again whenever something arrives."""
    found, _more = newest_cases(Case.objects.filter(gate.visible_cases(request.user), channel="email"), None)
    accounts = [one for one in account_rows() if one.enabled and one.state != "idle"]
    return {"accounts": accounts, "rows": case_rows(request.user, found[:_SHOWN])}


def _colleagues(request: HttpRequest) -> Context:
    teams = Team.objects.filter(system__isnull=True, closed_at__isnull=True).order_by("-is_default", "name")
    default = [str(team.uuid) for team in teams if team.is_default]
    return {
        "given": {"addresses": "", "role": str(Role.AGENT), "language": _me(request).language},
        "chosen": default,
        "roles": roles(),
        "teams": teams,
        "languages": settings.LANGUAGES,
        "faults": (),
        "links": (),
        "way_out": inviting.way_out(),
        "colleagues": User.objects.filter(is_active=True).exclude(pk=_me(request).pk).order_by("name")[:50],
    }


def _colleagues_done(request: HttpRequest) -> Context:
    """Invite everybody who was pasted, or mail the links of who was just invited."""
    if request.POST.get("do") == "mail":
        return _mailed(request)
    typed = {name: request.POST.get(name, "") for name in ("addresses", "role", "language")}
    chosen = request.POST.getlist("teams")
    wanted = [uuid for uuid in map(forms.uuid_of, chosen) if uuid is not None]
    try:
        users = invite_all(
            read_addresses(typed["addresses"]),
            typed["role"],
            by=_me(request),
            teams=list(Team.objects.filter(uuid__in=wanted)),
            language=typed["language"],
        )
    except InviteError as error:
        faults = tuple(text for _line, text in error.faults)
        return _colleagues(request) | {"given": typed, "chosen": chosen, "faults": faults}
    if inviting.way_out() is not None and request.POST.get("mail") == "1":
        return _mail(request, users)
    return _colleagues(request) | {"links": [_link(request, user) for user in users]}


def _mailed(request: HttpRequest) -> Context:
    """Of those who have no password yet: whoever has one asks for a new link himself."""
    wanted = [uuid for uuid in map(forms.uuid_of, request.POST.getlist("users")) if uuid is not None]
    fresh = User.objects.filter(uuid__in=wanted[:200], is_active=True, last_login__isnull=True)
    return _mail(request, [user for user in fresh.order_by("name") if not user.has_usable_password()])


def _mail(request: HttpRequest, users: list[User]) -> Context:
    told = inviting.mail_links(users, lambda user: request.build_absolute_uri(invitation_path(user)))
    links = [
        _link(request, one.user, "bad" if one.fault else "file" if one.laid_down else "good", one.fault) for one in told
    ]
    if sent := sum(one.sent == "good" for one in links):
        text = ngettext("%(n)d invitation was sent.", "%(n)d invitations were sent.", sent) % {"n": sent}
        messages.success(request, text)
    return _colleagues(request) | {"links": links}


def _fields(_request: HttpRequest) -> Context:
    hidden = {rule.group for rule in USUAL.rules}
    return {
        "hidden": [str(name) for group, name in GROUPS.items() if group in hidden],
        "shown": [str(name) for group, name in GROUPS.items() if group not in hidden],
    }


def _nothing(request: HttpRequest) -> Context | None:
    """A step whose work is done on another page: going on asks for nothing."""
    return None


@dataclass(frozen=True, slots=True)
class _Step:
    shown: Callable[[HttpRequest], Context]
    done: Callable[[HttpRequest], Context | None]
    may_keep: bool = False


_STEPS: Final = {
    "company": _Step(_company, _company_done),
    "teams": _Step(_teams, _teams_done),
    "hours": _Step(_hours, _hours_done),
    "promises": _Step(_promises, _promises_done),
    "mailbox": _Step(_mailbox, _nothing),
    "try": _Step(_try, _nothing),
    "colleagues": _Step(_colleagues, _colleagues_done),
    "fields": _Step(_fields, _nothing, may_keep=True),
}


# -- small pieces -----------------------------------------------------------------------------------------------------


def _onward(code: str) -> HttpResponse:
    """The step behind this one that is missing; at the end the page that says so."""
    found = next_step(code)
    return redirect("desk:setup-step", found.code) if found is not None else redirect("desk:setup")


def _page(request: HttpRequest, code: str, context: Context) -> HttpResponse:
    found = setting_up.standings()
    here = next(one for one in found if one.step.code == code)
    place = found.index(here)
    around = {
        "here": here,
        "part": f"desk/parts/setup_{code}.html",
        "place": place + 1,
        "before": found[place - 1].step if place else None,
        "after": found[place + 1].step if place + 1 < len(found) else None,
        "may_keep": _STEPS[code].may_keep,
    }
    status = 422 if context.get("faults") else 200
    return render(request, "desk/pages/setup_step.html", _around(found) | around | context, status=status)


def _around(found: list[Standing]) -> Context:
    return {
        "area": "setup",
        "standings": found,
        "missing": sum(one.state == setting_up.MISSING for one in found),
        "all_done": all(one.state == setting_up.DONE for one in found),
        "done": sum(one.state == setting_up.DONE for one in found),
    }


def _link(request: HttpRequest, user: User, sent: str = "", told: str = "") -> Link:
    return Link(user.uuid, user.name, user.email, request.build_absolute_uri(invitation_path(user)), sent, told)


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
