"""Poisonous mails walk the whole road: the reading process, the tables, the page of the case. Each does no harm."""

from __future__ import annotations

import io
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from django.test import Client

from rundblick.cases.models import Attachment, Message
from rundblick.core.envelope import Envelope
from rundblick.core.installation import installation
from rundblick.core.models import BlobChunk
from rundblick.core.registry import readers
from rundblick.customers.models import Assignment
from rundblick.intake.models import Outcome
from rundblick.intake.reading import ReadingProcess
from rundblick.intake.road import Road
from rundblick.intake.work import receive
from rundblick.people.models import Role
from tests.people.house import a_user

pytestmark = pytest.mark.django_db
HEAD = b"From: Anna <anna@kunde.example>\r\nTo: service@muster.example\r\nSubject: Gift\r\nMIME-Version: 1.0\r\n"
MEMORY = 400 << 20  # less than the reading process may have: what unpacks or copies a poison does not get through
SECONDS = 15.0


def comes(*mails: bytes) -> list[Message]:
    """They are read by a process with limits and walk the road, one after another."""
    found = []
    with ReadingProcess(dict(readers), seconds=SECONDS, memory=MEMORY) as reading:
        for raw in mails:
            envelope = Envelope("mailbox:service", sha256(raw).hexdigest(), "mail", datetime.now(UTC), raw)
            received = receive(Road(installation()), [envelope], reading.read_all)
            outcome = Outcome.objects.get(delivery__in=[one.delivery for one in received.accepted])
            assert outcome.kind == "recorded", "a flagged case"
            found.append(Message.objects.get(pk=outcome.object_id))
    return found


def page_of(message: Message) -> str:
    """The page of its case, and behind it the mail as it was written."""
    client = Client()
    client.force_login(a_user("Maria", Role.ADMIN))
    assert message.case is not None
    page = client.get(f"/cases/{message.case.uuid}/")
    assert page.status_code == 200
    shown = client.get(f"/messages/{message.uuid}/html/") if message.content.html else None
    return page.content.decode() + (shown.content.decode() if shown is not None and shown.status_code == 200 else "")


def bytes_of(attachment: Attachment) -> bytes:
    chunks = BlobChunk.objects.filter(blob_id=attachment.blob_id).order_by("seq").values_list("data", flat=True)
    return b"".join(map(bytes, chunks))


def with_part(part: bytes) -> bytes:
    return (
        HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nGuten Tag\r\n' + part + b"\r\n--b--\r\n"
    )


def attached(data: bytes, media_type: str, name: str) -> bytes:
    from base64 import encodebytes

    head = f'--b\r\nContent-Type: {media_type}\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    return with_part(head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + encodebytes(data))


# -- what is larger inside -------------------------------------------------------------------------------------------


def bomb() -> bytes:
    """Some hundred kB that unpack to ten times 512 MB of zeros."""
    inner = io.BytesIO()
    with (
        zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("0", "w") as member,
    ):
        for _ in range(64):
            member.write(bytes(8 << 20))
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(10):
            archive.writestr(f"{number}.zip", inner.getvalue())
    return outer.getvalue()


def test_a_zip_bomb_is_kept_as_it_came_and_unpacked_by_nobody() -> None:
    data = bomb()
    begun = time.monotonic()
    (message,) = comes(attached(data, "application/zip", "rechnung.zip"))
    assert bytes_of(message.attachments.get()) == data
    assert "rechnung.zip" in page_of(message)
    assert time.monotonic() - begun < SECONDS


def test_ten_thousand_nested_parts_cost_neither_the_reader_nor_the_page() -> None:
    def nested(kind: bytes) -> bytes:
        return b"".join(kind.replace(b"%d", str(n).encode()) for n in range(10_000))

    multipart = nested(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n') + b"\r\nInnen\r\n"
    forwarded = nested(b"Content-Type: message/rfc822\r\n\r\n") + b"\r\nInnen\r\n"
    beside = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + nested(b"--b\r\n\r\n%d\r\n") + b"--b--\r\n"
    begun = time.monotonic()
    for message in comes(HEAD + multipart, HEAD + forwarded, HEAD + beside):
        assert "Gift" in page_of(message)
        Message.objects.filter(pk=message.pk).get()
    assert time.monotonic() - begun < 3 * SECONDS


# -- what is something else than it says -----------------------------------------------------------------------------


def test_nul_bytes_anywhere_reach_the_page_as_nothing() -> None:
    head = HEAD.replace(b"Anna", b"An\0na").replace(b"Gift", b"Gi\0ft =?utf-8?q?=00x?=")
    name = b'Content-Disposition: attachment; filename="a\0b.pdf"\r\nContent-Type: application/pdf\0\r\n'
    (message,) = comes(
        head + b'X\0: y\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nGuten\0 Tag\r\n--b\r\n'
        + name + b"\r\n\0\0\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>Hal\0lo</p>\r\n--b--\r\n"
    )  # fmt: skip
    assert "\0" not in page_of(message)
    assert message.content.text.replace("\n", " ").startswith("Guten Tag")


def test_html_inside_a_picture_is_never_served_as_a_page() -> None:
    (message,) = comes(attached(b"<html><script>alert(1)</script>", "image/png", "bild.png"))
    client = Client()
    client.force_login(a_user("Maria", Role.ADMIN))
    answer = client.get(f"/attachments/{message.attachments.get().uuid}/")
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Content-Disposition"].startswith("attachment;")
    assert "html" not in answer["Content-Type"]
    assert "<script>alert(1)" not in page_of(message)


@pytest.mark.parametrize(
    "sender",
    ["\u0430nna@kunde.example", "anna@kund\u0435.example", "anna@xn--kund-mdd.example", "anna\u200b@kunde.example"],
    ids=["Cyrillic a", "Cyrillic e in the host", "the same in ASCII", "a space of no width"],
)
def test_a_sender_who_only_looks_like_a_customer_is_another_one(sender: str) -> None:
    (asked,) = comes(HEAD + b"Message-ID: <1@kunde.example>\r\n\r\nGuten Tag\r\n")
    head = HEAD.replace(b"anna@kunde.example", sender.encode()).replace(b"Gift", b"Re: Gift")
    (other,) = comes(head + b"\r\nBitte an mein neues Konto\r\n")
    assert other.case_id != asked.case_id and other.record_id != asked.record_id
    customers = Assignment.objects.filter(record_id__in=(asked.record_id, other.record_id), valid_to=None)
    assert len({one.customer_id for one in customers}) == 2


# -- what calls somebody up ------------------------------------------------------------------------------------------


class Listener:
    """A server inside the company's network, which must hear of nothing."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.calls = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self.calls += 1
            line.close()

    def close(self) -> int:
        """Everybody who calls has been heard; gives how many that were, but for this call."""
        with socket.create_connection(("127.0.0.1", self.port)) as line:
            line.recv(1)
        self._socket.close()
        return self.calls - 1


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made._socket.close()


def test_links_pictures_and_bodies_from_elsewhere_are_fetched_by_nobody(listener: Listener) -> None:
    there = f"http://127.0.0.1:{listener.port}"
    html = (
        f'<base href="{there}/"><link rel="stylesheet" href="{there}/a.css"><style>@import "{there}/b.css"</style>'
        f'<img src="{there}/c.gif"><img srcset="{there}/d.gif 2x"><table background="{there}/e.gif"><tr><td>Tag</table>'
        f'<p style="background:url({there}/f.gif)">Guten</p><iframe src="{there}/g"></iframe><a href="{there}/h">x</a>'
        f'<object data="{there}/i"></object><video poster="{there}/j"></video>'
    ).encode()
    outside = f'message/external-body; access-type=URL; URL="{there}/k"'.encode()
    raw = with_part(
        b"--b\r\nContent-Type: text/html\r\n\r\n" + html + b"\r\n--b\r\nContent-Type: " + outside
        + b"\r\n\r\nContent-Type: image/gif\r\n\r\n--b\r\nContent-Type: text/plain\r\nContent-Location: "
        + f"{there}/l".encode() + b"\r\n\r\nmehr " + there.encode() + b"/m"
    ).replace(  # headers that name where something could be had
        b"MIME-Version", f"List-Unsubscribe: <{there}/n>\r\nX-Face-URL: {there}/o\r\nMIME-Version".encode()
    )  # fmt: skip
    (message,) = comes(raw)
    shown = page_of(message)
    assert "Guten" in shown
    assert listener.close() == 0
    assert f'src="{there}' not in shown and f"url({there}" not in shown
