"""What can be told of bytes that nobody could read: a subject for the flagged case, best effort."""

from __future__ import annotations

import re
from contextlib import suppress
from email.header import decode_header, make_header

_SUBJECT = re.compile(rb"^subject:[ \t]*([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.IGNORECASE | re.MULTILINE)
_MOST = 200


def headline(raw: bytes) -> str:
    """The subject line in ``raw`` if there is one, else its first readable words, else ""."""
    found = _SUBJECT.search(raw[:65536])
    text = found.group(1) if found else raw[:400]
    plain = text.decode("utf-8", "replace").replace("\x00", "")
    if found:
        with suppress(LookupError, ValueError, UnicodeError):
            plain = str(make_header(decode_header(plain)))
    plain = plain.encode("utf-8", "replace").decode()
    words = " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())
    return words[:_MOST]
