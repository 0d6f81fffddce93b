"""Which facts a text asks its reader for: "Bitte nennen Sie uns Ihre Kundennummer." asks for the customer number.

Rules, German and English, formal, informal and sloppy. A clause asks when it holds a request (a verb of telling in the
imperative or after "können Sie", a need, a question word) and names a fact that is its object: not one behind "an",
"auf", "unter" ("an Ihre Adresse"), not one's own ("unsere Adresse"), and not one whose value stands beside it
("Ihre Kundennummer 4711"). Quoted text, signatures and standing phrases ("bei Rückfragen bitte angeben") ask nothing.
Precision comes before recall: who is warned for nothing stops reading warnings.

Measured on the sample company in docs/report.md, "Asked again".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rundblick.core.message import Direction, Sender
from rundblick.customers.fact_words import NOUN, STEMS
from rundblick.customers.request_words import (
    ASKING_WORD,
    ASKS_STILL,
    BARE,
    BEFORE,
    CLAUSE,
    CUES,
    EXAMPLE,
    NEEDS_NOT,
    NEGATED,
    NO_REQUEST,
    OTHERWISE,
    OURS,
    PLACED,
    QUESTION,
    REQUEST,
    TOLD_OTHERWISE,
    VALUE,
    WITHOUT,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A fact that a text asks for. ``kind``: fact_words.KINDS; [start, end) is the sentence in the text."""

    kind: str
    start: int
    end: int


_MOST_SIGNS: Final = 20_000  # an answer asks within its first pages
_LONGEST_CLAUSE: Final = 600


def asked_kinds(text: str) -> tuple[str, ...]:
    """The kinds of facts that a text asks for, each once, in the order of asking."""
    return tuple(dict.fromkeys(asked.kind for asked in asked_facts(text)))


def asks_for(direction: str, sender: str, text: str) -> str | None:
    """The kinds that an answer of a person asks for, with blanks between; None of what is no such answer."""
    if direction != Direction.OUT or sender != Sender.HUMAN or not text:
        return None
    return " ".join(asked_kinds(text))


def asked_facts(text: str) -> list[Asked]:
    """Every question for a fact in what a person wrote himself."""
    text = text[:_MOST_SIGNS]
    own = _own_end(text, text.lower())
    if not _may_ask(text[:own].lower()):
        return []
    found: list[Asked] = []
    carried = False  # a request that ends in a colon asks for the lines below it
    for start, end in _sentences(text, own):
        part = text[start:end]
        below = carried and (len(part) < 90 or part.lstrip()[:1] in _BULLETS)
        kinds, opens = _in_sentence(part, below)
        if kinds:
            found += [Asked(kind, start, end) for kind in kinds]
        carried = opens or below
    return found


def own_sentences(text: str) -> list[tuple[int, int]]:
    """[start, end) of the sentences that its author wrote now: no quotations, no signature."""
    text = text[:_MOST_SIGNS]
    return list(_sentences(text, _own_end(text, text.lower())))


def folded(text: str) -> str:
    """Lower case, umlauts written out, white space and line ends as single blanks."""
    return " ".join(text.lower().translate(_FOLD).split())


_FOLD: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "\u2019": "'", "\u2013": "-", "\u2011": "-", "\u00ad": None, "*": " "}
)


def _may_ask(low: str) -> bool:
    """Whether words of both kinds stand in it, a fact's and a request's: the cheap question before the dear ones."""
    return any(stem in low for stem in STEMS) and any(cue in low for cue in CUES)


# --- what a person wrote himself ---------------------------------------------------------------------------------

_QUOTATION: Final = re.compile(
    r"^(?:[ \t]*-{2,} ?(?:urspr|original|weitergeleit|forward|antwort)|[ \t]*_{10,}|(?:am|on|le) .{4,160}"
    r"(?:schrieb|wrote|geschrieben).{0,80}:[ \t]*$|.{0,80}(?:schrieb|wrote)[^\n]{0,60}:[ \t]*$"
    r"|(?:von|from): .{0,200}\n(?:gesendet|sent|an|to|datum|date): )",
    re.IGNORECASE | re.MULTILINE,
)
_SIGNATURE: Final = re.compile(
    r"^(?:-- ?$|[ \t]*(?:(?:mit )?(?:den )?(?:freundliche|beste|viele|liebe|herzliche|sch(?:ö|oe|o)ne)[nr]? gr(?:ü"
    r"|ue|u)(?:ß|ss)"
    r"|(?:kind|best|warm|kindest) (?:regards|wishes)|(?:yours )?(?:sincerely|faithfully|truly)|regards\b|mfg\b"
    r"|m\.f\.g|i\.a\. ))",
    re.IGNORECASE | re.MULTILINE,
)


_QUOTES: Final = ("schrieb", "wrote", "--", "__", "von:", "from:")
_CLOSES: Final = ("gr", "regards", "wishes", "-- ", "mfg", "m.f.g", "sincerely", "faithfully", "truly", "i.a.")


def _own_end(text: str, low: str) -> int:
    """Where the text stops being what its author wrote now: a quotation below, or his signature."""
    if "\n" not in text:
        return len(text)
    found = [_QUOTATION.search(text)] if any(word in low for word in _QUOTES) else []
    if any(word in low for word in _CLOSES):
        found.append(_SIGNATURE.search(text))
    return min((match.start() for match in found if match is not None), default=len(text))


_MARKS: Final = re.compile(r"[.!?;:\u2026]*\n[ \t\n]*|[.!?;\u2026]+(?:[ \t]+|\Z)")
_SHORTENED: Final = re.compile(
    r"(?:nr|\b(?:no|tel|kd|kdn|best|rechn|bzw|ca|evtl|ggf|inkl|str|dr|hr|fr|z|b|d|h|u|a|o|e|g|i|geb|art|mod|ser"
    r"|usw|auftr|vertr"
    r"|fam|st|mr|mrs|ms|approx|mobil|zzgl|max|min|mind|lfd|vgl|s|re|rg|ref|telef|gem|sog|bspw)|(?<![\d.])\d{1,2})\Z",
    re.IGNORECASE,
)
_BULLETS: Final = ("-", "*", "\u2022", "\u2013", "\u00b7")
_ITEM: Final = re.compile(r"[-*\u2022\u2013\u00b7>]|\(?\d{1,2}[.)][ \t]")


def _sentences(text: str, limit: int) -> Iterator[tuple[int, int]]:
    """[start, end) of the sentences before ``limit``, quoted lines left out; abbreviations end none."""
    start = 0
    for match in _MARKS.finditer(text, 0, limit):
        if _ends(text, match, limit):
            if text[start : match.end()].strip():
                yield from _unquoted(text, start, match.end())
            start = match.end()
    if start < limit:
        yield from _unquoted(text, start, limit)


def _ends(text: str, match: re.Match[str], limit: int) -> bool:
    """Whether these marks end a sentence: a blank line and an item of a list do, a wrapped line does not."""
    marks, end = match.group(), match.end()
    if end >= limit or "!" in marks or "?" in marks or "\u2026" in marks or marks.count("\n") > 1:
        return True
    if "\n" in marks and (marks[0] == ":" or _ITEM.match(text, end) is not None):
        return True
    if marks[-1] not in " \t\n":
        return False
    if marks[0] == ".":
        return _SHORTENED.search(text, max(0, match.start() - 8), match.start()) is None
    return marks[0] == ";"


def _unquoted(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if ">" not in text[start:end]:
        yield start, end
        return
    at = start
    for line in text[start:end].split("\n"):
        if line.strip() and not line.lstrip().startswith(">"):
            yield at, at + len(line)
        at += len(line) + 1


@lru_cache(maxsize=16_384)
def _in_sentence(part: str, carried: bool) -> tuple[tuple[str, ...], bool]:
    """The kinds that a sentence asks for, and whether its request goes on below. The same ones come again and again."""
    found: list[str] = []
    asks_before = False
    opens = part.rstrip().endswith(":")
    if not (opens or carried or _may_ask(part.lower())):
        return (), False
    sentence = folded(part)
    if not opens and NOUN.search(sentence) is None and OTHERWISE.search(sentence) is None:
        return (), False
    question = sentence.endswith("?") or ASKING_WORD.match(sentence) is not None
    for clause in CLAUSE.split(sentence[:_LONGEST_CLAUSE]):
        clause = clause.strip(" ,")
        if not clause or _refused(clause):
            continue
        asks = REQUEST.search(clause) is not None and NEEDS_NOT.search(clause) is None
        found += _otherwise(clause, question or asks or asks_before)
        found += _objects(clause, asks or carried, question, asks_before)
        asks_before = asks_before or asks
    return tuple(dict.fromkeys(found)), opens and asks_before


def _refused(clause: str) -> bool:
    """Thanks, news, offers, standing phrases, and what is said not to be needed."""
    if NO_REQUEST.search(clause) is not None:
        return True
    return NEGATED.search(clause) is not None and WITHOUT.search(clause) is None


def _otherwise(clause: str, asking: bool) -> Iterator[str]:
    """Questions that name no fact: "wann haben Sie das Gerät gekauft"."""
    if asking and OTHERWISE.search(clause) is not None:
        for kind, told in TOLD_OTHERWISE.items():
            if told.search(clause) is not None:
                yield kind


def _objects(clause: str, asks: bool, question: bool, asks_before: bool) -> Iterator[str]:
    """The facts that are what a clause asks for."""
    nouns = list(NOUN.finditer(clause))
    if not nouns:
        return
    questions = question and QUESTION.search(clause) is not None
    indirect = asks_before and re.match(r"(?:welche|wie|which|what|unter welche|an welche)", clause) is not None
    lists = asks_before and _is_bare(clause, nouns, True)  # "..., das Kaufdatum und die Adresse"
    if not (asks or questions or indirect or lists or _is_bare(clause, nouns, question)):
        return
    if not questions and PLACED.search(clause) is not None and not asks:
        return
    for noun in nouns:
        kind = noun.lastgroup
        assert kind is not None
        before = clause[: noun.start()]
        if OURS.search(before) is not None:
            continue
        if BEFORE.search(before) is not None and ASKS_STILL.search(before) is None:
            continue
        if EXAMPLE.match(clause, noun.end()) is None and VALUE.match(clause, noun.end()) is not None:
            continue
        yield kind


def _is_bare(clause: str, nouns: list[re.Match[str]], question: bool) -> bool:
    """ "Ihre Kundennummer?", "Kundennummer bitte": nothing but the fact, asked for."""
    before, after = clause[: nouns[0].start()], clause[nouns[-1].end() :]
    polite = question or "bitte" in clause or "please" in clause or "pls" in clause
    return (
        polite
        and BARE.fullmatch(before) is not None
        and re.fullmatch(r"[ ?!.,]*(?:(?:bitte|please|pls|noch|danke)[ ?!.,]*){0,3}", after) is not None
    )
