"""A file is there as a whole or not at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rundblick.blindspots.check import write_report
from rundblick.blindspots.report.files import write_whole
from tests.blindspots.factories import full_report, poor_report

# Stops where the content is in the passing file and the name is not given yet, says so, and waits to be killed.
_CHILD = """
import os, sys
from pathlib import Path
from rundblick.blindspots.report.files import write_whole
real = os.fsync
def stop(handle):
    real(handle)
    print("written", flush=True)
    sys.stdin.read()
os.fsync = stop
write_whole(Path(sys.argv[1]), b"new" * 100_000)
"""


@pytest.mark.parametrize("before", [None, b"the old report"])
def test_a_killed_writer_leaves_the_old_file_or_none(tmp_path: Path, before: bytes | None) -> None:
    path = tmp_path / "report.html"
    if before is not None:
        path.write_bytes(before)
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
    assert (path.read_bytes() if path.exists() else None) == before
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rundblick.blindspots.report.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["report.pdf"]


def test_a_written_file_can_be_read_by_others_as_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o644


def test_a_report_is_written_in_the_formats_that_were_asked_for(tmp_path: Path) -> None:
    paths = write_report(full_report("de"), tmp_path / "new" / "folder", ("json", "html", "pdf"))
    assert [path.name for path in paths] == ["report.json", "report.html", "report.pdf"]
    assert paths[2].read_bytes().startswith(b"%PDF-")
    assert [p.name for p in write_report(poor_report(), tmp_path, ("json",))] == ["report.json"]


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="docx"):
        write_report(poor_report(), tmp_path, ("json", "docx"))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_when_one_format_cannot_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_more: object) -> bytes:
        raise RuntimeError("typst")

    monkeypatch.setattr("rundblick.blindspots.check.pdf", broken)
    with pytest.raises(RuntimeError, match="typst"):
        write_report(poor_report(), tmp_path)
    assert list(tmp_path.iterdir()) == []
