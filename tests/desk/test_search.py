"""The search page: what is found and where, filters that write operators, what was meant beside what was typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from rundblick.cases import work
from rundblick.cases.models import Attachment, AttachmentContent, AttachmentText, Case
from rundblick.cases.search.attached import keep_blobs
from rundblick.cases.search.query import OPERATORS, STATES, parse
from rundblick.cases.search.words import recount_all
from rundblick.core.database import cursor
from rundblick.desk.pages.search_operators import chips, help_lines, name, without, without_filters
from tests.desk.test_pages import client_of, known, text_of
from tests.people.house import House, a_case, a_message, an_attachment

pytestmark = pytest.mark.django_db


def said(case: Case, *texts: str, by: Any) -> None:
    for text in texts:
        work.add_note(case, text, by=by.person)
    recount_all()


def attached(case: Case, file: str, text: str) -> Attachment:
    attachment = an_attachment(a_message(case))
    AttachmentContent.objects.update_or_create(attachment=attachment, defaults={"name": file})
    AttachmentText.objects.create(blob=attachment.blob, newest=attachment.pk, state="read", text=text)
    with cursor() as cur:
        keep_blobs(cur, [attachment.blob_id])
    recount_all()
    return attachment


def marked(page: str) -> list[str]:
    return re.findall(r"<mark>(.*?)</mark>", page)


def cases_in(page: str) -> Sequence[str]:
    return re.findall(r'href="/cases/([0-9a-f-]{36})/', page)


def test_the_hit_is_marked_in_what_stands_around_it(olga: Client, house: House) -> None:
    said(house.supports, "Gestern kam der Techniker und sagte, die Heizölpumpe sei <b>defekt</b>.", by=house.olga)
    page = olga.get("/search/?q=heizoelpumpe").content.decode()
    assert marked(page) == ["Heizölpumpe"] and "&lt;b&gt;defekt" in page and "1 case" in page
    assert f"/cases/{house.supports.uuid}/?at=" in page and "Note" in page


def test_words_of_an_attachment_are_found_and_the_file_is_named(olga: Client, house: House) -> None:
    attached(house.supports, "Kostenvoranschlag.pdf", "Wir bieten Ihnen den Austausch der Umwälzpumpe an.")
    for query in ("umwaelzpumpe", '"Austausch der Umwälzpumpe"', "kostenvoranschlag"):
        page = olga.get("/search/", {"q": query}).content.decode()
        assert str(house.supports.uuid) in page and "in attachment Kostenvoranschlag.pdf" in page, query
    assert marked(olga.get("/search/?q=umwaelzpumpe").content.decode()) == ["Umwälzpumpe"]
    assert str(house.supports.uuid) not in client_of(house.sven).get("/search/?q=umwaelzpumpe").content.decode()


def test_a_typing_mistake_is_forgiven_and_said_and_may_be_taken_literally(olga: Client, house: House) -> None:
    said(house.supports, "Die Waschmaschine schleudert nicht mehr.", by=house.olga)
    page = olga.get("/search/?q=waschmashine").content.decode()
    assert "nearly the same" in page and "<b>Waschmaschine</b>" in page
    exact = re.search(r'href="([^"]*exactly=1[^"]*)"', page)
    assert exact is not None
    literally = text_of(olga.get(exact.group(1).replace("&amp;", "&")))
    assert "Nothing found" in literally and "Searched exactly as typed" in literally


def test_what_an_operator_cannot_mean_is_said_and_the_rest_is_searched(olga: Client, house: House) -> None:
    said(house.supports, "Die Heizung tropft.", by=house.olga)
    for query, words in (
        ("heizung status:kaputt", "means nothing here"),
        ("heizung seit:gestern", "is no day"),
        ("heizung farbe:rot", "is no operator"),
    ):
        assert words in text_of(olga.get("/search/", {"q": query})), query


def test_nothing_found_with_filters_offers_the_search_without_them(olga: Client, house: House) -> None:
    said(house.supports, "Die Heizung tropft.", by=house.olga)
    page = olga.get("/search/?q=heizung+state:closed").content.decode()
    assert "Search without the filters" in page and 'href="/search/?q=heizung"' in page


def test_pages_go_on_where_the_last_one_ended_and_show_no_case_twice(
    olga: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rundblick.desk.pages.search.CASES", 2)
    cases = [a_case(house.support) for _ in range(5)]
    for case in cases:
        work.add_note(case, "Die Heizung tropft.", by=house.olga.person)
    recount_all()
    address, seen = "/search/?q=heizung", list[str]()
    while address:
        page = olga.get(address).content.decode()
        seen += cases_in(page)
        found = re.search(r'href="([^"]+)" rel="next"', page)
        address = found.group(1).replace("&amp;", "&") if found else ""
    assert seen == [str(case.uuid) for case in reversed(cases)]


def test_a_customer_stands_above_the_cases(olga: Client, house: House) -> None:
    known(house.anna, first_name="Anna", last_name="Muster")
    said(house.supports, "Frau Muster bittet um Rückruf.", by=house.olga)
    page = olga.get("/search/?q=muster").content.decode()
    assert 0 < page.index(str(house.anna.uuid)) < page.index(str(house.supports.uuid))


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_filter_writes_its_operator_and_takes_it_out_again(language: str) -> None:
    today = date(2026, 3, 9)
    with translation.override(language):
        for place, chip in enumerate(chips("kessel", today)):
            assert not chip.on
            written = _query(chip.url)
            asked = parse(written)
            assert asked.remarks == () and len(asked.filters) == 1, written
            again = chips(written, today)[place]
            assert again.on and _query(again.url) == "kessel", written


def test_of_two_filters_of_one_kind_the_later_holds_and_quotes_stay() -> None:
    assert (
        without('"a state:open b" Status:Offen -zustand:neu kanal:mail x', "state") == '"a state:open b" kanal:mail x'
    )
    assert without_filters('von:anna kanal:"mail" kessel re:test') == "von:anna kessel re:test"
    with translation.override("en"):
        resolved = next(chip for chip in chips("kessel status:offen") if _query(chip.url).endswith("resolved"))
    assert _query(resolved.url) == "kessel state:resolved"


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_help_sheet_names_operators_that_exist_each_by_its_name_here(language: str) -> None:
    with translation.override(language):
        written = [line.written for line in help_lines() if ":" in line.written]
        assert {OPERATORS[one.partition(":")[0]] for one in written} == set(OPERATORS.values())
        assert STATES[name("open")] == "open"
        for one in written:
            assert not parse(one if not one.endswith(":") else f"{one}x").remarks, one


def test_the_days_of_filters_are_counted_from_today() -> None:
    with translation.override("en"):
        texts = [_query(chip.url) for chip in chips("", date(2026, 3, 9))]
    assert f"since:{date(2026, 3, 9) - timedelta(days=7)}" in texts


def _query(url: str) -> str:
    from urllib.parse import parse_qs, urlsplit

    return parse_qs(urlsplit(url).query)["q"][0] if "?q=" in url and not url.endswith("?q=") else ""
