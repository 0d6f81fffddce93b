"""Routing: the rules, what others would do, and why a case is where it is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from django.http import HttpRequest
from ninja import Router

from rundblick.api import routing_shapes as shapes
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED, Ref
from rundblick.cases.models import Case
from rundblick.cases.routing.book import ROUTING
from rundblick.cases.routing.book import Routing as Rules
from rundblick.cases.routing.book import warnings as warned
from rundblick.cases.routing.preview import preview as tried
from rundblick.cases.routing.told import decisions
from rundblick.core.rulebooks import Book, in_force, put_in_force
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Team, User

router = Router(tags=["rules"])
of_cases = Router(tags=["cases"])


@router.get("", response={200: shapes.Routing, **REFUSED})
@needs("rules.read")
def get_routing(request: HttpRequest) -> dict[str, Any]:
    """The rules in force."""
    return _shown(in_force(ROUTING))


@router.put("", response={200: shapes.Routing, **IMPOSSIBLE})
@needs("rules.write")
def put_routing(request: HttpRequest, body: shapes.RoutingTaken) -> dict[str, Any]:
    """Put these rules into force. 409 `stale` when others are in force than those that were `seen`."""
    user = request.user
    assert isinstance(user, User)
    return _shown(put_in_force(ROUTING, _rules(body), by=user.pk, seen=body.seen))


@router.post("/preview", response={200: shapes.Preview, **REFUSED})
@needs("rules.read")
def preview(request: HttpRequest, body: shapes.RulesTaken) -> dict[str, Any]:
    """What these rules would do with the cases of the last seven days. Nothing is written."""
    seen = tried(_rules(body), datetime.now(UTC))
    visible = Case.objects.filter(gate.visible_cases(request.user), uuid__in=[one.uuid for one in seen.examples])
    readable = set(visible.values_list("uuid", flat=True))
    return {
        "since": seen.since,
        "cases": seen.cases,
        "elsewhere": seen.elsewhere,
        "table": [{"now": _team(one), "then": _team(other), "cases": n} for (one, other), n in seen.table.items()],
        "examples": [
            {
                **{name: getattr(one, name) for name in ("uuid", "number", "topic", "language", "channel")},
                "now": _team(one.now),
                "then": _team(one.then),
                "rule": one.by,
            }
            for one in seen.examples
            if one.uuid in readable
        ],
        "moved": seen.moved,
        "met_now": seen.met_now,
        "met_then": seen.met_then,
        "warnings": seen.warnings,
    }


@of_cases.get("/{ref}/routing", response={200: shapes.Decisions, **REFUSED})
@needs("case.read", about="case", by="ref")
def routing(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """Why a case is where it is: what the rules decided, the oldest first."""
    return {
        "items": [
            {
                "at": one.at,
                "version": one.version,
                "rule": one.rule,
                "team": _team(one.team) if one.team else None,
                "person": str(one.person.uuid) if one.person else None,
                "topic": one.topic,
                "last": one.is_last,
                "reason": one.reason,
                "text": one.text,
            }
            for one in decisions(gate.about(request, Case))
        ]
    }


def _rules(body: shapes.RulesTaken) -> Rules:
    told = body.model_dump(mode="json", exclude={"seen"})
    return msgspec.convert(told, Rules)


def _shown(book: Book[Rules] | None) -> dict[str, Any]:
    told = book.told if book is not None else Rules()
    return {
        "version": book.version if book is not None else 0,
        "in_force_at": book.at if book is not None else None,
        **msgspec.to_builtins(told),
        "warnings": warned(told),
    }


def _team(team: Team) -> dict[str, Any]:
    return {"uuid": team.uuid, "name": team.name, "partner": team.is_partner}
