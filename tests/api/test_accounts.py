"""Accounts and the daily proof over the API."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.utils.html import escape

from rundblick.channels.models import Account
from rundblick.core.models import Source
from rundblick.intake.models import Proof, ProofWish
from tests.channels.provider import CLIENT, SECRET, provider
from tests.people.house import House

from .callers import Caller, caller

pytestmark = pytest.mark.django_db

TAKEN = {"address": "service@gmx.de", "secrets": {"imap_password": "geheim", "smtp_password": "auch"}}


@pytest.fixture
def anton(house: House) -> Caller:
    return caller(house.anton)


def change(who: Caller, path: str, body: object) -> object:
    return who.client.patch(f"/api/v1{path}", body, content_type="application/json", headers=who.headers)


def test_an_account_is_added_changed_and_switched_off(anton: Caller) -> None:
    made = anton.post("/accounts", TAKEN)
    told = made.json()
    assert (made.status_code, told["settings"]["imap_host"], told["enabled"]) == (201, "imap.gmx.net", True)
    assert told["health"]["state"] == "unknown"
    path = f"/accounts/{told['uuid']}"
    changed = change(anton, path, {"name": "Service", "settings": {"folders": ["INBOX", "Büro"], "after": "seen"}})
    assert changed.json()["settings"]["folders"] == ["INBOX", "Büro"]  # type: ignore[attr-defined]
    assert changed.json()["settings"]["imap_host"] == "imap.gmx.net", "what is not given stays"  # type: ignore[attr-defined]
    assert anton.post(f"{path}/disable").json()["enabled"] is False
    assert anton.post(f"{path}/enable").json()["enabled"] is True
    assert [one["address"] for one in anton.get("/accounts").json()["items"]] == ["service@gmx.de"]


def test_a_secret_goes_in_and_never_comes_back(anton: Caller) -> None:
    text = anton.post("/accounts", TAKEN).content.decode()
    assert "geheim" not in text + anton.get("/accounts").content.decode()
    assert '"imap_password"' in text
    assert Account.objects.get().secret("imap_password") == "geheim"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"address": "nobody"}, "address"),
        ({"address": "a@b.example", "settings": {"imap_password": "in the wrong place", "nonsense": 1}}, "nonsense"),
        ({"address": "a@b.example", "settings": {"after": "burn"}}, "after"),
        ({"address": "a@b.example", "team": "no such team"}, "team"),
        ({"address": "a@b.example", "settings": {"imap_security": "none"}}, "imap_security"),
        ({"address": "a@b.example", "settings": {"largest_mb": 5000}}, "largest_mb"),
    ],
)
def test_what_cannot_be_kept_is_said_by_field(anton: Caller, body: dict[str, object], field: str) -> None:
    answer = anton.post("/accounts", body)
    assert answer.status_code == 422
    assert f"{field}:" in answer.json()["detail"]
    assert not Account.objects.exists()


def test_a_test_says_what_is_wrong_in_words(anton: Caller) -> None:
    settings = {"imap_host": "127.0.0.1", "imap_port": 1, "imap_security": "none", "imap_user": "x", "send": "none"}
    uuid = anton.post("/accounts", {"address": "a@b.example", "settings": settings}).json()["uuid"]
    told = anton.post(f"/accounts/{uuid}/test").json()
    assert (told["good"], told["fault"]) == (False, "unreachable")
    assert told["what"] and told["todo"]


def test_the_proof_is_listed_and_asked_for(anton: Caller) -> None:
    uuid = anton.post("/accounts", TAKEN).json()["uuid"]
    source = Source.objects.get()
    Proof.objects.create(
        source=source, kind="mailbox", day="2026-11-22", told=3, kept=2, lost=1, good=False, missing=["1:2"]
    )
    told = anton.get("/proof").json()
    assert (told["good"], told["counting"]) == (False, False)
    assert (told["items"][0]["missing"], told["items"][0]["account"]) == (["1:2"], uuid)
    assert anton.post(f"/accounts/{uuid}/fetch-again").status_code == 202
    assert anton.get("/proof").json()["counting"] is True
    ProofWish.objects.all().delete()
    assert anton.post("/proof/count").status_code == 202
    assert ProofWish.objects.exists()


def test_what_is_handed_over_cannot_be_fetched_again(anton: Caller) -> None:
    uuid = anton.post("/accounts", {"address": "a@b.example", "settings": {"receive": "door", "send": "none"}}).json()[
        "uuid"
    ]
    assert anton.post(f"/accounts/{uuid}/fetch-again").status_code == 409


def test_a_token_without_the_scope_sees_nothing(house: House) -> None:
    assert caller(house.anton, ["case.*"]).get("/accounts").status_code == 403
    assert caller(house.lena).get("/proof").status_code == 403


def test_access_at_a_provider_is_allowed_over_the_api(
    anton: Caller, house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNDBLICK_PRIVATE_HOSTS", "127.0.0.1")
    with provider(tmp_path) as running:
        settings = {
            "receive": "none",
            "send": "none",
            "auth": "oauth2",
            "oauth_authorize_url": running.authorize_url,
            "oauth_token_url": running.token_url,
            "oauth_client_id": CLIENT,
            "authority": running.authority,
        }
        body = {"address": "a@b.example", "settings": settings, "secrets": {"oauth_client_secret": SECRET}}
        uuid = anton.post("/accounts", body).json()["uuid"]
        asked = anton.post(f"/accounts/{uuid}/consent")
        assert asked.status_code == 201
        assert asked.json()["redirect"] == "http://testserver/channels/consent/"
        back = {"address": running.allow(asked.json()["address"])}

        browser = Client()
        browser.force_login(house.anton)
        page = browser.get(back["address"])
        assert page.status_code == 200 and "Copy the address below" in page.content.decode()
        assert escape(back["address"]) in page.content.decode()

        stranger = caller(house.anton).post(f"/accounts/{uuid}/consent/answer", back)
        assert (stranger.status_code, stranger.json()["type"].rpartition(":")[2]) == (422, "consent-pasted"), (
            "another token"
        )
        assert caller(house.anton, ["case.*"]).post(f"/accounts/{uuid}/consent").status_code == 403

        answer = anton.post(f"/accounts/{uuid}/consent/answer", back)
        assert (answer.status_code, answer.json()["good"]) == (200, True)
        assert "oauth_refresh_token" in anton.get(f"/accounts/{uuid}").json()["secrets"]
        again = anton.post(f"/accounts/{uuid}/consent/answer", back)
        assert (again.status_code, again.json()["title"]) == (422, "This answer was used already.")


def test_an_account_without_a_provider_cannot_be_allowed(anton: Caller) -> None:
    uuid = anton.post("/accounts", TAKEN).json()["uuid"]
    assert anton.post(f"/accounts/{uuid}/consent").json()["type"].endswith(":consent-none")
    assert anton.post(f"/accounts/{uuid}/consent/answer", {"address": "x"}).json()["type"].endswith(":consent-answer")
    told = anton.post(
        "/accounts", {"address": "a@b.example", "provider": "google", "settings": {"oauth_client_id": "c"}}
    )
    assert told.json()["settings"]["oauth_token_url"] == "https://oauth2.googleapis.com/token"
