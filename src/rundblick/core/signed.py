"""Signed keys: by what goes out, what comes back is known as an answer to it, and nobody else can make such a key.

    message_key("510000125", uuid, "muster.example")  ->  "rb1.510000125.<message>.<seal>@muster.example"
    reply_tag("510000125")                            ->  "rb1.510000125.<seal>", for a plus-address

The seal is HMAC-SHA256 under the installation's secret key, cut to 80 bits, the least that RFC 2104 (5) allows: a
guess costs a mail each and opens no more than a place in a conversation. Lower case only, since servers change it.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from uuid import UUID

from rundblick.core.home import secret_key

MARK: Final = "rb1."
"""How every signed key begins; what has no such mark need not be looked at."""

_SEAL = r"[a-z2-7]{16}"
_PLACE = r"\d{9,12}|s\d{1,15}"  # a case's number, or a side talk's place
_MESSAGE_KEY = re.compile(rf"rb1\.({_PLACE})\.([a-z2-7]{{26}})\.({_SEAL})@")
REPLY_TAG: Final = re.compile(rf"rb1\.({_PLACE})\.({_SEAL})(?![a-z2-7.])")


@dataclass(frozen=True, slots=True)
class Signed:
    """What a valid key says: the number of the case, or the place of a side talk (``side_place``).

    ``message`` None in a reply's tag.
    """

    case: str
    message: UUID | None = None


def message_key(case: str, message: UUID, domain: str) -> str:
    """The key of a message of ours: for mail its Message-ID, without brackets."""
    code = _b32(message.bytes)
    return f"{MARK}{case}.{code}.{_seal('message', case, code)}@{domain}"


def read_message_key(key: str) -> Signed | None:
    """What one of our own keys says; None for one that is another's or forged, whatever it looks like."""
    found = _MESSAGE_KEY.match(key.lower())
    if found is None:
        return None
    case, code, seal = found.groups()
    if not hmac.compare_digest(seal, _seal("message", case, code)):
        return None
    return Signed(case, UUID(bytes=base64.b32decode(code.upper() + "=" * 6)))


def reply_tag(case: str) -> str:
    """What a reply's address carries."""
    return f"{MARK}{case}.{_seal('reply', case)}"


def read_reply_tag(tag: str) -> Signed | None:
    """What a reply's tag says; None for a forged one."""
    found = REPLY_TAG.fullmatch(tag.lower())
    if found is None or not hmac.compare_digest(found.group(2), _seal("reply", found.group(1))):
        return None
    return Signed(found.group(1))


def case_key(case: str) -> str:
    """The thread key that a signed key stands for; messages that went out carry it as their own."""
    return f"case:{case}"


def side_place(talk: int) -> str:
    """What stands in keys of a side talk where others have the case's number: they lead to it, and not to the case."""
    return f"s{talk}"


def _seal(*parts: str) -> str:
    return _b32(hmac.digest(_key(secret_key()), "\x1f".join(parts).encode(), "sha256")[:10])


@lru_cache(maxsize=2)
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"rundblick signed keys", "sha256")


def _b32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()
