"""Owners and clocks: 10,000 cases to 200 people, and the clocks of 100,000 cases: make bench NAME=cases

Prints one JSON line. More in bench/README.md.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import random
import sys
from typing import Any

from bench import cases_routing


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.cases", description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of what is drawn")
    options = parser.parse_args()
    found = cases_routing.measure(options.seed)
    if importlib.util.find_spec("bench.cases_clocks") is not None:
        clocks: dict[str, Any] = importlib.import_module("bench.cases_clocks").measure(options.seed)
        for part in ("ours", "peers", "ratios"):
            found[part] |= clocks.get(part, {})
    print(json.dumps({"bench": "cases", "seed": options.seed, **found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
