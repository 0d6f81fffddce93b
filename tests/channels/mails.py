"""Mails that tests send, made without Django."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from itertools import count

_serials = count(1)


def a_mail(number: int = 0, to: str = "service@muster.example", text: str = "", **headers: str) -> bytes:
    """A mail of its own."""
    number = number or next(_serials)
    message = EmailMessage()
    message["From"] = f"Kundin {number} <kundin{number}@kunde.example>"
    message["To"] = to
    message["Subject"] = f"Anliegen {number}"
    message["Message-ID"] = f"<{number}@kunde.example>"
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    for name, value in headers.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(text or f"Guten Tag,\n\nmeine Bestellung {number:06} fehlt noch.\n\nViele Grüße\n")
    return message.as_bytes(policy=SMTP)
