"""Which records are one customer: a function of the set, with the veto and without over-used values."""

from __future__ import annotations

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.customers import clusters as module
from rundblick.customers.clusters import NONE, OVERUSED, Constraints, Edge, Link, Weighed, clusters


def digest(*parts: object) -> bytes:
    return blake2b(repr(parts).encode(), digest_size=8).digest()


def link(record: int, kind: str, value: object, issuer: str = "") -> Link:
    return Link(record, digest("record", record), kind, issuer, digest(kind, issuer, value))


def parts(n: int, links: list[Link], told: Constraints = NONE) -> set[frozenset[int]]:
    return {frozenset(part) for part in clusters([(i, digest("record", i)) for i in range(n)], links, told)}


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


def test_what_a_person_put_together_is_one_whatever_its_numbers_say_and_a_third_number_stays_out() -> None:
    links = [link(i, "customer_no", i, "crm") for i in range(3)] + [link(i, "email", "a") for i in range(3)]
    assert parts(3, links, Constraints(together=[[0, 1]])) == {frozenset({0, 1}), frozenset({2})}


def test_whoever_has_one_of_the_two_numbers_of_a_confirmed_pair_is_no_stranger_to_it() -> None:
    links = [link(i, "customer_no", i, "crm") for i in range(2)]
    links += [link(2, "customer_no", 1, "crm"), link(0, "email", "a"), link(2, "email", "a")]
    assert parts(3, links, Constraints(together=[[0, 1]])) == {frozenset({0, 1, 2})}


def test_what_a_person_set_apart_is_never_joined_not_even_over_a_third() -> None:
    links = [link(i, "email", "a") for i in range(3)] + [link(i, "phone", 1) for i in range(3)]
    found = parts(3, links, Constraints(apart=[([0], [1])]))
    assert all(not {0, 1} <= part for part in found) and len(found) == 2


values = st.tuples(st.integers(0, 7), st.sampled_from(["customer_no", "email", "order_no"]), st.integers(0, 3))


records = st.lists(st.integers(0, 7), min_size=1, max_size=3, unique=True)
together = st.lists(records, max_size=3)
apart = st.lists(st.tuples(records, records).filter(lambda sides: set(sides[0]).isdisjoint(sides[1])), max_size=3)


@given(st.lists(values, max_size=24), together, apart, st.randoms(use_true_random=False))
def test_the_order_of_records_links_and_decisions_changes_nothing(
    found: list[tuple[int, str, int]], one: list[list[int]], two: list[tuple[list[int], list[int]]], chance: object
) -> None:
    links = [link(record, kind, value, "crm") for record, kind, value in found]
    whole = parts(8, links, Constraints(one, two))
    mixed, turned = list(links), [sides[::-1] for sides in two]
    for part in (mixed, one, turned, *one):
        chance.shuffle(part)  # type: ignore[attr-defined]
    assert parts(8, mixed, Constraints(one, turned)) == whole
    assert {i for part in whole for i in part} == set(range(8))
    assert all(any(set(group) <= part for part in whole) for group in one)
    told = parts(8, [], Constraints(one))
    for left, right in two:
        for part in whole:
            mixes = not part.isdisjoint(left) and not part.isdisjoint(right)
            # a person who contradicts himself is taken at his word for what is together
            assert not mixes or any(not p.isdisjoint(left) and not p.isdisjoint(right) for p in told)


@given(st.lists(values, max_size=24))
def test_no_customer_has_two_numbers_of_one_system(found: list[tuple[int, str, int]]) -> None:
    links = [link(record, kind, value, "crm") for record, kind, value in found]
    # a record that has two itself is taken by its first
    numbers = {i: {one.digest for one in links if one.record == i and one.kind == "customer_no"} for i in range(8)}
    for part in parts(8, links):
        assert len({min(numbers[i]) for i in part if numbers[i]}) <= 1


def test_weighed_pairs_join_after_numbers_strongest_first_and_under_the_same_vetoes() -> None:
    records = [(i, digest("record", i)) for i in range(4)]
    # 0 and 1 have two numbers of one system; 2 resembles both, 1 more
    links = [link(0, "customer_no", 1, "crm"), link(1, "customer_no", 2, "crm")]
    weighed = [Edge(0, 2, 7.0, joins=True), Edge(1, 2, 9.0, joins=True), Edge(2, 3, 4.0, joins=True)]
    expected = {frozenset({0}), frozenset({1, 2, 3})}
    for edges in (weighed, weighed[::-1]):
        assert {frozenset(part) for part in clusters(records, links, NONE, Weighed(edges, 1.0))} == expected
    apart = Constraints(apart=[({1}, {3})])
    assert {frozenset(part) for part in clusters(records, links, apart, Weighed(weighed, 1.0))} == {
        frozenset({0}),
        frozenset({1, 2}),
        frozenset({3}),
    }


pairs = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] < pair[1])
weights = st.floats(-12, 12, allow_nan=False)


@given(
    st.dictionaries(pairs, st.tuples(weights, st.booleans()), max_size=15),
    st.lists(values.filter(lambda one: one[0] < 6), max_size=8),
    together.map(lambda sets: [[record % 6 for record in one] for one in sets]),
    st.sets(st.integers(0, 5), max_size=3),
)
def test_components_in_which_nothing_speaks_against_anything_are_put_together_as_all_others_are(
    weighed: dict[tuple[int, int], tuple[float, bool]],
    found: list[tuple[int, str, int]],
    told: list[list[int]],
    unproven: set[int],
) -> None:
    edges = [Edge(a, b, w, w >= 3 and not bar, bar, bar) for (a, b), (w, bar) in weighed.items()]
    links = [link(record, kind, value, "crm") for record, kind, value in found]

    def found_parts() -> set[frozenset[int]]:
        made = clusters(
            [(i, digest("record", i)) for i in range(6)], links, Constraints(told), Weighed(edges, 3.0, unproven)
        )
        return {frozenset(part) for part in made}

    quickly = found_parts()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_undisputed", lambda *_: False)
        assert found_parts() == quickly
