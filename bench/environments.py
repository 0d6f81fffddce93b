"""The peers' own Python environments, each made once from its lock (hashes, no addresses of an index)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from hashlib import sha256
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]


def environment(bench: str, peers: str) -> Path:
    """The Python of ``bench``'s peers, from bench/requirements-BENCH.txt; used again as long as that is the same."""
    lock = TOP / "bench" / f"requirements-{bench}.txt"
    folder = TOP / "build" / "bench" / f"{bench}-{sha256(lock.read_bytes()).hexdigest()[:12]}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"Installing {peers} into an environment of its own ...", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
        (folder / "complete").touch()
    return python
