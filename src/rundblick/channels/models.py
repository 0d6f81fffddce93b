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


class ConsentSecret(models.Model):
    """Somebody was sent to a provider to allow an account there (channels.consent). No back-up holds it.

    state     digest of what he has to bring back
    session   digest of whose answer counts
    pasted    the answer is handed in as text and not by a browser that is signed in here
    question  digest of where it was asked, for which client
    verifier  the proof key, sealed; empty once it was used
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    state = models.TextField(unique=True)
    session = models.TextField()
    pasted = models.BooleanField(db_default=False)
    redirect = models.TextField()
    question = models.TextField()
    verifier = models.BinaryField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "channels_consent_secret"


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


class MailFolder(models.Model):
    """How far a folder of a mailbox was looked at: the cursor, and nothing else decides what is new.

    UIDs mean something under one UIDVALIDITY only (RFC 9051, 2.3.1.1); a folder that got another one has a new row and
    is looked at from its beginning. What is known already is recognised by its content.

    after_uid  mails up to this one are not meant to come in ("only what comes from now on")
    last_uid   up to here everything is kept, held or gone
    done_uid   up to here what should happen on the server afterwards has happened
    again_from somebody wants everything from this UID on to be looked at again; what is kept is passed over
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="folders")
    name = models.TextField()
    uidvalidity = models.BigIntegerField()
    after_uid = models.BigIntegerField(db_default=0)
    last_uid = models.BigIntegerField(db_default=0)
    done_uid = models.BigIntegerField(db_default=0)
    again_from = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField(db_default=Now())
    looked_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name", "uidvalidity"], name="mail_folder_is_one"),
        ]


class MailHeld(models.Model):
    """A mail that its server would not give out: left out so that the rest comes in, and tried again."""

    folder = models.ForeignKey(MailFolder, on_delete=models.CASCADE, related_name="held")
    uid = models.BigIntegerField()
    fault = models.TextField()
    tries = models.IntegerField(db_default=1)
    held_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["folder", "uid"], name="mail_held_is_one")]
