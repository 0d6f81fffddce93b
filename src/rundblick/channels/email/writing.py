"""A letter becomes a mail: MIME that every program reads, headers into which nobody can write another one.

Everything in a header that a person wrote is taken apart first: control characters, line breaks, marks that turn the
direction of writing, and invisible signs go; a name that holds an address or mixes alphabets is left out, since names
of recipients come from whoever wrote to us (RFC 5322, RFC 2047, RFC 3834, RFC 3676).
"""

from __future__ import annotations

import base64
import html
import quopri
import re
import unicodedata
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote as quote_url
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from django.utils import translation
from django.utils.translation import gettext as _

from rundblick.channels.email.attachments import safe_name
from rundblick.core.letters import Letter, Quote, Recipient
from rundblick.core.message import Attachment

SUBJECT_AT_MOST: Final = 300
NAME_AT_MOST: Final = 100
_ID_AT_MOST: Final = 250  # of one Message-ID; a line of a header ends at 998 (RFC 5322, 2.1.1)
_FIRST, _LAST = 4, 6  # of a long conversation's references these are kept, as Request Tracker does
_QUOTED_AT_MOST: Final = 20_000

_LINE: Final = 70  # signs of a line of a header
_WORD_BYTES: Final = 45  # of UTF-8 in one encoded word: 60 signs of base64 and 12 around them

_TYPE = re.compile(r"[a-z0-9]{1,30}/[a-z0-9.+-]{1,60}")
_SIMPLE_NAME = re.compile(r"[A-Za-z0-9 ._()+-]{1,50}")
_ID = re.compile(r"[!-;=?-~]{3,}")  # printable ASCII without <, > and blanks
_ADDR = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,255}")
_ALPHABETS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
_LINK = re.compile(r"https?://[^\s<>\"']{3,2000}[^\s<>\"'.,;:!?)\]]")


class LetterError(ValueError):
    """A letter that cannot be written as a mail: ``code`` "address" or "nobody"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def plain(text: str, most: int) -> str:
    """A text for a header, on one line: without controls, direction marks, invisible signs; at most ``most`` signs."""
    kept = []
    for sign in text[: most * 4]:
        kind = unicodedata.category(sign)
        if kind in ("Cc", "Zl", "Zp") or sign.isspace():
            kept.append(" ")
        elif kind not in ("Cf", "Cs", "Co", "Cn"):  # marks of direction and joining, halves of pairs, nobody's signs
            kept.append(sign)
    return " ".join("".join(kept).split())[:most].strip()


def display_name(text: str) -> str:
    """A name beside an address; "" for one that looks like an address, or like another name in other letters."""
    name = plain(text, NAME_AT_MOST)
    if "@" in name or "\uff20" in name or "\ufe6b" in name:
        return ""
    alphabets = {unicodedata.name(sign, "").partition(" ")[0] for sign in name if sign.isalpha()}
    return "" if len(alphabets & set(_ALPHABETS)) > 1 else name


def envelope_address(text: str) -> str:
    """An address as a server is told it: the domain in ASCII. Raises LetterError "address"."""
    text = text.strip()
    if _ADDR.fullmatch(text) is None or plain(text, 320) != text:
        raise LetterError("address")
    local, _at, domain = text.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        raise LetterError("address") from None
    if local.startswith(".") or local.endswith(".") or ".." in local or not ascii_domain.strip("."):
        raise LetterError("address")
    return f"{local}@{ascii_domain.lower()}"


def write_mail(letter: Letter, sender: Recipient, reply_to: str = "", zone: str = "Europe/Berlin") -> bytes:
    """The mail of a letter from ``sender``, one of our accounts, as a server is given it.

    reply_to  an address beside the sender's own, "" for none
    zone      in which the time of a quoted message is told
    Raises LetterError.
    """
    head = [f"From: {_mailbox(sender)}"]
    for part, header in (("to", "To"), ("cc", "Cc")):
        if named := [_mailbox(one) for one in letter.recipients if one.part == part]:
            head.append(f"{header}: " + ",\r\n ".join(named))
        elif part == "to":
            raise LetterError("nobody")
    if reply_to:
        head.append(f"Reply-To: {_mailbox(Recipient(reply_to, sender.name))}")
    head += [
        f"Subject: {_words(plain(letter.subject, SUBJECT_AT_MOST))}",
        f"Date: {format_datetime(letter.at)}",
        f"Message-ID: <{letter.key}>",
        *_thread(letter.references),
    ]
    if letter.automatic:  # RFC 3834, 5
        head += ["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All", "Precedence: bulk"]
    head.append("MIME-Version: 1.0")
    return "\r\n".join(head).encode() + b"\r\n" + _body(letter, zone)


def _mailbox(one: Recipient) -> str:
    name = display_name(one.name)
    address = f"<{envelope_address(one.address)}>"
    if not name:
        return address
    if name.isascii() and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"\r\n {address}'
    return f"{_words(name)}\r\n {address}"


def _words(text: str) -> str:
    """A text for a header: as it is, or in encoded words of at most 75 signs (RFC 2047, 2), which no line cuts.

    The library is not asked: it reads a header before it writes it, and so decodes what only looks encoded.
    """
    if text.isascii() and "=?" not in text and len(text) <= _LINE and not any(len(w) > _LINE for w in text.split(" ")):
        return text
    pieces, piece = [], ""
    for sign in text:
        if len((piece + sign).encode()) > _WORD_BYTES:
            pieces.append(piece)
            piece = ""
        piece += sign
    pieces.append(piece)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(piece.encode()).decode()}?=" for piece in pieces)


def _thread(references: tuple[str, ...]) -> list[str]:
    """In-Reply-To and References; of more than ten the first four and the last six."""
    ids = [key for key in dict.fromkeys(reversed(references)) if len(key) <= _ID_AT_MOST and _ID.fullmatch(key)][::-1]
    if not ids:
        return []
    if len(ids) > _FIRST + _LAST:
        ids = ids[:_FIRST] + ids[-_LAST:]
    return [f"In-Reply-To: <{ids[-1]}>", "References: " + "\r\n ".join(f"<{key}>" for key in ids)]


# --- the text --------------------------------------------------------------------------------------------------------


def _body(letter: Letter, zone: str) -> bytes:
    text = _lines(letter.text)
    quoted = _quoted(letter.quote, letter.language, zone) if letter.quote is not None else None
    below = "" if quoted is None else f"\n\n{quoted[0]}\n" + "\n".join(_quote_line(line) for line in quoted[1])
    markup = [f'<div class="{letter.reply_tag}">{_paragraphs(text)}</div>']
    if quoted is not None:
        lines = "<br>\n".join(html.escape(line) for line in quoted[1])
        markup.append(f'<p>{html.escape(quoted[0])}</p><blockquote type="cite">{lines}</blockquote>')
    page = (
        f'<!DOCTYPE html><html lang="{_locale(letter.language)}"><head><meta charset="utf-8"></head>'
        f"<body>{''.join(markup)}</body></html>"
    )
    both = _multipart(letter, "alternative", [_text("plain", f"{text}{below}\n"), _text("html", page)])
    files = [_file(one) for one in letter.attachments]
    return _multipart(letter, "mixed", [both, *files]) if files else both


def _multipart(letter: Letter, kind: str, parts: list[bytes]) -> bytes:
    """Its boundary holds signs that neither of the two encodings of its parts writes beside each other."""
    boundary = f"=_{letter.id.hex}_{kind}"
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    between = f"--{boundary}\r\n".encode()
    return head + b"".join(between + part + b"\r\n" for part in parts) + f"--{boundary}--\r\n".encode()


def _text(kind: str, text: str) -> bytes:
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head.encode() + quopri.encodestring(text.encode()).replace(b"\n", b"\r\n")


def _quoted(quote: Quote, language: str, zone: str) -> tuple[str, list[str]]:
    """(the line that says who wrote it when, the lines) of what is answered, in the language of the answer."""
    local = quote.at.astimezone(ZoneInfo(zone))
    with translation.override(language or translation.get_language()):
        told = _("On %(day)s at %(time)s %(name)s wrote:") % {
            "day": _day(local, language),
            "time": format_time(local, "HH:mm", locale=_locale(language)),
            "name": plain(quote.author, NAME_AT_MOST) or _("you"),
        }
    return told, _lines(quote.text[:_QUOTED_AT_MOST]).split("\n")


def _day(at: datetime, language: str) -> str:
    return str(format_date(at.date(), "long", locale=_locale(language)))


def _locale(language: str) -> str:
    return language if language in ("de", "en") else "de"


def _quote_line(line: str) -> str:
    return f">{line}" if line.startswith(">") else f"> {line}" if line else ">"


def _lines(text: str) -> str:
    """Text with plain line ends, without the controls that a program might obey."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) != "Cc").strip("\n")


def _paragraphs(text: str) -> str:
    parts = [part for part in re.split(r"\n{2,}", text) if part]
    return "".join(f"<p>{_with_links(part)}</p>" for part in parts)


def _with_links(text: str) -> str:
    out, at = [], 0
    for found in _LINK.finditer(text):
        link = html.escape(found.group())
        out += [html.escape(text[at : found.start()]), f'<a href="{link}">{link}</a>']
        at = found.end()
    out.append(html.escape(text[at:]))
    return "".join(out).replace("\n", "<br>\r\n")


# --- what goes with it -----------------------------------------------------------------------------------------------


def _file(one: Attachment) -> bytes:
    media_type = one.media_type if _TYPE.fullmatch(one.media_type) else "application/octet-stream"
    if media_type.startswith(("message/", "multipart/")):  # these may not be base64; as a file it stays what it is
        media_type = "application/octet-stream"
    name = safe_name(one.name, media_type)
    return (
        f"Content-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n {_file_name(name)}\r\n\r\n"
    ).encode() + base64.encodebytes(one.data).replace(b"\n", b"\r\n")


def _file_name(name: str) -> str:
    """The name as a parameter; in other letters by RFC 2231, in pieces that fit a line."""
    if _SIMPLE_NAME.fullmatch(name):
        return f'filename="{name}"'
    told = quote_url(name, safe="")
    pieces = [told[at : at + _LINE - 20] for at in range(0, len(told), _LINE - 20)]
    if len(pieces) == 1:
        return f"filename*=utf-8''{told}"
    return ";\r\n ".join(
        f"filename*{n}*={'' if n else chr(39).join(('utf-8', '', ''))}{p}" for n, p in enumerate(pieces)
    )
