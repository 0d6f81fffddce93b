"""How alike two records are, field by field."""

from __future__ import annotations

import numpy as np
import pytest

from rundblick.core.message import Party
from rundblick.customers.matching.comparing import compare, fields_of
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.table import Table
from tests.customers.town import landline, mail, mobile, party


def levels(a: Party, b: Party, known: tuple[str, ...] = (), facts: tuple[str, ...] = ()) -> dict[str, str]:
    """The names of the levels of a pair; ``known``: names that many bear."""
    table = Table(facts)
    table.add([person_of(a), person_of(b)])
    names = table.names.derive("known", lambda text: text in known, np.bool_)
    one = compare(table, np.array([0]), np.array([1]), names)[:, 0]
    other = compare(table, np.array([1]), np.array([0]), names)[:, 0]
    assert (one == other).all(), "a pair is the same seen from either side"
    return {field.name: field.levels[level] for field, level in zip(fields_of(facts, ()), one, strict=True)}


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Jürgen", "Juergen", "equal"),
        ("Jürgen", "JURGEN", "equal"),
        ("Sybille", "Sibylle", "sounds alike"),
        ("Michael", "Micheal", "slip"),
        ("Ursula", "Uschi", "short form"),
        ("Alexander", "Alex", "short form"),
        ("Anna", "A.", "initial"),
        ("Anna", "B.", "different"),
        ("Anna", "Robert", "different"),
        ("Anna", "", "unknown"),
    ],
)
def test_first_names(one: str, other: str, level: str) -> None:
    assert levels(party("a", "1", first_name=one), party("a", "2", first_name=other))["first_name"] == level


def test_two_names_that_many_bear_are_no_slip_of_one_another() -> None:
    pair = (party("a", "1", first_name="Karin"), party("a", "2", first_name="Katrin"))
    assert levels(*pair)["first_name"] == "slip"
    assert levels(*pair, known=("karin", "katrin"))["first_name"] == "alike, both known names"


def test_swapped_names_are_seen_even_with_a_slip() -> None:
    a = party("a", "1", first_name="Katarzyna", last_name="Kaminski")
    b = party("a", "2", first_name="Kaminsky", last_name="Katarzyna")
    assert levels(a, b)["first_name"] == "first and last name swapped"
    assert levels(a, b)["last_name"] == "unknown"  # said already


def test_a_double_name_has_its_part() -> None:
    a, b = party("a", "1", last_name="Kowalski-Nowak"), party("a", "2", last_name="Nowak")
    assert levels(a, b)["last_name"] == "part of a double name"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1980-03-04", "1980-03-04", "equal"),
        ("1980-03-04", "1980-04-03", "day and month swapped"),
        ("1980-03-04", "1980-03-14", "one slip"),
        ("1980-03-04", "1908-03-04", "one slip"),
        ("1980-03-04", "1980-03-19", "two parts of three"),
        ("1980-03-04", "1980-11-27", "within a year"),
        ("1980-12-30", "1981-01-07", "within a year"),
        ("1980-03-04", "1988-11-27", "different"),
        ("1980-03-04", "1951-11-27", "a generation apart"),
        ("1980-03-04", "", "unknown"),
    ],
)
def test_birth_dates(one: str, other: str, level: str) -> None:
    assert levels(party("a", "1", birth_date=one), party("a", "2", birth_date=other))["birth_date"] == level


def test_telephones_of_a_household_are_told_from_ones_own() -> None:
    a = party("a", "1", landline("+49431123456"), mobile("+4915001234567"))
    b = party("a", "2", landline("+49431123456"), mobile("+4915007654321"))
    found = levels(a, b)
    assert (found["landline"], found["phone"]) == ("equal", "different")
    # what is somebody's own here and a household's there is a household's
    found = levels(party("a", "1", mobile("+49431123456")), party("a", "2", landline("+49431123456")))
    assert (found["landline"], found["phone"]) == ("equal", "unknown")


def test_addresses_that_differ_at_the_host_only() -> None:
    a, b = party("a", "1", mail("segler77@post.example")), party("a", "2", mail("segler77@mail.example"))
    assert levels(a, b)["email"] == "same before the @"


def test_one_postcode_makes_the_city_say_nothing_more() -> None:
    a, b = party("a", "1", postcode="24103", city="Kiel"), party("a", "2", postcode="24103", city="Kiel")
    assert (levels(a, b)["postcode"], levels(a, b)["city"]) == ("equal", "unknown")


def test_a_further_fact_is_compared_without_being_known() -> None:
    a, b = party("a", "1", personal_no="1804974"), party("a", "2", personal_no="1804794")
    assert levels(a, b, facts=("personal_no",))["fact:personal_no"] == "one slip"


def test_address_lines_that_change_places_are_one_street() -> None:
    a = party("crm", "1", street="Hawkerplatz 105", locality="Haus Kiefernhof")
    b = party("crm", "2", street="Haus Kiefernhof 123", locality="Hawkrplatz")
    found = levels(a, b, facts=("locality",))
    assert (found["street"], found["fact:locality"]) == ("same street, other number", "unknown")
    other = levels(a, party("crm", "2", street="Haus Birkenhof 123", locality="Feldscheune"), facts=("locality",))
    assert (other["street"], other["fact:locality"]) == ("different", "different")


@pytest.mark.parametrize("written", ["１９８０-０１-０２", "٣٣٣٣-٠١-٠٢", "1980-02-0²"])
def test_digits_of_other_scripts_are_no_birth_date(written: str) -> None:
    a = party("crm", "1", birth_date=written)
    assert levels(a, party("crm", "2", birth_date="1980-01-02"))["birth_date"] == "unknown"
