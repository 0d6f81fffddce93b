"""Allowing a mailbox at its provider, through the pages of the desk: the journey, each refusal, and attacks on it."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.test import Client

from rundblick.channels import health
from rundblick.channels.email import oauth
from rundblick.channels.models import Account, ConsentSecret
from rundblick.people.models import User
from tests.channels.dovecot import PROGRAM, WITHOUT, Dovecot
from tests.channels.mails import a_mail
from tests.channels.provided import a_mailbox_to_allow, a_provider_with_mailboxes
from tests.channels.provider import Provider
from tests.people.house import House

pytestmark = pytest.mark.django_db

Servers = tuple[Dovecot, Provider]
BACK = "http://testserver/channels/consent/"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    if not PROGRAM:
        pytest.skip(WITHOUT)
    with a_provider_with_mailboxes(tmp_path_factory.mktemp("desk-consent")) as both:
        yield both


@pytest.fixture
def servers(running: Servers, monkeypatch: pytest.MonkeyPatch) -> Servers:
    monkeypatch.setenv("RUNDBLICK_PRIVATE_HOSTS", "127.0.0.1")
    return running


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def anton(house: House) -> Client:
    """The administrator's browser."""
    return browser_of(house.anton)


def sent_to(browser: Client, account: Account) -> str:
    """Where the button of the account's page leads."""
    answer = browser.post(f"/channels/{account.uuid}/consent/")
    delay, _semicolon, address = answer.headers["Refresh"].partition(";url=")
    assert (answer.status_code, delay) == (200, "0")
    return address


def page_after(browser: Client, address: str) -> str:
    """What the desk shows after somebody was sent back to an address of it."""
    answer = browser.get(urlsplit(address).path + "?" + urlsplit(address).query)
    assert answer.status_code == 302, "the code stays in no address bar"
    assert "code" not in answer["Location"] and answer["Location"].startswith("/channels/")
    return browser.get(answer["Location"]).content.decode()


def test_an_administrator_allows_a_mailbox_with_one_click(anton: Client, servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    servers[1].registered = {BACK}
    servers[0].put(account.settings["imap_user"], a_mail())
    before = anton.get(f"/channels/{account.uuid}/").content.decode()
    assert "Access was not allowed yet" in before
    assert f'value="{BACK}"' in before, "shown for copying"
    after = page_after(anton, servers[1].allow(sent_to(anton, account)))
    assert "Access is allowed, and it works" in after
    assert "Access was allowed" in after
    assert account.secret(oauth.REFRESH) in servers[1].refresh
    assert account.secret(oauth.REFRESH) not in after
    assert "it works" not in anton.get(f"/channels/{account.uuid}/").content.decode(), "said once"


def test_a_new_account_leads_on_to_the_button(anton: Client, servers: Servers) -> None:
    page = anton.get("/channels/new/", {"address": "service@muster.example", "provider": "google"}).content.decode()
    assert 'value="https://accounts.google.com/o/oauth2/v2/auth"' in page and f'value="{BACK}"' in page
    given = {
        "address": "service@muster.example",
        "receive": "imap",
        "imap_host": "imap.gmail.com",
        "imap_user": "service@muster.example",
        "auth": "oauth2",
        "oauth_authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "oauth_token_url": "https://oauth2.googleapis.com/token",
        "oauth_client_id": "client",
        "oauth_extra": "access_type=offline\r\nprompt=consent",
        "send": "none",
    }
    answer = anton.post("/channels/new/", given, follow=True)
    assert "Now allow access at the provider" in answer.content.decode()
    told = dict(parse_qsl(urlsplit(sent_to(anton, Account.objects.get())).query))
    assert (told["access_type"], told["prompt"]) == ("offline", "consent")


def test_each_end_of_it_is_said_plainly(anton: Client, servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    servers[1].denies = "access_denied"
    page = page_after(anton, servers[1].allow(sent_to(anton, account)))
    assert "Access was not allowed at the provider" in page
    assert "said &lt;b&gt;no&lt;/b&gt;" in page
    servers[1].denies = ""
    servers[1].lasting = False
    assert "gave no lasting permission" in page_after(anton, servers[1].allow(sent_to(anton, account)))
    servers[1].lasting = True
    servers[1].user = "somebody-else"
    page = page_after(anton, servers[1].allow(sent_to(anton, account)))
    assert "Access is allowed and kept, but the account does not work with it" in page
    assert account.settings["imap_user"] in page
    assert "This answer was not asked for here" in page_after(anton, f"{BACK}?state=made-up&code=1")
    assert "This answer was not asked for here" in page_after(anton, BACK)


def test_it_is_said_in_german_too(house: House, servers: Servers) -> None:
    User.objects.filter(pk=house.anton.pk).update(language="de")
    german = browser_of(User.objects.get(pk=house.anton.pk))
    account = a_mailbox_to_allow(servers)
    assert "Zugriff beim Anbieter erlauben" in german.get(f"/channels/{account.uuid}/").content.decode()
    servers[1].denies = "access_denied"
    assert "wurde beim Anbieter nicht erlaubt" in page_after(german, servers[1].allow(sent_to(german, account)))


def test_the_state_of_another_session_opens_nothing(anton: Client, house: House, servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    back = servers[1].allow(sent_to(anton, account))
    other = browser_of(house.anton)  # the same person at another machine, or who stole the address
    assert "This answer was not asked for here" in page_after(other, back)
    assert Client().get(back).headers["Location"].startswith("/sign-in/")
    assert browser_of(house.olga).get(back).status_code == 403
    assert servers[1].asked == []
    assert "it works" in page_after(anton, back), "nobody used it up"


def test_an_address_that_was_answered_is_worth_nothing_any_more(anton: Client, servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    back = servers[1].allow(sent_to(anton, account))
    page_after(anton, back)
    kept, asked = account.secret(oauth.REFRESH), len(servers[1].asked)
    assert "This answer was used already" in page_after(anton, back)
    assert (account.secret(oauth.REFRESH), len(servers[1].asked)) == (kept, asked)


def test_nothing_in_a_request_changes_where_one_is_sent(anton: Client, servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    servers[1].registered = {BACK}
    evil = {"redirect_uri": "https://evil.example/", "next": "https://evil.example/", "redirect": "//evil.example"}
    address = anton.post(f"/channels/{account.uuid}/consent/?{urlencode(evil)}", evil).headers["Refresh"]
    assert "evil" not in address
    back = servers[1].allow(address.partition(";url=")[2])
    assert "it works" in page_after(anton, f"{back}&{urlencode(evil)}")
    forwarded = anton.post(f"/channels/{account.uuid}/consent/", headers={"X-Forwarded-Host": "evil.example"})
    assert "evil" not in forwarded.headers["Refresh"]
    assert anton.post(f"/channels/{account.uuid}/consent/", headers={"Host": "evil.example"}).status_code == 400


def test_asking_is_a_deed_and_not_a_link(anton: Client, house: House, servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(house.anton)
    assert strict.post(f"/channels/{account.uuid}/consent/").status_code == 403
    assert anton.get(f"/channels/{account.uuid}/consent/").status_code == 405
    assert not ConsentSecret.objects.exists()


def test_an_address_that_does_not_open_can_be_pasted(anton: Client, servers: Servers) -> None:
    account = a_mailbox_to_allow(servers)
    back = servers[1].allow(sent_to(anton, account)).replace("http://testserver", "https://elsewhere.example")
    page = anton.post(f"/channels/{account.uuid}/consent/", {"address": f" {back} "}, follow=True).content.decode()
    assert "it works" in page
    page = anton.post(f"/channels/{account.uuid}/consent/", {"address": "nonsense"}, follow=True).content.decode()
    assert "The provider sent back no code" in page


def test_an_account_that_has_to_be_allowed_again_offers_it(anton: Client, servers: Servers) -> None:
    account = a_mailbox_to_allow(servers, oauth_refresh_token="refresh-0")
    health.failed(account.pk, "consent", "invalid_grant")
    for path in ("/channels/", f"/channels/{account.uuid}/"):
        page = anton.get(path).content.decode()
        assert "Access has to be allowed at its provider" in page
        assert f'action="/channels/{account.uuid}/consent/"' in page
    health.answered(account.pk)
    assert "/consent/" not in anton.get("/channels/").content.decode()


def test_an_account_with_a_password_is_sent_nowhere(anton: Client, servers: Servers) -> None:
    account = a_mailbox_to_allow(servers, auth="password", imap_password="x")
    assert "Allow access at the provider" not in anton.get(f"/channels/{account.uuid}/").content.decode()
    page = anton.post(f"/channels/{account.uuid}/consent/", follow=True).content.decode()
    assert "This account needs no permission of a provider" in page
