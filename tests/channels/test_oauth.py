"""OAuth2: tokens from a token server of the test's own, and a real IMAP server that asks that server about them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.utils import timezone

from rundblick.channels.email import oauth
from rundblick.channels.email.imap.looking import probe
from rundblick.channels.faults import ChannelFault
from rundblick.core import outgoing
from tests.channels.dovecot import PROGRAM, WITHOUT, Dovecot
from tests.channels.mailboxes import fetch
from tests.channels.mails import a_mail
from tests.channels.provided import a_provider_with_mailboxes, an_oauth_mailbox
from tests.channels.provider import Provider

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dovecot, Provider]]:
    if not PROGRAM:
        pytest.skip(WITHOUT)
    with a_provider_with_mailboxes(tmp_path_factory.mktemp("oauth")) as running:
        yield running


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token server may lie on this machine."""
    monkeypatch.setenv("RUNDBLICK_PRIVATE_HOSTS", "127.0.0.1")


def test_a_mailbox_is_read_with_a_token_that_is_asked_for_once(servers: tuple[Dovecot, Provider], inside: None) -> None:
    account = an_oauth_mailbox(servers)
    servers[0].put(account.settings["imap_user"], a_mail())
    assert fetch(account) == 1
    assert fetch(account) == 0
    assert [one["grant_type"] for one in servers[1].asked] == ["refresh_token"]
    assert servers[1].asked[0]["client_secret"] == "client secret"


def test_a_token_that_runs_out_is_renewed_and_a_new_refresh_token_is_kept(
    servers: tuple[Dovecot, Provider], inside: None
) -> None:
    account = an_oauth_mailbox(servers)
    servers[1].rotates = True
    first = oauth.access_token(account)
    told = json.loads(account.secret(oauth.TOKEN))
    account.keep_secret(oauth.TOKEN, json.dumps(told | {"until": timezone.now().timestamp() + 60}))
    assert oauth.access_token(account) != first
    assert servers[1].asked[1]["refresh_token"].startswith("refresh-")
    assert servers[1].asked[1]["refresh_token"] != "refresh-0"


def test_without_a_refresh_token_the_application_signs_in_by_itself(
    servers: tuple[Dovecot, Provider], inside: None
) -> None:
    account = an_oauth_mailbox(servers, oauth_refresh_token="", oauth_scope="mail")
    assert oauth.access_token(account)
    assert servers[1].asked[0]["grant_type"] == "client_credentials"
    assert servers[1].asked[0]["scope"] == "mail"


def test_a_consent_that_was_taken_back_is_said_in_words(servers: tuple[Dovecot, Provider], inside: None) -> None:
    account = an_oauth_mailbox(servers)
    servers[1].refuses = "invalid_grant"
    found = probe(account.settings, account.secret)
    assert found.fault == "token"
    assert "taken back" in found.detail


def test_a_token_server_in_the_private_network_is_not_called(servers: tuple[Dovecot, Provider]) -> None:
    account = an_oauth_mailbox(servers)
    with pytest.raises(ChannelFault) as fault:
        oauth.access_token(account)
    assert fault.value.code == "address"
    assert servers[1].asked == []


@pytest.mark.parametrize(
    "url",
    [
        "http://tokens.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3/",
        "https://localhost/",
        "https://user@tokens.example/",
        "https://tokens.example:port/",
        "file:///etc/passwd",
        "",
    ],
)
def test_addresses_that_must_not_be_called_are_refused(url: str) -> None:
    with pytest.raises((outgoing.AddressRefused, OSError)):
        outgoing.post_form(url, {})
