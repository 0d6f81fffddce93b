"""The review queue: what is asked, what an answer does, four eyes, and taking it back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import msgspec
import pytest
from django.conf import settings
from django.utils.translation import override

from rundblick.core.database import cursor
from rundblick.core.home import EXCLUSIVE
from rundblick.customers.matching import Model
from rundblick.customers.matching.model import Numbers
from rundblick.customers.merging import undo
from rundblick.customers.models import IdentityAct, ReviewAnswer, ReviewItem
from rundblick.customers.numbers_words import number_told
from rundblick.customers.weighed.reviewing import ReviewError, answer, how_many, questions, take_back
from rundblick.customers.weighed.running import look, match, preview
from rundblick.people.models import Person
from tests.customers.known import come, customer_of, partition, state, wrong
from tests.customers.test_weighed import berta, found, one
from tests.customers.town import learned, mobile, town

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


# -- what answers teach ----------------------------------------------------------------------------------------------


def taught() -> tuple[int, int]:
    """How many answers a model that is learned now makes use of: (same, different)."""
    origin = look().model.origin
    return origin.same, origin.different


def test_answers_are_learned_from_as_long_as_they_stand(twice: tuple[int, int]) -> None:
    come(*town(60, seed=3)[0])
    item = ReviewItem.objects.get(a_id=twice[0], b_id=twice[1])
    assert taught() == (0, 0)
    answer(item.pk, ReviewAnswer.LATER, None)
    assert taught() == (0, 0)
    answer(item.pk, ReviewAnswer.SAME, None)
    assert taught() == (1, 0)
    take_back(item.pk, None)
    assert taught() == (0, 0)
    answer(item.pk, ReviewAnswer.DIFFERENT, None)
    assert taught() == (0, 1)


def test_of_four_eyes_the_second_answer_teaches(twice: tuple[int, int], four_eyes: None) -> None:
    come(*town(60, seed=3)[0])
    item = ReviewItem.objects.get(a_id=twice[0], b_id=twice[1])
    first, second = (Person.objects.create() for _ in range(2))
    answer(item.pk, ReviewAnswer.SAME, first.pk)
    assert taught() == (0, 0)
    answer(item.pk, ReviewAnswer.SAME, second.pk)
    assert taught() == (1, 0)


@pytest.mark.parametrize("said", [ReviewAnswer.SAME, ReviewAnswer.DIFFERENT])
def test_an_answer_outlives_a_model_that_was_learned_from_it_or_against_it(twice: tuple[int, int], said: str) -> None:
    come(*town(60, seed=3)[0])
    answer(ReviewItem.objects.get(a_id=twice[0], b_id=twice[1]).pk, said, None)
    for model in (look().model, learned()):
        match(look(model))
        assert one(*twice) == (said == ReviewAnswer.SAME)


# -- systems that repeat their numbers -------------------------------------------------------------------------------


def repeating(*systems: str) -> Model:
    return msgspec.structs.replace(learned(), repeating=systems)


@pytest.fixture
def joined() -> tuple[int, int]:
    """One woman whom the CRM knows twice, joined since the CRM repeats numbers, and what the shop knows of her."""
    mine = mobile("+491500000001")
    a, b, _ = come(berta("crm", "1", mine), berta("crm", "2", mine), berta("shop", "S3", mine, city=""))
    come(berta("crm", "7", birth_date="1950-01-01", first_name="Carla"))
    come(berta("shop", "S8", birth_date="1950-01-01", first_name="Karla", street=""))
    match(look(repeating("crm")))
    assert one(a, b)
    return a, b


def test_who_was_joined_over_two_numbers_by_weights_alone_is_to_be_looked_at_after_everything_else(
    joined: tuple[int, int],
) -> None:
    with cursor() as cur:
        *others, last = questions(cur)
        assert how_many(cur) == 1 + len(others)
    assert (last.a, last.b, last.why, last.one) == (*joined, "joined", last.other)
    assert all(other.why != "joined" for other in others)


def test_one_is_confirmed_and_stays_one_whatever_is_weighed_later(joined: tuple[int, int]) -> None:
    item = ReviewItem.objects.get(why="joined")
    answer(item.pk, ReviewAnswer.SAME, None)
    assert IdentityAct.objects.get().kind == "confirm"
    match(look(repeating("crm")))
    assert not ReviewItem.objects.filter(why="joined", state="open").exists()
    match(look(learned()))
    assert one(*joined)


def test_two_are_split_each_with_what_resembles_him_more_and_taken_back(joined: tuple[int, int]) -> None:
    item = ReviewItem.objects.get(why="joined")
    before = partition()
    answer(item.pk, ReviewAnswer.DIFFERENT, None)
    assert not one(*joined) and IdentityAct.objects.get().kind == "split"
    take_back(item.pk, None)
    assert one(*joined) and partition() == before
    assert ReviewItem.objects.get(pk=item.pk).state == "open"


def test_whether_numbers_are_exclusive_can_be_said_and_is_kept_with_what_was_seen() -> None:
    parties, _truth = town(150, seed=11)
    come(*parties)
    measured, said = look(), look(exclusive={"crm": "no", "shop": "yes"})
    assert measured.model.repeating == ()
    assert said.model.repeating == ("crm",)
    seen = {one.system: (one.exclusive, one.setting) for one in said.model.origin.numbers}
    assert seen == {"billing": (True, "measured"), "crm": (False, "no"), "shop": (True, "yes")}
    crm = next(one for one in preview(measured).numbers if one.system == "crm")
    assert (crm.records, crm.setting) == (sum(one.system == "crm" for one in parties), "measured")


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_lost_its_veto_is_told_with_the_share_of_repeats(language: str) -> None:
    twice = Numbers("crm", 2_000, 250, exclusive=False)
    with override(language):
        assert "12.5 %" in number_told(twice) and "crm" in number_told(twice)
        told = [
            number_told(msgspec.structs.replace(twice, setting=said, exclusive=said == "yes")) for said in EXCLUSIVE
        ]
    assert len({*told, number_told(msgspec.structs.replace(twice, exclusive=True))}) == 4
