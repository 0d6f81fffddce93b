"""Merge, split and undo over the API: as described, refused where something speaks against it, harmless twice."""

from __future__ import annotations

from typing import Any

import pytest

from rundblick.core.ids import uuid7
from rundblick.customers.models import Assignment, Customer, Identifier, IdentityAct
from rundblick.people.models import AccessLog
from tests.customers.known import come, customers, known, state
from tests.people.house import House

from .callers import Caller, caller
from .test_customers import known_as, record_of, told


@pytest.fixture
def maria(house: House) -> Caller:
    told(house.anna, first_name="Anna", last_name="Muster", city="Wien")
    known_as(house.anna, "email", "anna@muster.example")
    return caller(house.maria)


def merged(maria: Caller, house: House, **body: Any) -> Any:
    return maria.post(f"/customers/{house.anna.uuid}/merge", {"other": house.bernd.number, "reason": "x"} | body)


def test_a_merge_is_told_and_the_old_number_leads_on(house: House, maria: Caller) -> None:
    answer = merged(maria, house, reason="same person")
    assert answer.status_code == 200
    act = answer.json()
    assert (act["kind"], act["reason"], act["records"], act["undoable"]) == ("merge", "same person", 1, True)
    assert act["by"]["uuid"] == str(house.maria.person.uuid)
    assert act["other"] == {
        "uuid": str(house.bernd.uuid),
        "number": house.bernd.number,
        "leads_to": house.anna.number,
    }
    assert maria.get(f"/customers/{house.bernd.number}").json()["number"] == house.anna.number
    assert house.bernd.number in maria.get(f"/customers/{house.anna.number}").json()["former_numbers"]


def test_a_merge_that_is_sent_twice_is_done_once(house: House, maria: Caller) -> None:
    first = merged(maria, house).json()
    again = merged(maria, house)
    assert (again.status_code, again.json()) == (200, first)
    assert IdentityAct.objects.count() == 1


def test_a_merge_with_oneself_is_refused(house: House, maria: Caller) -> None:
    answer = maria.post(f"/customers/{house.anna.uuid}/merge", {"other": house.anna.number, "reason": "x"})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:rundblick:problem:same")


def test_two_numbers_of_one_system_are_named_and_the_merge_waits_for_an_override(house: House, maria: Caller) -> None:
    known_as(house.anna, "customer_no", "4711", "crm")
    known_as(house.bernd, "customer_no", "4712", "crm")
    answer = merged(maria, house)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:rundblick:problem:vetoed")
    (fault,) = answer.json()["faults"]
    assert fault["where"] == "crm" and "4711" in fault["what"] and "4712" in fault["what"]
    assert not IdentityAct.objects.exists()
    assert merged(maria, house, override=True).json()["override"] is True


def test_identity_shows_records_with_their_identifiers_and_the_acts(house: House, maria: Caller) -> None:
    act = merged(maria, house).json()
    shown = maria.get(f"/customers/{house.anna.uuid}/identity").json()
    assert shown["number"] == house.anna.number and shown["former_numbers"] == [house.bernd.number]
    assert [one["uuid"] for one in shown["acts"]] == [act["uuid"]]
    annas = next(record for record in shown["records"] if record["identifiers"])
    assert (annas["system"], annas["key"], annas["facts"]["city"]) == ("crm", "17", "Wien")
    assert annas["identifiers"][0]["value"] == "anna@muster.example"


def test_identity_tells_what_came_together_by_itself(house: House, maria: Caller) -> None:
    one, other = customers(known("crm", "1", "a@kunde.example"), known("shop", "2", "b@kunde.example"))
    come(known("crm", "1", "b@kunde.example"))  # the proof
    living = Customer.objects.get(pk__in=[one.pk, other.pk], merged_into=None)
    dead = other if living == one else one
    shown = maria.get(f"/customers/{dead.number}/identity").json()
    assert shown["number"] == living.number and shown["acts"] == []
    assert [(m["source"], m["target"], m["records"]) for m in shown["moves"]] == [(dead.number, living.number, 1)]


def test_a_split_and_its_undo(house: House, maria: Caller) -> None:
    merged(maria, house)
    before = state()
    bernds = str(record_of_number(house, maria))
    answer = maria.post(f"/customers/{house.anna.uuid}/split", {"records": [bernds], "reason": "not the same"})
    assert answer.status_code == 200
    act = answer.json()
    assert maria.get(f"/customers/{act['other']['number']}").status_code == 200
    back = maria.post(f"/identity-acts/{act['uuid']}/undo")
    assert (back.status_code, back.json()["undoes"]) == (200, act["uuid"])
    new = Customer.objects.get(uuid=act["other"]["uuid"])
    assert state(but=[new.pk]) == before
    # sent again it is done once
    assert maria.post(f"/identity-acts/{act['uuid']}/undo").json() == back.json()


def record_of_number(house: House, maria: Caller) -> str:
    """The record that came with Bernd's number."""
    shown = maria.get(f"/customers/{house.anna.uuid}/identity").json()
    return str(next(record["uuid"] for record in shown["records"] if not record["identifiers"]))


def test_what_is_no_split_is_refused(house: House, maria: Caller) -> None:
    path = f"/customers/{house.anna.uuid}/split"
    own = str(record_of(house.anna).uuid)
    assert maria.post(path, {"records": [own], "reason": "x"}).json()["type"].endswith(":everything")
    assert maria.post(path, {"records": [str(uuid7())], "reason": "x"}).json()["type"].endswith(":not-theirs")
    assert maria.post(path, {"records": [], "reason": "x"}).status_code == 422
    assert maria.post(path, {"records": [own], "reason": " "}).status_code == 422


def test_an_undo_behind_a_later_act_is_refused_and_names_it(house: House, maria: Caller) -> None:
    first = merged(maria, house).json()
    second = maria.post(f"/customers/{house.clara.uuid}/merge", {"other": house.anna.number, "reason": "y"}).json()
    answer = maria.post(f"/identity-acts/{first['uuid']}/undo")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:rundblick:problem:later")
    assert answer.json()["act"] == second["uuid"]
    acts = {one["uuid"]: one for one in maria.get(f"/customers/{house.clara.uuid}/identity").json()["acts"]}
    assert (acts[first["uuid"]]["undoable"], acts[second["uuid"]]["undoable"]) == (False, True)


def test_who_may_not_see_the_other_cannot_merge_it_and_an_agent_cannot_at_all(house: House, maria: Caller) -> None:
    answer = caller(house.lena).post(
        f"/customers/{house.anna.uuid}/merge", {"other": house.bernd.number, "reason": "x"}
    )
    assert answer.status_code == 404
    assert merged(caller(house.olga), house).status_code == 403
    assert caller(house.paul).get(f"/customers/{house.clara.uuid}/identity").status_code == 403
    assert Assignment.objects.filter(customer=house.bernd).exists()


def test_whose_identity_was_seen_is_written_down(house: House, maria: Caller) -> None:
    merged(maria, house)
    seen = set(AccessLog.objects.filter(user=house.maria, object_type="customer").values_list("object_id", flat=True))
    assert {house.anna.pk, house.bernd.pk} <= seen


def test_facts_say_why_they_survived_and_what_they_won_against(house: House, maria: Caller) -> None:
    told(house.bernd, city="Graz")
    Identifier.objects.all().delete()
    merged(maria, house)
    facts = {fact["kind"]: fact for fact in maria.get(f"/customers/{house.anna.uuid}").json()["facts"]}
    assert facts["first_name"]["rule"] == "only" and facts["first_name"]["others"] == []
    assert {facts["city"]["value"], facts["city"]["others"][0]["value"]} == {"Wien", "Graz"}
