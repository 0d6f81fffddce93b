"""Who is this? One person looked up over REST among 100,000 records: make bench NAME=lookup

Prints one JSON line. Beside it: what weighing costs when a record comes in alone. The records are the three lists of a
sample company of a fresh seed (printed), taken in by the identify stage, with a model learned from them in force. There
is no peer: none of the free ones looks one person up among records that go on changing. More in bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.ingest import DURABLE, run

Figures = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.lookup", description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=56_000, help="of the sample company: some 1.9 records each")
    parser.add_argument("--requests", type=int, default=1_000, help="look-ups (default 1000)")
    parser.add_argument(
        "--seed", type=int, default=random.SystemRandom().randrange(10**6), help="of the sample company"
    )
    options = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("RUNDBLICK_")]:
        del os.environ[name]
    home = Path(tempfile.mkdtemp(prefix="rundblick-bench-"))
    home.chmod(0o711)  # the database's account passes through
    os.environ["RUNDBLICK_HOME"] = str(home / "home")
    try:
        ours = measure(home, options.customers, options.requests, options.seed)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps({"bench": "lookup", "seed": options.seed, "ours": ours, "peers": {}, "ratios": {}}))
    return 0


def measure(home: Path, customers: int, requests: int, seed: int) -> Figures:
    """Make the company, start a server, and let a process of its own measure."""
    from bench.identity_sets import sample
    from rundblick.core import server

    folder = home / "sample"
    (folder / "input").mkdir(parents=True)
    print(f"Making a sample company of {customers:,} customers, seed {seed} ...", file=sys.stderr)
    sample(folder, home / "truth.csv", customers, seed, peers=False)
    with server.ensure() as running:
        postmaster = running.postmaster()
        assert postmaster is not None
        with running.admin() as admin:
            for setting in DURABLE:
                row = admin.execute(f"SHOW {setting}").fetchone()
                assert row == ("on",), f"{setting} is {row}"
        run([sys.executable, "-m", "rundblick.cli.main", "migrate"], {})
        return run([sys.executable, "-m", "bench.lookup_ours", str(folder), str(requests), str(postmaster)], {})


if __name__ == "__main__":
    sys.exit(main())
