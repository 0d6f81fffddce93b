"""How a text begins where a list shows it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.desk.pages.lists import opening


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kurz", "kurz"),
        ("zwei\n\n  Zeilen", "zwei Zeilen"),
        ("Guten Tag, ich warte seit Wochen", "Guten Tag, ich …"),
        ("Guten Tag, Frau Beispielhaft", "Guten Tag, Frau …"),
        ("https://laden.example/einkauf", "https://laden.ex …"),
    ],
)
def test_a_text_is_cut_between_words_and_says_so(text: str, shown: str) -> None:
    assert opening(text, 18) == shown


@given(st.text(), st.integers(min_value=10, max_value=60))
def test_it_is_never_longer_than_asked_for_and_begins_as_the_text_does(text: str, most: int) -> None:
    shown = opening(text, most)
    line = " ".join(text.split())
    assert len(shown) <= most
    assert line.startswith(shown.removesuffix(" …").rstrip()) or shown == line
    assert (shown == line) == (len(line) <= most)
