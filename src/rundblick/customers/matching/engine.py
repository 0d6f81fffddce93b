"""Resolution: parties in, customers out, by rules and weights; all at once or one after another.

The clusters are a function of the set of parties, the model and the constraints: what pairs are compared, what they
weigh and in which order they join follows from the records alone. ``resolve`` works on all at once; an ``Engine``
(streaming) takes parties as they come and ends in the same clusters.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

import numpy as np

from rundblick.core.message import Identifier, Party, Strength
from rundblick.customers.clusters import OVERUSED, UNPROVEN, WEAKER
from rundblick.customers.matching import blocking, grouping, rules, training
from rundblick.customers.matching.answers import Answers
from rundblick.customers.matching.comparing import compare, one_household
from rundblick.customers.matching.model import Model
from rundblick.customers.matching.person import person_of
from rundblick.customers.matching.rules import Rule
from rundblick.customers.matching.table import Bools, Bytes, Floats, Ints, Table
from rundblick.customers.matching.weighing import Weigher, Weights

Progress = Callable[[str, int, int], None]
Candidates = Callable[[Table, Model], Ints]  # pairs as ``lower << 32 | higher``, each once, ascending
Record = tuple[str, str]  # system, key


@dataclass(frozen=True, slots=True)
class Constraints:
    """What binds the resolution beside the records.

    together, apart  decisions of people about pairs of records, each record as (system, key)
    unproven         systems whose records nobody proved (a sender's address may be forged): such a record goes to a
                     customer, but never makes two customers one
    """

    together: tuple[tuple[Record, Record], ...] = ()
    apart: tuple[tuple[Record, Record], ...] = ()
    unproven: frozenset[str] = frozenset(UNPROVEN)


NONE: Final = Constraints()
CONTRADICTED: Final = 5.0  # bits against, from which a number in common is rather somebody else's card


@dataclass(frozen=True, slots=True)
class Edge:
    """What was decided about the pair of parties ``a`` < ``b``.

    rule      which rule decided, ``rules.Rule`` in lower case
    decision  "auto" joins by itself, "review" is for a person, "no" keeps apart whatever the weight
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


class Judge:
    """Scores and vetoes of pairs of a table under a model."""

    def __init__(self, model: Model, table: Table) -> None:
        self.model = model
        self.weigher = Weigher(model, table)
        self._table = table

    @cached_property
    def version(self) -> str:
        """The model's version: a digest of megabytes, so of a judge it is worked out once."""
        return self.model.version

    def over(self, table: Table) -> Judge:
        """The same model over another table; what was made of the model is not made again."""
        other = copy(self)
        other.weigher, other._table = self.weigher.over(table), table
        return other

    def __call__(self, a: Ints, b: Ints) -> tuple[Floats, Bytes]:
        """(score, veto or 0) of each pair, in lots that bound the memory."""
        scores, vetoes = np.zeros(len(a)), np.zeros(len(a), np.uint8)
        for start in range(0, len(a), _LOT):
            lot = slice(start, start + _LOT)
            scores[lot], vetoes[lot] = self._lot(a[lot], b[lot])
        return scores, vetoes

    def likely(self, a: Ints, b: Ints) -> tuple[Ints, Floats, Bytes]:
        """(which of the pairs may be one person: a person would be asked, their scores, vetoes), in one lot.

        What strangers explain better needs no look at households and rules.
        """
        levels, strangers = self._compared(a, b)
        at = np.flatnonzero(self.weigher.against_strangers(strangers) >= self.model.review)
        scores, veto = self._decided(a[at], b[at], levels[:, at], strangers[:, at])
        near = np.flatnonzero(scores >= self.model.review)
        return at[near], scores[near], veto[near]

    def _lot(self, a: Ints, b: Ints) -> tuple[Floats, Bytes]:
        return self._decided(a, b, *self._compared(a, b))

    def _compared(self, a: Ints, b: Ints) -> tuple[Bytes, Floats]:
        """(levels, weights against strangers) of pairs."""
        levels = compare(self._table, a, b, self.weigher.known_names())
        return levels, self.weigher.strangers(a, b, levels)

    def _decided(self, a: Ints, b: Ints, levels: Bytes, strangers: Floats) -> tuple[Floats, Bytes]:
        """(scores, vetoes) of compared pairs."""
        weigher = self.weigher
        known = weigher.known_names()
        first = self._table.column("first")
        weights = Weights(strangers, weigher.household(a, b, levels))
        scores = weigher.scores(weights, levels)
        veto = rules.vetoes(
            weigher.fields,
            levels,
            weigher.personal(weights),
            weigher.personal(weights, "birth_date"),
            known[first[a]] & known[first[b]],
        )
        veto[(veto > 0) & one_household(weigher.fields, levels) & (scores <= -rules.SURE)] = Rule.TWO_PEOPLE
        veto[rules.two_numbers(self._table, self.model.exclusive, a, b)] = Rule.TWO_NUMBERS
        return scores, veto


_LOT: Final = 100_000  # pairs that are weighed at once


def train(
    parties: Sequence[Party],
    answers: Answers = training.NO_ANSWERS,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Model:
    """Learn a model from parties, without labels but those of ``answers`` (pairs of places in ``parties``).

    ``settings``: {system: whether it gives each person one number: yes, no or measured}.
    """
    with collector_paused():
        return learned(parties, answers, settings)[1]


def learned(
    parties: Sequence[Party],
    answers: Answers = training.NO_ANSWERS,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Table, Model]:
    """(the parties in columns, a model learned from them)"""
    facts, informative, own = training.facts_of(parties)
    table = Table(facts)
    fill(table, parties)
    training.forget_over_used(table)
    return table, training.learn(table, informative, own, answers=answers, settings=settings)


def fill(table: Table, parties: Sequence[Party]) -> None:
    """Append parties to a table, lot by lot: their compared forms need not be there all at once."""
    for start in range(0, len(parties), _PERSONS):
        table.add([person_of(party) for party in parties[start : start + _PERSONS]])


_PERSONS: Final = 20_000


def resolve(
    parties: Sequence[Party],
    model: Model | None = None,
    constraints: Constraints = NONE,
    progress: Progress | None = None,
    candidates: Candidates | None = None,
) -> Resolution:
    """Find the customers among ``parties``; a model is learned when none is given.

    ``candidates``: who finds the pairs worth weighing under a given model, where it is not this process; it may leave
    out pairs that cannot reach the review threshold, and no others.
    ``progress(stage, done, total)`` is called now and then: "train", "compare" (pairs), "group".
    """
    with collector_paused():
        return _resolve(parties, model, constraints, progress or (lambda stage, done, total: None), candidates)


@contextmanager
def collector_paused() -> Iterator[None]:
    """Millions of small values that all stay: the collector would walk them again and again and free nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _resolve(
    parties: Sequence[Party],
    model: Model | None,
    constraints: Constraints,
    tell: Progress,
    candidates: Candidates | None,
) -> Resolution:
    tell("train", 0, len(parties))
    if model is None:
        table, model = learned(parties)
    else:
        table = table_for(model)
        fill(table, parties)
    codes = candidates(table, model) if candidates else blocking.candidate_pairs(table, model.plan)
    tell("train", len(parties), len(parties))
    judge = Judge(model, table)
    pairs = weighed(judge, codes, progress=lambda done: tell("compare", done, len(codes)))
    tell("group", 0, len(parties))
    identifiers = [party.identifiers for party in parties]
    resolution = decided(judge, [(p.system, p.key) for p in parties], identifiers, pairs, constraints)
    tell("group", len(parties), len(parties))
    return resolution


@dataclass(frozen=True, slots=True)
class WeighedPairs:
    """Pairs (``lower << 32 | higher``, ascending) with score and veto."""

    codes: Ints
    scores: Floats
    veto: Bytes


def table_for(model: Model) -> Table:
    """A table with the columns of a model; what it reads as unknown is unknown there."""
    table = Table(model.facts)
    table.forget("birth", model.over_used_dates)
    return table


def weighed(judge: Judge, codes: Ints, progress: Callable[[int], None]) -> WeighedPairs:
    """Weigh pairs, lot by lot, and keep those that anything depends on: of a million records some of forty million."""
    kept: list[tuple[Ints, Floats, Bytes]] = [(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.uint8))]
    for start in range(0, len(codes), _LOT):
        lot = codes[start : start + _LOT]
        at, scores, veto = judge.likely(lot >> 32, lot & 0xFFFFFFFF)
        kept.append((lot[at], scores, veto))
        progress(min(start + _LOT, len(codes)))
    whole = [np.concatenate(parts) for parts in zip(*kept, strict=True)]
    return WeighedPairs(whole[0], whole[1], whole[2])


def decided(
    judge: Judge,
    records: Sequence[Record],
    identifiers: Sequence[tuple[Identifier, ...]],
    weighed: WeighedPairs,
    constraints: Constraints,
) -> Resolution:
    """Apply rules, thresholds and constraints to weighed pairs, and group."""
    model = judge.model
    place = {record: i for i, record in enumerate(records)}
    together = _constrained(constraints.together, place)
    apart = _constrained(constraints.apart, place)
    strong = strong_links(identifiers)
    added = np.setdiff1d(np.concatenate([strong, together, apart]), weighed.codes)
    scores, veto = judge(added >> 32, added & 0xFFFFFFFF)
    codes = np.concatenate([weighed.codes, added])
    order = np.argsort(codes, kind="stable")
    codes = codes[order]
    scores, veto = np.concatenate([weighed.scores, scores])[order], np.concatenate([weighed.veto, veto])[order]
    is_strong, is_together, is_apart = (np.isin(codes, kind) for kind in (strong, together, apart))
    veto[is_together] = 0
    veto[is_apart] = Rule.APART
    joins = ((scores >= model.auto) | (is_strong & (scores > -CONTRADICTED)) | is_together) & (veto == 0)
    at = np.flatnonzero(joins)
    where = {code: i for i, code in enumerate(codes[at].tolist())}
    tried = [where[code] for code in (*together.tolist(), *strong.tolist()) if code in where]

    def weigh(x: Ints, y: Ints) -> tuple[Floats, Bools, Bools]:
        found, bars = judge(x, y)
        both = np.minimum(x, y) << 32 | np.maximum(x, y)
        bars[np.isin(both, together)] = 0
        bars[np.isin(both, apart)] = Rule.APART
        return found, bars >= Rule.TWO_PEOPLE, bars > 0

    a, b = codes >> 32, codes & 0xFFFFFFFF
    # what a person put together is proven by him
    decided = {record for pair in constraints.together for record in pair}
    proven = np.array([record[0] not in constraints.unproven or record in decided for record in records], np.bool_)
    clusters = grouping.group(
        len(records), a[at], b[at], scores[at], np.array(tried, np.int64), order_of(records), weigh, model.auto, proven
    )
    names = np.where(is_together, Rule.TOGETHER, np.where(veto > 0, veto, np.where(is_strong, Rule.SAME_NUMBER, 0)))
    shown = np.flatnonzero((scores >= model.review) | is_strong | is_together | is_apart)
    return Resolution(clusters, _edges(a, b, scores, names, joins, shown), model)


def _edges(a: Ints, b: Ints, scores: Floats, names: Ints, joins: Bools, shown: Ints) -> list[Edge]:
    texts = [rule.name.lower() for rule in Rule]
    shown = shown[np.argsort(-scores[shown], kind="stable")]
    decision = np.where(joins, "auto", np.where(names == Rule.APART, "no", "review"))
    return [
        Edge(x, y, weight, texts[rule], said)
        for x, y, weight, rule, said in zip(
            a[shown].tolist(),
            b[shown].tolist(),
            scores[shown].tolist(),
            names[shown].tolist(),
            decision[shown].tolist(),
            strict=True,
        )
    ]


def _constrained(pairs: Sequence[tuple[Record, Record]], place: dict[Record, int]) -> Ints:
    """Pairs of records as ``lower << 32 | higher``, in their own fixed order; what is not there is left out."""
    found = []
    for one, other in sorted(tuple(sorted(pair)) for pair in pairs):
        if one in place and other in place and one != other:
            i, j = sorted((place[one], place[other]))
            found.append(i << 32 | j)
    return np.array(list(dict.fromkeys(found)), np.int64)


def strong_links(identifiers: Sequence[tuple[Identifier, ...]]) -> Ints:
    """Pairs of records that share a strong identifier, as ``lower << 32 | higher``, in the order they are tried in."""
    # most are nobody else's: which hashes occur twice is found out first, so that only those need a list
    marks = np.fromiter(
        (hash((one.kind, one.issuer, one.value)) for several in identifiers for one in several), np.int64
    )
    marks.sort()
    twice = set(marks[1:][marks[1:] == marks[:-1]].tolist())
    sharing: dict[tuple[int, str, str, str], list[int]] = {}
    for i, several in enumerate(identifiers):
        for one in several:
            strong = one.strength == Strength.STRONG or one.verified
            if strong and hash((one.kind, one.issuer, one.value)) in twice:
                sharing.setdefault((WEAKER.get(one.kind, 0), one.kind, one.issuer, one.value), []).append(i)
    found: dict[int, None] = {}
    for key in sorted(key for key, group in sharing.items() if 2 <= len(group) <= OVERUSED):
        group = sharing[key]
        for place, i in enumerate(group):
            for j in group[place + 1 :]:
                if i != j:
                    found.setdefault(i << 32 | j if i < j else j << 32 | i)
    return np.array(list(found), np.int64)


def order_of(records: Sequence[Record]) -> Ints:
    """The place of each record in the fixed order: by the digest of its system and key."""
    digests = [
        blake2b(f"{system}\x1f{key}".encode("utf-8", "surrogatepass"), digest_size=12).digest()
        for system, key in records
    ]
    place = np.zeros(len(records), np.int64)
    place[sorted(range(len(records)), key=digests.__getitem__)] = np.arange(len(records))
    return place
