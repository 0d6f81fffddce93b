"""The test button of a mail account: really sign in, at the mailbox and where mail is sent from."""

from __future__ import annotations

from dataclasses import replace

from rundblick.channels.channel import Settings
from rundblick.channels.email import oauth, sending
from rundblick.channels.email.accounts import smtp_of
from rundblick.channels.email.imap import looking
from rundblick.channels.models import Account
from rundblick.channels.probing import Probe


def probe(settings: Settings, secret: oauth.Secret, kept: Account | None = None) -> Probe:
    """What comes in first, then, when that works, what goes out, up to the login: no mail is sent.

    Changes nothing on the servers, and here only the tokens of the account whose login this is (``kept``): a token
    server may change a refresh token whenever it is used.
    """
    token = _token(settings, secret, kept)
    found = looking.probe(settings, secret, token)
    smtp = smtp_of(settings)
    if found.fault or smtp is None or settings.get("send") != "smtp":
        return found
    fault, detail = sending.try_out(smtp, secret, token)
    if fault:
        return replace(found, fault=fault, detail=detail, sending=True)
    return replace(found, sends=True)


def _token(settings: Settings, secret: oauth.Secret, kept: Account | None) -> oauth.Token:
    """One token for both, asked for now: whether there is one to be had is what is tried."""
    had: list[str] = []

    def token(refused: str) -> str:
        if refused:
            return ""
        if not had:
            had.append(oauth.asked(settings, secret) if kept is None else oauth.access_token(kept, anew=True))
        return had[0]

    return token
