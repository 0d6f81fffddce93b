"""The child that reads what was attached; ``reading`` starts it as a module, with its limits as arguments.

It knows neither Django nor the database, opens no connection and writes no file.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from typing import BinaryIO, Final

import msgspec

from rundblick.channels.attached import office, pdf, pictures, plain
from rundblick.channels.attached.told import MOST, Full, Gathering, Refused, Told, clean

HEADER: Final = 4

_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# what the sender called it decides only about text, which has no mark of its own
_MAILS = ("message/rfc822", "message/global")
_PAGES = ("text/html", "application/xhtml+xml")


class Asked(msgspec.Struct, frozen=True, array_like=True):
    """A file to read. ``ocr``: look at its pictures, with these languages; () reads what needs no OCR."""

    media_type: str
    name: str
    ocr: tuple[str, ...]
    data: bytes


def read(asked: Asked) -> Told:
    """What a file says; never raises for what it holds."""
    try:
        return _read(asked)
    except Refused as refused:
        return Told("", fault=refused.code)
    except MemoryError:
        return Told("", fault="too_much_memory")
    except Exception as error:  # a bug of a reader costs this file and nothing else
        print(f"attachment not read: {type(error).__name__}", file=sys.stderr)
        return Told("", fault="failed")


def _read(asked: Asked) -> Told:
    data = asked.data
    head = data[:1024]
    ending = asked.name.lower().rpartition(".")[2]
    if not data.strip(b"\0 \t\r\n"):
        return Told("text")
    if b"%PDF-" in head:
        return _scanned(data, asked.ocr) if asked.ocr else pdf.read_pdf(data)
    if head.startswith(b"PK\x03\x04"):
        return office.read_zip(data)
    if head.startswith(_PICTURES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP") or _is_bmp(data):
        return _picture(data, asked.ocr)
    if head.startswith(_OLD_OFFICE):
        whole = data[:65536] + data[-(1 << 20) :]
        raise Refused("encrypted" if "EncryptedPackage".encode("utf-16-le") in whole else "old_office")
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{\\rtf"):
        return plain.read_rtf(data.lstrip(b"\xef\xbb\xbf \r\n\t"))
    if not plain.is_text(data):
        raise Refused("unknown")
    if asked.media_type in _MAILS or ending == "eml":
        return plain.read_mail(data)
    begins = head.lstrip(b"\xef\xbb\xbf \r\n\t")[:200].lower()
    if asked.media_type in _PAGES or ending in ("html", "htm") or begins.startswith((b"<!doctype html", b"<html")):
        return plain.read_html(data)
    if ending == "svg" or begins.startswith((b"<?xml", b"<svg")):
        return plain.read_html(data)
    return plain.read_text(data)


def _is_bmp(data: bytes) -> bool:
    return data.startswith(b"BM") and int.from_bytes(data[2:6], "little") == len(data)


def _picture(data: bytes, ocr: tuple[str, ...]) -> Told:
    if not pictures.worth_reading(data):
        return Told("picture")
    if not ocr:
        return Told("picture", ocr=True)
    text = clean(pictures.words(data, ocr))
    return Told("picture", text[:MOST], cut=len(text) > MOST)


def _scanned(data: bytes, ocr: tuple[str, ...]) -> Told:
    """Words and pictures of a PDF's pages, in their order. A page that OCR gives up costs its own words."""
    into = Gathering(2 * MOST)
    cut = False
    try:
        for text, picture in pdf.scanned_pages(data):
            into.add(text + "\n")
            if picture:
                try:
                    into.add(pictures.words(picture, ocr) + "\n")
                except Refused as refused:
                    if refused.code == "ocr.missing":
                        raise
                    cut = True
    except Full:
        cut = True
    text = clean(into.text())
    return Told("pdf", text[:MOST], cut=cut or len(text) > MOST)


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Asked).decode


def main(memory: int, cpu_seconds: int) -> None:
    """Serve files until the parent's pipe ends."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(10)
    source: BinaryIO = sys.stdin.buffer
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not stand between the answers
    while header := source.read(HEADER):
        asked = _decode(source.read(int.from_bytes(header)))
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + cpu_seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        answer = _encode(read(asked))
        out.write(len(answer).to_bytes(HEADER) + answer)
        out.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
