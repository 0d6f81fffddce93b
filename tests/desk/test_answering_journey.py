"""Answering in a real browser: written by the keyboard, sent over real SMTP, answered by the customer, in one case."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk.browsing import JOURNEY

if TYPE_CHECKING:
    from tests.people.house import House

pytestmark = JOURNEY
PASSWORD = "a long enough password"


@pytest.fixture
def office() -> House:
    from rundblick.cases.models import MessageContent
    from tests.desk.office import an_office

    made = an_office(PASSWORD)
    MessageContent.objects.filter(message__case=made.olgas, message__direction="in").update(
        address="anna@kunde.example", key="asked@kunde.example"
    )
    return made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    yield context.new_page()
    context.close()


def sent() -> int:
    """What the worker of the outbox does when the time to take back is over."""
    from rundblick.intake.models import Outgoing
    from rundblick.intake.sending import OutSweep

    Outgoing.objects.filter(state="waiting").update(due_at=datetime.now(UTC))
    sweep = OutSweep()
    done = sweep()
    sweep.close()
    return done


def comes_back(to: str) -> None:
    """Anna answers our mail."""
    from rundblick.channels.email.reading import read_mail
    from rundblick.core.envelope import Envelope
    from rundblick.core.installation import installation
    from rundblick.intake.road import Road
    from rundblick.intake.work import receive

    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = "anna@kunde.example", "service@muster.example", "Re: Parcel"
    reply["Message-ID"], reply["In-Reply-To"] = "<reply@kunde.example>", to
    reply.set_content("Thank you, it is here now.")
    envelope = Envelope("mailbox:service", "1:2", "mail", datetime.now(UTC), reply.as_bytes())
    receive(Road(installation()), [envelope], lambda new: [read_mail(one) for one in new])


def test_a_customer_is_answered_and_answers_again(page: Page, live_server: Any, office: House) -> None:
    from rundblick.channels.models import Account
    from tests.channels.postbox import a_server

    with a_server() as box:
        account = Account.objects.get()
        account.settings["smtp_port"] = box.port
        account.save()
        page.goto(f"{live_server.url}/sign-in/")
        page.get_by_label("E-mail address").fill(office.olga.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/inbox/**")
        page.goto(f"{live_server.url}/cases/{office.olgas.uuid}/")

        page.keyboard.press("r")
        page.keyboard.type("It comes tomorrow.")
        expect(page.get_by_label("Answer", exact=True)).to_have_value("It comes tomorrow.")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#rb-timeline")).to_contain_text("leaves at")

        page.get_by_role("button", name="Take back").click()
        expect(page.get_by_label("Answer", exact=True)).to_have_value("It comes tomorrow.")
        page.get_by_label("Answer", exact=True).press("Control+Enter")
        expect(page.locator("#rb-timeline")).to_contain_text("leaves at")

        assert sent() == 1
        page.reload()
        expect(page.locator("#rb-timeline")).to_contain_text("sent, the mail server has it")
        assert len(box.mails) == 1 and box.mails[0]["In-Reply-To"] == "<asked@kunde.example>"
        comes_back(str(box.mails[0]["Message-ID"]))
        page.reload()
        expect(page.locator("#rb-timeline")).to_contain_text("Thank you, it is here now.")

        page.keyboard.press("n")
        page.keyboard.type("She has it.")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#rb-timeline")).to_contain_text("She has it.")
