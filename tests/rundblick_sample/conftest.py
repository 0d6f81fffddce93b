"""One company of 600 customers for all tests that only read."""

from __future__ import annotations

from pathlib import Path

import pytest

from rundblick_sample.generate import generate


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "nordlicht"
    generate(out, 600, seed=11)
    return out
