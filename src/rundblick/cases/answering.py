"""An answer to the customer: a message of the case, written before it leaves, with how far it has come.

``write_answer`` runs in the transaction of whoever puts the letter into its outbox (intake.outbox); what becomes of it
comes back through ``dispatched``. Nothing here knows a channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from rundblick.cases.deeds import LONGEST, WorkError, clean
from rundblick.cases.folding import fold
from rundblick.cases.models import (
    Attachment,
    AttachmentContent,
    Case,
    Message,
    MessageContent,
    Participant,
    ThreadKey,
)
from rundblick.cases.ownership import accepted_by_deed
from rundblick.cases.search import keeping
from rundblick.core.announcing import announce_cases
from rundblick.core.blobs import keep_blobs
from rundblick.core.digests import Digests
from rundblick.core.ids import uuid7
from rundblick.core.message import Attachment as File
from rundblick.core.models import Event, EventObject, System
from rundblick.core.registry import Cursor
from rundblick.core.signed import case_key
from rundblick.customers.asking import asked_kinds
from rundblick.people.models import Person

SUBJECT_AT_MOST: Final = 300


class Dispatch(StrEnum):
    """How far an answer has come. ``Message.dispatch`` is "" for what was not written here."""

    WAITING = "waiting"  # it leaves at its time
    SCHEDULED = "scheduled"  # it leaves when somebody wants it to: until then nobody has answered
    HELD = "held"  # it was to leave later, and the customer wrote before: somebody has to look
    SENDING = "sending"
    FAILED = "failed"  # it could not be handed over yet, and is tried again
    SENT = "sent"  # its channel took it
    DEAD = "dead"  # it was refused, or tried for too long: somebody has to decide
    BOUNCED = "bounced"  # its channel took it, and could not bring it to the customer
    CANCELLED = "cancelled"  # taken back before it left, or given up


_AFTER: Final = [Dispatch.SENT, Dispatch.BOUNCED]
# from which states a new one does not lead away
_STAYS: Final[dict[Dispatch, list[Dispatch]]] = {
    Dispatch.WAITING: _AFTER,
    Dispatch.SCHEDULED: _AFTER,
    Dispatch.HELD: _AFTER,
    Dispatch.SENDING: _AFTER,
    Dispatch.FAILED: _AFTER,
    Dispatch.DEAD: _AFTER,
    Dispatch.CANCELLED: _AFTER,
    Dispatch.SENT: [Dispatch.BOUNCED],
    Dispatch.BOUNCED: [],
}
_EVENTS: Final = {
    Dispatch.WAITING: "message.waiting",
    Dispatch.SCHEDULED: "message.scheduled",
    Dispatch.HELD: "message.held",
    Dispatch.FAILED: "message.delayed",
    Dispatch.SENT: "message.sent",
    Dispatch.DEAD: "message.refused",
    Dispatch.BOUNCED: "message.bounced",
    Dispatch.CANCELLED: "message.withdrawn",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An answer as it is written.

    uuid    of the message it becomes: its key on the channel is made from it before it is stored
    keys    its own thread keys ("mid:<id>"), by which replies find it
    seen    the newest message that its writer saw, None: he was not asked to look
    """

    uuid: UUID
    text: str
    subject: str = ""
    channel: str = "email"
    system: str = "email"
    keys: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    recipients: tuple[str, ...] = ()
    seen: UUID | None = None
    scheduled: bool = False


def write_answer(
    cur: Cursor, case: Case, written: Written, by: Person | None, digests: Digests, at: datetime | None = None
) -> Message:
    """Store an answer of ``by`` (None: a machine's) in a case that the caller has locked; it waits to be dispatched.

    Raises WorkError "empty", or "newer" when something came that its writer has not seen.
    """
    text = clean(written.text).strip()[:LONGEST]
    if not text and not written.files:
        raise WorkError("empty")
    if written.seen is not None and newer(case, written.seen) is not None:
        raise WorkError("newer")
    now = at or datetime.now(UTC)
    system, _made = System.objects.get_or_create(code=written.system, defaults={"name": ""})
    message = Message.objects.create(
        uuid=written.uuid,
        identity=written.uuid.bytes,
        content_digest=written.uuid.bytes,
        case=case,
        system=system,
        record_id=case.concerned_id,
        channel=written.channel,
        direction="out",
        sender="human" if by is not None else "machine",
        language=case.language,
        at=now,
        person=by,
        asks_for=" ".join(asked_kinds(text)) if by is not None else None,
        dispatch=Dispatch.SCHEDULED if written.scheduled else Dispatch.WAITING,
    )
    _write_content(cur, message, written, text)
    keys = (*written.keys, case_key(case.number))
    ThreadKey.objects.bulk_create(ThreadKey(digest=digests.thread(key), message=message, own=True) for key in keys)
    if case.concerned_id is not None:
        Participant.objects.get_or_create(case=case, record_id=case.concerned_id, defaults={"part": "copied"})
    _event(message, "message.written", now, by)
    accepted_by_deed(case, by, now)
    fold(cur, [case.pk])
    announce_cases(cur, [case.pk])
    return message


def _write_content(cur: Cursor, message: Message, written: Written, text: str) -> None:
    subject = " ".join(clean(written.subject).split())[:SUBJECT_AT_MOST]
    MessageContent.objects.create(
        message=message,
        record_id=message.record_id,
        subject=subject,
        text=text,
        recipients=list(written.recipients) or None,
    )
    keeping.write(cur, [keeping.row_of_message(message.pk, message.at, subject, text, *written.recipients)])
    blobs = keep_blobs(cur, [file.data for file in written.files])
    for position, (file, blob) in enumerate(zip(written.files, blobs, strict=True)):
        attachment = Attachment.objects.create(
            message=message, position=position, blob_id=blob, media_type=file.media_type, size=len(file.data)
        )
        AttachmentContent.objects.create(attachment=attachment, record_id=message.record_id, name=file.name)


def newest(case: Case) -> Message | None:
    """The message that came to the case last: what somebody who opens it now has seen."""
    return Message.objects.filter(case=case, superseded=False).order_by("-pk").first()


def newest_id(case: Case) -> int:
    """The id of the newest message; 0 of a case without any."""
    found = newest(case)
    return found.pk if found is not None else 0


def newer(case: Case, seen: UUID) -> Message | None:
    """A message that came to the case after the one that somebody saw last; None: he saw all there is."""
    found = newest(case)
    if found is None or found.uuid == seen:
        return None
    known = Message.objects.filter(uuid=seen).values_list("pk", flat=True).first()
    return found if known is None or found.pk > known else None


def dispatched(
    cur: Cursor, message: int, dispatch: Dispatch, at: datetime | None = None, by: Person | None = None
) -> None:
    """Note how far an answer has come: on the message, as an event, and in the fold of its case.

    What the customer's server has taken stays sent while others of its recipients are still tried.
    """
    now = at or datetime.now(UTC)
    cur.execute(
        "UPDATE cases_message SET dispatch = %s, dispatched_at = CASE WHEN %s THEN %s ELSE dispatched_at END, "
        "superseded = superseded OR %s WHERE id = %s AND dispatch <> ALL(%s) RETURNING case_id",
        (
            dispatch,
            dispatch == Dispatch.SENT,
            now,
            dispatch == Dispatch.CANCELLED,
            message,
            [dispatch, *_STAYS[dispatch]],
        ),
    )
    changed = cur.fetchone()
    if changed is None:
        return
    if dispatch in _EVENTS:
        _event(Message.objects.get(pk=message), _EVENTS[dispatch], now, by)
    if changed[0] is not None:
        if dispatch != Dispatch.SENDING:
            fold(cur, [changed[0]])
        announce_cases(cur, [changed[0]])


def _event(message: Message, kind: str, at: datetime, by: Person | None) -> None:
    actor = {"actor_type": "person", "actor_id": by.pk} if by is not None else {"actor_type": "machine"}
    event = Event.objects.create(kind=kind, occurred_at=at, **actor)
    objects = [("message", message.pk), ("case", message.case_id), ("record", message.record_id)]
    EventObject.objects.bulk_create(
        EventObject(event=event, type=type_, object_id=id_) for type_, id_ in objects if id_ is not None
    )


def new_uuid() -> UUID:
    """For an answer that is to be written."""
    return uuid7()
