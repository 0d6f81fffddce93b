"""Secrets that the program reads again: sealed under a key that lies outside the database."""

from __future__ import annotations

import pytest

from rundblick.core import secrets


def test_a_sealed_secret_can_be_read_again_and_does_not_show_itself() -> None:
    sealed = secrets.seal("geheim ß 4711")
    assert b"geheim" not in sealed
    assert secrets.unseal(sealed) == "geheim ß 4711"
    assert secrets.seal("geheim ß 4711") != sealed, "two equal secrets do not look equal"


def test_under_another_key_it_is_said_that_the_key_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = secrets.seal("geheim")
    monkeypatch.setenv("RUNDBLICK_SECRET_KEY", "another key that is long enough for it")
    with pytest.raises(secrets.SecretError, match="secret key"):
        secrets.unseal(sealed)
