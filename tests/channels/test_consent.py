"""Allowing an account at its provider, against a provider and a real IMAP server on 127.0.0.1; and attacks on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.utils import timezone

from rundblick.channels import accounts, consent, health
from rundblick.channels.channel import channels
from rundblick.channels.consent import ConsentRefused
from rundblick.channels.email import oauth
from rundblick.channels.email.consent import MailConsent
from rundblick.channels.email.providers import GOOGLE, MICROSOFT
from rundblick.channels.models import Account, AccountHealth, ConsentSecret
from rundblick.privacy.models import AuditEntry
from tests.channels.dovecot import PROGRAM, WITHOUT, Dovecot
from tests.channels.mailboxes import fetch
from tests.channels.mails import a_mail
from tests.channels.provided import a_mailbox_to_allow, a_provider_with_mailboxes
from tests.channels.provider import Provider

pytestmark = pytest.mark.django_db

BACK = "https://desk.muster.example/channels/consent/"
HERE = "session:mine"
Servers = tuple[Dovecot, Provider]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    if not PROGRAM:
        pytest.skip(WITHOUT)
    with a_provider_with_mailboxes(tmp_path_factory.mktemp("consent")) as both:
        yield both


@pytest.fixture
def servers(running: Servers, monkeypatch: pytest.MonkeyPatch) -> Servers:
    """The provider may lie on this machine."""
    monkeypatch.setenv("RUNDBLICK_PRIVATE_HOSTS", "127.0.0.1")
    return running


def brought(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def allowed_by(servers: Servers, account: Account) -> consent.Allowed:
    asked = consent.begin(account, None, HERE, BACK)
    return consent.finish(brought(servers[1].allow(asked.address)), HERE, None)


def refused(servers: Servers, account: Account, answer: dict[str, str] | None = None) -> ConsentRefused:
    asked = consent.begin(account, None, HERE, BACK)
    answer = brought(servers[1].allow(asked.address)) if answer is None else brought(asked.address) | answer
    with pytest.raises(ConsentRefused) as found:
        consent.finish(answer, HERE, None)
    return found.value


def test_what_a_person_allows_is_kept_sealed_tried_and_read_with(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    servers[1].registered = {BACK}
    servers[0].put(account.settings["imap_user"], a_mail())
    allowed = allowed_by(servers, account)
    assert allowed.probe.good
    assert [one.messages for one in allowed.probe.folders[:1]] == [1]
    assert health.of([account])[account.pk].state == "good"
    kept = account.secret(oauth.REFRESH)
    assert kept in servers[1].refresh
    assert kept.encode() not in bytes(account.secrets.get(name=oauth.REFRESH).sealed)
    assert fetch(account) == 1
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True))[-2:] == [
        "account.consent_asked",
        "account.allowed",
    ]


def test_the_question_carries_what_the_standards_want_and_nothing_that_opens_anything(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    asked = consent.begin(account, None, HERE, BACK)
    told = brought(asked.address)
    assert told["response_type"] == "code" and told["code_challenge_method"] == "S256"
    assert (told["redirect_uri"], told["client_id"], told["scope"]) == (BACK, "client", "mail")
    assert (told["access_type"], told["prompt"]) == ("offline", "consent")
    assert told["login_hint"] == account.settings["imap_user"]
    row = ConsentSecret.objects.get()
    assert told["state"] not in (row.state, row.session) and len(told["state"]) >= 43
    assert "client secret" not in asked.address
    assert brought(consent.begin(account, None, HERE, BACK).address)["state"] != told["state"]


def test_a_parameter_of_the_address_stays_and_none_stands_there_twice(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers, oauth_authorize_url=f"{servers[1].authorize_url}?realm=a%26b&prompt=none")
    address = consent.begin(account, None, HERE, BACK).address
    names = [name for name, _value in parse_qsl(urlsplit(address).query)]
    assert brought(address)["realm"] == "a&b" and brought(address)["prompt"] == "consent"
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("answer", "code", "detail"),
    [
        ({"error": "access_denied", "error_description": "no\x00\nthanks"}, "denied", "access_denied no thanks"),
        ({"error": "invalid_scope", "error_description": "AADSTS70011"}, "provider", "invalid_scope AADSTS70011"),
        ({}, "answer", ""),
        ({"code": "made up"}, "code", "invalid_grant Bad code"),
    ],
)
def test_each_refusal_of_the_provider_is_told_and_keeps_nothing(
    servers: Servers, answer: dict[str, str], code: str, detail: str
) -> None:
    account = a_mailbox_to_allow(servers)
    found = refused(servers, account, answer)
    assert (found.code, found.detail, found.account) == (code, detail, account)
    assert account.secret(oauth.REFRESH) == account.secret(oauth.TOKEN) == ""
    assert all(consent.refusal_words(code))


def test_a_provider_that_gives_no_lasting_permission_changes_nothing(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers, oauth_refresh_token="refresh-0")
    servers[1].lasting = False
    assert refused(servers, account).code == "short"
    assert account.secret(oauth.REFRESH) == "refresh-0"


def test_a_wrong_client_secret_and_a_server_that_is_away_are_told_apart(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers, oauth_client_secret="another")
    assert refused(servers, account).code == "application"
    account = a_mailbox_to_allow(servers)
    asked = consent.begin(account, None, HERE, BACK)
    answer = brought(servers[1].allow(asked.address))
    nowhere = account.settings | {"oauth_token_url": "https://127.0.0.1:9/token"}
    Account.objects.filter(pk=account.pk).update(settings=nowhere)
    with pytest.raises(ConsentRefused) as found:
        consent.finish(answer, HERE, None)
    assert found.value.code == "changed", "a code belongs to the server that it was asked of"
    account.refresh_from_db()
    assert refused(servers, account, {"code": "any"}).code == "unreachable"


def test_ten_minutes_later_it_counts_no_more(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    asked = consent.begin(account, None, HERE, BACK)
    ConsentSecret.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ConsentRefused) as found:
        consent.finish(brought(servers[1].allow(asked.address)), HERE, None)
    assert found.value.code == "expired"
    assert servers[1].asked == []
    ConsentSecret.objects.update(expires_at=timezone.now() - timedelta(days=2))
    consent.begin(account, None, HERE, BACK)
    assert ConsentSecret.objects.count() == 1, "what ran out long ago is gone"


def test_another_session_cannot_use_a_state_and_does_not_use_it_up(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    asked = consent.begin(account, None, HERE, BACK)
    answer = brought(servers[1].allow(asked.address))
    for session, state in (("session:theirs", answer["state"]), (HERE, "made up"), (HERE, "")):
        with pytest.raises(ConsentRefused) as found:
            consent.finish(answer | {"state": state}, session, None)
        assert (found.value.code, found.value.account) == ("state", None)
    assert servers[1].asked == []
    assert consent.finish(answer, HERE, None).probe.good


def test_an_attackers_code_is_not_taken_into_somebody_elses_session(servers: Servers) -> None:
    """Forged login (RFC 6749, 10.12): a code of the attacker's own mailbox, under the victim's state."""
    account = a_mailbox_to_allow(servers)
    attackers = brought(servers[1].allow(consent.begin(account, None, "session:theirs", BACK).address))
    victims = brought(consent.begin(account, None, HERE, BACK).address)
    with pytest.raises(ConsentRefused) as found:
        consent.finish({"code": attackers["code"], "state": victims["state"]}, HERE, None)
    assert found.value.code == "code", "the proof key is not the one that the code was asked with"
    assert account.secret(oauth.REFRESH) == ""


def test_the_same_answer_twice_counts_once(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    asked = consent.begin(account, None, HERE, BACK)
    answer = brought(servers[1].allow(asked.address))
    consent.finish(answer, HERE, None)
    forms = len(servers[1].asked)
    with pytest.raises(ConsentRefused) as found:
        consent.finish(answer, HERE, None)
    assert found.value.code == "used"
    assert len(servers[1].asked) == forms
    assert bytes(ConsentSecret.objects.get().verifier) == b""


def test_an_answer_counts_for_the_account_it_was_asked_for_only(servers: Servers) -> None:
    one, other = a_mailbox_to_allow(servers), a_mailbox_to_allow(servers)
    answer = brought(servers[1].allow(consent.begin(one, None, HERE, BACK).address))
    with pytest.raises(ConsentRefused) as found:
        consent.finish(answer, HERE, None, other)
    assert found.value.code == "state"
    assert other.secret(oauth.REFRESH) == ""


def test_a_token_server_in_the_private_network_is_not_called(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    account = a_mailbox_to_allow(servers)
    monkeypatch.delenv("RUNDBLICK_PRIVATE_HOSTS")
    assert refused(servers, account).code == "address"
    assert servers[1].asked == []


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"oauth_authorize_url": "http://provider.example/"}, "oauth_authorize_url"),
        ({"oauth_authorize_url": "javascript:alert(1)//x"}, "oauth_authorize_url"),
        ({"oauth_authorize_url": "https://provider.example/#code"}, "oauth_authorize_url"),
        ({"oauth_authorize_url": "https://accounts.example@evil.example/"}, "oauth_authorize_url"),
        ({"oauth_extra": ["redirect_uri=https://evil.example/"]}, "oauth_extra"),
        ({"oauth_extra": ["prompt=consent", " state = mine"]}, "oauth_extra"),
        ({"oauth_authorize_url": "https://provider.example/?redirect_uri=https://evil.example/"}, "oauth_extra"),
        ({"oauth_redirect": "https://evil.example/"}, "oauth_redirect"),
    ],
)
def test_nobody_can_have_people_sent_elsewhere(given: dict[str, object], field: str) -> None:
    values = {"address": "a@muster.example", "auth": "oauth2", "oauth_token_url": "https://tokens.example/"}
    assert field in accounts.fill(channels["email"], values | given).faults


def test_where_one_comes_back_to_is_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert consent.redirect_address("/back/", "http://127.0.0.1:8000/") == "http://127.0.0.1:8000/back/"
    monkeypatch.setenv("RUNDBLICK_PUBLIC_URL", "https://desk.muster.example/")
    assert consent.redirect_address("/back/", "http://127.0.0.1:8000/") == "https://desk.muster.example/back/"


def test_a_pasted_address_is_read_also_behind_our_own_sign_in() -> None:
    told = {"state": "s/1", "code": "4/0A=&x"}
    address = f"{BACK}?{urlencode(told)}"
    assert consent.brought_by(f"  {address}\n") == told
    behind = f"https://desk.muster.example/sign-in/?{urlencode({'next': '/channels/consent/?' + urlencode(told)})}"
    assert consent.brought_by(behind) == told
    for nothing in ("", "https://desk.muster.example/", "code", "http://[", f"{BACK}?code=1"):
        with pytest.raises(ConsentRefused) as found:
            consent.brought_by(nothing)
        assert found.value.code == "answer"


def test_a_permission_that_was_taken_back_is_named_and_mended_by_allowing_it_again(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    allowed_by(servers, account)
    servers[1].refresh.clear()
    oauth.forget_token(account)
    found = accounts.probe(accounts.as_filled(account), account)
    assert found.fault == "consent"
    assert "expired or revoked" in found.detail
    health.failed(account.pk, found.fault, found.detail)
    health.failed(account.pk, found.fault, found.detail, "out")
    changed = account.changed_at
    assert allowed_by(servers, account).probe.good
    assert not AccountHealth.objects.exclude(fault="").exists()
    account.refresh_from_db()
    assert account.changed_at > changed, "whoever fetches for it begins anew at once"


def test_an_account_that_nobody_allowed_yet_says_so(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    assert accounts.probe(accounts.as_filled(account), account).fault == "consent"
    assert servers[1].asked == []


def test_a_test_of_the_account_does_not_lose_a_permission_that_changes_with_each_use(servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    servers[1].rotates = True
    allowed_by(servers, account)
    for _time in range(2):
        assert accounts.probe(accounts.as_filled(account), account).good
    oauth.forget_token(account)
    servers[0].put(account.settings["imap_user"], a_mail())
    assert fetch(account) == 1


def test_the_presets_of_the_providers_ask_for_what_lasts() -> None:
    guess = channels["email"].guess
    google = guess("service@muster.example", "google")
    assert google["oauth_authorize_url"] == GOOGLE.authorize == "https://accounts.google.com/o/oauth2/v2/auth"
    assert google["oauth_extra"] == ["access_type=offline", "prompt=consent"]
    assert google["oauth_scope"] == "https://mail.google.com/"
    microsoft = guess("service@muster.onmicrosoft.com", "")
    assert microsoft["oauth_authorize_url"] == MICROSOFT.authorize
    assert "offline_access" in str(microsoft["oauth_scope"]).split()
    assert guess("hilfe@gmx.de", "").get("oauth_authorize_url") is None
    for given in (google, microsoft):
        filled = accounts.fill(channels["email"], {"address": "a@muster.example", **given, "oauth_client_id": "c"})
        assert not filled.faults


def test_of_two_answers_at_the_same_moment_one_counts(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    account = a_mailbox_to_allow(servers)
    answer = brought(servers[1].allow(consent.begin(account, None, HERE, BACK).address))
    seen: list[str] = []
    keep = MailConsent.keep

    def meanwhile(self: MailConsent, *told: Any) -> None:
        with pytest.raises(ConsentRefused) as found:
            consent.finish(answer, HERE, None)
        seen.append(found.value.code)
        keep(self, *told)

    monkeypatch.setattr(MailConsent, "keep", meanwhile)
    assert consent.finish(answer, HERE, None).probe.good
    assert seen == ["used"]
