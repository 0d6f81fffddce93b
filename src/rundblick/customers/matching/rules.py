"""What no weight may override: pairs that never join by themselves, however much they share.

A pair of different first names needs evidence of a person (one mail address, one personal number, one birth date with
one last name): address, fixed line and last name belong to a household. One first name with clearly different birth
dates is father and son, unless they share a mail address or a personal number.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np

from rundblick.customers.matching.comparing import BIRTH, EMAIL, FIRST, LAST, NUMBER, Field, one_household
from rundblick.customers.matching.table import Bools, Bytes, Floats, Ints, Table
from rundblick.customers.matching.weighing import MOST_PERSONAL


class Rule(IntEnum):
    """Which rule decided about a pair. From ``TWO_PEOPLE`` on it also keeps the groups of the two apart."""

    WEIGHT = 0  # its score
    SAME_NUMBER = 1  # a strong identifier in common
    TOGETHER = 2  # a person's decision
    HOUSEHOLD = 3  # different first names and no evidence of a person
    GENERATIONS = 4  # one first name, birth dates a generation apart
    TWO_PEOPLE = 5  # one of the two above, at one address or fixed line, and the weight agrees
    TWO_NUMBERS = 6  # two numbers of a system that gives one to a person
    APART = 7  # a person's decision


SURE: Final = 6.0  # bits against, from which two records of one household are two people
PERSONAL: Final = 8.0  # bits of evidence of a person that different first names need: more than one field gives
MUCH: Final = 2 * MOST_PERSONAL  # more than mail address and mobile give together
LITTLE: Final = 3.0  # bits of such evidence beside the birth date that two alike names at one address need


def vetoes(fields: tuple[Field, ...], levels: Bytes, personal: Floats, other: Floats, known: Bools) -> Bytes:
    """The ``Rule`` that keeps each pair from joining by itself, 0 for none.

    personal  evidence of a person in bits (``Weigher.personal``)
    other     the same without the birth date, which twins share
    known     whether both first names are ones that many bear
    """
    row = {field.name: i for i, field in enumerate(fields)}
    first, birth, email = levels[row[FIRST.name]], levels[row[BIRTH.name]], levels[row[EMAIL.name]]
    found = np.zeros(levels.shape[1], np.uint8)
    # two well-known names that are alike or short for each other (Anna and Anne, Niklas and Nico): twins, or one person
    near = one_household(fields, levels) | ((birth >= 5) & (levels[row[LAST.name]] >= 5))
    twins = ((first == 2) | ((first == 5) & known)) & near & (levels[row[NUMBER.name]] != 2)
    found[twins & (other < LITTLE)] = Rule.HOUSEHOLD
    found[(first == 1) & (personal < PERSONAL)] = Rule.HOUSEHOLD
    # two well-known different names at one address: couples share mail address and mobile, so it takes more than both
    couple = (first == 1) & known & one_household(fields, levels) & (birth < 4) & (levels[row[NUMBER.name]] != 2)
    own = np.zeros(levels.shape[1], np.bool_)
    for field, level in zip(fields, levels, strict=True):
        if field.special:
            own |= level == field.exact
    found[couple & (personal <= MUCH) & ~own] = Rule.HOUSEHOLD
    found[(first >= 5) & (birth == 1) & (email != 5) & (personal < PERSONAL)] = Rule.GENERATIONS
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
