"""Nothing typed is lost: the connection breaks, the session ends, a second tab writes in the same draft."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.desk.browsing import JOURNEY

if TYPE_CHECKING:
    from tests.people.house import House

pytestmark = JOURNEY
PASSWORD = "a long enough password"


@pytest.fixture
def office() -> House:
    from tests.desk.office import an_office

    return an_office(PASSWORD)


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield made
    made.close()


def sign_in(page: Page, office: House) -> None:
    page.get_by_label("E-mail address").fill(office.olga.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inbox/**")


def test_what_is_typed_outlives_connection_session_and_a_second_tab(
    context: BrowserContext, live_server: Any, office: House
) -> None:
    case = f"{live_server.url}/cases/{office.olgas.uuid}/"
    page = context.new_page()
    page.goto(f"{live_server.url}/sign-in/")
    sign_in(page, office)
    page.goto(case)
    page.keyboard.press("r")
    answer = page.get_by_label("Answer", exact=True)

    context.set_offline(True)
    page.keyboard.type("It comes")
    expect(page.locator("#rb-unsaved")).to_be_visible()
    context.set_offline(False)
    with page.expect_response("**/draft/"):
        page.keyboard.type(" tomorrow.")
    expect(page.locator("#rb-unsaved")).to_be_hidden()
    page.reload()
    expect(answer).to_have_value("It comes tomorrow.")

    context.clear_cookies()
    answer.press("End")
    answer.press_sequentially(" At noon.")
    expect(page.locator("#rb-unsaved")).to_be_visible()
    page.goto(f"{live_server.url}/sign-in/")
    sign_in(page, office)
    page.goto(case)
    kept = page.locator("#rb-kept-here")
    expect(kept).to_contain_text("It comes tomorrow. At noon.")
    with page.expect_response("**/draft/"):
        kept.get_by_role("button", name="Take it instead").click()
    expect(answer).to_have_value("It comes tomorrow. At noon.")

    other = context.new_page()
    other.goto(case)
    with page.expect_response("**/draft/"):
        answer.press_sequentially(" Here.")
    with other.expect_response("**/draft/"):
        other.get_by_label("Answer", exact=True).press_sequentially(" There.")
    expect(other.locator("#rb-beside")).to_contain_text("both texts are kept")
    if folder := os.environ.get("RUNDBLICK_SHOTS"):
        other.screenshot(path=f"{folder}/beside.png")
    other.get_by_role("button", name="Both, one below the other").click()
    expect(other.get_by_label("Answer", exact=True)).to_have_value(re.compile(r"There\.[\s\S]+Here\."))
    if folder := os.environ.get("RUNDBLICK_SHOTS"):
        other.set_viewport_size({"width": 390, "height": 844})
        other.screenshot(path=f"{folder}/phone.png")
