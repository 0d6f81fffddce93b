"""``rundblick account`` and ``rundblick proof`` on the test's own database."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from rundblick.channels import health
from rundblick.channels.models import Account
from rundblick.cli import account, main, proof
from rundblick.core.models import Source
from rundblick.intake.models import Proof
from tests.channels.mailboxes import an_account
from tests.channels.provider import CLIENT, SECRET, Provider, provider

pytestmark = pytest.mark.django_db

ADD = (
    "account",
    "add",
    "service@muster.example",
    "imap_host=127.0.0.1",
    "imap_security=none",
    "imap_port=1",
    "send=none",
)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (account, proof):
        monkeypatch.setattr(module, "database", nullcontext)


def run(*arguments: str) -> int:
    return main.main(["--lang", "en", *arguments])


def test_an_account_is_added_with_its_secrets_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"imap_password": "geheim"}'))
    assert run(*ADD, "folders=INBOX, Büro", "--secrets-from-stdin") == 0
    made = Account.objects.get()
    assert made.settings["imap_user"] == "service@muster.example", "guessed from the address"
    assert made.settings["folders"] == ["INBOX", "Büro"]
    assert made.secret("imap_password") == "geheim"


def test_a_secret_on_the_command_line_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*ADD, "imap_password=geheim") == 2
    assert "--secrets-from-stdin" in capsys.readouterr().err
    assert not Account.objects.exists()


def test_faults_name_their_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*ADD, "imap_port=port", "nonsense=1") == 2
    said = capsys.readouterr().err
    assert "imap_port: " in said and "nonsense: " in said


def test_the_list_ends_with_one_when_an_account_does_not_work(capsys: pytest.CaptureFixture[str]) -> None:
    run(*ADD)
    assert run("account", "list") == 0
    health.failed(Account.objects.get().pk, "login", "no")
    assert run("account", "list") == 1
    assert "does not work  Its server refuses the login" in capsys.readouterr().out
    run("account", "disable", "SERVICE@muster.example")
    assert run("account", "list", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["enabled"] is False


def test_a_test_that_fails_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    run(*ADD)
    assert run("account", "test", "service@muster.example") == 1
    assert "Its server does not answer. Check host and port" in capsys.readouterr().out
    assert run("account", "test", "other@muster.example") == 2


def test_settings_are_changed_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    run(*ADD)
    assert run("account", "change", "service@muster.example", "after=move", "move_to=Done") == 0
    assert Account.objects.get().settings["move_to"] == "Done"
    assert run("account", "fields") == 0
    assert "imap_password" in capsys.readouterr().out


def test_the_proof_ends_with_one_when_something_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("proof") == 0
    source = Source.objects.create(code="mailbox:x", kind="mail", name="x@muster.example")
    Proof.objects.create(
        source=source, kind="mailbox", day="2026-11-22", told=2, kept=1, lost=1, missing=["7:1"], good=False
    )
    assert run("proof", "--last") == 1
    said = capsys.readouterr().out
    assert "x@muster.example  mailbox  2  1  1 missing" in said and "7:1" in said


@pytest.fixture
def to_allow(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Provider, Account]]:
    """A provider, and an account that only sends and that nobody has allowed there yet."""
    monkeypatch.setenv("RUNDBLICK_PRIVATE_HOSTS", "127.0.0.1")
    with provider(tmp_path_factory.mktemp("provider")) as running:
        account = an_account(
            "service@muster.example",
            receive="none",
            auth="oauth2",
            oauth_authorize_url=running.authorize_url,
            oauth_token_url=running.token_url,
            oauth_client_id=CLIENT,
            oauth_client_secret=SECRET,
            authority=running.authority,
        )
        yield running, account


class Terminal(io.TextIOBase):
    """Somebody at a terminal: opens the address that was printed, and pastes what the browser then shows."""

    def __init__(self, running: Provider, capsys: pytest.CaptureFixture[str]) -> None:
        self._running, self._capsys = running, capsys
        self.printed = ""

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        self.printed = self._capsys.readouterr().out
        address = next(line for line in self.printed.splitlines() if line.startswith("https://"))
        return self._running.allow(address) + "\n"


def test_access_is_allowed_with_a_browser_on_another_machine(
    to_allow: tuple[Provider, Account], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running, made = to_allow
    running.registered = {"http://127.0.0.1:8000/channels/consent/"}
    terminal = Terminal(running, capsys)
    monkeypatch.setattr("sys.stdin", terminal)
    assert run("account", "allow", "service@muster.example") == 0
    assert "http://127.0.0.1:8000/channels/consent/" in terminal.printed
    assert "Access is allowed, and it works." in capsys.readouterr().out
    assert made.secret("oauth_refresh_token") in running.refresh
    assert made.secret("oauth_refresh_token") not in terminal.printed


def test_what_was_not_allowed_ends_with_one_and_says_why(
    to_allow: tuple[Provider, Account], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running, _made = to_allow
    running.denies = "access_denied"
    monkeypatch.setattr("sys.stdin", Terminal(running, capsys))
    assert run("account", "allow", "service@muster.example", "--redirect", "https://localhost/") == 1
    assert running.seen[0]["redirect_uri"] == "https://localhost/"
    assert "Access was not allowed at the provider" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert run("account", "allow", "service@muster.example") == 1
    assert "The provider sent back no code" in capsys.readouterr().err


def test_a_providers_settings_are_taken_where_no_address_tells(capsys: pytest.CaptureFixture[str]) -> None:
    add = ("account", "add", "service@muster.example", "send=none", "oauth_client_id=c")
    assert run(*add, "--provider", "yahoo") == 2
    assert "microsoft, google" in capsys.readouterr().err
    assert run(*add, "--provider", "microsoft") == 0
    assert Account.objects.get().settings["oauth_extra"] == ["prompt=select_account"]
