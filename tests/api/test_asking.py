"""Ask once over the API: a draft is held against what is known of the customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rundblick.cases.models import MessageContent
from rundblick.core.models import Event
from rundblick.customers.models import Assignment, RecordVersion
from tests.people.house import AT, House

from .callers import caller

DRAFT = {"text": "Guten Tag,\n\nwie lautet Ihr Geburtsdatum?"}


@pytest.fixture
def known(house: House) -> House:
    record = Assignment.objects.get(customer=house.anna, valid_to=None).record
    RecordVersion.objects.create(
        record=record, content_digest=b"1", seen_at=AT - timedelta(days=1), key="K", facts={"birth_date": "1980-02-29"}
    )
    return house


def test_a_draft_gets_the_known_value_with_source_and_date(known: House) -> None:
    answer = caller(known.olga).post(f"/cases/{known.olgas.uuid}/asked", DRAFT)
    assert answer.status_code == 200
    value = {"value": "1980-02-29", "system": "crm", "seen_at": "2026-03-01T09:00:00Z"}
    assert answer.json() == {
        "items": [{"fact": "birth_date", "sentence": "wie lautet Ihr Geburtsdatum?", "known": [value]}]
    }
    harmless = caller(known.olga).post(f"/cases/{known.olgas.uuid}/asked", {"text": "Das ist erledigt."})
    assert harmless.json() == {"items": []}
    assert not Event.objects.filter(kind="question.repeated").exists()


def test_asking_all_the_same_is_counted_once_for_each_time(known: House) -> None:
    olga = caller(known.olga)
    olga.post(f"/cases/{known.olgas.uuid}/asked-again", DRAFT)
    olga.post(f"/cases/{known.olgas.uuid}/asked-again", {"text": "Das ist erledigt."})
    assert Event.objects.filter(kind="question.repeated").count() == 1
    assert not MessageContent.objects.filter(text__contains="Geburtsdatum").exists()  # the draft itself is not kept


def test_who_may_not_see_the_case_learns_nothing(known: House) -> None:
    for path in ("asked", "asked-again"):
        assert caller(known.paul).post(f"/cases/{known.olgas.uuid}/{path}", DRAFT).status_code == 404
        assert caller(None).post(f"/cases/{known.olgas.uuid}/{path}", DRAFT).status_code == 401
    reading = caller(known.olga, scopes=["case.read"])
    assert reading.post(f"/cases/{known.olgas.uuid}/asked-again", DRAFT).status_code == 403
    assert not Event.objects.filter(kind="question.repeated").exists()
