"""The check's figures of the real service desk against the count that knows nothing of the check."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from .checked import ROOT, check, data_folder
from .servicedesk import Figures, count

pytestmark = [pytest.mark.realdata, pytest.mark.timeout(900), pytest.mark.xdist_group("servicedesk")]

MAPPING = ROOT / "examples/servicedesk/rundblick.toml"
SHARES = [
    "resolution_days_median",
    "resolved_within_3_days_share",
    "handover_share",
    "handovers_mean",
    "handovers_8_or_more_share",
    "people_per_case_mean",
    "reopened_share",
    "promise_kept_share",
    "first_contact_resolution",
    "first_contact_resolution_gross",
    "past_three_days_share",
    "ping_pong_share",
    "teams_per_case_mean",
]


@pytest.fixture(scope="module")
def mapping() -> dict[str, Any]:
    return tomllib.loads(MAPPING.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def counted(mapping: dict[str, Any]) -> Figures:
    export = data_folder("servicedesk") / "incident_event_log.csv.gz"
    channels = {theirs.lower(): ours for theirs, ours in mapping["file"][0]["values"]["channel"].items()}
    return count(export, mapping["rundblick"].get("timezone", "UTC"), channels)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return check(data_folder("servicedesk"), MAPPING, tmp_path_factory.mktemp("first"))


def test_every_row_is_read_and_kept(report: dict[str, Any], counted: Figures) -> None:
    files = [f for f in report["input"]["files"] if "incident_event_log" in f["name"]]
    assert [(f["rows_read"], f["rows_kept"], f["rows_unreadable"]) for f in files] == [
        (counted.figures["rows"], counted.figures["rows"], 0)
    ]


def test_cases_and_customers_are_the_same_in_totals_and_measures(report: dict[str, Any], counted: Figures) -> None:
    for name in ("cases", "customers"):
        assert report["totals"][name] == counted.figures[name]
        assert report["measures"][name]["value"] == counted.figures[name]


@pytest.mark.parametrize("name", SHARES)
def test_figure_and_its_n_are_the_independent_ones(report: dict[str, Any], counted: Figures, name: str) -> None:
    measure = report["measures"][name]
    assert not measure["missing"]
    assert measure["n"] == counted.n[name]
    assert measure["value"] == pytest.approx(counted.figures[name], rel=1e-9)
    assert measure["low"] <= measure["value"] <= measure["high"]


def test_channel_shares_are_those_of_the_mapped_channels(report: dict[str, Any], counted: Figures) -> None:
    shares = {channel: number / counted.figures["cases"] for channel, number in counted.channels.items()}
    reported = {
        name.removeprefix("channel_share."): measure["value"]
        for name, measure in report["measures"].items()
        if name.startswith("channel_share.") and measure["value"]
    }
    assert reported == pytest.approx(shares, rel=1e-9)
    several = report["measures"]["customers_several_channels_share"]["value"]
    assert several == pytest.approx(counted.figures["customers_with_several_channels_share"], rel=1e-9)


def test_hand_overs_by_log_stand_beside_the_counter(report: dict[str, Any], counted: Figures) -> None:
    """Both ways make the same changes of team; the report's mean is over the cases that had a known owner at all."""
    changes = report["measures"]["team_changes_mean"]
    made = counted.other["handovers_mean.team"] * counted.figures["cases"]
    assert changes["value"] * changes["n"] == pytest.approx(made, rel=1e-9)
    inside = report["measures"]["person_changes_in_team_mean"]
    made = counted.other["handovers_mean.person_inside_team"] * counted.figures["cases"]
    assert inside["value"] * inside["n"] == pytest.approx(made, rel=1e-9)
    beside = {part["name"]: part["value"] for part in report["measures"]["handovers_mean"]["beside"]}
    assert beside["handovers_mean.source"] == pytest.approx(counted.figures["handovers_mean"], rel=1e-9)
    assert beside["handovers_mean.disagreement"] > 0


def test_reopenings_by_log_stand_beside_the_counter(report: dict[str, Any], counted: Figures) -> None:
    beside = {part["name"]: part["value"] for part in report["measures"]["reopened_share"]["beside"]}
    assert beside["reopened_share.derived"] == pytest.approx(counted.other["reopened_share.by_states"], rel=1e-9)
    disagree = counted.other["reopened_disagree.by_states"] / counted.figures["cases"]
    assert beside["reopened_share.disagreement"] == pytest.approx(disagree, rel=1e-9)


def test_no_reaction_time_is_made_up_where_the_export_has_none(report: dict[str, Any]) -> None:
    reactions = {name: m for name, m in report["measures"].items() if name.startswith("first_reply")}
    assert reactions
    assert all(m["value"] is None and m["missing"] for m in reactions.values()), reactions


def test_checked_twice_no_figure_changes(report: dict[str, Any], tmp_path: Path) -> None:
    again = check(data_folder("servicedesk"), MAPPING, tmp_path)
    assert again["measures"] == report["measures"]
    assert again["totals"] == report["totals"]
