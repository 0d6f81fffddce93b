"""A channel's accounts: the mailboxes, numbers and pages under which customers reach the company.

An account is installation: it names the company and not a customer. Its secrets lie in a table of their own, sealed
(core.secrets), which no back-up holds.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from rundblick.core.ids import uuid7
from rundblick.core.models import Source
from rundblick.core.secrets import seal, unseal
from rundblick.people.models import Team


class Account(models.Model):
    """One address of the company on one channel. What comes in through it is delivered by its ``source``.

    settings  what the channel needs beside the secrets: hosts, ports, user names, folders; the channel says which
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="account")
    channel = models.TextField()
    name = models.TextField()  # what agents and customers read: "Muster GmbH Kundendienst"
    address = models.TextField(db_default="", blank=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")  # where its cases begin
    brand = models.TextField(db_default="", blank=True)
    settings = models.JSONField(default=dict)
    enabled = models.BooleanField(db_default=True)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["channel", "address"], condition=~models.Q(address=""), name="account_address_is_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.address

    def secret(self, name: str) -> str:
        """The secret under this name, "" when there is none. Raises SecretError."""
        found = self.secrets.filter(name=name).values_list("sealed", flat=True).first()
        return "" if found is None else unseal(bytes(found))

    def keep_secret(self, name: str, value: str) -> None:
        """Keep a secret; an empty one is forgotten."""
        if value:
            self.secrets.update_or_create(name=name, defaults={"sealed": seal(value), "changed_at": Now()})
        else:
            self.secrets.filter(name=name).delete()


class AccountSecret(models.Model):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="secrets")
    name = models.TextField()  # "imap_password", "smtp_password", "oauth_refresh_token"
    sealed = models.BinaryField()
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "channels_account_secret"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name"], name="account_secret_is_one"),
        ]


class AccountHealth(models.Model):
    """How an account does, one row for each direction ("in", "out"); kept by whoever fetches and sends."""

    pk = models.CompositePrimaryKey("account_id", "direction")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="health")
    direction = models.TextField()
    contact_at = models.DateTimeField(null=True)  # its server answered
    message_at = models.DateTimeField(null=True)  # something came, or left
    fault = models.TextField(db_default="", blank=True)  # code of what is wrong now; "" when nothing is
    fault_detail = models.TextField(db_default="", blank=True)  # what its server said
    fault_since = models.DateTimeField(null=True)
