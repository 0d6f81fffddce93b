"""Who gets which tier: the rules, what they would change, and into force."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.cases.escalation_words import language, money_words, told_in
from rundblick.cases.tiers import TIERS, Rule, Tiers, When
from rundblick.cases.tiers import preview as previewed
from rundblick.core.message import Channel
from rundblick.desk.pages.rule_fields import Field, Given, Group, money_field, moved, plain, text_fields, with_ids
from rundblick.desk.pages.rule_pages import Editor, changed, common, state_of
from rundblick.desk.templatetags.desk import channel_name
from rundblick.people.gate import needs


@needs("rules.read")
def tiers(request: HttpRequest) -> HttpResponse:
    """The rules in their order, the floor below them; with ``?preview`` what they would change."""
    state = state_of(EDITOR)
    told: Tiers = state.told
    context = common(request, EDITOR, state) | {
        "rules": [_shown(told, rule, n) for n, rule in enumerate(told.rules)],
        "new": with_ids(_groups(told, Rule("", "")), "new"),
        "floor": with_ids(_floor(told), "floor"),
        "floor_name": told.name_of(told.floor, language()),
        "preview": _preview(told) if "preview" in request.GET else None,
    }
    return render(request, "desk/pages/tiers.html", context)


@needs("rules.write")
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    return changed(request, EDITOR)


def _changed(told: Tiers, deed: str, place: str, given: Given) -> Tiers:
    if deed == "floor":
        floor = given.text("floor")
        named = given.texts("floor_name")
        return Tiers(told.rules, floor, {**told.names, floor: named} if floor and named else told.names)
    rules, names = list(told.rules), dict(told.names)
    at = int(place) if place.isdecimal() and int(place) < len(rules) else len(rules)
    if deed == "remove":
        del rules[at : at + 1]
    elif deed in ("up", "down"):
        rules = list(moved(rules, at, -1 if deed == "up" else 1))
    elif deed in ("save", "add"):
        rule = _read(given)
        rules[at : at + 1] = [rule]
        if named := given.texts("tier_name"):
            names[rule.tier] = named
    return Tiers(tuple(rules), told.floor, names)


def _read(given: Given) -> Rule:
    company = {"yes": True, "no": False}.get(given.text("company"))
    when = When(
        tiers=given.words("tiers"),
        countries=given.words("countries"),
        company=company,
        orders=given.money("orders", _("Orders in 12 months")),
        years=given.number("years", _("Years as a customer")),
        cases=given.whole("cases", _("Cases")),
        topics=given.words("topics"),
        channels=given.several("channels"),
    )
    return Rule(given.text("name"), given.text("tier"), when, given.texts("text"))


EDITOR = Editor(TIERS, Tiers(), _changed, "desk:tiers")


def _groups(told: Tiers, rule: Rule) -> tuple[Group, ...]:
    when = rule.when
    commas = _("With commas between; empty: every one.")
    firm = {None: "", True: "yes", False: "no"}[when.company]
    channels = tuple((one.value, channel_name(one.value)) for one in Channel)
    kinds = (("", _("does not matter")), ("yes", _("a company")), ("no", _("a private person")))
    return (
        Group(
            "",
            (
                Field("name", _("Name"), value=rule.name),
                Field(
                    "tier",
                    _("Gives the tier"),
                    value=rule.tier,
                    hint=_("A short word that other rules and systems use: gold."),
                ),
                *text_fields("tier_name", _("Name of the tier"), told.names.get(rule.tier, {})),
                *text_fields("text", _("What it means"), rule.texts),
            ),
        ),
        Group(
            _("When all of this holds"),
            (
                money_field("orders", _("Orders in 12 months, at least"), when.orders),
                Field("years", _("Customer for at least, years"), "number", plain(when.years)),
                Field("cases", _("Cases so far, at least"), "number", plain(when.cases)),
                Field("company", _("The customer is"), "choice", firm, choices=kinds),
                Field("tiers", _("A system calls him"), value=", ".join(when.tiers), hint=commas),
                Field("countries", _("Countries"), value=", ".join(when.countries), hint=commas),
                Field("topics", _("Topics"), value=", ".join(when.topics), hint=commas),
                Field("channels", _("Channels"), "several", several=when.channels, choices=channels),
            ),
        ),
    )


def _floor(told: Tiers) -> tuple[Group, ...]:
    named = text_fields("floor_name", _("Name of the tier"), told.names.get(told.floor, {}))
    return (Group("", (Field("floor", _("Everybody else gets the tier"), value=told.floor), *named)),)


def _shown(told: Tiers, rule: Rule, n: int) -> dict[str, Any]:
    return {
        "place": n,
        "name": rule.name or _("(no name)"),
        "tier": told.name_of(rule.tier, language()),
        "text": told_in(rule.texts),
        "when": _in_short(rule.when),
        "groups": with_ids(_groups(told, rule), str(n)),
    }


def _in_short(when: When) -> str:
    found = []
    if when.orders:
        found.append(_("orders of %(amount)s in 12 months") % {"amount": money_words(when.orders)})
    if when.years:
        found.append(_("customer for %(n)s years") % {"n": plain(when.years)})
    if when.cases:
        found.append(_("%(n)s cases") % {"n": when.cases})
    if when.company is not None:
        found.append(_("a company") if when.company else _("a private person"))
    found += [", ".join(words) for words in (when.tiers, when.countries, when.topics) if words]
    found += [", ".join(channel_name(one) for one in when.channels)] if when.channels else []
    return " · ".join(found)


def _preview(told: Tiers) -> dict[str, Any]:
    n, before, after = previewed(told)
    codes = list(dict.fromkeys([*after, *before]))
    name = {code: told.name_of(code, language()) or _("no tier") for code in codes}
    return {"cases": n, "rows": [(name[code], before.get(code, 0), after.get(code, 0)) for code in codes]}
