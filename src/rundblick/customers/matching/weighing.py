"""The score of compared pairs under a model, vectorised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rundblick.customers.matching.comparing import Field, fields_of
from rundblick.customers.matching.model import FieldWeights, Model
from rundblick.customers.matching.table import EMAILS, HOME, OWN, Bools, Bytes, Floats, Ints, Table

# the column that holds a field's value, for how frequent it is
_VALUE = {"first_name": "first", "last_name": "last", "birth_date": "birth", "street": "street", "company": "company"}


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
        self.fields = fields_of(model.facts)
        self._known = set(model.known_names)

    def known_names(self) -> Bools:
        known = self._known
        return self.table.names.derive("known", lambda text: text in known, np.bool_)

    def scores(self, a: Ints, b: Ints, levels: Bytes) -> Floats:
        """Score of each pair."""
        weights = self.weights(a, b, levels)
        model = self.model
        strangers = model.prior + weights.strangers.sum(axis=0)
        household = model.prior_household + weights.household.sum(axis=0)
        return np.minimum(strangers, household)

    def weights(self, a: Ints, b: Ints, levels: Bytes) -> Weights:
        """The weight of each field of each pair, against each alternative."""
        strangers = np.zeros(levels.shape)
        household = np.zeros(levels.shape)
        for row, (field, weight) in enumerate(zip(self.fields, self.model.fields, strict=True)):
            level = levels[row]
            strangers[row] = np.array(weight.strangers)[level]
            household[row] = np.array(weight.household)[level]
            if field.exact and weight.m_exact:
                at = np.flatnonzero(level == field.exact)
                if len(at):
                    own = weight.m_exact - self._frequency(field, weight, a[at], b[at])
                    strangers[row, at] = own
                    if not field.household:
                        household[row, at] += own - weight.strangers[field.exact]
        return Weights(strangers, household)

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
        if field.name == "place":
            found: Floats = of("postcode")[table.column("postcode")[a]]
            return found
        column = _VALUE.get(field.name, field.name)
        found = of(column)[table.column(column)[a]]
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
