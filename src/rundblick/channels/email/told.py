"""The door's own log: what we told senders that it is kept. The daily proof counts by it.

A file a day under the home, outside the database, so that it also shows what a restored back-up does not have. A line
is time, source and key; nobody's address or words.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rundblick.core import home

KEPT_DAYS = 90
_guard = threading.Lock()


def folder() -> Path:
    """Where the files lie."""
    return home.home() / "told"


def tell(source: int, keys: list[str], at: datetime | None = None) -> None:
    """Write down that these are acknowledged; on the disk when it returns. Raises OSError."""
    moment = at or datetime.now(UTC)
    path = folder() / f"{moment.date().isoformat()}.log"
    text = "".join(f"{moment.isoformat(timespec='seconds')} {source} {key}\n" for key in keys)
    with _guard:
        fresh = not path.exists()
        if fresh:
            folder().mkdir(mode=0o700, exist_ok=True)
            _forget(moment.date())
        with path.open("a", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())


def told_since(since: date) -> Iterator[tuple[int, str]]:
    """(source, key) of everything acknowledged since that day; a line that was cut off is passed over."""
    for path in _files():
        if path.stem < since.isoformat():
            continue
        with path.open(encoding="ascii", errors="replace") as stream:
            for line in stream:
                parts = line.split()
                if line.endswith("\n") and len(parts) == 3 and parts[1].isdecimal():
                    yield int(parts[1]), parts[2]


def _files() -> list[Path]:
    return sorted(folder().glob("????-??-??.log"))


def _forget(today: date) -> None:
    for path in _files():
        if path.stem < (today - timedelta(days=KEPT_DAYS)).isoformat():
            path.unlink(missing_ok=True)
