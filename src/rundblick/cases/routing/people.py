"""Who of a team gets a case: a pure function over a state.

    choice = person_of(work, state)            # one
    choices = assign(works, state)             # many, in order; loads change with each

Somebody who can solve it (skill, language, tier), is there, and has time. Among these: who answered this customer
before; then who keeps what he is given (learning) and has least to do; then who has waited longest. Nobody: the reason
says why. Where nobody who can has time left, and somebody else could take over what one of these was just given, that
is moved: so as many are assigned as can be, and a larger capacity never leaves more behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rundblick.cases.routing.same import plain

KNOWS: Final = 2.0  # outweighs all the rest: who knows the customer, if he has time
PRIOR: Final = (4.0, 1.0)  # as if of five cases four had stayed, before anything was seen
USUAL_FIT: Final = PRIOR[0] / sum(PRIOR)

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Work:
    """A case that wants a person. ``customer``: id, 0 unknown."""

    case: int
    team: int
    customer: int = 0
    topic: str = ""
    language: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Able:
    """What one person can do; None is everything."""

    skills: frozenset[str] | None = None
    languages: frozenset[str] | None = None
    tiers: frozenset[str] | None = None


@dataclass(slots=True)
class State:
    """Who is there, what he can, and what he has. Arrays are by place; ``people`` are ids, ascending.

    load, capacity  open cases, and how many at most
    idle            seconds since he was last given one
    back            POSIX time at which somebody who is not there is back, inf unknown; 0 he is there
    teams           team -> places of its people; ``able``: (team, place) -> what he can do there
    knows           customer -> places of those who answered him lately
    not_again       case -> places of those who gave it back or passed it on
    fit             (place, topic) -> share of what he was given that stayed with him (learning.fits)
    """

    people: list[int]
    capacity: Floats
    load: Floats
    idle: Floats
    back: Floats
    teams: dict[int, list[int]]
    able: dict[tuple[int, int], Able]
    knows: dict[int, frozenset[int]] = field(default_factory=dict)
    not_again: dict[int, frozenset[int]] = field(default_factory=dict)
    fit: dict[tuple[int, str], float] = field(default_factory=dict)
    _masks: dict[tuple[int, str, str, str], tuple[Bools, str]] = field(default_factory=dict)
    _fits: dict[str, Floats] = field(default_factory=dict)

    def copy(self) -> State:
        """The same, with loads of its own."""
        return replace(self, load=self.load.copy(), idle=self.idle.copy())


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """A person's id, or None: it stays with the team.

    reason  {"step": "person", "topic": ..., "language": ..., "load": [n, most], "knows": bool, "fit": share,
            "others": n, "room": true when it was moved to make room}, or {"step": "person", "none": code, ...}:
            nobody, language, topic, tier, returned, away ("until": time), full
    score   what it was chosen by (``scores``), 0 for nobody
    """

    person: int | None
    reason: dict[str, Any]
    score: float = 0.0


def person_of(case: Work, state: State) -> PersonChoice:
    """Who gets this case now."""
    could, why = _could(case, state)
    if why:
        return _nobody(case, state, could, why)
    free = could & (state.load < state.capacity)
    place = _best(case, state, free)
    return _told(case, state, free, place) if place is not None else _nobody(case, state, could, "")


def assign(cases: Sequence[Work], state: State) -> list[PersonChoice]:
    """Who gets each of these, the first one first; ``state`` stays as it is."""
    return _Round(cases, state.copy()).run()


def scores(case: Work, state: State) -> Floats:
    """What speaks for each person, whether he can or not."""
    total: Floats = _fit(case.topic, state) - state.load / state.capacity
    if (knowing := state.knows.get(case.customer)) is not None and case.customer:
        total[list(knowing)] += KNOWS
    return total


def _fit(topic: str, state: State) -> Floats:
    found = state._fits.get(topic)
    if found is None:
        found = np.full(len(state.people), USUAL_FIT)
        same = plain(topic)
        for (place, of), value in state.fit.items():
            if of == same:
                found[place] = value
        state._fits[topic] = found
    return found


def _could(case: Work, state: State) -> tuple[Bools, str]:
    """Who can solve it and is there, whether he has time or not; and why nobody can, "" somebody could."""
    key = (case.team, case.topic, case.language, case.tier)
    known = state._masks.get(key)
    if known is None:
        known = state._masks[key] = _able(case, state)
    can, why = known
    if why:
        return can, why
    if (back := state.not_again.get(case.case)) is not None:
        can = can.copy()
        can[list(back)] = False
        if not can.any():
            return can, "returned"
    there: Bools = can & (state.back == 0)
    return (there, "") if there.any() else (can, "away")


def _able(case: Work, state: State) -> tuple[Bools, str]:
    """Who of the team can solve such a case; and what it was that nobody can."""
    mask = np.zeros(len(state.people), dtype=bool)
    members = state.teams.get(case.team, [])
    if not members:
        return mask, "nobody"
    for code, word, of in (
        ("language", case.language, "languages"),
        ("topic", case.topic, "skills"),
        ("tier", case.tier, "tiers"),
    ):
        if word:
            wanted = plain(word)
            members = [
                place
                for place in members
                if (able := getattr(state.able[case.team, place], of)) is None or wanted in able
            ]
        if not members:
            return mask, code
    mask[members] = True
    return mask, ""


def _best(case: Work, state: State, free: Bools) -> int | None:
    places = np.flatnonzero(free)
    if not len(places):
        return None
    told = scores(case, state)[places]
    best = places[told >= told.max() - 1e-9]
    if len(best) == 1:
        return int(best[0])
    loads = (state.load / state.capacity)[best]
    # least to do, then longest without, then the lowest id
    return int(best[np.lexsort((best, -state.idle[best], loads))[0]])


def _told(case: Work, state: State, free: Bools, place: int, room: bool = False) -> PersonChoice:
    reason: dict[str, Any] = {
        "step": "person",
        "topic": case.topic,
        "language": case.language,
        "load": [int(state.load[place]), int(state.capacity[place])],
        "knows": bool(case.customer) and place in state.knows.get(case.customer, frozenset()),
        "others": max(0, int(free.sum()) - 1),
    }
    if (fit := state.fit.get((place, plain(case.topic)))) is not None:
        reason["fit"] = round(fit, 3)
    if room:
        reason["room"] = True
    return PersonChoice(state.people[place], reason, _score(case, state, place, reason["knows"]))


def _score(case: Work, state: State, place: int, knows: bool) -> float:
    own = float(_fit(case.topic, state)[place]) - float(state.load[place]) / float(state.capacity[place])
    return own + KNOWS if knows else own


def _nobody(case: Work, state: State, could: Bools, why: str) -> PersonChoice:
    reason: dict[str, Any] = {"step": "person", "none": why or "full"}
    if why in ("language", "topic", "tier"):
        reason[why] = getattr(case, why)
    elif why == "away" and np.isfinite(first := float(state.back[could].min())):
        reason["until"] = datetime.fromtimestamp(first, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return PersonChoice(None, reason)


_Kind = tuple[int, str, str, str, int]  # cases that the same people can have


class _Round:
    """One run over many cases.

    given   place -> kind -> positions of the cases that he was given in this run
    closed  nothing more can be moved away from these
    """

    def __init__(self, cases: Sequence[Work], state: State) -> None:
        self.cases = cases
        self.state = state
        self.given: dict[int, dict[_Kind, list[int]]] = {}
        self.at: dict[int, int] = {}
        self.closed = np.zeros(len(state.people), dtype=bool)

    def run(self) -> list[PersonChoice]:
        state = self.state
        found: list[PersonChoice] = []
        for position, case in enumerate(self.cases):
            could, why = _could(case, state)
            if why:
                found.append(_nobody(case, state, could, why))
                continue
            free = could & (state.load < state.capacity)
            place = _best(case, state, free)
            if place is not None:
                found.append(_told(case, state, free, place))
                self._give(position, place)
                continue
            found.append(_nobody(case, state, could, ""))
            for moved, to in self._make_room(position, could):
                self._take(moved)
                found[moved] = _told(self.cases[moved], state, np.zeros(0, dtype=bool), to, room=True)
                self._give(moved, to)
        return found

    def _kind(self, position: int) -> _Kind:
        case = self.cases[position]
        own = case.case if case.case in self.state.not_again else 0
        return case.team, case.topic, case.language, case.tier, own

    def _give(self, position: int, place: int) -> None:
        self.state.load[place] += 1
        self.state.idle[place] = 0.0
        self.given.setdefault(place, {}).setdefault(self._kind(position), []).append(position)
        self.at[position] = place

    def _take(self, position: int) -> None:
        if (place := self.at.pop(position, None)) is not None:
            self.state.load[place] -= 1
            self.given[place][self._kind(position)].remove(position)

    def _make_room(self, position: int, could: Bools) -> list[tuple[int, int]]:
        """A shortest way of moves that ends with this case having somebody, the last one first; [] there is none.

        Whoever was reached by a search that found nothing is closed: nothing that comes later changes that, since
        nobody gets free in a run. So the searches that find nothing cost together as much as one.
        """
        state = self.state
        has_room = state.load < state.capacity
        reached: dict[int, tuple[int, int]] = {}  # place -> (case that would come to it, place that it leaves or -1)
        queue: deque[int] = deque()
        for place in np.flatnonzero(could & ~self.closed):
            reached[int(place)] = (position, -1)
            queue.append(int(place))
        while queue:
            leaving = queue.popleft()
            best: tuple[float, int, int] | None = None
            for other in self._movable(leaving):
                can, why = _could(self.cases[other], state)
                if why:
                    continue
                to = _best(self.cases[other], state, can & has_room)
                if to is not None:
                    loss = float(np.diff(scores(self.cases[other], state)[[to, leaving]])[0])
                    best = min(best or (loss, other, to), (loss, other, to))
                elif best is None:
                    for place in np.flatnonzero(can & ~self.closed):
                        if int(place) not in reached:
                            reached[int(place)] = (other, leaving)
                            queue.append(int(place))
            if best is not None:
                moves = [best[1:]]
                while leaving != -1:
                    moved, before = reached[leaving]
                    moves.append((moved, leaving))
                    leaving = before
                return moves
        self.closed[list(reached)] = True
        return []

    def _movable(self, place: int) -> list[int]:
        """One case of each kind that he was given in this run, rather one whose customer he does not know."""
        found = []
        for positions in self.given.get(place, {}).values():
            known = [p for p in positions if place in self.state.knows.get(self.cases[p].customer, ())]
            rest = next((p for p in reversed(positions) if p not in known), None)
            if rest is not None or known:
                found.append(rest if rest is not None else known[-1])
        return found
