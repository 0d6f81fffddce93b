"""A received mail becomes a ``Message``. Pure: no database, no network, no clock; never raises on any bytes."""

from __future__ import annotations

from hashlib import blake2b

from rundblick.channels.email.attachments import attachment
from rundblick.channels.email.body import texts
from rundblick.channels.email.charset import decode_header, raw_bytes
from rundblick.channels.email.classify import Class, classify
from rundblick.channels.email.dates import sent_at
from rundblick.channels.email.headers import Address, Headers, Own, addresses, first, own_addresses
from rundblick.channels.email.parts import Content, take_apart
from rundblick.channels.email.threads import body_tag, message_id, reply_tag, thread
from rundblick.core.envelope import Envelope
from rundblick.core.message import (
    Attachment,
    Channel,
    Direction,
    Identifier,
    Message,
    Party,
    Sender,
    Thread,
    Unreadable,
    What,
)
from rundblick.customers.asking import asks_for

SYSTEM = "email"
ZONE = "Europe/Berlin"  # of a Date without zone, when the envelope names none

_COPIED_AT_MOST = 48
_SUBJECT_AT_MOST = 2000
_SENDER_HEADERS = ("from", "reply-to", "return-path", "sender")
_TEXTUAL = ("text/", "message/")
_BOUNCES = (Sender.BOUNCE_HARD, Sender.BOUNCE_SOFT)


def read_mail(envelope: Envelope) -> Message | Unreadable:
    """The mail in ``envelope.raw`` (RFC 5322 and MIME, however broken) as a message.

    Hints: ``own`` (the company's addresses and domains, comma-separated), ``zone`` (IANA name, for a Date without
    zone). What had to be repaired or assumed stands in ``remarks`` as codes (docs/mail.md lists them). Only what has
    no words, no headers and no attachment is ``Unreadable``: fault ``mail.empty`` or ``mail.binary``.
    """
    raw = envelope.raw
    if raw is None or not raw.strip(b"\r\n\t \x00\xef\xbb\xbf"):
        return Unreadable(fault="mail.empty", span=envelope.span)
    content = take_apart(raw)
    if not content.headers and _is_binary(raw):
        return Unreadable(fault="mail.binary", span=envelope.span)
    subject = decode_header(first(content.headers, "subject"))[:_SUBJECT_AT_MOST]
    text, html = texts(content)
    attached = tuple(attachment(leaf) for leaf in content.attached)
    _say_what_is_missing(content, subject, text, html, bool(attached))
    return _message(envelope, content, subject, text, html, attached)


def _message(
    envelope: Envelope, content: Content, subject: str, text: str, html: str, attached: tuple[Attachment, ...]
) -> Message:
    headers = content.headers
    own_id = message_id(headers)
    at, date_remark = sent_at(headers, envelope.received_at, envelope.hints.get("zone") or ZONE)
    content.remark(date_remark)
    sender, sender_header = _sender(headers)
    kind = classify(content, subject, text, sender.email if sender else "")
    content.remark(f"auto:{kind.decided_by}" if kind.decided_by else "")
    own = own_addresses(envelope.hints.get("own", ""))
    direction, party, copied = _parts_played(headers, sender, kind, own, content)
    if sender is not None and sender_header != "from":
        content.remark(f"sender-from-{sender_header}")
    if not own_id:
        content.remark("no-message-id")
    bounced = kind.sender in _BOUNCES or content.media_type == "multipart/report"
    digest = _digest(own_id, content)
    threaded = thread(
        headers,
        own_id,
        content.originals if bounced else (),
        text if kind.sender in _BOUNCES else "",
        reply_tag(headers, envelope.hints.values()),
    )
    if not threaded.parents and (quoted := body_tag(text, html)):
        threaded = Thread(threaded.own, (f"reply:{quoted}",))  # a program that answers without a header
    return Message(
        what=What.MESSAGE,
        system=SYSTEM,
        identity=digest,
        content=digest,
        key=own_id,
        at=at,
        channel=Channel.EMAIL,
        direction=direction,
        sender=kind.sender,
        party=party,
        copied=copied,
        subject=subject,
        text=text,
        html=html,
        thread=threaded,
        attachments=attached,
        remarks=tuple(content.remarks),
        span=envelope.span,
        asks_for=asks_for(direction, kind.sender, text),
    )


def _is_binary(raw: bytes) -> bool:
    """Bytes without any header that are no text either: a picture that was named .eml."""
    sample = raw[:4096]
    controls = sum(
        sample.count(byte) for byte in (0, 1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25)
    )
    return controls * 20 > len(sample)


def _say_what_is_missing(content: Content, subject: str, text: str, html: str, attached: bool) -> None:
    if text:
        return
    if "multipart/encrypted" in content.types or "application/pkcs7-mime" in content.types:
        content.remark("encrypted")
    elif "application/ms-tnef" in content.types:
        content.remark("tnef")
    if not html and not attached:
        content.remark("no-text" if subject else "nothing-to-read")


def _sender(headers: Headers) -> tuple[Address | None, str]:
    """The first of From, Reply-To, Return-Path and Sender that holds an address, and which one it was."""
    for name in _SENDER_HEADERS:
        for value in headers.get(name, ()):
            if "@" in value or "=?" in value:
                found = addresses(value)
                if found:
                    return found[0], name
    return None, ""


def _parts_played(
    headers: Headers, sender: Address | None, kind: Class, own: Own, content: Content
) -> tuple[Direction, Party | None, tuple[Party, ...]]:
    """Direction, the party concerned, and the others who took part.

    A mail from one of our own addresses went out to the first foreign recipient, unless it went to nobody but us and
    names a foreign Reply-To: then a form on our site wrote it for that person. A report of non-delivery concerns
    the person who was not reached, not the machine that reports.
    """
    recipients = [address for name in ("to", "cc") for value in headers.get(name, ()) for address in addresses(value)]
    foreign = {address.email: address for address in reversed(recipients) if address.email not in own}
    in_order = [foreign[email] for email in dict.fromkeys(address.email for address in recipients) if email in foreign]
    direction, concerned = Direction.IN, sender
    unreached = [email for email in kind.failed if email not in own] if kind.sender in _BOUNCES else []
    if sender is None:
        content.remark("no-sender")
    if unreached:
        concerned = Address(unreached[0])
        content.remark("party:failed-recipient")
    elif sender is not None and sender.email in own:
        answer_to = [a for value in headers.get("reply-to", ()) for a in addresses(value) if a.email not in own]
        if in_order:
            direction, concerned = Direction.OUT, in_order[0]
        elif answer_to:
            concerned = answer_to[0]
            content.remark("party:reply-to")
        else:
            direction = Direction.OUT
    apart = {concerned.email} if concerned else set()
    if sender is not None:
        apart.add(sender.email)
    others = [address for address in in_order if address.email not in apart]
    if len(others) > _COPIED_AT_MOST:
        content.remark("copied-cut")
    return direction, _party(concerned) if concerned else None, tuple(_party(a) for a in others[:_COPIED_AT_MOST])


def _party(address: Address) -> Party:
    facts = {"name": address.name} if address.name else {}
    return Party(SYSTEM, address.email, (Identifier("email", address.email),), facts)


def _digest(own_id: str, content: Content) -> bytes:
    """What the sender wrote, and nothing that the way here added: the same mail to two of our addresses is one.

    The transfer encoding, the folding and the line ends may be changed by a server on the way, so they do not count.
    """
    digest = blake2b(digest_size=16, person=b"rundblick mail 1")
    fields = [own_id.encode()]
    fields += [b" ".join(raw_bytes(first(content.headers, name)).split()) for name in ("from", "date", "subject")]
    for media_type, data in content.written:
        fields.append(media_type.encode())
        fields.append(data.replace(b"\r\n", b"\n").strip() if media_type.startswith(_TEXTUAL) else data)
    for data in fields:
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.digest()
