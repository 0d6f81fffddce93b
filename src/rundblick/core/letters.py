"""What goes out: a letter, the account that it goes through, and what came of an attempt to send it.

A channel registers how it sends (``registry.senders``) and which accounts it has (``accounts``); the outbox in
``intake`` knows no channel. A sender is called outside any transaction, with one letter after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from rundblick.core.message import Attachment
from rundblick.core.once import once


@dataclass(frozen=True, slots=True)
class Recipient:
    """``part`` is "to" or "cc"."""

    address: str
    name: str = ""
    part: str = "to"


@dataclass(frozen=True, slots=True)
class Quote:
    """What is answered, for below the answer."""

    author: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message on its way out.

    id           of the outbox's row: the idempotency key, where a channel has a place for one
    source       id of the account's source
    key          the message's own key on its channel: for mail its Message-ID, without brackets
    at           when it was written (UTC)
    recipients   everybody named in it
    still        addresses among them that have not got it yet; the others got it by an earlier attempt
    reply_tag    what a reply address may carry to find back here (core.signed)
    references   keys of earlier messages of the conversation, oldest first; the last one is answered
    automatic    a machine wrote it: nobody's machine shall answer
    raw          the bytes that are kept of it, which leave as they are; b"": none are, the sender writes them
    """

    id: UUID
    source: int
    key: str
    at: datetime
    recipients: tuple[Recipient, ...]
    still: tuple[str, ...]
    subject: str = ""
    text: str = ""
    language: str = ""
    quote: Quote | None = None
    reply_tag: str = ""
    references: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    automatic: bool = False
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Refused:
    """One recipient whom the server did not take. ``permanent``: trying again is no use."""

    address: str
    permanent: bool
    told: str = ""


LAID_DOWN: Final = "laid down: "
"""How ``Sent.told`` begins when a letter became a file and left nobody's house; the file follows."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of one attempt.

    taken    addresses for which the server took the letter: from here on it answers for it
    refused  addresses that it did not take
    fault    code of what went wrong for all that are in neither: "" when nothing did
    permanent  that fault does not go away by trying again
    told     what the server said, as it said it
    """

    taken: tuple[str, ...] = ()
    refused: tuple[Refused, ...] = ()
    fault: str = ""
    permanent: bool = False
    told: str = ""


class Sender(Protocol):
    """A channel's way out; keeps its connections between letters until it is closed.

    write  the bytes that it will hand over, so that they are kept before they leave; b"" where it cannot say
    """

    def write(self, letter: Letter) -> bytes: ...

    def send(self, letter: Letter) -> Sent: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """An account through which letters leave.

    source       id of its source
    domain       what follows the @ in the keys of its letters
    own          the address that customers know
    acknowledge  {language: text} of the automatic acknowledgement; empty: none is sent
    reply_tags   its replies may come back to plus-addresses
    """

    source: int
    channel: str
    name: str
    own: str
    domain: str
    enabled: bool = True
    reply_tags: bool = False
    acknowledge: Mapping[str, str] = field(default_factory=dict)


# each channel's accounts that can send, in order of their making
accounts: list[Callable[[], list[Origin]]] = []


def origins() -> list[Origin]:
    """Every account that letters may leave through."""
    return list(once("accounts that send", lambda: [origin for of in accounts for origin in of()]))


# who wants to know that an account can sign in again: called with its source, inside the transaction of the change
mended: list[Callable[[int], object]] = []


def signs_in_again(source: int) -> None:
    """Somebody changed or allowed an account's login: what waited only for that is tried at once."""
    for told in mended:
        told(source)
