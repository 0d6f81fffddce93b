"""What the settings of a mail account say about sending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rundblick.channels.models import Account
from rundblick.core.letters import Origin

CODE: Final = "email"
FOLDER: Final = "folder"
_PORTS: Final = {"tls": 465, "starttls": 587, "none": 25}


@dataclass(frozen=True, slots=True)
class Smtp:
    """How to reach an account's server. ``security``: "tls", "starttls" or "none"; ``user`` "" does not log in."""

    host: str
    port: int
    security: str
    user: str
    oauth: bool
    authority: str
    plain_allowed: bool


def smtp_of(settings: Mapping[str, Any]) -> Smtp | None:
    """The outgoing server of an account; None when it has none."""
    host = str(settings.get("smtp_host", "")).strip()
    if not host or settings.get("send") in ("none", FOLDER):
        return None
    security = str(settings.get("smtp_security", "starttls"))
    return Smtp(
        host=host,
        port=int(settings.get("smtp_port") or _PORTS.get(security, 587)),
        security=security if security in _PORTS else "starttls",
        user=str(settings.get("smtp_user", "")),
        oauth=settings.get("auth") == "oauth2",
        authority=str(settings.get("authority", "")).strip(),
        plain_allowed=bool(settings.get("plain_allowed")),
    )


def lays_down(settings: Mapping[str, Any]) -> bool:
    """Whether its mail leaves nothing but a file: somebody tries things out."""
    return settings.get("send") == FOLDER


def origins() -> list[Origin]:
    """Every mail account that has a way out, in order of their making."""
    found = []
    for account in Account.objects.filter(channel=CODE).order_by("id"):
        if account.address and (lays_down(account.settings) or smtp_of(account.settings) is not None):
            found.append(_origin(account))
    return found


def _origin(account: Account) -> Origin:
    settings = account.settings
    texts = {
        language: text
        for language in ("de", "en")
        if (text := str(settings.get(f"acknowledge_{language}", "")).strip()) and settings.get("acknowledge")
    }
    return Origin(
        source=account.source_id,
        channel=CODE,
        name=account.name,
        own=account.address,
        domain=account.address.rpartition("@")[2].lower() or "localhost",
        enabled=account.enabled,
        reply_tags=bool(settings.get("reply_tags")),
        acknowledge=texts,
    )
