"""Folding for search: what a person types and what is stored meet in one form.

Umlauts both ways (Häuser = Haeuser = Hauser), no case, no accents; made in Python, never by the server's lower(),
which knows only ASCII under the C collation (FOUNDATIONS 9).
"""

from __future__ import annotations

import re
import unicodedata

_MOST = 60_000  # signs of one text; a tsvector ends at 1 MB
_MARKS = re.compile("[\u0300-\u036f]+")
_VOWELS = re.compile(r"([aou])e")
_TABLE = str.maketrans({"ß": "ss", "æ": "a", "ø": "o", "œ": "o", "ł": "l", "đ": "d"})


def fold(text: str) -> str:
    """The folded form of a text: lower case, ä = ae = a, ß = ss, accents dropped."""
    text = text.casefold().translate(_TABLE)
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    return _VOWELS.sub(r"\1", text)


def search_text(*parts: str) -> str:
    """What goes into a search vector: the folded parts, cut to what a vector holds."""
    return fold(" ".join(part for part in parts if part)[:_MOST])


def search_query(text: str) -> str:
    """A tsquery text for what a person typed: every word, the last one as a beginning. "" when there is no word."""
    words = re.findall(r"[\w@.+-]+", fold(text))
    words = [word.strip(".+-") for word in words]
    quoted = ["'" + word.replace("'", "''") + "':*" for word in words if word]
    return " & ".join(quoted)
