"""The score of compared pairs under a model, vectorised."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np

from rundblick.customers.matching.comparing import (
    ADDRESS,
    BASE,
    FIRST,
    LAST,
    MAIL_YEAR,
    REST,
    Field,
    fields_of,
    one_household,
)
from rundblick.customers.matching.model import FieldWeights, Model
from rundblick.customers.matching.table import EMAILS, FORMER, HOME, OWN, Bools, Bytes, Codes, Floats, Ints, Table

MOST_PERSONAL: Final = 7.0  # bits

# the column that holds a field's value, for how frequent it is
_VALUE = {"first_name": "first", "last_name": "last", "birth_date": "birth", "street": "street", "company": "company"}


ADDRESS_FIELDS: Final = tuple(i for i, field in enumerate(BASE) if field.name in ADDRESS)
_UNSHARED: Final = frozenset({"first_name", "number", "system", MAIL_YEAR.name})


def personal_fields(fields: tuple[Field, ...]) -> list[int]:
    """The fields that are evidence of a person (``Weigher.personal``)."""
    return [i for i, field in enumerate(fields) if not field.household and field.name not in _UNSHARED]


def most_personal(field: Field) -> float:
    """Bits of evidence of a person that one field gives at most: a number of the person's own counts in full."""
    return 99.0 if field.special else MOST_PERSONAL


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of pairs, in bits: shape (fields, pairs) each."""

    strangers: Floats
    household: Floats


class Weigher:
    """Weighs pairs of one table under one model. What depends on values only is looked up once a value."""

    def __init__(self, model: Model, table: Table) -> None:
        self.model = model
        self.table = table
        self.fields = fields_of(model.facts, model.own)
        self._known = set(model.known_names)
        self._women = set(model.women)
        self._strangers = [np.array(weight.strangers) for weight in model.fields]
        self._household = [np.array(weight.household) for weight in model.fields]
        self._address = list(ADDRESS_FIELDS)
        self._person = personal_fields(self.fields)
        self._most = np.array([most_personal(self.fields[i]) for i in self._person])[:, None]

    def over(self, table: Table) -> Weigher:
        """The same model over another table."""
        other = copy(self)
        other.table = table
        return other

    def known_names(self) -> Bools:
        known = self._known
        return self.table.names.derive("known", lambda text: text in known, np.bool_)

    def scores(self, weights: Weights, levels: Bytes) -> Floats:
        """Score of each pair: against the alternative that explains it better."""
        strangers = self.against_strangers(weights.strangers)
        household = self.model.prior_household + weights.household.sum(axis=0)
        at_home = one_household(self.fields, levels)
        found: Floats = np.where(at_home, np.minimum(strangers, household), strangers)
        return found

    def against_strangers(self, strangers: Floats) -> Floats:
        """Score of each pair as far as strangers go, from the weights (fields, pairs): no score is higher."""
        found: Floats = self.model.prior + strangers.sum(axis=0) + self.moved(strangers)
        return found

    def moved(self, strangers: Floats) -> Floats:
        """What brings the fields of an address, which change at once, from their sum to what they say together."""
        alone = strangers[self._address].sum(axis=0)
        share = self.model.moved
        together = np.logaddexp2(alone + np.log2(1 - np.exp2(share)), np.float64(share))
        found: Floats = np.where((alone != 0).astype(bool), together - alone, 0.0)
        return found

    def personal(self, weights: Weights, without: str = "") -> Floats:
        """Evidence of a person, first name apart: what two people of one household would not share.

        ``without``: a field that is left out. One field gives at most ``MOST_PERSONAL`` bits: twins have one birth
        date, couples one mail address. A fact that is a number of the person's own counts in full.
        """
        evidence = np.clip(weights.household[self._person], 0.0, self._most)
        for place, i in enumerate(self._person):
            if self.fields[i].name == without:
                evidence[place] = 0.0
        found: Floats = evidence.sum(axis=0)
        return found

    def weights(self, a: Ints, b: Ints, levels: Bytes) -> Weights:
        """The weight of each field of each pair, against each alternative."""
        return Weights(self.strangers(a, b, levels), self.household(a, b, levels))

    def strangers(self, a: Ints, b: Ints, levels: Bytes) -> Floats:
        """The weight of each field of each pair against strangers: (fields, pairs)."""
        found = np.zeros(levels.shape)
        for row, (field, weight) in enumerate(zip(self.fields, self.model.fields, strict=True)):
            level = levels[row]
            if not level.any():
                continue
            found[row] = self._strangers[row][level]
            if field.exact and weight.m_exact:
                at = (level == field.exact).nonzero()[0]
                if len(at):
                    found[row, at] = weight.m_exact - self._frequency(field, weight, a[at], b[at])
        return found

    def household(self, a: Ints, b: Ints, levels: Bytes) -> Floats:
        """The weight of each field of each pair against two people of one household: (fields, pairs)."""
        found = np.zeros(levels.shape)
        for row, (field, weight) in enumerate(zip(self.fields, self.model.fields, strict=True)):
            level = levels[row]
            if not level.any():
                continue
            found[row] = self._household[row][level]
            if field.exact and weight.m_exact and (field is FIRST or not field.household):
                at = (level == field.exact).nonzero()[0]
                if field is FIRST and len(at):
                    found[row, at] = self._namesake(weight, self.table.column("first")[a[at]])
                elif len(at):
                    frequency = self._frequency(field, weight, a[at], b[at])
                    found[row, at] = weight.m_exact - np.log2(np.exp2(frequency) + weight.shared)
            if field is REST or field is LAST:
                # a son who is named after his father has all of his names; what a household shares proves nobody
                found[row] = np.minimum(found[row], 0.0)
        return found

    def _namesake(self, weight: FieldWeights, names: Codes) -> Floats:
        """Weight of one first name against two people of one household (a son named after his father)."""
        women = self._women
        is_woman = self.table.names.derive("women", lambda text: text in women, np.bool_)
        return np.where(is_woman[names], weight.m_exact - self.model.women_of_one_name, weight.household[FIRST.exact])

    def _frequency(self, field: Field, weight: FieldWeights, a: Ints, b: Ints) -> Floats:
        """log2 of the share of records that carry the value that each pair has in common."""
        table = self.table

        def of(column: str) -> Floats:
            rare, known = weight.rare, weight.frequencies
            return table.values[column].derive("tf:" + field.name, lambda text: known.get(text, rare), np.float64)

        if field.name == "email":
            return _common(table, EMAILS, a, b, of(EMAILS[0]), weight.rare)
        if field.name in ("phone", "landline"):
            return _common(table, OWN + HOME, a, b, of(OWN[0]), weight.rare)
        column = _VALUE.get(field.name, field.name)
        if table.formers and column in FORMER:
            return _common(table, table.with_former(column), a, b, of(column), weight.rare)
        found: Floats = of(column)[table.column(column)[a]]
        return found


def _common(table: Table, columns: tuple[str, ...], a: Ints, b: Ints, frequency: Floats, rare: float) -> Floats:
    """The lowest frequency among values that both records carry in some of ``columns``."""
    found = np.full(len(a), np.inf)
    for x in columns:
        mine = table.column(x)[a]
        if not mine.any():
            continue
        for y in columns:
            same = (mine > 0) & (mine == table.column(y)[b])
            found[same] = np.minimum(found[same], frequency[mine[same]])
    found[np.isinf(found)] = rare
    return found
