"""Which records are one customer: a function of the set, with the veto and without over-used values."""

from __future__ import annotations

from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from rundblick.customers.clusters import OVERUSED, Link, clusters


def digest(*parts: object) -> bytes:
    return blake2b(repr(parts).encode(), digest_size=8).digest()


def link(record: int, kind: str, value: object, issuer: str = "") -> Link:
    return Link(record, digest("record", record), kind, issuer, digest(kind, issuer, value))


def parts(n: int, links: list[Link]) -> set[frozenset[int]]:
    return {frozenset(part) for part in clusters([(i, digest("record", i)) for i in range(n)], links)}


def test_records_with_one_number_of_one_system_are_one_customer() -> None:
    links = [link(0, "customer_no", 7, "crm"), link(1, "customer_no", 7, "crm"), link(2, "customer_no", 7, "shop")]
    assert parts(3, links) == {frozenset({0, 1}), frozenset({2})}


def test_two_numbers_of_one_system_never_meet_whatever_else_is_shared() -> None:
    links = [link(0, "customer_no", 1, "crm"), link(1, "customer_no", 2, "crm")]
    links += [link(0, "email", "a"), link(1, "email", "a")]
    assert parts(2, links) == {frozenset({0}), frozenset({1})}


def test_a_number_joins_before_an_address() -> None:
    # 0 and 1 share the crm's number; 2 has another one and shares the address with 1
    links = [link(0, "customer_no", 1, "crm"), link(1, "customer_no", 1, "crm"), link(2, "customer_no", 2, "crm")]
    links += [link(1, "email", "a"), link(2, "email", "a")]
    assert parts(3, links) == {frozenset({0, 1}), frozenset({2})}


def test_a_value_that_too_many_carry_joins_nobody() -> None:
    def household(n: int) -> set[frozenset[int]]:
        return parts(n, [link(i, "email", "info") for i in range(n)])

    assert len(household(OVERUSED)) == 1
    assert len(household(OVERUSED + 1)) == OVERUSED + 1


values = st.tuples(st.integers(0, 7), st.sampled_from(["customer_no", "email", "order_no"]), st.integers(0, 3))


@given(st.lists(values, max_size=24), st.randoms(use_true_random=False))
def test_the_order_of_records_and_links_changes_nothing(found: list[tuple[int, str, int]], chance: object) -> None:
    links = [link(record, kind, value, "crm") for record, kind, value in found]
    whole = parts(8, links)
    mixed = list(links)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert parts(8, mixed) == whole
    assert {i for part in whole for i in part} == set(range(8))
    # no customer has two numbers of one system; a record that has two itself is taken by its first
    numbers = {i: {one.digest for one in links if one.record == i and one.kind == "customer_no"} for i in range(8)}
    for part in whole:
        assert len({min(numbers[i]) for i in part if numbers[i]}) <= 1
