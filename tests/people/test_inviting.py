"""Addresses as people paste them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.people.inviting import Found, InviteError, name_from, read_addresses


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jana@m.example", [("jana@m.example", "Jana")]),
        ("Jana Petersen <Jana@M.example>", [("jana@m.example", "Jana Petersen")]),
        ('"Petersen, Jana" <jana@m.example>', [("jana@m.example", "Jana Petersen")]),
        ("jana@m.example, Jana Petersen", [("jana@m.example", "Jana Petersen")]),
        ("jana@m.example\tJana Petersen", [("jana@m.example", "Jana Petersen")]),
        ("A <a@m.example>; B <b@m.example>", [("a@m.example", "A"), ("b@m.example", "B")]),
        ("a@m.example\n\na@m.example\n", [("a@m.example", "A")]),
        ("<mailto:murat.aydin@m.example>", [("murat.aydin@m.example", "Murat Aydin")]),
    ],
)  # fmt: skip
def test_names_and_addresses_are_told_apart(text: str, found: list[tuple[str, str]]) -> None:
    assert [(one.email, one.name) for one in read_addresses(text)] == found


@given(st.lists(st.from_regex(r"[a-z]{1,8}\.[a-z]{1,8}@[a-z]{2,8}\.example", fullmatch=True), min_size=1, max_size=20))
def test_every_address_is_found_once_whatever_parts_them(addresses: list[str]) -> None:
    for between in ("\n", ", ", "; ", "\r\n", "\t"):
        assert {one.email for one in read_addresses(between.join(addresses))} == set(addresses)


@given(st.text(max_size=300))
def test_any_text_gives_people_or_says_what_is_wrong(text: str) -> None:
    faults: tuple[tuple[int, str], ...] = ()
    found: list[Found] = []
    try:
        found = read_addresses(text)
    except InviteError as fault:
        faults = fault.faults
    assert faults or found
    assert all("@" in one.email and one.name for one in found)


def test_too_much_at_once_is_said() -> None:
    with pytest.raises(InviteError, match="at most 200"):
        read_addresses("\n".join(f"u{n}@m.example" for n in range(201)))
    with pytest.raises(InviteError, match="at most 200"):
        read_addresses("a" * 50_000)


def test_who_has_no_name_is_named_by_the_address() -> None:
    assert name_from("jana.petersen-2@m.example") == "Jana Petersen"
    assert name_from("4711@m.example") == "4711@m.example"
