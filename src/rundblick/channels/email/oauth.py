"""OAuth2 for mail servers: an access token from a refresh token, or from the application's own secret.

The grant is ``refresh_token`` (RFC 6749, 6) where a refresh token is kept, else ``client_credentials`` (4.4), which
Microsoft 365 offers to applications that an administrator allowed into a mailbox. A token is kept sealed until shortly
before it runs out, so that fetching and sending share it; a refresh token that the server changes is kept anew.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any

from rundblick.channels.channel import Settings
from rundblick.channels.email.trust import tls_context
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account
from rundblick.core.database import cursor
from rundblick.core.outgoing import AddressRefused, post_form

TOKEN = "oauth_access_token"
_EARLY_S = 120  # a token that runs out so soon is not used any more
_USUAL_S = 3600  # how long a token lives whose server does not say
_LOCK = 8_160_001  # first half of the advisory lock under which a token is renewed; the second is the account

Secret = Callable[[str], str]


def access_token(account: Account) -> str:
    """A token that is good for a while, for IMAP and SMTP alike (XOAUTH2). Raises ChannelFault, SecretError."""
    if kept := _good(account.secret(TOKEN)):
        return kept
    with _alone(account.pk):
        if kept := _good(account.secret(TOKEN)):  # somebody else was faster
            return kept
        answer = ask(account.settings, account.secret)
        if new := answer.get("refresh_token"):
            account.keep_secret("oauth_refresh_token", str(new))
        until = time.time() + _seconds(answer)
        account.keep_secret(TOKEN, json.dumps({"token": answer["access_token"], "until": until}))
        return str(answer["access_token"])


def forget_token(account: Account) -> None:
    """A token that the mail server refused, though it should still be good."""
    account.keep_secret(TOKEN, "")


def ask(settings: Settings, secret: Secret) -> dict[str, Any]:
    """What the token server answers. Raises ChannelFault "token", "address", "unreachable"."""
    fields = {"client_id": str(settings.get("oauth_client_id", ""))}
    refresh = secret("oauth_refresh_token")
    fields |= (
        {"grant_type": "refresh_token", "refresh_token": refresh} if refresh else {"grant_type": "client_credentials"}
    )
    if key := secret("oauth_client_secret"):
        fields["client_secret"] = key
    if scope := str(settings.get("oauth_scope", "")):
        fields["scope"] = scope
    try:
        status, body = post_form(str(settings.get("oauth_token_url", "")), fields, tls_context(settings))
        answer = json.loads(body)
    except AddressRefused as refused:
        raise ChannelFault("address", str(refused)) from refused
    except (OSError, HTTPException) as error:
        raise ChannelFault("unreachable", str(error)) from error
    except ValueError as error:
        raise ChannelFault("token", "the token server's answer is no JSON") from error
    if status != 200 or not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
        told = answer if isinstance(answer, dict) else {}
        raise ChannelFault("token", " ".join(str(told.get(name, "")) for name in ("error", "error_description")))
    return answer


def _good(kept: str) -> str:
    if not kept:
        return ""
    told = json.loads(kept)
    return str(told["token"]) if told["until"] - _EARLY_S > time.time() else ""


def _seconds(answer: dict[str, Any]) -> float:
    try:
        return float(answer.get("expires_in", _USUAL_S))
    except (TypeError, ValueError):
        return _USUAL_S


@contextmanager
def _alone(account: int) -> Iterator[None]:
    """One process at a time renews an account's token: two would make each other's refresh token worthless."""
    with cursor() as cur:
        cur.execute("SELECT pg_advisory_lock(%s, %s)", (_LOCK, account))
    try:
        yield
    finally:
        with cursor() as cur:
            cur.execute("SELECT pg_advisory_unlock(%s, %s)", (_LOCK, account))
