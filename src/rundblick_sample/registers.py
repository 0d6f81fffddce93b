"""How somebody writes: formal, plain, young, angry; without capitals, with slips, in learned German."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rundblick_sample.clerks import typo
from rundblick_sample.draw import Draw
from rundblick_sample.people import Person, fold

_ARTICLES = re.compile(r"\b(der|die|das|den|dem|ein|eine|einen|einem|meine|meinen) ", re.IGNORECASE)
_STOPS = re.compile(r"(?<=[a-zäöüß]{3})\. ")
_OLD = {
    "dass": "daß",
    "muss": "muß",
    "musste": "mußte",
    "Fass": "Faß",
    "wusste": "wußte",
    "passt": "paßt",
    "Kuss": "Kuß",
}
_SLANG = {
    "nicht": "nich", "ist": "is", "einen": "nen", "eine": "ne", "bitte": "bidde", "habe ich": "hab ich",
    "ich habe": "hab", "und": "u.",
    "schon": "scho", "nichts": "nix", "vielleicht": "vllt", "eigentlich": "eig", "wirklich": "echt",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """The habits of one writer. Shares 0..1."""

    tone: str  # formal, polite, plain, young
    lower: bool
    slips: float  # share of words with a slip
    ascii_only: bool
    learned: bool  # German as a later language
    length: int  # 0 short, 1 usual, 2 rambling
    old_spelling: bool
    dots: bool
    slang: float


def style_of(draw: Draw, person: Person) -> Style:
    """Draws how a person writes, once."""
    age = person.age
    u = draw.u()
    if age > 70:
        tone = "formal" if u < 0.55 else "polite" if u < 0.85 else "plain"
    elif age > 36:
        tone = "polite" if u < 0.5 else "plain" if u < 0.93 else "formal"
    else:
        tone = "young" if u < 0.42 else "plain" if u < 0.75 else "polite"
    foreign = fold(person.last) != person.last and not any(c in "äöüß" for c in person.last.lower())
    length = draw.u() + (0.12 if age > 62 else 0.0) - (0.15 if age < 35 else 0.0)
    slips = draw.u()
    return Style(
        tone,
        draw.chance(0.42 if tone == "young" else 0.06),
        0.0 if slips < 0.55 else 0.008 if slips < 0.85 else 0.035,
        draw.chance(0.05),
        draw.chance(0.45 if foreign and age > 35 else 0.015),
        0 if length < 0.34 else 1 if length < 0.82 else 2,
        age > 66 and draw.chance(0.35),
        draw.chance(0.10),
        0.5 if tone == "young" and draw.chance(0.4) else 0.0,
    )


def capital(sentence: str) -> str:
    """The first letter large, whatever stands before it."""
    for at, char in enumerate(sentence[:3]):
        if char.isalpha():
            return sentence[:at] + char.upper() + sentence[at + 1 :]
    return sentence


def sentence(text: str) -> str:
    """Capital at the start, a full stop at the end, no double blanks."""
    text = " ".join(text.split()).replace(" ,", ",").replace(" .", ".").replace("..", ".").replace(",,", ",")
    if not text:
        return text
    parts = re.split(r"(?<=[a-zäöüßA-Z)\"][.!?]) (?=[a-zäöü])", text)
    text = " ".join(capital(part) for part in parts)
    return text if text[-1] in ".?!:)" else text + "."


def dressed(draw: Draw, style: Style, text: str, furious: bool) -> str:
    """Puts a writer's habits over a clean text."""
    if style.old_spelling:
        for new, old in _OLD.items():
            text = text.replace(f"{new} ", f"{old} ")
    if style.learned:
        text = _ARTICLES.sub(lambda m: "" if draw.u() < 0.45 else m[0], text)
    if style.slang:
        for plain, slang in _SLANG.items():
            if draw.u() < style.slang:
                text = text.replace(f" {plain}", f" {slang}", 1)
    if style.dots:
        text = _STOPS.sub(" ... " if draw.chance(0.5) else "... ", text)
    if furious and draw.chance(0.35):
        text = _shouted(draw, text)
    if style.lower:
        text = text.lower()
    if style.ascii_only:
        text = fold(text)
    if style.slips:
        text = _slipped(draw, text, style.slips)
    return text


def _slipped(draw: Draw, text: str, share: float) -> str:
    words = text.split(" ")
    for _ in range(max(1, round(len(words) * share))):
        at = draw.below(len(words))
        word = words[at]
        if "@" in word or any(c.isdigit() for c in word):
            continue
        words[at] = typo(draw, word) if draw.chance(0.8) else word.replace(",", "").lower()
    return " ".join(words)


def _shouted(draw: Draw, text: str) -> str:
    parts = text.split(". ")
    at = draw.below(len(parts))
    parts[at] = parts[at].upper().replace("ß", "SS")
    return ". ".join(parts).replace("!", "!!", 1)
