"""The inbox with 100,000 cases, and django-helpdesk's list of as many tickets: make bench NAME=inbox

Prints one JSON line. Each page is opened many times through the side's real WSGI application, signed in as an agent;
wall and CPU of Python and of the database's processes, in milliseconds a page. Both sides on one server, with the same
number of cases in a database of its own. Ratios are ours over peer. More in bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.environments import environment
from bench.ingest import DURABLE, run

Figures = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.inbox", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100_000, help="cases in each database (default 100000)")
    parser.add_argument("--requests", type=int, default=200, help="openings of each page (default 200)")
    parser.add_argument("--ours-only", action="store_true", help="without the peer")
    options = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("RUNDBLICK_")]:
        del os.environ[name]
    peer_python = None if options.ours_only else environment("ingest", "the peer, django-helpdesk,")
    home = Path(tempfile.mkdtemp(prefix="rundblick-bench-"))
    home.chmod(0o711)  # the database's account passes through
    os.environ["RUNDBLICK_HOME"] = str(home / "home")
    try:
        figures = measure(home, options.cases, options.requests, peer_python)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(figures))
    return 0


def measure(home: Path, cases: int, requests: int, peer_python: Path | None) -> Figures:
    """Both sides on one server, one after the other, each in a process of its own."""
    from bench.inbox_cases import write_export
    from rundblick.core import server

    with server.ensure() as running:
        postmaster = running.postmaster()
        assert postmaster is not None
        with running.admin() as admin:
            for setting in DURABLE:
                row = admin.execute(f"SHOW {setting}").fetchone()
                assert row == ("on",), f"{setting} is {row}"
            print(f"Writing an export of {cases:,} cases and taking it in ...", file=sys.stderr)
            write_export(home / "export", cases)
            run([sys.executable, "-m", "rundblick.cli.main", "migrate"], {})
            taken = [sys.executable, "-m", "rundblick.cli.main", "import", str(home / "export"), "--quiet"]
            subprocess.run(taken, check=True, stdout=subprocess.DEVNULL)
            ours = run([sys.executable, "-m", "bench.inbox_ours", str(requests), str(postmaster)], {})
            peers = {}
            if peer_python is not None:
                admin.execute(f"CREATE DATABASE bench_peer TEMPLATE template0 OWNER {server.ROLE}")
                url = server.url_of(running.place, "bench_peer")
                command = [str(peer_python), "-m", "bench.inbox_peer", url, str(cases), str(requests), str(postmaster)]
                peers["django-helpdesk"] = run(command, {})
    ratios = {}
    for name, peer in peers.items():
        for figure in ("wall_ms", "cpu_ms"):
            ratios[f"inbox_{figure}"] = round(ours["pages"]["team"][figure] / peer["pages"]["list"][figure], 4)
            ratios[f"all_cases_{figure}"] = round(ours["pages"]["all"][figure] / peer["pages"]["list"][figure], 4)
        assert peer["cases"] == ours["cases"], f"{name} holds {peer['cases']} cases, we hold {ours['cases']}"
    return {"bench": "inbox", "requests": requests, "ours": ours, "peers": peers, "ratios": ratios}


if __name__ == "__main__":
    sys.exit(main())
