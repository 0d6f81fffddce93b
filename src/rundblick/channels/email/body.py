"""What a person reads of a mail: its text, from plain text or HTML. Nothing is cut out here, see ``quoting``."""

from __future__ import annotations

import html as entities
import re

from rundblick.channels.email.charset import clean_text, decode
from rundblick.channels.email.parts import Content, Shown

# --- the text of a mail ---------------------------------------------------------------------------------------

_BREAKS = {"br", "hr"}
_CELLS = {"td", "th"}
_BLOCKS = {
    "div", "tr", "center", "section", "article", "header", "footer", "form", "fieldset", "dl", "dt", "dd", "address",
    "li", "blockquote", "body", "main", "aside", "figure", "figcaption", "tbody", "thead",
}  # fmt: skip
_PARAGRAPHS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "pre"}
_LAID_OUT = _BREAKS | _CELLS | _BLOCKS | _PARAGRAPHS
_WORDLESS = {
    "script",
    "style",
    "title",
    "noscript",
    "template",
    "svg",
    "math",
    "select",
    "iframe",
    "object",
    "textarea",
}
_TAG = re.compile(r"(/?)([A-Za-z][A-Za-z0-9]*)")
_BLANKS = re.compile(r"[ \t\r\n\f]+")
MANY_LINES = re.compile(r"\n{3,}")
_UNSEEN = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u180e]")
_QUOTES_TRIED = 16  # ">" inside quoted attributes that are looked past


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
    if not text:
        text = _from_enriched(content)
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


def _from_enriched(content: Content) -> str:
    """The words of text/enriched (RFC 1896), where nothing else has any; its tags go as those of HTML do."""
    for leaf in content.attached:
        if leaf.media_type in ("text/enriched", "text/richtext"):
            text = clean_text(html_to_text(decode(leaf.data, leaf.params.get("charset"))[0]))[0]
            if text:
                content.remark("text-from-enriched")
                return text
    return ""


def unflowed(text: str, delete_space: bool) -> str:
    """``format=flowed`` (RFC 3676): lines that end in a space go on in the next, at the same depth of quotation."""
    if " \n" not in text:
        return text
    paragraphs: list[list[str]] = []
    depth_before, flows = 0, False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        signature = words.rstrip(" ") == "--"
        goes_on = words.endswith(" ") and not signature
        if flows and depth == depth_before and not signature:
            paragraphs[-1].append("")
        else:
            paragraphs.append(["> " if depth == 1 else ">" * depth + " " if depth else ""])
        paragraphs[-1][-1] += words[:-1] if goes_on and delete_space else words
        flows, depth_before = goes_on, depth
    return "\n".join("".join(pieces) for pieces in paragraphs)


def html_to_text(source: str) -> str:
    """The words of an HTML mail with its lines and paragraphs; quotations keep "> " before them.

    A single pass that takes time in proportion to the length whatever stands in it: parsers that build the tree (nh3
    among them) need half a minute for 500 kB of nested <div>. Nothing in the result is safe to be put into a page.
    """
    layout = _Layout()
    hidden = ""  # the element without words that we are in, or "!--"
    opening, *chunks = source.split("<")
    layout.words(opening)
    for chunk in chunks:
        if hidden:
            closing = "-->" if hidden == "!--" else "/" + hidden
            at = chunk.find(closing) if hidden == "!--" else 0 if chunk[: len(closing)].lower() == closing else -1
            if at < 0:
                continue
            hidden = ""
            layout.words(chunk[at + 3 :] if closing == "-->" else chunk.partition(">")[2])
            continue
        tag = _TAG.match(chunk)
        if tag is not None:
            name = tag.group(2).lower()
            end = _tag_end(chunk, tag.end())
            if name in _LAID_OUT:
                layout.tag(name, closing=bool(tag.group(1)))
            elif name in _WORDLESS and not tag.group(1) and chunk[end - 1 : end] != "/":
                hidden = name
                continue
            layout.words(chunk[end + 1 :])
        elif chunk.startswith("!--"):
            at = chunk.find("-->", 1)
            hidden = "!--" if at < 0 else ""
            layout.words(chunk[at + 3 :] if at >= 0 else "")
        elif chunk[:1] in ("!", "?", "/"):
            layout.words(chunk.partition(">")[2])
        else:
            layout.words("<" + chunk)
    text = layout.text()
    if not text and hidden:
        text = layout.finished(_tagless(source))  # an element without words that never ends hid all of them
    return text


def _tag_end(chunk: str, start: int) -> int:
    """Where the tag's ">" is, looking past those in quotes; the end of the chunk when it has none."""
    end = chunk.find(">", start)
    tries = 0
    while end >= 0 and tries < _QUOTES_TRIED and (chunk.count('"', start, end) % 2):
        further = chunk.find(">", end + 1)
        if further < 0:
            break
        end = further
        tries += 1
    return end if end >= 0 else len(chunk)


class _Layout:
    """Words and breaks, put together line by line."""

    __slots__ = ("depth", "fresh", "out", "preformatted")

    def __init__(self) -> None:
        self.out: list[str] = []
        self.fresh = True  # nothing on this line yet
        self.depth = 0  # of quotation
        self.preformatted = 0

    def words(self, words: str) -> None:
        if not words:
            return
        if self.preformatted:
            first, *rest = words.split("\n")
            self._put(first)
            for line in rest:
                self.out.append("\n")
                self.fresh = True
                self._put(line)
            return
        self._put(_BLANKS.sub(" ", words))

    def _put(self, words: str) -> None:
        if self.fresh:
            if not self.preformatted:
                words = words.lstrip(" ")
            if words and self.depth:
                self.out.append("> " * self.depth)
        if words:
            self.out.append(words)
            self.fresh = False

    def tag(self, name: str, closing: bool) -> None:
        if name in _CELLS:
            if closing and not self.fresh:
                self.out.append("\t")
            return
        if name in _BREAKS:
            self.out.append("\n")
            self.fresh = True
            return
        if not self.fresh:
            self.out.append("\n")
            self.fresh = True
        if name in _PARAGRAPHS:
            self.out.append("\n")
        if name == "blockquote":
            self.depth = max(0, self.depth - 1) if closing else min(self.depth + 1, 20)
        elif name == "pre":
            self.preformatted = max(0, self.preformatted - 1) if closing else self.preformatted + 1
        elif name == "li" and not closing:
            self._put("- ")

    def text(self) -> str:
        return self.finished("".join(self.out))

    def finished(self, text: str) -> str:
        if "&" in text:
            text = entities.unescape(text)
        if not text.isascii():
            text = _UNSEEN.sub("", text.replace("\u00a0", " "))
        lines = [line.rstrip(" \t") for line in text.split("\n")]
        return MANY_LINES.sub("\n\n", "\n".join(lines)).strip("\n\t ")


def _tagless(source: str) -> str:
    """Tags dropped at sight."""
    first, *chunks = source.split("<")
    return first + "".join(chunk.partition(">")[2] for chunk in chunks)
