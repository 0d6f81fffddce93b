"""Answering at the case's page: the composer, its draft and files, sending, taking back, and what could not be sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rundblick.cases.models import Case, CaseContent, Draft, DraftAttachment, Message, MessageContent
from rundblick.core.ids import uuid7
from rundblick.core.models import Event, System
from rundblick.core.numbers import customer_number
from rundblick.customers.models import Assignment, Customer, Identifier, SourceRecord, Unreached
from rundblick.intake.models import Outgoing
from rundblick.privacy.models import AuditEntry
from tests.channels.letters import an_account
from tests.people.house import House, a_letter, a_message

pytestmark = pytest.mark.django_db


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def case(house: House) -> Case:
    an_account(1)
    message = a_message(house.olgas)
    MessageContent.objects.filter(message=message).update(
        address="anna@kunde.example", author="Anna Muster", recipients=["carl@kunde.example", "service@muster.example"]
    )
    return house.olgas


def page_of(client: Client, case: Case) -> str:
    return client.get(f"/cases/{case.uuid}/").content.decode()


def form_in(page: str) -> dict[str, str]:
    """What the composer's form would send."""
    part = page[page.index('class="rb-pane rb-pane-answer"') :]
    found = dict(re.findall(r'name="(key|seen|to|cc|subject)" value="([^"]*)"', part))
    text = re.search(r'<textarea id="rb-answer"[^>]*>(.*?)</textarea>', part, re.DOTALL)
    account = re.search(r'<option value="(\d+)" selected', part)
    assert text is not None and account is not None
    return {name: unescape(value) for name, value in found.items()} | {
        "text": unescape(text.group(1)),
        "account": account.group(1),
    }


def send(client: Client, case: Case, **change: str) -> Any:
    form = form_in(page_of(client, case)) | {"text": "It comes tomorrow."} | change
    return client.post(f"/cases/{case.uuid}/answer/", form)


def test_the_composer_begins_as_a_reply_to_all_who_took_part(olga: Client, case: Case) -> None:
    form = form_in(page_of(olga, case))
    assert (form["to"], form["cc"], form["subject"]) == ("anna@kunde.example", "carl@kunde.example", "Re: Parcel")


def test_a_case_without_a_mail_begins_with_its_own_subject_to_an_address_that_is_proven(
    olga: Client, house: House
) -> None:
    an_account(1)
    case = house.olgas
    Message.objects.filter(case=case).delete()
    CaseContent.objects.update_or_create(case=case, defaults={"subject": "Broken lamp"})
    customer = Customer.objects.create(number=customer_number(4_500_000))
    system = System.objects.create(code="shop")
    records = [SourceRecord.objects.create(system=system, key_digest=bytes([n]) * 16) for n in range(3)]
    event = Event.objects.create(kind="record.attached", occurred_at=datetime.now(UTC))
    for record in records:
        Assignment.objects.create(record=record, customer=customer, event=event)
    Case.objects.filter(pk=case.pk).update(concerned_id=records[0].pk, customer_id=customer.pk)
    told = {"kind": "email", "digest": b"x"}
    Identifier.objects.create(record=records[1], value="claimed@kunde.example", strength="weak", **told)
    form = form_in(page_of(olga, case))
    assert (form["to"], form["subject"]) == ("", "Broken lamp")
    CaseContent.objects.filter(case=case).update(subject="")
    Case.objects.filter(pk=case.pk).update(topic="Repairs")
    assert form_in(page_of(olga, case))["subject"] == "Repairs"
    Identifier.objects.create(record=records[2], value="anna@kunde.example", strength="strong", **told)
    assert form_in(page_of(olga, case))["to"] == "anna@kunde.example"
    Identifier.objects.create(record=records[0], value="own@kunde.example", strength="weak", **told)
    assert form_in(page_of(olga, case))["to"] == "own@kunde.example"


def test_sending_puts_it_into_the_timeline_and_the_outbox_and_it_can_be_taken_back(olga: Client, case: Case) -> None:
    assert send(olga, case).status_code == 302
    message = Message.objects.get(direction="out")
    outgoing = Outgoing.objects.get()
    assert [one["address"] for one in outgoing.content.recipients] == ["anna@kunde.example", "carl@kunde.example"]
    assert outgoing.content.recipients[0]["name"] == "Anna Muster"
    page = page_of(olga, case)
    assert "leaves at" in page and "Take back" in page and not Draft.objects.exists()
    olga.post(f"/messages/{message.uuid}/undo/")
    form = form_in(page_of(olga, case))
    assert (form["text"], form["cc"]) == ("It comes tomorrow.", "carl@kunde.example")
    assert Outgoing.objects.get().state == "cancelled"


def test_sent_twice_by_an_impatient_finger_it_is_one_answer(olga: Client, case: Case) -> None:
    form = form_in(page_of(olga, case)) | {"text": "x"}
    for _ in range(2):
        olga.post(f"/cases/{case.uuid}/answer/", form)
    assert Message.objects.filter(direction="out").count() == 1
    olga.post(f"/cases/{case.uuid}/draft/", form)  # the page saved once more while it was sent
    assert not Draft.objects.exists()


def test_what_came_meanwhile_stops_it_once_and_is_shown(olga: Client, case: Case) -> None:
    form = form_in(page_of(olga, case)) | {"text": "It comes tomorrow."}
    a_message(case, "I have found it!")
    answer = olga.post(f"/cases/{case.uuid}/answer/", form)
    page = answer.content.decode()
    assert answer.status_code == 409 and "I have found it!" in page and "Something new came" in page
    assert form_in(page)["text"] == "It comes tomorrow." and not Outgoing.objects.exists()
    assert olga.post(f"/cases/{case.uuid}/answer/", form_in(page)).status_code == 302


def test_a_draft_survives_and_whoever_takes_over_sees_whose_it_is(olga: Client, house: House, case: Case) -> None:
    form = form_in(page_of(olga, case)) | {"text": "I am looking into it.", "cc": ""}
    assert olga.post(f"/cases/{case.uuid}/draft/", form, headers={"HX-Request": "true"}).status_code == 200
    page = page_of(client_of(house.kurt), case)
    assert form_in(page)["text"] == "I am looking into it." and "Olga began this answer." in page
    assert form_in(page)["cc"] == ""
    assert "began this answer" not in page_of(olga, case)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"to": ""}, "Say to whom it goes."),
        ({"to": "nobody at all"}, "One of these is no mail address."),
        ({"cc": "x@y.example, rubbish"}, "One of these is no mail address."),
        ({"text": "  "}, "The answer is empty."),
        ({"cc": ",".join(f"c{i}@x.example" for i in range(60))}, "too many recipients"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_typed_is_lost(
    olga: Client, case: Case, change: dict[str, str], said: str
) -> None:
    answer = send(olga, case, **change)
    assert answer.status_code == 422 and said in unescape(answer.content.decode())
    assert form_in(answer.content.decode())["cc"] == change.get("cc", "carl@kunde.example")
    assert not Outgoing.objects.exists()


def test_files_go_with_it_and_dangerous_ones_do_not(olga: Client, case: Case) -> None:
    form = form_in(page_of(olga, case)) | {"text": "See the invoice."}
    files = [SimpleUploadedFile("invoice.pdf", b"%PDF"), SimpleUploadedFile("run.EXE", b"MZ")]
    answer = olga.post(f"/cases/{case.uuid}/files/", form | {"files": files}, follow=True)
    assert "run.EXE was not attached" in answer.content.decode()
    kept = DraftAttachment.objects.get()
    assert (kept.name, kept.media_type) == ("invoice.pdf", "application/pdf")
    assert form_in(page_of(olga, case))["text"] == "See the invoice."
    send(olga, case)
    message = Message.objects.get(direction="out")
    assert message.attachments.get().content.name == "invoice.pdf" and not DraftAttachment.objects.exists()


def test_a_file_can_be_taken_away_again(olga: Client, case: Case) -> None:
    files = [SimpleUploadedFile("a.txt", b"1")]
    olga.post(f"/cases/{case.uuid}/files/", {"text": "x", "files": files})
    kept = DraftAttachment.objects.get()
    olga.post(f"/cases/{case.uuid}/files/{kept.uuid}/remove/")
    assert not DraftAttachment.objects.exists()


def test_an_address_that_bounced_is_told_until_somebody_writes_from_it(olga: Client, case: Case) -> None:
    from rundblick.core.digests import Digests
    from rundblick.core.installation import installation

    now = datetime.now(UTC)
    digest = Digests(bytes(installation().salt)).identifier("email", "", "anna@kunde.example")
    Unreached.objects.create(digest=digest, hard=True, since=now, last_at=now)
    assert "there is no such mailbox" in page_of(olga, case)


def test_without_a_mailbox_there_is_only_the_note(olga: Client, house: House) -> None:
    page = page_of(olga, house.olgas)
    assert "rb-pane-answer" not in page and "No mailbox can send yet" in page


def test_a_partner_answers_without_seeing_the_address(house: House) -> None:
    an_account(1)
    message = a_message(house.repair)
    MessageContent.objects.filter(message=message).update(address="clara@kunde.example", author="Clara")
    paul = client_of(house.paul)
    page = page_of(paul, house.repair)
    assert "clara@kunde.example" not in page
    form = {"text": "I come tomorrow.", "to": "me@partner.example", "cc": "me@partner.example"}
    assert paul.post(f"/cases/{house.repair.uuid}/answer/", form).status_code == 302
    assert [one["address"] for one in Outgoing.objects.get().content.recipients] == ["clara@kunde.example"]
    assert "clara@kunde.example" not in page_of(paul, house.repair)


def test_an_answer_to_a_case_of_another_team_is_refused(house: House, case: Case) -> None:
    assert client_of(house.sven).post(f"/cases/{case.uuid}/answer/", {"text": "x"}).status_code == 404


def test_what_could_not_be_sent_waits_on_a_page_for_a_decision(olga: Client, house: House) -> None:
    ours, theirs = a_letter(house.olgas), a_letter(house.billings)
    Outgoing.objects.update(fault="refused")
    page = olga.get("/outbox/").content.decode()
    assert str(ours.uuid) in page and str(theirs.uuid) not in page and "the mail server refused it" in page
    assert 'rb-pill-bad rb-push">1<' in page
    olga.post(f"/outbox/{ours.uuid}/give-up/", {"reason": " "})
    assert Outgoing.objects.get(pk=ours.pk).state == "dead"
    olga.post(f"/outbox/{ours.uuid}/retry/")
    assert Outgoing.objects.get(pk=ours.pk).state == "waiting"
    Outgoing.objects.filter(pk=ours.pk).update(state="dead")
    olga.post(f"/outbox/{ours.uuid}/give-up/", {"reason": "He called."})
    assert Outgoing.objects.get(pk=ours.pk).state == "cancelled"
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"outbox.retried", "outbox.given_up"}
    assert olga.post(f"/outbox/{theirs.uuid}/retry/").status_code == 404


def test_what_a_machine_answered_is_folded(olga: Client, house: House) -> None:
    message = a_message(house.olgas, "I am away until Monday.")
    Message.objects.filter(pk=message.pk).update(superseded=True)  # facts are not changed: another one is written
    Message.objects.create(
        identity=b"away", content_digest=b"away", case=house.olgas, system=message.system, channel="email",
        direction="in", sender="out_of_office", at=message.at, uuid=uuid7(),
    )  # fmt: skip
    MessageContent.objects.create(message=Message.objects.get(identity=b"away"), text="I am away until Monday.")
    page = page_of(olga, house.olgas)
    folded = page[page.index('<details class="rb-fold"><summary>out of office') :]
    assert "I am away until Monday." in folded[: folded.index("</details>")]


def test_a_draft_of_a_joined_case_is_seen_and_taken_into_the_answer(olga: Client, house: House, case: Case) -> None:
    from rundblick.cases.drafts import save_draft
    from rundblick.cases.regrouping import join
    from rundblick.people.models import Person
    from tests.people.house import a_case

    other = a_case(house.support)
    a_message(other)
    me, kurt = (Person.objects.get(user=user) for user in (house.olga, house.kurt))
    save_draft(case, me, text="It comes tomorrow.")
    save_draft(other, kurt, text="It is in Kiel.")
    join(other, case, me)
    page = page_of(olga, case)
    assert "Another answer was begun in" in page and "(Kurt)" in page and "It is in Kiel." in page
    take = re.search(r'formaction="(/cases/[0-9a-f-]+/drafts/[0-9a-f-]+/)"', page)
    assert take is not None
    olga.post(take.group(1), form_in(page) | {"text": "It comes tomorrow, surely."})
    assert form_in(page_of(olga, case))["text"] == "It comes tomorrow, surely.\n\nIt is in Kiel."
    assert "Another answer was begun" not in page_of(olga, case)
    assert client_of(house.sven).post(take.group(1)).status_code == 404


def test_the_mail_that_left_is_fetched_as_its_server_was_given_it(
    olga: Client, house: House, case: Case, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from rundblick.channels.email.sending import MailSender
    from rundblick.channels.models import Account
    from rundblick.intake.sending import work_once
    from tests.api.callers import caller

    monkeypatch.setattr("rundblick.core.home.home", lambda *_given: tmp_path)
    Account.objects.update(settings={"send": "folder"})
    send(olga, case)
    message = Message.objects.get(direction="out")
    assert "original/" not in page_of(olga, case).partition(f'id="m-{message.uuid}"')[2], "it has not left yet"
    sender = MailSender()
    work_once(lambda _channel: sender, clock=lambda: datetime.now(UTC) + timedelta(minutes=1))
    (laid_down,) = (tmp_path / "laid-down").rglob("*.eml")
    assert f"/messages/{message.uuid}/original/" in page_of(olga, case)
    answer = olga.get(f"/messages/{message.uuid}/original/")
    assert b"".join(answer) == laid_down.read_bytes() and b"It comes tomorrow." in laid_down.read_bytes()  # type: ignore[call-overload]
    assert "attachment" in answer.headers["Content-Disposition"]
    shown = caller(house.olga).get(f"/messages/{message.uuid}/original")
    assert shown.content == laid_down.read_bytes()
    assert caller(house.paul).get(f"/messages/{message.uuid}/original").status_code == 404
    Case.objects.filter(pk=case.pk).update(owner_team=house.repairs, owner_person=None)
    assert client_of(house.paul).get(f"/messages/{message.uuid}/original/").status_code == 404, "it names addresses"
