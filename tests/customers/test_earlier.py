"""What records said before (addresses, last names) finds people who moved or married, and counts once."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rundblick.core.database import cursor
from rundblick.core.message import Party
from rundblick.customers.matching import Engine, explain, resolve, train
from rundblick.customers.matching.blocking import Plan, candidate_pairs, key_kinds, keys_of, still_pairs
from rundblick.customers.matching.comparing import BASE, compare
from rundblick.customers.matching.earlier import with_earlier
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.table import Table
from rundblick.customers.weighed.parties import some_parties
from rundblick.customers.weighed.running import look, match
from tests.customers.known import come, customer_of, wrong
from tests.customers.town import landline, learned, party, town
from tests.intake.builders import START

BERTA = {"first_name": "Berta", "last_name": "Zarnow", "birth_date": "1971-03-04"}
OLD = {"street": "Nordring 5", "postcode": "24111", "city": "Kiel"}
NEW = {"street": "Hang 70", "postcode": "24159", "city": "Kiel"}
FORMER = {f"former_{name}": value for name, value in OLD.items()}


def levels(*parties: Party) -> dict[str, str]:
    """How alike the first two are, field by field."""
    table = Table()
    table.add([person_of(one) for one in parties])
    known = np.zeros(len(table.names), np.bool_)
    found = compare(table, np.array([0]), np.array([1]), known)[:, 0]
    return {field.name: field.levels[level] for field, level in zip(BASE, found, strict=False)}


# -- what counts as former -------------------------------------------------------------------------------------------


def test_versions_become_former_values_the_newest_first_and_each_once() -> None:
    now = BERTA | NEW
    told = with_earlier(now, [(BERTA | NEW, "2025-02-01"), (BERTA | OLD, "2024-05-01"), (BERTA | OLD, "2023-01-01")])
    assert told == now | FORMER | {"former_until": "2024-05-01"}


def test_at_most_two_of_a_kind_are_kept_and_what_the_record_itself_calls_former_comes_first() -> None:
    versions = [(BERTA | {"street": f"Weg {n}", "last_name": f"Name{n}"}, "") for n in range(9)]
    told = with_earlier(BERTA | NEW | FORMER, versions)
    assert (told["former_street"], told["former_street_2"]) == ("Nordring 5", "Weg 0")
    assert (told["former_last_name"], told["former_last_name_2"]) == ("Name0", "Name1")
    assert not any(name.endswith("_3") for name in told)


def test_an_account_that_went_to_somebody_else_keeps_nothing_of_him() -> None:
    assert with_earlier(BERTA | NEW, [({**BERTA, **OLD, "first_name": "Udo"}, "")]) == BERTA | NEW


def test_an_address_in_another_spelling_is_no_former_one() -> None:
    person = person_of(party("crm", "1", **BERTA, **OLD, former_street="NORDRING 5", former_postcode="24111"))
    assert person.former_places == ()


# -- how it is compared ----------------------------------------------------------------------------------------------


def test_a_former_address_agrees_as_a_whole_and_never_with_pieces_of_two() -> None:
    moved = party("crm", "1", **BERTA, **NEW, **FORMER)
    assert levels(moved, party("shop", "2", **BERTA, **OLD))["street"] == "equal"
    mixed = party("shop", "3", **BERTA, **(OLD | {"postcode": "24159"}))
    found = levels(moved, mixed)
    assert (found["street"], found["postcode"]) == ("equal", "near")


def test_a_former_value_that_does_not_agree_says_nothing() -> None:
    elsewhere = party("shop", "2", **BERTA, street="Feldweg 1", postcode="99999", city="Ulm")
    assert levels(party("crm", "1", **BERTA, **NEW, **FORMER), elsewhere) == levels(
        party("crm", "1", **BERTA, **NEW), elsewhere
    )


def test_the_order_of_two_records_does_not_matter() -> None:
    a = party("crm", "1", **BERTA, **NEW, **FORMER, former_last_name="Dorn")
    b = party("shop", "2", **{**BERTA, "last_name": "Dorn"}, **OLD)
    assert levels(a, b) == levels(b, a)
    assert levels(a, b)["last_name"] == "equal"


def test_who_moved_is_found_by_the_old_address_and_the_explanation_shows_it() -> None:
    moved = party("crm", "1", **{**BERTA, "birth_date": ""}, **NEW, **FORMER, former_until="2024-05-01")
    old = party("shop", "2", **{**BERTA, "birth_date": ""}, **OLD)
    assert len(resolve([moved, old], learned()).clusters) == 1
    assert (
        len(resolve([party("crm", "1", first_name="Berta", last_name="Zarnow", **NEW), old], learned()).clusters) == 2
    )
    said = explain(learned(), moved, old)
    street = next(row for row in said.rows if row.field == "street")
    assert (street.value_a, street.value_b, street.level) == ("Nordring 5 (– 2024-05-01)", "Nordring 5", "equal")
    assert sum(row.weight for row in said.rows) == pytest.approx(said.score)
    assert said.against == "household"


def test_whoever_left_a_household_is_not_the_one_who_stayed() -> None:
    daughter = party("crm", "1", landline("+4943100001"), **BERTA, **NEW, **FORMER)
    mother = party("shop", "2", landline("+4943100001"), **OLD, first_name="Marta", last_name="Zarnow")
    assert len(resolve([daughter, mother], learned()).clusters) == 2


def test_the_next_tenant_is_a_stranger() -> None:
    moved = party("crm", "1", **BERTA, **NEW, **FORMER)
    tenant = party("shop", "2", first_name="Udo", last_name="Quast", **OLD)
    assert explain(learned(), moved, tenant).decision == "new"


# -- the engine ------------------------------------------------------------------------------------------------------


def movers(people: int, seed: int) -> list[Party]:
    """A town in which every third record knows an earlier address or last name, that of some other record at random."""
    parties, _ = town(people, seed=seed)
    chance = random.Random(seed)
    found = []
    for one in parties:
        facts = dict(one.facts)
        for suffix in ("", "_2"):
            if chance.random() < 0.3:
                other = chance.choice(parties).facts
                for name in ("street", "postcode", "city"):
                    if name in other:
                        facts[f"former_{name}{suffix}"] = other[name]
            if chance.random() < 0.2:
                facts[f"former_last_name{suffix}"] = chance.choice(parties).facts["last_name"]
        found.append(Party(one.system, one.key, one.identifiers, facts))
    return found


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60))
def test_any_order_and_any_batches_end_in_the_same_customers(seed: int, batch: int) -> None:
    parties = movers(30, 4)

    def customers(of: list[Party], clusters: list[list[int]]) -> set[frozenset[tuple[str, str]]]:
        return {frozenset((of[i].system, of[i].key) for i in part) for part in clusters}

    whole = customers(parties, resolve(parties, learned()).clusters)
    mixed = list(parties)
    random.Random(seed).shuffle(mixed)
    assert customers(mixed, resolve(mixed, learned()).clusters) == whole
    engine = Engine(learned())
    for start in range(0, len(mixed), batch):
        engine.extend(mixed[start : start + batch])
    assert customers(mixed, engine.clusters()) == whole


def test_the_keys_of_one_record_are_those_of_the_table() -> None:
    table, plan = Table(), Plan()
    persons = [person_of(one) for one in movers(30, 5)]
    for person in persons:
        table.add([person])
    for row, person in enumerate(persons):
        single = sorted(key for key, _, _ in keys_of(person, (), plan))
        whole = [int(column[row]) for keys in key_kinds(table, plan) for column in keys.columns if column[row]]
        assert single == sorted(whole)
    codes = candidate_pairs(table, plan)
    assert len(codes) and still_pairs(table, plan, codes >> 32, codes & 0xFFFFFFFF).all()


def test_a_town_where_nobody_moved_costs_and_changes_nothing() -> None:
    table = Table()
    table.add([person_of(one) for one in town(30, seed=5)[0]])
    assert table.formers == 0 and not any("@" in column for column in table.columns)


def test_weights_are_learned_from_former_values_too() -> None:
    model = train(movers(400, 6))
    assert {field.name for field in model.fields} >= {"street", "last_name"}
    assert not any(name.startswith("former") for name in model.facts)


# -- the database ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_record_that_moved_is_matched_with_the_shop_account_of_the_old_address() -> None:
    plain: dict[str, Any] = {**BERTA, "birth_date": ""}
    (record,) = come(party("crm", "1", **plain, **OLD))
    come(party("crm", "1", **plain, **NEW), days=30)
    (shop,) = come(party("shop", "S2", **plain, **OLD))
    with cursor() as cur:
        (told,) = some_parties(cur, [record]).parties
    assert told.facts["street"] == "Hang 70" and told.facts["former_street"] == "Nordring 5"
    assert told.facts["former_until"] == (START + timedelta(days=30)).date().isoformat()
    match(look(learned()))
    assert customer_of(record) == customer_of(shop)
    assert wrong() == []
