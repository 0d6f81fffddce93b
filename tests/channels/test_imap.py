"""A mailbox on a real IMAP server: what is new by UID comes in once, and only then anything happens on the server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from django.db import OperationalError

from rundblick.cases.models import Case, Message
from rundblick.channels.email.imap import connecting, cursor, fetching
from rundblick.channels.email.imap.looking import probe
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account, MailFolder, MailHeld
from rundblick.channels.receiving import told
from rundblick.core.envelope import Envelope
from rundblick.core.models import Blob, Delivery
from rundblick.intake.accept import accept
from rundblick.intake.models import Outcome, Quarantine
from rundblick.people.models import Team
from tests.channels.dovecot import PASSWORD, PROGRAM, WITHOUT, Dovecot, dovecot
from tests.channels.mailboxes import a_mailbox, fetch, keys, walk
from tests.channels.mails import a_mail

pytestmark = [pytest.mark.django_db, pytest.mark.skipif(not PROGRAM, reason=WITHOUT)]


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


def user(account: Account) -> str:
    return str(account.settings["imap_user"])


def test_what_is_there_comes_in_once_under_uidvalidity_and_uid(server: Dovecot) -> None:
    account = a_mailbox(server)
    mails = [a_mail() for _ in range(3)]
    server.put(user(account), *mails)
    assert fetch(account) == 3
    assert fetch(account) == 0
    validity = MailFolder.objects.get(account=account).uidvalidity
    assert list(keys(account)) == [f"{validity}:{uid}" for uid in (1, 2, 3)]
    assert sorted(Blob.objects.values_list("size", flat=True)) == sorted(len(mail) for mail in mails)


def test_a_mail_that_somebody_has_read_comes_in_all_the_same(server: Dovecot) -> None:
    account = a_mailbox(server)
    server.put(user(account), a_mail(), a_mail())
    with server.signed_in(user(account)) as client:
        client.select_folder("INBOX")
        client.add_flags([1], [b"\\Seen"])
    assert fetch(account) == 2


def test_looking_leaves_no_trace_in_the_mailbox(server: Dovecot) -> None:
    account = a_mailbox(server)
    server.put(user(account), a_mail())
    fetch(account)
    with server.signed_in(user(account)) as client:
        client.select_folder("INBOX", readonly=True)
        assert b"\\Seen" not in client.get_flags([1])[1]


def test_nothing_happens_on_the_server_before_it_is_committed(server: Dovecot) -> None:
    account = a_mailbox(server, after="delete")
    server.put(user(account), a_mail(), a_mail())

    def away(_: Sequence[Envelope]) -> Any:
        raise OperationalError("the server closed the connection")

    with pytest.raises(ChannelFault) as fault:
        fetch(account, away)
    assert fault.value.code == "database"
    assert server.uids(user(account)) == [1, 2]
    assert fetch(account) == 2
    assert server.uids(user(account)) == []


@pytest.mark.parametrize("after", ["seen", "move", "delete"])
def test_what_was_kept_before_a_crash_is_put_away_at_the_next_look(server: Dovecot, after: str) -> None:
    account = a_mailbox(server, after=after, move_to="Erledigt & Ärger")
    server.put(user(account), a_mail(), a_mail())
    folder = cursor.open_folder(account, "INBOX", *validity_of(server, account))
    accept([envelope(account, folder, 1), envelope(account, folder, 2)])  # and then the process died
    assert fetch(account) == 0
    if after == "seen":
        with server.signed_in(user(account)) as client:
            client.select_folder("INBOX", readonly=True)
            assert all(b"\\Seen" in flags for flags in client.get_flags([1, 2]).values())
    else:
        assert server.uids(user(account)) == []
    if after == "move":
        assert len(server.uids(user(account), "Erledigt & Ärger")) == 2


def validity_of(server: Dovecot, account: Account) -> tuple[int, int]:
    with server.signed_in(user(account)) as client:
        told = client.select_folder("INBOX", readonly=True)
        return told[b"UIDVALIDITY"], told[b"UIDNEXT"]


def envelope(account: Account, folder: MailFolder, uid: int) -> Envelope:
    return Envelope(account.source.code, cursor.key(folder, uid), "mail", datetime.now(UTC), b"Subject: x\r\n\r\nx")


def test_another_uidvalidity_means_everything_is_looked_at_and_one_message_stays_one(server: Dovecot) -> None:
    Team.objects.create(key="service", name="Service", is_default=True)
    account = a_mailbox(server)
    server.put(user(account), a_mail(), a_mail())
    fetch(account)
    walk()
    server.admin("mailbox", "update", "-u", user(account), "--uid-validity", "4711", "INBOX")
    server.put(user(account), a_mail())
    assert fetch(account) == 3
    walk()
    assert Delivery.objects.filter(source=account.source).count() == 5
    assert Message.objects.count() == 3
    assert Outcome.objects.filter(kind="duplicate").count() == 2


def test_one_mail_to_two_of_our_addresses_is_one_message_with_two_deliveries(server: Dovecot) -> None:
    Team.objects.create(key="service", name="Service", is_default=True)
    one, other = a_mailbox(server), a_mailbox(server)
    mail = a_mail(to=f"{one.address}, {other.address}")
    server.put(user(one), b"Received: from a by b\r\n" + mail)
    server.put(user(other), b"Received: from a by c\r\n" + mail)
    assert fetch(one) + fetch(other) == 2
    walk()
    assert Message.objects.count() == 1


def test_folders_with_umlauts_are_found_and_do_not_mix_their_uids(server: Dovecot) -> None:
    account = a_mailbox(server, folders=["INBOX", "Rückfragen", "Büro/Größe & Maß"])
    server.put(user(account), a_mail())
    server.put(user(account), a_mail(), folder="Rückfragen")
    server.put(user(account), a_mail(), folder="Büro/Größe & Maß")
    assert fetch(account) == 3
    assert len(set(keys(account))) == 3
    assert fetch(account) == 0


def test_only_what_comes_from_now_on_comes_in_when_the_account_says_so(server: Dovecot) -> None:
    account = a_mailbox(server, begin="new")
    server.put(user(account), a_mail(), a_mail())
    assert fetch(account) == 0
    server.put(user(account), a_mail())
    assert fetch(account) == 1
    cursor.look_again(account)
    assert fetch(account) == 0


def test_a_folder_that_is_not_there_is_named(server: Dovecot) -> None:
    account = a_mailbox(server, folders=["Archiv"])
    with pytest.raises(ChannelFault) as fault:
        fetch(account)
    assert fault.value.code == "folder"
    assert "Archiv" in fault.value.detail


def test_a_mail_larger_than_the_account_takes_becomes_a_flagged_case_and_stays(server: Dovecot) -> None:
    Team.objects.create(key="service", name="Service", is_default=True)
    account = a_mailbox(server, largest_mb=2, after="delete")
    large = b"Subject: Baupl\xc3\xa4ne\r\nFrom: a@kunde.example\r\n\r\n" + b"x" * 998 + b"\r\n" * (2 << 20)
    server.put(user(account), a_mail(), large, a_mail())
    assert fetch(account) == 3
    walk()
    assert server.uids(user(account)) == [2]
    assert Quarantine.objects.get().fault == "mail.too_large"
    assert Quarantine.objects.get().detail["size"] == "4"
    assert Case.objects.get(flagged=True).content.subject.startswith("Bau")
    assert fetch(account) == 0
    # with a higher limit it comes, whole
    Account.objects.filter(pk=account.pk).update(settings=account.settings | {"largest_mb": 20})
    cursor.look_again(account)
    assert fetch(account) == 1
    assert server.uids(user(account)) == []
    assert Blob.objects.filter(size=len(large)).exists()


def test_a_large_mail_comes_in_pieces_and_is_the_same_to_the_byte(server: Dovecot) -> None:
    account = a_mailbox(server)
    large = a_mail(text="\n".join(f"{n} {'ä' * 60}" for n in range(60_000)))
    assert len(large) > 3 * fetching.PIECE
    server.put(user(account), large)
    with server.signed_in(user(account)) as client:
        client.select_folder("INBOX", readonly=True)
        stored = client.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"]
    assert fetch(account) == 1
    assert bytes(Delivery.objects.get(source=account.source).blob.sha256) == sha256(stored).digest()


def test_a_mail_that_breaks_the_connection_is_held_back_and_the_rest_comes_in(
    server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = a_mailbox(server)
    server.put(user(account), *(a_mail() for _ in range(5)))
    account.refresh_from_db()
    real = fetching._whole

    def breaking(client: Any, portion: Sequence[Any]) -> Any:
        if any(one.uid == 3 for one in portion):
            raise OSError("connection reset")
        return real(client, portion)

    monkeypatch.setattr(fetching, "_whole", breaking)
    box = fetching.Mailbox(account, told(account), accept, lambda: True)
    faults = []
    for _ in range(12):
        with connecting.connected(connecting.access_of(account)) as client:
            try:
                fetching.look(client, box, "INBOX")
                break
            except ChannelFault as fault:
                faults.append(fault.code)
    assert set(faults) == {"unreachable"}
    assert sorted(int(key.split(":")[1]) for key in keys(account)) == [1, 2, 4, 5]
    assert MailHeld.objects.get().uid == 3
    monkeypatch.setattr(fetching, "_whole", real)
    cursor.look_again(account)
    assert fetch(account) == 1
    assert not MailHeld.objects.exists()


def test_a_folder_too_large_for_a_search_is_listed_from_its_end(
    server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "SEARCHED", 2)
    monkeypatch.setattr(fetching, "FIRST_LISTED", 2)
    monkeypatch.setattr(fetching, "LISTED", 3)
    account = a_mailbox(server)
    server.put(user(account), *(a_mail() for _ in range(9)))
    with server.signed_in(user(account)) as client:
        client.select_folder("INBOX")
        client.delete_messages([4, 5])
        client.expunge()
        exists = client.select_folder("INBOX", readonly=True)[b"EXISTS"]
        assert fetching.uids_from(client, 1, exists) == [1, 2, 3, 6, 7, 8, 9]
        assert fetching.uids_from(client, 7, exists) == [7, 8, 9]
        assert fetching.uids_from(client, 10, exists) == []
        assert client.search(["UID", "9"]) == [9], "asked by UID again"
    assert fetch(account) == 7
    server.put(user(account), a_mail())
    assert fetch(account) == 1


def test_the_cursor_moves_over_mails_that_were_removed_meanwhile(server: Dovecot) -> None:
    account = a_mailbox(server)
    server.put(user(account), a_mail(), a_mail(), a_mail())
    with server.signed_in(user(account)) as client:
        client.select_folder("INBOX")
        client.delete_messages([2, 3])
        client.expunge()
    assert fetch(account) == 1
    server.put(user(account), a_mail())
    assert fetch(account) == 1
    assert [key.split(":")[1] for key in keys(account)] == ["1", "4"]


def secret_of(password: str) -> Any:
    return lambda name: password if name == "imap_password" else ""


@pytest.mark.parametrize(
    ("security", "with_authority", "fault"),
    [("tls", True, ""), ("starttls", True, ""), ("tls", False, "certificate"), ("none", True, "")],
)
def test_the_test_button_says_what_it_found(server: Dovecot, security: str, with_authority: bool, fault: str) -> None:
    account = a_mailbox(server)
    server.put(user(account), a_mail(), a_mail())
    port = server.tls_port if security == "tls" else server.port
    authority = server.authority if with_authority else ""
    settings = account.settings | {"imap_security": security, "imap_port": port, "authority": authority}
    found = probe(settings, secret_of(PASSWORD))
    assert found.fault == fault
    if not fault:
        assert found.waits
        assert found.folders[0].messages == 2
        assert found.encrypted == (security != "none")


def test_the_test_button_says_what_is_wrong(server: Dovecot) -> None:
    settings = a_mailbox(server).settings
    assert probe(settings, secret_of("wrong")).fault == "login"
    assert probe(settings | {"imap_port": 1}, secret_of(PASSWORD)).fault == "unreachable"
    assert (
        probe(settings | {"imap_host": "nowhere.invalid", "plain_allowed": True}, secret_of(PASSWORD)).fault == "name"
    )
    assert probe(settings | {"imap_security": "tls"}, secret_of(PASSWORD)).fault == "tls"
    assert probe(settings | {"folders": ["Archiv"]}, secret_of(PASSWORD)).fault == "folder"


def test_a_mailbox_whose_password_is_in_no_back_up_says_so(server: Dovecot) -> None:
    account = a_mailbox(server)
    account.secrets.all().delete()
    with pytest.raises(ChannelFault) as fault:
        fetch(account)
    assert fault.value.code == "secret"


def test_a_password_does_not_go_unencrypted_to_another_machine() -> None:
    settings = {"receive": "imap", "imap_host": "mail.muster.example", "imap_security": "none", "imap_user": "x"}
    assert probe(settings, secret_of("x")).fault == "plain"
