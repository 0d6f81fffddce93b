"""The mail reader under mails that nobody has written, for as long as is given: RUNDBLICK_FUZZ_SECONDS (20).

Mails of the golden files, and real ones where they are, are cut, torn, doubled and crossed. A mail that breaks a
promise is made as short as goes and shown as base64; RUNDBLICK_FUZZ_SEED, which is printed, brings them again.
"""

from __future__ import annotations

import base64
import os
import random
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from rundblick.channels.email.reading import read_mail
from rundblick.channels.email.safe_html import safe_html
from rundblick.core.message import Message, Unreadable
from tests.channels import golden

pytestmark = pytest.mark.violent

SECONDS = float(os.environ.get("RUNDBLICK_FUZZ_SECONDS", "20"))
SEED = int(os.environ.get("RUNDBLICK_FUZZ_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)
LARGEST = 200_000
SLOWEST_S = 5.0  # of CPU, for one mail of at most LARGEST bytes

TOKENS = tuple(
    rb"""
\r\n\r\n|\n|\r|\0|\xff\xfe|--|"|<|(|;|,|?=|=?utf-8?Q?|=?utf-7?B?|=?x-none?Q?=C3=BC?=
>From |From: a@|Date: |Message-ID: <|References: <a@b> <c@d>\n|In-Reply-To: <a@b>\n|Final-Recipient: rfc822; a@b\n
Content-Type: multipart/mixed; boundary=a\n\n--a\n|Content-Type: multipart/report; report-type=delivery-status\n
Content-Type: message/rfc822\n\n|Content-Type: message/delivery-status\n\n|Content-Type: application/ms-tnef\n\n
Content-Type: text/html\n\n|Content-Type: text/plain; charset=x-unknown\n\n|charset=iso-2022-jp|charset=utf-16
Content-Transfer-Encoding: base64\n|Content-Transfer-Encoding: x-uuencode\n|begin 644 a\n|filename*0*=utf-8''%
<script>|<svg onload=alert(1)>|<img src=http://x.example/>|<a href=' javascript:alert(1)'>|<div><div><div><div>|<!--|]]>
<style>@import 'http://x.example'</style>|&#|&#x0;|rb1.510000125.
""".replace(b"\n", b"|")
    .decode("unicode_escape")
    .encode("latin-1")
    .strip(b"|")
    .split(b"|")
)


def seeds() -> list[bytes]:
    data = os.environ.get("RUNDBLICK_TEST_DATA", "")
    real = Path(data) / "mail" if data else Path(__file__).resolve().parents[3] / "shared" / "data" / "mail"
    found = [path.read_bytes() for path in golden.mails()]
    return found + [path.read_bytes() for path in sorted(real.rglob("*.eml"))] if real.is_dir() else found


def torn(chance: random.Random, mails: list[bytes]) -> bytes:
    """A mail that nobody has written: one to six things done to one of these."""
    raw = bytearray(chance.choice(mails)[:LARGEST])
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(raw) + 1)
        end = min(len(raw), at + chance.choice((1, 3, 20, 200, 5_000)))
        match chance.randrange(7):
            case 0:
                del raw[at:end]
            case 1:
                raw[at:at] = raw[at:end] * chance.choice((1, 2, 30))
            case 2:
                raw[at:end] = chance.randbytes(end - at)
            case 3:
                raw[at:at] = chance.choice(TOKENS) * chance.choice((1, 1, 1, 50))
            case 4:
                other = chance.choice(mails)
                start = chance.randrange(len(other) + 1)
                raw[at:end] = other[start : start + chance.choice((10, 300, 20_000))]
            case 5:
                lines = bytes(raw).splitlines(keepends=True)
                chance.shuffle(lines)
                raw = bytearray(b"".join(lines))
            case _:
                del raw[at:]
    return bytes(raw[:LARGEST])


class Dangers(HTMLParser):
    """What must not be in a page of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "object", "embed", "form", "link", "meta", "base", "svg", "input"):
            self.found.append(tag)
        for name, value in attrs:
            told = re.sub(r"[\x00-\x20]", "", value or "").lower()
            if name.startswith("on") or name == "srcset" or told.startswith(("javascript:", "vbscript:", "data:text")):
                self.found.append(f"{tag} {name}={told[:40]}")
            if name in ("src", "background", "poster") and told.startswith(("http", "//", "file", "ftp")):
                self.found.append(f"{tag} {name}={told[:40]}")


def broken(raw: bytes) -> str:
    """Which promise this mail breaks; "" when none."""
    envelope = golden.envelope(raw)
    begun = time.process_time()
    try:
        reading = read_mail(envelope)
        if not isinstance(reading, (Message, Unreadable)):
            return f"it became a {type(reading).__name__}"
        packed = msgspec.msgpack.encode(reading)  # half surrogate pairs and the like would stop here
        if msgspec.msgpack.decode(packed, type=type(reading)) != reading or read_mail(envelope) != reading:
            return "it is not read the same twice"
        if isinstance(reading, Message):
            if "\x00" in reading.text + reading.subject + reading.html:
                return "a NUL that no database takes"
            if any(not one.name or "/" in one.name or "\n" in one.name for one in reading.attachments):
                return "an attachment's name that is a path"
            dangers = Dangers()
            dangers.feed(safe_html(reading.html).html)
            if dangers.found:
                return f"HTML with {dangers.found[0]}"
    except Exception as error:  # whatever it is: the reader promises that there is none
        return f"{type(error).__name__}: {error}"[:200]
    spent = time.process_time() - begun
    return "" if spent < SLOWEST_S else f"it took {spent:.1f} s"


def shortened(raw: bytes, kind: str, seconds: float = 20) -> bytes:
    """As little of it as still breaks the same promise."""
    until = time.monotonic() + seconds
    size = len(raw) // 2
    while size and time.monotonic() < until:
        at = 0
        while at < len(raw) and time.monotonic() < until:
            less = raw[:at] + raw[at + size :]
            if broken(less).startswith(kind):
                raw = less
            else:
                at += size
        size //= 2
    return raw


def test_no_mail_breaks_the_reader() -> None:
    chance, mails, count = random.Random(SEED), seeds(), 0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        raw = torn(chance, mails)
        count += 1
        if fault := broken(raw):
            least = shortened(raw, re.split(": | with ", fault)[0])
            pytest.fail(f"seed {SEED}, mail {count}: {fault}\n{base64.b64encode(least).decode()[:8000]}")
    print(f"{count} mails, seed {SEED}")
    assert count > SECONDS
