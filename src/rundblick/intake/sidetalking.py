"""Mails of side talks on their way out: the outbox sends them under keys that lead back into the talk.

talk = start(case, how, letter, origin, by=person)      a talk by mail, with its first mail
write(talk, letter, origin, by=person)                  a further one
take_back_aside(message, by)                            while it waits; its text is the talk's draft again
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from rundblick.cases.answering import Dispatch, dispatched, new_uuid
from rundblick.cases.deeds import WorkError, done, locked_case
from rundblick.cases.models import Case, Message, SideKey, SideMessage, SideTalk, SideTalkContent
from rundblick.cases.ownership import accepted_by_deed
from rundblick.cases.sidetalks import OUT, Begun, Spoken, begin, case_of, keep_side_draft, of_the_customer, write_side
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.installation import installation
from rundblick.core.letters import Origin, Recipient
from rundblick.core.message import Attachment
from rundblick.core.registry import Cursor
from rundblick.core.signed import case_key, message_key, side_place
from rundblick.intake.models import Outgoing, OutgoingContent
from rundblick.intake.outbox import RECIPIENTS_AT_MOST, SIZE_AT_MOST, WAKES, OutboxError
from rundblick.people.models import Person

_REFERENCES: Final = 40


class CustomerNamed(WorkError):
    """A recipient is the customer of the case: ``addresses``. Asked once; ``customer_known`` sends it all the same."""

    def __init__(self, addresses: Sequence[str]) -> None:
        super().__init__("customer")
        self.addresses = tuple(addresses)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideLetter:
    """A mail of a side talk.

    key             given by the form or caller, so that the same sending twice is one
    customer_known  whoever sends it knows that one of the recipients is the customer
    """

    recipients: tuple[Recipient, ...]
    text: str
    subject: str = ""
    files: tuple[Attachment, ...] = ()
    key: UUID | None = None
    customer_known: bool = False


def start(
    case: Case, how: Begun, letter: SideLetter, origin: Origin, by: Person, at: datetime | None = None
) -> SideTalk:
    """Begin a talk by mail. Raises WorkError "empty", "past", CustomerNamed, OutboxError."""
    now = at or datetime.now(UTC)
    if letter.key is not None and (known := _known(letter.key)) is not None:
        return SideMessage.objects.select_related("talk").get(pk=known.pk).talk
    if not letter.text.strip():
        raise WorkError("empty")
    with transaction.atomic():
        told = replace(
            how,
            kind=SideTalk.MAIL,
            recipients=tuple((one.address, one.name) for one in letter.recipients),
            source=origin.source,
        )
        talk = begin(case, told, by, now)
        write(talk, letter, origin, by, now)
    return talk


def write(talk: SideTalk, letter: SideLetter, origin: Origin, by: Person, at: datetime | None = None) -> Message:
    """A mail of a talk into the outbox; we wait for the others from now on. Raises as ``start``."""
    now = at or datetime.now(UTC)
    _check(letter, origin)
    with transaction.atomic(), cursor() as cur:
        case = locked_case(case_of(talk))
        if letter.key is not None and (known := _known(letter.key)) is not None:
            return known
        customers = of_the_customer(case, [one.address for one in letter.recipients])
        if customers and not letter.customer_known:
            raise CustomerNamed(sorted(customers))
        uuid = new_uuid()
        place = side_place(talk.pk)
        key = message_key(place, uuid, origin.domain)
        spoken = Spoken(
            uuid=uuid,
            text=letter.text,
            way=OUT,
            subject=letter.subject,
            channel=origin.channel,
            keys=(f"mid:{key}",),
            files=letter.files,
            recipients=tuple(one.address for one in letter.recipients),
            dispatch=Dispatch.WAITING,
        )
        message = write_side(cur, case, talk, spoken, by, now)
        digests = Digests(bytes(installation().salt))
        SideKey.objects.get_or_create(digest=digests.thread(case_key(place)), talk=talk)
        due = now + timedelta(seconds=settings.RUNDBLICK.undo_send_s)
        outgoing = Outgoing.objects.create(
            key=letter.key or uuid,
            message=message,
            source_id=origin.source,
            channel=origin.channel,
            due_at=due,
            first_due_at=due,
        )
        OutgoingContent.objects.create(
            outgoing=outgoing,
            record_id=case.concerned_id,
            key=key,
            recipients=[{"address": one.address, "name": one.name, "part": one.part} for one in letter.recipients],
        )
        _remember(talk, letter.recipients, now)
        accepted_by_deed(case, by, now)
        done(cur, case.pk)
        cur.execute("SELECT pg_notify(%s, '')", (WAKES,))
    return message


def take_back_aside(message: Message, by: Person) -> SideTalk:
    """Its mail leaves no more; its text is the talk's draft again. Raises OutboxError "gone"."""
    with transaction.atomic(), cursor() as cur:
        outgoing = Outgoing.objects.select_for_update().filter(message=message).first()
        if outgoing is None or outgoing.state not in (Outgoing.State.WAITING, Outgoing.State.FAILED):
            raise OutboxError("gone")
        if any(one.get("state") == "taken" for one in outgoing.content.recipients):
            raise OutboxError("gone")
        outgoing.state, outgoing.ended_at = Outgoing.State.CANCELLED, datetime.now(UTC)
        outgoing.save(update_fields=["state", "ended_at"])
        dispatched(cur, outgoing.message_id, Dispatch.CANCELLED, None, by)
        talk = SideMessage.objects.select_related("talk").get(pk=message.pk).talk
        keep_side_draft(talk, message.content.text)
        still = SideMessage.objects.filter(talk=talk, way=OUT, message__superseded=False).exclude(pk=message.pk)
        last = still.order_by("-message__at").values_list("message__at", flat=True).first()
        SideTalk.objects.filter(pk=talk.pk).update(waits_since=last)
    return talk


def references(cur: Cursor, message: int) -> tuple[str, ...]:
    """Keys of a talk's earlier mails, oldest first, the newest of the others last."""
    cur.execute(
        "SELECT coalesce(oc.key, mc.key, '') FROM cases_sidemessage me "
        "JOIN cases_sidemessage s ON s.talk_id = me.talk_id AND s.message_id <> me.message_id AND s.way <> 'note' "
        "JOIN cases_message m ON m.id = s.message_id AND NOT m.superseded "
        "JOIN cases_message own ON own.id = me.message_id AND (m.at, m.id) < (own.at, own.id) "
        "LEFT JOIN intake_outgoing o ON o.message_id = m.id "
        "LEFT JOIN intake_outgoingcontent oc ON oc.outgoing_id = o.id "
        "LEFT JOIN cases_messagecontent mc ON mc.message_id = m.id "
        "WHERE me.message_id = %s ORDER BY m.at DESC, m.id DESC LIMIT %s",
        (message, _REFERENCES),
    )
    return tuple(key for (key,) in reversed(cur.fetchall()) if key)


def talk_of(message: int) -> SideTalk | None:
    """The side talk that a message stands in."""
    found = SideMessage.objects.select_related("talk", "talk__content").filter(pk=message).first()
    return found.talk if found is not None else None


def _remember(talk: SideTalk, recipients: Sequence[Recipient], now: datetime) -> None:
    content = SideTalkContent.objects.select_for_update().get(pk=talk.pk)
    named = {str(one["address"]).lower() for one in content.recipients or []}
    new = [{"address": one.address, "name": one.name} for one in recipients if one.address.lower() not in named]
    content.recipients, content.draft = [*(content.recipients or []), *new], ""
    content.save(update_fields=["recipients", "draft"])
    SideTalk.objects.filter(pk=talk.pk).update(waits_since=now)


def _check(letter: SideLetter, origin: Origin) -> None:
    if not any(one.part == "to" for one in letter.recipients):
        raise OutboxError("nobody")
    if len(letter.recipients) > RECIPIENTS_AT_MOST:
        raise OutboxError("too_many")
    if sum(len(file.data) for file in letter.files) > SIZE_AT_MOST:
        raise OutboxError("too_large")
    if not origin.enabled:
        raise OutboxError("no_account")


def _known(key: UUID) -> Message | None:
    found = Outgoing.objects.filter(key=key).values_list("message_id", flat=True).first()
    return None if found is None else Message.objects.get(pk=found)
