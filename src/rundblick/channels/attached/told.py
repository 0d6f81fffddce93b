"""What a reader says of a file: its words, or why there are none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

import msgspec

MOST: Final = 200_000
"""Signs of one file that are kept; a contract of a hundred pages has as many."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufeff\ufff0-\uffff]"
)
_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_HYPHEN = re.compile(r"(?<=[a-zäöüß])[-\u2010]\n(?=[a-zäöüß])")
_BLANKS = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_LINES = re.compile(r" ?\n[ \n]*\n ?")


class Refused(Exception):
    """A file that is not read; ``code`` says why (``words.WHY`` has the sentences)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Full(Exception):
    """As many signs as are kept have been read."""


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What came of a file.

    kind    what it is: "pdf", "word", "picture" ... ("" unknown)
    text    its words, clean and at most ``MOST`` signs
    ocr     there are pictures in it whose words only OCR can tell
    fault   code why it was not read; ""
    cut     it has more words than are kept
    """

    kind: str
    text: str = ""
    ocr: bool = False
    fault: str = ""
    cut: bool = False


class Gathering:
    """Collects pieces of text up to ``MOST`` signs; then raises Full."""

    def __init__(self, most: int = MOST) -> None:
        self._pieces: list[str] = []
        self._left = most

    def add(self, piece: str) -> None:
        self._pieces.append(piece[: self._left])
        self._left -= len(piece)
        if self._left <= 0:
            raise Full

    def text(self) -> str:
        return "".join(self._pieces)


def gathered(kind: str, fill: Callable[[Gathering], None]) -> Told:
    """What ``fill`` reads, as much of it as is kept. Faults of ``fill`` go through."""
    gathering = Gathering(2 * MOST)  # blanks and lines that go are not what is kept
    cut = False
    try:
        fill(gathering)
    except Full:
        cut = True
    text = clean(gathering.text())
    return Told(kind, text[:MOST], cut=cut or len(text) > MOST)


def clean(text: str) -> str:
    """Words and lines: no control or direction signs, no NUL, one blank between words, at most one empty line.

    A word that was parted at the end of a line is one word again.
    """
    text = unicodedata.normalize("NFC", _ENDS.sub("\n", text))
    text = _BLANKS.sub(" ", _UNSEEN.sub("", text))
    return _HYPHEN.sub("", _LINES.sub("\n\n", text.replace(" \n", "\n"))).strip()
