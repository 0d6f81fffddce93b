"""Resolution: parties in, customers out, by rules and weights; all at once or one after another.

The clusters are a function of the set of parties, the model and the constraints: what pairs are compared, what they weigh and
in which order they join follows from the records alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np

from rundblick.core.message import Party, Strength
from rundblick.customers.clusters import OVERUSED, WEAKER
from rundblick.customers.matching import blocking, grouping, rules, training
from rundblick.customers.matching.comparing import compare, one_household
from rundblick.customers.matching.model import Model
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.rules import Rule
from rundblick.customers.matching.table import Bools, Bytes, Floats, Ints, Table
from rundblick.customers.matching.weighing import Weigher

Progress = Callable[[str, int, int], None]
Record = tuple[str, str]  # system, key


@dataclass(frozen=True, slots=True)
class Constraints:
    """Decisions of people about pairs of records, each record as (system, key)."""

    together: tuple[tuple[Record, Record], ...] = ()
    apart: tuple[tuple[Record, Record], ...] = ()


NONE: Final = Constraints()


@dataclass(frozen=True, slots=True)
class Edge:
    """What was decided about the pair of parties ``a`` < ``b``.

    rule      see ``rules.Rule``, as lower-case text
    decision  "auto" joins by itself, "review" is for a person, "no" joins nobody
    """

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
    facts, informative, own = training.facts_of(persons)
    table = Table(facts)
    table.add(persons)
    return training.learn(table, informative, own)


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
    facts, informative, own = training.facts_of(persons) if model is None else (model.facts, model.informative, model.own)
    table = Table(facts)
    table.add(persons)
    tell("prepare", n, n)
    if model is None:
        tell("train", 0, 1)
        model = training.learn(table, informative, own)
        tell("train", 1, 1)
    else:
        table.forget("birth", model.over_used_dates)
    judge = _Judge(model, table)
    a, b = blocking.candidate_pairs(table, informative)
    strong = strong_links(parties)
    codes = np.union1d(a << 32 | b, strong)
    a, b = codes >> 32, codes & 0xFFFFFFFF
    tell("compare", 0, len(a))
    scores, veto = judge(a, b)
    tell("compare", len(a), len(a))
    is_strong = np.isin(codes, strong)
    joins = ((scores >= model.auto) | is_strong) & (veto == 0)
    at = np.flatnonzero(joins)
    order = order_of(parties)
    place = {int(code): i for i, code in enumerate(codes[at])}
    tried = np.array([place[int(code)] for code in strong if int(code) in place], np.int64)

    def weigh(x: Ints, y: Ints) -> tuple[Floats, Bools]:
        found, bars = judge(x, y)
        return found, bars >= Rule.TWO_PEOPLE

    clusters = grouping.group(n, a[at], b[at], tried, order, weigh, model.auto)
    tell("group", n, n)
    return Resolution(clusters, _edges(a, b, scores, veto, is_strong, joins, model), model)


class _Judge:
    """Scores and vetoes of pairs of a table."""

    def __init__(self, model: Model, table: Table) -> None:
        self._weigher = Weigher(model, table)
        self._table = table
        self._model = model

    def __call__(self, a: Ints, b: Ints, lot: int = 200_000) -> tuple[Floats, Bytes]:
        scores, vetoes = [np.zeros(0)], [np.zeros(0, np.uint8)]
        for start in range(0, len(a), lot):
            score, veto = self._lot(a[start : start + lot], b[start : start + lot])
            scores.append(score)
            vetoes.append(veto)
        return np.concatenate(scores), np.concatenate(vetoes)

    def _lot(self, a: Ints, b: Ints) -> tuple[Floats, Bytes]:
        weigher = self._weigher
        known = weigher.known_names()
        first = self._table.column("first")
        levels = compare(self._table, a, b, known)
        weights = weigher.weights(a, b, levels)
        veto = rules.vetoes(
            weigher.fields,
            levels,
            weigher.personal(weights),
            weigher.personal(weights, "birth_date"),
            known[first[a]] & known[first[b]],
        )
        scores = weigher.scores(weights, levels)
        veto[(veto > 0) & one_household(weigher.fields, levels) & (scores <= -rules.SURE)] = Rule.TWO_PEOPLE
        veto[rules.two_numbers(self._table, self._model.exclusive, a, b)] = Rule.TWO_NUMBERS
        return scores, veto


def strong_links(parties: Sequence[Party]) -> Ints:
    """Pairs that share a strong identifier, as ``lower << 32 | higher``, in the order in which they are tried."""
    sharing: dict[tuple[int, str, str, str], list[int]] = {}
    for i, party in enumerate(parties):
        for one in party.identifiers:
            if one.strength == Strength.STRONG or one.verified:
                sharing.setdefault((WEAKER.get(one.kind, 0), one.kind, one.issuer, one.value), []).append(i)
    found: dict[int, None] = {}
    for key in sorted(key for key, group in sharing.items() if 2 <= len(group) <= OVERUSED):
        group = sharing[key]
        for place, i in enumerate(group):
            for j in group[place + 1 :]:
                if i != j:
                    found.setdefault(i << 32 | j if i < j else j << 32 | i)
    return np.array(list(found), np.int64)


def order_of(parties: Sequence[Party]) -> Ints:
    """The place of each party in the fixed order: by the digest of its system and key."""
    digests = [blake2b(f"{p.system}\x1f{p.key}".encode("utf-8", "surrogatepass"), digest_size=8).digest() for p in parties]
    place = np.zeros(len(parties), np.int64)
    place[sorted(range(len(parties)), key=digests.__getitem__)] = np.arange(len(parties))
    return place


def _edges(
    a: Ints, b: Ints, scores: Floats, veto: Bytes, strong: Bools, joins: Bools, model: Model
) -> list[Edge]:
    shown = np.flatnonzero((scores >= model.review) | strong)
    shown = shown[np.argsort(-scores[shown], kind="stable")]
    names = [rule.name.lower() for rule in Rule]
    return [
        Edge(
            int(a[i]),
            int(b[i]),
            float(scores[i]),
            names[veto[i]] if veto[i] else names[Rule.SAME_NUMBER] if strong[i] else names[Rule.WEIGHT],
            "auto" if joins[i] else "review",
        )
        for i in shown
    ]
