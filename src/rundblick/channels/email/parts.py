"""The parts of a mail: what the sender wrote to be read, what he attached, and what machines wrote about delivery."""

from __future__ import annotations

import email
import re
from dataclasses import dataclass, field
from email.message import Message as Part

from rundblick.channels.email.charset import decode, raw_bytes
from rundblick.channels.email.headers import Headers, first, parameters, token
from rundblick.channels.email.tree import (
    HEADER_LINE,
    Node,
    cut,
    flattened,
    media_type,
    node_of,
    parsed,
    without_leading_junk,
)

_DEEPEST = 40  # levels of parts inside parts; what lies deeper is kept as one attachment
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,60})", re.I)
_LOST_BOUNDARY = re.compile(r"(?m)^--([^\s-][^\r\n]{1,68}?)[ \t]*\r?$")


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
    body = without_leading_junk(raw)
    try:
        node = cut(body)
        content = _sorted(node) if node is not None else _sorted(*parsed(body))
    except (Exception, RecursionError):  # whatever the parser trips over, the mail is still read
        content = _by_hand(body)
    if body is not raw and raw[: len(raw) - len(body)].strip(b"\r\n \t\x00\xef\xbb\xbf"):
        content.remark("leading-junk")
    return content


def _by_hand(raw: bytes) -> Content:
    """Headers and body cut at the first empty line, for the mail on which the parser fails."""
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    headers: Headers = {}
    name = ""
    for line in head[:262144].split(b"\n"):
        if line[:1] in (b" ", b"\t") and name:
            headers[name][-1] += " " + line.strip().decode("ascii", "surrogateescape")
        elif HEADER_LINE.match(line):
            left, _, right = line.partition(b":")
            name = left.strip().lower().decode("ascii")
            headers.setdefault(name, []).append(right.strip().decode("ascii", "surrogateescape"))
    content = Content(headers, remarks=["parser-failed"], written=[("text/plain", body)])
    text, remark = decode(body)
    content.shown.append(Shown(plain=text))
    content.types.add("text/plain")
    content.remark(remark)
    return content


def _sorted(node: Node, remark: str = "") -> Content:
    """A mail's parts sorted by what they are for."""
    content = Content(node.headers)
    content.remark(remark)
    content.media_type, content.params = media_type(content.headers, node.default)
    _part(node, content, depth=0, inside="")
    if not content.attached and not any(_says(shown) for shown in content.shown):
        around = "\n\n".join(text.strip() for text in node.around if text and not text.isspace())
        if around:  # words that stand before the first boundary or after the last, and nothing between
            content.shown = [Shown(plain=decode(raw_bytes(around), content.params.get("charset"))[0])]
            content.written.append(("text/plain", raw_bytes(around)))
            content.remark("text-around-parts")
    return content


def _says(shown: Shown) -> bool:
    return any(text and not text.isspace() for text in (shown.plain, shown.html))


def _part(node: Node, content: Content, depth: int, inside: str) -> None:
    """Sort one part, and those in it, into ``content``. ``inside`` is the subtype of the multipart around it."""
    kind, params = media_type(node.headers, node.default) if depth else (content.media_type, content.params)
    content.types.add(kind)
    children = node.parts()
    if children is not None:
        if kind == "message/delivery-status":
            content.status.extend(child.headers for child in children)
        elif kind.startswith("multipart/"):
            if depth < _DEEPEST:
                _parts(children, kind[10:], content, depth)
                return
            content.remark("too-deep")
        elif kind.startswith("message/") and children:
            content.originals.append(children[0].headers)
        _attach(node, kind, params, content)
        return
    leaf = Leaf(kind, params, node.headers, token(first(node.headers, "content-disposition")), node.data(), node.part)
    if kind.startswith("multipart/"):
        if depth < _DEEPEST and _with_lost_boundary(leaf, content, depth):
            return
        content.remark("multipart-broken")
        leaf.media_type, leaf.params = "text/plain", {key: params[key] for key in ("charset",) if key in params}
    content.written.append((leaf.media_type, leaf.data))
    _leaf(leaf, content, inside)


def _attach(node: Node, kind: str, params: dict[str, str], content: Content) -> None:
    """Keep a part as an attachment, whatever it holds."""
    data = flattened(node.part) if node.part is not None and node.part.is_multipart() else node.data()
    disposition = token(first(node.headers, "content-disposition"))
    content.attached.append(Leaf(kind, params, node.headers, disposition, data, node.part))
    content.written.append((kind, data))


def _parts(children: list[Node], subtype: str, content: Content, depth: int) -> None:
    before = len(content.shown)
    for number, child in enumerate(children):
        if subtype == "related" and number and len(content.shown) > before:
            kind, params = media_type(child.headers, child.default)
            if not kind.startswith("multipart/"):  # a picture or file that the root refers to
                content.types.add(kind)
                _attach(child, kind, params, content)
                continue
        _part(child, content, depth + 1, subtype)
    if subtype == "alternative":
        _merge_alternatives(content, before)


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
    _parts([node_of(child) for child in payload if isinstance(child, Part)], leaf.media_type[10:], content, depth)
    return True
