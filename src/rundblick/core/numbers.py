"""Numbers that people see: nine digits, the last one a check digit by Damm.

Damm's quasigroup finds every single wrong digit and every swap of neighbours (H. M. Damm, "Total anti-symmetrische
Quasigruppen", Marburg 2004). Customers start with 1 to 4, cases with 5 to 9, so a number read out over the telephone
says what it is. They are dictated in threes: 100 000 125.
"""

from __future__ import annotations

_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)
_CUSTOMERS_FROM = 10_000_000
_CASES_FROM = 50_000_000


class NumberError(ValueError):
    """The text is no number of ours: wrong length, wrong signs or wrong check digit."""


def check_digit(digits: str) -> str:
    """The Damm digit of a text of decimal digits."""
    state = 0
    for sign in digits:
        state = _DAMM[state][ord(sign) - 48]
    return str(state)


def is_valid(number: str) -> bool:
    """Whether a number, as stored (digits only), carries its right check digit."""
    return number.isascii() and number.isdigit() and len(number) >= 9 and check_digit(number) == "0"


def customer_number(serial: int) -> str:
    """The customer number of the ``serial``-th customer (from 1)."""
    return _number(_CUSTOMERS_FROM + serial)


def case_number(serial: int) -> str:
    """The case number of the ``serial``-th case (from 1)."""
    return _number(_CASES_FROM + serial)


def _number(body: int) -> str:
    digits = str(body)
    return digits + check_digit(digits)


def parse(text: str) -> str:
    """The stored form of a number as a person wrote it: spaces, dots and dashes do not matter.

    Raises NumberError when it cannot be one of ours.
    """
    digits = "".join(sign for sign in text if sign not in " .-/\u00a0\u202f#")
    if not is_valid(digits):
        raise NumberError(text)
    return digits


def spaced(number: str) -> str:
    """The number in threes, from the left, joined by no-break spaces: how it is shown and dictated."""
    return "\u00a0".join(number[i : i + 3] for i in range(0, len(number), 3))
