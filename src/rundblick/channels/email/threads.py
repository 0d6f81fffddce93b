"""By which Message-IDs a mail finds the mails it belongs to. No guessing by subject: that joins strangers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from rundblick.channels.email.headers import Headers, unfold
from rundblick.core.message import Thread
from rundblick.core.signed import MARK, REPLY_TAG

_PARENTS_AT_MOST = 40
_VALUE_AT_MOST = 32_768

_RECIPIENT_HEADERS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_BRACKETED = re.compile(r"<([^<>]{1,998})>")
_BARE = re.compile(r"[^\s<>,;\"()]+@[^\s<>,;\"()]+\Z")
_SPACE = re.compile(r"\s+")
_ORIGINAL_IN_TEXT = re.compile(r"^[> \t]*Message-ID:\s*(<[^<>\s]{3,998}>)", re.I | re.M)


def message_id(headers: Headers) -> str:
    """The mail's own id without its brackets; "" when it has none that could tell it from another."""
    for value in headers.get("message-id", ()):
        found = _ids(value)
        if found:
            return found[0]
    return ""


def reply_tag(headers: Headers, envelope: Iterable[str] = ()) -> str:
    """The tag of a reply address that the mail was sent to, "" for none; whoever has the key checks its seal.

    ``envelope``: what the channel knows of its recipients beside the headers.
    """
    for value in (*(v for name in _RECIPIENT_HEADERS for v in headers.get(name, ())), *envelope):
        if "+" in value and MARK in (lower := unfold(value).lower()) and (found := REPLY_TAG.search(lower)):
            return found.group()
    return ""


def body_tag(*texts: str) -> str:
    """The tag of our own mail that is quoted; "" for none, and for several: then it is not clear which is answered."""
    found = {match.group() for text in texts if MARK in text for match in REPLY_TAG.finditer(text)}
    return found.pop() if len(found) == 1 else ""


def thread(headers: Headers, own: str, originals: Iterable[Headers] = (), text: str = "", tag: str = "") -> Thread:
    """The keys of a mail: its own id; then originals given back by a bounce, In-Reply-To, References from the right.

    ``tag`` is that of a reply address and comes first. ``originals`` and ``text`` are only given for reports of
    non-delivery: what a person forwards starts no thread.
    Of an In-Reply-To with several ids or with words around it only the last id counts: older programs wrote the
    sender's address there, in the same brackets.
    """
    parents: dict[str, None] = {}
    for original in originals:
        for value in original.get("original-message-id", ()):  # of a receipt (RFC 8098)
            parents.update(dict.fromkeys(_ids(value)))
        given_back = message_id(original)
        if given_back:
            parents[given_back] = None
    if text:
        for match in _ORIGINAL_IN_TEXT.finditer(text[-_VALUE_AT_MOST:]):
            for found in _ids(match.group(1)):
                parents[found] = None
            break
    for value in headers.get("in-reply-to", ()):
        for found in _ids(value)[-1:]:
            parents[found] = None
    for value in headers.get("references", ()):
        for found in reversed(_ids(value)):
            parents[found] = None
    parents.pop(own, None)
    keys = (*((f"reply:{tag}",) if tag else ()), *("mid:" + parent for parent in parents))[:_PARENTS_AT_MOST]
    return Thread(("mid:" + own,) if own else (), keys)


def _ids(value: str) -> list[str]:
    """The ids in a header, in order; generic and broken ones ("<>", "< >", "<@>", without a host part) are none."""
    value = unfold(value)[-_VALUE_AT_MOST:]
    if "<" in value:
        found = [
            _SPACE.sub("", inside) if " " in inside or "\t" in inside else inside
            for inside in _BRACKETED.findall(value)
        ]
        if not found and value.count("<") == 1:  # "<id@host" whose bracket got lost
            found = value.partition("<")[2].split()[:1]
    else:
        found = [piece for piece in value.replace(",", " ").split() if _BARE.match(piece)]
    return [each for each in found if _tells_apart(each)]


def _tells_apart(candidate: str) -> bool:
    if len(candidate) < 5 or not candidate.isprintable() or not candidate.isascii():
        return False
    local, at, host = candidate.rpartition("@")
    return bool(local and host) if at else len(candidate) >= 8
