"""Beside the composer: two pages with one draft, sending later, text modules, who is here."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rundblick.cases.models import Case, Draft, DraftAside, Message, MessageContent, Template
from rundblick.cases.templates import Told, keep
from rundblick.core.ids import uuid7
from rundblick.core.letters import Letter, Sent
from rundblick.core.verification import verify
from rundblick.intake.models import Outgoing
from rundblick.intake.sending import work_once
from tests.channels.letters import an_account
from tests.desk.test_answering import client_of, form_in, page_of
from tests.people.house import House, a_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(house: House) -> Case:
    an_account(1)
    MessageContent.objects.filter(message=a_message(house.olgas)).update(address="anna@kunde.example")
    return house.olgas


class Yes:
    def write(self, letter: Letter) -> bytes:
        return b""

    def send(self, letter: Letter) -> Sent:
        return Sent(taken=letter.still)

    def close(self) -> None: ...


def save(client: Client, case: Case, form: dict[str, str], text: str) -> str:
    told = form | {"text": text}
    return client.post(f"/cases/{case.uuid}/draft/", told, headers={"HX-Request": "true"}).content.decode()


def version_in(page: str) -> str:
    return re.search(r'name="version" value="(\d+)"', page)[1]  # type: ignore[index]


def opened(client: Client, case: Case) -> dict[str, str]:
    page = page_of(client, case)
    return form_in(page) | {"version": version_in(page)}


def test_two_pages_that_write_one_draft_keep_both_texts_and_somebody_chooses(
    olga: Client, house: House, case: Case
) -> None:
    kurt = client_of(house.kurt)
    hers, his = opened(olga, case), opened(kurt, case)
    assert "rb-beside" not in save(olga, case, hers, "Hers")
    assert "rb-beside" not in save(olga, case, hers, "Hers, longer")
    told = save(kurt, case, his, "His")
    assert "Hers, longer" in told and "both texts are kept" in told
    assert (Draft.objects.get().text, DraftAside.objects.get().text) == ("Hers, longer", "His")
    assert kurt.post(f"/cases/{case.uuid}/answer/", his | {"text": "His"}).status_code == 409
    assert not Outgoing.objects.exists()
    assert "His" in page_of(olga, case)  # a page that is opened now shows what waits
    kurt.post(f"/cases/{case.uuid}/drafts/{his['key']}/choose/", his | {"text": "His!", "choice": "both"})
    assert Draft.objects.get().text == "His!\n\nHers, longer" and not DraftAside.objects.exists()
    save(olga, case, hers, "Hers, written on")
    assert Draft.objects.get().text == "His!\n\nHers, longer"
    assert DraftAside.objects.get().text == "Hers, written on"


def test_the_same_text_on_two_pages_is_no_quarrel(olga: Client, case: Case) -> None:
    one, two = opened(olga, case), opened(olga, case)
    save(olga, case, one, "Same")
    assert "rb-beside" not in save(olga, case, two, "Same")
    assert not DraftAside.objects.exists()


def later(client: Client, case: Case, **more: str) -> Message:
    form = opened(client, case) | {"text": "It comes.", "later": "at", "later_at": "in 3 hours"} | more
    assert client.post(f"/cases/{case.uuid}/answer/", form).status_code == 302
    return Message.objects.get(direction="out")


def test_an_answer_leaves_later_and_nobody_has_answered_until_then(olga: Client, case: Case) -> None:
    message = later(olga, case)
    row = Outgoing.objects.get()
    assert row.scheduled and row.due_at > datetime.now(UTC) + timedelta(hours=2)
    assert message.dispatch == "scheduled" and "leaves on" in page_of(olga, case)
    assert Case.objects.get(pk=case.pk).first_reply_at is None and work_once(lambda _: Yes()) == 0
    assert work_once(lambda _: Yes(), clock=lambda: row.due_at) == 1
    assert Message.objects.get(pk=message.pk).dispatch == "sent"
    assert verify(["outbox"]).is_right


def test_it_is_held_when_the_customer_writes_before_and_let_go_by_who_has_read_that(olga: Client, case: Case) -> None:
    message = later(olga, case)
    before = re.search(r'name="seen" value="([^"]+)"', page_of(olga, case))[1]  # type: ignore[index]
    a_message(case, "Forget it, it is here.")
    assert work_once(lambda _: Yes(), clock=lambda: datetime.now(UTC) + timedelta(hours=9)) == 0
    assert Outgoing.objects.get().state == "held" and verify(["outbox"]).is_right
    page = page_of(olga, case)
    assert "held: the customer wrote" in page and "held: the customer wrote" in olga.get("/outbox/").content.decode()
    olga.post(f"/messages/{message.uuid}/time/", {"seen": before})
    assert Outgoing.objects.get().state == "held"
    seen = re.search(r'time/">.*?name="seen" value="([^"]+)"', page, re.DOTALL)[1]  # type: ignore[index]
    olga.post(f"/messages/{message.uuid}/time/", {"seen": seen})
    assert Outgoing.objects.get().state == "waiting" and work_once(lambda _: Yes()) == 1
    assert Outgoing.objects.get().state == "sent"


def test_what_was_held_can_be_taken_back(olga: Client, case: Case) -> None:
    message = later(olga, case)
    a_message(case, "Forget it.")
    work_once(lambda _: Yes())
    olga.post(f"/messages/{message.uuid}/undo/")
    assert Draft.objects.get().text == "It comes." and Outgoing.objects.get().state == "cancelled"


@pytest.mark.parametrize(
    ("text", "words"), [("soon", "Say when"), ("2020-01-01 9:00", "has passed"), ("1.1.2099", "a year")]
)
def test_a_time_that_cannot_be_is_said_and_the_text_stays(olga: Client, case: Case, text: str, words: str) -> None:
    form = opened(olga, case) | {"text": "It comes.", "later": "at", "later_at": text}
    told = olga.post(f"/cases/{case.uuid}/answer/", form)
    assert told.status_code == 422 and words in told.content.decode() and "It comes." in told.content.decode()


def test_send_and_resolve_resolves_once_it_was_sent_and_not_when_something_came(olga: Client, case: Case) -> None:
    later(olga, case, then="resolve", later="")
    assert Case.objects.get(pk=case.pk).state != "resolved"
    work_once(lambda _: Yes(), clock=lambda: datetime.now(UTC) + timedelta(minutes=1))
    assert Case.objects.get(pk=case.pk).state == "resolved"


def test_a_text_module_is_put_in_and_an_open_place_stops_sending(olga: Client, case: Case) -> None:
    one = keep(Told(name="Greeting", text="Hello {{customer_name}}, {{due}} <script>"), None)
    page = olga.get(f"/cases/{case.uuid}/templates/?q=GREETING").content.decode()
    assert "Greeting" in page and "<script>&" not in page and "&lt;script&gt;" in page
    address = f"/cases/{case.uuid}/templates/{one.uuid}/"
    text = olga.post(address, headers={"X-Requested-With": "fetch"}).content.decode()
    assert "{{customer_name}}" in text and Template.objects.get().used == 1
    told = olga.post(f"/cases/{case.uuid}/answer/", opened(olga, case) | {"text": text})
    assert told.status_code == 422 and "the customer&#x27;s name" in told.content.decode()
    olga.post(address)
    assert Draft.objects.get().text.startswith(text)
    assert olga.post(f"/cases/{case.uuid}/templates/{uuid7()}/").status_code == 404


def test_who_else_is_here_is_told_and_a_stranger_is_not(olga: Client, house: House, case: Case) -> None:
    kurt = client_of(house.kurt)
    kurt.post(f"/cases/{case.uuid}/here/", {"page": str(uuid7()), "state": "writes"})
    told = olga.post(f"/cases/{case.uuid}/here/", {"page": str(uuid7()), "state": "reads"}).content.decode()
    assert (
        "writes" in told
        and "is here" in kurt.post(f"/cases/{case.uuid}/here/", {"page": str(uuid7())}).content.decode()
    )
    assert client_of(house.paul).post(f"/cases/{case.uuid}/here/", {"page": str(uuid7())}).status_code == 404
    assert olga.post(f"/cases/{case.uuid}/here/", {"page": "x"}).status_code == 204


def test_leads_keep_text_modules_and_administrators_take_tables_in(house: House) -> None:
    lena, anton = client_of(house.lena), client_of(house.anton)
    assert client_of(house.olga).get("/templates/").status_code == 403
    told = {"name": "Hello", "text": "Dear {{customer_name}}", "team": str(house.support.uuid)}
    assert lena.post("/templates/new/", told | {"text": "{{price}}"}).status_code == 422
    assert lena.post("/templates/new/", told | {"team": str(house.billing.uuid)}).status_code == 422
    assert lena.post("/templates/new/", told).status_code == 302
    one = Template.objects.get()
    assert lena.post(f"/templates/{one.uuid}/", told | {"text": "Hi", "version": "0"}).status_code == 422
    assert lena.post(f"/templates/{one.uuid}/", told | {"text": "Hi", "version": "1"}).status_code == 302
    assert "Dear {{customer_name}}" in lena.get(f"/templates/{one.uuid}/").content.decode()
    table = anton.get("/templates/export/").content
    assert (
        "0 new, 0 changed, 1 as"
        in anton.post("/templates/import/", {"file": SimpleUploadedFile("t.csv", table)}, follow=True).content.decode()
    )
    wrong = anton.post("/templates/import/", {"file": SimpleUploadedFile("t.csv", b"name,text\n,x\n")})
    assert wrong.status_code == 422 and "t.csv, line 2" in wrong.content.decode()
    lena.post(f"/templates/{one.uuid}/", {"deed": "retire"})
    assert "Hello" not in lena.get("/templates/").content.decode()
    assert "Hello" in lena.get("/templates/?retired=1").content.decode()
