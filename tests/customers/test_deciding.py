"""Who is one customer in the database: any order, any cut, with decisions of people in between and at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.core.database import cursor
from rundblick.core.installation import installation
from rundblick.core.message import Party
from rundblick.customers import clusters as rule
from rundblick.customers import deciding
from rundblick.customers.deciding import A_NEW_ONE, choose
from rundblick.customers.history import shown_act
from rundblick.customers.merging import IdentityError, merge_customers, split_customer, undo
from rundblick.customers.models import Assignment, Customer, IdentityAct
from tests.customers.known import come, customer_of, known, partition, records_of, state, wrong

mails = st.sampled_from(["", "", "a@kunde.example", "b@kunde.example", "c@kunde.example"])
numbers = st.sampled_from(["", "", "+4930123451", "+4930123452"])
people = st.builds(
    lambda system, key, mail, phone: known(system, str(key), mail, phone),
    st.sampled_from(["crm", "shop"]),
    st.integers(1, 5),
    mails,
    numbers,
)
decisions = st.lists(
    st.tuples(st.sampled_from(["merge", "split", "undo"]), st.integers(0, 9), st.integers(0, 9)), max_size=4
)
SLOW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def decide_something(told: list[tuple[str, int, int]]) -> None:
    """People decide at random; what is refused is not done."""
    for deed, x, y in told:
        customers = list(Customer.objects.filter(merged_into=None).order_by("id"))
        acts = list(IdentityAct.objects.order_by("id"))
        with suppress(IdentityError):
            if deed == "merge":
                one, other = customers[x % len(customers)], customers[y % len(customers)]
                merge_customers(one.pk, other.pk, None, "x", override=True)
            elif deed == "split":
                one = customers[x % len(customers)]
                records = sorted(records_of(one))
                split_customer(one.pk, records[: y % len(records)], None, "x")
            elif acts:
                undo(acts[x % len(acts)].pk, None)


def fault_of(deed: Callable[..., object], *arguments: object) -> str:
    """The code of what was refused; "" where it was done."""
    try:
        deed(*arguments)
    except IdentityError as fault:
        return fault.code
    return ""


def in_a_world_of_its_own(do: Callable[[], None]) -> None:
    """Do it and leave nothing behind but the installation, whose salt makes digests comparable."""
    installation()
    with transaction.atomic():
        do()
        transaction.set_rollback(True)


@pytest.mark.django_db
@SLOW
@given(st.lists(people, min_size=2, max_size=6), decisions, st.lists(people, max_size=6), st.randoms(), st.data())
def test_decisions_hold_and_the_order_of_what_comes_after_them_changes_nothing(
    first: list[Party], told: list[tuple[str, int, int]], then: list[Party], chance: object, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(1, 3))
    ends: list[set[frozenset[bytes]]] = []
    mixed = list(then)
    chance.shuffle(mixed)  # type: ignore[attr-defined]

    def batches(parties: list[Party], size: int) -> Callable[[], None]:
        def run() -> None:
            come(*first)
            decide_something(told)
            for i in range(0, len(parties), size):
                come(*parties[i : i + size])
            assert wrong() == []
            ends.append(partition())

        return run

    in_a_world_of_its_own(batches(then, 99))
    in_a_world_of_its_own(batches(mixed, cut))
    assert ends[0] == ends[1]


@pytest.mark.django_db
@SLOW
@given(st.lists(people, min_size=2, max_size=8), decisions, st.integers(0, 9), st.integers(0, 9))
def test_an_act_and_its_undo_change_nothing(
    parties: list[Party], told: list[tuple[str, int, int]], x: int, y: int
) -> None:
    def run() -> None:
        come(*parties)
        decide_something(told)
        born = Customer.objects.order_by("-id").values_list("id", flat=True)[0]
        before = state()
        acts = IdentityAct.objects.count()
        decide_something([("split" if x % 2 else "merge", x, y)])
        if IdentityAct.objects.count() > acts:
            act = IdentityAct.objects.order_by("-id")[0]
            done = state()
            back = undo(act.pk, None)
            assert state(but=Customer.objects.filter(pk__gt=born).values_list("id", flat=True)) == before  # type: ignore[arg-type]
            undo(back.pk, None)
            assert state() == done

    in_a_world_of_its_own(run)


@pytest.mark.django_db
@SLOW
@given(st.lists(people, min_size=2, max_size=6), decisions, decisions)
def test_what_a_reader_sees_as_undoable_can_be_undone_and_nothing_else(
    parties: list[Party], told: list[tuple[str, int, int]], more: list[tuple[str, int, int]]
) -> None:
    def run() -> None:
        come(*parties)
        decide_something([*told, *more])
        acts = list(IdentityAct.objects.values_list("id", flat=True))
        with cursor() as cur:
            shown = {act: shown_act(cur, act).undoable for act in acts}
        done = {}
        for act in acts:
            with transaction.atomic():
                done[act] = fault_of(undo, act, None)
                transaction.set_rollback(True)
        assert {act: fault == "" for act, fault in done.items()} == shown
        assert set(done.values()) <= {"", "undone", "later"}

    in_a_world_of_its_own(run)


@pytest.mark.django_db
def test_a_value_that_is_overused_joins_nobody_also_within_one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rule, deciding):
        monkeypatch.setattr(module, "OVERUSED", 3)
    come(*(known("crm", str(i), "info@firma.example") for i in range(5)))
    one, two = come(known("shop", "1", "info@firma.example"), known("till", "1", "info@firma.example"))
    assert customer_of(one) != customer_of(two)


def test_a_part_keeps_the_number_that_a_person_gave_it_then_that_of_most_of_its_records_then_the_oldest() -> None:
    assert choose([[1, 2, 3]], {1: 8, 2: 9, 3: 9}) == [9]
    assert choose([[1, 2]], {1: 9, 2: 8}) == [8]
    assert choose([[1], [2, 3]], {1: 8, 2: 8, 3: 8}) == [None, 8]
    assert choose([[1, 2, 3]], {1: 8, 2: 9, 3: 9}, {1: 8}) == [8]
    assert choose([[1], [2, 3]], {1: 8, 2: 8, 3: 8}, {2: A_NEW_ONE, 3: A_NEW_ONE, 1: 8}) == [8, None]


# -- two at once -----------------------------------------------------------------------------------------------------


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Each in a thread with a connection of its own; gives what they return or raise."""
    told: list[object] = [None] * len(deeds)
    ready = threading.Barrier(len(deeds))

    def run(place: int) -> None:
        try:
            ready.wait(10)
            told[place] = deeds[place]()
        except Exception as fault:
            told[place] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return told


@pytest.mark.django_db(transaction=True)
def test_two_people_who_merge_the_same_pair_at_once_merge_it_once() -> None:
    a, b = (customer_of(record) for record in come(known("crm", "1"), known("shop", "2")))
    for _ in range(4):
        told = at_once(
            lambda: merge_customers(a.pk, b.pk, None, "x"),
            lambda: merge_customers(b.pk, a.pk, None, "y"),
        )
        (act,) = [one for one in told if isinstance(one, IdentityAct)]
        (fault,) = [one for one in told if isinstance(one, IdentityError)]
        assert fault.code == "same"
        assert wrong() == []
        undo(act.pk, None)


@pytest.mark.django_db(transaction=True)
def test_two_who_undo_at_once_undo_it_once() -> None:
    a, b = (customer_of(record) for record in come(known("crm", "1"), known("shop", "2")))
    act = merge_customers(a.pk, b.pk, None, "x")
    told = at_once(lambda: undo(act.pk, None), lambda: undo(act.pk, None))
    assert sorted(type(one).__name__ for one in told) == ["IdentityAct", "IdentityError"]
    assert wrong() == [] and not Customer.objects.exclude(merged_into=None).exists()


@pytest.mark.django_db(transaction=True)
def test_merges_and_batches_at_once_leave_one_living_number_for_each_record() -> None:
    records = come(*(known("crm", str(i), f"p{i}@kunde.example") for i in range(6)))
    first = [customer_of(record).pk for record in records]

    def arrive() -> None:
        for i in range(12):
            come(
                known("shop", str(i), f"p{i % 6}@kunde.example"), known("till", str(i), f"p{(i + 1) % 6}@kunde.example")
            )

    def steward() -> None:
        for i in range(0, 6, 2):
            act = merge_customers(first[i], first[i + 1], None, "x", override=True)
            if i != 2:
                undo(act.pk, None)

    told = at_once(arrive, steward, arrive)
    assert told == [None, None, None]
    assert wrong() == []
    assert Assignment.objects.filter(valid_to=None).count() == 6 + 24
    assert customer_of(records[2]) == customer_of(records[3]) != customer_of(records[0])
