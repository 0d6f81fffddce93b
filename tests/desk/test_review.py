"""The review queue at the desk, and why records are one customer on the customer's page."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from rundblick.customers.models import ReviewItem
from rundblick.customers.weighed.attaching import Step
from rundblick.desk.pages.review import falls
from tests.customers.known import come, customer_of, state
from tests.customers.test_weighed import berta, found, one
from tests.customers.town import mobile
from tests.desk.test_pages import client_of, text_of
from tests.people.house import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria(house: House) -> Client:
    return client_of(house.maria)


@pytest.fixture
def twice(house: House) -> tuple[int, int]:
    a, b = come(
        berta("crm", "1", mobile("+491500000001")), berta("crm", "2", mobile("+491500000001"), street="Feldweg 9")
    )
    found()
    return a, b


def test_a_question_is_shown_side_by_side_answered_and_taken_back(maria: Client, twice: tuple[int, int]) -> None:
    before, item = state(), ReviewItem.objects.get()
    page = maria.get("/review/")
    words = text_of(page)
    assert "1 open question" in words and "one system knows them under two numbers" in words
    assert "Nordring 5" in words and "Feldweg 9" in words and "differs" in words and "Birth date" in words
    done = maria.post(f"/review/{item.uuid}/answer/", {"answer": "same"}, follow=True)
    assert "One person: merged." in text_of(done) and "Nothing to decide" in text_of(done) and one(*twice)
    back = maria.post(f"/review/{item.uuid}/undo/", follow=True)
    assert "open again" in text_of(back) and state() == before


def test_two_people_are_kept_apart_and_later_puts_off(maria: Client, twice: tuple[int, int]) -> None:
    item = ReviewItem.objects.get()
    assert "Put off." in text_of(maria.post(f"/review/{item.uuid}/answer/", {"answer": "later"}, follow=True))
    done = maria.post(f"/review/{item.uuid}/answer/", {"answer": "different"}, follow=True)
    assert "Two people: kept apart for good." in text_of(done) and not one(*twice)
    history = text_of(maria.get(f"/customers/{customer_of(twice[0]).uuid}/"))
    assert "are two people" in history
    again = maria.post(f"/review/{item.uuid}/answer/", {"answer": "same"}, follow=True)
    assert "settled already" in text_of(again)


def test_an_agent_has_no_queue_and_no_way_to_it(house: House, twice: tuple[int, int]) -> None:
    olga = client_of(house.olga)
    assert olga.get("/review/").status_code == 403
    assert "/review/" not in olga.get("/inbox/").content.decode()


def test_the_customers_page_shows_field_by_field_why_records_are_one(maria: Client, house: House) -> None:
    a, _b = come(berta("crm", "1"), berta("shop", "S2"))
    found()
    page = maria.get(f"/customers/{customer_of(a).uuid}/")
    words = text_of(page)
    assert "Why this is one customer" in words and "Enough in common" in words and "Before any evidence" in words
    assert len(re.findall("rb-fall-for", page.content.decode())) >= 3


def test_a_waterfall_ends_where_its_steps_add_up() -> None:
    steps = [Step("before_any_evidence", "", "", "", -10.0), Step("email", "equal", "a", "a", 15.0)]
    first, second = falls(steps)
    assert (first.start, first.width, first.zero, first.is_for) == (
        0,
        pytest.approx(66.67),
        pytest.approx(66.67),
        False,
    )
    assert (second.start, second.width, second.is_for) == (0, 100, True)
    assert (first.weight, second.weight) == ("\u221210.0", "+15.0")
