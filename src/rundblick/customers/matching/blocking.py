"""Which pairs of records are worth comparing: those that share a key, of keys that few share.

A key is a combination of normal forms (the sound of the last name with the birth date, the postcode with the sound of
the first name ...). A key that more than ``OVERUSED`` records have says nothing and drops out by itself, so the candidates
of a record are bounded however large the table grows; the more special keys beside it go on. What a key is
depends on the record alone, so the pairs depend on the set of records alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from rundblick.customers.matching.table import EMAILS, HOME, OWN, Codes, Ints, Table

OVERUSED: Final = 60  # records of one key

# parts of keys: F L sound of the first/last name, f l their initials, X last name, B birth date (day and month in either order), Y year,
# M day and month, P postcode, S street, H street and house number, C city, N both names' sounds in either order
KEYS: Final = (
    "N", "NY", "NP", "NC", "NM", "BL", "BF", "B", "BP", "PL", "PF", "HP", "HC", "HF", "HL", "ML", "MF",
    "YL", "Xf", "XY", "XP", "flY", "flC", "flM", "YC", "P", "SC", "YF", "CF", "CL", "flP",
)  # fmt: skip
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)


def key_columns(table: Table, informative: tuple[str, ...]) -> Iterator[Ints]:
    """For each kind of key the key of every record of the table, 0 where a part is unknown: shape (n,).

    ``informative``: further facts whose values are special enough to be a key of their own.
    """
    parts = _parts(table)
    kind = 0
    for key in KEYS:
        kind += 1
        yield _mixed(kind, [parts[part] for part in key])
    for columns in (EMAILS, OWN + HOME):
        kind += 1
        for name in columns:
            column = table.column(name)
            if column.any():
                yield _mixed(kind, [column])
    kind += 1
    yield _mixed(kind, [table.column("local")])
    for name in table.facts:
        kind += 1
        column = table.column("fact:" + name)
        if name in informative:
            yield _mixed(kind, [column])
        else:
            yield _mixed(kind, [column, parts["N"]])


def _parts(table: Table) -> dict[str, Codes]:
    """The parts that keys are made of."""
    sounds = table.name_sounds()
    first, last = table.column("first"), table.column("last")
    initial = table.names.derive("initial", lambda text: ord(text[0]) if text else 0, np.int32)
    dates = table.values["birth"]
    whole = dates.derive("either_order", _either_order, np.int32)
    f, l = sounds[first], sounds[last]
    birth = table.column("birth")
    year = dates.derive("year", lambda text: int(text[:4] or 0), np.int32)
    month = dates.derive("month_day", lambda text: int(text[4:] or 0) + (1 if text else 0), np.int32)
    low, high = np.minimum(f, l), np.maximum(f, l)
    both = np.where((low > 0), low * np.int32(40009) + high, 0).astype(np.int32)
    street, house = table.column("street"), table.column("house")
    home = np.where((street > 0) & (house > 0), street * np.int32(40009) + house, 0).astype(np.int32)
    return {
        "F": f,
        "L": l,
        "f": initial[first],
        "l": initial[last],
        "X": last,
        "N": both,
        "B": whole[birth],
        "Y": year[birth],
        "M": month[birth],
        "P": table.column("postcode"),
        "S": street,
        "H": home,
        "C": table.column("city"),
    }


def _either_order(text: str) -> int:
    if not text:
        return 0
    a, b = sorted((text[4:6], text[6:]))
    return int(text[:4] + a + b)


def _mixed(kind: int, parts: list[Codes]) -> Ints:
    mixed = np.full(len(parts[0]), kind, np.uint64)
    known = np.ones(len(parts[0]), np.bool_)
    for part in parts:
        known &= part > 0
        mixed = (mixed ^ part.astype(np.uint64)) * _MIX
        mixed ^= mixed >> np.uint64(29)
    mixed[~known] = 0
    return mixed.view(np.int64)


def pairs_of(keys: Ints, most: int = OVERUSED) -> Ints:
    """All pairs of records with one key, as ``lower << 32 | higher``; keys of more than ``most`` records give none."""
    at = np.flatnonzero(keys)
    if len(at) < 2:
        return np.zeros(0, np.int64)
    order = at[np.argsort(keys[at], kind="stable")]
    sorted_keys = keys[order]
    starts = np.flatnonzero(np.r_[True, sorted_keys[1:] != sorted_keys[:-1]])
    sizes = np.diff(np.r_[starts, len(order)])
    found = []
    for size in np.unique(sizes):
        if not 2 <= size <= most:
            continue
        group = order[starts[sizes == size][:, None] + np.arange(size)]
        i, j = np.triu_indices(int(size), 1)
        # stable sorting keeps rows in ascending order inside a key
        found.append(((group[:, i] << 32) | group[:, j]).ravel())
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def candidate_pairs(table: Table, informative: tuple[str, ...]) -> tuple[Ints, Ints]:
    """All candidate pairs (a, b) of the table, a < b, each once, sorted."""
    total = np.zeros(0, np.int64)
    waiting: list[Ints] = []
    size = 0
    for keys in key_columns(table, informative):
        found = pairs_of(keys)
        waiting.append(found)
        size += len(found)
        if size > 20_000_000:
            total = np.unique(np.concatenate([total, *waiting]))
            waiting, size = [], 0
    total = np.unique(np.concatenate([total, *waiting]))
    return total >> 32, total & 0xFFFFFFFF
