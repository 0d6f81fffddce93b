"""HTML of strangers, made harmless to look at. A view: what the sender wrote is kept beside it, unchanged.

Nothing in it loads anything from elsewhere (no remote pictures, fonts, styles), runs anything, or covers the page it
stands in. It is still somebody's HTML: show it in a sandboxed frame under a policy that forbids scripts.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Mapping
from dataclasses import dataclass

import nh3

from rundblick.channels.email.body import html_to_text

_AT_MOST = 1_000_000  # characters; longer HTML is shown as its text
_DEEPEST = 1000  # elements open at once; 318 nested <div> of one real mail are none too many
_ENTITIES_AT_MOST = 100_000
_OPENS = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_NEVER_OPEN = {"br", "hr", "img", "meta", "link", "input", "col", "area", "base", "wbr", "source", "embed", "param"}

_TAGS = {
    "a", "abbr", "address", "b", "bdi", "bdo", "big", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp",
    "section", "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title", "align", "valign"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap"},
    "th": {"colspan", "rowspan", "width", "height", "bgcolor", "nowrap", "scope"},
    "table": {"border", "cellpadding", "cellspacing", "width", "bgcolor"},
    "tr": {"bgcolor"},
    "col": {"span", "width"},
    "font": {"color", "size", "face"},
    "ol": {"start", "type"},
    "li": {"value"},
    "blockquote": {"type"},
}
_STYLES = {
    "color", "background-color", "font-family", "font-size", "font-style", "font-weight", "line-height", "text-align",
    "text-decoration", "text-indent", "vertical-align", "white-space", "width", "max-width", "height", "margin",
    "margin-top", "margin-bottom", "margin-left", "margin-right", "padding", "padding-top", "padding-bottom",
    "padding-left", "padding-right", "border", "border-top", "border-bottom", "border-left", "border-right",
    "border-collapse", "border-color", "border-style", "border-width", "list-style-type", "direction",
}  # fmt: skip
_DROPPED_WHOLE = {
    "script",
    "style",
    "title",
    "noscript",
    "template",
    "svg",
    "math",
    "iframe",
    "object",
    "select",
    "textarea",
}
_SET = {"a": {"target": "_blank"}, "img": {"loading": "lazy", "referrerpolicy": "no-referrer"}}
_INLINE = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,")


@dataclass(frozen=True, slots=True)
class SafeHtml:
    """``blocked``: how many pictures from elsewhere were left out, so that the screen can offer to load them."""

    html: str
    blocked: int = 0


def safe_html(source: str, images: Mapping[str, str] | None = None, remote_images: bool = False) -> SafeHtml:
    """HTML of a mail that may be put on a page of ours. Never raises.

    The cleaner builds the tree, in time that grows with the square of its depth (500 kB of nested <div>: 34 s), so
    HTML that is nested deeper or is longer than mail programs write it is shown as its text.

    images         address under which we serve an attached picture, by its Content-ID (without brackets)
    remote_images  True when the reader asked for the sender's pictures: it tells the sender that the mail was read
    """
    if len(source) > _AT_MOST or source.count("&") > _ENTITIES_AT_MOST or _depth(source) > _DEEPEST:
        return SafeHtml(f"<pre>{entities.escape(html_to_text(source), quote=False)}</pre>")
    blocked = 0
    served = images or {}

    def allowed(tag: str, attribute: str, value: str) -> str | None:
        nonlocal blocked
        lower = value.strip().lower()
        if attribute == "src":
            if lower.startswith("cid:"):
                return served.get(value.strip()[4:].strip("<>"))
            if lower.startswith(_INLINE):
                return value
            if lower.startswith(("http://", "https://")):
                if remote_images:
                    return value
                blocked += 1
            return None
        if attribute == "href":
            return value if lower.startswith(("http://", "https://", "mailto:", "tel:", "#")) else None
        if attribute == "style" and ("url(" in lower or "expression" in lower or "\\" in value):
            return None
        return value

    clean = nh3.clean(
        source,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_ATTRIBUTES,
        attribute_filter=allowed,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={
            "a": {"target": "_blank"},
            "img": {"loading": "lazy", "referrerpolicy": "no-referrer"},
        },
        filter_style_properties=_STYLES,
    )
    return SafeHtml(clean, blocked)


def _depth(source: str) -> int:
    """The most elements open at once, counted without looking which one a closing tag closes."""
    deepest = depth = 0
    for tag in _OPENS.finditer(source):
        if tag.group(1):
            depth = max(0, depth - 1)
        elif tag.group(2).lower() not in _NEVER_OPEN:
            depth += 1
            deepest = max(deepest, depth)
    return deepest
