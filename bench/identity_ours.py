"""Our side of bench/identity: python -m bench.identity_ours FOLDER OUT [--stream N] [--hindsight]

Reads FOLDER (rundblick.toml, input/) as ``rundblick resolve`` does, resolves, and writes ``clusters.csv`` and
``automatic.csv`` (the pairs that joined by themselves) into OUT; then streams the records through an engine with the
same model, one by one in a drawn order. ``--hindsight``: resolves again with the same weights and other thresholds,
into ``clusters@THRESHOLD.csv``; the evaluation takes the best.
Prints one JSON object. CPU is of this process and its children, counted from the parties in memory to the clusters,
training included; ``reading_cpu_s`` and ``process_cpu_s`` (all of it, with starting Python) stand beside it.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import os
import random
import resource
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rundblick.core.message import Party

Figures = dict[str, Any]
AROUND = (-6.0, -4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0, 6.0)  # thresholds that are tried, from ours


def parties_of(folder: Path) -> list[Party]:
    """The records of a prepared set."""
    import django

    django.setup()
    from rundblick.connectors.mapping import read_mapping
    from rundblick.exports.inputs import open_inputs
    from rundblick.exports.persons import read_persons

    read = read_persons(open_inputs([folder / "input"], read_mapping(folder / "rundblick.toml")))
    assert not read.unreadable, [one.faults for one in read.files]
    return read.parties


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.identity_ours", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--stream", type=int, default=200_000, help="records at most that are streamed")
    parser.add_argument("--hindsight", action="store_true", help="other thresholds too")
    options = parser.parse_args()
    start = cpu()
    parties = parties_of(options.folder)
    read = cpu()
    figures, resolution = bulk(parties)
    names = [f"{party.system}:{party.key}" for party in parties]
    write(options.out / "clusters.csv", names, resolution.clusters)
    write_automatic(options.out / "automatic.csv", names, resolution)
    figures["reading_cpu_s"] = round(read - start, 3)
    figures["process_cpu_s"] = round(cpu(), 3)
    figures |= stream(parties, resolution, options.stream)
    if options.hindsight:
        for threshold, clusters in thresholds(parties, resolution):
            write(options.out / f"clusters@{threshold:.2f}.csv", names, clusters)
    print(json.dumps(figures))
    return 0


def cpu() -> float:
    """CPU seconds of this process and the children it waited for."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def bulk(parties: Sequence[Party]) -> tuple[Figures, Any]:
    """Resolve all at once, the weights learned on the way."""
    from rundblick.customers.matching import resolve

    pairs = [0]

    def told(stage: str, done: int, total: int) -> None:
        if stage == "compare":
            pairs[0] = total

    began, wall = cpu(), time.monotonic()
    resolution = resolve(parties, progress=told)
    used, took = cpu() - began, time.monotonic() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = cpu()
    resolve(parties, resolution.model)  # as the second run of an installation does: the weights are there
    ready = cpu() - began
    decided: dict[str, int] = {}
    for edge in resolution.edges:
        decided[edge.decision] = decided.get(edge.decision, 0) + 1
    return {
        "records": len(parties),
        "cpu_s": round(used, 3),
        "wall_s": round(took, 3),
        "records_per_cpu_second": round(len(parties) / used),
        "records_per_cpu_second_ready_model": round(len(parties) / ready),
        "peak_mb": round(peak / 1024),
        "candidates_per_record": round(2 * pairs[0] / len(parties), 1),
        "decided": decided,
        "threshold": round(resolution.model.auto, 3),
    }, resolution


def stream(parties: list[Party], resolution: Any, limit: int) -> Figures:
    """One record after the other, in a drawn order; CPU of each, in ms."""
    if not limit:
        return {}
    from rundblick.customers.matching import Engine

    place = list(range(len(parties)))
    random.Random(7).shuffle(place)
    place = place[:limit]
    engine = Engine(resolution.model)
    took: list[int] = []
    clock = time.thread_time_ns
    gc.collect()
    for index in place:
        before = clock()
        engine.add(parties[index])
        took.append(clock() - before)
    found = {frozenset(place[member] for member in cluster) for cluster in engine.clusters()}
    took.sort()
    figures: Figures = {
        "streamed_per_cpu_second": round(len(took) / (sum(took) / 1e9)),
        "p50_ms": round(took[len(took) // 2] / 1e6, 4),
        "p99_ms": round(took[int(len(took) * 0.99)] / 1e6, 4),
        "max_ms": round(took[-1] / 1e6, 3),
    }
    if len(place) == len(parties):
        figures["streamed_as_in_bulk"] = found == {frozenset(cluster) for cluster in resolution.clusters}
    return figures


def thresholds(parties: Sequence[Party], resolution: Any) -> Iterator[tuple[float, list[list[int]]]]:
    """The clusters that the same weights give at thresholds around ours, in bits."""
    from msgspec.structs import replace

    from rundblick.customers.matching import resolve

    for step in AROUND:
        at = resolution.model.auto + step
        yield at, resolve(parties, replace(resolution.model, auto=at)).clusters


def write(path: Path, names: Sequence[str], clusters: Sequence[Sequence[int]]) -> None:
    """``id,cluster``."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "cluster"))
        for number, cluster in enumerate(clusters):
            writer.writerows((names[member], number) for member in cluster)


def write_automatic(path: Path, names: Sequence[str], resolution: Any) -> None:
    """``a,b``: pairs that join by themselves."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("a", "b"))
        writer.writerows((names[one.a], names[one.b]) for one in resolution.edges if one.decision == "auto")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rundblick.settings")
    raise SystemExit(main())
