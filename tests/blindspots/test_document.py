"""report.json is what its schema says, and comes back as it went."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from rundblick.blindspots.dimensions import DIMENSIONS
from rundblick.blindspots.model import SCHEMA, Report, RowState
from rundblick.blindspots.report.document import DocumentError, from_json, json_schema, shipped_schema, to_json
from rundblick.blindspots.saved import names
from tests.blindspots.factories import full_report, poor_report


@pytest.mark.parametrize("report", [full_report(), full_report("de"), poor_report()], ids=["full", "german", "poor"])
def test_a_report_fits_its_schema_and_comes_back(report: Report) -> None:
    data = to_json(report)
    assert list(jsonschema_rs.validator_for(shipped_schema()).iter_errors(json.loads(data))) == []
    assert from_json(data) == report


def test_the_schema_that_is_shipped_is_the_one_that_the_types_make() -> None:
    assert shipped_schema() == json_schema(), "write it again: python -m rundblick.blindspots.report.document"


def test_the_keys_that_programs_rely_on_are_there() -> None:
    document = json.loads(to_json(full_report()))
    assert document["schema"] == SCHEMA
    assert {"name", "rows_read", "rows_kept", "rows_unreadable", "remarks"} <= set(document["input"]["files"][0])
    assert {"customers", "cases", "interactions"} <= set(document["totals"])
    for name in (
        "cases",
        "customers",
        "channel_share.phone",
        "resolution_days_median",
        "resolved_within_3_days_share",
        "handover_share",
        "handovers_mean",
        "handovers_8_or_more_share",
        "people_per_case_mean",
        "reopened_share",
        "first_contact_resolution",
        "promise_kept_share",
    ):
        assert {"value", "n", "low", "high", "unit", "missing"} <= set(document["measures"][name]), name


@pytest.mark.parametrize("broken", [b"", b"[]", b'{"schema": "rundblick.report/1"}', b"\xff"])
def test_what_is_no_report_is_refused(broken: bytes) -> None:
    with pytest.raises(DocumentError):
        from_json(broken)


def test_another_major_version_is_refused_and_an_unknown_key_is_not() -> None:
    document = json.loads(to_json(poor_report()))
    assert from_json(json.dumps({**document, "new": 1}).encode()) == poor_report()
    with pytest.raises(DocumentError, match=r"rundblick\.report/2"):
        from_json(json.dumps({**document, "schema": "rundblick.report/2"}).encode())


def test_a_value_outside_the_schema_is_found() -> None:
    document = json.loads(to_json(poor_report()))
    document["totals"]["cases"] = "four"
    assert not jsonschema_rs.validator_for(shipped_schema()).is_valid(document)


def test_every_measure_and_every_row_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "report.md").read_text("utf-8")
    for name in names():
        assert f"| `{name}` |" in text, name
    for dimension in DIMENSIONS:
        assert f"`{dimension.code}`" in text, dimension.code
    for state in RowState:
        assert f"| `{state}` |" in text, state
