"""Who of a team gets a case: properties of the pure function."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rundblick.cases.routing.people import Able, State, Work, assign, person_of

TEAMS = (1, 2)
TOPICS = ("", "rechnung", "retoure", "lieferung")
LANGUAGES = ("", "de", "en", "fr")
AWAY = 2_000_000_000.0

some = st.none() | st.sets(st.sampled_from(TOPICS[1:]), min_size=1).map(frozenset)
spoken = st.none() | st.sets(st.sampled_from(LANGUAGES[1:]), min_size=1).map(frozenset)
one = st.fixed_dictionaries(
    {
        "skills": some,
        "languages": spoken,
        "capacity": st.integers(1, 4),
        "load": st.integers(0, 4),
        "away": st.booleans(),
        "teams": st.sets(st.sampled_from(TEAMS), min_size=1),
        "knows": st.sets(st.integers(1, 3)),
    }
)
people = st.lists(one, min_size=1, max_size=5)
work = st.builds(
    Work,
    case=st.integers(1, 10_000),
    team=st.sampled_from(TEAMS),
    customer=st.integers(0, 3),
    topic=st.sampled_from(TOPICS),
    language=st.sampled_from(LANGUAGES),
)
works = st.lists(work, max_size=14, unique_by=lambda one: one.case)


def a_state(told: list[dict[str, Any]], ids: list[int] | None = None, **more: Any) -> State:
    n = len(told)
    return State(
        people=ids or list(range(101, 101 + n)),
        capacity=np.array([one["capacity"] for one in told], dtype=float),
        load=np.array([one["load"] for one in told], dtype=float),
        idle=np.arange(n, dtype=float) * 60,
        back=np.array([AWAY if one["away"] else 0.0 for one in told]),
        teams={team: [i for i, one in enumerate(told) if team in one["teams"]] for team in TEAMS},
        able={
            (team, i): Able(one["skills"], one["languages"], None)
            for i, one in enumerate(told)
            for team in one["teams"]
        },
        knows={c: frozenset(i for i, one in enumerate(told) if c in one["knows"]) for c in (1, 2, 3)},
        **more,
    )


def one_of(**told: Any) -> dict[str, Any]:
    return {
        "skills": None, "languages": None, "capacity": 4, "load": 0, "away": False, "teams": {1}, "knows": set(),
    } | told  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(people, works)
def test_nobody_gets_what_he_cannot_do_is_not_there_for_or_has_no_time_for(told: Any, cases: list[Work]) -> None:
    state = a_state(told)
    loads = [one["load"] for one in told]
    for case, choice in zip(cases, assign(cases, state), strict=True):
        if choice.person is None:
            assert choice.reason["none"]
            continue
        place = state.people.index(choice.person)
        him = told[place]
        assert case.team in him["teams"] and not him["away"]
        assert not case.topic or him["skills"] is None or case.topic in him["skills"]
        assert not case.language or him["languages"] is None or case.language in him["languages"]
        loads[place] += 1
        assert loads[place] <= him["capacity"]
    assert list(state.load) == [one["load"] for one in told], "the state that was given stays as it is"


@settings(max_examples=300, deadline=None)
@given(people, works)
def test_other_ids_change_nothing_but_names(told: Any, cases: list[Work]) -> None:
    ids = [7 + 13 * i for i in range(len(told))]
    named = dict(zip(range(101, 101 + len(told)), ids, strict=True))
    before, after = assign(cases, a_state(told)), assign(cases, a_state(told, ids))
    assert [(named.get(one.person or 0), one.reason) for one in before] == [(o.person, o.reason) for o in after]


@settings(max_examples=300, deadline=None)
@given(people, works, st.data())
def test_a_larger_capacity_never_leaves_more_behind(told: Any, cases: list[Work], data: Any) -> None:
    who = data.draw(st.integers(0, len(told) - 1))
    more = [one | {"capacity": one["capacity"] + (i == who)} for i, one in enumerate(told)]
    left = sum(one.person is None for one in assign(cases, a_state(told)))
    assert sum(one.person is None for one in assign(cases, a_state(more))) <= left


@settings(max_examples=200, deadline=None)
@given(people, works)
def test_what_is_assigned_alone_is_what_the_first_of_many_is(told: Any, cases: list[Work]) -> None:
    state = a_state(told)
    if cases and not (first := person_of(cases[0], state)).reason.get("room"):
        assert assign(cases[:1], state) == [first]


def test_who_has_helped_the_customer_before_goes_before_who_has_less_to_do() -> None:
    state = a_state([one_of(), one_of(load=3, knows={1})])
    choice = person_of(Work(1, 1, customer=1), state)
    assert choice.person == 102
    assert choice.reason["knows"] and choice.reason["load"] == [3, 4] and choice.reason["others"] == 1


def test_then_who_has_less_to_do_then_who_waited_longer_then_the_lower_id() -> None:
    assert person_of(Work(1, 1), a_state([one_of(load=2), one_of(load=1)])).person == 102
    assert person_of(Work(1, 1), a_state([one_of(), one_of()])).person == 102, "he waits 60 seconds longer"
    even = a_state([one_of(), one_of()])
    even.idle[:] = 0
    assert person_of(Work(1, 1), even).person == 101


def test_what_stayed_with_somebody_speaks_for_him() -> None:
    fit = {(0, "rechnung"): 0.95, (1, "rechnung"): 0.4}
    state = a_state([one_of(load=1), one_of()], fit=fit)
    assert person_of(Work(1, 1, topic="Rechnung"), state).person == 101
    assert person_of(Work(1, 1, topic="Retoure"), state).person == 102


def test_the_reason_says_why_it_is_nobody() -> None:
    full, away = one_of(load=4), one_of(away=True)
    cases = {
        "nobody": ([one_of(teams={2})], Work(1, 1)),
        "language": ([one_of(languages=frozenset({"de"}))], Work(1, 1, language="fr")),
        "topic": ([one_of(skills=frozenset({"rechnung"}))], Work(1, 1, topic="Retoure")),
        "away": ([away, away], Work(1, 1)),
        "full": ([full, away], Work(1, 1)),
    }
    for code, (told, case) in cases.items():
        choice = person_of(case, a_state(told))
        assert choice.person is None and choice.reason["none"] == code
    returned = a_state([one_of()], not_again={1: frozenset({0})})
    assert person_of(Work(1, 1), returned).reason["none"] == "returned"
    assert person_of(Work(2, 1), returned).person == 101
    assert person_of(Work(1, 1), a_state([away])).reason["until"] == "2033-05-18T03:33:20Z"


def test_a_case_is_moved_so_that_another_one_has_somebody_too() -> None:
    both, only = one_of(capacity=1), one_of(capacity=1, languages=frozenset({"de"}))
    state = a_state([both, only])
    state.idle[:] = (100, 0)
    choices = assign([Work(1, 1, language="de"), Work(2, 1, language="en")], state)
    assert [one.person for one in choices] == [102, 101]
    assert choices[0].reason["room"] is True


def test_the_state_of_a_copy_is_its_own() -> None:
    state = a_state([one_of()])
    other = state.copy()
    other.load[0] = 3
    assert state.load[0] == 0 and replace(state).people == state.people
