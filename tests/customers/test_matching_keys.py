"""Keys by which records are found: how many candidates they give, and what is learned about them."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from rundblick.customers.matching import resolve, train, training
from rundblick.customers.matching.blocking import OVERUSED, Plan, candidate_pairs, candidate_sample, still_pairs
from rundblick.customers.matching.limits import SIZES, _worth, limits
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.table import Table
from tests.customers.town import customer_no, learned, mail, party, town


def a_town(people: int) -> Table:
    table = Table()
    table.add([person_of(one) for one in town(people, seed=11)[0]])
    return table


def test_a_sample_of_candidates_says_how_many_there_are() -> None:
    table = a_town(900)
    whole = candidate_pairs(table, Plan())
    sample, each = candidate_sample(table, Plan(), len(whole) // 5)
    assert set(sample.tolist()) < set(whole.tolist())
    assert len(sample) * each == pytest.approx(len(whole), rel=0.05)
    everything, once = candidate_sample(table, Plan(), len(whole))
    assert (everything.tolist(), once) == (whole.tolist(), 1.0)


def test_a_plan_takes_keys_away_and_adds_none() -> None:
    table = a_town(300)
    usual, sparing = candidate_pairs(table, Plan()), candidate_pairs(table, Plan(most={"N": 5, "CF": 0, "P": 0}))
    assert set(sparing.tolist()) < set(usual.tolist())
    kept = still_pairs(table, Plan(most={"N": 5, "CF": 0, "P": 0}), usual >> 32, usual & 0xFFFFFFFF)
    assert set(sparing.tolist()) <= set(usual[kept].tolist())


def test_large_groups_that_find_nobody_are_given_up_and_others_are_not() -> None:
    top = len(SIZES) - 1
    idle = np.array([top] * 400 + [0] * 200, np.uint8)  # 400 pairs that only this kind finds, nobody among them
    busy = np.array([0] * 400 + [top] * 200, np.uint8)
    found = np.zeros(600, np.bool_)
    found[400:] = True
    assert _worth([idle, busy], [top, top], [1, 1], found) == [1, top]


def test_what_another_key_finds_too_is_no_reason_to_keep_one() -> None:
    top = len(SIZES) - 1
    both = np.full(500, top, np.uint8)
    found = np.ones(500, np.bool_)
    kept = _worth([both, both.copy()], [top, top], [0, 0], found)
    assert sorted(kept) == [0, top]


def test_a_small_set_keeps_every_key() -> None:
    table = a_town(60)
    codes = candidate_pairs(table, Plan())
    a, b = codes >> 32, codes & 0xFFFFFFFF
    assert limits(table, Plan(), a, b, np.zeros(len(a), np.bool_)) == {}
    assert learned().most == {}


def test_learned_limits_halve_the_candidates_and_find_the_same_people() -> None:
    parties, _ = town(2500, seed=12)
    model = train(parties)
    assert model.most and all(most < OVERUSED for most in model.most.values())
    table = Table(model.facts)
    table.add([person_of(one) for one in parties])
    usual, sparing = candidate_pairs(table, Plan(model.informative)), candidate_pairs(table, model.plan)
    assert len(sparing) < len(usual) / 2
    unlimited = {tuple(part) for part in resolve(parties, replace(model, most={})).clusters}
    limited = {tuple(part) for part in resolve(parties, model).clusters}
    assert len(unlimited ^ limited) < 0.01 * len(unlimited)


@pytest.mark.parametrize("pairs", [400_000, 800])
def test_a_system_with_doubles_is_seen_whether_all_candidates_are_looked_at_or_a_sample(
    pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, _ = town(500, seed=13)
    twice = [
        party(
            "crm", f"{i}-{n}", customer_no(f"{i}-{n}", "crm"), mail(f"p{i}@post.example"),
            **{**one.facts, "birth_date": f"19{50 + i % 49}-0{1 + i % 9}-1{i % 10}"},
        )
        for i, one in enumerate(people)
        for n in range(2 if i % 50 == 0 else 1)
    ]  # fmt: skip
    monkeypatch.setattr(training, "MOST_PAIRS", pairs)
    assert train(twice).exclusive == ()
    assert train([one for one in twice if one.key.endswith("-0")]).exclusive == ("crm",)


def test_a_column_with_one_value_speaks_for_nobody() -> None:
    parties = [party(one.system, one.key, *one.identifiers, **{**one.facts, "city": "Kiel"}) for one in town(200)[0]]
    city = next(weights for weights in train(parties).fields if weights.name == "city")
    assert city.strangers[1] <= 0.0
    assert abs(city.strangers[3]) < 0.5
