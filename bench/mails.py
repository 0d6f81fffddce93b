"""What both sides of the ingest bench are fed. Standard library only."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

WARM_UP = 96


def warm_up_mails() -> list[bytes]:
    """Invented mails that make both sides load what they load once, and the server plan what it plans once.

    Of every kind that mail comes in: from somebody new and from somebody known, an answer, HTML, an attachment, copies.
    """
    return [_warm_up(n) for n in range(WARM_UP)]


def _warm_up(n: int) -> bytes:
    answers, html, attached, copied, new = (n >> bit & 1 for bit in range(5))
    mail = EmailMessage()
    mail["From"] = f"Wärmer Auf <warm{n if new else n % 5}@bench.example>"
    mail["To"] = "service@bench.example"
    if copied:
        mail["Cc"] = f"Zweite <second{n if new else 0}@bench.example>, third@bench.example"
    mail["Subject"] = f"Re: Warm up {n - 1}" if answers else f"Warm up {n}"
    mail["Date"] = f"Mon, 3 Feb 2025 {8 + n // 60:02}:{n % 60:02}:00 +0100"
    mail["Message-ID"] = f"<warm.{n}@bench.example>"
    if answers:
        mail["In-Reply-To"] = mail["References"] = f"<warm.{n - 1}@bench.example>"
    mail.set_content(f"Nothing, für die {n}. Mal.\n")
    if html:
        mail.add_alternative(f"<html><body><p>Nothing, f&uuml;r die {n}. Mal.</p></body></html>", subtype="html")
    if attached:
        mail.add_attachment(b"warm up %d" % n, "application", "pdf", filename=f"warm{n}.pdf")
    return mail.as_bytes()


def real_mails(folder: Path) -> list[bytes]:
    """All mails of the folder, in the order of their names."""
    return [path.read_bytes() for path in sorted(folder.rglob("*.eml"))]
