"""Words in pictures, by Tesseract where it is installed."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from functools import lru_cache
from typing import Final

from rundblick.channels.attached.told import Refused

LANGUAGES: Final = ("deu", "eng")
PROGRAM: Final = "tesseract"
SECONDS: Final = 60.0  # for one picture
_PIXELS: Final = 60_000_000
_SMALLEST: Final = (40, 16)  # a tracking dot, a line, a smiley
_FEWEST: Final = 3_000  # pixels


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Those of our languages that Tesseract has here; () when it is not installed."""
    program = shutil.which(PROGRAM)
    if program is None:
        return ()
    try:
        done = subprocess.run([program, "--list-langs"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    there = set(done.stdout.decode("utf-8", "replace").split()) | set(done.stderr.decode("utf-8", "replace").split())
    return tuple(language for language in LANGUAGES if language in there)


def worth_reading(data: bytes) -> bool:
    """Whether a picture is large enough for words. Raises Refused for one that is no picture, or far too large."""
    size = size_of(data)
    if size is None:
        raise Refused("broken")
    wide, high = size
    if wide * high > _PIXELS:
        raise Refused("picture.too_large")
    return wide >= _SMALLEST[0] and high >= _SMALLEST[1] and wide * high >= _FEWEST


def words(data: bytes, spoken: tuple[str, ...]) -> str:
    """The words in a picture (PNG, JPEG, GIF, TIFF, BMP, WebP, PGM). Raises Refused."""
    program = shutil.which(PROGRAM)
    if program is None or not spoken:
        raise Refused("ocr.missing")
    try:
        done = subprocess.run(
            [program, "stdin", "stdout", "-l", "+".join(spoken), "--psm", "3"],
            input=data,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired:
        raise Refused("ocr.too_long") from None
    except OSError:
        raise Refused("ocr.missing") from None
    if done.returncode:
        raise Refused("ocr.failed")
    return done.stdout.decode("utf-8", "replace")


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as the head of a picture tells them; None when it is no picture that we know."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return struct.unpack(">II", data[16:24])
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return struct.unpack("<HH", data[6:10])
        if data.startswith(b"BM"):
            wide, high = struct.unpack("<ii", data[18:26])
            return abs(wide), abs(high)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
        if data.startswith(b"\xff\xd8"):
            return _jpeg(data)
        if data[:4] in (b"II*\0", b"MM\0*"):
            return _tiff(data)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            high, wide = struct.unpack(">HH", data[at + 5 : at + 9])
            return wide, high
        elif marker in (0x01, *range(0xD0, 0xD8)):
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return None


def _tiff(data: bytes) -> tuple[int, int] | None:
    """Of the first page: entries 256 and 257 of its directory."""
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack(order + "I", data[4:8])
    (count,) = struct.unpack(order + "H", data[at : at + 2])
    found: dict[int, int] = {}
    for number in range(min(count, 200)):
        entry = data[at + 2 + 12 * number : at + 14 + 12 * number]
        tag, kind = struct.unpack(order + "HH", entry[:4])
        if tag in (256, 257):
            (found[tag],) = struct.unpack(order + ("H" if kind == 3 else "I"), entry[8 : 10 if kind == 3 else 12])
    return (found[256], found[257]) if len(found) == 2 else None


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8 ":
        wide, high = struct.unpack("<HH", data[26:30])
        return wide & 0x3FFF, high & 0x3FFF
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None
