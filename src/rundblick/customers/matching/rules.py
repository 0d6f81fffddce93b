"""What no weight may override: pairs that never join by themselves, however much they share.

A pair of different first names needs evidence of a person (one mail address, one personal number, one birth date with
one last name): address, fixed line and last name belong to a household. One first name with clearly different birth dates
is father and son, unless they share a mail address or a personal number.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from rundblick.customers.matching.comparing import BIRTH, EMAIL, FIRST, LAST, PHONE, Field
from rundblick.customers.matching.table import Bools, Bytes, Ints, Table


class Rule(IntEnum):
    """Which rule decided about a pair."""

    WEIGHT = 0  # its score
    SAME_NUMBER = 1  # a strong identifier in common
    APART = 2  # a person's decision
    TOGETHER = 3  # a person's decision
    TWO_NUMBERS = 4  # two numbers of a system that gives one to a person
    HOUSEHOLD = 5  # different first names and no evidence of a person
    GENERATIONS = 6  # one first name, birth dates clearly different


def vetoes(fields: tuple[Field, ...], levels: Bytes, special: tuple[str, ...]) -> Bytes:
    """The ``Rule`` that keeps each pair from joining by itself, 0 for none. ``special``: facts that name a person."""
    row = {field.name: i for i, field in enumerate(fields)}
    first, last = levels[row[FIRST.name]], levels[row[LAST.name]]
    birth, email = levels[row[BIRTH.name]], levels[row[EMAIL.name]]
    phone = levels[row[PHONE.name]]
    personal = np.zeros(levels.shape[1], np.bool_)
    for name in special:
        personal |= levels[row["fact:" + name]] >= 3
    found = np.zeros(levels.shape[1], np.uint8)
    same_birth = birth >= 4
    proof = personal | (same_birth & ((last >= 3) | (email == 5) | (phone == 3))) | ((email == 5) & (last == 0))
    found[(first == 1) & ~proof] = Rule.HOUSEHOLD
    old = (first >= 2) & (birth == 1) & (email != 5) & ~personal
    found[old] = Rule.GENERATIONS
    return found


def two_numbers(table: Table, exclusive: tuple[str, ...], a: Ints, b: Ints) -> Bools:
    """Whether a pair has two different numbers of a system that gives one to a person."""
    found = np.zeros(len(a), np.bool_)
    for issuer in exclusive:
        name = "number:" + issuer
        if name in table.columns:
            column = table.column(name)
            found |= (column[a] > 0) & (column[b] > 0) & (column[a] != column[b])
    return found
