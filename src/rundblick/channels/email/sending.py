"""Sending mail over SMTP: one connection an account, kept while there is something to send.

A server answers for each recipient by itself (RFC 5321, 3.3); what it took it answers for, what it refused for good
(5xx) is not tried again, everything else is. A sample database sends nothing past this machine (FOUNDATIONS 8).
"""

from __future__ import annotations

import base64
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

import structlog
from django.db.models.functions import Now

from rundblick.channels.email import oauth
from rundblick.channels.email.accounts import Smtp, lays_down, smtp_of
from rundblick.channels.email.laying_down import lay_down
from rundblick.channels.email.writing import LetterError, envelope_address, write_mail
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account, AccountHealth
from rundblick.core.installation import installation
from rundblick.core.letters import LAID_DOWN, Letter, Recipient, Refused, Sent
from rundblick.core.secrets import SecretError

log = structlog.get_logger("rundblick.email")

TIMEOUT_S: Final = 30.0  # of one command; the data of a large mail gets as much for each piece
_KEPT_S: Final = 20.0  # an idle connection older than this is asked whether it still stands
_LETTERS_A_CONNECTION: Final = 100
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class _Stop(Exception):
    """The letter cannot leave now: ``fault`` is a code."""

    def __init__(self, fault: str, told: str = "", permanent: bool = False) -> None:
        super().__init__(fault)
        self.fault, self.told, self.permanent = fault, told, permanent


@dataclass(slots=True)
class _Connection:
    smtp: smtplib.SMTP
    used_at: float = field(default_factory=time.monotonic)
    letters: int = 0


class MailSender:
    """The way out of every mail account; one for each worker."""

    def __init__(self) -> None:
        self._open: dict[int, _Connection] = {}

    def write(self, letter: Letter) -> bytes:
        """The mail of a letter, byte for byte as its server will be given it; b"" where it cannot be written."""
        account = Account.objects.filter(source_id=letter.source).first()
        try:
            return _mail(account, letter) if account is not None else b""
        except LetterError:
            return b""

    def send(self, letter: Letter) -> Sent:
        """Hand one letter to its account's server. Never raises for what a server or a letter may be like."""
        account = Account.objects.filter(source_id=letter.source).first()
        try:
            if account is None or not account.enabled:
                raise _Stop("no_account", permanent=True)
            sent = self._send(account, letter)
        except _Stop as stop:
            if account is not None:
                self._drop(account.pk)
                _unwell(account, stop)
            return Sent(fault=stop.fault, permanent=stop.permanent, told=stop.told)
        except LetterError as error:
            return Sent(fault=f"letter_{error.code}", permanent=True)
        _well(account)
        return sent

    def close(self) -> None:
        """Say goodbye to all servers."""
        for account in list(self._open):
            self._drop(account)

    # --- one letter --------------------------------------------------------------------------------------------------

    def _send(self, account: Account, letter: Letter) -> Sent:
        settings = smtp_of(account.settings)
        if settings is None and not lays_down(account.settings):
            raise _Stop("no_account", permanent=True)
        raw = letter.raw or _mail(account, letter)
        if settings is None:
            try:
                return Sent(letter.still, told=f"{LAID_DOWN}{lay_down(account.address, letter.key, raw)}")
            except OSError as error:
                raise _Stop("disk", str(error)) from error
        connection = self._connection(account, settings)
        connection.letters += 1
        # nobody's machine shall answer an automatic mail, and nobody's server tell us that it could not (RFC 3834, 3.3)
        path = "" if letter.automatic else envelope_address(account.address)
        with _faults():
            return _transfer(connection.smtp, path, letter.still, raw)

    def _connection(self, account: Account, settings: Smtp) -> _Connection:
        kept = self._open.get(account.pk)
        if (
            kept is not None
            and kept.letters < _LETTERS_A_CONNECTION
            and (time.monotonic() - kept.used_at < _KEPT_S or _stands(kept.smtp))
        ):
            kept.used_at = time.monotonic()
            return kept
        self._drop(account.pk)
        with _faults():
            smtp = _connect(settings)
            try:
                _log_in(smtp, settings, account.secret, oauth.tokens_of(account))
            except smtplib.SMTPAuthenticationError:
                smtp.close()
                if settings.oauth:  # refused though it should be good: the next attempt asks for a new one
                    oauth.forget_token(account)
                raise
            except BaseException:
                smtp.close()
                raise
        self._open[account.pk] = _Connection(smtp)
        return self._open[account.pk]

    def _drop(self, account: int) -> None:
        kept = self._open.pop(account, None)
        if kept is not None:
            with suppress(smtplib.SMTPException, OSError):
                kept.smtp.quit()
            kept.smtp.close()


def _mail(account: Account, letter: Letter) -> bytes:
    reply_to = _tagged(account.address, letter.reply_tag) if account.settings.get("reply_tags") else ""
    return write_mail(letter, Recipient(account.address, account.name), reply_to)


def _tagged(address: str, tag: str) -> str:
    local, _at, domain = address.rpartition("@")
    return f"{local}+{tag}@{domain}" if tag and len(local) + len(tag) < 64 else ""


def _transfer(smtp: smtplib.SMTP, path: str, recipients: tuple[str, ...], raw: bytes) -> Sent:
    """One mail transaction; whom the server took and whom not."""
    options = ["SMTPUTF8"] if not all(map(str.isascii, (path, *recipients))) else []
    if options and not smtp.has_extn("smtputf8"):
        raise _Stop("utf8", permanent=True)
    size = int(smtp.esmtp_features.get("size", "0") or 0)
    if size and len(raw) > size:
        raise _Stop("too_large", f"SIZE {size}", permanent=True)
    code, answer = smtp.mail(path, options)
    if code != 250:
        _reset(smtp)
        raise _Stop("sender_refused", _said(code, answer), permanent=500 <= code < 600)
    taken: list[str] = []
    refused: list[Refused] = []
    for address in recipients:
        try:
            code, answer = smtp.rcpt(envelope_address(address))
        except LetterError:
            code, answer = 553, b"5.1.3 the address is not valid"
        if code in (250, 251):
            taken.append(address)
        else:
            refused.append(Refused(address, 500 <= code < 600, _said(code, answer)))
        if code == 421:  # the server leaves
            raise _Stop("busy", _said(code, answer))
    if not taken:
        _reset(smtp)
        return Sent(refused=tuple(refused))
    try:
        code, answer = smtp.data(raw)
    except smtplib.SMTPDataError as error:
        code, answer = error.smtp_code, _bytes(error.smtp_error)
    if code != 250:
        _reset(smtp)
        raise _Stop("refused", _said(code, answer), permanent=500 <= code < 600)
    return Sent(tuple(taken), tuple(refused), told=_said(code, answer))


def _reset(smtp: smtplib.SMTP) -> None:
    with suppress(smtplib.SMTPException, OSError):
        smtp.rset()


def _stands(smtp: smtplib.SMTP) -> bool:
    try:
        return bool(smtp.noop()[0] == 250)
    except (smtplib.SMTPException, OSError):
        return False


# --- the connection --------------------------------------------------------------------------------------------------


def _connect(settings: Smtp) -> smtplib.SMTP:
    """An open, greeted and, where wanted, encrypted connection. Raises _Stop and what ``_faults`` knows."""
    host = _where(settings.host)
    context = _trust(settings)
    if settings.security == "tls":
        smtp: smtplib.SMTP = _Tls(settings.host, host, settings.port, context)
    else:
        smtp = smtplib.SMTP(timeout=TIMEOUT_S)
        smtp.connect(host, settings.port)
    try:
        smtp.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            if not smtp.has_extn("starttls"):
                raise _Stop("tls", "STARTTLS is not offered", permanent=False)
            smtp._host = settings.host  # type: ignore[attr-defined]  # the name that the certificate is made for
            smtp.starttls(context=context)
            smtp.ehlo()
    except BaseException:
        smtp.close()
        raise
    return smtp


class _Tls(smtplib.SMTP_SSL):
    """TLS from the first byte, to an address that was looked up before, with the certificate of its name."""

    def __init__(self, name: str, address: str, port: int, context: ssl.SSLContext) -> None:
        self._name = name
        super().__init__(timeout=TIMEOUT_S, context=context)
        self.connect(address, port)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        return self.context.wrap_socket(plain, server_hostname=self._name)


def _where(host: str) -> str:
    """The address to connect to; in a sample database only one on this machine."""
    if not installation().sample:
        return host
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        found = set()
    if not found or not all(ip_address(address.partition("%")[0]).is_loopback for address in found):
        raise _Stop("sample", permanent=True)
    return sorted(found)[0]


def _trust(settings: Smtp) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.authority:
        try:
            context.load_verify_locations(cadata=settings.authority)
        except (ssl.SSLError, ValueError) as error:
            raise _Stop("certificate", str(error)) from error
    return context


def try_out(settings: Smtp, secret: oauth.Secret, token: oauth.Token) -> tuple[str, str]:
    """Connect and log in, send nothing: (code of what is wrong, what the server said), both "" when it works."""
    try:
        with _faults():
            smtp = _connect(settings)
            try:
                _log_in(smtp, settings, secret, token)
                smtp.quit()
            finally:
                smtp.close()
    except _Stop as stop:
        return stop.fault, stop.told
    return "", ""


def _log_in(smtp: smtplib.SMTP, settings: Smtp, secret: oauth.Secret, token: oauth.Token) -> None:
    if not settings.user:
        return
    encrypted = isinstance(smtp.sock, ssl.SSLSocket)
    if not encrypted and settings.host not in _LOOPBACK and not settings.plain_allowed:
        raise _Stop("plain")
    try:
        if settings.oauth:
            _log_in_by_token(smtp, settings.user, token)
        else:
            smtp.login(settings.user, secret("smtp_password") or secret("imap_password"))
    except SecretError as error:
        raise _Stop("secret") from error
    except ChannelFault as fault:
        raise _Stop(fault.code, fault.detail) from fault


def _log_in_by_token(smtp: smtplib.SMTP, user: str, token: oauth.Token) -> None:
    """A token that is refused though it should be good is renewed, once: on the same connection, as RFC 4954 (4)
    allows."""
    first = token("")
    try:
        _xoauth2(smtp, user, first)
    except smtplib.SMTPAuthenticationError:
        if not (other := token(first)):
            raise
        _xoauth2(smtp, user, other)


def _xoauth2(smtp: smtplib.SMTP, user: str, token: str) -> None:
    """SASL XOAUTH2 as Google and Microsoft describe it: the answer to a refusal is an empty line."""
    first = base64.b64encode(f"user={user}\x01auth=Bearer {token}\x01\x01".encode()).decode()
    code, answer = smtp.docmd("AUTH", f"XOAUTH2 {first}")
    if code == 334:
        code, answer = smtp.docmd("")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, answer)


@contextmanager
def _faults() -> Iterator[None]:
    """What a server or the way to it can do, as codes; whatever is not for good is tried again."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        # not for good: a password is changed, a consent is given again, and the letters leave
        raise _Stop("login", _said(error.smtp_code, _bytes(error.smtp_error))) from error
    except smtplib.SMTPServerDisconnected as error:
        raise _Stop("cut") from error
    except smtplib.SMTPResponseException as error:
        raise _Stop("server", _said(error.smtp_code, _bytes(error.smtp_error))) from error
    except smtplib.SMTPException as error:
        raise _Stop("server", str(error)) from error
    except ssl.SSLCertVerificationError as error:
        raise _Stop("certificate", error.verify_message) from error
    except ssl.SSLError as error:
        raise _Stop("tls", str(error)) from error
    except socket.gaierror as error:
        raise _Stop("name", str(error)) from error
    except (OSError, EOFError) as error:
        raise _Stop("unreachable", str(error)) from error


def _said(code: int, answer: bytes | str) -> str:
    return f"{code} {' '.join(_bytes(answer).decode('utf-8', 'replace').split())}"[:1000]


def _bytes(answer: bytes | str) -> bytes:
    return answer.encode() if isinstance(answer, str) else answer


# --- the account's health --------------------------------------------------------------------------------------------


def _well(account: Account) -> None:
    AccountHealth.objects.update_or_create(
        account=account,
        direction="out",
        defaults={"contact_at": Now(), "message_at": Now(), "fault": "", "fault_detail": "", "fault_since": None},
    )


def _unwell(account: Account, stop: _Stop) -> None:
    if AccountHealth.objects.filter(account=account, direction="out", fault=stop.fault).update(fault_detail=stop.told):
        return
    AccountHealth.objects.update_or_create(
        account=account,
        direction="out",
        defaults={"fault": stop.fault, "fault_detail": stop.told, "fault_since": Now()},
    )
