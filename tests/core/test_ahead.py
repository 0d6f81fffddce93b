"""Producing ahead: the items in order, the producer's error in its place, and no thread left behind."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

import pytest

from rundblick.core.ahead import ahead


def nothing() -> None:
    pass


def counting(n: int, closed: threading.Event | None = None) -> Generator[int, None, None]:
    try:
        yield from range(n)
    finally:
        if closed is not None:
            closed.set()


def test_the_items_come_in_their_order_and_all_of_them() -> None:
    with ahead(counting(1000), 3, nothing) as items:
        assert list(items) == list(range(1000))


def test_it_goes_ahead_only_so_far() -> None:
    made: list[int] = []
    full = threading.Event()

    def numbers() -> Generator[int, None, None]:
        for i in range(100):
            made.append(i)
            if i == 4:
                full.set()
            yield i

    with ahead(numbers(), 3, nothing) as items:
        assert next(items) == 0
        assert full.wait(10)  # one taken, three ready, one in the producer's hand
        assert len(made) <= 5


def test_what_the_producer_raises_is_raised_after_the_items_before_it() -> None:
    def broken() -> Generator[int, None, None]:
        yield 1
        raise LookupError("the second one")

    with ahead(broken(), 3, nothing) as items:
        assert next(items) == 1
        with pytest.raises(LookupError, match="the second one"):
            next(items)


def test_who_leaves_early_ends_a_producer_that_waits() -> None:
    told, closed = threading.Event(), threading.Event()

    def waiting() -> Generator[int, None, None]:
        try:
            yield 1
            told.wait()
            yield 2
        finally:
            closed.set()

    def interrupted() -> None:
        with ahead(waiting(), 3, told.set) as items:
            next(items)
            raise KeyboardInterrupt

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert closed.is_set()
    assert threading.active_count() == before


def test_who_leaves_a_full_queue_closes_the_producer_too() -> None:
    closed = threading.Event()
    with ahead(counting(100, closed), 2, nothing) as items:
        taken: Iterator[int] = items
        assert next(taken) == 0
    assert closed.is_set()
