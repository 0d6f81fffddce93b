"""The door for mail: a mail server in front hands over by SMTP or LMTP, and is told the truth.

250 means committed. 451 means "keep it and come again": the database is away, its disk is full. 550 is for addresses
that are no account's, 552 for what is too large. A mail sent again after a lost acknowledgement is one delivery: its
key is a digest of its bytes and its envelope sender, and the queue's own Received line is among the bytes.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import time
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection

from rundblick.channels import health
from rundblick.channels.email import told as told_log
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account
from rundblick.channels.receiving import MAIL, Accept, told
from rundblick.core import envelope as core
from rundblick.core import home

log = structlog.get_logger("rundblick.post")

CONNECTIONS, CONNECTIONS_OF_ONE = 40, 20
THREADS = 4  # that keep mails, each with a connection to the database
IDLE_S = 120.0
LINE = 1 << 20  # some programs write a whole paragraph of HTML into one line; RFC 5321 allows 1,000 bytes
MEMORY_S = 3.0  # how long addresses are remembered
HEALTH_S = 30.0
PATIENCE_S = 5.0
TEMPORARY = "451 4.3.0 Not kept yet, please try again"
NOBODY = "550 5.1.1 No such address here"

_T = TypeVar("_T")

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd writes every address into its log


class MailDoor:
    """SMTP and LMTP, each where the settings say; neither when they say nothing. One thread for both."""

    def __init__(self, settings: home.Settings, accept: Accept) -> None:
        self._settings = settings
        self._desk = _Desk(accept)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._servers: dict[str, asyncio.Server] = {}
        self._open: Counter[str] = Counter()
        self._tended = -HEALTH_S

    @property
    def ports(self) -> dict[str, int]:
        """Where it listens: "smtp", "lmtp" -> port."""
        return {kind: server.sockets[0].getsockname()[1] for kind, server in self._servers.items()}

    def open(self) -> None:
        """Listen. Raises OSError when an address is in use or a certificate cannot be read."""
        wanted = {"smtp": self._settings.smtp_door, "lmtp": self._settings.lmtp_door}
        if not any(wanted.values()):
            return
        context = self._tls()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="door", daemon=True)
        self._thread.start()
        for kind, text in wanted.items():
            if text:
                self._servers[kind] = self._call(self._listen(_KINDS[kind], text, context))
                log.info("door open", kind=kind)

    def tend(self) -> None:
        """Say how the accounts do that get their mail here."""
        if time.monotonic() - self._tended < HEALTH_S:
            return
        self._tended = time.monotonic()
        mine = Account.objects.filter(channel="email", enabled=True, settings__receive="door")
        for pk in mine.values_list("id", flat=True):
            if self._servers:
                health.answered(pk)
            else:
                health.failed(pk, "door")

    def close(self) -> None:
        """Stop listening, and let what is being handed over come to its end for a moment."""
        if self._loop is not None and self._thread is not None:
            with suppress(Exception):
                self._call(self._stop())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5.0)
            if not self._thread.is_alive():
                self._loop.close()
            self._loop = self._thread = None
        self._servers.clear()
        self._desk.close()

    def _call(self, deed: Coroutine[Any, Any, _T]) -> _T:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(deed, self._loop).result(20.0)

    async def _listen(self, kind: type[_Counted], text: str, context: ssl.SSLContext | None) -> asyncio.Server:
        parts = urlsplit(f"//{text}")

        def protocol() -> SMTP:
            return kind(
                self._desk,
                open_connections=self._open,
                data_size_limit=self._settings.door_megabytes << 20,
                enable_SMTPUTF8=True,
                tls_context=context,
                timeout=IDLE_S,
                ident="Rundblick",
                hostname="rundblick",
                auth_exclude_mechanism=["LOGIN", "PLAIN"],
                loop=self._loop,
            )

        return await asyncio.get_running_loop().create_server(protocol, parts.hostname or "127.0.0.1", parts.port)

    async def _stop(self) -> None:
        for server in self._servers.values():
            server.close()
        until = time.monotonic() + PATIENCE_S
        while self._desk.busy and time.monotonic() < until:
            await asyncio.sleep(0.05)
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _tls(self) -> ssl.SSLContext | None:
        if not self._settings.door_certificate:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._settings.door_certificate, self._settings.door_key or None)
        return context


class _Counted(SMTP):
    """Refuses, for now, who opens too many connections."""

    line_length_limit = LINE

    def __init__(self, handler: _Desk, *, open_connections: Counter[str], **options: Any) -> None:
        super().__init__(handler, **options)
        self._open_connections, self._peer = open_connections, ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = str((transport.get_extra_info("peername") or ("",))[0])
        if not self._peer:  # after STARTTLS it is called again
            if (
                sum(self._open_connections.values()) >= CONNECTIONS
                or self._open_connections[peer] >= CONNECTIONS_OF_ONE
            ):
                transport.write(b"421 4.3.2 Too many connections, please try again\r\n")  # type: ignore[attr-defined]
                transport.close()
                return
            self._peer = peer
            self._open_connections[peer] += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._peer:
            return
        self._open_connections[self._peer] -= 1
        self._peer = ""
        super().connection_lost(error)


class _Smtp(_Counted):
    pass


class _Lmtp(_Counted, LMTP):
    pass


_KINDS: dict[str, type[_Counted]] = {"smtp": _Smtp, "lmtp": _Lmtp}


class _Desk:
    """What happens with what is handed over; everything that touches the database in threads of its own."""

    def __init__(self, accept: Accept) -> None:
        self._accept = accept
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="door")
        self._addresses: dict[str, int] = {}
        self._asked = -MEMORY_S
        self._noted: dict[int, float] = {}
        self.busy = 0  # mails that are being kept

    def close(self) -> None:
        """End the threads, each with its connection; what hangs in the database is left to the process's end."""
        together = threading.Barrier(THREADS)

        def end() -> None:
            with suppress(threading.BrokenBarrierError):
                together.wait(PATIENCE_S)
            connection.close()

        ends = [self._threads.submit(end) for _ in range(THREADS)]
        wait(ends, 2 * PATIENCE_S)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        try:
            account = await self._in_thread(self._account, address)
        except DatabaseError:
            return TEMPORARY
        if account is None:
            return NOBODY
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        each = isinstance(server, LMTP)
        self.busy += 1
        try:
            answers: list[str] = await self._in_thread(
                self._receive, bytes(raw), envelope.mail_from or "", list(envelope.rcpt_tos), each
            )
        finally:
            self.busy -= 1
        return "\r\n".join(answers) if each else answers[0]

    async def handle_exception(self, error: Exception) -> str:
        log.error("door failed", error=type(error).__name__)
        return TEMPORARY

    async def _in_thread(self, work: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _with_connection, work, *arguments)

    def _account(self, address: str) -> int | None:
        """Whose address it is; a part behind "+" leads to the address before it."""
        if time.monotonic() - self._asked > MEMORY_S or not self._addresses:
            found = {}
            for pk, own, settings in Account.objects.filter(channel="email", enabled=True).values_list(
                "id", "address", "settings"
            ):
                found.update({one.lower(): pk for one in (own, *settings.get("aliases", ())) if one})
            self._addresses, self._asked = found, time.monotonic()
        name, _, host = address.strip("<> ").lower().rpartition("@")
        return self._addresses.get(f"{name}@{host}", self._addresses.get(f"{name.partition('+')[0]}@{host}"))

    def _receive(self, raw: bytes, sender: str, recipients: list[str], each: bool) -> list[str]:
        """Keep a mail for every account it was sent to; an answer for each recipient, or one for all."""
        try:
            by_account: dict[int, list[str]] = {}
            for recipient in recipients:
                account = self._account(recipient)
                if account is not None:
                    by_account.setdefault(account, []).append(recipient)
            accounts = {one.pk: one for one in Account.objects.select_related("source").filter(pk__in=by_account)}
            envelopes = {pk: _envelope(one, raw, sender, by_account[pk]) for pk, one in accounts.items()}
        except DatabaseError:
            return [TEMPORARY] * (len(recipients) if each else 1)
        if not each:
            kept = bool(envelopes) and self._keep([(accounts[pk], one) for pk, one in envelopes.items()])
            return ["250 2.6.0 Kept" if kept else TEMPORARY]
        answers = {pk: self._keep([(accounts[pk], envelope)]) for pk, envelope in envelopes.items()}
        owners = [next((pk for pk, theirs in by_account.items() if one in theirs), None) for one in recipients]
        return ["250 2.6.0 Kept" if pk is not None and answers.get(pk) else TEMPORARY for pk in owners]

    def _keep(self, pieces: list[tuple[Account, core.Envelope]]) -> bool:
        """Whether these are committed; also written down as told."""
        try:
            self._accept([envelope for _, envelope in pieces])
        except (DatabaseError, OSError, ChannelFault) as error:
            log.warning("mail not kept", error=type(error).__name__)
            return False
        for account, envelope in pieces:
            with suppress(OSError):  # it is kept: a full disk of the log is no reason to have it sent again
                told_log.tell(account.source_id, [envelope.source_key])
            self._note(account.pk)
        return True

    def _note(self, account: int) -> None:
        if time.monotonic() - self._noted.get(account, -HEALTH_S) < 2.0:
            return
        self._noted[account] = time.monotonic()
        with suppress(DatabaseError):
            health.answered(account, message=True)


def _envelope(account: Account, raw: bytes, sender: str, recipients: list[str]) -> core.Envelope:
    hints = told(account).hints(envelope_from=_text(sender), envelope_to=_text(",".join(recipients)))
    digest = sha256(sender.lower().encode("utf-8", "surrogateescape") + b"\0")
    digest.update(raw)
    return core.Envelope(account.source.code, f"door:{digest.hexdigest()}", MAIL, datetime.now(UTC), raw, hints=hints)


def _text(given: str) -> str:
    """Without what PostgreSQL keeps in no text: bytes that are no UTF-8 arrive as halves of surrogate pairs."""
    return given.replace("\x00", "").encode("utf-8", "replace").decode()


def _with_connection(work: Any, *arguments: Any) -> Any:
    """A thread keeps its connection to the database as long as it is good."""
    close_old_connections()
    try:
        return work(*arguments)
    except DatabaseError:
        connection.close()
        raise
