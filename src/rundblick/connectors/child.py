"""The child process that reads files: ``python -m rundblick.connectors.child``, started by ``reading``.

It knows neither Django nor the database. Requests come in on standard input, answers go out on the descriptor it is
told; the number of the row at hand stands in shared memory, so that the parent can name it when the child dies.
"""

from __future__ import annotations

import mmap
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from rundblick.connectors.notes import FileFault, Note, Notes
from rundblick.connectors.protocol import (
    CHUNK,
    MAIL_CHUNK_BYTES,
    Answer,
    Chunk,
    Done,
    Mail,
    ReadMails,
    ReadTable,
    Request,
    Surveyed,
    SurveyTable,
    decode_request,
    encode,
    write_frame,
)
from rundblick.connectors.rows import compile_rows
from rundblick.connectors.streams import MAX_SPOOLED, open_stream
from rundblick.connectors.survey import open_table, survey
from rundblick.core.envelope import Envelope
from rundblick.core.message import Message, Unreadable

Row = memoryview  # one unsigned 64-bit number, shared with the parent


def answers(request: Request, row: Row) -> Iterator[Answer]:
    """What the child answers to a request; never raises for what a file holds."""
    row[0] = 0
    try:
        if isinstance(request, SurveyTable):
            yield Surveyed(
                survey(
                    Path(request.path), request.member, request.kind, request.entry, request.size, sample=request.sample
                )
            )
        elif isinstance(request, ReadTable):
            yield from _table(request, row)
        else:
            yield from _mails(request, row)
    except FileFault as fault:
        yield Done((), row[0], fault.note)
    except MemoryError:
        yield Done((), row[0], Note("file.too_much_memory", {"row": str(row[0])}))
    except OSError as error:
        yield Done((), row[0], Note("file.unreadable", {"why": error.strerror or type(error).__name__}))
    except Exception as error:  # a bug of a reader costs this file, with the place, and nothing else
        yield Done((), row[0], Note("file.reader_failed", {"row": str(row[0]), "error": type(error).__name__}))


def _table(request: ReadTable, row: Row) -> Iterator[Answer]:
    notes = Notes()
    fault: Note | None = None
    with open_table(Path(request.path), request.member, request.kind, request.entry, request.size) as table:
        header = table.header
        read = compile_rows(request.entry, header, request.context, notes)
        messages: list[Message] = []
        bad: list[Unreadable] = []
        last = 0
        try:
            for batch in table.batches():
                bad += batch.bad
                starts, ends = batch.starts, batch.ends
                if not starts:
                    starts = ends = [0] * len(batch.rows)
                for cells, number, start, end in zip(batch.rows, batch.numbers, starts, ends, strict=True):
                    row[0] = number
                    found = read(cells, number, start, end)
                    if type(found) is Message:
                        messages.append(found)
                    else:
                        bad.append(found)  # type: ignore[arg-type]
                last = batch.last
                if len(messages) + len(bad) >= CHUNK:
                    yield Chunk(messages, bad, [], table.position, last)
                    messages, bad = [], []
        except FileFault as broken:
            values = {"row": str(last), **broken.note.values}
            fault = Note(broken.note.code, values)
        if messages or bad:
            yield Chunk(messages, bad, [], table.position, last)
        notes.extend(table.notes())
        yield Done(notes.all(), last, fault)


def _mails(request: ReadMails, row: Row) -> Iterator[Answer]:
    """Every mail with its bytes; the archive's own error ends the file with its place, after the mails before."""
    archive = _function(request.archive)
    reader = _function(request.reader) if request.reader else None
    hints = {"own": ",".join(request.own), "zone": request.zone}
    mails: list[Mail] = []
    number = size = position = 0
    fault: Note | None = None
    faults: list[Note] = []
    for path, prefix in request.paths:
        try:
            for one in _archived(archive, path, request.packed):
                number += 1
                row[0] = number
                envelope = _envelope(one, prefix, request.source, request.received_at, hints)
                mails.append(_cut(envelope) if one.fault else _read_mail(envelope, reader))
                size += len(mails[-1].envelope.raw or b"")
                position += len(one.raw)
                if len(mails) >= CHUNK // 4 or size > MAIL_CHUNK_BYTES:
                    yield Chunk([], [], mails, position, number)
                    mails, size = [], 0
        except MemoryError:
            raise
        except FileFault as broken:  # of a member of a zip: the others are read
            fault = Note(broken.note.code, {"row": str(number), "name": prefix, **broken.note.values})
            faults.append(fault)
        except Exception as error:
            code = getattr(error, "fault", "file.reader_failed")
            at = str(getattr(error, "offset", ""))
            fault = Note(str(code), {"row": str(number), "at": at, "error": type(error).__name__, "name": prefix})
            faults.append(fault)
    if mails:
        yield Chunk([], [], mails, position, number)
    yield Done(tuple(faults[:-1]), number, fault)


def _archived(archive: Callable[[Path], Iterator[Any]], path: str, packed: str) -> Iterator[Any]:
    """The mails of a file, or of a member of a zip, which is unpacked beside for as long as it is read. It has the same
    name there whatever it is called, since the name of a single mail is its key."""
    if not packed:
        yield from archive(Path(path))
        return
    with tempfile.TemporaryDirectory(prefix="rundblick-") as folder:
        place = Path(folder) / "mails"
        with open_stream(Path(packed), path) as stream, place.open("wb") as file:
            for block in stream:
                file.write(block)
                if file.tell() > MAX_SPOOLED:
                    raise FileFault("file.too_large", limit=str(MAX_SPOOLED))
        yield from archive(place)


def _envelope(one: Any, prefix: str, source: str, received_at: datetime, hints: dict[str, str]) -> Envelope:
    """The key tells place and content, as digests: a mail that changed under its name is another delivery, and a file's
    name, which may name a person, stays out of what cannot be erased."""
    place = sha256(f"{prefix}{one.key}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
    key = f"{place}#{sha256(one.raw).hexdigest()[:16]}"
    return Envelope(source, key, "mail", received_at, one.raw, one.span, hints)


BEGINNING = 64 << 10  # bytes that are kept of a mail that is too large


def _cut(whole: Envelope) -> Mail:
    """A mail of which the archive gives the beginning only: told as what it is, and never kept as if it were whole."""
    raw, span = whole.raw or b"", whole.span
    size = max(len(raw), span.end - span.start if span else 0)
    hints = {**whole.hints, "size": str(size), "largest": str(len(raw))}
    told = {name: str(max(1, round(int(hints[name]) / (1 << 20)))) for name in ("size", "largest")}
    envelope = msgspec.structs.replace(whole, kind="cut_mail", raw=raw[:BEGINNING], hints=hints)
    return Mail(envelope, None, Unreadable(fault="mail.too_large", detail=told, span=span))


def _read_mail(envelope: Envelope, reader: Callable[[Envelope], Message | Unreadable] | None) -> Mail:
    if reader is None:
        return Mail(envelope)
    reading = reader(envelope)
    if isinstance(reading, Message):
        return Mail(envelope, reading)
    return Mail(envelope, None, reading)


def _function(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def _limit(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the parent, which ends this child by itself


def _allow(cpu_seconds: int) -> None:
    """The next file may use this much more CPU than what is used already; past it the kernel ends the child."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(used.ru_utime + used.ru_stime) + cpu_seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard < 0 else min(wanted, hard), hard))


def main(arguments: list[str]) -> None:
    """Serve requests until the parent's pipe ends. Arguments: memory in bytes, descriptor of answers, of the row."""
    memory, out, shared = (int(argument) for argument in arguments)
    _limit(memory)
    source: BinaryIO = sys.stdin.buffer
    os.dup2(2, 1)  # what a library prints must not stand between the answers
    with mmap.mmap(shared, 8) as mapped, memoryview(mapped).cast("Q") as row:
        while header := source.read(4):
            request = decode_request(source.read(int.from_bytes(header)))
            _allow(request.cpu_seconds)
            try:
                for answer in answers(request, row):
                    write_frame(out, encode(answer))
            except BrokenPipeError:
                return  # the parent wants no more of it


if __name__ == "__main__":
    main(sys.argv[1:])
