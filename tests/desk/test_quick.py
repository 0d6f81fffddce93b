"""Answers while somebody types, and searches that are kept."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from rundblick.cases import work
from rundblick.cases.models import SavedSearch
from rundblick.cases.saved_searches import keep_search
from tests.desk.test_pages import client_of, known, spoken, text_of
from tests.people.house import House

pytestmark = pytest.mark.django_db


def offered(client: Client, query: str = "") -> list[tuple[str, str]]:
    """(address, words) of each suggestion."""
    page = client.get("/search/quick/", {"q": query}).content.decode()
    lines = re.findall(r'<a class="rb-quick-line[^"]*" role="option"[^>]* href="([^"]+)">(.*?)</a>', page, re.DOTALL)
    return [(address, " ".join(re.sub(r"<[^>]+>", " ", words).split())) for address, words in lines]


def test_a_name_offers_the_customer_and_words_offer_the_case(olga: Client, house: House) -> None:
    known(house.anna, first_name="Anna", last_name="Muster")
    work.add_note(house.supports, "Das Heizöl wurde vertauscht", by=house.olga.person)
    assert (f"/customers/{house.anna.uuid}/", f"Anna Muster {spoken(house.anna.number)}") in offered(olga, "anna mus")
    assert f"/cases/{house.supports.uuid}/" in dict(offered(olga, "heizö"))
    assert offered(olga, "heizö")[-1] == ("/search/?q=heiz%C3%B6", "Search everything for “heizö”")


def test_nobody_is_offered_what_he_may_not_see(house: House) -> None:
    work.add_note(house.supports, "Das Heizöl wurde vertauscht", by=house.olga.person)
    sven = client_of(house.sven)
    for query in ("heizöl", house.supports.number):
        assert [address for address, _ in offered(sven, query) if "/cases/" in address] == []


def test_a_number_in_any_notation_is_offered_first(olga: Client, house: House) -> None:
    number = house.supports.number
    for written in (number, f"#{number}", f"{number[:3]} {number[3:6]} {number[6:]}"):
        assert offered(olga, written)[0][0] == f"/cases/{house.supports.uuid}/"


def test_saved_searches_are_offered_by_any_words_of_their_name(olga: Client, house: House) -> None:
    keep_search(house.olga, "Übergaben Kiel", "handed kiel")
    keep_search(house.kurt, "Rechnungen", "invoice", house.support)
    assert offered(olga, "kiel uber")[0] == ("/search/?q=handed+kiel", "Übergaben Kiel handed kiel")
    every = ["Übergaben Kiel handed kiel", f"Rechnungen invoice {house.support.name}"]
    assert [words for _, words in offered(olga)] == every


def test_before_typing_the_cases_that_were_open_last_are_offered(olga: Client, house: House) -> None:
    for case in (house.olgas, house.supports):
        olga.get(f"/cases/{case.uuid}/")
    assert [address for address, _ in offered(olga)] == [
        f"/cases/{case.uuid}/" for case in (house.supports, house.olgas)
    ]


def test_how_many_suggestions_there_are_is_said_for_who_hears_the_page(olga: Client, house: House) -> None:
    keep_search(house.olga, "Kiel", "kiel")
    assert 'data-rb-said="1 suggestion"' in olga.get("/search/quick/?q=kiel").content.decode()
    assert 'data-rb-said="No suggestion"' in olga.get("/search/quick/?q=zzzz").content.decode()


@pytest.mark.parametrize("query", ["", " ", "'", "\\", "a & | !", "x" * 10_000, "\x00", "<b>", "\u202e"])
def test_nothing_typed_breaks_the_suggestions(olga: Client, query: str) -> None:
    answer = olga.get("/search/quick/", {"q": query})
    assert answer.status_code == 200 and "<b>" not in answer.content.decode()


# --- keeping --------------------------------------------------------------------------------------------------------


def test_a_search_is_kept_shown_changed_and_deleted_and_its_words_are_not_lost(olga: Client, house: House) -> None:
    page = olga.get("/search/saved/", {"q": "invoice kiel"}).content.decode()
    assert 'value="invoice kiel"' in page and house.support.name in page
    answer = olga.post("/search/saved/", {"name": "Kiel", "q": "invoice kiel", "team": str(house.support.uuid)})
    assert answer["Location"] == "/search/?q=invoice+kiel"
    saved = SavedSearch.objects.get()
    kurt = client_of(house.kurt)
    assert "Kiel" in text_of(kurt.get("/search/"))
    kurt.post(f"/search/saved/{saved.uuid}/", {"name": "Kiel, unpaid", "q": "kiel", "team": str(house.support.uuid)})
    assert "Kiel, unpaid" in text_of(olga.get("/search/"))
    gone = olga.post(f"/search/saved/{saved.uuid}/delete/")
    assert gone["Location"] == "/search/?q=kiel" and not SavedSearch.objects.exists()


def test_what_cannot_be_kept_comes_back_with_what_was_typed(olga: Client, house: House) -> None:
    answer = olga.post("/search/saved/", {"name": "", "q": "invoice <b>"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Give it a name." in page and "invoice &lt;b&gt;" in page
    foreign = olga.post("/search/saved/", {"name": "x", "q": "x", "team": str(house.billing.uuid)})
    assert foreign.status_code == 422 and "teams that you belong to" in text_of(foreign)


def test_who_only_reads_may_open_a_teams_search_and_not_change_it(house: House) -> None:
    saved = keep_search(house.olga, "Paid", "paid", house.support)
    rolf = client_of(house.rolf)
    assert rolf.get(f"/search/saved/{saved.uuid}/").status_code == 404
    assert client_of(house.sven).get(f"/search/saved/{saved.uuid}/").status_code == 404


def test_a_search_too_long_to_lead_back_to_leads_to_the_sign_in_all_the_same(house: House) -> None:
    answer = Client().get("/search/", {"q": "ä" * 10_000})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/search/")
