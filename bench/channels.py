"""Mail as a channel, end to end, and django-helpdesk beside it: make bench NAME=channels

Prints one JSON line: CPU a mail and what was lost (as bench.ingest), which replies found their conversation, and a
steady load handed over to the door by LMTP and looked for in the desk. More in bench/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from bench.environments import environment
from bench.ingest import TOP, Figures, measure, report, run
from bench.mails import real_mails
from bench.thread_truth import score


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.channels", description=__doc__.splitlines()[0])
    data = Path(os.environ.get("RUNDBLICK_TEST_DATA", TOP / ".." / "shared" / "data")) / "mail"
    parser.add_argument("--mails", type=Path, default=data, help="folder of .eml files (default: the real ones)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side, in turns (default 3)")
    parser.add_argument("--minutes", type=float, default=10, help="of steady load (default 10; 0 leaves it out)")
    parser.add_argument("--rate", type=float, default=50, help="mails a second of the steady load (default 50)")
    parser.add_argument("--customers", type=int, default=400, help="of the sample company under the steady load")
    options = parser.parse_args()
    folder = options.mails.resolve()
    if not folder.is_dir() or not any(folder.rglob("*.eml")):
        print(
            f"There are no mails in {folder}. Set RUNDBLICK_TEST_DATA, or name a folder with --mails.", file=sys.stderr
        )
        return 2
    for name in [name for name in os.environ if name.startswith("RUNDBLICK_")]:
        del os.environ[name]
    peer_python = environment("ingest", "the peer, django-helpdesk,")
    steady: Figures = {}
    if options.minutes:
        steady = apart(
            [
                sys.executable,
                "-m",
                "bench.channels_steady",
                str(folder),
                str(options.rate),
                str(options.minutes * 60),
                str(options.customers),
            ]
        )
    home = Path(tempfile.mkdtemp(prefix="rundblick-bench-"))
    home.chmod(0o711)  # the database's account passes through
    os.environ["RUNDBLICK_HOME"] = str(home / "home")
    try:
        runs = measure(folder, options.repeats, peer_python)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps(figures(folder, runs, steady)))
    return 0


def apart(command: list[str]) -> Figures:
    """In a home of its own, removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="rundblick-bench-"))
    home.chmod(0o711)
    try:
        return run(command, {"RUNDBLICK_HOME": str(home / "home")})
    finally:
        shutil.rmtree(home, ignore_errors=True)


def figures(folder: Path, runs: dict[str, list[Figures]], steady: Figures) -> Figures:
    mails = real_mails(folder)
    cost = report(len(mails), runs)
    threads = {side: score(mails, runs[side][0]["cases"]) for side in ("batch_500", "batch_1", "default")}
    ours = {
        "cpu_per_mail_ms": {batch: cost["ours"][batch]["cpu_ms"] for batch in ("batch_500", "batch_1")},
        "understanding_ms": cost["ours"]["understanding_ms"],
        "weighed_matching_ms": cost["ours"]["weighed_matching_ms"],
        "mails_lost": cost["ours"]["lost"],
        "thread_precision": min(threads[batch]["precision"] or 0.0 for batch in ("batch_500", "batch_1")),
        "thread_recall": min(threads[batch]["recall"] or 0.0 for batch in ("batch_500", "batch_1")),
        "threads": threads["batch_500"],
        **{f"steady_{name}": value for name, value in steady.items()},
    }
    peer = cost["peers"]["django-helpdesk"]
    return {
        "bench": "channels",
        "mails": len(mails),
        "repeats": cost["repeats"],
        "ours": ours,
        "peers": {"django-helpdesk": {**peer, "threads": threads["default"]}},
        "ratios": {
            "cpu_per_mail_django_helpdesk": cost["ratios"]["batch_500_cpu"],
            "cpu_per_mail_one_by_one_django_helpdesk": cost["ratios"]["batch_1_cpu"],
            "cpu_per_mail_django_helpdesk_silent": cost["ratios"]["batch_500_cpu_over_silent"],
        },
    }


if __name__ == "__main__":
    sys.exit(main())
