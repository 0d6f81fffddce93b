"""Real mails after RFC 5322 and MIME: threads, quoted-printable umlauts, HTML beside text, quotes, machine mail."""

from __future__ import annotations

import quopri
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rundblick_sample import hours
from rundblick_sample.company import COMPANY, DOMAIN
from rundblick_sample.concern import Contact

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CLIENTS = (
    "Mozilla Thunderbird", "Apple Mail (2.3774)", "Microsoft Outlook 16.0", "K-9 Mail for Android",
    "iPhone Mail (20H350)",
    "Webmail 4.2", "eM Client/9.2", "Open-Xchange Mailer v8",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """A contact with what its mail needs beside it."""

    contact: Contact
    name: str
    quoted: str
    quoted_from: str
    quoted_at: float


def date_header(at: float) -> str:
    day = hours.day_of(at)
    return (
        f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year} "
        f"{hours.clock_time(at)}:{int(at % 60):02d} +0{hours.offset_hours(at)}00"
    )


def word(text: str, charset: str) -> str:
    """An encoded word where a header needs one (RFC 2047), folded at 60 bytes."""
    if text.isascii():
        return text
    pieces, part = [], ""
    for char in text:
        if len((part + char).encode(charset, "replace")) > 20:
            pieces.append(part)
            part = ""
        part += char
    pieces.append(part)
    return "\r\n ".join(
        "=?"
        + charset
        + "?Q?"
        + "".join(
            chr(b) if chr(b).isalnum() and b < 128 else "_" if b == 32 else f"={b:02X}"
            for b in piece.encode(charset, "replace")
        )
        + "?="
        for piece in pieces
    )


def _charset(seed: int, text: str) -> str:
    if text.isascii():
        return "us-ascii" if seed % 2 else "utf-8"
    charset = ("utf-8", "utf-8", "iso-8859-1", "windows-1252", "utf-8")[seed % 5]
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return "utf-8"
    return charset


def _part(text: str, charset: str, kind: str, eight_bit: bool) -> bytes:
    head = f'Content-Type: text/{kind}; charset="{charset}"'
    if kind == "plain" and not eight_bit:
        head += "; format=flowed"
    raw = text.replace("\n", "\r\n").encode(charset, "replace")
    if raw.isascii() and max(map(len, raw.split(b"\r\n")), default=0) < 900:
        return f"{head}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n".encode() + raw + b"\r\n"
    if eight_bit and max(map(len, raw.split(b"\r\n")), default=0) < 900:
        return f"{head}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + raw + b"\r\n"
    coded = b"\r\n".join(
        quopri.encodestring(line).rstrip(b"\n").replace(b"=\n", b"=\r\n") for line in raw.split(b"\r\n")
    )
    return f"{head}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode() + coded + b"\r\n"


def _html(text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    body = "".join(f"<p>{p.replace(chr(10), '<br>' + chr(10))}</p>\n" for p in safe.split("\n\n"))
    head = (
        '<html><head><meta http-equiv="Content-Type" content="text/html"></head>\n<body style="font-family:Calibri">\n'
    )
    return f"{head}{body}</body></html>\n"


def _quote(letter: Letter) -> str:
    if not letter.quoted:
        return ""
    stamp = f"{hours.german_day(letter.quoted_at)} um {hours.clock_time(letter.quoted_at)}"
    lines = "\n".join("> " + line for line in letter.quoted.split("\n"))
    return f"\n\nAm {stamp} schrieb {letter.quoted_from}:\n\n{lines}"


def render(letter: Letter) -> bytes:
    """The whole mail with CRLF line ends."""
    contact = letter.contact
    seed = int(contact.at) + contact.concern
    ours = contact.direction == "out"
    text = contact.text + _quote(letter)
    charset = "utf-8" if ours else _charset(seed, text)
    name_set = "iso-8859-1" if charset in ("iso-8859-1", "windows-1252") else "utf-8"
    customer, desk = contact.sender, contact.box or f"service@{DOMAIN}"
    sender, target = (desk, customer) if ours else (customer, desk)
    name = COMPANY if ours else letter.name
    if ours and contact.agent is not None:
        name = f"{contact.agent.name} | Nordlicht Service"
    quoted = f'"{name}"' if name.isascii() and name else word(name, name_set)
    head = [
        f"Return-Path: <{'' if contact.automatic and not ours and 'DAEMON' in sender else sender}>",
        f"Received: from mx.{sender.rpartition('@')[2]} by mail.{DOMAIN} with ESMTPS id {seed % 10**9:x};",
        f"\t{date_header(contact.at + 2)}",
        f"Date: {date_header(contact.at)}",
        f"From: {quoted} <{sender}>" if name else f"From: {sender}",
        f"To: {target}",
        f"Subject: {word(contact.subject, name_set)}",
        f"Message-ID: {contact.key}",
    ]
    if contact.reply_to:
        head.append(f"In-Reply-To: {contact.reply_to}")
    if contact.refs:
        head.append("References: " + "\r\n ".join(contact.refs))
    head.append("MIME-Version: 1.0")
    if contact.automatic:
        head.append("Auto-Submitted: auto-replied")
        if ours or seed % 2:
            head.append("X-Auto-Response-Suppress: All")
    elif not ours:
        head.append(f"{'X-Mailer' if seed % 2 else 'User-Agent'}: {_CLIENTS[seed % len(_CLIENTS)]}")
    top = "\r\n".join(head).encode("ascii", "replace") + b"\r\n"
    if contact.automatic and not ours and "DAEMON" in sender:
        return top + _bounce(contact, text, seed)
    if ours or seed % 4 == 0:
        mark = f"=_{seed:08x}_{seed % 97:02d}"
        parts = [_part(text, charset, "plain", False), _part(_html(text), charset, "html", False)]
        body = b"".join(f"--{mark}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{mark}--\r\n".encode()
        kind = f'Content-Type: multipart/alternative; boundary="{mark}"\r\n\r\n'
        return top + kind.encode() + b"This is a multi-part message in MIME format.\r\n" + body
    return top + _part(text, charset, "plain", seed % 7 == 0)


def _bounce(contact: Contact, text: str, seed: int) -> bytes:
    """A delivery status notification (RFC 3464)."""
    mark = f"=_dsn_{seed:x}"
    host = contact.sender.rpartition("@")[2]
    subject = contact.subject if contact.subject.isascii() else "Ihre Anfrage"
    failed = contact.refs[-1] if contact.refs else contact.reply_to
    status = (
        f"Reporting-MTA: dns; mx.{host}\r\n\r\nFinal-Recipient: rfc822; unbekannt@{host}\r\nAction: failed\r\n"
        "Status: 5.2.2\r\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full\r\n"
    )
    blocks = [
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n",
        f"Content-Type: message/delivery-status\r\n\r\n{status}",
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {failed}\r\nSubject: {subject}\r\n",
    ]
    body = "".join(f"--{mark}\r\n{block}\r\n" for block in blocks) + f"--{mark}--\r\n"
    return f'Content-Type: multipart/report; report-type=delivery-status; boundary="{mark}"\r\n\r\n{body}'.encode()


def write_mbox(path: Path, letters: Sequence[Letter]) -> None:
    """mboxrd: a line that begins with "From " (or >From) gets one more ``>``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        for letter in letters:
            raw = render(letter).replace(b"\r\n", b"\n")
            lines = [b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in raw.split(b"\n")]
            day = hours.day_of(letter.contact.at)
            time = hours.clock_time(letter.contact.at)
            stamp = f"{_DAYS[day.weekday()]} {_MONTHS[day.month - 1]} {day.day:2d} {time}:00 {day.year}"
            sender = f"service@{DOMAIN}" if letter.contact.direction == "out" else letter.contact.sender
            out.write(f"From {sender} {stamp}\n".encode() + b"\n".join(lines).rstrip(b"\n") + b"\n\n")


def write_maildir(path: Path, letters: Sequence[Letter]) -> None:
    """Maildir with its three folders; names carry time and a running number."""
    for folder in ("cur", "new", "tmp"):
        (path / folder).mkdir(parents=True, exist_ok=True)
    start = 1_759_269_600  # FIRST_DAY in UTC, so that names look like real ones
    for number, letter in enumerate(letters):
        name = f"{start + int(letter.contact.at)}.M{number:06d}P4711.mail"
        folder, flags = ("cur", ":2,S") if number % 6 else ("new", "")
        (path / folder / (name + flags)).write_bytes(render(letter))
