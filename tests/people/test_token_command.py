"""``rundblick token``: makes, lists and revokes tokens."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from rundblick.cli import main, token
from rundblick.people import tokens
from rundblick.people.models import ApiToken

from .house import House


@pytest.fixture(autouse=True)
def _no_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token, "database", nullcontext)


def test_a_token_is_made_listed_and_revoked(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    address = house.olga.email
    assert main.main(["--lang=en", "token", address, "--scope", "case.*", "--name", "script"]) == 0
    text = capsys.readouterr().out.strip()
    made = tokens.verify(text)
    assert made is not None and made.scopes == ["case.*"]
    assert main.main(["--lang=en", "token", address, "--list"]) == 0
    listed = capsys.readouterr().out
    assert f"rb_{made.prefix}" in listed and "valid until" in listed and text not in listed
    assert main.main(["--lang=en", "token", address, "--revoke", f"rb_{made.prefix}"]) == 0
    assert tokens.verify(text) is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody@muster.example", "--scope", "*"], "Nobody signs in"),
        (["ADDRESS"], "at least one scope"),
        (["ADDRESS", "--scope", "everything"], "There is no scope everything"),
        (["ADDRESS", "--scope", "*", "--days", "9999999999"], ""),
        (["ADDRESS", "--scope", "*", "--days", "0"], "at most 366"),
        (["ADDRESS", "--revoke", "abcdefgh"], "no valid token"),
    ],
)
def test_what_cannot_be_done_is_said(
    house: House, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    given = [argument.replace("ADDRESS", house.olga.email) for argument in arguments]
    assert main.main(["--lang=en", "token", *given]) == 2
    assert told in capsys.readouterr().err
    assert not ApiToken.objects.exists()
