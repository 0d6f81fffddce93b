"""Names as they are compared: folded, without titles, split into first and last, with their sound and short forms."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rundblick.customers.identifiers import fold_name
from rundblick.customers.matching.nicknames import SHORT_FORMS

LONGEST: Final = 80  # letters of a name that are looked at; a field of 10 MB is no name


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


JUNK: Final = _words(
    "unbekannt unknown na keine kein none null nil nn xxx xx test keineangabe ka nichtbekannt anonym anonymous leer"
    " empty missing undefined kunde customer gast guest"
)
_TITLES: Final = _words(
    "herr frau hr fr familie fam eheleute dr prof professor dipl ing med dipling mr mrs ms miss mister sir madam"
    " mag bsc msc ba ma phd jun sen jr sr"
)
_PARTICLES: Final = _words("von van vom zu zum zur de del della di da dos der den ten ter la le al el bin ibn")


@lru_cache(maxsize=131072)
def fold(text: str) -> str:
    """The name as it is compared, "" when it says nothing (``fold_name`` without placeholders)."""
    folded = fold_name(text[:LONGEST])
    return "" if folded.replace(" ", "") in JUNK else folded


@lru_cache(maxsize=131072)
def split_name(text: str) -> tuple[str, str]:
    """(first names, last name) of a name in one field: "Dr. Hans von Berg", "BERG, HANS". Both folded."""
    text = text[:LONGEST]
    if text.count(",") == 1:
        last, _, first = text.partition(",")
        return _without_titles(fold(first.replace("-", ""))), _without_titles(fold(last))
    words = _without_titles(fold(text)).split()
    if len(words) < 2:
        return "", " ".join(words)
    cut = len(words) - 1
    while cut > 1 and words[cut - 1] in _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


def _without_titles(folded: str) -> str:
    words = [word for word in folded.split() if word not in _TITLES]
    return " ".join(words)


@lru_cache(maxsize=131072)
def short_forms(name: str) -> frozenset[str]:
    """The full names that ``name`` may stand for, itself among them; empty when no short form is known."""
    return SHORT_FORMS.get(name, frozenset())


_SOUNDS: Final = {
    **dict.fromkeys("aeijouy", "0"),
    **dict.fromkeys("fvw", "3"),
    **dict.fromkeys("gkq", "4"),
    "b": "1",
    "l": "5",
    "m": "6",
    "n": "6",
    "r": "7",
    "s": "8",
    "z": "8",
}


@lru_cache(maxsize=131072)
def phonetic(folded: str) -> str:
    """How a name sounds in German (Koelner Phonetik, Postel 1969), of letters only; "" without letters."""
    word = "".join(c for c in folded if "a" <= c <= "z")
    codes: list[str] = []
    for i, c in enumerate(word):
        after = word[i + 1 : i + 2]
        before = word[i - 1 : i]
        if c == "h":
            continue
        if c == "p":
            code = "3" if after == "h" else "1"
        elif c in "dt":
            code = "8" if after in ("c", "s", "z") else "2"
        elif c == "x":
            code = "8" if before in ("c", "k", "q") else "48"
        elif c == "c":
            code = _sound_of_c(before, after, first=i == 0)
        else:
            code = _SOUNDS.get(c, "")
        codes.append(code)
    flat = "".join(codes)
    short = "".join(c for i, c in enumerate(flat) if i == 0 or c != flat[i - 1])
    return short[:1] + short[1:].replace("0", "")


def _sound_of_c(before: str, after: str, *, first: bool) -> str:
    if first:
        return "4" if after in tuple("ahkloqrux") else "8"
    if before in ("s", "z"):
        return "8"
    return "4" if after in tuple("ahkoqux") else "8"
