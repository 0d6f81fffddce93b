"""Stylesheets, scripts and typefaces: compressed, asked for once a version, and never again until they change.

An address carries a digest of what it names (``desk.css?v=3f1c...``), so a browser may keep it for good. The compressed
copies lie in the installation's home, made by the first process that starts, since where the program lies nothing may
be written.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from functools import cache
from pathlib import Path
from typing import Any, Final
from wsgiref.headers import Headers

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

from rundblick.core import home

VERSIONED: Final = (".css", ".js", ".svg")
KEPT: Final = (*VERSIONED, ".woff2")
"""For good: the first are named with their digest, and a typeface that changes gets another name."""

_LEAST: Final = 512  # bytes that are worth compressing


class VersionedStorage(StaticFilesStorage):
    """Addresses of static files with a digest of their content."""

    def url(self, name: str | None) -> str:
        address = super().url(name)
        version = _version(name) if name and name.endswith(VERSIONED) else ""
        return f"{address}?v={version}" if version else address


class CompressedStatic(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise has no types
    """WhiteNoise with compressed copies of what finders find, and long keeping; hidden files are nobody's."""

    def add_file_to_dictionary(self, url: str, path: str, stat_cache: Any = None) -> None:
        if not Path(path).name.startswith("."):
            super().add_file_to_dictionary(url, path, stat_cache=stat_cache)

    def get_static_file(self, path: str, url: str, stat_cache: Any = None) -> StaticFile:
        headers = Headers([])
        self.add_mime_headers(headers, path, url)
        kept = path.endswith(KEPT)
        headers["Cache-Control"] = (
            f"max-age={self.FOREVER}, public, immutable" if kept else f"max-age={self.max_age}, public"
        )
        smaller = compressed(path) if path.endswith(VERSIONED) else ""
        if smaller and stat_cache is not None:
            stat_cache = {path: stat_cache[path], smaller: Path(smaller).stat()}
        return StaticFile(
            path, headers.items(), stat_cache=stat_cache, encodings={"gzip": smaller} if smaller else None
        )


def compressed(path: str) -> str:
    """Where the compressed copy of a file lies; "" where it is too small, or nothing can be written."""
    content = Path(path).read_bytes()
    if len(content) < _LEAST:
        return ""
    folder = home.home() / "static"
    target = folder / f"{hashlib.sha256(content).hexdigest()[:32]}.gz"
    if target.is_file():
        return str(target)
    fresh = target.with_suffix(f".{os.getpid()}")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        fresh.write_bytes(gzip.compress(content, 9, mtime=0))
        fresh.replace(target)
    except OSError:
        return ""
    return str(target)


@cache
def _version(name: str) -> str:
    found = finders.find(name)
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:12] if isinstance(found, str) else ""
