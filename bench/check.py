"""The check on a generated company, and on the real service desk beside a plain script: make bench NAME=check

Prints one JSON line. ``ours.generated``: a sample company of a fresh seed; ``ours.servicedesk`` and the peer
``csv_script``: the same figures of the real export, counted once by ``rundblick check`` with everything it does
(database, customers, report as JSON, HTML and PDF) and once by a script of the csv module that keeps all in memory and
does nothing else. Ratios are ours over the script: what the rest costs. Memory is the largest private memory of any of
our processes. More in bench/README.md.
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
import threading
import time
from pathlib import Path
from typing import Any

from bench.cpu import cpu_seconds

TOP = Path(__file__).resolve().parents[1]
COUNTING = (
    "import sys; from pathlib import Path; from tests.blindspots.independent.servicedesk import count;"
    "count(Path(sys.argv[1]))"
)
OURS = (b"rundblick", b"postgres", b"independent")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.check", description=__doc__.splitlines()[0])
    parser.add_argument("--interactions", type=int, default=200_000, help="contacts of the generated company")
    parser.add_argument("--customers", type=int, default=0, help="its customers (default: a tenth of the contacts)")
    parser.add_argument("--seed", type=int, default=0, help="default: drawn anew and printed")
    options = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("RUNDBLICK_") and name != "RUNDBLICK_TEST_DATA"]:
        del os.environ[name]
    data = Path(os.environ.get("RUNDBLICK_TEST_DATA", TOP / ".." / "shared" / "data")) / "servicedesk"
    seed = options.seed or random.SystemRandom().randrange(1, 1 << 31)
    home = Path(tempfile.mkdtemp(prefix="rundblick-bench-"))
    home.chmod(0o711)
    os.environ["RUNDBLICK_HOME"] = str(home / "home")
    ours: dict[str, Any] = {}
    peers: dict[str, Any] = {}
    ratios: dict[str, float] = {}
    try:
        if options.interactions:
            ours["generated"] = generated(home, options.interactions, options.customers, seed)
        if data.is_dir():
            mapping = TOP / "examples" / "servicedesk" / "rundblick.toml"
            ours["servicedesk"] = checked(data, home / "report", mapping)
            export = next(data.glob("*.csv.gz"))
            peers["csv_script"] = measured([sys.executable, "-c", COUNTING, str(export)])
            for figure in ("cpu_s", "wall_s", "peak_mb"):
                ratios[f"servicedesk_{figure}"] = round(ours["servicedesk"][figure] / peers["csv_script"][figure], 2)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps({"bench": "check", "seed": seed, "ours": ours, "peers": peers, "ratios": ratios}))
    return 0


def generated(home: Path, interactions: int, customers: int, seed: int) -> dict[str, Any]:
    """Figures of a check of a fresh sample company."""
    folder = home / "company"
    number = customers or max(200, interactions // 10)
    command = [sys.executable, "-m", "rundblick_sample.cli", str(folder), "--customers", str(number)]
    command += ["--interactions", str(interactions), "--seed", str(seed)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    figures = checked(folder / "exports", home / "report", None)
    shutil.rmtree(folder)
    return figures


def checked(folder: Path, out: Path, mapping: Path | None) -> dict[str, Any]:
    """Figures of one check, with the rows it read."""
    command = [sys.executable, "-m", "rundblick.cli.main", "check", str(folder), "--out", str(out), "--quiet"]
    if mapping is not None:
        command += ["--map", str(mapping)]
    figures = measured(command)
    report = json.loads((out / "report.json").read_bytes())
    figures["rows"] = sum(file["rows_read"] for file in report["input"]["files"])
    figures["interactions"] = report["totals"]["interactions"]
    figures["rows_per_s"] = round(figures["rows"] / figures["wall_s"])
    return figures


def measured(command: list[str]) -> dict[str, Any]:
    """Wall and CPU seconds of a command and all below it, and the largest process's own memory, looked at often."""
    began = time.monotonic()
    before = os.times()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=TOP)
    peak = [0.0]
    living = [0.0]  # daemons are not waited for by the command: their time is taken while they live
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            peak[0] = max(peak[0], largest_mb())
            living[0] = max(living[0], cpu_seconds(os.getpid()))

    watcher = threading.Thread(target=look)
    start = cpu_seconds(os.getpid())
    watcher.start()
    code = child.wait()
    done.set()
    watcher.join()
    if code not in (0, 1):
        raise SystemExit(f"{' '.join(command[:4])} ended with {code}")
    after = os.times()
    waited = after.children_user + after.children_system - before.children_user - before.children_system
    return {
        "wall_s": round(time.monotonic() - began, 1),
        "cpu_s": round(max(waited, living[0] - start), 1),
        "peak_mb": round(peak[0]),
    }


def largest_mb() -> float:
    """The largest private memory (RssAnon) of this machine's processes of ours, in MB."""
    largest = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            command = (entry / "cmdline").read_bytes()
            if not any(word in command for word in OURS):
                continue
            for line in (entry / "status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    largest = max(largest, int(line.split()[1]))
        except OSError:
            continue
    return largest / 1024


if __name__ == "__main__":
    raise SystemExit(main())
