"""API tokens: shown once, kept as a digest, scoped, expiring, revocable."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from rundblick.people import tokens
from rundblick.people.models import ApiToken
from rundblick.people.sight import sight_of

from .house import House


def test_a_token_opens_until_it_is_revoked(house: House) -> None:
    issued = tokens.issue(house.olga, "script", ["case.read"])
    assert tokens.verify(issued.text) == issued.token
    tokens.revoke(issued.token)
    assert tokens.verify(issued.text) is None


def test_nothing_that_is_kept_opens_anything(house: House) -> None:
    issued = tokens.issue(house.olga, "script", ["case.read"])
    row = ApiToken.objects.values().get(pk=issued.token.pk)
    assert issued.text not in str(row)
    assert issued.text.encode() not in bytes(row["digest"])
    for kept in (row["prefix"], bytes(row["digest"]).hex(), f"rb_{row['prefix']}_{'A' * 43}"):
        assert tokens.verify(kept) is None


def test_an_expired_token_opens_nothing(house: House) -> None:
    issued = tokens.issue(house.olga, "script", ["case.read"])
    ApiToken.objects.filter(pk=issued.token.pk).update(expires_at=timezone.now())
    assert tokens.verify(issued.text) is None


def test_the_token_of_a_user_who_was_switched_off_opens_nothing(house: House) -> None:
    issued = tokens.issue(house.olga, "script", ["case.read"])
    house.olga.is_active = False
    house.olga.save()
    assert tokens.verify(issued.text) is None


def test_a_token_may_never_more_than_its_owner(house: House) -> None:
    token = tokens.issue(house.olga, "script", ["*"]).token
    assert sight_of(house.olga, token).permissions == sight_of(house.olga).permissions
    narrow = tokens.issue(house.anton, "script", ["case.read"]).token
    assert sight_of(house.anton, narrow).permissions == {"case.read"}


@pytest.mark.parametrize("text", ["", "rb_", "x" * 5000, "rb_aaaaaaaa_" + "ä" * 43, "rb_aaaaaaaa_\x00" + "a" * 42])
def test_no_text_breaks_the_reading_of_a_token(db: None, text: str) -> None:
    assert tokens.verify(text) is None


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_lives_at_most_a_year(house: House, days: int) -> None:
    with pytest.raises(tokens.TokenError, match="366"):
        tokens.issue(house.olga, "script", ["case.read"], timedelta(days=days))


@pytest.mark.parametrize("scopes", [[], ["case.everything"]])
def test_a_token_needs_scopes_that_exist(house: House, scopes: list[str]) -> None:
    with pytest.raises(tokens.TokenError):
        tokens.issue(house.olga, "script", scopes)


def test_the_time_of_use_is_written_at_most_once_a_minute(house: House) -> None:
    issued = tokens.issue(house.olga, "script", ["case.read"])
    tokens.verify(issued.text)
    used = ApiToken.objects.get(pk=issued.token.pk).used_at
    assert used is not None
    tokens.verify(issued.text)
    assert ApiToken.objects.get(pk=issued.token.pk).used_at == used
