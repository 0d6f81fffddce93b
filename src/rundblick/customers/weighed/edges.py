"""From parties to the edges between them: what a model says of every pair that anything depends on. No database.

Kept are the pairs that a person may be asked about, and every pair of records that can become one customer by weights,
shared identifiers and decisions: ``customers.clusters`` groups them by these alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np

from rundblick.customers.clusters import OVERUSED, Link, in_order
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
from rundblick.customers.matching.table import Bools, Ints, Table
from rundblick.customers.weighed.keeping import shared_values_only
from rundblick.customers.weighed.parties import UNPROVEN, Known

Progress = Callable[[str, int, int], None]
LARGEST: Final = grouping.LARGEST  # records of a component of which every pair is kept
DECIMALS: Final = 3  # of a weight


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be said of two records: see MatchEdge."""

    weight: float
    rule: str
    decision: str


SURE: Final = 10.0  # bits (1,000 : 1) from which two numbers of one system count as one person's
TWICE: Final = 0.005  # share of a system's records from which it is seen to know people twice


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
    with collector_paused():
        return _learn(known, progress, answers, settings)


def _learn(known: Known, progress: Progress, answers: Answers, settings: Mapping[str, str]) -> Model:
    progress("train", 0, len(known))
    table, model = learned(known.parties, answers, settings)
    codes = blocking.candidate_pairs(table, model.plan)
    model = shared_values_only(model, table)
    systems = numbers_of_systems(table, weighed(Judge(model, table), codes, lambda done: None), settings)
    repeating = tuple(one.system for one in systems if not one.exclusive)
    exclusive = tuple(system for system in model.exclusive if system not in repeating)
    own_records = {one.system for one in systems}
    numbers = (*systems, *(one for one in model.origin.numbers if one.system not in own_records))
    progress("train", len(known), len(known))
    return msgspec.structs.replace(
        model,
        exclusive=exclusive,
        repeating=repeating,
        learned=msgspec.structs.replace(
            model.origin, numbers=tuple(one for one in numbers if one.system not in UNPROVEN)
        ),
    )


def numbers_of_systems(table: Table, pairs: WeighedPairs, settings: Mapping[str, str]) -> tuple[Numbers, ...]:
    """Of each system whose records have numbers: whether two of its numbers keep people apart, as far as the data show
    or ``settings`` say.

    They do not where more than ``TWICE`` of their records have another one of the same system that is the same person
    at odds of over 1,000 : 1. Where nothing shows it, a system's numbers keep people apart.
    """
    system = table.column("system")
    names = table.values["system"].texts.array
    a, b = pairs.codes >> 32, pairs.codes & 0xFFFFFFFF
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
    together: Iterable[Sequence[int]] = (),
    progress: Progress = lambda *_: None,
    candidates: Candidates | None = None,
) -> dict[tuple[int, int], Wanted]:
    """{(record, higher record): what is said of them}; ``together``: sets of records that people put together.

    ``candidates``: who finds the pairs worth weighing, where it is not this process (customers.on_spark); it may leave
    out pairs that cannot reach the review threshold, and no others.
    A function of records, model and decisions: the order in which records came changes nothing.
    """
    with collector_paused():
        return _edges(known, model, together, progress, candidates)


def _edges(
    known: Known,
    model: Model,
    together: Iterable[Sequence[int]],
    progress: Progress,
    candidates: Candidates | None,
) -> dict[tuple[int, int], Wanted]:
    n = len(known)
    table = table_for(model)
    fill(table, known.parties)
    judge = Judge(model, table)
    codes = candidates(table, model) if candidates else blocking.candidate_pairs(table, model.plan)
    total = len(codes)
    pairs = weighed(judge, codes, lambda done: progress("compare", done, total))
    codes, scores, veto = pairs.codes, pairs.scores, pairs.veto
    place = known.places()
    strong = _pairs(_sharing(known.links), place)
    bound = np.union1d(strong, _pairs(together, place))
    joins = (scores >= model.auto) & (veto == 0)
    # of a crowd that all resemble each other only the strongest pairs join
    at = np.flatnonzero(joins)
    records, labels = grouping.bounded_components(n, codes[at] >> 32, codes[at] & 0xFFFFFFFF, scores[at])
    label = np.full(n, -1, np.int64)
    label[records] = labels
    sides = label[codes >> 32], label[codes & 0xFFFFFFFF]
    joins &= (sides[0] == sides[1]) & (sides[0] >= 0)
    joining = codes[joins]
    inside = _inside(n, np.concatenate([joining, bound]))
    wanted = np.union1d(np.union1d(inside, codes[scores >= model.review]), bound)
    fresh = np.setdiff1d(wanted, codes)
    more, bars = judge(fresh >> 32, fresh & 0xFFFFFFFF)
    codes, first = np.unique(np.concatenate([codes, fresh]), return_index=True)
    scores, veto = np.concatenate([scores, more])[first], np.concatenate([veto, bars])[first]
    kept = np.isin(codes, wanted)
    codes, scores, veto = codes[kept], scores[kept], veto[kept]
    is_strong = np.isin(codes, strong)
    # a pair that no key found, inside a component: it is weighed, and joins like the others
    label_a, label_b = label[codes >> 32], label[codes & 0xFFFFFFFF]
    joins = (scores >= model.auto) & (veto == 0) & ((label_a == label_b) | is_strong) & (label_a >= 0)
    names = np.where(veto > 0, veto, np.where(is_strong, Rule.SAME_NUMBER, Rule.WEIGHT))
    texts = [rule.name.lower() for rule in Rule]
    found: dict[tuple[int, int], Wanted] = {}
    ids = known.ids
    for code, score, rule, auto, shares in zip(
        codes.tolist(), scores.tolist(), names.tolist(), joins.tolist(), (is_strong & (veto == 0)).tolist(), strict=True
    ):
        one, other = ids[code >> 32], ids[code & 0xFFFFFFFF]
        said = "auto" if auto else "review" if score >= model.review else "no"
        contradicted = shares and score <= -CONTRADICTED
        found[min(one, other), max(one, other)] = Wanted(
            round(score, DECIMALS), "contradicted" if contradicted else texts[rule], said
        )
    return found


def _sharing(links: Sequence[Link]) -> list[list[int]]:
    """Records that share a strong identifier, value by value; over-used ones left out."""
    shared: dict[bytes, set[int]] = {}
    for link in in_order(links):
        shared.setdefault(link.digest, set()).add(link.record)
    return [sorted(records) for records in shared.values() if 2 <= len(records) <= OVERUSED]


def _pairs(sets: Iterable[Sequence[int]], place: dict[int, int]) -> Ints:
    """All pairs inside sets of records, ``lower << 32 | higher`` place, each once, ascending."""
    found: list[Ints] = [np.zeros(0, np.int64)]
    for records in sets:
        at = np.array(sorted(place[record] for record in records if record in place), np.int64)
        i, j = np.triu_indices(len(at), 1)
        found.append(at[i] << 32 | at[j])
    return np.unique(np.concatenate(found))


def _inside(n: int, reaching: Ints) -> Ints:
    """Every pair of records of one component; of very large components the pairs that reach alone."""
    records, labels = grouping.components(n, reaching >> 32, reaching & 0xFFFFFFFF)
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
    return np.unique(np.concatenate(found))
