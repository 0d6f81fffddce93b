"""What customers are promised: what is in force, a draft, and what the draft would have meant for the last cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from rundblick.cases.promising import PROMISE, broken, check, promised
from rundblick.cases.trying import Previewed, Verdicts, preview
from rundblick.core.message import Channel
from rundblick.core.promises import Level, Promise
from rundblick.core.rulebooks import RuleError, StaleError, draft, drop_draft, in_force, put_in_force, save_draft
from rundblick.desk.templatetags.desk import channel_name
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.hours import timetables

_MOST: Final = 40
_NEW: Final = Level(4)


@dataclass(frozen=True, slots=True)
class LevelShown:
    """A level in words."""

    name: str
    whom: str
    answer: str
    solution: str
    hours: str
    warned: str


@dataclass(frozen=True, slots=True)
class LevelForm:
    """A level as the form shows it; ``n`` its place."""

    n: int
    name: str
    answer: str
    solution: str
    unit: str
    simple: bool
    topics: str
    channels: tuple[str, ...]
    tiers: str
    priorities: str
    calendar: str
    warn_hours: str
    told: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of the preview: what counts now beside the draft."""

    name: str
    now: Verdicts | None
    then: Verdicts


@needs("rules.read")
def promises(request: HttpRequest) -> HttpResponse:
    """What is promised now, and whether it can still be kept."""
    book = in_force(PROMISE)
    told = promised()
    context = {
        "area": "company",
        "levels": [level_shown(told, place) for place in range(len(told.levels))],
        "simple": told.simple,
        "has_simple": any(level.simple for level in told.levels),
        "pauses": told.pending == "pauses",
        "since": book.at if book is not None else None,
        "fault": broken(),
        "has_draft": draft(PROMISE) is not None,
        "may": {"write": gate.allowed(request.user, "rules.write")},
    }
    return render(request, "desk/pages/promises.html", context)


@needs("rules.write")
@require_http_methods(["GET", "POST"])
def promises_edit(request: HttpRequest) -> HttpResponse:
    """A draft of the promise: kept, tried on the last cases, put into force, or thrown away."""
    book = in_force(PROMISE)
    base = draft(PROMISE) or promised()
    if request.method == "GET":
        return _form(request, base, book.version if book is not None else 0)
    seen = int(text) if (text := request.POST.get("seen", "")).isdecimal() and len(text) < 10 else 0
    deed = request.POST.get("do", "")
    if deed == "drop":
        drop_draft(PROMISE)
        messages.success(request, _("The draft is gone. What was in force stays in force."))
        return redirect("desk:promises")
    try:
        told = _entered(request.POST, base)
    except RuleError as fault:
        return _form(request, base, seen, fault=str(fault))
    if deed == "add":
        return _form(request, msgspec.structs.replace(told, levels=(*told.levels, _NEW)), seen)
    try:
        check(told)
    except RuleError as fault:
        return _form(request, told, seen, fault=str(fault))
    if deed == "try":
        save_draft(PROMISE, told, request.user.pk)
        return _form(request, told, seen, tried=preview(told))
    try:
        put_in_force(PROMISE, told, by=request.user.pk, seen=seen)
    except StaleError:
        save_draft(PROMISE, told, request.user.pk)
        text = _("Somebody else has changed the promise meanwhile. Yours is kept as a draft: look at theirs first.")
        messages.warning(request, text)
        return redirect("desk:promises")
    messages.success(request, _("The promise is in force for every case that is opened from now on."))
    return redirect("desk:promises")


def _entered(given: Any, base: Promise) -> Promise:
    """The promise that was typed in. Raises RuleError for what is no number."""
    levels = []
    for n in range(min(_MOST, int(given.get("levels", "0")) if given.get("levels", "0").isdecimal() else 0)):
        if given.get(f"gone_{n}"):
            continue
        levels.append(_level(given, n))
    return msgspec.structs.replace(
        base,
        levels=tuple(levels),
        simple=_words(given.get("simple", "")),
        hours=given.get("hours", "").strip()[:1000],
        pending="pauses" if given.get("pending") else "runs",
    )


def _level(given: Any, n: int) -> Level:
    def text(name: str) -> str:
        return str(given.get(f"{name}_{n}", "")).strip()

    name = text("name")[:200]
    label = name or _("Level %(n)s") % {"n": n + 1}
    solution = _amount(text("solution"), label)
    in_days = text("unit") == "days"
    warn = text("told")
    return Level(
        reaction_hours=_amount(text("answer"), label),
        resolution_hours=None if in_days else solution,
        resolution_days=solution if in_days else None,
        name=name,
        simple=bool(text("simple")),
        topics=_words(text("topics")),
        channels=tuple(given.getlist(f"channels_{n}")),
        tiers=_words(text("tiers")),
        priorities=_words(text("priorities")),
        calendar=text("calendar"),
        warn_hours=_amount(text("warn_hours"), label),
        warn=_amount(warn, label) if warn else None,
    )


def _amount(text: str, label: str) -> float | None:
    if not text:
        return None
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise RuleError(f"{label}: " + _('"%s" is no number; it looks like 4 or 0.5.') % text[:40]) from None


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for one in text.replace("\n", ",").split(",") if (word := one.strip())))


def _form(
    request: HttpRequest, told: Promise, seen: int, *, fault: str = "", tried: Previewed | None = None
) -> HttpResponse:
    context = {
        "area": "company",
        "levels": [_level_form(n, level) for n, level in enumerate(told.levels)],
        "promise": told,
        "simple": ", ".join(told.simple),
        "seen": seen,
        "fault": fault,
        "tables": [table.name for table in timetables().tables],
        "channels": [(str(code), channel_name(str(code))) for code in Channel],
        "tried": tried,
        "compared": _compared(told, tried) if tried is not None else (),
        "has_draft": draft(PROMISE) is not None,
    }
    return render(request, "desk/pages/promises_edit.html", context, status=422 if fault else 200)


def _compared(told: Promise, tried: Previewed) -> list[Compared]:
    lines = [Compared(_("All cases"), tried.now, tried.draft)]
    for n, (level, verdicts) in enumerate(zip(told.levels, tried.levels, strict=True), 1):
        lines.append(Compared(level.name or _("Level %(n)s") % {"n": n}, None, verdicts))
    return lines


def _level_form(n: int, level: Level) -> LevelForm:
    days = level.resolution_days is not None
    return LevelForm(
        n=n,
        name=level.name,
        answer=_plain(level.reaction_hours),
        solution=_plain(level.resolution_days if days else level.resolution_hours),
        unit="days" if days else "hours",
        simple=level.simple,
        topics=", ".join(level.topics),
        channels=level.channels,
        tiers=", ".join(level.tiers),
        priorities=", ".join(level.priorities),
        calendar=level.calendar,
        warn_hours=_plain(level.warn_hours),
        told=_plain(level.warn),
    )


def _plain(amount: float | None) -> str:
    return "" if amount is None else f"{amount:g}"


def level_shown(told: Promise, place: int) -> LevelShown:
    """A level in words, in the reader's language."""
    level = told.levels[place]
    parts = []
    if level.simple:
        parts.append(_("simple topics"))
    if level.topics:
        parts.append(_("topics: %(words)s") % {"words": ", ".join(level.topics)})
    if level.channels:
        parts.append(_("channels: %(words)s") % {"words": ", ".join(channel_name(one) for one in level.channels)})
    if level.tiers:
        parts.append(_("tiers: %(words)s") % {"words": ", ".join(level.tiers)})
    if level.priorities:
        parts.append(_("priorities: %(words)s") % {"words": ", ".join(level.priorities)})
    return LevelShown(
        name=level.name or _("Level %(n)s") % {"n": place + 1},
        whom="; ".join(parts) or _("all cases that no level above is for"),
        answer=_hours(level.reaction_hours),
        solution=_days(level.resolution_days) if level.resolution_days is not None else _hours(level.resolution_hours),
        hours=level.calendar or level.hours or told.hours or _("hours of the team"),
        warned=_warned(level),
    )


def _hours(amount: float | None) -> str:
    if amount is None:
        return "–"
    text = number_format(f"{amount:g}")
    return ngettext("%(n)s opening hour", "%(n)s opening hours", round(amount)) % {"n": text}


def _days(amount: float) -> str:
    text = number_format(f"{amount:g}")
    return ngettext("%(n)s working day", "%(n)s working days", round(amount)) % {"n": text}


def _warned(level: Level) -> str:
    if level.warn_hours is not None:
        return _("%(n)s opening hours before") % {"n": number_format(f"{level.warn_hours:g}")}
    share = 0.25 if level.warn is None else level.warn
    return _("when %(percent)s %% of the time are left") % {"percent": number_format(f"{100 * share:g}")}
