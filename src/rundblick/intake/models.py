"""The road's own tables: what waits, what was tried, what came of it, what could not be read."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from rundblick.cases.models import Case, Message
from rundblick.core.ids import uuid7
from rundblick.core.models import Blob, Delivery, Loose, Source
from rundblick.customers.models import SourceRecord


class Pending(models.Model):
    """A delivery without outcome. Taken with SKIP LOCKED under a lease that runs out; deleted with the outcome."""

    delivery = models.OneToOneField(Delivery, primary_key=True, on_delete=models.CASCADE, related_name="+")
    leased_until = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    attempts = models.IntegerField(db_default=0)
    alone = models.IntegerField(db_default=0)  # attempts that it was the only piece of
    batch_limit = models.IntegerField(db_default=500)  # halved when the worker of its batch vanished
    since = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["leased_until", "delivery"], name="pending_lease")]


class Attempt(models.Model):
    """A batch that was begun; written in a transaction of its own before the first stage."""

    lease = models.UUIDField(unique=True)
    worker = models.TextField()
    pieces = models.IntegerField()
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    fault = models.TextField(db_default="", blank=True)


class Outcome(models.Model):
    """What came of a delivery; append-only, the newest counts (a quarantined piece may be run again)."""

    class Kind(models.TextChoices):
        RECORDED = "recorded"
        VERSION = "version"
        DUPLICATE = "duplicate"
        QUARANTINED = "quarantined"
        UNREADABLE = "unreadable"

    delivery = Loose(Delivery)
    kind = models.TextField(choices=Kind.choices)
    object_type = models.TextField(db_default="", blank=True)
    object_id = models.BigIntegerField(null=True)
    stages = models.JSONField(null=True)  # why it went where: codes and ids, stage by stage
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [
            # through which of our addresses a message came as well (cases.routing)
            models.Index(
                fields=["object_id"],
                name="outcome_repeats",
                condition=models.Q(kind="duplicate", object_type="message"),
            ),
        ]


class Quarantine(models.Model):
    """What could not be read, kept. A message-like piece has its delivery and a flagged case; rows of a file share
    one entry per file and kind of fault, with their row numbers."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    source = Loose(Source)
    delivery = Loose(Delivery, null=True)
    case = Loose(Case, null=True)
    fault = models.TextField()
    stage = models.TextField(db_default="read")
    detail = models.JSONField(default=dict)
    rows = models.JSONField(null=True)
    count = models.IntegerField(db_default=1)
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())
    solved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "fault"],
                condition=models.Q(delivery__isnull=True, solved_at__isnull=True),
                name="file_fault_is_one",
            ),
            models.UniqueConstraint(
                fields=["delivery"], condition=models.Q(solved_at__isnull=True), name="open_quarantine_is_one"
            ),
        ]


class IntakeFile(models.Model):
    """A file of an export: what it is, how far it was read, what was said of it."""

    source = models.OneToOneField(Source, primary_key=True, on_delete=models.PROTECT, related_name="file")
    name = models.TextField()
    what = models.TextField()
    system = models.TextField(db_default="", blank=True)
    size = models.BigIntegerField()
    sha256 = models.BinaryField()
    rows_read = models.BigIntegerField(db_default=0)
    rows_kept = models.BigIntegerField(db_default=0)
    rows_unreadable = models.BigIntegerField(db_default=0)
    remarks = models.JSONField(default=list)
    begun_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)


class ArchiveList(models.Model):
    """What a file of mails told us when it was read: for each mail, in the file's order, eight bytes of the digest of
    its content, as they stand in the key of its delivery. A version of a file has its own list; some hundred mails a
    row.

    first     number in the file of the first mail of this row, from 1
    contents  eight bytes a mail
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    first = models.BigIntegerField()
    contents = models.BinaryField()

    class Meta:
        db_table = "intake_archivelist"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "first"], name="archive_list_is_one"),
        ]


class Proof(models.Model):
    """What a source said it has, against what was stored, on one day; ``worst`` is what was missing at the worst.

    missing  keys of missing pieces: UIDs, digests; nobody's words
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+")
    kind = models.TextField()
    day = models.DateField()
    at = models.DateTimeField(db_default=Now())
    told = models.BigIntegerField(null=True)
    kept = models.BigIntegerField(db_default=0)
    waiting = models.BigIntegerField(db_default=0)
    lost = models.BigIntegerField(db_default=0)
    worst = models.BigIntegerField(db_default=0)
    missing = models.JSONField(default=list)
    good = models.BooleanField(db_default=True)
    fault = models.TextField(db_default="", blank=True)
    detail = models.TextField(db_default="", blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "kind", "day"], name="proof_of_a_day_is_one"),
        ]


class ProofWish(models.Model):
    """Somebody wants everything counted now."""

    asked_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)


class Outgoing(models.Model):
    """A letter to be sent, and then the account of its sending. Taken with SKIP LOCKED under a lease that runs out.

    message    what it carries; what screens show of its state stands there too (``Message.dispatch``)
    answers    the message that it answers; of an automatic one, the message that it acknowledges
    key        what its writer gave so that a second sending of the same form is none; else its own uuid
    due_at     when it is tried (again); ``first_due_at`` is when it was to leave
    fault      code of what went wrong last
    blob       the bytes that leave, kept before they do; every attempt hands over the same
    scheduled  somebody chose when it leaves: it is held when the customer writes before
    seen_up_to the message up to which whoever let it go had seen the case; its own where nobody looked again
    then       what is done with its case once it was sent: "resolve", or ""
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        DEAD = "dead"
        CANCELLED = "cancelled"
        HELD = "held"

    uuid = models.UUIDField(default=uuid7, unique=True)
    key = models.UUIDField(unique=True)
    message = Loose(Message, db_index=False)
    answers = Loose(Message, null=True, db_index=False)
    source = Loose(Source, db_index=False)
    channel = models.TextField()
    automatic = models.BooleanField(db_default=False)
    state = models.TextField(choices=State.choices, db_default=State.WAITING)
    due_at = models.DateTimeField()
    first_due_at = models.DateTimeField()
    attempts = models.IntegerField(db_default=0)
    fault = models.TextField(db_default="", blank=True)
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)
    blob = Loose(Blob, null=True, db_index=False)
    scheduled = models.BooleanField(db_default=False)
    seen_up_to = models.BigIntegerField(null=True)
    then = models.TextField(db_default="", blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["message"], name="outgoing_of_message")]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at", "id"],
                name="outgoing_due",
                condition=models.Q(state__in=("waiting", "failed", "sending")),
            ),
            models.Index(fields=["-id"], name="outgoing_dead", condition=models.Q(state="dead")),
        ]


class OutgoingContent(models.Model):
    """Whom a letter goes to: [{address, name, part, state, told}], state "" until its server took or refused him."""

    outgoing = models.OneToOneField(Outgoing, primary_key=True, on_delete=models.CASCADE, related_name="content")
    record = Loose(SourceRecord, null=True)
    key = models.TextField()  # on its channel: the Message-ID
    recipients = models.JSONField(default=list)
    told = models.TextField(db_default="", blank=True)  # what the server said last


class OutgoingAttempt(models.Model):
    """What came of one attempt to send a letter; append-only."""

    outgoing = Loose(Outgoing)
    outcome = models.TextField()  # "sent", "failed", "dead"
    fault = models.TextField(db_default="", blank=True)
    taken = models.IntegerField(db_default=0)
    refused = models.IntegerField(db_default=0)
    at = models.DateTimeField(db_default=Now())


class OutgoingOriginal(models.Model):
    """Bytes of a letter as they were written; append-only. A letter that a person sends anew may have several."""

    outgoing = Loose(Outgoing)
    blob = Loose(Blob)
    at = models.DateTimeField(db_default=Now())


class Acknowledged(models.Model):
    """A message that the automatic acknowledgement has looked at. ``why_not``: what spoke against one, or ""."""

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="+")
    why_not = models.TextField(db_default="", blank=True)
    at = models.DateTimeField(db_default=Now())
