"""Customers by their names."""

from __future__ import annotations

import pytest

from rundblick.cases.models import Case
from rundblick.cases.search.finding import find
from rundblick.cases.search.query import parse
from rundblick.core.database import cursor
from rundblick.customers.models import Assignment, RecordVersion
from rundblick.customers.naming import named
from tests.people.house import AT, a_case, a_customer, a_team

pytestmark = pytest.mark.django_db


def called(number: int, **facts: str) -> int:
    customer = a_customer()
    record = Assignment.objects.get(customer=customer).record_id
    RecordVersion.objects.create(
        record_id=record, content_digest=number.to_bytes(32), seen_at=AT, key=str(number), facts=facts
    )
    return customer.pk


def found(text: str) -> list[int]:
    with cursor() as cur:
        return named(cur, text, 10)


@pytest.mark.parametrize(
    "typed",
    [
        "Müller",
        "mueller",
        "MULLER",
        "Müller Jürgen",
        "juergen müller",
        "Jurg",
        "müll",
        "Müler",
        "Mülller",
        "Jürgn Müller",
    ],
)
def test_a_customer_is_found_however_his_name_is_typed(typed: str) -> None:
    wanted = called(1, first_name="Jürgen", last_name="Müller")
    called(2, first_name="Anna", last_name="Schmidt")
    assert found(typed) == [wanted]


@pytest.mark.parametrize("typed", ["grosse", "Große", "GROẞE", "Grosse Strasse"])
def test_a_double_s_is_one_sign_or_two(typed: str) -> None:
    assert found(typed) == []
    wanted = called(1, company="Große Straße GmbH")
    assert found(typed) == [wanted]


@pytest.mark.parametrize("typed", ["", " ", "x", "'", "a.*b", "(", "[", "\\", "%", "Müller Anna", "|", "\x00"])
def test_what_is_no_name_of_anybody_finds_nobody_and_is_no_error(typed: str) -> None:
    called(1, first_name="Jürgen", last_name="Müller")
    called(2, first_name="Anna", last_name="Schmidt")
    assert found(typed) == []


def test_the_index_of_names_is_asked() -> None:
    with cursor() as cur:
        cur.execute("SET LOCAL enable_seqscan = off")
        cur.execute(
            "EXPLAIN SELECT FROM customers_recordversion v WHERE (coalesce(v.facts->>'first_name', '') || ' ' ||"
            " coalesce(v.facts->>'last_name', '') || ' ' || coalesce(v.facts->>'name', '') || ' ' ||"
            " coalesce(v.facts->>'company', '')) ~* 'muster'"
        )
        assert "customers_recordversion_names" in "\n".join(line for (line,) in cur.fetchall())


def test_search_takes_a_customers_name_as_an_operator() -> None:
    case = a_case(a_team("Support"))
    Case.objects.filter(pk=case.pk).update(customer=called(1, first_name="Jürgen", last_name="Müller"))
    assert [hit.case for hit in find(parse("kunde:mueller"), Case.objects.all()).hits] == [case.pk]
    assert [one.code for one in find(parse("kunde:niemand"), Case.objects.all()).remarks] == ["value"]
