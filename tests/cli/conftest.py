"""Commands on the test's own database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest


@pytest.fixture
def on_the_tests_database(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands about customers find the test's database instead of starting one; nothing in it is wrong afterwards."""
    from rundblick.cli import customer, customers, starting  # Django is not set up yet where this file is read
    from tests.customers.known import wrong

    for module in (starting, customer, customers):
        monkeypatch.setattr(module, "database", nullcontext)
    yield
    assert wrong() == []
