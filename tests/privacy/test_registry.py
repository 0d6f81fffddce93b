"""No column may hold a word that nobody answers for."""

from __future__ import annotations

import pytest

from rundblick.core.database import cursor
from rundblick.privacy import registry
from rundblick.privacy.registry import Content, RegistryError

pytestmark = pytest.mark.django_db


def test_every_column_that_can_hold_a_word_is_registered() -> None:
    with cursor() as cur:
        assert registry.unregistered(cur) == []


def test_every_registered_column_exists() -> None:
    with cursor() as cur:
        assert registry.vanished(cur) == []
