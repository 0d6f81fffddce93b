"""Who is this? A person's facts are looked up among all records, and nothing is written."""

from __future__ import annotations

import pytest

from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.customers.models import MatchEdge, SourceRecord
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


# -- what was before -------------------------------------------------------------------------------------------------

OLD = {"street": "Nordring 5", "postcode": "24111", "city": "Kiel"}
NEW = {"street": "Hang 70", "postcode": "24159", "city": "Kiel"}
BERTA = {"first_name": "Berta", "last_name": "Zarnow"}
SAID = [
    ({**BERTA, **OLD}, {**BERTA, **NEW}, {**BERTA, **OLD}),  # moved, gives the address of before
    ({**BERTA, **OLD}, {**BERTA, **OLD, "last_name": "Dorn"}, {**BERTA, **OLD}),  # married, gives the maiden name
    ({**BERTA, **OLD}, {**BERTA, **NEW, "last_name": "Dorn"}, {**BERTA, **OLD}),  # both
    (  # the record knows the old only, and she says both
        {**BERTA, **OLD},
        {**BERTA, **OLD},
        {"first_name": "Berta", "last_name": "Dorn", "former_last_name": "Zarnow", **NEW}
        | {f"former_{name}": value for name, value in OLD.items()},
    ),
    (  # he lived at both, and neither is today's of both sides
        {**BERTA, **OLD},
        {**BERTA, **NEW},
        {**BERTA, "street": "Feldweg 3", "postcode": "80331", "city": "Ulm"}
        | {f"former_{name}": value for name, value in OLD.items()},
    ),
]


@pytest.mark.parametrize(("before", "now", "said"), SAID)
def test_who_says_what_was_before_is_found_with_the_weight_that_a_run_gives(
    before: dict[str, str], now: dict[str, str], said: dict[str, str]
) -> None:
    come(*town(40, seed=31)[0])
    (record,) = come(party("crm", "C900", **before))
    come(party("crm", "C900", **now), days=30)
    match(look(learned()))
    found = asked(**said)
    assert found.hits[0].customer == customer_of(record).pk
    assert sum(step.weight for step in found.hits[0].steps) == pytest.approx(found.hits[0].score)
    (other,) = come(party("shop", "S900", **said))  # the same, as a record of a system
    match(look(learned()))
    pair = sorted((record, other))
    (edge,) = MatchEdge.objects.filter(a_id=pair[0], b_id=pair[1], ended_by=None)
    assert edge.weight == pytest.approx(found.hits[0].score, abs=0.0005)  # edges are kept to three digits


def test_without_its_history_the_record_would_not_be_found() -> None:
    come(*town(40, seed=31)[0])
    come(party("crm", "C900", **BERTA, **NEW))
    match(look(learned()))
    now = asked(**BERTA, **OLD)
    come(party("crm", "C900", **BERTA, **OLD), days=-30)  # an older export tells where she was
    then = asked(**BERTA, **OLD)
    score = {hit.key: hit.score or 0.0 for hit in now.hits}.get("C900", 0.0)
    assert then.hits[0].key == "C900" and (then.hits[0].score or 0.0) > score + 5
