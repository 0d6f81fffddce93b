"""OAuth2 for mail servers: an access token from a refresh token, or from the application's own secret.

The grant is ``refresh_token`` (RFC 6749, 6) where a person allowed the mailbox (email.consent, or a token that was
pasted), else ``client_credentials`` (4.4), which Microsoft 365 offers to applications that an administrator allowed
into a mailbox. A token is kept sealed until shortly before it runs out, so that fetching and sending share it; a
refresh token that the server changes is kept anew.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any, Final

from rundblick.channels.channel import Settings
from rundblick.channels.email.trust import tls_context
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account
from rundblick.core.database import cursor
from rundblick.core.outgoing import AddressRefused, post_form

TOKEN: Final = "oauth_access_token"
REFRESH: Final = "oauth_refresh_token"
_EARLY_S: Final = 120  # a token that runs out so soon is not used any more
_USUAL_S: Final = 3600  # how long a token lives whose server does not say
_NEW_S: Final = 60  # a token that is refused though it is younger is refused for another reason than its age
_LOCK: Final = 8_160_001  # first half of the advisory lock under which a token is renewed; the second is the account

# RFC 6749, 5.2, and what OpenID Connect (Core, 3.1.2.6) calls the same: only a person can mend it
_ASK_AGAIN: Final = ("invalid_grant", "interaction_required", "consent_required", "login_required")
_UNKNOWN: Final = ("invalid_client", "unauthorized_client")

Secret = Callable[[str], str]
Token = Callable[[str], str]
"""Gives an access token; called with one that was refused it gives another, or "" when there is none to be had."""


def access_token(account: Account, *, anew: bool = False) -> str:
    """A token that is good for a while, for IMAP and SMTP alike (XOAUTH2). ``anew``: asked for now, whatever is kept.

    Raises ChannelFault, SecretError.
    """
    if not anew and (kept := _good(account.secret(TOKEN))):
        return kept
    with alone(account.pk):
        if not anew and (kept := _good(account.secret(TOKEN))):  # somebody else was faster
            return kept
        return _asked_for(account)


def renewed(account: Account, refused: str) -> str:
    """Another token instead of one that a mail server refused, though it should still be good; "" where that helps
    nothing: it was new. Raises ChannelFault, SecretError."""
    with alone(account.pk):
        kept = account.secret(TOKEN)
        if (other := _good(kept)) and other != refused:
            return other
        if kept and time.time() - float(json.loads(kept).get("since", 0)) < _NEW_S:
            return ""
        return _asked_for(account)


def tokens_of(account: Account) -> Token:
    """The tokens of an account; calling it raises ChannelFault, SecretError."""
    return lambda refused: renewed(account, refused) if refused else access_token(account)


def forget_token(account: Account) -> None:
    """A token that the mail server refused, though it should still be good."""
    account.keep_secret(TOKEN, "")


def keep_access(account: Account, answer: Mapping[str, Any]) -> None:
    """Keep the access token of an answer of the token server, under ``alone``."""
    now = time.time()
    told = {"token": answer["access_token"], "until": now + _seconds(answer), "since": now}
    account.keep_secret(TOKEN, json.dumps(told))


def ask(settings: Settings, secret: Secret) -> dict[str, Any]:
    """What the token server answers to whoever wants a new access token.

    Raises ChannelFault "consent", "application", "token", "address", "unreachable".
    """
    refresh = secret(REFRESH)
    if not refresh and settings.get("oauth_authorize_url"):
        raise ChannelFault("consent")  # a person has to allow it first
    fields = {"grant_type": "refresh_token", REFRESH.removeprefix("oauth_"): refresh} if refresh else {}
    fields = fields or {"grant_type": "client_credentials"}
    if scope := str(settings.get("oauth_scope", "")):
        fields["scope"] = scope
    return _posted(settings, secret, fields)


def asked(settings: Settings, secret: Secret) -> str:
    """An access token for settings that are not kept; none of it is kept. Raises as ``ask``."""
    return str(ask(settings, secret)["access_token"])


def exchange(settings: Settings, secret: Secret, code: str, verifier: str, redirect: str) -> dict[str, Any]:
    """What the token server gives for a code (RFC 6749, 4.1.3; RFC 7636, 4.5). Raises as ``ask``."""
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    return _posted(settings, secret, fields)


def _posted(settings: Settings, secret: Secret, fields: dict[str, str]) -> dict[str, Any]:
    fields = fields | {"client_id": str(settings.get("oauth_client_id", ""))}
    if key := secret("oauth_client_secret"):
        fields["client_secret"] = key
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
        raise ChannelFault(
            _fault(told, settings), " ".join(str(told.get(n, "")) for n in ("error", "error_description"))
        )
    return answer


def _fault(told: Mapping[str, Any], settings: Settings) -> str:
    if told.get("error") in _UNKNOWN:
        return "application"
    return "consent" if told.get("error") in _ASK_AGAIN and settings.get("oauth_authorize_url") else "token"


def _asked_for(account: Account) -> str:
    answer = ask(account.settings, account.secret)
    if new := answer.get("refresh_token"):
        account.keep_secret(REFRESH, str(new))
    keep_access(account, answer)
    return str(answer["access_token"])


def _good(kept: str) -> str:
    if not kept:
        return ""
    told = json.loads(kept)
    return str(told["token"]) if told["until"] - _EARLY_S > time.time() else ""


def _seconds(answer: Mapping[str, Any]) -> float:
    try:
        return float(answer.get("expires_in", _USUAL_S))
    except (TypeError, ValueError):
        return _USUAL_S


@contextmanager
def alone(account: int) -> Iterator[None]:
    """One process at a time renews an account's token: two would make each other's refresh token worthless."""
    with cursor() as cur:
        cur.execute("SELECT pg_advisory_lock(%s, %s)", (_LOCK, account))
    try:
        yield
    finally:
        with cursor() as cur:
            cur.execute("SELECT pg_advisory_unlock(%s, %s)", (_LOCK, account))
