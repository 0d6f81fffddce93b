"""Reads files of strangers in a child process with limits on time, memory and output."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from typing import Final, Self

import msgspec

from rundblick.channels.attached.child import HEADER, Asked
from rundblick.channels.attached.told import Told

LARGEST: Final = 50 << 20  # bytes of a file that is read
SECONDS: Final = 60.0  # for a file
OCR_SECONDS: Final = 600.0  # for a file of pictures; each page has its own limit
MEMORY: Final = 1536 << 20  # address space of the child, and of Tesseract by itself
FILES: Final = 200  # that one child reads; what a library leaks ends with it
_OUTPUT: Final = 4 << 20

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Told).decode


class ReaderError(Exception):
    """The reading process itself cannot be started."""


class Reader:
    """A child that reads one file after another; one that hangs, dies or grows costs the file that it had in hand."""

    def __init__(self, seconds: float = SECONDS, ocr_seconds: float = OCR_SECONDS, memory: int = MEMORY) -> None:
        self._seconds = seconds
        self._ocr_seconds = ocr_seconds
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None
        self._read = 0

    def read(self, data: bytes, media_type: str = "", name: str = "", ocr: tuple[str, ...] = ()) -> Told:
        """What the file says, or why it does not. Raises ReaderError when no child can be started."""
        if len(data) > LARGEST:
            return Told("", fault="too_large")
        child = self._running()
        assert child.stdin is not None and child.stdout is not None
        self._read += 1
        deadline = time.monotonic() + (self._ocr_seconds if ocr else self._seconds)
        asked = _encode(Asked(media_type, name, ocr, data))
        try:
            child.stdin.write(len(asked).to_bytes(HEADER))
            child.stdin.write(asked)
            child.stdin.flush()
            size = int.from_bytes(_exactly(child.stdout.fileno(), HEADER, deadline))
            if size > _OUTPUT:
                raise OSError("too much output")
            return _decode(_exactly(child.stdout.fileno(), size, deadline))
        except TimeoutError:
            self.close()
            return Told("", fault="too_long")
        except (BrokenPipeError, EOFError, OSError, msgspec.ValidationError, msgspec.DecodeError):
            code = self.close()
            return Told("", fault="too_long" if code == -signal.SIGXCPU else "died")

    def close(self) -> int | None:
        """End the child and what it started; gives what it ended with."""
        child, self._child = self._child, None
        if child is None:
            return None
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(0.05)  # one that ended by itself keeps its reason
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)  # its group is its own: it leads a session
        code = child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None and self._read < FILES:
            return self._child
        self.close()
        self._read = 0
        limits = [str(self._memory), str(int(self._seconds))]
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "rundblick.channels.attached.child", *limits],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ReaderError(str(error)) from error
        return self._child


def _exactly(descriptor: int, n: int, deadline: float) -> bytes:
    parts = bytearray()
    while len(parts) < n:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            raise TimeoutError
        data = os.read(descriptor, min(n - len(parts), 1 << 20))
        if not data:
            raise EOFError
        parts += data
    return bytes(parts)
