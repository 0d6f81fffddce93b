"""The page as people open it: on a wide screen and a phone, light and dark, in German and English, and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from rundblick.blindspots.report.html import html
from tests.blindspots.factories import full_report, poor_report
from tests.desk.browsing import axe_findings, axe_script, open_browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = open_browser(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("report")
    made = {}
    for name, report in {"full": full_report("de"), "poor": poor_report("en")}.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(html(report, with_ids=True), "utf-8")
    return made


@pytest.mark.parametrize("name", ["full", "poor"])
@pytest.mark.parametrize("width", [320, 390, 800, 1280])
def test_nothing_runs_over_the_edge_and_nothing_is_fetched(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(pages[name].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert faults == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["full", "poor"])
def test_axe_finds_nothing(browser: Browser, pages: dict[str, Path], name: str, width: int, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(pages[name].as_uri())
    page.evaluate(axe_script())
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    assert axe_findings(page, []) == []
    context.close()


def test_paper_shows_the_wide_pictures_in_light_colours(browser: Browser, pages: dict[str, Path]) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(pages["full"].as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("#panorama .wide").is_visible() and not page.locator("#panorama .narrow").is_visible()
    assert page.pdf().startswith(b"%PDF-")
    context.close()
