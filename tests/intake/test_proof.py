"""The daily proof: green where everything is here, red with names where something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from rundblick.channels import accounts
from rundblick.channels.email import told
from rundblick.channels.email.imap import cursor
from rundblick.channels.email.imap.counting import count, describe
from rundblick.channels.models import Account, MailFolder
from rundblick.core.counting import Counted, counters
from rundblick.core.envelope import Envelope
from rundblick.core.models import Delivery, Source
from rundblick.intake import proof
from rundblick.intake.accept import accept
from rundblick.intake.bulk import Tally, begin_file, end_file
from rundblick.intake.models import Proof, ProofWish
from tests.channels.dovecot import PROGRAM, WITHOUT, Dovecot, dovecot
from tests.channels.mailboxes import a_mailbox, an_account, fetch, keys
from tests.channels.mails import a_mail

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    if not PROGRAM:
        pytest.skip(WITHOUT)
    with dovecot() as running:
        yield running


def forget(delivery: Delivery) -> None:
    """As a restored back-up would not have it: its key is another one now. Facts cannot be removed."""
    with connection.cursor() as cur:
        cur.execute("ALTER TABLE core_delivery DISABLE TRIGGER core_delivery_append_only")
        cur.execute("UPDATE core_delivery SET source_key = 'gone' WHERE id = %s", [delivery.pk])
        cur.execute("ALTER TABLE core_delivery ENABLE TRIGGER core_delivery_append_only")


def test_a_mailbox_whose_mails_are_all_here_is_green(server: Dovecot) -> None:
    account = a_mailbox(server, folders=["INBOX", "Büro"])
    server.put(account.settings["imap_user"], a_mail(), a_mail())
    server.put(account.settings["imap_user"], a_mail(), folder="Büro")
    fetch(account)
    found = count(account)
    assert (found.told, found.kept, found.lost, found.good) == (3, 3, 0, True)


def test_a_mail_that_is_there_and_not_here_is_named_and_fetched_again(server: Dovecot) -> None:
    account = a_mailbox(server)
    user = account.settings["imap_user"]
    server.put(user, *(a_mail(Subject=f"Größe {n}") for n in range(4)))
    fetch(account)
    lost = Delivery.objects.get(source=account.source, source_key=keys(account)[2])
    key = lost.source_key
    forget(lost)
    found = count(account)
    assert (found.told, found.kept, found.lost, found.good) == (4, 3, 1, False)
    assert found.missing == (key,)
    (described,) = describe(account, [key])
    assert (described.uid, described.subject) == (3, "Größe 2")
    assert described.sender.endswith("@kunde.example")
    assert described.arrived is not None
    assert fetch(account) == 0, "the cursor is past it"
    accounts.fetch_again(account, found.missing, None)
    assert fetch(account) == 1
    assert count(account).good
    assert fetch(account) == 0
    assert MailFolder.objects.get(account=account).again_from is None


def test_what_came_a_moment_ago_is_on_its_way_and_what_lies_there_for_long_is_not(server: Dovecot) -> None:
    account = a_mailbox(server)
    server.put(account.settings["imap_user"], a_mail())
    fetch(account)
    server.put(account.settings["imap_user"], a_mail())
    found = count(account)
    assert (found.waiting, found.lost, found.good) == (1, 0, True)
    MailFolder.objects.update(looked_at=datetime.now(UTC) - timedelta(hours=1))
    found = count(account)
    assert (found.waiting, found.fault, found.good) == (1, "late", False)


def test_mails_from_before_the_account_began_are_not_missing(server: Dovecot) -> None:
    account = a_mailbox(server, begin="new")
    server.put(account.settings["imap_user"], a_mail(), a_mail())
    fetch(account)
    server.put(account.settings["imap_user"], a_mail())
    fetch(account)
    assert (count(account).told, count(account).good) == (1, True)


def test_a_mail_that_is_held_back_is_named(server: Dovecot) -> None:
    account = a_mailbox(server)
    server.put(account.settings["imap_user"], a_mail(), a_mail())
    folder = cursor.open_folder(account, "INBOX", *_selected(server, account))
    cursor.hold(folder, 1, "cut")
    cursor.advance(folder, 1)
    cursor.done(folder, 1)
    assert fetch(account) == 1
    assert count(account).missing == (cursor.key(folder, 1),)


def _selected(server: Dovecot, account: Account) -> tuple[int, int]:
    with server.signed_in(account.settings["imap_user"]) as client:
        found = client.select_folder("INBOX", readonly=True)
        return found[b"UIDVALIDITY"], found[b"UIDNEXT"]


def test_a_mailbox_that_cannot_be_asked_is_not_green(server: Dovecot) -> None:
    account = a_mailbox(server, imap_password="wrong")
    found = count(account)
    assert (found.told, found.fault, found.good) == (None, "login", False)


def test_what_the_door_told_and_is_not_here_is_named() -> None:
    account = an_account()
    for n in range(3):
        accept([Envelope(account.source.code, f"door:{n}", "mail", datetime.now(UTC), b"Subject: x\r\n\r\n%d" % n)])
    told.tell(account.source_id, ["door:0", "door:1", "door:2"])
    assert _of(account.source_id, "door").good
    told.tell(account.source_id, ["door:3"])
    found = _of(account.source_id, "door")
    assert (found.told, found.kept, found.missing) == (4, 3, ("door:3",))


def _of(source: int, kind: str) -> Counted:
    return next(one for one in counters[kind]() if one.source == source)


def test_rows_of_a_file_are_counted_against_what_was_read() -> None:
    source = begin_file("kunden.csv", "customer", "crm", 10, "ab" * 32, datetime.now(UTC))
    for row in range(3):
        Delivery.objects.create(source_id=source.id, source_key=str(row), kind="row", received_at=datetime.now(UTC))
    end_file(source, Tally(read=4, kept=3, unreadable=1), [])
    assert _of(source.id, "file").good
    end_file(source, Tally(read=6, kept=5, unreadable=1), [])
    found = _of(source.id, "file")
    assert (found.told, found.kept, found.lost) == (6, 4, 2)


def test_the_worst_of_a_day_stays_visible_when_it_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source.objects.create(code="mailbox:x", kind="mail")
    for lost in (0, 2, 1, 0):
        counted = Counted(source.pk, 5, 5 - lost, 0, tuple("ab"[:lost]), lost)
        monkeypatch.setitem(counters, "test", lambda counted=counted: iter([counted]))
        proof.prove(["test"])
    (line,) = proof.latest()
    assert (line.lost, line.worst, line.good, line.missing) == (0, 2, True, [])
    assert Proof.objects.count() == 1


def test_a_counter_that_fails_leaves_the_others_to_be_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source.objects.create(code="mailbox:x", kind="mail")

    def broken() -> Iterator[Counted]:
        raise RuntimeError("a bug")
        yield

    monkeypatch.setitem(counters, "a", broken)
    monkeypatch.setitem(counters, "b", lambda: iter([Counted(source.pk, 1, 1)]))
    assert [one.kind for one in proof.prove(["a", "b"])] == ["b"]


def test_the_sweep_counts_once_a_day_and_when_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source.objects.create(code="mailbox:x", kind="mail")
    asked: list[int] = []

    def counting() -> Iterator[Counted]:
        asked.append(1)
        yield Counted(source.pk, 1, 1)

    for kind in list(counters):
        monkeypatch.delitem(counters, kind)
    monkeypatch.setitem(counters, "test", counting)
    sweep = proof.proving()
    sweep()
    sweep()
    assert len(asked) == 1
    proof.ask_for()
    assert proof.is_wanted()
    sweep()
    assert len(asked) == 2
    assert not proof.is_wanted()
    assert ProofWish.objects.filter(done_at=None).count() == 0
