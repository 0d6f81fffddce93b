"""What of a party is compared: normal forms of names, dates, streets, telephones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.core.message import Party
from rundblick.customers.matching.names import phonetic, short_forms, split_name
from rundblick.customers.matching.person import birth_normal, person_of, postcode_normal, street_normal
from tests.customers.town import landline, mail, mobile, party


@pytest.mark.parametrize(
    ("text", "street", "house"),
    [
        ("Große Straße 12 a", "grose str", "12a"),
        ("Grosse Str. 12a", "grose str", "12a"),
        ("Hauptstr.5", "haupt str", "5"),
        ("Hauptstraße 005", "haupt str", "5"),
        ("Am Markt 3-5", "am markt", "3"),
        ("7 b High Street", "high str", "7b"),
        ("Straße des 17. Juni 135", "str des 17 juni", "135"),
        ("Nirgendwo", "nirgendwo", ""),
        ("", "", ""),
    ],
)
def test_a_street_has_one_form_in_many_spellings(text: str, street: str, house: str) -> None:
    assert street_normal(text) == (street, house)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("MUELLER, HANS", ("hans", "muller")),
        ("Dr. Hans von Berg", ("hans", "von berg")),
        ("Frau Anna Meier", ("anna", "meier")),
        ("Meier", ("", "meier")),
    ],
)
def test_one_field_with_the_whole_name_is_split(text: str, names: tuple[str, str]) -> None:
    assert split_name(text) == names


def test_names_that_sound_alike_have_one_sound() -> None:
    assert phonetic("meier") == phonetic("mayer") == phonetic("maier")
    assert phonetic("stefan") == phonetic("stephan")
    assert phonetic("schmidt") == phonetic("schmitt")
    assert phonetic("wikipedia") == "3412"  # the example of the method
    assert phonetic("berg") != phonetic("dorn")


def test_short_forms_know_their_full_names() -> None:
    assert short_forms("uschi") & short_forms("ursula")
    assert short_forms("bob") & short_forms("robert")
    assert not short_forms("uschi") & short_forms("robert")


@pytest.mark.parametrize("junk", ["", "-", "?", "unbekannt", "N/A", "keine Angabe", "  "])
def test_a_placeholder_is_no_name(junk: str) -> None:
    person = person_of(party("crm", "1", first_name=junk, last_name=junk, city=junk))
    assert (person.first, person.last, person.city) == ("", "", "")


@pytest.mark.parametrize("date", ["0000-00-00", "1900-01-01", "x", "1.1.70", "19700101123"])
def test_a_filler_is_no_birth_date(date: str) -> None:
    assert birth_normal(date) == ""


def test_a_country_sign_is_no_part_of_a_postcode() -> None:
    assert postcode_normal("D-24103") == postcode_normal("24103") == "24103"
    assert postcode_normal("TQ13 8DF") == "tq138df"
    assert postcode_normal("00000") == ""


def test_a_mail_address_made_of_the_names_says_no_more_than_they() -> None:
    def local(address: str) -> str:
        return person_of(party("crm", "1", mail(address), first_name="Jürgen", last_name="Lehmann")).local

    assert local("juergen.lehmann@post.example") == local("j.lehmann@post.example") == ""
    assert local("lehmann77@post.example") == "lehmann77"
    assert local("segler@post.example") == "segler"


def test_mobile_and_landline_are_kept_apart() -> None:
    person = person_of(party("crm", "1", landline("+49431123456"), mobile("+4915001234567")))
    assert (person.own_phones, person.home_phones) == (("+4915001234567",), ("+49431123456",))


def test_ten_megabytes_in_a_name_are_cut_and_harm_nothing() -> None:
    long = "Müller " * 1_500_000
    person = person_of(party("crm", "1", first_name=long, last_name=long, name=long, street=long, birth_date=long))
    assert all(len(text) < 200 for text in (person.first, person.last, person.rest, person.street))


@given(
    st.dictionaries(st.sampled_from(["name", "first_name", "last_name", "street", "birth_date", "hobby"]), st.text())
)
def test_any_text_gives_a_person_and_always_the_same(facts: dict[str, str]) -> None:
    one = person_of(Party("crm", "1", (), facts))
    assert one == person_of(Party("crm", "1", (), dict(reversed(facts.items()))))
    assert len(one.birth) in (0, 8)
