"""The desk with 100,000 and 1,000,000 cases, over HTTP, beside django-helpdesk and Request Tracker: NAME=desk

Prints one JSON line. Pages are opened by a signed-in agent of two of eight teams, alone and by eight at once without a
pause between; milliseconds. Filled databases are kept in build/bench. Ratios are ours over peer, at the size that both
have. More in bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

from bench import desk_ours, desk_peers
from bench.desk_ours import PAGES

SIZES = "10000,100000,1000000"
PEERS_AT = 100_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.desk", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default=SIZES, help=f"numbers of cases, a comma between (default {SIZES})")
    parser.add_argument("--requests", type=int, default=100, help="openings of each page alone (default 100)")
    parser.add_argument("--peers-at", type=int, default=PEERS_AT, help="cases of the peers (default 100000), 0: none")
    parser.add_argument("--ours-only", action="store_true", help="without the peers")
    parser.add_argument("--refill", action="store_true", help="fill the databases anew")
    options = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("RUNDBLICK_")]:
        del os.environ[name]
    sizes = [int(size) for size in options.sizes.split(",")]
    peers: dict[str, Any] = {}
    if options.peers_at and not options.ours_only:
        now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        peers = desk_peers.measure(options.peers_at, options.requests, now, options.refill)
    measured = {size: desk_ours.measure(size, options.requests, options.refill) for size in sizes}
    print(json.dumps({"bench": "desk", **told(measured, peers)}))
    return 0


def told(measured: dict[int, dict[str, Any]], peers: dict[str, Any]) -> dict[str, Any]:
    """The figures by their names: of the largest size at the top, each size by itself in ``sizes``."""
    largest, smallest = max(measured), min(measured)
    of = measured[largest]
    ours: dict[str, Any] = {"cases": largest, "found": of["found"]}
    if "deep" in of["found"]:
        ours["search_rare_found"] = of["found"]["deep"]["found"]
        ours["search_found"] = {kind: f"{n['found']} of {n['of']}" for kind, n in of["found"].items()}
    for page in PAGES:
        for users in ("", "_8"):
            if (figure := f"{page}{users}_p95_ms") in of:
                ours[figure] = of[figure]
    if smallest < largest:
        name = f"growth_{_short(smallest)}_to_{_short(largest)}"
        ours[f"{name}_pages"] = desk_ours.growth(measured[smallest], of)
        ours[name] = max(ours[f"{name}_pages"].values())
        ours[f"{name}_median"] = max(desk_ours.growth(measured[smallest], of, "p50_ms").values())
    ours["sizes"] = {str(size): one for size, one in measured.items()}
    ratios = {}
    for name, peer in peers.items():
        same = measured.get(peer.get("cases", 0), of)
        for page in ("list", "case", "search_rare", "search_common"):
            for users in ("", "_8"):
                figure = f"{page}{users}_p95"
                if f"{figure}_ms" in peer and f"{figure}_ms" in same:
                    ratios[f"{figure}_{name}"] = round(same[f"{figure}_ms"] / peer[f"{figure}_ms"], 4)
    return {"ours": ours, "peers": peers, "ratios": ratios}


def _short(cases: int) -> str:
    for unit, of in (("m", 1_000_000), ("k", 1_000)):
        if cases >= of and cases % of == 0:
            return f"{cases // of}{unit}"
    return str(cases)


if __name__ == "__main__":
    sys.exit(main())
