"""How well clusters agree with the truth; the one process that reads it: python -m bench.identity_evaluation

    python -m bench.identity_evaluation TRUTH CLUSTERS [--edges EDGES] [--others CLUSTERS ...] [--automatic PAIRS]

TRUTH      CSV ``id,person``, of the records that were resolved and of no others
CLUSTERS   CSV ``id,cluster``; a record that it leaves out stands alone
EDGES      CSV ``a,b,weight``: pairs a tool would join, with what speaks for each; gives the best threshold in hindsight
PAIRS      CSV ``a,b``: pairs that joined by themselves; gives how many of them are one person
--others   clusters at other thresholds, ``NAME@THRESHOLD.csv``, where a tool does more than joining by edges; the same

Pairwise: of all pairs in one cluster, how many are one person (precision), and of all pairs of one person, how many
are in one cluster (recall). B-cubed: the same, record by record (Bagga and Baldwin 1998). Both after connected
components, so a chain of wrong joins counts with all its pairs. Standard library only.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

Edge = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class Scores:
    """All between 0 and 1. Without any pair to find, recall is 1; without any pair found, precision is 1."""

    precision: float
    recall: float
    f1: float
    b3_precision: float
    b3_recall: float
    b3_f1: float
    clusters: int


def pairs(sizes: Iterable[int]) -> int:
    """Pairs within groups of these sizes."""
    return sum(size * (size - 1) // 2 for size in sizes)


def f1(precision: float, recall: float) -> float:
    """The harmonic mean; 0 where both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def share(part: int, whole: int) -> float:
    """part / whole; 1 of nothing."""
    return part / whole if whole else 1.0


def evaluate(truth: Mapping[str, Hashable], clusters: Mapping[str, Hashable]) -> Scores:
    """Scores of a partition: both map records to a label. Raises ValueError when they are not of the same records."""
    if truth.keys() != clusters.keys():
        raise ValueError(f"{len(truth.keys() ^ clusters.keys())} records are only in one of the two")
    both = Counter((truth[record], clusters[record]) for record in truth)
    persons, found = Counter(truth.values()), Counter(clusters.values())
    right = pairs(both.values())
    precision, recall = share(right, pairs(found.values())), share(right, pairs(persons.values()))
    b3_precision = sum(n * n / found[cluster] for (_, cluster), n in both.items()) / len(truth)
    b3_recall = sum(n * n / persons[person] for (person, _), n in both.items()) / len(truth)
    return Scores(
        precision,
        recall,
        f1(precision, recall),
        b3_precision,
        b3_recall,
        f1(b3_precision, b3_recall),
        len(found),
    )


def components(records: Iterable[str], joined: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Connected components: each record with the name of its part."""
    forest = _Forest(records)
    for a, b in joined:
        forest.join(a, b)
    return {record: forest.root(record) for record in forest.parent}


@dataclass(frozen=True, slots=True)
class Best:
    """The threshold that would have been best, had one known the truth: join what weighs at least this."""

    threshold: float
    precision: float
    recall: float
    f1: float


def best_threshold(truth: Mapping[str, Hashable], edges: Sequence[Edge]) -> Best:
    """The best pairwise F1 over all thresholds, by adding edges from the heaviest on; equal weights join together."""
    forest = _Forest(truth)
    inside: dict[str, Counter[Hashable]] = {record: Counter([person]) for record, person in truth.items()}
    size = dict.fromkeys(truth, 1)
    wanted = pairs(Counter(truth.values()).values())
    right = found = 0
    best = Best(float("inf"), 1.0, share(0, wanted), f1(1.0, share(0, wanted)))
    ordered = sorted(edges, key=lambda edge: -edge[2])
    for place, (a, b, weight) in enumerate(ordered):
        one, other = forest.root(a), forest.root(b)
        if one != other:
            if len(inside[one]) < len(inside[other]):
                one, other = other, one
            found += size[one] * size[other]
            right += sum(n * inside[one][person] for person, n in inside[other].items())
            forest.parent[other] = one
            size[one] += size.pop(other)
            inside[one].update(inside.pop(other))
        if place + 1 < len(ordered) and ordered[place + 1][2] == weight:
            continue
        precision, recall = share(right, found), share(right, wanted)
        if f1(precision, recall) > best.f1:
            best = Best(weight, precision, recall, f1(precision, recall))
    return best


def precision_of_pairs(truth: Mapping[str, Hashable], joined: Sequence[tuple[str, str]]) -> float:
    """How many of these pairs are one person, before any group is made of them."""
    return share(sum(truth[a] == truth[b] for a, b in joined), len(joined))


class _Forest:
    """Union-find with halved paths."""

    def __init__(self, records: Iterable[str]) -> None:
        self.parent = {record: record for record in records}

    def root(self, record: str) -> str:
        parent = self.parent
        while parent[record] != record:
            parent[record] = parent[parent[record]]
            record = parent[record]
        return record

    def join(self, a: str, b: str) -> None:
        one, other = self.root(a), self.root(b)
        if one != other:
            self.parent[other] = one


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.identity_evaluation", description=__doc__.splitlines()[0])
    parser.add_argument("truth", type=Path)
    parser.add_argument("clusters", type=Path)
    parser.add_argument("--edges", type=Path)
    parser.add_argument("--others", type=Path, nargs="*", default=[])
    parser.add_argument("--automatic", type=Path)
    options = parser.parse_args()
    truth = {row["id"]: row["person"] for row in _rows(options.truth)}
    scores = evaluate(truth, _clusters(options.clusters, truth))
    answer: dict[str, object] = {name: round(value, 5) for name, value in asdict(scores).items()}
    answer["persons"] = len(set(truth.values()))
    if options.edges is not None:
        edges = [(row["a"], row["b"], float(row["weight"])) for row in _rows(options.edges)]
        answer["best"] = {name: round(value, 5) for name, value in asdict(best_threshold(truth, edges)).items()}
    if options.automatic is not None:
        joined = [(row["a"], row["b"]) for row in _rows(options.automatic)]
        answer["precision_automatic"] = round(precision_of_pairs(truth, joined), 5)
    if options.others:
        found = []
        for path in options.others:
            other = evaluate(truth, _clusters(path, truth))
            at = float(path.stem.partition("@")[2])
            found.append(Best(at, other.precision, other.recall, other.f1))
        best = max(found, key=lambda one: (one.f1, one.threshold))
        answer["best"] = {name: round(value, 5) for name, value in asdict(best).items()}
    print(json.dumps(answer))
    return 0


def _clusters(path: Path, truth: Mapping[str, str]) -> dict[str, str]:
    found = {record: f"alone:{record}" for record in truth}
    found.update((row["id"], row["cluster"]) for row in _rows(path))
    return found


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


if __name__ == "__main__":
    raise SystemExit(main())
