"""Talks beside the customer's: with colleagues, or by mail with a supplier, an expert. Customers see nothing of them.

    talk = begin(case, Begun(...), by=person)     a thread of its own in the case
    say(talk, "...", by=person)                   a word inside the company; a mail goes through intake.sidetalking
    remind(talk, at, by)   close(talk, by)   reopen(talk, by)

What is said in one is a message with direction "note", so that it counts for no clock, no first answer, no state, no
figure and no customer; ``SideMessage`` says to which talk it belongs and which way it went. Who wrote from outside
becomes no source record and takes no part in the case: he cannot become its customer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from rundblick.cases.deeds import LONGEST, OWN_SYSTEM, WorkError, clean, done, locked_case, note_event, told
from rundblick.cases.mentions import mention, named_in
from rundblick.cases.models import (
    Attachment,
    AttachmentContent,
    Case,
    Mention,
    Message,
    MessageContent,
    SideKey,
    SideMessage,
    SideTalk,
    SideTalkContent,
)
from rundblick.cases.ownership import accepted_by_deed
from rundblick.cases.search import keeping
from rundblick.core.announcing import announce_cases
from rundblick.core.blobs import keep_blobs
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.ids import uuid7
from rundblick.core.installation import installation
from rundblick.core.message import Attachment as File
from rundblick.core.models import EventObject, System
from rundblick.core.registry import Cursor
from rundblick.customers.models import Assignment, Identifier
from rundblick.people.models import Person

BEGUN: Final = "side_talk.begun"
CLOSED: Final = "side_talk.closed"
REOPENED: Final = "side_talk.reopened"
REMINDED: Final = "side_talk.reminded"
IN, OUT, NOTE = "in", "out", "note"
HEADING_AT_MOST: Final = 300
_PORTION: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """How a talk begins. ``recipients``: (address, name) of one by mail; ``source``: its account."""

    kind: str
    heading: str
    recipients: tuple[tuple[str, str], ...] = ()
    source: int | None = None
    remind_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What is said in a talk. ``keys``: its own thread keys, by which answers find the talk."""

    text: str
    way: str
    uuid: UUID = field(default_factory=uuid7)
    subject: str = ""
    channel: str = ""
    keys: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    recipients: tuple[str, ...] = ()
    dispatch: str = ""


# -- beginning and speaking ------------------------------------------------------------------------------------------


def begin(case: Case, how: Begun, by: Person, at: datetime | None = None) -> SideTalk:
    """A talk without a word in it yet. Raises WorkError: "empty" without a heading, "past" for its reminder."""
    heading = " ".join(told(how.heading).split())[:HEADING_AT_MOST]
    now = at or datetime.now(UTC)
    if not heading:
        raise WorkError("empty")
    if how.remind_at is not None and how.remind_at <= now:
        raise WorkError("past")
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        event = note_event(BEGUN, now, by, ("case", locked.pk), ("person", by.pk))
        talk = SideTalk.objects.create(
            case=locked,
            kind=how.kind,
            event=event,
            opened_at=now,
            opened_by=by,
            last_at=now,
            remind_at=how.remind_at,
            source_id=how.source,
        )
        EventObject.objects.create(event=event, type="side_talk", object_id=talk.pk)
        people = [{"address": address, "name": name} for address, name in how.recipients]
        SideTalkContent.objects.create(
            talk=talk, record_id=locked.concerned_id, heading=heading, recipients=people or None
        )
        accepted_by_deed(locked, by, now)
        announce_cases(cur, [locked.pk])
    return talk


def say(
    talk: SideTalk,
    text: str,
    by: Person,
    *,
    chosen: Mapping[str, UUID] | None = None,
    unseen_known: bool = False,
    at: datetime | None = None,
) -> Message:
    """A word among colleagues; who is named is to look. Raises WorkError "empty", MentionError."""
    case = case_of(talk)
    if not told(text):
        raise WorkError("empty")
    people = named_in(case, text, by, chosen, unseen_known)
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        locked = locked_case(case)
        message = write_side(cur, locked, talk, Spoken(text=told(text), way=NOTE), by, now)
        if talk.kind == SideTalk.INSIDE:  # who spoke in it before hears of it
            before = SideMessage.objects.filter(talk=talk, message__person__isnull=False)
            heard = set(before.values_list("message__person_id", flat=True)) - {by.pk, *people}
            heard &= set(Person.objects.filter(left_at=None, user__is_active=True).values_list("pk", flat=True))
            tell(talk, message, heard, Mention.REPLY, by, now)
            waits = now if people or heard else None
            SideTalk.objects.filter(pk=talk.pk).update(waits_since=waits)
        mention(people, message, by, now, talk)
        accepted_by_deed(locked, by, now)
        done(cur, locked.pk)
    return message


def write_side(cur: Cursor, case: Case, talk: SideTalk, spoken: Spoken, by: Person | None, at: datetime) -> Message:
    """Store what is said in a talk of a case that the caller has locked; it opens a closed talk again.

    The caller folds the case. Raises WorkError "empty".
    """
    text = clean(spoken.text).strip()[:LONGEST]
    if not text and not spoken.files:
        raise WorkError("empty")
    code = "email" if spoken.channel == "email" else OWN_SYSTEM
    system, _made = System.objects.get_or_create(code=code, defaults={"name": ""})
    message = Message.objects.create(
        uuid=spoken.uuid,
        identity=spoken.uuid.bytes,
        content_digest=spoken.uuid.bytes,
        case=case,
        system=system,
        channel=spoken.channel or case.channel or "other",
        direction="note",
        language=case.language,
        at=at,
        person=by,
        dispatch=spoken.dispatch,
    )
    subject = " ".join(clean(spoken.subject).split())[:HEADING_AT_MOST]
    MessageContent.objects.create(
        message=message,
        record_id=case.concerned_id,
        subject=subject,
        text=text,
        recipients=list(spoken.recipients) or None,
    )
    keeping.write(cur, [keeping.row_of_message(message.pk, at, subject, text, *spoken.recipients)])
    blobs = keep_blobs(cur, [file.data for file in spoken.files])
    for position, (file, blob) in enumerate(zip(spoken.files, blobs, strict=True)):
        attachment = Attachment.objects.create(
            message=message, position=position, blob_id=blob, media_type=file.media_type, size=len(file.data)
        )
        AttachmentContent.objects.create(attachment=attachment, record_id=case.concerned_id, name=file.name)
    SideMessage.objects.create(message=message, talk=talk, way=spoken.way)
    digests = Digests(bytes(installation().salt))
    SideKey.objects.bulk_create(
        [SideKey(digest=digests.thread(key), talk=talk, message=message) for key in spoken.keys],
        ignore_conflicts=True,
    )
    note_event("side_talk.said", at, by, ("case", case.pk), ("message", message.pk), ("side_talk", talk.pk))
    SideTalk.objects.filter(pk=talk.pk).update(last_at=at, state=SideTalk.OPEN, closed_at=None, closed_by=None)
    return message


def tell(
    talk: SideTalk, message: Message | None, people: Iterable[int], why: str, by: Person | None, at: datetime
) -> None:
    """These are to look at a talk; who has not looked at it since the last time is not told twice."""
    waiting = set(Mention.objects.filter(talk=talk, seen_at=None, why=why).values_list("person_id", flat=True))
    Mention.objects.bulk_create(
        Mention(case=case_of(talk), person_id=person, message=message, talk=talk, why=why, by=by, at=at)
        for person in sorted(set(people) - waiting)
    )


def keep_side_draft(talk: SideTalk, text: str) -> None:
    """What is being written in a talk, for whoever goes on."""
    SideTalkContent.objects.filter(talk=talk).update(draft=clean(text)[:LONGEST])


# -- its state -------------------------------------------------------------------------------------------------------


def close(talk: SideTalk, by: Person, at: datetime | None = None) -> SideTalk:
    """It is settled; a later mail opens it again. Raises WorkError "settled"."""
    return _turn(talk, by, SideTalk.CLOSED, CLOSED, at)


def reopen(talk: SideTalk, by: Person, at: datetime | None = None) -> SideTalk:
    """It was not settled after all. Raises WorkError "settled"."""
    return _turn(talk, by, SideTalk.OPEN, REOPENED, at)


def _turn(talk: SideTalk, by: Person, state: str, kind: str, at: datetime | None) -> SideTalk:
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        locked = SideTalk.objects.select_for_update().get(pk=talk.pk)
        if locked.state == state:
            raise WorkError("settled")
        shut = state == SideTalk.CLOSED
        locked.state, locked.closed_at, locked.closed_by = state, now if shut else None, by if shut else None
        locked.waits_since, locked.remind_at = None, None
        locked.save(update_fields=["state", "closed_at", "closed_by", "waits_since", "remind_at"])
        case = case_of(locked)
        note_event(kind, now, by, ("case", case.pk), ("side_talk", talk.pk), ("person", by.pk))
        announce_cases(cur, [case.pk])
    return locked


def remind(talk: SideTalk, at: datetime | None, by: Person, now: datetime | None = None) -> SideTalk:
    """Tell who began it (and who has the case) at that time, unless an answer came; None: tell nobody.

    Raises WorkError "past", or "settled" in a closed talk.
    """
    moment = now or datetime.now(UTC)
    if at is not None and at <= moment:
        raise WorkError("past")
    with transaction.atomic(), cursor() as cur:
        locked = SideTalk.objects.select_for_update().get(pk=talk.pk)
        if locked.state == SideTalk.CLOSED:
            raise WorkError("settled")
        locked.remind_at = at
        locked.save(update_fields=["remind_at"])
        announce_cases(cur, [case_of(locked).pk])
    return locked


def look_at_reminders(at: datetime | None = None) -> int:
    """The sweep: whose time has come is told once. Gives how many talks."""
    now = at or datetime.now(UTC)
    with transaction.atomic(), cursor() as cur:
        due = SideTalk.objects.select_for_update(skip_locked=True).filter(remind_at__lte=now).order_by("remind_at")
        talks = list(due[:_PORTION])
        for talk in talks:
            case = case_of(talk)
            tell(talk, None, concerned(talk, case), Mention.REMINDER, None, now)
            note_event(REMINDED, now, None, ("case", case.pk), ("side_talk", talk.pk))
        SideTalk.objects.filter(pk__in=[talk.pk for talk in talks]).update(remind_at=None)
        if talks:
            announce_cases(cur, sorted({case_of(talk).pk for talk in talks}))
    return len(talks)


def concerned(talk: SideTalk, case: Case) -> set[int]:
    """Who is told of what happens in a talk: whoever began it, and who has the case; not who has left."""
    people = {pk for pk in (talk.opened_by_id, case.owner_person_id) if pk is not None}
    return set(Person.objects.filter(pk__in=people, left_at=None, user__is_active=True).values_list("pk", flat=True))


# -- reading ---------------------------------------------------------------------------------------------------------


def case_of(talk: SideTalk) -> Case:
    """The case that a talk is shown in now."""
    case = Case.objects.get(pk=talk.case_id)
    while case.merged_into_id is not None:
        case = Case.objects.get(pk=case.merged_into_id)
    return case


def talks_of(case: Case) -> list[SideTalk]:
    """The talks of a case and of those that were joined to it, in order of their last word."""
    found = SideTalk.objects.filter(Q(case=case) | Q(case__merged_into=case)).select_related("content")
    return list(found.order_by("last_at", "pk"))


def said_in(talks: Collection[SideTalk], most: int = 2000) -> dict[int, list[SideMessage]]:
    """{talk: what was said in it, in order}, the latest ``most``."""
    found = SideMessage.objects.filter(talk__in=list(talks), message__superseded=False)
    rows = list(found.select_related("message", "message__content").order_by("-message__at", "-message_id")[:most])
    by_talk: dict[int, list[SideMessage]] = {talk.pk: [] for talk in talks}
    for row in reversed(rows):
        by_talk[row.talk_id].append(row)
    return by_talk


def not_aside() -> Q:
    """The filter of messages that stand in no side talk."""
    return ~Q(Exists(SideMessage.objects.filter(message=OuterRef("pk"))))


def of_the_customer(case: Case, addresses: Sequence[str]) -> set[str]:
    """Those of the addresses (lower case) that are the customer's of this case, as far as is known."""
    wanted = {one.lower() for one in addresses if one}
    if not wanted or (case.concerned_id is None and case.customer_id is None):
        return set()
    digests = Digests(bytes(installation().salt))
    of_digest = {digests.identifier("email", "", one): one for one in wanted}
    records: set[Any] = {case.concerned_id} - {None}
    if case.customer_id is not None:
        records |= set(
            Assignment.objects.filter(customer_id=case.customer_id, valid_to=None).values_list("record_id", flat=True)
        )
    known = Identifier.objects.filter(kind="email", record_id__in=records)
    known = known.filter(Q(digest__in=list(of_digest)) | Q(value__in=wanted))
    found = {str(value).lower() for value in known.values_list("value", flat=True)}
    found |= {of_digest[bytes(one)] for one in known.values_list("digest", flat=True) if bytes(one) in of_digest}
    wrote = MessageContent.objects.filter(
        message__case=case, message__direction="in", record_id__in=records, address__in=wanted
    )
    return (found | {one.lower() for one in wrote.values_list("address", flat=True)}) & wanted


def stay_with_their_talk(cur: Cursor, cases: Sequence[int]) -> None:
    """After cases were parted: what was said in a side talk stands in the case that the talk is shown in."""
    cur.execute(
        "UPDATE cases_message m SET case_id = coalesce(c.merged_into_id, c.id) FROM cases_sidemessage s "
        "JOIN cases_sidetalk t ON t.id = s.talk_id JOIN cases_case c ON c.id = t.case_id "
        "WHERE m.id = s.message_id AND (c.id = ANY(%(cases)s) OR c.merged_into_id = ANY(%(cases)s)) "
        "AND m.case_id <> coalesce(c.merged_into_id, c.id)",
        {"cases": list(cases)},
    )
