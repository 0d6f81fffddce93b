"""A received mail becomes a message, whatever it looks like."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rundblick.channels.email import texts
from rundblick.channels.email.reading import read_mail
from rundblick.core.envelope import Envelope, Span
from rundblick.core.message import Message, Sender, Unreadable
from tests.channels import golden

EXPECTED = json.loads(golden.EXPECTED.read_text(encoding="utf-8"))

QUESTION = (
    b"From: Anna <anna@kunde.example>\r\nTo: service@muster.example\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Date: Mon, 3 Feb 2025 10:11:12 +0100\r\nMessage-ID: <frage@kunde.example>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nDie T\xc3\xbcr klemmt.\r\n"
)


def read(raw: bytes, **hints: str) -> Message:
    message = read_mail(Envelope("mailbox:test", "1:1", "mail", golden.RECEIVED, raw, hints=hints))
    assert isinstance(message, Message)
    return message


@pytest.mark.parametrize("path", golden.mails(), ids=lambda path: path.stem)
def test_an_awkward_mail_is_read_as_expected(path: Path) -> None:
    assert golden.reading(path) == EXPECTED[path.stem]


def test_every_expected_reading_has_its_mail() -> None:
    assert sorted(EXPECTED) == [path.stem for path in golden.mails()]


def test_every_remark_and_fault_has_its_sentence() -> None:
    met = {remark for reading in EXPECTED.values() for remark in reading.get("remarks", ())}
    assert {remark for remark in met if not remark.startswith("auto:")} <= set(texts.REMARKS)
    assert "precedence" in texts.remark_words("auto:precedence")
    assert texts.remark_words("tnef") == texts.REMARKS["tnef"]
    assert [bool(texts.fault_words(code)) for code in ("mail.empty", "mail.binary", "row.ragged")] == [
        True,
        True,
        False,
    ]


# --- whatever the bytes ---------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(path.read_bytes() for path in golden.mails()),
        b"\r\n\r\n", b"\n", b"\r", b"\0", b"=?utf-8?Q?", b"?=", b"--", b"\xff\xfe", b";", b'"', b"<", b"(",
        b">From ",
        b'Content-Type: multipart/mixed; boundary="a"\n\n--a\n', b"Content-Type: message/rfc822\n\n",
        b"Content-Transfer-Encoding: base64\n", b"filename*0*=utf-8''%", b"charset=utf-7\n\n+2AA-", b"Date: ",
        b"From: a@",
    ]
)  # fmt: skip


def assert_reads(raw: bytes) -> None:
    envelope = golden.envelope(raw)
    reading = read_mail(envelope)
    assert reading == read_mail(envelope)
    packed = msgspec.msgpack.encode(reading)  # half surrogate pairs and the like would stop here
    assert msgspec.msgpack.decode(packed, type=type(reading)) == reading
    if isinstance(reading, Message):
        assert "\x00" not in reading.text + reading.subject + reading.html
        assert len(reading.identity) == 16
        assert all(each.name and "/" not in each.name for each in reading.attachments)


@given(st.binary(max_size=400))
def test_any_bytes_can_be_read(raw: bytes) -> None:
    assert_reads(raw)


@settings(deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=30)), max_size=6).map(b"".join), st.data())
def test_any_mixture_of_broken_mails_can_be_read(raw: bytes, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(raw)))
    assert_reads(raw[:cut] + data.draw(st.binary(max_size=3)) + raw[cut + data.draw(st.integers(0, 9)) :])


@pytest.mark.parametrize("raw", [None, b"", b"\r\n \t\n", b"\x00\x00\n", b"\xef\xbb\xbf\n"])
def test_nothing_is_unreadable(raw: bytes | None) -> None:
    reading = read_mail(Envelope("s", "1", "mail", golden.RECEIVED, raw, span=Span(3, 10, 12)))
    assert reading == Unreadable(fault="mail.empty", span=Span(3, 10, 12))


def test_a_picture_that_is_called_a_mail_is_unreadable() -> None:
    reading = read_mail(golden.envelope(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4))
    assert isinstance(reading, Unreadable)
    assert reading.fault == "mail.binary"


def test_a_mail_on_which_the_parser_fails_is_read_by_hand() -> None:
    deep = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000))
    message = read(QUESTION.split(b"Content-Type")[0].replace(b"\r\n", b"\n") + deep)
    assert "parser-failed" in message.remarks
    assert (message.subject, message.party and message.party.key) == ("Grüße", "anna@kunde.example")
    assert "--b2999" in message.text


# --- identity -------------------------------------------------------------------------------------------------

TRACES = st.lists(
    st.sampled_from(
        [
            b"Received: from a by b; Mon, 3 Feb 2025 10:20:00 +0100\r\n",
            b"Delivered-To: service@muster.example\r\n",
            b"X-Original-To: info@muster.example\r\n",
            b"Return-Path: <anna@kunde.example>\r\n",
            b"X-Spam-Score: 0.3\r\n",
            b"Received-SPF: pass\r\n\t(folded)\r\n",
            b"DKIM-Signature: v=1; a=rsa-sha256;\r\n b=abc\r\n",
        ]
    )
).map(b"".join)


@given(TRACES, TRACES)
def test_the_way_a_mail_took_does_not_change_which_mail_it_is(one: bytes, other: bytes) -> None:
    first, second = read(one + QUESTION), read(other + QUESTION)
    assert first.identity == second.identity == first.content
    assert (first.text, first.party, first.at, first.thread) == (second.text, second.party, second.at, second.thread)


def test_a_changed_transfer_encoding_or_line_end_is_the_same_mail() -> None:
    quoted = QUESTION.replace(b"8bit", b"quoted-printable").replace(b"T\xc3\xbcr", b"T=C3=BCr")
    folded = QUESTION.replace(b"To: service", b"To:\r\n service").replace(b"Feb 2025 10", b"Feb 2025\r\n 10")
    same = {read(raw).identity for raw in (QUESTION, quoted, folded, QUESTION.replace(b"\r\n", b"\n"))}
    assert len(same) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"klemmt", b"klemmt nicht"),
        (b"frage@", b"andere@"),
        (b"Anna <anna@", b"Anna <anne@"),
        (b"10:11:12", b"10:11:13"),
        (b"Gr=C3", b"Kr=C3"),
    ],
    ids=["words", "id", "sender", "date", "subject"],
)
def test_the_same_message_id_with_other_content_is_another_mail(old: bytes, new: bytes) -> None:
    assert QUESTION.count(old) == 1
    assert read(QUESTION).identity != read(QUESTION.replace(old, new)).identity


def test_an_attachment_counts_for_the_identity() -> None:
    raw = (golden.FIXTURES / "mails" / "boundary-never-closed.eml").read_bytes()
    assert read(raw).attachments[0].data == b"%PDF-1.4 abc"
    assert read(raw).identity != read(raw.replace(b"JVBERi0xLjQgYWJj", b"JVBERi0xLjQgYWJk")).identity


# --- whose mail it is -----------------------------------------------------------------------------------------


def test_our_own_domains_make_a_mail_outgoing_to_the_customer() -> None:
    raw = b"From: a@team.muster.example\nTo: b@muster.example, Kunde <k@kunde.example>\nCc: l@kunde.example\n\nx"
    message = read(raw, own="muster.example")
    assert message.direction == "out"
    assert message.party is not None and message.party.key == "k@kunde.example"
    assert [each.key for each in message.copied] == ["l@kunde.example"]
    assert read(raw, own="example.org").direction == "in"


def test_no_more_than_48_others_take_part() -> None:
    raw = b"From: a@kunde.example\nTo: " + b", ".join(b"p%d@kunde.example" % n for n in range(60)) + b"\n\nx"
    message = read(raw)
    assert len(message.copied) == 48
    assert "copied-cut" in message.remarks


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("Auto-Submitted: auto-replied", Sender.AUTO_REPLY),
        ("Auto-Submitted: auto-generated", Sender.MACHINE),
        ("Auto-Submitted: no", Sender.HUMAN),
        ("Precedence: bulk", Sender.MACHINE),
        ("Precedence: junk", Sender.MACHINE),
        ("Precedence: list", Sender.LIST),
        ("Precedence: auto_reply", Sender.AUTO_REPLY),
        ("Precedence: first-class", Sender.HUMAN),
        ("X-Auto-Response-Suppress: DR, AutoReply", Sender.MACHINE),
        ("List-Unsubscribe: <https://liste.example/ab>", Sender.LIST),
        ("List-Id: Verein <v.liste.example>", Sender.LIST),
        ("List-Id: -", Sender.HUMAN),
        ("Mailing-List: contact v-help@liste.example", Sender.LIST),
        ("X-Loop: yes", Sender.MACHINE),
        ("X-OTOBO-Loop: yes", Sender.MACHINE),
        ("X-No-Loop: true", Sender.MACHINE),
        ("X-RT-Loop-Prevention: rt", Sender.MACHINE),
        ("X-FC-MachineGenerated: true", Sender.MACHINE),
        ("X-Auto-Generated: yes", Sender.MACHINE),
        ("X-Autoreply: yes", Sender.AUTO_REPLY),
        ("X-Autorespond: Danke", Sender.AUTO_REPLY),
        ("X-Auto-Reply-From: a@b.example", Sender.AUTO_REPLY),
        ("Return-Path: <>", Sender.MACHINE),
        ("Return-Path: <anna@kunde.example>", Sender.HUMAN),
        ("X-Failed-Recipients: b@kunde.example", Sender.BOUNCE_HARD),
        ("X-Rundblick-Loop: 7", Sender.OWN_ECHO),
    ],
)
def test_each_header_by_which_machines_give_themselves_away_decides(header: str, sender: Sender) -> None:
    message = read(header.encode() + b"\r\n" + QUESTION)
    assert message.sender == sender
    name = header.partition(":")[0].lower()
    assert message.remarks == (() if sender == Sender.HUMAN else (f"auto:{name}", *message.remarks[1:]))


@pytest.mark.parametrize(
    "local", ["mailer-daemon", "postmaster", "noreply", "no-reply", "no-reply+x", "do-not-reply", "abuse", "root"]
)
def test_addresses_that_nobody_reads_are_machines(local: str) -> None:
    message = read(QUESTION.replace(b"anna@", local.encode() + b"@"))
    assert (message.sender, message.remarks) == (Sender.MACHINE, ("auto:from",))


# --- the real ones --------------------------------------------------------------------------------------------


@pytest.mark.realdata
def test_all_real_mails_are_read_and_only_those_without_a_word_are_empty(real_data: Path) -> None:
    paths = sorted((real_data / "mail").glob("*/*.eml"))
    assert len(paths) == 479, f"{real_data / 'mail'} holds {len(paths)} mails, not 479"
    wordless = []
    for path in paths:
        raw = path.read_bytes()
        message = read(raw)
        assert "parser-failed" not in message.remarks
        assert message == read(raw)
        msgspec.msgpack.encode(message)
        if not message.text and not message.attachments:
            wordless.append(path.name)
            assert not _has_words(raw), path.name
    assert len(wordless) == 12


def _has_words(raw: bytes) -> bool:
    """Independent of the reader: a letter in the body that is not of a boundary line or of a part's header."""
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    rest = [
        line
        for line in body.split(b"\n")
        if not line.startswith((b"--", b"Content-")) and any(64 < c < 123 for c in line)
    ]
    return bool(rest)


@pytest.mark.realdata
def test_real_reports_of_non_delivery_are_known_and_most_name_whom_they_did_not_reach(real_data: Path) -> None:
    found = {path.name: read(path.read_bytes()) for path in sorted((real_data / "mail").glob("sisimai*/*.eml"))}
    assert len(found) == 60
    bounces = [m for m in found.values() if m.sender in (Sender.BOUNCE_HARD, Sender.BOUNCE_SOFT)]
    others = [name for name, m in found.items() if m not in bounces]
    # two abuse reports, a notice of Amazon about a bounce in JSON, one vacation answer
    assert [name[5:22] for name in others] == [
        "bounce-arf_01_eml",
        "bounce-arf_20_eml",
        "bounce-lhost_amaz",
        "bounce-rfc3834_05",
    ]
    unnamed = [m.subject for m in bounces if "party:failed-recipient" not in m.remarks]
    assert unnamed == ["Mail delivery failed: returning message to sender"]  # its addresses are all blacked out as one
