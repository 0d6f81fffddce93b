"""What is asked once while a page is read."""

from __future__ import annotations

from itertools import count

import pytest

from rundblick.core.once import asking_once, once


def test_within_a_page_the_same_question_is_asked_once_and_another_one_is_asked() -> None:
    answers = count()
    with asking_once():
        assert [once("a", answers.__next__), once("a", answers.__next__), once("b", answers.__next__)] == [0, 0, 1]


def test_the_next_page_asks_again() -> None:
    answers = count()
    for page in range(2):
        with asking_once():
            assert once("a", answers.__next__) == page


def test_outside_of_a_page_everything_is_asked_each_time() -> None:
    answers = count()
    assert [once("a", answers.__next__), once("a", answers.__next__)] == [0, 1]


def test_an_answer_that_fails_is_asked_again() -> None:
    def fails() -> int:
        raise LookupError

    with asking_once():
        with pytest.raises(LookupError):
            once("a", fails)
        assert once("a", lambda: 7) == 7
