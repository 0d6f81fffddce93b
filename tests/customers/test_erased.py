"""After an erasure whoever was decided with the erased record is decided about without it, and verify agrees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.core.database import cursor
from rundblick.customers import verifying
from rundblick.customers.merging import merge_customers
from rundblick.customers.models import MatchEdge, MatchRun
from rundblick.privacy.erasure import erase
from tests.customers.known import come, customer_of, known, partition, wrong
from tests.customers.test_weighed import berta, found, one
from tests.customers.town import landline, mail, mobile, town

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_can_be_folded_again() -> Iterator[None]:
    yield
    assert wrong() == []


def test_two_records_that_only_the_erased_one_held_together_are_two_then() -> None:
    a, b, bridge = come(
        known("crm", "1", "a@kunde.example"),
        known("shop", "S2", "b@kunde.example"),
        known("till", "T3", "a@kunde.example", "+491500000007"),
    )
    (other,) = come(known("web", "W4", "b@kunde.example", "+491500000007"))
    assert one(a, b, bridge, other)
    erase([bridge], by=None)
    assert one(b, other) and not one(a, b)


def test_who_has_other_proofs_stays_together_without_the_erased_record() -> None:
    a, b, gone = come(*(known(system, "1", "a@kunde.example") for system in ("crm", "shop", "till")))
    before = customer_of(a)
    erase([gone], by=None)
    assert one(a, b) and customer_of(a) == before == customer_of(gone)


def test_what_people_put_together_stays_so() -> None:
    a, b, c = come(known("crm", "1"), known("shop", "S2"), known("till", "T3"))
    merge_customers(customer_of(a).pk, customer_of(b).pk, None, "phoned her")
    merge_customers(customer_of(a).pk, customer_of(c).pk, None, "phoned her")
    erase([b], by=None)
    assert one(a, b, c)


def test_a_record_that_might_have_been_the_erased_ones_is_decided_about_again() -> None:
    home = landline("+4943100001")
    his, sons = (
        (mobile("+491500000001"), mail("zb41@post.example")),
        (mobile("+491511111112"), mail("enkel@web.example")),
    )
    father = berta("crm", "1", home, *his, first_name="Bruno", birth_date="1941-05-06")
    son = berta("shop", "S2", home, *sons, first_name="Bruno", birth_date="1968-11-23")
    unsure = berta("till", "T3", home, first_name="Bruno", birth_date="")
    father_id, son_id, unsure_id = come(father, son, unsure)
    found()
    assert not one(unsure_id, son_id) and not one(unsure_id, father_id)
    erase([father_id], by=None)
    assert one(unsure_id, son_id)


def test_a_run_after_an_erasure_goes_on_without_the_erased_record() -> None:
    a, b, gone = come(berta("crm", "1"), berta("shop", "S2"), berta("till", "T3"))
    found()
    assert one(a, b, gone)
    erase([gone], by=None)
    run = found()
    assert run.records == 2 and one(a, b)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_whatever_is_erased_everything_can_be_folded_again(data: st.DataObject) -> None:
    records = come(*town(20, seed=data.draw(st.integers(0, 50)))[0])
    found()
    for record in data.draw(st.lists(st.sampled_from(records), max_size=4, unique=True)):
        erase([record], by=None)
        assert wrong() == []


def test_the_check_goes_lot_by_lot_and_finds_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    come(*town(60, seed=8)[0])
    found()
    whole = partition()
    monkeypatch.setattr(verifying, "LOT", 7)
    monkeypatch.setattr(verifying, "_AT_ONCE", 5)
    assert wrong() == []
    MatchEdge.objects.filter(ended_by=None).update(ended_by=MatchRun.objects.get())
    with cursor() as cur:
        misplaced = [record for record, _, _ in verifying._misplaced(cur)]
        assert len(misplaced) == sum(len(part) - 1 for part in whole) > 20
        verifying.decide_again(cur)
    assert partition() != whole
