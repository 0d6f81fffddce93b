"""Files that are there as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under a passing name in its own folder, flush it to the disk, then give it its name.

    A reader of ``path``, also after a kill or a power cut, finds the old content or the new one, never a part.
    Raises OSError when the folder is not writable or the disk is full; then ``path`` is as it was.
    """
    handle, passing = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(passing).chmod(0o644 & ~_umask())
        Path(passing).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(passing).unlink()
        raise
    # The new name itself must survive a power cut; a file system that cannot sync a folder is left in peace.
    with contextlib.suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
