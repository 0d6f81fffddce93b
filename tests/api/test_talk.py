"""Links, mentions and side talks over the API."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from rundblick.cases.links import LinkError, link
from rundblick.cases.models import Case, Mention, SideTalk
from rundblick.people import tokens
from tests.channels.letters import an_account as a_mailbox
from tests.people.house import House, a_message, a_user

pytestmark = pytest.mark.django_db
SUPPLIER = "werkstatt@lieferant.example"


class Caller:
    def __init__(self, user: Any) -> None:
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {tokens.issue(user, 'test', ['*']).text}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/api/v1{path}", body, content_type="application/json", headers=self.headers)


@pytest.fixture
def olga(house: House) -> Caller:
    return Caller(house.olga)


def test_links_are_made_listed_and_taken_away(olga: Caller, house: House) -> None:
    made = olga.post(f"/cases/{house.olgas.uuid}/links", other=house.supports.number, kind="parent")
    assert made.status_code == 201, made.content
    assert made.json()["items"][0]["kind"] == "parent"
    (seen,) = olga.get(f"/cases/{house.supports.number}/links").json()["items"]
    assert (seen["kind"], seen["case"]) == ("child", str(house.olgas.uuid))
    again = olga.post(f"/cases/{house.olgas.uuid}/links", other=house.supports.number)
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "there") or again.status_code == 409
    assert olga.post(f"/links/{seen['uuid']}/remove").status_code == 204
    assert olga.get(f"/cases/{house.olgas.uuid}/links").json()["items"] == []
    kinds = [one["kind"] for one in olga.get(f"/cases/{house.olgas.uuid}/events").json()["items"]]
    assert kinds[-2:] == ["case.linked", "case.unlinked"]


def test_a_case_is_not_its_own_grandparent(house: House) -> None:
    by = house.maria.person
    link(house.olgas, house.supports, "parent", by)
    link(house.supports, house.billings, "parent", by)
    with pytest.raises(LinkError, match="circle"):
        link(house.olgas, house.billings, "child", by)


def test_a_side_talk_by_mail_is_begun_read_and_closed(olga: Caller, house: House) -> None:
    a_mailbox(1)
    told = {"heading": "Part", "text": "When?", "to": [f"Werkstatt <{SUPPLIER}>"]}
    begun = olga.post(f"/cases/{house.olgas.uuid}/side-talks", **told)
    assert begun.status_code == 201, begun.content
    talk = begun.json()
    assert talk["recipients"] == [{"address": SUPPLIER, "name": "Werkstatt"}]
    assert talk["waits_since"]
    (word,) = olga.get(f"/side-talks/{talk['uuid']}/messages").json()["items"]
    assert (word["way"], word["delivery"]["state"]) == ("out", "waiting")
    shown = olga.get(f"/cases/{house.olgas.uuid}/messages").json()["items"]
    assert [(one["direction"], one["side_talk"]) for one in shown] == [("note", talk["uuid"])]
    assert olga.post(f"/messages/{word['message']['uuid']}/undo").status_code == 200
    assert olga.post(f"/side-talks/{talk['uuid']}", state="closed").json()["state"] == "closed"
    assert olga.post(f"/side-talks/{talk['uuid']}", state="closed").status_code == 409


def test_the_customers_address_is_refused_until_it_is_known(olga: Caller, house: House) -> None:
    a_mailbox(1)
    message = a_message(house.olgas)
    message.content.address, message.content.record_id = "anna@kunde.example", house.olgas.concerned_id
    message.content.save()
    told = {"heading": "Part", "text": "When?", "to": [SUPPLIER, "Anna@Kunde.example"]}
    assert olga.post(f"/cases/{house.olgas.uuid}/side-talks", **told).status_code == 409
    assert not SideTalk.objects.exists()
    assert olga.post(f"/cases/{house.olgas.uuid}/side-talks", **told, customer_known=True).status_code == 201


def test_mentions_are_listed_and_looked_at(olga: Caller, house: House) -> None:
    assert olga.post(f"/cases/{house.olgas.uuid}/notes", text="@Kurt look").status_code == 201
    kurt = Caller(house.kurt)
    (named,) = kurt.get("/mentions").json()["items"]
    assert (named["why"], named["case"]) == ("named", str(house.olgas.uuid))
    assert olga.post(f"/mentions/{named['uuid']}/seen").status_code == 404
    assert kurt.post(f"/mentions/{named['uuid']}/seen").status_code == 204
    assert kurt.get("/mentions").json()["items"] == []
    assert len(kurt.get("/mentions?seen=true").json()["items"]) == 1


def test_an_unclear_or_blind_name_is_refused(olga: Caller, house: House) -> None:
    a_user("Anna Berg", "agent", house.support)
    a_user("Anna Klein", "agent", house.support)
    unclear = olga.post(f"/cases/{house.supports.uuid}/notes", text="@Anna look")
    assert unclear.json()["named"] == [{"written": "@Anna", "meant": ["Anna Berg", "Anna Klein"]}]
    blind = olga.post(f"/cases/{house.supports.uuid}/notes", text="@Sven look")
    assert (blind.status_code, blind.json()["named"]) == (409, ["Sven"])
    assert olga.post(f"/cases/{house.supports.uuid}/notes", text="@Sven", unseen_known=True).status_code == 201
    assert not Mention.objects.exists()


def test_messages_are_split_off_and_cases_gathered(olga: Caller, house: House) -> None:
    first, _second = a_message(house.olgas), a_message(house.olgas)
    deed = olga.post(f"/cases/{house.olgas.uuid}/split", messages=[str(first.uuid)])
    assert deed.status_code == 201, deed.content
    target = deed.json()["target"]
    back = olga.post(f"/cases/{house.olgas.uuid}/gather", cases=[target])
    assert back.status_code == 201, back.content
    assert Case.objects.get(uuid=target).merged_into_id == house.olgas.pk
