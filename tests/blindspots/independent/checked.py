"""Runs `rundblick check` as a person would, through its real entry point, and reads what it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


def data_folder(name: str) -> Path:
    """A folder of the real data; fails, not skips, when it is missing."""
    folder = (ROOT / os.environ.get("RUNDBLICK_TEST_DATA", "../shared/data") / name).resolve()
    assert folder.is_dir(), f"{folder} is missing: set RUNDBLICK_TEST_DATA to the folder of the real data"
    return folder


def check(folder: Path, mapping: Path, out: Path) -> dict[str, Any]:
    """The report.json of a check of ``folder``; the exit code has to be 0 (done) or 1 (done, something unreadable)."""
    command = [str(Path(sys.executable).with_name("rundblick")), "check", str(folder)]
    done = subprocess.run(
        [*command, "--map", str(mapping), "--out", str(out), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    written = out / "report.json"
    told = f"exit {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.returncode in (0, 1) and written.is_file(), told
    report: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return report
