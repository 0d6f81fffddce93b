"""What a person does with a case leaves entries and events, and the case shows it at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rundblick.cases.models import Case, CaseEntry, EntryContent, MessageContent, SearchText
from rundblick.cases.work import WorkError, add_note, hand_over, person_of, reopen, resolve
from rundblick.core.models import Event, EventObject
from rundblick.people.models import Membership, Person
from tests.people.house import House, a_house, a_message


@pytest.fixture
def house(db: None) -> House:
    return a_house()


@pytest.fixture
def case(house: House) -> Case:
    a_message(house.supports)
    return house.supports


@pytest.fixture
def olga(house: House) -> Person:
    return person_of(house.olga)


def stored(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def test_a_hand_over_to_a_team_changes_the_owner_and_keeps_the_reason(house: House, case: Case, olga: Person) -> None:
    hand_over(case, house.billing, olga, "It is about the invoice of May.")
    after = stored(case)
    assert (after.owner_team_id, after.owner_person_id, after.state) == (house.billing.pk, None, "new")
    assert EntryContent.objects.get(entry__case=case).text == "It is about the invoice of May."


def test_the_owner_is_a_person_or_a_team_and_never_both(house: House, case: Case, olga: Person) -> None:
    hand_over(case, person_of(house.sven), olga, "He knows it.")
    assert (stored(case).owner_person_id, stored(case).owner_team_id) == (person_of(house.sven).pk, None)
    hand_over(case, house.support, person_of(house.sven), "I do not.")
    assert (stored(case).owner_person_id, stored(case).owner_team_id) == (None, house.support.pk)


def test_the_log_keeps_for_which_of_his_teams_somebody_took_a_case(house: House, case: Case, olga: Person) -> None:
    kurt, sven, nobody = person_of(house.kurt), person_of(house.sven), person_of(house.nora)
    Membership.objects.create(person=kurt, team=house.billing)
    for to in (kurt, sven, kurt, house.support, kurt, nobody):
        hand_over(case, to, olga, "It is his.")
    teams = CaseEntry.objects.filter(case=case, cause="request").order_by("pk").values_list("team", flat=True)
    support, billing = house.support.pk, house.billing.pk
    assert list(teams) == [support, billing, billing, support, support, None]


def test_a_hand_over_is_an_event_of_the_case_and_of_the_new_owner(house: House, case: Case, olga: Person) -> None:
    hand_over(case, house.billing, olga, "Money.")
    event = Event.objects.get(kind="case.handed_over")
    assert (event.actor_type, event.actor_id) == ("person", olga.pk)
    about = set(EventObject.objects.filter(event=event).values_list("type", "object_id"))
    assert about == {("case", case.pk), ("team", house.billing.pk)}


def test_resolving_stops_the_clock_and_reopening_lets_it_run_again(case: Case, olga: Person) -> None:
    resolve(case, olga)
    first = stored(case).resolved_at
    assert stored(case).state == "resolved" and first is not None
    reopen(case, olga, "It broke again.")
    assert (stored(case).state, stored(case).resolved_at) == ("open", None)
    resolve(case, olga)
    again = stored(case).resolved_at
    assert again is not None and again > first


def test_a_note_is_for_colleagues_and_no_reaction(case: Case, olga: Person) -> None:
    written = add_note(case, "She called twice.\x00", olga)
    assert (written.direction, MessageContent.objects.get(message=written).text) == ("note", "She called twice.")
    after = stored(case)
    assert (after.messages, after.first_reply_at, after.state) == (2, None, "new")
    assert SearchText.objects.extra(where=["words @@ '''call'''::tsquery"]).count() == 1


def test_a_reason_with_signs_that_the_database_cannot_keep_is_kept_without_them(case: Case, olga: Person) -> None:
    resolve(case, olga, "Done\x00.")
    reopen(case, olga, "\x00")
    assert list(EntryContent.objects.filter(entry__case=case).values_list("text", flat=True)) == ["Done."]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda case, house, olga: hand_over(case, house.support, olga, "It is ours."),
        lambda case, house, olga: hand_over(case, house.billing, olga, " "),
        lambda case, house, olga: add_note(case, " \n\x00", olga),
        lambda case, house, olga: reopen(case, olga),
        lambda case, house, olga: [resolve(case, olga), resolve(case, olga)],
        lambda case, house, olga: [resolve(case, olga), hand_over(case, house.billing, olga, "Money.")],
    ],
)
def test_what_is_not_possible_is_refused_and_changes_nothing(
    house: House, case: Case, olga: Person, attempt: Callable[[Case, House, Person], object]
) -> None:
    before = CaseEntry.objects.filter(case=case).exclude(state="resolved").count()
    with pytest.raises(WorkError):
        attempt(case, house, olga)
    assert CaseEntry.objects.filter(case=case).exclude(state="resolved").count() == before
    assert stored(case).owner_team_id == house.support.pk


def test_what_is_done_to_a_joined_case_is_done_to_the_case_it_joined(house: House, case: Case, olga: Person) -> None:
    old = house.olgas
    Case.objects.filter(pk=old.pk).update(merged_into=case)
    resolve(old, olga)
    assert (stored(case).state, stored(old).state) == ("resolved", "new")
