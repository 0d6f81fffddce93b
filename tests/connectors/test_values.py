"""Cells become values, or say why not."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.connectors.fields import Kind
from rundblick.connectors.notes import Notes
from rundblick.connectors.values import (
    Reader,
    ValueFault,
    Values,
    clean,
    decimal_sign,
    minor_units,
    number_of,
    unknown_marks,
)


def values(decimal: str = ".", maps: dict[str, dict[str, str]] | None = None, order: str = "day-first") -> Values:
    marks = unknown_marks(["?", "n/a", "00.00.0000"])
    return Values("Europe/Berlin", marks, maps or {}, {"c": order}, {"c": decimal}, Notes())


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("1.234,50", ",", "1234.50"),
        ("1,234.50", ".", "1234.50"),
        ("1.234,50", ".", "1234.50"),
        ("1'234.50", ".", "1234.50"),
        ("1\u2019234\u2019567.5", ".", "1234567.5"),
        ("1 234,5", ",", "1234.5"),
        ("1.234", ",", "1234"),
        ("1.234", ".", "1.234"),
        ("1,234", ".", "1234"),
        ("12,5", ",", "12.5"),
        ("12,5", ".", "12.5"),
        ("12.5", ",", "12.5"),
        ("1.234.567", ",", "1234567"),
        ("87 %", ".", "87"),
        ("-3", ".", "-3"),
        ("3-", ".", "-3"),
        ("\u22123", ".", "-3"),
        ("+3", ".", "3"),
        ("1.5E3", ".", "1500"),
    ],
)
def test_a_number_is_read_with_its_signs(text: str, decimal: str, number: str) -> None:
    assert number_of(text, decimal) == Decimal(number)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "1,2,3", "12,34,567", "--3", "1e", "٣", "0x10", "1.23.456"])
@pytest.mark.parametrize("decimal", [",", "."])
def test_what_is_no_number_is_refused(text: str, decimal: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        number_of(text, decimal)


@given(st.decimals(-(10**9), 10**9, places=2), st.booleans())
def test_german_and_english_spellings_are_one_number(number: Decimal, grouped: bool) -> None:
    english = f"{number:,.2f}" if grouped else f"{number:.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert number_of(english, ".") == number_of(german, ",") == number
    if abs(number) >= 1000 and grouped:
        assert number_of(german, ".") == number_of(english, ",") == number


@pytest.mark.parametrize(
    ("sample", "sign"),
    [
        (["1,5", "2"], ","),
        (["1.5", "2"], "."),
        (["1.234,5"], ","),
        (["1.234", "2.345"], ""),
        (["1.234", "2.345", "0,5"], ","),
        (["1.234.567"], ","),
        (["12", "13"], ""),
        (["0.125"], "."),
        ([], ""),
    ],
)
def test_the_decimal_sign_is_found_in_a_sample(sample: list[str], sign: str) -> None:
    assert decimal_sign(sample) == sign


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("1.234,50 €", "1234.50", "EUR"),
        ("EUR 12,00", "12.00", "EUR"),
        ("CHF 1'234.50", "1234.50", "CHF"),
        ("Fr. 5.-", "5", "CHF"),
        ("12,-", "12", ""),
        ("12,– €", "12", "EUR"),
        ("(5,00)", "-5.00", ""),
        ("-5,5", "-5.5", ""),
        ("$3.99", "3.99", "USD"),
    ],
)
def test_money_is_read_with_its_currency(text: str, amount: str, currency: str) -> None:
    assert values(",").money("c")[text] == (Decimal(amount), currency)


def test_minor_units_follow_the_currency_and_round_as_an_invoice() -> None:
    assert minor_units(Decimal("12.345"), "EUR") == 1235
    assert minor_units(Decimal("-12.345"), "EUR") == -1235
    assert minor_units(Decimal("500"), "JPY") == 500
    assert minor_units(Decimal("1.5"), "KWD") == 1500


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("90", 90),
        ("1:30", 90),
        ("0:01:30", 90),
        ("01:00:00", 3600),
        (dt.time(0, 1, 30), 90),
        (90, 90),
        (1.5, 1.5),
        ("1,5", 1.5),
    ],
)
def test_a_length_of_time_is_read_as_seconds(cell: object, seconds: float) -> None:
    assert values(",").seconds("c")[cell] == seconds


@pytest.mark.parametrize("word", ["true", "Ja", "YES", "1", "x", "wahr"])
def test_words_for_yes(word: str) -> None:
    assert values().flag("c", "answered")[word] is True


@pytest.mark.parametrize("word", ["false", "Nein", "no", "0", "falsch"])
def test_words_for_no(word: str) -> None:
    assert values().flag("c", "answered")[word] is False


def test_the_marks_of_a_file_and_the_usual_ones_mean_unknown() -> None:
    every = values()
    for mark in ("", "?", " N/A ", "null", "NaN", "#N/A"):
        assert every.text("c")[mark] == ""
        assert every.moment("c")[mark] is None
        assert every.number("c")[mark] is None
        assert every.flag("c", "answered")[mark] is None
        assert every.choice("c", "state", Kind.STATE)[mark] == ""
    assert not every.notes.all()


def test_words_are_mapped_without_regard_to_case_and_unmapped_ones_are_unknown_and_counted() -> None:
    every = values(maps={"state": {"Wartet auf Kunde": "pending"}})
    state = every.choice("c", "state", Kind.STATE)
    assert [state[w] for w in ("wartet auf kunde", "NEW", "Foo", "Foo")] == ["pending", "new", "", ""]
    (note,) = every.notes.all()
    assert (note.code, note.values["value"], note.count) == ("values.unmapped", "Foo", 2)


def test_a_column_of_texts_taken_for_words_does_not_fill_the_memory() -> None:
    every = values()
    state = every.choice("c", "state", Kind.STATE)
    for n in range(1000):
        assert state[f"text {n}"] == ""
    assert len(every.notes.all()) == 101
    assert sum(note.count for note in every.notes.all()) == 1000


def test_people_may_be_called_null() -> None:
    assert values().text("c", "last_name")["Null"] == "Null"
    assert values().text("c", "last_name")["?"] == ""
    assert values().text("c", "topic")["Null"] == ""


@pytest.mark.parametrize(
    ("kind", "cell", "code"),
    [
        ("moment", "gestern", "value.date"),
        ("number", "viel", "value.number"),
        ("count", "1,5", "value.count"),
        ("count", "-1", "value.count"),
        ("seconds", "-1", "value.number"),
        ("money", "gratis", "value.number"),
    ],
)
def test_a_value_that_cannot_be_read_names_its_column(kind: str, cell: str, code: str) -> None:
    reader: Reader[object] = getattr(values(","), kind)("c")
    with pytest.raises(ValueFault) as caught:
        reader[cell]
    assert (caught.value.code, caught.value.detail) == (code, {"column": "c"})


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("01.02.1945", "1945-02-01"),
        ("01.02.45", "1945-02-01"),
        ("1945-02-01", "1945-02-01"),
        ("1.2.05", "2005-02-01"),
        ("00.00.0000", ""),
    ],
)
def test_a_birth_date_is_a_date_that_was(text: str, iso: str) -> None:
    assert values().day("c")[text] == iso


def test_a_birth_date_that_is_none_is_left_out_and_counted() -> None:
    every = values()
    assert every.day("c")["31.02.1945"] == ""
    assert [note.code for note in every.notes.all()] == ["fact.unreadable"]


def test_texts_are_what_a_database_takes() -> None:
    assert clean(" a\x00b ") == "ab"
    assert clean("u\u0308") == "ü"
    assert clean("x\ud800y") == "x\ufffdy"
    assert clean("\ud83d\ude00 ") == "\U0001f600"


def test_a_reader_forgets_when_it_holds_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.connectors.values._LIMIT", 10)
    text = values().text("c")
    for n in range(100):
        assert text[str(n)] == str(n)
    assert len(text) <= 10


@pytest.mark.parametrize(
    ("order", "cell", "expected"),
    [
        ("day-first", "31.02.1980", "1980-02-31"),
        ("day-first", "1.13.1980", "1980-13-01"),
        ("month-first", "13/01/1980", "1980-13-01"),
        ("year-first", "1980-13-01", "1980-13-01"),
        ("%Y%m%d", "19801301", "1980-13-01"),
        ("%d.%m.%Y", "00.00.1980", "1980-00-00"),
        ("day-first", "01.12.1980", ""),
        ("day-first", "", ""),
        ("day-first", "unbekannt", ""),
        ("day-first", "0.0.0000", ""),
        ("day-first", "31.02.80", ""),
        ("day-first", "310.2.1980", ""),
        ("day-first", "31.02.1980 oder 1981", ""),
        ("%d %B %Y", "31 Februar 1980", ""),
    ],
)
def test_a_birth_date_that_is_none_keeps_its_digits_for_comparing(order: str, cell: str, expected: str) -> None:
    every = values(order=order)
    assert every.day_as_written("c")[cell] == expected
    assert not every.notes.all()
