"""Escalations, and the rules that lead to them: who decides, when, and what he may decide; tiers; fairness."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status

from rundblick.api import escalation_shapes as shapes
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED, Ref
from rundblick.cases import escalating, tiers, work
from rundblick.cases.authority import AUTHORITY, USUAL, authorities, authority_of
from rundblick.cases.escalation_rules import ESCALATION, Escalations
from rundblick.cases.escalation_rules import USUAL as USUAL_RULES
from rundblick.cases.escalation_words import authority_words, tier_words, why_words
from rundblick.cases.fairness import audit, cases_of
from rundblick.cases.floors import FLOORS, Floors, legal_floors
from rundblick.cases.models import Case, Escalation
from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.rulebooks import Kind, in_force, put_in_force
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Person

router = Router(tags=["escalations"])
of_cases = Router(tags=["escalations"])
rules = Router(tags=["rules"])


@router.get("", response={200: shapes.EscalationList, **REFUSED})
@needs("case.read")
def escalations(request: HttpRequest, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> dict[str, Any]:
    """Escalations that are not ended, in cases that you may read, the oldest first."""
    found = Escalation.objects.exclude(state=Escalation.ENDED).filter(gate.visible_in_case()(request.user))
    return {"items": _shown(request, list(found.order_by("id")[:limit]))}


@router.post("/{uuid:uuid}/seen", response={200: shapes.Escalation, **IMPOSSIBLE})
@needs("case.write", about="escalation")
def seen(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """You have it: nobody else is told. 409 `ended` when it was decided already."""
    found = gate.about(request, Escalation)
    return _shown(request, [escalating.take_note(found, work.person_of(request.user))])[0]


@router.post("/{uuid:uuid}/end", response={200: shapes.Escalation, **IMPOSSIBLE})
@needs("case.write", about="escalation")
def end(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """It is decided."""
    found = gate.about(request, Escalation)
    return _shown(request, [escalating.end(found, work.person_of(request.user))])[0]


@of_cases.post("/{ref}/escalate", response={201: shapes.Escalation, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def escalate(request: HttpRequest, ref: Ref, body: shapes.WhyEscalated) -> Status[dict[str, Any]]:
    """Put a case before who can decide. 409 `escalated`: somebody did, and it is not ended."""
    row = escalating.escalate(gate.about(request, Case), work.person_of(request.user), body.reason)
    return Status(201, _shown(request, [row])[0])


@of_cases.get("/{ref}/tier", response={200: shapes.TierOfCase, **REFUSED})
@needs("case.read", about="case", by="ref")
def tier_of_case(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """The tier of a case and the rule that gave it; null for who may not see it."""
    case = Case.objects.get(pk=gate.about(request, Case).pk)
    if "tier" in gate.hidden_fields(request.user, "case"):
        return {"tier": None, "rule": "", "why": ""}
    found = tiers.explained(case)
    if found is None or (case.tier and case.tier != tiers.tier_of(found[2], found[1])):
        return {"tier": case.tier, "rule": "", "why": ""}
    return {"tier": case.tier, "rule": found[0].name if found[0] else "", "why": tier_words(*found)}


def _shown(request: HttpRequest, found: list[Escalation]) -> list[dict[str, Any]]:
    people = {
        pk: (uuid, name or content or "", role or "")
        for pk, uuid, name, content, role in Person.objects.filter(
            pk__in=[one.to_person_id for one in found]
        ).values_list("pk", "uuid", "user__name", "content__name", "user__role")
    }
    cases = {row.pk: row for row in Case.objects.filter(pk__in=[one.case_id for one in found])}
    gate.saw(request, "customer", [row.customer_id for row in cases.values()])
    told = authorities()
    items = []
    for one in found:
        person = people.get(one.to_person_id or 0)
        team = one.to_team
        items.append(
            {
                "uuid": one.uuid,
                "case": cases[one.case_id].number,
                "at": one.at,
                "trigger": one.trigger,
                "rule": one.rule,
                "why": why_words(one.trigger, one.detail),
                "state": one.state,
                "person": {"uuid": person[0], "name": person[1]} if person else None,
                "team": {"uuid": team.uuid, "name": team.name} if team else None,
                "may_decide": authority_words(authority_of(told, person[2], str(person[0]))) if person else [],
                "settled_at": one.settled_at,
            }
        )
    return items


# --- rules ----------------------------------------------------------------------------------------------------------


@rules.get("/escalation-rules", response={200: shapes.EscalationsInForce, **REFUSED})
@needs("rules.read")
def escalation_rules(request: HttpRequest) -> dict[str, Any]:
    """When a case comes before somebody who can decide. Version 0: the rules of the first day."""
    return _in_force(ESCALATION, USUAL_RULES)


@rules.put("/escalation-rules", response={200: shapes.EscalationsInForce, **IMPOSSIBLE})
@needs("rules.write")
def put_escalation_rules(request: HttpRequest, body: shapes.PutEscalations) -> dict[str, Any]:
    """Put these into force. 409 `stale`: other ones came into force since `seen`; 422 `rules`: they cannot hold."""
    return _put(request, ESCALATION, body.rules, body.seen, USUAL_RULES)


@rules.post("/escalation-rules/preview", response={200: shapes.EscalationPreview, **REFUSED})
@needs("rules.read")
def preview_escalation_rules(request: HttpRequest, body: shapes.TryEscalations) -> dict[str, Any]:
    """Which cases of the last days they would escalate, as these stand now. Nothing is written."""
    told: Escalations = _told(ESCALATION, body.rules) if body.rules else escalating.rules_in_force()[0]
    found = escalating.preview(told, days=body.days)
    seen_cases = Case.objects.filter(gate.visible_cases(request.user), pk__in=[one[0] for one in found.examples])
    numbers = dict(seen_cases.values_list("pk", "number"))
    gate.saw(request, "customer", seen_cases.values_list("customer_id", flat=True))
    return {
        "days": found.days,
        "cases": found.cases,
        "escalated": found.escalated,
        "by_rule": found.by_rule,
        "examples": [
            {"case": numbers[case], "rule": rule, "trigger": trigger, "why": why_words(trigger, detail)}
            for case, rule, trigger, detail in found.examples
            if case in numbers
        ],
    }


@rules.get("/tiers", response={200: shapes.TiersInForce, **REFUSED})
@needs("rules.read")
def tier_rules(request: HttpRequest) -> dict[str, Any]:
    """Who gets which tier."""
    return _in_force(tiers.TIERS, tiers.Tiers())


@rules.put("/tiers", response={200: shapes.TiersInForce, **IMPOSSIBLE})
@needs("rules.write")
def put_tier_rules(request: HttpRequest, body: shapes.PutTiers) -> dict[str, Any]:
    """Put these into force; open cases get their tiers within seconds."""
    return _put(request, tiers.TIERS, body.rules, body.seen, tiers.Tiers())


@rules.post("/tiers/preview", response={200: shapes.TierPreview, **REFUSED})
@needs("rules.read")
def preview_tier_rules(request: HttpRequest, body: shapes.TryTiers) -> dict[str, Any]:
    """How many open cases have which tier now, and would have by these rules. Nothing is written."""
    book = in_force(tiers.TIERS)
    told = _told(tiers.TIERS, body.rules) if body.rules else book.told if book else tiers.Tiers()
    n, now, then = tiers.preview(told)
    return {"cases": n, "now": now, "then": then}


@rules.get("/authority", response={200: shapes.AuthorityInForce, **REFUSED})
@needs("rules.read")
def authority(request: HttpRequest) -> dict[str, Any]:
    """What roles and people may decide by themselves."""
    return _in_force(AUTHORITY, USUAL)


@rules.put("/authority", response={200: shapes.AuthorityInForce, **IMPOSSIBLE})
@needs("rules.write")
def put_authority(request: HttpRequest, body: shapes.PutAuthority) -> dict[str, Any]:
    """Put this into force. 422 `rules` where people would ask each other in a circle."""
    return _put(request, AUTHORITY, body.rules, body.seen, USUAL)


@rules.get("/legal-floors", response={200: shapes.FloorsInForce, **REFUSED})
@needs("rules.read")
def floors(request: HttpRequest) -> dict[str, Any]:
    """Outer limits of laws that a company has switched on, and those that are known here."""
    return _in_force(FLOORS, Floors()) | _known_laws()


@rules.put("/legal-floors", response={200: shapes.FloorsInForce, **IMPOSSIBLE})
@needs("rules.write")
def put_floors(request: HttpRequest, body: shapes.PutFloors) -> dict[str, Any]:
    """Say which laws hold for which topics; promises below them are then named."""
    return _put(request, FLOORS, body.rules, body.seen, Floors()) | _known_laws()


@rules.get("/fairness", response={200: shapes.Fairness, **REFUSED})
@needs("team.read")
def fairness(request: HttpRequest, days: Annotated[int, Query(ge=1, le=1000)] = 90) -> dict[str, Any]:
    """Waiting and kept promises by tier, region, language and channel, against the rest."""
    now = timezone.now()
    with cursor() as cur:
        cases = cases_of(cur, now - timedelta(days=days), now, installation().country)
    return {"days": days, "cases": len(cases), "items": [asdict(one) for one in audit(cases)]}


def _known_laws() -> dict[str, Any]:
    names = ("code", "law", "where", "about", "what", "url")
    return {"known": [{n: getattr(one, n) for n in names} | {"days": one.calendar_days} for one in legal_floors()]}


def _in_force(kind: Kind[Any], usual: Any) -> dict[str, Any]:
    book = in_force(kind)
    told = book.told if book else usual
    return {
        "version": book.version if book else 0,
        "at": book.at if book else None,
        "rules": msgspec.json.decode(msgspec.json.encode(told)),  # lists, where the types hold tuples
    }


def _told(kind: Kind[Any], body: Schema) -> Any:
    return msgspec.convert(body.dict(), kind.type)


def _put(request: HttpRequest, kind: Kind[Any], body: Schema, seen: int, usual: Any) -> dict[str, Any]:
    put_in_force(kind, _told(kind, body), by=request.user.pk, seen=seen)
    return _in_force(kind, usual)
