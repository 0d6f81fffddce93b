"""Mailboxes that open with tokens of a provider: Debian's dovecot, which asks the provider about each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rundblick.channels.models import Account
from tests.channels.dovecot import Dovecot, dovecot
from tests.channels.mailboxes import a_mailbox
from tests.channels.provider import CLIENT, SECRET, Provider, provider


@contextmanager
def a_provider_with_mailboxes(folder: Path, more: str = "") -> Iterator[tuple[Dovecot, Provider]]:
    """Both run until left; ``more`` goes into dovecot's configuration."""
    for path in (folder, folder.parent, folder.parent.parent):
        path.chmod(0o755)
    settings = folder / "introspection"
    settings.touch()
    more += f"\npassdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {settings}\n}}"
    with provider(folder) as running:
        settings.write_text(
            f"tokeninfo_url = {running.check}\nintrospection_mode = get\nusername_attribute = username\n"
            "use_grant_password = no\n"
        )
        with dovecot(mechanisms="plain login xoauth2", more=more) as server:
            yield server, running


def an_oauth_mailbox(servers: tuple[Dovecot, Provider], **given: Any) -> Account:
    """A mailbox that was allowed once: its refresh token is "refresh-0"."""
    server, running = servers
    running.again()
    values: dict[str, Any] = {
        "auth": "oauth2",
        "oauth_token_url": running.token_url,
        "oauth_client_id": CLIENT,
        "oauth_client_secret": SECRET,
        "oauth_refresh_token": "refresh-0",
        "authority": running.authority,
    }
    account = a_mailbox(server, **(values | given))
    running.user = account.settings["imap_user"]
    return account


def a_mailbox_to_allow(servers: tuple[Dovecot, Provider], **given: Any) -> Account:
    """A mailbox that nobody has allowed yet."""
    where = {"oauth_authorize_url": servers[1].authorize_url, "oauth_extra": ["access_type=offline", "prompt=consent"]}
    return an_oauth_mailbox(servers, **{"oauth_refresh_token": "", "oauth_scope": "mail", **where, **given})
