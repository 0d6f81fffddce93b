"""A source that hands mails over the API and keeps a log of its own: what it was told is kept is what we count by."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path


def junk(number: int) -> bytes:
    """What is hard to read, or not readable at all."""
    return (
        b"X-Number: %d\r\n" % number,
        b"\x00\x01\x02\x03%d\xff\xfe" % number * 50,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\x00\x00%d" % number,
        b"Subject: =?utf-8?b?broken\r\n\r\nno sender %d" % number,
    )[number // 10 % 4]


def mail(number: int) -> bytes:
    """A mail of its own: every fifth answers an earlier one, every tenth is hard to read."""
    if number % 10 == 7:
        return junk(number)
    message = EmailMessage()
    message["From"] = f"Kundin {number % 90} <kundin{number % 90}@kunde.example>"
    message["To"] = "service@muster.example"
    message["Subject"] = f"Anliegen {number}"
    message["Message-ID"] = f"<{number}@kunde.example>"
    if number % 5 == 3:
        message["In-Reply-To"] = f"<{number // 2}@kunde.example>"
    message.set_content(f"Guten Tag,\n\nmeine Bestellung {number:06} fehlt noch.\n\nViele Grüße\n")
    return message.as_bytes()


@dataclass(slots=True)
class Source:
    """Sends ``count`` mails, each until it is acknowledged, always under the same key."""

    address: str
    token: str
    log: Path
    count: int
    senders: int = 4
    refused: int = 0
    lost_connections: int = 0
    pause: float = 0.0
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Send from several threads beside."""
        self._threads = [threading.Thread(target=self._send_all, daemon=True) for _ in range(self.senders)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Give up what is not acknowledged yet."""
        self._stop.set()
        self.join(30)

    def join(self, seconds: float) -> bool:
        """Wait until everything is acknowledged; says whether it is."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def acknowledged(self) -> set[str]:
        """The keys that we were told are kept, from the log."""
        return set(self.log.read_text().split()) if self.log.exists() else set()

    def _send_all(self) -> None:
        while not self._stop.is_set():
            with self._lock:
                number = self._next
                self._next += 1
            if number >= self.count:
                return
            while not self._stop.is_set() and not self._send(number):
                self._stop.wait(0.2)
            self._stop.wait(self.pause)

    def _send(self, number: int) -> bool:
        host, port = self.address.rsplit(":", 1)
        link = http.client.HTTPConnection(host, int(port), timeout=20)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "message/rfc822"}
        try:
            link.request("POST", "/api/v1/deliveries/mail", mail(number), headers | {"Idempotency-Key": str(number)})
            status = link.getresponse().status
        except (OSError, http.client.HTTPException):
            with self._lock:
                self.lost_connections += 1
            return False
        finally:
            link.close()
        if status != 202:
            with self._lock:
                self.refused += 1
            return False
        with self._lock, self.log.open("a") as log:
            log.write(f"{number}\n")
            log.flush()
            os.fsync(log.fileno())
        return True


def digest(number: int) -> bytes:
    """What the kept bytes of a mail must hash to."""
    return hashlib.sha256(mail(number)).digest()


@contextlib.contextmanager
def sending(source: Source):  # type: ignore[no-untyped-def]
    """Send beside; stopped at the end, whatever happened."""
    source.start()
    try:
        yield source
    finally:
        source.stop()
