"""What a person reads of a mail: its text, from plain text or HTML. Nothing is cut out here, see ``quoting``."""

from __future__ import annotations

import html as entities
import re

import nh3

from rundblick.channels.email.charset import clean_text
from rundblick.channels.email.parts import Content, Shown

# --- the text of a mail ---------------------------------------------------------------------------------------

_HTML_AT_MOST = 2_000_000  # characters that the HTML parser is given; the rest is stripped by a plain rule

_BLOCKS = {"p", "div", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "pre", "center", "section", "article",
           "header", "footer", "form", "fieldset", "dl", "dt", "dd", "address"}  # fmt: skip
_SKELETON = nh3.Cleaner(
    tags=_BLOCKS | {"br", "li", "td", "th", "hr", "blockquote"},
    attributes={},
    clean_content_tags={"script", "style", "title", "noscript", "template", "svg", "math", "select", "iframe", "object"},
    link_rel=None,
)
_MARK = re.compile(r"<(/?)([a-z1-6]+)>")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
MANY_LINES = re.compile(r"\n{3,}")
_UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e]")
_HEAVY = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre"}


def texts(content: Content) -> tuple[str, str]:
    """The text and the HTML of a mail, "" where there is none; remarks go to ``content``.

    The text is the plain alternative where it says anything, else the HTML's. HTML is as the sender wrote it: show
    it through ``safe_html`` only.
    """
    pieces: list[str] = []
    with_html = False
    for shown in content.shown:
        pieces.append(_piece(shown, content))
        with_html = with_html or shown.html is not None
    text = pieces[0] if len(pieces) == 1 else "\n\n".join(piece for piece in pieces if piece)
    if not with_html:
        return text, ""
    sources = []
    for shown, piece in zip(content.shown, pieces, strict=True):
        if shown.html is not None:
            sources.append(clean_text(shown.html)[0])
        elif piece:
            sources.append(f"<pre>{entities.escape(piece, quote=False)}</pre>")
    return text, "\n".join(sources)


def _piece(shown: Shown, content: Content) -> str:
    if shown.plain is not None:
        text, remark = clean_text(shown.plain)
        content.remark(remark)
        params = shown.plain_params
        if params and params.get("format", "").lower() == "flowed":
            text = unflowed(text, delete_space=params.get("delsp", "").lower() == "yes")
        text = text.strip("\n\t ")
        if text or shown.html is None:
            return text
    if shown.html is None:
        return ""
    text, remark = clean_text(html_to_text(shown.html))
    content.remark(remark)
    content.remark("text-from-html" if text else "")
    return text


def unflowed(text: str, delete_space: bool) -> str:
    """``format=flowed`` (RFC 3676): lines that end in a space go on in the next, at the same depth of quotation."""
    if " \n" not in text:
        return text
    lines: list[str] = []
    depth_before, flows = 0, False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        if flows and depth == depth_before and content.rstrip(" ") != "--":
            lines[-1] += content
        else:
            lines.append(("> " if depth == 1 else ">" * depth + " " if depth else "") + content)
        flows = content.endswith(" ") and content != "-- "
        if flows and delete_space:
            lines[-1] = lines[-1][:-1]
        depth_before = depth
    return "\n".join(lines)


def html_to_text(source: str) -> str:
    """The words of an HTML mail with its lines and paragraphs; quotations keep "> " before them. Linear in time."""
    rest = ""
    if len(source) > _HTML_AT_MOST:
        source, rest = source[:_HTML_AT_MOST], _tagless(source[_HTML_AT_MOST:])
    skeleton = _SKELETON.clean(source)
    out: list[str] = []
    depth = 0
    end = 0
    fresh = True  # nothing on this line yet

    def put(words: str) -> None:
        nonlocal fresh
        words = _BLANKS.sub(" ", words)
        if fresh:
            words = words.lstrip(" ")
            if words and depth:
                out.append("> " * depth)
        if words:
            out.append(words)
            fresh = False

    for mark in _MARK.finditer(skeleton):
        if mark.start() > end:
            put(skeleton[end : mark.start()])
        end = mark.end()
        closing, tag = mark.group(1), mark.group(2)
        if tag == "td" or tag == "th":
            if closing and not fresh:
                out.append("\t")
            continue
        if tag == "br" or tag == "hr":
            out.append("\n")
            fresh = True
            continue
        if not fresh:
            out.append("\n")
            fresh = True
        if tag in _HEAVY:
            out.append("\n")
        if tag == "blockquote":
            depth = max(0, depth - 1) if closing else min(depth + 1, 20)
        elif tag == "li" and not closing:
            put("- ")
    put(skeleton[end:])
    text = "".join(out)
    if rest:
        text += " " + rest
    if "&" in text:
        text = entities.unescape(text)
    if not text.isascii():
        text = _UNSEEN.sub("", text.replace("\u00a0", " "))
    lines = [line.rstrip(" \t").lstrip(" ") for line in text.split("\n")]
    return MANY_LINES.sub("\n\n", "\n".join(lines)).strip("\n\t ")


def _tagless(source: str) -> str:
    """Tags dropped at sight, in linear time: for the tail of HTML too long to be parsed."""
    first, *chunks = source.split("<")
    return first + "".join(chunk.partition(">")[2] for chunk in chunks)
