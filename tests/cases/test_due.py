"""Until when something is promised: the same clocks as the report's, read forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rundblick.blindspots.model import Window
from rundblick.blindspots.promised import clock_params, clocked
from rundblick.cases.due import due_of
from rundblick.cases.models import Case, CaseEntry
from rundblick.core.database import cursor
from rundblick.core.ids import uuid7
from rundblick.core.models import Event, System
from rundblick.core.promises import Level, Promise
from tests.cases.test_topics import case_of, contact, known
from tests.intake.test_road import walk

pytestmark = pytest.mark.django_db
OFFICE = "Mo-Fr 08:00-12:00 13:00-17:00"
SIMPLE = Promise((Level(4, 16),), OFFICE)
# Monday, 2 March 2026, 10:00 in Berlin
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def a_case() -> Case:
    walk([contact("a", known("1001"))])
    return case_of("a")


def tell(case: Case, at: datetime, state: str) -> None:
    key = uuid7().bytes
    event = Event.objects.create(kind="case.told", occurred_at=at)
    CaseEntry.objects.create(identity=key, content_digest=key, event=event, case=case, at=at, state=state)


def test_both_targets_are_told_in_opening_hours() -> None:
    reaction, resolution = due_of(a_case(), SIMPLE, MONDAY + timedelta(hours=1))
    assert (reaction.kind, reaction.at, reaction.left) == (
        "reaction",
        datetime(2026, 3, 2, 14, 0, tzinfo=UTC),  # 10-12 and 13-15 o'clock in Berlin
        timedelta(hours=3),
    )
    assert (resolution.at, resolution.is_soon) == (datetime(2026, 3, 4, 9, 0, tzinfo=UTC), False)


def test_what_is_over_says_since_when_and_what_is_answered_is_promised_no_more() -> None:
    case = a_case()
    reaction, _ = due_of(case, SIMPLE, MONDAY + timedelta(days=1))
    assert (reaction.is_over, reaction.left) == (True, -timedelta(hours=4))
    case.first_reply_at = MONDAY + timedelta(hours=1)
    assert [due.kind for due in due_of(case, SIMPLE, MONDAY)] == ["resolution"]
    case.state = "resolved"
    assert due_of(case, SIMPLE, MONDAY) == ()
    assert due_of(a_case(), Promise((Level(4, 8, channels=("phone",)),)), MONDAY) == ()


def test_where_nobody_has_promised_anything_the_usual_promise_holds_for_cases_of_our_own() -> None:
    reaction, resolution = due_of(a_case(), now=MONDAY)  # by the usual hours, 9 to 17 o'clock
    assert (reaction.left, resolution.left) == (timedelta(hours=4), timedelta(hours=24))
    case = a_case()
    case.system = System.objects.get_or_create(code="desk")[0]
    assert due_of(case, now=MONDAY) == ()


def test_the_last_hour_is_soon() -> None:
    reaction, _ = due_of(a_case(), SIMPLE, MONDAY + timedelta(hours=4, minutes=15))
    assert (reaction.is_soon, reaction.left) == (True, timedelta(minutes=45))


def test_while_the_customer_has_the_ball_the_solution_is_due_at_no_time() -> None:
    case = a_case()
    tell(case, MONDAY + timedelta(hours=2), "pending")
    _, resolution = due_of(case, SIMPLE, MONDAY + timedelta(days=9))
    assert (resolution.at, resolution.left, resolution.is_over) == (None, timedelta(hours=14), False)
    _, runs = due_of(case, Promise((Level(4, 16),), OFFICE, pending="runs"), MONDAY + timedelta(days=9))
    assert runs.is_over


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(-5, 80), st.sampled_from(["open", "pending", "resolved", "closed"])), max_size=5),
    st.integers(0, 100),
    st.sampled_from(["pauses", "runs"]),
)
def test_it_is_over_exactly_when_the_report_calls_it_broken(log: list[tuple[int, str]], now: int, pending: str) -> None:
    promise = Promise((Level(4, 16),), OFFICE, pending=pending)  # type: ignore[arg-type]
    with transaction.atomic():
        case = a_case()
        for at, state in log:
            tell(case, MONDAY + timedelta(hours=at), state)
        tell(case, MONDAY + timedelta(hours=81), "open")
        case.state = "open"
        Case.objects.filter(pk=case.pk).update(state="open", opened_at=MONDAY)
        # the report asks what other cases of the system tell
        Case.objects.create(number="1", last_at=MONDAY, first_reply_at=MONDAY, resolved_at=MONDAY, state="resolved")
        reaction, resolution = due_of(case, promise, end := MONDAY + timedelta(hours=82 + now))
        window = Window(MONDAY - timedelta(days=1), end, "Europe/Berlin")
        with cursor() as cur:
            cur.execute(
                f"WITH {clocked(promise)} SELECT reaction_kept, resolution_kept FROM clocked WHERE case_id = %(case)s",
                {"end": end, "case": case.pk, **clock_params(promise, window)},
            )
            row = cur.fetchone()
        assert row == (False if reaction.is_over else None, False if resolution.is_over else None)
        transaction.set_rollback(True)
