"""Files that are text: notes, tables, HTML, RTF, kept mails."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rundblick.channels.attached.told import MOST, Gathering, Refused, Told, gathered
from rundblick.channels.email.attachments import attachment
from rundblick.channels.email.body import html_to_text, texts
from rundblick.channels.email.charset import decode, decode_header
from rundblick.channels.email.headers import first
from rundblick.channels.email.parts import take_apart

_LONGEST = 8 * MOST  # bytes of a text that are looked at; HTML says less than it writes
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_WIDE = (b"\xff\xfe", b"\xfe\xff")


def is_text(data: bytes) -> bool:
    """Whether these bytes are text of some charset: hardly any control characters."""
    head = data[:8192]
    if head.startswith(_WIDE):
        return True
    if head[:4000].count(0) * 3 > len(head[:4000]):  # UTF-16 without a mark
        return len(_CONTROLS.sub(b"", head.replace(b"\0", b""))) * 2 > len(head) * 0.9
    return len(_CONTROLS.findall(head)) * 50 <= len(head)


def read_text(data: bytes) -> Told:
    """A text of any charset."""
    return gathered("text", lambda into: into.add(_decoded(data)))


def _decoded(data: bytes) -> str:
    data = data[:_LONGEST]
    if data.startswith(_WIDE):
        return data[: len(data) // 2 * 2].decode("utf-16", "replace")
    return decode(data)[0].removeprefix("\ufeff")


def read_html(data: bytes) -> Told:
    """The words of a page, without its tags, scripts and styles."""
    return gathered("page", lambda into: into.add(html_to_text(_decoded(data))))


def read_mail(data: bytes) -> Told:
    """A mail that was attached: subject, who to whom, its words, and the names of what it carries in turn."""

    def fill(into: Gathering) -> None:
        content = take_apart(data)
        for name in ("subject", "from", "to", "cc", "date"):
            if value := decode_header(first(content.headers, name)):
                into.add(value[:2000] + "\n")
        into.add(texts(content)[0] + "\n")
        for leaf in content.attached:
            into.add(attachment(leaf).name + "\n")

    return gathered("mail", fill)


# --- RTF ------------------------------------------------------------------------------------------------------------
_RTF = re.compile(
    rb"\\(?:'([0-9a-fA-F]{2})|([a-zA-Z]{1,32})(-?\d{1,9})? ?|([^a-zA-Z0-9\r\n]))|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\"
)
# groups that hold no words of the text: tables of fonts and colours, pictures, what fields compute
_WORDLESS = {
    b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"themedata", b"datastore", b"fldinst",
    b"listtable", b"listoverridetable", b"rsidtbl", b"generator", b"xmlnstbl", b"latentstyles", b"colorschememapping",
    b"filetbl", b"revtbl", b"bkmkstart", b"bkmkend", b"pnseclvl",
}  # fmt: skip
_SIGNS = {
    b"par": "\n", b"line": "\n", b"row": "\n", b"sect": "\n", b"page": "\n", b"tab": "\t", b"cell": "\t",
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•",
}  # fmt: skip


def read_rtf(data: bytes) -> Told:
    """The words of a text in Rich Text Format (1.9.1). Raises Refused for one without a beginning."""
    if not data.startswith(b"{\\rtf"):
        raise Refused("broken")

    def fill(into: Gathering) -> None:
        for piece in _rtf(data[: 32 * MOST]):
            into.add(piece)

    return gathered("text", fill)


def _rtf(data: bytes) -> Iterator[str]:
    codec, silent, skipped = "cp1252", 0, 1  # ``silent``: depth of the group without words; 0 none
    depth = fallback = 0  # signs that follow a \u for readers that know no Unicode
    starred = False
    for found in _RTF.finditer(data):
        hexed, word, number, sign, brace, plain = found.groups()
        if brace == b"{":
            depth += 1
            starred = False
        elif brace == b"}":
            if silent == depth:
                silent = 0
            depth = max(0, depth - 1)
        elif sign == b"*":
            starred = True
        elif word is not None:
            value = int(number) if number else 0
            if (word in _WORDLESS or starred) and not silent:
                silent = max(depth, 1)
            starred = False
            if word == b"ansicpg" and value in (437, 850, *range(1250, 1259), 65001):
                codec = "utf-8" if value == 65001 else f"cp{value}"
            elif word == b"uc":
                skipped = min(value, 8)
            elif silent:
                pass
            elif word == b"u":
                yield chr(value % 65536)
                fallback = skipped
            elif word in _SIGNS:
                yield _SIGNS[word]
        elif silent:
            pass
        elif hexed is not None:
            if fallback:
                fallback -= 1
            else:
                yield bytes.fromhex(hexed.decode()).decode(codec, "replace")
        elif plain is not None:
            yield plain[fallback:].decode(codec, "replace")
            fallback = 0
        elif sign in (b"\\", b"{", b"}"):
            yield sign.decode()
        elif sign == b"~":
            yield " "
