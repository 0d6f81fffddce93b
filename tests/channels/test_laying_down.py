"""Mail that becomes a file: whole, once, under its own key, and nothing beside it."""

from __future__ import annotations

import email
import email.policy
from pathlib import Path

import pytest

from rundblick.channels.accounts import fill, save
from rundblick.channels.channel import channels
from rundblick.channels.email.accounts import origins
from rundblick.channels.email.sending import MailSender
from rundblick.channels.models import Account, AccountHealth
from rundblick.core.letters import LAID_DOWN
from tests.channels.letters import a_letter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("rundblick.channels.email.laying_down.home.home", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def account() -> Account:
    told = {"name": "Muster", "address": "service@muster.example", "receive": "none", "send": "folder"}
    return save(fill(channels["email"], told), by=None)


def files(home: Path) -> list[Path]:
    return sorted(path for path in home.rglob("*") if path.is_file())


def test_a_letter_becomes_a_file_that_a_mail_program_opens(account: Account, home: Path) -> None:
    assert [one.own for one in origins()] == ["service@muster.example"]
    sent = MailSender().send(a_letter(account, "anna@kunde.example", "bert@kunde.example"))
    assert sent.taken == ("anna@kunde.example", "bert@kunde.example") and not sent.fault
    (path,) = files(home)
    assert sent.told == f"{LAID_DOWN}{path}"
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "Ihr Paket" and mail["From"].addresses[0].addr_spec == "service@muster.example"
    assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0
    assert AccountHealth.objects.get(direction="out").fault == ""


def test_sent_again_it_is_the_same_file(account: Account, home: Path) -> None:
    letter = a_letter(account)
    assert MailSender().send(letter).told == MailSender().send(letter).told
    assert len(files(home)) == 1


@pytest.mark.parametrize("key", ["../../../etc/x", "a/b", "\x00", "." * 5, "ä" * 300, "", "x" * 5000])
def test_no_key_leads_out_of_the_folder(account: Account, home: Path, key: str) -> None:
    MailSender().send(a_letter(account, key=key))
    assert [path.parent for path in files(home)] == [home / "laid-down" / "service@muster.example"]


def test_a_folder_that_cannot_be_written_is_told_and_tried_again(account: Account, home: Path) -> None:
    (home / "laid-down").write_text("in the way")
    sent = MailSender().send(a_letter(account))
    assert (sent.fault, sent.permanent, sent.taken) == ("disk", False, ())
    assert "laid-down" in sent.told
