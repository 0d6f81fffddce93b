"""Answers of people improve the weights: what an answer counts for, and that held-out pairs come out better."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rundblick.core.message import Party
from rundblick.customers.matching import Model, from_json, resolve, to_json, train
from rundblick.customers.matching.answers import MOST, SHARE, Answers, counts_for
from rundblick.customers.matching.engine import Judge, table_for
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.table import Ints
from tests.customers.town import FIRST, LAST, STREETS, learned, mobile, party


@cache
def namesakes(people: int, seed: int) -> tuple[list[Party], list[int]]:
    """A town in which three sons in ten are named after their fathers: more than matching takes for granted."""
    chance = random.Random(seed)
    parties: list[Party] = []
    truth: list[int] = []
    for household in range(people // 2):
        last, home = chance.choice(LAST), f"{chance.choice(STREETS)} {chance.randrange(1, 90)}"
        place = f"24{chance.randrange(100, 160)}"
        firsts = chance.sample(FIRST, 2)
        if chance.random() < 0.3:
            firsts[1] = firsts[0]
        for member, first in enumerate(firsts):
            born = f"{chance.randrange(1940, 2004)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
            own = mobile(f"+491500{chance.randrange(10**7):07d}")
            for system in chance.sample(("crm", "shop", "billing"), chance.choice((1, 1, 2))):
                parties.append(
                    party(
                        system,
                        str(len(parties)),
                        *([own] if chance.random() < 0.7 else []),
                        first_name=first,
                        last_name=last,
                        street=home,
                        postcode=place,
                        city="Kiel",
                        birth_date=born if chance.random() < 0.5 else "",
                    )
                )
                truth.append(2 * household + member)
    return parties, truth


def asked_of(parties: list[Party], model: Model) -> Ints:
    """The pairs that a person would be asked about, in a drawn order."""
    found = resolve(parties, model)
    customer = {i: n for n, part in enumerate(found.clusters) for i in part}
    pairs = [
        min(e.a, e.b) << 32 | max(e.a, e.b)
        for e in found.edges
        if e.decision == "review" and customer[e.a] != customer[e.b]
    ]
    return np.random.default_rng(1).permutation(np.unique(np.array(pairs, np.int64)))


def answers(truth: list[int], pairs: Ints, asked: Ints) -> Answers:
    """What somebody who knows the truth says about ``pairs``."""
    one = np.array([truth[code >> 32] == truth[code & 0xFFFFFFFF] for code in pairs.tolist()], np.bool_)
    return Answers(np.sort(pairs[one]), np.sort(pairs[~one]), np.sort(asked))


def surprise(model: Model, parties: list[Party], truth: list[int], pairs: Ints) -> float:
    """How far the model's odds are from the truth: mean bits of surprise a pair."""
    table = table_for(model)
    table.add([person_of(one) for one in parties])
    scores, _ = Judge(model, table)(pairs >> 32, pairs & 0xFFFFFFFF)
    one = np.array([truth[code >> 32] == truth[code & 0xFFFFFFFF] for code in pairs.tolist()], np.bool_)
    return float(np.mean(np.log2(1 + 2.0 ** np.where(one, -scores, scores))))


@pytest.mark.parametrize("seed", [1, 2])
def test_answers_make_pairs_that_nobody_was_asked_about_come_out_better(seed: int) -> None:
    parties, truth = namesakes(1200, seed)
    before = train(parties)
    asked = asked_of(parties, before)
    held, pool = np.sort(asked[::2]), asked[1::2]
    assert len(held) > 30
    after = train(parties, answers(truth, pool[:20], asked))
    assert surprise(after, parties, truth, held) < 0.5 * surprise(before, parties, truth, held)
    assert (after.origin.same + after.origin.different, before.origin.same) == (20, 0)


def test_what_an_answer_counts_for_is_taken_from_the_other_questions_like_it() -> None:
    codes = np.arange(400, dtype=np.int64)
    given_ = Answers(codes[:1], codes[1:2], codes[:8])
    told = given_.told(codes)
    found = counts_for(given_, codes, told, np.full(400, 1.0), np.zeros(400, np.bool_))
    assert found[:2].tolist() == [4.0, 4.0] and found[2:8].tolist() == [0.0] * 6 and (found[8:] == 1).all()


def test_no_answers_give_the_model_that_was_learned_without_any() -> None:
    parties, truth = namesakes(200, 3)
    nothing = np.zeros(0, np.int64)
    assert train(parties, answers(truth, nothing, nothing)) == train(parties)


def test_the_same_answers_give_the_same_model_and_it_survives_its_file() -> None:
    parties, truth = namesakes(300, 4)
    asked = asked_of(parties, learned())
    given_ = answers(truth, asked[:10], asked)
    model = train(parties, given_)
    assert train(parties, given_).version == model.version
    assert from_json(to_json(model)).origin == model.origin


def test_a_model_of_before_keeps_its_version() -> None:
    text = to_json(learned())
    old = text[: text.index(b',"learned"')] + b"}"
    assert from_json(old).origin.same == 0
    assert to_json(from_json(old)) == old


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.float64, 300, elements=st.floats(-40, 40)),
    arrays(np.uint8, 300, elements=st.integers(0, 3)),
    st.integers(0, 300),
)
def test_answers_stand_for_questions_like_theirs_and_for_no_more_than_they_may(
    odds: np.ndarray, told: np.ndarray, n: int
) -> None:
    codes = np.arange(300, dtype=np.int64)
    told[told == 3] = 0
    told[n:] = 0
    asked = codes[: min(n + 50, 300)]
    given_ = Answers(codes[told == 1], codes[told == 2], asked)
    found = counts_for(given_, codes, given_.told(codes), odds, odds > 3)
    assert (found >= 0).all() and (found[told > 0] <= MOST).all()
    assert found[told > 0].sum() <= SHARE * len(codes) + 1e-9
    assert (found[~np.isin(codes, asked)] == 1).all()
    assert found.sum() <= len(codes) + 1e-6
    if not told.any():
        assert (found == 1).all()
