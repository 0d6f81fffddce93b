"""The gap: which state an interval means, what is certain, and what counts as said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.blindspots.check import build_report
from rundblick.blindspots.dimensions import DIMENSIONS, MAGIC_EIGHT, MYTHS
from rundblick.blindspots.measures.of_cases import SPECS
from rundblick.blindspots.model import RowState, Window
from rundblick.blindspots.rows import Answers, Opinions, rows_of, state_of
from rundblick.blindspots.saved import names
from tests.blindspots.factories import full_report, measure
from tests.blindspots.world import FILES, World, day


def _answers(*counts: int) -> Answers:
    return Answers({25.0 * i: n for i, n in enumerate(counts) if n})


def _row(code: str, believed: Answers | None = None, said: Answers | None = None, **measures: object):  # type: ignore[no-untyped-def]
    given = Opinions({code: believed} if believed else {}, {}, {code: said} if said else {}, {})
    rows, index = rows_of(given, {name: measure(name, **values) for name, values in measures.items()})  # type: ignore[arg-type]
    return next(row for row in rows if row.code == code), index


@pytest.mark.parametrize(
    ("low", "high", "state"),
    [
        (0.1, 40, RowState.BLIND_SPOT),
        (-40, -0.1, RowState.MODEST),
        (-9, 9, RowState.ALIGNED),
        (-11, 9, RowState.UNCLEAR),
        (-1, 20, RowState.UNCLEAR),
    ],
)
def test_an_interval_decides_the_state(low: float, high: float, state: RowState) -> None:
    assert state_of(low, high) is state


def test_the_capgemini_shape_gives_the_gap_of_the_literature() -> None:
    # 40 managers, 75 % in the upper two steps; 240 customers, 30 %.
    believed, said = _answers(0, 2, 8, 18, 12), _answers(48, 60, 60, 48, 24)
    row, index = _row("customer_first", believed, said)
    assert row.state is RowState.BLIND_SPOT and row.against == "said"
    assert row.top2_gap.value == pytest.approx(0.45)
    assert row.certain == pytest.approx(row.gap.low) and row.certain > 15
    assert row.cliffs_delta == pytest.approx(0.5, abs=0.12)
    assert index.value == pytest.approx(row.certain) and index.rows == 1 and not index.weighted


def test_customers_come_before_data_and_data_stand_in_where_nobody_was_asked() -> None:
    believed = _answers(0, 0, 0, 4, 8)
    known = {"value": 0.4, "low": 0.38, "high": 0.42, "n": 2_000}
    asked, _index = _row("people", believed, _answers(10, 10, 10, 10, 10), one_person_share=known)
    silent, _index = _row("people", believed, one_person_share=known)
    assert (asked.against, silent.against) == ("said", "done")
    assert silent.done is not None and silent.done.value == pytest.approx(40)
    assert silent.top2_gap is None and silent.cliffs_delta is None and silent.gap_to_done is None
    assert asked.gap_to_done == silent.gap


@pytest.mark.parametrize(
    ("done", "words"),
    [(0.3, "Proven twice"), (0.99, "better than believed"), (0.86, "neither confirm nor deny")],
)
def test_data_confirm_a_blind_spot_or_deny_it_or_leave_it_open(done: float, words: str) -> None:
    believed, said = _answers(0, 0, 2, 4, 8), _answers(30, 20, 10, 5, 5)
    row, _index = _row("people", believed, said, one_person_share={"value": done, "n": 3_000})
    assert row.state is RowState.BLIND_SPOT
    assert words in row.verdict


def test_figures_without_a_rule_are_not_called_nothing() -> None:
    row, _index = _row("know_customer", known_customer_share={"value": 1.0})
    assert row.state is RowState.NOT_MEASURED and "none of them alone" in row.verdict


def test_a_share_that_is_bad_for_the_customer_counts_the_other_way_round() -> None:
    row, _index = _row("one_voice", handover_share={"value": 0.3, "low": 0.2, "high": 0.45, "n": 100})
    assert (row.done.value, row.done.low, row.done.high) == (pytest.approx(70), pytest.approx(55), pytest.approx(80))


@pytest.mark.parametrize(
    ("believed", "said", "state"),
    [
        (None, None, RowState.NOT_MEASURED),
        (None, _answers(8, 8, 8, 8, 8), RowState.NOT_ASKED),
        (_answers(0, 0, 0, 4, 8), None, RowState.NOT_MEASURED),
        (_answers(0, 0, 0, 2, 2), _answers(8, 8, 8, 8, 8), RowState.TOO_FEW),
        (_answers(0, 0, 0, 4, 8), _answers(5, 5, 5, 5, 9), RowState.TOO_FEW),
    ],
)
def test_what_is_missing_says_so_instead_of_a_gap(
    believed: Answers | None, said: Answers | None, state: RowState
) -> None:
    row, index = _row("satisfied", believed, said)
    assert row.state is state and row.gap is None and index is None
    assert row.verdict


@given(st.lists(st.integers(0, 30), min_size=5, max_size=5), st.lists(st.integers(0, 300), min_size=5, max_size=5))
def test_a_blind_spot_is_certain_and_nothing_else_is(managers: list[int], customers: list[int]) -> None:
    if sum(managers) == 0 or sum(customers) == 0:
        return
    row, _index = _row("satisfied", _answers(*managers), _answers(*customers))
    if row.state is RowState.BLIND_SPOT:
        assert row.certain > 0 and row.gap.value > 0
    elif row.certain is not None:
        assert row.certain == 0
    assert (row.gap is None) == (row.certain is None)


def test_there_are_seven_myths_and_eight_places_and_what_they_name_exists() -> None:
    assert (len(MYTHS), len(MAGIC_EIGHT)) == (7, 8)
    known = names() | {spec.name for spec in SPECS}
    for dimension in DIMENSIONS:
        assert set(dimension.measures) <= known, dimension.code
        assert not dimension.done or dimension.done in known
        assert dimension.done or str(dimension.needs)


def test_every_row_of_a_full_report_says_something() -> None:
    for row in full_report().rows:
        assert row.verdict and row.claim and row.question


@pytest.mark.django_db
def test_the_newest_answer_of_a_manager_counts_and_lanes_stay_apart() -> None:
    world = World()
    world.case("anna", 0, 1)
    for n in range(6):
        world.rating(5, f"manager{n}", lane="self_image", dimension="fast", at=day(1))
        world.rating(1, f"manager{n}", lane="self_image", dimension="fast", at=day(2))
    for n in range(40):
        world.rating(3, f"customer{n}", kind="item", dimension="fast")
        world.rating(5, lane="review")
    report = build_report(Window(day(0), day(60), "UTC"), FILES, "en")
    row = next(row for row in report.rows if row.code == "fast")
    assert row.believed is not None and (row.believed.value, row.believed.n) == (0, 6)
    assert row.said is not None and (row.said.value, row.said.n) == (50, 40)
    assert row.state is RowState.MODEST


@pytest.mark.django_db
def test_importance_is_weighed_where_enough_customers_answered_all_items() -> None:
    world = World()
    for n in range(60):
        who, fast, voice = f"c{n}", 1 + n % 5, 1 + (n // 5) % 5
        world.rating(fast, who, kind="item", dimension="fast")
        world.rating(voice, who, kind="item", dimension="one_voice")
        world.rating(1 + n % 3, who, kind="item", dimension="social")
        world.rating(min(5, max(1, fast)), who, kind="csat")
    rows = {row.code: row for row in build_report(None, FILES, "en").rows}
    weights = {code: rows[code].importance or 0 for code in ("fast", "one_voice", "social")}
    assert sum(weights.values()) == pytest.approx(1)
    assert weights["fast"] > 0.9
