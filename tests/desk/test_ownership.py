"""Take, accept, give back, hand over and promise, as Olga (Support), Sven (Billing) and Lena (lead) meet them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from rundblick.cases.commitments import look_at_due, promise
from rundblick.cases.models import Case, Commitment, Handover, Message
from rundblick.cases.ownership import hand_over, take
from rundblick.cases.work import add_note
from rundblick.core.ids import uuid7
from rundblick.core.models import System
from rundblick.people.models import Absence, Person, PersonContent
from tests.desk.test_pages import client_of, text_of
from tests.people.house import House, a_message

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def names(house: House) -> None:
    for user in (house.olga, house.kurt, house.sven, house.lena):
        PersonContent.objects.create(person=user.person, name=user.name)


@pytest.fixture
def sven(house: House) -> Client:
    return client_of(house.sven)


def offered_to_billing(house: House) -> Handover:
    summary = "She called twice."
    return hand_over(house.olgas, house.billing, house.olga.person, "Money.", "skill", summary=summary).handover


def page(browser: Client, case: Case) -> str:
    return text_of(browser.get(f"/cases/{case.uuid}/"))


def test_a_case_of_the_team_is_taken_with_one_click_and_the_slower_one_is_told_who_has_it(
    house: House, olga: Client
) -> None:
    case, seen = house.supports, f"team:{house.support.uuid}"
    assert "Take" in page(olga, case)
    kurt = client_of(house.kurt)
    assert kurt.post(f"/cases/{case.uuid}/take/", {"seen": seen}).status_code == 302
    olga.post(f"/cases/{case.uuid}/take/", {"seen": seen})
    case.refresh_from_db()
    assert case.owner_person == house.kurt.person
    said = page(olga, case)
    assert "Kurt has it meanwhile." in said and "Kurt took over" in said
    kurt.post(f"/cases/{case.uuid}/take/", {"seen": seen})  # the second click says nothing
    assert "meanwhile" not in page(kurt, case)


def test_a_lead_takes_a_case_over_from_a_colleague_and_says_why(house: House) -> None:
    lena, url = client_of(house.lena), f"/cases/{house.olgas.uuid}/take/"
    assert "Olga has the case." in text_of(lena.get(url))
    seen = f"person:{house.olga.person.uuid}"
    for wrong in (
        {"reason": " ", "cause": "absence"},
        {"reason": "She is ill."},
        {"reason": "Ill.", "cause": "weather"},
    ):
        assert lena.post(url, {"seen": seen, **wrong}).status_code == 422
    lena.post(url, {"seen": seen, "reason": "She is ill.", "cause": "absence"})
    house.olgas.refresh_from_db()
    assert house.olgas.owner_person == house.lena.person
    assert "She is ill." in page(lena, house.olgas)


def test_what_was_handed_over_shows_its_summary_and_is_accepted(house: House, sven: Client) -> None:
    row = offered_to_billing(house)
    assert "handed over to you" in text_of(sven.get("/inbox/"))
    said = page(sven, house.olgas)
    for words in (
        "offered by Support · Olga",
        "She called twice.",
        "Money.",
        "needs another skill",
        "not accepted yet",
    ):
        assert words in said, words
    assert sven.post(f"/handovers/{row.uuid}/accept/").status_code == 302
    said = page(sven, house.olgas)
    assert "Accepted." in said and "offered by" not in said
    assert "handed over to you" not in text_of(sven.get("/inbox/"))
    sven.post(f"/handovers/{row.uuid}/accept/")
    assert "That was decided already" in page(sven, house.olgas)


def test_what_is_given_back_needs_a_reason_and_is_seen_as_given_back(house: House, sven: Client, olga: Client) -> None:
    row = offered_to_billing(house)
    url = f"/handovers/{row.uuid}/give-back/"
    assert "goes back to Olga" in text_of(sven.get(url))
    assert sven.post(url, {"reason": ""}).status_code == 422
    answer = sven.post(url, {"reason": "We never had this contract."})
    assert answer["Location"] == f"/cases/{house.olgas.uuid}/"  # his team has another case of this customer
    said = page(olga, house.olgas)
    for words in ("Sven gave it back to", "We never had this contract.", "given back"):
        assert words in said, words


def test_ping_pong_is_seen(house: House, olga: Client) -> None:
    offered_to_billing(house)
    hand_over(house.olgas, house.support, house.sven.person, "Not ours.", "routing")
    said = page(olga, house.olgas)
    assert "came back to Support after Billing" in said and "It came back 1 time." in said


def test_the_form_begins_with_what_was_said_and_promised_and_wants_a_cause(house: House, olga: Client) -> None:
    a_message(house.olgas, "Where is my parcel, and who pays for it?")
    promise(house.olgas, "Call her about the date", datetime.now(UTC) + timedelta(days=1), house.olga.person)
    url = f"/cases/{house.olgas.uuid}/hand-over/"
    form = olga.get(url).content.decode()
    assert "who pays for it?" in form and form.count("Call her about the date") == 2
    told = {"to": f"team:{house.billing.uuid}", "reason": "Money.", "cause": "", "summary": "As told."}
    refused = olga.post(url, told)
    assert refused.status_code == 422 and "Choose why it changes hands." in text_of(refused)
    assert "As told." in refused.content.decode()
    olga.post(url, {**told, "cause": "skill"})
    row = Handover.objects.get()
    assert (row.entry.cause, row.entry.content.summary) == ("skill", "As told.")


def test_who_has_left_or_got_the_case_meanwhile_is_said_in_the_form(house: House, olga: Client) -> None:
    url = f"/cases/{house.supports.uuid}/hand-over/"
    told = {"reason": "Money.", "cause": "skill", "seen": f"team:{house.support.uuid}"}
    Person.objects.filter(pk=house.kurt.person.pk).update(left_at=timezone.now())
    gone = olga.post(url, {**told, "to": f"person:{house.kurt.person.uuid}"})
    assert gone.status_code == 422 and "works here no more" in text_of(gone)
    assert "Kurt" not in text_of(olga.get(url))
    take(house.supports, house.lena.person, house.support)
    late = olga.post(url, {**told, "to": f"team:{house.billing.uuid}"})
    assert late.status_code == 422 and "Lena has it meanwhile." in text_of(late)
    assert not Handover.objects.exists()


def test_who_is_away_is_named_so_in_the_form(house: House, olga: Client) -> None:
    now = timezone.now()
    Absence.objects.create(person=house.kurt.person, begin=now - timedelta(days=1))
    Absence.objects.create(person=house.lena.person, begin=now - timedelta(days=1), end=now + timedelta(days=1))
    said = text_of(olga.get(f"/cases/{house.olgas.uuid}/hand-over/"))
    assert "Kurt (away)" in said and "Lena (away until " in said and "Sven (" not in said


def test_something_is_promised_until_a_time_in_the_readers_zone_and_done(house: House, olga: Client) -> None:
    url = f"/cases/{house.olgas.uuid}/promise/"
    for due in ("", "tomorrow", "2020-01-01T10:00", "2026-02-30T10:00"):
        assert olga.post(url, {"text": "Call", "due": due}).status_code == 422
    assert olga.post(url, {"text": " ", "due": "2999-01-01T10:00"}).status_code == 422
    until = timezone.localtime() + timedelta(days=1)
    assert olga.post(url, {"text": "Call her", "due": until.strftime("%Y-%m-%dT%H:%M")}).status_code == 302
    made = Commitment.objects.get()
    assert made.due_at == until.replace(second=0, microsecond=0)
    assert "Call her" in page(olga, house.olgas)
    olga.post(f"/commitments/{made.uuid}/keep/")
    assert "Done, as promised." in page(olga, house.olgas)
    olga.post(f"/commitments/{made.uuid}/withdraw/")
    assert "That was decided already" in page(olga, house.olgas)


def test_what_is_overdue_is_red_and_can_be_done_late(house: House, olga: Client) -> None:
    now = datetime.now(UTC)
    made = promise(house.olgas, "Call her", now - timedelta(hours=1), house.olga.person, at=now - timedelta(hours=3))
    assert "overdue" in page(olga, house.olgas)
    look_at_due()
    olga.post(f"/commitments/{made.uuid}/keep/")
    said = page(olga, house.olgas)
    assert "counts as broken" in said and "done late" in said


def test_the_page_says_how_many_people_the_customer_talked_to(house: House, olga: Client) -> None:
    at = datetime.now(UTC)
    people = ((house.olga, "out", "email"), (house.kurt, "in", "phone"), (house.olga, "out", "email"))
    for place, (who, direction, channel) in enumerate(people):
        key = uuid7().bytes
        Message.objects.create(
            identity=key,
            content_digest=key,
            case=house.olgas,
            system=System.objects.get_or_create(code="phone")[0],
            channel=channel,
            direction=direction,
            at=at + timedelta(seconds=place),
            person=who.person,
        )
    add_note(house.olgas, "A note is no talk.", house.lena.person)
    assert "talked to 2 people: Olga, Kurt" in page(olga, house.olgas)
