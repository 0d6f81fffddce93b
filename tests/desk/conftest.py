from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.test import Client

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.people.house import House


@pytest.fixture(autouse=True)
def no_kept_report() -> None:
    """The desk keeps a report for its readers; the next test's readers have another company."""
    from rundblick.blindspots import latest

    latest.forget()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for the tests of one file."""
    from playwright.sync_api import sync_playwright

    from tests.desk.browsing import CHROMIUM, open_browser

    assert CHROMIUM, "Chromium is not installed; in CI the journey is never left out"
    with sync_playwright() as playwright:
        opened = open_browser(playwright)
        yield opened
        opened.close()


@pytest.fixture
def house(db: None) -> House:
    from tests.people.house import a_house  # models can be imported once Django is set up

    return a_house()


@pytest.fixture
def olga(house: House) -> Client:
    """Olga's browser: she works in Support and owns a case there."""
    client = Client()
    client.force_login(house.olga)
    return client


@pytest.fixture
def maria(house: House) -> Client:
    """Maria's browser: she manages, and sees everything."""
    client = Client()
    client.force_login(house.maria)
    return client
