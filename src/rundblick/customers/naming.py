"""Customers by their names: its words in any order, umlauts and accents either way, a typing mistake forgiven."""

from __future__ import annotations

import re
from typing import Final

from rundblick.core.registry import Cursor
from rundblick.core.searching import fold

MOST_WORDS: Final = 6
# the expression of the index customers_recordversion_names, to the letter
_NAMES: Final = (
    "(coalesce(v.facts->>'first_name', '') || ' ' || coalesce(v.facts->>'last_name', '') || ' ' || "
    "coalesce(v.facts->>'name', '') || ' ' || coalesce(v.facts->>'company', ''))"
)
_OF_CUSTOMERS: Final = """
SELECT DISTINCT a.customer_id FROM (
    SELECT v.record_id FROM customers_recordversion v WHERE {condition} LIMIT 4 * %(most)s
) f JOIN customers_assignment a ON a.record_id = f.record_id AND a.valid_to IS NULL
LIMIT %(most)s
"""
_ALIKE: Final = f"""
SELECT a.customer_id FROM (
    SELECT v.record_id, word_similarity(%(words)s, {_NAMES}) AS alike FROM customers_recordversion v
    WHERE %(words)s <%% {_NAMES} ORDER BY alike DESC LIMIT 4 * %(most)s
) f JOIN customers_assignment a ON a.record_id = f.record_id AND a.valid_to IS NULL
GROUP BY a.customer_id ORDER BY max(f.alike) DESC, a.customer_id LIMIT %(most)s
"""
# how a folded letter can be written; the server folds the case of a-z only
_WRITTEN: Final = {
    "a": "(?:ae?|[äÄæÆ]e?|[àáâãåÀÁÂÃÅ])",
    "o": "(?:oe?|[öÖøØœŒ]e?|[òóôõÒÓÔÕ])",
    "u": "(?:ue?|[üÜ]e?|[ùúûÙÚÛ])",
    "e": "[eèéêëÈÉÊËęĘ]",
    "i": "[iìíîïÌÍÎÏıİ]",
    "c": "[cçćčÇĆČ]",
    "n": "[nñńÑŃ]",
    "l": "[lłŁ]",
    "z": "[zžźżŽŹŻ]",
    "y": "[yýÿÝ]",
    "d": "[dđĐ]",
    "g": "[gğĞ]",
    "r": "[rřŘ]",
}


def named(cur: Cursor, text: str, most: int) -> list[int]:
    """At most so many customers whose name (or former name, or that of their company) has all words of ``text``.

    Only when there is none: those with a name that is nearly so, the likeliest first (trigrams, word similarity).
    """
    words = [word for word in re.findall(r"[^\W_]+", fold(text[:200])) if len(word) > 1][:MOST_WORDS]
    if not words:
        return []
    condition = " AND ".join(f"{_NAMES} ~* %(word{n})s" for n in range(len(words)))
    values = {f"word{n}": _pattern(word) for n, word in enumerate(words)}
    cur.execute(_OF_CUSTOMERS.format(condition=condition), {**values, "most": most})
    found = [customer for (customer,) in cur.fetchall()]
    if found or len("".join(words)) < 4:
        return found
    written = " ".join(text.replace("\x00", " ").casefold().split())[:200]
    cur.execute(_ALIKE, {"words": written, "most": most})
    return [customer for (customer,) in cur.fetchall()]


def _pattern(word: str) -> str:
    """A regular expression for a folded word, however its letters are written; ss is also ß."""
    letters = [_WRITTEN.get(sign, re.escape(sign)) for sign in word]
    return "".join(letters).replace("ss", "(?:ss|ß)")
