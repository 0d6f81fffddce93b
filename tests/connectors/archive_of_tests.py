"""A mail archive as the channels room provides one, small enough for tests; children import it by name."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rundblick.core.envelope import Envelope, Span
from rundblick.core.message import Message, Unreadable, What


@dataclass(frozen=True)
class Archived:
    key: str
    raw: bytes
    span: Span
    fault: str = ""


class Broken(Exception):
    fault = "archive.truncated"
    offset = 77


def archive(path: Path) -> Iterator[Archived]:
    """Every line of a file is a mail; some words do harm."""
    paths = sorted(path.glob("cur/*")) if path.is_dir() else [path]
    for one in paths:
        for number, line in enumerate(one.read_bytes().splitlines(), start=1):
            if line == b"die":
                os._exit(3)
            if line == b"hang":
                time.sleep(60)
            if line == b"break":
                raise Broken
            if line == b"eat":
                bytearray(1 << 36)
            if line == b"spin":
                while True:
                    pass
            fault, end = ("too-large", 300 << 20) if line.startswith(b"large") else ("", 0)
            yield Archived(f"{one.name}:{number}", line, Span(number, 0, end), fault)


def read(envelope: Envelope) -> Message | Unreadable:
    if envelope.raw == b"bad":
        return Unreadable(fault="mail.broken")
    return Message(what=What.MESSAGE, system="email", identity=b"i" * 16, content=b"c" * 16, text=str(envelope.raw))
