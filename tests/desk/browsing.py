"""A real browser on a real server, for tests: Debian's Chromium, no network, no telemetry."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright

from rundblick.desk import assets

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
TOP = Path(__file__).resolve().parents[2]
AXE = TOP / "build" / "browser-tests"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

JOURNEY = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not CHROMIUM and not os.environ.get("CI"), reason="Chromium is not installed (apt-get install chromium)"
    ),
]
"""The marks of a file whose tests open the desk; the fixture ``browser`` is theirs."""
# Playwright runs a loop of its own in the thread of the tests
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def open_browser(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


def axe_script() -> str:
    """axe's own text, from the locked npm package; fetched once into the build folder."""
    assets.build_tests(AXE)
    return (AXE / "axe.min.js").read_text(encoding="utf-8")


def axe_findings(page: Page, rules: list[str]) -> list[str]:
    """What axe finds on the page as it stands, one line each; no ``rules`` are all that concern WCAG 2.2 AA.

    axe's script was evaluated on the page before.
    """
    run = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    found: dict[str, Any] = page.evaluate(
        "run => axe.run(document, {runOnly: run, resultTypes: ['violations']})",
        run,
    )
    return [
        f"{finding['id']} ({finding['impact']}): {node['html'][:160]} {json.dumps(node.get('failureSummary'))[:240]}"
        for finding in found["violations"]
        for node in finding["nodes"]
    ]
