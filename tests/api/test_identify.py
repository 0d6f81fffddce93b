"""Who is this? over the API."""

from __future__ import annotations

import pytest

from rundblick.customers.models import Customer
from tests.customers.known import come, customer_of
from tests.customers.test_weighed import berta, found
from tests.customers.town import mobile
from tests.people.house import House

from .callers import caller

ASKED = {"first_name": "Berta", "last_name": "Zarnow", "birth_date": "1971-03-04", "street": "Nordring 5"}


@pytest.fixture
def berta_is_there(house: House) -> Customer:
    (record,) = come(berta("crm", "1", mobile("+491500000001")))
    found()
    return customer_of(record)


def test_a_persons_facts_give_the_customer_with_weights_that_add_up(house: House, berta_is_there: Customer) -> None:
    told = caller(house.maria).post("/customers/identify", ASKED)
    assert told.status_code == 200
    body = told.json()
    (hit,) = body["customers"]
    assert (body["decision"], hit["customer"]["number"]) == ("same", berta_is_there.number)
    assert (hit["name"], hit["system"], hit["key"]) == ("Berta Zarnow", "crm", "1")
    assert sum(step["weight"] for step in hit["steps"]) == pytest.approx(hit["score"])
    assert body["model"] and hit["probability"] > 0.9


def test_who_gives_a_former_name_and_address_as_such_is_found_by_them(house: House, berta_is_there: Customer) -> None:
    now = {"first_name": "Berta", "last_name": "Dorn", "birth_date": "1971-03-04", "street": "Hang 70"}
    before = {"former_last_name": "Zarnow", "former_street": "Nordring 5", "former_postcode": "24111"}
    plain, told = (caller(house.maria).post("/customers/identify", asked).json() for asked in (now, now | before))
    assert (told["decision"], told["customers"][0]["customer"]["number"]) == ("same", berta_is_there.number)
    assert plain["decision"] == "new"
    levels = {step["field"]: step["level"] for step in told["customers"][0]["steps"]}
    assert levels["last_name"] == levels["street"] == "equal"


def test_of_a_customer_who_may_not_be_seen_nothing_is_said(house: House, berta_is_there: Customer) -> None:
    told = caller(house.lena).post("/customers/identify", ASKED).json()  # sees customers of her team only
    assert (told["decision"], told["customers"]) == ("new", [])
    assert caller(house.paul).post("/customers/identify", ASKED).status_code == 403


def test_what_is_no_field_and_no_date_is_refused(house: House) -> None:
    maria = caller(house.maria)
    assert maria.post("/customers/identify", {"surname": "Zarnow"}).status_code == 422
    assert maria.post("/customers/identify", {"birth_date": "4.3.71"}).status_code == 422
