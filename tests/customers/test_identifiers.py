"""Two spellings of one identifier meet; what is none gives nothing."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.customers.identifiers import email_normal, fold_name, handle_normal, number_normal, phone_normal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Anna.Meier@Example.ORG", "anna.meier@example.org"),
        (" <anna@example.org>; ", "anna@example.org"),
        ('"Meier, Anna" <Anna@Müller.example>', "anna@xn--mller-kva.example"),
        ("mailto:anna@example.org?subject=x", "anna@example.org"),
        ("'anna@example.org'", "anna@example.org"),
        ("anna+shop@example.org.", "anna+shop@example.org"),
        ("root@localhost", "root@localhost"),
        ("o'neil@example.org", "o'neil@example.org"),
        ("anna@[127.0.0.1]", "anna@[127.0.0.1]"),
    ],
)
def test_an_address_has_one_normal_form(text: str, expected: str) -> None:
    assert email_normal(text) == expected
    assert email_normal(expected) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "@example.org",
        "anna@",
        "a b@example.org",
        "anna@exa mple.org",
        "a@b@c",
        "anna@-x.org",
        "..@example.org",
        "anna@example.org, bert@example.org",
        "anna@exam\x00ple.org",
        "anna@example..org",
        "unbekannt",
        "-",
        "<>",
    ],
)
def test_what_is_no_single_address_gives_none(text: str) -> None:
    assert email_normal(text) is None


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("030 23125-012", "DE", "+493023125012"),
        ("+49 (0)30 23125 012", "DE", "+493023125012"),
        ("0049 30 23125012", "DE", "+493023125012"),
        ("(030) 23 12 50 12", "DE", "+493023125012"),
        ("030/23125012", "DE", "+493023125012"),
        ("Tel.: 030 23125012", "DE", "+493023125012"),
        ("30 23125012", "DE", "+493023125012"),
        ("0152 28817386", "DE", "+4915228817386"),
        ("030 23125012 oder 0152 28817386", "DE", "+493023125012"),
        ("044 668 18 00", "CH", "+41446681800"),
        ("+41 44 668 18 00", "DE", "+41446681800"),
        ("01 588580", "AT", "+431588580"),
        ("+1 202 555 0143", "DE", "+12025550143"),
        ("030\u00a023125\u2013012", "DE", "+493023125012"),
    ],
)
def test_a_telephone_number_has_one_normal_form(text: str, country: str, expected: str) -> None:
    assert phone_normal(text, country) == expected
    assert phone_normal(expected, country) == expected


@pytest.mark.parametrize(
    "text", ["", "-", "unbekannt", "0", "000000000", "12345", "110", "+49", "anonym", "0900", "99999999999"]
)
def test_what_names_nobody_is_no_telephone_number(text: str) -> None:
    assert phone_normal(text, "DE") is None


@given(st.integers(10**6, 10**10 - 1), st.sampled_from(["DE", "AT", "CH"]))
def test_the_fast_way_agrees_with_the_library(national: int, country: str) -> None:
    text = f"0{national}"
    fast = phone_normal(text, country)
    number = phonenumbers.parse(text, country)
    if fast is not None and phonenumbers.is_possible_number(number):
        assert fast == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("K-10 203", "K10203"),
        (" 00471 ", "00471"),
        ("12.345.678", "12345678"),
        ("k10203", "K10203"),
        ("#4711", "4711"),
        ("4711.0", "4711"),
        ("1.23457E+11", ""),
        ("12–34", "1234"),
        ("", ""),
        ("2016/0815", "2016/0815"),
    ],
)
def test_a_number_loses_its_punctuation_and_keeps_its_zeros(text: str, expected: str) -> None:
    assert number_normal(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Anna", "anna"),
        ("https://portal.example/anna/", "anna"),
        ("https://www.portal.example/profile/Anna?x=1", "anna"),
        ("@Anna@social.example", "anna@social.example"),
        ("https://social.example/@anna", "anna@social.example"),
        ("anna.bsky.example", "anna.bsky.example"),
        ("", None),
        ("@", None),
        ("Anna Meier", None),
        ("a@b", None),
    ],
)
def test_a_handle_is_the_same_from_name_and_address(text: str, expected: str | None) -> None:
    assert handle_normal(text) == expected


def test_the_spellings_of_a_name_meet_in_its_key() -> None:
    assert {fold_name(n) for n in ("Müller", "Mueller", "MÜLLER", "Muller", "Mu\u0308ller")} == {"muller"}
    assert fold_name("Strauß-Özgür,  Zoë") == "strauss ozgur zo"
    assert fold_name("Groß") == fold_name("GROSS") == fold_name("Gross")
    assert fold_name("Łukasz") == "lukasz"


@given(st.text(max_size=60))
def test_every_normal_form_is_its_own_normal_form(text: str) -> None:
    address, handle = email_normal(text), handle_normal(text)
    assert address is None or email_normal(address) == address
    assert handle is None or handle_normal(handle) == handle
    assert fold_name(fold_name(text)) == fold_name(text)
    assert number_normal(number_normal(text)) in (number_normal(text), "")
    for country in ("DE", "CH"):
        number = phone_normal(text, country)
        assert number is None or phone_normal(number, country) == number
