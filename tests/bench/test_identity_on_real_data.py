"""The identity benchmark, ours alone, on the real sets: what the project promises of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]

pytestmark = [pytest.mark.realdata, pytest.mark.timeout(300)]


def test_the_real_sets_are_resolved_as_promised(real_data: Path) -> None:
    """FEBRL 3 and 4 to one pair in a thousand, persons of history to .85, by one and the same code and thresholds."""
    command = [sys.executable, "-m", "bench.identity", "--ours-only", "--stream", "0", "--sets"]
    done = subprocess.run(
        [*command, "febrl3", "febrl4", "historical_50k"],
        cwd=TOP,
        env={**os.environ, "RUNDBLICK_TEST_DATA": str(real_data)},
        capture_output=True,
        text=True,
        check=True,
    )
    f1 = json.loads(done.stdout)["ours"]["cluster_f1"]
    assert f1["febrl3"] >= 0.999
    assert f1["febrl4"] >= 0.999
    assert f1["historical_50k"] >= 0.85
