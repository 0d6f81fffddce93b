"""Whose certificates are believed: those the machine believes, and the authority that the account names."""

from __future__ import annotations

import ssl

from rundblick.channels.channel import Settings
from rundblick.channels.faults import ChannelFault

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def tls_context(settings: Settings) -> ssl.SSLContext:
    """For connections of this account. Raises ChannelFault "certificate" when its authority is no certificate."""
    context = ssl.create_default_context()
    if own := str(settings.get("authority", "")).strip():
        try:
            context.load_verify_locations(cadata=own)
        except (ssl.SSLError, ValueError) as error:
            raise ChannelFault("certificate", f"the pasted authority: {error}") from error
    return context


def may_go_plain(host: str, settings: Settings) -> bool:
    """Whether passwords may go to this host unencrypted: on this machine, or when somebody said so."""
    return host in _LOOPBACK or bool(settings.get("plain_allowed"))
