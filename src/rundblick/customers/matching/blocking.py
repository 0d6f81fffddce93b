"""Which pairs of records are worth comparing: those that share a key, of keys that few share.

A key is a combination of normal forms (the sound of the last name with the birth date, the postcode with the sound of
the first name ...). A key that more than ``OVERUSED`` records have says nothing and drops out by itself, so the
candidates of a record are bounded however large the table grows; the more special keys beside it go on. Coarse keys
drop out sooner: they find the badly spelt in small tables and cost nothing in large ones. What a key is depends on the
record and the model alone, so the pairs depend on the set of records alone, and a key is the same number in every
process: the database finds records by what the engine finds them by (customers.weighed.index).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rundblick.customers.matching.table import EMAILS, HOME, OWN, Bools, Codes, Ints, Table

OVERUSED: Final = 60  # records of one key
COARSE: Final = 20  # records of one coarse key

# parts of keys: F L sound of the first/last name, f l their initials, X last name, N both names' sounds in either
# order, B birth date (day and month in either order), Y year, M day and month, P postcode, C city, S street, H street
# and house number
KEYS: Final = ("N", "NY", "NP", "BL", "BF", "B", "PL", "PF", "HP", "HC", "HF", "ML", "MF", "YL", "Xf")
COARSE_KEYS: Final = ("P", "YC", "YF", "CF", "CL", "SC", "flY", "flC")
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_SEED: Final = 0xD1B54A32D192ED03  # kinds of keys lie far apart
_MASK: Final = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Keys:
    """One kind of key: arrays with the key of every record, 0 where a part is unknown; ``most``: records of one key.

    There are several arrays where a record can have several keys of a kind (two mail addresses).
    """

    columns: tuple[Ints, ...]
    most: int
    coarse: bool = False


def key_kinds(table: Table, informative: Sequence[str], rows: slice = slice(None)) -> Iterator[Keys]:
    """The keys of the records ``rows`` of the table, kind by kind.

    ``informative``: further facts whose values are special enough to be a key of their own.
    """
    parts = _parts(table, rows)
    kind = 0
    for name in KEYS:
        kind += 1
        yield Keys((_mixed(kind, [array for part in name for array in parts[part]]),), OVERUSED)
    for name in COARSE_KEYS:
        kind += 1
        yield Keys((_mixed(kind, [array for part in name for array in parts[part]]),), COARSE, coarse=True)
    for columns in (EMAILS, OWN + HOME, ("local",)):
        kind += 1
        found = [table.marks(name, rows) for name in columns]
        yield Keys(tuple(_mixed(kind, [column]) for i, column in enumerate(found) if i == 0 or column.any()), OVERUSED)
    for name in table.facts:
        kind += 1
        column = table.marks("fact:" + name, rows)
        yield Keys((_mixed(kind, [column] if name in informative else [column, *parts["N"]]),), OVERUSED)


def _parts(table: Table, rows: slice) -> dict[str, tuple[Codes | Ints, ...]]:
    """The parts that keys are made of, 0 where unknown; no number depends on what else is in the table."""
    sounds = table.name_sounds()
    sounds_marks = table.sounds.marks()
    first, last = table.column("first")[rows], table.column("last")[rows]
    initial = table.names.derive("initial", lambda text: ord(text[0]) if text else 0, np.int32)
    dates = table.values["birth"]
    whole = dates.derive("either_order", _either_order, np.int32)
    year = dates.derive("year", lambda text: int(text[:4] or 0), np.int32)
    month_day = dates.derive("month_day", lambda text: int(text[4:] or 0) + (1 if text else 0), np.int32)
    sound, other = sounds_marks[sounds[first]], sounds_marks[sounds[last]]
    low, high = np.minimum(sound, other), np.maximum(sound, other)
    street, house = table.marks("street", rows), table.marks("house", rows)
    birth = table.column("birth")[rows]
    return {
        "F": (sound,),
        "L": (other,),
        "f": (initial[first],),
        "l": (initial[last],),
        "X": (table.marks("last", rows),),
        "N": (low, high),
        "B": (whole[birth],),
        "Y": (year[birth],),
        "M": (month_day[birth],),
        "P": (table.marks("postcode", rows),),
        "C": (table.marks("city", rows),),
        "S": (street,),
        "H": (street, house),
    }


def _either_order(text: str) -> int:
    if not text:
        return 0
    a, b = sorted((text[4:6], text[6:]))
    return int(text[:4] + a + b)


def _mixed(kind: int, parts: Sequence[Codes | Ints]) -> Ints:
    mixed = np.full(len(parts[0]), kind * _SEED & _MASK, np.uint64)
    known = np.ones(len(parts[0]), np.bool_)
    for part in parts:
        known &= part > 0
        mixed = (mixed ^ part.astype(np.uint64)) * _MIX
        mixed ^= mixed >> np.uint64(29)
    mixed[~known] = 0
    return mixed.view(np.int64)


def keys_of_row(table: Table, informative: Sequence[str], row: int) -> list[tuple[int, int, bool]]:
    """(key, most records of it, whether coarse) of one record: what ``key_kinds`` gives, without arrays."""
    this = slice(row, row + 1)
    parts = {name: tuple(int(part[0]) for part in several) for name, several in _parts(table, this).items()}
    found: list[tuple[int, int, bool]] = []
    kind = 0
    for names, most, coarse in ((KEYS, OVERUSED, False), (COARSE_KEYS, COARSE, True)):
        for name in names:
            kind += 1
            if key := _mixed_one(kind, [mark for part in name for mark in parts[part]]):
                found.append((key, most, coarse))
    for columns in (EMAILS, OWN + HOME, ("local",)):
        kind += 1
        for name in columns:
            if key := _mixed_one(kind, [int(table.marks(name, this)[0])]):
                found.append((key, OVERUSED, False))
    for name in table.facts:
        kind += 1
        value = int(table.marks("fact:" + name, this)[0])
        if key := _mixed_one(kind, [value] if name in informative else [value, *parts["N"]]):
            found.append((key, OVERUSED, False))
    return found


def _mixed_one(kind: int, parts: Sequence[int]) -> int:
    mixed = kind * _SEED & _MASK
    for part in parts:
        if part <= 0:
            return 0
        mixed = (mixed ^ part) * 0x9E3779B97F4A7C15 & _MASK
        mixed ^= mixed >> 29
    return mixed - (1 << 64) if mixed >> 63 else mixed


def pairs_of(keys: Keys) -> Ints:
    """All pairs of records with one key, as ``lower << 32 | higher``; keys that too many records have give none."""
    at = np.concatenate([np.flatnonzero(column) for column in keys.columns])
    if len(at) < 2:
        return np.zeros(0, np.int64)
    values = np.concatenate([column[column != 0] for column in keys.columns])
    order = np.lexsort((at, values)) if len(keys.columns) > 1 else np.argsort(values, kind="stable")
    values, at = values[order], at[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    sizes = np.diff(np.r_[starts, len(at)])
    found = [np.zeros(0, np.int64)]
    for size in np.unique(sizes).tolist():
        if not 2 <= size <= keys.most:
            continue
        group = at[starts[sizes == size][:, None] + np.arange(size)]
        i, j = np.triu_indices(size, 1)
        # inside a key the rows ascend; a record with one key twice is no pair
        low, high = group[:, i].ravel(), group[:, j].ravel()
        found.append((low << 32 | high)[low != high])
    return np.concatenate(found)


def distinct(codes: Ints) -> Ints:
    """Each value once, ascending. By sorting: ``numpy.unique`` goes by hashes, which takes three times as long here."""
    if len(codes) < 2:
        return codes
    codes = np.sort(codes)
    return codes[np.r_[True, codes[1:] != codes[:-1]]]


def promising(table: Table, a: Ints, b: Ints) -> Bools:
    """Whether pairs of a coarse key have a name by its sound, both initials or the birth date in common.

    A coarse key alone (a postcode, a year and a city) says too little to look closer.
    """
    sounds = table.name_sounds()
    initial = table.names.derive("initial", lambda text: ord(text[0]) if text else 0, np.int32)
    first, last = table.column("first"), table.column("last")
    fa, fb, la, lb = first[a], first[b], last[a], last[b]
    birth = table.values["birth"].derive("either_order", _either_order, np.int32)[table.column("birth")]
    sa, sb, ta, tb = sounds[fa], sounds[fb], sounds[la], sounds[lb]
    found: Bools = (sa > 0) & ((sa == sb) | (sa == tb)) | (ta > 0) & ((ta == tb) | (ta == sb))
    found |= (initial[fa] == initial[fb]) & (initial[la] == initial[lb])
    found |= (birth[a] > 0) & (birth[a] == birth[b])
    return found


def candidate_pairs(table: Table, informative: Sequence[str]) -> Ints:
    """All candidate pairs of the table, ``lower << 32 | higher``, each once, ascending."""
    total = np.zeros(0, np.int64)
    waiting: list[Ints] = []
    size = 0
    for keys in key_kinds(table, informative):
        found = pairs_of(keys)
        if keys.coarse:
            found = found[promising(table, found >> 32, found & 0xFFFFFFFF)]
        waiting.append(found)
        size += len(found)
        if size > 8_000_000:
            total, waiting, size = distinct(np.concatenate([total, *waiting])), [], 0
    return distinct(np.concatenate([total, *waiting]))


def still_pairs(table: Table, informative: Sequence[str], a: Ints, b: Ints) -> Bools:
    """Which of the pairs (a[i], b[i]) share a key that is not over-used in the table as it stands."""
    found = np.zeros(len(a), np.bool_)
    for keys in key_kinds(table, informative):
        values, counts = np.unique(np.concatenate([column[column != 0] for column in keys.columns]), return_counts=True)
        good = values[counts <= keys.most]
        if not len(good):
            continue
        for mine in keys.columns:
            for theirs in keys.columns:
                same = ~found & (mine[a] != 0) & (mine[a] == theirs[b])
                at = np.flatnonzero(same)
                if len(at):
                    place = np.minimum(np.searchsorted(good, mine[a[at]]), len(good) - 1)
                    found[at] = good[place] == mine[a[at]]
    return found
