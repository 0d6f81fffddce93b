"""Who is this? A person's facts are looked up among all records, and nothing is written."""

from __future__ import annotations

import pytest

from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.customers.models import SourceRecord
from rundblick.customers.weighed.looking import LookedUp, asked_for, who_is
from rundblick.customers.weighed.running import look, match
from tests.customers.known import come, customer_of
from tests.customers.town import landline, learned, mail, mobile, party, town

pytestmark = pytest.mark.django_db
HOME = {"last_name": "Zarnow", "street": "Nordring 5", "postcode": "24111", "city": "Kiel"}


def asked(**told: str) -> LookedUp:
    with cursor() as cur:
        return who_is(cur, Digests(bytes(installation().salt)), asked_for(told))


@pytest.fixture
def people() -> list[int]:
    come(*town(40, seed=31)[0])
    line = landline("+4943100001")
    records = come(
        party("crm", "1", line, mobile("+491500000001"), first_name="Georg", birth_date="1948-05-06", **HOME),
        party("shop", "S2", line, first_name="Georg", birth_date="1975-08-19", **HOME),
        party("shop", "S3", mail("berta@post.example", verified=True), first_name="Berta", **HOME),
    )
    match(look(learned()))
    return records


def test_a_name_and_a_birth_date_lead_to_the_customer_with_a_waterfall_that_adds_up(people: list[int]) -> None:
    found = asked(
        first_name="Georg", last_name="Zarnow", birth_date="1948-05-06", street="Nordring 5", postcode="24111"
    )
    assert (found.decision, found.hits[0].customer) == ("same", customer_of(people[0]).pk)
    assert sum(step.weight for step in found.hits[0].steps) == pytest.approx(found.hits[0].score)
    assert found.model == learned().version


def test_father_or_son_is_unsure_and_both_are_named(people: list[int]) -> None:
    found = asked(first_name="Georg", last_name="Zarnow", street="Nordring 5", postcode="24111", city="Kiel")
    assert found.decision == "unsure"
    both = {customer_of(people[0]).pk, customer_of(people[1]).pk}
    assert {hit.customer for hit in found.hits} >= both
    assert all(hit.probability is None or hit.probability < 0.9 for hit in found.hits)


def test_a_number_of_ours_and_a_verified_address_lead_there_by_themselves(people: list[int]) -> None:
    ours = customer_of(people[0])
    assert [hit.customer for hit in asked(customer_no=ours.number).hits] == [ours.pk]
    by_mail = asked(email="Berta@Post.example")
    assert (by_mail.decision, by_mail.hits[0].rule) == ("same", "same_number")
    by_system = asked(customer_no="S2", system="shop")
    assert by_system.hits[0].customer == customer_of(people[1]).pk


def test_who_is_nobody_is_new_and_nothing_is_written(people: list[int]) -> None:
    before = SourceRecord.objects.count()
    assert asked(first_name="Xaver", last_name="Quittenbaum", birth_date="1990-01-01").decision == "new"
    assert asked() == LookedUp("new", (), learned().version)
    assert SourceRecord.objects.count() == before


def test_without_a_model_in_force_only_identifiers_lead_to_somebody() -> None:
    (record,) = come(party("shop", "S3", mail("berta@post.example", verified=True), first_name="Berta", **HOME))
    assert asked(first_name="Berta", **HOME).decision == "new"
    found = asked(email="berta@post.example")
    assert (found.decision, found.hits[0].score, found.model) == ("same", None, "")
    assert found.hits[0].customer == customer_of(record).pk
