"""One pair at a time says what the columns say: the same levels, weights and rules, for any two persons."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from rundblick.core.message import Party
from rundblick.customers.matching import Engine, Model, train
from rundblick.customers.matching.blocking import promising as promising_rows
from rundblick.customers.matching.comparing import _may_be_alike, _slips
from rundblick.customers.matching.engine import Judge, table_for
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.single import SingleJudge, promising
from rundblick.customers.matching.table import Table
from tests.customers.crowd import parties as crowd
from tests.customers.town import customer_no, landline, learned, mail, mobile, party, town

# few values, so that pairs meet at every level
FIRST = ["", "Anna", "Anne", "Hanna", "A", "Uschi", "Ursula", "Frieda", "Freda", "Berta", "Dorn", "Anna Maria"]
LAST = ["", "Dorn", "Dorrn", "Dohrn", "Zarnow", "Zarnow-Dorn", "Brinkmann", "Brinkma", "Anna", "Meier"]
BIRTH = ["", "1971-03-04", "1971-04-03", "1971-03-05", "1941-03-04", "1972-11-30", "1970-01-01", "1971-12-04"]
STREET = ["", "Nordring 5", "Nordring 6", "Nordrng 5", "Feldweg 3", "Hang"]
POSTCODE = ["", "24111", "24112", "24811", "80331"]
CITY = ["", "Kiel", "Kieel", "Bad Kiel", "Ulm"]
MAIL = ["", "anna71@post.example", "anna71@netz.example", "ana71@post.example", "b@post.example", "dorn@post.example"]
LINE = ["", "+4943100001", "+4943100002", "+4943299999"]
MOBILE = ["", "+4915000001", "+4915000002", "+4915299999"]
FACTS = ["", "Nordring", "Nordrng", "Feldweg", "4711", "4712", "Schlosser"]


@st.composite
def persons(draw: st.DrawFn) -> Party:
    pick = {
        "first_name": FIRST, "last_name": LAST, "birth_date": BIRTH, "street": STREET, "postcode": POSTCODE,
        "city": CITY, "company": FACTS, "locality": FACTS, "personal_no": FACTS, "name": LAST,
    }  # fmt: skip
    facts = {name: draw(st.sampled_from(values)) for name, values in pick.items()}
    if draw(st.booleans()):
        before = {"last_name": LAST, "street": STREET, "postcode": POSTCODE, "city": CITY}
        facts |= {
            f"former_{name}{suffix}": draw(st.sampled_from(values))
            for name, values in before.items()
            for suffix in ("", "_2")
        }
    identifiers = [mail(one) for one in draw(st.lists(st.sampled_from(MAIL), max_size=2)) if one]
    identifiers += [landline(one) for one in draw(st.lists(st.sampled_from(LINE), max_size=2)) if one]
    identifiers += [mobile(one) for one in draw(st.lists(st.sampled_from(MOBILE), max_size=2)) if one]
    identifiers += [customer_no(one, "crm") for one in draw(st.lists(st.sampled_from("123"), max_size=2))]
    return party(draw(st.sampled_from(("crm", "shop"))), "1", *identifiers, **facts)


@cache
def model() -> Model:
    """A model with every field in it: further facts, an exclusive system, a date that stands for "unknown"."""
    people, _ = town(300, seed=8)
    filled = [
        Party(
            one.system,
            one.key,
            one.identifiers,
            {
                **one.facts,
                "personal_no": str(4000 + i // 2),
                "locality": "Nordring" if i % 3 else "Hang",
                "company": "Werft" if i % 7 else "Kontor",
                **({"birth_date": "1970-01-01"} if i % 6 == 0 else {}),
            },
        )
        for i, one in enumerate(people)
    ]
    found = train(filled)
    assert found.own == ("personal_no",) and found.over_used_dates == ("19700101",)
    return replace(found, exclusive=("crm",))


@settings(max_examples=600, deadline=None)
@given(persons(), persons(), st.sampled_from((0.0, -400.0)))
def test_one_pair_is_weighed_as_in_columns(one: Party, other: Party, review: float) -> None:
    """With a threshold that nothing falls below every level counts, also of pairs that are given up early."""
    under = replace(model(), review=review)
    table = table_for(under)
    table.add([person_of(one), person_of(other)])
    x, y = np.array([0]), np.array([1])
    scores, vetoes = Judge(under, table)(x, y)
    single = SingleJudge(under)
    a, b = single.seen(person_of(one)), single.seen(person_of(other))
    found = single(a, b)
    if scores[0] < review:
        assert found is None
    else:
        assert found == (pytest.approx(scores[0]), vetoes[0])
    assert promising(a, b) == promising_rows(table, x, y)[0]


def test_pairs_of_a_crowd_are_weighed_one_by_one_as_in_columns() -> None:
    people = crowd(250)
    under = train(people)
    table = table_for(under)
    table.add([person_of(one) for one in people])
    rows = np.arange(len(people))
    a, b = np.repeat(rows, 40), (np.repeat(rows, 40) + np.tile(np.arange(1, 41), len(rows))) % len(rows)
    scores, vetoes = Judge(under, table)(a, b)
    single = SingleJudge(under)
    seen = [single.seen(person_of(one)) for one in people]
    reached = 0
    for i, j, score, veto in zip(a.tolist(), b.tolist(), scores.tolist(), vetoes.tolist(), strict=True):
        found = single(seen[i], seen[j])
        assert (found is None) == (score < under.review)
        if found is not None:
            reached += 1
            assert found == (pytest.approx(score), veto)
    assert reached > 100


words = st.text(st.sampled_from("abcdeäß7- "), min_size=1, max_size=9)


@settings(max_examples=500, deadline=None)
@given(words, words, st.sampled_from((0.6, 0.7, 0.8, 0.85, 0.88)))
def test_what_the_letters_rule_out_is_not_alike(x: str, y: str, least: float) -> None:
    table = Table()
    codes = np.array(table.values["city"].numbers([x, y]), np.int32)
    a, b = codes[:1], codes[1:]
    if JaroWinkler.normalized_similarity(x, y) >= least:
        assert _may_be_alike(table, "city", a, b, least)[0]
    assert _slips(table, "city", a, b, np.ones(1, np.bool_))[0] == (DamerauLevenshtein.distance(x, y) <= 1)


def test_a_record_comes_once() -> None:
    engine = Engine(learned())
    one, other = party("crm", "1", last_name="Dorn"), party("crm", "2", last_name="Dorn")
    engine.add(one)
    with pytest.raises(ValueError, match="crm:1"):
        engine.add(one)
    with pytest.raises(ValueError, match="twice"):
        engine.extend([other, one])
    assert engine.extend([other]) == [1]
    assert sorted(i for part in engine.clusters() for i in part) == [0, 1]
