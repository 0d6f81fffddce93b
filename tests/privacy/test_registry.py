"""No column may hold a word that nobody answers for."""

from __future__ import annotations

import pytest

from rundblick.core.database import cursor
from rundblick.privacy import registry
from rundblick.privacy.registry import Content, RegistryError, register

pytestmark = pytest.mark.django_db


def test_every_column_that_can_hold_a_word_is_registered() -> None:
    with cursor() as cur:
        assert registry.unregistered(cur) == []


def test_every_registered_column_exists() -> None:
    with cursor() as cur:
        assert registry.vanished(cur) == []


def test_a_new_column_or_table_of_any_package_is_found() -> None:
    with cursor() as cur:
        cur.execute("CREATE TABLE noted (id bigint, at timestamptz, born date, words text[])")
        cur.execute("ALTER TABLE cases_case ADD COLUMN nickname varchar(20)")
        assert registry.unregistered(cur) == ["cases_case.nickname", "noted.born", "noted.words"]


def test_a_column_cannot_be_two_things() -> None:
    with pytest.raises(RegistryError, match=r"core_event\.kind is registered twice"):
        register("core_event", installation="kind")
    with pytest.raises(RegistryError, match="content of cases_entrycontent"):
        register("cases_entrycontent", content=Content({"more": "''"}, "false"))
