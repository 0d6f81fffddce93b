"""A folder of exports and a mapping become a plan; each file of it is read in a child process, chunk by chunk.

The child has limits on memory, CPU time and silence. When it dies or is ended, its file has a fault that names the
row it had reached; everything before stands, and the next file gets a new child.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from rundblick.connectors.fields import IGNORE, MAIL, REQUIRED
from rundblick.connectors.files import MAILS, TABLES, Found, discover
from rundblick.connectors.mapping import FileMapping, Mapping, MappingError, Problem, missing_columns, nearest
from rundblick.connectors.notes import Note
from rundblick.connectors.protocol import (
    MAX_FRAME,
    Answer,
    Chunk,
    Done,
    Mail,
    ReadMails,
    ReadTable,
    Request,
    Surveyed,
    SurveyTable,
    decode_answer,
    encode,
    write_frame,
)
from rundblick.connectors.rows import RowContext
from rundblick.connectors.survey import Survey
from rundblick.core.message import Message, Unreadable

Piece = Message | Unreadable | Mail

_archives: dict[str, str] = {}


def register_archive(kind: str, function: Callable[..., Any] | str) -> None:
    """Name the function that reads a kind of file for which the channels room knows how.

    ``kind`` "mail": ``(path: Path) -> Iterator`` of objects with ``key``, ``raw`` and ``span``, for a single mail, an
    mbox or a Maildir. ``kind`` "mail.reader": ``(Envelope) -> Message | Unreadable``, to have mails read in the same
    child; without it they come with their bytes only. A function of a module, or its name as "module:function": the
    child imports it by that name.
    """
    _archives[kind] = function if isinstance(function, str) else f"{function.__module__}:{function.__qualname__}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may use. ``memory``: the child's address space in bytes; ``silence``: seconds without a new row;
    CPU seconds: a base and so many bytes of the file a second more."""

    memory: int = 3 << 30
    silence: float = 180.0
    cpu_base: int = 600
    bytes_per_cpu_second: int = 50_000

    def cpu_seconds(self, size: int) -> int:
        return self.cpu_base + size // self.bytes_per_cpu_second


@dataclass(frozen=True, slots=True)
class PlanFile:
    """One file as one entry of the mapping reads it.

    name     relative to the folder; a member of a zip as ``archive.zip/member.csv``
    means    what a row is: "customers", "case_events" ... "mail"; "" when nothing reads it
    size     bytes on disk (of a member: unpacked)
    entry    the mapping's entry, None when nothing reads it
    context  what the first look found out
    remarks  what was assumed or noticed before reading
    fault    why it cannot be read at all, else None
    part     0 for the first entry that reads this file, 1 for a second one
    """

    name: str
    means: str
    system: str
    size: int
    found: Found
    entry: FileMapping | None = None
    context: RowContext | None = None
    header: tuple[str, ...] = ()
    remarks: tuple[Note, ...] = ()
    fault: Note | None = None
    part: int = 0

    @property
    def readable(self) -> bool:
        return self.fault is None and self.entry is not None and self.means != IGNORE

    def sha256(self) -> str:
        """Digest of the file on disk, as hex: what its rows are delivered under.

        Of a member of a zip together with the member's name, of mails over their names and contents in order. A second
        entry that reads the same file makes other messages of its rows, so it has a digest of its own.
        """
        state = hashlib.sha256()
        if self.found.kind == "maildir":
            paths = sorted(p for p in Path(self.found.path).rglob("*") if p.is_file())
        elif self.found.files and not self.found.members:
            root = _root_of(self.found)
            paths = [root / name for name in self.found.files]
        else:
            paths = [Path(self.found.path)]
        for path in paths:
            if len(paths) > 1:
                state.update(path.name.encode("utf-8", "surrogateescape") + b"\0")
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    state.update(block)
        state.update(self.found.member.encode())
        if self.part:
            state.update(f"#{self.means}#{self.part}".encode())
        return state.hexdigest()


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be read: every file of the folder in order, also those that nothing reads or can read."""

    folder: Path
    mapping: Mapping
    files: tuple[PlanFile, ...]
    remarks: tuple[Note, ...] = ()

    @property
    def readable(self) -> tuple[PlanFile, ...]:
        return tuple(file for file in self.files if file.readable)

    @property
    def size(self) -> int:
        return sum(file.size for file in self.readable)


def open_folder(
    folder: Path,
    mapping: Mapping,
    *,
    without: Collection[Path] = (),
    root: Path | None = None,
    limits: Limits = Limits(),  # frozen
) -> Plan:
    """Find the files, look into each, and check the mapping against them before anything is read.

    ``folder`` may be a single file; ``root`` is the folder that the mapping's names are relative to, where that is one
    above it (see ``root_of_file``).

    Raises ``FileNotFoundError`` when the folder is none, ``MappingError`` with every column that the mapping names
    and a file does not have.
    """
    files: list[PlanFile] = []
    problems: list[Problem] = []
    used: set[str] = set()
    with ReaderProcess(limits) as reader:
        for found in discover(folder, without, root):
            entries = _entries(found, mapping)
            used |= {entry.name for entry in entries}
            if not entries:
                files.append(_unread(found))
            for part, entry in enumerate(entries):
                planned, wrong = _plan(found, entry, mapping, reader)
                files.append(replace(planned, part=part))
                problems += wrong
    if problems:
        raise MappingError(problems)
    unused = [entry for entry in mapping.files if entry.name not in used and entry.means != IGNORE]
    remarks = tuple(Note("mapping.no_file_for", {"name": entry.name, "line": str(entry.line)}) for entry in unused)
    return Plan(folder, mapping, tuple(files), remarks)


def root_of_file(file: Path, mapping: Mapping) -> Path:
    """The folder from which the mapping knows a single file: its own, else the nearest one above that makes a name
    which an entry matches ("kunden.csv", then "crm/kunden.csv" ...), else its own."""
    path = file.resolve()
    for root in path.parents:
        if any(mapping.entries_for(found.name) for found in discover(path, root=root)):
            return root
    return path.parent


def _entries(found: Found, mapping: Mapping) -> tuple[FileMapping, ...]:
    entries = mapping.entries_for(found.name)
    if not entries and found.kind in MAILS:
        for name in found.files:
            entries = mapping.entries_for(name)
            if entries:
                break
    if found.kind in MAILS:
        return tuple(entry for entry in entries if entry.means in (MAIL, IGNORE)) or entries
    return entries


def _unread(found: Found) -> PlanFile:
    remark = "file.not_mapped" if found.kind in TABLES | MAILS else "file.unknown_kind"
    remarks = () if found.fault else (Note(remark, {}),)
    return PlanFile(found.name, "", "", found.size, found, remarks=remarks, fault=found.fault)


def _plan(found: Found, entry: FileMapping, mapping: Mapping, reader: ReaderProcess) -> tuple[PlanFile, list[Problem]]:
    system = entry.system_of(found.name)
    planned = PlanFile(found.name, entry.means, system, found.size, found, entry, fault=found.fault)
    if entry.means == IGNORE or found.fault is not None:
        return planned, []
    if (entry.means == MAIL) != (found.kind in MAILS):
        wanted, got = ("mail", found.kind) if entry.means == MAIL else ("table", "mail")
        return planned, [_wrong_kind(entry, mapping, found, wanted, got)]
    if entry.means == MAIL:
        return replace(planned, context=RowContext(system, mapping.timezone, mapping.country)), []
    if found.kind == "other":
        return replace(planned, fault=Note("file.unknown_kind", {})), []
    answer = reader.survey(found, entry, sample=False)
    if isinstance(answer, Note):
        return replace(planned, fault=answer), []
    wrong = missing_columns(entry, answer.header, found.name, mapping.path)
    absent = [problem for problem in wrong if _may_be_absent(problem, found, entry, answer.header)]
    notes = answer.notes + tuple(Note("columns.absent", {"column": p.note.values["column"]}) for p in absent)
    context = RowContext(system, mapping.timezone, mapping.country, answer.orders, answer.decimals, answer.scale)
    return replace(planned, header=answer.header, context=context, remarks=notes), [p for p in wrong if p not in absent]


def _may_be_absent(problem: Problem, found: Found, entry: FileMapping, header: tuple[str, ...]) -> bool:
    """JSON leaves out what is empty: a column that no object has is no mistake, unless it is needed or misspelt."""
    column = problem.note.values["column"]
    needed = {entry.columns.get(field) for field in REQUIRED.get(entry.means, ())} | set(entry.key_columns())
    return found.kind in ("json", "json_lines") and column not in needed and not nearest(column, header, 0.75)


def _wrong_kind(entry: FileMapping, mapping: Mapping, found: Found, wanted: str, got: str) -> Problem:
    return Problem(
        mapping.path, entry.line, Note("mapping.wrong_kind", {"file": found.name, "wanted": wanted, "got": got})
    )


def _root_of(found: Found) -> Path:
    """The folder that the names of ``found.files`` are relative to."""
    path = Path(found.path)
    depth = len(Path(found.name).parts) if found.name != "." else 0
    for _ in range(depth):
        path = path.parent
    return path


# --- reading one file -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class FileReading:
    """Iterate to read a file; what is known of it grows on the way.

    rows      the last row read
    position  bytes of the file on disk read so far
    remarks   of the plan, and once the file is done all others
    fault     why it ended early, None when it did not
    """

    file: PlanFile
    reader: ReaderProcess
    own_reader: bool
    received_at: datetime
    rows: int = 0
    position: int = 0
    remarks: tuple[Note, ...] = ()
    fault: Note | None = None
    _answers: Iterator[Answer] | None = field(default=None, repr=False)

    def __iter__(self) -> Iterator[list[Piece]]:
        self.remarks = self.file.remarks
        try:
            for answer in self.reader.ask(_request(self.file, self.reader.limits, self.received_at)):
                if isinstance(answer, Chunk):
                    self.rows, self.position = answer.row, answer.position
                    yield [*answer.messages, *answer.bad, *answer.mails]
                elif isinstance(answer, Done):
                    self.rows, self.fault = answer.row, answer.fault
                    self.remarks = self.file.remarks + answer.notes
                    if answer.fault is None:
                        self.position = self.file.size
        finally:
            if self.own_reader:
                self.reader.close()


def read_file(
    file: PlanFile, *, reader: ReaderProcess | None = None, received_at: datetime | None = None
) -> FileReading:
    """Read a planned file: iterate for lists of about 2,000 messages, unreadable rows and mails.

    ``reader``: a child to use for several files; without one a child is started and ended with the iteration.
    Raises ``ValueError`` for a file that the plan does not read.
    """
    if not file.readable:
        raise ValueError(f"{file.name} is not read by this plan")
    return FileReading(file, reader or ReaderProcess(), reader is None, received_at or datetime.now(UTC))


def _request(file: PlanFile, limits: Limits, received_at: datetime) -> Request:
    found, entry = file.found, file.entry
    assert entry is not None
    seconds = limits.cpu_seconds(found.size * (20 if found.name.endswith(".gz") else 1))
    if file.means != MAIL:
        assert file.context is not None
        kind = "delimited" if found.kind == "text" else found.kind
        return ReadTable(found.path, found.member, kind, found.size, entry, file.context, seconds)
    if "mail" not in _archives:
        raise RuntimeError("no reader of mail archives is registered: reading.register_archive")
    packed = ""
    if members := found.members or ((found.member,) if found.member else ()):
        packed, paths = found.path, [(member, f"{member}/" if found.members else "") for member in members]
    elif found.kind == "eml":
        root = _root_of(found) if len(found.files) > 1 else Path(found.path).parent
        paths = []
        for name in found.files:
            path = root / name if len(found.files) > 1 else Path(found.path)
            paths.append((str(path), name.removesuffix(path.name)))
    else:
        paths = [(found.path, "")]
    return ReadMails(
        tuple(paths),
        _archives["mail"],
        _archives.get("mail.reader", ""),
        f"archive:{file.system}:{file.name}",
        entry.own,
        file.context.zone if file.context else "UTC",
        received_at,
        seconds,
        packed,
    )


# --- the child --------------------------------------------------------------------------------------------------


class ReaderProcess:
    """A child that reads files, one after the other, started when it is needed and again after it died."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._child: subprocess.Popen[bytes] | None = None
        self._answers = -1
        self._shared: mmap.mmap | None = None
        self._beside: tempfile.TemporaryDirectory[str] | None = None  # what it unpacks goes with it, however it ends

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def survey(self, found: Found, entry: FileMapping | None, *, sample: bool) -> Survey | Note:
        """Look into a table; a ``Note`` when it cannot be read."""
        kind = "delimited" if found.kind == "text" else found.kind
        seconds = self.limits.cpu_seconds(found.size)
        for answer in self.ask(SurveyTable(found.path, found.member, kind, found.size, entry, sample, seconds)):
            if isinstance(answer, Surveyed):
                return answer.survey
            if isinstance(answer, Done) and answer.fault is not None:
                return answer.fault
        return Note("file.reader_died", {"row": "0", "code": ""})

    def ask(self, request: Request) -> Iterator[Answer]:
        """The child's answers; when it dies or is ended, the last one is a ``Done`` with that as its fault."""
        finished = False
        try:
            try:
                self._send(encode(request))
                while not finished:
                    answer = decode_answer(self._receive())
                    finished = not isinstance(answer, Chunk)
                    yield answer
            except (_Silent, EOFError, BrokenPipeError) as error:
                row = self._row()
                code = self._end()
                finished = True
                yield Done((), row, _death(error, code, row, self.limits))
        finally:
            if not finished:  # the reader of the answers went away: the child would write to nobody
                self._end()

    def close(self) -> None:
        self._end()

    def kill(self) -> None:
        """End the child from another thread; whoever waits for its answers gets a ``Done`` with that as its fault."""
        child = self._child
        if child is not None:
            child.kill()

    def _send(self, data: bytes) -> None:
        child = self._running()
        assert child.stdin is not None
        write_frame(child.stdin.fileno(), data)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._end()
        self._beside = tempfile.TemporaryDirectory(prefix="rundblick-", ignore_cleanup_errors=True)
        read_end, write_end = os.pipe()
        with tempfile.TemporaryFile() as shared:
            shared.truncate(mmap.PAGESIZE)
            self._shared = mmap.mmap(shared.fileno(), 8)
            arguments = [str(self.limits.memory), str(write_end), str(shared.fileno())]
            try:
                self._child = subprocess.Popen(
                    [sys.executable, "-m", "rundblick.connectors.child", *arguments],
                    stdin=subprocess.PIPE,
                    pass_fds=(write_end, shared.fileno()),
                    env={
                        **os.environ,
                        "TMPDIR": self._beside.name,
                        "ARROW_DEFAULT_MEMORY_POOL": "system",
                        "OMP_NUM_THREADS": "1",
                    },
                    start_new_session=True,
                )
            finally:
                os.close(write_end)
        self._answers = read_end
        return self._child

    def _row(self) -> int:
        return int.from_bytes(self._shared[:8], sys.byteorder) if self._shared is not None else 0

    def _receive(self) -> bytes:
        length = int.from_bytes(self._exactly(4))
        if length > MAX_FRAME:
            raise EOFError
        return self._exactly(length)

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            self._wait()
            part = os.read(self._answers, min(count - len(data), 1 << 20))
            if not part:
                raise EOFError
            data += part
        return bytes(data)

    def _wait(self) -> None:
        """Until the child says something; silence counts only while its row does not move."""
        row, since = self._row(), time.monotonic()
        while not select.select([self._answers], [], [], min(self.limits.silence, 1.0))[0]:
            now, moved = time.monotonic(), self._row()
            if moved != row:
                row, since = moved, now
            elif now - since > self.limits.silence:
                raise _Silent

    def _end(self) -> int | None:
        """End the child, if there is one, and everything it holds. Returns how it ended."""
        child, self._child = self._child, None
        if self._shared is not None:
            self._shared.close()
            self._shared = None
        if self._answers >= 0:
            os.close(self._answers)
            self._answers = -1
        try:
            return None if child is None else _ended(child)
        finally:
            if self._beside is not None:
                self._beside.cleanup()
                self._beside = None


def _ended(child: subprocess.Popen[bytes]) -> int:
    assert child.stdin is not None
    with suppress(OSError):
        child.stdin.close()
    if child.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            return child.wait(timeout=0.2)  # it ends by itself when its input ends, or has just died
        child.kill()
    return child.wait()


class _Silent(Exception):
    """The child said nothing for too long."""


def _death(error: BaseException, code: int | None, row: int, limits: Limits) -> Note:
    if isinstance(error, _Silent):
        return Note("file.reader_silent", {"row": str(row), "seconds": f"{limits.silence:g}"})
    if code == -signal.SIGXCPU:
        return Note("file.too_slow", {"row": str(row)})
    return Note("file.reader_died", {"row": str(row), "code": str(code)})
