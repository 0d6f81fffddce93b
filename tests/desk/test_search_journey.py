"""Search by keyboard alone: answers while typing from any page, the page itself, keeping a search."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.desk.browsing import JOURNEY, axe_findings, axe_script

if TYPE_CHECKING:
    from tests.people.house import House

pytestmark = JOURNEY
PASSWORD = "a long enough password"
AXE_DARK = ["color-contrast", "link-in-text-block"]


@pytest.fixture
def office() -> House:
    from rundblick.cases import work
    from rundblick.cases.search.words import recount_all
    from tests.desk.office import an_office

    house = an_office(PASSWORD)
    work.add_note(house.supports, "The boiler pump leaks, the pump housing too", by=house.olga.person)
    work.add_note(house.olgas, "Boiler pump ordered", by=house.olga.person)
    recount_all()
    return house


@pytest.fixture
def page(browser: Browser, live_server: Any, office: House) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", color_scheme="light")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(f"script: {fault}"))
    opened.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    opened.goto(f"{live_server.url}/sign-in/")
    opened.get_by_label("E-mail address").fill(office.olga.email)
    opened.get_by_label("Password").fill(PASSWORD)
    opened.keyboard.press("Enter")
    opened.wait_for_url("**/inbox/**")
    yield opened
    context.close()
    assert not [fault for fault in faults if "422" not in fault]


def offered(page: Page, name: str | None = None) -> Locator:
    """The suggestions, not the options of filters beside them."""
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option", name=name)


def test_answers_while_typing_open_from_any_page_and_keep_what_was_typed(page: Page, office: House) -> None:
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Search cases and customers")
    expect(box).to_be_focused()
    page.keyboard.type("pump")
    options = offered(page)
    expect(options).to_have_count(3)  # two cases, and everything
    expect(page.locator("#rb-quick [role=status]")).to_have_text("2 suggestions")
    page.keyboard.press("ArrowDown")
    expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.nth(0).get_attribute("id")
    page.keyboard.press("ArrowUp")  # back into the box, then to the last
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("ArrowUp")
    expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    # its close event comes after it
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    page.keyboard.press("/")
    expect(box).to_have_value("pump")
    expect(options).to_have_count(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{office.olgas.uuid}/**")


def test_enter_leads_to_the_page_where_the_list_closes_before_the_box_is_left(page: Page, office: House) -> None:
    page.keyboard.press("/")
    page.keyboard.type("pump")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=pump")
    expect(page.locator("mark").first).to_have_text("pump")
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Search cases and customers")
    expect(box).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type(" leaks")
    expect(offered(page)).to_have_count(2)
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=pump+leaks")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/cases/{office.supports.uuid}/**")


def test_a_search_is_kept_and_found_again_without_a_mouse(page: Page, live_server: Any, office: House) -> None:
    page.goto(f"{live_server.url}/search/?q=pump")
    page.get_by_role("link", name="Keep").press("Enter")
    dialog = page.get_by_role("dialog", name="Keep this search")
    expect(dialog).to_be_visible()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("Give it a name.")
    dialog.get_by_label("Name").fill("All about pumps")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Kept. It stands under the search")).to_be_visible()
    page.goto(f"{live_server.url}/inbox/")
    page.keyboard.press("/")
    page.keyboard.type("about")
    expect(offered(page, "All about pumps")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=pump")


def test_without_script_the_box_is_a_form(browser: Browser, live_server: Any, office: House) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{live_server.url}/sign-in/?next=/search/")
    page.get_by_label("E-mail address").fill(office.olga.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Search cases and customers").fill("pump")
    page.keyboard.press("Enter")
    expect(page.locator("mark").first).to_be_visible()
    page.get_by_role("link", name="Keep").click()
    page.get_by_label("Name").fill("Pumps")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("Kept. It stands under the search")).to_be_visible()
    context.close()


def test_axe_finds_nothing_in_the_answers_while_typing_and_the_hits(
    page: Page, live_server: Any, office: House
) -> None:
    script = axe_script()
    found = []
    for scheme, width, rules in (("light", 1280, []), ("dark", 1280, AXE_DARK), ("dark", 390, ["target-size"])):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/search/", "/search/?q=pump", "/search/?q=bioler+color:red", "/search/saved/?q=pump", "/inbox/"):
            page.goto(live_server.url + path)
            page.evaluate(script)
            if path == "/inbox/":
                page.keyboard.press("/")
                page.keyboard.type("pump")
                expect(offered(page)).to_have_count(3)
                page.keyboard.press("ArrowDown")
            found += [f"{scheme} {width} {path}: {line}" for line in axe_findings(page, rules)]
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{path} is {wide} px wider than the screen at {width}"
            page.evaluate("sessionStorage.clear()")
    assert "\n".join(found) == ""
