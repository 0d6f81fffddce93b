"""A mail that is larger than its account takes: only its beginning was fetched; a person has to look at the rest."""

from __future__ import annotations

from rundblick.core.envelope import Envelope
from rundblick.core.message import Unreadable


def read_cut_mail(envelope: Envelope) -> Unreadable:
    """Always unreadable, fault ``mail.too_large``: it becomes a flagged case under its subject.

    Hints: ``size`` (bytes, as the server says) and ``largest`` (bytes that the account takes).
    """
    megabytes = {name: _megabytes(envelope.hints.get(name, "")) for name in ("size", "largest")}
    return Unreadable(fault="mail.too_large", detail=megabytes, span=envelope.span)


def _megabytes(text: str) -> str:
    return str(max(1, round(int(text) / (1 << 20)))) if text.isdecimal() else "?"
