"""What stands around a hit, in pieces of which some are marked; a page escapes each of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rundblick.cases.search.expanding import Sought
from rundblick.cases.search.finding import Hit
from rundblick.core.registry import Cursor
from rundblick.core.searching import alternatives, fold, stem

AROUND: Final = 90  # signs before and after
_WORD = re.compile(r"[\w@.+-]*\w")
_READ: Final = 200_000
_TEXTS = """
SELECT s.id, s.message_id, s.attachment_id, coalesce(c.subject, ''), left(coalesce(c.text, ''), %s),
       coalesce(a.name, '')
FROM cases_searchtext s LEFT JOIN cases_messagecontent c ON c.message_id = s.message_id
LEFT JOIN cases_attachmentcontent a ON a.attachment_id = s.attachment_id
WHERE s.id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    hit: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """``file``: the name of the attachment in which it stands."""

    pieces: tuple[Piece, ...]
    file: str = ""


def snippets(cur: Cursor, hits: Sequence[Hit], sought: Sequence[Sought]) -> dict[int, Snippet]:
    """{row: what stands around the first hit of each text}; of a file only its name (its text is kept elsewhere)."""
    rows = [hit.row for hit in hits if hit.message is not None]
    if not rows:
        return {}
    cur.execute(_TEXTS, (_READ, rows))
    tokens = frozenset(token for one in sought for token in one.tokens)
    beginnings = tuple(
        token for one in sought for unit in one.term.units if unit.beginning for way in unit.ways for token in way[-1:]
    )
    found = {}
    for row, _message, attachment, subject, text, name in cur.fetchall():
        if attachment is not None:
            found[row] = Snippet((), name)
        else:
            found[row] = Snippet(around(text, tokens, beginnings) or around(subject, tokens, beginnings) or _head(text))
    return found


def around(text: str, tokens: frozenset[str], beginnings: tuple[str, ...] = ()) -> tuple[Piece, ...]:
    """The part of a text about the first word that is one of the tokens, or begins like one; () when none is."""
    for place in _WORD.finditer(text):
        if _is_hit(place.group(), tokens, beginnings):
            break
    else:
        return ()
    start = max(place.start() - AROUND, 0)
    start = text.find(" ", start, place.start()) + 1 if start else 0
    end = min(place.end() + AROUND, len(text))
    shown = text[start:end]
    pieces: list[Piece] = [Piece("… ")] if start else []
    last = 0
    for word in _WORD.finditer(shown):
        if _is_hit(word.group(), tokens, beginnings):
            pieces += [Piece(_flat(shown[last : word.start()])), Piece(word.group(), hit=True)]
            last = word.end()
    pieces.append(Piece(_flat(shown[last:]) + (" …" if end < len(text) else "")))
    return tuple(piece for piece in pieces if piece.text)


def _is_hit(word: str, tokens: frozenset[str], beginnings: tuple[str, ...]) -> bool:
    folded = fold(word)
    if stem(folded) in tokens or (beginnings and folded.startswith(beginnings)):
        return True
    return not word.isalpha() and any(set(way) <= tokens for way in alternatives(word))


def _head(text: str) -> tuple[Piece, ...]:
    return (Piece(_flat(text[: 2 * AROUND])),) if text else ()


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)
