"""Who is who, by us, by Splink and by the Record Linkage Toolkit: make bench NAME=identity

Prints one JSON line. Cluster F1 (pairwise, after connected components) beside B-cubed F1, records per CPU second with
training, memory, and the time of a single record, on FEBRL 3 and 4, fake_1000, historical_50k and a sample company of a
fresh seed. Every side runs in a process of its own and sees no truth; one more process evaluates. Ours is measured at
our own threshold; the peers' ``cluster_f1`` is the one at the best of all thresholds in hindsight, which no user has.
More in bench/README.md.
"""

from __future__ import annotations

import argparse
import csv
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
from bench.identity_sets import SETS

TOP = Path(__file__).resolve().parents[1]
PEERS = ("splink", "recordlinkage")
EXACT = "exact_name_birth_date"
CURVE = (10_000, 100_000, 1_000_000)
RECORDS_A_CUSTOMER = 1.91  # of the three lists of the sample company

Figures = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.identity", description=__doc__.splitlines()[0])
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS), help="default: all")
    parser.add_argument("--ours-only", action="store_true", help="without the peers")
    parser.add_argument("--customers", type=int, default=20_000, help="of the sample company (default 20,000)")
    parser.add_argument("--seed", type=int, default=0, help="default: drawn anew and printed")
    parser.add_argument("--stream", type=int, default=200_000, help="records at most that are streamed, 0 for none")
    parser.add_argument(
        "--hindsight",
        action=argparse.BooleanOptionalAction,
        help="ours at other thresholds too, about ten runs more (default: with the peers)",
    )
    parser.add_argument(
        "--curve", nargs="*", type=int, metavar="N", help="instead: ours on N records of sample companies, for each N"
    )
    options = parser.parse_args()
    data = Path(os.environ.get("RUNDBLICK_TEST_DATA", TOP / ".." / "shared" / "data")).resolve() / "identity" / "splink"
    if not data.is_dir() and options.curve is None and set(options.sets) != {"sample"}:
        print(f"There is no {data}: set RUNDBLICK_TEST_DATA, or measure --sets sample.", file=sys.stderr)
        return 2
    for name in [name for name in os.environ if name.startswith("RUNDBLICK_")]:
        del os.environ[name]
    seed = options.seed or random.SystemRandom().randrange(1, 1 << 31)
    folder = Path(tempfile.mkdtemp(prefix="rundblick-bench-"))
    try:
        if options.curve is not None:
            answer = curve(folder, options.curve or list(CURVE), seed, options.stream)
        else:
            answer = compare(folder, data, seed, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"bench": "identity", "seed": seed, **answer}))
    return 0


def compare(folder: Path, data: Path, seed: int, options: argparse.Namespace) -> Figures:
    """All sides on all sets, side after side on each set."""
    python = None if options.ours_only else environment("identity", "Splink and recordlinkage")
    hindsight = not options.ours_only if options.hindsight is None else options.hindsight
    ours: Figures = {}
    peers: dict[str, Figures] = {} if python is None else {peer: {} for peer in (*PEERS, EXACT)}
    for name in options.sets:
        place, truth = folder / name, folder / f"{name}.truth.csv"
        more = ["--data", str(data), "--seed", str(seed), "--customers", str(options.customers)]
        run([sys.executable, "-m", "bench.identity_sets", name, str(place), str(truth), *more])
        put(ours, name, measured_ours(place, truth, options.stream, hindsight))
        said(name, "ours", ours)
        if python is None:
            continue
        for peer in PEERS:
            out = made(place / peer)
            found = run([str(python), "-m", f"bench.identity_{peer}", name, str(place), str(out)])
            put(peers[peer], name, of_peer(found, evaluated(truth, out)))
            said(name, peer, peers[peer])
        if name == "sample":
            exact(place / "records.csv", made(place / EXACT))
            found = evaluated(truth, place / EXACT)
            put(peers[EXACT], name, {"cluster_f1": found["f1"], "b3_f1": found["b3_f1"]})
            said(name, EXACT, peers[EXACT])
    return {"ours": ours, "peers": peers, "ratios": ratios(ours, peers)}


def measured_ours(place: Path, truth: Path, stream: int, hindsight: bool = False) -> Figures:
    """Our figures on one prepared set: quality at our threshold, and at the best one in hindsight."""
    out = made(place / "ours")
    more = ["--hindsight"] if hindsight else []
    found = run([sys.executable, "-m", "bench.identity_ours", str(place), str(out), "--stream", str(stream), *more])
    scores = evaluated(truth, out)
    figures = {
        "cluster_f1": scores["f1"],
        "precision": scores["precision"],
        "recall": scores["recall"],
        "precision_automatic": scores["precision_automatic"],
        "b3_f1": scores["b3_f1"],
        "clusters": scores["clusters"],
        "persons": scores["persons"],
        **found,
    }
    if hindsight:
        figures["cluster_f1_best"] = max(scores["f1"], scores["best"]["f1"])
        better = scores["best"]["f1"] > scores["f1"]
        figures["threshold_best"] = scores["best"]["threshold"] if better else found["threshold"]
    return figures


def of_peer(found: Figures, scores: Figures) -> Figures:
    """A peer's figures: the best threshold in hindsight for it, its documented one beside."""
    best = scores["best"] if scores["best"]["f1"] >= scores["f1"] else scores
    return {
        "cluster_f1": best["f1"],
        "precision": best["precision"],
        "recall": best["recall"],
        "threshold_best": scores["best"]["threshold"],
        "cluster_f1_documented": scores["f1"],
        "b3_f1_documented": scores["b3_f1"],
        **found,
    }


def exact(records: Path, out: Path) -> None:
    """Whoever has the same name and birth date is one: what a table program would do."""
    with records.open(newline="", encoding="utf-8") as file, (out / "clusters.csv").open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(("id", "cluster"))
        for row in csv.DictReader(file):
            if row["last_name"] and row["dob"]:
                writer.writerow((row["id"], f"{row['first_name']}|{row['last_name']}|{row['dob']}"))


def curve(folder: Path, sizes: list[int], seed: int, stream: int) -> Figures:
    """How ours grows: sample companies of about so many records in their three lists."""
    points = []
    for size in sizes:
        place, truth = folder / str(size), folder / f"{size}.truth.csv"
        customers = max(200, round(size / RECORDS_A_CUSTOMER))
        more = ["--seed", str(seed), "--customers", str(customers), "--ours-only"]
        run([sys.executable, "-m", "bench.identity_sets", "sample", str(place), str(truth), *more])
        figures = measured_ours(place, truth, stream)
        print(json.dumps(figures), file=sys.stderr)
        points.append(figures)
        shutil.rmtree(place)
    return {"ours": {"curve": points}, "peers": {}, "ratios": {}}


def evaluated(truth: Path, out: Path) -> Figures:
    """The scores of a side's clusters and pairs."""
    edges = ["--edges", str(out / "edges.csv")] if (out / "edges.csv").exists() else []
    automatic = ["--automatic", str(out / "automatic.csv")] if (out / "automatic.csv").exists() else []
    others = sorted(map(str, out.glob("clusters@*.csv")))
    more = [*edges, *automatic, *(["--others", *others] if others else [])]
    return run([sys.executable, "-m", "bench.identity_evaluation", str(truth), str(out / "clusters.csv"), *more])


def ratios(ours: Figures, peers: dict[str, Figures]) -> Figures:
    """Ours over each peer, by set; over Splink also the smallest of all sets."""
    found: Figures = {}
    for peer in PEERS:
        for figure in ("records_per_cpu_second", "peak_mb"):
            theirs = peers.get(peer, {}).get(figure, {})
            by_set = {name: round(ours[figure][name] / value, 3) for name, value in theirs.items()}
            if by_set:
                found[f"{figure}_{peer}_by_set"] = by_set
                worst = min(by_set.values()) if figure != "peak_mb" else max(by_set.values())
                found[f"{figure}_{peer}"] = worst
    return found


def put(side: Figures, name: str, figures: Figures) -> None:
    """Figure first, then set: ``ours.cluster_f1.febrl3``."""
    for figure, value in figures.items():
        side.setdefault(figure, {})[name] = value


def said(name: str, who: str, side: Figures) -> None:
    rate = side.get("records_per_cpu_second", {}).get(name, "")
    print(f"{name}: {who}: cluster F1 {side['cluster_f1'][name]:.4f}, records/CPU s {rate}", file=sys.stderr)


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def run(command: list[str]) -> Figures:
    """A step in a process of its own, from the project's folder; its last line is its figures."""
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
        raise SystemExit(f"{' '.join(command[1:4])} ended with {done.returncode}")
    lines = done.stdout.strip().splitlines()
    return dict(json.loads(lines[-1])) if lines and lines[-1].startswith("{") else {}


if __name__ == "__main__":
    sys.exit(main())
