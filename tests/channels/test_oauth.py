"""OAuth2: tokens from a token server of the test's own, and a real IMAP server that asks that server about them."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from rundblick.channels.email import oauth
from rundblick.channels.email.imap.looking import probe
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account
from rundblick.core import outgoing
from tests.channels.dovecot import PROGRAM, WITHOUT, Dovecot, dovecot
from tests.channels.mailboxes import a_mailbox, fetch
from tests.channels.mails import a_mail

pytestmark = pytest.mark.django_db


class TokenServer:
    """Gives tokens (https) and tells a mail server whose they are (http). ``asked``: every form it got."""

    def __init__(self, certificate: str, key: str) -> None:
        self.asked: list[dict[str, str]] = []
        self.good: set[str] = set()
        self.rotates = self.refuses = False
        self.user = ""
        self._serial = 0
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                answer(self, self.rfile.read(int(self.headers["Content-Length"])).decode())

            def do_GET(self) -> None:
                answer(self, "")

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._servers = [HTTPServer(("127.0.0.1", 0), Handler) for _ in range(2)]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._servers[0].socket = context.wrap_socket(self._servers[0].socket, server_side=True)
        self._threads = [threading.Thread(target=one.serve_forever, daemon=True) for one in self._servers]
        for thread in self._threads:
            thread.start()
        self.url = f"https://127.0.0.1:{self._servers[0].server_port}/token"
        self.check = f"http://127.0.0.1:{self._servers[1].server_port}/check?token="

    def close(self) -> None:
        for one in self._servers:
            one.shutdown()
            one.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler, form: str) -> None:
        status, told = 200, {}
        if form:
            fields = {name: values[0] for name, values in parse_qs(form).items()}
            self.asked.append(fields)
            if self.refuses:
                status, told = 400, {"error": "invalid_grant", "error_description": "The consent was taken back"}
            else:
                self._serial += 1
                token = f"token-{self._serial}"
                self.good.add(token)
                told = {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
                if self.rotates:
                    told["refresh_token"] = f"refresh-{self._serial}"
        else:
            token = parse_qs(urlsplit(handler.path).query).get("token", [""])[0]
            status, told = (200, {"username": self.user}) if token in self.good else (401, {"error": "invalid_token"})
        body = json.dumps(told).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Dovecot, TokenServer]]:
    if not PROGRAM:
        pytest.skip(WITHOUT)
    folder = tmp_path_factory.mktemp("oauth")
    folder.chmod(0o755)
    settings = folder / "introspection"
    more = f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {settings}\n}}"
    settings.touch()
    from tests.channels.dovecot import certificate

    authority = certificate(folder)
    tokens = TokenServer(str(folder / "cert.pem"), str(folder / "key.pem"))
    settings.write_text(
        f"tokeninfo_url = {tokens.check}\nintrospection_mode = get\nusername_attribute = username\n"
        "use_grant_password = no\n"
    )
    for path in (folder.parent, folder.parent.parent):
        path.chmod(0o755)
    try:
        with dovecot(mechanisms="plain login xoauth2", more=more) as server:
            server.authority = authority
            yield server, tokens
    finally:
        tokens.close()


@pytest.fixture
def inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token server may lie on this machine."""
    monkeypatch.setenv("RUNDBLICK_PRIVATE_HOSTS", "127.0.0.1")


def an_oauth_mailbox(servers: tuple[Dovecot, TokenServer], **given: str) -> Account:
    server, tokens = servers
    tokens.asked.clear()
    tokens.refuses = tokens.rotates = False
    account = a_mailbox(
        server,
        auth="oauth2",
        oauth_token_url=tokens.url,
        oauth_client_id="client",
        oauth_client_secret="client secret",
        authority=server.authority,
        **{"oauth_refresh_token": "refresh-0", **given},
    )
    tokens.user = account.settings["imap_user"]
    return account


def test_a_mailbox_is_read_with_a_token_that_is_asked_for_once(
    servers: tuple[Dovecot, TokenServer], inside: None
) -> None:
    account = an_oauth_mailbox(servers)
    servers[0].put(account.settings["imap_user"], a_mail())
    assert fetch(account) == 1
    assert fetch(account) == 0
    assert [one["grant_type"] for one in servers[1].asked] == ["refresh_token"]
    assert servers[1].asked[0]["client_secret"] == "client secret"


def test_a_token_that_runs_out_is_renewed_and_a_new_refresh_token_is_kept(
    servers: tuple[Dovecot, TokenServer], inside: None
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
    servers: tuple[Dovecot, TokenServer], inside: None
) -> None:
    account = an_oauth_mailbox(servers, oauth_refresh_token="", oauth_scope="mail")
    assert oauth.access_token(account)
    assert servers[1].asked[0]["grant_type"] == "client_credentials"
    assert servers[1].asked[0]["scope"] == "mail"


def test_a_consent_that_was_taken_back_is_said_in_words(servers: tuple[Dovecot, TokenServer], inside: None) -> None:
    account = an_oauth_mailbox(servers)
    servers[1].refuses = True
    found = probe(account.settings, account.secret)
    assert found.fault == "token"
    assert "taken back" in found.detail


def test_a_token_server_in_the_private_network_is_not_called(servers: tuple[Dovecot, TokenServer]) -> None:
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
