"""Explanations on the terminal have a word for everything that matching compares and decides by."""

from __future__ import annotations

from django.utils import translation

from rundblick.cli.waterfall import WORDS, waterfall, word
from rundblick.customers.matching import Explanation, explain, train
from rundblick.customers.matching.comparing import fields_of
from rundblick.customers.matching.explaining import BEFORE, MOVED
from rundblick.customers.matching.rules import Rule
from tests.customers.crowd import parties


def test_every_field_level_and_rule_has_a_word() -> None:
    fields = fields_of(("occupation",), ())
    spoken = {field.name for field in fields if not field.name.startswith("fact:")}
    spoken |= (
        {BEFORE, MOVED} | {level for field in fields for level in field.levels} | {rule.name.lower() for rule in Rule}
    )
    assert spoken <= WORDS.keys(), spoken - WORDS.keys()


def test_the_words_are_german_where_the_reader_is() -> None:
    with translation.override("de"):
        assert (word("birth_date"), word("sounds alike"), word("two_numbers")[:18]) == (
            "Geburtsdatum",
            "klingt gleich",
            "zwei Nummern eines",
        )
    with translation.override("en"):
        assert word("fact:birth_place") == "birth place"


def test_the_table_shows_both_records_and_the_sum() -> None:
    people = parties(60)
    explanation: Explanation = explain(train(people), people[1], people[2])
    with translation.override("en"):
        text = waterfall(explanation, ("crm:K1", "shop:S1"), ("100 000 011", "100 000 026"))
    lines = text.splitlines()
    assert lines[0].split() == ["field", "level", "crm:K1", "shop:S1", "weight"]
    weights = [float(line.split()[-1]) for line in lines[1 : 1 + len(explanation.rows)]]
    assert abs(sum(weights) - explanation.score) < 0.01 * len(weights)
    assert lines[1 + len(weights)].split()[-1] == f"{explanation.score:+.2f}"
    assert lines[-1] == "two customers: 100 000 011 and 100 000 026"
