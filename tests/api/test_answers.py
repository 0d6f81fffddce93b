"""Answering over the API: the same rules as at the desk, and sent twice is once."""

from __future__ import annotations

from typing import Any

import pytest

from rundblick.cases.models import Message, MessageContent
from rundblick.core.models import Event
from rundblick.intake.models import Outgoing
from tests.api.callers import Caller, caller
from tests.channels.letters import an_account
from tests.people.house import House, a_house, a_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    an_account(1)
    message = a_message(made.olgas)
    MessageContent.objects.filter(message=message).update(address="anna@kunde.example", author="Anna")
    return made


def answered(olga: Caller, house: House, **body: Any) -> Any:
    headers = {"Idempotency-Key": body.pop("key")} if "key" in body else {}
    return olga.post(f"/cases/{house.olgas.number}/answers", {"text": "It comes tomorrow.", **body}, **headers)


def test_an_answer_goes_to_who_wrote_last_and_says_how_far_it_is(house: House) -> None:
    olga = caller(house.olga)
    told = answered(olga, house)
    assert told.status_code == 202
    body = told.json()
    assert body["message"]["direction"] == "out" and body["message"]["text"] == "It comes tomorrow."
    assert body["delivery"]["state"] == "waiting" and body["delivery"]["recipients"] == ["anna@kunde.example"]
    address = f"/messages/{body['message']['uuid']}"
    assert olga.get(f"{address}/delivery").json()["delivery"]["attempts"] == 0
    assert olga.post(f"{address}/undo").json()["delivery"]["state"] == "cancelled"
    assert olga.post(f"{address}/undo").status_code == 409


def test_the_same_key_again_sends_nothing_a_second_time(house: House) -> None:
    olga, kurt = caller(house.olga), caller(house.kurt)
    first, second = answered(olga, house, key="k-1"), answered(olga, house, key="k-1")
    assert first.json()["message"]["uuid"] == second.json()["message"]["uuid"]
    assert answered(kurt, house, key="k-1").json()["message"]["uuid"] != first.json()["message"]["uuid"]
    assert Outgoing.objects.count() == 2


def test_what_came_meanwhile_stops_it(house: House) -> None:
    seen = Message.objects.get(case=house.olgas)
    a_message(house.olgas, "I have found it!")
    told = answered(caller(house.olga), house, seen=str(seen.uuid))
    assert (told.status_code, told.json()["type"].rpartition(":")[2]) == (409, "newer")


def test_asking_for_what_is_known_has_to_be_said_and_is_counted(house: House) -> None:
    MessageContent.objects.update(text="My customer number is 4711-88, please help.")
    from rundblick.cases.asking import guard_for
    from rundblick.core.database import cursor

    text = "Wie lautet Ihre Kundennummer?"
    with cursor() as cur:
        known = guard_for(house.olga, cur, house.olgas, text)
    olga = caller(house.olga)
    if known:
        assert answered(olga, house, text=text).status_code == 409
        assert answered(olga, house, text=text, asked_again=True).status_code == 202
        assert Event.objects.filter(kind="question.repeated").count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": ""}, 422),
        ({"to": ["nobody"]}, 422),
        ({"cc": ["a@b.example\r\nBcc: x@y.example"]}, 422),
        ({"subject": "x\r\nBcc: x@y.example"}, 422),
        ({"account": "other@muster.example"}, 422),
        ({"to": ["a@b.example"], "cc": ["c@d.example"]}, 202),
    ],
)
def test_what_cannot_be_sent_is_refused(house: House, body: dict[str, Any], status: int) -> None:
    assert answered(caller(house.olga), house, **body).status_code == status
    assert Outgoing.objects.exists() is (status == 202)


def test_strangers_and_narrow_tokens_answer_nothing(house: House) -> None:
    assert answered(caller(house.sven), house).status_code == 404
    assert answered(caller(house.olga, ["case.read"]), house).status_code == 403
