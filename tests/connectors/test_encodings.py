"""Which characters bytes mean, and the repair of what was read wrongly once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.connectors.encodings import find_encoding, looks_binary, mojibake_in, repairer

WORDS = "Phänomen Übung Straße grün Köln Ärger Öl café Größe Müller Grüße für Bäckerei"


@pytest.mark.parametrize("word", WORDS.split())
def test_latin_text_read_as_macroman_is_recognised_and_repaired(word: str) -> None:
    wrong = word.encode("latin-1").decode("mac_roman")
    assert mojibake_in(wrong) == "macroman"
    assert repairer("macroman")(f"Der {wrong}, ja") == f"Der {word}, ja"


@pytest.mark.parametrize("word", [*WORDS.split(), "5 € für", "„Zitat“", "naïve Señor"])
def test_utf8_read_as_cp1252_is_recognised_and_repaired(word: str) -> None:
    wrong = "".join(bytes([b]).decode("cp1252", "ignore") or chr(b) for b in word.encode())
    assert mojibake_in(wrong) == "utf-8"
    assert repairer("utf-8")(wrong) == word


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        WORDS,
        "5 ‰ Zinsen",
        "3 ÷ 4",
        "„Zitat“ – so…",
        "‹Anführung›",
        "1.000 € ©",
        "Ãndern",
        "«oui»",
        "São Paulo",
    ],
)
def test_right_texts_are_left_alone(text: str) -> None:
    assert mojibake_in(text) == ""
    for kind in ("macroman", "utf-8"):
        assert repairer(kind)(text) == text


@given(st.text(max_size=60))
def test_a_repair_is_done_once(text: str) -> None:
    for kind in ("macroman", "utf-8"):
        once = repairer(kind)(text)
        assert len(once) <= len(text)
        if not mojibake_in(once):
            assert repairer(kind)(once) == once


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "utf-8"),
        ("cp1252", "cp1252"),
        ("mac_roman", "mac_roman"),
        ("cp850", "cp850"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_an_encoding_is_found_by_german_text(encoding: str, name: str) -> None:
    text = f"Kunde;Ort\n{WORDS};x\n" * 5
    assert find_encoding(text.encode(encoding)).name == name


def test_a_sample_cut_inside_a_character_is_still_utf8() -> None:
    data = ("x" * 4095 + "ä").encode()[:4096]
    assert find_encoding(data, cut=True).name == "utf-8"
    assert find_encoding(data).name != "utf-8"


def test_binary_is_no_text() -> None:
    junk = bytes(range(256)) * 30
    assert looks_binary(junk, find_encoding(junk))
    assert not looks_binary(WORDS.encode(), find_encoding(WORDS.encode()))
    assert not looks_binary(b"", find_encoding(b""))
