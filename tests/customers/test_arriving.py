"""What comes in is weighed at once, and ends as a run over all records would end."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.core.database import cursor, foresee, foreseen
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.message import Party
from rundblick.core.models import System
from rundblick.customers import sql
from rundblick.customers.identifying import Marks
from rundblick.customers.identifying import questions as foreseeable
from rundblick.customers.matching import blocking
from rundblick.customers.merging import IdentityError, keep_apart, merge_customers, split_customer, undo
from rundblick.customers.models import (
    Assignment,
    Customer,
    IdentityAct,
    MatchEdge,
    MatchIndex,
    MatchKey,
    MatchModel,
    MatchRun,
    ReviewItem,
)
from rundblick.customers.weighed.index import keys_of_parties, ready
from rundblick.customers.weighed.parties import all_parties
from rundblick.customers.weighed.running import look, match, undo_run
from rundblick.privacy.erasure import erase
from tests.customers.known import come, customer_of, partition, wrong
from tests.customers.test_deciding import at_once
from tests.customers.town import customer_no, landline, learned, mail, mobile, party, town

SLOW = settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
BERTA = {"first_name": "Berta", "last_name": "Zarnow", "street": "Nordring 5", "postcode": "24111", "city": "Kiel"}
BORN = {"birth_date": "1971-03-04"}


def in_force() -> MatchRun:
    """The model of the town is in force, and somebody is there."""
    come(party("till", "T0", first_name="Somebody", last_name="Else"))
    return match(look(learned()))


def nothing_is_left_to_a_run() -> None:
    """A run over all records finds nothing to add, to end or to move, and nothing to ask anew."""
    asked = questions()
    assert wrong() == []
    run = match(look(learned()))
    assert (run.added, run.ended, run.moved) == (0, 0, 0)
    assert questions() == asked


def edges() -> set[tuple[object, ...]]:
    """What stands, under names that do not depend on the order in which records came."""
    return {
        (*sorted((bytes(a), bytes(b))), weight, rule, decision)
        for a, b, weight, rule, decision in MatchEdge.objects.filter(ended_by=None).values_list(
            "a__key_digest", "b__key_digest", "weight", "rule", "decision"
        )
    }


def questions() -> set[tuple[object, ...]]:
    return set(ReviewItem.objects.filter(state="open").values_list("a_id", "b_id", "weight", "why", "value"))


# -- one after another -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_who_comes_after_a_run_is_found_by_what_he_says() -> None:
    in_force()
    (a,) = come(party("crm", "1", **BERTA, **BORN))
    (b,) = come(party("shop", "S2", mobile("+491500000001"), **BERTA))
    (c,) = come(party("crm", "9", first_name="Emil", last_name="Wiese", street="Feldweg 3", city="Kiel"))
    assert customer_of(a) == customer_of(b) != customer_of(c)
    nothing_is_left_to_a_run()


@pytest.mark.django_db
def test_without_a_model_in_force_nothing_is_weighed_and_nothing_kept() -> None:
    come(party("crm", "1", **BERTA, **BORN))
    come(party("shop", "S2", **BERTA, **BORN))
    assert not MatchKey.objects.exists() and not MatchEdge.objects.exists()


@pytest.mark.django_db
def test_a_day_and_a_month_that_were_swapped_and_a_date_of_no_calendar_count() -> None:
    in_force()
    (a,) = come(party("crm", "1", mobile("+491500000001"), **BERTA, **BORN))
    (b,) = come(party("shop", "S2", mobile("+491500000001"), **BERTA, birth_date="1971-04-03"))
    (c,) = come(party("billing", "B3", mobile("+491500000001"), **BERTA, birth_date_as_written="1971-03-44"))
    assert customer_of(a) == customer_of(b) == customer_of(c)
    assert MatchEdge.objects.filter(ended_by=None).count() == 3


@pytest.mark.django_db
def test_a_record_that_is_told_anew_is_weighed_anew_and_may_leave_its_customer() -> None:
    in_force()
    a, b = come(party("crm", "1", **BERTA, **BORN), party("shop", "S2", **BERTA, **BORN))
    assert customer_of(a) == customer_of(b)
    come(party("shop", "S2", first_name="Emil", last_name="Wiese", birth_date="1950-01-09", city="Kiel"))
    assert customer_of(a) != customer_of(b)
    nothing_is_left_to_a_run()


@pytest.mark.django_db
def test_a_record_that_gains_a_telephone_is_weighed_anew() -> None:
    in_force()
    name = {"first_name": "Berta", "last_name": "Zarnow", "city": "Kiel"}
    a, b = come(party("crm", "1", mobile("+491500000001"), **name), party("shop", "S2", **name))
    assert customer_of(a) != customer_of(b)
    come(party("shop", "S2", mobile("+491500000001"), **name))
    assert customer_of(a) == customer_of(b)
    nothing_is_left_to_a_run()


@pytest.mark.django_db
def test_father_and_son_twins_and_a_couple_stay_two_and_are_asked_about() -> None:
    in_force()
    home = {"last_name": "Zarnow", "street": "Nordring 5", "postcode": "24111", "city": "Kiel"}
    line = landline("+4943100001")
    records = come(party("crm", "1", line, first_name="Georg", birth_date="1948-05-06", **home))
    records += come(party("shop", "S2", line, first_name="Georg", birth_date="1975-08-19", **home))
    records += come(party("shop", "S3", line, first_name="Anna", birth_date="1980-01-02", **home))
    records += come(party("billing", "B4", line, first_name="Berta", birth_date="1980-01-02", **home))
    assert len({customer_of(record).pk for record in records}) == 4
    nothing_is_left_to_a_run()


@pytest.mark.django_db
def test_what_only_claims_comes_to_a_customer_and_never_brings_two_together() -> None:
    in_force()
    a, b = come(
        party("crm", "1", mail("berta@post.example"), first_name="Berta", last_name="Zarnow"),
        party("shop", "S2", mobile("+491500000001"), first_name="Berta", last_name="Zarnow"),
    )
    for system, key in (("email", "berta@post.example"), ("form", "f1"), ("chat", "c1")):
        claims = (mail("berta@post.example"), mobile("+491500000001"))
        (claim,) = come(party(system, key, *claims, first_name="Berta", last_name="Zarnow"))
        assert customer_of(claim) in (customer_of(a), customer_of(b))
        assert customer_of(a) != customer_of(b)
    nothing_is_left_to_a_run()


@pytest.mark.django_db
def test_a_form_that_claims_two_peoples_numbers_does_not_make_them_one() -> None:
    a, b = come(party("crm", "1", customer_no("1", "crm")), party("shop", "S2", customer_no("S2", "shop")))
    (form,) = come(party("form", "f1", customer_no("1", "crm"), customer_no("S2", "shop")))
    assert customer_of(a) != customer_of(b)
    assert customer_of(form) in (customer_of(a), customer_of(b))
    assert wrong() == []


# -- any order, any cut ----------------------------------------------------------------------------------------------


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keys are over-used soon, so that small sets know it."""
    over_used_from(monkeypatch, 4, 2)
    yield
    blocking._kinds.cache_clear()


def over_used_from(monkeypatch: pytest.MonkeyPatch, most: int, coarse: int) -> None:
    monkeypatch.setattr(blocking, "OVERUSED", most)
    monkeypatch.setattr(blocking, "COARSE", coarse)
    blocking._kinds.cache_clear()


def hard(people: int, seed: int) -> list[Party]:
    """A town of families, of whom some wrote, some are told twice, and whole streets share a telephone."""
    chance = random.Random(seed)
    parties, _ = town(people, seed)
    for one in chance.sample(parties, max(len(parties) // 3, 1)):
        facts = dict(one.facts)
        address = next((i.value for i in one.identifiers if i.kind == "email"), "")
        if address:
            name = f"{facts.get('first_name', '')} {facts.get('last_name', '')}"
            parties.append(party("email", address, name=name))
        elif chance.random() < 0.5:
            changed = {**facts, "street": "Hang 1", "last_name": facts["last_name"] + "sen"}
            parties.append(Party(one.system, one.key, (*one.identifiers, mobile("+491511111111")), changed))
        else:
            number = mail(f"verified{chance.randrange(4)}@post.example", verified=True)
            parties.append(Party("till", f"T{len(parties)}", (number,), facts))
    return parties


def decide_something(told: list[tuple[str, int, int]]) -> None:
    for deed, x, y in told:
        records = list(Assignment.objects.filter(valid_to=None).order_by("record__key_digest"))
        one, other = records[x % len(records)], records[y % len(records)]
        with suppress(IdentityError):
            if deed == "merge":
                merge_customers(one.customer_id, other.customer_id, None, "x", override=True)
            elif deed == "apart":
                keep_apart(one.customer_id, other.customer_id, None, "x")
            elif deed == "split":
                split_customer(one.customer_id, [one.record_id], None, "x")
            elif act := IdentityAct.objects.order_by("-id").first():
                undo(act.pk, None)


deeds = st.lists(
    st.tuples(st.sampled_from(["merge", "apart", "split", "undo"]), st.integers(0, 99), st.integers(0, 99)), max_size=3
)


@pytest.mark.django_db
@pytest.mark.usefixtures("few")
@SLOW
@given(st.integers(0, 10_000), st.integers(1, 25), st.integers(0, 10), deeds)
def test_any_cut_leaves_nothing_to_a_run_whatever_becomes_over_used_told_anew_or_decided(
    seed: int, size: int, begun: int, told: list[tuple[str, int, int]]
) -> None:
    parties = hard(18, seed)
    installation()
    with transaction.atomic():
        if begun:
            come(*parties[:begun])
        in_force()
        places = list(range(begun, len(parties), size))
        for place, start in enumerate(places):
            come(*parties[start : start + size])
            if place == len(places) // 2:
                decide_something(told)
        nothing_is_left_to_a_run()
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.usefixtures("few")
@SLOW
@given(st.integers(0, 10_000), st.randoms(use_true_random=False), st.integers(1, 30))
def test_singly_in_batches_or_in_one_run_the_same_records_end_as_the_same_customers(
    seed: int, chance: random.Random, size: int
) -> None:
    # each record once: of one that is told twice the later word counts, and orders differ in which is later
    parties = list({(one.system, one.key): one for one in hard(16, seed)}.values())
    mixed = list(parties)
    chance.shuffle(mixed)
    ends = []
    installation()
    for order, cut in ((parties, len(parties)), (parties, 1), (mixed, size)):
        with transaction.atomic():
            if len(ends) == 0:
                come(*order)
                in_force()
            else:
                in_force()
                for start in range(0, len(order), cut):
                    come(*order[start : start + cut])
            assert wrong() == []
            ends.append((partition(), edges()))
            transaction.set_rollback(True)
    assert ends[0] == ends[1] == ends[2]


@pytest.mark.django_db
def test_a_key_that_too_many_come_to_share_finds_nobody_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    over_used_from(monkeypatch, 3, 3)
    in_force()
    name = {"first_name": "Berta", "last_name": "Zarnow"}
    found = [come(party("shop", f"S{n}", mail(f"b{n}@post.example"), **name))[0] for n in range(3)]
    assert {row[0] for row in MatchEdge.objects.filter(ended_by=None).values_list("a_id")} <= set(found)
    come(party("shop", "S9", mail("b9@post.example"), **name))
    nothing_is_left_to_a_run()
    blocking._kinds.cache_clear()


@pytest.mark.django_db
def test_who_is_erased_is_found_by_no_key_any_more() -> None:
    in_force()
    (a,) = come(party("crm", "1", **BERTA, **BORN))
    assert MatchKey.objects.filter(record_id=a).exists()
    erase(customer=customer_of(a).pk, by=None)
    assert not MatchKey.objects.filter(record_id=a).exists()
    come(party("shop", "S2", **BERTA, **BORN))
    assert wrong() == []


@pytest.mark.django_db
def test_what_is_asked_ahead_of_parties_is_what_would_be_answered() -> None:
    in_force()
    parties = [party("crm", "1", mail("berta@post.example", verified=True), **BERTA), party("shop", "S2", **BERTA)]
    come(*parties)
    marks = Marks(Digests(bytes(installation().salt)))
    asked = foreseeable(parties, dict(System.objects.values_list("code", "id")), marks)
    assert len(asked) == 3 and sql.WEIGHS in asked
    with cursor() as cur:
        plain = {question: sorted(cur.execute(question, values).fetchall()) for question, values in asked.items()}
        foresee(cur, asked)
        for question, values in asked.items():
            told = foreseen(cur, question, values)
            assert told is not None and sorted(told) == plain[question] != []


# -- at once ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_the_same_new_person_at_once_end_in_one_customer() -> None:
    in_force()
    for n in range(6):
        facts = {**BERTA, **BORN, "last_name": f"Zarn{'aeiouy'[n]}w", "street": f"Nordring {n + 1}"}
        told = at_once(
            *(
                lambda system=system, n=n, facts=facts: come(party(system, f"X{n}", **facts))
                for system in ("crm", "shop")
            )  # type: ignore[misc]
        )
        a, b = (one[0] for one in told if isinstance(one, list))
        assert customer_of(a) == customer_of(b)
    nothing_is_left_to_a_run()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("few")
def test_several_workers_leave_nothing_to_a_run() -> None:
    in_force()
    parties = hard(24, 77)
    parties = list({(one.system, one.key): one for one in parties}.values())

    def work(mine: list[Party], size: int) -> None:
        for start in range(0, len(mine), size):
            come(*mine[start : start + size])

    faults = at_once(lambda: work(parties[0::3], 1), lambda: work(parties[1::3], 2), lambda: work(parties[2::3], 5))
    assert faults == [None, None, None]
    nothing_is_left_to_a_run()


# -- runs and models -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_what_comes_while_a_run_goes_on_is_weighed_at_its_end() -> None:
    (a,) = come(party("crm", "1", **BERTA, **BORN))
    seen = look(learned())
    (b,) = come(party("shop", "S2", **BERTA, **BORN))
    match(seen)
    assert customer_of(a) == customer_of(b)
    nothing_is_left_to_a_run()


@pytest.mark.django_db
def test_a_run_taken_back_takes_what_was_weighed_since_with_it_and_the_former_model_weighs_on() -> None:
    (a,) = come(party("crm", "1", **BERTA, **BORN))
    first = match(look(learned()))
    (b,) = come(party("shop", "S2", **BERTA, **BORN))
    assert customer_of(a) == customer_of(b)
    stricter = match(look(learned().__class__(**{**_fields(), "auto": 60.0})))
    (c,) = come(party("billing", "B3", **BERTA, **BORN))
    assert len({customer_of(record).pk for record in (a, b, c)}) == 3
    undo_run(stricter.pk)
    assert len({customer_of(record).pk for record in (a, b, c)}) == 1
    nothing_is_left_to_a_run()
    for run in reversed(MatchRun.objects.filter(undone_by=None).exclude(kind="undo").order_by("id")):
        undo_run(run.pk)
    assert not MatchIndex.objects.exists() and not MatchEdge.objects.filter(ended_by=None).exists()
    assert first.pk and MatchModel.objects.filter(in_force=True).count() == 0
    assert Customer.objects.filter(merged_into=None).count() == 3 and wrong() == []


def _fields() -> dict[str, object]:
    return {name: getattr(learned(), name) for name in learned().__struct_fields__}


@pytest.mark.django_db
def test_a_run_writes_the_keys_that_what_comes_is_looked_up_by() -> None:
    people, _ = town(40, seed=11)
    come(*people)
    for street in ("Anderswo 9", "Hier 1"):  # who moved is found by both addresses
        come(party("till", "T9", **(BERTA | BORN | {"street": street})))
    match(look())
    with cursor() as cur:
        known = all_parties(cur)
        model = ready(cur)
        assert model is not None
        several = keys_of_parties(model, known.parties)
        cur.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'customers_matchkey'")
        assert {name for (name,) in cur.fetchall()} == {"customers_matchkey_pkey", "matchkey_record"}
    wanted = {(key, record) for record, keys in zip(known.ids, several, strict=True) for key in keys}
    assert len(wanted) > len(known)
    assert set(MatchKey.objects.values_list("key", "record_id")) == wanted
