"""The tree of a mail's parts, as it was received.

By the standard library's parser under ``compat32`` (it parses what its newer policy raises on), walked by
``get_payload(decode=True)``; a mail without any fault in its structure is cut apart without the parser, which looks at
each line. The received bytes are kept elsewhere; nothing here is ever stored in their place.
"""

from __future__ import annotations

import binascii
import email
import re
from dataclasses import dataclass
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import Message as Part

from rundblick.channels.email.charset import lenient_base64
from rundblick.channels.email.headers import Headers, by_name, first, parameters, token, unfold

_HEAD_AT_MOST = 65_536  # bytes of a head that is read without the parser
_FLAT_DEEPEST = 160  # levels of parts inside parts
_CUT_DEEPEST = 10  # levels of parts inside parts that are cut without the parser
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CLEAN_HEAD = re.compile(rb"(?:From [^\n]*\n)?(?:[!-9;-~]+:[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z))+")
_PLAIN_BOUNDARY = re.compile(r"(?:[0-9A-Za-z'()+_,./:=? -]{0,199}[0-9A-Za-z'()+_,./:=?-])")
_FIELD = re.compile(r"^([!-9;-~]+):[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_TYPE = re.compile(r"\s*([A-Za-z0-9!#$&^_.+-]{1,60})\s*/\s*([A-Za-z0-9!#$&^_.+-]{1,80})")
_USUAL_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,80}[ \t]*(?:;|\Z)")
_LOOSE_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,60})", re.I)
HEADER_LINE = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")
_REAL_HEADER = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|received|return-path|mime-version|content-type|content-transfer-encoding"
    rb"|reply-to|sender|delivered-to|x-[a-z-]{2,60}|in-reply-to|references)[ \t]*:",
    re.I,
)
_ENCODINGS = {
    "base64": "base64", "quoted-printable": "quoted-printable", "x-uuencode": "x-uuencode", "uuencode": "x-uuencode",
    "uue": "x-uuencode", "x-uue": "x-uuencode", "qp": "quoted-printable", "quotedprintable": "quoted-printable",
    "base-64": "base64", "b64": "base64",
}  # fmt: skip


@dataclass(slots=True)
class Node:
    """One part as it was received: of the standard library's parser (``part``), or cut out of the bytes by ``cut``."""

    headers: Headers
    default: str = "text/plain"
    part: Part | None = None
    body: bytes = b""
    children: list[Node] | None = None
    around: tuple[str, str] = ("", "")  # what stands before the first and behind the last child, for nobody to read

    def parts(self) -> list[Node] | None:
        """The parts in it, None for a leaf."""
        if self.part is None or not self.part.is_multipart():
            return self.children
        payload = self.part.get_payload()
        return [node_of(child) for child in payload if isinstance(child, Part)] if isinstance(payload, list) else None

    def data(self) -> bytes:
        """The content of a leaf, its transfer encoding undone as far as it can be."""
        told = first(self.headers, "content-transfer-encoding")
        encoding = _ENCODINGS.get(token(told), "") if told else ""
        if self.part is None:
            return decoded(self.body, encoding)
        if told:
            del self.part["content-transfer-encoding"]
        if encoding == "x-uuencode":
            self.part["content-transfer-encoding"] = encoding
        data = self.part.get_payload(decode=True)
        return decoded(data, encoding) if isinstance(data, bytes) else b""


def node_of(part: Part) -> Node:
    around = (part.preamble or "", part.epilogue or "")
    return Node(by_name(part.raw_items()), part.get_default_type(), part, around=around)


def parsed(body: bytes) -> tuple[Node, str]:
    """By the standard library's parser, mended where a mail is broken in a known way; then the remark says so."""
    message = email.message_from_bytes(body)
    repaired = ""
    if message.defects and any(isinstance(d, MissingHeaderBodySeparatorDefect) for d in message.defects):
        mended = _mended_headers(body)
        if mended is not None:
            message, repaired = email.message_from_bytes(mended), "headers-repaired"
    return node_of(message), repaired


def cut(raw: bytes, depth: int = 0) -> Node | None:
    """A mail without any fault in its structure, cut apart without looking at each line: in half of the parser's time.

    None where anything is unusual, then the parser looks at it. Gives what the parser gives (a test compares them).
    """
    if depth and raw[:1] in (b"\n", b"\r"):
        headers: Headers = {}
        body = raw[2:] if raw[:2] == b"\r\n" else raw[1:]
    else:
        end = _HEAD_END.search(raw, 0, _HEAD_AT_MOST)
        if end is None:
            return None
        head = raw[: end.start()].replace(b"\r\n", b"\n")
        if b"\r" in head or not _CLEAN_HEAD.fullmatch(head) or (depth and head[:5] == b"From "):
            return None
        headers = {}
        for name, value in _FIELD.findall(head.decode("ascii", "surrogateescape")):
            headers.setdefault(name.lower(), []).append(value)
        body = raw[end.end() :]
    if depth:  # the line end before a boundary belongs to the boundary
        body = body[:-2] if body[-2:] == b"\r\n" else body[:-1] if body[-1:] == b"\n" else body
    told = headers.get("content-type", [])
    if len(told) > 1 or (told and not _USUAL_TYPE.match(told[0])) or b"\r" in body[-1:]:
        return None
    kind, params = media_type(headers, "text/plain")
    if kind.startswith("message/") or kind == "multipart/digest" or depth > _CUT_DEEPEST:
        return None
    if kind.startswith("multipart/"):
        return _cut_parts(headers, body, params.get("boundary", ""), depth)
    if _ENCODINGS.get(token(first(headers, "content-transfer-encoding"))) == "x-uuencode":
        return None
    return Node(headers, body=body)


def _cut_parts(headers: Headers, body: bytes, boundary: str, depth: int) -> Node | None:
    """The parts between the boundaries, where each is opened and the last one closed as RFC 2046 wants it."""
    if not _PLAIN_BOUNDARY.fullmatch(boundary):
        return None
    marker = b"--" + boundary.encode("ascii")
    children: list[Node] = []
    begin = -1
    preamble = b""
    at = body.find(marker)
    while at >= 0:
        if at == 0 or body[at - 1] == 0x0A:
            stop = body.find(b"\n", at)
            stop = len(body) if stop < 0 else stop + 1
            rest = body[at + len(marker) : stop].rstrip(b" \t\r\n")
            if rest in (b"", b"--"):
                if begin < 0:
                    preamble = body[:at]
                else:
                    child = cut(body[begin:at], depth + 1) if at > begin else None
                    if child is None:
                        return None
                    children.append(child)
                if rest:
                    around = (
                        preamble.decode("ascii", "surrogateescape"),
                        body[stop:].decode("ascii", "surrogateescape"),
                    )
                    return Node(headers, children=children, around=around) if children else None
                begin = stop
            elif b"\r" in rest:
                return None
        elif body[at - 1] == 0x0D:
            return None
        at = body.find(marker, at + len(marker))
    return None


def media_type(headers: Headers, default: str) -> tuple[str, dict[str, str]]:
    """The media type in lower case and its parameters; ``default`` for a type that is none."""
    value = unfold(first(headers, "content-type"))
    match = _TYPE.match(value)
    if match is None:
        return ("multipart/mixed", parameters(value)) if value.lower().startswith("multipart") else (default, {})
    params = parameters(value)
    if "charset" not in params:
        loose = _LOOSE_CHARSET.search(value)
        if loose:
            params["charset"] = loose.group(1)
    return f"{match.group(1)}/{match.group(2)}".lower(), params


def decoded(data: bytes, encoding: str) -> bytes:
    """The transfer encoding undone as far as it can be; what is not in it stays as it is."""
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding == "base64":
        found = lenient_base64(data)
        return data if found is None else found
    return data


def without_leading_junk(raw: bytes) -> bytes:
    """Blank lines, a byte-order mark or NULs before the first header would turn all headers into text."""
    body = raw
    if body[:3] == b"\xef\xbb\xbf":
        body = body[3:]
    if body[:1] in b"\r\n \t\x00" and body:
        stripped = body.lstrip(b"\r\n \t\x00")
        if HEADER_LINE.match(stripped) or stripped[:5] == b"From ":
            body = stripped
    if body[:6] == b">From ":
        body = body[1:]
    return body


def _mended_headers(raw: bytes) -> bytes | None:
    """Headers that a line without a colon cut in two, with that line as continuation of the one before it.

    None when the lines after it are no headers: then the body simply starts there.
    """
    lines = re.split(rb"(?<=\n)", raw[:65536].partition(b"\n\n")[0].partition(b"\r\n\r\n")[0])
    broken: list[int] = []
    followed = False
    for number, line in enumerate(lines):
        if not line.strip():
            break
        if line[:1] in b" \t" or HEADER_LINE.match(line) or (number == 0 and line[:5] == b"From "):
            if broken and _REAL_HEADER.match(line):
                followed = True
        else:
            broken.append(number)
    if not followed or not broken or broken[0] == 0 or len(broken) > 20:
        return None
    for number in broken:
        lines[number] = b" " + lines[number]
    head = b"".join(lines)
    return head + raw[len(head) - len(broken) :]


def flattened(part: Part) -> bytes:
    """A part that holds a message or parts, as close to its received bytes as the parser kept them.

    Only for showing and for digests: line ends are LF here. The standard library's generator raises on some mails.
    """
    return b"".join(_flat(part, 0, inner=True))


def _flat(part: Part, depth: int, inner: bool = False) -> list[bytes]:
    pieces: list[bytes] = []
    if not inner:
        for name, value in part.raw_items():
            text = f"{name}: {value}\n".replace("\r\n", "\n")
            pieces.append(text.encode("utf-8", "surrogateescape"))
        pieces.append(b"\n")
    payload = part.get_payload() if part.is_multipart() else None
    if isinstance(payload, list):
        if depth > _FLAT_DEEPEST:
            raise RecursionError
        kind, params = media_type(by_name(part.raw_items()), part.get_default_type())
        boundary = (
            params.get("boundary", "").encode("utf-8", "surrogateescape") if kind.startswith("multipart/") else b""
        )
        for number, child in enumerate(payload):
            if boundary:
                pieces.append((b"\n" if number else b"") + b"--" + boundary + b"\n")
            if isinstance(child, Part):
                pieces.extend(_flat(child, depth + 1))
        if boundary:
            pieces.append(b"\n--" + boundary + b"--\n")
        return pieces
    del part["content-transfer-encoding"]  # the encoded form is what was received
    data = part.get_payload(decode=True)
    pieces.append(data.replace(b"\r\n", b"\n") if isinstance(data, bytes) else b"")
    return pieces
