"""A connection to a mailbox: encryption, login, and faults that a person can do something about."""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError, IMAPClientError, LoginError

from rundblick.channels.channel import Settings
from rundblick.channels.email import oauth
from rundblick.channels.email.trust import may_go_plain, tls_context
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account

CONNECT_S, READ_S = 20.0, 90.0

# A server may announce any length; nothing longer than this is ever taken at once (see fetching).
LITERAL = 96 << 20

logging.getLogger("imapclient").setLevel(logging.WARNING)  # its lines hold people's words

Client = Any  # IMAPClient ships no types


@dataclass(frozen=True, slots=True)
class Access:
    """How a mailbox is reached. ``token``: where the login is OAuth2's."""

    host: str
    port: int
    security: str
    user: str
    password: str
    token: oauth.Token | None
    settings: Settings


def access_of(account: Account) -> Access:
    """How this account's mailbox is reached. Raises ChannelFault "secret", SecretError."""
    settings = account.settings
    token = oauth.tokens_of(account) if settings.get("auth") == "oauth2" else None
    password = "" if token else account.secret("imap_password")
    if not password and token is None:  # no back-up holds secrets: after a restore they have to be typed in again
        raise ChannelFault("secret")
    return draft_access(settings, password, token)


def draft_access(settings: Settings, password: str, token: oauth.Token | None) -> Access:
    """The same for settings that are not kept yet."""
    security = str(settings.get("imap_security", "tls"))
    return Access(
        str(settings.get("imap_host", "")),
        int(settings.get("imap_port") or (993 if security == "tls" else 143)),
        security,
        str(settings.get("imap_user", "")),
        password,
        token,
        settings,
    )


@contextmanager
def connected(access: Access) -> Iterator[Client]:
    """A client that is signed in; closed at the end. Raises ChannelFault."""
    client = _signed_in(access)
    try:
        yield client
    finally:
        close(client)


def close(client: Client) -> None:
    """Say goodbye, or hang up on whoever does not listen."""
    with suppress(Exception):
        client.socket().settimeout(5.0)
        client.logout()
        return
    with suppress(Exception):
        client.shutdown()


@contextmanager
def faults() -> Iterator[None]:
    """Turn what goes wrong on a connection into a fault with a code."""
    try:
        yield
    except ChannelFault:
        raise
    except ssl.SSLCertVerificationError as error:
        raise ChannelFault("certificate", error.verify_message) from error
    except ssl.SSLError as error:
        raise ChannelFault("tls", error.reason or str(error)) from error
    except socket.gaierror as error:
        raise ChannelFault("name", error.strerror or str(error)) from error
    except LoginError as error:
        raise ChannelFault("login", told(error)) from error
    except CapabilityError as error:
        raise ChannelFault("tls", told(error)) from error
    except imaplib.IMAP4.abort as error:
        raise ChannelFault("cut", told(error)) from error
    except IMAPClientError as error:
        raise ChannelFault("server", told(error)) from error
    except OSError as error:
        raise ChannelFault("unreachable", error.strerror or str(error)) from error


def told(error: Exception) -> str:
    """What a server said, without the marks of Python around it."""
    text = str(error.args[0]) if error.args else str(error)
    return text.removeprefix("b'").removeprefix('b"').rstrip("'\"")


def _open(access: Access) -> Client:
    if access.security == "none" and not may_go_plain(access.host, access.settings):
        raise ChannelFault("plain", access.host)
    context = tls_context(access.settings)
    encrypted = access.security == "tls"
    client = IMAPClient(
        access.host,
        access.port,
        ssl=encrypted,
        ssl_context=context if encrypted else None,
        timeout=SocketTimeout(connect=CONNECT_S, read=READ_S),
    )
    try:
        if access.security == "starttls":
            client.starttls(context)
    except BaseException:
        with suppress(Exception):
            client.shutdown()
        raise
    _limit(client)
    return client


def _limit(client: Client) -> None:
    """Refuse literals that would not fit into memory: what a server announces is read in one piece."""
    imap = client._imap
    imap.debug = 0  # else every line is put into words for a log that nobody wants
    read = imap.read

    def limited(size: int) -> bytes:
        if size > LITERAL:
            raise imap.abort(f"the server wants to send {size} bytes at once")
        data: bytes = read(size)
        return data

    imap.read = limited


def _signed_in(access: Access) -> Client:
    """A token that the server refuses is renewed, once: it may have been taken back before its time was over."""
    token, renewed = "", False
    while True:
        with faults():
            client = _open(access)
        try:
            if access.token is not None:
                token = token or access.token("")
            with faults():
                _sign_in(client, access, token)
            return client
        except ChannelFault as fault:
            close(client)
            if access.token is None or renewed or fault.code != "login":
                raise
            token, renewed = access.token(token), True
            if not token:
                raise
        except BaseException:
            close(client)
            raise


def _sign_in(client: Client, access: Access, token: str) -> None:
    if access.token is not None:
        client.sasl_login("XOAUTH2", _xoauth2(access.user, token))
    elif client.has_capability("LOGINDISABLED"):
        raise ChannelFault("login", "LOGINDISABLED")
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(access.user, access.password)  # unlike LOGIN it takes any character
    else:
        client.login(access.user, access.password)


def _xoauth2(user: str, token: str) -> Callable[[bytes], bytes]:
    """SASL XOAUTH2 as Google and Microsoft describe it: a refusal comes as a challenge, and wants an empty answer."""
    words = iter([f"user={user}\x01auth=Bearer {token}\x01\x01".encode()])
    return lambda challenge: next(words, b"")
