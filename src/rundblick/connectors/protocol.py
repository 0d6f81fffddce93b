"""What goes over the pipe between the program and the child that reads files: length-prefixed msgpack frames."""

from __future__ import annotations

import os
from datetime import datetime
from typing import Final

import msgspec

from rundblick.connectors.mapping import FileMapping
from rundblick.connectors.notes import Note
from rundblick.connectors.rows import RowContext
from rundblick.connectors.survey import Survey
from rundblick.core.envelope import Envelope
from rundblick.core.message import Message, Unreadable

CHUNK: Final = 2000  # rows
MAX_FRAME: Final = 1 << 29
_LITTLE: Final = 1 << 20
MAIL_CHUNK_BYTES: Final = 8 << 20


class Mail(msgspec.Struct, frozen=True, array_like=True):
    """A mail of an archive: its bytes as an envelope, and what its reader made of it (where one is registered)."""

    envelope: Envelope
    message: Message | None = None
    unreadable: Unreadable | None = None


class SurveyTable(msgspec.Struct, frozen=True, tag="survey"):
    """Look into a table. ``sample``: give rows for a proposal."""

    path: str
    member: str
    kind: str
    size: int
    entry: FileMapping | None
    sample: bool = False
    cpu_seconds: int = 600


class ReadTable(msgspec.Struct, frozen=True, tag="table"):
    path: str
    member: str
    kind: str
    size: int
    entry: FileMapping
    context: RowContext
    cpu_seconds: int = 600


class ReadMails(msgspec.Struct, frozen=True, tag="mails"):
    """Read an archive of mails. ``archive`` and ``reader``: "module:function", as registered.

    paths    what the archive function is called with, one after the other, each with the prefix of its keys
    packed   the zip in which the paths are members, "" for files
    source   code of the envelopes' source
    own      the company's own addresses and domains
    """

    paths: tuple[tuple[str, str], ...]
    archive: str
    reader: str
    source: str
    own: tuple[str, ...]
    zone: str
    received_at: datetime
    cpu_seconds: int = 600
    packed: str = ""


Request = SurveyTable | ReadTable | ReadMails


class Surveyed(msgspec.Struct, frozen=True, tag="surveyed"):
    survey: Survey


class Chunk(msgspec.Struct, frozen=True, tag="chunk"):
    """Some pieces of a file. ``position``: bytes of the file on disk read so far; ``row``: the last row read."""

    messages: list[Message]
    bad: list[Unreadable]
    mails: list[Mail]
    position: int
    row: int


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The end of a file: remarks about it, and the fault that ended it early, if any."""

    notes: tuple[Note, ...]
    row: int
    fault: Note | None = None


Answer = Surveyed | Chunk | Done

encode: Final = msgspec.msgpack.Encoder().encode
decode_request: Final = msgspec.msgpack.Decoder(Request).decode
decode_answer: Final = msgspec.msgpack.Decoder(Answer).decode


def write_frame(descriptor: int, data: bytes) -> None:
    """Write one frame whole; blocks while the other side does not read, which bounds what waits in between."""
    for part in (len(data).to_bytes(4), data) if len(data) > _LITTLE else (len(data).to_bytes(4) + data,):
        view = memoryview(part)
        while view:
            view = view[os.write(descriptor, view) :]
