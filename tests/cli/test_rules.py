"""Hours, promises and clocks on the command line: shown, tried, set from files, counted again."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from rundblick.cases.promising import PROMISE, promised
from rundblick.cli import clocks, hours, main, promises
from rundblick.core.rulebooks import in_force
from rundblick.people.hours import TIMETABLES, timetables
from tests.people.house import a_house

pytestmark = pytest.mark.django_db
HOURS = """
[[tables]]
name = "Service"
hours = "Mo-Fr 08:00-12:00 13:00-17:00"
holidays = "AT-9"
special = { "2026-12-24" = "" }
"""
PROMISED = """
simple = ["Address"]
[[levels]]
name = "All"
reaction_hours = 4
resolution_days = 2
"""


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands work in the test's own database."""
    for module in (clocks, hours, promises):
        monkeypatch.setattr(module, "database", nullcontext)


def test_hours_are_set_from_a_file_and_shown_as_one_can_set_them_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hours.toml").write_text(HOURS)
    assert main.main(["--lang", "en", "hours", "set", str(tmp_path / "hours.toml")]) == 0
    assert "as version 1" in capsys.readouterr().out
    assert timetables().tables[0].holidays == "AT-9"
    assert main.main(["hours", "show"]) == 0
    (tmp_path / "again.json").write_text(capsys.readouterr().out)
    assert main.main(["hours", "set", str(tmp_path / "again.json")]) == 0
    book = in_force(TIMETABLES)
    assert book is not None and book.version == 2


def test_a_promise_is_tried_before_it_is_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_house()
    (tmp_path / "promise.toml").write_text(PROMISED)
    assert main.main(["promises", "set", str(tmp_path / "promise.toml"), "--preview"]) == 0
    assert json.loads(capsys.readouterr().out)["days"] == 30
    assert in_force(PROMISE) is None
    assert main.main(["promises", "set", str(tmp_path / "promise.toml")]) == 0
    assert promised().levels[0].resolution_days == 2
    capsys.readouterr()
    assert main.main(["promises", "show"]) == 0
    assert json.loads(capsys.readouterr().out)["simple"] == ["Address"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("levels = [", "file.toml"),
        ("[[levels]]\nreaction_houre = 4", 'there is no "reaction_houre"; there are reaction_hours'),
        ("[[levels]]\nreaction_hours = 'soon'", "levels[0].reaction_hours"),
        ("[[levels]]\nreaction_hours = 9999", "9999 hours are promised"),
        ('{"levels": [}', "malformed"),
        ("levels = []", "there is no level"),
    ],
)
def test_a_file_that_cannot_be_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (tmp_path / "file.toml").write_text(text)
    assert main.main(["--lang", "en", "promises", "set", str(tmp_path / "file.toml")]) == 2
    said = capsys.readouterr().err
    assert "file.toml" in said and words in said
    assert in_force(PROMISE) is None


def test_clocks_are_counted_and_counted_again_without_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    house = a_house()
    assert main.main(["clocks", "--json", "--quiet"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["cases"], first["changed"]) == (len(house.cases()), 2 * len(house.cases()))
    assert main.main(["--lang", "en", "clocks", "--quiet"]) == 0
    assert capsys.readouterr().out == "6 cases counted, 0 clocks changed\n"
