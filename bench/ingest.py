"""Real mails through the road in, and through django-helpdesk on the same PostgreSQL: make bench NAME=ingest

Prints one JSON line. CPU of Python and of the database's processes together, in milliseconds a mail; both sides run
on one server with fsync, full_page_writes and synchronous_commit on, each time in a new database, in turns. Medians.
Ratios are ours over peer: .1 is a tenth of its CPU. More in bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.environments import environment

TOP = Path(__file__).resolve().parents[1]
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
FIGURES = ("cpu_ms", "python_ms", "postgres_ms", "wall_ms")

# "weighed": ours with a model in force
SIDES = ("batch_500", "default", "batch_1", "silent", "batch_500_weighed", "batch_1_weighed")

Figures = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.ingest", description=__doc__.splitlines()[0])
    data = Path(os.environ.get("RUNDBLICK_TEST_DATA", TOP / ".." / "shared" / "data")) / "mail"
    parser.add_argument("--mails", type=Path, default=data, help="folder of .eml files (default: the real ones)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side, in turns (default 3)")
    options = parser.parse_args()
    folder = options.mails.resolve()
    count = sum(1 for _ in folder.rglob("*.eml")) if folder.is_dir() else 0
    if not count:
        print(
            f"There are no mails in {folder}. Set RUNDBLICK_TEST_DATA, or name a folder with --mails.", file=sys.stderr
        )
        return 2
    for name in [name for name in os.environ if name.startswith("RUNDBLICK_")]:
        del os.environ[name]
    peer_python = environment("ingest", "the peer, django-helpdesk,")
    home = Path(tempfile.mkdtemp(prefix="rundblick-bench-"))
    home.chmod(0o711)  # the database's account passes through
    os.environ["RUNDBLICK_HOME"] = str(home / "home")
    try:
        runs = measure(folder, options.repeats, peer_python)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(report(count, runs)))
    return 0


def measure(folder: Path, repeats: int, peer_python: Path) -> dict[str, list[Figures]]:
    """All runs, by side: in turns, so that what else the machine does hits all alike."""
    from rundblick.core import server

    with server.ensure() as running:
        postmaster = running.postmaster()
        assert postmaster is not None
        run([sys.executable, "-m", "rundblick.cli.main", "migrate"], {})
        with running.admin() as admin:
            admin.execute("GRANT pg_checkpoint TO rundblick")
            for setting in DURABLE:
                row = admin.execute(f"SHOW {setting}").fetchone()
                assert row == ("on",), f"{setting} is {row}"
            runs: dict[str, list[Figures]] = {side: [] for side in SIDES}
            for turn in range(repeats):
                for side in SIDES:
                    name = f"bench_{side}_{turn}"
                    ours = side.startswith("batch")
                    template = f"TEMPLATE {server.DATABASE}" if ours else "TEMPLATE template0"
                    admin.execute(f"CREATE DATABASE {name} {template} OWNER {server.ROLE}")
                    url = server.url_of(running.place, name)
                    if ours:
                        size, *how = side.removeprefix("batch_").split("_")
                        command = [sys.executable, "-m", "bench.ingest_ours", str(folder), size, str(postmaster), *how]
                        found = run(command, {"RUNDBLICK_DATABASE_URL": url})
                    else:
                        command = [str(peer_python), "-m", "bench.ingest_peer", str(folder), str(postmaster), url, side]
                        found = run(command, {})
                    runs[side].append(found)
                    print(f"{side}: {found['cpu_ms']:.2f} ms of CPU a mail, lost {found['lost']}", file=sys.stderr)
                    admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    return runs


def run(command: list[str], environment: dict[str, str]) -> Figures:
    """One side in a process of its own, from the project's folder; its last line is its figures."""
    done = subprocess.run(
        command, cwd=TOP, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    lines = done.stdout.strip().splitlines()
    return dict(json.loads(lines[-1])) if lines and lines[-1].startswith("{") else {}


def report(mails: int, runs: dict[str, list[Figures]]) -> Figures:
    middle = {side: median(found) for side, found in runs.items()}
    ours = {
        "batch_500": middle["batch_500"],
        "batch_1": middle["batch_1"],
        "lost": max(found["lost"] for side, found in middle.items() if side.startswith("batch")),
        # columns of their own: the peer has neither
        "understanding_ms": runs["batch_500"][-1]["understanding_ms"],
        # what weighing adds to a mail, none of it without a model in force
        "weighed_matching_ms": {
            batch: round(middle[f"{batch}_weighed"]["cpu_ms"] - middle[batch]["cpu_ms"], 3)
            for batch in ("batch_500", "batch_1")
        },
    }
    peers = {
        "django-helpdesk": {
            **middle["default"],
            "version": runs["default"][0]["version"],
            "lost_by": runs["default"][0]["faults"],
        },
        "django-helpdesk without acknowledgements": middle["silent"],
    }
    ratios = {
        f"{batch}_cpu{name}": round(ours[batch]["cpu_ms"] / middle[side]["cpu_ms"], 4)
        for batch in ("batch_500", "batch_1")
        for side, name in (("default", ""), ("silent", "_over_silent"))
    }
    return {
        "bench": "ingest",
        "mails": mails,
        "repeats": len(runs["default"]),
        "ours": ours,
        "peers": peers,
        "ratios": ratios,
    }


def median(found: list[Figures]) -> Figures:
    figures: Figures = {name: round(statistics.median(each[name] for each in found), 3) for name in FIGURES}
    return {**figures, "lost": max(each["lost"] for each in found), "messages": min(each["messages"] for each in found)}


if __name__ == "__main__":
    sys.exit(main())
