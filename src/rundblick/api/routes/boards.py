"""The customer beside a case, a team's board, and today over all teams."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from rundblick.api import board_shapes as shapes
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import REFUSED, Ref
from rundblick.api.routes.shown import person_names
from rundblick.blindspots.teams import Line
from rundblick.blindspots.today import COUNTS, TeamToday, away_of, lines_of, month_of, today, trend
from rundblick.cases.board import board, sees_load
from rundblick.cases.deeds import WorkError, person_of
from rundblick.cases.models import Case
from rundblick.cases.preferred import set_preferred
from rundblick.cases.side import open_cases, side
from rundblick.core.database import cursor
from rundblick.customers.golden import customer_names, golden_facts
from rundblick.customers.models import Assignment, Customer
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Team
from rundblick.voice.models import Rating

of_customers = Router(tags=["customers"])
of_teams = Router(tags=["people"])
router = Router(tags=["figures"])
_RECORDS = 2_000
_RATINGS = 5


@of_customers.get("/{ref}/side", response={200: shapes.CustomerSide, **REFUSED})
@needs("customer.read", about="customer", by="ref")
def customer_side(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """What stands beside a case of this customer, by one call: for a widget in another program."""
    customer = gate.about(request, Customer)
    user: Any = request.user
    hidden = gate.hidden_fields(user, "customer")
    current = Assignment.objects.filter(customer=customer, valid_to__isnull=True)
    records = list(current.values_list("record_id", flat=True)[:_RECORDS])
    with cursor() as cur:
        known = golden_facts(cur, customer.pk)
        name = customer_names(cur, [customer.pk], with_addresses=False).get(customer.pk, "")
        found = side(cur, user, customer.pk, records, known)
    facts = gate.shown_facts(user, {fact.kind: fact.value for fact in known})
    names = person_names([one.made_by for one in found.promises] + [one.person for one in found.talked])
    teams = dict(Team.objects.filter(pk__in={one.team for one in found.talked}).values_list("id", "name"))
    ratings = Rating.objects.filter(record_id__in=records, superseded=False, lane__in=("rating", "review"))
    return {
        "uuid": customer.uuid,
        "number": customer.number,
        "name": name,
        "tier": facts.get("tier", ""),
        "channel": found.channel,
        "open_cases": open_cases(user, customer.pk)[0],
        "promises": [
            {
                "uuid": one.uuid,
                "text": one.text,
                "due_at": one.due_at,
                "overdue": one.overdue,
                "made_by": names.get(one.made_by or 0, ""),
                "case": one.case,
            }
            for one in found.promises
        ],
        "orders": [one for one in found.orders if gate.reader_sees("order_no", one.key)],
        "talked": [
            {
                "person": names.get(one.person or 0, ""),
                "team": teams.get(one.team or 0, ""),
                "system": one.system,
                "channels": list(one.channels),
                "at": one.at,
                "times": one.times,
            }
            for one in found.talked
        ],
        "asked": [{"at": one.at, "by_customer": one.by_him, "asked": list(one.asked)} for one in found.marks],
        "ratings": []
        if "timeline" in hidden
        else list(
            ratings.filter(at__isnull=False)
            .order_by("-at", "-id")
            .values("kind", "lane", "value", "low", "high", "at")[:_RATINGS]
        ),
    }


@of_customers.post("/{ref}/channel", response={200: shapes.CustomerSide, **REFUSED})
@needs("case.write", about="customer", by="ref")
def set_channel(request: HttpRequest, ref: Ref, body: shapes.ChannelSet) -> dict[str, Any]:
    """Note how a customer wants to be reached, as he said; "" takes that back."""
    customer = gate.about(request, Customer)
    try:
        set_preferred(customer, body.channel, person_of(request.user))
    except WorkError as fault:
        wrong = _("Choose one of the channels, or none to go by what he uses.")
        raise Refusal(422, "channel", wrong) from fault
    shown: dict[str, Any] = customer_side(request, ref)
    return shown


@of_teams.get("/{uuid:uuid}/board", response={200: shapes.TeamBoard, **REFUSED})
@needs("case.read", about="team")
def team_board(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Who is here, what runs out next, what was promised. Another's load is null without `team.read`."""
    team = gate.about(request, Team)
    user: Any = request.user
    with cursor() as cur:
        told = board(cur, team, timezone.now(), timezone.get_current_timezone())
    cases = dict(
        Case.objects.filter(gate.visible_cases(user), pk__in=[one.case for one in told.at_risk])
        .values_list("id", "uuid")
    )  # fmt: skip
    numbers = dict(Case.objects.filter(pk__in=cases).values_list("id", "number"))
    named = gate.allowed(user, "people.read")
    return {
        "team": team.uuid,
        "name": team.name,
        "at": told.at,
        "counts": told.counts,
        "members": [
            {
                "uuid": one.uuid,
                "name": one.name,
                "state": one.state,
                "until": one.until,
                "load": one.load if sees_load(user, one.id) else None,
            }
            for one in told.members
            if named or sees_load(user, one.id)
        ],
        "at_risk": [
            {"uuid": cases[one.case], "number": numbers[one.case], "what": one.what, "due_at": one.due_at}
            for one in told.at_risk
            if one.case in cases
        ],
        "commitments": told.commitments,
    }


@router.get("/overview", response={200: shapes.Overview, **REFUSED})
@needs("team.read")
def overview(request: HttpRequest) -> dict[str, Any]:
    """Today at a glance: the caller's own teams, or all where he sees all; at most a minute behind."""
    user: Any = request.user
    told = today()
    lines, month = lines_of(user, told), month_of(user)
    named = gate.allowed(user, "people.read")
    return {
        "at": told.at,
        "teams": [_team(line, month) for line in lines],
        "trend": trend(lines, told),
        "silent": told.silent,
        "away": away_of(user, told) if named else [],
        "asked_again": told.asked_again,
    }


def _team(line: TeamToday, month: dict[UUID, Line] | None) -> dict[str, Any]:
    figures = month[line.uuid].figures if month is not None and line.uuid in month else {}
    shares = {name: figures[name].value if name in figures else None for name in ("first_contact", "reopened")}
    return {
        "uuid": line.uuid,
        "name": line.name,
        "partner": line.partner,
        "counts": {code: line.counts[code].n for code in COUNTS},
        **shares,
    }
