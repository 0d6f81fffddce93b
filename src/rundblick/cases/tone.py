"""How a customer sounds: angry, or with the law in his hand; in German and English, by a vocabulary with weights.

    read("Das ist eine Frechheit! Ich gehe zum Anwalt.")  ->  Tone with mood 2 and law ("lawyer",)

Only what he wrote himself counts: no quotation, no signature, nothing in quotation marks. A negation takes a word of
anger back, not one of law: "ich will keinen Anwalt einschalten müssen" is a threat. How often it is right is measured
in tests/cases/test_tone.py and told in docs/escalation.md. A room that understands texts better takes its place by
``core.registry.read_tone``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from rundblick.cases.tone_words import ANGER, IDIOMS, LAWS, NOT_BEFORE, compiled
from rundblick.core import registry
from rundblick.core.tones import CALM, Mark, Tone
from rundblick.customers.asking import own_sentences

_ANGER: Final = tuple((code, weight, compiled(source)) for code, weight, source in ANGER)
_LAWS: Final = tuple((kind, code, compiled(source)) for kind, code, source in LAWS)
_SHOUT: Final = re.compile(r"[A-ZÄÖÜ]{4,}")
_MARKS: Final = re.compile(r"[!?]*!{2,}[!?]*|\?{3,}")
_SPOKEN: Final = re.compile(r"[\"“„»«”]([^\"“„»«”\n]{1,200})[\"“”«»]")
_LONGEST: Final = 20_000
# letters that are no words: products and codes are written in capitals too
_NO_SHOUT: Final = re.compile(r"\d|[A-ZÄÖÜ]{4,}-")


def read(text: str) -> Tone:
    """The tone of a customer's text, by whoever reads it best."""
    return registry.read_tone[0](text) if registry.read_tone else by_words(text)


@lru_cache(maxsize=4_096)
def by_words(text: str) -> Tone:
    """The tone by the vocabulary."""
    text = text[:_LONGEST]
    low = text.lower()
    if len(low) != len(text):  # a letter whose small form is longer: places would move
        text = low
    marks: list[Mark] = []
    for start, end in own_sentences(text):
        marks += _in_sentence(text, low, start, end)
    return Tone(tuple(sorted(set(marks), key=lambda mark: (mark.start, mark.kind, mark.code)))) if marks else CALM


def sentence_of(text: str, mark: Mark) -> tuple[int, int]:
    """[start, end) of the sentence in which a mark stands."""
    for start, end in own_sentences(text):
        if start <= mark.start < end:
            return start, end
    return mark.start, mark.end


def _in_sentence(text: str, low: str, start: int, end: int) -> Iterator[Mark]:
    spoken = [match.span() for match in _SPOKEN.finditer(text, start, end)]
    part = low[start:end]
    idioms = [(match.start() + start, match.end() + start) for match in IDIOMS.finditer(part)]
    for kind, code, words in _LAWS:
        for match in words.finditer(low, start, end):
            if not _inside(match.span(), idioms) and not _inside(match.span(), spoken):
                yield Mark(kind.value, code, match.start(), match.end())
    angry = False
    for code, weight, words in _ANGER:
        for match in words.finditer(low, start, end):
            before = low[max(start, match.start() - 40) : match.start()]
            if _inside(match.span(), spoken) or NOT_BEFORE.search(before) is not None:
                continue
            angry = True
            yield Mark("anger", code, match.start(), match.end(), weight)
    yield from _loud(text, start, end, angry)


def _loud(text: str, start: int, end: int, angry: bool) -> Iterator[Mark]:
    """Shouting and rows of marks: beside a word of anger they weigh, alone they are no more than loud."""
    for match in _MARKS.finditer(text, start, end):
        yield Mark("anger", "!!", match.start(), match.end(), 1.0 if angry else 0.4)
    shouted = [m for m in _SHOUT.finditer(text, start, end) if not _NO_SHOUT.search(text[m.start() - 1 : m.end() + 1])]
    for one, other in pairwise(shouted):
        if other.start() - one.end() <= 12:  # two words in a row: one alone may be a name
            yield Mark("anger", "caps", one.start(), other.end(), 1.0 if angry else 0.6)
            return


def _inside(span: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    return any(begin <= span[0] and span[1] <= end for begin, end in spans)
