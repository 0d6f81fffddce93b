"""The feed misses nothing and gives nothing twice, however transactions end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from rundblick.core.database import cursor
from rundblick.core.feed import Position, behind, end, read
from rundblick.core.server.counter import catch_up
from tests.core.settling import settle

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 3, 2, tzinfo=UTC)


def write(cur: psycopg.Cursor, kind: str = "case.told", case: int = 1) -> int:
    row = cur.execute(
        "INSERT INTO core_event (kind, occurred_at, seq, actor_type, data) VALUES (%s, %s, 0, 'machine', '{\"a\": 1}') "
        "RETURNING id",
        (kind, AT),
    ).fetchone()
    assert row is not None
    cur.execute("INSERT INTO core_eventobject (type, object_id, event_id) VALUES ('case', %s, %s)", (case, row[0]))
    number: int = row[0]
    return number


def connect() -> psycopg.Connection:
    told = connection.settings_dict
    return psycopg.connect(
        dbname=told["NAME"],
        host=told["HOST"],
        port=told["PORT"] or None,
        user=told["USER"],
        password=told["PASSWORD"],
    )


@pytest.fixture
def writers() -> Iterator[list[psycopg.Connection]]:
    opened = [connect() for _ in range(3)]
    yield opened
    for one in opened:
        one.close()


def read_settled(after: Position, limit: int = 500, kinds: list[str] | None = None) -> tuple[list[int], Position]:
    settle()
    return read_ids(after, limit, kinds)


def read_ids(after: Position, limit: int = 500, kinds: list[str] | None = None) -> tuple[list[int], Position]:
    with cursor() as cur:
        events, position = read(cur, after, limit, kinds)
    return [event.id for event in events], position


def test_two_writers_that_commit_the_wrong_way_round_lose_nothing(writers: list[psycopg.Connection]) -> None:
    slow, fast, _ = writers
    start = read_ids(Position())[1]
    early = write(slow.cursor())  # the lower id
    late = write(fast.cursor())
    fast.commit()
    got, position = read_ids(start)
    assert got == []  # held back: the slow one may still add what comes before it
    slow.commit()
    got, position = read_settled(position)
    assert got == [early, late]
    assert read_ids(position)[0] == []


def test_the_lower_id_in_the_later_transaction_comes_later_and_is_not_missed(
    writers: list[psycopg.Connection],
) -> None:
    first, second, _ = writers
    start = read_ids(Position())[1]
    second.execute("SELECT nextval('core_event_id_seq')")
    reserved = second.execute("SELECT currval('core_event_id_seq')").fetchone()
    a = write(first.cursor())
    first.commit()
    got, position = read_ids(start)
    assert got == [a] or got == []
    second.execute(
        "INSERT INTO core_event (id, kind, occurred_at, seq, actor_type) VALUES (%s, 'x', %s, 0, 'machine')",
        (reserved[0], AT),
    )
    second.commit()
    more, position = read_settled(position)
    assert sorted(got + more) == [reserved[0], a]
    assert read_ids(position)[0] == []


def test_what_was_rolled_back_is_never_given(writers: list[psycopg.Connection]) -> None:
    one, two, _ = writers
    start = read_ids(Position())[1]
    write(one.cursor())
    kept = write(two.cursor())
    one.rollback()
    two.commit()
    assert read_settled(start)[0] == [kept]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["write", "commit", "rollback", "read"])), max_size=40))
def test_any_interleaving_of_three_writers_and_a_reader_gives_each_event_once(
    steps: list[tuple[int, str]],
) -> None:
    opened = [connect() for _ in range(3)]
    try:
        position = read_ids(Position())[1]
        open_ids: list[list[int]] = [[], [], []]
        committed: list[int] = []
        given_out: list[int] = []
        for who, deed in [*steps, (0, "commit"), (1, "commit"), (2, "commit")]:
            if deed == "write":
                open_ids[who].append(write(opened[who].cursor()))
            elif deed == "read":
                got, position = read_ids(position, limit=2)
                given_out += got
            else:
                if deed == "commit":
                    opened[who].commit()
                    committed += open_ids[who]
                else:
                    opened[who].rollback()
                open_ids[who] = []
        settle()
        for _ in range(len(committed) + 1):
            got, position = read_ids(position, limit=2)
            given_out += got
        assert sorted(given_out) == sorted(committed)
        assert len(set(given_out)) == len(given_out)
    finally:
        for one in opened:
            one.close()


def test_pages_of_any_size_give_the_same_and_kinds_are_chosen(writers: list[psycopg.Connection]) -> None:
    one = writers[0]
    start = read_ids(Position())[1]
    ids = [write(one.cursor(), kind) for kind in ("a", "b", "a", "c", "a")]
    one.commit()
    settle()
    position, got = start, []
    for _ in range(5):
        page, position = read_ids(position, limit=1)
        got += page
    assert got == ids
    assert read_ids(start, kinds=["a"])[0] == [ids[0], ids[2], ids[4]]
    rare, position = read_ids(start, kinds=["nothing"])
    assert rare == [] and position > start
    assert read_ids(position)[0] == []


def test_an_event_comes_with_the_things_it_belongs_to(writers: list[psycopg.Connection]) -> None:
    one = writers[0]
    settle()
    with cursor() as cur:
        start = end(cur)
    number = write(one.cursor(), case=7)
    one.execute(
        "INSERT INTO core_eventobject (type, object_id, event_id) VALUES ('record', 3, %s), ('case', 5, %s)",
        (number, number),
    )
    one.commit()
    settle()
    with cursor() as cur:
        events, _ = read(cur, start)
    assert events[0].objects == (("case", 5), ("case", 7), ("record", 3))
    assert events[0].ids("case") == [5, 7]
    assert events[0].data == {"a": 1}


def test_how_far_a_reader_is_behind_counts_what_is_held_back(writers: list[psycopg.Connection]) -> None:
    holder, one, _ = writers
    settle()
    with cursor() as cur:
        start = end(cur)
        assert behind(cur, start) == 0.0
    holder.execute("SELECT pg_current_xact_id()")
    write(one.cursor())
    one.commit()
    assert read_ids(start)[0] == []
    with cursor() as cur:
        assert behind(cur, start) > 0.0


def test_two_hundred_transactions_of_four_threads_reach_a_running_reader_once() -> None:
    start = read_ids(Position())[1]
    written: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        with connect() as own:
            for _ in range(50):
                ids = [write(own.cursor()) for _ in range(2)]
                own.commit()
                with lock:
                    written.extend(ids)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    got: list[int] = []
    position = start
    while any(thread.is_alive() for thread in threads):
        page, position = read_ids(position, limit=7)
        got += page
    got += read_settled(position)[0]
    assert sorted(got) == sorted(written) and len(got) == 400


def test_a_position_is_text_and_back() -> None:
    assert Position.parse(str(Position(12, 34))) == Position(12, 34)
    for wrong in ("", "1", "a.b", "-1.2", "1.-2"):
        with pytest.raises(ValueError, match=r"position|int|unpack"):
            Position.parse(wrong)


def test_a_server_that_counts_from_the_start_again_catches_up_with_every_table(
    writers: list[psycopg.Connection],
) -> None:
    one = writers[0]
    one.autocommit = True
    row = one.execute(
        "INSERT INTO privacy_auditentry (tx, actor_type, action, object_type) "
        "SELECT (pg_current_xact_id()::text::bigint + 500)::text::xid8, '', 'restored', '' RETURNING tx::text::bigint"
    ).fetchone()
    assert row is not None
    with cursor() as cur:
        start = end(cur)
    catch_up(one)
    number = write(one.cursor())
    settle()
    with cursor() as cur:
        events, _ = read(cur, start)
    assert [event.id for event in events] == [number]
    assert events[0].position.tx > row[0]
