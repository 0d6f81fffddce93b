"""Rows written beside the walk: all of them, in their order, and nobody takes for written what was refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from rundblick.core.aside import Aside, AsideError
from rundblick.core.database import SetAside, cursor, insert_rows, leaving
from rundblick.core.models import System

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def aside() -> Iterator[Aside]:
    made = Aside()
    yield made
    made.close()
    assert "aside" not in {thread.name for thread in threading.enumerate()}


def systems(*codes: str) -> list[SetAside]:
    return [("core_system", ("code", "name"), [(code, "") for code in codes], "")]


def test_what_was_given_is_there_after_waiting_in_its_order(aside: Aside) -> None:
    codes = [f"s{i:02d}" for i in range(60)]
    for start in range(0, 60, 6):
        aside.give(systems(*codes[start : start + 6]))
    aside.wait()
    assert list(System.objects.filter(code__in=codes).order_by("pk").values_list("code", flat=True)) == codes


def test_whoever_gives_or_waits_after_a_refusal_hears_of_it(aside: Aside) -> None:
    aside.give(systems("twice", "twice"))
    with pytest.raises(AsideError, match="twice"):
        aside.wait()
    with pytest.raises(AsideError, match="twice"):
        aside.give(systems("later"))
    assert not System.objects.filter(code__in=["twice", "later"]).exists()


def test_it_can_be_closed_unused_twice_and_used_again(aside: Aside) -> None:
    aside.close()
    aside.give(systems("again"))
    aside.wait()
    aside.close()
    aside.close()
    assert System.objects.filter(code="again").exists()


def test_only_the_named_tables_are_left_to_somebody_else() -> None:
    with cursor() as cur:
        with leaving(cur, {"core_system"}) as left:
            insert_rows(cur, "core_system", ("code", "name"), [("mine", "")])
            insert_rows(cur, "core_source", ("code", "kind", "name"), [("file:1", "file", "")])
        insert_rows(cur, "core_system", ("code", "name"), [("after", "")])
    assert left == [("core_system", ("code", "name"), [("mine", "")], "")]
    assert list(System.objects.filter(code__in=["mine", "after"]).values_list("code", flat=True)) == ["after"]
