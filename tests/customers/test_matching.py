"""Weighed matching as a whole: who is one customer, in any order, explained, under all rules."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rundblick.core.message import Party
from rundblick.customers.matching import (
    BadModel,
    Constraints,
    Engine,
    explain,
    from_json,
    resolve,
    to_json,
    train,
)
from rundblick.customers.matching.blocking import Plan, candidate_pairs, key_kinds, keys_of
from rundblick.customers.matching.grouping import against_rivals, bounded_components, merge
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.table import Table
from tests.customers.town import customer_no, landline, learned, mail, mobile, pairwise, party, town


def customers(parties: list[Party], clusters: list[list[int]]) -> set[frozenset[tuple[str, str]]]:
    return {frozenset((parties[i].system, parties[i].key) for i in part) for part in clusters}


def joined(*parties: Party) -> bool:
    return len(resolve(list(parties), learned()).clusters) == 1


BERTA = {"first_name": "Berta", "last_name": "Zarnow", "street": "Nordring 5", "postcode": "24111", "city": "Kiel"}


def test_people_of_a_town_are_found_again() -> None:
    parties, truth = town(900, seed=2)
    precision, recall = pairwise(resolve(parties).clusters, truth)
    assert precision > 0.985
    assert recall > 0.9


def test_every_party_is_in_one_customer_exactly() -> None:
    parties, _ = town(120, seed=3)
    found = sorted(i for part in resolve(parties, learned()).clusters for i in part)
    assert found == list(range(len(parties)))


def test_nothing_and_one_party_resolve_too() -> None:
    assert resolve([]).clusters == []
    assert resolve([party("crm", "1", last_name="Dorn")]).clusters == [[0]]


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60))
def test_any_order_and_any_batches_end_in_the_same_customers(seed: int, batch: int) -> None:
    parties, _ = town(35, seed=4)
    whole = customers(parties, resolve(parties, learned()).clusters)
    mixed = list(parties)
    random.Random(seed).shuffle(mixed)
    assert customers(mixed, resolve(mixed, learned()).clusters) == whole
    engine = Engine(learned())
    for start in range(0, len(mixed), batch):
        engine.extend(mixed[start : start + batch])
    assert customers(mixed, engine.clusters()) == whole


def test_a_value_that_became_over_used_joins_nobody_whenever_it_did() -> None:
    crowd = [party("crm", str(i), birth_date="1980-02-03", first_name="Ida", last_name=f"X{i:03d}") for i in range(80)]
    engine = Engine(learned())
    for one in crowd:
        engine.add(one)
    assert customers(crowd, engine.clusters()) == customers(crowd, resolve(crowd, learned()).clusters)


def test_the_keys_of_one_record_are_those_of_the_table() -> None:
    parties, _ = town(30, seed=5)
    parties += [
        party("crm", f"f{i}", first_name="Ida", last_name="Dorn", occupation="Kontor" if i else "", club="Nord")
        for i in range(2)
    ]
    persons = [person_of(one) for one in parties]
    plan = Plan(("club",), {"P": 0, "Xf": 7})
    table = Table(("club", "occupation"))
    table.add(persons)
    kinds = list(key_kinds(table, plan))
    assert len(kinds) == 15 + 8 - 1 + 3 + 2
    for row, person in enumerate(persons):
        whole = [(int(column[row]), keys.most, keys.coarse) for keys in kinds for column in keys.columns if column[row]]
        assert keys_of(person, table.facts, plan) == whole


@pytest.mark.parametrize(("sharing", "pairs"), [(60, 60 * 59 // 2), (61, 0)])
def test_a_key_that_too_many_records_have_finds_nobody(sharing: int, pairs: int) -> None:
    table = Table()
    table.add([person_of(party("crm", str(i), mail("info@muster.example"))) for i in range(sharing)])
    assert len(candidate_pairs(table, Plan())) == pairs


# --- what no weight overrides


def test_a_couple_with_one_address_landline_and_mail_address_stays_two() -> None:
    shared = (landline("+4943100001"), mail("familie.zarnow@post.example"))
    assert not joined(
        party("crm", "1", *shared, **BERTA), party("shop", "2", *shared, **{**BERTA, "first_name": "Bruno"})
    )


def test_father_and_son_of_one_name_stay_two() -> None:
    father = party("crm", "1", landline("+4943100001"), **BERTA, birth_date="1941-05-06")
    assert not joined(father, party("shop", "2", landline("+4943100001"), **BERTA, birth_date="1968-11-23"))


def test_the_same_woman_in_two_systems_is_one() -> None:
    facts = {**BERTA, "birth_date": "1968-11-23"}
    assert joined(
        party("crm", "1", mobile("+49150012345"), **facts), party("shop", "2", mobile("+49150012345"), **facts)
    )


def test_a_number_in_common_joins() -> None:
    a = party("crm", "1", customer_no("4711", "crm"), last_name="Zarnow")
    assert joined(a, party("shop", "2", customer_no("4711", "crm"), first_name="Berta", last_name="Zarnow"))


def test_the_partners_card_does_not_join() -> None:
    a = party("crm", "1", customer_no("4711", "crm"), **BERTA, birth_date="1941-05-06")
    b = party("shop", "2", customer_no("4711", "crm"), **{**BERTA, "first_name": "Bruno"}, birth_date="1943-01-02")
    found = resolve([a, b], learned())
    assert len(found.clusters) == 2
    assert [edge.decision for edge in found.edges] == ["review"]


def test_two_numbers_of_a_system_that_gives_one_to_a_person_go_to_review() -> None:
    facts = {**BERTA, "birth_date": "1968-11-23"}
    a = party("crm", "1", customer_no("1", "crm"), mail("b77@post.example"), **facts)
    b = party("crm", "2", customer_no("2", "crm"), mail("b77@post.example"), **facts)
    model = learned()
    assert len(resolve([a, b], model).clusters) == 1
    exclusive = from_json(to_json(model).replace(b'"exclusive":[]', b'"exclusive":["crm"]'))
    found = resolve([a, b], exclusive)
    assert len(found.clusters) == 2
    assert [(edge.rule, edge.decision) for edge in found.edges] == [("two_numbers", "review")]


def test_a_persons_decision_stands_above_rule_and_weight() -> None:
    facts = {**BERTA, "birth_date": "1968-11-23"}
    one, other = party("crm", "1", **facts), party("shop", "2", **facts)
    stranger = party("crm", "3", first_name="Udo", last_name="Quast")
    apart = Constraints(apart=((("crm", "1"), ("shop", "2")),))
    together = Constraints(together=((("crm", "3"), ("crm", "1")),))
    assert customers([one, other], resolve([one, other], learned(), apart).clusters) == {
        frozenset({("crm", "1")}),
        frozenset({("shop", "2")}),
    }
    assert len(resolve([one, other, stranger], learned(), together).clusters) == 1
    engine = Engine(learned(), apart)
    engine.extend([one, other])
    assert len(engine.clusters()) == 2


def test_a_forged_sender_never_makes_two_customers_one() -> None:
    scores = np.array([[0.0, 9.0, 2.0], [9.0, 0.0, 9.0], [2.0, 9.0, 0.0]])
    nothing = np.zeros((3, 3), np.bool_)
    assert merge(scores, nothing, [], 3.0) == [[0, 1, 2]]
    forged = np.array([True, False, True])
    assert sorted(map(len, merge(scores, nothing, [], 3.0, forged))) == [1, 2]
    assert sorted(map(len, merge(scores, nothing, [(0, 1), (1, 2)], 3.0, forged))) == [1, 2]


def test_a_mail_contact_goes_to_its_customer_and_joins_no_two() -> None:
    verified = mail("zarnow77@post.example", verified=True)
    berta = party("crm", "1", verified, **BERTA)
    contact = party("email", "zarnow77@post.example", verified)
    assert joined(berta, contact)
    bruno = party("shop", "2", mail("bruno@post.example"), first_name="Bruno", last_name="Quast")
    assert len(resolve([berta, contact, bruno], learned()).clusters) == 2


def test_a_record_that_may_be_fathers_or_sons_is_nobodys() -> None:
    scores = np.array([[0.0, 5.0, 5.0], [5.0, 0.0, -20.0], [5.0, -20.0, 0.0]])
    two = scores < -10
    assert against_rivals(scores, two)[0, 1] == pytest.approx(5 - np.log2(1 + 2**5))
    assert merge(scores, two, [], 3.0) == [[0], [1], [2]]
    assert merge(scores + np.diag([0, 0, 0]), np.zeros((3, 3), np.bool_), [], 3.0)[0][:2] == [0, 1]


def test_a_pair_that_a_rule_holds_back_is_no_reason_to_join() -> None:
    scores = np.array([[0.0, 9.0], [9.0, 0.0]])
    nothing = np.zeros((2, 2), np.bool_)
    held = scores > 0
    assert merge(scores, nothing, [], 3.0) == [[0, 1]]
    assert merge(scores, nothing, [], 3.0, held=held) == [[0], [1]]
    assert merge(scores, nothing, [(0, 1)], 3.0, held=held) == [[0, 1]]  # a number in common is one
    # somebody else's pair is one too: the one held back counts in the mean
    three = np.array([[0.0, 9.0, 9.0], [9.0, 0.0, 9.0], [9.0, 9.0, 0.0]])
    only = np.zeros((3, 3), np.bool_)
    only[0, 1] = only[1, 0] = True
    assert merge(three, np.zeros((3, 3), np.bool_), [], 3.0, held=only) == [[0, 1, 2]]


def test_a_chain_of_too_many_records_falls_apart_at_its_weakest_pairs() -> None:
    a = np.arange(9)
    weight = np.array([9.0, 9, 9, 4, 9, 9, 9, 9, 9])
    records, labels = bounded_components(10, a, a + 1, weight, largest=6)
    assert [records[labels == label].tolist() for label in dict.fromkeys(labels.tolist())] == [
        [0, 1, 2, 3],
        [4, 5, 6, 7, 8, 9],
    ]
    assert len(bounded_components(10, a, a + 1, np.full(9, 5.0), largest=6)[0]) == 0  # all alike: nobody joins


def test_constraints_hold_in_any_order_of_the_records() -> None:
    facts = {**BERTA, "birth_date": "1968-11-23"}
    three = [party("crm", "1", **facts), party("shop", "2", **facts), party("billing", "3", **facts)]
    apart = Constraints(apart=((("crm", "1"), ("shop", "2")),))
    found = {frozenset(customers(mixed, resolve(mixed, learned(), apart).clusters)) for mixed in (three, three[::-1])}
    assert len(found) == 1
    assert all(not {("crm", "1"), ("shop", "2")} <= part for part in found.pop())


# --- explained, kept, bad input


def test_the_weights_of_an_explanation_add_up_to_the_score() -> None:
    parties, _ = town(80, seed=7)
    found = resolve(parties, learned())
    assert len(found.edges) > 50
    for edge in found.edges:
        said = explain(found.model, parties[edge.a], parties[edge.b])
        assert said.score == pytest.approx(edge.weight)
        assert sum(row.weight for row in said.rows) == pytest.approx(said.score)
        assert said.model == found.model.version


def test_an_explanation_shows_what_was_written_and_how_alike_it_is() -> None:
    said = explain(learned(), party("crm", "1", **BERTA), party("shop", "2", **{**BERTA, "first_name": "Brta"}))
    row = next(row for row in said.rows if row.field == "first_name")
    assert (row.value_a, row.value_b, row.level) == ("Berta", "Brta", "slip")
    assert said.against == "household"


def test_a_model_survives_its_file() -> None:
    model = learned()
    assert from_json(to_json(model)) == model
    assert from_json(to_json(model)).version == model.version
    assert train(town(900)[0]).version == model.version  # the same parties give the same model


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"\xff", b'{"facts": 1}'])
def test_what_is_no_model_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(BadModel, match=r"\w"):
        from_json(data)


def test_a_placeholder_date_is_learned_and_read_as_unknown() -> None:
    parties, _ = town(300, seed=8)
    filled = [
        Party(one.system, one.key, one.identifiers, {**one.facts, "birth_date": "1970-01-01"}) if i % 6 == 0 else one
        for i, one in enumerate(parties)
    ]
    assert train(filled).over_used_dates == ("19700101",)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["name", "first_name", "last_name", "street", "city", "birth_date"]), st.text()
        ),
        max_size=8,
    )
)
def test_any_junk_resolves(facts: list[dict[str, str]]) -> None:
    parties = [Party("junk", str(i), (), one) for i, one in enumerate(facts)]
    assert sorted(i for part in resolve(parties, learned()).clusters for i in part) == list(range(len(parties)))
    assert len(resolve(parties).clusters) <= len(parties)
