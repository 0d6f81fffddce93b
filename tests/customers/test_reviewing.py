"""The review queue: what is asked, what an answer does, four eyes, and taking it back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from django.conf import settings

from rundblick.core.database import cursor
from rundblick.customers.merging import undo
from rundblick.customers.models import IdentityAct, ReviewAnswer, ReviewItem
from rundblick.customers.weighed.reviewing import ReviewError, answer, how_many, questions, take_back
from rundblick.people.models import Person
from tests.customers.known import come, customer_of, state, wrong
from tests.customers.test_weighed import berta, found, one
from tests.customers.town import mobile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _everything_can_be_folded_again() -> Iterator[None]:
    yield
    assert wrong() == []


@pytest.fixture
def twice() -> tuple[int, int]:
    """One woman whom the CRM knows under two numbers, and the question whether she is one."""
    a, b = come(berta("crm", "1", mobile("+491500000001")), berta("crm", "2", mobile("+491500000001")))
    found()
    return a, b


@pytest.fixture
def four_eyes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RUNDBLICK", dataclasses.replace(settings.RUNDBLICK, review_four_eyes=True))


def refused(code: str, *given: object) -> None:
    with pytest.raises(ReviewError) as fault:
        answer(*given)  # type: ignore[arg-type]
    assert fault.value.code == code


def test_two_numbers_of_one_system_are_asked_about_with_the_reason(twice: tuple[int, int]) -> None:
    with cursor() as cur:
        (asked,) = questions(cur)
        assert how_many(cur) == 1
    assert (asked.a, asked.b, asked.why) == (*twice, "numbers")
    assert {asked.one, asked.other} == {customer_of(record).pk for record in twice}


def test_the_most_valuable_question_comes_first_and_what_was_put_off_last(twice: tuple[int, int]) -> None:
    come(*(berta(system, "9", birth_date="1950-01-01", first_name="Carla") for system in ("crm", "shop")))
    come(berta("crm", "10", birth_date="1950-01-01", first_name="Carla"))
    found()
    with cursor() as cur:
        first, *others = questions(cur)
    assert others and first.value == max(one.value for one in (first, *others)) > others[-1].value
    answer(first.id, ReviewAnswer.LATER, None)
    with cursor() as cur:
        assert questions(cur)[-1].id == first.id


def test_same_merges_and_holds_after_the_next_run_and_nothing_more_is_asked(twice: tuple[int, int]) -> None:
    item = ReviewItem.objects.get()
    assert answer(item.pk, ReviewAnswer.SAME, None, "phoned her").state == "answered"
    assert one(*twice)
    found()
    assert one(*twice) and not ReviewItem.objects.filter(state="open").exists()
    refused("closed", item.pk, ReviewAnswer.SAME, None)


def test_different_keeps_them_apart_and_nobody_asks_again(twice: tuple[int, int]) -> None:
    answer(ReviewItem.objects.get().pk, ReviewAnswer.DIFFERENT, None)
    found()
    assert not one(*twice) and not ReviewItem.objects.filter(state="open").exists()
    assert IdentityAct.objects.get().kind == "apart"


@pytest.mark.parametrize("said", [ReviewAnswer.SAME, ReviewAnswer.DIFFERENT])
def test_an_answer_taken_back_leaves_everything_as_it_was_and_asks_again(twice: tuple[int, int], said: str) -> None:
    before = state()
    item = ReviewItem.objects.get()
    answer(item.pk, said, None)
    assert state() != before
    assert take_back(item.pk, None).state == "open"
    assert state() == before
    with pytest.raises(ReviewError, match="open"):
        take_back(item.pk, None)


def test_an_answer_settles_the_other_questions_about_the_same_two(twice: tuple[int, int]) -> None:
    (c,) = come(berta("shop", "S3", mobile("+491500000001")))
    found()
    answer(ReviewItem.objects.filter(state="open")[0].pk, ReviewAnswer.SAME, None)
    with cursor() as cur:
        assert questions(cur) == []
    assert one(*twice, c)


def test_with_four_eyes_two_people_have_to_say_the_same(twice: tuple[int, int], four_eyes: None) -> None:
    lena, olga = Person.objects.create().pk, Person.objects.create().pk
    item = ReviewItem.objects.get().pk
    assert answer(item, ReviewAnswer.SAME, lena).state == "open" and not one(*twice)
    refused("again", item, ReviewAnswer.SAME, lena)
    assert answer(item, ReviewAnswer.DIFFERENT, olga).state == "open" and not one(*twice)
    assert answer(item, ReviewAnswer.SAME, olga).state == "answered" and one(*twice)


def test_a_question_whose_answer_was_undone_on_the_customers_page_is_asked_again_by_the_next_run(
    twice: tuple[int, int],
) -> None:
    answer(ReviewItem.objects.get().pk, ReviewAnswer.SAME, None)
    undo(IdentityAct.objects.get().pk, None)
    found()
    assert ReviewItem.objects.filter(state="open").count() == 1
