"""The gate in front of pages: default deny, 404 for what may not be seen, and a record of who saw whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from rundblick.people.checks import gate_stands
from rundblick.people.models import AccessLog, User

from .house import House, a_case, a_customer


@pytest.fixture(autouse=True)
def _small_installation(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.people.pages"
    settings.LOGIN_URL = "sign-in"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "rundblick.people.middleware.GateMiddleware",
    ]


def browser(user: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def looks() -> set[tuple[Any, ...]]:
    return set(AccessLog.objects.values_list("user_id", "permission", "object_type", "object_id"))


def test_a_page_nobody_registered_is_closed_even_to_administrators(house: House) -> None:
    for user in (*house.everyone().values(), None):
        answer = browser(user).get("/forgotten")
        assert answer.status_code == 403
        assert b"secrets" not in answer.content


def test_the_system_check_names_the_forgotten_page(settings: Settings) -> None:
    assert [(error.id, "/forgotten" in error.msg) for error in gate_stands()] == [("people.E002", True)]
    settings.MIDDLEWARE = settings.MIDDLEWARE[:-1]
    assert "people.E001" in {error.id for error in gate_stands()}


def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(db: None) -> None:
    answer = browser(None).get("/search?q=anna")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=/search%3Fq%3Danna")
    assert browser(None).get("/sign-in").status_code == 200


def test_a_part_of_a_page_leads_the_whole_page_to_the_sign_in(db: None) -> None:
    answer = browser(None).get("/search", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in")


def test_a_role_without_the_permission_gets_403(house: House) -> None:
    assert browser(house.anton).get("/users").status_code == 200
    for name, user in house.everyone().items():
        if name != "admin":
            assert browser(user).get("/users").status_code == 403, name


def test_another_teams_case_is_404_and_ones_own_opens(house: House) -> None:
    kurt = browser(house.kurt)
    assert kurt.get(f"/cases/{house.olgas.uuid}").content.decode() == house.olgas.number
    assert browser(house.sven).get(f"/cases/{house.supports.uuid}").status_code == 404
    assert kurt.get(f"/cases/{house.billings.uuid}").status_code == 404


def test_reading_a_case_of_another_team_is_no_leave_to_write_to_it(house: House) -> None:
    olga = browser(house.olga)
    assert olga.get(f"/cases/{house.annas_at_billing.uuid}").status_code == 200
    assert olga.post(f"/cases/{house.annas_at_billing.uuid}/note").status_code == 404
    assert olga.post(f"/cases/{house.olgas.uuid}/note").status_code == 200


def test_opening_a_case_records_who_saw_which_customer(house: House) -> None:
    browser(house.kurt).get(f"/cases/{house.olgas.uuid}")
    assert looks() == {
        (house.kurt.pk, "case.read", "case", house.olgas.pk),
        (house.kurt.pk, "case.read", "customer", house.anna.pk),
    }


def test_what_was_refused_or_failed_is_no_look(house: House) -> None:
    sven = browser(house.sven)
    sven.get(f"/cases/{house.supports.uuid}")
    sven.get(f"/search?found={house.anna.pk}&status=500")
    assert not looks()


def test_customers_in_a_list_are_recorded_one_by_one(house: House) -> None:
    browser(house.olga).get(f"/search?found={house.anna.pk}&found={house.clara.pk}")
    assert {(kind, id_) for _, _, kind, id_ in looks()} == {("customer", house.anna.pk), ("customer", house.clara.pk)}


def test_an_old_number_leads_to_the_customer_it_was_merged_into(house: House) -> None:
    old = a_customer()
    old.merged_into = house.anna
    old.save()
    assert browser(house.olga).get(f"/customers/{old.number}").content.decode() == house.anna.number


def test_an_identifier_that_is_none_is_not_found(house: House) -> None:
    assert browser(house.anton).get("/customers/' OR 1=1").status_code == 404


def test_pages_behind_the_gate_are_kept_by_no_cache(house: House) -> None:
    assert browser(house.olga).get("/search")["Cache-Control"] == "private, no-store"


def test_a_case_that_goes_to_another_team_is_gone_with_the_next_request(house: House) -> None:
    case = a_case(house.support)
    olga = browser(house.olga)
    assert olga.get(f"/cases/{case.uuid}").status_code == 200
    case.owner_team = house.billing
    case.save()
    assert olga.get(f"/cases/{case.uuid}").status_code == 404
