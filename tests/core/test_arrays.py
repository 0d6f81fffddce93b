"""Lists of numbers and of bytes arrive as they are, and a statement stays one statement whatever stands in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.core.database import cursor

pytestmark = pytest.mark.django_db

INT8 = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(INT8, max_size=5), st.lists(st.binary(max_size=40), max_size=5))
def test_numbers_and_bytes_come_back_as_they_were(numbers: list[int], contents: list[bytes]) -> None:
    with cursor() as cur:
        cur.execute("SELECT %s::bigint[], %b::bytea[], %s::bytea[]", (numbers, contents, contents))
        assert cur.fetchone() == (numbers, contents, contents)


@given(st.lists(INT8 | st.none(), max_size=4), st.lists(st.text('ab,"\\\\{} ', max_size=4) | st.none(), max_size=4))
def test_lists_with_gaps_and_lists_of_texts_too(numbers: list[int | None], texts: list[str | None]) -> None:
    with cursor() as cur:
        cur.execute("SELECT %s::bigint[], %s::text[]", (numbers, texts))
        assert cur.fetchone() == (numbers, texts)


def test_small_and_large_numbers_share_one_prepared_statement() -> None:
    statement = "SELECT id FROM core_source WHERE id = ANY(%s) AND 'shared by all' <> ''"
    with cursor() as cur:
        for numbers in ([1], [40_000], [2**40]):
            cur.execute(statement, (numbers,), prepare=True)
        cur.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%shared by all%'")
        assert cur.fetchone() == (1,)


def test_a_list_of_truth_values_is_no_list_of_numbers() -> None:
    with cursor() as cur:
        cur.execute("SELECT %s::bool[]", ([True, False],))
        assert cur.fetchone() == ([True, False],)
