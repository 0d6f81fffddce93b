"""The case page: what is known beside the composer, and an answer that asks for it again."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from rundblick.cases.models import Case, Message, MessageContent
from rundblick.core.models import Event
from rundblick.customers.models import Assignment, RecordVersion
from tests.channels.letters import an_account
from tests.people.house import AT, House

pytestmark = pytest.mark.django_db

ASKS = "Guten Tag. Wie lautet Ihr Geburtsdatum? Danke!"


@pytest.fixture
def known(house: House) -> House:
    record = Assignment.objects.get(customer=house.anna, valid_to=None).record
    facts = {"birth_date": "1980-02-29", "street": "Am Hang 1", "city": "Kiel"}
    RecordVersion.objects.create(
        record=record, content_digest=b"1", seen_at=AT - timedelta(days=1), key="K", facts=facts
    )
    Case.objects.filter(pk=house.olgas.pk).update(language="de")
    an_account(1)
    return house


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def answered(house: House, **form: str) -> Any:
    told = {"to": "anna@kunde.example", **form}
    return client_of(house.olga).post(f"/cases/{house.olgas.uuid}/answer/", told)


def draft_in(response: Any) -> str:
    found = re.search(r'<textarea id="rb-answer"[^>]*>(.*?)</textarea>', response.content.decode(), re.DOTALL)
    assert found is not None
    return unescape(found.group(1))


def test_known_facts_stand_beside_the_composer_with_source_and_date(known: House) -> None:
    page = client_of(known.olga).get(f"/cases/{known.olgas.uuid}/").content.decode()
    part = page[page.index('class="rb-known-wide"') :]
    assert "Am Hang 1, Kiel" in part and "crm" in part and 'datetime="2026-03-01T' in part
    assert "<details" in page[: page.index("rb-composer")]  # the same, folded, above the composer of a telephone


def test_nothing_is_known_of_nobody(known: House) -> None:
    page = client_of(known.sven).get(f"/cases/{known.svens.uuid}/").content.decode()
    assert "rb-known" not in page


def test_an_answer_that_asks_for_something_known_is_held_back_with_the_value(known: House) -> None:
    page = answered(known, text=ASKS)
    assert page.status_code == 422
    assert draft_in(page) == ASKS
    assert "29 Feb 1980" in page.content.decode() and "Ask all the same" in page.content.decode()
    assert not Message.objects.filter(direction="out").exists()


def test_asking_all_the_same_sends_the_answer_and_is_counted(known: House) -> None:
    assert answered(known, text=ASKS, anyway="1").status_code == 302
    assert MessageContent.objects.get(message__direction="out").text == ASKS
    event = Event.objects.get(kind="question.repeated")
    assert (event.actor_id, event.data) == (known.olga.person.pk, {"asked": ["birth_date"]})


def test_the_question_becomes_one_to_confirm_in_the_language_of_the_case(known: House) -> None:
    page = answered(known, text=ASKS, confirm="birth_date")
    assert draft_in(page) == "Guten Tag. Stimmt das noch: Geburtsdatum 29.02.1980? Danke!"
    assert page.status_code == 200 and not Message.objects.filter(direction="out").exists()
    assert answered(known, text=draft_in(page)).status_code == 302  # it asks for nothing any more
    assert not Event.objects.filter(kind="question.repeated").exists()


def test_a_sentence_that_asks_for_two_things_keeps_its_words(known: House) -> None:
    page = answered(known, text="Bitte nennen Sie uns Geburtsdatum und Adresse.", confirm="birth_date")
    assert draft_in(page).startswith("Bitte nennen Sie uns Geburtsdatum und Adresse. Stimmt das noch: Geburtsdatum")


def test_an_ordinary_answer_is_written_at_once(known: House) -> None:
    assert answered(known, text="Der Kunde ruft zurück.").status_code == 302
    assert not Event.objects.filter(kind="question.repeated").exists()


WRITING = {"HX-Request": "true"}  # as the page asks while somebody writes


def test_the_part_that_is_fetched_while_somebody_writes_says_the_same(known: House) -> None:
    address = f"/cases/{known.olgas.uuid}/draft/"
    part = client_of(known.olga).post(address, {"text": ASKS}, headers=WRITING).content.decode()
    assert "29 Feb 1980" in part and "<html" not in part
    assert client_of(known.olga).post(address, {"text": "Alles gut."}, headers=WRITING).content.decode().strip() == ""
    assert client_of(known.paul).post(address, {"text": ASKS}).status_code == 404
