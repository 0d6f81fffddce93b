"""Words for search: one function for what is stored and what is asked."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.core.searching import LONGEST, STOP, alternatives, fold, is_chain, stem, tokens


@given(st.text())
def test_folding_twice_is_folding_once_and_no_form_of_unicode_changes_it(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyzäöüß", max_size=30))
def test_a_stem_is_its_own_stem(word: str) -> None:
    assert stem(stem(fold(word))) == stem(fold(word))


@given(st.text(max_size=300))
def test_tokens_can_stand_in_a_vector(text: str) -> None:
    for token in tokens(text):
        assert token
        assert len(token) <= LONGEST
        assert not set(token) & set(" '\\:&|!()\x00")


@given(st.text(alphabet="abcdeghnorstuäöüßÄÖ", min_size=2, max_size=40), st.text(alphabet="ab .,", max_size=9))
def test_a_word_is_found_wherever_it_stands(word: str, rest: str) -> None:
    held = set(tokens(f"{rest} {word}, {rest}"))
    assert fold(word) in STOP or all(set(way) <= held for way in alternatives(word))


@pytest.mark.parametrize(
    "written",
    ["Häuser", "Haeuser", "HÄUSER", "Hauser", "Haus", "Häusern", unicodedata.normalize("NFD", "Häuser")],
)
def test_umlauts_and_inflections_both_ways(written: str) -> None:
    assert tokens(written) == ["haus"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rechnungen", "Rechnung"),
        ("Straße", "STRASSE"),
        ("neue", "neuen"),
        ("Frühlinge", "Frühling"),
        ("ordered", "orders"),
        ("deliveries", "delivery"),
        ("Handys", "Handy"),
        ("Zoë", "Zoe"),
    ],
)
def test_forms_of_one_word_meet(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


@pytest.mark.parametrize("typed", ["030/1234567", "+49 30 1234567", "0049301234567", "(030) 123 45 67", "030-123-4567"])
def test_a_telephone_number_is_found_in_any_notation(typed: str) -> None:
    held = set(tokens("Rufen Sie +49 (0)30 123 45-67 an, bitte bis 12 Uhr"))
    assert any(set(way) <= held for way in alternatives(typed))


@pytest.mark.parametrize("typed", ["RE-2024/0815", "re20240815", "RE 2024 0815", "DE89370400440532013000"])
def test_so_are_other_numbers(typed: str) -> None:
    held = set(tokens("Rechnung RE-2024/0815, Konto DE89 3704 0044 0532 0130 00."))
    assert any(set(way) <= held for way in alternatives(typed))


def test_groups_of_digits_are_one_number_and_words_are_not() -> None:
    assert is_chain("030 123 456")
    assert is_chain("DE89 3704 0044 0532 0130 00")
    assert not is_chain("Haus 12")
    assert not is_chain("12345")
