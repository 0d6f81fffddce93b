"""A search that somebody comes back to is his, or his team's, and nobody else's."""

from __future__ import annotations

from typing import Any

import pytest

from rundblick.cases import saved_searches
from rundblick.cases.models import SavedSearch
from rundblick.cases.saved_searches import (
    LONGEST_NAME,
    LONGEST_QUERY,
    SavedSearchError,
    change_search,
    changeable_searches,
    keep_search,
    searches_of,
    teams_to_keep_for,
)
from rundblick.customers.models import Identifier, SourceRecord
from rundblick.privacy.erasure import erase
from tests.people.house import House, a_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db: None) -> House:
    return a_house()


def names(user: object) -> list[str]:
    return [one.name for one in searches_of(user)]


def test_ones_own_stands_before_the_teams_each_by_name_as_people_sort(house: House) -> None:
    keep_search(house.olga, "Zahlung", "invoice")
    keep_search(house.kurt, "Äpfel", "apple", house.support)
    keep_search(house.olga, "Übergabe", "handed")
    keep_search(house.olga, "Bezahlt", "paid", house.support)
    assert names(house.olga) == ["Übergabe", "Zahlung", "Äpfel", "Bezahlt"]
    assert names(house.kurt) == ["Äpfel", "Bezahlt"]
    assert names(house.sven) == []


def may_change(user: Any, saved: SavedSearch) -> bool:
    return SavedSearch.objects.filter(changeable_searches(user), pk=saved.pk).exists()


def test_a_teams_search_is_changed_by_whoever_works_there_and_not_by_who_only_reads(house: House) -> None:
    saved = keep_search(house.olga, "Paid", "paid", house.support)
    assert [user.name for user in house.everyone().values() if may_change(user, saved)] == [
        user.name for user in (house.olga, house.lena, house.maria, house.anton)
    ]
    assert may_change(house.kurt, saved) and not may_change(house.sven, saved)
    change_search(house.kurt, saved, "Settled", "paid state:closed", house.support)
    assert names(house.olga) == ["Settled"]


def test_a_search_may_move_from_its_keeper_to_his_team_and_back(house: House) -> None:
    saved = keep_search(house.olga, "Paid", "paid")
    change_search(house.olga, saved, "Paid", "paid", house.support)
    assert names(house.kurt) == ["Paid"]
    change_search(house.kurt, saved, "Paid", "paid")
    assert names(house.olga) == [] and names(house.kurt) == ["Paid"]


def test_searches_are_kept_for_ones_own_teams_only(house: House) -> None:
    assert teams_to_keep_for(house.olga) == [house.support] and teams_to_keep_for(house.rolf) == []
    with pytest.raises(SavedSearchError, match="not_member"):
        keep_search(house.olga, "Paid", "paid", house.billing)


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [
        (" \0 ", "x", "no_name"),
        ("x", "\0\n ", "no_query"),
        ("x" * (LONGEST_NAME + 1), "x", "too_long"),
        ("x", "x" * (LONGEST_QUERY + 1), "too_long"),
        ("PAID", "x", "taken"),
    ],
)
def test_what_cannot_be_kept_says_why(house: House, name: str, query: str, code: str) -> None:
    keep_search(house.olga, "Paid", "paid")
    with pytest.raises(SavedSearchError, match=code):
        keep_search(house.olga, name, query)
    keep_search(house.olga, "Paid", "paid", house.support)  # the same name with another owner is another search


def test_there_is_an_end_to_keeping(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_searches, "MOST", 1)
    keep_search(house.olga, "One", "one")
    with pytest.raises(SavedSearchError, match="too_many"):
        keep_search(house.olga, "Two", "two")


def test_a_search_goes_with_its_keeper_and_forgets_the_customer_it_named(house: House) -> None:
    house.olgas.refresh_from_db()
    record = SourceRecord.objects.get(pk=house.olgas.concerned_id)
    Identifier.objects.create(
        record=record, kind="email", value="anna@kunde.example", digest=b"a" * 16, strength="strong"
    )
    keep_search(house.olga, "Mine", "anna@kunde.example")
    keep_search(house.olga, "Ours", "parcel anna@kunde.example", house.support)
    erase([record.pk], by=None)
    assert list(SavedSearch.objects.order_by("pk").values_list("query", flat=True)) == ["[…]", "parcel […]"]
    erase(persons=[house.olga.person.pk], by=None)
    assert names(house.kurt) == ["Ours"] and SavedSearch.objects.count() == 1
