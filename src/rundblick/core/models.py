"""Tables of the lowest floor: the installation, systems and sources, kept bytes, deliveries, events.

Skeleton (append-only by trigger): Delivery, Event, EventObject, Blob. Content (erasable): BlobChunk.
References between skeleton rows carry no foreign-key constraint in hot tables: their targets cannot be deleted, and
``rundblick verify`` checks them (docs/decisions/0003-skeleton-and-content.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from rundblick.core.ids import uuid7

if TYPE_CHECKING:
    _Field = models.Field[int, int]
else:
    _Field = models.Field


class Loose(models.ForeignKey[Any, Any]):
    """A foreign key without a constraint in the database: its target is append-only and cannot vanish."""

    def __init__(self, to: Any, **options: Any) -> None:
        options.setdefault("on_delete", models.DO_NOTHING)
        options.setdefault("db_constraint", False)
        options.setdefault("related_name", "+")
        super().__init__(to, **options)


class XidField(_Field):
    """PostgreSQL's xid8: a transaction's number that never wraps."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class Installation(models.Model):
    """This installation: one row. ``salt`` keys digests; ``sample``: Rundblick made this database to show itself."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    uuid = models.UUIDField(default=uuid7, unique=True)
    salt = models.BinaryField()
    sample = models.BooleanField(db_default=False)
    read_only = models.BooleanField(db_default=False)
    company = models.TextField(db_default="", blank=True)
    zone = models.TextField(db_default="Europe/Berlin")
    country = models.TextField(db_default="DE")
    promise = models.JSONField(null=True)  # core.promises.Promise
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="installation_is_one")]


class System(models.Model):
    """A system that issues keys: a legacy system of an export, or "email" and "phone" for live contacts."""

    code = models.TextField(unique=True)
    name = models.TextField(db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name or self.code


class Source(models.Model):
    """Where deliveries come from: a mailbox, a gateway, a file."""

    code = models.TextField(unique=True)
    kind = models.TextField()
    name = models.TextField(db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.name or self.code


class Blob(models.Model):
    """Kept bytes under their SHA-256; the bytes themselves are chunks of at most 1 MiB, which an erasure removes."""

    sha256 = models.BinaryField(unique=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())


class BlobChunk(models.Model):
    pk = models.CompositePrimaryKey("blob_id", "seq")
    blob = Loose(Blob, db_index=False)
    seq = models.IntegerField()
    data = models.BinaryField()


class Delivery(models.Model):
    """One thing that came in, under its source's own key; a second one under that key is harmless.

    A mail has a blob; a row of a file has its number and byte range in the file that the source names.
    """

    uuid = models.UUIDField(default=uuid7)
    source = Loose(Source, db_index=False)
    source_key = models.TextField()
    kind = models.TextField()
    received_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    blob = Loose(Blob, null=True)
    row = models.BigIntegerField(null=True)
    range_start = models.BigIntegerField(null=True)
    range_end = models.BigIntegerField(null=True)
    hints = models.JSONField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "source_key"], name="delivery_key_is_unique"),
        ]


_DEEDS = models.Q(actor_type="person") & ~models.Q(kind__startswith="message.")


class Event(models.Model):
    """Something that happened. Ids, times, codes and numbers only; what names a person stands in content rows.

    ``tx`` is the writing transaction: readers with a position use core.feed, since ids commit out of order.
    ``seq`` is the source's own counter, the tie-break among events of one time.
    """

    class ActorType(models.TextChoices):
        PERSON = "person"
        TEAM = "team"
        CUSTOMER = "customer"
        MACHINE = "machine"

    tx = XidField(db_default=models.Func(function="pg_current_xact_id"), editable=False)
    kind = models.TextField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    seq = models.BigIntegerField(db_default=0)
    actor_type = models.TextField(choices=ActorType.choices, db_default=ActorType.MACHINE)
    actor_id = models.BigIntegerField(null=True)
    source = Loose(Source, null=True, db_index=False)
    delivery = Loose(Delivery, null=True, db_index=False)
    data = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tx", "id"], name="event_feed"),
            # of the audit: few, beside the messages
            models.Index(fields=["id"], name="event_deeds", condition=_DEEDS),
            models.Index(fields=["actor_id", "id"], name="event_deeds_of", condition=_DEEDS),
            models.Index(fields=["kind", "id"], name="event_deeds_kind", condition=_DEEDS),
        ]


class Reader(models.Model):
    """How far somebody who follows the feed has come (core.feed): one row each, locked while he reads on."""

    name = models.TextField(primary_key=True)
    tx = models.BigIntegerField(db_default=0)
    event_id = models.BigIntegerField(db_default=0)
    at = models.DateTimeField(db_default=Now())


class EventObject(models.Model):
    """An event belongs to many things at once: record, customer, case, message, order, person, team."""

    pk = models.CompositePrimaryKey("type", "object_id", "event_id")
    event = Loose(Event, db_index=False)
    type = models.TextField()
    object_id = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["event"], name="event_object_event")]


class Rulebook(models.Model):
    """A version of rules that a company set (core.rulebooks). Append-only; names people by id only."""

    kind = models.TextField()
    version = models.IntegerField()
    told = models.JSONField()
    made_by_id = models.BigIntegerField(null=True)  # a user; users live on a higher floor
    made_at = models.DateTimeField(db_default=Now())
    in_force_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "version"], name="rulebook_version_is_unique")]


class RulebookDraft(models.Model):
    """Rules that somebody prepares and tries before they count."""

    kind = models.TextField(primary_key=True)
    told = models.JSONField()
    made_by_id = models.BigIntegerField(null=True)
    saved_at = models.DateTimeField(db_default=Now())
