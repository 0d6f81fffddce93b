"""Archives of mail as files: single mails, folders of them, mbox and Maildir, streamed one mail at a time.

No archive is ever loaded whole: of an mbox only the mail at hand is in memory. Plain Python without Django.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from rundblick.core.envelope import Span

MAIL_AT_MOST = 100 * 1024 * 1024  # bytes of one mail that are kept in memory; no mail server lets through more

_CHUNK = 1024 * 1024  # bytes read at once
_LINE_AT_MOST = 1024  # bytes of a line "From "
_SINGLE = (".eml", ".emlx", ".mail", ".mht", ".msg822")
_MBOX = (".mbox", ".mbx")
# "From " and an address or "-" or "???@???", and a time of day, as delivery agents write it since 1980.
_SEPARATOR = re.compile(rb"From [^\r\n]{0,400}?\d{1,2}:\d{2}[^\r\n]{0,200}\r?\n")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)
_EMLX_LENGTH = re.compile(rb"\s*(\d{1,12})\s*\r?\n")


@dataclass(frozen=True, slots=True)
class ArchivedMail:
    """One mail of an archive.

    key    its place: relative path of a file; for mbox the offset of its first byte; for Maildir the unique name
           without flags, so that a mail that was read or moved to ``cur`` keeps its key
    raw    the mail, without mbox's "From " line and with ">From " turned back
    span   number from 1 and byte range [start, end) in the file, "From " line included; of a .gz in its unpacked bytes
    fault  "" or "too-large": only the first ``MAIL_AT_MOST`` bytes are in ``raw``
    """

    key: str
    raw: bytes
    span: Span
    fault: str = ""


class ArchiveBroken(Exception):
    """An archive that cannot be read to its end; what came before it was yielded.

    path    the file
    offset  byte (of the unpacked stream) up to which it could be read
    mails   how many mails were yielded before
    fault   code: "archive.truncated", "archive.damaged", "archive.unreadable"
    """

    def __init__(self, path: Path, fault: str, offset: int, mails: int, cause: str) -> None:
        self.path = path
        self.fault = fault
        self.offset = offset
        self.mails = mails
        super().__init__(
            f"{path.name}: {cause} at byte {offset:,}, after {mails:,} mails. These were read; "
            f"copy the file again from its source for the rest."
        )


def kind_of(path: Path) -> str:
    """What kind of mail archive lies at ``path``: "maildir", "folder", "mbox", "mail", or "" for none.

    Files by their first bytes; a folder by what stands in it ("folder" holds single mails, at any depth).
    """
    if path.is_dir():
        if (path / "cur").is_dir() or (path / "new").is_dir():
            return "maildir"
        return "folder" if any(_single_files(path)) else ""
    name = path.name.lower().removesuffix(".gz")
    try:
        with _opened(path) as stream:
            head = stream.read1(4096)
    except (OSError, EOFError, zlib.error):
        return "mbox" if name.endswith(_MBOX) else "mail" if name.endswith(_SINGLE) else ""
    if head.startswith(b"From ") and (name.endswith(_MBOX) or _SEPARATOR.match(head)) and not name.endswith(_SINGLE):
        return "mbox"
    if name.endswith(_SINGLE):
        return "mail"
    return "mbox" if name.endswith(_MBOX) and head.strip() else ""


def iter_archive(path: Path) -> Iterator[ArchivedMail]:
    """All mails of an archive, in the order of the file, of a folder by name. Raises ``ArchiveBroken``."""
    if path.is_dir():
        maildir = (path / "cur").is_dir() or (path / "new").is_dir()
        yield from _iter_maildir(path) if maildir else _iter_folder(path)
        return
    try:
        with _opened(path) as stream:
            begins = stream.read1(5)
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveBroken(path, _fault(error), 0, 0, _cause(error)) from error
    if begins != b"From " or path.name.lower().removesuffix(".gz").endswith(_SINGLE):
        yield _single(path, path.name, 1, 0)
    else:
        yield from iter_mbox(path)


@contextmanager
def _opened(path: Path) -> Iterator[gzip.GzipFile | BufferedReader]:
    """The file's bytes, unpacked when it is gzip by its first bytes, whatever its name says.

    Read it by ``read1``: ``read`` of a broken gzip loses what it had unpacked before the break.
    """
    with path.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=stream, mode="rb") as unpacked:
                yield unpacked
        else:
            yield stream


# --- single files ---------------------------------------------------------------------------------------------


def _single_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.name.lower().removesuffix(".gz").endswith(_SINGLE) and not path.name.startswith(".") and path.is_file():
            yield path


def _iter_folder(folder: Path) -> Iterator[ArchivedMail]:
    for number, path in enumerate(_single_files(folder), 1):
        yield _single(path, path.relative_to(folder).as_posix(), number, number - 1)


def _single(path: Path, key: str, number: int, before: int) -> ArchivedMail:
    """One file that is one mail (Apple's .emlx has its length before and a property list behind)."""
    grown = bytearray()  # bytes would be copied with every chunk
    try:
        with _opened(path) as stream:
            while len(grown) <= MAIL_AT_MOST and (chunk := stream.read1(_CHUNK)):
                grown += chunk
    except (OSError, EOFError, zlib.error) as error:
        raise ArchiveBroken(path, _fault(error), len(grown), before, _cause(error)) from error
    raw = bytes(grown)
    del grown
    if path.name.lower().removesuffix(".gz").endswith(".emlx"):
        length = _EMLX_LENGTH.match(raw)
        if length:
            raw = raw[length.end() : length.end() + int(length.group(1))]
    if len(raw) <= MAIL_AT_MOST:
        return ArchivedMail(key, raw, Span(number, 0, len(raw)))
    size = max(len(raw), path.stat().st_size)
    return ArchivedMail(key, raw[:MAIL_AT_MOST], Span(number, 0, size), "too-large")


def _iter_maildir(folder: Path) -> Iterator[ArchivedMail]:
    """``cur`` and ``new``; ``tmp`` holds mails not yet delivered. Sub-folders (".Sent") are Maildirs of their own."""
    files = sorted(
        (path.name.partition(":2,")[0].partition(";2,")[0], path)
        for part in ("cur", "new")
        if (folder / part).is_dir()
        for path in (folder / part).iterdir()
        if path.is_file() and not path.name.startswith(".")
    )
    for number, (unique, path) in enumerate(files, 1):
        yield _single(path, unique, number, number - 1)


# --- mbox -----------------------------------------------------------------------------------------------------


def iter_mbox(path: Path) -> Iterator[ArchivedMail]:
    """The mails of an mbox file, plain or gzip.

    A mail begins at a line "From " with a time in it, at the start of the file or after an empty line; a line of text
    that begins with "From " does not part a mail, quoted (">From ") or not. A file without any such line is one mail.
    """
    try:
        with _opened(path) as stream:
            yield from _split(stream, path)
    except OSError as error:
        raise ArchiveBroken(path, "archive.unreadable", 0, 0, _cause(error)) from error


def _split(stream: gzip.GzipFile | BufferedReader, path: Path) -> Iterator[ArchivedMail]:
    number = 0
    offset = 0  # in the file, of the first byte in ``buffer``
    dropped = 0  # bytes of the mail at hand that were too many to keep
    buffer = bytearray()
    searched = 1
    broken: Exception | None = None
    while broken is None:
        try:
            chunk = stream.read1(_CHUNK)
        except (OSError, EOFError, zlib.error) as error:
            chunk, broken = b"", error
        buffer += chunk
        while (cut := _next_separator(buffer, searched, final=not chunk)) is not None:
            number += 1
            yield _mbox_mail(bytes(buffer[:cut]), number, offset, dropped)
            offset += cut + dropped
            dropped = 0
            del buffer[:cut]
            searched = 1
        if not chunk:
            break
        searched = max(1, len(buffer) - _LINE_AT_MOST)
        surplus = len(buffer) - MAIL_AT_MOST - 2 * _LINE_AT_MOST
        if surplus > _CHUNK:
            dropped += surplus
            del buffer[MAIL_AT_MOST : MAIL_AT_MOST + surplus]
            searched = MAIL_AT_MOST + _LINE_AT_MOST
    if buffer.strip():
        number += 1
        yield _mbox_mail(bytes(buffer), number, offset, dropped)
    if broken is not None:
        end = offset + len(buffer) + dropped
        raise ArchiveBroken(path, _fault(broken), end, number, _cause(broken)) from broken


def _next_separator(buffer: bytearray, start: int, final: bool) -> int | None:
    """Where the next mail begins; None when there is none, or when its line is not complete yet."""
    at = buffer.find(b"\nFrom ", max(0, start - 1))
    while at >= 0:
        blank = at > 0 and (buffer[at - 1] == 0x0A or (buffer[at - 1] == 0x0D and at > 1 and buffer[at - 2] == 0x0A))
        if blank:
            if _SEPARATOR.match(buffer, at + 1):
                return at + 1
            if not final and buffer.find(b"\n", at + 1) < 0 and len(buffer) - at < _LINE_AT_MOST:
                return None
        at = buffer.find(b"\nFrom ", at + 1)
    return None


def _mbox_mail(stretch: bytes, number: int, offset: int, dropped: int) -> ArchivedMail:
    raw = stretch
    if raw.startswith(b"From "):
        raw = raw.partition(b"\n")[2]
    if b">From " in raw:
        raw = _QUOTED_FROM.sub(rb"\1", raw)
    if raw.endswith(b"\r\n\r\n"):
        raw = raw[:-2]
    elif raw.endswith(b"\n\n"):
        raw = raw[:-1]  # the empty line before the next mail is the archive's, not the mail's
    span = Span(number, offset, offset + len(stretch) + dropped)
    return ArchivedMail(
        str(offset), raw[:MAIL_AT_MOST], span, "too-large" if dropped or len(raw) > MAIL_AT_MOST else ""
    )


def _fault(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "archive.truncated"
    if isinstance(error, zlib.error | gzip.BadGzipFile):
        return "archive.damaged"
    return "archive.unreadable"


def _cause(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "the compressed data end too early"
    if isinstance(error, zlib.error | gzip.BadGzipFile):
        return "the compressed data are damaged"
    told = error.strerror if isinstance(error, OSError) else None
    return f"it cannot be read ({told or type(error).__name__})"
