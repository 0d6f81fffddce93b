"""Each benchmark begins: what it needs of the program and of the others is still there."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
# those that `make bench NAME=...` starts; the sides of one, with its peer's packages, are named after it: ingest_peer
STARTED = sorted(
    path.stem
    for path in (TOP / "bench").glob("*.py")
    if "_" not in path.stem and "ArgumentParser" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", STARTED)
def test_a_benchmark_begins_and_says_how_it_is_used(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(TOP))
    monkeypatch.setattr(sys, "argv", [f"bench.{name}", "--help"])
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"bench.{name}").main()
    assert ended.value.code == 0 and "usage" in capsys.readouterr().out
