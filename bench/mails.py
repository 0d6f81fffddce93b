"""What both sides of the ingest bench are fed. Standard library only."""

from __future__ import annotations

from pathlib import Path

WARM_UP = 24


def warm_up_mails() -> list[bytes]:
    """Invented mails that make both sides load what they load once."""
    return [
        b"From: Warm Up <warm%d@bench.example>\nTo: service@bench.example\nSubject: Warm up %d\n"
        b"Date: Mon, 3 Feb 2025 10:11:12 +0100\nMessage-ID: <warm.%d@bench.example>\n\nNothing.\n" % (n % 5, n, n)
        for n in range(WARM_UP)
    ]


def real_mails(folder: Path) -> list[bytes]:
    """All mails of the folder, in the order of their names."""
    return [path.read_bytes() for path in sorted(folder.rglob("*.eml"))]
