"""Mail that leaves nothing but a file: for the sample company, and for whoever tries things out first."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from rundblick.core import home

_PLAIN: Final = re.compile(r"[^a-z0-9@._+-]")
_LONGEST: Final = 120


def folder(address: str) -> Path:
    """Where the mails of an account lie."""
    return home.home() / "laid-down" / _plain(address)


def lay_down(address: str, key: str, raw: bytes) -> Path:
    """Write a mail to the account's folder, whole or not at all; once more under the same key changes nothing.

    Any mail program opens it. Raises OSError.
    """
    place = folder(address)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = place / f"{_plain(key)}.eml"
    draft = path.with_suffix(f".{os.getpid()}.part")
    try:
        with draft.open("wb") as stream:
            stream.write(raw)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _plain(text: str) -> str:
    return _PLAIN.sub("_", text.lower())[:_LONGEST].lstrip(".") or "_"
