"""From parties to the edges between them: what a model says of every pair that anything depends on. No database.

Kept are the pairs that a person may be asked about, and every pair of records that can become one customer by weights,
shared identifiers and decisions: ``customers.clusters`` groups them by these alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np

from rundblick.customers.clusters import OVERUSED, UNPROVEN, Link
from rundblick.customers.matching import Model, blocking, grouping, training
from rundblick.customers.matching.answers import Answers
from rundblick.customers.matching.engine import (
    CONTRADICTED,
    Candidates,
    Judge,
    WeighedPairs,
    collector_paused,
    fill,
    learned,
    table_for,
    weighed,
)
from rundblick.customers.matching.model import Numbers
from rundblick.customers.matching.rules import Rule
from rundblick.customers.matching.table import Bools, Bytes, Floats, Ints, Table
from rundblick.customers.weighed.keeping import shared_values_only
from rundblick.customers.weighed.parties import Known

Progress = Callable[[str, int, int], None]
LARGEST: Final = grouping.LARGEST  # records of a component of which every pair is kept
DECIMALS: Final = 3  # of a weight
RULES: Final = (*(rule.name.lower() for rule in Rule), "contradicted")
DECISIONS: Final = ("no", "review", "auto")
_LOW: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be said of two records: see MatchEdge."""

    weight: float
    rule: str
    decision: str


SURE: Final = 10.0  # bits (1,000 : 1) from which two numbers of one system count as one person's
TWICE: Final = 0.005  # share of a system's records from which it is seen to know people twice


@dataclass(frozen=True, slots=True)
class Prepared:
    """What learning leaves behind for the edges: the records in columns, and what is kept of their pairs, weighed."""

    table: Table
    pairs: WeighedPairs


def learn(
    known: Known,
    progress: Progress,
    answers: Answers = training.NO_ANSWERS,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Model:
    """A model of these parties, from ``answers`` of people and else without labels; it names no value that only one
    person's records carry.

    settings  {system: whether it gives each person one number: yes, no or measured (the default)}
    """
    return prepare(known, progress, answers, settings)[0]


def prepare(
    known: Known,
    progress: Progress,
    answers: Answers = training.NO_ANSWERS,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Model, Prepared]:
    """A model as by ``learn``, and what ``said_of`` the same parties need not work out again."""
    with collector_paused():
        return _learn(known, progress, answers, settings)


def _learn(known: Known, progress: Progress, answers: Answers, settings: Mapping[str, str]) -> tuple[Model, Prepared]:
    progress("train", 0, len(known))
    table, model = learned(known.parties, answers, settings)
    codes = blocking.candidate_pairs(table, model.plan)
    model = shared_values_only(model, table)
    table.forget_weights()
    progress("train", len(known), len(known))
    pairs = weighed(Judge(model, table), codes, lambda done: progress("compare", done, len(codes)))
    systems = numbers_of_systems(table, pairs, settings)
    repeating = tuple(one.system for one in systems if not one.exclusive)
    exclusive = tuple(system for system in model.exclusive if system not in repeating)
    own_records = {one.system for one in systems}
    numbers = (*systems, *(one for one in model.origin.numbers if one.system not in own_records))
    used = msgspec.structs.replace(
        model,
        exclusive=exclusive,
        repeating=repeating,
        learned=msgspec.structs.replace(
            model.origin, numbers=tuple(one for one in numbers if one.system not in UNPROVEN)
        ),
    )
    if exclusive != model.exclusive:  # numbers that keep nobody apart any more hid what else stands between a pair
        at = np.flatnonzero(pairs.veto == Rule.TWO_NUMBERS)
        pairs.scores[at], pairs.veto[at] = Judge(used, table)(pairs.codes[at] >> 32, pairs.codes[at] & _LOW)
    return used, Prepared(table, pairs)


def numbers_of_systems(table: Table, pairs: WeighedPairs, settings: Mapping[str, str]) -> tuple[Numbers, ...]:
    """Of each system whose records have numbers: whether two of its numbers keep people apart, as far as the data show
    or ``settings`` say.

    They do not where more than ``TWICE`` of their records have another one of the same system that is the same person
    at odds of over 1,000 : 1. Where nothing shows it, a system's numbers keep people apart.
    """
    system = table.column("system")
    names = table.values["system"].texts.array
    a, b = pairs.codes >> 32, pairs.codes & _LOW
    sure = (system[a] == system[b]) & (pairs.scores >= SURE) & (pairs.veto == 0)
    records = np.bincount(system, minlength=len(names))
    again = np.bincount(system[np.unique(np.concatenate([a[sure], b[sure]]))], minlength=len(names))
    found = []
    for i in np.flatnonzero(records).tolist():
        said = settings.get(str(names[i]), "measured")
        exclusive = said == "yes" or (said == "measured" and bool(again[i] <= TWICE * records[i]))
        found.append(Numbers(str(names[i]), int(records[i]), int(again[i]), exclusive, said))
    return tuple(sorted(found, key=lambda one: one.system))


def edges(
    known: Known,
    model: Model,
    together: Iterable[Collection[int]] = (),
    progress: Progress = lambda *_: None,
    candidates: Candidates | None = None,
) -> dict[tuple[int, int], Wanted]:
    """{(record, higher record): what is said of them}; ``together``: sets of records that people put together.

    ``candidates``: who finds the pairs worth weighing, where it is not this process (customers.on_spark); it may leave
    out pairs that cannot reach the review threshold, and no others.
    A function of records, model and decisions: the order in which records came changes nothing.
    """
    return said_of(known, model, together, progress, candidates=candidates).wanted(known.ids)


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of pairs of records, in columns, and which pairs bind them whatever is said.

    codes      ``lower << 32 | higher`` place, each once, ascending
    weights    rounded; ``rules``: places in ``RULES``, ``decisions``: in ``DECISIONS``
    bound      pairs that share a strong identifier or that people put together
    """

    codes: Ints
    weights: Floats
    rules: Ints
    decisions: Ints
    bound: Ints

    def wanted(self, ids: Sequence[int]) -> dict[tuple[int, int], Wanted]:
        """{(record, higher record): what is said of them}; ``ids``: the record at each place."""
        found: dict[tuple[int, int], Wanted] = {}
        for code, weight, rule, decision in zip(
            self.codes.tolist(), self.weights.tolist(), self.rules.tolist(), self.decisions.tolist(), strict=True
        ):
            one, other = ids[code >> 32], ids[code & _LOW]
            found[min(one, other), max(one, other)] = Wanted(weight, RULES[rule], DECISIONS[decision])
        return found


def said_of(
    known: Known,
    model: Model,
    together: Iterable[Collection[int]] = (),
    progress: Progress = lambda *_: None,
    prepared: Prepared | None = None,
    candidates: Candidates | None = None,
) -> Said:
    """What a model says of all pairs of these records that anything depends on.

    ``prepared``: what learning this model from these records left behind; ``candidates``: see ``edges``.
    """
    if prepared is None:
        prepared = weighed_by(model, known, progress, candidates)
    with collector_paused():
        return _said(known, Judge(model, prepared.table), prepared.pairs, together)


def weighed_by(
    model: Model, known: Known, progress: Progress = lambda *_: None, candidates: Candidates | None = None
) -> Prepared:
    """These records as a model that is there reads them, and their pairs, weighed; ``candidates``: see ``edges``."""
    with collector_paused():
        table = read_by(model, known)
        codes = candidates(table, model) if candidates else blocking.candidate_pairs(table, model.plan)
        judge = Judge(model, table)
        return Prepared(table, weighed(judge, codes, lambda done: progress("compare", done, len(codes))))


def read_by(model: Model, known: Known) -> Table:
    """These records in columns, as a model reads them."""
    table = table_for(model)
    fill(table, known.parties)
    return table


def edges_among(
    known: Known, judge: Judge, codes: Ints, together: Iterable[Collection[int]] = ()
) -> dict[tuple[int, int], Wanted]:
    """What ``said_of`` says of some records, the rows of the judge's table, in the order of their ids.

    codes  their candidate pairs, ``lower << 32 | higher`` row, each once, ascending
    """
    return _said(known, judge, weighed(judge, codes, lambda _done: None), together).wanted(known.ids)


def _in_order(codes: Ints, scores: Floats, veto: Bytes) -> WeighedPairs:
    order = np.argsort(codes, kind="stable")
    return WeighedPairs(codes[order], scores[order], veto[order])


def _among(codes: Ints, ascending: Ints) -> Bools:
    """Which of ``codes`` are among values in ascending order."""
    if not len(ascending):
        return np.zeros(len(codes), np.bool_)
    place = np.minimum(np.searchsorted(ascending, codes), len(ascending) - 1)
    found: Bools = ascending[place] == codes
    return found


def _said(known: Known, judge: Judge, pairs: WeighedPairs, together: Iterable[Collection[int]]) -> Said:
    n, model = len(known), judge.model
    codes, scores, veto = pairs.codes, pairs.scores, pairs.veto
    place = known.places()
    strong = _pairs(_sharing(known.links), place)
    bound = blocking.distinct(np.concatenate([strong, _pairs(together, place)]))
    joins = (scores >= model.auto) & (veto == 0)
    # of a crowd that all resemble each other only the strongest pairs join
    at = np.flatnonzero(joins)
    records, labels = grouping.bounded_components(n, codes[at] >> 32, codes[at] & _LOW, scores[at])
    label = np.full(n, -1, np.int64)
    label[records] = labels
    sides = label[codes >> 32], label[codes & _LOW]
    joins &= (sides[0] == sides[1]) & (sides[0] >= 0)
    inside = _inside(n, np.concatenate([codes[joins], bound]))
    wanted = blocking.distinct(np.concatenate([inside, codes[scores >= model.review], bound]))
    fresh = wanted[~_among(wanted, codes)]
    more, bars = judge(fresh >> 32, fresh & _LOW)
    kept = _among(codes, wanted)
    whole = _in_order(
        np.concatenate([codes[kept], fresh]),
        np.concatenate([scores[kept], more]),
        np.concatenate([veto[kept], bars]),
    )
    codes, scores, veto = whole.codes, whole.scores, whole.veto
    is_strong = _among(codes, strong)
    # a pair that no key found, inside a component: it is weighed, and joins like the others
    label_a, label_b = label[codes >> 32], label[codes & _LOW]
    joins = (scores >= model.auto) & (veto == 0) & ((label_a == label_b) | is_strong) & (label_a >= 0)
    rules = np.where(veto > 0, veto, np.where(is_strong, Rule.SAME_NUMBER, Rule.WEIGHT)).astype(np.int64)
    rules[is_strong & (veto == 0) & (scores <= -CONTRADICTED)] = len(RULES) - 1
    decisions = np.where(joins, 2, np.where(scores >= model.review, 1, 0))
    return Said(codes, np.round(scores, DECIMALS), rules, decisions, bound)


def _sharing(links: Sequence[Link]) -> list[list[int]]:
    """Records that share a strong identifier, value by value; over-used ones left out."""
    first: dict[bytes, int] = {}
    shared: dict[bytes, set[int]] = {}
    for link in links:
        before = first.setdefault(link.digest, link.record)
        if before != link.record:  # most are nobody else's: only the others need a set
            shared.setdefault(link.digest, {before}).add(link.record)
    return [sorted(records) for records in shared.values() if len(records) <= OVERUSED]


def _pairs(sets: Iterable[Collection[int]], place: dict[int, int]) -> Ints:
    """All pairs inside sets of records, ``lower << 32 | higher`` place, each once, ascending."""
    found: list[int] = []
    for records in sets:
        at = sorted(place[record] for record in records if record in place)
        found += [one << 32 | other for i, one in enumerate(at) for other in at[i + 1 :]]
    return blocking.distinct(np.array(found, np.int64))


def _inside(n: int, reaching: Ints) -> Ints:
    """Every pair of records of one component; of very large components the pairs that reach alone."""
    records, labels = grouping.components(n, reaching >> 32, reaching & _LOW)
    found: list[Ints] = [np.zeros(0, np.int64)]
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]]) if len(labels) else np.zeros(0, np.int64)
    sizes = np.diff(np.r_[starts, len(labels)])
    large: Bools = np.zeros(n, np.bool_)
    for size in np.unique(sizes).tolist():
        group = records[starts[sizes == size][:, None] + np.arange(size)]
        if size > LARGEST:
            large[group.ravel()] = True
            continue
        group = np.sort(group, axis=1)
        i, j = np.triu_indices(size, 1)
        found.append((group[:, i] << 32 | group[:, j]).ravel())
    found.append(reaching[large[reaching >> 32]])
    return blocking.distinct(np.concatenate(found))
