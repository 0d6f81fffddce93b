"""Which messages are one concern, as people decide it: joined, moved, and taken back to exactly where it stood."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.cases import regrouping
from rundblick.cases.models import OPEN_STATES, Case, CaseEntry, KeptApart, Message, Regrouping
from rundblick.cases.regrouping import RegroupingError, join, move, undo
from rundblick.cases.threading import Placed, place
from rundblick.cases.work import add_note, hand_over, resolve
from rundblick.core import verification
from rundblick.core.database import cursor
from rundblick.intake import road
from rundblick.people.models import Person
from tests.intake.builders import mail_reading
from tests.intake.test_road import walk
from tests.people.house import a_team, a_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def by() -> Person:
    return Person.objects.get(user=a_user("Olga", "agent", a_team("Support")))


def message(key: str) -> Message:
    return Message.objects.get(content__subject=f"Betreff {key}")


def case_of(key: str) -> Case:
    found = message(key).case
    assert found is not None
    return found


def state() -> dict[str, Any]:
    """What cases hold and show, without the log of deeds and without the time of the last one."""
    cases = {
        case["number"]: case
        for case in Case.objects.filter(merged_into=None).values(
            "number",
            "state",
            "messages",
            "opened_at",
            "first_reply_at",
            "concerned_id",
            "customer_id",
            "owner_team_id",
            "owner_person_id",
            "channel",
        )
    }
    stands = dict(Message.objects.order_by("id").values_list("content__subject", "case__number"))
    parts = {
        (case, record, part)
        for case, record, part in Case.objects.filter(merged_into=None, participants__isnull=False).values_list(
            "number", "participants__record_id", "participants__part"
        )
    }
    return {"cases": cases, "messages": stands, "participants": parts}


def sound() -> None:
    with cursor() as cur:
        for name in ("cases", "participants", "joined-cases", "regroupings", "case-customers"):
            check = verification.checks[name]
            assert list(check(cur, verification.Options())) == [], name


def two_cases() -> tuple[Case, Case]:
    walk([mail_reading("a", "anna@kunde.example"), mail_reading("b", "bernd@kunde.example", minutes=60)])
    return case_of("a"), case_of("b")


def test_a_joined_case_goes_on_under_the_other_number(by: Person) -> None:
    one, other = two_cases()
    join(other, one, by, "Beide meinen die Rechnung.")
    assert case_of("b") == one
    other.refresh_from_db()
    one.refresh_from_db()
    assert other.merged_into == one
    assert (one.messages, one.opened_at) == (2, message("a").at)
    sound()


def test_an_undone_join_leaves_everything_as_it_was(by: Person) -> None:
    one, other = two_cases()
    hand_over(other, a_team("Billing"), by, "Rechnung")
    before = state()
    undo(join(other, one, by), by)
    assert state() == before
    sound()


def test_an_answer_to_what_goes_back_goes_with_it_and_what_names_both_stays(by: Person) -> None:
    one, other = two_cases()
    deed = join(other, one, by)
    walk([mail_reading("c", "bernd@kunde.example", ("b",), 90)])
    walk([mail_reading("d", "bernd@kunde.example", ("c",), 95)])
    walk([mail_reading("e", "bernd@kunde.example", ("a", "b"), 99)])
    undo(deed, by)
    assert [case_of(key).pk for key in "abcde"] == [one.pk, other.pk, other.pk, other.pk, one.pk]
    sound()


def test_cases_taken_apart_stay_apart_when_a_message_names_both(by: Person) -> None:
    walk([mail_reading("a", "anna@kunde.example"), mail_reading("b", "anna@kunde.example", ("a",), 5)])
    old = case_of("a")
    move(message("b"), None, by, "Eine andere Sache")
    new = case_of("b")
    assert new != old
    walk([mail_reading("c", "anna@kunde.example", ("b", "a"), 9)])
    walk([mail_reading("d", "anna@kunde.example", ("a", "b"), 11)])
    assert (case_of("c"), case_of("d")) == (new, old)
    sound()


def test_a_moved_message_takes_its_clocks_along(by: Person) -> None:
    walk([mail_reading("a", "anna@kunde.example"), mail_reading("b", "anna@kunde.example", ("a",), 120)])
    old = case_of("a")
    move(message("a"), None, by)
    old.refresh_from_db()
    assert case_of("a").opened_at == message("a").at
    assert old.opened_at == message("b").at, "the clock of what stayed begins with what stayed"
    assert old.messages == 1
    sound()


def test_a_new_case_belongs_to_whoever_had_the_old_one(by: Person) -> None:
    walk([mail_reading("a", "anna@kunde.example"), mail_reading("b", "anna@kunde.example", ("a",), 120)])
    team = a_team("Billing")
    hand_over(case_of("a"), team, by, "Rechnung")
    deed = move(message("b"), None, by)
    new = case_of("b")
    assert (new.owner_team, new.state in OPEN_STATES, deed.opened) == (team, True, True)
    assert new.number != case_of("a").number


def test_following_messages_can_go_along(by: Person) -> None:
    walk([mail_reading("a", "anna@kunde.example")])
    for minute, key in enumerate("bcd", start=1):
        walk([mail_reading(key, "anna@kunde.example", ("a",), minute)])
    move(message("c"), None, by, following=True)
    assert [case_of(key) == case_of("a") for key in "abcd"] == [True, True, False, False]


def test_an_undone_move_to_a_new_case_leaves_only_its_number_which_leads_back(by: Person) -> None:
    walk([mail_reading("a", "anna@kunde.example"), mail_reading("b", "anna@kunde.example", ("a",), 5)])
    before = state()
    deed = move(message("b"), None, by)
    new = case_of("b")
    walk([mail_reading("c", "anna@kunde.example", ("b",), 9)])
    add_note(new, "Gehört doch zusammen", by)
    undo(deed, by)
    new.refresh_from_db()
    assert new.merged_into == case_of("a") == case_of("b") == case_of("c")
    assert not KeptApart.objects.filter(standing=True).exists()
    after = state()
    assert after["participants"] == before["participants"]
    sound()


def test_joining_again_what_was_taken_apart_ends_that(by: Person) -> None:
    walk([mail_reading("a", "anna@kunde.example"), mail_reading("b", "anna@kunde.example", ("a",), 5)])
    move(message("b"), None, by)
    join(case_of("b"), case_of("a"), by)
    assert not KeptApart.objects.filter(standing=True).exists()
    assert case_of("b") == case_of("a")


def test_an_open_case_stays_open_when_a_resolved_one_joins_it(by: Person) -> None:
    one, other = two_cases()
    hand_over(one, a_team("Billing"), by, "offen")
    resolve(other, by)
    join(other, one, by)
    one.refresh_from_db()
    assert one.state in OPEN_STATES
    sound()


def test_a_case_that_was_written_to_again_stays_open_when_it_is_handed_over(by: Person) -> None:
    walk([mail_reading("a", "anna@kunde.example")])
    case = case_of("a")
    resolve(case, by, at=message("a").at + timedelta(minutes=5))
    walk([mail_reading("b", "anna@kunde.example", ("a",), 60)])
    hand_over(case_of("a"), a_team("Billing"), by, "Rechnung")
    assert case_of("a").state in OPEN_STATES
    sound()


@pytest.mark.parametrize("code", ["same", "everything", "taken_back", "later"])
def test_what_cannot_be_done_is_refused_and_changes_nothing(by: Person, code: str) -> None:
    one, other = two_cases()
    if code == "same":
        deed = lambda: join(one, one, by)  # noqa: E731
    elif code == "everything":
        deed = lambda: move(message("a"), None, by)  # noqa: E731
    elif code == "taken_back":
        done = join(other, one, by)
        undo(done, by)
        deed = lambda: undo(done, by)  # noqa: E731
    else:
        done = join(other, one, by)
        move(message("b"), None, by)
        deed = lambda: undo(done, by)  # noqa: E731
    before = state()
    deeds = Regrouping.objects.count()
    with pytest.raises(RegroupingError) as refused:
        deed()
    assert refused.value.code == code
    assert state() == before
    assert Regrouping.objects.count() == deeds


def test_each_deed_stands_in_the_log_of_the_cases_it_is_about(by: Person) -> None:
    one, other = two_cases()
    deed = join(other, one, by, "Doppelt gemeldet")
    entry = CaseEntry.objects.get(event=deed.event)
    assert (entry.case, entry.updated_by, entry.content.text) == (one, by, "Doppelt gemeldet")
    assert deed.event.kind == regrouping.JOINED


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(st.tuples(st.sampled_from(["join", "move", "follow", "back"]), st.integers(0, 7), st.integers(0, 7))))
def test_any_deeds_taken_back_in_turn_leave_what_was(deeds: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        _do_and_take_back(deeds)
        transaction.set_rollback(True)


def _do_and_take_back(deeds: list[tuple[str, int, int]]) -> None:
    by = Person.objects.get(user=a_user("Olga", "agent", a_team("Support")))
    keys = "abcdefgh"
    for i, key in enumerate(keys):
        walk([mail_reading(key, f"kunde{i // 3}@kunde.example", (keys[i - 1],) if i % 3 else (), i)])
    before = state()
    done: list[Regrouping] = []
    for kind, x, y in deeds:
        with suppress(RegroupingError):
            if kind == "back" and done:
                undo(done[-1], by)
                done.pop()
            elif kind == "join":
                done.append(join(case_of(keys[x]), case_of(keys[y]), by))
            elif kind == "move":
                done.append(move(message(keys[x]), case_of(keys[y]) if x % 2 else None, by))
            elif kind == "follow":
                done.append(move(message(keys[x]), None, by, following=True))
    sound()
    for deed in reversed(done):
        undo(deed, by)
    after = state()
    assert (after["messages"], after["participants"]) == (before["messages"], before["participants"])
    assert {number: _shown(case) for number, case in after["cases"].items()} == {
        number: _shown(case) for number, case in before["cases"].items()
    }
    sound()


def _shown(case: dict[str, Any]) -> dict[str, Any]:
    """What a case shows but for its owner and state: those are set down with each deed."""
    return {name: value for name, value in case.items() if name not in ("state", "owner_team_id", "owner_person_id")}


@pytest.mark.django_db(transaction=True)
def test_a_reply_that_comes_while_its_case_is_joined_goes_along(by: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two_cases()
    deed = threading.Thread(target=lambda: (join(other, one, by), connection.close()))

    def placed_then_joined(*arguments: Any) -> Placed:
        placed = place(*arguments)
        deed.start()
        while deed.is_alive() and not somebody_waits():
            deed.join(0.02)
        return placed

    monkeypatch.setattr(road, "place", placed_then_joined)
    walk([mail_reading("c", "bernd@kunde.example", ("b",), 90)])
    deed.join()
    assert case_of("b") == case_of("c") == one
    sound()


def somebody_waits() -> bool:
    """For a lock of ours."""
    with cursor() as cur:
        cur.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))")
        return bool((cur.fetchone() or (False,))[0])
