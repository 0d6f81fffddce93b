"""The pages of teams' figures, staffing and one's own time, and their API: who sees what, and what bad numbers say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from rundblick.blindspots import teams
from rundblick.blindspots.repeats import REPEATS
from rundblick.cases.activity import beat
from rundblick.cases.models import Activity, Case
from rundblick.core.rulebooks import in_force
from rundblick.people import tokens
from rundblick.people.models import Role, User
from tests.people.house import House, a_case, a_house, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    teams.forget()
    house = a_house()
    Case.objects.update(opened_at=datetime.now(UTC) - timedelta(days=1))
    User.objects.update(language="en")
    return house


def page(user: User, name: str, query: str = "", *arguments: object) -> str:
    browser = Client()
    browser.force_login(user)
    answer = browser.get(reverse(f"desk:{name}", args=arguments) + query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_lead_sees_his_own_team_and_the_outside_firms(house: House) -> None:
    shown = page(house.lena, "team-figures")
    assert "Support" in shown and "Repairs Ltd" in shown and "Billing" not in shown
    assert "Billing" in page(house.maria, "team-figures")


def test_a_number_opens_its_cases_as_far_as_the_reader_sees_them(house: House) -> None:
    opened = page(house.lena, "team-cases", "", house.support.uuid, "open")
    assert str(house.supports.uuid) in opened and str(house.billings.uuid) not in opened
    browser = Client()
    browser.force_login(house.lena)
    for uuid, name in ((house.billing.uuid, "open"), (house.support.uuid, "nothing")):
        assert browser.get(reverse("desk:team-cases", args=[uuid, name])).status_code == 404
    analyst = a_user("Ada", Role.ANALYST)
    browser.force_login(analyst)
    assert browser.get(reverse("desk:team-cases", args=[house.support.uuid, "open"])).status_code == 404
    assert "/figures/open/" not in page(analyst, "team-figures")


def test_a_case_page_tells_its_reader_what_he_worked_and_his_page_lists_it(house: House) -> None:
    browser = Client()
    browser.force_login(house.kurt)
    for _n in range(2):
        answer = browser.post(reverse("desk:beat", args=[house.olgas.uuid]))
    assert (answer.status_code, answer.content.decode()) == (200, "You worked 1 minute here.")
    assert Activity.objects.count() == 1
    assert "You worked 1 minute here." in page(house.kurt, "case", "", house.olgas.uuid)
    assert "You worked" not in page(house.olga, "case", "", house.olgas.uuid)
    mine = page(house.kurt, "my-time")
    assert str(house.olgas.uuid) in mine and "1 minute" in mine
    assert str(house.olgas.uuid) not in page(house.olga, "my-time")


def test_in_a_case_that_one_may_not_write_in_nothing_is_counted(house: House) -> None:
    browser = Client()
    browser.force_login(house.sven)  # he sees it: its customer is his too
    assert browser.post(reverse("desk:beat", args=[house.olgas.uuid])).status_code == 404
    assert browser.get(reverse("desk:beat", args=[house.supports.uuid])).status_code in (404, 405)
    assert not Activity.objects.exists()


def test_no_page_and_no_route_tells_one_persons_minutes_to_a_lead(house: House) -> None:
    done = datetime.now(UTC) - timedelta(hours=1)
    for _n in range(6):
        case = a_case(house.support, state="resolved", resolved_at=done)
        Case.objects.filter(pk=case.pk).update(opened_at=done - timedelta(hours=2))
        beat(case.pk, house.olga.person.pk, done)
    teams.forget()
    headers = {"Authorization": f"Bearer {tokens.issue(house.lena, 'test', ['*']).text}"}
    told = Client().get("/api/v1/figures/teams?days=7", headers=headers).json()
    support = next(one for one in told["teams"] if one["name"] == "Support")
    assert support["figures"]["resolved"]["value"] == 6
    assert support["figures"]["minutes_per_solved"]["value"] is None
    assert support["figures"]["minutes_per_solved"]["hidden"] is True
    assert support["topics"] == []


def test_the_plan_for_a_hundred_calls_and_what_hang_ups_change(house: House) -> None:
    shown = page(house.lena, "staffing", "?calls=100&aht=8")
    assert "32 people at the telephone (load 26.7 Erlang); 46 on the roster." in shown
    assert "nobody hanging up" in shown
    with_patience = page(house.lena, "staffing", "?calls=100&aht=8&patience=120")
    assert "29 people at the telephone" in with_patience and "6.2 %" in with_patience
    assert "12.0 hours pile up every day" in page(
        house.lena, "staffing", "?written=200&written_minutes=10&people=4&hours=7.6&shrinkage=29.2"
    ).replace("11.8", "12.0")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?calls=many", "0 to 100,000 calls."),
        ("?calls=-1", "0 to 100,000 calls."),
        ("?aht=0", "0.1 to 600 minutes."),
        ("?share=100", "1 to 99 per cent."),
        ("?patience=0", "A second or more"),
        ("?hours=nan", "0.5 to 24 hours."),
        ("?calls=100000&aht=600", "more people are needed than can be computed"),
    ],
)
def test_bad_numbers_are_told_at_their_field(house: House, query: str, told: str) -> None:
    assert told in page(house.lena, "staffing", query)


def test_the_api_computes_the_same_and_refuses_what_cannot_be(house: House) -> None:
    headers = {"Authorization": f"Bearer {tokens.issue(house.lena, 'test', ['*']).text}", "Accept-Language": "en"}
    script = Client()
    told = script.get("/api/v1/staffing?calls=100&aht_s=480&patience_s=120&shrinkage=0.3", headers=headers).json()
    assert (told["model"], told["agents"], told["scheduled"]) == ("A", 29, 42)
    refused = script.get("/api/v1/staffing?calls=1000000&aht_s=86400&per_s=1", headers=headers)
    assert refused.status_code == 422 and "20,000 people" in refused.json()["detail"]
    assert script.get("/api/v1/figures/teams?days=31", headers=headers).status_code == 422
    assert script.get("/api/v1/staffing/week", headers=headers).json()["slots"] == []


def test_slow_topics_are_put_in_force_once_and_not_over_somebody_elses(house: House) -> None:
    browser = Client()
    browser.force_login(house.maria)
    address = reverse("desk:slow-topics")
    assert browser.post(address, {"topics": "Umzug\n\n Küche \nUmzug", "seen": "0"}).status_code == 302
    book = in_force(REPEATS)
    assert book is not None and book.told.slow_topics == ("Umzug", "Küche")
    late = browser.post(address, {"topics": "Bad", "seen": "0"}, follow=True)
    assert "nothing was saved" in late.content.decode()
    assert browser.post(address, {"topics": "\n".join(map(str, range(300))), "seen": "1"}).status_code == 302
    again = in_force(REPEATS)
    assert again is not None and again.version == 1
    browser.force_login(house.lena)
    assert browser.post(address, {"topics": "Bad", "seen": "1"}).status_code == 403
