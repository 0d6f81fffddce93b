"""The customer beside a case and on his page: everything in one window, as far as the reader may see it, bounded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from rundblick.cases.commitments import promise
from rundblick.cases.models import Case, Commitment, Message, MessageContent
from rundblick.cases.preferred import set_preferred
from rundblick.core.models import Event, EventObject, System
from rundblick.customers.models import Assignment, Identifier, Order, RecordVersion
from rundblick.desk import sql
from rundblick.desk.pages.traces import LOOKS, PAGE, Place, read_place, traces, wanted_in, write_place
from rundblick.people.models import User
from rundblick.voice.models import Rating
from tests.people.house import House, a_case

pytestmark = pytest.mark.django_db
_serials = count(7_000_001)
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _in_english(house: House) -> None:
    User.objects.update(language="en")


def record_of(house: House) -> int:
    return Assignment.objects.get(customer=house.anna).record_id


def contacts(house: House, n: int, case: Case | None = None, together: bool = False, **fields: object) -> list[Message]:
    """So many messages of Anna, a minute apart, the newest a minute old, or all of one moment."""
    system, _ = System.objects.get_or_create(code="email")
    told = {"channel": "email", "direction": "in", "system": system, "record_id": record_of(house)} | fields
    rows = []
    for place in range(n):
        serial = next(_serials)
        identity = serial.to_bytes(16)
        at = NOW - timedelta(minutes=1 if together else place + 1)
        rows.append(Message(identity=identity, content_digest=identity, case=case, at=at, seq=serial, **told))
    made = Message.objects.bulk_create(rows)
    MessageContent.objects.bulk_create(
        MessageContent(message=message, subject=f"Concern {place}", text=f"Text {place}")
        for place, message in enumerate(made)
    )
    return made


def test_beside_the_case_stands_what_another_window_would_be_opened_for(house: House, olga: Client) -> None:
    contacts(house, 3, house.olgas)
    contacts(house, 2, house.olgas, direction="out", person=house.kurt.person)
    record = record_of(house)
    RecordVersion.objects.create(
        record_id=record, content_digest=b"1" * 16, seen_at=NOW, key="K-1",
        facts={"first_name": "Anna", "last_name": "Muster", "city": "Kiel", "tier": "gold"},
    )  # fmt: skip
    Identifier.objects.create(
        record_id=record, kind="email", value="anna@kunde.example", digest=b"e" * 16, strength="strong"
    )
    promise(house.annas_at_billing, "Call on Friday", NOW + timedelta(days=2), house.sven.person)
    system = System.objects.get(code="crm")
    Order.objects.create(
        system=system, key_digest=b"o" * 16, key="R-77", record_id=record, kind="return", at=NOW - timedelta(days=3),
        status="in transit", article="Kettle", content_digest=b"o" * 16,
    )  # fmt: skip
    event = Event.objects.create(kind="rating.told", occurred_at=NOW)
    Rating.objects.create(
        identity=b"r" * 16, content_digest=b"r" * 16, lane="rating", system=system, record_id=record, event=event,
        kind="csat", at=NOW, value=2, low=1, high=5,
    )  # fmt: skip
    again = Event.objects.create(kind="question.repeated", occurred_at=NOW, data={"asked": ["birth_date"]})
    EventObject.objects.create(event=again, type="case", object_id=house.annas_at_billing.pk)
    page = olga.get(reverse("desk:case", args=[house.olgas.uuid])).content.decode()
    side = page[page.index('id="rb-side"') :]
    for told in (
        "Anna Muster", "gold", "Kiel", "anna@kunde.example", "Call on Friday", "R-77", "in transit", "CSAT: 2 of 5",
        "Kurt", "was asked again: date of birth", "Best reached by", "Concern 2", str(house.annas_at_billing.uuid),
    ):  # fmt: skip
        assert told in side, told


def test_a_reader_to_whom_contacts_are_hidden_reads_none_of_it_beside_the_case(house: House) -> None:
    from rundblick.core.rulebooks import put_in_force
    from rundblick.people.fields import CONTACT, FIELDS, FieldRule, Fields

    Identifier.objects.create(
        record_id=record_of(house), kind="email", value="anna@kunde.example", digest=b"e" * 16, strength="strong"
    )
    put_in_force(FIELDS, Fields((FieldRule(CONTACT, ("agent",)),)), by=None, seen=0)
    address = reverse("desk:case", args=[house.olgas.uuid])
    for user, sees in ((house.olga, False), (house.lena, True)):
        browser = Client()
        browser.force_login(user)
        assert ("anna@kunde.example" in browser.get(address).content.decode()) is sees


def test_an_outside_firm_sees_neither_the_timeline_nor_other_cases_of_the_customer(house: House) -> None:
    record = Assignment.objects.get(customer=house.clara).record_id
    other = a_case(house.billing, house.clara)
    Commitment.objects.create(
        case=other, event=Event.objects.create(kind="commitment.made", occurred_at=NOW), made_at=NOW, due_at=NOW
    )
    Order.objects.create(
        system=System.objects.get(code="crm"), key_digest=b"o" * 16, key="R-77", record_id=record, at=NOW,
        status="open", content_digest=b"o" * 16,
    )  # fmt: skip
    browser = Client()
    browser.force_login(house.paul)
    page = browser.get(reverse("desk:case", args=[house.repair.uuid])).content.decode()
    assert str(other.uuid) not in page and "R-77" not in page and "rb-side-traces" not in page
    assert "R-77" not in browser.get(reverse("desk:customer", args=[house.clara.uuid])).content.decode()


def most_rows(plan: dict[str, Any], table: str) -> float:
    """The most rows that a plan reads of a table at once."""
    own = plan["Actual Rows"] if plan.get("Relation Name") == table else 0
    return max([own, *(most_rows(part, table) for part in plan.get("Plans", ()))])


def test_twenty_thousand_contacts_cost_as_many_statements_as_twenty_and_no_more_rows(
    house: House, olga: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    execute = psycopg.Cursor.execute

    def counted(self: Any, statement: Any, *given: Any, **named: Any) -> Any:
        said.append(str(statement))
        return execute(self, statement, *given, **named)

    address = reverse("desk:customer", args=[house.anna.uuid])
    contacts(house, 20, house.olgas)
    olga.get(address)
    monkeypatch.setattr(psycopg.Cursor, "execute", counted)
    olga.get(address)
    few = len(said)
    contacts(house, 2_500, house.olgas)
    said.clear()
    page = olga.get(address).content.decode()
    assert 0 < len(said) <= few
    assert page.count('class="rb-log-when"') == PAGE and "1,000+" in page
    given = {
        "records": [record_of(house)], "customer": house.anna.pk, "at": NOW, "last": 0, "since": NOW - timedelta(900),
        "looks": PAGE + 1, "limit": PAGE + 1, "directions": ["in"], "channel": "", "system": "", "mine": None,
        "all": True, "teams": [], "people": [], "words": [],
    }  # fmt: skip
    with connection.cursor() as cur:
        cur.execute("ANALYZE cases_message")
        cur.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql.CUSTOMER_MESSAGES}", given)
        told = cur.fetchone()[0]
    plan = told if isinstance(told, list) else json.loads(told)
    assert most_rows(plan[0]["Plan"], "cases_message") <= 2 * PAGE


def test_paging_shows_each_contact_once_also_where_all_bear_one_moment(house: House) -> None:
    contacts(house, 150, house.olgas, together=True)
    seen: list[str] = []
    address, records = "", [record_of(house)]
    with connection.cursor() as cur:
        for _page in range(9):
            page = traces(cur, house.maria, house.anna.pk, records, wanted_in({"before": address}))
            seen += [trace.title for trace in page.found]
            address = page.older
            if not address:
                break
    told = [title for title in seen if title.startswith("Concern")]
    assert len(told) == 150 and len(set(told)) == 150


def test_words_are_found_however_far_back_and_the_page_says_how_far_it_looked(house: House) -> None:
    messages = contacts(house, LOOKS + 50, house.olgas)
    MessageContent.objects.filter(message=messages[-1]).update(text="about 100% cotton_bags")
    with connection.cursor() as cur:
        first = traces(cur, house.maria, house.anna.pk, [record_of(house)], wanted_in({"words": "100% COTTON_bags"}))
        assert not first.found and first.looked is not None and first.older
        given = {"words": "100% COTTON_bags", "before": first.older}
        second = traces(cur, house.maria, house.anna.pk, [record_of(house)], wanted_in(given))
    assert [trace.text for trace in second.found] == ["about 100% cotton_bags"] and second.looked is None


def test_the_timeline_is_filtered_by_kind_channel_system_and_mine(house: House) -> None:
    contacts(house, 2, house.olgas)
    contacts(house, 3, house.olgas, direction="out", person=house.olga.person)
    contacts(house, 4, house.olgas, channel="phone", system=System.objects.get(code="crm"))
    expected = {"kind=in": 6, "kind=out": 3, "channel=phone": 4, "system=crm": 4, "mine=1": 3, "kind=order": 0}
    with connection.cursor() as cur:
        for query, n in expected.items():
            key, _is, value = query.partition("=")
            page = traces(cur, house.olga, house.anna.pk, [record_of(house)], wanted_in({key: value}))
            assert len([one for one in page.found if one.title.startswith("Concern")]) == n, query


@pytest.mark.parametrize("text", ["", "x", "AAAA", "%00", "9" * 400, "MS4yLjM", "é", "LTEuLTEuLTE"])
def test_a_place_that_is_none_shows_the_first_page(text: str) -> None:
    found = read_place(text)
    assert found is None or read_place(write_place(found)) == found


def test_a_place_comes_back_as_it_was_written() -> None:
    place = Place(NOW.replace(microsecond=123_457), 4, 99)
    assert read_place(write_place(place)) == place


def test_hostile_filters_are_text(house: House, olga: Client) -> None:
    contacts(house, 1, house.olgas)
    for words in ("<script>alert(1)</script>", "\x00", "\u202eabc", "'; DROP TABLE cases_case; --", "w" * 10_000):
        for name, argument, key in (("customer", house.anna, "words"), ("case", house.olgas, "c-words")):
            answer = olga.get(reverse(f"desk:{name}", args=[argument.uuid]), {key: words, "c-system": words})
            assert answer.status_code == 200 and "<script>alert(1)" not in answer.content.decode()


def test_an_agent_notes_how_the_customer_wants_to_be_reached_and_takes_it_back(house: House, olga: Client) -> None:
    address = reverse("desk:customer-channel", args=[house.anna.uuid])
    case = reverse("desk:case", args=[house.olgas.uuid])
    answer = olga.post(address, {"channel": "phone", "next": case}, follow=True)
    assert answer.redirect_chain[-1][0] == case
    shown = answer.content.decode()
    assert "Best reached by" in shown and "noted by Olga" in shown
    assert (
        olga.post(address, {"channel": "", "next": "https://elsewhere.example/"})
        .headers["Location"]
        .startswith("/customers/")
    )
    assert "noted by Olga" not in olga.get(case).content.decode()
    wrong = olga.post(address, {"channel": "pigeon"}, follow=True)
    assert "Choose one of the channels" in wrong.content.decode()


def test_what_was_noted_follows_a_customer_who_is_merged(house: House, maria: Client) -> None:
    from rundblick.customers.merging import merge_customers

    set_preferred(house.bernd, "letter", house.lena.person)
    merge_customers(house.anna.pk, house.bernd.pk, house.lena.person.pk, "the same")
    assert "noted by Lena" in maria.get(reverse("desk:customer", args=[house.anna.uuid])).content.decode()
