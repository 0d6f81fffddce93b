"""What was erased, what a law still demands, and the audit trail.

Skeleton, append-only: Erasure, ErasedKey, ErasedRow, AuditEntry, AuditSeal. Content: Restriction, AuditContent.
Rooms above are named by ids only.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from rundblick.core.ids import uuid7
from rundblick.core.models import Loose, XidField


class Erasure(models.Model):
    """One erasure that was carried out. ``reason`` is a code; ``counts``: {table: rows}."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    at = models.DateTimeField(db_default=Now())
    by_user = models.BigIntegerField(null=True)
    reason = models.TextField()
    records = models.IntegerField()
    counts = models.JSONField(default=dict)


class ErasedKey(models.Model):
    """The keyed digest of a system's key of somebody who was erased: a re-import does not bring him back."""

    digest = models.BinaryField(primary_key=True)
    subject = models.TextField()  # record or person
    erasure = Loose(Erasure)
    at = models.DateTimeField(db_default=Now())


class ErasedRow(models.Model):
    """A row whose content is gone."""

    pk = models.CompositePrimaryKey("table", "row_id")
    table = models.TextField()
    row_id = models.BigIntegerField()
    erasure = Loose(Erasure, db_index=False)


class Restriction(models.Model):
    """Content that a law still demands, moved out of its table, so that no screen, search or export can show it.

    Removed after ``until``. ``law`` is the class of retention.py.
    """

    erasure = Loose(Erasure)
    table = models.TextField()
    row_id = models.BigIntegerField()
    law = models.TextField()
    until = models.DateField(db_index=True)
    content = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["table", "row_id", "erasure"], name="restriction_is_one"),
        ]


class AuditEntry(models.Model):
    """Who did what to which object. ``digest``: keyed digest of the details, which may be erased."""

    tx = XidField(db_default=models.Func(function="pg_current_xact_id"), editable=False)
    at = models.DateTimeField(db_default=Now())
    actor_type = models.TextField(default="machine")  # person, machine, customer
    actor_id = models.BigIntegerField(null=True)
    action = models.TextField()
    object_type = models.TextField(default="", blank=True)
    object_id = models.BigIntegerField(null=True)
    digest = models.BinaryField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tx", "id"], name="audit_feed"),
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
        ]


class AuditContent(models.Model):
    """The details of an entry, when they name somebody; ``record_id``: whom they concern."""

    entry = models.OneToOneField(AuditEntry, primary_key=True, on_delete=models.DO_NOTHING, related_name="content")
    record_id = models.BigIntegerField(null=True, db_index=True)
    details = models.JSONField(default=dict)


class AuditSeal(models.Model):
    """A link of the chain: the hash over the link before and ``entries`` entries up to the position (tx, entry)."""

    tx = XidField()
    entry = Loose(AuditEntry, db_index=False)
    entries = models.IntegerField()
    sealed_at = models.DateTimeField(db_default=Now())
    hash = models.BinaryField()
