"""Whether some wait longer than others: by tier, region, language and channel, with intervals."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from rundblick.cases.fairness import DIMENSIONS, SMALLEST_COMPARED, Compared, audit, cases_of
from rundblick.cases.tiers import TIERS, Tiers
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.rulebooks import in_force
from rundblick.desk.templatetags.desk import channel_name, language_word, locale, number
from rundblick.people.gate import needs

PERIODS = {"30": 30, "90": 90, "365": 365}
_GROUPS = 12  # of a dimension; regions may be many


@needs("team.read")
def fairness(request: HttpRequest) -> HttpResponse:
    """The last 90 days, or 30 or 365."""
    days = PERIODS.get(request.GET.get("days", ""), 90)
    now = timezone.now()
    with cursor() as cur:
        cases = cases_of(cur, now - timedelta(days=days), now, installation().country)
    found = audit(cases)
    context = {
        "area": "company",
        "days": days,
        "periods": list(PERIODS.values()),
        "n": len(cases),
        "comparisons": sum(1 for one in found if one.p is not None),
        "marked": sum(1 for one in found if one.marked),
        "smallest": SMALLEST_COMPARED,
        "dimensions": [table for name in DIMENSIONS if (table := _table(name, found)) is not None],
    }
    return render(request, "desk/pages/fairness.html", context)


def dimension_label(name: str) -> str:
    return {
        "tier": _("Tier"), "region": _("Region"), "language": _("Language"), "channel": _("Channel"),
    }[name]  # fmt: skip


def _table(name: str, found: list[Compared]) -> dict[str, Any] | None:
    rows: dict[str, dict[str, Any]] = {}
    for one in found:
        if one.dimension == name:
            rows.setdefault(one.group, {})[one.measure] = one
    if not rows:
        return None
    listed = [(group, cells) for group, cells in rows.items() if any(cell.n for cell in cells.values())]
    return {
        "name": dimension_label(name),
        "more": max(0, len(listed) - _GROUPS),
        "rows": [
            {"name": group_label(name, group), "cells": [_cell(cells[m]) for m in ("reaction", "resolution", "kept")]}
            for group, cells in listed[:_GROUPS]
        ],
    }


def group_label(dimension: str, group: str) -> str:
    if group == "-":
        return _("no tier")
    if dimension == "channel":
        return channel_name(group)
    if dimension == "language":
        return language_word(group)
    if dimension == "tier":
        book = in_force(TIERS)
        told = book.told if book else Tiers()
        return told.name_of(group, locale()[:2])
    country, _blank, digit = group.partition(" ")
    return f"{country} {digit}…"


def _cell(one: Compared) -> dict[str, Any]:
    return {
        "shown": one.value is not None,
        "value": _value(one, one.value),
        "n": one.n,
        "difference": _signed(one, one.difference),
        "low": _signed(one, one.low),
        "high": _signed(one, one.high),
        "compared": one.difference is not None,
        "marked": one.marked,
        "grey": one.n < SMALLEST_COMPARED,
    }


def _value(one: Compared, value: float | None) -> str:
    if value is None:
        return ""
    if one.measure == "kept":
        return f"{number(100 * value, 0)} %"
    unit = _("h") if one.measure == "reaction" else _("d")
    return f"{number(value, 1)} {unit}"


def _signed(one: Compared, value: float | None) -> str:
    if value is None:
        return ""
    size = 100 * value if one.measure == "kept" else value
    sign = "+" if size > 0 else "−" if size < 0 else "±"
    return f"{sign}{number(abs(size), 0 if one.measure == 'kept' else 1)}"
