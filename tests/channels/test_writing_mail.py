"""A letter as a mail: readable by every program, and no header that nobody meant."""

from __future__ import annotations

import email
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rundblick.channels.email.reading import read_mail
from rundblick.channels.email.writing import LetterError, display_name, envelope_address, plain, write_mail
from rundblick.core.envelope import Envelope
from rundblick.core.letters import Quote, Recipient
from rundblick.core.message import Attachment, Message
from tests.channels.letters import AT, a_letter

US = Recipient("service@muster.example", "Muster Kundendienst")
HEADERS = {
    "from", "to", "cc", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version",
    "content-type", "content-transfer-encoding", "auto-submitted", "x-auto-response-suppress", "precedence",
}  # fmt: skip


def parsed(letter: Any, **more: Any) -> EmailMessage:
    found = email.message_from_bytes(write_mail(letter, US, **more), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def read(letter: Any) -> Message:
    """As our own reader reads it, which reads what no library does."""
    raw = write_mail(letter, US)
    found = read_mail(Envelope("mailbox:x", "1", "mail", AT, raw, hints={"own": "muster.example"}))
    assert isinstance(found, Message)
    return found


def test_a_letter_has_text_and_html_and_says_who_writes_to_whom() -> None:
    mail = parsed(a_letter())
    assert (str(mail["From"]), str(mail["To"])) == (
        "Muster Kundendienst <service@muster.example>",
        "Anna Müller <anna@kunde.example>",
    )
    plain_part, html_part = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain_part is not None and html_part is not None
    assert plain_part.get_content().split() == ["Guten", "Tag,", "es", "kommt", "morgen."]
    assert "<p>Guten Tag,</p><p>es kommt morgen.</p>" in html_part.get_content()
    assert mail["Message-ID"] == "<rb1.510000125.x@muster.example>"


def test_what_is_answered_stands_below_as_mail_users_expect_it() -> None:
    letter = a_letter(quote=Quote("Anna Müller", AT, "Wo bleibt es?\n> Hallo\n\nAnna"))
    text = read(letter).text
    assert "Am 2. März 2026 um 10:00 schrieb Anna Müller:\n> Wo bleibt es?\n>> Hallo\n>\n> Anna" in text
    from rundblick.channels.email.quoting import visible_text

    assert visible_text(text) == "Guten Tag,\n\nes kommt morgen."


def test_hostile_markup_in_what_is_quoted_stays_text() -> None:
    mail = parsed(a_letter(text="<b>5 < 6</b>", quote=Quote("x", AT, "<script>alert(1)</script>")))
    part = mail.get_body(("html",))
    assert part is not None
    assert "<script>" not in part.get_content() and "&lt;b&gt;5 &lt; 6&lt;/b&gt;" in part.get_content()


def test_of_a_long_conversation_the_first_four_and_the_last_six_are_named() -> None:
    keys = tuple(f"m{i}@muster.example" for i in range(15))
    mail = parsed(a_letter(references=keys))
    named = str(mail["References"]).split()
    assert named == [f"<{key}>" for key in keys[:4] + keys[-6:]]
    assert mail["In-Reply-To"] == "<m14@muster.example>"


def test_ids_that_are_longer_than_a_line_stay_ids() -> None:
    keys = tuple(f"{'x' * 120}{i}@muster.example" for i in range(10))
    raw = write_mail(a_letter(references=keys), US)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    found = read_mail(Envelope("mailbox:x", "1", "mail", AT, raw))
    assert isinstance(found, Message)
    assert set(found.thread.parents) == {f"mid:{key}" for key in keys}


def test_an_automatic_letter_says_so_in_every_dialect() -> None:
    mail = parsed(a_letter(automatic=True))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert "Auto-Submitted" not in parsed(a_letter())


def test_files_keep_their_names_and_bytes_and_lie_about_nothing() -> None:
    files = (
        Attachment("Rechnung Größe.pdf", "application/pdf", b"%PDF\x00\xff"),
        Attachment("../../etc/passwd\r\nBcc: x@y.example", "text/plain; x=y\r\nBcc: z@y.example", b"x"),
        Attachment("mail.eml", "message/rfc822", b"Subject: inside\r\n\r\nhello"),
        Attachment("\u202egnp.exe", "multipart/mixed", b"1"),
    )
    mail = parsed(a_letter(attachments=files))
    parts = list(mail.iter_attachments())
    assert parts[0].get_filename() == "Rechnung Größe.pdf"
    assert parts[0].get_content() == b"%PDF\x00\xff"
    assert [part.get_content_type() for part in parts[1:]] == ["application/octet-stream"] * 3
    assert parts[2].get_content() == b"Subject: inside\r\n\r\nhello"
    assert not {name.lower() for part in parts for name in part} - {*HEADERS, "content-disposition"}
    assert "Bcc" not in mail and parts[3].get_filename() == "gnp.exe"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Anna Müller", "Anna Müller"),
        ("Anna\r\nBcc: x@y.example", ""),
        ("Anna\r\nBcc: all", "Anna Bcc: all"),
        ("chef@bank.example", ""),
        ("\u202eannA", "annA"),
        ("Аnna", ""),  # a Cyrillic A before Latin letters
        ("Анна", "Анна"),
        ("王小明", "王小明"),
        ("A\x00n\u200bna\u2028x", "A nna x"),
    ],
)
def test_names_say_nothing_that_they_should_not(written: str, shown: str) -> None:
    assert display_name(written) == shown


@pytest.mark.parametrize(
    "written",
    ["", "anna", "a b@c.example", "a@b.example\r\nRCPT TO:<x@y.example>", "a@b@c.example", "<a@b.example>", "a@", "@b",
     "a..b@c.example", "a\u202e@b.example", "a@b.example,c@d.example", "a\x00@b.example"],
)  # fmt: skip
def test_what_is_no_address_is_written_to_nobody(written: str) -> None:
    with pytest.raises(LetterError):
        envelope_address(written)
    with pytest.raises(LetterError):
        write_mail(a_letter(None, written), US)


def test_a_domain_in_other_letters_is_told_in_ascii() -> None:
    assert envelope_address("anna@müller.example") == "anna@xn--mller-kva.example"


anything = st.text(st.characters(codec=None), max_size=80) | st.sampled_from(
    [
        "\r\nBcc: x@y.example",
        "x\n\nbody",
        "\r\n.\r\n",
        "=?utf-8?q?=0D=0ABcc:_x=40y.example?=",
        "=?utf-8?q?=00?=",
        "a" * 2000,
        '","',
        "\x85",
    ]
)


@settings(max_examples=150)
@given(subject=anything, name=anything, own=anything, author=anything, text=anything, key=anything, file=anything)
def test_nothing_that_anybody_writes_becomes_a_header_or_another_recipient(
    subject: str, name: str, own: str, author: str, text: str, key: str, file: str
) -> None:
    letter = a_letter(
        recipients=(Recipient("anna@kunde.example", name), Recipient("copy@kunde.example", name, "cc")),
        subject=subject,
        text=text,
        quote=Quote(author, AT, text),
        references=(key, "known@muster.example"),
        attachments=(Attachment(file, file, b"x"),),
    )
    raw = write_mail(letter, Recipient("service@muster.example", own), "service+tag@muster.example")
    found = email.message_from_bytes(raw, policy=default)
    assert {header.lower() for header in found} <= HEADERS
    assert len(found.keys()) == len({header.lower() for header in found})
    assert [a.addr_spec for a in found["To"].addresses] == ["anna@kunde.example"]
    assert [a.addr_spec for a in found["Cc"].addresses] == ["copy@kunde.example"]
    assert [a.addr_spec for a in found["From"].addresses] == ["service@muster.example"]
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\n" not in head.replace(b"\r\n", b"") and b"\r" not in head.replace(b"\r\n", b"") and b"\0" not in head
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert str(found["Subject"]) == plain(subject, 300) or not subject.isprintable() or "=?" in subject
