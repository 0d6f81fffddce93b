"""The review queue and what attached each record, over the API."""

from __future__ import annotations

import pytest

from rundblick.core.ids import uuid7
from rundblick.customers.models import Customer, ReviewItem
from tests.customers.known import come, customer_of
from tests.customers.test_weighed import berta, found, one
from tests.customers.town import mobile
from tests.people.house import House

from .callers import Caller, caller


@pytest.fixture
def maria(house: House) -> Caller:
    return caller(house.maria)


@pytest.fixture
def twice(house: House) -> tuple[int, int]:
    a, b = come(berta("crm", "1", mobile("+491500000001")), berta("crm", "2", mobile("+491500000001")))
    found()
    return a, b


def test_a_question_shows_both_sides_and_steps_and_is_answered_and_asked_again(
    maria: Caller, twice: tuple[int, int]
) -> None:
    told = maria.get("/review").json()
    (asked,) = told["items"]
    assert (told["open"], asked["why"], asked["state"]) == (1, "numbers", "open")
    assert [side["key"] for side in asked["sides"]] == ["1", "2"]
    assert asked["sides"][0]["facts"]["first_name"] == "Berta" and asked["sides"][0]["name"] == "Berta Zarnow"
    assert sum(step["weight"] for step in asked["steps"]) == pytest.approx(asked["weight"], abs=0.01)
    done = maria.post(f"/review/{asked['uuid']}/answer", {"answer": "same", "reason": "phoned"})
    assert (done.status_code, done.json()["state"]) == (200, "answered")
    assert one(*twice) and maria.get("/review").json() == {"open": 0, "items": []}
    again = maria.post(f"/review/{asked['uuid']}/answer", {"answer": "same"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:rundblick:problem:closed")
    assert maria.post(f"/review/{asked['uuid']}/undo").json()["state"] == "open"
    assert not one(*twice)


def test_who_may_not_merge_and_who_does_not_see_both_is_asked_nothing(house: House, twice: tuple[int, int]) -> None:
    item = ReviewItem.objects.get()
    assert caller(house.olga).get("/review").status_code == 403
    lena = caller(house.lena)  # sees customers of her team only
    assert lena.get("/review").json() == {"open": 0, "items": []}
    assert lena.post(f"/review/{item.uuid}/answer", {"answer": "same"}).status_code == 404
    assert caller(house.maria).post(f"/review/{uuid7()}/answer", {"answer": "same"}).status_code == 404


def test_an_unknown_answer_is_refused(maria: Caller, twice: tuple[int, int]) -> None:
    answer = maria.post(f"/review/{ReviewItem.objects.get().uuid}/answer", {"answer": "perhaps"})
    assert answer.status_code == 422


def test_identity_tells_what_attached_each_record_and_the_weights_add_up(maria: Caller, house: House) -> None:
    a, b = come(berta("crm", "1"), berta("shop", "S2"))
    found()
    customer: Customer = customer_of(a)
    told = maria.get(f"/customers/{customer.uuid}/identity").json()
    (bound,) = told["attachments"]
    assert {bound["record"], bound["other"]} == {record["uuid"] for record in told["records"]}
    assert (bound["rule"], bound["by"], len(bound["model"])) == ("weight", None, 16)
    assert sum(step["weight"] for step in bound["steps"]) == pytest.approx(bound["weight"])
    assert customer_of(b) == customer


def test_identity_names_who_confirmed(maria: Caller, house: House) -> None:
    maria.post(f"/customers/{house.anna.uuid}/merge", {"other": house.bernd.number, "reason": "x"})
    (bound,) = maria.get(f"/customers/{house.anna.uuid}/identity").json()["attachments"]
    assert (bound["rule"], bound["by"]["uuid"], bound["weight"]) == ("person", str(house.maria.person.uuid), None)
