"""The inbox in a browser: cases chosen and resolved by keys, taken back, seen at a second desk; a case beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk.browsing import JOURNEY, axe_findings, axe_script

if TYPE_CHECKING:
    from tests.people.house import House

pytestmark = JOURNEY

PASSWORD = "a long enough password"


@pytest.fixture
def office() -> House:
    from tests.desk.office import an_office

    return an_office(PASSWORD)


def desk(browser: Browser, server: Any, email: str, width: int = 1440) -> Page:
    page = browser.new_context(viewport={"width": width, "height": 900}, locale="en-GB").new_page()
    page.goto(f"{server.url}/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inbox/**")
    return page


def test_chosen_by_keys_resolved_seen_elsewhere_and_taken_back(
    browser: Browser, live_server: Any, office: House
) -> None:
    mine = desk(browser, live_server, office.lena.email)
    other = desk(browser, live_server, office.kurt.email)
    before = other.locator("#rb-inbox tr[data-rb-case]").count()
    mine.keyboard.press("j")
    mine.keyboard.press("x")
    mine.keyboard.press("J")
    expect(mine.locator("[data-rb-chosen]")).to_have_text("2 chosen")
    mine.evaluate("window.htmx.trigger(document.getElementById('rb-inbox'), 'rb-refresh')")
    mine.wait_for_load_state("networkidle")
    expect(mine.locator("#rb-inbox input[name=case]:checked")).to_have_count(2)  # a fetch of the list takes no choice
    mine.keyboard.press("e")
    expect(mine.locator("#rb-just-done")).to_contain_text("2 cases resolved")
    assert mine.evaluate("document.activeElement.classList.contains('rb-open')")  # the focus is in the list again
    other.evaluate("window.htmx.trigger(document.getElementById('rb-inbox'), 'rb-refresh')")
    expect(other.locator("#rb-inbox tr[data-rb-case]")).to_have_count(before - 2)
    mine.keyboard.press("z")
    expect(mine.locator("#rb-just-done")).to_contain_text("Taken back: 2 cases resolved")
    other.evaluate("window.htmx.trigger(document.getElementById('rb-inbox'), 'rb-refresh')")
    expect(other.locator("#rb-inbox tr[data-rb-case]")).to_have_count(before)


def test_a_case_opens_beside_its_list_and_back_closes_it(browser: Browser, live_server: Any, office: House) -> None:
    page = desk(browser, live_server, office.lena.email)
    page.locator(f'tr[data-rb-case="{office.olgas.uuid}"] .rb-open').click()
    pane = page.locator("#rb-beside")
    expect(pane.locator("#rb-timeline")).to_be_visible()
    assert f"case={office.olgas.uuid}" in page.url
    page.keyboard.press("n")
    page.keyboard.type("Said beside the list.")
    page.keyboard.press("Control+Enter")
    expect(pane.locator("#rb-timeline")).to_contain_text("Said beside the list.")
    assert "/inbox/" in page.url  # it came back beside the list
    page.evaluate(axe_script())
    assert axe_findings(page, []) == []
    page.reload()
    expect(pane.locator("#rb-timeline")).to_be_visible()
    page.locator(f'tr[data-rb-case="{office.olgas.uuid}"] .rb-open').focus()
    page.keyboard.press("Escape")
    expect(pane).to_be_hidden()
    page.go_back()
    expect(pane.locator("#rb-timeline")).to_be_visible()


def test_at_a_telephone_there_is_one_pane_and_nothing_is_wider(
    browser: Browser, live_server: Any, office: House
) -> None:
    page = desk(browser, live_server, office.lena.email, width=390)
    page.locator("#rb-inbox input[name=case]").first.check()
    bar = page.locator("#rb-bulk")
    expect(bar).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    bar.get_by_role("button", name="Hand over").click()
    expect(page.get_by_role("dialog")).to_contain_text("Hand over 1 case")
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    bar.get_by_role("button", name="Clear the choice").click()
    expect(bar).to_be_hidden()
    page.locator(".rb-open").first.click()
    page.wait_for_url("**/cases/**")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
