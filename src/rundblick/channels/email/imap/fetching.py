"""One look at a folder: what is new by UID is fetched, kept, and only then touched on the server.

New is what has a higher UID than the cursor and no delivery: flags and dates say nothing (somebody may have read the
mail, a clock may be wrong). Mails come in portions of bounded size; a large one comes in pieces, and one that is
larger than the account takes leaves only its beginning, under a key of its own, for a flagged case.
"""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db import Error as DatabaseError
from imapclient import DELETED, SEEN
from imapclient.exceptions import IMAPClientError

from rundblick.channels.email.imap import cursor
from rundblick.channels.email.imap.connecting import Client, faults
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account, MailFolder
from rundblick.channels.receiving import CUT_MAIL, MAIL, Accept, Told
from rundblick.core.envelope import Envelope

log = structlog.get_logger("rundblick.post")

SEARCHED = 50_000  # mails of a folder whose UIDs one search tells
FIRST_LISTED = 100
LISTED = 1_000  # UIDs that are asked for at once in a larger one; their numbers stand in one line, too
CHUNK = 200  # mails that are compared with what is kept, and whose sizes are asked for, at once
MOST = 50  # mails of a portion
PORTION = 8 << 20  # bytes of a portion
PIECE = 1 << 20  # bytes of a large mail that are fetched at once
BEGINNING = 64 << 10  # what is fetched of a mail that is too large
LARGEST_MB = 50
TRIES = 3  # of a single mail at which the connection broke off, then it is held back


@dataclass(slots=True)
class Caution:
    """At what the connection broke off lately: portions become smaller, and a mail that fails alone is held back."""

    most: int = MOST
    broke: dict[int, int] = field(default_factory=dict)

    def failed(self, uids: Sequence[int]) -> int | None:
        """The connection broke off at these; gives the mail that is to be held back from now on."""
        if len(uids) > 1:
            self.most = max(1, len(uids) // 2)
            return None
        (uid,) = uids
        self.broke[uid] = self.broke.get(uid, 0) + 1
        if self.broke[uid] < TRIES:
            return None
        del self.broke[uid]
        return uid

    def passed(self) -> None:
        """A portion came through."""
        self.most = min(MOST, self.most * 2)


@dataclass(slots=True)
class Mailbox:
    """An account while it is looked at. ``goes_on`` is asked between portions; false ends the look early."""

    account: Account
    told: Told
    accept: Accept
    goes_on: Callable[[], bool]
    after: str = "leave"
    cautions: dict[str, Caution] = field(default_factory=dict)

    @property
    def largest(self) -> int:
        """Bytes of the largest mail that is taken whole."""
        return int(self.account.settings.get("largest_mb") or LARGEST_MB) << 20


@dataclass(frozen=True, slots=True)
class Sized:
    """A mail that is to be fetched."""

    uid: int
    size: int
    arrived: datetime | None


@dataclass(slots=True)
class Fetched:
    """What came of a portion. ``whole``: UIDs of mails that came whole; ``refused``: the server has them and does not
    give them out. What is in neither and not ``cut`` is gone."""

    envelopes: list[Envelope] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


def look(client: Client, box: Mailbox, name: str) -> int:
    """Fetch what is new in a folder; gives how many deliveries were new. Raises ChannelFault, also for the database."""
    folder, exists = select(client, box.account, name, readonly=box.after == "leave")
    start = min(folder.last_uid, folder.done_uid)
    if folder.again_from is not None:
        start = max(folder.after_uid, min(start, folder.again_from - 1))
    with faults():
        uids = uids_from(client, start + 1, exists)
    waiting = cursor.held(folder)
    todo = sorted({uid for uid in uids if uid not in waiting} | set(cursor.due(folder)))
    new = 0
    for begin in range(0, len(todo), CHUNK):
        if not box.goes_on():
            return new
        new += _chunk(client, box, folder, todo[begin : begin + CHUNK])
    if box.goes_on():
        cursor.ended(folder)
    return new


def select(client: Client, account: Account, name: str, readonly: bool) -> tuple[MailFolder, int]:
    """Open a folder on the server; gives its cursor, and how many mails are in it. Raises ChannelFault "folder"."""
    try:
        told = client.select_folder(name, readonly=readonly)
    except imaplib.IMAP4.abort as error:
        raise ChannelFault("cut", str(error)) from error
    except IMAPClientError as error:
        raise ChannelFault("folder", f"{name}: {error}") from error
    if b"UIDVALIDITY" not in told:
        raise ChannelFault("server", f"{name}: no UIDVALIDITY")
    folder = cursor.open_folder(account, name, told[b"UIDVALIDITY"], told.get(b"UIDNEXT", 1))
    return folder, int(told.get(b"EXISTS", 0))


def uids_from(client: Client, first: int, exists: int) -> list[int]:
    """The UIDs of the open folder from ``first`` on. "n:*" means the last mail too, whatever its UID (RFC 9051, 9).

    A search answers in one line, and a line has an end: of a large folder the UIDs are asked for from its end on.
    """
    if exists <= SEARCHED:
        return sorted(uid for uid in client.search(["UID", f"{first}:*"]) if uid >= first)
    found: list[int] = []
    high, size = exists, FIRST_LISTED
    while high > 0:
        low = max(1, high - size + 1)
        client.use_uid = False
        try:
            told = client.fetch(list(range(low, high + 1)), ["UID"])
        finally:
            client.use_uid = True
        part = [int(one[b"UID"]) for one in told.values() if b"UID" in one]
        found += [uid for uid in part if uid >= first]
        if part and min(part) < first:
            break
        high, size = low - 1, LISTED
    return sorted(found)


def _chunk(client: Client, box: Mailbox, folder: MailFolder, uids: Sequence[int]) -> int:
    """Bring these into the house, in order."""
    whole, cut = cursor.kept(folder, box.account.source_id, uids)
    with faults():
        _dispose(client, box, [uid for uid in uids if uid in whole])
        missing = [uid for uid in uids if uid not in whole]
        sized = [one for one in _sizes(client, missing) if one.uid not in cut or one.size <= box.largest]
    caution = box.cautions.setdefault(folder.name, Caution())
    new = 0
    rest = sized
    while rest:
        if not box.goes_on():
            return new
        portion, rest = _portion(rest, caution.most)
        new += _bring(client, box, folder, portion, caution)
    cursor.release(folder, (uid for uid in missing if uid not in {one.uid for one in sized}))
    cursor.advance(folder, uids[-1])
    cursor.done(folder, uids[-1])
    return new


def _portion(sized: Sequence[Sized], most: int) -> tuple[list[Sized], list[Sized]]:
    """The next ones that are fetched at once, and the rest. A large mail comes alone."""
    size, n = 0, 0
    for one in sized[:most]:
        size += one.size
        if n and size > PORTION:
            break
        n += 1
    return list(sized[:n]), list(sized[n:])


def _bring(client: Client, box: Mailbox, folder: MailFolder, portion: Sequence[Sized], caution: Caution) -> int:
    """Fetch a portion, keep it, then do on the server what the account says."""
    uids = [one.uid for one in portion]
    try:
        with faults():
            fetched = _fetch(client, box, folder, portion)
    except ChannelFault as fault:
        log.warning("portion not fetched", account=box.account.pk, mails=len(uids), fault=fault.code)
        held = caution.failed(uids)
        if held is not None:
            cursor.hold(folder, held, fault.code)
            cursor.advance(folder, held)
            cursor.done(folder, held)
        raise
    new = keep(box.accept, fetched.envelopes)
    caution.passed()
    cursor.release(folder, (uid for uid in uids if uid not in fetched.refused))
    for uid in fetched.refused:
        cursor.hold(folder, uid, "server")
    cursor.advance(folder, uids[-1])
    with faults():
        _dispose(client, box, fetched.whole)
    cursor.done(folder, uids[-1])
    return new


def keep(accept: Accept, envelopes: Sequence[Envelope]) -> int:
    """Commit these; gives how many were new. Raises ChannelFault "database"; then none of them is kept."""
    if not envelopes:
        return 0
    try:
        return sum(1 for one in accept(envelopes) if one.new)
    except (DatabaseError, OSError) as error:
        raise ChannelFault("database", type(error).__name__) from error


def _sizes(client: Client, uids: Sequence[int]) -> list[Sized]:
    """Sizes as the server tells them, of those that are still there, in order."""
    if not uids:
        return []
    told = client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
    return [
        Sized(uid, int(told[uid].get(b"RFC822.SIZE") or 0), told[uid].get(b"INTERNALDATE"))
        for uid in sorted(uids)
        if uid in told
    ]


def _fetch(client: Client, box: Mailbox, folder: MailFolder, portion: Sequence[Sized]) -> Fetched:
    fetched = Fetched()
    small = [one for one in portion if one.size <= PIECE]
    for one, raw in _whole(client, small):
        _took(fetched, box, folder, one, raw)
    got = set(fetched.whole)
    for one in (one for one in small if one.uid not in got):  # the server refused the set, or left some out
        _took(fetched, box, folder, one, _alone(client, one.uid))
    for one in (one for one in portion if one.size > PIECE):
        raw, is_whole = (b"", False) if one.size > box.largest else _in_pieces(client, one.uid, box.largest)
        if is_whole:
            _took(fetched, box, folder, one, raw)
        else:
            told = client.fetch([one.uid], [f"BODY.PEEK[]<0.{BEGINNING}>"]).get(one.uid, {})
            beginning = _body(told, b"BODY[]<0>")
            if beginning is not None:
                fetched.envelopes.append(_envelope(box, folder, one, beginning, cut=True))
    return fetched


def _took(fetched: Fetched, box: Mailbox, folder: MailFolder, one: Sized, raw: bytes | None) -> None:
    if raw is None:
        return
    if raw is _REFUSED:
        fetched.refused.append(one.uid)
        return
    fetched.envelopes.append(_envelope(box, folder, one, raw, cut=False))
    fetched.whole.append(one.uid)


def _whole(client: Client, portion: Sequence[Sized]) -> Iterator[tuple[Sized, bytes]]:
    """Those that the server gives at once. Some servers refuse a whole set for one mail in it."""
    if not portion:
        return
    try:
        told = client.fetch([one.uid for one in portion], ["BODY.PEEK[]"])
    except imaplib.IMAP4.abort:
        raise
    except IMAPClientError:
        return
    for one in portion:
        raw = _body(told.get(one.uid, {}), b"BODY[]")
        if raw is not None:
            yield one, raw


_REFUSED = b"\x00refused"


def _alone(client: Client, uid: int) -> bytes | None:
    """One mail; None when it is gone, _REFUSED when it is there and does not come."""
    try:
        raw = _body(client.fetch([uid], ["BODY.PEEK[]"]).get(uid, {}), b"BODY[]")
    except imaplib.IMAP4.abort:
        raise
    except IMAPClientError:
        raw = None
    if raw is not None:
        return raw
    return _REFUSED if uid in client.search(["UID", str(uid)]) else None


def _in_pieces(client: Client, uid: int, largest: int) -> tuple[bytes, bool]:
    """A large mail, piece by piece; false when it turns out to be larger than ``largest`` bytes."""
    pieces: list[bytes] = []
    size = 0
    while True:
        told = client.fetch([uid], [f"BODY.PEEK[]<{size}.{PIECE}>"]).get(uid, {})
        piece = _body(told, f"BODY[]<{size}>".encode())
        if piece:
            pieces.append(piece)
            size += len(piece)
        if size > largest:
            return b"", False
        if not piece or len(piece) < PIECE:
            return b"".join(pieces), True


def _body(told: dict[bytes, Any], name: bytes) -> bytes | None:
    """A body as the server gave it; an empty mail is NIL or "" there."""
    if name not in told:
        return None
    found = told[name]
    return bytes(found) if isinstance(found, bytes) else b"" if found is None else str(found).encode()


def _envelope(box: Mailbox, folder: MailFolder, one: Sized, raw: bytes, *, cut: bool) -> Envelope:
    key = cursor.key(folder, one.uid)
    arrived = one.arrived.astimezone(UTC).isoformat() if one.arrived is not None else ""
    hints = box.told.hints(folder=folder.name, arrived=arrived)
    if cut:
        hints |= {"size": str(one.size), "largest": str(box.largest)}
    code = box.account.source.code
    return Envelope(code, key + cursor.CUT * cut, CUT_MAIL if cut else MAIL, datetime.now(UTC), raw, hints=hints)


def _dispose(client: Client, box: Mailbox, uids: Sequence[int]) -> None:
    """What the account wants to happen with mails that are kept; again is harmless."""
    if not uids or box.after == "leave":
        return
    if box.after == "seen":
        client.add_flags(uids, [SEEN], silent=True)
        return
    if box.after == "move":
        target = str(box.account.settings.get("move_to", ""))
        if not client.folder_exists(target):
            client.create_folder(target)
        if client.has_capability("MOVE"):
            client.move(uids, target)
            return
        client.copy(uids, target)
    client.add_flags(uids, [DELETED], silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)  # a plain EXPUNGE would remove what others marked, too
