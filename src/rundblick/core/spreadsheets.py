"""CSV files for people and their table programs: whole or not there at all, and no cell is taken for a formula."""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula: what could begin one gets a ' in front."""
    return f"'{text}" if text[:1] in _FORMULA else text


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[IO[str]]:
    """A text file (UTF-8) under a name of its own until it is complete and on the disk; then it takes ``path``'s place.

    Whatever ends the writing early leaves ``path`` as it was.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", newline="", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a whole CSV file; every text is a ``safe_cell``, numbers stay numbers."""
    with whole_file(path) as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in rows:
            writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in row])
