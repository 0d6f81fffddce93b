"""Figures of teams, and how many people so many calls need."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from rundblick.api import figure_shapes as shapes
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import REFUSED
from rundblick.blindspots.statistics import Firmness
from rundblick.blindspots.teams import Line, lines_for, team_figures
from rundblick.cases.offered import WEEKS, offered_week
from rundblick.people.erlang import Load, StaffingError, Target, needed, scheduled, served
from rundblick.people.gate import needs
from rundblick.people.staffing_words import staffing_fault

router = Router(tags=["figures"])

Days = Annotated[Literal["7", "30", "90"], Query(description="until the last moment of the data")]
Share = Annotated[float, Query(ge=0.01, le=0.99, description="of the offered calls")]
Within = Annotated[float, Query(ge=0, le=3600, description="seconds")]
Patience = Annotated[
    float | None, Query(ge=1, le=86_400, description="mean seconds until a caller hangs up; left out: nobody does")
]


@router.get("/figures/teams", response={200: shapes.TeamFigures, **REFUSED})
@needs("team.read")
def teams(request: HttpRequest, days: Days = "30") -> dict[str, Any]:
    """What each team had, kept and handed on: the caller's own teams and outside firms, or all where he sees all."""
    told = team_figures(int(days))
    lines = [_line(line) for line in lines_for(request.user, told)]
    return {"since": told.since, "until": told.until, "days": told.days, "teams": lines}


@router.get("/staffing", response={200: shapes.Staffing, **REFUSED})
@needs("team.read")
def staffing(
    request: HttpRequest,
    calls: Annotated[float, Query(ge=0, le=1_000_000, description="offered in `per_s`")],
    aht_s: Annotated[float, Query(ge=1, le=86_400, description="talk and wrap-up of a call, seconds")],
    per_s: Annotated[float, Query(ge=1, le=86_400, description="seconds")] = 1800,
    share: Share = 0.8,
    within_s: Within = 20,
    patience_s: Patience = None,
    agents: Annotated[int | None, Query(ge=0, le=30_000, description="what so many give")] = None,
    shrinkage: Annotated[float, Query(ge=0, le=0.9, description="share of paid time without calls")] = 0,
) -> dict[str, Any]:
    """How many people so many calls need, by Erlang C, or by A with `patience_s` (docs/staffing.md)."""
    try:
        load, target = Load(calls, per_s, aht_s), Target(share, within_s)
        found = needed(load, target, patience_s) if agents is None else served(load, agents, target, patience_s)
    except StaffingError as fault:
        raise Refusal(422, "no-staffing", _("These numbers give no staffing."), staffing_fault(fault)) from fault
    return {
        "erlangs": load.erlangs,
        "model": "C" if patience_s is None else "A",
        "agents": found.agents,
        "level": found.level,
        "asa_s": found.asa_s,
        "occupancy": found.occupancy,
        "abandoned": found.abandoned,
        "waits": found.waits,
        "scheduled": scheduled(found.agents, shrinkage),
    }


@router.get("/staffing/week", response={200: shapes.OfferedWeek, **REFUSED})
@needs("team.read")
def week(
    request: HttpRequest, share: Share = 0.8, within_s: Within = 20, patience_s: Patience = None
) -> dict[str, Any]:
    """The own calls of the last weeks by weekday and half hour, and how many people each needs."""
    found = offered_week(str(timezone.get_current_timezone()))
    target = Target(share, within_s)
    slots = [
        {
            "weekday": day,
            "time": f"{half // 2:02d}:{half % 2 * 30:02d}",
            "calls": slot.calls,
            "most": slot.most,
            "offered": slot.offered,
            "aht_s": slot.aht_s,
            "agents": needed(
                Load(slot.calls, 1800.0, max(1.0, slot.aht_s or found.aht_s or 480.0)), target, patience_s
            ).agents,
        }
        for (day, half), slot in sorted(found.slots.items())
    ]
    return {
        "weeks": WEEKS,
        "offered": found.offered,
        "answered": found.answered,
        "aht_s": found.aht_s,
        "slots": slots,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "uuid": line.uuid,
        "name": line.name,
        "partner": line.partner,
        "figures": {
            name: {
                "value": one.value,
                "n": one.n,
                "low": one.low,
                "high": one.high,
                "hidden": one.hidden,
                "firm": one.firm is Firmness.FULL,
            }
            for name, one in line.figures.items()
        },
        "causes": line.causes,
        "topics": [{"topic": one.topic, "minutes": one.minutes, "n": one.n} for one in line.topics],
    }
