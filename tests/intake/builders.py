"""Envelopes and readings of invented people, in two lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from hashlib import blake2b

from rundblick.core.envelope import Envelope
from rundblick.core.message import Identifier, Message, Moment, Party, Strength, Thread, What

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def digest(*parts: object) -> bytes:
    return blake2b(repr(parts).encode(), digest_size=16).digest()


def address(email: str) -> Party:
    return Party("email", email, (Identifier("email", email, "", Strength.STRONG),), {"name": email.split("@")[0]})


def mail_reading(
    name: str, sender: str, parents: tuple[str, ...] = (), minutes: int = 0, text: str = "Guten Tag"
) -> Message:
    """A mail called ``name`` in answer to others, ``minutes`` after START."""
    return Message(
        what=What.MESSAGE,
        system="email",
        identity=digest("mail", name),
        content=digest("mail", name),
        at=Moment(START + timedelta(minutes=minutes)),
        channel="email",
        party=address(sender),
        subject=f"Betreff {name}",
        text=text,
        thread=Thread((f"mid:<{name}@muster.example>",), tuple(f"mid:<{p}@muster.example>" for p in parents)),
    )


def mail_envelope(
    key: str, sender: str = "anna@kunde.example", reply_to: str = "", mailbox: str = "service"
) -> Envelope:
    """A mail as it lies in a mailbox."""
    mail = EmailMessage()
    mail["From"] = f"Anna Muster <{sender}>"
    mail["To"] = "service@muster.example"
    mail["Subject"] = f"Frage {key}"
    mail["Date"] = START
    mail["Message-ID"] = f"<{key}@kunde.example>"
    if reply_to:
        mail["In-Reply-To"] = f"<{reply_to}@kunde.example>"
    mail.set_content(f"Guten Tag,\nwo bleibt meine Bestellung {key}?\nViele Grüße\nAnna Muster")
    return Envelope(f"mailbox:{mailbox}", f"1:{key}", "mail", START, mail.as_bytes())
