"""What somebody attached says its words, whatever program wrote it, and whatever somebody hostile put into it."""

from __future__ import annotations

import time

import pytest

from rundblick.channels.attached import pictures
from rundblick.channels.attached.child import Asked, read
from rundblick.channels.attached.reading import Reader
from rundblick.channels.attached.told import MOST, Told, clean
from tests.channels.attached_files import (
    WORDS,
    blank_png,
    docx,
    eml,
    odt,
    pdf,
    png,
    pptx,
    scan,
    xlsx,
    zipped,
)

SPOKEN = pictures.languages()
needs_ocr = pytest.mark.skipif(len(SPOKEN) < 2, reason="tesseract with German and English is not installed")


def told(data: bytes, name: str = "", media_type: str = "", ocr: tuple[str, ...] = ()) -> Told:
    return read(Asked(media_type, name, ocr, data))


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("pdf", pdf("Erste Seite", WORDS)),
        ("word", docx("Sehr geehrte Damen und Herren", WORDS)),
        ("word", docx("Angebot", footer=WORDS)),
        ("table", xlsx(("Artikel", "Preis"), (WORDS, 12.5))),
        ("text", odt("Vertrag", WORDS)),
        ("table", odt(WORDS, kind="spreadsheet")),
        ("slides", pptx("Anfang", WORDS)),
        ("text", WORDS.encode()),
        ("text", WORDS.encode("cp1252")),
        ("text", WORDS.encode("utf-16")),
        ("text", ("Artikel;Preis\n" + WORDS + ";12,50").encode("cp1252")),
    ],
)
def test_a_file_says_its_words(kind: str, data: bytes) -> None:
    found = told(data)
    assert (found.kind, found.fault, found.cut) == (kind, "", False)
    assert WORDS in found.text


def test_a_page_says_what_its_reader_sees() -> None:
    page = f"<html><script>unseen()</script><body><p>{WORDS}</p><p>zwei</p></body></html>".encode()
    found = told(page, "seite.html", "text/html")
    assert found.kind == "page" and found.text.startswith(WORDS) and "unseen" not in found.text


def test_a_mail_says_who_wrote_what_and_what_it_carried() -> None:
    found = told(eml("Anfrage", WORDS, "Rechnung-4711.pdf"), media_type="message/rfc822")
    assert found.kind == "mail"
    assert all(word in found.text for word in ("Anfrage", "anna@kunde.example", WORDS, "Rechnung-4711.pdf"))


def test_rich_text_says_its_words_without_fonts_and_fields() -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator Unseen 1.0;}{\info{\author Unseen}}\f0 "
        rb"K\'fchlschranklieferung\par nach \b Flensburg\b0\par \uc1\u228?ndern \u8364 ?5 {\field{\*\fldinst"
        rb" HYPERLINK unseen}{\fldrslt hier}} \{Klammer\}}"
    )
    found = told(rtf, "brief.rtf")
    assert found.text == "Kühlschranklieferung\nnach Flensburg\nändern €5 hier {Klammer}"


def test_an_archive_says_the_names_of_what_is_in_it() -> None:
    assert told(zipped({"Fotos/Schaden.jpg": b"1"})) == Told("archive", "Fotos/Schaden.jpg")


def test_a_table_keeps_its_rows() -> None:
    assert "Kessel 4711" in told(xlsx(("Artikel", "Nummer"), ("Kessel", 4711))).text.replace("\t", " ")


def test_a_word_parted_at_a_lines_end_is_one_word() -> None:
    assert clean("Kühlschrank-\nlieferung und\nE-Mail-\nAdresse") == "Kühlschranklieferung und\nE-Mail-\nAdresse"


def test_what_nobody_sees_is_left_out() -> None:
    assert clean("a\0b\x07 \u202eexe\u200b \ud800 \u00adSil\u00adbe\r\n\n\n\nzwei") == "ab exe Silbe\n\nzwei"


def test_a_long_text_is_cut_and_says_so() -> None:
    found = told(b"Wort " * MOST)
    assert found.cut and len(found.text) <= MOST


def test_an_empty_file_has_nothing_in_it() -> None:
    assert told(b"") == Told("text") and told(b"\0" * 5000) == Told("text")


@needs_ocr
def test_a_picture_says_its_words_once_it_may_be_looked_at() -> None:
    picture = png(WORDS)
    assert told(picture) == Told("picture", ocr=True)
    assert "Flensburg" in told(picture, ocr=SPOKEN).text


@needs_ocr
def test_a_scanned_page_says_its_words_beside_those_that_it_holds() -> None:
    document = scan(WORDS, beside="The second page has letters of its own")
    first = told(document)
    assert first.ocr and "letters of its own" in first.text and "Flensburg" not in first.text
    then = told(document, ocr=SPOKEN)
    assert not then.ocr and "letters of its own" in then.text and "Flensburg" in then.text


def test_a_dot_that_counts_readers_is_not_looked_at() -> None:
    assert told(blank_png(1, 1)) == Told("picture")


_BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
_OUTSIDE = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("fault", "data"),
    [
        ("xml.entities", docx("&b;", before=_BOMB)),
        ("xml.entities", docx("&a;", before=_OUTSIDE)),
        ("zip.bomb", zipped({"word/document.xml": "<a>" + " " * (201 << 20)}, level=9)),
        ("zip.too_many", zipped({f"word/{n}": "" for n in range(5001)})),
        ("broken", docx(WORDS)[:-200]),
        ("broken", zipped({"word/document.xml": "<a><b></a>"})),
        ("broken", b"%PDF-1.7\nnothing of the kind"),
        ("broken", b"\x89PNG\r\n\x1a\n"),
        ("picture.too_large", blank_png(60_000, 60_000)),
        ("old_office", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 5000),
        ("unknown", bytes(range(256)) * 40),
    ],
)
def test_a_file_that_cannot_be_read_says_why(fault: str, data: bytes) -> None:
    assert told(data).fault == fault


def test_a_child_that_hangs_or_grows_costs_one_file() -> None:
    bomb = zipped({"word/document.xml": "<a>" + "<b>" * (20 << 20)}, level=9)
    with Reader(seconds=0.6, memory=400 << 20) as reader:
        began = time.monotonic()
        assert reader.read(bomb).fault in ("too_long", "too_much_memory", "died", "broken")
        assert time.monotonic() - began < 10
    with Reader() as reader:
        assert reader.read(docx(WORDS)).text == WORDS


def test_a_file_that_is_too_large_is_not_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.channels.attached.reading.LARGEST", 10)
    assert Reader().read(b"01234567890").fault == "too_large"
