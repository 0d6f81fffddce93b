"""The bytes of a file or of a member of an archive, unpacked while they are read, in bounded memory.

A ``Stream`` gives blocks of bytes and knows how far the file on disk was read (for progress). A packed file that
breaks off gives all that could be unpacked before it raises ``FileFault`` with the place.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from rundblick.connectors.notes import FileFault

BLOCK: Final = 1 << 18
MAX_MEMBERS: Final = 10_000
MAX_SPOOLED: Final = 1 << 33  # a packed table that must be unpacked to disk first (Excel, Parquet in a .gz or .zip)
GZIP: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
ZIP_EMPTY: Final = b"PK\x05\x06"


class Stream:
    """Blocks of unpacked bytes, to iterate once. ``position``: bytes used so far of the file, or of a zip's member."""

    def __init__(self, blocks: Iterator[bytes], position: Callable[[], int]) -> None:
        self._blocks = blocks
        self._position = position

    def __iter__(self) -> Iterator[bytes]:
        return self._blocks

    @property
    def position(self) -> int:
        return self._position()


@contextmanager
def open_stream(path: Path, member: str = "") -> Iterator[Stream]:
    """Open a file, or the member of a zip archive, for reading once from the start; ``.gz`` inside is unpacked too."""
    with path.open("rb") as file:
        if not member:
            packed = file.read(2) == GZIP
            file.seek(0)
            yield Stream(_unpacked(_blocks(file)) if packed else _blocks(file), file.tell)
            return
        with _archive(file) as archive, _member(archive, member) as inside:
            head = _first(inside)
            rest = _with_head(head, _zip_blocks(inside))
            yield Stream(_unpacked(rest) if head == GZIP else rest, inside.tell)


@contextmanager
def open_seekable(path: Path, member: str = "") -> Iterator[IO[bytes]]:
    """The same as a file that can be searched, for formats that need it; packed ones go through a temporary file."""
    with path.open("rb") as file:
        if not member and file.read(2) != GZIP:
            file.seek(0)
            yield file
            return
    with tempfile.TemporaryFile() as spooled:
        with open_stream(path, member) as stream:
            for block in stream:
                spooled.write(block)
                if spooled.tell() > MAX_SPOOLED:
                    raise FileFault("file.too_large", limit=str(MAX_SPOOLED))
        spooled.seek(0)
        yield spooled


def head_of(path: Path, member: str = "", size: int = 1 << 16) -> bytes:
    """The first ``size`` unpacked bytes; fewer where the file ends or breaks off."""
    head = b""
    with open_stream(path, member) as stream:
        try:
            for block in stream:
                head += block
                if len(head) >= size:
                    break
        except FileFault:
            if not head:
                raise
    return head[:size]


def zip_members(path: Path) -> list[tuple[str, int]]:
    """Names and unpacked sizes of an archive's files, without folders and what macOS adds. Raises ``FileFault``."""
    with path.open("rb") as file, _archive(file) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_MEMBERS:
        raise FileFault("zip.too_many", count=str(len(infos)), limit=str(MAX_MEMBERS))
    if any(info.flag_bits & 1 for info in infos):
        raise FileFault("zip.encrypted")
    return [(info.filename, info.file_size) for info in infos]


@contextmanager
def _archive(file: IO[bytes]) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise FileFault("zip.broken") from None
    with archive:
        yield archive


@contextmanager
def _member(archive: zipfile.ZipFile, member: str) -> Iterator[IO[bytes]]:
    try:
        inside = archive.open(member)
    except RuntimeError:
        raise FileFault("zip.encrypted") from None
    except (KeyError, zipfile.BadZipFile, NotImplementedError, ValueError):
        raise FileFault("zip.broken") from None
    with inside:
        yield inside


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _first(inside: IO[bytes]) -> bytes:
    """Two bytes; of a small member already these tell that it is broken."""
    try:
        return inside.read(2)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise FileFault("file.truncated", at="0") from None


def _zip_blocks(file: IO[bytes]) -> Iterator[bytes]:
    read = 0
    try:
        while block := file.read(BLOCK):
            read += len(block)
            yield block
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise FileFault("file.truncated", at=str(read)) from None


def _with_head(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from rest


def _unpacked(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """gzip, also of several members. ``zlib`` checks sum and length of each."""
    unpack = zlib.decompressobj(wbits=31)
    read = 0
    for block in blocks:
        while block:
            try:
                out = unpack.decompress(block, BLOCK * 4)
            except zlib.error:
                raise FileFault("file.damaged", at=str(read)) from None
            read += len(out)
            if out:
                yield out
            if unpack.eof:
                block = unpack.unused_data.lstrip(b"\0")
                unpack = zlib.decompressobj(wbits=31) if block[:2] == GZIP else unpack
                if block and block[:2] != GZIP:
                    if len(block) == 1:  # the second byte of the next member lies in the next block
                        unpack = zlib.decompressobj(wbits=31)
                        continue
                    raise FileFault("file.damaged", at=str(read))
            else:
                block = unpack.unconsumed_tail
    if not unpack.eof:
        raise FileFault("file.truncated", at=str(read))
