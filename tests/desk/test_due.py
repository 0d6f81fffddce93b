"""What is promised until when stands beside the answer, in words, and over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from rundblick.cases.models import Case
from rundblick.core.installation import installation
from rundblick.core.models import System
from rundblick.core.promises import Level, Promise
from rundblick.desk.pages.due import due_lines, when, worktime
from tests.api.callers import caller
from tests.channels.letters import an_account
from tests.desk.test_pages import client_of, text_of
from tests.people.house import House

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(house: House) -> Case:
    an_account(1)
    ours = installation()
    ours.promise = Promise((Level(4, 30),)).to_json()
    ours.save(update_fields=["promise"])
    Case.objects.filter(pk=house.olgas.pk).update(
        opened_at=timezone.now() - timedelta(hours=6, minutes=5), first_reply_at=None, state="open"
    )
    return Case.objects.get(pk=house.olgas.pk)


def test_beside_the_answer_it_says_until_when_and_red_what_is_over(house: House, case: Case) -> None:
    page = client_of(house.olga).get(f"/cases/{case.uuid}/")
    text = text_of(page)
    assert "Answer promised by" in text and "over for 2 hours" in text
    assert "Solution promised by" in text and "24 hours left" in text
    assert page.content.decode().count("rb-due-line rb-clock-bad") == 1


def test_in_german_too(case: Case) -> None:
    with translation.override("de"):
        words = [line.words for line in due_lines(case)]
    assert words[0].startswith("Antwort versprochen bis ") and words[0].endswith(": seit 2 Stunden überschritten")
    assert words[1].endswith(": noch 24 Stunden")


def test_a_day_of_opening_time_is_told_in_hours_and_near_days_by_name() -> None:
    assert [worktime(timedelta(minutes=m)) for m in (1, 119, 120, 36 * 60)] == [
        "1 minute",
        "119 minutes",
        "2 hours",
        "36 hours",
    ]
    noon = timezone.localtime().replace(hour=12, minute=0)
    assert when(noon) == "today, 12:00"
    assert when(noon + timedelta(days=1)).startswith("tomorrow, ")
    assert when(datetime(2020, 3, 2, 9, 0, tzinfo=UTC)) == "2 Mar 2020, 10:00"


def test_over_the_api(house: House, case: Case) -> None:
    items = caller(house.olga).get(f"/cases/{case.uuid}/due").json()["items"]
    assert [one["kind"] for one in items] == ["reaction", "resolution"]
    assert items[0]["left_s"] < 0 < items[1]["left_s"]
    assert caller(house.paul).get(f"/cases/{case.uuid}/due").status_code == 404


def test_where_nothing_is_promised_nothing_is_said(house: House) -> None:
    an_account(1)
    Case.objects.filter(pk=house.olgas.pk).update(system=System.objects.get_or_create(code="desk")[0])  # of an export
    house.olgas.refresh_from_db()
    assert due_lines(house.olgas) == ()
    assert "rb-due-line" not in client_of(house.olga).get(f"/cases/{house.olgas.uuid}/").content.decode()
