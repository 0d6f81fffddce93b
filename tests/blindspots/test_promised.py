"""Our own clocks, as one statement over all cases, against a count of one case after the other in plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rundblick.blindspots.check import build_report
from rundblick.blindspots.model import Measure, Window
from rundblick.blindspots.promised import clock_params, clocked
from rundblick.blindspots.saved import cases_behind, prepared_facts
from rundblick.cases.clocking import read_log
from rundblick.cases.clocks import NEVER, Rules, Version, clocks
from rundblick.cases.models import Case
from rundblick.core.database import cursor
from rundblick.core.promises import Level, Promise
from tests.blindspots.world import FILES, World, beside, day

pytestmark = pytest.mark.django_db

WINDOW = Window(day(0), day(20), "Europe/Berlin")
OFFICE = "Mo-Fr 08:00-12:00 13:00-17:00"
OPEN = ("new", "open", "pending")
# The world begins on Monday, 2 March 2026, at 9:00 in Berlin.
SIMPLE = Promise((Level(4, 16),), OFFICE)
LEVELS = Promise(
    (
        Level(1, 8, tiers=("gold",), hours="Mo-So 00:00-24:00"),
        Level(2, None, channels=("phone",)),
        Level(None, 27, priorities=("1", "2")),
    ),
    OFFICE,
    holidays="DE-BY",
    closed=("2026-03-05",),
    pending="runs",
)


@dataclass(frozen=True)
class Told:
    """A case as its log tells it; moments in hours after the start."""

    opened: float
    reply: float | None
    resolved: float | None
    state: str
    log: tuple[tuple[float, str], ...]
    channel: str
    priority: str
    tier: str


def kept_by_hand(promise: Promise, told: Told, end: datetime, tells: tuple[bool, bool]) -> bool | None:
    """The rule of docs/report.md, read slowly."""
    position = promise.level_of(told.channel, told.priority, told.tier)
    if position is None:
        return None
    level = promise.levels[position]
    calendar = promise.calendar(level)

    def at(hours: float) -> datetime:
        return day(hours / 24)

    stop = at(told.resolved) if told.resolved is not None else end if told.state in OPEN else None
    verdicts: list[bool | None] = []
    if level.reaction_hours is not None and tells[0]:
        target = level.reaction_hours * 3600
        if told.reply is not None:
            late = calendar.business_seconds(at(told.opened), at(told.reply)) > target
            verdicts.append(None if told.reply < told.opened else not late)
        elif stop is None or stop < at(told.opened):
            verdicts.append(None)
        else:
            late = calendar.business_seconds(at(told.opened), stop) > target
            verdicts.append(not late if told.resolved is not None or late else None)
    if level.resolution_hours is not None and tells[1]:
        if stop is None or stop < at(told.opened):
            verdicts.append(None)
        else:
            spent = calendar.business_seconds(at(told.opened), stop)
            for n, (since, state) in enumerate(told.log):
                later = told.log[n + 1 :]
                reopened = state in ("resolved", "closed") and any(s in OPEN for _, s in later)
                if reopened or (state == "pending" and promise.pending == "pauses"):
                    till = at(later[0][0]) if later else stop
                    low, high = max(at(since), at(told.opened)), min(till, stop)
                    spent -= calendar.business_seconds(low, high) if low < high else 0
            late = spent > level.resolution_hours * 3600
            verdicts.append(not late if told.resolved is not None or late else None)
    if not verdicts:
        return None
    if level.resolution_hours is None and tells[1] and told.resolved is None:
        # a reaction without a solution is no success: it waits for one, and has failed after three days
        verdicts.append(False if stop is not None and (stop - at(told.opened)).total_seconds() > 72 * 3600 else None)
    return False if False in verdicts else None if None in verdicts else True


moments = st.integers(0, 20 * 24 * 2).map(lambda halves: halves / 2)
# so that times are often just up, or just not
soon = st.integers(0, 8).map(lambda halves: halves / 2) | st.integers(0, 7 * 48).map(lambda halves: halves / 2)
STATES = st.sampled_from(["new", "open", "open", "pending", "resolved", "closed"])


@st.composite
def cases(draw: st.DrawFn) -> Told:
    opened = draw(st.integers(0, 16).map(lambda halves: halves / 2) | moments)
    later = soon.map(lambda hours: opened + hours) | moments
    times = sorted(draw(st.lists(later, max_size=6)))
    log = tuple((at, draw(STATES)) for at in times)
    state = log[-1][1] if log else draw(STATES)
    done = state in ("resolved", "closed")
    resolved = draw(st.none() | later) if done else None
    return Told(
        opened=opened,
        reply=draw(st.none() | later),
        resolved=resolved,
        state=state,
        log=log,
        channel=draw(st.sampled_from(["phone", "email"])),
        priority=draw(st.sampled_from(["", "1", "3"])),
        tier=draw(st.sampled_from(["", "gold"])),
    )


def planted(world: World, told: Told) -> Case:
    return world.case(
        "anna",
        told.opened / 24,
        None if told.resolved is None else told.resolved / 24,
        log=[(at / 24, state, "", "") for at, state in told.log],
        first_reply_at=None if told.reply is None else day(told.reply / 24),
        state=told.state,
        owner_team=world.team("service"),
        channel=told.channel,
        priority=told.priority,
        tier=told.tier,
    )


def verdicts(promise: Promise, window: Window = WINDOW) -> dict[int, bool | None]:
    with cursor() as cur:
        cur.execute(  # type: ignore[call-overload]
            f"WITH {clocked(promise)} SELECT case_id, kept FROM clocked",
            {"end": window.end, **clock_params(promise, window)},
        )
        return dict(cur.fetchall())


@pytest.mark.parametrize("promise", [SIMPLE, LEVELS], ids=["simple", "levels"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(many=st.lists(cases(), min_size=1, max_size=8))
@example(many=[Told(0, 5.0, 60.0, "resolved", ((1.0, "pending"), (24.0, "open"), (60.0, "resolved")), "email", "", "")])
@example(many=[Told(0, 5.0, 60.0, "resolved", ((1.0, "closed"), (24.0, "open"), (60.0, "resolved")), "email", "", "")])
def test_every_case_is_judged_as_by_hand(promise: Promise, many: list[Told]) -> None:
    tells = (any(told.reply is not None for told in many), any(told.resolved is not None for told in many))
    with transaction.atomic():
        world = World()
        ids = {planted(world, told).pk: told for told in many}
        found = verdicts(promise)
        transaction.set_rollback(True)
    for pk, told in ids.items():
        assert found.get(pk) == kept_by_hand(promise, told, WINDOW.end, tells), told


@pytest.mark.parametrize("promise", [SIMPLE, LEVELS], ids=["simple", "levels"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(many=st.lists(cases(), min_size=1, max_size=8))
def test_the_statement_and_the_clocks_of_the_desk_agree(promise: Promise, many: list[Told]) -> None:
    """But for what was closed without a solution: the desk knows what was broken before, the report judges no such."""
    tells = (any(told.reply is not None for told in many), any(told.resolved is not None for told in many))
    rules = Rules((Version(NEVER, 0, promise),), ())
    with transaction.atomic():
        world = World()
        ids = {planted(world, told).pk: told for told in many}
        with cursor() as cur:
            cur.execute(  # type: ignore[call-overload]
                f"WITH {clocked(promise)} SELECT case_id, reaction_kept, resolution_kept FROM clocked",
                {"end": WINDOW.end, **clock_params(promise, WINDOW)},
            )
            said = {case: kept for case, *kept in cur.fetchall()}
            found = clocks(read_log(cur, list(ids)), rules, WINDOW.end)
        transaction.set_rollback(True)
    words = {1: True, 0: False, -1: None}
    for place, case in enumerate(found.case.tolist()):
        told = ids[case]
        if told.state in OPEN or told.resolved is not None:
            for n, one in enumerate((found.reaction, found.resolution)):
                if tells[n]:
                    assert words[int(one.kept[place])] == said.get(case, [None, None])[n], told


@pytest.fixture
def world() -> World:
    return World()


def measured(promise: Promise | None, language: str = "en") -> Measure:
    return build_report(WINDOW, FILES, language, promise=promise).measures["promise_kept_share"]


def hours(number: float) -> float:
    return number / 24


def test_without_a_flag_and_without_a_promise_it_says_what_is_missing(world: World) -> None:
    world.case("anna", 0, 1)
    for language, word in (("en", "[promise]"), ("de", "[promise]")):
        measure = measured(None, language)
        assert measure.value is None and measure.missing is not None and word in measure.missing.text


def test_the_text_says_that_it_was_our_clocks_and_by_which_promise(world: World) -> None:
    world.case("anna", 0, hours(3), first_reply_at=day(hours(2)))
    world.case("anna", 0, 9, first_reply_at=day(hours(2)))
    promise = Promise((Level(4, 16.5),), OFFICE, holidays="DE-SH")
    measure = measured(promise)
    assert (measure.value, measure.n, measure.basis, measure.cases_behind) == (0.5, 2, "derived", 1)
    assert "our own clocks: first answer within 4, resolution within 16.5 opening hours" in measure.definition
    assert "Mo-Fr 08:00-12:00 13:00-17:00, not on the public holidays of Schleswig-Holstein" in measure.definition
    german = measured(promise, "de").definition
    assert "16,5" in german and "Schleswig-Holstein" in german and "opening" not in german
    assert beside(measure, "promise_kept_share.reaction") == 1
    assert beside(measure, "promise_kept_share.resolution") == 0.5


def test_the_flag_goes_before_our_clocks_and_both_stand_there_with_their_disagreement(world: World) -> None:
    world.case("anna", 0, hours(3), promise_kept=False)  # by our clocks kept
    world.case("anna", 0, hours(3), promise_kept=True)
    world.case("anna", 0, hours(3))
    measure = measured(SIMPLE)
    assert (measure.value, measure.n, measure.basis) == (pytest.approx(2 / 3), 3, "mixed")
    assert "own flag where there is one, else by our own clocks: first answer within 4" in measure.definition
    assert beside(measure, "promise_kept_share.source") == 0.5
    assert beside(measure, "promise_kept_share.derived") == 1
    assert beside(measure, "promise_kept_share.disagreement") == 0.5


def test_with_a_flag_alone_the_text_speaks_of_the_flag_alone(world: World) -> None:
    world.case("anna", 0, 1, promise_kept=True)
    measure = measured(None)
    assert measure.basis == "source" and "clock" not in measure.definition


def test_the_clock_stands_while_the_customer_has_the_ball_and_while_a_case_stood_resolved(world: World) -> None:
    # 16 opening hours from Monday 9:00 end on Wednesday at 9:00
    asked = [(0.0, "open", "", ""), (hours(1), "pending", "", ""), (2.0, "open", "", ""), (2.5, "resolved", "", "")]
    world.case("anna", 0, 2.5, log=asked)
    held = [(0.0, "open", "", ""), (hours(1), "resolved", "", ""), (9.0, "open", "", ""), (9.1, "resolved", "", "")]
    world.case("anna", 0, 9.1, log=held)
    assert set(verdicts(SIMPLE).values()) == {True}
    running = Promise(SIMPLE.levels, OFFICE, pending="runs")
    assert sorted(verdicts(running).values()) == [False, True]  # type: ignore[type-var]


def test_who_writes_in_a_case_of_our_own_gives_the_ball_back(world: World) -> None:
    case = world.case("anna", 0, 7, log=[(hours(1), "pending", "", ""), (7.0, "resolved", "", "")])
    assert verdicts(SIMPLE)[case.pk] is True
    world.message(case, hours(2))
    assert verdicts(SIMPLE)[case.pk] is True  # an export's state is its source's
    Case.objects.update(system=None)
    assert verdicts(SIMPLE)[case.pk] is False


def test_an_open_case_is_broken_when_its_time_is_up_and_undecided_before(world: World) -> None:
    late = world.case("anna", 10, None, state="open", owner_team=world.team("service"))
    young = world.case("anna", 19.9, None, state="open", owner_team=world.team("service"))
    gone = world.case("anna", 0, None, state="closed")
    world.case("anna", 0, 1)
    found = verdicts(SIMPLE)
    assert (found[late.pk], found[young.pk], found[gone.pk]) == (False, None, None)
    measure = measured(SIMPLE)
    assert beside(measure, "promise_kept_share.not_judged") == 2


def test_a_system_that_tells_no_answers_is_judged_by_the_resolution_alone_and_counted(world: World) -> None:
    world.case("anna", 0, 1)  # resolved after 8 opening hours, the reaction was promised within 4
    measure = measured(SIMPLE)
    assert (measure.value, beside(measure, "promise_kept_share.by_one_alone")) == (1, 1)
    Case.objects.update(resolved_at=None)
    assert measured(SIMPLE).value is None  # neither is known
    Case.objects.update(resolved_at=day(1))
    only_reaction = Promise((Level(4, None),), OFFICE)
    assert measured(only_reaction).value is None
    world.case("bert", 0, hours(1), first_reply_at=day(hours(1)))
    assert measured(SIMPLE).value == 0.5  # now it is known that nobody answered the first one in time


def test_the_saved_query_opens_the_broken_ones_with_and_without_prepared_facts(world: World) -> None:
    broken = [world.case("anna", 0, days).pk for days in (9, 12)]
    world.case("anna", 0, hours(1))
    behind = cases_behind("promise_kept_share", WINDOW, SIMPLE)
    with cursor() as cur:
        cur.execute(behind.sql, behind.params)  # type: ignore[call-overload]
        assert [row[0] for row in cur.fetchall()] == broken[::-1]
    with prepared_facts(WINDOW, SIMPLE), cursor() as cur:
        behind = cases_behind("promise_kept_share", WINDOW, SIMPLE, prepared=True)
        cur.execute(behind.sql, behind.params)  # type: ignore[call-overload]
        assert [row[0] for row in cur.fetchall()] == broken[::-1]


def test_a_slip_of_the_pen_in_the_year_1_costs_no_time(world: World) -> None:
    case = world.case("anna", 0, 1)
    Case.objects.update(opened_at=datetime(1, 1, 2, tzinfo=day(0).tzinfo))
    window = Window(datetime(1, 1, 2, tzinfo=day(0).tzinfo), day(20))
    assert verdicts(SIMPLE, window)[case.pk] is False
    assert len(clock_params(SIMPLE, window)["starts_0"]) < 70 * 366 * 2
