"""The rules of escalation: when a case comes before somebody who can decide, tried on the cases of the last days."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rundblick.cases import escalating
from rundblick.cases.authority import Demand
from rundblick.cases.deciders import Company, company
from rundblick.cases.escalation_rules import CLOCKS, ESCALATION, USUAL, Escalations, Rule, When, trigger_of
from rundblick.cases.escalation_words import (
    clock_label,
    decider_label,
    law_label,
    mood_label,
    rule_label,
    told_in,
    trigger_label,
    why_words,
)
from rundblick.cases.models import Case
from rundblick.core.tones import Law
from rundblick.desk.pages.rule_fields import Field, Given, Group, money_field, moved, plain, text_fields, with_ids
from rundblick.desk.pages.rule_pages import Editor, changed, common, state_of
from rundblick.people import gate
from rundblick.people.gate import needs


@needs("rules.read")
def escalation_rules(request: HttpRequest) -> HttpResponse:
    """All rules with their forms; with ``?days=7`` what they would have done."""
    state = state_of(EDITOR)
    here = company()
    names = _names(here)
    days = {"7": 7, "30": 30}.get(request.GET.get("days", ""), 0)
    new = Rule("", When())
    context = common(request, EDITOR, state) | {
        "rules": [_shown(rule, n, here, names) for n, rule in enumerate(state.told.rules)],
        "new": with_ids(_groups(new, here), "new"),
        "preview": _preview(request, state.told, days) if days else None,
        "days": days,
    }
    return render(request, "desk/pages/escalation_rules.html", context)


@needs("rules.write")
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    return changed(request, EDITOR)


def _changed(told: Escalations, deed: str, place: str, given: Given) -> Escalations:
    rules = list(told.rules)
    at = int(place) if place.isdecimal() and int(place) < len(rules) else len(rules)
    if deed == "remove":
        del rules[at : at + 1]
    elif deed in ("up", "down"):
        rules = list(moved(rules, at, -1 if deed == "up" else 1))
    elif deed in ("save", "add"):
        rules[at : at + 1] = [_read(given)]
    return Escalations(tuple(rules))


def _read(given: Given) -> Rule:
    when = When(
        clock=given.several("clock"),
        commitment=given.check("commitment"),
        mood=given.whole("mood", _("Mood")),
        law=given.several("law"),
        public=given.check("public"),
        followers=given.whole("followers", _("Followers")),
        unanswered=given.whole("unanswered", _("Messages without an answer")),
        reopened=given.whole("reopened", _("Opened again")),
        again=given.whole("again", _("Cases of the same topic")),
        handovers=given.whole("handovers", _("Hand-overs")),
        ping_pong=given.check("ping_pong"),
        tiers=given.words("tiers"),
        orders=given.money("orders", _("Orders in 12 months")),
    )
    needed = Demand(
        given.money("goodwill", _("Goodwill")), refund=given.check("refund"), exception=given.check("exception")
    )
    to = tuple(dict.fromkeys(one for n in (1, 2, 3) if (one := given.text(f"to_{n}"))))
    return Rule(
        given.text("name"),
        when,
        to,
        "hand_over" if given.text("then") == "hand_over" else "tell",
        given.several("teams"),
        given.words("topics"),
        needed,
        given.number("again_hours", _("Hours until the next one is told")),
        given.texts("text"),
    )


EDITOR = Editor(ESCALATION, USUAL, _changed, "desk:escalation-rules")


def _groups(rule: Rule, here: Company) -> tuple[Group, ...]:
    when = rule.when
    teams = tuple((one.uuid, one.name) for one in here.teams.values() if not one.closed)
    whom = (("", "–"), *_deciders(here))
    to = (*rule.to, "", "", "")
    moods = tuple((str(n), _("does not matter") if n == 0 else mood_label(n)) for n in range(4))
    laws = tuple((kind, law_label(kind)) for kind in ("any", *(one.value for one in Law)))
    return (
        Group(
            "",
            (
                Field("name", _("Name"), value=rule_label(rule.name)),
                *text_fields("text", _("What it means"), rule.texts),
            ),
        ),
        Group(
            _("When all of this holds"),
            (
                Field("law", _("The customer writes of"), "several", several=when.law, choices=laws),
                Field("mood", _("Mood, at least"), "choice", str(when.mood), choices=moods),
                Field(
                    "clock",
                    _("Clock"),
                    "several",
                    several=when.clock,
                    choices=tuple((c, clock_label(c)) for c in CLOCKS),
                ),
                Field("commitment", _("a promise in the case was broken"), "check", on=when.commitment),
                Field("public", _("everybody can read it (social, reviews)"), "check", on=when.public),
                Field("followers", _("Followers, at least"), "number", plain(when.followers)),
                Field("unanswered", _("Messages without a human answer, at least"), "number", plain(when.unanswered)),
                Field("reopened", _("Opened again, at least"), "number", plain(when.reopened)),
                Field("again", _("Cases of this customer and topic in 30 days, at least"), "number", plain(when.again)),
                Field("handovers", _("Hand-overs, at least"), "number", plain(when.handovers)),
                Field("ping_pong", _("it came back to who had it before"), "check", on=when.ping_pong),
                Field(
                    "tiers", _("Tiers"), value=", ".join(when.tiers), hint=_("With commas between; empty: every one.")
                ),
                money_field("orders", _("Orders in 12 months, at least"), when.orders),
            ),
        ),
        Group(
            _("For which cases"),
            (
                Field("teams", _("Teams"), "several", several=rule.teams, choices=teams, hint=_("None chosen: all.")),
                Field(
                    "topics",
                    _("Topics"),
                    value=", ".join(rule.topics),
                    hint=_("With commas between; empty: every one."),
                ),
            ),
        ),
        Group(
            _("What then"),
            (
                Field(
                    "then",
                    _("The decider"),
                    "choice",
                    rule.then,
                    choices=(("tell", _("sees it; the owner stays")), ("hand_over", _("becomes the owner"))),
                ),
                Field("to_1", _("First to"), "choice", to[0], choices=whom),
                Field("to_2", _("else to"), "choice", to[1], choices=whom),
                Field(
                    "to_3", _("else to"), "choice", to[2], choices=whom, hint=_("At last to the management, always.")
                ),
                Field("again_hours", _("Business hours until the next one is told"), "number", plain(rule.again_hours)),
                money_field("goodwill", _("He must be able to give goodwill up to"), rule.needs.goodwill),
                Field("refund", _("he must be able to refund"), "check", on=rule.needs.refund),
                Field(
                    "exception",
                    _("he must be able to make an exception from a deadline"),
                    "check",
                    on=rule.needs.exception,
                ),
            ),
        ),
    )


def _deciders(here: Company) -> tuple[tuple[str, str], ...]:
    names = _names(here)
    return (("lead", decider_label("lead", names)), ("managers", decider_label("managers", names)), *names.items())


def _names(here: Company) -> dict[str, str]:
    names = {f"team:{one.uuid}": one.name for one in here.teams.values() if not one.closed and here.leads(one.id)}
    deciding = sorted((one for one in here.people.values() if one.works), key=lambda one: one.name.casefold())
    return names | {f"person:{one.uuid}": one.name for one in deciding}


def _shown(rule: Rule, n: int, here: Company, names: dict[str, str]) -> dict[str, Any]:
    return {
        "place": n,
        "name": rule_label(rule.name) or _("(no name)"),
        "trigger": trigger_label(trigger_of(rule.when)),
        "text": told_in(rule.texts),
        "to": ", ".join(decider_label(link, names) for link in rule.to),
        "then": rule.then,
        "groups": with_ids(_groups(rule, here), str(n)),
    }


def _preview(request: HttpRequest, told: Escalations, days: int) -> dict[str, Any]:
    found = escalating.preview(told, days=days)
    seen = Case.objects.filter(gate.visible_cases(request.user), pk__in=[one[0] for one in found.examples])
    cases = {row.pk: row for row in seen.select_related("content")}
    gate.saw(request, "customer", [row.customer_id for row in cases.values()])
    return {
        "cases": found.cases,
        "escalated": found.escalated,
        "share": round(100 * found.escalated / found.cases, 1) if found.cases else 0,
        "rules": [(rule_label(name), n) for name, n in found.by_rule.items()],
        "examples": [
            {"case": cases[case], "rule": rule_label(rule), "why": why_words(trigger, detail)}
            for case, rule, trigger, detail in found.examples
            if case in cases
        ],
    }
