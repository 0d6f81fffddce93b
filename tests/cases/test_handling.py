"""What a person does with a case leaves entries and events, and the case shows it at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rundblick.cases.handling import HandlingError, hand_over, note, reopen, resolve
from rundblick.cases.models import Case, CaseEntry, EntryContent, MessageContent
from rundblick.core.models import Event, EventObject
from rundblick.people.models import Person, PersonContent, Team
from tests.people.house import House, a_house, a_message


@pytest.fixture
def house(db: None) -> House:
    return a_house()


@pytest.fixture
def case(house: House) -> Case:
    """An open case of the default team, as the road makes one from a mail."""
    Team.objects.filter(pk=house.support.pk).update(is_default=True)
    a_message(house.supports)
    return house.supports


@pytest.fixture
def olga(house: House) -> Person:
    PersonContent.objects.create(person=house.olga.person, name="Olga")
    return house.olga.person


def entries(case: Case) -> list[tuple[int | None, int | None, str, str]]:
    found = CaseEntry.objects.filter(case=case).order_by("at", "seq", "id")
    return list(found.values_list("team_id", "person_id", "state", "cause"))


def test_a_hand_over_to_a_team_changes_the_owner_and_keeps_the_reason(house: House, case: Case, olga: Person) -> None:
    after = hand_over(case, house.billing, olga, "skill", "It is about the invoice of May.")
    assert (after.owner_team_id, after.owner_person_id, after.state) == (house.billing.pk, None, "new")
    assert EntryContent.objects.get(entry__case=case).text == "It is about the invoice of May."


def test_the_first_owner_is_in_the_log_so_that_the_first_hand_over_counts_as_one(
    house: House, case: Case, olga: Person
) -> None:
    hand_over(case, house.billing, olga, "skill")
    hand_over(case, house.sven.person, olga, "load")
    assert entries(case) == [
        (house.support.pk, None, "", "routing"),
        (house.billing.pk, None, "", "skill"),
        (None, house.sven.person.pk, "", "load"),
    ]


def test_a_hand_over_is_an_event_of_the_case_and_of_both_owners(house: House, case: Case, olga: Person) -> None:
    hand_over(case, house.billing, olga, "skill")
    event = Event.objects.get(kind="case.handed_over")
    assert (event.actor_type, event.actor_id) == ("person", olga.pk)
    assert set(EventObject.objects.filter(event=event).values_list("type", "object_id")) == {
        ("case", case.pk),
        ("team", house.support.pk),
        ("team", house.billing.pk),
    }


def test_resolving_stops_the_clock_and_reopening_lets_it_run_again(case: Case, olga: Person) -> None:
    resolved = resolve(case, olga)
    assert resolved.state == "resolved"
    assert resolved.resolved_at is not None
    first = resolved.resolved_at
    reopened = reopen(case, olga, "It broke again.")
    assert (reopened.state, reopened.resolved_at) == ("open", None)
    again = resolve(case, olga)
    assert again.resolved_at is not None
    assert again.resolved_at > first


def test_a_note_is_for_colleagues_and_no_reaction(case: Case, olga: Person) -> None:
    written = note(case, olga, "She called twice.\x00")
    content = MessageContent.objects.get(message=written)
    assert (written.direction, content.text, content.author) == ("note", "She called twice.", "Olga")
    case.refresh_from_db()
    assert (case.messages, case.first_reply_at, case.state) == (2, None, "new")
    assert MessageContent.objects.filter(search="called").count() == 1


@pytest.mark.parametrize(
    "attempt",
    [
        lambda case, house, olga: hand_over(case, house.support, olga, "skill"),
        lambda case, house, olga: hand_over(case, house.billing, olga, "because"),
        lambda case, house, olga: note(case, olga, " \n"),
        lambda case, house, olga: note(case, olga, "x" * 100_001),
        lambda case, house, olga: reopen(case, olga),
        lambda case, house, olga: resolve(resolve(case, olga), olga),
        lambda case, house, olga: hand_over(resolve(case, olga), house.billing, olga, "skill"),
    ],
)
def test_what_is_not_possible_is_said_and_changes_nothing(
    house: House, case: Case, olga: Person, attempt: Callable[[Case, House, Person], object]
) -> None:
    with pytest.raises(HandlingError):
        attempt(case, house, olga)
    assert not CaseEntry.objects.filter(case=case).exclude(state="resolved").exists()


def test_what_is_done_to_a_joined_case_is_done_to_the_case_it_joined(house: House, case: Case, olga: Person) -> None:
    old = house.olgas
    Case.objects.filter(pk=old.pk).update(merged_into=case)
    old.refresh_from_db()
    assert resolve(old, olga).pk == case.pk
