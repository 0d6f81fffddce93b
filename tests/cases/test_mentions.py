"""Whom a text names: the longest name that stands behind an @, and nobody where it is an address."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.mentions import Named, find, key_of
from rundblick.core.ids import uuid7

OLGA, ANNA, ANNIKA, JURGEN = (
    Named(uuid7(), name, person=i) for i, name in enumerate(("Olga Berg", "Anna Klein", "Anna Groß", "Jürgen O'Neill"))
)
SUPPORT = Named(uuid7(), "Second Level", team=9)
ALL = [OLGA, ANNA, ANNIKA, JURGEN, SUPPORT]


def named(text: str) -> list[tuple[str, int]]:
    return [(hit.written, len(hit.meant)) for hit in find(text, ALL)]


def test_the_longest_name_counts_and_a_sentence_may_end_behind_it() -> None:
    assert named("@Olga Berg. Then @second level, please; @Olga!") == [
        ("@Olga Berg", 1),
        ("@second level", 1),
        ("@Olga", 1),
    ]


def test_names_are_read_in_any_writing() -> None:
    assert named("@juergen o'neill and @ANNA GROSS") == [("@juergen o'neill", 1), ("@ANNA GROSS", 1)]


def test_an_address_names_nobody() -> None:
    assert named("olga@berg.example, @@Olga, @nobody, @ Olga") == []


def test_what_two_are_called_is_both_until_somebody_says_whom_he_means() -> None:
    (hit,) = find("@Anna look", ALL)
    assert set(hit.meant) == {ANNA, ANNIKA}
    (chosen,) = find("@Anna look", ALL, {key_of(hit): ANNIKA.uuid})
    assert chosen.meant == (ANNIKA,)


@given(st.text(max_size=300))
def test_any_text_is_read_and_what_is_written_stands_in_it(text: str) -> None:
    text = f"{text}@Olga{text}"
    for hit in find(text, ALL):
        assert text[hit.start : hit.end] == hit.written
        assert hit.written.startswith("@")
        assert hit.meant
