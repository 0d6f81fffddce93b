"""How far each folder was looked at, in the database; what of it is kept already; what is held back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Greatest, Now
from django.utils import timezone

from rundblick.channels.models import Account, MailFolder, MailHeld
from rundblick.core.models import Delivery

CUT = ":cut"  # of the key of a mail whose beginning alone was fetched
_AT_ONCE = 5_000
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(hours=1), timedelta(days=1)


def open_folder(account: Account, name: str, uidvalidity: int, uidnext: int) -> MailFolder:
    """The cursor of a folder under this UIDVALIDITY; a new one begins where the account says.

    Only the very first cursor of a folder may begin at "now": under another UIDVALIDITY everything is looked at again,
    since nobody can say which of its mails came since.
    """
    first = not MailFolder.objects.filter(account=account, name=name).exists()
    begin = max(0, uidnext - 1) if first and account.settings.get("begin") == "new" else 0
    folder, _ = MailFolder.objects.get_or_create(
        account=account,
        name=name,
        uidvalidity=uidvalidity,
        defaults={"after_uid": begin, "last_uid": begin, "done_uid": begin},
    )
    return folder


def key(folder: MailFolder, uid: int) -> str:
    """The source's own key of a mail: UIDVALIDITY:UID, and for other folders than INBOX which one, since two folders
    of a mailbox may have the same UIDVALIDITY."""
    text = f"{folder.uidvalidity}:{uid}"
    return text if folder.name.upper() == "INBOX" else f"{text}/{folder.pk}"


def kept(folder: MailFolder, source: int, uids: Sequence[int]) -> tuple[set[int], set[int]]:
    """Those of ``uids`` that are stored: (whole, only their beginning)."""
    by_key = {key(folder, uid): uid for uid in uids}
    keys = [*by_key, *(one + CUT for one in by_key)]
    whole: set[int] = set()
    cut: set[int] = set()
    for start in range(0, len(keys), _AT_ONCE):
        stored = Delivery.objects.filter(source_id=source, source_key__in=keys[start : start + _AT_ONCE])
        for found in stored.values_list("source_key", flat=True):
            if found.endswith(CUT):
                cut.add(by_key[found.removesuffix(CUT)])
            else:
                whole.add(by_key[found])
    return whole, cut - whole


def advance(folder: MailFolder, uid: int) -> None:
    """Everything up to here is kept, held or gone."""
    MailFolder.objects.filter(pk=folder.pk).update(last_uid=Greatest(F("last_uid"), uid))
    folder.last_uid = max(folder.last_uid, uid)


def done(folder: MailFolder, uid: int) -> None:
    """What should happen on the server with everything up to here has happened."""
    MailFolder.objects.filter(pk=folder.pk).update(done_uid=Greatest(F("done_uid"), uid))
    folder.done_uid = max(folder.done_uid, uid)


def hold(folder: MailFolder, uid: int, fault: str) -> None:
    """Leave a mail out and try it again later, with growing pauses."""
    one, new = MailHeld.objects.get_or_create(
        folder=folder, uid=uid, defaults={"fault": fault, "next_at": timezone.now() + _FIRST_PAUSE}
    )
    if not new:
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(one.tries, 10))
        MailHeld.objects.filter(pk=one.pk).update(fault=fault, tries=F("tries") + 1, next_at=timezone.now() + pause)


def due(folder: MailFolder) -> list[int]:
    """Held mails whose turn it is."""
    return list(
        MailHeld.objects.filter(folder=folder, next_at__lte=timezone.now())
        .order_by("uid")
        .values_list("uid", flat=True)
    )


def held(folder: MailFolder) -> set[int]:
    """Held mails whose turn it is not yet."""
    waiting = MailHeld.objects.filter(folder=folder, next_at__gt=timezone.now())
    return set(waiting.values_list("uid", flat=True))


def release(folder: MailFolder, uids: Iterable[int]) -> None:
    """These came after all, or are gone."""
    MailHeld.objects.filter(folder=folder, uid__in=list(uids)).delete()


def ended(folder: MailFolder) -> None:
    """The folder was looked at to its end; a wish that came meanwhile stays."""
    mine = MailFolder.objects.filter(pk=folder.pk)
    mine.update(looked_at=Now())
    mine.filter(again_from=folder.again_from).update(again_from=None)


def fetch_again(account: Account, keys: Sequence[str]) -> None:
    """Look at everything again from the first of these on, in each folder; without keys from the beginning."""
    below: dict[MailFolder, int] = {}
    for one in keys:
        found = place(account, one)
        if found is not None:
            folder, uid = found
            below[folder] = min(uid, below.get(folder, uid))
    for folder, uid in below.items():
        look_again(account, uid, folder)
    if not below:
        look_again(account)


def place(account: Account, text: str) -> tuple[MailFolder, int] | None:
    """Folder and UID that a key of this account means."""
    head, _, number = text.removesuffix(CUT).partition("/")
    validity, _, uid = head.partition(":")
    if not (validity.isdecimal() and uid.isdecimal()):
        return None
    folders = MailFolder.objects.filter(account=account, uidvalidity=int(validity))
    found = folders.filter(pk=int(number)) if number.isdecimal() else folders.filter(name__iexact="INBOX")
    folder = found.first()
    return (folder, int(uid)) if folder is not None else None


def look_again(account: Account, below: int = 1, folder: MailFolder | None = None) -> None:
    """Look at everything again from UID ``below`` on; what is kept is passed over."""
    folders = MailFolder.objects.filter(account=account)
    if folder is not None:
        folders = folders.filter(pk=folder.pk)
    MailHeld.objects.filter(folder__in=folders).update(next_at=Now())
    folders.update(again_from=below)
    Account.objects.filter(pk=account.pk).update(changed_at=Now())  # wakes whoever fetches
