"""Figures of teams, counted by eye: whose a case is, what is shown of how many, and never one person's minutes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rundblick.blindspots.statistics import Firmness
from rundblick.blindspots.teams import LEAST_PEOPLE, Line, compute, lines_for, team_figures
from rundblick.cases.models import Activity, Case, Clock, Handover
from rundblick.people.models import Role, Team
from tests.blindspots.world import World, day
from tests.people.house import a_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def world() -> World:
    return World()


def line(world: World, name: str, days: int = 30) -> Line:
    team = world.team(name)
    assert team is not None
    return next(one for one in compute(days, NOW).lines if one.id == team.pk)


def owned(world: World, team: str, opened: float, resolved: float | None = None, **values: object) -> Case:
    state = "open" if resolved is None else "resolved"
    return world.case(f"c{next(world.serial)}", opened, resolved, state=state, owner_team=world.team(team), **values)


def clock(case: Case, kind: str, state: str, breached: float | None = None) -> None:
    told = {"book": 0, "level": 0, "target_s": 3600, "ran_s": 0, "started_at": day(0)}
    Clock.objects.create(
        case=case, kind=kind, state=state, breached_at=None if breached is None else day(breached), **told
    )


def test_incoming_solved_and_open_are_counts_of_the_last_days_and_open_their_cases(world: World) -> None:
    old = owned(world, "A", 0)
    owned(world, "A", 5, 6)
    new = owned(world, "A", 50)
    done = owned(world, "A", 51, 60)
    owned(world, "B", 55)
    figures = line(world, "A").figures
    assert {name: figures[name].value for name in ("incoming", "resolved", "open")} == {
        "incoming": 2,
        "resolved": 1,
        "open": 2,
    }
    assert set(figures["incoming"].ids) == {new.pk, done.pk}
    assert set(figures["open"].ids) == {old.pk, new.pk}
    assert line(world, "A", 7).figures["incoming"].value == 0


def test_a_case_of_a_person_is_of_the_team_that_the_log_tells(world: World) -> None:
    case = owned(world, "B", 50, log=[(50, "open", "A", "ina")])
    Case.objects.filter(pk=case.pk).update(owner_team=None, owner_person=world.person("ina"))
    owned(world, "B", 60, 60)
    assert line(world, "A").figures["open"].value == 1
    assert line(world, "B").figures["open"].value == 0


def test_promises_are_those_of_the_clocks_with_how_many_and_how_sure(world: World) -> None:
    for n in range(8):
        case = owned(world, "A", 50, None if n == 7 else 51)
        clock(case, "reaction", "late" if n < 2 else "met", 51 if n < 2 else None)
        clock(case, "resolution", "breached" if n == 7 else "met", 53 if n == 7 else None)
    owned(world, "A", 60, 60)  # without a clock, and without a promise: not judged
    figures = line(world, "A").figures
    kept = figures["reaction_kept"]
    assert (kept.value, kept.n, kept.firm) == (6 / 8, 8, Firmness.GREY)
    assert kept.low is not None and kept.high is not None and 0.4 < kept.low < 0.75 < kept.high < 0.93
    assert len(kept.ids) == 2  # it opens those that were not kept
    assert figures["past_promise"].value == 1


def test_shares_of_fewer_than_five_are_hidden_and_counts_are_not(world: World) -> None:
    owned(world, "B", 60)
    for _n in range(4):
        owned(world, "A", 50, 51)
    figures = line(world, "A").figures
    assert figures["resolved"].value == 4
    assert figures["past_three_days"].value is None and figures["past_three_days"].hidden
    owned(world, "A", 50, 59)
    share = line(world, "A").figures["past_three_days"]
    assert (share.value, share.n, share.hidden) == (1 / 5, 5, False)


def test_hand_overs_in_and_out_by_cause_and_what_was_given_back(world: World) -> None:
    case = owned(world, "A", 50, log=[(50, "open", "A", "")])
    for at, team, cause in ((51, "B", "skill"), (52, "A", "given_back")):
        entry = world.entry(case, at, at, "open", team, "", cause=cause)
        if cause == "skill":
            Handover.objects.create(
                entry=entry, to_team=world.team("B"), state="given_back", settled_at=day(52), returns=False
            )
    owned(world, "B", 50)
    ours, theirs = line(world, "A"), line(world, "B")
    assert (ours.figures["handed_in"].value, ours.figures["handed_out"].value) == (1, 1)
    assert (theirs.figures["handed_in"].value, theirs.figures["given_back"].value) == (1, 1)
    assert ours.causes == {"given_back": 1} and theirs.causes == {"skill": 1}


def worked(world: World, people: int, cases: int = 6) -> None:
    """So many cases of one topic, each worked in for ten minutes by one of so many people, and a call beside."""
    for n in range(cases):
        case = owned(world, "A", 50, 51)
        person = world.person(f"p{n % people}")
        begin = 50 + n / 100
        Activity.objects.create(case=case, person=person, begin=day(begin), end=day(begin + 600 / 86_400), seconds=600)
        call = {"answered": True, "waited_s": 0.0, "talked_s": 240.0, "wrapped_s": 60.0}
        at = begin if n % 2 else 50.5  # every other call lies in the time that the case was worked in
        world.message(case, at, channel="phone", person=f"p{n % people}", call=call)
    owned(world, "A", 60)


def test_minutes_count_work_and_calls_once_and_need_five_people(world: World) -> None:
    worked(world, LEAST_PEOPLE)
    told = line(world, "A")
    minutes = told.figures["minutes_per_solved"]
    assert (minutes.value, minutes.n) == (12.5, 6)  # 10 + 5 where the call lay beside, 10 where it lay within
    assert [(one.topic, one.minutes, one.n) for one in told.topics] == [("bill", 12.5, 6)]


def test_minutes_of_four_people_are_nobodys_business(world: World) -> None:
    worked(world, LEAST_PEOPLE - 1)
    told = line(world, "A")
    minutes = told.figures["minutes_per_solved"]
    assert (minutes.value, minutes.n, minutes.hidden, minutes.ids) == (None, 6, True, ())
    assert told.topics == ()


def test_work_whose_people_are_forgotten_counts_in_minutes_and_not_as_people(world: World) -> None:
    worked(world, LEAST_PEOPLE)
    Activity.objects.update(person=None)
    assert line(world, "A").figures["minutes_per_solved"].value == 15  # the overlap with calls is not known any more


def test_time_at_an_outside_firm_and_who_sees_whom(world: World) -> None:
    for n in range(5):
        owned(world, "A", 50, 56, log=[(50, "open", "A", ""), (51, "open", "Firm", ""), (52 + n, "open", "A", "")])
    owned(world, "B", 56)
    Team.objects.filter(name="Firm").update(is_partner=True)
    told = compute(30, NOW)
    firm = line(world, "Firm")
    assert (firm.figures["outside_hours"].value, firm.figures["outside_hours"].n) == (72, 5)
    assert [one.name for one in told.lines] == ["A", "B", "Firm"]
    team = world.team("A")
    assert team is not None
    assert [one.name for one in lines_for(a_user("Lena", Role.LEAD, team), told)] == ["A", "Firm"]
    assert len(lines_for(a_user("Maria", Role.MANAGER), told)) == 3
    assert len(lines_for(a_user("Ada", Role.ANALYST), told)) == 3


def test_an_empty_company_has_no_lines_and_other_days_are_refused() -> None:
    assert compute(30, NOW).lines == ()
    with pytest.raises(ValueError, match="31"):
        team_figures(31)
