"""Deliveries, the quarantine, the report, and the errors of the API."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from rundblick.api.contact import read_contact
from rundblick.blindspots import latest
from rundblick.cases.models import Message
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.message import Unreadable
from rundblick.core.models import Delivery
from rundblick.core.registry import readers
from rundblick.intake.models import Pending, Quarantine
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.work import work_once
from rundblick.people.roles import GRANTS
from tests.people.house import AT, House, a_kept_piece

from .callers import Caller, caller

MAIL = b"""From: Anna <anna@muster.example>
To: service@rundblick.example
Message-ID: <1@muster.example>
Subject: Parcel

Where is it?
"""
CONTACT = {"key": "chat-1", "channel": "chat", "sender": {"name": "Anna", "email": "anna@muster.example"}, "text": "Hi"}


@pytest.fixture
def reader() -> Iterator[ReadingProcess]:
    process = ReadingProcess(readers)
    yield process
    process.close()


def post_mail(who: Caller, raw: bytes = MAIL, **headers: str) -> object:
    return who.post("/deliveries/mail", raw, "message/rfc822", **headers)


def test_a_mail_is_acknowledged_when_it_is_kept_and_then_becomes_a_message(
    house: House, reader: ReadingProcess
) -> None:
    lena = caller(house.lena)
    answer = lena.post("/deliveries/mail", MAIL, "message/rfc822")
    assert answer.status_code == 202, answer.content
    accepted = answer.json()
    assert Delivery.objects.filter(uuid=accepted["delivery"]).exists()
    assert lena.get("/deliveries", key=accepted["key"]).json()["state"] == "waiting"
    work_once(Road(installation()), reader)
    after = caller(house.maria).get("/deliveries", key=accepted["key"])
    assert after.status_code == 404  # a delivery is its deliverer's
    assert lena.get("/deliveries", key=accepted["key"]).json()["state"] == "recorded"
    message = Message.objects.get(channel="email")
    assert message.content.text.strip() == "Where is it?"


def test_a_second_delivery_of_one_key_is_harmless(house: House) -> None:
    lena = caller(house.lena)
    for key in ({}, {"Idempotency-Key": "uid-7"}):
        first, second = (lena.post("/deliveries/mail", MAIL, "message/rfc822", **key).json() for _ in range(2))
        assert (first["new"], second["new"]) == (True, False)
        assert first["delivery"] == second["delivery"]
    assert Pending.objects.count() == 2


def test_two_callers_may_use_the_same_key(house: House) -> None:
    first = caller(house.lena).post("/deliveries/contact", CONTACT).json()
    second = caller(house.maria).post("/deliveries/contact", CONTACT).json()
    assert first["new"] and second["new"]
    assert first["delivery"] != second["delivery"]


def test_a_contact_becomes_a_message_of_its_channel_and_its_answer_the_same_case(
    house: House, reader: ReadingProcess
) -> None:
    lena = caller(house.lena)
    lena.post("/deliveries/contact", CONTACT)
    answer = {**CONTACT, "key": "chat-2", "direction": "out", "reply_to": "chat-1", "text": "Hello Anna"}
    lena.post("/deliveries/contact", answer)
    work_once(Road(installation()), reader)
    found = list(Message.objects.order_by("id").values_list("channel", "direction", "content__text", "case_id"))
    assert [row[:3] for row in found] == [("chat", "in", "Hi"), ("chat", "out", "Hello Anna")]
    assert found[0][3] == found[1][3] is not None


def test_the_same_contact_with_other_words_is_a_new_version(house: House, reader: ReadingProcess) -> None:
    lena = caller(house.lena)
    for text in ("Hi", "Hi there"):
        lena.post("/deliveries/contact", {**CONTACT, "text": text})
    work_once(Road(installation()), reader)
    assert list(Message.objects.filter(superseded=False).values_list("content__text", flat=True)) == ["Hi there"]


@pytest.mark.parametrize(
    ("raw", "content_type", "status"),
    [
        (b"  \r\n", "message/rfc822", 422),
        (MAIL, "text/plain", 415),
        (b"x" * (50 * 1024 * 1024 + 1), "message/rfc822", 413),
    ],
)
def test_a_mail_that_is_none_is_refused_and_not_kept(house: House, raw: bytes, content_type: str, status: int) -> None:
    answer = caller(house.lena).post("/deliveries/mail", raw, content_type)
    assert answer.status_code == status
    assert not Pending.objects.exists()


@pytest.mark.parametrize(
    "wrong", [{"channel": "telepathy"}, {"key": ""}, {"system": "../x"}, {"colour": 1}, {"at": "x"}, {"key": "a\x00"}]
)
def test_a_contact_that_is_not_as_described_is_refused(house: House, wrong: dict[str, object]) -> None:
    answer = caller(house.lena).post("/deliveries/contact", {**CONTACT, **wrong})
    assert answer.status_code == 422
    assert any(next(iter(wrong)) in fault["where"] for fault in answer.json()["faults"])


def envelope(**contact: object) -> Envelope:
    return Envelope("api:1", "k", "contact", AT, json.dumps({**CONTACT, **contact}).encode())


@pytest.mark.parametrize(
    ("sender", "party"),
    [
        ({"customer_no": "47-11", "email": "a@b.example"}, ("chat", "shop:4711:a@b.example")),
        ({"customer_no": "47-11"}, ("chat", "shop:4711:")),
        ({"email": "A@B.example", "phone": "0664 1234567"}, ("email", "a@b.example")),
        ({"phone": "030 123456"}, ("phone", "+4930123456")),
        ({"handle": "@anna@social.example"}, ("handle", "anna@social.example")),
        ({"name": "Anna"}, None),
        (None, None),
    ],
)
def test_a_contact_names_its_source_record_by_the_strongest_identifier(
    sender: dict[str, str] | None, party: tuple[str, str] | None
) -> None:
    message = read_contact(envelope(sender=sender, system="shop"))
    assert not isinstance(message, Unreadable)
    found = message.party
    assert (None if found is None else (found.system, found.key)) == party


def test_a_number_that_the_system_itself_knows_names_its_own_record() -> None:
    sender = {"customer_no": "47-11", "email": "a@b.example"}
    message = read_contact(envelope(sender=sender, system="shop", channel="branch"))
    assert not isinstance(message, Unreadable) and message.party is not None
    assert (message.party.system, message.party.key) == ("shop", "4711")


def test_a_contact_without_a_zone_or_broken_is_unreadable_and_never_raises() -> None:
    assert isinstance(read_contact(envelope(at="2026-01-01T00:00:00")), Unreadable)
    for raw in (b"", b"{", b"[]", b"\xff", None):
        assert isinstance(read_contact(Envelope("api:1", "k", "contact", AT, raw)), Unreadable)


def test_kept_pieces_are_listed_for_those_who_may_mend(house: House) -> None:
    ours, theirs, of_a_file = a_kept_piece(house.supports), a_kept_piece(house.billings), a_kept_piece(None)
    listed = {item["uuid"] for item in caller(house.lena).get("/quarantine").json()["items"]}
    assert listed == {str(ours.uuid), str(of_a_file.uuid)}
    assert str(theirs.uuid) in {item["uuid"] for item in caller(house.maria).get("/quarantine").json()["items"]}
    assert caller(house.olga).get("/quarantine").status_code == 403
    answer = caller(house.lena).post(f"/quarantine/{of_a_file.uuid}/run")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:rundblick:problem:rows-of-a-file")


def test_what_could_not_be_read_runs_again_after_a_mend(
    house: House, reader: ReadingProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    lena = caller(house.maria)
    monkeypatch.setitem(readers, "mail", "tests.intake.evil_reader:nothing_of_this_name")
    lena.post("/deliveries/mail", MAIL, "message/rfc822")
    broken = ReadingProcess(readers)
    work_once(Road(installation()), broken)
    broken.close()
    entry = Quarantine.objects.get()
    monkeypatch.setitem(readers, "mail", "rundblick.channels.email.reading:read_mail")
    answer = lena.post(f"/quarantine/{entry.uuid}/run")
    assert answer.json()["solved"] is True
    message = Message.objects.get()
    assert answer.json()["case"] == str(message.case.uuid)
    again = lena.post(f"/quarantine/{entry.uuid}/run")
    assert again.status_code == 409


def test_the_report_gives_figures_and_only_the_cases_that_may_be_seen(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latest, "FRESH_S", 0)
    olga = caller(house.olga)
    report = olga.get("/report").json()["report"]
    assert report["totals"]["cases"] == len(house.cases())
    figure = olga.get("/report/measures/cases").json()
    assert figure["value"] == len(house.cases())
    behind = {item["number"] for item in olga.get("/report/measures/cases/cases").json()["items"]}
    assert behind == {house.olgas.number, house.supports.number, house.annas_at_billing.number}
    paged, after = [], "0"
    while after is not None:
        answer = olga.get("/report/measures/cases/cases", limit=1, after=after).json()
        paged += [item["number"] for item in answer["items"]]
        after = answer["next"]
    assert sorted(paged) == sorted(behind)
    assert olga.get("/report/measures/nonsense").status_code == 404
    assert caller(house.paul).get("/report").status_code == 403


def test_errors_are_in_the_callers_language(house: House) -> None:
    assert caller(None, language="de").get("/me").json()["title"] == "Ein gültiger Schlüssel fehlt."
    assert caller(None, language="en").get("/me").json()["title"] == "A valid token is missing."
    assert caller(None, language="fr").get("/nothing").json()["type"] == "urn:rundblick:problem:no-such-address"


def test_a_browsers_session_opens_no_api_route(house: House) -> None:
    who = caller(None)
    who.client.force_login(house.anton)
    assert who.get("/me").status_code == 401


def test_me_says_what_the_token_may(house: House) -> None:
    shown = caller(house.lena, ["case.*", "self"]).get("/me").json()
    assert shown["permissions"] == ["case.handover", "case.read", "case.write", "self"]
    assert [team["name"] for team in shown["teams"]] == ["Support"]
    assert set(caller(house.maria).get("/me").json()["permissions"]) == GRANTS["manager"]


def test_health_needs_no_token(db: None) -> None:
    assert caller(None).get("/health").json()["status"] == "ok"


def test_the_unexpected_says_nothing_of_the_inside(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from rundblick.api.routes import me

    def broken(*args: object) -> object:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(me, "shown_team", broken)
    answer = caller(house.olga).get("/me")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert b"hunter2" not in answer.content


def test_a_method_that_an_address_does_not_know_is_named(house: House) -> None:
    answer = caller(house.olga).client.delete("/api/v1/cases")
    assert (answer.status_code, answer["Allow"]) == (405, "GET")
