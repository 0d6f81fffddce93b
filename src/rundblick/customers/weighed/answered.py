"""What people answered in the review queue, as pairs that training may learn from (customers.matching.answers)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rundblick.core.registry import Cursor
from rundblick.customers.matching.answers import Answers
from rundblick.customers.matching.table import Ints
from rundblick.customers.weighed.parties import Known

# answers that came into effect and stand: with four eyes the second one, and none that was taken back
_SAID = """
SELECT DISTINCT i.a_id, i.b_id, n.said FROM customers_reviewanswer n
JOIN customers_reviewitem i ON i.id = n.item_id
JOIN customers_identityact t ON t.id = n.act_id
WHERE t.standing AND n.said IN ('same', 'different')
"""
_ASKED = "SELECT DISTINCT a_id, b_id FROM customers_reviewitem"


def answered(cur: Cursor, known: Known) -> Answers:
    """The standing answers about pairs of ``known``, and all that was ever asked.

    A pair about which both was said teaches nothing.
    """
    places = known.places()
    cur.execute(_SAID)
    said = cur.fetchall()
    same = _codes(places, ((a, b) for a, b, what in said if what == "same"))
    different = _codes(places, ((a, b) for a, b, what in said if what == "different"))
    cur.execute(_ASKED)
    both = np.intersect1d(same, different)
    return Answers(np.setdiff1d(same, both), np.setdiff1d(different, both), _codes(places, cur.fetchall()))


def _codes(places: dict[int, int], pairs: Iterable[tuple[int, int]]) -> Ints:
    """Pairs of records as ``lower << 32 | higher`` place, each once, ascending; what is not there is left out."""
    found = [
        min(places[a], places[b]) << 32 | max(places[a], places[b]) for a, b in pairs if a in places and b in places
    ]
    return np.unique(np.array(found, np.int64))
