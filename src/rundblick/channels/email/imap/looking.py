"""The test button for a mailbox: really connect, and say what is there."""

from __future__ import annotations

from rundblick.channels.channel import Settings
from rundblick.channels.email import oauth
from rundblick.channels.email.imap.connecting import Access, Client, connected, draft_access, faults
from rundblick.channels.faults import ChannelFault
from rundblick.channels.probing import Found, Probe
from rundblick.core.secrets import SecretError

_MOST_FOLDERS = 100


def probe(settings: Settings, secret: oauth.Secret, token: oauth.Token | None = None) -> Probe:
    """Sign in and look at the folders. Changes nothing on the server, keeps nothing here; ``token`` where there are
    some already."""
    if settings.get("receive") != "imap":
        return Probe()
    encrypted = settings.get("imap_security") != "none"
    try:
        with connected(_access(settings, secret, token)) as client, faults():
            return _seen(client, list(settings.get("folders") or ["INBOX"]), encrypted)
    except ChannelFault as fault:
        return Probe(fault.code, fault.detail, encrypted=encrypted)
    except SecretError:
        return Probe("secret", encrypted=encrypted)


def _access(settings: Settings, secret: oauth.Secret, token: oauth.Token | None) -> Access:
    if settings.get("auth") == "oauth2":
        return draft_access(settings, "", token or (lambda refused: "" if refused else oauth.asked(settings, secret)))
    return draft_access(settings, secret("imap_password"), None)


def _seen(client: Client, wanted: list[str], encrypted: bool) -> Probe:
    there = [name for flags, _, name in client.list_folders() if b"\\Noselect" not in flags]
    have = {name.upper() if name.upper() == "INBOX" else name for name in there}
    found = []
    for name in wanted:
        missing = (name.upper() if name.upper() == "INBOX" else name) not in have
        found.append(Found(name, None if missing else _count(client, name), missing))
    found += [Found(name) for name in there if name not in wanted][:_MOST_FOLDERS]
    fault = "folder" if any(one.missing for one in found) else ""
    detail = ", ".join(one.name for one in found if one.missing)
    return Probe(fault, detail, _server(client), encrypted, client.has_capability("IDLE"), tuple(found))


def _count(client: Client, name: str) -> int:
    return int(client.folder_status(name, ["MESSAGES"]).get(b"MESSAGES", 0))


def _server(client: Client) -> str:
    told = client.welcome
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return " ".join(text.removeprefix("* OK").split())[:120]
