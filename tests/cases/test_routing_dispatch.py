"""The sweep that assigns cases to people: the most urgent first, once, and with a reason that can be told."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from rundblick.cases import work
from rundblick.cases.folding import fold
from rundblick.cases.models import Case, CaseEntry, Clock, Message
from rundblick.cases.models import Routing as Decided
from rundblick.cases.routing import dispatch
from rundblick.cases.routing.book import Member, Routing
from rundblick.cases.routing.dispatch import DispatchSweep, dispatch_due
from rundblick.cases.routing.words import person_reason
from rundblick.core.database import cursor
from rundblick.core.models import Event, System
from rundblick.core.rulebooks import put_in_force
from rundblick.core.verification import verify
from rundblick.customers.models import Customer
from rundblick.people.hours import TIMETABLES, Timetable, Timetables
from rundblick.people.models import Absence, Role, Team, User
from tests.cases.centres import NOW, always_open, centre, put
from tests.people.house import AT, a_case, a_customer, a_team, a_user

_serials = count(1)


def a_concern(team: Team, customer: Customer | None = None, topic: str = "", language: str = "", **more: Any) -> Case:
    """An open case of a team, opened now and then, about something."""
    case = a_case(team, customer, **more)
    said(case, topic=topic, language=language)
    return case


def said(case: Case, **told: Any) -> None:
    system, _ = System.objects.get_or_create(code="email")
    identity = next(_serials).to_bytes(16)
    what = {"direction": "in", "channel": "email", "at": NOW} | told
    Message.objects.create(identity=identity, content_digest=identity, case=case, system=system, **what)
    with cursor() as cur:
        fold(cur, [case.pk])


def owner(case: Case) -> str:
    case.refresh_from_db()
    return case.owner_person.user.name if case.owner_person and case.owner_person.user else ""


def in_force(team: Team, *members: Member, takes: str = "push", **more: Any) -> None:
    put(Routing((), (centre(team, "Rechnung", takes=takes, **more),), members))


def member(user: User, **more: Any) -> Member:
    return Member(str(user.person.uuid), **more)


def why(case: Case) -> dict[str, Any]:
    reason: dict[str, Any] = Decided.objects.filter(case=case).order_by("-id")[0].reason
    return reason


@pytest.fixture
def support(db: None) -> Team:
    always_open()
    return a_team("Support")


@pytest.fixture
def olga(support: Team) -> User:
    return a_user("Olga", Role.AGENT, support)


@pytest.fixture
def kurt(support: Team) -> User:
    return a_user("Kurt", Role.AGENT, support)


def right() -> None:
    found = verify(["cases", "references", "event-objects", "append-only"])
    assert found.is_right, found


def test_a_case_of_a_team_that_is_assigned_work_gets_a_person(support: Team, olga: User) -> None:
    case = a_concern(support, topic="Rechnung", language="de")
    in_force(support)
    assert dispatch_due(NOW) == 1
    assert owner(case) == "Olga"
    entry = CaseEntry.objects.get(case=case, cause="routed")
    assert (entry.team, entry.person, entry.updated_by, entry.cause) == (support, olga.person, None, "routed")
    assert entry.event.kind == "case.routed" and entry.event.actor_type == "machine"
    decided = Decided.objects.get()
    assert (decided.entry, decided.person, decided.team, decided.topic) == (entry, olga.person, support, "Rechnung")
    told = person_reason(decided.reason, "Olga", "Support")
    assert told == 'Olga has it: speaks German, knows "Rechnung", had 0 of 8 cases. Nobody else was possible.'
    assert dispatch_due(NOW) == 0, "exactly once"
    right()


def test_a_team_whose_people_take_cases_is_left_alone(support: Team, olga: User) -> None:
    case = a_concern(support)
    assert dispatch_due(NOW) == 0, "no rules"
    in_force(support, takes="pull")
    assert dispatch_due(NOW) == 0
    assert owner(case) == "" and not Decided.objects.exists()


def test_an_assignment_counts_after_all_that_the_log_holds(support: Team, olga: User) -> None:
    case = a_concern(support)
    in_force(support)
    assert dispatch_due(AT - timedelta(hours=1)) == 1, "by the clock of a machine that is slow"
    assert owner(case) == "Olga"
    right()


def test_what_is_due_first_comes_first(support: Team, olga: User) -> None:
    later, sooner, old = (a_concern(support) for _ in range(3))
    for case, hours in ((later, 4), (sooner, 1)):
        Clock.objects.create(
            case=case, kind="reaction", state="running", book=0, level=0, target_s=1, ran_s=0, started_at=NOW,
            due_at=NOW + timedelta(hours=hours),
        )  # fmt: skip
    Case.objects.filter(pk=old.pk).update(opened_at=NOW + timedelta(hours=2))
    in_force(support, member(olga, capacity=1))
    dispatch_due(NOW)
    assert [owner(case) for case in (later, sooner, old)] == ["", "Olga", ""]
    in_force(support, member(olga, capacity=2))
    dispatch_due(NOW)
    assert [owner(case) for case in (later, old)] == ["", "Olga"]


def test_nobody_who_is_away_or_has_left_gets_a_case(support: Team, olga: User, kurt: User) -> None:
    lena = a_user("Lena", Role.AGENT, support)
    User.objects.filter(pk=lena.pk).update(is_active=False)
    ana = a_user("Ana", Role.ANALYST, support)
    assert ana.role == "analyst", "who may not work in cases gets none"
    Absence.objects.create(person=olga.person, begin=NOW - timedelta(days=1), end=NOW + timedelta(days=1))
    case = a_concern(support)
    in_force(support)
    dispatch_due(NOW)
    assert owner(case) == "Kurt" and why(case)["others"] == 0


def test_when_nobody_can_the_reason_says_why_and_until_when(support: Team, olga: User) -> None:
    put_in_force(TIMETABLES, Timetables((Timetable("day", "Mo-Fr 08:00-17:00"),)), by=None, seen=1)
    case = a_concern(support)
    in_force(support)
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert dispatch_due(sunday) == 0
    assert why(case) == {"step": "person", "none": "away", "until": "2026-11-23T07:00:00Z"}
    with timezone.override("Europe/Berlin"):
        assert "23 Nov, 08:00" in person_reason(why(case), "", "Support")
    for _ in range(3):
        dispatch_due(sunday)
    assert Decided.objects.count() == 1, "the same reason is not said again"
    Absence.objects.create(person=olga.person, begin=sunday, end=datetime(2026, 11, 24, 12, tzinfo=UTC))
    dispatch_due(sunday)
    assert why(case)["until"] == "2026-11-24T12:00:00Z"
    assert dispatch_due(datetime(2026, 11, 24, 12, tzinfo=UTC)) == 1
    right()


def test_somebody_with_hours_of_his_own_is_there_by_them(support: Team, olga: User, kurt: User) -> None:
    tables = (Timetable("day", "Mo-Fr 08:00-17:00"), Timetable("late", "Mo-Fr 17:00-22:00"))
    put_in_force(TIMETABLES, Timetables(tables), by=None, seen=1)
    case = a_concern(support)
    in_force(support, member(kurt, hours="late"))
    assert dispatch_due(datetime(2026, 11, 18, 18, tzinfo=UTC)) == 1
    assert owner(case) == "Kurt"


def test_skill_language_and_load_decide(support: Team, olga: User, kurt: User) -> None:
    german, english, other = (
        a_concern(support, topic="Rechnung", language="de"),
        a_concern(support, topic="Rechnung", language="en"),
        a_concern(support, topic="Retoure", language="fr"),
    )
    in_force(support, member(olga, languages=("de",)), member(kurt, languages=("en",), skills=("rechnung",)))
    assert dispatch_due(NOW) == 2
    assert [owner(case) for case in (german, english, other)] == ["Olga", "Kurt", ""]
    assert why(other) == {"step": "person", "none": "language", "language": "fr"}


def test_who_answered_the_customer_lately_has_him_again(support: Team, olga: User, kurt: User) -> None:
    anna = a_customer()
    earlier = a_case(olga, anna, state="resolved")
    said(earlier, direction="out", person=olga.person, at=NOW - timedelta(days=80))
    case, other = a_concern(support, anna), a_concern(support, a_customer())
    in_force(support)
    dispatch_due(NOW)
    assert owner(case) == "Olga" and why(case)["knows"] is True
    assert owner(other) == "Kurt"


def test_who_passed_it_on_does_not_get_it_again(support: Team, olga: User, kurt: User) -> None:
    case = a_concern(support)
    in_force(support, member(kurt, capacity=1))
    a_case(kurt)
    dispatch_due(NOW)
    assert owner(case) == "Olga"
    case.refresh_from_db()
    work.hand_over(case, to=support, by=olga.person, reason="not mine", cause="skill", at=NOW + timedelta(hours=1))
    assert dispatch_due(NOW + timedelta(hours=2)) == 0
    assert why(case)["none"] == "full", "Kurt could"
    in_force(support, member(kurt, capacity=2))
    assert dispatch_due(NOW + timedelta(hours=2)) == 1
    assert owner(case) == "Kurt"
    right()


def test_a_case_that_somebody_took_meanwhile_stays_his(
    support: Team, olga: User, kurt: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = a_concern(support)
    in_force(support)
    chosen = dispatch.assign

    def while_somebody_takes_it(*told: Any) -> Any:
        work.hand_over(case, to=kurt.person, by=kurt.person, reason="I take it")
        return chosen(*told)

    monkeypatch.setattr(dispatch, "assign", while_somebody_takes_it)
    assert dispatch_due(NOW) == 0
    assert owner(case) == "Kurt"


def test_a_sweep_that_dies_leaves_nothing_and_the_next_one_finds_all(
    support: Team, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [a_concern(support) for _ in range(3)]
    in_force(support)

    def dies(*_told: Any, **_more: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(dispatch, "fold", dies)
        with pytest.raises(RuntimeError):
            dispatch_due(NOW)
    assert not Decided.objects.exists() and not Event.objects.filter(kind="case.routed").exists()
    monkeypatch.setattr(dispatch, "PORTION", 2)
    assert [dispatch_due(NOW) for _ in range(3)] == [2, 1, 0]
    assert {owner(case) for case in cases} == {"Olga"}
    right()


def test_the_sweep_rests_while_nobody_has_time(support: Team, olga: User, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(dispatch, "dispatch_due", lambda: asked.append(1) or 0)
    sweep = DispatchSweep()
    assert [sweep() for _ in range(5)] == [0] * 5
    assert len(asked) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_assign_each_case_once() -> None:
    always_open()
    support = a_team("Support", is_default=True)
    users = [a_user(f"Agent{i}", Role.AGENT, support) for i in range(4)]
    cases = [a_concern(support) for _ in range(30)]
    in_force(support, *(member(user, capacity=7) for user in users))
    done: list[int] = []
    start = threading.Barrier(2)

    def sweeps() -> None:
        start.wait()
        try:
            done.extend(dispatch_due(NOW) for _ in range(6))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sweeps) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(done) == 28, "four people with room for seven each"
    given = CaseEntry.objects.filter(cause="routed").values_list("case", flat=True)
    assert len(given) == len(set(given)) == 28
    assert [Case.objects.filter(owner_person=user.person).count() for user in users] == [7, 7, 7, 7]
    assert {one.pk for one in cases} >= set(given)
    right()
