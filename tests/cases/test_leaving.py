"""Somebody leaves, a team is closed, the default team changes: no case is ever without an owner who is there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import monotonic

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from psycopg import errors

from rundblick.cases import work
from rundblick.cases.folding import fold
from rundblick.cases.leaving import LeavingError, close_team, come_back, leave, make_default, open_team
from rundblick.cases.models import OPEN_STATES, Case, CaseEntry, EntryContent, Handover
from rundblick.core import verification
from rundblick.core.again import again
from rundblick.core.database import cursor, draw_ids, insert_rows
from rundblick.core.ids import uuid7s
from rundblick.core.models import Event, EventObject
from rundblick.core.numbers import case_number
from rundblick.people import tokens
from rundblick.people.models import Membership, Person, Role, Team, User
from rundblick.people.users import UserError
from tests.people.house import House, a_case, a_house, a_message, a_team, a_user

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def house(db: None) -> House:
    made = a_house()
    Team.objects.filter(pk=a_team("Service").pk).update(is_default=True)
    return made


def owner(case: Case) -> tuple[int | None, int | None]:
    fresh = Case.objects.get(pk=case.pk)
    return fresh.owner_person_id, fresh.owner_team_id


def nothing_is_wrong() -> None:
    verified = verification.verify(["cases", "owners", "handovers", "event-objects", "roles"])
    assert verified.is_right, verified


def folded(case: Case) -> None:
    with transaction.atomic(), cursor() as cur:
        fold(cur, [case.pk])


def last_entry(case: Case) -> CaseEntry:
    return CaseEntry.objects.filter(case=case).order_by("-at", "-seq", "-identity")[0]


# -- leaving ----------------------------------------------------------------------------------------------------------


def test_what_somebody_had_goes_to_the_team_for_which_he_had_it(house: House) -> None:
    Membership.objects.create(person=house.olga.person, team=house.billing)
    work.hand_over(house.billings, to=house.olga.person, by=house.sven.person, reason="knows it", at=NOW)
    handed = leave(house.olga.person, house.anton, NOW + timedelta(hours=1))
    assert owner(house.billings) == (None, house.billing.pk)
    assert owner(house.olgas) == (None, house.support.pk)  # its log names no team: his first one
    assert handed.teams == {house.billing.pk: 1, house.support.pk: 1}
    assert handed.cases == 2
    nothing_is_wrong()


def test_or_to_whom_is_named(house: House) -> None:
    handed = leave(house.olga.person, house.anton, NOW, successor=house.kurt.person)
    assert owner(house.olgas) == (house.kurt.person.pk, None)
    assert handed.persons == {house.kurt.person.pk: 1}
    assert last_entry(house.olgas).team_id == house.support.pk
    nothing_is_wrong()


def test_who_is_in_no_team_leaves_his_cases_to_the_default_team(house: House) -> None:
    ida = a_user("Ida", Role.AGENT)
    case = a_case(ida)
    leave(ida.person, house.anton, NOW)
    assert owner(case) == (None, Team.objects.get(is_default=True).pk)


def test_each_hand_over_stands_in_the_log_with_its_cause(house: House) -> None:
    leave(house.olga.person, house.anton, NOW)
    entry = last_entry(house.olgas)
    assert (entry.cause, entry.at, entry.updated_by_id) == ("absence", NOW, house.anton.person.pk)
    assert EntryContent.objects.get(entry=entry).text
    event = Event.objects.get(pk=entry.event_id)
    assert (event.kind, event.actor_type, event.actor_id) == ("case.handed_over", "person", house.anton.person.pk)
    about = set(EventObject.objects.filter(event=event).values_list("type", "object_id"))
    assert about == {("case", house.olgas.pk), ("team", house.support.pk)}
    handover = Handover.objects.get(entry=entry)
    assert (handover.from_person_id, handover.to_team_id, handover.state) == (
        house.olga.person.pk,
        house.support.pk,
        "offered",
    )


def test_what_was_offered_to_him_is_passed_on(house: House) -> None:
    leave(house.sven.person, house.anton, NOW, successor=house.olga.person)
    leave(house.olga.person, house.anton, NOW + timedelta(hours=1))
    states = Handover.objects.filter(entry__case=house.svens).order_by("entry_id").values_list("state", flat=True)
    assert list(states) == ["passed_on", "offered"]


def test_a_case_that_comes_back_to_who_had_it_says_so(house: House) -> None:
    leave(house.olga.person, house.anton, NOW, successor=house.kurt.person)
    come_back(house.olga.person, house.anton, NOW)
    leave(house.kurt.person, house.anton, NOW + timedelta(hours=1), successor=house.olga.person)
    assert Handover.objects.get(entry=last_entry(house.olgas)).from_person_id == house.kurt.person.pk


def test_a_case_whose_source_has_a_fast_clock_goes_on_too(house: House) -> None:
    work.hand_over(house.supports, to=house.olga.person, by=house.kurt.person, reason="x", at=NOW + timedelta(days=9))
    leave(house.olga.person, house.anton, NOW)
    assert owner(house.supports) == (None, house.support.pk)
    nothing_is_wrong()


def test_he_signs_in_no_more_and_his_sessions_and_tokens_end(house: House) -> None:
    issued = tokens.issue(house.olga, "script", ["case.read"])
    session = SessionStore()
    session[SESSION_KEY] = str(house.olga.pk)
    session.save()
    other = SessionStore()
    other[SESSION_KEY] = str(house.kurt.pk)
    other.save()
    leave(house.olga.person, house.anton, NOW)
    user = User.objects.get(pk=house.olga.pk)
    assert not user.is_active
    assert not user.has_usable_password()
    assert tokens.verify(issued.text) is None
    assert list(Session.objects.values_list("session_key", flat=True)) == [other.session_key]


def test_what_is_done_keeps_his_name(house: House) -> None:
    done = a_case(house.olga, state="resolved")
    folded(done)
    leave(house.olga.person, house.anton, NOW)
    assert owner(done) == (house.olga.person.pk, None)
    nothing_is_wrong()


def test_whoever_comes_back_gets_nothing_back_but_what_nobody_decided(house: House) -> None:
    done = a_case(house.olga, state="resolved")
    leave(house.olga.person, house.anton, NOW)
    a_message(done, "It is broken again.", at=NOW + timedelta(hours=1))
    folded(done)
    assert owner(done)[0] is None
    come_back(house.olga.person, house.anton, NOW + timedelta(hours=2))
    assert owner(done) == (house.olga.person.pk, None)
    assert owner(house.olgas) == (None, house.support.pk)
    nothing_is_wrong()


def test_ten_thousand_cases_go_at_once(house: House) -> None:
    with cursor() as cur:
        ids = draw_ids(cur, {"cases_case": 10_000})["cases_case"]
        columns = ("id", "uuid", "number", "state", "owner_person_id", "last_at")
        rows = [
            (case, uuid, case_number(case), "open", house.olga.person.pk, NOW)
            for case, uuid in zip(ids, uuid7s(len(ids)), strict=True)
        ]
        insert_rows(cur, "cases_case", columns, rows)
    begun = datetime.now(UTC)
    handed = leave(house.olga.person, house.anton)
    assert handed.cases == 10_001
    assert (datetime.now(UTC) - begun).total_seconds() < 30
    assert not Case.objects.filter(owner_person=house.olga.person, state__in=OPEN_STATES).exists()


@pytest.mark.parametrize("code", ["left", "self", "successor", "gone"])
def test_what_cannot_be_is_refused_with_a_reason(house: House, code: str) -> None:
    person, by, successor = house.olga.person, house.anton, None
    if code == "left":
        leave(person, by, NOW)
    if code == "self":
        person = house.anton.person
    if code == "successor":
        successor = person
    if code == "gone":
        leave(house.kurt.person, by, NOW)
        successor, code = house.kurt.person, "successor"
    before = list(Case.objects.order_by("id").values_list("owner_person", "owner_team"))
    with pytest.raises(LeavingError) as error:
        leave(person, by, NOW, successor=successor)
    assert error.value.code == code
    assert str(error.value)
    assert before == list(Case.objects.order_by("id").values_list("owner_person", "owner_team"))


def test_the_last_administrator_stays(house: House) -> None:
    with pytest.raises(UserError, match="last administrator"):
        leave(house.anton.person, house.maria, NOW)
    assert User.objects.get(pk=house.anton.pk).is_active
    assert Person.objects.get(user=house.anton).left_at is None


# -- closing ----------------------------------------------------------------------------------------------------------


def test_what_a_closed_team_had_is_its_successors(house: House) -> None:
    done = a_case(house.billing, state="resolved")
    handed = close_team(house.billing, house.support, house.anton, NOW)
    assert handed.teams == {house.support.pk: 2}
    for case in (house.billings, house.annas_at_billing, done):
        assert owner(case) == (None, house.support.pk)
    assert last_entry(house.billings).cause == "reorganisation"
    assert CaseEntry.objects.filter(case=done).count() == 1  # nobody handed over what was done
    assert owner(house.svens) == (house.sven.person.pk, None)  # his own stays his
    nothing_is_wrong()


def test_its_members_come_along_when_asked(house: House) -> None:
    close_team(house.billing, house.support, house.anton, NOW, take_members=True)
    assert Membership.objects.filter(team=house.support, person=house.sven.person).exists()


def test_successors_are_never_closed_themselves(house: House) -> None:
    third = a_team("Third")
    done = a_case(house.billing, state="resolved")
    close_team(house.billing, house.support, house.anton, NOW)
    close_team(house.support, third, house.anton, NOW + timedelta(hours=1))
    assert Team.objects.get(pk=house.billing.pk).successor_id == third.pk
    assert owner(house.billings) == owner(done) == (None, third.pk)
    leave(house.sven.person, house.anton, NOW + timedelta(hours=2))  # in a team that is closed: to the default team
    assert owner(house.svens) == (None, Team.objects.get(is_default=True).pk)
    nothing_is_wrong()


def test_a_closed_team_can_be_opened_again(house: House) -> None:
    done = a_case(house.billing, state="resolved")
    close_team(house.billing, house.support, house.anton, NOW)
    open_team(house.billing, house.anton, NOW + timedelta(hours=1))
    assert owner(done) == (None, house.billing.pk)
    assert owner(house.billings) == (None, house.support.pk)
    nothing_is_wrong()


def test_what_cannot_be_closed_says_why(house: House) -> None:
    default = Team.objects.get(is_default=True)
    closed = a_team("Closed", closed_at=NOW, successor=default)
    for team, into, code in (
        (default, house.support, "default"),
        (closed, house.support, "closed"),
        (house.support, closed, "into"),
        (house.support, house.support, "into"),
    ):
        with pytest.raises(LeavingError) as error:
            close_team(team, into, house.anton, NOW)
        assert error.value.code == code
    with pytest.raises(LeavingError, match="not closed"):
        open_team(house.support, house.anton, NOW)
    assert not Team.objects.filter(pk=house.support.pk, closed_at__isnull=False).exists()


def test_the_default_team_changes_and_what_is_there_stays(house: House) -> None:
    default = Team.objects.get(is_default=True)
    case = Case.objects.create(number=case_number(77), owner_team=default, last_at=NOW)
    a_message(case)
    folded(case)
    make_default(house.billing, house.anton, NOW)
    assert list(Team.objects.filter(is_default=True)) == [house.billing]
    assert owner(case) == (None, default.pk)
    nothing_is_wrong()
    close_team(default, house.support, house.anton, NOW)
    assert owner(case) == (None, house.support.pk)
    nothing_is_wrong()


def test_a_closed_team_is_no_default_team(house: House) -> None:
    close_team(house.billing, house.support, house.anton, NOW)
    with pytest.raises(LeavingError, match="closed"):
        make_default(house.billing, house.anton, NOW)


# -- two at once ------------------------------------------------------------------------------------------------------


def beside(do: Callable[[], object]) -> Callable[[], BaseException | None]:
    """Do it on another connection; gives a function that waits for its end and gives what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            do()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    thread = Thread(target=run, daemon=True)
    thread.start()

    def ended() -> BaseException | None:
        thread.join(30)
        assert not thread.is_alive()
        return raised[0] if raised else None

    return ended


def waits_for_a_lock() -> None:
    """Until another connection waits for a lock of ours."""
    until = monotonic() + 20
    with cursor() as cur:
        while monotonic() < until:
            cur.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            row = cur.fetchone()
            if row and row[0]:
                return
    raise AssertionError("nobody waits")


@pytest.fixture
def standing(transactional_db: None) -> House:
    """The house, committed, so that two connections see it."""
    made = a_house()
    Team.objects.filter(pk=a_team("Service").pk).update(is_default=True)
    User.objects.filter(pk=made.nora.pk).update(role=Role.AGENT)
    return made


def test_a_case_that_is_just_coming_to_him_is_handed_over_too(standing: House) -> None:
    house = standing
    with transaction.atomic():
        work.hand_over(house.supports, to=house.olga.person, by=house.kurt.person, reason="knows it")
        left = beside(lambda: leave(house.olga.person, house.anton))
        waits_for_a_lock()
    assert left() is None
    assert owner(house.supports) == (None, house.support.pk)
    nothing_is_wrong()


def test_a_case_that_comes_too_late_is_refused_and_goes_right_when_it_is_done_again(standing: House) -> None:
    house = standing
    done = a_case(house.olga, state="resolved")
    with transaction.atomic():
        leave(house.olga.person, house.anton)
        opened = beside(lambda: work.reopen(done, by=house.kurt.person))
        waits_for_a_lock()
    error = opened()
    if error is not None:  # refused by the database, and nothing of it is there
        assert isinstance(error, errors.CheckViolation | IntegrityError)
        assert Case.objects.get(pk=done.pk).state == "resolved"
        again(lambda: work.reopen(done, by=house.kurt.person))
    assert owner(done)[0] is None
    nothing_is_wrong()


def test_what_the_database_refused_so_is_done_again(standing: House) -> None:
    house = standing
    done = a_case(house.olga, state="resolved")
    with transaction.atomic():
        leave(house.olga.person, house.anton)
        opened = beside(lambda: again(lambda: work.reopen(done, by=house.kurt.person)))
        waits_for_a_lock()
    assert opened() is None
    assert Case.objects.get(pk=done.pk).state == "open"
    assert owner(done)[0] is None
    nothing_is_wrong()


def test_two_who_name_each_other_do_not_both_leave(standing: House) -> None:
    house = standing
    one = beside(lambda: leave(house.olga.person, house.anton, successor=house.kurt.person))
    other = beside(lambda: leave(house.kurt.person, house.anton, successor=house.olga.person))
    raised = [error for error in (one(), other()) if error is not None]
    assert len(raised) == 1
    assert isinstance(raised[0], LeavingError)
    assert Person.objects.filter(left_at__isnull=False).count() == 1
    nothing_is_wrong()


def test_of_the_last_two_administrators_one_stays(standing: House) -> None:
    house = standing
    second = a_user("Berta", Role.ADMIN)
    one = beside(lambda: leave(house.anton.person, second))
    other = beside(lambda: leave(second.person, house.anton))
    raised = [error for error in (one(), other()) if error is not None]
    assert len(raised) == 1
    assert isinstance(raised[0], UserError)
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1


def test_leaving_and_giving_at_the_same_time_leaves_no_case_behind(standing: House) -> None:
    house = standing
    cases = [a_case(house.support) for _ in range(12)]

    def give() -> None:
        for case in cases:
            with suppress(errors.CheckViolation, IntegrityError, work.WorkError):  # he has left: who gives is told so
                work.hand_over(case, to=house.olga.person, by=house.kurt.person, reason="x")

    given, gone = beside(give), beside(lambda: leave(house.olga.person, house.anton))
    assert given() is None
    assert gone() is None
    assert not Case.objects.filter(owner_person=house.olga.person, state__in=OPEN_STATES).exists()
    nothing_is_wrong()


def test_closing_and_giving_at_the_same_time_leaves_no_case_behind(standing: House) -> None:
    house = standing
    cases = [a_case(house.support) for _ in range(12)]

    def give() -> None:
        for case in cases:
            with suppress(errors.CheckViolation, IntegrityError, work.WorkError):
                work.hand_over(case, to=house.billing, by=house.kurt.person, reason="x")

    given, closed = beside(give), beside(lambda: close_team(house.billing, house.repairs, house.anton))
    assert given() is None
    assert closed() is None
    assert not Case.objects.filter(owner_team=house.billing, state__in=OPEN_STATES).exists()
    nothing_is_wrong()
