"""Looks after one mailbox until told to stop: fetches what is new, waits for more, connects again after a fault."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

import psycopg
import structlog
from django.db import Error as DatabaseError
from django.db import connection

from rundblick.channels import health
from rundblick.channels.email import oauth
from rundblick.channels.email.imap import connecting, fetching
from rundblick.channels.email.imap.connecting import Client, faults
from rundblick.channels.faults import ChannelFault
from rundblick.channels.leases import Leases
from rundblick.channels.models import Account, MailHeld
from rundblick.channels.receiving import Accept, told
from rundblick.channels.waking import Bell
from rundblick.core.installation import installation
from rundblick.core.secrets import SecretError

log = structlog.get_logger("rundblick.post")

IDLE_S = 300.0  # RFC 2177 wants less than 29 minutes; many firewalls forget a silent connection after five
POLL_S = 60.0  # where the server does not tell of new mail by itself, and for folders beside the first
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 300.0
LOGIN_PAUSE = 60.0  # a provider locks whoever tries a wrong password too often
STANDING_BY_S = 15.0  # another process fetches for the account


class Watch:
    """The thread of one account. ``stop`` ends it soon, after the portion in hand at the latest."""

    def __init__(self, account: int, accept: Accept, leases: Leases) -> None:
        self.account = account
        self._accept = accept
        self._leases = leases
        self._bell = Bell()
        self._stopped = threading.Event()
        self._client: Client | None = None
        self._worked = self._refused = False
        self._cautions: dict[str, fetching.Caution] = {}

    def stop(self) -> None:
        """May be called from another thread."""
        self._stopped.set()
        self._bell.ring()

    def hang_up(self) -> None:
        """End a conversation that takes too long."""
        client = self._client
        with suppress(Exception):
            if client is not None:
                client.socket().shutdown(socket.SHUT_RDWR)

    def run(self) -> None:
        """Until stopped. Whatever goes wrong is said in the account's health and tried again after a pause."""
        pause = FIRST_PAUSE
        try:
            while not self._stopped.is_set():
                if self._attempt():
                    pause = FIRST_PAUSE
                if not self._stopped.is_set():
                    self._bell.wait(max(pause, LOGIN_PAUSE if self._refused else 0.0))
                    pause = min(LONGEST_PAUSE, pause * 2)
        finally:
            self._leases.give_back(self.account)
            connection.close()

    def _attempt(self) -> bool:
        """One session with the server; true when it worked for a while."""
        self._worked = self._refused = False
        try:
            if self._leases.take(self.account):
                self._session()
            else:
                connection.close()
                self._bell.wait(STANDING_BY_S)
                self._worked = True
        except ChannelFault as fault:
            if fault.code == "login":
                self._refused = True
                self._forget_token()
            self._failed(fault.code, fault.detail)
        except SecretError:
            self._failed("secret")
        except (psycopg.Error, DatabaseError) as error:
            self._failed("database", type(error).__name__)
        except Exception:
            log.exception("watching failed", account=self.account)
            self._failed("cut", "internal error")
        return self._worked

    def _forget_token(self) -> None:
        """A token that should be good and was refused is not used again."""
        with suppress(DatabaseError, SecretError):
            account = Account.objects.get(pk=self.account)
            if account.settings.get("auth") == "oauth2":
                oauth.forget_token(account)

    def _failed(self, code: str, detail: str = "") -> None:
        if self._stopped.is_set():
            return  # hung up by ourselves
        log.warning("mailbox not reached", account=self.account, fault=code)
        if self._worked and code in ("cut", "unreachable"):
            return  # servers end sessions, some every hour: a fault is what the next attempt meets
        try:
            health.failed(self.account, code, detail)
        except DatabaseError:
            log.warning("health not written", account=self.account)
        connection.close()

    def _session(self) -> None:
        account = Account.objects.select_related("source").get(pk=self.account)
        after = "leave" if installation().sample else str(account.settings.get("after") or "leave")
        box = fetching.Mailbox(account, told(account), self._accept, self._goes_on, after, self._cautions)
        folders = folders_of(account)
        with connecting.connected(connecting.access_of(account)) as client:
            self._client = client
            try:
                keep_alive(client)
                while not self._stopped.is_set():
                    self._look(client, box, folders)
                    if not self._goes_on():
                        return
                    self._worked = True
                    with faults():
                        self._wait(client, len(folders) > 1)
            finally:
                self._client = None

    def _goes_on(self) -> bool:
        return not self._stopped.is_set() and self._leases.holds(self.account)

    def _look(self, client: Client, box: fetching.Mailbox, folders: list[str]) -> None:
        """Every folder, the first one last: it stays open while we wait."""
        new = 0
        for name in reversed(folders):
            new += fetching.look(client, box, name)
        if new:
            log.info("fetched", account=self.account, mails=new)
        health.answered(self.account, message=new > 0)
        if MailHeld.objects.filter(folder__account_id=self.account).exists():
            health.failed(self.account, "held")
        connection.close()

    def _wait(self, client: Client, others: bool) -> None:
        """Until the server says that something happened, or it is time to look anyhow."""
        if _has_told_of_more(client):
            return
        if not client.has_capability("IDLE"):
            self._bell.wait(POLL_S)
            client.noop()
            return
        client.idle()
        try:
            if not _has_spoken(client):
                self._bell.wait(POLL_S if others else IDLE_S, client.socket().fileno())
        finally:
            client.idle_done()


def folders_of(account: Account) -> list[str]:
    """The folders that are looked at, the one that is waited on first."""
    return list(dict.fromkeys(account.settings.get("folders") or ["INBOX"]))


def keep_alive(client: Client) -> None:
    """A server that vanished is noticed within two minutes, not at the next word."""
    line: Any = client.socket()
    with suppress(OSError, AttributeError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
            if hasattr(socket, name):
                line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _has_told_of_more(client: Client) -> bool:
    """Whether mails came or went while we looked: the server said so beside another answer, and says it only once."""
    counts = client._imap.untagged_responses.get("EXISTS", ())  # since the folder was opened
    return len(set(counts)) > 1


def _has_spoken(client: Client) -> bool:
    """Whether words of the server lie in our buffers already, where no poll of the socket sees them."""
    line = client.socket()
    before = line.gettimeout()
    line.setblocking(False)
    try:
        return bool(client._imap.file.peek(1))
    except OSError:  # nothing there: BlockingIOError, SSLWantReadError
        return False
    finally:
        line.settimeout(before)
