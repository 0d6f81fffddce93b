"""The desk in a real browser: one journey through all pages, axe in light and dark, and a language nobody speaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation
from playwright.sync_api import Browser, Page, expect

from rundblick.blindspots import latest
from tests.desk.browsing import JOURNEY, axe_findings, axe_script

if TYPE_CHECKING:
    from tests.people.house import House

# Playwright's loop runs in this thread; Django's calls beside it are ours, one after the other.
pytestmark = JOURNEY

PASSWORD = "a long enough password"


@pytest.fixture
def office() -> House:
    """The house of the gate's tests, with words in it: a conversation, a hand-over, a kept piece, a known customer."""
    from tests.desk.office import an_office

    return an_office(PASSWORD)


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", color_scheme="light")
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda fault: faults.append(f"script: {fault}"))
    opened.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    # a form that comes back with what is wrong in it is answered 422, which the browser writes down as an error
    assert not [fault for fault in faults if "422" not in fault]


def sign_in(page: Page, server: Any, email: str) -> None:
    page.goto(f"{server.url}/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inbox/**")


def test_a_day_at_the_desk_without_a_mouse(page: Page, live_server: Any, office: House) -> None:
    """Sign in, inbox, case, note, hand-over, customer, report, its cases, quarantine: by the keyboard alone."""
    sign_in(page, live_server, office.lena.email)
    expect(page.get_by_role("heading", name="My team")).to_be_visible()

    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    subject = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/**")
    expect(page.get_by_role("heading", level=1)).to_have_text(subject)

    page.keyboard.press("n")
    page.keyboard.type("The carrier calls back at noon.")
    page.reload()  # what was typed and not sent survives
    note = page.get_by_role("textbox", name="Internal note", include_hidden=True)
    expect(note).to_have_value("The carrier calls back at noon.")
    page.keyboard.press("n")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#rb-timeline")).to_contain_text("The carrier calls back at noon.")
    expect(note).to_have_value("")

    page.keyboard.press("h")
    dialog = page.get_by_role("dialog", name="Hand over")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Hand over").press("Enter")
    expect(dialog).to_contain_text("Choose who takes it over.")
    dialog.get_by_label("To", exact=True).select_option(label="Kurt")
    dialog.get_by_label("Cause of the hand-over").select_option(label="It needs somebody with another skill")
    dialog.get_by_label("Why, and what is to do").fill("Knows the carrier.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#rb-timeline")).to_contain_text("handed over to Kurt")

    page.keyboard.press("c")
    page.wait_for_url("**/customers/**")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Muster")

    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/report/")
    figure = page.locator('a[href="/report/cases/cases/"]').first
    figure.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/report/cases/cases/")
    expect(page.locator("[data-rb-rows] tbody tr").first).to_be_visible()

    page.keyboard.press("g")
    page.keyboard.press("q")
    page.wait_for_url("**/quarantine/")
    expect(page.get_by_role("button", name="Run again").first).to_be_visible()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_two_numbers_become_one_and_two_again_by_the_keyboard(page: Page, live_server: Any, office: House) -> None:
    """Search the other, compare, confirm; the old number leads on; one click takes it back."""
    sign_in(page, live_server, office.maria.email)
    page.goto(f"{live_server.url}/customers/{office.anna.uuid}/")
    page.keyboard.press("m")
    page.wait_for_url("**/merge/")
    page.keyboard.type("Mustermann")
    page.keyboard.press("Enter")
    hit = page.locator(".rb-hit").first
    expect(hit).to_contain_text("Anna Mustermann")
    hit.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("One and the same?")
    expect(page.locator(".rb-differs").first).to_contain_text("Last name")
    page.keyboard.press("n")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").first).to_contain_text("The reason is missing")
    page.get_by_label("Why they are one").fill("Married in June")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert").first).to_contain_text("Something speaks against it")
    page.get_by_label("They are one all the same").press("Space")
    page.get_by_role("button", name="Merge").press("Enter")
    page.wait_for_url(f"**/customers/{office.anna.uuid}/")
    expect(page.get_by_role("status")).to_contain_text("leads here from now on")
    expect(page.locator(".rb-decided")).to_contain_text("Married in June")

    page.goto(f"{live_server.url}/customers/{office.bernd.uuid}/")  # the old number
    page.wait_for_url(f"**/customers/{office.anna.uuid}/**")
    expect(page.locator(".rb-sheet")).to_contain_text("leads here since the two were joined")

    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("lead to where they led before")
    page.goto(f"{live_server.url}/customers/{office.bernd.uuid}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Mustermann")
    assert f"/customers/{office.bernd.uuid}/" in page.url


def test_who_is_one_is_answered_by_the_keyboard(page: Page, live_server: Any, office: House) -> None:
    """To the queue, both sides and the waterfall, one key for the answer, one to take it back."""
    sign_in(page, live_server, office.lena.email)
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/review/")
    expect(page.locator(".rb-sheet")).to_contain_text("one system knows them under two numbers")
    expect(page.locator(".rb-compare")).to_contain_text("Mustermann")
    expect(page.locator(".rb-fall-total")).to_contain_text("Together")
    page.keyboard.press("1")
    page.wait_for_url("**/review/?done=*")
    expect(page.locator(".rb-notice-good")).to_contain_text("One person: merged.")
    expect(page.locator(".rb-sheet")).to_contain_text("Nothing to decide")
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="Same person")).to_be_visible()
    page.keyboard.press("3")
    expect(page.get_by_text("Put off.")).to_be_visible()


def test_what_a_colleague_does_appears_without_reload(page: Page, live_server: Any, office: House) -> None:
    """Without the live process the page asks in its turn; here the turn is called by hand."""
    from rundblick.cases import work

    sign_in(page, live_server, office.lena.email)
    page.goto(f"{live_server.url}/cases/{office.olgas.uuid}/")
    work.add_note(office.olgas, "Seen by somebody else", by=office.kurt.person)
    page.evaluate("window.htmx.trigger('#rb-timeline', 'rb-refresh')")
    expect(page.locator("#rb-timeline")).to_contain_text("Seen by somebody else")


def test_a_strangers_mail_can_do_nothing(page: Page, live_server: Any, office: House) -> None:
    """The mail as it was written stands in a frame in which no script runs; the page around it is untouched."""
    from rundblick.cases.models import MessageContent

    MessageContent.objects.filter(message__case=office.olgas).update(
        html="<p>Hello</p><a href='javascript:top.broken=1'>x</a><img src=x onerror='parent.broken=1'>"
        "<script>parent.broken=1</script><form action='/sign-out/' method=post><button>free money</button></form>"
    )
    sign_in(page, live_server, office.lena.email)
    page.goto(f"{live_server.url}/cases/{office.olgas.uuid}/")
    page.get_by_text("Show as it was written").first.click()
    frame = page.frame_locator("iframe.rb-html").first
    expect(frame.get_by_text("Hello")).to_be_visible()
    assert frame.locator("button, form, script").count() == 0
    assert page.evaluate("window.broken") is None


def all_pages(office: House) -> list[str]:
    return [
        "/inbox/",
        "/inbox/?view=mine",
        "/inbox/?view=flagged",
        f"/cases/{office.olgas.uuid}/",
        f"/cases/{office.olgas.uuid}/hand-over/",
        f"/customers/{office.anna.uuid}/",
        f"/customers/{office.anna.uuid}/merge/",
        f"/customers/{office.anna.uuid}/merge/?q=Mustermann",
        f"/customers/{office.anna.uuid}/merge/?with={office.bernd.uuid}",
        f"/customers/{office.anna.uuid}/split/",
        "/review/",
        "/search/",
        "/search/?q=parcel",
        "/search/?q=zzzz",
        "/report/",
        "/report/cases/cases/",
        "/quarantine/",
        "/outbox/",
    ]


def test_axe_finds_nothing_in_what_scripts_open(page: Page, live_server: Any, office: House) -> None:
    """Dialogs and the menu; the pages themselves are walked in tests/desk/test_every_page.py."""
    sign_in(page, live_server, office.lena.email)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{live_server.url}/cases/{office.olgas.uuid}/")
    page.evaluate(axe_script())  # in the page's own world: its policy forbids a script element
    page.keyboard.press("h")
    expect(page.get_by_role("dialog", name="Hand over")).to_be_visible()
    found = axe_findings(page, [])
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    found += axe_findings(page, [])
    page.keyboard.press("Escape")
    page.locator(".rb-rail .rb-me summary").click()
    found += axe_findings(page, [])
    assert found == []


# --- a language nobody speaks: every text that went through gettext comes in brackets, and any other stands out ------

_BRACKETED = re.compile(r"\u27e6[^\u27e6\u27e7]*\u27e7")


def _pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    real = translation._trans

    def marked(text: Any) -> str:
        return text if not text or "\u27e6" in str(text) else f"\u27e6{text}\u27e7"

    monkeypatch.setattr(real, "gettext", marked)
    monkeypatch.setattr(real, "pgettext", lambda _context, text: marked(text))
    monkeypatch.setattr(real, "ngettext", lambda one, many, n: marked(one if n == 1 else many))
    monkeypatch.setattr(real, "npgettext", lambda _context, one, many, n: marked(one if n == 1 else many))


_SPOKEN = """() => {
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const skipped = "script, style, kbd, time, code, iframe, noscript, .rb-face, .rb-number";
  const blocks = new Set();
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (parent.closest(skipped)) { continue; }
    blocks.add(parent);
  }
  for (const block of blocks) {
    const said = node => node.nodeType === 3 || (node.matches && node.matches("b, strong, em"));
    const own = Array.from(block.childNodes).map(node => said(node) ? node.textContent : " ").join("");
    if (own.trim()) { texts.push(own); }
  }
  for (const element of document.querySelectorAll("[title], [aria-label], [placeholder], [alt]")) {
    for (const name of ["title", "aria-label", "placeholder", "alt"]) {
      if (element.matches("time, iframe") && name === "title" && element.matches("time")) { continue; }
      if (element.getAttribute(name)) { texts.push(element.getAttribute(name)); }
    }
  }
  return texts;
}"""


@pytest.mark.timeout(300)  # every page for every role
def test_every_text_can_be_translated(
    page: Page, live_server: Any, office: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(page, live_server, office.lena.email)
    data = office_words() | words_of_the_calendar()
    latest.forget()  # it was made in an earlier reader's language
    _pseudo(monkeypatch)
    bare: dict[str, set[str]] = {}
    for path in all_pages(office):
        page.goto(live_server.url + path)
        for text in page.evaluate(_SPOKEN):
            left = _BRACKETED.sub(" ", _BRACKETED.sub(" ", text))
            words = {word for word in re.findall(r"[^\W\d_]{2,}", left) if word.casefold() not in data}
            if words:
                bare.setdefault(path, set()).update(words)
    assert bare == {}


def office_words() -> set[str]:
    """Words that people and systems wrote, which no catalogue translates."""
    from tests.desk.office import WORDS

    return {word.casefold() for word in re.findall(r"[^\W\d_]{2,}", WORDS)}


def words_of_the_calendar() -> set[str]:
    """Names that come from the Unicode Consortium's tables in the reader's language: of the languages that the inbox
    offers as a filter, and of the months about now."""
    from babel.dates import get_month_names

    from rundblick.desk.pages.inbox import LANGUAGES
    from rundblick.desk.templatetags.desk import language_word

    months = get_month_names("abbreviated", locale="en")
    now = datetime.now(UTC).month
    names = [*map(language_word, LANGUAGES), *(months[(now + by - 1) % 12 + 1] for by in (-1, 0, 1))]
    return {word.casefold() for name in names for word in re.findall(r"[^\W\d_]{2,}", name)}


def test_a_question_for_something_known_is_seen_while_it_is_written(
    page: Page, live_server: Any, office: House
) -> None:
    """The value stands there before anything is sent; one click turns the question into one to confirm."""
    sign_in(page, live_server, office.olga.email)
    page.goto(f"{live_server.url}/cases/{office.olgas.uuid}/")
    expect(page.locator(".rb-known-wide")).to_contain_text("Date of birth")
    answer = page.get_by_label("Answer", exact=True)
    answer.press_sequentially("Wie lautet Ihr Geburtsdatum?")
    expect(page.get_by_text("This is known already.")).to_be_visible()
    page.get_by_role("button", name="Have it confirmed instead").click()
    expect(answer).to_have_value(re.compile(r"29 Feb 1980\?$"))
    page.set_viewport_size({"width": 390, "height": 800})
    expect(page.locator(".rb-known-wide")).to_be_hidden()
    expect(page.get_by_text("Known of the customer").first).to_be_visible()
