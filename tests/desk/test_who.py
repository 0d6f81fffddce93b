"""Who is this? at the desk."""

from __future__ import annotations

import pytest
from django.test import Client

from rundblick.customers.models import Customer
from tests.customers.known import come, customer_of
from tests.customers.test_weighed import berta, found
from tests.customers.town import mobile
from tests.people.house import House

ASKED = {"first_name": "Berta", "last_name": "Zarnow", "birth_date": "1971-03-04", "street": "Nordring 5"}


@pytest.fixture
def berta_is_there(house: House) -> Customer:
    (record,) = come(berta("crm", "1", mobile("+491500000001")))
    found()
    return customer_of(record)


def page_for(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def test_the_form_is_empty_and_says_what_is_enough(house: House) -> None:
    page = page_for(house.maria).get("/who/").content.decode()
    assert "Who is this?" in page and 'name="birth_date"' in page and "Nothing is written" in page


def test_who_is_meant_stands_first_with_what_speaks_for_it(house: House, berta_is_there: Customer) -> None:
    page = page_for(house.maria).post("/who/", ASKED).content.decode()
    assert "It is the first one." in page and "Berta Zarnow" in page and "99\xa0%" in page.replace(" %", "\xa0%")
    assert f"/customers/{berta_is_there.uuid}/" in page and "rb-falls" in page


def test_a_former_name_and_address_may_be_given_as_such(house: House, berta_is_there: Customer) -> None:
    before = {"former_last_name": "Zarnow", "former_street": "Nordring 5", "former_postcode": "24111"}
    told = {**ASKED, "last_name": "Dorn", "street": "Hang 70", **before}
    page = page_for(house.maria).post("/who/", told).content.decode()
    assert "It is the first one." in page and f"/customers/{berta_is_there.uuid}/" in page
    assert 'name="former_street"' in page and 'value="Nordring 5"' in page


def test_nobody_is_found_and_nothing_is_told_of_whom_one_may_not_see(house: House, berta_is_there: Customer) -> None:
    page = page_for(house.maria).post("/who/", {"last_name": "Quittenbaum"}).content.decode()
    assert "probably somebody new" in page
    hidden = page_for(house.lena).post("/who/", ASKED).content.decode()
    assert "probably somebody new" in hidden and str(berta_is_there.uuid) not in hidden


def test_a_partner_may_not_look_anybody_up(house: House) -> None:
    assert page_for(house.paul).get("/who/").status_code == 403
    assert "/who/" not in page_for(house.paul).get("/search/").content.decode()
