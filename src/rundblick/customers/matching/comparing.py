"""How alike two records are, field by field, as levels: 0 is "unknown on one side", 1 is "different", more is alike.

Levels of one field are told apart by how they come about (equal, short form, slip of the finger ...), not by how much
they weigh: weights are learned (training). All functions take arrays of row numbers of a table and give one level a
pair, as uint8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.process import cpdist

from rundblick.customers.matching.names import short_forms
from rundblick.customers.matching.table import EMAILS, HOME, OWN, Bools, Bytes, Codes, Floats, Ints, Table

UNKNOWN: Final = 0
DIFFERENT: Final = 1


@dataclass(frozen=True, slots=True)
class Field:
    """A compared field.

    levels     names of its levels, from "unknown" on
    exact      the level of equality, whose weight depends on how frequent the value is; 0 when there is none
    household  whether people who live together share it, so that it tells two of them not apart
    special    a further fact with so many values that it is a person's own
    """

    name: str
    levels: tuple[str, ...]
    exact: int
    household: bool = False
    special: bool = False


FIRST: Final = Field(
    "first_name",
    ("unknown", "different", "alike, both known names", "sounds alike", "slip", "short form", "initial", "equal",
     "first and last name swapped"),
    7,
)  # fmt: skip
LAST: Final = Field(
    "last_name",
    ("unknown", "different", "alike, both known names", "sounds alike", "slip", "part of a double name", "equal"),
    6,
    household=True,
)
REST: Final = Field("further_names", ("unknown", "different", "some in common", "one within the other"), 0)
BIRTH: Final = Field(
    "birth_date",
    ("unknown", "a generation apart", "different", "within a year", "two parts of three", "day and month swapped",
     "one slip", "equal"),
    7,
)  # fmt: skip
STREET: Final = Field(
    "street",
    ("unknown", "different", "same street, other number", "alike, same number", "equal"),
    4,
    household=True,
)
POSTCODE: Final = Field("postcode", ("unknown", "different", "near", "equal"), 3, household=True)
CITY: Final = Field(
    "city", ("unknown", "different", "alike", "equal"), 3, household=True
)  # where no postcode tells more
EMAIL: Final = Field("email", ("unknown", "different", "alike", "same before the @", "one slip", "equal"), 5)
MAIL_YEAR: Final = Field("year_in_address", ("unknown", "not the year of birth", "the year of birth"), 0)
PHONE: Final = Field("phone", ("unknown", "different", "one slip", "equal"), 3)
LANDLINE: Final = Field("landline", ("unknown", "different", "one slip", "equal"), 3, household=True)
COMPANY: Final = Field("company", ("unknown", "different", "alike", "equal"), 3, household=True)
NUMBER: Final = Field("number", ("unknown", "two numbers of one system", "equal"), 0)
SYSTEM: Final = Field("system", ("unknown", "the same", "two systems"), 0)  # a system seldom knows a person twice
ADDRESS: Final = frozenset({"street", "postcode", "city", "landline"})  # what changes at once when somebody moves
_FACT_LEVELS: Final = ("unknown", "different", "alike", "one slip", "equal")
BASE: Final = (
    FIRST,
    LAST,
    REST,
    BIRTH,
    STREET,
    POSTCODE,
    CITY,
    EMAIL,
    MAIL_YEAR,
    PHONE,
    LANDLINE,
    COMPANY,
    NUMBER,
    SYSTEM,
)


def fields_of(facts: tuple[str, ...], special: tuple[str, ...]) -> tuple[Field, ...]:
    """All compared fields, in the order of the rows of ``compare``."""
    return BASE + tuple(Field("fact:" + name, _FACT_LEVELS, 4, special=name in special) for name in facts)


def one_household(fields: tuple[Field, ...], levels: Bytes) -> Bools:
    """Whether a pair may be two people of one household: it shares street and number, or a fixed line."""
    row = {field.name: i for i, field in enumerate(fields)}
    found: Bools = (levels[row[STREET.name]] >= 3) | (levels[row[LANDLINE.name]] == 3)
    return found


def compare(table: Table, a: Ints, b: Ints, known_names: Bools) -> Bytes:
    """Levels of the pairs (a[i], b[i]): shape (number of fields, number of pairs).

    ``known_names``: by number of a name, whether it is one that many bear, so that no slip of the finger made it.
    """
    street, *place, _ = _places(table, a, b)
    rows = [*_names(table, a, b, known_names), _rest(table, a, b), _birth(table, a, b), street]
    email = _email(table, a, b)
    rows += [
        *place,
        email,
        _mail_year(table, a, b, email),
        *_phones(table, a, b),
        _texts(table, "company", a, b, slips=False),
    ]
    system = table.column("system")
    other = system[a] != system[b]
    rows += [_numbers(table, a, b, other), other.astype(np.uint8) + 1]
    facts = [_texts(table, "fact:" + name, a, b, slips=True) for name in table.facts]
    for name, line in zip(table.facts, facts, strict=True):
        if name in SECOND_LINES:
            _exchange_lines(table, "fact:" + name, a, b, street, line)
    return np.stack([*rows, *facts])


# facts that hold the second line of an address: which line comes first is a habit of whoever typed it
SECOND_LINES: Final = frozenset({"locality", "address_2", "street_2"})


def _exchange_lines(table: Table, line: str, a: Ints, b: Ints, street: Bytes, level: Bytes) -> None:
    """Where both lines of an address differ, but each is alike the other's other one: one street, and no second line.

    Changes the levels of ``street`` and of the second line ``level``. The house number may stand beside either.
    """
    at = ((street == DIFFERENT) & (level == DIFFERENT)).nonzero()[0]
    for x, y in ((a, b), (b, a)):
        streets, lines = table.column("street")[x[at]], table.column(line)[y[at]]
        # few letters of one lack in the other ("street" is "str" in the one, and not in the other)
        letters = np.bitwise_count(table.letters("street")[streets] & ~table.letters(line)[lines]) <= 2
        at, streets, lines = at[letters], streets[letters], lines[letters]
        if not len(at):
            return
        one, other = table.values["street"].texts.array[streets], table.values[line].texts.array[lines]
        alike = cpdist(one.tolist(), other.tolist(), scorer=JaroWinkler.normalized_similarity, dtype=np.float64)
        at = at[alike >= 0.88]
    street[at], level[at] = 2, UNKNOWN


def _alike(table: Table, column: str, a: Codes, b: Codes, where: Bools, least: float) -> Floats:
    """Jaro-Winkler similarity of the pairs where ``where`` holds and it can reach ``least``, else 0."""
    found = np.zeros(len(a))
    at = where.nonzero()[0]
    if len(at):
        at = at[_may_be_alike(table, column, a[at], b[at], least)]
    if len(at):
        texts = table.values[column].texts.array
        found[at] = cpdist(
            texts[a[at]].tolist(), texts[b[at]].tolist(), scorer=JaroWinkler.normalized_similarity, dtype=np.float64
        )
    return found


def _may_be_alike(table: Table, column: str, a: Codes, b: Codes, least: float) -> Bools:
    """Whether a Jaro-Winkler similarity of ``least`` is possible, by which letters occur and how the texts begin.

    At most as many letters match as there are left without those that the other text lacks; with m of them Jaro's
    similarity is at most (m / |a| + m / |b| + 1) / 3, and Winkler adds a tenth of what lacks for each of the first
    four letters in common.
    """
    letters, lengths, heads = table.letters(column), table.lengths(column), table.heads(column)
    xa, xb, na, nb = letters[a], letters[b], lengths[a], lengths[b]
    shared = np.minimum(na - np.bitwise_count(xa & ~xb), nb - np.bitwise_count(xb & ~xa)).astype(np.float32)
    jaro = (shared / na + shared / nb + np.float32(1)) / np.float32(3)
    differ = heads[a] ^ heads[b]
    prefix = np.where(
        differ & _FIRST_LETTER != 0, np.float32(0), np.where(differ != 0, np.float32(0.1), np.float32(0.4))
    )
    possible: Bools = (shared > 0) & (jaro + prefix * (1 - jaro) >= least - 1e-4)
    return possible


_FIRST_LETTER: Final = 0x1FFFFF  # of ``Table.heads``


def _slips(table: Table, column: str, a: Codes, b: Codes, where: Bools) -> Bools:
    """Whether one slip (a letter more, less, other, or two exchanged) makes one of the other, where ``where``."""
    found = np.zeros(len(a), np.bool_)
    at = where.nonzero()[0]
    if len(at):
        x, y = a[at], b[at]
        letters, lengths = table.letters(column), table.lengths(column)
        # one slip changes the length by one and the letters that occur by two at most
        near = (np.abs(lengths[x] - lengths[y]) <= 1) & (np.bitwise_count(letters[x] ^ letters[y]) <= 2)
        at = at[near]
    if len(at):
        texts = table.values[column].texts.array
        distance = cpdist(
            texts[a[at]].tolist(), texts[b[at]].tolist(), scorer=DamerauLevenshtein.distance, score_cutoff=1
        )
        found[at] = distance <= 1
    return found


def _names(table: Table, a: Ints, b: Ints, known: Bools) -> tuple[Bytes, Bytes]:
    first, last = table.column("first"), table.column("last")
    fa, fb, la, lb = first[a], first[b], last[a], last[b]
    firsts = _first(table, fa, fb, known)
    lasts, _ = _lasts(table, a, b, known)
    # swapped: each equals or sounds like the other one's other name, and the straight reading fails
    crossed = (fa > 0) & (fb > 0) & (la > 0) & (lb > 0) & (firsts <= 2) & (lasts <= 2)
    one = _alike(table, "first", fa, lb, crossed & (fa != lb), 0.8)
    one[crossed & (fa == lb)] = 1
    crossed &= one >= 0.8
    two = _alike(table, "first", la, fb, crossed & (la != fb), 0.8)
    two[crossed & (la == fb)] = 1
    crossed &= (two >= 0.8) & (one + two >= 1.75)
    # two well-known names that are merely alike are two names, crossed or not
    crossed &= ~((one < 1) & known[fa] & known[lb]) & ~((two < 1) & known[la] & known[fb])
    firsts[crossed] = 8
    lasts[crossed] = UNKNOWN
    return firsts, lasts


def _first(table: Table, a: Codes, b: Codes, known: Bools) -> Bytes:
    both = (a > 0) & (b > 0)
    level = both.astype(np.uint8)
    level[both & (a == b)] = 7
    open_ = both & (a != b)
    lengths = table.lengths("first")
    short = open_ & ((lengths[a] == 1) | (lengths[b] == 1))
    if short.any():
        at = short.nonzero()[0]
        texts = table.names.texts.array
        level[at] = [6 if x[0] == y[0] else 1 for x, y in zip(texts[a[at]], texts[b[at]], strict=True)]
        open_ &= ~short
    sounds = table.name_sounds()
    same_sound = open_ & (sounds[a] == sounds[b])
    slip = _slips(table, "first", a, b, open_ & (np.minimum(lengths[a], lengths[b]) >= 4))
    likeness = _alike(table, "first", a, b, open_ & ~same_sound, 0.85)
    likeness += _alike(table, "first", a, b, same_sound, 0.7)
    level[same_sound & (likeness >= 0.7) | (open_ & (likeness >= 0.85))] = 3
    level[slip] = 4
    established = (level >= 3) & (level <= 4) & open_ & known[a] & known[b]
    level[established] = 2
    level[_short_forms(table, a, b, open_ & (level < 4))] = 5
    return level


def _short_forms(table: Table, a: Codes, b: Codes, where: Bools) -> Bools:
    """Whether one name is short for the other, or both for a third, where ``where``."""
    found = np.zeros(len(a), np.bool_)
    heads = table.names.derive("head", lambda text: int.from_bytes(text[:3].encode()[:7], "big"), np.int64)
    lengths = table.lengths("first")
    listed = table.name_is_short()
    begins = (heads[a] == heads[b]) & (np.abs(lengths[a] - lengths[b]) >= 2) & (np.minimum(lengths[a], lengths[b]) >= 3)
    at = (where & (begins | (listed[a] & listed[b]))).nonzero()[0]
    if not len(at):
        return found
    texts = table.names.texts.array
    codes, which = np.unique(a[at].astype(np.int64) << 32 | b[at], return_inverse=True)
    said = [is_short_form(texts[code >> 32], texts[code & 0xFFFFFFFF]) for code in codes.tolist()]
    found[at] = np.array(said, np.bool_)[which]
    return found


def is_short_form(x: str, y: str) -> bool:
    """Whether one name is short for the other, or both for a third."""
    if not short_forms(x).isdisjoint(short_forms(y)):
        return True
    short, long = (x, y) if len(x) < len(y) else (y, x)
    return len(short) >= 3 and len(long) - len(short) >= 2 and long.startswith(short)


def _last(table: Table, a: Codes, b: Codes, known: Bools) -> Bytes:
    both = (a > 0) & (b > 0)
    level = both.astype(np.uint8)
    level[both & (a == b)] = 6
    open_ = both & (a != b)
    lengths = table.lengths("last")
    sounds = table.name_sounds()
    same_sound = open_ & (sounds[a] == sounds[b])
    slip = _slips(table, "last", a, b, open_ & (np.minimum(lengths[a], lengths[b]) >= 4))
    likeness = _alike(table, "last", a, b, open_ & ~same_sound, 0.85)
    likeness += _alike(table, "last", a, b, same_sound, 0.6)
    level[same_sound & (likeness >= 0.6) | (open_ & (likeness >= 0.88))] = 3
    level[slip] = 4
    level[(level >= 3) & (level <= 4) & open_ & known[a] & known[b]] = 2
    parts = table.names.derive("parts", lambda text: " " in text, np.bool_)
    at = (open_ & (parts[a] | parts[b]) & (level < 4)).nonzero()[0]
    texts = table.names.texts.array
    for i, x, y in zip(at, texts[a[at]], texts[b[at]], strict=True):
        if not set(x.split()).isdisjoint(y.split()) and max(len(w) for w in set(x.split()) & set(y.split())) > 3:
            level[i] = 5
    # a name cut off by an old machine's field
    cut = open_ & (level < 4) & (np.abs(lengths[a] - lengths[b]) >= 2) & (likeness >= 0.85)
    for i in cut.nonzero()[0]:
        x, y = texts[a[i]], texts[b[i]]
        if min(len(x), len(y)) >= 6 and (x.startswith(y) or y.startswith(x)):
            level[i] = 5
    return level


def _rest(table: Table, a: Ints, b: Ints) -> Bytes:
    ca, cb = table.column("rest")[a], table.column("rest")[b]
    both = (ca > 0) & (cb > 0)
    level = both.astype(np.uint8)
    if not both.any():
        return level
    texts = table.values["rest"].texts.array
    likeness = np.zeros(len(a))
    at = (both & (ca != cb)).nonzero()[0]
    if len(at):
        likeness[at] = cpdist(texts[ca[at]].tolist(), texts[cb[at]].tolist(), scorer=token_set_ratio, dtype=np.float64)
    level[both & (likeness >= 60)] = 2
    level[both & ((ca == cb) | (likeness >= 95))] = 3
    return level


GENERATION: Final = 15  # years


def _birth(table: Table, a: Ints, b: Ints) -> Bytes:
    ca, cb = table.column("birth")[a], table.column("birth")[b]
    both = (ca > 0) & (cb > 0)
    level = both.astype(np.uint8)
    if not both.any():
        return level
    level[both & (ca == cb)] = 7
    at = (both & (ca != cb)).nonzero()[0]
    if len(at):
        digits = table.digits()
        level[at] = _date_levels(digits[ca[at]], digits[cb[at]])
    return level


def _date_levels(x: Bytes, y: Bytes) -> Bytes:
    """Levels of dates that differ, from their eight digits (n, 8), year first."""
    off = x != y
    count = off.sum(axis=1)
    year = ~off[:, :4].any(axis=1)
    month = ~off[:, 4:6].any(axis=1)
    day = ~off[:, 6:].any(axis=1)
    months = np.abs((x.astype(np.int32) - y.astype(np.int32)) @ _MONTHS)
    level = np.where(months < 12 * GENERATION, 2, 1).astype(np.uint8)
    level[year | (months < 12)] = 3
    level[(year & (month | day)) | (month & day)] = 4
    exchanged = np.zeros(len(x), np.bool_)
    for i in range(7):
        exchanged |= (count == 2) & off[:, i] & off[:, i + 1] & (x[:, i] == y[:, i + 1]) & (x[:, i + 1] == y[:, i])
    level[(count == 1) | exchanged] = 6
    level[year & (x[:, 4:6] == y[:, 6:]).all(axis=1) & (x[:, 6:] == y[:, 4:6]).all(axis=1)] = 5
    return level


_MONTHS: Final = np.array([12000, 1200, 120, 12, 10, 1, 0, 0], np.int32)


# how much each level speaks for one place: of several addresses a pair is compared by those that agree best
STREET_POINTS: Final = (0, -3, 1, 5, 6)
POSTCODE_POINTS: Final = (0, -2, 1, 4)
CITY_POINTS: Final = (0, -1, 1, 2)
_STREET_POINTS: Final = np.array(STREET_POINTS, np.int8)
_POST_POINTS: Final = np.array(POSTCODE_POINTS, np.int8)
_CITY_POINTS: Final = np.array(CITY_POINTS, np.int8)


def _places(table: Table, a: Ints, b: Ints) -> tuple[Bytes, Bytes, Bytes, Bytes]:
    """(street, postcode, city, which addresses): of the addresses both have or had, the two that agree best.

    An address counts as a whole: never the street of one with the postcode of another. ``which``: 4 bits for each
    side's address, 0 for today's. Those of today count unless others agree better.
    """
    street = _street(table, a, b)
    post, city = _place(table, a, b)
    which = np.zeros(len(a), np.uint8)
    if not table.formers:
        return street, post, city, which
    best = np.maximum(_STREET_POINTS[street] + _POST_POINTS[post] + _CITY_POINTS[city], 0)
    for i, j in _other_pairs(table):
        at = np.flatnonzero(_has_place(table, a, i) & _has_place(table, b, j))
        if not len(at):
            continue
        streets = _street(table, a[at], b[at], i, j)
        posts, cities = _place(table, a[at], b[at], i, j)
        points = _STREET_POINTS[streets] + _POST_POINTS[posts] + _CITY_POINTS[cities]
        better = points > best[at]
        at = at[better]
        street[at], post[at], city[at], best[at] = streets[better], posts[better], cities[better], points[better]
        which[at] = i << 4 | j
    return street, post, city, which


def _other_pairs(table: Table) -> list[tuple[int, int]]:
    """(which value of the one, which of the other), without those of today."""
    return [(i, j) for i in range(table.formers + 1) for j in range(table.formers + 1) if i or j]


def _of(name: str, which: int) -> str:
    """The column with the value of today (0) or a former one."""
    return f"{name}@{which}" if which else name


def _has_place(table: Table, rows: Ints, which: int) -> Bools:
    has: Bools = (table.column(_of("street", which))[rows] > 0) | (table.column(_of("postcode", which))[rows] > 0)
    return has


def _lasts(table: Table, a: Ints, b: Ints, known: Bools) -> tuple[Bytes, Bytes]:
    """(last name, which of several as in ``_places``): of the last names both have or had, the two that agree best."""
    level = _last(table, table.column("last")[a], table.column("last")[b], known)
    which = np.zeros(len(a), np.uint8)
    for i, j in _other_pairs(table):
        mine, theirs = table.column(_of("last", i))[a], table.column(_of("last", j))[b]
        at = np.flatnonzero((mine > 0) & (theirs > 0))
        if len(at):
            levels = _last(table, mine[at], theirs[at], known)
            better = levels > np.maximum(level[at], DIFFERENT)
            level[at[better]] = levels[better]
            which[at[better]] = i << 4 | j
    return level, which


def agreeing(table: Table, a: int, b: int, known_names: Bools) -> dict[str, tuple[int, int]]:
    """{field: which of the values of a and of b were compared}, where not those of today."""
    one, other = np.array([a]), np.array([b])
    place, last = int(_places(table, one, other)[3][0]), int(_lasts(table, one, other, known_names)[1][0])
    found = {"last_name": (last >> 4, last & 15)} if last else {}
    if place:
        found |= dict.fromkeys(("street", "postcode", "city"), (place >> 4, place & 15))
    return found


def _street(table: Table, a: Ints, b: Ints, i: int = 0, j: int = 0) -> Bytes:
    ca, cb = table.column(_of("street", i))[a], table.column(_of("street", j))[b]
    ha, hb = table.column(_of("house", i))[a], table.column(_of("house", j))[b]
    both = (ca > 0) & (cb > 0)
    level = both.astype(np.uint8)
    if not both.any():
        return level
    likeness = _alike(table, "street", ca, cb, both & (ca != cb), 0.88)
    same = both & (ca == cb)
    near = same | (both & (likeness >= 0.88))
    number = ha == hb
    level[near] = 2
    level[near & number] = 3
    level[same & number] = 4
    return level


def _place(table: Table, a: Ints, b: Ints, i: int = 0, j: int = 0) -> tuple[Bytes, Bytes]:
    """(postcode, city). One postcode is one city, so the city then says nothing more."""
    pa, pb = table.column(_of("postcode", i))[a], table.column(_of("postcode", j))[b]
    ca, cb = table.column(_of("city", i))[a], table.column(_of("city", j))[b]
    posts = (pa > 0) & (pb > 0)
    post = posts.astype(np.uint8)
    heads = table.values["postcode"].derive("head", hash_head, np.int64)
    region = heads[pa] == heads[pb]
    post[posts & ((pa != pb) & region | _slips(table, "postcode", pa, pb, posts & (pa != pb) & ~region))] = 2
    post[posts & (pa == pb)] = 3
    cities = (ca > 0) & (cb > 0) & (post != 3)
    city = cities.astype(np.uint8)
    likeness = _alike(table, "city", ca, cb, cities & (ca != cb), 0.88)
    city[cities & (likeness >= 0.88)] = 2
    city[cities & (ca == cb)] = 3
    return post, city


def hash_head(postcode: str) -> int:
    """A number for the part of a postcode that names the region: three digits, or all but the last three signs."""
    head = postcode[:3] if postcode.isdigit() else postcode[:-3]
    return int.from_bytes(head.encode()[:7], "big") or -1


def _email(table: Table, a: Ints, b: Ints) -> Bytes:
    mails = [table.column(name) for name in EMAILS]
    ca, cb = mails[0][a], mails[0][b]
    both = (ca > 0) & (cb > 0)
    level = both.astype(np.uint8)
    if not both.any():  # who has a second address has a first one
        return level
    other = both & (ca != cb)
    level[_slips(table, "email1", ca, cb, other)] = 4
    local = table.column("local")
    xa, xb = local[a], local[b]
    told = other & (level == 1) & (xa > 0) & (xb > 0)
    likeness = _alike(table, "local", xa, xb, told & (xa != xb), 0.88)
    level[told & (likeness >= 0.88)] = 2
    level[told & (xa == xb)] = 3
    for i, mine in enumerate(mails):
        for j, theirs in enumerate(mails):
            level[(mine[a] > 0) & (mine[a] == theirs[b])] = 5
            if i or j:
                level[(mine[a] > 0) & (theirs[b] > 0) & (level == 0)] = 1
    return level


def _mail_year(table: Table, a: Ints, b: Ints, email: Bytes) -> Bytes:
    """Whether the two digits at the end of one's mail address are the other's year of birth, who else gives none."""
    born = table.values["birth"].derive("two_digits", lambda text: int(text[2:4]) if text else -1, np.int16)
    hint = table.values["mail_year"].derive("number", lambda text: int(text) if text else -2, np.int16)
    birth, mail = table.column("birth"), table.column("mail_year")
    level = np.zeros(len(a), np.uint8)
    if not (mail[a].any() or mail[b].any()):
        return level
    for x, y in ((a, b), (b, a)):
        told = (mail[x] > 0) & (birth[y] > 0) & (email != EMAIL.exact) & (birth[x] == 0)
        level[told & (level == 0)] = 1
        level[told & (hint[mail[x]] == born[birth[y]])] = 2
    return level


def _phones(table: Table, a: Ints, b: Ints) -> tuple[Bytes, Bytes]:
    """(own telephones, those of a household). A number that is own here and the household's there is a household's."""
    own = [table.column(name) for name in OWN]
    home = [table.column(name) for name in HOME]
    own_level = ((own[0][a] > 0) & (own[0][b] > 0)).astype(np.uint8)
    home_level = ((home[0][a] > 0) & (home[0][b] > 0)).astype(np.uint8)
    own_level[_slips(table, "own1", own[0][a], own[0][b], own_level == 1)] = 2
    home_level[_slips(table, "home1", home[0][a], home[0][b], home_level == 1)] = 2
    for level, mine, theirs in ((own_level, own, own), (home_level, home, home), (home_level, own, home),
                                (home_level, home, own)):  # fmt: skip
        for x in mine:
            for y in theirs:
                known = x[a]
                if known.any():
                    level[(known > 0) & (known == y[b])] = 3
    return own_level, home_level


def _numbers(table: Table, a: Ints, b: Ints, other: Bools) -> Bytes:
    """``other``: the records are of two systems. Two records of one system have two numbers in any case."""
    level = np.zeros(len(a), np.uint8)
    for name in table.number_columns:
        column = table.column(name)
        ca, cb = column[a], column[b]
        both = (ca > 0) & (cb > 0)
        level[both & (ca == cb) & (level == 0)] = 2
        level[both & (ca != cb) & other] = 1
    return level


def _texts(table: Table, column: str, a: Ints, b: Ints, *, slips: bool) -> Bytes:
    """A text of any kind. ``slips``: with a level for one slip."""
    codes = table.column(column)
    ca, cb = codes[a], codes[b]
    both = (ca > 0) & (cb > 0)
    level = both.astype(np.uint8)
    if not both.any():
        return level
    other = both & (ca != cb)
    likeness = _alike(table, column, ca, cb, other, 0.88)
    level[other & (likeness >= 0.88)] = 2
    if slips:
        lengths = table.lengths(column)
        level[_slips(table, column, ca, cb, other & (np.minimum(lengths[ca], lengths[cb]) >= 4))] = 3
    level[both & (ca == cb)] = 4 if slips else 3
    return level
