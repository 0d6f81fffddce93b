"""Every page of the desk in a real browser: axe in light, dark and with more contrast, on a telephone, without a mouse.

Pages are found by walking the desk's addresses, so a new one is looked at from its first day. One document loads
stylesheets and axe once; the others take its place as their HTML, which is what makes sixty pages cheap.
"""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.desk.browsing import JOURNEY, TAGS, axe_script

if TYPE_CHECKING:
    from tests.people.house import House

pytestmark = JOURNEY

PASSWORD = "a long enough password"
SCRIPT_LIMIT = 150 * 1024
"""Bytes of compressed script that a page may load."""

_FETCH = """async paths => {
  window.rbPages = [];
  const seen = {};
  for (const path of paths) {
    const answer = await fetch(path);
    const html = (answer.headers.get("content-type") || "").startsWith("text/html");
    const text = await answer.text();
    if (answer.ok && html && /^\\s*<!doctype/i.test(text)) { window.rbPages.push([path, text]); }  // no part of a page
    seen[path] = html ? answer.status : -answer.status;
  }
  return seen;
}"""
# All rules in light; what depends on colours again in the other looks; what depends on room on a telephone.
_LOOK = """async ([tags, looks]) => {
  const found = [], root = document.documentElement, still = new CSSStyleSheet();
  const around = ".rb-rail, .rb-tabbar, .rb-topbar, dialog";
  still.replaceSync("*, *::before, *::after { transition: none !important; animation: none !important; }");
  document.adoptedStyleSheets = [still];
  for (const [n, [path, html]] of window.rbPages.entries()) {
    const other = new DOMParser().parseFromString(html, "text/html");
    document.title = other.title;
    // what stands around every page is looked at once
    for (const one of n ? other.querySelectorAll(around) : []) {
      if (one.matches("dialog")) { one.remove(); } else { one.replaceChildren(); }
    }
    root.lang = other.documentElement.lang;
    root.replaceChild(document.adoptNode(other.body), document.body);
    for (const [theme, contrast, rules] of looks) {
      root.dataset.bsTheme = theme;
      root.dataset.contrast = contrast;
      const only = rules.length ? {type: "rule", values: rules} : {type: "tag", values: tags};
      const told = await axe.run(document, {runOnly: only, resultTypes: ["violations"], elementRef: false});
      for (const one of told.violations) {
        for (const node of one.nodes) {
          const what = `${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 240)}`;
          found.push(`${path} ${theme} ${contrast}: ${one.id}: ${what}`);
        }
      }
    }
    const wide = root.scrollWidth - root.clientWidth;
    if (wide > 0) { found.push(`${path} is ${wide} px wider than the screen`); }
  }
  return found;
}"""
_COLOURS = ["color-contrast", "link-in-text-block"]
_ROOM = ["target-size", "scrollable-region-focusable", "region", "empty-table-header"]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", color_scheme="light", reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


@pytest.fixture
def office() -> House:
    from tests.desk.office import an_office

    house = an_office(PASSWORD)
    house.anton.set_password(PASSWORD)
    house.anton.language = "en"
    house.anton.save()
    return house


def pages_of(house: House) -> list[str]:
    """Every address of the desk that may answer with a page, with objects that exist."""
    from rundblick.channels.models import Account
    from rundblick.people.checks import all_patterns

    uuids = {
        "cases": house.olgas.uuid,
        "customers": house.anna.uuid,
        "people": house.kurt.person.uuid,
        "teams": house.support.uuid,
        "channels": Account.objects.get().uuid,
    }
    found = []
    for path, pattern in all_patterns():
        if path.startswith(("api/", "static/")) or path.endswith("^.*$") or "original" in path or "export" in path:
            continue
        named = {"name": "cases", "code": "company", "place": "1", "token": "none"}
        for argument in pattern.pattern.converters:
            value = uuids.get(path.partition("/")[0], house.olgas.uuid) if argument == "uuid" else named.get(argument)
            path = re.sub(rf"<(\w+:)?{argument}>", str(value), path)
        found.append("/" + path)
    steps = ["company", "teams", "hours", "promises", "mailbox", "try", "colleagues", "fields"]
    more = ["/models/matching-1/", *(f"/setup/{step}/" for step in steps)]
    more += ["/inbox/?view=mine", "/inbox/?view=flagged", "/search/?q=parcel", "/search/?q=zzzz", "/people/?gone=1"]
    more += ["/hours/edit/?table=The+whole+company", "/channels/new/?address=service@muster.example"]
    merge = f"/customers/{house.anna.uuid}/merge/"
    more += [f"{merge}?q=Mustermann", f"{merge}?with={house.bernd.uuid}"]
    apart = {"/sign-out/", "/", f"/cases/{house.olgas.uuid}/print/"}
    return [path for path in dict.fromkeys([*found, *more]) if path not in apart]


def sign_in(page: Page, server: Any, email: str) -> None:
    page.goto(f"{server.url}/sign-in/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/inbox/**")


def look(page: Page, looks: list[tuple[str, str, list[str]]]) -> list[str]:
    found: list[str] = page.evaluate(_LOOK, [TAGS, looks])
    return found


@pytest.mark.timeout(300)
def test_axe_finds_nothing_on_any_page(page: Page, live_server: Any, office: House) -> None:
    """As an administrator, who may open all; the sign-in page before that."""
    page.goto(f"{live_server.url}/sign-in/")
    page.evaluate(axe_script())
    page.evaluate(_FETCH, ["/sign-in/"])
    every = [("light", "auto", list[str]()), ("dark", "auto", _COLOURS), ("dark", "more", _COLOURS[:1])]
    found = look(page, every)
    page.goto(f"{live_server.url}/sign-in/")
    sign_in(page, live_server, office.anton.email)
    page.evaluate(axe_script())
    seen: dict[str, int] = page.evaluate(_FETCH, pages_of(office))
    assert not [path for path, status in seen.items() if status >= 500]
    shown = [path for path, status in seen.items() if status == 200]
    assert len(shown) > 55, seen
    found += look(page, every)
    page.set_viewport_size({"width": 390, "height": 844})
    found += look(page, [("dark", "auto", _ROOM)])
    assert found == []


def test_axe_finds_nothing_on_a_printed_case(page: Page, live_server: Any, office: House) -> None:
    sign_in(page, live_server, office.lena.email)
    page.goto(f"{live_server.url}/cases/{office.olgas.uuid}/print/")
    page.evaluate(axe_script())
    page.evaluate(_FETCH, [f"/cases/{office.olgas.uuid}/print/"])
    assert look(page, [("light", "auto", [])]) == []


def test_no_page_loads_more_script_than_it_may(page: Page, live_server: Any, office: House) -> None:
    """Counted from the pages as they are served: what every page names, compressed."""
    sign_in(page, live_server, office.anton.email)
    named: dict[str, list[str]] = page.evaluate(
        """async paths => {
          const told = {};
          for (const path of paths) {
            const other = new DOMParser().parseFromString(await (await fetch(path)).text(), "text/html");
            told[path] = [...other.querySelectorAll("script[src]")].map(one => one.getAttribute("src"));
          }
          return told;
        }""",
        [path for path in pages_of(office) if path.count("/") < 5],
    )
    sizes: dict[str, int] = {}
    for address in {one for some in named.values() for one in some}:
        sizes[address] = len(gzip.compress(page.request.get(live_server.url + address).body()))
    assert sizes and all(sum(sizes[one] for one in some) <= SCRIPT_LIMIT for some in named.values())


_REACHED = """() => {
  const shown = one => { const at = one.getBoundingClientRect(); return at.width > 0 && at.height > 0; };
  const tags = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  return [...document.querySelectorAll(tags)].filter(one => !one.disabled && one.tabIndex >= 0 && shown(one)
    && !one.closest("dialog:not([open]), details:not([open]) > :not(summary)")
    && !(one.type === "radio" && !one.checked)
    && getComputedStyle(one).visibility !== "hidden").length;
}"""
_RING = """() => {
  const at = document.activeElement, said = getComputedStyle(at), after = getComputedStyle(at, "::after");
  const near = at.nextElementSibling && getComputedStyle(at.nextElementSibling);
  const ring = style => style && (parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== "none");
  const glow = style => style.boxShadow !== "none";
  const around = at.closest(".rb-composer-in");
  if (!at.dataset.rbWalked) { at.dataset.rbWalked = "1"; window.rbWalked = (window.rbWalked || 0) + 1; }
  const seen = ring(said) || glow(said) || ring(after) || ring(near) || (around && glow(getComputedStyle(around)));
  return [window.rbWalked, seen,
    at.outerHTML.slice(0, 120), at === document.body];
}"""


@pytest.mark.parametrize("path", ["/inbox/", "case", "customer", "/search/?q=parcel", "/setup/company/", "/company/"])
def test_tab_reaches_everything_and_shows_where_it_is(page: Page, live_server: Any, office: House, path: str) -> None:
    """Every link, button and field in turn, each with a ring that can be seen; nothing holds the keyboard."""
    sign_in(page, live_server, office.anton.email)
    named = {"case": f"/cases/{office.olgas.uuid}/", "customer": f"/customers/{office.anna.uuid}/"}
    page.goto(live_server.url + named.get(path, path))
    wanted = page.evaluate(_REACHED)
    walked, blind, ends = 0, [], 0
    for _step in range(wanted + 40):
        page.keyboard.press("Tab")
        walked, ring, what, is_end = page.evaluate(_RING)
        ends = ends + 1 if is_end else 0
        if ends > 1:
            break
        if not ring and not is_end:
            blind.append(what)
    assert blind == []
    assert walked >= wanted


def test_a_case_on_paper_has_every_word(page: Page, live_server: Any, office: House) -> None:
    """Folded quotations, long messages and notes too; with company, number and customer, and nothing else."""
    from rundblick.cases.models import MessageContent
    from tests.people.house import a_message

    words = [f"Wort{n}" for n in range(1500)]
    message = a_message(office.olgas, "")
    text = "Zu Beginn\n\nAm 1.3.2026 um 10:00 schrieb Support:\n> " + "\n> ".join(words)
    MessageContent.objects.filter(message=message).update(text=text + "\nBüro <b>grüßt</b>")
    sign_in(page, live_server, office.lena.email)
    page.goto(f"{live_server.url}/cases/{office.olgas.uuid}/")
    page.get_by_role("link", name="Print").click()
    page.wait_for_url("**/print/")
    paper = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="print")  # what the paper shows: nothing is folded, cut off or hidden
    printed: str = page.inner_text("body")
    if reader := shutil.which("pdftotext"):
        read = subprocess.run([reader, "-layout", "-", "-"], input=paper, capture_output=True, check=True)
        printed = read.stdout.decode("utf-8")
    sheets = len(re.findall(rb"/Type\s*/Page\b", paper))
    box = re.search(rb"/MediaBox\s*\[0 0 ([0-9.]+)", paper)
    assert sheets > 1 and box is not None and round(float(box[1])) == 595  # A4
    assert set(words) <= set(re.findall(r"Wort\d+", printed))
    for said in ("Muster GmbH", "Anna Muster", "Büro <b>grüßt</b>", "Hello", "internal note"):
        assert said in printed, said
    assert "Back to the case" not in printed and "Without internal notes" not in printed
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Without internal notes").click()
    assert "internal note" not in page.locator("main").inner_text()


def test_from_an_empty_installation_to_the_first_case(page: Page, live_server: Any) -> None:
    """The one-time link, each step by keyboard and pointer, a message that appears by itself, the case, ready."""
    from rundblick.people.invitations import invitation_path
    from rundblick.people.models import Role, Team, User
    from tests.channels.letters import an_account
    from tests.people.house import a_case, a_message

    first = User.objects.create_user("anton@muster.example", None, name="Anton", role=Role.ADMIN, language="en")
    page.goto(live_server.url + invitation_path(first))
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same once more").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/")
    page.get_by_role("link", name="Begin").click()
    page.get_by_role("link", name="Begin").click()

    page.get_by_label("Name of the company").fill("Muster GmbH")
    page.get_by_label("Closed on the public holidays of").select_option(label="Bayern")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Keep, and go on").click()
    page.get_by_label("Your teams, one a line").fill("Service\nInvoices")
    page.get_by_role("button", name="Keep, and go on").click()
    page.get_by_label("Friday: until").first.fill("half past")
    page.get_by_role("button", name="Put into force, and go on").click()
    expect(page.locator("#hours-fault")).to_contain_text("Friday")
    page.get_by_label("Friday: until").first.fill("15")
    page.get_by_role("button", name="Put into force, and go on").click()
    page.get_by_label("Every customer gets a first answer within").fill("2")
    page.get_by_role("button", name="Put into force, and go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A mailbox")

    an_account(1)  # its form has a journey of its own, with a server
    page.goto(f"{live_server.url}/setup/try/")
    expect(page.locator("#rb-arrived")).to_contain_text("Nothing has arrived yet")
    a_message(a_case(Team.objects.get(name="Service"), channel="email"))
    page.evaluate("window.htmx.trigger('#rb-arrived', 'rb-refresh')")
    expect(page.locator("#rb-arrived")).to_contain_text("It has arrived")

    page.goto(f"{live_server.url}/setup/colleagues/")
    page.get_by_label("Their mail addresses").fill("Jana Petersen <jana@muster.example>")
    page.get_by_role("button", name="Invite them").click()
    expect(page.get_by_label("Jana Petersen")).to_have_value(re.compile("/welcome/"))
    page.goto(f"{live_server.url}/setup/fields/")
    page.get_by_role("button", name="Keep it like this").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your desk is ready")
    page.get_by_role("button", name="Ready: to the inbox").click()
    page.locator(".rb-open").first.click()  # beside the list, at this width
    page.wait_for_url("**/inbox/?*case=**")
