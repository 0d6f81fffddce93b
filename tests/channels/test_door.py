"""The door for mail servers, spoken to by Python's own SMTP and LMTP clients."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError

from rundblick.channels import accounts
from rundblick.channels.email import door as module
from rundblick.channels.email import told
from rundblick.channels.email.door import MailDoor
from rundblick.channels.models import AccountHealth
from rundblick.core import home
from rundblick.core.envelope import Envelope
from rundblick.core.models import Delivery
from rundblick.intake.accept import accept
from tests.channels.mailboxes import an_account, keys
from tests.channels.mails import a_mail

pytestmark = pytest.mark.django_db(transaction=True)

SENDER = "mta@kunde.example"


class Keeping:
    """``accept`` that can be told to fail."""

    def __init__(self) -> None:
        self.fails: Exception | None = None
        self.calls = 0

    def __call__(self, envelopes: Sequence[Envelope]) -> Any:
        self.calls += 1
        if self.fails is not None:
            raise self.fails
        return accept(envelopes)


@pytest.fixture
def keeping() -> Keeping:
    return Keeping()


@pytest.fixture
def door(keeping: Keeping, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailDoor]:
    monkeypatch.setattr(module, "MEMORY_S", 0.0)
    settings = replace(home.Settings(), smtp_door="127.0.0.1:0", lmtp_door="127.0.0.1:0", door_megabytes=1)
    opened = MailDoor(settings, keeping)
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def smtp(door: MailDoor) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", door.ports["smtp"], timeout=20) as client:
        yield client


@pytest.fixture
def lmtp(door: MailDoor) -> Iterator[smtplib.LMTP]:
    with smtplib.LMTP("127.0.0.1", door.ports["lmtp"], timeout=20) as client:
        yield client


def data(client: smtplib.SMTP, recipients: Sequence[str], mail: bytes) -> tuple[int, bytes]:
    client.ehlo_or_helo_if_needed()
    assert client.mail(SENDER)[0] == 250
    for one in recipients:
        client.rcpt(one)
    return client.data(mail)


def test_what_is_handed_over_is_kept_with_its_envelope(smtp: smtplib.SMTP) -> None:
    account = an_account()
    mail = a_mail()
    assert smtp.sendmail(SENDER, [account.address], mail) == {}
    kept = Delivery.objects.get(source=account.source)
    assert kept.blob.size == len(mail)
    assert kept.hints["envelope_from"] == SENDER
    assert kept.hints["envelope_to"] == account.address
    assert AccountHealth.objects.get(account=account).message_at is not None


def test_sent_again_after_a_lost_acknowledgement_it_is_one_delivery(smtp: smtplib.SMTP) -> None:
    account, mail = an_account(), b"Received: by mta with id 4X1\r\n" + a_mail()
    for _ in range(2):
        assert data(smtp, [account.address], mail)[0] == 250
    assert len(keys(account)) == 1
    assert data(smtp, [account.address], mail.replace(b"4X1", b"4X2"))[0] == 250
    assert len(keys(account)) == 2


def test_only_addresses_of_accounts_are_taken_also_with_a_plus(smtp: smtplib.SMTP) -> None:
    account = an_account("hilfe@muster.example", aliases="support@muster.example")
    off = an_account("alt@muster.example")
    accounts.set_enabled(off, False, None)
    smtp.ehlo()
    smtp.mail(SENDER)
    codes = {
        address: smtp.rcpt(address)[0]
        for address in (
            account.address,
            "HILFE@Muster.Example",
            "hilfe+fall-17@muster.example",
            "support@muster.example",
            "alt@muster.example",
            "niemand@muster.example",
        )
    }
    assert list(codes.values()) == [250, 250, 250, 250, 550, 550]


def test_what_cannot_be_committed_is_told_temporary_and_comes_again(smtp: smtplib.SMTP, keeping: Keeping) -> None:
    account, mail = an_account(), a_mail()
    keeping.fails = OperationalError("could not extend file: No space left on device")
    assert data(smtp, [account.address], mail)[0] == 451
    assert keys(account) == []
    keeping.fails = None
    assert data(smtp, [account.address], mail)[0] == 250
    assert len(keys(account)) == 1


def test_a_fault_of_ours_is_temporary_too(smtp: smtplib.SMTP, keeping: Keeping) -> None:
    account = an_account()
    keeping.fails = RuntimeError("a bug")
    assert data(smtp, [account.address], a_mail())[0] == 451


def test_lmtp_answers_for_each_recipient(lmtp: smtplib.LMTP, keeping: Keeping) -> None:
    one, other = an_account(), an_account()
    lmtp.ehlo()
    lmtp.mail(SENDER)
    for address in (one.address, other.address, f"{one.address.split('@')[0]}+x@muster.example"):
        lmtp.rcpt(address)
    code, text = lmtp.data(a_mail())
    answers = [(code, text), lmtp.getreply(), lmtp.getreply()]
    assert [answer[0] for answer in answers] == [250, 250, 250]
    assert len(keys(one)) == len(keys(other)) == 1


def test_lmtp_says_which_recipient_was_kept(lmtp: smtplib.LMTP, keeping: Keeping, door: MailDoor) -> None:
    one, other = an_account(), an_account()

    def half(envelopes: Sequence[Envelope]) -> Any:
        if envelopes[0].source == other.source.code:
            raise OperationalError("away")
        return accept(envelopes)

    door._desk._accept = half
    lmtp.ehlo()
    lmtp.mail(SENDER)
    lmtp.rcpt(other.address)
    lmtp.rcpt(one.address)
    assert [lmtp.data(a_mail())[0], lmtp.getreply()[0]] == [451, 250]
    assert len(keys(one)) == 1
    assert keys(other) == []


def test_what_is_too_large_is_refused_for_good(smtp: smtplib.SMTP) -> None:
    account = an_account()
    assert data(smtp, [account.address], b"Subject: x\r\n\r\n" + (b"y" * 900 + b"\r\n") * 1_200)[0] == 552
    assert keys(account) == []
    smtp.rset()
    assert smtp.mail(SENDER, ["SIZE=99999999"])[0] == 552


def test_a_line_of_a_hundred_thousand_characters_comes_in(smtp: smtplib.SMTP) -> None:
    account = an_account()
    mail = b"Subject: one line\r\nContent-Type: text/html\r\n\r\n<p>" + b"x" * 100_000 + b"</p>\r\n"
    assert data(smtp, [account.address], mail)[0] == 250
    assert Delivery.objects.get(source=account.source).blob.size == len(mail)


def test_a_connection_that_breaks_in_the_middle_leaves_nothing(door: MailDoor) -> None:
    account = an_account()
    with socket.create_connection(("127.0.0.1", door.ports["smtp"]), 20) as line:
        for words in (b"EHLO x", f"MAIL FROM:<{SENDER}>".encode(), f"RCPT TO:<{account.address}>".encode(), b"DATA"):
            line.recv(4096)
            line.sendall(words + b"\r\n")
        line.recv(4096)
        line.sendall(b"Subject: half\r\n\r\nhalf a ma")
    with smtplib.SMTP("127.0.0.1", door.ports["smtp"], timeout=20) as client:
        assert data(client, [account.address], a_mail())[0] == 250
    assert len(keys(account)) == 1


def test_who_opens_too_many_connections_is_told_to_wait(door: MailDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECTIONS_OF_ONE", 2)
    lines = [socket.create_connection(("127.0.0.1", door.ports["smtp"]), 20) for _ in range(3)]
    greetings = [line.recv(4096) for line in lines]
    assert [greeting[:3] for greeting in greetings] == [b"220", b"220", b"421"]
    for line in lines:
        line.close()


def test_the_doors_own_log_names_what_was_told(smtp: smtplib.SMTP, keeping: Keeping) -> None:
    from datetime import UTC, datetime

    account = an_account()
    data(smtp, [account.address], a_mail())
    keeping.fails = OperationalError("away")
    data(smtp, [account.address], a_mail())
    said = {key for source, key in told.told_since(datetime.now(UTC).date()) if source == account.source_id}
    assert said == set(keys(account))
    assert len(said) == 1
