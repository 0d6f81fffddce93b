"""The house of the gate's tests with life in it, for the browser: what people wrote there is all in ``WORDS``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rundblick.cases import work
from rundblick.cases.models import Case, MessageContent
from rundblick.core.models import Event, Installation, System
from rundblick.customers.merging import merge_customers
from rundblick.customers.models import (
    Assignment,
    Identifier,
    MatchEdge,
    MatchModel,
    MatchRun,
    Order,
    RecordVersion,
    ReviewItem,
)
from rundblick.customers.weighed.running import keep_model
from rundblick.intake.models import Outgoing
from rundblick.people.models import PersonContent
from tests.channels.letters import an_account
from tests.customers.town import learned
from tests.people.house import House, a_case, a_customer, a_house, a_kept_piece, a_letter, a_message

WORDS = """
Rundblick Muster GmbH Support Billing Repairs Ltd Olga Kurt Sven Lena Maria Anton Paul Nora Anna crm email mailbox
Case Parcel Where is my parcel Since Tuesday Kettle Kiel anna kunde example order delivered Hello Deutsch English
Mustermann Wien Feb Am um schrieb Zylinder EUR EN DE Hz zzzz mail broken cases Rundblick example de en lena rundblick
Re Muster Kundendienst service muster It comes tomorrow Mar Ida Rolf
"""


def _known_twice(house: House, now: datetime) -> None:
    """Bernd's record says that he is Anna under another name; Anna was merged with somebody."""
    bernds = Assignment.objects.get(customer=house.bernd, valid_to=None).record
    facts = {"first_name": "Anna", "last_name": "Mustermann", "city": "Kiel", "birth_date": "1980-02-29"}
    RecordVersion.objects.create(record=bernds, content_digest=b"2" * 16, seen_at=now, key="K-2", facts=facts)
    for record, value in (
        (Assignment.objects.get(customer=house.anna, valid_to=None).record, "4711"),
        (bernds, "4712"),
    ):
        Identifier.objects.create(
            record=record,
            kind="customer_no",
            issuer="crm",
            value=value,
            digest=value.encode().rjust(16),
            strength="strong",
        )
    a_case(house.support, house.bernd)
    third = a_customer()
    record = Assignment.objects.get(customer=third).record
    facts = {"first_name": "Anna", "last_name": "Muster", "city": "Wien"}
    RecordVersion.objects.create(record=record, content_digest=b"3" * 16, seen_at=now, key="K-3", facts=facts)
    merge_customers(house.anna.pk, third.pk, house.lena.person.pk, "Hello")


def _asked_about(house: House) -> None:
    """A model is in force; it weighed what is known of Anna, and asks whether Bernd's record is hers too."""
    model = keep_model(learned())
    MatchModel.objects.filter(pk=model.pk).update(in_force=True)
    event = Event.objects.create(kind="match.match", occurred_at=datetime.now(UTC), actor_type="machine")
    run = MatchRun.objects.create(kind=MatchRun.MATCH, event=event, model=model)
    one, other = sorted(
        Assignment.objects.filter(customer=house.anna, valid_to=None).values_list("record_id", flat=True)
    )
    bernds = Assignment.objects.get(customer=house.bernd, valid_to=None).record_id
    told = {"run": run, "model": model, "weight": 1.5, "rule": "weight"}
    MatchEdge.objects.create(a_id=one, b_id=other, decision="auto", **told)
    MatchEdge.objects.create(a_id=min(one, bernds), b_id=max(one, bernds), decision="review", **told)
    a, b = sorted((one, bernds))
    ReviewItem.objects.create(run=run, a_id=a, b_id=b, weight=1.5, why="numbers", value=1.0)


def an_office(password: str) -> House:
    """Olga's case has a conversation, a quotation and a hand-over; its customer is known; something is kept."""
    house = a_house()
    Installation.objects.update_or_create(pk=1, defaults={"salt": b"x" * 32, "company": "Muster GmbH"})
    for user in (house.olga, house.kurt, house.sven, house.lena, house.maria):
        PersonContent.objects.get_or_create(person=user.person, defaults={"name": user.name})
        user.set_password(password)
        user.language = "en"
        user.save()
    now = datetime.now(UTC)
    Case.objects.update(opened_at=now - timedelta(hours=5), last_at=now - timedelta(hours=1))
    Case.objects.filter(pk=house.supports.pk).update(opened_at=now - timedelta(days=2))
    quoted = "Where is my parcel?\n\nAm 1.3.2026 um 10:00 schrieb Support:\n> Since Tuesday\n"
    for text in (quoted, "Hello"):
        message = a_message(house.olgas, text)
        MessageContent.objects.filter(message=message).update(html=f"<p>{text}</p>", author="Anna Muster")
    record = Assignment.objects.filter(customer=house.anna, valid_to=None)[0].record
    facts = {"first_name": "Anna", "last_name": "Muster", "city": "Kiel", "birth_date": "1980-02-29", "language": "de"}
    RecordVersion.objects.create(record=record, content_digest=b"1" * 16, seen_at=now, key="K-1", facts=facts)
    Identifier.objects.create(
        record=record,
        kind="email",
        value="anna@kunde.example",
        digest=b"e" * 16,
        strength="strong",
        verified=True,
        seen_at=now,
    )
    _known_twice(house, now)
    _asked_about(house)
    Order.objects.create(
        system=System.objects.get(code="crm"),
        key_digest=b"o" * 16,
        key="4711",
        record=record,
        at=now - timedelta(days=3),
        amount_minor=4990,
        currency="EUR",
        article="Kettle",
        status="delivered",
        content_digest=b"o" * 16,
    )
    a_case(house.support, flagged=True)
    a_kept_piece(house.supports)
    work.add_note(house.olgas, "Hello", by=house.kurt.person)
    an_account(1)
    Outgoing.objects.filter(pk=a_letter(house.olgas).pk).update(fault="refused")
    return house
