"""Several sets of rows as one statement: every kind of value arrives, in the tables it was given for."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from rundblick.core.database import along, cursor, gathering, insert_rows, settle
from rundblick.core.foreseeing import Question
from rundblick.core.gathering import Gathered, rows_of
from rundblick.core.registry import Cursor

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
TABLES = (
    "CREATE TEMPORARY TABLE one (id bigint, said text, raw bytea, at timestamptz, code uuid, facts jsonb, sure bool)",
    "CREATE TEMPORARY TABLE two (id bigint, one bigint, words tsvector, n int DEFAULT 7)",
)


def test_two_sets_and_a_change_are_one_statement_and_every_value_arrives() -> None:
    code = UUID(int=7)
    with transaction.atomic(), cursor() as cur:
        for table in TABLES:
            cur.execute(f"{table} ON COMMIT DROP")
        cur.execute("INSERT INTO two (id, one) VALUES (99, 0)")
        with gathering(cur):
            row = (1, "a'b\\c \u00e4\U0001f600", b"\x00\xff\\", NOW, code, json.dumps({"a": [1, "x"]}), True)
            insert_rows(cur, "one", ("id", "said", "raw", "at", "code", "facts", "sure"), [row])
            insert_rows(cur, "one", ("id", "said"), [(2, None)])
            computed = (("words", "to_tsvector('simple', x.words)"),)
            insert_rows(cur, "two", ("id", "one", "words"), [(5, 1, "Guten Tag")], computed=computed)
            along(cur, "DELETE FROM two WHERE id = %s", (99,))
            cur.execute(Question("SELECT count(*) FROM one"))
            assert cur.fetchall() == [(0,)]  # a question does not wait
            cur.execute("SELECT count(*) FROM one")
            assert cur.fetchall() == [(2,)]  # whatever else does
        cur.execute("SELECT * FROM one ORDER BY id")
        first, second = cur.fetchall()
        assert (*first[:5], json.loads(first[5]) if isinstance(first[5], str) else first[5], first[6]) == (
            *row[:5],
            {"a": [1, "x"]},
            True,
        )
        assert second == (2, None, None, None, None, None, None)
        cur.execute("SELECT id, one, words::text, n FROM two")
        assert cur.fetchall() == [(5, 1, "'guten':1 'tag':2", 7)]


def test_a_later_change_may_use_what_a_named_one_returns() -> None:
    with transaction.atomic(), cursor() as cur:
        for table in TABLES:
            cur.execute(f"{table} ON COMMIT DROP")
        with gathering(cur):
            insert_rows(cur, "one", ("id", "said"), [(1, "x")])
            settle(cur)
            along(cur, "UPDATE one SET said = %s RETURNING id", ("y",), "changed")
            along(cur, "INSERT INTO two (id, one) SELECT 1, id FROM changed")
        cur.execute("SELECT one.said, two.one FROM one, two")
        assert cur.fetchall() == [("y", 1)]


def test_what_fails_leaves_nothing_waiting() -> None:
    def fail(cur: Cursor) -> None:
        with gathering(cur):
            insert_rows(cur, "people_team", ("id",), [(1,)])
            raise LookupError

    with cursor() as cur:
        with pytest.raises(LookupError):
            fail(cur)
        with gathering(cur):
            settle(cur)  # nothing is left of the first


@given(st.lists(st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",))), max_size=5))
def test_every_text_comes_back_as_it_was(texts: list[str]) -> None:
    gathered = Gathered()
    gathered.add(rows_of("t", ("id", "said")), [(i, text) for i, text in enumerate(texts)])
    statement, (told,) = gathered.statement({"t": {"id": "bigint", "said": "text"}})
    assert statement.count(b"$") == statement.count(b"$1") == 1
    with cursor() as cur:
        cur.execute("SELECT said FROM json_to_recordset(%s) AS x(id bigint, said text) ORDER BY id", (told,))
        assert [said for (said,) in cur.fetchall()] == texts


def test_the_same_shape_has_the_same_text() -> None:
    def text(n: int) -> bytes:
        gathered = Gathered()
        gathered.add(rows_of("t", ("id",)), [(i,) for i in range(n)])
        gathered.change("SELECT pg_notify('x', '')", ())
        return gathered.statement({"t": {"id": "bigint"}})[0]

    assert text(1) == text(3)


def test_a_shape_that_comes_seldom_takes_a_wider_one_and_gets_its_own_when_it_comes_often() -> None:
    types = {"a_b_c": {"id": "bigint"}, "b_c_d": {"id": "bigint"}}

    def written(*tables: str, change: str = "SELECT 1") -> tuple[bytes, list[object]]:
        gathered = Gathered()
        for table in tables:
            gathered.add(rows_of(table, ("id",)), [(1,)])
        gathered.change(change, ())
        return gathered.statement(types)

    wide, told = written("a_b_c", "b_c_d")
    assert told == ['[{"id":1}]', '[{"id":1}]']
    assert written("b_c_d") == (wide, ["[]", '[{"id":1}]'])
    assert written("b_c_d", "a_b_c") == (wide, told)  # in whatever order they come
    assert written("b_c_d", change="SELECT 2")[0] != wide  # what else is done is never left out
    assert {written("b_c_d")[0] for _ in range(20)} - {wide} == {written("b_c_d")[0]}
    assert b"a_b_c" not in written("b_c_d")[0]
