"""Whose a case is, over the API: take, hand over, accept, give back, and what was promised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rundblick.cases.models import Commitment, Handover
from rundblick.core.ids import uuid7
from rundblick.people.models import Person, PersonContent
from tests.api.callers import Caller, caller
from tests.people.house import AT, House

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def names(house: House) -> None:
    for user in (house.olga, house.kurt, house.sven, house.lena):
        PersonContent.objects.create(person=user.person, name=user.name)


@pytest.fixture
def olga(house: House) -> Caller:
    return caller(house.olga)


@pytest.fixture
def sven(house: House) -> Caller:
    return caller(house.sven)


def to_billing(house: House, olga: Caller, **more: Any) -> Handover:
    body = {
        "to_team": str(house.billing.uuid),
        "reason": "Money.",
        "cause": "skill",
        "summary": "Called twice.",
        **more,
    }
    answer = olga.post(f"/cases/{house.olgas.uuid}/handover", body)
    assert answer.status_code == 200, answer.content
    return Handover.objects.get(entry__case=house.olgas, state="offered")


def problem(answer: Any) -> tuple[int, str, str]:
    told = answer.json()
    return answer.status_code, told["type"].rpartition(":")[2], told["title"]


def test_a_case_of_the_team_is_taken_and_the_slower_one_is_told_who_has_it(house: House, olga: Caller) -> None:
    path, seen = f"/cases/{house.supports.uuid}/take", {"kind": "team", "uuid": str(house.support.uuid)}
    taken = olga.post(path, {"seen": seen})
    assert taken.status_code == 200, taken.content
    assert taken.json()["owner"]["name"] == "Olga"
    assert problem(caller(house.kurt).post(path, {"seen": seen})) == (409, "taken", "Olga has it meanwhile.")
    assert problem(caller(house.kurt, language="de").post(path))[2] == "Olga hat ihn inzwischen."
    assert problem(olga.post(path, {"seen": {"kind": "team", "uuid": str(uuid7())}}))[:2] == (422, "no-such-owner")
    lena = caller(house.lena).post(
        path, {"seen": {"kind": "person", "uuid": str(house.olga.person.uuid)}, "reason": "Ill.", "cause": "absence"}
    )
    assert lena.json()["owner"]["name"] == "Lena"


def test_a_hand_over_is_listed_with_its_summary_and_accepted_once(house: House, olga: Caller, sven: Caller) -> None:
    row = to_billing(house, olga)
    (told,) = sven.get(f"/cases/{house.olgas.uuid}/handovers").json()["items"]
    assert told["giver"]["person"]["name"] == "Olga" and told["taker"]["team"]["name"] == "Billing"
    assert (told["cause"], told["reason"], told["summary"], told["state"]) == (
        "skill",
        "Money.",
        "Called twice.",
        "offered",
    )
    events = sven.get(f"/cases/{house.olgas.uuid}/events").json()["items"]
    assert [one["summary"] for one in events if one["kind"] == "case.handed_over"] == ["Called twice."]
    accepted = sven.post(f"/handovers/{row.uuid}/accept")
    assert (accepted.json()["state"], accepted.json()["settled_by"]["name"]) == ("accepted", "Sven")
    assert problem(sven.post(f"/handovers/{row.uuid}/accept"))[:2] == (409, "settled")


def test_what_is_given_back_is_counted_as_a_bounce(house: House, olga: Caller, sven: Caller) -> None:
    row = to_billing(house, olga)
    assert sven.post(f"/handovers/{row.uuid}/give-back", {"reason": ""}).status_code == 422
    back = sven.post(f"/handovers/{row.uuid}/give-back", {"reason": "Not ours."})
    assert (back.json()["state"], back.json()["given_back_reason"]) == ("given_back", "Not ours.")
    told = olga.get(f"/cases/{house.olgas.uuid}/handovers").json()
    assert (told["bounces"], told["talked_to"]) == (1, [])
    assert olga.get(f"/cases/{house.olgas.uuid}").json()["owner"]["name"] == "Olga"


def test_only_the_new_owner_accepts_and_nobody_elses_hand_over_is_seen(house: House, olga: Caller) -> None:
    row = to_billing(house, olga)
    assert problem(caller(house.maria).post(f"/handovers/{row.uuid}/accept"))[:2] == (409, "not-yours")
    assert caller(house.paul).post(f"/handovers/{row.uuid}/accept").status_code == 404
    assert olga.post(f"/handovers/{row.uuid}/accept").status_code == 404  # it is Billing's now


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"cause": "weather"}, 422, "not-understood"),
        ({"reason": "x" * 100_000}, 422, "not-understood"),
        ({"seen": {"kind": "team", "uuid": "SUPPORT"}}, 409, "taken"),
        ({"to_team": None, "to_person": "KURT"}, 409, "left"),
    ],
)
def test_what_is_not_possible_is_said(house: House, olga: Caller, more: dict[str, Any], status: int, code: str) -> None:
    Person.objects.filter(pk=house.kurt.person.pk).update(left_at=AT)
    uuids = {"KURT": str(house.kurt.person.uuid), "SUPPORT": str(house.support.uuid)}
    if "seen" in more:
        more = {"seen": {"kind": "team", "uuid": uuids["SUPPORT"]}}
    body = {"to_team": str(house.billing.uuid), "reason": "Money.", **more}
    body["to_person"] = uuids.get(str(body.get("to_person")))
    answer = olga.post(f"/cases/{house.olgas.uuid}/handover", body)
    assert problem(answer)[:2] == (status, code), answer.content
    assert not Handover.objects.exists()


def test_something_is_promised_kept_and_listed(house: House, olga: Caller, sven: Caller) -> None:
    path, due = f"/cases/{house.olgas.uuid}/commitments", datetime.now(UTC) + timedelta(days=1)
    made = olga.post(path, {"text": "Call her", "due_at": due.isoformat()})
    assert made.status_code == 201, made.content
    assert (made.json()["state"], made.json()["made_by"]["name"]) == ("open", "Olga")
    assert [one["text"] for one in sven.get(path).json()["items"]] == ["Call her"]  # his team has a case of hers
    assert sven.post(f"/commitments/{made.json()['uuid']}/keep").status_code == 404  # but not this one
    kept = olga.post(f"/commitments/{made.json()['uuid']}/keep")
    assert (kept.json()["state"], kept.json()["outstanding"]) == ("kept", False)
    assert problem(olga.post(f"/commitments/{made.json()['uuid']}/withdraw"))[:2] == (409, "settled")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"text": "", "due_at": "2030-01-01T10:00:00Z"},
        {"text": "x", "due_at": "2030-01-01T10:00:00"},
        {"text": "x", "due_at": "2020-01-01T10:00:00Z"},
        {"text": "x", "due_at": 1893495600},
    ],
)
def test_a_promise_that_is_not_as_described_is_refused(house: House, olga: Caller, body: dict[str, Any]) -> None:
    assert olga.post(f"/cases/{house.olgas.uuid}/commitments", body).status_code == 422
    assert not Commitment.objects.exists()
