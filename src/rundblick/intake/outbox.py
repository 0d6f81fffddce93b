"""The outbox: a letter is a row written with the answer that it carries; a sweep hands it to its channel.

    put(case, answer, origin, by=person)  ->  the message in the case, and a row that waits (intake.sending takes it)

At least once: a worker that dies between the server's yes and our commit leaves a lease that runs out, and the letter
is sent again under the same key, which mail programs and our own road take for the same message. No network inside a
transaction. What cannot be handed over is tried again with growing pauses and then shown to somebody (``dead``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from rundblick.cases.answering import Dispatch, Written, dispatched, new_uuid, newer, newest_id, write_answer
from rundblick.cases.drafts import drop_draft, save_draft, save_once
from rundblick.cases.models import Attachment as Kept
from rundblick.cases.models import Case, Draft, DraftAttachment, Message
from rundblick.cases.work import WorkError, locked_case
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.letters import Origin, Recipient
from rundblick.core.message import Attachment
from rundblick.core.registry import Cursor
from rundblick.core.signed import message_key
from rundblick.intake.models import Outgoing, OutgoingContent
from rundblick.intake.sideways import is_aside
from rundblick.people.models import Person
from rundblick.privacy.audit import record_audit

WAKES: Final = "rundblick_outgoing"  # the channel of NOTIFY: a letter waits
RECIPIENTS_AT_MOST: Final = 50
SIZE_AT_MOST: Final = 20 << 20  # bytes of all files of a letter; mail grows by a third on the way

_STILL_HERE: Final = (Outgoing.State.WAITING, Outgoing.State.FAILED, Outgoing.State.HELD)

PAUSES: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
"""After the first, second ... attempt that failed; the last one from then on."""
GIVEN_UP_AFTER: Final = timedelta(days=2)  # since the letter was to leave


class Aside(Exception):
    """What somebody writes was kept beside a draft that another page has saved meanwhile."""


class OutboxError(WorkError):
    """A letter cannot be put or changed so.

    "nobody", "too_many", "too_large", "no_account", "gone", "not_dead", "past".
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as somebody sends it off.

    seen     the newest message of the case that he saw; None does not look
    answers  the message it answers, quoted below it and named by its references
    due_at   when it is to leave; None: after the time in which it can be taken back. It is held when the customer
             writes before
    then     "resolve": its case is resolved once it was sent
    key      given by the form or caller, so that the same sending twice is one
    """

    recipients: tuple[Recipient, ...]
    text: str
    subject: str = ""
    files: tuple[Attachment, ...] = ()
    answers: Message | None = None
    seen: UUID | None = None
    due_at: datetime | None = None
    key: UUID | None = None
    then: str = ""


def put(case: Case, answer: Answer, origin: Origin, by: Person | None, at: datetime | None = None) -> Message:
    """Write the answer into its case and its letter into the outbox, in one transaction.

    Gives the message that is there already when a letter with this key is. ``by`` None: a machine's answer.
    Raises WorkError "empty" or "newer", OutboxError.
    """
    now = at or datetime.now(UTC)
    _check(answer, origin)
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        if answer.key is not None and (known := _known(answer.key)) is not None:
            return known
        uuid = new_uuid()
        key = message_key(locked.number, uuid, origin.domain)
        scheduled = by is not None and answer.due_at is not None and answer.due_at > now
        written = Written(
            uuid=uuid,
            text=answer.text,
            subject=answer.subject,
            channel=origin.channel,
            system=origin.channel,
            keys=(f"mid:{key}",),
            files=answer.files,
            recipients=tuple(one.address for one in answer.recipients),
            seen=answer.seen,
            scheduled=scheduled,
        )
        message = write_answer(cur, locked, written, by, Digests(bytes(installation().salt)), now)
        due = answer.due_at or (now + timedelta(seconds=settings.RUNDBLICK.undo_send_s) if by is not None else now)
        outgoing = Outgoing.objects.create(
            key=answer.key or uuid,
            message=message,
            answers=answer.answers,
            source_id=origin.source,
            channel=origin.channel,
            automatic=by is None,
            due_at=due,
            first_due_at=due,
            scheduled=scheduled,
            then=answer.then,
        )
        OutgoingContent.objects.create(
            outgoing=outgoing,
            record_id=message.record_id,
            key=key,
            recipients=[{"address": one.address, "name": one.name, "part": one.part} for one in answer.recipients],
        )
        if by is not None:
            drop_draft(locked)
        _wake(cur)
    return message


def reschedule(
    message: Message, at: datetime | None, by: Person, seen: UUID | None, now: datetime | None = None
) -> None:
    """Let a letter that waits, or was held, leave at another time; ``at`` None: now.

    Raises OutboxError "gone" when it has left, "past"; WorkError "newer" when something came that ``by`` has not seen.
    """
    moment = now or datetime.now(UTC)
    if at is not None and at <= moment:
        raise OutboxError("past")
    with transaction.atomic(), cursor() as cur:
        assert message.case is not None
        case = locked_case(message.case)
        outgoing = Outgoing.objects.select_for_update().filter(message=message).first()
        if outgoing is None or outgoing.state not in (Outgoing.State.WAITING, Outgoing.State.HELD):
            raise OutboxError("gone")
        if seen is None or newer(case, seen) is not None:
            raise WorkError("newer")
        # what came before this moment was seen: only what comes from now on holds it again
        outgoing.seen_up_to = newest_id(case)
        outgoing.state, outgoing.scheduled = Outgoing.State.WAITING, at is not None
        outgoing.due_at = outgoing.first_due_at = at or moment
        outgoing.save(update_fields=["state", "scheduled", "due_at", "first_due_at", "seen_up_to"])
        dispatched(cur, message.pk, Dispatch.WAITING if at is None else Dispatch.SCHEDULED, moment, by)
        _wake(cur)


def keep_draft(case: Case, by: Person, key: UUID, base: int | None = None, **fields: object) -> bool:
    """Keep what is being written under this key; not once it was sent: a page that saves late brings nothing back.

    base  the version of the draft that the page under this key began with; None writes over whatever is there.
          Raises Aside when another page has saved something else since: both texts are kept.

    Who still writes on the page of a case that was joined meanwhile does not write over what a colleague writes in the
    other: his draft stays where he began it, and is shown there (cases.drafts).
    """
    with transaction.atomic():
        locked = locked_case(case)
        if _known(key) is not None:
            return False
        others = Draft.objects.filter(case=locked).exclude(text="").exclude(person=by)
        into = case if case.pk != locked.pk and others.exists() else locked
        kept = base is None or save_once(into, by, key, base, **fields)
        if base is None:
            save_draft(into, by, page=key, **fields)
    if not kept:
        raise Aside
    return True


def _known(key: UUID) -> Message | None:
    found = Outgoing.objects.filter(key=key).values_list("message_id", flat=True).first()
    return None if found is None else Message.objects.get(pk=found)


def _check(answer: Answer, origin: Origin) -> None:
    if not any(one.part == "to" for one in answer.recipients):
        raise OutboxError("nobody")
    if len(answer.recipients) > RECIPIENTS_AT_MOST:
        raise OutboxError("too_many")
    if sum(len(file.data) for file in answer.files) > SIZE_AT_MOST:
        raise OutboxError("too_large")
    if not origin.enabled:
        raise OutboxError("no_account")


def take_back(message: Message, by: Person) -> Case:
    """Undo sending while the letter waits: it leaves no more, its text is a draft again. Raises OutboxError "gone"."""
    if is_aside(message.pk):  # its words never come into the customer's answer
        raise OutboxError("gone")
    with transaction.atomic(), cursor() as cur:
        outgoing = Outgoing.objects.select_for_update().filter(message=message).first()
        if outgoing is None or outgoing.state not in _STILL_HERE:
            raise OutboxError("gone")
        if any(one.get("state") == "taken" for one in outgoing.content.recipients):  # somebody has it
            raise OutboxError("gone")
        assert message.case is not None
        content = message.content
        recipients = outgoing.content.recipients
        outgoing.state, outgoing.ended_at = Outgoing.State.CANCELLED, datetime.now(UTC)
        outgoing.save(update_fields=["state", "ended_at"])
        dispatched(cur, outgoing.message_id, Dispatch.CANCELLED, None, by)
        save_draft(
            message.case,
            by,
            to=", ".join(one["address"] for one in recipients if one["part"] == "to"),
            cc=", ".join(one["address"] for one in recipients if one["part"] == "cc"),
            subject=content.subject,
            text=content.text,
            source=outgoing.source_id,
        )
        _files_back(message, message.case)
    return message.case


def _files_back(message: Message, case: Case) -> None:
    for one in Kept.objects.filter(message=message).select_related("content").order_by("position"):
        DraftAttachment.objects.create(
            case=case,
            record_id=message.record_id,
            blob_id=one.blob_id,
            media_type=one.media_type,
            size=one.size,
            name=one.content.name,
        )


def retry(outgoing: Outgoing, by: Person | None, at: datetime | None = None) -> None:
    """Send a dead letter again, to those who have not got it; also one that pauses. Raises OutboxError "gone".

    A dead one that nobody got is written anew: what was wrong with its account may have been mended.
    """
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        locked = Outgoing.objects.select_for_update().get(pk=outgoing.pk)
        if locked.state not in (Outgoing.State.DEAD, Outgoing.State.FAILED):
            raise OutboxError("gone")
        content, was_dead = locked.content, locked.state == Outgoing.State.DEAD
        content.recipients = [
            {key: value for key, value in one.items() if key not in ("state", "told")}
            if one.get("state") == "refused"
            else one
            for one in content.recipients
        ]
        content.save(update_fields=["recipients"])
        locked.state, locked.due_at, locked.first_due_at, locked.attempts = Outgoing.State.WAITING, now, now, 0
        locked.ended_at = None
        if was_dead and not any(one.get("state") == "taken" for one in content.recipients):
            locked.blob_id = None
        locked.save(update_fields=["state", "due_at", "first_due_at", "attempts", "ended_at", "blob"])
        dispatched(cur, locked.message_id, Dispatch.WAITING, now, by)
        _audit(cur, "outbox.retried", locked, by)
        _wake(cur)


_LOGIN: Final = ("application", "consent", "login", "secret", "token")


def due_again(source: int) -> int:
    """Letters of an account that rest because nobody could sign in there are due now; gives how many."""
    with cursor() as cur:
        found = Outgoing.objects.filter(source_id=source, state=Outgoing.State.FAILED, fault__in=_LOGIN)
        if letters := found.update(due_at=Now()):
            _wake(cur)
        return letters


def give_up(outgoing: Outgoing, by: Person | None, reason: str, at: datetime | None = None) -> None:
    """A dead letter is not sent; it counts as no answer. Raises OutboxError "not_dead", or "empty" without a reason."""
    if not reason.strip():
        raise OutboxError("empty")
    with transaction.atomic(), cursor() as cur:
        locked = Outgoing.objects.select_for_update().get(pk=outgoing.pk)
        if locked.state not in (Outgoing.State.DEAD, Outgoing.State.FAILED):
            raise OutboxError("not_dead")
        locked.state, locked.ended_at = Outgoing.State.CANCELLED, at or datetime.now(UTC)
        locked.save(update_fields=["state", "ended_at"])
        dispatched(cur, locked.message_id, Dispatch.DEAD, at, by)  # it stands in the case as what was never delivered
        _audit(cur, "outbox.given_up", locked, by, reason)


def _audit(cur: Cursor, action: str, outgoing: Outgoing, by: Person | None, reason: str = "") -> None:
    message = Message.objects.get(pk=outgoing.message_id)
    record_audit(
        cur,
        action,
        actor_type="machine" if by is None else "person",
        actor_id=None if by is None else by.pk,
        object_type="message",
        object_id=message.pk,
        record=message.record_id,
        details={"reason": reason.strip()[:2000]} if reason else {},
    )


def _wake(cur: Cursor) -> None:
    cur.execute("SELECT pg_notify(%s, '')", (WAKES,))


def next_pause(attempts: int) -> timedelta:
    """How long a letter rests after its ``attempts``-th failed attempt, from 1."""
    return PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
