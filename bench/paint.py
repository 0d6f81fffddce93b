"""How soon the inbox is seen, on a machine four times slower than this one: make bench NAME=paint

Prints one JSON line: milliseconds from the click to the first painted text, of a first visit (nothing kept by the
browser but who is signed in) and of later ones, how far the page moves while it loads (CLS), and what it loads. The
browser is Chromium with its CPU throttled; server, database and browser share this machine. More in bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from typing import Any

from playwright.sync_api import Browser, Page

from bench.shown import PASSWORD, browser, desk, sign_in

_PAINT = """() => new Promise(done => {
  const told = {moved: 0};
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) { if (!one.hadRecentInput) { told.moved += one.value; } }
  }).observe({type: "layout-shift", buffered: true});
  new PerformanceObserver(list => { told.largest = list.getEntries().at(-1).startTime; })
    .observe({type: "largest-contentful-paint", buffered: true});
  setTimeout(() => {
    const at = performance.getEntriesByType("navigation")[0];
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    const loaded = performance.getEntriesByType("resource");
    done({...told, first: paint ? paint.startTime : null, server: at.responseEnd - at.requestStart,
      bytes: loaded.reduce((sum, one) => sum + one.transferSize, at.transferSize),
      script: loaded.filter(one => one.initiatorType === "script").reduce((sum, one) => sum + one.transferSize, 0)});
  }, 400);
})"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.paint", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--address", default="", help="of a desk that runs; else one with the sample is started")
    parser.add_argument("--email", default="agent@nordlicht.example", help="who signs in")
    parser.add_argument("--password", default=PASSWORD)
    parser.add_argument("--visits", type=int, default=15, help="of each kind (default 15)")
    parser.add_argument("--slower", type=float, default=4.0, help="times by which the CPU is throttled (default 4)")
    options = parser.parse_args()
    with desk(options.address) as address, browser() as opened:
        figures = measure(opened, address, options)
    print(json.dumps(figures))
    return 0


def measure(opened: Browser, address: str, options: argparse.Namespace) -> dict[str, Any]:
    """First visits, each in a browser that keeps nothing but the session; then later ones in one browser."""
    context = opened.new_context(viewport={"width": 1280, "height": 900})
    sign_in(context.new_page(), address, options.email, options.password)
    session = context.storage_state()
    first, later = [], []
    for visit in range(options.visits):
        fresh = opened.new_context(viewport={"width": 1280, "height": 900}, storage_state=session)
        first.append(_visit(fresh.new_page(), address, options.slower))
        fresh.close()
        print(f"visit {visit + 1}: {first[-1]}", file=sys.stderr)
    page = context.new_page()
    for _visit_n in range(options.visits):
        later.append(_visit(page, address, options.slower))
    context.close()
    return {"slower": options.slower, "first_visit": _summary(first), "later": _summary(later)}


def _visit(page: Page, address: str, slower: float) -> dict[str, float]:
    protocol = page.context.new_cdp_session(page)
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(f"{address}/inbox/", wait_until="load")
    told: dict[str, float] = page.evaluate(_PAINT)
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    protocol.detach()
    return told


def _summary(visits: list[dict[str, float]]) -> dict[str, float]:
    painted = sorted(one["first"] for one in visits)
    largest = sorted(one.get("largest", one["first"]) for one in visits)
    return {
        "painted_median_ms": round(statistics.median(painted), 1),
        "painted_p95_ms": round(painted[min(len(painted) - 1, int(len(painted) * 0.95))], 1),
        "largest_median_ms": round(statistics.median(largest), 1),
        "server_median_ms": round(statistics.median(one["server"] for one in visits), 1),
        "moved_most": round(max(one["moved"] for one in visits), 4),
        "bytes": round(statistics.median(one["bytes"] for one in visits)),
        "script_bytes": round(statistics.median(one["script"] for one in visits)),
    }


if __name__ == "__main__":
    sys.exit(main())
