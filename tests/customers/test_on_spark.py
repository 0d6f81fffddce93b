"""Pairs found and weighed on Spark, through Splink: the same clusters as in memory; skipped where there is no Spark."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pytest

from rundblick.customers import on_spark
from rundblick.customers.matching import blocking, resolve, train
from rundblick.customers.matching.comparing import ADDRESS, compare, fields_of
from rundblick.customers.matching.model import Model
from rundblick.customers.matching.person import Person, person_of
from rundblick.customers.matching.table import Table
from tests.customers.crowd import parties


@pytest.fixture(scope="module")
def model() -> Model:
    return train(parties())


def test_the_settings_hold_our_levels_and_weights(model: Model) -> None:
    fields = fields_of(model.facts, model.own)
    comparisons = on_spark.settings(model)["comparisons"]
    assert len(comparisons) == len(fields) == len(model.fields)
    for field, weight, comparison in zip(fields, model.fields, comparisons, strict=True):
        unknown, *levels = comparison["comparison_levels"]
        assert unknown["is_null_level"] and levels[-1]["sql_condition"] == "ELSE"
        assert [level["label_for_charts"] for level in levels] == list(field.levels[:0:-1])
        for number, level in zip(range(len(field.levels) - 1, 0, -1), levels, strict=True):
            bits = np.log2(level["m_probability"] / level["u_probability"])
            assert 0 < level["m_probability"] < 1 and 0 < level["u_probability"] < 1
            if number == field.exact and weight.m_exact:  # at most what the rarest value weighs
                assert bits >= weight.m_exact - weight.rare - 1e-9
            elif field.name in ADDRESS:
                assert bits == pytest.approx(max(weight.strangers[number], 0), abs=1e-9)
            else:
                assert bits == pytest.approx(weight.strangers[number], abs=1e-9)


def test_a_worker_gives_the_levels_that_memory_gives(model: Model) -> None:
    class Series(list):  # type: ignore[type-arg]
        """As much of pandas as the workers' function needs."""

    persons = [person_of(party) for party in parties(40)]
    n = len(persons) // 2
    table = Table(model.facts)
    table.forget("birth", model.over_used_dates)
    table.add(persons)
    known = table.names.derive("known", lambda text: text in set(model.known_names), np.bool_)
    expected = compare(table, np.arange(n), np.arange(n, 2 * n), known)
    records = [msgspec.json.encode(person).decode() for person in persons]
    assert msgspec.json.decode(records[0], type=Person) == persons[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "pandas", type("pandas", (), {"Series": Series}))
        found = on_spark.levels_function(model)(records[:n], records[n : 2 * n])
    assert [[ord(sign) - 65 for sign in row] for row in found] == expected.T.tolist()


def test_what_shares_keys_on_spark_are_the_candidates_of_memory(model: Model) -> None:
    persons = [person_of(party) for party in parties(400)]
    table = Table(model.facts)
    table.forget("birth", model.over_used_dates)
    table.add(persons)
    keys = on_spark.keys_of(table, model)
    n = len(persons)
    sharing = [(i << 32) | j for i in range(n) for j in range(i + 1, n) if keys[i].keys() & keys[j].keys()]
    found = on_spark.candidates_among(table, keys, np.array(sharing, np.int64))
    assert found.tolist() == blocking.candidate_pairs(table, model.plan).tolist()
    assert n < len(found) < len(sharing)


@pytest.fixture
def spark() -> Iterator[None]:
    try:
        on_spark.require_spark()
    except on_spark.NoSpark as error:
        pytest.skip(f"no Spark here: {error.missing} {error.found}".rstrip())
    yield
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is not None:
        session.stop()


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore")
def test_spark_and_memory_give_the_same_customers(spark: None, model: Model) -> None:
    people = parties(400)
    memory = resolve(people, model)
    asked: list[int] = []

    def candidates(table: Table, model: Model) -> on_spark.Ints:
        codes = on_spark.candidates_of(people)(table, model)
        asked.append(len(codes))
        return codes

    found = resolve(people, model, candidates=candidates)
    assert {frozenset(one) for one in found.clusters} == {frozenset(one) for one in memory.clusters}
    assert found.edges == memory.edges
    assert asked and asked[0] >= 100


def test_without_the_extra_or_java_it_is_said_which_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_spark, "NEEDED", ("a_package_that_nobody_has",))
    with pytest.raises(on_spark.NoSpark) as caught:
        on_spark.require_spark()
    assert caught.value.missing == "extra"
    monkeypatch.setattr(on_spark, "NEEDED", ())
    monkeypatch.setenv("PATH", "")
    with pytest.raises(on_spark.NoSpark) as caught:
        on_spark.require_spark()
    assert caught.value.missing == "java"
