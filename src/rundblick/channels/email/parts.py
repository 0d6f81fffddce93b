"""The parts of a mail: what the sender wrote to be read, what he attached, and what machines wrote about delivery.

The standard library's parser under ``compat32`` (it parses what its newer policy raises on), walked by
``get_payload(decode=True)``. The received bytes are kept elsewhere; nothing here is ever stored in their place.
"""

from __future__ import annotations

import email
import re
from dataclasses import dataclass, field
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import Message as Part

from rundblick.channels.email.charset import decode, raw_bytes
from rundblick.channels.email.headers import Headers, by_name, first, parameters, token, unfold

_DEEPEST = 40  # levels of parts inside parts; what lies deeper is kept as one attachment

_TYPE = re.compile(r"\s*([A-Za-z0-9!#$&^_.+-]{1,60})\s*/\s*([A-Za-z0-9!#$&^_.+-]{1,80})")
_LOOSE_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{1,60})", re.I)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,60})", re.I)
_HEADER_LINE = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")
_REAL_HEADER = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|received|return-path|mime-version|content-type|content-transfer-encoding"
    rb"|reply-to|sender|delivered-to|x-[a-z-]{2,60}|in-reply-to|references)[ \t]*:",
    re.I,
)
_LOST_BOUNDARY = re.compile(r"(?m)^--([^\s-][^\r\n]{1,68}?)[ \t]*\r?$")
_ENCODINGS = {
    "base64": "base64", "quoted-printable": "quoted-printable", "x-uuencode": "x-uuencode", "uuencode": "x-uuencode",
    "uue": "x-uuencode", "x-uue": "x-uuencode", "qp": "quoted-printable", "quotedprintable": "quoted-printable",
    "base-64": "base64", "b64": "base64",
}  # fmt: skip


@dataclass(slots=True)
class Leaf:
    """One part that holds no others. ``part`` is None when there was no parser to make one."""

    media_type: str
    params: dict[str, str]
    headers: Headers
    disposition: str
    data: bytes
    part: Part | None = None


@dataclass(slots=True)
class Shown:
    """One piece of what is meant to be read, as plain text, as HTML, or both (alternatives)."""

    plain: str | None = None
    html: str | None = None
    plain_params: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Content:
    """A mail taken apart.

    shown       in reading order
    attached    everything else, in order
    status      the blocks of message/delivery-status: first the one about the mail, then one a recipient
    originals   the headers of mails inside this one: forwarded, or given back by a report of non-delivery
    types       the media types that occur
    written     media type and bytes of each part, in order, for telling one mail from another: only the transfer
                encoding is undone, so that it stays the same when the rules for reading become better
    remarks     codes, in the order they were met
    """

    headers: Headers
    media_type: str = "text/plain"
    params: dict[str, str] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    attached: list[Leaf] = field(default_factory=list)
    status: list[Headers] = field(default_factory=list)
    originals: list[Headers] = field(default_factory=list)
    types: set[str] = field(default_factory=set)
    written: list[tuple[str, bytes]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def remark(self, code: str) -> None:
        if code and code not in self.remarks:
            self.remarks.append(code)


def take_apart(raw: bytes) -> Content:
    """The headers and parts of a received mail. Never raises on any bytes (memory aside)."""
    body = _without_leading_junk(raw)
    try:
        message = email.message_from_bytes(body)
        repaired = ""
        if message.defects and any(isinstance(d, MissingHeaderBodySeparatorDefect) for d in message.defects):
            mended = _mended_headers(body)
            if mended is not None:
                message, repaired = email.message_from_bytes(mended), "headers-repaired"
        content = Content(by_name(message.raw_items()))
        content.remark(repaired)
        _walk(message, content)
    except (Exception, RecursionError):  # whatever the parser trips over, the mail is still read
        content = _by_hand(body)
    if body is not raw and raw[: len(raw) - len(body)].strip(b"\r\n \t\x00\xef\xbb\xbf"):
        content.remark("leading-junk")
    return content


def _without_leading_junk(raw: bytes) -> bytes:
    """Blank lines, a byte-order mark or NULs before the first header would turn all headers into text."""
    body = raw
    if body[:3] == b"\xef\xbb\xbf":
        body = body[3:]
    if body[:1] in b"\r\n \t\x00" and body:
        stripped = body.lstrip(b"\r\n \t\x00")
        if _HEADER_LINE.match(stripped) or stripped[:5] == b"From ":
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
        if line[:1] in b" \t" or _HEADER_LINE.match(line) or (number == 0 and line[:5] == b"From "):
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


def _by_hand(raw: bytes) -> Content:
    """Headers and body cut at the first empty line, for the mail on which the parser fails."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    headers: Headers = {}
    name = ""
    for line in head[:262144].split(b"\n"):
        if line[:1] in (b" ", b"\t") and name:
            headers[name][-1] += " " + line.strip().decode("ascii", "surrogateescape")
        elif _HEADER_LINE.match(line):
            left, _, right = line.partition(b":")
            name = left.strip().lower().decode("ascii")
            headers.setdefault(name, []).append(right.strip().decode("ascii", "surrogateescape"))
    content = Content(headers, remarks=["parser-failed"], written=[("text/plain", body)])
    text, remark = decode(body)
    content.shown.append(Shown(plain=text))
    content.types.add("text/plain")
    content.remark(remark)
    return content


def _walk(message: Part, content: Content) -> None:
    content.media_type, content.params = media_type(content.headers, message.get_default_type())
    _part(message, content.headers, content, depth=0, inside="")
    if not content.attached and not any(_says(shown) for shown in content.shown):
        around = "\n\n".join(text for text in (message.preamble, message.epilogue) if text and not text.isspace())
        if around:  # words that stand before the first boundary or after the last, and nothing between
            content.shown = [Shown(plain=decode(raw_bytes(around), content.params.get("charset"))[0])]
            content.written.append(("text/plain", raw_bytes(around)))
            content.remark("text-around-parts")


def _says(shown: Shown) -> bool:
    return any(text and not text.isspace() for text in (shown.plain, shown.html))


def media_type(headers: Headers, default: str) -> tuple[str, dict[str, str]]:
    """The media type in lower case and its parameters; ``default`` for a type that is none."""
    value = unfold(first(headers, "content-type"))
    match = _TYPE.match(value)
    if match is None:
        return default, {}
    params = parameters(value)
    if "charset" not in params:
        loose = _LOOSE_CHARSET.search(value)
        if loose:
            params["charset"] = loose.group(1)
    return f"{match.group(1)}/{match.group(2)}".lower(), params


def _part(part: Part, headers: Headers, content: Content, depth: int, inside: str) -> None:
    """Sort one part, and those in it, into ``content``. ``inside`` is the subtype of the multipart around it."""
    kind, params = media_type(headers, part.get_default_type()) if depth else (content.media_type, content.params)
    content.types.add(kind)
    payload = part.get_payload() if part.is_multipart() else None
    if isinstance(payload, list):
        children = [child for child in payload if isinstance(child, Part)]
        if kind == "message/delivery-status":
            content.status.extend(by_name(block.raw_items()) for block in children)
        elif kind.startswith("multipart/"):
            if depth < _DEEPEST:
                _parts(children, kind[10:], content, depth)
                return
            content.remark("too-deep")
        elif kind.startswith("message/") and children:
            content.originals.append(by_name(children[0].raw_items()))
        disposition = token(first(headers, "content-disposition"))
        data = flattened(part)
        content.attached.append(Leaf(kind, params, headers, disposition, data, part))
        content.written.append((kind, data))
        return
    leaf = Leaf(kind, params, headers, token(first(headers, "content-disposition")), _bytes_of(part, headers), part)
    if kind.startswith("multipart/"):
        if depth < _DEEPEST and _with_lost_boundary(leaf, content, depth):
            return
        content.remark("multipart-broken")
        leaf.media_type, leaf.params = "text/plain", {key: params[key] for key in ("charset",) if key in params}
    content.written.append((leaf.media_type, leaf.data))
    _leaf(leaf, content, inside)


def _parts(children: list[Part], subtype: str, content: Content, depth: int) -> None:
    before = len(content.shown)
    for number, child in enumerate(children):
        if subtype == "related" and number and len(content.shown) > before:
            _related(child, content)
        else:
            _part(child, by_name(child.raw_items()), content, depth + 1, subtype)
    if subtype == "alternative":
        _merge_alternatives(content, before)


def _related(child: Part, content: Content) -> None:
    """A picture or file that the root of multipart/related refers to."""
    headers = by_name(child.raw_items())
    kind, params = media_type(headers, child.get_default_type())
    content.types.add(kind)
    data = flattened(child) if child.is_multipart() else _bytes_of(child, headers)
    content.attached.append(Leaf(kind, params, headers, token(first(headers, "content-disposition")), data, child))
    content.written.append((kind, data))


def _merge_alternatives(content: Content, before: int) -> None:
    """Alternatives say one thing twice: one piece of them, of the plainest text and the richest HTML."""
    pieces = content.shown[before:]
    if len(pieces) < 2:
        return
    merged = Shown()
    for piece in pieces:
        if piece.plain is not None and (merged.plain is None or not merged.plain.strip()):
            merged.plain, merged.plain_params = piece.plain, piece.plain_params
        if piece.html is not None:
            merged.html = piece.html if merged.html is None else merged.html + "\n" + piece.html
    content.shown[before:] = [merged]


def _leaf(leaf: Leaf, content: Content, inside: str) -> None:
    kind = leaf.media_type
    if kind == "text/rfc822-headers" or kind == "message/rfc822-headers":
        content.originals.append(_by_hand(leaf.data.strip() + b"\n\n").headers)
    elif kind == "message/delivery-status":
        content.status.extend(
            _by_hand(block + b"\n\n").headers for block in re.split(rb"\r?\n\r?\n", leaf.data) if block.strip()
        )
    readable = kind in ("text/plain", "text/html")
    if (
        readable
        and leaf.disposition != "attachment"
        and not (content.shown and inside != "alternative" and _named(leaf))
    ):
        charset = leaf.params.get("charset")
        if charset is None and kind == "text/html":
            meta = _META_CHARSET.search(leaf.data, 0, 2048)
            charset = meta.group(1).decode("ascii") if meta else None
        text, remark = decode(leaf.data, charset)
        content.remark(remark)
        if kind == "text/plain":
            content.shown.append(Shown(plain=text, plain_params=leaf.params))
        else:
            content.shown.append(Shown(html=text))
        return
    content.attached.append(leaf)


def _named(leaf: Leaf) -> bool:
    return "name" in leaf.params or "filename" in parameters(first(leaf.headers, "content-disposition"))


def _with_lost_boundary(leaf: Leaf, content: Content, depth: int) -> bool:
    """A multipart whose boundary is not declared, or declared wrongly: try the first line that looks like one."""
    text = leaf.data.decode("ascii", "surrogateescape")
    match = _LOST_BOUNDARY.search(text[:65536])
    if match is None or '"' in match.group(1) or text.count("\n--" + match.group(1)) < 1:
        return False
    head = f'Content-Type: {leaf.media_type}; boundary="{match.group(1)}"\n\n'
    again = email.message_from_bytes(head.encode("ascii", "replace") + leaf.data)
    payload = again.get_payload()
    if not again.is_multipart() or not isinstance(payload, list):
        return False
    content.remark("boundary-guessed")
    _parts([child for child in payload if isinstance(child, Part)], leaf.media_type[10:], content, depth)
    return True


def _bytes_of(part: Part, headers: Headers) -> bytes:
    """The content of a leaf, its transfer encoding undone as far as it can be."""
    told = headers.get("content-transfer-encoding")
    if told:
        encoding = token(told[0])
        if encoding != told[0].lower():  # a comment, a semicolon, a space too many: the parser would not know it
            del part["content-transfer-encoding"]
            if encoding in _ENCODINGS:
                part["content-transfer-encoding"] = _ENCODINGS[encoding]
        elif encoding in _ENCODINGS and _ENCODINGS[encoding] != encoding:
            part.replace_header("content-transfer-encoding", _ENCODINGS[encoding])
    try:
        data = part.get_payload(decode=True)
    except Exception:
        del part["content-transfer-encoding"]
        data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


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
        if depth > 4 * _DEEPEST:
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
