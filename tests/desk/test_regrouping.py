"""Joining, moving and taking back at the desk, as an agent (Olga) meets them; and why a message is where it is."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from rundblick.cases.models import Case, Message, Regrouping
from rundblick.core.numbers import spaced
from tests.desk.test_pages import client_of, text_of
from tests.intake.builders import mail_reading
from tests.intake.test_road import walk
from tests.people.house import House, a_case, a_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(house: House) -> Client:
    return client_of(house.olga)


@pytest.fixture
def pair(house: House) -> tuple[Case, Case]:
    """Olga's case and one of her team, a mail in each that says the same."""
    one, other = house.olgas, a_case(house.support)
    a_message(one)
    a_message(other)
    return one, other


def page(case: Case) -> str:
    return f"/cases/{case.uuid}/"


def test_a_case_is_joined_by_its_number_and_the_old_number_leads_on(olga: Client, pair: tuple[Case, Case]) -> None:
    one, other = pair
    answer = olga.post(f"{page(other)}join/", {"number": spaced(one.number)})
    assert answer.headers["Location"] == page(one)
    assert olga.get(page(other)).headers["Location"] == page(one)
    assert "Joined with" in text_of(olga.get(page(one)))


def test_one_click_in_the_timeline_takes_it_back(olga: Client, pair: tuple[Case, Case]) -> None:
    one, other = pair
    olga.post(f"{page(other)}join/", {"into": str(one.uuid)})
    shown = olga.get(page(one)).content.decode()
    undo = re.search(r"/regroupings/[0-9a-f-]+/undo/", shown)
    assert undo is not None
    assert olga.post(undo.group()).headers["Location"] == page(other)
    assert not Regrouping.objects.filter(standing=True).exclude(kind=Regrouping.UNDO).exists()
    assert "/undo/" not in olga.get(page(one)).content.decode()


def test_a_wrong_number_is_said_and_nothing_happens(olga: Client, pair: tuple[Case, Case]) -> None:
    answer = olga.post(f"{page(pair[0])}join/", {"number": "123"})
    assert answer.status_code == 422
    assert "There is no such case" in text_of(answer)
    assert not Regrouping.objects.exists()


def test_a_message_goes_to_a_new_case_and_the_page_goes_with_it(olga: Client, pair: tuple[Case, Case]) -> None:
    message = a_message(pair[0], "Another thing")
    form = text_of(olga.get(f"/messages/{message.uuid}/move/"))
    assert "Into a new case" in form
    answer = olga.post(f"/messages/{message.uuid}/move/", {"into": "new", "what": "one"})
    new = Message.objects.select_related("case").get(pk=message.pk).case
    assert new is not None
    assert new != pair[0]
    assert answer.headers["Location"] == page(new)
    assert "Messages were moved to" in text_of(olga.get(page(pair[0])))


def test_a_probable_case_stands_beside_with_its_reason(olga: Client, pair: tuple[Case, Case]) -> None:
    one, other = pair
    a_message(other, f"It is about {spaced(one.number)}.")
    shown = text_of(olga.get(page(other)))
    assert "Probably belongs to" in shown
    assert "its number is named here" in shown


def test_each_message_says_why_it_is_here(olga: Client, house: House) -> None:
    walk([mail_reading("a", "anna@kunde.example"), mail_reading("b", "anna@kunde.example", ("a",), 5)])
    reply = Message.objects.get(content__subject="Betreff b")
    assert reply.case is not None
    Case.objects.filter(pk=reply.case_id).update(owner_team=house.support)
    shown = text_of(olga.get(f"/messages/{reply.uuid}/why/"))
    assert "It belongs to a conversation of this case." in shown
    assert "Went through all stages" in shown
    first = Message.objects.get(content__subject="Betreff a")
    assert "so it opened a new case" in text_of(olga.get(f"/messages/{first.uuid}/why/"))


def test_what_its_topic_put_here_says_so_and_one_click_makes_it_another_concern(house: House) -> None:
    from tests.cases.test_topics import case_of, contact, known, message

    manager = client_of(house.maria)
    walk([contact("letter", known("1001"))])
    walk([contact("call", known("1001"), minutes=60, channel="phone")])
    old = case_of("letter")
    shown = manager.get(page(old))
    assert "the customer had this case open for the same topic, Lieferung" in text_of(shown)
    log = manager.get(f"/messages/{message('call').uuid}/why/")
    told = f"Same topic as the open case {spaced(old.number)} of this customer: Lieferung."
    assert " ".join(told.split()) in text_of(log)
    answer = manager.post(f"/messages/{message('call').uuid}/part/")
    new = case_of("call")
    assert new != old and answer.headers["Location"] == page(new)
    assert "another concern" not in text_of(manager.get(page(new)))
    undo = re.search(r"/regroupings/[0-9a-f-]+/undo/", manager.get(page(new)).content.decode())
    assert undo is not None
    manager.post(undo.group())
    assert case_of("call") == old
    assert "This is another concern" in text_of(manager.get(page(old)))


def test_who_may_not_write_in_the_case_parts_nothing(house: House) -> None:
    one = a_message(house.olgas)
    assert client_of(house.sven).post(f"/messages/{one.uuid}/part/").status_code == 404
