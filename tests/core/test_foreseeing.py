"""Questions that are asked together have the answers that they have alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from rundblick.core.database import cursor, foresee, gathering, insert_rows
from rundblick.core.foreseeing import Question, together
from rundblick.core.registry import Cursor

pytestmark = pytest.mark.django_db

NAMES = Question("SELECT code, id, name FROM core_system WHERE code = ANY(%s)", "text bigint text")
SOURCES = Question("SELECT s.code, s.id FROM core_source s WHERE s.id > %s AND s.code = ANY(%s)", "text bigint")


@pytest.fixture
def rows() -> None:
    with cursor() as cur:
        cur.execute("INSERT INTO core_system (code, name) VALUES ('a', 'A'), ('b', 'B'), ('c', 'C')")
        cur.execute("INSERT INTO core_source (code, kind, name) VALUES ('a', 'mail', ''), ('z', 'mail', '')")


def asked(cur: Cursor, question: Question, values: list[Any]) -> list[str]:
    cur.execute(question, values)
    return sorted(row[0] for row in cur.fetchall())


@pytest.mark.usefixtures("rows")
def test_each_gets_its_own_answer_and_some_of_the_keys_are_enough() -> None:
    with transaction.atomic(), cursor() as cur:
        foresee(cur, {NAMES: [["a", "b", "x"]], SOURCES: [0, ["a", "z"]]})
        cur.execute("UPDATE core_system SET name = 'later'")
        cur.execute(NAMES, [["b", "x"]])
        assert [(code, name) for code, _, name in cur.fetchall()] == [("b", "B")]  # from before
        cur.execute(NAMES, [["b", "x"]])
        assert [name for *_, name in cur.fetchall()] == ["later"]  # whoever asks again is told anew
        assert asked(cur, SOURCES, [0, ["a", "z"]]) == ["a", "z"]


@pytest.mark.usefixtures("rows")
def test_a_key_that_was_not_asked_about_is_asked_about() -> None:
    with transaction.atomic(), cursor() as cur:
        foresee(cur, {NAMES: [["a"]], SOURCES: [0, ["a"]]})
        assert asked(cur, NAMES, [["a", "c"]]) == ["a", "c"]


@pytest.mark.usefixtures("rows")
def test_what_is_gathered_waits_for_no_question() -> None:
    with transaction.atomic(), cursor() as cur, gathering(cur):
        insert_rows(cur, "core_system", ("code", "name"), [("d", "D")])
        foresee(cur, {NAMES: [["a", "d"]], SOURCES: [0, ["a"]]})
        assert asked(cur, NAMES, [["a", "d"]]) == ["a"]


def test_columns_of_one_type_share_a_place() -> None:
    text, places = together((NAMES, SOURCES))
    assert places == ((1, 2, 3), (1, 2))
    assert text.count("UNION ALL") == 1


@pytest.mark.usefixtures("rows")
def test_one_question_alone_is_not_asked_ahead() -> None:
    with transaction.atomic(), cursor() as cur:
        with CaptureQueriesContext(connection) as seen:
            foresee(cur, {NAMES: [["a"]], SOURCES: [0, []]})
        assert not seen.captured_queries
        assert getattr(cur, "foreseen", None) is None
