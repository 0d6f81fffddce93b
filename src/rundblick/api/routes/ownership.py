"""Whose a case is: taken, handed over, accepted, given back; and what its customer was promised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Status

from rundblick.api import ownership_shapes as shapes
from rundblick.api.refusals import Refusal
from rundblick.api.routes.cases import IMPOSSIBLE, REFUSED, Ref
from rundblick.api.routes.shown import person_names, shown_case
from rundblick.api.shapes import Case as CaseShape
from rundblick.cases import commitments, ownership
from rundblick.cases.deeds import person_of
from rundblick.cases.handed import HandedOver, handovers_of, talked_to
from rundblick.cases.models import Case, Commitment, Handover
from rundblick.cases.ownership import Holder
from rundblick.people import gate
from rundblick.people.gate import needs
from rundblick.people.models import Person, Team

of_cases = Router(tags=["cases"])
handovers = Router(tags=["cases"])
promised = Router(tags=["cases"])


@of_cases.post("/{ref}/take", response={200: CaseShape, **IMPOSSIBLE})
@needs("case.handover", about="case", by="ref")
def take(request: HttpRequest, ref: Ref, body: shapes.Take) -> dict[str, Any]:
    """Make a case of a team your own. A colleague's is taken with `seen` and a reason, which counts as a hand-over.

    409 `taken`: somebody else has it meanwhile.
    """
    case = gate.about(request, Case)
    ownership.take(case, person_of(request.user), _seen(body.seen), body.reason, body.cause)
    return shown_case(request, case.pk)


@of_cases.post("/{ref}/handover", response={200: CaseShape, **IMPOSSIBLE})
@needs("case.handover", about="case", by="ref")
def hand_over(request: HttpRequest, ref: Ref, body: shapes.HandOver) -> dict[str, Any]:
    """Make somebody else the owner: exactly one of `to_team` and `to_person`. The whole case goes with it, at once.

    It is offered until its new owner accepts it, does something in the case, or gives it back.
    """
    case = gate.about(request, Case)
    ownership.hand_over(
        case,
        _target(body),
        person_of(request.user),
        body.reason,
        body.cause,
        summary=body.summary,
        seen=_seen(body.seen),
    )
    return shown_case(request, case.pk)


@of_cases.get("/{ref}/handovers", response={200: shapes.Handovers, **REFUSED})
@needs("case.read", about="case", by="ref")
def list_handovers(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """All hand-overs of a case, in order, and whom its customer talked to."""
    case = gate.about(request, Case)
    found, talked = handovers_of(case), talked_to(case)
    people = _people([*talked, *(id_ for one in found for id_ in _named_in(one))])
    teams = _teams(holder.team for one in found for holder in (one.giver, one.taker))
    return {
        "items": [_shown(one, people, teams) for one in found],
        "bounces": sum(1 for one in found if one.bounced),
        "talked_to": [people[one] for one in talked if one in people],
    }


@handovers.post("/{uuid:uuid}/accept", response={200: shapes.HandedOver, **IMPOSSIBLE})
@needs("case.write", about="handover")
def accept(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """Say that you have it. Whoever answers, notes or resolves has accepted by that."""
    row = gate.about(request, Handover)
    ownership.accept(row, person_of(request.user))
    return _one(row)


@handovers.post("/{uuid:uuid}/give-back", response={200: shapes.HandedOver, **IMPOSSIBLE})
@needs("case.write", about="handover")
def give_back(request: HttpRequest, uuid: UUID, body: shapes.GiveBack) -> dict[str, Any]:
    """Return it to the giver, with the reason. Once accepted it is handed over anew instead: 409 `settled`."""
    row = gate.about(request, Handover)
    ownership.give_back(row, person_of(request.user), body.reason)
    return _one(row)


# -- what was promised -----------------------------------------------------------------------------------------------


@of_cases.get("/{ref}/commitments", response={200: shapes.Commitments, **REFUSED})
@needs("case.read", about="case", by="ref")
def list_commitments(request: HttpRequest, ref: Ref) -> dict[str, Any]:
    """What the customer was promised, what is to be done first. Those of joined cases are among them."""
    return {"items": _shown_commitments(commitments.commitments_of(gate.about(request, Case)))}


@of_cases.post("/{ref}/commitments", response={201: shapes.Commitment, **IMPOSSIBLE})
@needs("case.write", about="case", by="ref")
def promise(request: HttpRequest, ref: Ref, body: shapes.NewCommitment) -> Status[dict[str, Any]]:
    """Note what the customer was promised, and until when. It goes along when the case changes hands."""
    made = commitments.promise(gate.about(request, Case), body.text, body.due_at, person_of(request.user))
    return Status(201, _shown_commitments([made])[0])


@promised.post("/{uuid:uuid}/keep", response={200: shapes.Commitment, **IMPOSSIBLE})
@needs("case.write", about="commitment")
def keep(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """It was done. What is broken stays so, and is done late."""
    return _shown_commitments([commitments.keep(gate.about(request, Commitment), person_of(request.user))])[0]


@promised.post("/{uuid:uuid}/withdraw", response={200: shapes.Commitment, **IMPOSSIBLE})
@needs("case.write", about="commitment")
def withdraw(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    """It is to be done no more, and the customer knows it."""
    return _shown_commitments([commitments.withdraw(gate.about(request, Commitment), person_of(request.user))])[0]


# -- the parts -------------------------------------------------------------------------------------------------------


def _target(body: shapes.HandOver) -> Team | Person:
    if (body.to_team is None) == (body.to_person is None):
        raise Refusal(422, "one-owner", _("Name exactly one of `to_team` and `to_person`."))
    if body.to_team is not None:
        team = Team.objects.filter(uuid=body.to_team, system__isnull=True).first()
        if team is None:
            raise Refusal(422, "no-such-team", _("There is no such team."), _("GET /api/v1/teams lists them."))
        return team
    person = Person.objects.filter(uuid=str(body.to_person), user__isnull=False).first()
    if person is None:
        raise Refusal(422, "no-such-person", _("There is no such person."), _("GET /api/v1/people lists them."))
    return person


def _seen(seen: shapes.SeenOwner | None) -> Team | Person | None:
    """The owner that the caller saw; nobody by that uuid has no case."""
    if seen is None:
        return None
    found: Team | Person | None
    if seen.kind == "team":
        found = Team.objects.filter(uuid=seen.uuid).first()
    else:
        found = Person.objects.filter(uuid=seen.uuid).first()
    if found is None:
        raise Refusal(422, "no-such-owner", _("`seen` names nobody."), _("Pass the `owner` of the case, as it was."))
    return found


def _named_in(one: HandedOver) -> tuple[int | None, ...]:
    return one.by, one.settled_by, one.giver.person, one.taker.person


def _people(ids: Iterable[int | None]) -> dict[int, dict[str, Any]]:
    wanted = {id_ for id_ in ids if id_ is not None}
    names = person_names(wanted)
    uuids = Person.objects.filter(pk__in=wanted).values_list("id", "uuid")
    return {id_: {"uuid": uuid, "name": names.get(id_, "")} for id_, uuid in uuids}


def _teams(ids: Iterable[int | None]) -> dict[int, dict[str, Any]]:
    rows = Team.objects.filter(pk__in={id_ for id_ in ids if id_ is not None}).values_list("id", "uuid", "name")
    return {id_: {"kind": "team", "uuid": uuid, "name": name} for id_, uuid, name in rows}


def _shown(one: HandedOver, people: dict[int, dict[str, Any]], teams: dict[int, dict[str, Any]]) -> dict[str, Any]:
    def holder(of: Holder) -> dict[str, Any]:
        return {"person": people.get(of.person or 0), "team": teams.get(of.team or 0)}

    return {
        "uuid": one.uuid,
        "at": one.at,
        "by": people.get(one.by or 0),
        "giver": holder(one.giver),
        "taker": holder(one.taker),
        "cause": one.cause,
        "reason": one.reason,
        "summary": one.summary,
        "state": one.state,
        "settled_at": one.settled_at,
        "settled_by": people.get(one.settled_by or 0),
        "given_back_reason": one.why_back,
        "border": one.border,
        "returns": one.returns,
    }


def _one(row: Handover) -> dict[str, Any]:
    found = next(one for one in handovers_of(Case.objects.get(pk=row.entry.case_id)) if one.uuid == row.uuid)
    return _shown(found, _people(_named_in(found)), _teams((found.giver.team, found.taker.team)))


def _shown_commitments(found: list[Commitment]) -> list[dict[str, Any]]:
    people = _people(id_ for one in found for id_ in (one.made_by_id, one.settled_by_id))
    return [
        {
            "uuid": one.uuid,
            "text": one.content.text,
            "made_at": one.made_at,
            "made_by": people.get(one.made_by_id or 0),
            "due_at": one.due_at,
            "state": one.state,
            "settled_at": one.settled_at,
            "settled_by": people.get(one.settled_by_id or 0),
            "outstanding": commitments.is_outstanding(one),
        }
        for one in found
    ]
