"""What each role, and each person who may more, can decide by himself."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.cases.authority import AUTHORITY, DECIDING, NONE, USUAL, Authorities, Authority
from rundblick.cases.deciders import company
from rundblick.cases.escalation_words import authority_words, role_label
from rundblick.core.money import Money
from rundblick.desk.pages.rule_fields import CURRENCIES, Field, Given, Group, amount, text_fields, with_ids
from rundblick.desk.pages.rule_pages import Editor, changed, common, state_of
from rundblick.people.gate import needs


@needs("rules.read")
def authority(request: HttpRequest) -> HttpResponse:
    """Roles first, then the people who have an authority of their own."""
    state = state_of(EDITOR)
    told: Authorities = state.told
    people = _people()
    names = {f"role:{role}": role_label(role) for role in DECIDING} | people
    own = [who for who in told.of if who.startswith("person:")]
    rows = [*(f"role:{role}" for role in DECIDING), *sorted(own, key=lambda who: str(people.get(who, who)).casefold())]
    context = common(request, EDITOR, state) | {
        "rows": [_shown(who, names.get(who, _("somebody who is not here any more")), told, people) for who in rows],
        "others": [(who, name) for who, name in people.items() if who not in told.of],
        "new": with_ids(_groups(NONE, people), "new"),
    }
    return render(request, "desk/pages/authority.html", context)


@needs("rules.write")
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    return changed(request, EDITOR)


def _changed(told: Authorities, deed: str, place: str, given: Given) -> Authorities:
    of = dict(told.of)
    who = given.text("who") if deed == "add" else place
    if deed == "remove":
        of.pop(place, None)
    elif deed in ("save", "add") and who:
        of[who] = _read(given)
    elif deed == "add":
        given.faults.append(_("Choose a person."))
    return Authorities(of)


def _read(given: Given) -> Authority:
    sums = tuple(
        Money(found.minor, currency)
        for currency in CURRENCIES
        if (found := given.money(f"goodwill_{currency}", _("Goodwill"), currency)) is not None and found.minor
    )
    return Authority(
        sums, given.check("refund"), given.check("exception"), given.texts("text"), given.text("above")
    )  # fmt: skip


EDITOR = Editor(AUTHORITY, USUAL, _changed, "desk:authority")


def _groups(told: Authority, people: dict[str, str]) -> tuple[Group, ...]:
    sums = {one.currency: one for one in told.goodwill}
    goodwill = tuple(
        Field(
            f"goodwill_{one}", _("Goodwill up to, %(currency)s") % {"currency": one}, "money", amount(sums.get(one)),
            currency=one, choices=((one, one),),
        )
        for one in CURRENCIES
    )  # fmt: skip
    return (
        Group(
            "",
            (
                *goodwill,
                Field("refund", _("may refund"), "check", on=told.refund),
                Field("exception", _("may make an exception from a deadline"), "check", on=told.exception),
                *text_fields("text", _("What else"), told.texts),
                Field(
                    "above", _("Beyond that decides"), "choice", told.above,
                    choices=(("", _("nobody in particular")), *people.items()),
                ),
            ),
        ),
    )  # fmt: skip


def _people() -> dict[str, str]:
    here = sorted((one for one in company().people.values() if one.works), key=lambda one: one.name.casefold())
    return {f"person:{one.uuid}": one.name for one in here if one.role in DECIDING}


def _shown(who: str, name: str, told: Authorities, people: dict[str, str]) -> dict[str, Any]:
    found = told.of.get(who, NONE)
    return {
        "who": who,
        "name": name,
        "is_person": who.startswith("person:"),
        "may": authority_words(found),
        "above": people.get(found.above, ""),
        "groups": with_ids(_groups(found, people), who.replace(":", "-")),
    }
