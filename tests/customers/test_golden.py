"""What is known of a customer, joined from what several systems say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.core.database import cursor
from rundblick.core.models import Event, System
from rundblick.core.numbers import customer_number
from rundblick.customers.golden import Saying, customer_names, golden_facts, name_in, survivor
from rundblick.customers.models import Assignment, Customer, Identifier, RecordVersion, SourceRecord

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def a_customer_known_to(**systems: dict[str, str]) -> Customer:
    """A customer with one record in each named system; later ones were seen later."""
    customer = Customer.objects.create(number=customer_number(4_000_001 + Customer.objects.count()))
    event = Event.objects.create(kind="customer.found", occurred_at=AT)
    for day, (code, facts) in enumerate(systems.items()):
        system, _ = System.objects.get_or_create(code=code)
        digest = f"{customer.pk}-{code}".encode()
        record = SourceRecord.objects.create(system=system, key_digest=digest)
        Assignment.objects.create(record=record, customer=customer, event=event)
        seen = AT + timedelta(days=day)
        RecordVersion.objects.create(record=record, content_digest=digest, seen_at=seen, key=f"{code}-key", facts=facts)
    return customer


def facts_of(customer: Customer) -> dict[str, tuple[str, str]]:
    with cursor() as cur:
        return {fact.kind: (fact.value, fact.system) for fact in golden_facts(cur, customer.pk)}


def name_of(customer: Customer, **options: bool) -> str:
    with cursor() as cur:
        return customer_names(cur, [customer.pk], **options).get(customer.pk, "")


def test_the_newest_that_says_something_counts_with_its_source() -> None:
    customer = a_customer_known_to(
        crm={"city": "Kiel", "street": "Am Hang 1"}, shop={"city": "Lübeck", "street": ""}, billing={"city": ""}
    )
    assert facts_of(customer) == {"city": ("Lübeck", "shop"), "street": ("Am Hang 1", "crm")}


def test_what_says_the_same_in_capitals_gives_way() -> None:
    customer = a_customer_known_to(crm={"city": "Kiel", "postcode": "24103"}, billing={"city": "KIEL"})
    assert facts_of(customer)["city"] == ("Kiel", "crm")
    moved = a_customer_known_to(crm={"city": "Kiel"}, billing={"city": "BERLIN"})
    assert facts_of(moved)["city"] == ("BERLIN", "billing")


def test_a_name_in_its_parts_is_preferred_to_one_in_capitals_however_new() -> None:
    customer = a_customer_known_to(
        crm={"first_name": "Małgorzata", "last_name": "Wiśniewski"}, billing={"name": "WISNIEWSKI, MALGORZATA"}
    )
    assert name_of(customer) == "Małgorzata Wiśniewski"


def test_who_has_no_name_is_called_by_his_address_where_that_may_be_shown() -> None:
    customer = a_customer_known_to(crm={}, email={})
    assert name_of(customer) == "email-key"
    assert name_of(customer, with_addresses=False) == ""


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"first_name": "Anna", "last_name": "Muster", "company": "Muster GmbH"}, "Anna Muster"),
        ({"last_name": "Muster"}, "Muster"),
        ({"name": "Muster, Anna"}, "Muster, Anna"),
        ({"company": "Muster GmbH"}, "Muster GmbH"),
        ({}, ""),
    ],
)
def test_a_name_is_found_however_it_is_cut_up(facts: dict[str, str], name: str) -> None:
    assert name_in(facts) == name


# -- which value survives --------------------------------------------------------------------------------------------


def said(value: str, record: int = 1, day: int = 0, code: str = "crm", **how: bool) -> Saying:
    return Saying(value, record, code, code, AT + timedelta(days=day, minutes=record), **how)


@pytest.mark.parametrize(
    ("sayings", "value", "rule"),
    [
        ([said("Kiel")], "Kiel", "only"),
        ([said("Kiel", 1), said("kiel ", 2)], "kiel ", "only"),
        ([said("a@x.example", 1, 0, verified=True), said("b@x.example", 2, 9)], "a@x.example", "verified"),
        ([said("Kiel", 1, 0), said("Bonn", 2, 1)], "Bonn", "newest"),
        ([said("Kiel", 1), said("Bonn", 2), said("Kiel", 3)], "Kiel", "most_frequent"),
        ([said("Bonn", 2, code="email"), said("Kiel", 1, code="crm")], "Kiel", "source"),
        ([said("Kiel", 1, code="crm"), said("Bonn", 2, code="shop")], "Bonn", "source"),
        ([said("Kiel", 1), said("Bonn", 2)], "Bonn", "newest"),
        ([said("Kiel", 7), said("Bonn", 7)], "Kiel", "equal"),
        # a record's own word of yesterday is no rival of its word of today, however often it is repeated elsewhere
        ([said("Kiel", 1, 0, newest=False), said("Bonn", 1, 1)], "Bonn", "newest"),
        ([said("Kiel", 1, 0, newest=False, verified=True), said("Bonn", 1, 1)], "Bonn", "newest"),
    ],
)
def test_which_value_survives_and_why(sayings: list[Saying], value: str, rule: str) -> None:
    fact = survivor("city", sayings, {"shop": 0})
    assert (fact.value, fact.rule) == (value, rule)
    assert len(fact.others) == len({s.value.casefold().strip() for s in sayings}) - 1


@given(
    st.lists(
        st.builds(
            said,
            st.sampled_from(["Kiel", "KIEL", "Bonn", "Bern"]),
            st.integers(1, 4),
            st.integers(0, 3),
            st.sampled_from(["crm", "shop", "email"]),
            newest=st.booleans(),
            verified=st.booleans(),
        ),
        min_size=1,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_it_was_told_changes_nothing(sayings: list[Saying], chance: object) -> None:
    mixed = list(sayings)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert survivor("city", mixed) == survivor("city", sayings)


def test_a_confirmed_address_counts_before_a_newer_one() -> None:
    customer = a_customer_known_to(crm={"email": "Anna@Kunde.example"}, shop={"email": "neu@kunde.example"})
    record = Assignment.objects.filter(customer=customer).order_by("id")[0].record
    Identifier.objects.create(
        record=record, kind="email", value="anna@kunde.example", digest=b"1", strength="strong", verified=True
    )
    with cursor() as cur:
        (fact,) = golden_facts(cur, customer.pk)
    assert (fact.value, fact.rule, fact.verified) == ("Anna@Kunde.example", "verified", True)
    assert [(one.value, one.system, one.records) for one in fact.others] == [("neu@kunde.example", "shop", 1)]
