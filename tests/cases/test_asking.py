"""The guard: a draft that asks for what is known gets the value, its source and its date; asking anyway is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rundblick.cases.asking import Repeated, asked_again, guard, guard_for, known_in_case
from rundblick.cases.models import Attachment, Case, Message, MessageContent
from rundblick.cases.work import person_of
from rundblick.core.database import cursor
from rundblick.core.models import Event, EventObject
from rundblick.customers.models import Assignment, Identifier, RecordVersion
from rundblick.people.models import User
from tests.people.house import AT, House, a_house, a_message

NOW = AT + timedelta(days=1)


@pytest.fixture
def house(db: None) -> House:
    return a_house()


def anna_is_known(house: House) -> None:
    """Two systems know her address, the CRM her birth date and number."""
    record = Assignment.objects.get(customer=house.anna, valid_to=None).record
    for days, street in ((3, "Am Hang 1"), (1, "Am Hang 2")):
        facts = {"street": street, "city": "Kiel", "postcode": "24103", "birth_date": "1980-02-29"}
        RecordVersion.objects.create(
            record=record, content_digest=street.encode(), seen_at=AT - timedelta(days=days), key="K-1", facts=facts
        )
    Identifier.objects.create(record=record, kind="customer_no", value="4711", digest=b"4711", strength="strong")


def guarded(case: Case, text: str, user: User | None = None) -> list[Repeated]:
    with cursor() as cur:
        return guard(cur, case, text, NOW) if user is None else guard_for(user, cur, case, text, NOW)


def test_each_known_fact_comes_with_its_values_the_newest_first(house: House) -> None:
    anna_is_known(house)
    text = "Hallo! Bitte nennen Sie uns Ihre Kundennummer und Ihre Anschrift. Haben Sie ein Foto?"
    number, address = guarded(house.olgas, text)
    assert (number.kind, [known.value for known in number.known], number.known[0].system) == (
        "customer_no", ["4711"], "crm",
    )  # fmt: skip
    assert [(known.value, known.seen_at) for known in address.known] == [
        ("Am Hang 2, 24103 Kiel", AT - timedelta(days=1)),
        ("Am Hang 1, 24103 Kiel", AT - timedelta(days=3)),
    ]
    assert text[address.start : address.end].strip() == "Bitte nennen Sie uns Ihre Kundennummer und Ihre Anschrift."


def test_what_is_not_known_may_be_asked_for(house: House) -> None:
    anna_is_known(house)
    assert guarded(house.olgas, "Bitte nennen Sie uns Ihre Seriennummer.") == []
    assert guarded(house.billings, "Wie lautet Ihre Kundennummer?") == []
    assert guarded(house.svens, "Wie lautet Ihre Kundennummer?") == []  # nobody knows who the customer is


def test_what_the_customer_wrote_in_the_case_is_known_and_what_we_wrote_is_not(house: House) -> None:
    message = a_message(house.svens)
    Message.objects.filter(pk=message.pk).update(direction="in", at=AT)
    MessageContent.objects.filter(message=message).update(text="Moin, meine Seriennummer: AB 1234567 danke")
    (found,) = guarded(house.svens, "Wie lautet die Seriennummer?")
    assert found.known[0].value == "Seriennummer: AB 1234567" and found.known[0].in_case
    Message.objects.filter(pk=message.pk).update(superseded=True)
    assert guarded(house.svens, "Wie lautet die Seriennummer?") == []


def test_a_picture_that_was_sent_is_a_photo(house: House) -> None:
    message = a_message(house.svens)
    Message.objects.filter(pk=message.pk).update(direction="in", at=AT)
    Attachment.objects.create(message=message, position=0, blob_id=1, media_type="image/jpeg", size=9)
    with cursor() as cur:
        assert set(known_in_case(cur, house.svens, ("photo", "serial_no"), NOW)) == {"photo"}
        assert known_in_case(cur, house.svens, ("photo",), AT) == {}  # not yet


def test_an_outside_firm_is_not_told_numbers_and_birth_dates(house: House) -> None:
    record = Assignment.objects.get(customer=house.clara, valid_to=None).record
    facts = {"street": "Am Hang 1", "city": "Kiel", "birth_date": "1980-02-29"}
    RecordVersion.objects.create(record=record, content_digest=b"c", seen_at=AT, key="K-2", facts=facts)
    Identifier.objects.create(record=record, kind="customer_no", value="4712", digest=b"4712", strength="strong")
    text = "Bitte nennen Sie uns Kundennummer, Geburtsdatum und Adresse."
    assert [one.kind for one in guarded(house.repair, text)] == ["customer_no", "birth_date", "address"]
    assert [one.kind for one in guarded(house.repair, text, house.paul)] == ["address"]
    assert len(guarded(house.repair, text, house.maria)) == 3


def test_asking_all_the_same_leaves_an_event_without_a_word_of_the_draft(house: House) -> None:
    olga = person_of(house.olga)
    event = asked_again(house.olgas, ("customer_no", "address"), olga)
    stored = Event.objects.get(pk=event.pk)
    assert (stored.kind, stored.actor_id, stored.data) == (
        "question.repeated", olga.pk, {"asked": ["customer_no", "address"]},
    )  # fmt: skip
    objects = EventObject.objects.filter(event=event).values_list("type", "object_id")
    assert set(objects) == {("case", house.olgas.pk), ("person", olga.pk)}
