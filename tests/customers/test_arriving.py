"""What comes in is weighed at once, and ends as a run over all records would end."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from rundblick.customers.matching import Model
from rundblick.customers.models import MatchEdge, MatchRun
from rundblick.customers.weighed.running import look, match
from tests.customers.known import come, customer_of, wrong
from tests.customers.town import learned, mobile, party, town

pytestmark = pytest.mark.django_db
SLOW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def in_force(model: Model | None = None) -> MatchRun:
    """A run over what is there puts a model into force."""
    used = model or learned()
    come(party("till", "T0", first_name="Somebody", last_name="Else"))
    return match(look(used))


def nothing_is_left_to_a_run() -> None:
    """A run over all records finds nothing to add, to end or to move."""
    before = {tuple(row) for row in edges()}
    run = match(look(learned()))
    after = {tuple(row) for row in edges()}
    assert before == after
    assert (run.added, run.ended, run.moved) == (0, 0, 0)
    assert wrong() == []


def edges() -> list[tuple[object, ...]]:
    found = MatchEdge.objects.filter(ended_by=None)
    return list(found.values_list("a__key_digest", "b__key_digest", "weight", "rule", "decision"))


def test_who_comes_after_a_run_is_found_by_what_he_says() -> None:
    in_force()
    facts = {"first_name": "Berta", "last_name": "Zarnow", "street": "Nordring 5", "postcode": "24111", "city": "Kiel"}
    (a,) = come(party("crm", "1", birth_date="1971-03-04", **facts))
    (b,) = come(party("shop", "S2", mobile("+491500000001"), **facts))
    (c,) = come(party("crm", "9", first_name="Emil", last_name="Wiese", street="Feldweg 3", city="Kiel"))
    assert customer_of(a) == customer_of(b) != customer_of(c)
    nothing_is_left_to_a_run()


@pytest.mark.parametrize("size", [1, 3, 40])
def test_records_in_batches_of_any_size_leave_nothing_to_a_run(size: int) -> None:
    in_force()
    parties, _ = town(40, seed=21)
    for start in range(0, len(parties), size):
        come(*parties[start : start + size])
    nothing_is_left_to_a_run()
