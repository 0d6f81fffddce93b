"""What may be promised: what nobody can keep is refused with a reason, and told when it turns so later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rundblick.cases.models import Case
from rundblick.cases.promising import PROMISE, broken, check, promised, put_hours, rules_of, usual
from rundblick.cases.trying import preview, stopped
from rundblick.core.installation import installation
from rundblick.core.promises import ROUND_THE_CLOCK, Level, Promise
from rundblick.core.rulebooks import RuleError, StaleError, put_in_force
from rundblick.people.hours import TIMETABLES, Timetable, Timetables
from tests.people.house import House, a_case, a_house

pytestmark = pytest.mark.django_db
OFFICE = Timetable("office", "Mo-Fr 09:00-17:00", "Europe/Berlin")
RARE = Timetable("rare", "Mo 09:00-10:00", "Europe/Berlin")


def refused(promise: Promise) -> str:
    with pytest.raises(RuleError) as fault:
        check(promise)
    return str(fault.value)


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((), "there is no level"),
        ((Level(name="A"),), "A: nothing is promised"),
        ((Level(0),), "Level 1: a time is longer than nothing"),
        ((Level(float("nan")),), "longer than nothing"),
        ((Level(4, 8, resolution_days=1),), "in hours and in days"),
        ((Level(4, 2),), "sooner than the answer"),
        ((Level(16, resolution_days=1),), "sooner than the answer"),
        ((Level(4, channels=("pigeon",)),), 'no channel "pigeon"'),
        ((Level(4, calendar="moon"),), 'no opening hours called "moon"; there are'),
        ((Level(4, hours="Mo 9"),), "is no span of time"),
        ((Level(4, warn=2),), "between 0 and 1"),
        ((Level(4, warn_hours=-1),), "not after"),
        ((Level(4, name="A"), Level(5, name="A")), 'two levels called "A"'),
        ((Level(4, name="All"), Level(5, topics=("x",))), "no level after it"),
        ((Level(9000),), "hours a year, and 9000 hours are promised"),
        ((Level(4),) * 41, "41 levels"),
    ],
)
def test_a_promise_that_nobody_can_keep_is_refused_with_the_reason(levels: tuple[Level, ...], words: str) -> None:
    assert words in refused(Promise(levels))


def test_the_usual_promise_can_be_kept_and_marks_no_topic_as_simple() -> None:
    check(usual())
    assert promised() == usual()
    assert usual().level_of("email", "", "", "Rechnung") == 1
    assert Promise(usual().levels, simple=("Rechnung",)).level_of("email", "", "", "Rechnung") == 0


def test_the_promise_of_a_mapping_holds_until_somebody_sets_one() -> None:
    ours = installation()
    ours.promise = Promise((Level(2, 9),)).to_json()
    ours.save(update_fields=["promise"])
    assert promised() == Promise((Level(2, 9),), hours=ROUND_THE_CLOCK)
    put_in_force(PROMISE, Promise((Level(3, 9),)), by=None, seen=0)
    assert promised().levels[0].reaction_hours == 3
    assert [one.book > 0 for one in rules_of().promises] == [False, True]


def test_hours_by_which_a_promise_could_not_be_kept_are_refused() -> None:
    put_hours(Timetables((OFFICE, RARE)), by=None, seen=0)
    put_in_force(PROMISE, Promise((Level(4, 40, calendar="rare"),)), by=None, seen=0)
    with pytest.raises(RuleError, match='no opening hours called "rare"'):
        put_hours(Timetables((OFFICE,)), by=None, seen=1)
    with pytest.raises(RuleError, match='no team "nobody"'):
        put_hours(Timetables((OFFICE, RARE), {"nobody": "rare"}), by=None, seen=1)
    with pytest.raises(StaleError):
        put_hours(Timetables((OFFICE, RARE)), by=None, seen=0)
    assert broken() == ""
    put_in_force(TIMETABLES, Timetables((OFFICE,)), by=None, seen=1)  # by whoever does not ask
    assert 'no opening hours called "rare"' in broken()


def test_a_promise_of_more_than_a_year_of_some_teams_hours_is_refused() -> None:
    house = a_house()
    put_hours(Timetables((OFFICE, RARE), {str(house.support.uuid): "rare"}), by=None, seen=0)
    assert '"rare" is open for 5' in refused(Promise((Level(4, 100),)))


@pytest.fixture
def house() -> House:
    made = a_house()
    always = Timetables((Timetable("all", "Mo-So 00:00-24:00"),))
    put_in_force(TIMETABLES, always, by=None, seen=0, at=datetime(2026, 1, 1, tzinfo=UTC))
    return made


def test_a_preview_says_on_the_last_cases_what_would_have_been_kept(house: House) -> None:
    now = datetime.now(UTC)
    Case.objects.update(opened_at=now - timedelta(days=90), last_at=now)
    for hours in (3, 20, 100):
        a_case(house.support)
        case = Case.objects.latest("id")
        at = now - timedelta(days=10)
        done = at + timedelta(hours=hours)
        Case.objects.filter(pk=case.pk).update(opened_at=at, first_reply_at=at, resolved_at=done, state="resolved")
    put_in_force(PROMISE, Promise((Level(4, 10),)), by=None, seen=0, at=now - timedelta(days=50))
    said = preview(Promise((Level(4, 24, channels=("phone",)), Level(4, 24))), now=now)
    assert (said.cases, said.now.kept, said.draft.kept, said.draft.broken) == (3, 1, 2, 1)
    assert (said.gained, said.lost, said.failed) == (1, 0, 1)
    assert [one.promised for one in said.levels] == [0, 3]
    assert said.draft.share == pytest.approx(2 / 3)
    assert said.levels[0].share is None


def test_who_stops_clocks_often_is_seen(house: House) -> None:
    from rundblick.cases.clocking import recompute
    from tests.cases.test_clocking import AT, say

    for hours, state in ((1, "pending"), (2, "open"), (3, "pending"), (7, "open")):
        say(house.supports, AT + timedelta(hours=hours), state)
    list(recompute(AT + timedelta(hours=8)))
    found = stopped(AT - timedelta(days=1), AT + timedelta(days=1))[house.support.pk]
    assert (found.cases, found.often, found.stood_s) == (1, 1, 5 * 3600)
    assert (found.often_share, found.stood_share) == (1, pytest.approx(5 / 7))
