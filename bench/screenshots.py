"""The pictures of the docs, made anew from the sample company: make screenshots

Each is named by page, look and language; docs/screenshots/ holds them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from bench.shown import browser, desk, sign_in

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screenshots"
WIDE, PHONE = (1280, 860), (390, 844)


@dataclass(frozen=True, slots=True)
class Picture:
    """``path``: of the page, or "case" / "customer" for one of the inbox; ``who``: before the @ of a sample address."""

    name: str
    path: str
    who: str = "agent"
    theme: str = "light"
    language: str = "en"
    size: tuple[int, int] = WIDE


PICTURES = (
    Picture("inbox", "/inbox/?view=all"),
    Picture("inbox-dark-de", "/inbox/?view=all", theme="dark", language="de"),
    Picture("inbox-phone", "/inbox/?view=all", size=PHONE),
    Picture("case-light", "case"),
    Picture("case-phone-de", "case", language="de", size=PHONE),
    Picture("case-print", "print"),
    Picture("customer-dark", "customer", theme="dark"),
    Picture("report-light", "/report/", who="manager"),
    Picture("company-light", "/company/", who="admin"),
    Picture("setup-light", "/setup/hours/", who="admin"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.screenshots", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--address", default="", help="of a desk that runs; else one with the sample is started")
    parser.add_argument("--only", default="", help="names of pictures that begin like this")
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with desk(options.address) as address, browser() as opened:
        for picture in PICTURES:
            if picture.name.startswith(options.only):
                print(take(opened, address, picture))
    return 0


def take(opened: Browser, address: str, picture: Picture) -> Path:
    """Sign in, choose look and language as a person does, open the page; gives where the picture lies."""
    context = opened.new_context(
        viewport={"width": picture.size[0], "height": picture.size[1]},
        color_scheme="dark" if picture.theme == "dark" else "light",
        locale="de-DE" if picture.language == "de" else "en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    sign_in(page, address, f"{picture.who}@nordlicht.example")
    for field, value in (("theme", picture.theme), ("language", picture.language)):
        page.evaluate(
            """([field, value]) => {
              const form = document.querySelector(".rb-me form"), data = new FormData(form);
              data.set(field, value);
              return fetch(form.action, {method: "POST", body: data, headers: {"X-Requested-With": "fetch"}});
            }""",
            [field, value],
        )
    page.evaluate(
        """() => { const note = document.querySelector('form[action$="/welcome/seen/"]');
          return note && fetch(note.action, {method: "POST", body: new FormData(note)}); }"""
    )
    path = picture.path
    if path in ("case", "customer", "print"):
        page.goto(f"{address}/inbox/?view=all&state=any")
        case = page.locator("[data-rb-rows] .rb-open, .rb-list .rb-open").first.get_attribute("href") or ""
        page.goto(f"{address}{case}")
        customer = page.locator(".rb-case-side a[href^='/customers/']").first
        path = {"case": case, "print": f"{case}print/"}.get(path) or customer.get_attribute("href") or case
    page.goto(f"{address}{path}")
    page.wait_for_timeout(300)
    target = FOLDER / f"{picture.name}.png"
    page.screenshot(path=target, animations="disabled")
    context.close()
    return target


if __name__ == "__main__":
    sys.exit(main())
