"""From weighed pairs to customers: the pairs that hold, taken in a fixed order, under all vetoes.

Records that reach each other over joining pairs form a component. Inside a component every pair is weighed, and the
records are put together in this order: what a person put together, what a strong identifier joins, then by weight:
again and again the two groups whose mean weight is highest, as long as one of their pairs reaches the threshold and
the mean does not speak clearly against it. Groups with a veto between any two of their records stay apart. Ties fall
by the records' digests, so the result depends on the set alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from rundblick.customers.matching.table import Bools, Floats, Ints

LARGEST: Final = 300  # records of a component in which every pair is weighed
CLIP: Final = 10.0  # bits that one pair adds to the mean of two groups at most, for or against
MEAN: Final = -5.0  # bits: two groups whose pairs speak against it more than this on average stay apart

# (a, b) -> (scores, pairs that may not be in one group, pairs that do not join by themselves)
Weigh = Callable[[Ints, Ints], tuple[Floats, Bools, Bools]]


def components(n: int, a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Components of at least two records: (records, component of each), records of one component side by side."""
    if not len(a):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    touched = np.unique(np.concatenate([a, b]))
    labels = label[touched].astype(np.int64)
    order = np.argsort(labels, kind="stable")
    return touched[order], labels[order]


def against_rivals(scores: Floats, two: Bools) -> Floats:
    """Scores of one component's pairs (n, n) when a record can belong to one of several people only.

    A record that resembles a and b, who are ``two`` people, is either a's or b's: the odds that it is a's are
    2^s(a) : 1 + 2^s(b). So the score of the pair sinks by log2(1 + 2^s(b)), for the strongest such b, seen from either
    side.
    """
    if not two.any():
        return scores
    n = len(scores)
    odds = np.where(np.eye(n, dtype=np.bool_), -np.inf, scores)
    # strongest rival of each pair (x, a): the highest s(x, b) with b another person than a
    rival = np.where(two[None, :, :], odds[:, None, :], -np.inf).max(axis=2)
    rival = np.maximum(rival, rival.T)
    lowered: Floats = scores - np.log2(1.0 + np.exp2(np.clip(rival, -60, 60)))
    return lowered


def merge(
    scores: Floats,
    veto: Bools,
    joined: Sequence[tuple[int, int]],
    least: float,
    proven: Bools | None = None,
    held: Bools | None = None,
) -> list[list[int]]:
    """Groups of the records 0..n-1 of one component.

    scores  (n, n), symmetric
    veto    (n, n), symmetric: pairs that may not be in one group
    joined  pairs that are put together before any weight counts, in this order, unless a veto is between
    least   the score that the best pair of two groups must reach
    proven  (n,): records that may join two groups. One that nobody proved (a web form) goes to a group, but two groups
            that hold proven records join by proven ones only. Default: all are proven
    held    (n, n), symmetric: pairs that never join by themselves (a rule says so), though they may be in one group
            because of others; their weight counts in the mean, but it is no reason to join. Default: none
    """
    n = len(scores)
    has_proof = np.ones(n, np.bool_) if proven is None else proven.copy()
    both_proven = np.outer(has_proof, has_proof)
    groups: list[list[int]] = [[i] for i in range(n)]
    lowered = against_rivals(scores, veto) if n <= 60 else scores
    total = np.clip(lowered, -CLIP, CLIP)
    best = lowered.copy() if held is None else np.where(held, -np.inf, lowered)
    best_proven = np.where(both_proven, best, -np.inf)
    barred = veto | np.eye(n, dtype=np.bool_)
    size = np.ones(n)
    at = list(range(n))

    def join(i: int, j: int) -> None:
        i, j = min(i, j), max(i, j)
        groups[i] += groups[j]
        for record in groups[j]:
            at[record] = i
        groups[j] = []
        total[i] += total[j]
        total[:, i] += total[:, j]
        np.maximum(best[i], best[j], out=best[i])
        best[:, i] = best[i]
        np.maximum(best_proven[i], best_proven[j], out=best_proven[i])
        best_proven[:, i] = best_proven[i]
        has_proof[i] |= has_proof[j]
        barred[i] |= barred[j]
        barred[:, i] = barred[i]
        barred[j] = barred[:, j] = True
        size[i] += size[j]

    for x, y in joined:
        i, j = at[x], at[y]
        if i != j and not barred[i, j] and (both_proven[x, y] or not (has_proof[i] and has_proof[j])):
            join(i, j)
    while True:
        mean = total / np.outer(size, size)
        strongest = np.where(np.outer(has_proof, has_proof), best_proven, best)
        mean[barred | (strongest < least) | (mean < MEAN)] = -np.inf
        i, j = divmod(int(mean.argmax()), n)
        if mean[i, j] == -np.inf:
            break
        join(i, j)
    return [sorted(group) for group in groups if group]


def bounded_components(n: int, a: Ints, b: Ints, weight: Floats, largest: int = LARGEST) -> tuple[Ints, Ints]:
    """Components of at most ``largest`` records: a larger one loses its weakest pairs, two bits at a time.

    So many records that all resemble each other are no person; what is left of them joins by its strongest pairs.
    """
    kept = np.ones(len(a), np.bool_)
    level = float(weight.min()) if len(weight) else 0.0
    while True:
        records, labels = components(n, a[kept], b[kept])
        sizes = np.bincount(labels) if len(labels) else np.zeros(1, np.int64)
        if sizes.max() <= largest:
            return records, labels
        level += 2.0
        of = np.full(n, -1, np.int64)
        of[records] = labels
        kept &= ~((sizes[of[a]] > largest) & (of[a] >= 0) & (weight < level))


def group(
    n: int,
    a: Ints,
    b: Ints,
    weight: Floats,
    strong: Ints,
    order: Ints,
    weigh: Weigh,
    least: float,
    proven: Bools | None = None,
) -> list[list[int]]:
    """Customers among ``n`` records.

    a, b    pairs that join (scores high enough or a strong identifier in common, no veto between them)
    weight  their scores
    strong  indices into them: strong ones, in the order in which they are tried
    order   place of each record in the fixed order
    proven  see ``merge``
    """
    records, labels = bounded_components(n, a, b, weight)
    groups: list[list[int]] = []
    single = np.ones(n, np.bool_)
    single[records] = False
    groups += [[i] for i in np.flatnonzero(single).tolist()]
    if not len(records):
        return groups
    by_order = np.lexsort((order[records], labels))
    records, labels = records[by_order], labels[by_order]
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    ends = np.r_[starts[1:], len(labels)]
    place = np.zeros(n, np.int64)
    place[records] = np.arange(len(records)) - np.repeat(starts, ends - starts)
    which = np.zeros(n, np.int64)
    which[records] = np.repeat(np.arange(len(starts)), ends - starts)
    joined: dict[int, list[tuple[int, int]]] = {}
    for x, y in zip(a[strong].tolist(), b[strong].tolist(), strict=True):
        if which[x] == which[y] and not (single[x] or single[y]):
            joined.setdefault(int(which[x]), []).append((int(place[x]), int(place[y])))
    sizes = ends - starts
    for lot in _lots(sizes):
        xs, ys = [], []
        for c in lot:
            i, j = triangle(int(sizes[c]))
            xs.append(records[starts[c] + i])
            ys.append(records[starts[c] + j])
        scores, veto, held = weigh(np.concatenate(xs), np.concatenate(ys))
        at = 0
        for c in lot:
            m = int(sizes[c])
            k = m * (m - 1) // 2
            members = records[starts[c] : ends[c]]
            parts = _part(
                scores[at : at + k],
                veto[at : at + k],
                held[at : at + k],
                joined.get(c, []),
                least,
                np.ones(m, np.bool_) if proven is None else proven[members],
            )
            groups += [members[part].tolist() for part in parts]
            at += k
    return groups


def _part(
    scores: Floats, veto: Bools, held: Bools, joined: list[tuple[int, int]], least: float, proven: Bools
) -> list[list[int]]:
    m = len(proven)
    if not veto.any() and ((scores.min() >= least and not held.any()) or (m == 2 and joined)):
        return [list(range(m))]  # nothing speaks against anything
    square = np.zeros((m, m))
    i, j = triangle(m)
    square[i, j] = square[j, i] = scores
    bar, hold = np.zeros((m, m), np.bool_), np.zeros((m, m), np.bool_)
    bar[i, j] = bar[j, i] = veto
    hold[i, j] = hold[j, i] = held
    return merge(square, bar, joined, least, proven, hold)


@lru_cache(maxsize=64)
def triangle(n: int) -> tuple[Ints, Ints]:
    """All pairs i < j of 0..n-1: the rows, the columns."""
    i, j = np.triu_indices(n, 1)
    return i, j


def _lots(sizes: Ints, most: int = 500_000) -> list[list[int]]:
    """Components in lots of about ``most`` pairs."""
    lots: list[list[int]] = [[]]
    load = 0
    for c, size in enumerate(sizes.tolist()):
        pairs = size * (size - 1) // 2
        if load and load + pairs > most:
            lots.append([])
            load = 0
        lots[-1].append(c)
        load += pairs
    return lots
