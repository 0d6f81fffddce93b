"""How often what is sought occurs, and what else may be meant by it: compounds, parts of compounds, typing mistakes.

A word that occurs often enough is taken as it is. For a rarer one the words that contain it count as well
("Reparatur" finds "Waschmaschinenreparatur"); for one that stands nowhere its two parts, and failing that words at a
distance of one letter (two in long ones) after Damerau (1964), found by their trigrams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import OSA

from rundblick.cases.search.query import Query, Term, Unit
from rundblick.core.registry import Cursor
from rundblick.core.searching import LONGEST, stem

OFTEN: Final = 3_000  # texts: a word in more of them needs no other
MOST_COMPOUNDS: Final = 60
MOST_MISTAKES: Final = 6
_SHORTEST: Final = 4
_LINKS: Final = ("", "s", "es", "n", "en", "er")

_TEXTS = "SELECT word, texts FROM cases_word WHERE word = ANY(%s)"
_CONTAINING = "SELECT word, texts FROM cases_word WHERE word LIKE %s AND word <> %s ORDER BY texts DESC, word LIMIT %s"
_ALIKE = """
SELECT word, texts FROM cases_word WHERE word %% %s AND length(word) BETWEEN %s AND %s
ORDER BY similarity(word, %s) DESC, word LIMIT 300
"""


@dataclass(frozen=True, slots=True)
class Also:
    """What was sought beside what was typed. ``why``: compound, parts, mistake."""

    typed: str
    words: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Sought:
    """A term, as the server is asked for it, and in how many texts it stands, about."""

    tsquery: str
    texts: int
    term: Term

    @property
    def tokens(self) -> frozenset[str]:
        return frozenset(token for unit in self.term.units for way in unit.ways for token in way)


def expand(cur: Cursor, query: Query, exactly: bool = False) -> tuple[list[Sought], list[Also]]:
    """The terms with everything that may be meant. ``exactly``: nothing but what was typed."""
    tokens = {token for term in query.terms for unit in term.units for way in unit.ways for token in way}
    cur.execute(_TEXTS, (sorted(tokens),))
    known = {str(word): int(texts) for word, texts in cur.fetchall()}
    cur.execute("SELECT set_config('pg_trgm.similarity_threshold', '0.22', true)")
    also: list[Also] = []
    sought = []
    for term in query.terms:
        units, texts = [], 0
        for unit in term.units:
            n = _texts(unit.ways, known)
            if not exactly and not unit.phrase and not term.without and not unit.beginning and n <= OFTEN:
                unit, more = _more(cur, unit, n, known)
                also.extend(more)
                n = _texts(unit.ways, known)
            units.append(unit)
            texts += OFTEN if unit.beginning else n
        whole = Term(tuple(units), term.without)
        sought.append(Sought(_tsquery(whole), texts, whole))
    return sought, also


def _texts(ways: Sequence[tuple[str, ...]], known: dict[str, int]) -> int:
    """In how many texts one of the ways stands, at most; what holds a digit is rare and not counted."""
    return sum(min(known.get(token, 0) if token.isalpha() else 1 for token in way) for way in ways)


def _more(cur: Cursor, unit: Unit, texts: int, known: dict[str, int]) -> tuple[Unit, list[Also]]:
    words = [way[0] for way in unit.ways if len(way) == 1 and way[0].isalpha() and len(way[0]) >= _SHORTEST]
    if not words:
        return unit, []
    word = words[0]
    found: list[tuple[str, ...]] = []
    why = ""
    cur.execute(_CONTAINING, (f"%{word}%", word, MOST_COMPOUNDS))
    if containing := cur.fetchall():
        found, why = [(str(one),) for one, _ in containing], "compound"
        known.update({str(one): int(n) for one, n in containing})
    elif texts == 0 and (parts := _parts(cur, word, known)):
        found, why = [parts], "parts"
    elif texts == 0 and (alike := _mistakes(cur, word, known)):
        found, why = [(one,) for one in alike], "mistake"
    if not found:
        return unit, []
    told = Also(unit.typed, tuple(" + ".join(way) for way in found[:12]), why)
    return Unit((*unit.ways, *found), unit.typed, unit.phrase, unit.author), [told]


def _parts(cur: Cursor, word: str, known: dict[str, int]) -> tuple[str, ...]:
    """The two words that a compound is made of, if both occur: of several cuts the one whose rarer part is most so."""
    cuts: dict[tuple[str, str], None] = {}
    for place in range(_SHORTEST, len(word) - _SHORTEST + 1):
        left, right = word[:place], word[place:]
        for link in _LINKS:
            if left.endswith(link) and len(left) - len(link) >= _SHORTEST:
                cuts[stem(left.removesuffix(link) if link else left), stem(right)] = None
    cur.execute(_TEXTS, (sorted({part for cut in cuts for part in cut}),))
    known.update({str(one): int(n) for one, n in cur.fetchall()})
    there = [cut for cut in cuts if all(known.get(part) for part in cut)]
    return min(there, key=lambda cut: (-min(map(len, cut)), min(known[part] for part in cut)), default=())


def _mistakes(cur: Cursor, word: str, known: dict[str, int]) -> list[str]:
    """Words that may have been meant, the likeliest first."""
    most = 1 if len(word) < 9 else 2
    cur.execute(_ALIKE, (word, len(word) - most, min(len(word) + most, LONGEST), word))
    found = []
    for other, texts in cur.fetchall():
        distance = OSA.distance(word, str(other), score_cutoff=most)
        if distance <= most and (len(word) > 5 or word[0] == other[0]):
            known[str(other)] = int(texts)
            found.append((distance, -int(texts), str(other)))
    nearest = min((distance for distance, *_ in found), default=0)
    return [other for distance, _n, other in sorted(found) if distance == nearest][:MOST_MISTAKES]


def _tsquery(term: Term) -> str:
    """A tsquery of tokens only; they are letters, digits and signs of addresses, all within quotes."""
    ways = []
    for unit in term.units:
        for way in unit.ways:
            tokens = [f"'{token}'" for token in way]
            if unit.beginning:
                tokens[-1] += ":*"
            ways.append(" & ".join(tokens))
    return " | ".join(f"({way})" for way in dict.fromkeys(ways))
