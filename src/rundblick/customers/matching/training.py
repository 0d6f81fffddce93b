"""Weights without labels: expectation maximisation over the levels of candidate pairs.

How often strangers agree (u) is counted on random pairs. How often records of one person agree (m) comes from the
candidate pairs, a mixture of three kinds: one person, two people of one household, two strangers who share a key.
An address and a fixed line have one m in the first two kinds. What is a person's (first name, birth date, mail
address ...) agrees among two people of one household as ``household_rates`` counts it, on pairs that are two people
without doubt. The strangers among candidates share keys more often than random ones, so they have rates of their own,
used for the mixture only (Fellegi and Sunter 1969, doi 10.1080/01621459.1969.10501049; EM after Winkler 1988).

What people answered about pairs is kept fixed in the fit (semi-supervised EM, Nigam, McCallum, Thrun and Mitchell 2000,
doi 10.1023/A:1007692713085); what an answer counts for: ``matching.answers``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import msgspec
import numpy as np

from rundblick.core.message import Party
from rundblick.customers.matching.answers import DIFFERENT as SAID_DIFFERENT
from rundblick.customers.matching.answers import SAME as SAID_SAME
from rundblick.customers.matching.answers import Answers, counts_for
from rundblick.customers.matching.blocking import Plan, candidate_sample
from rundblick.customers.matching.comparing import (
    BIRTH,
    DIFFERENT,
    EMAIL,
    FIRST,
    LAST,
    PHONE,
    SYSTEM,
    Field,
    compare,
    fields_of,
    one_household,
)
from rundblick.customers.matching.limits import limits
from rundblick.customers.matching.model import FieldWeights, Learned, Model, Numbers
from rundblick.customers.matching.person import further_facts
from rundblick.customers.matching.table import EMAILS, HOME, OWN, Bools, Bytes, Floats, Ints, Table
from rundblick.customers.matching.weighing import Weigher

SEED: Final = 20261101
MOST_PAIRS: Final = 400_000  # candidate pairs that are looked at
RANDOM_PAIRS: Final = 200_000
ROUNDS: Final = 60
FILLED: Final = 0.2  # share of records that must carry a fact for it to be compared
SPECIAL: Final = 0.3  # distinct values a record from which a fact finds candidates by itself
P_AUTO: Final = 0.9
P_REVIEW: Final = 0.3
LEAST: Final = 1e-7


def facts_of(parties: Sequence[Party]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Names of further facts, in order: (filled often enough to be compared, special enough to find candidates by,
    numbers of a person's own)."""
    filled: Counter[str] = Counter()
    values: dict[str, set[str]] = {}
    for party in parties:
        for name, value in further_facts(party.facts):
            filled[name] += 1
            values.setdefault(name, set()).add(value)
    facts = sorted(name for name, n in filled.items() if n >= FILLED * len(parties) and len(values[name]) > 1)
    special = tuple(name for name in facts if len(values[name]) >= SPECIAL * filled[name])
    own = tuple(name for name in special if _are_numbers(values[name]))
    return tuple(facts), special, own


def _are_numbers(values: set[str]) -> bool:
    """Whether nine of ten values hold four digits or more."""
    return sum(sum(c.isdigit() for c in value) >= 4 for value in values) >= 0.9 * len(values)


@dataclass(frozen=True, slots=True)
class Mixture:
    """What was fitted: shares of the three kinds among candidates, and the level probabilities of each field."""

    shares: Floats  # one person, one household, strangers
    rates: list[Floats]  # a field: (3, levels)
    one: Floats  # how probable "one person" is, a pair
    household: Floats  # how probable "one household" is, a pair


NO_ANSWERS: Final = Answers()


def learn(
    table: Table,
    informative: tuple[str, ...],
    own: tuple[str, ...],
    seed: int = SEED,
    answers: Answers = NO_ANSWERS,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Model:
    """A model of the persons in ``table``, from its candidate pairs.

    Needs no truth; the same table gives the same model. ``informative``, ``own``: see ``facts_of``. ``answers``: what
    people said about pairs of the table; ``settings``: see ``exclusive_systems``.
    """
    chance = np.random.default_rng(seed)
    fields = fields_of(table.facts, own)
    known = known_names(table)
    known_list = tuple(sorted(table.names.texts.array[known].tolist()))
    codes, scale = candidate_sample(table, Plan(informative), MOST_PAIRS)
    if len(answers):
        codes = np.union1d(codes, np.concatenate([answers.same, answers.different]))
    a, b = codes >> 32, codes & 0xFFFFFFFF
    levels = compare(table, a, b, known)
    ra, rb = _random_pairs(len(table), chance)
    u = _rates(fields, compare(table, ra, rb, known))
    first = table.column("first")
    both_known = known[first[a]] & known[first[b]]
    at_home = [_in_a_household(field, by_chance) for field, by_chance in zip(fields, u, strict=True)]
    for _ in range(3):
        mixture = fit(fields, levels, u, at_home)
        at_home = household_rates(fields, levels, u, both_known, mixture.household)
    mixture = fit(fields, levels, u, at_home)
    if len(answers):
        told = answers.told(codes)
        odds = np.log2(np.maximum(mixture.one, LEAST) / np.maximum(1 - mixture.one, LEAST))
        counted = counts_for(answers, codes, told, odds, one_household(fields, levels))
        mixture = fit(fields, levels, u, at_home, told, counted)
    pairs = len(table) * (len(table) - 1) / 2
    women = names_of_women(table)
    among_women = women_of_one_name(levels, fields, women[first[a]] & women[first[b]], mixture.household)
    numbers = exclusive_systems(table, a, b, levels, fields, scale, settings)
    matches = max(mixture.shares[0] * len(a) * scale, 1.0)
    homes = max(mixture.shares[1] * len(a) * scale, 0.5)
    matches = min(matches, max(pairs / 2, 1.0))
    prior = float(np.log2(matches / max(pairs - matches, 1.0)))
    weights = tuple(
        _field_weights(table, field, rates, u_rates)
        for field, rates, u_rates in zip(fields, mixture.rates, u, strict=True)
    )
    model = Model(
        facts=table.facts,
        informative=informative,
        own=own,
        fields=weights,
        prior=prior,
        prior_household=float(np.log2(matches / homes)) - CAUTION,
        moved=float(np.log2(MOVED)),
        women=tuple(sorted(table.names.texts.array[women].tolist())),
        women_of_one_name=float(np.log2(among_women)),
        auto=float(np.log2(P_AUTO / (1 - P_AUTO))),
        review=float(np.log2(P_REVIEW / (1 - P_REVIEW))),
        known_names=known_list,
        exclusive=tuple(one.system for one in numbers if one.exclusive),
        over_used_dates=tuple(sorted(table.forgotten)),
        records=len(table),
        learned=Learned(same=len(answers.same), different=len(answers.different), numbers=numbers),
    )
    weigher = Weigher(model, table)
    found = weigher.scores(weigher.weights(a, b, levels), levels) >= model.review
    return msgspec.structs.replace(model, most=limits(table, model.plan, a, b, found))


def forget_over_used(table: Table) -> None:
    """Read birth dates that are placeholders as unknown."""
    table.forget("birth", over_used_dates(table))


def over_used_dates(table: Table) -> tuple[str, ...]:
    """Birth dates that so many records carry that they stand for "unknown": 1 January 1970 and the like.

    A value is one when it is at least 20 times as frequent as the 99th percentile of all dates, and 20 records carry
    it.
    """
    counts = np.bincount(table.column("birth"), minlength=len(table.values["birth"]))
    counts[0] = 0
    seen = counts[counts > 0]
    if not len(seen):
        return ()
    most = max(20.0, 20.0 * float(np.percentile(seen, 99)))
    return tuple(sorted(table.values["birth"].texts.array[counts >= most].tolist()))


TWICE: Final = 0.005  # share of a system's numbers from which it surely gives one person two
ENOUGH: Final = 200  # numbers of a system below which nothing is said


EXCLUSIVE: Final = ("yes", "no", "measured")  # whether a system gives each person one number: said, or measured


def exclusive_systems(
    table: Table,
    a: Ints,
    b: Ints,
    levels: Bytes,
    fields: tuple[Field, ...],
    scale: float = 1.0,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Numbers, ...]:
    """Of each issuer of customer numbers: whether it gives one number to one person, as far as the data show or
    ``settings`` ({issuer: one of EXCLUSIVE}) say. ``scale``: how many pairs each of the pairs stands for.

    A system that has the same first name, last name and birth date together with the same mail address or own
    telephone twice, under two numbers, for more than ``TWICE`` of its numbers knows people twice; its numbers do not
    keep records apart. ``scale``: how many candidate pairs each of these stands for, when they are a sample.
    """
    row = {field.name: i for i, field in enumerate(fields)}
    same = (levels[row[FIRST.name]] == FIRST.exact) & (levels[row[LAST.name]] == LAST.exact)
    same &= levels[row[BIRTH.name]] == BIRTH.exact
    same &= (levels[row[EMAIL.name]] == EMAIL.exact) | (levels[row[PHONE.name]] == PHONE.exact)
    found = []
    for name in sorted(table.number_columns):
        column, issuer = table.column(name), name.removeprefix("number:")
        numbers = len(np.unique(column)) - 1
        twice = round(scale * (same & (column[a] > 0) & (column[b] > 0) & (column[a] != column[b])).sum())
        said = settings.get(issuer, "measured")
        exclusive = said == "yes" or (said == "measured" and numbers >= ENOUGH and twice < TWICE * numbers)
        found.append(Numbers(issuer, numbers, twice, exclusive, said))
    return tuple(found)


def known_names(table: Table) -> Bools:
    """By number of a name: whether enough records carry it that it is a name and no slip."""
    n = len(table.names)
    counts = np.bincount(table.column("first"), minlength=n) + np.bincount(table.column("last"), minlength=n)
    counts[0] = 0
    return counts >= max(8, 2e-4 * len(table))


def names_of_women(table: Table) -> Bools:
    """By number of a name: whether nine in ten of at least five records with it, whose gender is known, are women's."""
    first, gender = table.column("first"), table.column("gender")
    n = len(table.names)
    women = np.bincount(first[gender == table.values["gender"].ids.get("f", -1)], minlength=n)
    men = np.bincount(first[gender == table.values["gender"].ids.get("m", -1)], minlength=n)
    found: Bools = (women + men >= 5) & (women >= 9 * men)
    found[0] = False
    return found


def women_of_one_name(levels: Bytes, fields: tuple[Field, ...], women: Bools, household: Floats) -> float:
    """How often two women of one household have one first name: daughters are seldom named after their mothers.

    ``women``: whether both names are women's, a pair. Counted like the first names of ``household_rates``.
    """
    row = {field.name: i for i, field in enumerate(fields)}
    birth, first = levels[row[BIRTH.name]], levels[row[FIRST.name]]
    sure = household * (women & (birth == 1) & (levels[row[EMAIL.name]] != EMAIL.exact))
    return float(((sure * (first == FIRST.exact)).sum() + WOMEN * ASSUMED) / (sure[first > 0].sum() + ASSUMED))


def _random_pairs(n: int, chance: np.random.Generator) -> tuple[Ints, Ints]:
    size = min(RANDOM_PAIRS, 20 * n)
    a = chance.integers(0, n, size)
    b = chance.integers(0, n, size)
    keep = a != b
    return a[keep], b[keep]


def _rates(fields: Sequence[Field], levels: Bytes) -> list[Floats]:
    """Share of each level among the random pairs where both sides are known, smoothed."""
    found = []
    for field, row in zip(fields, levels, strict=True):
        n = len(field.levels)
        counts = np.bincount(row, minlength=n).astype(float)
        counts[0] = 0
        by_chance = np.full(n, 0.005)  # what is not there says what it says elsewhere: values that agree are few
        by_chance[:2] = 0.0, 1.0
        counts += 20 * by_chance if counts.sum() < 1000 else np.r_[0.0, np.full(n - 1, 0.5)]
        found.append(counts / counts.sum())
    return found


def _start(field: Field) -> Floats:
    """Rates of a field among records of one person, before anything is counted."""
    n = len(field.levels)
    start = np.full(n, (1 - _START_EQUAL) / max(n - 2, 1))
    start[field.exact or n - 1] = _START_EQUAL
    start[1] = min(start[1], 0.05)
    start[0] = 0
    whole: Floats = start / start.sum()
    return whole


# How often two people of one household have in common what is a person's, beyond chance: a son named after his father,
# twins, one mail address or mobile for two, the partner's card, a birth place. What is known of households at large,
# worth ``ASSUMED`` pairs; the pairs of the data that surely are two people of one household are counted on top.
SHARED: Final = {"first_name": 0.01, "birth_date": 0.005, "email": 0.05, "phone": 0.05, "number": 0.02, "fact": 0.02}
ASSUMED: Final = 200
WOMEN: Final = 0.002  # two women of one household with one first name
MOVED: Final = (
    0.03  # of the pairs of one person; not learned: candidates of one name in two towns are strangers or movers
)
CAUTION: Final = 1.0  # bits: to join two people of one household is the error that hurts, so it takes more
# birth dates of two people of one household: couples are of nearly one age
_BIRTHS: Final = np.array([0.0, 0.4, 0.45, 0.12, 0.015, 0.005, 0.005, 0.005])
# most people of one household have one last name, or one of them a double name; flat shares have not
_LASTS: Final = np.array([0.0, 0.2, 0.005, 0.03, 0.05, 0.05, 0.7])

# the share of each level among records of one person that the fit starts from
_START_EQUAL: Final = 0.85


def fit(
    fields: tuple[Field, ...],
    levels: Bytes,
    u: list[Floats],
    at_home: list[Floats],
    told: Bytes | None = None,
    counted: Floats | None = None,
) -> Mixture:
    """Fit the mixture of three kinds to candidate pairs ``levels`` (fields, pairs).

    ``told``: what people said of each pair (``answers.SAME``, ``DIFFERENT`` or 0); ``counted``: for how many pairs each
    counts.
    """
    if told is None or counted is None:
        patterns, counts, which = _patterns(levels)
        said = np.zeros(len(counts), np.uint8)
    else:
        patterns, _, which = _patterns(np.vstack([levels, told]))
        counts = np.bincount(which, counted, minlength=patterns.shape[1]).astype(np.float64)
        patterns, said = patterns[:-1], patterns[-1]
    rates: list[Floats] = []
    for field, row, home in zip(fields, patterns, at_home, strict=True):
        n = len(field.levels)
        seen = np.bincount(row, counts, minlength=n)
        seen[0] = 0
        seen = (seen + 1) / (seen[1:].sum() + n - 1)
        start = _start(field)
        rates.append(np.stack([start, home if field is LAST or not field.household else start, seen]))
    shares = np.array([0.3, 0.05, 0.65])
    strangers = ~one_household(fields, patterns)
    posterior = np.zeros((3, len(counts)))
    for _ in range(ROUNDS):
        log = np.log(np.maximum(shares, 1e-12))[:, None] + np.zeros((3, len(counts)))
        for row, rate in zip(patterns, rates, strict=True):
            logs = np.log(np.maximum(rate, LEAST))
            logs[:, 0] = 0
            log += logs[:, row]
        log[1, strangers] = -np.inf
        log[0, said == SAID_DIFFERENT] = -np.inf
        log[1:, said == SAID_SAME] = -np.inf
        log -= log.max(axis=0)
        posterior = np.exp(log)
        posterior /= posterior.sum(axis=0)
        weighted = posterior * counts
        former = shares
        shares = weighted.sum(axis=1) / max(counts.sum(), 1.0)
        rates = [_again(field, row, weighted, home) for field, row, home in zip(fields, patterns, at_home, strict=True)]
        if np.abs(shares - former).max() < 1e-5:
            break
    return Mixture(shares, rates, posterior[0][which], posterior[1][which])


def _again(field: Field, row: Bytes, weighted: Floats, home: Floats) -> Floats:
    """The rates of a field from the pairs' shares in each kind."""
    n = len(field.levels)
    found = np.stack([np.bincount(row, kind, minlength=n) for kind in weighted]).astype(np.float64)
    found[:, 0] = 0
    if field.household and field is not LAST:
        both = found[0] + found[1]
        found[0] = found[1] = both
    found += 2 * _start(field)
    found[2, 1:] += 0.5
    found /= found.sum(axis=1, keepdims=True)
    if field is LAST or not field.household:
        found[1] = home  # not learned: a misread first name would look like two of one household
    return found


def _in_a_household(field: Field, by_chance: Floats) -> Floats:
    """Rates of a person's field for two people of one household, as far as they are known at large."""
    if field is BIRTH:
        births: Floats = _BIRTHS / _BIRTHS.sum()
        return births
    if field is LAST:
        lasts: Floats = _LASTS / _LASTS.sum()
        return lasts
    found = by_chance.copy()
    found[field.exact or len(field.levels) - 1] += shared_at_large(field)
    whole: Floats = found / found.sum()
    return whole


def shared_at_large(field: Field) -> float:
    """How often two people of one household share the field's value beyond chance."""
    return 0.0 if field.special else SHARED.get(field.name.partition(":")[0], 0.0)


def household_rates(
    fields: tuple[Field, ...], levels: Bytes, by_chance: list[Floats], known: Bools, household: Floats
) -> list[Floats]:
    """Rates of each field for two people of one household.

    Counted on candidate pairs at one address or fixed line that are two people by their names and birth dates: for
    first names those whose birth dates are a generation apart, for the others those whose first names are two
    well-known different ones (``known``: both names are), and whose birth dates differ where the field is not the
    birth date itself. ``household``: how probable it is that a pair is two people of one household, by what is known
    so far.
    """
    row = {field.name: i for i, field in enumerate(fields)}
    birth = levels[row[BIRTH.name]]
    two_names = household * ((levels[row[FIRST.name]] == 1) & known)
    two_births = household * ((birth == 1) & (levels[row[EMAIL.name]] != EMAIL.exact))
    found = []
    for field, level, chance in zip(fields, levels, by_chance, strict=True):
        assumed = _in_a_household(field, chance)
        if field.special:
            found.append(assumed)
            continue
        sure = (
            two_births if field is FIRST else two_names if field is BIRTH else two_names * ((birth >= 1) & (birth <= 3))
        )
        counts = np.bincount(level, sure, minlength=len(field.levels)).astype(np.float64)
        counts[0] = 0
        found.append((counts + ASSUMED * assumed) / (counts.sum() + ASSUMED))
    return found


def _patterns(levels: Bytes) -> tuple[Bytes, Floats, Ints]:
    """(distinct columns of ``levels``, how often each occurs, which of them each column is)."""
    packed = np.zeros(levels.shape[1], np.uint64)
    second = np.zeros(levels.shape[1], np.uint64)
    for i, row in enumerate(levels):
        if i < 15:
            packed = packed * np.uint64(16) + row
        else:
            second = second * np.uint64(16) + row
    if len(levels) > 15:
        packed = packed * np.uint64(0x9E3779B97F4A7C15) ^ second
    _, at, which, counts = np.unique(packed, return_index=True, return_inverse=True, return_counts=True)
    return levels[:, at], counts.astype(float), which


def _field_weights(table: Table, field: Field, rates: Floats, u: Floats) -> FieldWeights:
    m, home, _ = rates
    with np.errstate(divide="ignore", invalid="ignore"):
        strangers = np.log2(np.maximum(m, LEAST) / np.maximum(u, LEAST))
        household = np.log2(np.maximum(m, LEAST) / np.maximum(home, LEAST))
    strangers[0] = household[0] = 0.0
    # where a column has hardly more than one value, what differs by chance is guessed: it never speaks for anybody
    if field is not SYSTEM:
        strangers[DIFFERENT], household[DIFFERENT] = min(strangers[DIFFERENT], 0.0), min(household[DIFFERENT], 0.0)
    frequencies: dict[str, float] = {}
    m_exact = rare = 0.0
    if field.exact:
        m_exact = float(np.log2(m[field.exact]))
        frequencies, rare = _frequencies(table, field)
    beyond = max(float(home[field.exact] - u[field.exact]), 1e-9) if field.exact else 0.0
    return FieldWeights(
        field.name, tuple(strangers.tolist()), tuple(household.tolist()), m_exact, rare, beyond, frequencies
    )


_COLUMNS: Final = {
    "first_name": ("first",),
    "last_name": ("last",),
    "birth_date": ("birth",),
    "street": ("street",),
    "postcode": ("postcode",),
    "city": ("city",),
    "email": EMAILS,
    "phone": OWN + HOME,
    "landline": OWN + HOME,
    "company": ("company",),
}
UNSEEN: Final = 1e-3  # share of records with a value, for a field that the training never saw
MOST_FREQUENCIES: Final = 20_000


def _frequencies(table: Table, field: Field) -> tuple[dict[str, float], float]:
    """(log2 share of each frequent value, that of all others)."""
    columns = table.with_former_of(_COLUMNS.get(field.name, (field.name,)))
    values = table.values[columns[0]]
    counts = np.zeros(len(values), np.int64)
    for column in columns:
        counts += np.bincount(table.column(column), minlength=len(values))
    counts[0] = 0
    total = int(counts.sum())
    if not total:
        return {}, float(np.log2(UNSEEN))
    frequent = np.flatnonzero(counts >= 3)
    frequent = frequent[np.argsort(-counts[frequent], kind="stable")][:MOST_FREQUENCIES]
    texts = values.texts.array
    found = {texts[i]: float(np.log2(counts[i] / total)) for i in frequent}
    return found, float(np.log2(2.0 / total))
