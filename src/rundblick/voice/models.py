"""What customers, managers and staff say: ratings, reviews, predictions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from rundblick.cases.models import Case
from rundblick.core.ids import uuid7
from rundblick.core.models import Delivery, Event, Loose, System
from rundblick.customers.models import SourceRecord


class Lane(models.TextChoices):
    """Lanes are never mixed: a review is no survey answer, a prediction no rating."""

    RATING = "rating"
    REVIEW = "review"
    SELF_IMAGE = "self_image"
    STAFF_VIEW = "staff_view"


class Rating(models.Model):
    """One value on [low, high]. A changed one (reviewers edit) is a row of its own; the newest version counts."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    identity = models.BinaryField()
    content_digest = models.BinaryField()
    lane = models.TextField(choices=Lane.choices)
    system = Loose(System, db_index=False)
    record = Loose(SourceRecord, null=True)
    case = Loose(Case, null=True)
    delivery = Loose(Delivery, null=True, db_index=False)
    event = Loose(Event, db_index=False)
    kind = models.TextField(db_default="", blank=True)
    dimension = models.TextField(db_default="", blank=True)
    channel = models.TextField(db_default="", blank=True)
    portal = models.TextField(db_default="", blank=True)
    at = models.DateTimeField(null=True)
    invited_at = models.DateTimeField(null=True)
    reply_at = models.DateTimeField(null=True)
    value = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    sure = models.FloatField(null=True)
    superseded = models.BooleanField(db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["identity", "content_digest"], name="rating_version_is_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["lane", "dimension", "at"], name="rating_lane")]


class RatingContent(models.Model):
    rating = models.OneToOneField(Rating, primary_key=True, on_delete=models.CASCADE, related_name="content")
    record = Loose(SourceRecord, null=True)
    title = models.TextField(db_default="", blank=True)
    text = models.TextField(db_default="", blank=True)
    reply = models.TextField(db_default="", blank=True)
    author = models.TextField(db_default="", blank=True)
