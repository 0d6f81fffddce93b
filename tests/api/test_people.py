"""People and teams over the API, as the desk does them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from rundblick.cases.models import Case
from rundblick.people import tokens
from rundblick.people.models import Absence, Team, User
from tests.people.house import House, a_house, a_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    Team.objects.filter(pk=a_team("Service").pk).update(is_default=True)
    return made


def ask(user: User, method: str, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {tokens.issue(user, 't', ['*']).text}", "Accept-Language": "en"}
    client = Client(raise_request_exception=False)
    return client.generic(method, f"/api/v1{path}", _json(body), content_type="application/json", headers=headers)


def _json(body: dict[str, Any]) -> bytes:
    import json

    return json.dumps(body, default=str).encode()


def test_somebody_is_invited_changed_and_leaves(house: House) -> None:
    made = ask(
        house.anton,
        "POST",
        "/people",
        email="nina@muster.example",
        name="Nina",
        role="agent",
        teams=[house.support.uuid],
    )
    assert made.status_code == 201
    assert "/welcome/" in made.json()["link"]
    uuid = made.json()["person"]["uuid"]
    changed = ask(house.anton, "PATCH", f"/people/{uuid}", role="lead", teams=[house.billing.uuid])
    assert changed.json()["role"] == "lead"
    assert [team["name"] for team in changed.json()["teams"]] == ["Billing"]
    assert uuid in [one["uuid"] for one in ask(house.olga, "GET", "/people").json()]
    left = ask(house.anton, "POST", f"/people/{uuid}/leave")
    assert left.json() == {"cases": 0, "teams": [], "people": []}
    assert uuid not in [one["uuid"] for one in ask(house.olga, "GET", "/people").json()]
    again = ask(house.anton, "POST", f"/people/{uuid}/leave")
    assert (again.status_code, again.json()["type"]) == (409, "urn:rundblick:problem:leaving-left")
    assert ask(house.anton, "POST", f"/people/{uuid}/return").json()["left_at"] is None


def test_leaving_tells_to_whom_the_cases_went(house: House) -> None:
    left = ask(house.anton, "POST", f"/people/{house.olga.person.uuid}/leave", successor=house.kurt.person.uuid)
    assert left.json()["people"] == [{"uuid": str(house.kurt.person.uuid), "cases": 1}]
    assert Case.objects.get(pk=house.olgas.pk).owner_person_id == house.kurt.person.pk


def test_a_lead_enters_absences_of_his_own_people_only(house: House) -> None:
    begin = datetime.now(UTC) + timedelta(days=2)
    entered = ask(house.lena, "POST", f"/people/{house.kurt.person.uuid}/absences", begin=begin.isoformat())
    assert entered.status_code == 201
    assert (
        ask(house.lena, "POST", f"/people/{house.sven.person.uuid}/absences", begin=begin.isoformat()).status_code
        == 404
    )
    twice = ask(house.lena, "POST", f"/people/{house.kurt.person.uuid}/absences", begin=begin.isoformat())
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:rundblick:problem:absence-overlaps")
    assert ask(house.lena, "POST", f"/absences/{entered.json()['uuid']}/end").status_code == 204
    assert not Absence.objects.exists()
    assert ask(house.lena, "PATCH", f"/people/{house.kurt.person.uuid}", role="lead").status_code == 403


def test_a_team_is_made_closed_and_opened_again(house: House) -> None:
    made = ask(house.anton, "POST", "/teams", name="Returns", members=[house.kurt.person.uuid])
    uuid = made.json()["uuid"]
    assert made.json()["members"] == [str(house.kurt.person.uuid)]
    assert ask(house.anton, "PATCH", f"/teams/{uuid}", default=True).json()["default"] is True
    refused = ask(house.anton, "POST", f"/teams/{uuid}/close", into=house.support.uuid)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:rundblick:problem:leaving-default")
    closed = ask(house.anton, "POST", f"/teams/{house.billing.uuid}/close", into=house.support.uuid)
    assert closed.json()["teams"] == [{"uuid": str(house.support.uuid), "cases": 2}]
    assert str(house.billing.uuid) not in [one["uuid"] for one in ask(house.olga, "GET", "/teams").json()]
    assert ask(house.anton, "POST", f"/teams/{house.billing.uuid}/open").json()["closed_at"] is None


def test_rules_for_fields_are_put_into_force_by_version(house: House) -> None:
    assert ask(house.maria, "GET", "/fields").json()["version"] == 0
    told = {"seen": 0, "rules": [{"group": "birth", "hidden_from": ["agent"]}]}
    assert ask(house.maria, "PUT", "/fields", **told).json()["version"] == 1
    late = ask(house.maria, "PUT", "/fields", **told)
    assert (late.status_code, late.json()["type"]) == (409, "urn:rundblick:problem:stale")
    assert ask(house.olga, "GET", "/fields").status_code == 403
