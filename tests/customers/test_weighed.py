"""Weighed matching in the database: runs that find who is one, explain it, and can be taken back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.message import Identifier, Party
from rundblick.customers.matching import Model
from rundblick.customers.matching.blocking import candidate_pairs
from rundblick.customers.matching.engine import Judge
from rundblick.customers.matching.table import Ints, Table
from rundblick.customers.merging import keep_apart, merge_customers, split_customer
from rundblick.customers.models import Assignment, Customer, MatchEdge, MatchModel, MatchRun
from rundblick.customers.on_spark import NoSpark, require_spark
from rundblick.customers.weighed import running
from rundblick.customers.weighed.edges import edges
from rundblick.customers.weighed.parties import all_parties
from rundblick.customers.weighed.running import RunError, look, match, model_in_force, preview, undo_run
from tests.customers.known import come, customer_of, partition, state, wrong
from tests.customers.town import landline, learned, mail, mobile, pairwise, party, town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_can_be_folded_again() -> Iterator[None]:
    yield
    assert wrong() == []


def found() -> MatchRun:
    """A run under the model of the town."""
    return match(look(learned()))


def one(*records: int) -> bool:
    return len({customer_of(record).pk for record in records}) == 1


BERTA = {"first_name": "Berta", "last_name": "Zarnow", "street": "Nordring 5", "postcode": "24111", "city": "Kiel"}
BORN = {"birth_date": "1971-03-04"}


def berta(system: str, key: str, *identifiers: Identifier, **facts: str) -> Party:
    return party(system, key, *identifiers, **(BERTA | BORN | facts))


# -- what a run does -------------------------------------------------------------------------------------------------


def test_a_person_in_three_systems_without_a_number_in_common_becomes_one_customer() -> None:
    records = come(berta("crm", "1"), berta("shop", "S2", mobile("+491500000001")), berta("till", "T3"))
    other = come(party("crm", "9", first_name="Emil", last_name="Wiese", street="Feldweg 3", city="Kiel"))
    run = found()
    assert one(*records) and not one(*records[:1], *other)
    assert (run.kind, run.records, run.moved, run.finished_at is not None) == ("match", 4, 2, True)
    assert model_in_force() == MatchModel.objects.get(pk=run.model_id)


def test_people_of_a_town_are_found_again_with_a_model_learned_from_their_records() -> None:
    parties, truth = town(500, seed=7)
    records = come(*parties)
    place = {record: i for i, record in enumerate(records)}
    match(look())
    groups: dict[int, list[int]] = {}
    for record, customer in Assignment.objects.filter(valid_to=None).values_list("record_id", "customer_id"):
        groups.setdefault(customer, []).append(place[record])
    precision, recall = pairwise(list(groups.values()), truth)
    assert precision > 0.985 and recall > 0.85


def test_a_second_run_over_the_same_records_changes_nothing() -> None:
    come(*town(60, seed=8)[0])
    found()
    before, edges = state(), set(MatchEdge.objects.values_list("id", "ended_by_id"))
    run = found()
    assert (run.added, run.ended, run.moved) == (0, 0, 0)
    assert state() == before and set(MatchEdge.objects.values_list("id", "ended_by_id")) == edges


def test_a_run_that_was_broken_off_is_right_as_far_as_it_went_and_the_next_one_finishes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    come(*town(60, seed=9)[0])
    monkeypatch.setattr(running, "LOT", 5)
    lots = 0

    def fall(stage: str, done: int, total: int) -> None:
        nonlocal lots
        lots += stage == "write"
        if lots == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        match(look(learned()), progress=fall)
    assert wrong() == [] and MatchRun.objects.get().finished_at is None
    found()
    broken = partition()
    for run in (running.standing_runs()[-1], running.standing_runs()[0]):
        undo_run(run)
    assert MatchEdge.objects.filter(ended_by=None).count() == 0
    found()
    assert partition() == broken


def test_nobody_to_learn_from_is_said() -> None:
    with pytest.raises(RunError, match="empty"):
        look()


def test_two_runs_at_once_are_refused() -> None:
    come(berta("crm", "1"), berta("shop", "S2"))
    seen = look(learned())
    with running._alone(), pytest.raises(RunError, match="running"):
        in_another_connection(lambda: match(seen))


def in_another_connection(do: Any) -> None:
    """A lock of a session is its own, so the other run needs another one."""
    import threading

    from django.db import connection

    faults: list[BaseException] = []

    def run() -> None:
        try:
            do()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    if faults:
        raise faults[0]


# -- vetoes and decisions --------------------------------------------------------------------------------------------


def test_a_couple_that_shares_a_verified_mail_address_is_two_once_it_was_weighed() -> None:
    shared = (landline("+4943100001"), mail("familie.zarnow@post.example", verified=True))
    records = come(
        berta("crm", "1", *shared), berta("shop", "S2", *shared, first_name="Bruno", birth_date="1969-07-08")
    )
    assert one(*records)
    found()
    assert not one(*records)


def test_two_numbers_of_one_system_are_never_joined_by_weight_alone() -> None:
    records = come(berta("crm", "1", mobile("+491500000001")), berta("crm", "2", mobile("+491500000001")))
    found()
    assert not one(*records)


def test_a_person_who_says_different_or_same_is_believed_before_and_after_a_run() -> None:
    a, b, c, d = come(berta("crm", "1"), berta("shop", "S2"), berta("till", "T3"), party("crm", "8", last_name="Dorn"))
    keep_apart(customer_of(a).pk, customer_of(b).pk, None, "mother and daughter")
    merge_customers(customer_of(c).pk, customer_of(d).pk, None, "maiden name")
    found()
    assert not one(a, b) and one(c, d)
    split_customer(customer_of(c).pk, [d], None, "no, another one")
    found()
    assert not one(c, d)


def test_two_customers_that_people_put_together_each_are_left_to_a_person() -> None:
    a, b = come(berta("crm", "1"), party("shop", "S9", last_name="Dorn"))
    c, d = come(berta("till", "T3"), party("web", "W9", last_name="Kroll"))
    merge_customers(customer_of(a).pk, customer_of(b).pk, None, "x")
    merge_customers(customer_of(c).pk, customer_of(d).pk, None, "x")
    found()
    assert one(a, b) and one(c, d) and not one(a, c)


def test_an_address_that_wrote_comes_to_a_customer_but_never_brings_two_together() -> None:
    name = {"first_name": "Berta", "last_name": "Zarnow"}
    wrote = "berta.zarnow71@post.example"
    by_mail = party("crm", "1", mail(wrote), **name)
    by_mobile = party("shop", "S2", mobile("+491500000001"), **name)
    a, b, address = come(by_mail, by_mobile, party("email", wrote, mobile("+491500000001"), **name))
    found()
    assert MatchEdge.objects.filter(decision="auto").count() == 2
    assert one(a, address) != one(b, address) and not one(a, b)


def test_a_record_that_comes_after_a_run_is_decided_with_what_was_weighed() -> None:
    a, b = come(berta("crm", "1"), berta("shop", "S2", mail("b@post.example", verified=True)))
    found()
    (late,) = come(party("till", "T3", mail("b@post.example", verified=True), last_name="Zarnow"))
    assert one(a, b, late)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.integers(1, 30))
def test_any_order_and_any_batches_end_in_the_same_customers(chance: random.Random, size: int) -> None:
    parties, _ = town(16, seed=11)
    mixed = list(parties)
    chance.shuffle(mixed)
    ends = []
    installation()
    for order, cut in ((parties, 99), (mixed, size)):
        with transaction.atomic():
            for start in range(0, len(order), cut):
                come(*order[start : start + cut])
                if start == 0:
                    found()  # what comes later meets edges
            found()
            assert wrong() == []
            ends.append(partition())
            transaction.set_rollback(True)
    assert ends[0] == ends[1]


# -- taking it back --------------------------------------------------------------------------------------------------


def test_a_run_taken_back_leaves_everything_as_it_was_and_can_be_done_again() -> None:
    come(*town(80, seed=12)[0])
    born = Customer.objects.order_by("-id").values_list("id", flat=True)[0]
    before = state()
    run = found()
    done = state()
    assert done != before
    back = undo_run(run.pk)
    new = Customer.objects.filter(pk__gt=born).values_list("id", flat=True)
    assert state(but=list(new)) == before and model_in_force() is None
    undo_run(back.pk)
    assert state() == done and model_in_force() is not None


def test_only_the_last_run_that_stands_is_taken_back() -> None:
    come(*town(30, seed=13)[0])
    first = found()
    come(berta("crm", "1"), berta("shop", "S2"))
    second = found()
    with pytest.raises(RunError, match="later"):
        undo_run(first.pk)
    undo_run(second.pk)
    with pytest.raises(RunError, match="undone"):
        undo_run(second.pk)
    undo_run(first.pk)
    assert running.standing_runs() == []


def test_a_persons_later_merge_survives_the_undoing_of_a_run_with_its_number() -> None:
    a, b = come(berta("crm", "1"), berta("shop", "S2"))
    (c,) = come(party("till", "T3", last_name="Dorn"))
    run = found()
    merge_customers(customer_of(c).pk, customer_of(a).pk, None, "x")
    number = customer_of(c).number
    undo_run(run.pk)
    assert one(a, b, c) and customer_of(a).number == number


# -- models ----------------------------------------------------------------------------------------------------------


def test_a_new_model_is_looked_at_before_it_is_put_into_force_and_taken_back_as_one() -> None:
    come(*town(60, seed=14)[0])
    found()
    before, version = state(), model_in_force()
    stricter = look(learned().__class__(**{**_fields(learned()), "auto": 30.0}))
    shown = preview(stricter)
    assert state() == before and model_in_force() == version
    assert shown.splits and not shown.merges and shown.customers_after > shown.customers_before
    run = match(stricter)
    assert (run.kind, run.former_id) == ("adopt", version.pk if version else None)
    assert len(partition()) == shown.customers_after
    undo_run(run.pk)
    assert model_in_force() == version
    new = Customer.objects.filter(number__gt=max(row[2] for row in before["customers"])).values_list("id", flat=True)
    assert state(but=list(new))["assignments"] == before["assignments"]


def _fields(model: Model) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.__struct_fields__}


def test_a_model_names_no_value_that_one_persons_records_alone_carry() -> None:
    parties, _ = town(400, seed=15)
    crowd = [
        party(system, f"X{i}", mail("xaveria@post.example"), first_name="Xaveria", last_name="Quittenbaum", city="Kiel")
        for i, system in enumerate(["crm", "shop", "billing"] * 4)
    ]
    come(*parties, *crowd)
    match(look())
    kept = MatchModel.objects.get().weights.lower()
    assert "kiel" in kept and "xaveria" not in kept and "quittenbaum" not in kept


def test_what_a_person_said_of_the_unsure_stands_in_the_database_with_rule_and_weight() -> None:
    come(berta("crm", "1"), berta("shop", "S2"))
    found()
    edge = MatchEdge.objects.get()
    assert (edge.rule, edge.decision, edge.weight > learned().auto) == ("weight", "auto", True)
    with cursor() as cur, pytest.raises(Exception, match="facts"), transaction.atomic():
        cur.execute("UPDATE customers_matchedge SET weight = 1")


# -- pairs found elsewhere -------------------------------------------------------------------------------------------


def test_edges_are_the_same_when_only_pairs_that_can_reach_the_review_threshold_come_back() -> None:
    come(*town(60, seed=8)[0])
    with cursor() as cur:
        known = all_parties(cur)
    model = learned()

    def promising(table: Table, used: Model) -> Ints:
        """What Spark gives back: candidates that can be at least unsure."""
        codes = candidate_pairs(table, used.plan)
        scores, _ = Judge(used, table)(codes >> 32, codes & 0xFFFFFFFF)
        found: Ints = codes[scores >= used.review]
        assert len(found) < len(codes)
        return found

    assert edges(known, model, candidates=promising) == edges(known, model)


def test_a_run_on_spark_makes_the_same_edges() -> None:
    try:
        require_spark()
    except NoSpark as error:
        pytest.skip(f"no Spark here: {error.missing} is missing {error.found}")
    come(*town(40, seed=8)[0])
    assert look(learned(), spark=True).edges == look(learned()).edges


def test_without_spark_it_is_said_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.customers.on_spark.NEEDED", ("no_such_package",))
    with pytest.raises(NoSpark, match="extra"):
        look(learned(), spark=True)
