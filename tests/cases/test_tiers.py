"""Who gets which tier: pure rules, a batch of cases, and what makes them be looked at again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.escalation_words import tier_words
from rundblick.cases.folding import fold
from rundblick.cases.models import Case, CaseEntry
from rundblick.cases.tiers import (
    TIERS,
    Known,
    Rule,
    Tiers,
    When,
    check,
    explained,
    preview,
    rule_of,
    rule_tiers,
    sweep,
    tier_of,
    years_since,
)
from rundblick.core.database import cursor
from rundblick.core.money import Money
from rundblick.core.rulebooks import RuleError, put_in_force
from rundblick.customers.models import Assignment, Customer, Order, RecordVersion
from tests.core.settling import settle
from tests.people.house import House, a_case, a_house

NOW = datetime.now(UTC)
TODAY = date(2026, 3, 2)
GOOD = Rule("Good customers", "gold", When(orders=Money(1_000_00, "EUR")))
LOYAL = Rule("Loyal ones", "silver", When(years=5))
BOOK = Tiers((GOOD, LOYAL), "standard", {"gold": {"en": "Gold", "de": "Gold"}})


@pytest.mark.parametrize(
    ("known", "tier"),
    [
        (Known(spent={"EUR": 1_000_00}), "gold"),
        (Known(spent={"EUR": 999_99}), "standard"),
        (Known(spent={"CHF": 9_000_00}), "standard"),  # francs are no euros
        (Known({"since": "2019-03-01"}, today=TODAY), "silver"),
        (Known({"since": "2019"}, today=TODAY), "silver"),
        (Known({"since": "last week"}, today=TODAY), "standard"),
        (Known({"since": "2019-03-01"}, {"EUR": 5_000_00}, today=TODAY), "gold"),  # the first rule counts
        (Known(), "standard"),
    ],
)
def test_the_first_rule_that_holds_counts_and_everybody_else_has_the_floor(known: Known, tier: str) -> None:
    assert tier_of(BOOK, known) == tier


def test_what_is_not_known_holds_no_condition() -> None:
    for when in (When(tiers=("A",)), When(countries=("CH",)), When(company=True), When(cases=1), When(topics=("x",))):
        assert rule_of(Tiers((Rule("R", "t", when),)), Known()) is None
    assert rule_of(Tiers((Rule("R", "t", When(tiers=("a-kunde",))),)), Known({"tier": "A-Kunde"})) is not None


@given(st.text(max_size=12))
def test_any_word_for_since_is_a_number_of_years_or_nothing(text: str) -> None:
    assert years_since(text, TODAY) >= -8000


def test_the_agent_reads_why() -> None:
    known = Known(spent={"EUR": 2_400_00})
    assert tier_words(GOOD, known, BOOK) == "Gold: orders of 2,400 EUR in 12 months (rule “Good customers”)"
    assert tier_words(None, Known(), BOOK).startswith("standard: no rule holds")


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (Tiers((Rule("", "gold"),)), "needs a name"),
        (Tiers((Rule("A", " "),)), "gives no tier"),
        (Tiers((GOOD, GOOD)), "two rules called"),
        (Tiers((Rule("All", "gold"), GOOD)), "Make it the last one"),
        (Tiers((Rule("A", "gold", When(orders=Money(1, "euro"))),)), "currency"),
        (Tiers((Rule("A", "gold", When(years=-1)),)), "below 0"),
    ],
)
def test_rules_that_cannot_hold_are_refused(told: Tiers, says: str) -> None:
    with pytest.raises(RuleError, match=says):
        check(told)


# --- of cases -----------------------------------------------------------------------------------------------------


@pytest.fixture
def house(db: None) -> House:
    return a_house()


def ordered(customer: Customer, minor: int, currency: str = "EUR", days: int = 10) -> None:
    record = Assignment.objects.get(customer=customer).record
    key = f"{record.pk}-{minor}-{days}".encode().rjust(16)
    told: dict[str, Any] = {"kind": "order", "amount_minor": minor, "currency": currency, "content_digest": key}
    Order.objects.create(
        system=record.system, key_digest=key, key="1", record=record, at=NOW - timedelta(days=days), **told
    )


def ruled(*cases: Case) -> list[str]:
    with cursor() as cur:
        fold(cur, rule_tiers(cur, [case.pk for case in cases]))
    return [Case.objects.get(pk=case.pk).tier for case in cases]


def test_without_rules_and_for_no_cases_nothing_is_done(house: House) -> None:
    assert ruled(house.olgas) == [""]
    with cursor() as cur:
        assert rule_tiers(cur, []) == []


def test_a_batch_has_the_tiers_of_its_customers_and_twice_changes_nothing(house: House) -> None:
    put_in_force(TIERS, BOOK, by=None, seen=0)
    ordered(house.anna, 1_200_00)
    ordered(house.bernd, 1_200_00, days=400)  # more than a year ago
    assert ruled(house.olgas, house.billings, house.supports) == ["gold", "standard", "standard"]
    with cursor() as cur:
        assert rule_tiers(cur, [house.olgas.pk, house.billings.pk]) == []


def test_what_the_source_says_of_a_case_counts_more_than_a_rule(house: House) -> None:
    put_in_force(TIERS, BOOK, by=None, seen=0)
    entry = CaseEntry.objects.get(case=house.billings)
    CaseEntry.objects.create(
        identity=b"t" * 16, content_digest=b"t" * 16, event=entry.event, case=house.billings, at=NOW, tier="platinum"
    )
    assert ruled(house.billings) == ["platinum"]


def test_statements_do_not_grow_with_the_batch(house: House) -> None:
    put_in_force(TIERS, BOOK, by=None, seen=0)
    ordered(house.anna, 1_200_00)
    cases = [a_case(house.support, house.anna) for _ in range(40)]
    asked: list[str] = []
    with cursor() as cur:
        plain = cur.execute

        def counted(query: Any, *rest: Any, **options: Any) -> Any:
            asked.append(str(query))
            return plain(query, *rest, **options)

        cur.execute = counted  # type: ignore[method-assign]
        assert len(rule_tiers(cur, [case.pk for case in cases])) == 40
    assert len(asked) <= 5


def test_a_preview_tells_what_would_change_and_changes_nothing(house: House) -> None:
    ordered(house.anna, 1_200_00)
    n, now, then = preview(BOOK)
    assert (n, now) == (6, {"": 6})
    assert then == {"gold": 2, "silver": 0, "standard": 4}
    assert set(Case.objects.values_list("tier", flat=True)) == {""}


def test_the_case_page_says_why_it_has_its_tier(house: House) -> None:
    put_in_force(TIERS, BOOK, by=None, seen=0)
    ordered(house.anna, 2_400_00)
    found = explained(house.olgas)
    assert found is not None and found[0] == GOOD and found[1].spent == {"EUR": 2_400_00}


@pytest.mark.django_db(transaction=True)
def test_new_rules_and_new_facts_reach_open_cases_by_the_sweep() -> None:
    house = a_house()
    sweep()
    put_in_force(TIERS, BOOK, by=None, seen=0)
    settle()
    sweep()
    assert Case.objects.get(pk=house.olgas.pk).tier == "standard"
    record = Assignment.objects.get(customer=house.anna).record
    RecordVersion.objects.create(
        record=record, content_digest=b"v" * 16, seen_at=NOW, key="K", facts={"since": "2001-01-01"}
    )
    settle()
    sweep()
    assert Case.objects.get(pk=house.olgas.pk).tier == "silver"
    assert Case.objects.get(pk=house.billings.pk).tier == "standard"


def test_rules_that_are_older_than_the_worker_reach_open_cases_when_it_begins(house: House) -> None:
    put_in_force(TIERS, BOOK, by=None, seen=0)
    sweep()
    assert Case.objects.get(pk=house.olgas.pk).tier == "standard"
