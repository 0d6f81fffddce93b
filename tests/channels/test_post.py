"""The post process: a thread an account, woken by the server, ended and started as the tables say."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import imapclient
import pytest

from rundblick.channels import accounts
from rundblick.channels import post as module
from rundblick.channels.channel import channels
from rundblick.channels.email.imap import fetching, watching
from rundblick.channels.models import Account, AccountHealth
from rundblick.channels.post import Post
from rundblick.core import home
from rundblick.intake.accept import accept
from tests.channels.dovecot import PASSWORD, PROGRAM, WITHOUT, Dovecot, dovecot
from tests.channels.mailboxes import a_mailbox, keys
from tests.channels.mails import a_mail

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not PROGRAM, reason=WITHOUT)]


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.1)
    monkeypatch.setattr(watching, "STANDING_BY_S", 0.1)
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(watching, "LOGIN_PAUSE", 0.1)


@contextmanager
def running() -> Iterator[Post]:
    post = Post(accept, home.Settings())
    thread = threading.Thread(target=post.run)
    thread.start()
    try:
        yield post
    finally:
        post.stop()
        thread.join(30)
    assert not thread.is_alive()


def soon_true(true: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + 60
    while not true():
        assert time.monotonic() < limit, what
        threading.Event().wait(0.05)


def state(account: Account) -> AccountHealth | None:
    return AccountHealth.objects.filter(account=account, direction="in").first()


def fault(account: Account) -> str:
    told = state(account)
    return told.fault if told is not None else ""


def test_new_mail_comes_in_while_the_server_is_waited_on(server: Dovecot) -> None:
    account = a_mailbox(server)
    user = account.settings["imap_user"]
    server.put(user, a_mail())
    with running():
        soon_true(lambda: len(keys(account)) == 1, "what was there")
        server.put(user, a_mail())
        soon_true(lambda: len(keys(account)) == 2, "what came while the server was waited on")
        soon_true(lambda: bool((told := state(account)) and told.message_at and not told.fault), "its health")


def test_an_account_that_is_switched_off_is_left_and_fetched_again_when_it_is_on(server: Dovecot) -> None:
    account = a_mailbox(server)
    with running() as post:
        soon_true(lambda: account.pk in post._running, "it is looked after")
        accounts.set_enabled(account, False, None)
        soon_true(lambda: not post._running, "it is left")
        server.put(account.settings["imap_user"], a_mail())
        accounts.set_enabled(account, True, None)
        soon_true(lambda: len(keys(account)) == 1, "what came meanwhile")


def test_of_two_processes_one_fetches_and_the_other_takes_over(server: Dovecot) -> None:
    account = a_mailbox(server)
    user = account.settings["imap_user"]
    server.put(user, a_mail())
    with running() as first:
        soon_true(lambda: first._leases.holds(account.pk), "the first one has it")
        with running() as second:
            soon_true(lambda: account.pk in second._running, "the second one stands by")
            soon_true(lambda: len(keys(account)) == 1, "what was there")
            assert not second._leases.holds(account.pk)
            first.stop()
            soon_true(lambda: second._leases.holds(account.pk), "the second one has it")
            server.put(user, a_mail())
            soon_true(lambda: len(keys(account)) == 2, "what came afterwards")


def test_a_mail_that_comes_while_we_look_is_not_left_until_the_next_look(
    server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = a_mailbox(server)
    user = account.settings["imap_user"]
    server.put(user, a_mail())
    uids_from, idle = fetching.uids_from, imapclient.IMAPClient.idle
    happened: list[str] = []

    def looked(client: Any, first: int, exists: int) -> list[int]:
        found = uids_from(client, first, exists)
        happened.append(f"looked at {exists}")
        if len(happened) == 1:
            server.put(user, a_mail())
            soon_true(lambda: client.noop() and len(set(client._imap.untagged_responses["EXISTS"])) > 1, "it is told")
        return found

    def waited(client: Any) -> None:
        happened.append("waited")
        idle(client)

    monkeypatch.setattr(fetching, "uids_from", looked)
    monkeypatch.setattr(imapclient.IMAPClient, "idle", waited)
    with running():
        soon_true(lambda: len(keys(account)) == 2 and "waited" in happened, "both, and then it waits")
    assert happened[:3] == ["looked at 1", "looked at 2", "waited"]


def test_a_server_that_goes_away_is_named_and_found_again(server: Dovecot) -> None:
    account = a_mailbox(server)
    with running():
        soon_true(lambda: (told := state(account)) is not None and told.contact_at is not None, "contact")
        server.stop()
        try:
            soon_true(lambda: fault(account) in ("unreachable", "cut"), "the fault is named")
        finally:
            server.start()
        server.put(account.settings["imap_user"], a_mail())
        soon_true(lambda: len(keys(account)) == 1 and not fault(account), "it is found again")


def test_a_wrong_password_is_named_and_a_right_one_mends_it(server: Dovecot) -> None:
    account = a_mailbox(server, imap_password="wrong")
    server.put(account.settings["imap_user"], a_mail())
    with running():
        soon_true(lambda: fault(account) == "login", "the fault is named")
        accounts.save(accounts.fill(channels["email"], {"imap_password": PASSWORD}, account), None, account)
        soon_true(lambda: len(keys(account)) == 1 and not fault(account), "it is mended")


def test_a_server_that_cannot_idle_is_asked_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "POLL_S", 0.2)
    with dovecot(capability="IMAP4rev1 UIDPLUS") as plain:
        account = a_mailbox(plain)
        with running():
            soon_true(lambda: state(account) is not None, "contact")
            plain.put(account.settings["imap_user"], a_mail())
            soon_true(lambda: len(keys(account)) == 1, "what came between two questions")


def test_without_accounts_nothing_is_done() -> None:
    with running() as post:
        soon_true(lambda: post.looks > 2, "it looks")
        assert not post._running
        assert post._leases._connection is None
