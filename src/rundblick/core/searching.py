"""Words for search: what a person types and what is stored meet in one form, made by one function for both.

A text becomes a set of *tokens*: folded and stemmed words, numbers in the notations in which people write them, and
mail addresses. Made in Python, never by the server's lower(), which knows only ASCII under the C collation
(FOUNDATIONS 9), nor by its parser, which cuts numbers and addresses as it likes; the server only keeps the tokens
(``array_to_tsvector``) and finds them.

- *Folding*: umlauts both ways (Häuser = Haeuser = Hauser), no case, no accents, whatever the Unicode form.
- *Stemming*: Snowball's English and German stemmers in turn until nothing changes any more (Porter 1980, 2001), so
  that no language has to be known, and a stem is its own stem. It cuts a little more than either alone.
- *Numbers*: "+49 (0)30 123 456", "030/123456" and "0049 30 123456" are one; so are "RE-2024/0815" and "re20240815".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import Stemmer
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

MOST_SIGNS: Final = 400_000  # of one text
MOST_TOKENS: Final = 40_000  # of one text; a tsvector ends at 1 MB
LONGEST: Final = 48  # signs of a token; what is longer is cut, here and in what is asked

_MARKS = re.compile("[\u0300-\u036f]+")
# an e after a, o, u stands for the two dots, but not in "neue", "Bauer", "Quelle"
_DOTS = re.compile(r"(?<=[ao])e+|(?<=[^aeoq]u)e+|(?<=\bu)e+")
_LETTERS = {"æ": "a", "ø": "o", "œ": "o", "ł": "l", "đ": "d"}
_FOREIGN = re.compile("[æøœłđ]")
_WORD = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_HYPHENED = re.compile(r"[^\W\d_]{2,}(?:-[^\W\d_]{2,}){1,3}")
# groups with digits, and what people put between them; letters ahead of them as in RE-2024/0815
_CHAIN = re.compile(
    r"(?:\b[a-z]{1,6}[-/.])?(?:\+|\b)\(?[a-z]{0,6}\d[a-z\d]*\)?(?: ?[-./()]{0,2} ?[a-z]{0,3}\d[a-z\d]*\)?){0,8}"
)
_GROUP = re.compile(r"\+?[a-z\d]+")
_DIGITS = re.compile(r"\d+")
_NEAR: Final = 7  # signs between two groups of one number at most
_AHEAD: Final = 9  # signs of a number before its first digit and after its last
_SHORTEST_NUMBER: Final = 4
_LONGEST_NUMBER = 34  # an IBAN

# too frequent to find anything; German and English, folded
_FREQUENT = (
    "aber als am an auch auf aus bei bin bis da das dass dem den der des die dies diese doch du ein eine einem einen "
    "einer eines er es fur hat habe haben ich ihr ihre ihren im in ist ja man mein meine meinen mich mir mit nach noch "
    "nur ob oder sich sie sind so uber um und uns unser vom von vor war was wenn wie wir wird zu zum zur "
    "all and any are as at be but by can do for from has have he her his if in is it its me my no not of on or our "
    "she that the their them they this to us was we were will with you your"
)
STOP: Final = frozenset(_FREQUENT.split())

_english = Stemmer.Stemmer("english", 0)
_german = Stemmer.Stemmer("german", 0)


def fold(text: str) -> str:
    """The folded form of a text: lower case, ä = ae = a, ß = ss, accents dropped."""
    text = text.casefold()
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()
        if not text.isascii():
            text = _FOREIGN.sub(lambda found: _LETTERS[found.group()], text)
    return _DOTS.sub("", text)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a folded word; its own stem. What holds a digit stays as it is."""
    word = word[:LONGEST]
    if len(word) < 4 or not word.isalpha():
        return word
    while (shorter := _german.stemWord(_english.stemWord(word))) != word:
        word = shorter
    return word


def tokens(*parts: str) -> list[str]:
    """What is kept of a text to find it by, in no order: at most MOST_TOKENS, each of at most LONGEST signs."""
    folded = fold("\n".join(part for part in parts if part)[:MOST_SIGNS])
    found = {stem(word) for word in _WORD.findall(folded) if word not in STOP and (len(word) > 1 or word.isdigit())}
    if "@" in folded:
        found.update(address[:LONGEST] for address in _ADDRESS.findall(folded))
    if "-" in folded:
        found.update(stem(word.replace("-", "")) for word in _HYPHENED.findall(folded))
    for chain in _chains(folded):
        found.update(_numbers(chain))
    return list(found) if len(found) <= MOST_TOKENS else sorted(found)[:MOST_TOKENS]


def token_text(*parts: str) -> str:
    """The tokens with blanks between, as ``VECTOR`` takes them."""
    return " ".join(tokens(*parts))


VECTOR: Final = "array_to_tsvector(string_to_array(x.words, ' '))"
"""The vector of tokens with blanks between, as a computed column of ``insert_rows``."""


def words_of(text: str) -> list[str]:
    """The folded words of a text in their order, unstemmed: what a phrase is compared by."""
    return _WORD.findall(fold(text))


def alternatives(piece: str) -> list[tuple[str, ...]]:
    """How what somebody typed without a blank (or a number with blanks) can stand in a text: any of these, whole.

    Each is a tuple of tokens that stand together in the text. [] when nothing of it can be looked for.
    """
    folded = fold(piece[:1000])
    if _ADDRESS.fullmatch(folded):
        return [(folded[:LONGEST],)]
    found: list[tuple[str, ...]] = []
    whole = _CHAIN.fullmatch(folded.strip("#().,-/"))
    if whole is not None and any(sign.isdigit() for sign in folded):
        groups = _GROUP.findall(whole.group())
        found = [(one,) for one in _forms(groups)]
    simple = tuple(stem(word) for word in _WORD.findall(folded) if len(word) > 1 or word.isdigit())
    if simple:
        found.append(simple[:20])
    if _HYPHENED.fullmatch(folded):
        found.append((stem(folded.replace("-", "")),))
    return list(dict.fromkeys(found))


def is_chain(text: str) -> bool:
    """Whether a text is one number in several groups: "030 123 456", "DE89 3704 0044"."""
    folded = fold(text.strip()[:100]).strip("#().,-/")
    return " " in folded and _CHAIN.fullmatch(folded) is not None and sum(map(str.isdigit, folded)) > 4


def _chains(folded: str) -> Iterator[list[str]]:
    digits = list(_DIGITS.finditer(folded))
    last = 0
    for place, found in enumerate(digits):
        if found.start() < last:
            continue
        end = place  # a chain goes on while its groups are near each other
        while end + 1 < len(digits) and digits[end + 1].start() - digits[end].end() <= _NEAR:
            end += 1
        last = digits[end].end()
        if last - found.start() < _SHORTEST_NUMBER:
            continue
        for chain in _CHAIN.finditer(folded, max(found.start() - _AHEAD, 0), last + _AHEAD):
            groups = _GROUP.findall(chain.group())
            if len(groups) > 1 or len(groups[0]) > 6:
                yield groups


def _numbers(groups: Sequence[str]) -> Iterator[str]:
    """Every run of neighbouring groups, as one number."""
    for first in range(len(groups)):
        for last in range(first + 1, len(groups) + 1):
            yield from _forms(groups[first:last])


def _forms(groups: Sequence[str]) -> Iterator[str]:
    """A number without what stands between its groups; one of a telephone also without what is dialled ahead."""
    joined = "".join(groups).replace("+", "")
    if not _SHORTEST_NUMBER < len(joined) <= _LONGEST_NUMBER:
        return
    yield joined
    if joined.isdecimal() and len(joined) > 6:
        if groups[0].startswith("+") or joined.startswith("00"):
            number = joined.removeprefix("00")
            code = next((n for n in (1, 2, 3) if int(number[:n] or 0) in COUNTRY_CODE_TO_REGION_CODE), 0)
            yield number[code:].lstrip("0") or joined
        elif joined.startswith("0"):
            yield joined.lstrip("0") or joined
