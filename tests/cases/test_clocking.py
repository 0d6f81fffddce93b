"""Clocks in the database: what is kept is what the log says; what is due is told once, also by several workers."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, transaction

from rundblick.cases import clocking
from rundblick.cases.clocking import follow, recompute, refresh, strike
from rundblick.cases.models import Case, CaseEntry, Clock, Message
from rundblick.cases.promising import PROMISE
from rundblick.cases.regrouping import join
from rundblick.cases.work import hand_over, reopen, resolve
from rundblick.core import verification
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.models import Event, EventObject, Reader
from rundblick.core.promises import Level, Promise
from rundblick.core.rulebooks import put_in_force
from rundblick.people.hours import TIMETABLES, Timetable, Timetables
from tests.core.settling import settle
from tests.people.house import House, a_case, a_house, a_message, a_team

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # when the cases of the house were opened: Monday, 10 o'clock
ROUND = Timetables((Timetable("round", "Mo-So 00:00-24:00", "Europe/Berlin"),))


@pytest.fixture
def house() -> House:
    made = a_house()
    put_in_force(TIMETABLES, ROUND, by=None, seen=0, at=AT - timedelta(days=9))
    put_in_force(PROMISE, Promise((Level(4, 16),)), by=None, seen=0, at=AT - timedelta(days=9))
    return made


def counted(now: datetime | None = None) -> None:
    for _portion in recompute(now):
        pass


def followed(now: datetime) -> None:
    settle()
    while follow(now):
        pass


def clock(case: Case, kind: str = "resolution") -> Clock:
    return Clock.objects.get(case=case, kind=kind)


def told(kind: str) -> list[tuple[int, str]]:
    """(case, clock) of the events of a kind."""
    found = []
    for event in Event.objects.filter(kind=kind).order_by("id"):
        case = EventObject.objects.get(event=event, type="case").object_id
        found.append((case, (event.data or {})["clock"]))
    return found


def say(case: Case, at: datetime, state: str = "", **more: object) -> None:
    key = uuid7().bytes
    event = Event.objects.create(kind="case.told", occurred_at=at)
    EventObject.objects.create(event=event, type="case", object_id=case.pk)
    CaseEntry.objects.create(identity=key, content_digest=key, event=event, case=case, at=at, state=state, **more)
    with transaction.atomic(), cursor() as cur:
        from rundblick.cases.folding import fold

        fold(cur, [case.pk])


def differences() -> list[verification.Difference]:
    check = verification.verify(["clocks"]).checks[0]
    assert not check.fault
    return list(check.shown)


def test_every_open_case_of_our_own_has_its_two_clocks(house: House) -> None:
    counted(AT)
    assert Clock.objects.count() == 2 * len(house.cases())
    one = clock(house.olgas, "reaction")
    assert (one.state, one.target_s, one.due_at, one.next_at) == (
        "running",
        4 * 3600,
        AT + timedelta(hours=4),
        AT + timedelta(hours=3),
    )
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_what_happens_in_a_case_is_followed_by_the_feed(house: House) -> None:
    follow(AT)
    say(house.olgas, AT + timedelta(hours=1), "pending")
    resolve(house.supports, by=house.kurt.person, at=AT + timedelta(hours=2))
    followed(AT + timedelta(hours=2))
    waiting, solved = clock(house.olgas), clock(house.supports)
    assert (waiting.state, waiting.due_at, waiting.pauses, waiting.ran_s) == ("standing", None, 1, 3600)
    assert (solved.state, solved.ran_s, solved.next_at) == ("met", 7200, None)
    a_message(house.olgas, at=AT + timedelta(hours=3))  # the customer writes: he has given the ball back
    event = Event.objects.create(kind="message.received", occurred_at=AT)
    EventObject.objects.create(event=event, type="case", object_id=house.olgas.pk)
    followed(AT + timedelta(hours=3))
    again = clock(house.olgas)
    assert (again.state, again.due_at, again.stood_s) == ("running", AT + timedelta(hours=18), 7200)
    followed(AT)
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_a_case_that_was_joined_to_another_has_no_clocks_any_more(house: House) -> None:
    follow(AT)
    join(house.olgas, house.supports, by=house.lena.person)
    followed(AT)
    gone = Case.objects.get(merged_into__isnull=False)
    assert not Clock.objects.filter(case=gone).exists()
    assert Clock.objects.filter(case_id=gone.merged_into_id).count() == 2
    assert differences() == []


def test_a_warning_and_a_breach_are_each_told_once_with_the_one_who_is_responsible(house: House) -> None:
    case = house.olgas
    counted(AT)
    Clock.objects.exclude(case=case).delete()
    assert strike(AT + timedelta(hours=2)) == 0
    for _again in range(2):
        strike(AT + timedelta(hours=3))
    assert told("clock.warned") == [(case.pk, "reaction")]
    event = Event.objects.get(kind="clock.warned")
    assert event.occurred_at == AT + timedelta(hours=3)
    assert EventObject.objects.filter(event=event, type="person", object_id=house.olga.person.pk).exists()
    for _again in range(2):
        strike(AT + timedelta(hours=4, seconds=1))
    assert told("clock.breached") == [(case.pk, "reaction")]
    assert verification.verify(["event-objects"]).is_right
    one = clock(case, "reaction")
    assert (one.state, one.breached_at, one.next_at) == ("breached", AT + timedelta(hours=4), None)


def test_a_machine_that_slept_for_a_week_tells_everything_once_and_warns_of_nothing_that_is_over(house: House) -> None:
    counted(AT)
    later = AT + timedelta(days=7)
    while strike(later):
        pass
    n = len(house.cases())
    assert (len(told("clock.breached")), told("clock.warned")) == (2 * n, [])
    counted(later)
    while strike(later) or follow(later):
        pass
    assert len(told("clock.breached")) == 2 * n
    assert set(Clock.objects.values_list("state", flat=True)) == {"breached"}
    assert differences() == []


def test_an_answer_in_time_that_nobody_has_counted_yet_makes_no_breach(house: House) -> None:
    counted(AT)
    Clock.objects.exclude(case=house.olgas).delete()
    resolve(house.olgas, by=house.olga.person, at=AT + timedelta(hours=1))  # the feed was not read since
    while strike(AT + timedelta(days=3)):
        pass
    assert told("clock.breached") == []
    assert clock(house.olgas).state == "met"


def test_who_comes_too_late_is_told_even_where_nobody_looked_in_between(house: House) -> None:
    counted(AT)
    resolve(house.olgas, by=house.olga.person, at=AT + timedelta(hours=20))
    counted(AT + timedelta(hours=21))
    Clock.objects.exclude(case=house.olgas).delete()
    while strike(AT + timedelta(hours=21)):
        pass
    assert told("clock.breached") == [(house.olgas.pk, "reaction"), (house.olgas.pk, "resolution")]
    assert clock(house.olgas).state == "late"


def test_a_breach_that_was_a_mistake_can_be_told_again_when_it_is_none_any_more(house: House) -> None:
    counted(AT)
    Clock.objects.exclude(case=house.olgas).delete()
    strike(AT + timedelta(hours=17))
    say(house.olgas, AT + timedelta(hours=1), "pending")  # came late: the customer had the ball all the time
    now = AT + timedelta(hours=17)
    with transaction.atomic(), cursor() as cur:
        refresh(cur, [house.olgas.pk], now=now)
    assert (clock(house.olgas).state, clock(house.olgas).breached_at) == ("standing", None)
    say(house.olgas, now, "open")
    with transaction.atomic(), cursor() as cur:
        refresh(cur, [house.olgas.pk], now=now)
    strike(AT + timedelta(hours=40))
    assert told("clock.breached").count((house.olgas.pk, "resolution")) == 2


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_vanished_with_a_page_leaves_it_to_the_next_one(house: House) -> None:
    follow(AT)
    say(house.olgas, AT + timedelta(hours=1), "pending")
    before = Reader.objects.get(name="clocks")
    settle()
    with transaction.atomic():
        follow(AT)
        transaction.set_rollback(True)
    assert Reader.objects.get(name="clocks").event_id == before.event_id
    assert clock(house.olgas).state == "running"
    followed(AT + timedelta(hours=1))
    assert clock(house.olgas).state == "standing"


@pytest.mark.django_db(transaction=True)
def test_new_hours_count_from_when_they_hold_and_what_was_before_by_the_old_ones(house: House) -> None:
    counted(AT)
    change = AT + timedelta(hours=6)
    office = Timetables((Timetable("office", "Mo-Fr 09:00-17:00", "Europe/Berlin"),))
    put_in_force(TIMETABLES, office, by=None, seen=1, at=change)  # Monday, 16 o'clock in Berlin
    followed(change)
    # ten hours are left: one on Monday, eight on Tuesday, one on Wednesday
    assert clock(house.olgas).due_at == datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    assert differences() == []


def test_nobody_stops_a_clock_by_handing_over(house: House) -> None:
    asleep = a_team("Asleep")
    hours = Timetables(
        (*ROUND.tables, Timetable("rare", "Mo 09:00-10:00", "Europe/Berlin")), {str(asleep.uuid): "rare"}
    )
    put_in_force(TIMETABLES, hours, by=None, seen=1, at=AT - timedelta(days=8))
    counted(AT)
    due = clock(house.olgas).due_at
    theirs = a_case(asleep)
    hand_over(house.olgas, asleep, house.olga.person, "they know", at=AT + timedelta(hours=1))
    counted(AT + timedelta(hours=1))
    assert clock(house.olgas).due_at == due
    assert (clock(theirs).target_s, clock(theirs).due_at) == (16 * 3600, datetime(2026, 6, 22, 8, 0, tzinfo=UTC))


def test_verify_finds_what_was_changed_by_hand_and_mends_it(house: House) -> None:
    counted(AT)
    Clock.objects.filter(case=house.olgas, kind="reaction").update(due_at=AT, pauses=3)
    Clock.objects.filter(case=house.supports).delete()
    assert {(one.row, one.what) for one in differences()} == {
        (house.olgas.pk, "reaction.due_at"),
        (house.olgas.pk, "reaction.pauses"),
        (house.supports.pk, "reaction"),
        (house.supports.pk, "resolution"),
    }
    assert verification.repair(verification.verify(["clocks"])) == ["clocks"]
    assert differences() == []


def test_before_anybody_has_counted_verify_finds_no_fault(house: House) -> None:
    check = verification.verify(["clocks"]).checks[0]
    assert (check.differences, check.notes) == (0, ())


@pytest.mark.parametrize("seed", range(6))
def test_after_any_history_what_is_kept_is_what_is_counted_again(house: House, seed: int) -> None:
    draw = random.Random(seed)
    counted(AT)
    now, touched = AT, set[int]()

    def follow_all() -> None:
        with transaction.atomic(), cursor() as cur:
            refresh(cur, sorted(touched), now=now)
        touched.clear()

    for _deed in range(12):
        now += timedelta(minutes=draw.randrange(0, 600))
        case = Case.objects.get(pk=draw.choice(house.cases()).pk)
        touched.add(case.pk)
        what = draw.choice(["pending", "open", "resolve", "reopen", "write", "strike", "follow", "late"])
        if what == "resolve" and case.state not in ("resolved", "closed"):
            resolve(case, by=house.olga.person, at=now)
        elif what == "reopen" and case.state in ("resolved", "closed"):
            reopen(case, by=house.olga.person, at=now)
        elif what == "write":
            a_message(case, at=now)
            say(case, now)
        elif what == "strike":
            strike(now)
        elif what == "follow":
            follow_all()
        elif what in ("pending", "open", "late") and case.state not in ("resolved", "closed"):
            at = now - timedelta(hours=draw.randrange(9)) if what == "late" else now
            say(case, at, "open" if what == "open" else "pending")
    follow_all()
    kept = list(Clock.objects.order_by("case_id", "kind").values())
    for one in kept:  # what was told stays out: another computation does not know it
        assert one["breached_at"] in (None, one["due_at"]) or one["state"] == "late"
    counted(now)
    assert list(Clock.objects.order_by("case_id", "kind").values()) == kept
    events = [*told("clock.breached"), *told("clock.warned")]
    strike(now + timedelta(days=99))
    counted(now + timedelta(days=99))
    assert differences() == []
    assert len(events) <= len([*told("clock.breached"), *told("clock.warned")])


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_tell_each_breach_once() -> None:
    house = a_house()
    put_in_force(TIMETABLES, ROUND, by=None, seen=0, at=AT - timedelta(days=9))
    cases = [*house.cases(), *(a_case(house.support) for _n in range(30))]
    counted(AT)
    barrier = threading.Barrier(4)
    faults: list[BaseException] = []

    def work() -> None:
        try:
            barrier.wait(10)
            while strike(AT + timedelta(days=9)) or follow(AT + timedelta(days=9)):
                pass
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert faults == []
    assert sorted(told("clock.breached")) == sorted(
        (one.pk, kind) for one in cases for kind in ("reaction", "resolution")
    )
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_what_another_worker_has_in_hand_is_left_to_him() -> None:
    a_house()
    counted(AT)
    later = AT + timedelta(days=9)
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SELECT FROM cases_clock FOR UPDATE")
        assert strike(later) == 0
        other.execute("SELECT FROM core_reader FOR UPDATE")
        assert follow(later) == 0
    assert strike(later) > 0


def test_a_case_of_an_export_has_no_clock_of_ours(house: House) -> None:
    from rundblick.core.models import System

    Case.objects.filter(pk=house.olgas.pk).update(system=System.objects.get_or_create(code="desk")[0])
    counted(AT)
    assert not Clock.objects.filter(case=house.olgas).exists()


def test_the_first_portions_and_the_last_are_the_same_as_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    counted(AT)
    kept = list(Clock.objects.order_by("case_id", "kind").values())
    Clock.objects.all().delete()
    monkeypatch.setattr(clocking, "PORTION", 2)
    assert [done for done, _all, _changed in recompute(AT)][-1] == len(house.cases())
    assert list(Clock.objects.order_by("case_id", "kind").values()) == kept
    assert Message.objects.count() == 0
