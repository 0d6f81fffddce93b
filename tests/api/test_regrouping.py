"""Joining, moving and taking back over the API."""

from __future__ import annotations

import pytest

from rundblick.cases.models import Case, Message
from rundblick.core.numbers import spaced
from tests.people.house import House, a_case, a_message

from .callers import caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(house: House) -> tuple[Case, Case]:
    """Two cases of Support, a mail in each."""
    one, other = house.supports, a_case(house.support)
    a_message(one, "Rechnung")
    a_message(other, "Rechnung")
    return one, other


def test_a_case_is_joined_by_number_and_taken_back(house: House, pair: tuple[Case, Case]) -> None:
    one, other = pair
    kurt = caller(house.kurt)
    answer = kurt.post(f"/cases/{other.uuid}/join", {"into": spaced(one.number), "reason": "doppelt"})
    assert answer.status_code == 201
    deed = answer.json()
    assert (deed["kind"], deed["messages"], deed["target"]) == ("join", 1, str(one.uuid))
    assert kurt.get(f"/cases/{other.number}").json()["number"] == one.number
    assert kurt.post(f"/regroupings/{deed['uuid']}/undo").status_code == 201
    assert kurt.get(f"/cases/{other.number}").json()["number"] == other.number
    again = kurt.post(f"/regroupings/{deed['uuid']}/undo")
    assert (again.status_code, again.json()["type"].rpartition(":")[2]) == (409, "taken-back")


def test_a_message_is_moved_into_a_new_case(house: House, pair: tuple[Case, Case]) -> None:
    one, _other = pair
    message = a_message(one, "Etwas anderes")
    answer = caller(house.kurt).post(f"/messages/{message.uuid}/move", {})
    assert answer.status_code == 201
    message.refresh_from_db()
    assert message.case is not None
    assert str(message.case.uuid) == answer.json()["target"]
    assert message.case.owner_team == house.support


def test_nobody_joins_into_a_case_that_he_may_not_write_in(house: House, pair: tuple[Case, Case]) -> None:
    answer = caller(house.kurt).post(f"/cases/{pair[0].uuid}/join", {"into": house.billings.number})
    assert answer.status_code == 422
    assert Message.objects.filter(case=pair[0]).exists()


def test_what_cannot_be_done_says_why_in_the_callers_language(house: House, pair: tuple[Case, Case]) -> None:
    message = Message.objects.get(case=pair[0])
    answer = caller(house.kurt, language="de").post(f"/messages/{message.uuid}/move", {})
    assert answer.status_code == 409
    assert "zusammen" in answer.json()["title"]


def test_suggestions_name_the_case_and_the_reason(house: House, pair: tuple[Case, Case]) -> None:
    one, other = pair
    a_message(other, f"Es geht um {one.number}")
    items = caller(house.kurt).get(f"/cases/{other.uuid}/suggestions").json()["items"]
    assert [(item["number"], "names" in item["reasons"]) for item in items] == [(one.number, True)]


def test_what_its_topic_put_somewhere_is_remarked_and_parted_by_one_call(house: House) -> None:
    from tests.cases.test_topics import case_of, contact, known, message
    from tests.intake.test_road import walk

    walk([contact("letter", known("1001"))])
    walk([contact("call", known("1001"), minutes=60, channel="phone")])
    maria = caller(house.maria)
    shown = maria.get(f"/cases/{case_of('letter').uuid}/messages").json()["items"]
    assert [one["remarks"] for one in shown] == [[], ["same-topic"]]
    answer = maria.post(f"/messages/{message('call').uuid}/part")
    assert (answer.status_code, answer.json()["messages"], answer.json()["why"]) == (201, 1, "")
    assert answer.json()["target"] == str(case_of("call").uuid) != str(case_of("letter").uuid)
    assert maria.get(f"/cases/{case_of('call').uuid}/suggestions").json()["items"] == []
