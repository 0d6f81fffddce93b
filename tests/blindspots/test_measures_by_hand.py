"""The set-based figures agree with a plain count over random logs, case by case, in Python."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from rundblick.blindspots.check import build_report
from rundblick.blindspots.model import Window
from rundblick.cases.models import Case, CaseEntry
from tests.blindspots.world import FILES, World, day

pytestmark = pytest.mark.django_db

STATES = ("new", "open", "pending", "resolved", "closed", "")


def _build(seed: int) -> World:
    """Sixty cases of a few customers with random logs, unknown values and equal times."""
    draw, world = random.Random(seed), World()
    for _case in range(60):
        opened = draw.randrange(40)
        log = sorted(
            (
                opened + draw.randrange(8) / 2,
                draw.choice(STATES),
                draw.choice(["A", "B", "C", ""]),
                draw.choice(["i", "j", "k", ""]),
            )
            for _entry in range(draw.randrange(1, 9))
        )
        resolved = draw.choice([None, opened + draw.random() * 9])
        world.case(
            draw.choice(["anna", "bert", "cora", ""]),
            opened,
            resolved,
            topic=draw.choice(["bill", "move", ""]),
            log=log,
        )
    return world


def _logs() -> dict[int, list[CaseEntry]]:
    logs: dict[int, list[CaseEntry]] = {}
    for entry in sorted(CaseEntry.objects.all(), key=lambda e: (e.at, e.seq, bytes(e.identity))):
        logs.setdefault(entry.case_id, []).append(entry)
    return logs


def _moves(log: list[CaseEntry]) -> tuple[int, int, int] | None:
    """(hand-overs, changes of team, changes of person inside a team), None when nobody is known."""
    team = person = team_of_person = None
    moves = teams = inside = 0
    for entry in log:
        other_team = entry.team_id is not None and team is not None and entry.team_id != team
        other_person = entry.person_id is not None and person is not None and entry.person_id != person
        moves += other_team or other_person
        teams += other_team
        team, person = entry.team_id or team, entry.person_id or person
        inside += other_person and team == team_of_person
        team_of_person = team if entry.person_id is not None else team_of_person
    return None if team is None and person is None else (moves, teams, inside)


def _ping_pong(log: list[CaseEntry]) -> bool | None:
    known = [entry.team_id for entry in log if entry.team_id is not None]
    path = known[:1] + [after for before, after in pairwise(known) if after != before]
    return None if not known else any(a == c for a, c in zip(path, path[2:], strict=False))


def _reopened(log: list[CaseEntry]) -> bool | None:
    states = [entry.state for entry in log if entry.state]
    if not states:
        return None
    first = states.index("resolved") if "resolved" in states else len(states)
    return any(state in ("new", "open", "pending") for state in states[first:])


def _first_contact(case: Case, cases: list[Case], log: list[CaseEntry], end: datetime) -> str:
    if case.customer_id is None or not case.topic or case.resolved_at is None or case.opened_at is None:
        return "not_judgeable"
    if case.resolved_at > end - timedelta(days=7):
        return "open"
    again = any(
        other.customer_id == case.customer_id
        and other.topic == case.topic
        and (case.opened_at, case.id) < (other.opened_at, other.id)
        and other.opened_at is not None
        and other.opened_at <= case.resolved_at + timedelta(days=7)
        for other in cases
        if other.id != case.id
    )
    moves = _moves(log)
    return "no" if again or (moves is not None and moves[0]) or _reopened(log) else "yes"


def _share(answers: list[bool | None]) -> tuple[float | None, int]:
    known = [answer for answer in answers if answer is not None]
    return (sum(known) / len(known) if known else None, len(known))


@pytest.mark.parametrize("seed", range(4))
def test_figures_agree_with_a_count_by_hand(seed: int) -> None:
    _build(seed)
    end = day(55)
    report = build_report(Window(day(0), end, "UTC"), FILES, "en", now=datetime(2027, 1, 1, tzinfo=UTC))
    cases, logs = list(Case.objects.all()), _logs()
    moves = [_moves(logs.get(case.id, [])) for case in cases]
    known = [move for move in moves if move is not None]
    for name, position in (("handovers_mean", 0), ("team_changes_mean", 1), ("person_changes_in_team_mean", 2)):
        measure = report.measures[name]
        assert (measure.value, measure.n) == (pytest.approx(sum(m[position] for m in known) / len(known)), len(known))
    by_hand = {
        "handover_share": [None if m is None else m[0] > 0 for m in moves],
        "ping_pong_share": [_ping_pong(logs.get(case.id, [])) for case in cases],
        "reopened_share": [_reopened(logs.get(case.id, [])) for case in cases],
        "first_contact_resolution": [
            {"yes": True, "no": False}.get(_first_contact(case, cases, logs.get(case.id, []), end)) for case in cases
        ],
        "resolved_within_3_days_share": [
            None
            if case.resolved_at is None or case.opened_at is None
            else case.resolved_at - case.opened_at <= timedelta(days=3)
            for case in cases
        ],
    }
    for name, answers in by_hand.items():
        measure = report.measures[name]
        share, n = _share(answers)
        assert (measure.value, measure.n) == (pytest.approx(share), n), name
