"""What mailboxes hold against what is stored, and what the missing ones are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from rundblick.channels.channel import channels
from rundblick.channels.email.charset import decode_header
from rundblick.channels.email.headers import addresses
from rundblick.channels.email.imap import connecting, cursor, fetching
from rundblick.channels.email.imap.watching import folders_of
from rundblick.channels.faults import ChannelFault
from rundblick.channels.models import Account, MailFolder
from rundblick.core.counting import MOST_NAMED, Counted
from rundblick.core.secrets import SecretError

LATE = timedelta(minutes=15)
"""What waits longer than this since the last look is not on its way."""


def count_mailboxes() -> Iterator[Counted]:
    """Every mailbox that is fetched from, each over a connection of its own."""
    fetched = Account.objects.select_related("source").filter(channel="email", enabled=True)
    for account in fetched:
        if channels["email"].fetches(account.settings):
            yield count(account)


def count(account: Account) -> Counted:
    """One mailbox, all its folders."""
    told = kept = waiting = lost = 0
    missing: list[str] = []
    late = False
    try:
        with connecting.connected(connecting.access_of(account)) as client:
            for name in folders_of(account):
                folder, exists = fetching.select(client, account, name, readonly=True)
                with connecting.faults():
                    uids = fetching.uids_from(client, folder.after_uid + 1, exists)
                whole, cut = cursor.kept(folder, account.source_id, uids)
                here = whole | cut
                coming = [uid for uid in uids if uid not in here and uid > folder.last_uid]
                gone_by = [uid for uid in uids if uid not in here and uid <= folder.last_uid]
                told, kept = told + len(uids), kept + len(here)
                waiting, lost = waiting + len(coming), lost + len(gone_by)
                missing += [cursor.key(folder, uid) for uid in gone_by][: MOST_NAMED - len(missing)]
                late = late or bool(coming and _is_late(folder))
    except ChannelFault as fault:
        return Counted(account.source_id, None, fault=fault.code, detail=fault.detail)
    except SecretError:
        return Counted(account.source_id, None, fault="secret")
    return Counted(account.source_id, told, kept, waiting, tuple(missing), lost, "late" if late else "")


def _is_late(folder: MailFolder) -> bool:
    return timezone.now() - (folder.looked_at or folder.opened_at) > LATE


@dataclass(frozen=True, slots=True)
class Described:
    """A mail in the mailbox, as far as its head tells. Shown and forgotten: nothing of it is stored."""

    key: str
    folder: str
    uid: int
    subject: str = ""
    sender: str = ""
    arrived: datetime | None = None
    size: int = 0
    gone: bool = False


def describe(account: Account, keys: Sequence[str]) -> list[Described]:
    """What these missing mails are, asked from the server now. Raises ChannelFault, SecretError."""
    wanted: dict[str, dict[int, str]] = {}
    for key in keys:
        found = cursor.place(account, key)
        if found is not None:
            folder, uid = found
            wanted.setdefault(folder.name, {})[uid] = key
    described: list[Described] = []
    with connecting.connected(connecting.access_of(account)) as client:
        for name, uids in wanted.items():
            fetching.select(client, account, name, readonly=True)
            fields = "BODY.PEEK[HEADER.FIELDS (SUBJECT FROM)]"
            with connecting.faults():
                told = client.fetch(sorted(uids), [fields, "RFC822.SIZE", "INTERNALDATE"])
            for uid, key in sorted(uids.items()):
                described.append(_described(name, uid, key, told[uid]) if uid in told else _gone(name, uid, key))
    return described


def _described(name: str, uid: int, key: str, told: dict[bytes, object]) -> Described:
    head = next((bytes(value) for field, value in told.items() if field.startswith(b"BODY[") and value), b"")  # type: ignore[call-overload]
    fields = dict(_fields(head))
    found = addresses(fields.get("from", ""))
    arrived, size = told.get(b"INTERNALDATE"), told.get(b"RFC822.SIZE")
    return Described(
        key,
        name,
        uid,
        decode_header(fields.get("subject", ""))[:200],
        found[0].email if found else "",
        arrived.astimezone() if isinstance(arrived, datetime) else None,
        size if isinstance(size, int) else 0,
    )


def _gone(name: str, uid: int, key: str) -> Described:
    return Described(key, name, uid, gone=True)


def _fields(head: bytes) -> Iterator[tuple[str, str]]:
    unfolded = head.replace(b"\r\n", b"\n").replace(b"\n ", b" ").replace(b"\n\t", b" ")
    for line in unfolded.decode("latin-1").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip().lower(), value.strip()
