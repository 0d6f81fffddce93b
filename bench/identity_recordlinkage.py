"""The Record Linkage Toolkit's side of bench/identity: python -m bench.identity_recordlinkage SET FOLDER OUT

Runs in the peers' environment (bench/requirements-identity.txt). As its documentation does it: blocks, comparisons
(Jaro-Winkler from .85 on, else equal), binary vectors, and the classifier that learns without labels by expectation
maximisation (ECMClassifier). Blocks are those of Splink's notebook for the same set where the toolkit can have them
(equal columns), so that both look at nearly the same pairs. Its threshold is its own ``predict`` (probability .5).

CPU and memory are of indexing, comparing, learning, predicting; clusters are connected components.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import resource
import time
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import recordlinkage

from bench.identity_evaluation import components

LEAST_ODDS = -20.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """``near``: compared by Jaro-Winkler; ``equal``: compared as they stand; ``blocks``: columns that must agree."""

    near: tuple[str, ...]
    equal: tuple[str, ...]
    blocks: tuple[tuple[str, ...], ...]
    cut: dict[str, tuple[str, int]]  # a column of its own: the first letters of another
    linked: bool = False


FEBRL_NEAR = ("given_name", "surname", "address_1", "address_2", "suburb")
FEBRL_EQUAL = ("date_of_birth", "soc_sec_id", "postcode", "street_number")

RECIPES = {
    "febrl3": Recipe(
        FEBRL_NEAR,
        FEBRL_EQUAL,
        (("soc_sec_id",), ("given_name",), ("surname",), ("date_of_birth",), ("postcode",)),
        {},
    ),
    "febrl4": Recipe(
        FEBRL_NEAR,
        FEBRL_EQUAL,
        (("soc_sec_id",), ("given_name",), ("surname",), ("date_of_birth",), ("postcode",)),
        {},
        linked=True,
    ),
    "fake_1000": Recipe(
        ("first_name", "surname", "email"),
        ("dob", "city"),
        (("first_name",), ("surname",), ("dob",), ("email",)),
        {},
    ),
    "historical_50k": Recipe(
        ("first_name", "surname"),
        ("dob", "postcode_fake", "birth_place", "occupation"),
        (
            ("first3", "surname4"),
            ("surname", "dob"),
            ("first_name", "dob"),
            ("postcode_fake", "first_name"),
            ("postcode_fake", "surname"),
            ("dob", "birth_place"),
            ("postcode3", "dob"),
            ("postcode3", "first_name"),
            ("postcode3", "surname"),
        ),
        {"first3": ("first_name", 3), "surname4": ("surname", 4), "postcode3": ("postcode_fake", 3)},
    ),
    "sample": Recipe(
        ("first_name", "last_name", "street"),
        ("dob", "postcode", "email", "phone", "crm_no"),
        (
            ("crm_no",),
            ("email",),
            ("phone",),
            ("first_name", "last_name"),
            ("last_name", "dob"),
            ("first_name", "dob"),
            ("dob", "postcode"),
            ("last_name", "street"),
        ),
        {},
    ),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.identity_recordlinkage", description=__doc__.splitlines()[0])
    parser.add_argument("set", choices=RECIPES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    recipe = RECIPES[options.set]
    frame = pd.read_csv(options.folder / "records.csv", dtype=str, keep_default_na=False, na_values=[""])
    frame = frame.set_index("id")

    began, wall = time.process_time(), time.monotonic()
    for column, (whole, letters) in recipe.cut.items():
        frame[column] = frame[whole].str[:letters]
    sides = [part for _, part in frame.groupby("source")] if recipe.linked else [frame]
    pairs = indexed(recipe, sides)
    vectors = compared(recipe, sides, pairs)
    classifier = recordlinkage.ECMClassifier(binarize=0.5)
    links = classifier.fit_predict(vectors)
    clusters = components(frame.index, links)
    used = time.process_time() - began
    figures = {
        "records": len(frame),
        "cpu_s": round(used, 3),
        "wall_s": round(time.monotonic() - wall, 3),
        "records_per_cpu_second": round(len(frame) / used),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "pairs": len(pairs),
        "threshold": 0.5,
        "version": version("recordlinkage"),
    }
    write(options.out / "clusters.csv", ("id", "cluster"), clusters.items())
    write(options.out / "edges.csv", ("a", "b", "weight"), weighed(classifier.prob(vectors)))
    print(json.dumps(figures))
    return 0


def indexed(recipe: Recipe, sides: list[pd.DataFrame]) -> pd.MultiIndex:
    """The pairs that agree on one of the blocks."""
    found: pd.MultiIndex | None = None
    for block in recipe.blocks:
        known = [side.dropna(subset=list(block)) for side in sides]
        pairs = recordlinkage.index.Block(list(block)).index(*known)
        found = pairs if found is None else found.union(pairs)
    assert found is not None
    return found


def compared(recipe: Recipe, sides: list[pd.DataFrame], pairs: pd.MultiIndex) -> pd.DataFrame:
    """One binary column a comparison."""
    compare = recordlinkage.Compare()
    for column in recipe.near:
        compare.string(column, column, method="jarowinkler", threshold=0.85, label=column)
    for column in recipe.equal:
        compare.exact(column, column, label=column)
    return compare.compute(pairs, *sides)


def weighed(probabilities: pd.Series[float]) -> Iterable[tuple[str, str, float]]:
    """Pairs with the log2 of their odds; those of no chance at all are left out."""
    values = np.clip(probabilities.to_numpy(), 0.0, 1 - 1e-15)
    for (a, b), value in zip(probabilities.index, values, strict=True):
        if value > 0 and (odds := math.log2(value / (1 - value))) > LEAST_ODDS:
            yield a, b, odds


def write(path: Path, header: tuple[str, ...], rows: Iterable[Any]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


if __name__ == "__main__":
    raise SystemExit(main())
