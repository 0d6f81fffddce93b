"""How many records may share a blocking key of each kind, learned from the records themselves.

A key that forty records share gives each of them 39 candidates. Whether it finds anybody whom no other key finds
depends on the data: where a person has ten records and every name is misspelt, it does; among a million customers it
costs most of the time and finds nobody. So what each kind finds in groups of each size is counted on the candidate
pairs that the model was learned from, and the sizes that cost most for what they find are given up one after another,
as long as hardly anything is lost. No truth is needed: "found" is what a person would at least be asked about.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from rundblick.customers.matching.blocking import OVERUSED, VALUES, Keys, Plan, key_kinds
from rundblick.customers.matching.table import Bools, Bytes, Ints, Table

SIZES: Final = (0, 5, 10, 20, 40, OVERUSED)  # limits that are tried
FEWEST: Final = 1  # place in SIZES of the limit that a kind keeps which is not coarse: what comes later may need it
WORTH: Final = 0.004  # pairs found of those weighed, of the pairs that no other key finds, below which a size goes
LOST: Final = 0.003  # of all pairs found: more is not given up altogether
ENOUGH: Final = 20_000  # candidate pairs below which there is nothing to spare


def limits(table: Table, plan: Plan, a: Ints, b: Ints, found: Bools) -> dict[str, int]:
    """{kind of key: most records of one key}, of the kinds where it is less than usual.

    a, b   candidate pairs of the table under ``plan``, or a sample of them
    found  which of them are worth a person's look
    """
    if len(a) < ENOUGH:
        return {}
    kinds = list(key_kinds(table, plan))
    bands = [_bands(keys, a, b) for keys in kinds]
    usual = [int(np.searchsorted(SIZES, keys.most)) for keys in kinds]
    least = [usual[i] if keys.name in VALUES else 0 if keys.coarse else FEWEST for i, keys in enumerate(kinds)]
    kept = _worth(bands, usual, least, found)
    return {keys.name: SIZES[now] for keys, now, then in zip(kinds, kept, usual, strict=True) if now < then}


def _bands(keys: Keys, a: Ints, b: Ints) -> Bytes:
    """In how large a group each pair shares a key of one kind: the place in SIZES, 0 where it shares none."""
    values = np.concatenate([column[column != 0] for column in keys.columns])
    found = np.zeros(len(a), np.uint8)
    if not len(values):
        return found
    values, counts = np.unique(values, return_counts=True)
    size = np.searchsorted(SIZES, counts).astype(np.uint8)
    for mine in keys.columns:
        for theirs in keys.columns:
            at = np.flatnonzero((mine[a] != 0) & (mine[a] == theirs[b]) & (found == 0))
            band = size[np.searchsorted(values, mine[a[at]])]
            found[at] = np.where(band <= np.searchsorted(SIZES, keys.most), band, 0)
    return found


def _worth(bands: Sequence[Bytes], usual: Sequence[int], least: Sequence[int], found: Bools) -> list[int]:
    """The limits (places in SIZES) that remain, of each kind, when what costs most for what it finds is given up."""
    now = list(usual)
    finders: npt.NDArray[np.int16] = np.sum([band > 0 for band in bands], axis=0, dtype=np.int16)
    spare = LOST * float(found.sum())
    while True:
        alone = finders == 1
        best, best_worth, best_loss = -1, WORTH, 0
        for i, band in enumerate(bands):
            if now[i] <= least[i]:
                continue
            at = alone & (band == now[i])
            cost, gain = int(at.sum()), int((at & found).sum())
            worth = gain / cost if cost else 0.0
            if worth < best_worth and gain <= spare:
                best, best_worth, best_loss = i, worth, gain
        if best < 0:
            return now
        finders -= bands[best] == now[best]
        spare -= best_loss
        now[best] -= 1
