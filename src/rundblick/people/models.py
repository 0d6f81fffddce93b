"""Users, agents, teams, roles, tokens, and who saw which customer."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Now

from rundblick.core.ids import uuid7
from rundblick.core.models import Loose, System


class Role(models.TextChoices):
    AGENT = "agent"
    LEAD = "lead"
    MANAGER = "manager"
    ADMIN = "admin"
    PARTNER = "partner"
    ANALYST = "analyst"
    AUDITOR = "auditor"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """Somebody who may sign in, by e-mail address."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    email = models.EmailField(unique=True)
    name = models.TextField()
    role = models.TextField(choices=Role.choices, db_default=Role.AGENT)
    language = models.TextField(db_default="", blank=True)
    theme = models.TextField(db_default="auto")
    contrast = models.TextField(db_default="auto")  # "more", or as the machine
    welcomed_at = models.DateTimeField(null=True)  # has put the welcome of the first sign-in away
    is_active = models.BooleanField(db_default=True)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A competence centre, ours (no system) or as an export names it."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    system = Loose(System, null=True)
    key = models.TextField()
    name = models.TextField()
    is_default = models.BooleanField(db_default=False)
    is_partner = models.BooleanField(db_default=False)  # an outside firm
    closed_at = models.DateTimeField(null=True)  # takes no cases any more
    successor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")  # of a closed one
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "key"], name="team_key_is_unique", nulls_distinct=False),
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="default_team_is_one"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """An agent: a user of ours, or somebody an export names. ``PersonContent`` holds what names him."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    user = models.OneToOneField(User, null=True, on_delete=models.PROTECT, related_name="person")
    system = Loose(System, null=True)
    key_digest = models.BinaryField(null=True)
    left_at = models.DateTimeField(null=True)  # has left: owns no open case any more
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "key_digest"], name="person_key_is_unique"),
        ]


class PersonContent(models.Model):
    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="content")
    key = models.TextField(db_default="", blank=True)
    name = models.TextField()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "team"], name="membership_is_unique")]


class Absence(models.Model):
    """When somebody is away, [begin, end); without an end until further notice. No reason is kept.

    deputy      who takes his cases meanwhile; without one their team does
    handed_at   his open cases were handed over (cases.leaving); NULL as long as that is to do
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="absences")
    begin = models.DateTimeField()
    end = models.DateTimeField(null=True)
    deputy = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    made_by = Loose(User, null=True, db_index=False)
    made_at = models.DateTimeField(db_default=Now())
    handed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="absence_ends_after_it_began",
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("begin")),
            ),
            models.CheckConstraint(
                name="nobody_deputizes_for_himself",
                condition=models.Q(deputy__isnull=True) | ~models.Q(deputy=models.F("person")),
            ),
        ]


class ApiToken(models.Model):
    """A token for the REST API: only its hash is kept; scoped, expiring, revocable."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.TextField()
    prefix = models.TextField()
    digest = models.BinaryField(unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)


class AccessLog(models.Model):
    """Who saw or did what, by ids only; append-only. ``object_type`` is customer, case, message, report ..."""

    at = models.DateTimeField(db_default=Now())
    user = Loose(User, null=True, db_index=False)
    token = Loose(ApiToken, null=True, db_index=False)
    permission = models.TextField()
    object_type = models.TextField()
    object_id = models.BigIntegerField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["object_type", "object_id", "at"], name="access_log_object"),
            models.Index(fields=["user", "id"], name="access_log_user"),
        ]


class RateLimit(models.Model):
    """How much of a limit is used (people.limits): until when the attempts so far count. ``key`` is a keyed digest."""

    key = models.BinaryField(primary_key=True)
    used_until = models.DateTimeField(db_index=True)


class SetUpMark(models.Model):
    """A step of the first hour that somebody finished as proposed or put off (people.setting_up)."""

    code = models.TextField(primary_key=True)
    state = models.TextField()
    at = models.DateTimeField(db_default=Now())
    by = Loose(User, null=True, db_index=False)
