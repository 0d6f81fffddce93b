"""Customers, their identifiers and timeline, and search, over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rundblick.cases.models import Message
from rundblick.cases.search.keeping import keep_messages
from rundblick.cases.search.words import recount_all
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.models import System
from rundblick.customers.models import Assignment, Customer, Identifier, Order, RecordVersion, SourceRecord
from tests.people.house import AT, House, a_case, a_customer, a_message

from .callers import caller


def record_of(customer: Customer) -> SourceRecord:
    record: SourceRecord = Assignment.objects.get(customer=customer).record
    return record


def known_as(customer: Customer, kind: str, value: str, issuer: str = "") -> None:
    digest = Digests(bytes(installation().salt)).identifier(kind, issuer, value)
    Identifier.objects.create(
        record=record_of(customer), kind=kind, value=value, issuer=issuer, digest=digest, strength="strong"
    )


def told(customer: Customer, **facts: str) -> None:
    RecordVersion.objects.create(
        record=record_of(customer), content_digest=bytes(16), seen_at=AT, key="17", facts=facts
    )


def said(customer: Customer, message: Message) -> Message:
    """The message as the customer's own; its record was not known when it was written."""
    fields = {
        f.attname: getattr(message, f.attname) for f in Message._meta.concrete_fields if f.name not in ("id", "uuid")
    }
    identity = bytes(15) + message.identity[-1:] + b"x"
    return Message.objects.create(**{**fields, "record_id": record_of(customer).pk, "identity": identity[-16:]})


@pytest.fixture
def anna(house: House) -> Customer:
    told(house.anna, name="Anna Muster", city="Wien", email="anna@muster.example")
    known_as(house.anna, "email", "anna@muster.example")
    known_as(house.anna, "customer_no", "4711", "crm")
    return house.anna


def test_a_customer_shows_facts_with_source_and_date(house: House, anna: Customer) -> None:
    shown = caller(house.olga).get(f"/customers/{anna.number}").json()
    assert (shown["number"], shown["name"]) == (anna.number, "Anna Muster")
    city = next(fact for fact in shown["facts"] if fact["kind"] == "city")
    assert (city["value"], city["system"], city["seen_at"]) == ("Wien", "crm", "2026-03-02T09:00:00Z")
    assert shown["open_cases"] == 2  # one of them is Billing's


def test_an_old_number_leads_on_and_is_listed(house: House, anna: Customer) -> None:
    old = a_customer()
    old.merged_into = anna
    old.save()
    shown = caller(house.olga).get(f"/customers/{old.number}").json()
    assert (shown["number"], shown["former_numbers"]) == (anna.number, [old.number])


def test_the_strangers_customer_is_not_there(house: House) -> None:
    for path in ("", "/identifiers", "/timeline"):
        assert caller(house.olga).get(f"/customers/{house.bernd.uuid}{path}").status_code == 404


def test_a_partner_sees_an_address_and_neither_identifiers_nor_timeline(house: House) -> None:
    told(house.clara, name="Clara", street="Hauptplatz 1", email="clara@muster.example")
    paul, path = caller(house.paul), f"/customers/{house.clara.uuid}"
    assert {fact["kind"] for fact in paul.get(path).json()["facts"]} == {"name", "street"}
    for hidden in ("identifiers", "timeline"):
        assert paul.get(f"{path}/{hidden}").status_code == 403


def test_identifiers_name_their_system(house: House, anna: Customer) -> None:
    shown = caller(house.olga).get(f"/customers/{anna.uuid}/identifiers").json()
    assert {(i["kind"], i["value"], i["issuer"], i["system"]) for i in shown} == {
        ("email", "anna@muster.example", "", "crm"),
        ("customer_no", "4711", "crm", "crm"),
    }


def an_order(customer: Customer, days: int) -> Order:
    key = f"{customer.pk}-{days}"
    return Order.objects.create(
        system=System.objects.get(code="crm"),
        key=key,
        key_digest=key.encode().ljust(16),
        content_digest=bytes(16),
        record=record_of(customer),
        at=AT + timedelta(days=days),
        article="Kettle",
    )


def test_the_timeline_joins_all_systems_in_order_page_by_page(house: House, anna: Customer) -> None:
    for days in (-1, 0, 0, 2):
        if not Order.objects.filter(key=f"{anna.pk}-{days}").exists():
            an_order(anna, days)
    said(anna, a_message(house.olgas))
    olga = caller(house.olga)
    whole = olga.get(f"/customers/{anna.uuid}/timeline").json()
    kinds = [trace["kind"] for trace in whole["items"]]
    assert kinds == ["order", "message", "case", "case", "order", "order"]
    paged: list[Any] = []
    after: str | None = ""
    while after is not None:
        answer = olga.get(f"/customers/{anna.uuid}/timeline", limit=1, after=after).json()
        paged += answer["items"]
        after = answer["next"]
    assert paged == whole["items"]


@pytest.mark.parametrize("q", ["anna@muster.example", "ANNA@Muster.Example ", "4711", "47 11"])
def test_any_identifier_in_any_notation_leads_to_the_customer(house: House, anna: Customer, q: str) -> None:
    found = caller(house.olga).get("/search", q=q).json()
    assert [customer["number"] for customer in found["customers"]] == [anna.number]
    assert house.olgas.number in {case["number"] for case in found["cases"]}


def test_numbers_of_ours_lead_to_customer_and_case(house: House) -> None:
    olga = caller(house.olga)
    assert olga.get("/search", q=house.anna.number).json()["customers"][0]["number"] == house.anna.number
    assert [c["number"] for c in olga.get("/search", q=house.olgas.number).json()["cases"]] == [house.olgas.number]


def test_search_pages_counts_and_tells_what_it_did_not_understand(house: House) -> None:
    kept = [a_message(a_case(house.support), "Die Waschmaschine tropft").pk for _ in range(25)]
    with cursor() as cur:
        keep_messages(cur, kept)
    recount_all()
    olga = caller(house.olga)
    first = olga.get("/search", q="Waschmaschinen farbe:blau").json()
    assert first["remarks"] == ["“farbe:” is no operator; it was searched as a word."]
    first = olga.get("/search", q="Waschmaschinen").json()
    assert (first["count"], len(first["cases"])) == (25, 20)
    second = olga.get("/search", q="Waschmaschinen", after=first["next"]).json()
    assert (second["next"], len(second["cases"])) == (None, 5)
    assert len({case["number"] for case in first["cases"] + second["cases"]}) == 25
    assert olga.get("/search", q="Waschmaschinen", after="nonsense").status_code == 422


def test_search_finds_words_only_where_the_reader_may_look(house: House) -> None:
    kept = [a_message(case, "Die Waschmaschine tropft").pk for case in (house.olgas, house.billings)]
    with cursor() as cur:
        keep_messages(cur, kept)
    recount_all()
    for word in ("waschmaschine", "WASCHM", "tropft die"):
        assert [c["number"] for c in caller(house.olga).get("/search", q=word).json()["cases"]] == [house.olgas.number]
    for q in (house.billings.number, house.bernd.number):
        found = caller(house.olga).get("/search", q=q).json()
        assert (found["cases"], found["customers"], found["count"]) == ([], [], 0)


@pytest.mark.parametrize("q", ["'", "a & b | c", "\\", "%", "(((", "\x00x", "ß" * 200])
def test_no_search_text_breaks_the_search(house: House, q: str) -> None:
    assert caller(house.olga).get("/search", q=q).status_code == 200
