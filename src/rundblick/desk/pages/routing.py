"""Who gets which case: competence centres, their people and the rules; a draft, its preview, into force and back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rundblick.cases.models import OPEN_STATES, Case
from rundblick.cases.routing.book import (
    CAPACITY,
    DIMENSIONS,
    ROUTING,
    Centre,
    Member,
    Routing,
    Rule,
    check,
    counted,
    warnings,
    workers,
)
from rundblick.cases.routing.learning import changed_by, suggestions
from rundblick.cases.routing.preview import preview
from rundblick.cases.routing.words import DIMENSION_NAMES, language_name
from rundblick.channels.models import Account
from rundblick.core.database import cursor
from rundblick.core.message import Channel
from rundblick.core.rulebooks import (
    RuleError,
    StaleError,
    draft,
    drop_draft,
    in_force,
    put_in_force,
    save_draft,
    versions,
)
from rundblick.desk.routing_shapes import CentreRow, Check, Condition, PersonRow, RuleRow, VersionRow
from rundblick.desk.templatetags.desk import channel_name
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.hours import timetables
from rundblick.people.models import Person, Team, User

_VERSIONS: Final = 20
_EDIT: Final = "desk/pages/routing_edit.html"


@needs("rules.read")
def routing(request: HttpRequest) -> HttpResponse:
    """What is in force, what ought to be changed, and what was in force before."""
    book = in_force(ROUTING)
    told = book.told if book is not None else Routing()
    with cursor() as cur:
        found = suggestions(cur, datetime.now(UTC))
    context = {
        "area": "company",
        "book": book,
        "shown": _shown(told),
        "suggestions": found,
        "versions": _versions(),
        "draft": draft(ROUTING) is not None,
        "may": {"write": gate.allowed(request.user, "rules.write")},
    }
    return render(request, "desk/pages/routing.html", context)


@needs("rules.write")
@require_http_methods(["GET", "POST"])
def prepare(request: HttpRequest) -> HttpResponse:
    """The draft: begun with what is in force, dropped, or put into force."""
    told = draft(ROUTING)
    if request.method == "GET":
        return redirect("desk:routing") if told is None else _draft_page(request, told)
    do = request.POST.get("do", "")
    if do == "begin":
        if told is None:
            _save(request, _begun())
        return redirect("desk:routing-draft")
    if do == "drop":
        drop_draft(ROUTING)
        messages.success(request, _("The draft is gone. What is in force stays."))
        return redirect("desk:routing")
    if do == "adopt" and told is not None:
        return _adopt(request, told)
    return redirect("desk:routing")


@needs("rules.read")
def look(request: HttpRequest) -> HttpResponse:
    """What the draft would have done with last week's cases."""
    told = draft(ROUTING)
    if told is None:
        return redirect("desk:routing")
    try:
        seen = preview(told, datetime.now(UTC))
    except RuleError as fault:
        wrong = {"area": "company", "fault": str(fault), "may": _may(request)}
        return render(request, "desk/pages/routing_preview.html", wrong, status=422)
    visible = Case.objects.filter(gate.visible_cases(request.user), uuid__in=[one.uuid for one in seen.examples])
    readable = set(visible.values_list("uuid", flat=True))
    table = [
        {"now": one.name, "then": other.name, "n": n, "same": one.pk == other.pk}
        for (one, other), n in sorted(seen.table.items(), key=lambda row: (row[0][0].pk == row[0][1].pk, -row[1]))
    ]
    context = {
        "area": "company",
        "seen": seen,
        "table": table,
        "examples": [(one, one.uuid in readable) for one in seen.examples],
        "seen_version": _version(),
        "may": _may(request),
    }
    return render(request, "desk/pages/routing_preview.html", context)


@needs("rules.write")
@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """Make a draft of a suggestion: its topic goes to where its cases ended."""
    topic = request.POST.get("topic", "").strip()
    team = _team(request.POST.get("to", ""))
    if team is None or not topic or len(topic) > 200:
        messages.warning(request, _("This suggestion is no longer there."))
        return redirect("desk:routing")
    name = _("%(topic)s to %(team)s") % {"topic": topic, "team": team.name}
    _save(request, changed_by(draft(ROUTING) or _begun(), topic, str(team.uuid), name))
    messages.success(request, _("It stands in the draft. Look at last week's cases before you put it into force."))
    return redirect("desk:routing-preview")


@needs("rules.write")
@require_POST
def again(request: HttpRequest, place: int) -> HttpResponse:
    """Make a draft of an earlier version."""
    found = next((book for book in versions(ROUTING) if book.version == place), None)
    if found is None:
        raise Http404("version")
    _save(request, found.told)
    messages.success(request, _("Version %d is the draft now. It counts when you put it into force.") % place)
    return redirect("desk:routing-draft")


@needs("rules.write")
@require_http_methods(["GET", "POST"])
def edit_team(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What a team takes, in the draft."""
    team = Team.objects.filter(uuid=uuid, system=None, closed_at=None).first()
    if team is None:
        raise Http404("team")
    told = draft(ROUTING) or _begun()
    rest = tuple(one for one in told.centres if one.team != str(uuid))
    former = next((one for one in told.centres if one.team == str(uuid)), None)
    if request.method == "POST":
        if request.POST.get("do") == "remove":
            return _kept(request, msgspec.structs.replace(told, centres=rest))
        takes: Any = "push" if request.POST.get("takes") == "push" else "pull"
        new = Centre(str(uuid), **_conditions(request), takes=takes, capacity=_number(request.POST.get("capacity", "")))
        return _kept(request, msgspec.structs.replace(told, centres=_in_place(told.centres, former, new)))
    shown = former or Centre(str(uuid))
    context = {"kind": "team", "title": team.name, "one": shown, **_fields(shown), "there": former is not None}
    return render(request, _EDIT, {"area": "company", **context})


@needs("rules.write")
@require_http_methods(["GET", "POST"])
def edit_person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What somebody can do, in the draft."""
    person = Person.objects.filter(uuid=uuid, user__is_active=True, left_at=None).select_related("user").first()
    if person is None or person.user is None:
        raise Http404("person")
    told = draft(ROUTING) or _begun()
    rest = tuple(one for one in told.people if one.person != str(uuid))
    former = next((one for one in told.people if one.person == str(uuid)), None)
    if request.method == "POST":
        if request.POST.get("do") == "remove":
            return _kept(request, msgspec.structs.replace(told, people=rest))
        new = Member(
            str(uuid),
            skills=_words(request.POST.get("topics", ""), "\n"),
            languages=_words(request.POST.get("languages", "").lower(), ", \n"),
            tiers=_words(request.POST.get("tiers", ""), ",\n"),
            capacity=_number(request.POST.get("capacity", "")),
            hours=request.POST.get("hours", "").strip(),
        )
        return _kept(request, msgspec.structs.replace(told, people=_in_place(told.people, former, new)))
    shown = former or Member(str(uuid))
    context = {
        "kind": "person",
        "title": person.user.name,
        "one": shown,
        "topics": "\n".join(shown.skills),
        "languages": ", ".join(shown.languages),
        "tiers": ", ".join(shown.tiers),
        "known_topics": _known_topics(),
        "tables": [table.name for table in timetables().tables],
        "there": former is not None,
    }
    return render(request, _EDIT, {"area": "company", **context})


@needs("rules.write")
@require_http_methods(["GET", "POST"])
def edit_rule(request: HttpRequest, place: int) -> HttpResponse:
    """One of the rules that come first, in the draft; place 0 is a new one."""
    told = draft(ROUTING) or _begun()
    if place > len(told.rules):
        raise Http404("rule")
    former = told.rules[place - 1] if place else None
    rules = list(told.rules)
    do = request.POST.get("do", "")
    if request.method == "POST" and former is not None and do in ("remove", "up", "down"):
        rules.pop(place - 1)
        if do != "remove":
            rules.insert(max(0, place - 2) if do == "up" else place, former)
        return _kept(request, msgspec.structs.replace(told, rules=tuple(rules)))
    if request.method == "POST":
        new = Rule(request.POST.get("name", "").strip()[:200], request.POST.get("team", ""), **_conditions(request))
        if former is None:
            rules.append(new)
        else:
            rules[place - 1] = new
        changed = msgspec.structs.replace(told, rules=tuple(rules))
        try:
            check(Routing((new,)))
        except RuleError as fault:
            return _rule_form(request, place, new, str(fault), 422)
        return _kept(request, changed)
    return _rule_form(request, place, former or Rule("", ""))


def _rule_form(request: HttpRequest, place: int, rule: Rule, fault: str = "", status: int = 200) -> HttpResponse:
    context = {
        "kind": "rule",
        "title": rule.name or _("A new rule"),
        "one": rule,
        "place": place,
        **_fields(rule),
        "teams": [(str(team.uuid), team.name) for team in _own_teams()],
        "there": bool(place),
        "fault": fault,
    }
    return render(request, _EDIT, {"area": "company", **context}, status=status)


# -- deeds -----------------------------------------------------------------------------------------------------------


def _adopt(request: HttpRequest, told: Routing) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    try:
        book = put_in_force(ROUTING, told, by=user.pk, seen=_number(request.POST.get("seen", ""), -1))
    except RuleError as fault:
        messages.error(request, str(fault))
        return redirect("desk:routing-draft")
    except StaleError as stale:
        text = _("Somebody else has put version %d into force meanwhile. Compare it with your draft, then try again.")
        messages.warning(request, text % stale.version)
        return redirect("desk:routing-draft")
    messages.success(request, _("Version %d is in force. It counts for what comes in from now on.") % book.version)
    return redirect("desk:routing")


def _kept(request: HttpRequest, told: Routing) -> HttpResponse:
    _save(request, told)
    return redirect("desk:routing-draft")


def _save(request: HttpRequest, told: Routing) -> None:
    user = request.user
    assert isinstance(user, User)
    save_draft(ROUTING, told, user.pk)


def _begun() -> Routing:
    book = in_force(ROUTING)
    return book.told if book is not None else Routing()


def _in_place(every: tuple[Any, ...], former: Any, new: Any) -> tuple[Any, ...]:
    return tuple(new if one == former else one for one in every) if former is not None else (*every, new)


# -- what is shown ---------------------------------------------------------------------------------------------------


def _draft_page(request: HttpRequest, told: Routing) -> HttpResponse:
    fault = ""
    try:
        check(told)
    except RuleError as wrong:
        fault = str(wrong)
    context = {
        "area": "company",
        "shown": _shown(told),
        "editing": True,
        "fault": fault,
        "warnings": warnings(told),
        "seen_version": _version(),
        "may": _may(request),
    }
    return render(request, "desk/pages/routing_draft.html", context)


def _may(request: HttpRequest) -> dict[str, bool]:
    return {"write": gate.allowed(request.user, "rules.write")}


def _version() -> int:
    book = in_force(ROUTING)
    return book.version if book is not None else 0


def _shown(told: Routing) -> dict[str, Any]:
    """Rules, teams and people as the pages show them."""
    teams = _own_teams()
    names = {str(team.uuid): team.name for team in Team.objects.filter(uuid__in=[one.team for one in told.rules])}
    sources = _sources()
    centres = {one.team: one for one in told.centres}
    rules = [
        RuleRow(place, rule.name, names.get(rule.team, "–"), _told(rule, sources), place == 1, place == len(told.rules))
        for place, rule in enumerate(told.rules, start=1)
    ]
    people = _people(told, teams)
    waiting = Counter(
        Case.objects.filter(
            owner_team__in=teams, state__in=OPEN_STATES, merged_into=None
        ).values_list("owner_team", flat=True)
    )  # fmt: skip
    rows = []
    for team in teams:
        centre = centres.get(str(team.uuid))
        rows.append(
            CentreRow(
                team.uuid,
                team.name,
                centre.takes if centre else "",
                _told(centre, sources) if centre else (),
                tuple(people.get(team.pk, ())),
                team.is_partner,
                team.is_default,
                waiting[team.pk],
            )
        )
    rows.sort(key=lambda row: (not row.takes, not row.usual))
    return {"rules": rules, "centres": rows}


def _people(told: Routing, teams: list[Team]) -> dict[int, list[PersonRow]]:
    found = workers([team.pk for team in teams])
    rows = {str(p.uuid): p for p in Person.objects.filter(uuid__in={u for _t, u in found}).select_related("user")}
    loads = Counter(
        Case.objects.filter(
            owner_person__in=[row.pk for row in rows.values()], state__in=OPEN_STATES, merged_into=None
        ).values_list("owner_person", flat=True)
    )  # fmt: skip
    members = {one.person: one for one in told.people}
    usual = {team.pk: next((c.capacity for c in told.centres if c.team == str(team.uuid)), CAPACITY) for team in teams}
    by_team: dict[int, list[PersonRow]] = {}
    for team, uuid in found:
        row, member = rows[uuid], members.get(uuid)
        by_team.setdefault(team, []).append(
            PersonRow(
                row.uuid,
                row.user.name if row.user else "",
                member is not None,
                ", ".join(member.skills) if member else "",
                ", ".join(map(language_name, member.languages)) if member else "",
                member.capacity if member else usual[team],
                member.hours if member else "",
                loads[row.pk],
            )
        )
    return {team: sorted(rows_, key=lambda one: one.name.casefold()) for team, rows_ in by_team.items()}


def _told(one: Rule | Centre, sources: dict[str, str]) -> tuple[Condition, ...]:
    words: dict[str, Callable[[str], str]] = {
        "languages": language_name,
        "channels": channel_name,
        "addresses": lambda code: str(sources.get(code, code)),
    }
    return tuple(
        Condition(str(DIMENSION_NAMES[name]), ", ".join(map(words.get(name, str), getattr(one, name))))
        for name in DIMENSIONS
        if getattr(one, name)
    )


def _versions() -> list[VersionRow]:
    every = versions(ROUTING)[::-1]
    names = dict(User.objects.filter(pk__in={one.by for one in every if one.by}).values_list("pk", "name"))
    return [
        VersionRow(one.version, one.at, names.get(one.by or 0, ""), counted(one.told), place == 0)
        for place, one in enumerate(every[:_VERSIONS])
    ]


def _own_teams() -> list[Team]:
    return list(Team.objects.filter(system=None, closed_at=None).order_by("-is_default", "id"))


def _sources() -> dict[str, str]:
    """Code of a source that is an address of ours -> the address."""
    return dict(Account.objects.order_by("id").values_list("source__code", "address"))


def _known_topics() -> list[str]:
    """Topics that cases have, for whoever writes rules."""
    found = Case.objects.exclude(topic="").order_by().values_list("topic", flat=True).distinct()[:200]
    return sorted(found, key=str.casefold)


# -- the form --------------------------------------------------------------------------------------------------------


def _fields(one: Rule | Centre) -> dict[str, Any]:
    sources = _sources()
    codes = [*sources, *(code for code in one.addresses if code not in sources)]
    return {
        "topics": "\n".join(one.topics),
        "languages": ", ".join(one.languages),
        "tiers": ", ".join(one.tiers),
        "channels": [Check(str(c), channel_name(str(c)), str(c) in one.channels) for c in Channel],
        "addresses": [Check(code, sources.get(code, code), code in one.addresses) for code in codes],
        "known_topics": _known_topics(),
    }


def _conditions(request: HttpRequest) -> dict[str, tuple[str, ...]]:
    return {
        "topics": _words(request.POST.get("topics", ""), "\n"),
        "languages": _words(request.POST.get("languages", "").lower(), ", \n"),
        "channels": _ticked(request.POST.getlist("channels")),
        "tiers": _words(request.POST.get("tiers", ""), ",\n"),
        "addresses": _ticked(request.POST.getlist("addresses")),
    }


def _words(text: str, between: str) -> tuple[str, ...]:
    parts = re.split(f"[{re.escape(between)}]", text.replace("\r", "").replace("\x00", ""))
    return tuple(dict.fromkeys(word for part in parts if (word := " ".join(part.split())[:200])))[:200]


def _ticked(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value[:200] for value in values if value.strip() and "\x00" not in value))[:100]


def _number(text: str, otherwise: int = 0) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise


def _team(text: str) -> Team | None:
    try:
        return Team.objects.filter(uuid=UUID(text), system=None, closed_at=None).first()
    except ValueError:
        return None
