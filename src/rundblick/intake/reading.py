"""The read stage, in a child process with limits on time, memory and output.

A parser that hangs, eats memory or dies takes its child with it and nothing else: the piece becomes unreadable, a
new child goes on with the next one.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import BinaryIO, Self

import msgspec

from rundblick.core.envelope import Envelope
from rundblick.core.message import Message, Reading, Unreadable
from rundblick.core.registry import Reader

SECONDS = 30.0  # for one piece
MEMORY = 1 << 30  # address space of the child
OUTPUT = 96 << 20  # of one reading

_HEADER = 4
_LITTLE = 1 << 20


class ReadingFault(Exception):
    """The reading process itself cannot be started."""


class _Read(msgspec.Struct, tag="read", array_like=True):
    message: Message


class _Failed(msgspec.Struct, tag="failed", array_like=True):
    unreadable: Unreadable


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Read | _Failed).decode
_decode_envelopes = msgspec.msgpack.Decoder(list[tuple[str, Envelope]]).decode

_GROUP = 64  # envelopes that are sent at once
_GROUP_BYTES = 1 << 20


class ReadingProcess:
    """A child that reads one envelope after another. ``readers``: kind of envelope -> "module:function"."""

    def __init__(self, readers: dict[str, str], seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._readers = readers
        self._seconds = seconds
        self._memory = memory
        self._child: subprocess.Popen[bytes] | None = None

    def read(self, envelope: Envelope) -> Reading:
        """One reading; never raises for what the envelope holds. Raises ReadingFault when no child can be started."""
        return self.read_all([envelope])[0]

    def read_all(self, envelopes: Sequence[Envelope]) -> list[Reading]:
        """A reading for each envelope, in order. A child that dies or hangs costs the piece it had in hand.

        Raises ReadingFault when no child can be started.
        """
        found: list[Reading] = []
        while len(found) < len(envelopes):
            group: list[Envelope] = []
            size = 0
            for envelope in envelopes[len(found) : len(found) + _GROUP]:
                size += len(envelope.raw or b"")
                if group and size > _GROUP_BYTES:
                    break
                group.append(envelope)
            found += self._read_group(group)
        return found

    def _read_group(self, group: Sequence[Envelope]) -> list[Reading]:
        """Readings of a group up to the first piece that ended the child, that one included."""
        asked = [(self._readers.get(envelope.kind, ""), envelope) for envelope in group]
        child = self._running()
        assert child.stdin is not None and child.stdout is not None
        found: list[Reading] = []
        try:
            _send(child.stdin, _encode(asked))  # the child takes a group whole before it answers: no ring of waiting
            for _ in group:
                reading = _decode(_receive(child.stdout, time.monotonic() + self._seconds))
                found.append(reading.message if isinstance(reading, _Read) else reading.unreadable)
        except TimeoutError:
            self._kill()
            found.append(Unreadable(fault="read.too_long", detail={"seconds": f"{self._seconds:g}"}))
        except (BrokenPipeError, EOFError, OSError):
            code = self._kill()
            found.append(Unreadable(fault="read.died", detail={"code": str(code)}))
        return found

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        if self._child is not None:
            self._kill()
        try:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "rundblick.intake.reading", str(self._memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ReadingFault(str(error)) from error
        return self._child

    def _kill(self) -> int | None:
        child, self._child = self._child, None
        if child is None:
            return None
        child.kill()
        code = child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        return code


def _send(pipe: BinaryIO | object, data: bytes) -> None:
    assert hasattr(pipe, "write") and hasattr(pipe, "flush")
    if len(data) < _LITTLE:
        pipe.write(len(data).to_bytes(_HEADER) + data)
    else:  # a large mail is not there once more for four bytes before it
        pipe.write(len(data).to_bytes(_HEADER))
        pipe.write(data)
    pipe.flush()


def _receive(pipe: object, deadline: float) -> bytes:
    """One length-prefixed answer. Raises TimeoutError, EOFError, OSError (too much output)."""
    assert hasattr(pipe, "fileno")
    descriptor = pipe.fileno()
    length = int.from_bytes(_exactly(descriptor, _HEADER, deadline))
    if length > OUTPUT:
        raise OSError("too much output")
    return _exactly(descriptor, length, deadline)


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


def _child(memory: int) -> None:
    """The child's loop: envelopes in, readings out. Ends with its parent's pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a parser prints must not stand between the answers
    found: dict[str, Reader] = {}
    while header := source.read(_HEADER):
        for path, envelope in _decode_envelopes(source.read(int.from_bytes(header))):
            data = _encode(_answer(path, envelope, found))
            if len(data) > OUTPUT:
                data = _encode(_Failed(Unreadable(fault="read.too_large")))
            _send(sink, data)


def _answer(path: str, envelope: Envelope, found: dict[str, Reader]) -> _Read | _Failed:
    if not path:
        return _Failed(Unreadable(fault="read.no_reader", detail={"kind": envelope.kind}))
    try:
        if path not in found:
            module, _, name = path.partition(":")
            found[path] = getattr(import_module(module), name)
        reading = found[path](envelope)
    except MemoryError:
        return _Failed(Unreadable(fault="read.too_large"))
    except Exception as error:
        return _Failed(Unreadable(fault="read.failed", detail={"error": type(error).__name__}))
    return _Read(reading) if isinstance(reading, Message) else _Failed(reading)


if __name__ == "__main__":
    _child(int(sys.argv[1]))
