"""Which pairs of records are worth comparing: those that share a key, of keys that few share.

A key is a combination of normal forms (the sound of the last name with the birth date, the postcode with the sound of
the first name ...). A key that more than ``OVERUSED`` records have says nothing and drops out by itself, so the
candidates of a record are bounded however large the table grows; the more special keys beside it go on. Coarse keys
drop out sooner: they find the badly spelt in small tables and cost nothing in large ones. What a key is depends on the
record and the model alone, so the pairs depend on the set of records alone, and a key is the same number in every
process: the database finds records by what the engine finds them by (customers.weighed.index).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from rundblick.customers.matching.names import phonetic
from rundblick.customers.matching.person import Person
from rundblick.customers.matching.table import EMAILS, HOME, OWN, Bools, Codes, Ints, Table, mark

OVERUSED: Final = 60  # records of one key
COARSE: Final = 20  # records of one coarse key

# parts of keys: F L sound of the first/last name, f l their initials, X last name, N both names' sounds in either
# order, B birth date (day and month in either order), Y year, M day and month, P postcode, C city, S street, H street
# and house number
KEYS: Final = ("N", "NY", "NP", "BL", "BF", "B", "PL", "PF", "HP", "HC", "HF", "ML", "MF", "YL", "Xf")
COARSE_KEYS: Final = ("P", "YC", "YF", "CF", "CL", "SC", "flY", "flC")
VALUES: Final = ("email", "phone", "local")  # kinds of which a record may have several keys
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_SEED: Final = 0xD1B54A32D192ED03  # kinds of keys lie far apart
_MASK: Final = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True, slots=True)
class Plan:
    """By which keys records are found.

    informative  further facts whose values are special enough to be a key of their own
    most         kinds of keys that are worth less than ``OVERUSED`` or ``COARSE`` records a key: how many
    """

    informative: tuple[str, ...] = ()
    most: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Keys:
    """One kind of key: arrays with the key of every record, 0 where a part is unknown; ``most``: records of one key.

    There are several arrays where a record can have several keys of a kind (two mail addresses).
    """

    name: str
    columns: tuple[Ints, ...]
    most: int
    coarse: bool = False


@dataclass(frozen=True, slots=True)
class _Kind:
    """Kind number ``number`` of the keys: what it is made of, and how many records of one key are not too many."""

    number: int
    name: str
    most: int
    coarse: bool = False


@lru_cache(maxsize=256)
def _kinds(facts: tuple[str, ...], most: tuple[tuple[str, int], ...]) -> tuple[_Kind, ...]:
    """All kinds of keys that are in use. A kind keeps its number, whatever other kinds are."""
    told = dict(most)
    names = [*((name, OVERUSED, False) for name in KEYS), *((name, COARSE, True) for name in COARSE_KEYS)]
    names += [(name, OVERUSED, False) for name in (*VALUES, *("fact:" + name for name in facts))]
    kinds = (_Kind(n, name, told.get(name, usual), coarse) for n, (name, usual, coarse) in enumerate(names, start=1))
    return tuple(kind for kind in kinds if kind.most > 1)


def kinds_of(facts: tuple[str, ...], plan: Plan) -> tuple[_Kind, ...]:
    """The kinds of keys of records with these further facts."""
    return _kinds(facts, tuple(sorted(plan.most.items())))


def key_kinds(table: Table, plan: Plan, rows: slice = slice(None)) -> Iterator[Keys]:
    """The keys of the records ``rows`` of the table, kind by kind."""
    parts = _parts(table, rows)
    former = _former_parts(table, rows)
    columns = dict(zip(VALUES, (EMAILS, OWN + HOME, ("local",)), strict=True))
    for kind in kinds_of(table.facts, plan):
        if kind.name in columns:
            found = [table.marks(name, rows) for name in columns[kind.name]]
            several = tuple(_mixed(kind.number, [one]) for i, one in enumerate(found) if i == 0 or one.any())
            yield Keys(kind.name, several, kind.most)
        elif kind.name.startswith("fact:"):
            column = table.marks(kind.name, rows)
            special = kind.name.removeprefix("fact:") in plan.informative
            yield Keys(kind.name, (_mixed(kind.number, [column] if special else [column, *parts["N"]]),), kind.most)
        else:
            yield Keys(kind.name, _with_former(kind, parts, former), kind.most, kind.coarse)


_Parts = dict[str, tuple[Codes | Ints, ...]]
NAMED: Final = ("last", "street", "house", "postcode", "city")
_CHANGES: Final = (("P", "C", "S", "H"), ("L", "l", "X", "N"))  # parts of an address, of a last name


def _former_parts(table: Table, rows: slice) -> list[_Parts]:
    """The parts of earlier addresses and of earlier last names: only those that are others then."""
    found = []
    for place in range(1, table.formers + 1):
        for changed in (NAMED[1:], NAMED[:1]):
            columns = {name: f"{name}@{place}" if name in changed else name for name in NAMED}
            if any(table.column(columns[name])[rows].any() for name in changed):
                then = _parts(table, rows, columns)
                found.append({part: then[part] for part in _CHANGES["last" in changed]})
    return found


def _with_former(kind: _Kind, parts: _Parts, former: Sequence[_Parts]) -> tuple[Ints, ...]:
    """The keys of one kind: with what is true now, and with what was, as far as that is another one."""
    columns = [_mixed(kind.number, [array for part in kind.name for array in parts[part]])]
    for then in former:
        if then.keys().isdisjoint(kind.name):
            continue
        column = _mixed(kind.number, [array for part in kind.name for array in then.get(part, parts[part])])
        for other in columns:
            column[column == other] = 0
        columns.append(column)
    return tuple(columns)


_NOW: Final = {name: name for name in NAMED}


def _parts(table: Table, rows: slice, columns: dict[str, str] = _NOW) -> _Parts:
    """The parts that keys are made of, 0 where unknown; no number depends on what else is in the table.

    ``columns``: where last names and addresses are taken from.
    """
    sounds = table.name_sounds()
    sounds_marks = table.sounds.marks()
    first, last = table.column("first")[rows], table.column(columns["last"])[rows]
    initial = table.names.derive("initial", lambda text: ord(text[0]) if text else 0, np.int32)
    dates = table.values["birth"]
    whole = dates.derive("either_order", either_order, np.int32)
    year = dates.derive("year", lambda text: int(text[:4] or 0), np.int32)
    month_day = dates.derive("month_day", lambda text: int(text[4:] or 0) + (1 if text else 0), np.int32)
    sound, other = sounds_marks[sounds[first]], sounds_marks[sounds[last]]
    low, high = np.minimum(sound, other), np.maximum(sound, other)
    street, house = table.marks(columns["street"], rows), table.marks(columns["house"], rows)
    birth = table.column("birth")[rows]
    return {
        "F": (sound,),
        "L": (other,),
        "f": (initial[first],),
        "l": (initial[last],),
        "X": (table.marks(columns["last"], rows),),
        "N": (low, high),
        "B": (whole[birth],),
        "Y": (year[birth],),
        "M": (month_day[birth],),
        "P": (table.marks(columns["postcode"], rows),),
        "C": (table.marks(columns["city"], rows),),
        "S": (street,),
        "H": (street, house),
    }


@lru_cache(maxsize=65536)
def either_order(text: str) -> int:
    """A birth date's key, the same when day and month change places; 0 for ""."""
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


def keys_of(person: Person, facts: tuple[str, ...], plan: Plan) -> list[tuple[int, int, bool]]:
    """(key, most records of it, whether coarse) of one record: what ``key_kinds`` gives, without arrays.

    A pure function of its arguments, the same number in every process. ``facts``: as of the table (of the model). A
    birth date that the model reads as unknown must be "" already.
    """
    parts = _parts_of(person)
    values = {"email": person.emails, "phone": (*person.own_phones, *person.home_phones), "local": (person.local,)}
    told = dict(person.facts)
    former = [
        *(
            _parts_of(person._replace(street=street, house=house, postcode=postcode, city=city))
            for street, house, postcode, city in person.former_places
        ),
        *(_parts_of(person._replace(last=last)) for last in person.former_lasts),
    ]
    found: list[tuple[int, int, bool]] = []
    for kind in kinds_of(facts, plan):
        name = kind.name
        if name in values:
            several = [[cached_mark(value)] for value in values[name]]
        elif name.startswith("fact:"):
            fact = name[5:]
            value = cached_mark(told.get(fact, ""))
            several = [[value] if fact in plan.informative else [value, *parts["N"]]]
        else:
            several = [[mark for part in name for mark in then[part]] for then in (parts, *former)]
        keys = (_mixed_one(kind.number, marks) for marks in several)
        found += [(key, kind.most, kind.coarse) for key in (dict.fromkeys(keys) if former else keys) if key]
    return found


cached_mark = lru_cache(maxsize=131072)(mark)


@lru_cache(maxsize=131072)
def _sound_mark(name: str) -> int:
    return mark(phonetic(name.replace(" ", "")))


def _parts_of(person: Person) -> dict[str, tuple[int, ...]]:
    """``_parts`` of one person."""
    first, last, birth = person.first, person.last, person.birth
    sound, other = _sound_mark(first), _sound_mark(last)
    street, house = cached_mark(person.street), cached_mark(person.house)
    return {
        "F": (sound,),
        "L": (other,),
        "f": (ord(first[0]) if first else 0,),
        "l": (ord(last[0]) if last else 0,),
        "X": (cached_mark(last),),
        "N": (sound, other) if sound < other else (other, sound),
        "B": (either_order(birth),),
        "Y": (int(birth[:4] or 0),),
        "M": (int(birth[4:] or 0) + (1 if birth else 0),),
        "P": (cached_mark(person.postcode),),
        "C": (cached_mark(person.city),),
        "S": (street,),
        "H": (street, house),
    }


def _mixed_one(kind: int, parts: Sequence[int]) -> int:
    mixed = kind * _SEED & _MASK
    for part in parts:
        if part <= 0:
            return 0
        mixed = (mixed ^ part) * 0x9E3779B97F4A7C15 & _MASK
        mixed ^= mixed >> 29
    return mixed - (1 << 64) if mixed >> 63 else mixed


def pairs_of(keys: Keys) -> Iterator[Ints]:
    """All pairs of records with one key, as ``lower << 32 | higher``; keys that too many records have give none.

    In arrays of about ``_AT_ONCE`` pairs, so that the memory is bounded.
    """
    at = np.concatenate([np.flatnonzero(column) for column in keys.columns])
    if len(at) < 2:
        return
    values = np.concatenate([column[column != 0] for column in keys.columns])
    order = np.lexsort((at, values)) if len(keys.columns) > 1 else np.argsort(values, kind="stable")
    values, at = values[order], at[order]
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    sizes = np.diff(np.r_[starts, len(at)])
    for size in np.unique(sizes).tolist():
        if not 2 <= size <= keys.most:
            continue
        i, j = np.triu_indices(size, 1)
        firsts = starts[sizes == size]
        step = max(_AT_ONCE // len(i), 1)
        for lot in range(0, len(firsts), step):
            group = at[firsts[lot : lot + step, None] + np.arange(size)]
            # inside a key the rows ascend; a record with one key twice is no pair
            low, high = group[:, i].ravel(), group[:, j].ravel()
            yield (low << 32 | high)[low != high]


_AT_ONCE: Final = 1_000_000  # pairs


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
    birth = table.values["birth"].derive("either_order", either_order, np.int32)[table.column("birth")]
    sa, sb, ta, tb = sounds[fa], sounds[fb], sounds[la], sounds[lb]
    found: Bools = (sa > 0) & ((sa == sb) | (sa == tb)) | (ta > 0) & ((ta == tb) | (ta == sb))
    found |= (initial[fa] == initial[fb]) & (initial[la] == initial[lb])
    found |= (birth[a] > 0) & (birth[a] == birth[b])
    return found


def candidate_pairs(table: Table, plan: Plan) -> Ints:
    """All candidate pairs of the table, ``lower << 32 | higher``, each once, ascending."""
    return _gathered(table, plan, 1.0)


def candidate_sample(table: Table, plan: Plan, most: int) -> tuple[Ints, float]:
    """(candidate pairs, ascending, how many of all each stands for): all, or about ``most`` when they are too many.

    Which of them follows from the pairs themselves. What they all would need in memory is never there.
    """
    raw = sum(_number_of_pairs(keys) for keys in key_kinds(table, plan))  # a pair may share several keys
    share = min(1.0, _SPARE * most / max(raw, 1))
    codes = _gathered(table, plan, share)
    if len(codes) > most:
        marks = _marks(codes)
        limit = np.partition(marks, most)[most]
        share *= most / len(codes)
        codes = codes[marks < limit]
    return codes, 1.0 / share


_SPARE: Final = 8  # so many keys at most do pairs share on average


def _number_of_pairs(keys: Keys) -> int:
    values = np.concatenate([column[column != 0] for column in keys.columns])
    values.sort()
    sizes = (
        np.diff(np.r_[np.flatnonzero(np.r_[True, values[1:] != values[:-1]]), len(values)]) if len(values) else values
    )
    sizes = sizes[sizes <= keys.most]
    return int((sizes * (sizes - 1) // 2).sum())


def _marks(codes: Ints) -> npt.NDArray[np.uint64]:
    """A number of each pair that looks drawn at random."""
    mixed = codes.view(np.uint64) * _MIX
    mixed ^= mixed >> np.uint64(32)
    mixed *= _MIX
    return mixed ^ mixed >> np.uint64(29)


def _gathered(table: Table, plan: Plan, share: float) -> Ints:
    """Candidate pairs, each once, ascending; only about a ``share`` of them, by their marks."""
    total = np.zeros(0, np.int64)
    waiting: list[Ints] = []
    size = 0
    least = np.uint64(share * float(_MASK)) if share < 1 else None
    for keys in key_kinds(table, plan):
        for found in pairs_of(keys):
            if least is not None:
                found = found[_marks(found) < least]
            if keys.coarse:
                found = found[promising(table, found >> 32, found & 0xFFFFFFFF)]
            waiting.append(found)
            size += len(found)
            if size > 4 * _AT_ONCE + len(total):
                total, waiting, size = distinct(np.concatenate([total, *waiting])), [], 0
    return distinct(np.concatenate([total, *waiting]))


def still_pairs(table: Table, plan: Plan, a: Ints, b: Ints) -> Bools:
    """Which of the pairs (a[i], b[i]) share a key that is not over-used in the table as it stands."""
    found = np.zeros(len(a), np.bool_)
    for keys in key_kinds(table, plan):
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
