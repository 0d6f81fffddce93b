"""How often something may be tried: the arithmetic, sign-in, and the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given
from hypothesis import settings as checks
from hypothesis import strategies as st
from pytest_django import Settings

from rundblick.core.home import Settings as Chosen
from rundblick.people import limits
from rundblick.people.limits import CALLS, Limit, address_of, take, wait_text
from rundblick.people.models import RateLimit
from rundblick.people.tokens import issue

from .house import PASSWORD, House, a_house

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SMALL = Limit("small", 3, 10)


@given(gaps=st.lists(st.integers(0, 400).map(lambda tenths: tenths / 10), max_size=25))
@checks(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_is_a_bucket_that_fills_up_again(gaps: list[float]) -> None:
    level, clock = 3.0, 0.0
    with transaction.atomic():
        for gap in gaps:
            clock += gap
            level = min(3.0, level + gap / 10)
            wait = take(SMALL, "anna", NOW + timedelta(seconds=clock))
            if level > 1 - 1e-6:
                assert wait == 0
                level -= 1
            else:
                assert wait == pytest.approx((1 - level) * 10, abs=1e-3)
        transaction.set_rollback(True)


def test_after_the_wait_it_goes_on_and_others_never_waited() -> None:
    for _attempt in range(3):
        assert take(SMALL, "anna", NOW) == 0
    assert take(SMALL, "anna", NOW) == 10
    assert take(SMALL, "bert", NOW) == 0
    assert take(Limit("other", 3, 10), "anna", NOW) == 0
    assert take(SMALL, "anna", NOW + timedelta(seconds=9.9)) > 0
    assert take(SMALL, "anna", NOW + timedelta(seconds=10)) == 0


def test_what_is_kept_names_nobody_and_is_forgotten() -> None:
    take(SMALL, "anna@muster.example", datetime.now(UTC) - timedelta(days=1))
    take(SMALL, "bert@muster.example")
    assert all(b"anna" not in bytes(row.key) and len(bytes(row.key)) == 32 for row in RateLimit.objects.all())
    assert limits.forgetting()() == 1
    assert RateLimit.objects.count() == 1


@pytest.mark.parametrize(
    ("remote", "forwarded", "believed", "address"),
    [
        ("192.0.2.7", "198.51.100.1", False, "192.0.2.7"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1", True, "198.51.100.1"),  # the first part is the caller's own word
        ("127.0.0.1", "", True, "127.0.0.1"),
        ("2001:db8:1:2:aaaa::1", "", False, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "", False, "192.0.2.7"),
        ("", "", False, ""),
    ],
)
def test_the_address_is_that_of_the_caller(
    settings: Settings, remote: str, forwarded: str, believed: bool, address: str
) -> None:
    settings.RUNDBLICK = Chosen(behind_proxy=believed)
    request = RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)
    assert address_of(request) == address


@pytest.fixture
def house(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house with quick passwords and limits that do not fill up again while a test runs."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for name, burst in (("FROM_ADDRESS_TO_ACCOUNT", 5), ("FROM_ADDRESS", 8), ("TO_ACCOUNT", 12)):
        monkeypatch.setattr(limits, name, Limit(name, burst, 3600))
    found = a_house()
    for user in (found.olga, found.sven):
        user.set_password(PASSWORD)
        user.save()
    return found


def signing_in(account: str, password: str, address: str = "192.0.2.1") -> int:
    answer = Client(REMOTE_ADDR=address).post("/sign-in/", {"username": account, "password": password})
    if answer.status_code == 429:
        assert 3500 <= int(answer["Retry-After"]) <= 3600
        assert "Too many attempts" in answer.content.decode()
    return int(answer.status_code)


def test_guessing_at_an_account_stops_and_its_owner_gets_in_from_elsewhere(house: House) -> None:
    olga = house.olga.email
    for _guess in range(5):
        assert signing_in(olga, "wrong") == 422
    assert signing_in(olga.upper() + " ", "wrong") == 429
    assert signing_in(olga, PASSWORD) == 429  # also with the right one: it is not looked at
    assert signing_in(house.sven.email, PASSWORD) == 302
    assert signing_in(olga, PASSWORD, "198.51.100.7") == 302


def test_guessing_at_many_accounts_from_one_address_stops(house: House) -> None:
    codes = [signing_in(f"nobody{n}@muster.example", "wrong") for n in range(10)]
    assert codes == [422] * 8 + [429] * 2
    assert signing_in(house.sven.email, PASSWORD, "198.51.100.7") == 302


def test_guessing_at_one_account_from_many_addresses_stops(house: House) -> None:
    codes = [signing_in(house.olga.email, "wrong", f"198.51.100.{n}") for n in range(14)]
    assert codes == [422] * 12 + [429] * 2


def test_who_signs_in_rightly_is_never_stopped_however_often(house: House) -> None:
    for _time in range(15):
        assert signing_in(house.sven.email, PASSWORD) == 302
    for _guess in range(4):
        assert signing_in(house.sven.email, "wrong") == 422
    assert signing_in(house.sven.email, PASSWORD) == 302
    assert signing_in(house.sven.email, "wrong") == 422  # counted anew


def calling(text: str) -> tuple[int, str, str]:
    answer = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {text}"})
    return answer.status_code, answer.get("Retry-After", ""), answer.content.decode()


def test_the_api_says_when_an_account_may_call_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CALLS", Limit(CALLS.name, 2, 3600))
    first, second = issue(house.olga, "one", ["self"]).text, issue(house.olga, "two", ["self"]).text
    assert [calling(token)[0] for token in (first, second)] == [200, 200]
    status, wait, body = calling(first)  # one account, whatever the number of its tokens
    assert status == 429 and 3590 <= int(wait) <= 3600
    assert "urn:rundblick:problem:too-many-requests" in body
    assert calling(issue(house.sven, "his", ["self"]).text)[0] == 200


def test_guessing_at_tokens_stops_and_right_ones_go_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WRONG_TOKENS", Limit("wrong", 2, 3600))
    assert [calling("rb_wrong")[0] for _guess in range(3)] == [401, 401, 429]
    assert Client().get("/api/v1/me").status_code == 401  # who shows no token guesses nothing
    assert calling(issue(house.olga, "hers", ["self"]).text)[0] == 200


def test_what_a_person_is_told_is_a_time_he_can_wait_for() -> None:
    assert wait_text(0.2) == "Too many attempts. Please wait 1 second and try again."
    assert wait_text(61) == "Too many attempts. Please wait 61 seconds and try again."
    assert wait_text(601) == "Too many attempts. Please wait 11 minutes and try again."
