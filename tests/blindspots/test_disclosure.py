"""Nothing leaves the desk that shows a person: no id unless asked for, no cut under five, staff included."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rundblick.blindspots.disclosure import TOO_FEW, publishable, without_single_opinions
from rundblick.blindspots.model import (
    Bin,
    Distribution,
    HeatMap,
    Measure,
    Point,
    Report,
    RowState,
    Sample,
    Series,
    Unit,
    Voice,
)
from tests.blindspots.factories import full_report, measure, poor_report


def _report(*measures: Measure, **changes: object) -> Report:
    return poor_report(measures={m.name: m for m in measures}, **changes)


def _held_back(m: Measure) -> bool:
    return (
        m.value is None
        and m.low is None
        and m.high is None
        and (m.n, m.cases_behind, m.beside, m.sample) == (0, 0, (), Sample())
        and m.missing is not None
        and m.missing.code == TOO_FEW
    )


def test_ids_of_cases_are_gone_unless_they_are_asked_for() -> None:
    report = _report(measure())
    assert publishable(report).measures["reopened_share"].sample == Sample()
    assert (
        publishable(report, with_ids=True).measures["reopened_share"].sample == report.measures["reopened_share"].sample
    )


@pytest.mark.parametrize("few", [{"n": 4}, {"persons": 4}, {"staff": 4}, {"persons": 900, "staff": 1}])
@pytest.mark.parametrize("with_ids", [True, False])
def test_a_figure_about_fewer_than_five_is_held_back_with_its_interval_its_cases_and_what_stands_beside_it(
    few: dict[str, int], with_ids: bool
) -> None:
    shown = publishable(_report(measure(**few)), with_ids=with_ids).measures["reopened_share"]
    assert _held_back(shown)


@pytest.mark.parametrize("enough", [{"n": 5}, {"persons": 5}, {"staff": 5}])
def test_five_are_enough(enough: dict[str, int]) -> None:
    assert publishable(_report(measure(**enough))).measures["reopened_share"].value == pytest.approx(0.3)


def test_how_many_cases_there_are_is_no_cut_even_when_they_are_few() -> None:
    few = measure("cases", unit=Unit.COUNT, value=3, n=3, low=None, high=None)
    assert publishable(_report(few)).measures["cases"].value == 3


def test_one_small_share_of_a_whole_takes_the_next_smallest_with_it() -> None:
    shares = [("phone", 90, 90), ("email", 7, 7), ("fax", 3, 3)]
    report = _report(*(measure(f"channel_share.{c}", value=v / 100, persons=p) for c, v, p in shares))
    shown = publishable(report).measures
    assert shown["channel_share.phone"].value == pytest.approx(0.9)
    assert _held_back(shown["channel_share.email"]) and _held_back(shown["channel_share.fax"])
    assert set(publishable(report).held_back) == {"channel_share.email", "channel_share.fax"}


def test_two_small_shares_hide_each_other() -> None:
    shares = [("phone", 90, 90), ("email", 6, 6), ("fax", 2, 2), ("letter", 2, 2)]
    report = _report(*(measure(f"channel_share.{c}", value=v / 100, persons=p) for c, v, p in shares))
    assert publishable(report).measures["channel_share.email"].value == pytest.approx(0.06)


def test_answers_of_fewer_than_five_managers_are_gone_already_from_the_report_itself() -> None:
    row = next(row for row in full_report().rows if row.code == "systems")
    assert row.believed is None and row.gap is None and row.state is RowState.TOO_FEW
    assert any(m.code == TOO_FEW and "3" in m.text for m in row.missing)


def test_a_row_forgets_the_gap_with_the_answers_it_came_from() -> None:
    row = next(row for row in full_report().rows if row.code == "fast")
    assert row.gap is not None and row.believed is not None
    few = without_single_opinions(replace(row, believed=replace(row.believed, n=4), staff=Voice(1, 0, 2, 4)))
    assert (few.believed, few.staff, few.gap, few.top2_gap, few.cliffs_delta, few.certain) == (None,) * 6


def test_what_four_customers_say_is_not_handed_round() -> None:
    report = full_report()
    few = tuple(replace(row, said=replace(row.said, n=4) if row.said else None) for row in report.myths)
    for row in publishable(replace(report, myths=few)).myths:
        assert row.said is None
        assert row.against != "said" and (row.state is not RowState.BLIND_SPOT or row.against == "done")


def _spread(*counts: int) -> Distribution:
    bins = tuple(Bin(str(i), i, i + 1, n) for i, n in enumerate(counts))
    return Distribution(
        name="handovers", label="Hand-overs", unit=Unit.COUNT, n=sum(counts), measure="reopened_share", bins=bins
    )


@pytest.mark.parametrize(
    ("counts", "shown", "last"),
    [
        ((100, 7, 0, 9), [100, 7, 0, 9], "3"),
        ((100, 4, 0, 9), [100, None, 0, None], "3"),
        ((100, 4, 30, 2, 9), [100, None, 30, None, 9], "4"),
        ((100, 9, 2, 0, 1, 1), [100, 13], "1 and more"),
        ((100, 2, 1), [103], "0 and more"),
    ],
)
def test_bars_under_five_are_blank_and_the_thin_end_is_one_bar(
    counts: tuple[int, ...], shown: list[int | None], last: str
) -> None:
    spread = publishable(_report(measure(), distributions=(_spread(*counts),))).distributions[0]
    assert [b.count for b in spread.bins] == shown
    assert spread.bins[-1].label == last


def test_a_spread_goes_with_its_measure() -> None:
    gone = publishable(_report(measure(persons=2), distributions=(_spread(100, 9),))).distributions[0]
    assert [b.count for b in gone.bins] == [None, None]


def test_hours_of_fewer_than_five_persons_are_blank_and_the_number_of_persons_is_never_shown() -> None:
    cells = ((50, 9, 0, 8) + (0,) * 20, *((0,) * 24 for _day in range(6)))
    persons = ((5, 4, 0, 1) + (0,) * 20, *((0,) * 24 for _day in range(6)))
    heat_map = HeatMap(name="answers", label="Answers", n=67, cells=cells, persons=persons)
    shown = publishable(_report(heat_maps=(heat_map,))).heat_maps[0]
    assert shown.cells[0][:4] == (50, None, 0, None)
    assert shown.persons is None and shown.held_back == 2


def test_a_single_blank_hour_takes_the_next_quietest_with_it() -> None:
    cells = ((50, 9, 20) + (0,) * 21, *((0,) * 24 for _day in range(6)))
    persons = ((9, 4, 9) + (0,) * 21, *((0,) * 24 for _day in range(6)))
    heat_map = HeatMap(name="answers", label="Answers", n=79, cells=cells, persons=persons)
    assert publishable(_report(heat_maps=(heat_map,))).heat_maps[0].cells[0][:3] == (50, None, None)


def test_what_was_held_back_once_stays_so() -> None:
    once = publishable(full_report())
    assert publishable(once) == once


def test_months_of_fewer_than_five_cases_are_blank() -> None:
    points = (Point("2026-01-01", 0.5, 4), Point("2026-02-01", 0.25, 40), Point("2026-03-01", None, 0))
    series = Series(name="s", label="s", unit=Unit.SHARE, points=points)
    shown = publishable(_report(series=(series,))).series[0].points
    assert [(p.value, p.n) for p in shown] == [(None, 0), (0.25, 40), (None, 0)]
