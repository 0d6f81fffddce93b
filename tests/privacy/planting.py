"""A small installation in which one unique word stands in every content column, and a dump to look for it."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import connection

from rundblick.cases.models import (
    Attachment,
    AttachmentContent,
    AttachmentText,
    BulkDeed,
    BulkReason,
    BulkRow,
    Case,
    CaseContent,
    CaseEntry,
    Commitment,
    CommitmentContent,
    Draft,
    DraftAside,
    DraftAttachment,
    EntryContent,
    Inserted,
    Message,
    MessageContent,
    Participant,
    SavedSearch,
    SideTalk,
    SideTalkContent,
)
from rundblick.cases.search.keeping import keep_messages, row_of_case, write
from rundblick.cases.search.words import count
from rundblick.core import server
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.models import Blob, BlobChunk, Delivery, Event, Installation, Source, System
from rundblick.customers.merging import merge_customers, undo
from rundblick.customers.models import Assignment, Customer, Identifier, Order, RecordVersion, SourceRecord
from rundblick.intake.models import Outgoing, OutgoingContent
from rundblick.people.models import Person, PersonContent, Team
from rundblick.privacy import registry
from rundblick.privacy.audit import record_audit
from rundblick.voice.models import Rating, RatingContent

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A customer through one record, with one of everything."""

    record: int
    customer: int
    case: int
    message: int
    delivery: int
    blob: int
    person: int


def installation() -> None:
    Installation.objects.get_or_create(id=1, defaults={"salt": b"s" * 32})


def _key(name: str) -> bytes:
    return sha256(name.encode()).digest()[:16]


def blob(content: bytes) -> int:
    kept, new = Blob.objects.get_or_create(sha256=sha256(content).digest(), defaults={"size": len(content)})
    if new:
        BlobChunk.objects.create(blob=kept, seq=0, data=content)
    return kept.pk


def somebody(word: str, name: str = "one", original: bytes | None = None, digests: bool = True) -> Somebody:
    """Plant ``word`` in every content column of everything about one customer."""
    installation()
    system, _ = System.objects.get_or_create(code="crm")
    source, _ = Source.objects.get_or_create(code="mailbox", kind="mail")
    raw = blob(original if original is not None else f"Subject: {word} {name}".encode())
    delivery = Delivery.objects.create(
        source=source, source_key=f"1:{name}", kind="mail", received_at=NOON, blob_id=raw, hints={"from": word}
    )
    record = SourceRecord.objects.create(system=system, key_digest=_key(name))
    event = Event.objects.create(kind="record.attached", occurred_at=NOON)
    customer = Customer.objects.create(number=f"1{record.pk:08d}")
    Assignment.objects.create(record=record, customer=customer, event=event)
    RecordVersion.objects.create(
        record=record,
        content_digest=word.encode() if digests else _key(name),
        seen_at=NOON,
        key=word,
        facts={"name": f"Erika {word}"},
    )
    Identifier.objects.create(
        record=record,
        kind="email",
        value=f"{word}@{name}.example",
        digest=word.encode() if digests else _key(name),
        strength="strong",
    )
    Order.objects.create(
        system=system,
        record=record,
        key=word,
        key_digest=_key(name + "order"),
        content_digest=b"",
        article=f"engraving {word}",
        at=NOON,
    )
    _merged_and_undone(record, customer, word)
    person = Person.objects.create(system=system, key_digest=_key(name + "person"))
    PersonContent.objects.create(person=person, key=word, name=word)
    SavedSearch.objects.create(person=person, name=word, query=f"kiel {word}")
    case, message = _concern(word, name, system, delivery, record, raw)
    entry = CaseEntry.objects.create(
        identity=_key(name + "e"), content_digest=b"", event=event, case=case, at=NOON, record=record
    )
    EntryContent.objects.create(entry=entry, record=record, text=word, summary=word)
    promised = Commitment.objects.create(case=case, event=event, made_at=NOON, due_at=NOON)
    CommitmentContent.objects.create(commitment=promised, record=record, text=word)
    rating = Rating.objects.create(
        identity=_key(name + "r"),
        content_digest=b"",
        lane="rating",
        system=system,
        record=record,
        case=case,
        event=event,
        value=3,
        low=1,
        high=5,
    )
    RatingContent.objects.create(rating=rating, record=record, title=word, text=word, reply=word, author=word)
    with cursor() as cur:
        record_audit(cur, "case.seen", object_type="case", object_id=case.pk, record=record.pk, details={"why": word})
    return Somebody(record.pk, customer.pk, case.pk, message.pk, delivery.pk, raw, person.pk)


def _merged_and_undone(record: SourceRecord, customer: Customer, word: str) -> None:
    """A decision about this customer, taken back and taken again, each for a reason."""
    other = SourceRecord.objects.create(system_id=record.system_id, key_digest=_key(f"twin of {record.pk}"))
    twin = Customer.objects.create(number=f"2{other.pk:08d}")
    event = Event.objects.create(kind="record.attached", occurred_at=NOON)
    Assignment.objects.create(record=other, customer=twin, event=event)
    act = merge_customers(customer.pk, twin.pk, None, f"{word} at home")
    again = undo(undo(act.pk, None, f"not {word}").pk, None, f"{word} after all")
    undo(again.pk, None, word)


def _concern(
    word: str, name: str, system: System, delivery: Delivery, record: SourceRecord, raw: int
) -> tuple[Case, Message]:
    team, _ = Team.objects.get_or_create(key="service", name="Service", is_default=True)
    case = Case.objects.create(
        number=f"5{record.pk:08d}", owner_team=team, last_at=NOON, opened_at=NOON, concerned=record
    )
    CaseContent.objects.create(case=case, record=record, key=word, subject=word)
    Participant.objects.create(case=case, record=record)
    message = Message.objects.create(
        identity=_key(name + "m"),
        content_digest=_key(name),
        case=case,
        delivery=delivery,
        system=system,
        record=record,
        channel="email",
        direction="in",
        at=NOON,
    )
    MessageContent.objects.create(
        message=message,
        record=record,
        subject=word,
        text=word,
        html=word,
        author=word,
        address=word,
        recipients=[word],
        key=word,
    )
    with cursor() as cur:
        keep_messages(cur, [message.pk])
        write(cur, [row_of_case(case.pk, NOON, word)])
        count(cur, [message.pk])
    attachment = Attachment.objects.create(message=message, position=0, blob_id=raw, media_type="text/plain", size=1)
    AttachmentContent.objects.create(attachment=attachment, record=record, name=f"{word}.pdf")
    AttachmentText.objects.get_or_create(
        blob_id=raw, defaults={"newest": attachment.pk, "state": AttachmentText.READ, "text": word}
    )
    _answered(word, message, raw)
    _aside(word, case)
    return case, message


def _aside(word: str, case: Case) -> None:
    """A supplier is being asked, a second page holds another answer, and one of many cases was handed over."""
    DraftAside.objects.create(key=uuid7(), case=case, record=case.concerned, text=word)
    Inserted.objects.create(case=case, record=case.concerned, source="template", text=word)
    event = Event.objects.create(kind="side_talk.begun", occurred_at=NOON)
    talk = SideTalk.objects.create(case=case, kind="mail", event=event, opened_at=NOON, last_at=NOON)
    SideTalkContent.objects.create(
        talk=talk, record=case.concerned, heading=word, recipients=[{"address": word}], draft=word
    )
    person = Person.objects.create()
    deed = BulkDeed.objects.create(person=person, kind="hand_over", key=uuid7())
    BulkReason.objects.create(deed=deed, text=word)
    BulkRow.objects.create(deed=deed, place=0, case=case)


def _answered(word: str, message: Message, raw: int) -> None:
    """An answer is being written in the case, and another one waits in the outbox."""
    assert message.case is not None
    Draft.objects.create(case=message.case, record=message.record, to=word, cc=word, subject=word, text=word)
    DraftAttachment.objects.create(
        case=message.case, record=message.record, blob_id=raw, media_type="text/plain", size=1, name=word
    )
    outgoing = Outgoing.objects.create(
        key=message.uuid,
        message=message,
        source=Source.objects.get(code="mailbox"),
        channel="email",
        due_at=NOON,
        first_due_at=NOON,
    )
    OutgoingContent.objects.create(
        outgoing=outgoing, record=message.record, key=word, recipients=[{"address": word}], told=word
    )


def columns_with(word: str) -> set[str]:
    """Content columns, ``table.column``, in which the word stands."""
    found = set()
    with connection.cursor() as cur:
        for table, content in registry.contents.items():
            for column in content.columns:
                cur.execute(
                    f"SELECT count(*) FROM {table} t WHERE position(lower(%s) in lower("
                    f"CASE WHEN pg_typeof(t.{column}) = 'bytea'::regtype "
                    f"THEN encode(t.{column}::text::bytea, 'escape') ELSE t.{column}::text END)) > 0 "
                    f"OR position(encode(%s::bytea, 'hex') in t.{column}::text) > 0",
                    [word, word],
                )
                if cur.fetchone()[0]:
                    found.add(f"{table}.{column}")
    return found


def dump() -> str:
    """The whole database as pg_dump writes it, in lower case."""
    told: dict[str, Any] = connection.settings_dict
    program = server.find().program("pg_dump")
    address = ["-h", told["HOST"], "-p", str(told["PORT"] or 5432), "-U", told["USER"], told["NAME"]]
    done = subprocess.run(
        [program, *address],
        env={**os.environ, "PGPASSWORD": told["PASSWORD"]},
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8", "replace").lower()


def lines_with(word: str, text: str) -> list[str]:
    """Lines in which the word stands: plain, as hexadecimal or as base64."""
    forms = {word.lower(), word.encode().hex(), b64encode(word.encode()).decode().rstrip("=").lower()[:-1]}
    return [line for line in text.splitlines() if any(form in line for form in forms)]
