"""Whose a case is: offered, accepted, given back, taken; exactly one owner who is there, whatever people do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.cases.answering import Written, new_uuid, write_answer
from rundblick.cases.commitments import promise
from rundblick.cases.deeds import LONGEST, done, locked_case, next_moment, note_event, write_entry
from rundblick.cases.models import OPEN_STATES, Case, CaseEntry, EntryContent, Handover
from rundblick.cases.ownership import _to, accept, give_back, hand_over, offered_in, take
from rundblick.cases.regrouping import join, undo
from rundblick.cases.work import WorkError, add_note, reopen, resolve
from rundblick.core import verification
from rundblick.core.database import cursor
from rundblick.core.digests import Digests
from rundblick.core.models import Event
from rundblick.people.models import Absence, Membership, Person, Team
from tests.people.house import House, a_case, a_house, a_message, a_team

AT = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


@pytest.fixture
def house(db: None) -> House:
    return a_house()


@pytest.fixture
def case(house: House) -> Case:
    """Olga's own."""
    a_message(house.olgas)
    return house.olgas


def stored(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def offer(case: Case) -> Handover:
    (row,) = offered_in([case.pk])
    return row


def handed(case: Case, to: Team | Person, by: Person | None, **said: Any) -> Handover:
    return hand_over(case, to, by, said.pop("reason", "It is theirs."), **said).handover


def wrong() -> list[Any]:
    with cursor() as cur:
        return [
            one
            for name in ("handovers", "cases", "joined-cases", "event-objects", "references")
            for one in verification.checks[name](cur, verification.Options())
        ]


def answer(case: Case, by: Person) -> None:
    with transaction.atomic(), cursor() as cur:
        write_answer(cur, locked_case(case), Written(uuid=new_uuid(), text="It comes."), by, Digests(b"s" * 32))


# -- offered, accepted, given back -----------------------------------------------------------------------------------


def test_responsibility_passes_at_once_and_the_hand_over_is_offered(house: House, case: Case) -> None:
    row = handed(case, house.billing, house.olga.person, cause="skill", summary="Called twice. The invoice is open.")
    assert stored(case).owner_team == house.billing
    assert (row.state, row.settled_at, row.border, row.returns) == (Handover.OFFERED, None, False, False)
    assert (row.from_person, row.from_team) == (house.olga.person, house.support)
    assert (row.to_person, row.to_team) == (None, house.billing)
    assert row.entry.content.summary == "Called twice. The invoice is open."
    assert wrong() == []


def test_any_member_of_the_team_accepts_and_the_team_keeps_the_case(house: House, case: Case) -> None:
    row = accept(handed(case, house.billing, house.olga.person), house.sven.person)
    assert (row.state, row.settled_by, stored(case).owner_team) == ("accepted", house.sven.person, house.billing)
    assert CaseEntry.objects.filter(case=case).exclude(cause="").count() == 1  # accepting changes no owner
    assert wrong() == []


@pytest.mark.parametrize(
    "deed",
    [
        lambda case, by: add_note(case, "I look at it.", by),
        lambda case, by: resolve(case, by),
        lambda case, by: promise(case, "Call her", datetime.now(UTC) + timedelta(days=1), by),
        lambda case, by: take(case, by),
        lambda case, by: answer(case, by),
    ],
)
def test_the_first_deed_of_the_new_owner_accepts(
    house: House, case: Case, deed: Callable[[Case, Person], object]
) -> None:
    row = handed(case, house.billing, house.olga.person)
    deed(case, house.sven.person)
    row.refresh_from_db()
    assert (row.state, row.settled_by) == (Handover.ACCEPTED, house.sven.person)
    assert wrong() == []


def test_a_deed_of_somebody_else_accepts_nothing(house: House, case: Case) -> None:
    row = handed(case, house.billing, house.olga.person)
    add_note(case, "And he called again.", house.olga.person)
    row.refresh_from_db()
    assert row.state == Handover.OFFERED


def test_what_is_given_back_is_the_givers_again_and_charged_to_its_cause(house: House, case: Case) -> None:
    row = handed(case, house.billing, house.olga.person, cause="routing")
    entry = give_back(row, house.sven.person, "We never had this contract.")
    row.refresh_from_db()
    assert (row.state, row.settled_by, row.entry.cause) == ("given_back", house.sven.person, "routing")
    assert (stored(case).owner_person, entry.cause, entry.team) == (house.olga.person, "given_back", house.support)
    assert EntryContent.objects.get(entry=entry).text == "We never had this contract."
    assert Handover.objects.count() == 1
    assert wrong() == []


def test_what_is_given_back_to_somebody_who_left_is_his_teams_and_a_closed_ones_successors(house: House) -> None:
    case, other = a_case(house.kurt), a_case(house.kurt)
    rows = [handed(one, house.billing, None, cause="absence") for one in (case, other)]
    Person.objects.filter(pk=house.kurt.person.pk).update(left_at=AT)
    give_back(rows[0], house.sven.person, "Not ours.")
    assert stored(case).owner_team == house.support
    for one in (house.olgas, house.supports, case):
        hand_over(one, house.repairs, None, "Support is closed.", "reorganisation")
    between = a_team("Between", closed_at=AT, successor=house.repairs)
    Team.objects.filter(pk=house.support.pk).update(closed_at=AT, successor=between)
    give_back(rows[1], house.sven.person, "Not ours.")
    assert stored(other).owner_team == house.repairs
    assert wrong() == []


def test_what_is_given_back_while_the_giver_is_away_is_his_teams(house: House, case: Case) -> None:
    row = handed(case, house.billing, house.olga.person)
    now = datetime.now(UTC)
    Absence.objects.create(person=house.olga.person, begin=now - timedelta(days=1), end=now + timedelta(days=1))
    give_back(row, house.sven.person, "Not ours.")
    assert (stored(case).owner_person, stored(case).owner_team) == (None, house.support)
    other = handed(house.olgas, house.billing, None)
    give_back(other, house.sven.person, "Not ours.", at=now + timedelta(days=2))
    assert stored(case).owner_team == house.support
    assert wrong() == []


def test_whom_the_rules_give_a_case_of_his_team_can_give_it_back_too(house: House, case: Case) -> None:
    row = handed(case, house.billing, house.olga.person)
    with transaction.atomic(), cursor() as cur:
        event = note_event("case.routed", next_moment(case), None, ("case", case.pk))
        write_entry(event, case, None, person=house.sven.person, team=house.billing, cause="routed")
        done(cur, case.pk)
    assert stored(case).owner_person == house.sven.person
    assert wrong() == []
    give_back(row, house.sven.person, "Not ours.")
    assert stored(case).owner_person == house.olga.person
    assert wrong() == []


def test_the_machine_hands_over_and_is_named_as_that(house: House, case: Case) -> None:
    hand_over(case, house.support, None, "Olga is away until Monday.", cause="absence", at=AT)
    event = Event.objects.get(kind="case.handed_over")
    assert (event.actor_type, event.actor_id) == ("machine", None)
    assert CaseEntry.objects.get(event_id=event.pk).updated_by is None


def test_who_takes_a_case_to_himself_needs_not_accept_it(house: House, case: Case) -> None:
    row = handed(case, house.lena.person, house.lena.person, reason="Olga is ill.", cause="absence")
    assert (row.state, row.settled_by) == (Handover.ACCEPTED, house.lena.person)


def test_what_goes_on_unread_is_passed_on(house: House, case: Case) -> None:
    first = handed(case, house.billing, house.olga.person)
    second = handed(case, house.repairs, house.sven.person)
    first.refresh_from_db()
    assert (first.state, first.settled_by, second.state) == ("passed_on", house.sven.person, "offered")
    assert (first.border, second.border) == (False, True)
    assert wrong() == []


def test_it_came_back_is_seen_over_teams_and_over_persons(house: House, case: Case) -> None:
    assert not handed(case, house.billing, house.olga.person).returns
    assert handed(case, house.support, house.sven.person).returns
    assert handed(case, house.sven.person, house.olga.person).returns
    other = a_case(house.olga)
    assert not handed(other, house.kurt.person, house.olga.person).returns
    assert handed(other, house.olga.person, house.kurt.person).returns
    assert not handed(other, house.repairs, house.olga.person).returns
    third = a_case(house.support)
    assert not handed(third, house.repairs, house.olga.person).returns
    assert handed(third, house.olga.person, house.paul.person).returns  # the team has it again
    assert [row.border for row in Handover.objects.order_by("entry_id")] == [False] * 5 + [True] * 3


# -- taken -----------------------------------------------------------------------------------------------------------


def test_a_case_of_the_team_becomes_one_persons_and_is_no_hand_over(house: House) -> None:
    entry = take(house.supports, house.olga.person, seen=house.support)
    assert (entry.person, entry.team, entry.cause) == (house.olga.person, house.support, "")
    assert stored(house.supports).owner_person == house.olga.person
    assert not Handover.objects.exists()
    assert wrong() == []


def test_who_was_slower_is_told_who_has_it(house: House) -> None:
    take(house.supports, house.olga.person, seen=house.support)
    for seen in (house.support, None):
        with pytest.raises(WorkError) as refused:
            take(house.supports, house.kurt.person, seen=seen)
        assert (refused.value.code, refused.value.owner) == ("taken", house.olga.person)
    with pytest.raises(WorkError, match="same_owner"):
        take(house.supports, house.olga.person)


def test_a_lead_takes_a_case_from_a_colleague_with_a_reason(house: House, case: Case) -> None:
    with pytest.raises(WorkError, match="empty"):
        take(case, house.lena.person, seen=house.olga.person, reason=" ")
    entry = take(case, house.lena.person, seen=house.olga.person, reason="She is ill.", cause="absence")
    assert (entry.handover.state, entry.cause) == (Handover.ACCEPTED, "absence")
    assert stored(case).owner_person == house.lena.person
    assert wrong() == []


# -- what is not possible --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "attempt"),
    [
        ("empty", lambda case, h: hand_over(case, h.billing, h.olga.person, " \x00\n")),
        ("cause", lambda case, h: hand_over(case, h.billing, h.olga.person, "So", cause="weather")),
        ("cause", lambda case, h: hand_over(case, h.billing, h.olga.person, "So", cause="given_back")),
        ("same_owner", lambda case, h: hand_over(case, h.olga.person, h.kurt.person, "So")),
        ("taken", lambda case, h: hand_over(case, h.billing, h.kurt.person, "So", seen=h.support)),
        ("not_open", lambda case, h: [resolve(case, h.olga.person), hand_over(case, h.billing, None, "So")]),
        ("not_open", lambda case, h: [resolve(case, h.olga.person), take(case, h.kurt.person)]),
    ],
)
def test_what_is_not_possible_is_refused(house: House, case: Case, code: str, attempt: Callable[..., Any]) -> None:
    with pytest.raises(WorkError, match=code):
        attempt(case, house)
    assert stored(case).owner_person == house.olga.person
    assert not Handover.objects.exists()


def test_it_is_accepted_once_and_given_back_no_more_then(house: House, case: Case) -> None:
    row = handed(case, house.billing, None)
    accept(row, house.sven.person)
    with pytest.raises(WorkError, match="settled"):
        accept(row, house.sven.person)
    with pytest.raises(WorkError, match="settled"):
        give_back(row, house.sven.person, "No.")
    assert stored(case).owner_team == house.billing


def test_nothing_is_given_back_after_an_answer_and_by_nobody_else(house: House, case: Case) -> None:
    row = handed(case, house.billing, house.olga.person)
    for stranger in (house.olga.person, house.paul.person):
        with pytest.raises(WorkError, match="not_yours"):
            give_back(row, stranger, "No.")
        with pytest.raises(WorkError, match="not_yours"):
            accept(row, stranger)
    with pytest.raises(WorkError, match="empty"):
        give_back(row, house.sven.person, "")
    add_note(case, "I have looked.", house.sven.person)
    with pytest.raises(WorkError, match="settled"):
        give_back(row, house.sven.person, "No.")
    assert stored(case).owner_team == house.billing


@pytest.mark.parametrize("deed", ["hand_over", "take"])
def test_nobody_who_has_left_and_no_closed_team_gets_a_case(house: House, case: Case, deed: str) -> None:
    Person.objects.filter(pk=house.kurt.person.pk).update(left_at=AT)
    closed = a_team("Closed", closed_at=AT)
    before = Event.objects.count()
    if deed == "take":
        with pytest.raises(WorkError, match="left"):
            take(house.supports, house.kurt.person)
    else:
        with pytest.raises(WorkError, match="left"):
            hand_over(case, house.kurt.person, house.olga.person, "His.")
        with pytest.raises(WorkError, match="closed"):
            hand_over(case, closed, house.olga.person, "Theirs.")
    assert Event.objects.count() == before


def test_what_the_database_refuses_is_said_in_the_same_words(house: House, case: Case) -> None:
    closed = a_team("Closed", closed_at=AT)
    with pytest.raises(WorkError, match="closed"), _to(closed), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(owner_person=None, owner_team=closed)
    with pytest.raises(IntegrityError), _to(closed), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(owner_person=None)
    assert stored(case).owner_person == house.olga.person


def test_a_very_long_reason_is_cut_and_nothing_of_it_breaks(house: House, case: Case) -> None:
    row = handed(case, house.billing, house.olga.person, reason="x" * 100_000, summary="\x00y\ud800" * 50_000)
    assert len(row.entry.content.text) == LONGEST and len(row.entry.content.summary) == LONGEST


def test_a_deed_counts_after_the_one_before_though_its_clock_is_behind(house: House, case: Case) -> None:
    late = datetime.now(UTC) + timedelta(hours=1)
    hand_over(case, house.billing, None, "A machine whose clock is ahead", "routing", at=late)
    hand_over(case, house.support, house.sven.person, "Not ours")
    assert stored(case).owner_team == house.support
    assert wrong() == []


# -- joined cases ----------------------------------------------------------------------------------------------------


def test_hand_overs_go_with_their_entries_into_a_joined_case_and_back(house: House, case: Case) -> None:
    other = house.supports
    a_message(other)
    handed(case, house.billing, house.olga.person)
    handed(other, house.kurt.person, house.olga.person)
    deed = join(other, case, house.lena.person)
    assert [row.to_team for row in offered_in([case.pk])] == [house.billing]
    assert Handover.objects.filter(entry__case=case).count() == 2
    assert wrong() == []
    undo(deed, house.lena.person)
    assert [row.to_person for row in offered_in([other.pk])] == [house.kurt.person]
    assert [row.to_team for row in offered_in([case.pk])] == [house.billing]
    assert (stored(other).owner_person, stored(case).owner_team) == (house.kurt.person, house.billing)
    assert wrong() == []


# -- at the same time ------------------------------------------------------------------------------------------------


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """Each deed in a thread with a connection of its own, begun together; what came of each."""
    gate, came = threading.Barrier(len(deeds)), [object()] * len(deeds)

    def run(place: int, deed: Callable[[], object]) -> None:
        try:
            gate.wait(timeout=20)
            came[place] = deed()
        except Exception as error:  # handed to the test
            came[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return came


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_a_case_in_the_same_second_one_has_it_and_the_other_is_told_who() -> None:
    house = a_house()
    olga, kurt = house.olga.person, house.kurt.person
    for _ in range(5):
        case = a_case(house.support)
        came = at_once(partial(take, case, olga, house.support), partial(take, case, kurt, house.support))
        winner = stored(case).owner_person
        refused = [one for one in came if isinstance(one, WorkError)]
        assert [one.code for one in refused] == ["taken"] and refused[0].owner == winner
    assert wrong() == []


@pytest.mark.django_db(transaction=True)
def test_take_against_hand_over_and_accept_against_accept_leave_one_owner() -> None:
    house = a_house()
    olga, kurt = house.olga.person, house.kurt.person
    case = a_case(house.support)
    came = at_once(
        lambda: take(case, olga, house.support),
        lambda: hand_over(case, house.billing, kurt, "Money", seen=house.support),
    )
    assert [one.code for one in came if isinstance(one, WorkError)] == ["taken"]
    row = handed(a_case(house.billing), house.support, None)
    came = at_once(lambda: accept(row, olga), lambda: accept(row, kurt))
    assert [one.code for one in came if isinstance(one, WorkError)] == ["settled"]
    assert wrong() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("leaves_first", [True, False])
def test_a_hand_over_to_somebody_who_is_just_leaving_is_refused_or_keeps_him(leaves_first: bool) -> None:
    house = a_house()
    case, kurt = a_case(house.billing), house.kurt.person
    begun, go_on = threading.Event(), threading.Event()

    def leaving() -> object:
        with transaction.atomic():
            Person.objects.filter(pk=kurt.pk).update(left_at=AT)
            begun.set()
            go_on.wait(timeout=20)
        return "left"

    def handing() -> object:
        begun.wait(timeout=20)
        try:
            with cursor() as cur:
                cur.execute("SET lock_timeout = '20s'")
            threading.Timer(0.2, go_on.set).start()
            return hand_over(case, kurt, house.sven.person, "He knows it.")
        finally:
            go_on.set()

    if leaves_first:
        came = at_once(leaving, handing)
        assert came[0] == "left"
        assert isinstance(came[1], WorkError) and came[1].code == "left"
        assert stored(case).owner_team == house.billing
    else:
        hand_over(case, kurt, house.sven.person, "He knows it.")
        go_on.set()
        came = at_once(leaving)
        assert "still owns open cases" in str(came[0])
        assert stored(case).owner_person == kurt
    assert wrong() == []


# -- any history -----------------------------------------------------------------------------------------------------

DEEDS = ("hand", "machine", "take", "accept", "back", "note", "resolve", "reopen", "promise")
A_DEED = st.tuples(st.sampled_from(DEEDS), st.integers(0, 5), st.integers(0, 5))


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.lists(A_DEED, max_size=14))
@pytest.mark.django_db
def test_after_any_history_a_case_has_one_owner_and_its_hand_overs_are_what_its_entries_say(
    history: list[tuple[str, int, int]],
) -> None:
    with transaction.atomic():
        house = a_house()
        people = [user.person for user in (house.olga, house.kurt, house.sven, house.lena, house.paul, house.maria)]
        places: list[Team | Person] = [house.support, house.billing, house.repairs, *people[:3]]
        case = a_case(house.support)
        Membership.objects.create(person=people[1], team=house.billing)
        for deed, who, where in history:
            _do(deed, case, people[who], places[where])
        now = stored(case)
        assert now.state not in OPEN_STATES or (now.owner_person_id is None) != (now.owner_team_id is None)
        assert wrong() == []
        assert _counted(case) == _told_by_entries(case)
        transaction.set_rollback(True)


def _do(deed: str, case: Case, who: Person, where: Team | Person) -> None:
    offered = offered_in([case.pk])
    try:
        if deed in ("hand", "machine"):
            hand_over(case, where, who if deed == "hand" else None, "So", "skill")
        elif deed == "take":
            seen = stored(case).owner_person or stored(case).owner_team
            take(case, who, seen, "So")
        elif deed == "accept" and offered:
            accept(offered[0], who)
        elif deed == "back" and offered:
            give_back(offered[0], who, "No")
        elif deed == "note":
            add_note(case, "Hm", who)
        elif deed == "resolve":
            resolve(case, who)
        elif deed == "reopen":
            reopen(case, who)
        elif deed == "promise":
            promise(case, "Call", datetime.now(UTC) + timedelta(days=1), who)
    except WorkError:
        pass


def _counted(case: Case) -> tuple[int, int, int]:
    rows = Handover.objects.filter(entry__case=case)
    return rows.count(), rows.filter(returns=True).count(), rows.filter(state=Handover.GIVEN_BACK).count()


def _told_by_entries(case: Case) -> tuple[int, int, int]:
    """Hand-overs, comings-back and givings-back, counted another way: by walking the log once."""
    handovers = returns = backs = 0
    teams: list[int] = []
    people: list[int] = []
    for entry in CaseEntry.objects.filter(case=case).order_by("at", "seq", "identity"):
        if entry.team_id is None and entry.person_id is None:
            continue
        handed_over = entry.cause not in ("", "given_back")
        handovers += handed_over
        backs += entry.cause == "given_back"
        team_moves = bool(teams) and entry.team_id not in (None, teams[-1])
        back_to_team = team_moves and len(teams) > 1 and entry.team_id == teams[-2]
        person_moves = bool(people) and entry.person_id not in (None, people[-1])
        back_to_person = not team_moves and person_moves and len(people) > 1 and entry.person_id == people[-2]
        returns += handed_over and (back_to_team or back_to_person)
        if entry.team_id is not None and entry.team_id not in teams[-1:]:
            teams.append(entry.team_id)
        if entry.person_id is not None and entry.person_id not in people[-1:]:
            people.append(entry.person_id)
    return handovers, returns, backs
