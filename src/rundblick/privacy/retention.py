"""How long a law demands what a person may have erased otherwise.

Germany: commercial letters 6 years (HGB 257 I 2-3, IV), vouchers 8 years (AO 147 I 4, III, as amended by the fourth
Bürokratieentlastungsgesetz of 2024). Austria: 7 years (UGB 212, BAO 132). Switzerland: 10 years (OR 958f). All count
from the end of the calendar year (HGB 257 V, AO 147 IV).
"""

from __future__ import annotations

from datetime import date

CONTACT = "contact"  # no law demands it: erased at once
LETTER = "hgb_257"
VOUCHER = "ao_147"

_YEARS: dict[str, dict[str, int]] = {
    LETTER: {"DE": 6, "AT": 7, "CH": 10},
    VOUCHER: {"DE": 8, "AT": 7, "CH": 10},
}


def keep_until(retention: str, since: date, country: str) -> date | None:
    """The last day on which a law demands the content; None when none does.

    >>> keep_until("ao_147", date(2024, 3, 1), "DE")
    datetime.date(2032, 12, 31)
    """
    if retention == CONTACT:
        return None
    years = _YEARS[retention]
    return date(since.year + years.get(country, max(years.values())), 12, 31)
