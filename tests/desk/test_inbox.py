"""The inbox: its views and what they count, filters kept under a name, what is unread, and deeds on many cases."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import rundblick.desk
from rundblick.cases import filters, watching, work
from rundblick.cases.filters import Wanted
from rundblick.cases.models import BulkDeed, Case, Clock, Draft, SavedFilter
from rundblick.core.ids import uuid7
from rundblick.desk.pages.lists import most_urgent_cases, read_page_key
from rundblick.desk.pages.views import in_words

if TYPE_CHECKING:
    from tests.people.house import House

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> \u202e' OR 1=1 %s \ud800"
TEMPLATES = Path(rundblick.desk.__file__).parent / "templates"


def new_case(house: House, **said: Any) -> Case:
    from tests.people.house import a_case

    return a_case(house.support, **said)


def due(case: Case, at: datetime, kind: str = "reaction") -> None:
    told = {"book": 0, "level": 0, "target_s": 1.0, "ran_s": 0.0, "started_at": NOW}
    Clock.objects.create(case=case, kind=kind, state="running", due_at=at, **told)


def found(house: House, query: str) -> set[int]:
    wanted = filters.read(dict(pair.split("=", 1) for pair in query.split("&")))
    return set(filters.cases_of(house.olga, wanted, NOW).values_list("pk", flat=True))


# -- views and filters ------------------------------------------------------------------------------------------------


def test_each_filter_shows_the_cases_that_fit_it_and_no_others(house: House) -> None:
    one = new_case(house, topic="Invoice", tier="gold", language="de", channel="phone")
    other = new_case(house, state="pending", topic="Delivery")
    due(one, NOW - timedelta(minutes=5))
    due(other, NOW + timedelta(days=3))
    Draft.objects.create(case=other, text="Dear")
    for query in ("topic=Invoice", "tier=gold", "language=de", "channel=phone", "overdue=1", "view=due"):
        assert found(house, query) == {one.pk}, query
    for query in ("topic=Delivery", "state=pending", "view=waiting", "draft=1"):
        assert found(house, query) == {other.pk}, query
    assert found(house, "owner=nobody") == {one.pk, other.pk, house.supports.pk}
    assert found(house, f"owner={house.olga.person.uuid}") == {house.olgas.pk}
    assert found(house, f"team={house.support.uuid}") == {one.pk, other.pk, house.supports.pk, house.olgas.pk}
    assert found(house, f"view=all&team={uuid7()}") == set()


def test_a_filter_opens_no_case_of_another_team(house: House) -> None:
    assert found(house, f"view=all&team={house.repairs.uuid}&state=any") == set()
    watching.watch(house.olga.person, [house.billings.pk])
    assert found(house, "view=watched") == set()


def test_who_may_not_see_the_tier_finds_nothing_out_by_asking_for_it(house: House) -> None:
    wanted = Wanted(tier="gold", state="any")
    Case.objects.filter(pk=house.repair.pk).update(tier="silver")
    assert filters.cases_of(house.paul, wanted).filter(pk=house.repair.pk).exists()


@given(st.dictionaries(st.sampled_from(filters.NAMES), st.text(max_size=300)))
@settings(max_examples=60)
def test_any_address_is_a_filter_and_its_written_form_reads_the_same(given_: dict[str, str]) -> None:
    from urllib.parse import parse_qsl

    wanted = filters.read(given_)
    assert filters.read(dict(parse_qsl(filters.written(wanted)))) == wanted


def test_nothing_is_counted_beyond_what_is_shown(house: House) -> None:
    for _ in range(4):
        new_case(house)
    lists = {"team": filters.cases_of(house.olga, Wanted()), "none": Case.objects.filter(pk__in=[])}
    assert filters.how_many(lists, most=3) == {"team": 3, "none": 0}
    assert [in_words(n) for n in (0, 7, 99, 100)] == ["", "7", "99", "99+"]


def test_the_inbox_asks_as_often_for_many_cases_as_for_one(
    olga: Client, house: House, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    olga.get("/inbox/")
    with CaptureQueriesContext(connection) as few:
        olga.get("/inbox/")
    for _ in range(30):
        new_case(house)
    with CaptureQueriesContext(connection) as many:
        olga.get("/inbox/")
    assert len(many) <= len(few) + 1


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(0, 3), max_size=2), min_size=1, max_size=9))
def test_most_urgent_first_is_the_same_in_pages_of_two_as_sorted_by_hand(house: House, hours: list[list[int]]) -> None:
    Case.objects.filter(topic="Sorted").update(topic="")
    cases = [new_case(house, topic="Sorted") for _ in hours]
    for case, each in zip(cases, hours, strict=True):
        for kind, hour in zip(("reaction", "resolution"), each, strict=False):
            due(case, NOW + timedelta(hours=hour), kind)
    by_hand = sorted((min(each) if each else 99, case.pk) for case, each in zip(cases, hours, strict=True))
    seen: list[int] = []
    before = None
    while True:
        rows, key = most_urgent_cases(Case.objects.filter(topic="Sorted"), before, limit=2)
        seen += [row["id"] for row in rows]
        if not key:
            break
        before = read_page_key(key)
    assert seen == [pk for _hour, pk in by_hand]


# -- unread -----------------------------------------------------------------------------------------------------------


def unread(client: Client, case: Case) -> bool:
    page = client.get("/inbox/?view=all").content.decode()
    row = re.search(rf'<tr role="row" class="([^"]*)" data-rb-case="{case.uuid}"', page)
    assert row is not None
    return "rb-unread" in row[1]


def test_a_watched_case_is_unread_when_it_changed_until_it_is_opened(olga: Client, house: House) -> None:
    case = house.supports
    assert not unread(olga, case)
    assert olga.post(f"/cases/{case.uuid}/watch/").status_code == 302
    assert not unread(olga, case)
    work.add_note(case, "News", by=house.kurt.person)
    Case.objects.filter(pk=case.pk).update(last_at=datetime.now(UTC))
    assert unread(olga, case)
    assert watching.unread_watched(house.olga.person.pk, 100) == 1
    olga.get(f"/cases/{case.uuid}/", headers={"X-Rundblick-Hidden": "1"})
    assert unread(olga, case)  # nobody looked at it
    olga.get(f"/cases/{case.uuid}/")
    assert not unread(olga, case)
    assert watching.unread_watched(house.olga.person.pk, 100) == 0
    olga.post(f"/cases/{case.uuid}/watch/")
    assert watching.watched_cases(house.olga.person.pk) == []


def test_who_watches_a_joined_case_watches_what_it_went_into(house: House) -> None:
    from rundblick.cases.regrouping import join

    one = new_case(house)
    watching.watch(house.olga.person, [one.pk])
    join(one, house.supports, by=house.lena.person)
    assert watching.watched_cases(house.olga.person.pk) == [house.supports.pk]


# -- saved filters ----------------------------------------------------------------------------------------------------


def test_a_filter_is_kept_shown_changed_and_deleted(olga: Client, house: House) -> None:
    kept = olga.post("/inbox/filters/new/", {"name": " Invoices ", "query": "view=team&topic=Invoice&bad=1"})
    assert kept["Location"] == "/inbox/?view=team&topic=Invoice"
    page = olga.get(kept["Location"]).content.decode()
    assert "<h1" in page and ">Invoices</h1>" in page
    row = SavedFilter.objects.get()
    told = {"name": "Bills", "query": row.query, "team": str(house.support.uuid)}
    assert olga.post(f"/inbox/filters/{row.uuid}/", told).status_code == 302
    kurt = Client()
    kurt.force_login(house.kurt)
    assert "Bills" in kurt.get("/inbox/").content.decode()
    assert olga.post(f"/inbox/filters/{row.uuid}/delete/").status_code == 302
    assert not SavedFilter.objects.exists()


def test_a_hostile_name_is_text_and_a_missing_one_is_said(olga: Client) -> None:
    hostile = HOSTILE.replace("\ud800", "\x00") + "x" * 10_000
    olga.post("/inbox/filters/new/", {"name": hostile, "query": "view=mine&topic=" + "y" * 9000})
    row = SavedFilter.objects.get()
    assert len(row.name) <= filters.NAME and "\x00" not in row.name
    page = olga.get("/inbox/").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    empty = olga.post("/inbox/filters/new/", {"name": "\x00 ", "query": ""})
    assert empty.status_code == 422 and "Give the filter a name." in empty.content.decode()


def test_another_teams_filter_is_not_there_and_none_is_kept_for_a_team_of_others(olga: Client, house: House) -> None:
    theirs = SavedFilter.objects.create(name="Theirs", query="", team=house.billing)
    assert "Theirs" not in olga.get("/inbox/").content.decode()
    assert olga.get(f"/inbox/filters/{theirs.uuid}/").status_code == 404
    refused = olga.post("/inbox/filters/new/", {"name": "x", "query": "", "team": str(house.billing.uuid)})
    assert refused.status_code == 422


def test_filters_stand_in_the_order_that_they_were_put_in(house: House) -> None:
    rows = [filters.save_filter(house.olga, house.olga.person, name, "") for name in "abc"]
    filters.move_filter(rows[2], -1)
    filters.move_filter(rows[0], 1)
    filters.move_filter(rows[0], 1)
    filters.move_filter(rows[0], 1)
    assert [row.name for row in filters.saved_filters(house.olga)] == ["c", "b", "a"]


@pytest.mark.parametrize("name", filters.NAMES)
def test_no_value_breaks_the_inbox(olga: Client, name: str) -> None:
    for value in (HOSTILE.replace("\ud800", "\x00"), "x" * 10_000, "-1", "%00", "0" * 36):
        assert olga.get("/inbox/", {name: value}).status_code == 200


# -- deeds on many ----------------------------------------------------------------------------------------------------


def chosen(kind: str, *cases: Case, **more: str) -> dict[str, Any]:
    return {"kind": kind, "case": [str(case.uuid) for case in cases], "key": str(uuid7()), "next": "/inbox/", **more}


def test_chosen_cases_are_resolved_and_one_click_takes_it_back(olga: Client, house: House) -> None:
    told = chosen("resolve", house.olgas, house.supports, house.billings)
    assert olga.post("/cases/bulk/", told)["Location"] == "/inbox/"
    olga.post("/cases/bulk/", told)  # the second click
    page = olga.get("/inbox/").content.decode()
    assert "2 cases resolved" in page
    deed = BulkDeed.objects.get()
    assert olga.post(f"/deeds/{deed.uuid}/undo/", {"next": "/inbox/?view=mine"})["Location"] == "/inbox/?view=mine"
    assert set(Case.objects.filter(pk__in=[house.olgas.pk, house.supports.pk]).values_list("state", flat=True)) == {
        "new"
    }
    assert "Taken back: 2 cases resolved" in olga.get("/inbox/").content.decode()
    assert "taken back" in olga.get(f"/deeds/{deed.uuid}/").content.decode()
    assert "2 cases resolved" in olga.get("/deeds/").content.decode()


def test_a_hand_over_of_many_asks_to_whom_and_why_once(olga: Client, house: House) -> None:
    asked = olga.post("/cases/bulk/", chosen("hand_over", house.olgas, house.supports))
    assert asked.status_code == 200 and "Hand over 2 cases" in asked.content.decode()
    told = {"to": f"team:{house.billing.uuid}", "reason": HOSTILE.replace("\ud800", "\x00"), "cause": "nonsense"}
    wrong = olga.post("/cases/bulk/", chosen("hand_over", house.olgas, house.supports, **told))
    assert wrong.status_code == 422 and "<script>alert" not in wrong.content.decode()
    done = olga.post("/cases/bulk/", chosen("hand_over", house.olgas, house.supports, **told | {"cause": "skill"}))
    assert done.status_code == 302
    assert Case.objects.filter(owner_team=house.billing, pk__in=[house.olgas.pk, house.supports.pk]).count() == 2


def test_a_choice_of_nothing_or_of_what_may_not_be_seen_says_so(olga: Client, house: House) -> None:
    for told in (chosen("resolve"), chosen("resolve", house.billings), chosen("nonsense", house.olgas)):
        page = olga.post("/cases/bulk/", told, follow=True).content.decode()
        assert "rb-notice-risk" in page
    assert not BulkDeed.objects.exists()


def test_nobody_sees_or_undoes_the_deed_of_somebody_else(olga: Client, house: House) -> None:
    from tests.people.house import a_bulk_deed

    kurts = a_bulk_deed(house.supports, house.kurt)
    assert olga.get(f"/deeds/{kurts.uuid}/").status_code == 404
    assert olga.post(f"/deeds/{kurts.uuid}/undo/").status_code == 404


def test_no_foreign_address_is_gone_back_to(olga: Client, house: House) -> None:
    told = chosen("watch", house.olgas) | {"next": "//elsewhere.example/"}
    assert olga.post("/cases/bulk/", told)["Location"] == "/inbox/"


def test_whose_session_ended_while_choosing_comes_back_to_the_list(client: Client, house: House) -> None:
    sent = client.post(
        "/cases/bulk/", chosen("resolve", house.olgas), headers={"Referer": "http://testserver/inbox/?view=mine"}
    )
    assert sent["Location"] == "/sign-in/?next=/inbox/%3Fview%3Dmine"
    foreign = client.post("/cases/bulk/", headers={"Referer": "http://elsewhere.example/inbox/"})
    assert foreign["Location"] == "/sign-in/?next=/"


# -- panes and keys ---------------------------------------------------------------------------------------------------


def test_a_case_beside_its_list_is_the_case_page_without_the_page_around_it(olga: Client, house: House) -> None:
    whole = olga.get(f"/cases/{house.olgas.uuid}/").content.decode()
    beside = olga.get(f"/cases/{house.olgas.uuid}/", headers={"X-Rundblick-Beside": "1"}).content.decode()
    assert "rb-nav" in whole and "rb-nav" not in beside and "<html" not in beside
    assert 'id="rb-timeline"' in beside and "rb-composer" in beside
    assert len(beside) < len(whole) * 0.7


def test_every_key_of_every_page_stands_on_the_sheet() -> None:
    sheet = (TEMPLATES / "desk" / "parts" / "keys.html").read_text(encoding="utf-8")
    told = set(re.findall(r"<kbd>([^<{]+)</kbd>", sheet))
    after_g = set(re.findall(r"<kbd>g</kbd> <kbd>([^<{]+)</kbd>", sheet))
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r'data-rb-key="([^"{]+)"', text)) <= told, path
        assert set(re.findall(r'data-rb-go="([^"{]+)"', text)) <= after_g, path
