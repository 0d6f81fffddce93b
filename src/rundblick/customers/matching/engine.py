"""Resolution: parties in, customers out, by rules and weights; all at once or one after another.

The clusters are a function of the set of parties, the model and the constraints: what pairs are compared, what they weigh and
in which order they join follows from the records alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from rundblick.core.message import Party
from rundblick.customers.matching import blocking, rules, training
from rundblick.customers.matching.comparing import compare
from rundblick.customers.matching.model import Model
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.rules import Rule
from rundblick.customers.matching.table import Floats, Ints, Table
from rundblick.customers.matching.weighing import Weigher

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Constraints:
    """Decisions of people about pairs of records, each record as (system, key)."""

    together: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = ()
    apart: tuple[tuple[tuple[str, str], tuple[str, str]], ...] = ()


NONE = Constraints()


@dataclass(frozen=True, slots=True)
class Edge:
    """What was decided about the pair of parties ``a`` < ``b``. ``decision``: "auto", "review" or "no"."""

    a: int
    b: int
    weight: float
    rule: str
    decision: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """clusters: indices into the parties, each exactly once; edges: strongest first."""

    clusters: list[list[int]]
    edges: list[Edge]
    model: Model


def train(parties: Sequence[Party]) -> Model:
    """Learn a model from parties, without labels."""
    persons = [person_of(party) for party in parties]
    facts, informative = training.facts_of(persons)
    table = Table(facts)
    table.add(persons)
    return training.learn(table, informative)


def resolve(
    parties: Sequence[Party],
    model: Model | None = None,
    constraints: Constraints = NONE,
    progress: Progress | None = None,
) -> Resolution:
    """Find the customers among ``parties``; a model is learned when none is given."""
    tell = progress or (lambda stage, done, total: None)
    n = len(parties)
    tell("prepare", 0, n)
    persons = [person_of(party) for party in parties]
    facts, informative = training.facts_of(persons) if model is None else (model.facts, model.informative)
    table = Table(facts)
    table.add(persons)
    tell("prepare", n, n)
    if model is None:
        tell("train", 0, 1)
        model = training.learn(table, informative)
        tell("train", 1, 1)
    a, b = blocking.candidate_pairs(table, informative)
    tell("compare", 0, len(a))
    weigher = Weigher(model, table)
    levels = compare(table, a, b, weigher.known_names())
    scores = weigher.scores(a, b, levels)
    veto = rules.vetoes(weigher.fields, levels, model.informative)
    veto[rules.two_numbers(table, model.exclusive, a, b)] = Rule.TWO_NUMBERS
    tell("compare", len(a), len(a))
    auto = (scores >= model.auto) & (veto == 0)
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    at = np.flatnonzero(auto)
    for i, j in zip(a[at].tolist(), b[at].tolist(), strict=True):
        parent[root(i)] = root(j)
    parts: dict[int, list[int]] = defaultdict(list)
    for i in range(n):
        parts[root(i)].append(i)
    shown = np.flatnonzero(scores >= model.review)
    shown = shown[np.argsort(-scores[shown], kind="stable")]
    edges = [
        Edge(int(a[i]), int(b[i]), float(scores[i]), Rule(int(veto[i])).name.lower(), "auto" if auto[i] else "review")
        for i in shown
    ]
    return Resolution(list(parts.values()), edges, model)
