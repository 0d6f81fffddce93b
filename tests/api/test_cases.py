"""Cases over the API: what a caller sees, in pages by key, and what he does."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from rundblick.cases.models import Case, MessageContent
from rundblick.core.ids import uuid7
from rundblick.people.models import AccessLog, PersonContent
from tests.people.house import AT, House, a_case, a_message, an_attachment

from .callers import caller


def numbers(answer: object) -> list[str]:
    return [item["number"] for item in answer.json()["items"]]  # type: ignore[attr-defined]


@pytest.fixture
def mailed(house: House) -> Case:
    """Support's case with a mail in it."""
    a_message(house.supports)
    return house.supports


def test_the_list_holds_the_teams_cases_and_nobody_elses(house: House) -> None:
    assert set(numbers(caller(house.olga).get("/cases"))) == {house.olgas.number, house.supports.number}
    assert set(numbers(caller(house.olga).get("/cases", view="mine"))) == {house.olgas.number}
    readable = {house.olgas.number, house.supports.number, house.annas_at_billing.number}
    assert set(numbers(caller(house.kurt).get("/cases", view="all"))) == readable
    assert numbers(caller(house.paul).get("/cases", view="all")) == [house.repair.number]


def test_pages_by_key_show_every_case_once(house: House) -> None:
    same_moment = [a_case(house.support) for _ in range(3)]
    later = [a_case(house.support, None) for _ in range(4)]
    for minutes, case in enumerate(later):
        Case.objects.filter(pk=case.pk).update(last_at=AT + timedelta(minutes=minutes + 1))
    olga = caller(house.olga)
    seen: list[str] = []
    after = ""
    for _ in range(20):
        answer = olga.get("/cases", limit=2, after=after).json()
        seen += [item["number"] for item in answer["items"]]
        if answer["next"] is None:
            break
        after = answer["next"]
    wanted = {case.number for case in [*same_moment, *later, house.olgas, house.supports]}
    assert len(seen) == len(set(seen))
    assert set(seen) == wanted
    assert seen[:4] == [case.number for case in reversed(later)]


@pytest.mark.parametrize("after", ["x", "W10", "WyIyMDI2LTAxLTAxIiwgMV0", "bnVsbA", "é" * 10])
def test_a_text_that_is_no_key_of_a_page_is_refused(house: House, after: str) -> None:
    answer = caller(house.olga).get("/cases", after=after)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"


def test_a_case_is_found_by_uuid_and_by_its_number_in_any_notation(house: House) -> None:
    number = house.olgas.number
    for ref in (
        str(house.olgas.uuid),
        number,
        f"{number[:3]} {number[3:6]} {number[6:]}",
        f"{number[:3]}-{number[3:]}",
    ):
        answer = caller(house.olga).get(f"/cases/{ref}")
        assert UUID(answer.json()["uuid"]) == house.olgas.uuid


def test_another_teams_case_and_one_that_is_not_there_answer_alike(house: House) -> None:
    answers = [
        caller(house.olga).get(f"/cases/{ref}")
        for ref in (house.billings.uuid, house.billings.number, uuid7(), "000000000", "nonsense")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_a_partner_sees_neither_tier_nor_customer_number(house: House) -> None:
    shown = caller(house.paul).get(f"/cases/{house.repair.uuid}").json()
    assert shown["tier"] is None
    assert shown["customer"] == {"uuid": str(house.clara.uuid), "number": None}
    shown = caller(house.maria).get(f"/cases/{house.repair.uuid}").json()
    assert shown["customer"]["number"] == house.clara.number


def test_messages_come_in_order_with_their_attachments(house: House, mailed: Case) -> None:
    second = a_message(mailed, "And my money?")
    file = an_attachment(second)
    items = caller(house.olga).get(f"/cases/{mailed.uuid}/messages").json()["items"]
    assert [item["text"] for item in items] == ["Where is my parcel?", "And my money?"]
    assert [item["uuid"] for item in items[1]["attachments"]] == [str(file.uuid)]


def test_a_hand_over_changes_the_owner_and_is_in_the_log_with_its_reason(house: House, mailed: Case) -> None:
    PersonContent.objects.create(person=house.olga.person, name="Olga")
    olga = caller(house.olga)
    answer = olga.post(
        f"/cases/{mailed.uuid}/handover", {"to_team": str(house.billing.uuid), "reason": "It is about money."}
    )
    assert answer.status_code == 200, answer.content
    assert answer.json()["owner"] == {"kind": "team", "uuid": str(house.billing.uuid), "name": "Billing"}
    assert olga.get(f"/cases/{mailed.uuid}").status_code == 404  # it is Billing's now
    events = caller(house.sven).get(f"/cases/{mailed.uuid}/events").json()["items"]
    told = [event for event in events if event["kind"] == "case.handed_over"]
    assert [(e["owner"]["name"], e["by"]["name"], e["reason"]) for e in told] == [
        ("Billing", "Olga", "It is about money.")
    ]


def test_resolving_reopening_and_a_note(house: House, mailed: Case) -> None:
    olga, path = caller(house.olga), f"/cases/{mailed.number}"
    assert olga.post(f"{path}/resolve").json()["state"] == "resolved"
    again = olga.post(f"{path}/resolve")
    assert (again.status_code, again.json()["type"]) == (409, "urn:rundblick:problem:not-open")
    assert olga.post(f"{path}/reopen", {"reason": "It broke again."}).json()["state"] == "open"
    noted = olga.post(f"{path}/notes", {"text": "She called twice."})
    assert (noted.status_code, noted.json()["direction"]) == (201, "note")
    assert MessageContent.objects.filter(text="She called twice.", message__case=mailed).exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"reason": "x"}, 422),
        ({"reason": "", "to_team": "TEAM"}, 422),
        ({"reason": "x", "to_team": str(uuid7())}, 422),
        ({"reason": "x", "to_person": str(uuid7())}, 422),
        ({"reason": "x", "to_team": "TEAM", "to_person": str(uuid7())}, 422),
        ({"reason": "x", "to_team": "TEAM", "colour": "red"}, 422),
        ({"reason": "x", "to_team": "OWN"}, 409),
    ],
)
def test_a_hand_over_that_is_not_as_described_changes_nothing(
    house: House, mailed: Case, body: dict[str, str], status: int
) -> None:
    names = {"TEAM": str(house.billing.uuid), "OWN": str(house.support.uuid)}
    body = {key: names.get(value, value) for key, value in body.items()}
    answer = caller(house.olga).post(f"/cases/{mailed.uuid}/handover", body)
    assert answer.status_code == status, answer.content
    mailed.refresh_from_db()
    assert mailed.owner_team_id == house.support.pk


def test_reading_is_no_leave_to_write(house: House) -> None:
    olga, path = caller(house.olga), f"/cases/{house.annas_at_billing.uuid}"
    assert olga.get(path).status_code == 200
    for deed in ("resolve", "reopen", "notes", "handover"):
        assert olga.post(f"{path}/{deed}", {"text": "x", "reason": "x"}).status_code == 404


def test_a_token_that_may_only_read_writes_nothing(house: House) -> None:
    reader = caller(house.olga, ["case.read"])
    assert reader.get(f"/cases/{house.olgas.uuid}").status_code == 200
    answer = reader.post(f"/cases/{house.olgas.uuid}/resolve")
    assert answer.status_code == 403
    assert "case.write" in answer.json()["detail"]


def test_who_saw_which_customer_is_recorded_with_the_token(house: House) -> None:
    caller(house.olga).get("/cases")
    look = AccessLog.objects.get(object_type="customer")
    assert (look.user_id, look.object_id, look.permission) == (house.olga.pk, house.anna.pk, "case.read")
    assert look.token_id is not None


def test_a_list_takes_the_same_number_of_statements_for_any_length(
    house: House, django_assert_max_num_queries: object
) -> None:
    for _ in range(10):
        a_case(house.olga, house.anna)
    olga = caller(house.olga)
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        assert len(numbers(olga.get("/cases"))) == 12
