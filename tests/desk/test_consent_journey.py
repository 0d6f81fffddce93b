"""Allowing a mailbox at its provider in a real browser: out of the desk and back, past our own content policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.channels.dovecot import PROGRAM, WITHOUT
from tests.desk.browsing import JOURNEY, axe_findings, axe_script

if TYPE_CHECKING:
    from tests.channels.dovecot import Dovecot
    from tests.channels.provider import Provider
    from tests.people.house import House

pytestmark = JOURNEY


@pytest.fixture
def servers(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Dovecot, Provider]]:
    if not PROGRAM:
        pytest.skip(WITHOUT)
    from tests.channels.provided import a_provider_with_mailboxes

    monkeypatch.setenv("RUNDBLICK_PRIVATE_HOSTS", "127.0.0.1")
    with a_provider_with_mailboxes(tmp_path_factory.mktemp("journey")) as both:
        yield both


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", ignore_https_errors=True)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert not faults


def test_one_click_leads_to_the_provider_and_back_to_a_mailbox_that_works(
    page: Page, live_server: Any, house: House, servers: tuple[Dovecot, Provider]
) -> None:
    from tests.channels.mails import a_mail
    from tests.channels.provided import a_mailbox_to_allow
    from tests.people.house import PASSWORD

    house.anton.set_password(PASSWORD)
    house.anton.save()
    account = a_mailbox_to_allow(servers)
    servers[0].put(account.settings["imap_user"], a_mail())
    page.goto(f"{live_server.url}/sign-in/?next=/channels/{account.uuid}/")
    page.get_by_label("E-mail address").fill(house.anton.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/channels/{account.uuid}/")
    shown = page.get_by_label("OAuth2: redirect address").input_value()
    assert shown == f"{live_server.url}/channels/consent/"
    page.evaluate(axe_script())
    assert axe_findings(page, []) == []

    page.get_by_role("button", name="Allow access at the provider").click()
    page.wait_for_url(f"**/channels/{account.uuid}/")
    expect(page.get_by_text("Access is allowed, and it works")).to_be_visible()
    assert servers[1].seen[0]["redirect_uri"] == shown
    assert "code" not in page.url

    servers[1].denies = "access_denied"
    page.get_by_role("button", name="Allow access at the provider").click()
    expect(page.get_by_text("Access was not allowed at the provider")).to_be_visible()
