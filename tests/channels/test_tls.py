"""Reading and sending over TLS with OAuth2, against real servers: dovecot, aiosmtpd, a provider; and wrong
certificates, servers that offer no encryption, tokens that were taken back before their time."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from rundblick.channels import accounts
from rundblick.channels.channel import channels
from rundblick.channels.email import oauth
from rundblick.channels.email.imap.looking import probe
from rundblick.channels.email.sending import MailSender
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account, AccountHealth
from rundblick.core.installation import installation
from rundblick.core.letters import Sent
from rundblick.core.models import Installation
from tests.channels.dovecot import PROGRAM, WITHOUT, Dovecot, certificate
from tests.channels.letters import a_letter
from tests.channels.mailboxes import fetch
from tests.channels.mails import a_mail
from tests.channels.postbox import Letterbox, a_server
from tests.channels.provided import a_provider_with_mailboxes, an_oauth_mailbox
from tests.channels.provider import Provider

pytestmark = pytest.mark.django_db

Servers = tuple[Dovecot, Provider]
ELSEWHERE = (x509.DNSName("mail.elsewhere.example"),)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Whoever asks for "localhost" gets a certificate that is made for another name."""
    if not PROGRAM:
        pytest.skip(WITHOUT)
    other = tmp_path_factory.mktemp("elsewhere")
    wrong = certificate(other, ELSEWHERE)
    more = f"local_name localhost {{\n  ssl_cert = <{other}/cert.pem\n  ssl_key = <{other}/key.pem\n}}"
    with a_provider_with_mailboxes(tmp_path_factory.mktemp("tls"), more) as (server, provider):
        server.authority = "\n".join((server.authority, provider.authority, wrong))
        yield server, provider


@pytest.fixture
def servers(running: Servers, monkeypatch: pytest.MonkeyPatch) -> Servers:
    monkeypatch.setenv("RUNDBLICK_PRIVATE_HOSTS", "127.0.0.1")
    return running


def a_mailbox_over(servers: Servers, security: str, **given: Any) -> Account:
    port = servers[0].tls_port if security == "tls" else servers[0].port
    where = {"imap_security": security, "imap_port": port, "authority": servers[0].authority}
    return an_oauth_mailbox(servers, **(where | given))


# --- IMAP ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mailbox_is_read_over_tls_with_a_token(servers: Servers, security: str) -> None:
    account = a_mailbox_over(servers, security)
    servers[0].put(account.settings["imap_user"], a_mail(), a_mail())
    assert fetch(account) == 2
    assert len(servers[1].asked) == 1
    assert "TLS" in _login_of(servers[0], account.settings["imap_user"])


def _login_of(server: Dovecot, user: str) -> str:
    """The line of dovecot's own log that tells of this user's XOAUTH2 login."""
    lines = (server.top / "log").read_text().splitlines()
    return next(line for line in lines if f"user=<{user}>" in line and "method=XOAUTH2" in line)


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(
    ("given", "said"), [({"imap_host": "localhost"}, "localhost"), ({"authority": ""}, "self-signed")]
)
def test_a_wrong_certificate_is_refused_before_any_token_is_shown(
    servers: Servers, security: str, given: dict[str, str], said: str
) -> None:
    account = a_mailbox_over(servers, security, **given)
    with pytest.raises(ChannelFault) as fault:
        fetch(account)
    assert fault.value.code == "certificate"
    assert said in fault.value.detail
    assert servers[1].asked == []


def test_a_token_that_is_refused_is_renewed_once_and_the_mail_comes_in(servers: Servers) -> None:
    account = a_mailbox_over(servers, "tls")
    servers[0].put(account.settings["imap_user"], a_mail())
    stale(account, servers[1])
    assert fetch(account) == 1
    assert len(servers[1].asked) == 2, "one for the first token, one for its successor"


def test_a_new_token_that_is_refused_is_not_renewed_again_and_again(servers: Servers) -> None:
    account = a_mailbox_over(servers, "tls")
    servers[1].user = "somebody-else"
    for asked in (1, 1):
        with pytest.raises(ChannelFault) as fault:
            fetch(account)
        assert fault.value.code == "login"
        assert len(servers[1].asked) == asked
    stale(account, servers[1])
    with pytest.raises(ChannelFault):
        fetch(account)
    assert len(servers[1].asked) == 2, "renewed once, refused again"


def stale(account: Account, provider: Provider) -> None:
    """A token of an hour ago that the provider has taken back meanwhile."""
    token = oauth.access_token(account)
    kept = json.loads(account.secret(oauth.TOKEN))
    account.keep_secret(oauth.TOKEN, json.dumps(kept | {"since": kept["since"] - 3000}))
    provider.good.discard(token)


# --- SMTP ------------------------------------------------------------------------------------------------------------


def a_context(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.fixture(params=["tls", "starttls"])
def post(request: pytest.FixtureRequest, servers: Servers, tmp_path: Path) -> Iterator[tuple[Account, Letterbox]]:
    """A mailbox whose mail goes out over TLS with a token."""
    yield from a_post_office(servers, request.param, tmp_path, certificate(tmp_path))


def a_post_office(
    servers: Servers, security: str, folder: Path, authority: str, **given: Any
) -> Iterator[tuple[Account, Letterbox]]:
    provider = servers[1]
    context = {"implicit" if security == "tls" else "tls": a_context(folder)}
    with a_server(**context, require_starttls=security == "starttls") as box:
        account = an_oauth_mailbox(
            servers,
            send="smtp",
            smtp_host="127.0.0.1",
            smtp_port=box.port,
            smtp_security=security,
            smtp_user="service",
            authority="\n".join((provider.authority, authority)),
            **given,
        )
        box.tokens = lambda user, token: user == "service" and token in provider.good
        yield account, box


def sent(account: Account, *letters: Any) -> Sent:
    sender = MailSender()
    try:
        found = [sender.send(letter) for letter in letters or (a_letter(account),)]
    finally:
        sender.close()
    return found[-1]


def test_a_letter_leaves_over_tls_with_a_token(post: tuple[Account, Letterbox], servers: Servers) -> None:
    account, box = post
    assert sent(account, a_letter(account), a_letter(account)).taken
    assert len(box.taken) == 2
    assert [(taken, encrypted) for _token, taken, encrypted in box.sworn] == [(True, True)]
    assert len(servers[1].asked) == 1
    assert AccountHealth.objects.get(direction="out").fault == ""


def test_a_token_that_the_post_office_refuses_is_renewed_once(
    post: tuple[Account, Letterbox], servers: Servers
) -> None:
    account, box = post
    stale(account, servers[1])
    assert sent(account).taken
    assert [taken for _token, taken, _encrypted in box.sworn] == [False, True]
    assert len(servers[1].asked) == 2


def test_a_post_office_that_refuses_each_token_is_not_pressed(
    post: tuple[Account, Letterbox], servers: Servers
) -> None:
    account, box = post
    box.tokens = None
    told = sent(account)
    assert (told.fault, told.permanent) == ("login", False)
    assert len(servers[1].asked) == len(box.sworn) == 1
    assert box.sworn[0][0] not in str(list(AccountHealth.objects.values()))


def test_a_permission_that_was_taken_back_holds_letters_and_is_told(servers: Servers, tmp_path: Path) -> None:
    where = {"oauth_authorize_url": servers[1].authorize_url}
    for account, box in a_post_office(servers, "tls", tmp_path, certificate(tmp_path), **where):
        servers[1].refresh.clear()
        told = sent(account)
        assert (told.fault, told.permanent) == ("consent", False)
        assert box.sworn == box.taken == []
        assert AccountHealth.objects.get(direction="out").fault == "consent"


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("what", ["another name", "ran out", "nobody vouches for it"])
def test_a_post_office_with_a_wrong_certificate_gets_neither_token_nor_letter(
    servers: Servers, tmp_path: Path, security: str, what: str
) -> None:
    made = {
        "another name": {"names": ELSEWHERE},
        "ran out": {"until": timedelta(days=-1)},
        "nobody vouches for it": {},
    }[what]
    authority = certificate(tmp_path, **made)  # type: ignore[arg-type]
    for account, box in a_post_office(servers, security, tmp_path, "" if not made else authority):
        told = sent(account)
        assert (told.fault, told.permanent) == ("certificate", False)
        assert box.sworn == box.taken == []
        assert AccountHealth.objects.get(direction="out").fault == "certificate"


def test_a_post_office_from_which_somebody_took_the_encryption_gets_nothing(servers: Servers) -> None:
    """STARTTLS stripped on the way: it is not offered any more."""
    with a_server() as box:
        account = an_oauth_mailbox(servers, send="smtp", smtp_host="127.0.0.1", smtp_port=box.port, smtp_user="service")
        assert account.settings["smtp_security"] == "starttls"
        assert sent(account).fault == "tls"
        assert box.sworn == box.taken == []


def test_a_mailbox_from_which_somebody_took_the_encryption_is_not_signed_in_to(servers: Servers) -> None:
    """The other way round: TLS is wanted on a port that speaks none, and the plain one is not fallen back to."""
    account = an_oauth_mailbox(servers, imap_security="tls", imap_port=servers[0].port)
    assert probe(account.settings, account.secret).fault == "tls"
    assert servers[1].asked == []


# --- the test button tries both --------------------------------------------------------------------------------


def test_the_test_button_tries_reading_and_sending_with_one_token_and_sends_nothing(
    post: tuple[Account, Letterbox], servers: Servers
) -> None:
    account, box = post
    found = accounts.probe(accounts.as_filled(account), account)
    assert (found.fault, found.sends, bool(found.folders)) == ("", True, True)
    assert len(servers[1].asked) == 1
    assert [taken for _token, taken, _encrypted in box.sworn] == [True]
    assert box.taken == []


def test_the_test_button_says_that_it_is_sending_that_does_not_work(
    post: tuple[Account, Letterbox], servers: Servers
) -> None:
    account, box = post
    box.tokens = None
    found = accounts.probe(accounts.as_filled(account), account)
    assert (found.fault, found.sending, found.sends, found.good) == ("login", True, False, False)
    assert found.words()[0].startswith("Sending: ")
    assert found.folders, "reading works"
    assert len(servers[1].asked) == 1, "a token of this moment is not renewed"


def test_an_account_that_only_sends_is_tried_too() -> None:
    with a_server() as box:
        where = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none", "smtp_user": "service"}
        values = {"address": "only@muster.example", "receive": "none", "send": "smtp", **where}
        for password, fault in (("right", ""), ("wrong", "login")):
            filled = accounts.fill(channels["email"], values | {"smtp_password": password})
            found = accounts.probe(filled)
            assert (found.fault, found.sends) == (fault, not fault)
        assert box.taken == []


def test_the_sample_company_tries_no_server_past_this_machine() -> None:
    installation()
    Installation.objects.update(sample=True)
    values = {"address": "only@muster.example", "receive": "none", "smtp_host": "192.0.2.1"}
    found = accounts.probe(accounts.fill(channels["email"], values))
    assert (found.fault, found.sending) == ("sample", True)
