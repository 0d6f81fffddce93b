"""What was promised: kept, withdrawn, or broken when its time has passed - said once."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from rundblick.cases.commitments import (
    commitments_of,
    is_outstanding,
    keep,
    look_at_due,
    promise,
    warns_at,
    withdraw,
)
from rundblick.cases.models import Case, Commitment, CommitmentContent
from rundblick.cases.ownership import hand_over
from rundblick.cases.regrouping import join
from rundblick.cases.work import WorkError
from rundblick.core.models import Event, EventObject
from rundblick.people.models import Person
from rundblick.privacy.erasure import erase
from tests.people.house import House, a_house, a_message

AT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
DUE = AT + timedelta(hours=5)


@pytest.fixture
def house(db: None) -> House:
    return a_house()


@pytest.fixture
def olga(house: House) -> Person:
    person: Person = house.olga.person
    return person


@pytest.fixture
def call(house: House, olga: Person) -> Commitment:
    return promise(house.olgas, "Call her about the new date", DUE, olga, at=AT)


def kinds() -> list[str]:
    return list(Event.objects.filter(kind__startswith="commitment.").order_by("id").values_list("kind", flat=True))


def state(commitment: Commitment) -> str:
    return Commitment.objects.get(pk=commitment.pk).state


def test_it_is_kept_or_withdrawn_once(house: House, olga: Person, call: Commitment) -> None:
    keep(call, olga, at=AT + timedelta(hours=1))
    other = promise(house.olgas, "Send the form", DUE, olga, at=AT)
    withdraw(other, olga)
    assert (state(call), state(other)) == ("kept", "withdrawn")
    assert kinds() == ["commitment.made", "commitment.kept", "commitment.made", "commitment.withdrawn"]
    for again in (keep, withdraw):
        with pytest.raises(WorkError, match="settled"):
            again(call, olga)
    look_at_due(DUE + timedelta(days=1))
    assert (state(call), state(other)) == ("kept", "withdrawn")


def test_a_warning_comes_once_before_and_the_breach_once_after(house: House, call: Commitment) -> None:
    assert look_at_due(warns_at(call) - timedelta(seconds=1)) == 0
    for seconds in (0, 10, 20):
        look_at_due(warns_at(call) + timedelta(seconds=seconds))
    assert kinds() == ["commitment.made", "commitment.warned"]
    assert look_at_due(DUE - timedelta(seconds=1)) == 0
    for seconds in (0, 10):
        look_at_due(DUE + timedelta(seconds=seconds))
    assert kinds() == ["commitment.made", "commitment.warned", "commitment.broken"]
    assert state(call) == "broken"
    broken = Event.objects.get(kind="commitment.broken")
    about = set(EventObject.objects.filter(event=broken).values_list("type", "object_id"))
    assert about == {("case", house.olgas.pk), ("commitment", call.pk)}


def test_a_short_one_warns_in_its_last_quarter(house: House, olga: Person) -> None:
    short = promise(house.olgas, "Call back in a moment", AT + timedelta(minutes=20), olga, at=AT)
    assert warns_at(short) == AT + timedelta(minutes=15)
    assert look_at_due(AT + timedelta(minutes=14)) == 0
    assert look_at_due(AT + timedelta(minutes=15)) == 1


def test_what_was_broken_stays_so_and_can_be_done_late(olga: Person, call: Commitment) -> None:
    look_at_due(DUE)
    assert is_outstanding(Commitment.objects.get(pk=call.pk))
    late = keep(call, olga, at=DUE + timedelta(hours=1))
    assert (late.state, late.settled_by, is_outstanding(late)) == ("broken", olga, False)
    assert kinds()[-1] == "commitment.done_late"


@pytest.mark.parametrize(("text", "due", "code"), [(" \x00", DUE, "empty"), ("Call", AT, "past")])
def test_an_empty_one_and_one_for_yesterday_are_refused(
    house: House, olga: Person, text: str, due: datetime, code: str
) -> None:
    with pytest.raises(WorkError, match=code):
        promise(house.olgas, text, due, olga, at=AT)
    assert not Commitment.objects.exists()


def test_it_goes_along_with_a_hand_over_and_into_a_joined_case(house: House, olga: Person, call: Commitment) -> None:
    hand_over(house.olgas, house.billing, olga, "Money")
    assert commitments_of(house.olgas) == [call]
    a_message(house.olgas)
    a_message(house.supports)
    join(house.olgas, house.supports, olga)
    other = promise(house.supports, "Send the form", DUE - timedelta(hours=1), olga, at=AT)
    assert commitments_of(Case.objects.get(pk=house.supports.pk)) == [other, call]
    look_at_due(DUE)
    cases = EventObject.objects.filter(event__kind="commitment.broken", type="case").values_list("object_id", flat=True)
    assert set(cases) == {house.supports.pk}


def test_its_words_go_with_an_erasure(house: House, call: Commitment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.privacy.erasure._append", lambda *_: None)
    record = house.olgas.concerned_id
    assert record is not None
    erase([record], by=None)
    assert CommitmentContent.objects.get(commitment=call).text == ""
    assert state(call) == "open"


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_say_it_once() -> None:
    house = a_house()
    for minutes in range(6):
        promise(house.olgas, "Call", DUE + timedelta(minutes=minutes), house.olga.person, at=AT)
    for at in (DUE - timedelta(minutes=30), DUE + timedelta(hours=1)):
        gate = threading.Barrier(3)

        def sweep(at: datetime = at, gate: threading.Barrier = gate) -> None:
            gate.wait(timeout=20)
            look_at_due(at)
            connection.close()

        threads = [threading.Thread(target=sweep) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
    assert kinds().count("commitment.warned") == 6
    assert kinds().count("commitment.broken") == 6
