"""What of a model is kept: no value that only one person's records carry.

A model knows how frequent values are, and so it names them. A name that thousands bear names nobody; an address that
only one person's records carry would outlive his erasure. So a value stays only where records of several names have it;
the others count as rare, which they are.
"""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from rundblick.customers.matching.model import FieldWeights, Model
from rundblick.customers.matching.table import EMAILS, HOME, OWN, Ints, Table

NAMES: Final = 3  # different names among the records with a value, from which it is nobody's own

_COLUMNS: Final = {
    "first_name": ("first",),
    "last_name": ("last",),
    "birth_date": ("birth",),
    "email": EMAILS,
    "phone": OWN + HOME,
    "landline": OWN + HOME,
}


def shared_values_only(model: Model, table: Table) -> Model:
    """The model without the values that are one person's own; ``table``: the records it was learned from."""
    named = _bearers(table)
    known = [name for name in model.known_names if name in named]
    return msgspec.structs.replace(
        model,
        fields=tuple(_kept(weights, table) for weights in model.fields),
        known_names=tuple(known),
        women=tuple(name for name in model.women if name in named),
    )


def _kept(weights: FieldWeights, table: Table) -> FieldWeights:
    columns = _COLUMNS.get(weights.name, (weights.name,))
    if not weights.frequencies or columns[0] not in table.columns:
        return weights
    shared = _shared(table, table.with_former_of(columns))
    kept = {text: share for text, share in weights.frequencies.items() if text in shared}
    return msgspec.structs.replace(weights, frequencies=kept)


def _bearers(table: Table) -> set[str]:
    return _shared(table, ("first",)) | _shared(table, ("last",))


def _shared(table: Table, columns: tuple[str, ...]) -> set[str]:
    """Values of columns whose records have at least ``NAMES`` different sounds of the other name."""
    beside = "last" if columns[0] == "first" else "first"
    sounds = table.name_sounds()[table.column(beside)].astype(np.int64)
    pairs: list[Ints] = []
    for column in columns:
        codes = table.column(column).astype(np.int64)
        pairs.append((codes << 32 | sounds)[(codes > 0) & (sounds > 0)])
    distinct = np.unique(np.concatenate(pairs))
    values = table.values[columns[0]]
    counts = np.bincount(distinct >> 32, minlength=len(values))
    return set(values.texts.array[counts >= NAMES].tolist())
