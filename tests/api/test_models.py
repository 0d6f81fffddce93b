"""The models over the API: learned, previewed, put into force, taken back; by whoever may."""

from __future__ import annotations

import pytest

from rundblick.customers.models import MatchJob
from rundblick.customers.weighed.running import keep_model, look, match
from rundblick.customers.weighed.working import take_up
from tests.customers.known import come
from tests.customers.test_working import other_model
from tests.customers.town import learned, town
from tests.people.house import a_team, a_user

from .callers import Caller, caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(db: None) -> Caller:
    return caller(a_user("Maria", "manager"))


@pytest.fixture
def matched() -> str:
    """A town whose customers were found; gives the version of a second model beside the one in force."""
    come(*town(60, seed=8)[0])
    match(look(learned()))
    return keep_model(other_model()).version


def test_a_model_is_previewed_put_into_force_and_taken_back(maria: Caller, matched: str) -> None:
    asked = maria.post(f"/models/{matched}/preview", {})
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert maria.post("/models", {}).json()["type"].endswith(":busy")
    take_up()
    job = maria.get(f"/models/jobs/{asked.json()['uuid']}").json()
    assert (job["state"], job["model"]) == ("done", matched) and job["splits"] > 10
    page = maria.get(f"/models/jobs/{job['uuid']}/changes?kind=split&limit=6").json()
    rest = maria.get(f"/models/jobs/{job['uuid']}/changes?kind=split&limit=200&after={page['next']}").json()
    assert len(page["items"]) == 6 and len(page["items"]) + len(rest["items"]) == job["splits"]
    assert page["items"][0]["groups"][0]["customers"][0]["number"]
    adopted = maria.post(f"/models/{matched}/adopt", {}).json()["job"]
    take_up()
    listed = maria.get("/models").json()
    assert [one["version"] for one in listed["models"] if one["in_force"]] == [matched]
    assert listed["runs"][0]["kind"] == "adopt" and listed["runs"][0]["undoable"]
    assert MatchJob.objects.get(uuid=adopted["uuid"]).run is not None
    assert maria.post(f"/models/runs/{listed['runs'][1]['uuid']}/undo", {}).json()["type"].endswith(":nothing")
    assert maria.post(f"/models/runs/{listed['runs'][0]['uuid']}/undo", {}).status_code == 202
    take_up()
    assert matched not in [one["version"] for one in maria.get("/models").json()["models"] if one["in_force"]]


def test_a_model_shows_what_it_weighs_and_what_was_seen_of_numbers(maria: Caller, matched: str) -> None:
    assert maria.post("/models", {}).status_code == 202
    take_up()
    version = MatchJob.objects.get().model.version  # type: ignore[union-attr]  # learned just now
    shown = maria.get(f"/models/{version}").json()
    assert {one["field"] for one in shown["fields"]} >= {"first_name", "birth_date", "street"}
    assert shown["review"] < shown["auto"] and shown["answers"] == 0
    assert {one["system"]: one["exclusive"] for one in shown["numbers"]} == {
        "billing": True,
        "crm": True,
        "shop": True,
    }
    assert maria.get("/models/nothing").status_code == 404


def test_whoever_may_only_merge_sees_no_models(matched: str) -> None:
    lena = caller(a_user("Lena", "lead", a_team("support")))
    assert lena.get("/models").status_code == 403 and lena.post("/models", {}).status_code == 403
