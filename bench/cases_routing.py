"""10,000 cases to 200 people: our rules, and the best assignment of the same score that there is.

The peer is ``scipy.optimize.linear_sum_assignment`` (a modified Jonker-Volgenant algorithm). It knows no loads that
change, so it is called in rounds, as a dispatcher would call it: each round gives everybody who has time one case at
most, from the window of the most urgent ones, by the loads of that moment. Both sides see the same state, are scored by
the same function at the moment of each assignment, and are measured in CPU seconds of this process.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from rundblick.cases.routing.people import Able, State, Work, _could, assign, scores

CASES, PEOPLE, TEAMS = 10_000, 200, 10
TOPICS = [f"topic {i}" for i in range(30)]
LANGUAGES = ("de", "de", "de", "de", "en", "en", "fr", "it")
CAPACITY = (40, 60)
WINDOW = 1  # cases a round looks at, for each person who has time: more would let it leave urgent ones waiting


@dataclass(frozen=True, slots=True)
class Outcome:
    seconds: float
    assigned: int
    score: float


def a_company(seed: int) -> tuple[list[Work], State]:
    """Teams of twenty, each person with some topics and languages of his team, some away, some busy; and the cases."""
    chance = random.Random(seed)
    of_team = {team: chance.sample(TOPICS, 6) for team in range(1, TEAMS + 1)}
    teams: dict[int, list[int]] = {team: [] for team in of_team}
    able: dict[tuple[int, int], Able] = {}
    fit: dict[tuple[int, str], float] = {}
    capacity, load, back = [], [], []
    for place in range(PEOPLE):
        own = chance.sample(sorted(of_team), 2 if chance.random() < 0.2 else 1)
        spoken = {"de", *(chance.sample(["en", "fr", "it"], chance.choice((0, 1, 1, 2))))}
        for team in own:
            teams[team].append(place)
            skills = None if chance.random() < 0.4 else frozenset(chance.sample(of_team[team], 4))
            able[team, place] = Able(skills, frozenset(spoken))
            for topic in of_team[team]:
                if chance.random() < 0.5:
                    fit[place, topic] = chance.uniform(0.5, 0.98)
        capacity.append(chance.randint(*CAPACITY))
        load.append(chance.randint(0, 10))
        back.append(0.0 if chance.random() < 0.9 else 2e9)
    knows = {c: frozenset(chance.sample(range(PEOPLE), chance.choice((1, 1, 2)))) for c in range(1, 4_000)}
    state = State(
        people=list(range(1, PEOPLE + 1)),
        capacity=np.array(capacity, dtype=float),
        load=np.array(load, dtype=float),
        idle=np.array([chance.uniform(0, 3600) for _ in range(PEOPLE)]),
        back=np.array(back),
        teams=teams,
        able=able,
        knows=knows,
        fit=fit,
    )
    works = []
    for case in range(1, CASES + 1):
        team = chance.randint(1, TEAMS)
        works.append(
            Work(case, team, chance.randint(0, 8_000), chance.choice(of_team[team]), chance.choice(LANGUAGES), "")
        )
    return works, state


def ours(works: list[Work], state: State) -> Outcome:
    """As the dispatch sweep does it."""
    begun = time.process_time()
    choices = assign(works, state)
    seconds = time.process_time() - begun
    given = [choice for choice in choices if choice.person is not None]
    return Outcome(seconds, len(given), sum(choice.score for choice in given))


def optimal_rounds(works: list[Work], state: State) -> Outcome:
    """The best assignment of each round."""
    state = state.copy()
    begun = time.process_time()
    left, assigned, total = list(works), 0, 0.0
    while left:
        free = np.flatnonzero((state.back == 0) & (state.load < state.capacity))
        if not len(free):
            break
        window, rest = left[: WINDOW * len(free)], left[WINDOW * len(free) :]
        matrix: NDArray[np.float64] = np.full((len(window), len(free)), -1e6)
        for i, work in enumerate(window):
            could, why = _could(work, state)
            if not why:
                matrix[i] = np.where(could[free], scores(work, state)[free], -1e6)
        chosen = {}
        for i, j in zip(*linear_sum_assignment(matrix, maximize=True), strict=True):
            if matrix[i, j] > -1e5:
                chosen[i] = j
                state.load[free[j]] += 1
                assigned += 1
                total += float(matrix[i, j])
        possible = (matrix > -1e5).any(axis=1)
        # whom nobody with time can take now, nobody can later
        left = [work for i, work in enumerate(window) if i not in chosen and possible[i]] + rest
    return Outcome(time.process_time() - begun, assigned, total)


def measure(seed: int) -> dict[str, Any]:
    """{"ours": ..., "peers": ..., "ratios": ...}"""
    works, state = a_company(seed)
    one = ours(works, a_company(seed)[1])
    other = optimal_rounds(works, state)
    return {
        "ours": {
            "route_10k_s": round(one.seconds, 3),
            "route_assigned": one.assigned,
            "route_score": round(one.score, 1),
        },
        "peers": {
            "scipy linear_sum_assignment, in rounds": {
                "route_10k_s": round(other.seconds, 3),
                "route_assigned": other.assigned,
                "route_score": round(other.score, 1),
            }
        },
        "ratios": {
            "route_cpu": round(one.seconds / other.seconds, 3),
            "route_score_of_optimal": round(one.score / other.score, 4),
            "route_assigned_of_optimal": round(one.assigned / other.assigned, 4),
        },
    }
