"""The clocks of 100,000 cases, counted again from the log in the database; and a library for business time beside it.

    python -m bench.cases_clocks [--cases N] [--seed N]       bench/cases.py calls measure()

``clocks_100k_s``: CPU seconds of Python and of the database's processes for the first count: the log is read, all
clocks are computed, 200,000 rows written. ``again_s``: the same when every row stands already: read, computed,
compared. The peer (businesstimedelta) gets some of the same intervals, opening to first answer, by the same hours and
holidays in one zone; both must come to the same seconds. Ratios are ours over peer, CPU for one interval.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.environments import environment
from bench.ingest import DURABLE

TOP = Path(__file__).resolve().parents[1]
CASES = 100_000
INTERVALS = 2_000
_EXACT_S = 1e-6


def measure(seed: int, cases: int = CASES, peer: bool = True) -> dict[str, Any]:
    """{"ours": ..., "peers": ..., "ratios": ...} of a generated installation, in a home and database of its own."""
    python = environment("clocks", "the peer, businesstimedelta,") if peer else None
    home = Path(tempfile.mkdtemp(prefix="rundblick-bench-"))
    home.chmod(0o711)  # the database's account passes through
    kept = os.environ.get("RUNDBLICK_HOME")
    os.environ["RUNDBLICK_HOME"] = str(home / "home")
    try:
        return _measured(home, seed, cases, python)
    finally:
        if kept is None:
            del os.environ["RUNDBLICK_HOME"]
        else:
            os.environ["RUNDBLICK_HOME"] = kept
        shutil.rmtree(home, ignore_errors=True)


def _measured(home: Path, seed: int, cases: int, python: Path | None) -> dict[str, Any]:
    from rundblick.core import server

    intervals = home / "intervals.json"
    with server.ensure() as running:
        postmaster = running.postmaster()
        assert postmaster is not None
        with running.admin() as admin:
            for setting in DURABLE:
                row = admin.execute(f"SHOW {setting}").fetchone()
                assert row == ("on",), f"{setting} is {row}"
        _run([sys.executable, "-m", "rundblick.cli.main", "migrate"])
        given = [str(one) for one in (seed, cases, INTERVALS, postmaster, intervals)]
        ours = json.loads(_run([sys.executable, "-m", "bench.cases_clocks_ours", *given]))
    if python is None:
        return {"ours": ours, "peers": {}, "ratios": {}}
    theirs = json.loads(_run([str(python), str(TOP / "bench" / "cases_clocks_peer.py"), str(intervals)]))
    told = json.loads(intervals.read_text())
    apart = [n for n, (mine, other) in enumerate(zip(told["ours"], theirs.pop("seconds"), strict=True))
             if abs(mine - other) > _EXACT_S]  # fmt: skip
    theirs["other_than_ours"] = len(apart)
    ratio = round(ours["interval_us"] / theirs["interval_us"], 6)
    return {"ours": ours, "peers": {"businesstimedelta": theirs}, "ratios": {"clock_interval_cpu": ratio}}


def _run(command: list[str]) -> str:
    done = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} ended with {done.returncode}")
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.cases_clocks", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=CASES, help="cases in the database (default 100000)")
    parser.add_argument("--seed", type=int, default=0, help="default: drawn anew and printed")
    parser.add_argument("--ours-only", action="store_true", help="without the peer")
    options = parser.parse_args()
    seed = options.seed or random.SystemRandom().randrange(1, 1 << 31)
    figures = measure(seed, options.cases, not options.ours_only)
    print(json.dumps({"bench": "cases_clocks", "seed": seed, **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
