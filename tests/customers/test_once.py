"""Everybody decided at once, for a database that is dropped: the same customers as by a run, and nothing beside."""

from __future__ import annotations

import pytest
from django.db import transaction

from rundblick.customers.clusters import Constraints
from rundblick.customers.matching import Model
from rundblick.customers.merging import keep_apart, merge_customers
from rundblick.customers.models import MatchEdge, MatchRun
from rundblick.customers.weighed.edges import prepare, said_of
from rundblick.customers.weighed.once import decide_once
from rundblick.customers.weighed.running import Seen, everybody, match, weigh_all
from tests.customers.known import come, customer_of, partition, writes, wrong
from tests.customers.test_weighed import berta, one
from tests.customers.town import customer_no, landline, learned, mail, town

pytestmark = pytest.mark.django_db


def once(model: Model | None) -> int:
    known, constraints, _, _ = everybody()
    used, said = weigh_all(known, constraints, model)[:2]
    return decide_once(known, constraints, used, said)


def by_a_run(model: Model | None) -> object:
    """The customers that a run makes; taken back."""
    with transaction.atomic():
        known, constraints, _, since = everybody()
        used, said = weigh_all(known, constraints, model)[:2]
        match(Seen(known, constraints, used, said.wanted(known.ids), since), live=False)
        found = partition()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("seed", [11, 12])
def test_the_customers_are_those_of_a_run_with_the_same_model(seed: int) -> None:
    come(*town(90, seed=seed)[0])
    expected = by_a_run(learned())
    assert once(learned()) > 0
    assert partition() == expected
    assert not MatchEdge.objects.exists() and not MatchRun.objects.exists()


def test_what_is_learned_here_decides_alike_on_both_ways() -> None:
    come(*town(250, seed=13)[0])
    expected = by_a_run(None)
    once(None)
    assert partition() == expected


def test_decisions_of_people_and_couples_are_kept_as_by_a_run() -> None:
    shared = (landline("+4943100001"), mail("familie.zarnow@post.example", verified=True))
    records = come(
        berta("crm", "1", *shared, customer_no("1", "crm")),
        berta("shop", "S2", *shared, first_name="Bruno", birth_date="1969-07-08"),
        berta("till", "T3"),
        berta("desk", "D4"),
        berta("fair", "F5", birth_date="", street=""),
    )
    with transaction.atomic():
        keep_apart(customer_of(records[2]).pk, customer_of(records[3]).pk, None, "two")
        merge_customers(customer_of(records[2]).pk, customer_of(records[4]).pk, None, "one")
    writes("berta.zarnow@post.example")
    expected = by_a_run(learned())
    once(learned())
    assert partition() == expected
    assert one(records[2], records[4]) and not one(records[2], records[3]) and not one(records[0], records[1])


def test_cases_follow_their_records() -> None:
    come(*town(40, seed=14)[0])
    (case,) = writes("anna.case@post.example")
    assert case.concerned_id is not None
    come(berta("email", "anna.case@post.example"), berta("crm", "K1", mail("anna.case@post.example")))
    once(learned())
    case.refresh_from_db()
    assert case.customer_id == customer_of(case.concerned_id).pk
    assert [fault for fault in wrong() if "case" in str(fault)] == []


def test_decided_twice_nobody_moves_again() -> None:
    come(*town(60, seed=15)[0])
    assert once(learned()) > 0
    before = partition()
    assert once(learned()) == 0 and partition() == before


def test_what_learning_left_behind_changes_no_pair() -> None:
    come(*town(250, seed=16)[0])
    known, constraints, _, _ = everybody()
    model, prepared = prepare(known, lambda *_: None)
    quickly = said_of(known, model, constraints.together, prepared=prepared)
    assert quickly.wanted(known.ids) == said_of(known, model, constraints.together).wanted(known.ids)
    assert any(decision == 2 for decision in quickly.decisions.tolist())


def test_constraints_are_cut_to_the_records_in_question() -> None:
    told = Constraints([[1, 2], [3]], [([1], [3]), ([1, 4], [2])])
    assert told.among({1, 2}) == Constraints([[1, 2]], [([1], [2])])
