"""Which characters the bytes of a file mean, and the repair of texts that were read with the wrong answer once."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

UTF8: Final = "utf-8"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SINGLE: Final = ("cp1252", "mac_roman", "cp850")
_LIKELY: Final = frozenset("äöüÄÖÜßéèêàáâçñóôíîúûåøæœÉÀÈ")
_NORMAL: Final = frozenset("€§°´µ²³½¼«»„“”‚‘’–—…•©®™±×·¿¡ \u00a0")


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a file. ``wide``: characters of 2 or 4 bytes, so lines cannot be cut at the byte \\n."""

    name: str
    bom: int = 0

    @property
    def wide(self) -> bool:
        return self.name.startswith(("utf-16", "utf-32"))


def find_encoding(sample: bytes, *, cut: bool = False) -> Encoding:
    """The encoding of a text from its beginning (``cut``: it goes on).

    A byte order mark, UTF-8, UTF-16 without a mark, or a single-byte encoding.

    Single-byte encodings are told apart by which of them gives German and French letters inside words (cp1252,
    MacRoman, the DOS code page 850); without a letter that decides it is cp1252.
    """
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return Encoding(name, len(bom))
    pairs = sample[: len(sample) // 2 * 2]
    if len(pairs) >= 4 and b"\0" in pairs:
        zeros_odd, zeros_even = pairs[1::2].count(0), pairs[::2].count(0)
        half = len(pairs) // 2
        if zeros_odd > half * 0.4 and zeros_even < half * 0.1:
            return Encoding("utf-16-le")
        if zeros_even > half * 0.4 and zeros_odd < half * 0.1:
            return Encoding("utf-16-be")
    try:
        sample.decode(UTF8)
        return Encoding(UTF8)
    except UnicodeDecodeError as error:
        if cut and error.start >= len(sample) - 3 and error.reason == "unexpected end of data":
            return Encoding(UTF8)
        if error.start > 4096 and _mostly_utf8(sample):
            return Encoding(UTF8)
    best = max(_SINGLE, key=lambda name: _score(sample, name))
    return Encoding(best if _score(sample, best) > _score(sample, "cp1252") else "cp1252")


def told_encoding(name: str, sample: bytes) -> Encoding:
    """The encoding that a mapping names; a byte order mark of its family is skipped and settles the order."""
    name = codecs.lookup(name).name.removesuffix("-sig")
    found = find_encoding(sample, cut=True)
    if found.bom and found.name[:6] == name[:6]:
        return found
    return Encoding(f"{name}-le" if name in ("utf-16", "utf-32") else name)


def _mostly_utf8(sample: bytes) -> bool:
    """A few broken bytes among many good sequences: two files put together, not another encoding."""
    text = sample.decode(UTF8, "replace")
    broken = text.count("\ufffd")
    return broken * 20 < sum(ord(c) > 127 for c in text)


def _score(sample: bytes, name: str) -> int:
    text = sample.decode(name, "replace")
    score = 0
    for found in re.finditer(r"[^\x00-\x7f]", text):
        c = found[0]
        before = text[found.start() - 1 : found.start()]
        after = text[found.end() : found.end() + 1]
        if c in _LIKELY:
            lone = not before.isalpha() and not after.isalpha()
            inner_capital = c.isupper() and before.islower()
            score += -1 if lone or inner_capital else 3
        elif c not in _NORMAL:
            score -= 2
    return score


def looks_binary(sample: bytes, encoding: Encoding) -> bool:
    """Whether these bytes are no text at all: many control characters after decoding."""
    if not sample:
        return False
    text = sample[encoding.bom :].decode(encoding.name, "replace")
    odd = sum(1 for c in text if (c < " " and c not in "\t\r\n\f\x1a\x1b\x1c\x1d\x1e\x1f") or c == "\ufffd")
    return odd > max(8, len(text) // 50)


# --- texts that were read with the wrong charset once -----------------------------------------------------------

MACROMAN: Final = "macroman"  # ISO-8859-1 bytes read as MacRoman: "Ph‰nomen"
DOUBLE_UTF8: Final = "utf-8"  # UTF-8 bytes read as cp1252: "PhÃ¤nomen"

_LETTERS = "äöüßÄÖÜéèêëàâáçñôóòîíúûùÉÈÀÇ"
_MAC_SHAPES = {c.encode("latin-1").decode("mac_roman"): c for c in _LETTERS}
# « » … “ are everyday characters too; they stay
_MAC_SAFE = {shape: c for shape, c in _MAC_SHAPES.items() if shape not in "«»…“”‘’–—Œœ"}
_MAC_WRONG = re.compile("(?<=[A-Za-zäöüß])[%s]|[%s](?=[a-zäöüß])" % (("".join(map(re.escape, _MAC_SAFE)),) * 2))
_UTF8_WRONG = re.compile(
    "(?:Ã[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u2122]"
    "|â‚¬|â€[\u0080-\u009f\u0153\u02dc\u2122\u201c\u201d\u0161\u017e\u0161¢¦]|Â[\u00a0-\u00bf])+"
)


def mojibake_in(text: str) -> str:
    """The kind of wrong reading a text shows: "macroman", "utf-8" or ""."""
    if text.isascii():
        return ""
    if _UTF8_WRONG.search(text):
        return DOUBLE_UTF8
    return MACROMAN if _MAC_WRONG.search(text) else ""


def repairer(kind: str) -> Callable[[str], str]:
    """The repair for one kind of wrong reading; a text that does not show it comes back as it is.

    >>> repairer("macroman")("Ph‰nomen, ‹bung")
    'Phänomen, Übung'
    """
    return {MACROMAN: _from_macroman, DOUBLE_UTF8: _from_double_utf8}[kind]


@lru_cache(maxsize=4096)
def _from_macroman(text: str) -> str:
    return text if text.isascii() else _MAC_WRONG.sub(lambda found: _MAC_SAFE[found[0]], text)


@lru_cache(maxsize=4096)
def _from_double_utf8(text: str) -> str:
    return text if text.isascii() else _UTF8_WRONG.sub(_undo_double, text)


def _undo_double(found: re.Match[str]) -> str:
    try:
        return b"".join(_as_cp1252(c) for c in found[0]).decode(UTF8)
    except (UnicodeDecodeError, UnicodeEncodeError):
        return found[0]


def _as_cp1252(c: str) -> bytes:
    try:
        return c.encode("cp1252")
    except UnicodeEncodeError:
        return c.encode("latin-1")  # cp1252 leaves five bytes undefined, most programs pass them through
