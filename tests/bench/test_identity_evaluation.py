"""The arithmetic of the identity benchmark: checked by hand, and against slow definitions."""

from __future__ import annotations

import csv
import itertools
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.identity_evaluation import best_threshold, components, evaluate, precision_of_pairs

TOP = Path(__file__).parents[2]
TRUTH = {"a": "anna", "b": "anna", "c": "anna", "d": "bert", "e": "bert", "f": "carl"}

labels = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=14)


def test_a_perfect_partition_scores_one_whatever_its_names() -> None:
    scores = evaluate(TRUTH, {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "f": 3})
    assert (scores.precision, scores.recall, scores.f1, scores.b3_f1, scores.clusters) == (1, 1, 1, 1, 3)


def test_scores_by_hand() -> None:
    # found pairs: ab, de, df, ef; true pairs: ab, ac, bc, de; both: ab, de
    scores = evaluate(TRUTH, {"a": 1, "b": 1, "c": 2, "d": 3, "e": 3, "f": 3})
    assert (scores.precision, scores.recall, scores.f1) == (0.5, 0.5, 0.5)
    assert math.isclose(scores.b3_precision, (1 + 1 + 1 + 2 / 3 + 2 / 3 + 1 / 3) / 6)
    assert math.isclose(scores.b3_recall, (2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)


def test_all_apart_and_all_together_are_the_two_ends() -> None:
    apart = evaluate(TRUTH, {record: record for record in TRUTH})
    assert (apart.precision, apart.recall, apart.f1, apart.b3_precision) == (1.0, 0.0, 0.0, 1.0)
    together = evaluate(TRUTH, dict.fromkeys(TRUTH, "one"))
    assert (together.precision, together.recall, together.b3_recall) == (4 / 15, 1.0, 1.0)


def test_partitions_of_other_records_are_refused() -> None:
    with pytest.raises(ValueError, match="2 records"):
        evaluate(TRUTH, {"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "g": 3})


@given(labels)
def test_counting_by_groups_is_counting_pair_by_pair(drawn: list[tuple[int, int]]) -> None:
    truth = {str(n): person for n, (person, _) in enumerate(drawn)}
    clusters = {str(n): cluster for n, (_, cluster) in enumerate(drawn)}
    scores = evaluate(truth, clusters)
    both = list(itertools.combinations(truth, 2))
    found = [pair for pair in both if clusters[pair[0]] == clusters[pair[1]]]
    true = [pair for pair in both if truth[pair[0]] == truth[pair[1]]]
    right = len(set(found) & set(true))
    assert math.isclose(scores.precision, right / len(found) if found else 1)
    assert math.isclose(scores.recall, right / len(true) if true else 1)
    shares = []
    for record in truth:
        mine = {other for other in truth if clusters[other] == clusters[record]}
        same = {other for other in truth if truth[other] == truth[record]}
        shares.append((len(mine & same) / len(mine), len(mine & same) / len(same)))
    assert math.isclose(scores.b3_precision, sum(share for share, _ in shares) / len(shares))
    assert math.isclose(scores.b3_recall, sum(share for _, share in shares) / len(shares))


def test_a_chain_is_one_component_and_who_has_no_edge_stands_alone() -> None:
    parts = components("abcde", [("a", "b"), ("c", "b")])
    assert parts["a"] == parts["b"] == parts["c"]
    assert len({parts["a"], parts["d"], parts["e"]}) == 3


edges = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef"), st.sampled_from([-1.0, 0.0, 0.5, 2.0, 3.5])),
    max_size=12,
)


@given(edges)
def test_the_best_threshold_is_the_best_of_all_tried_one_by_one(
    drawn: list[tuple[str, str, float]],
) -> None:
    best = best_threshold(TRUTH, drawn)
    tried = []
    for threshold in [math.inf, *{weight for *_, weight in drawn}]:
        joined = [(a, b) for a, b, weight in drawn if weight >= threshold]
        tried.append(evaluate(TRUTH, components(TRUTH, joined)))
    assert math.isclose(best.f1, max(scores.f1 for scores in tried))
    joined = [(a, b) for a, b, weight in drawn if weight >= best.threshold]
    scores = evaluate(TRUTH, components(TRUTH, joined))
    assert math.isclose(scores.f1, best.f1)
    assert math.isclose(scores.precision, best.precision)


def test_the_order_of_edges_does_not_matter() -> None:
    drawn = [("a", "b", 3.0), ("b", "d", 3.0), ("d", "e", 2.0), ("a", "c", 1.0), ("f", "a", -4.0)]
    found = {best_threshold(TRUTH, list(order)) for order in itertools.permutations(drawn)}
    assert len(found) == 1
    assert found.pop().threshold == 1.0


def test_the_process_reads_files_and_takes_a_record_that_nobody_joined_for_alone(tmp_path: Path) -> None:
    def write(name: str, rows: list[tuple[object, ...]]) -> str:
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        return str(tmp_path / name)

    truth = write("truth.csv", [("id", "person"), *TRUTH.items()])
    clusters = write("clusters.csv", [("id", "cluster"), ("a", 1), ("b", 1), ("d", 3), ("e", 3), ("f", 3)])
    joined = write("edges.csv", [("a", "b", "weight"), ("a", "b", 9), ("d", "e", 8.5), ("e", "f", 2), ("b", "c", 7)])
    done = subprocess.run(
        [sys.executable, "-m", "bench.identity_evaluation", truth, clusters, "--edges", joined],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert (answer["f1"], answer["clusters"], answer["persons"]) == (0.5, 3, 3)
    assert answer["best"] == {"threshold": 7.0, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    low = write("clusters@-1.50.csv", [("id", "cluster"), *((record, 1) for record in TRUTH)])
    right = write("clusters@3.25.csv", [("id", "cluster"), *TRUTH.items()])
    done = subprocess.run(
        [sys.executable, "-m", "bench.identity_evaluation", truth, clusters, "--others", low, right],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["best"] == {"threshold": 3.25, "precision": 1.0, "recall": 1.0, "f1": 1.0}


def test_pairs_that_joined_by_themselves_are_counted_before_any_group_is_made() -> None:
    assert precision_of_pairs(TRUTH, [("a", "b"), ("b", "c"), ("c", "d"), ("d", "e")]) == 0.75
    assert precision_of_pairs(TRUTH, []) == 1.0
