"""CSV files that are whole or not there, and cells that are no formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from rundblick.core.spreadsheets import safe_cell, write_csv


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-2", "@sum", "\t=1", "\r=1"])
def test_what_could_begin_a_formula_is_quoted(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Anna", "1-2", "a=b", "'=1"])
def test_any_other_text_stays(text: str) -> None:
    assert safe_cell(text) == text


def test_texts_are_quoted_and_numbers_stay_numbers(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ("name", "weight"), [("=cmd()", -2.5), ('Müller, "Anna"', 3)])
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [["name", "weight"], ["'=cmd()", "-2.5"], ['Müller, "Anna"', "3"]]


def test_a_writing_that_is_cut_off_leaves_the_old_file_and_no_half_one(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old")

    def rows() -> Iterator[tuple[str]]:
        yield ("one",)
        assert target.read_text() == "old"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_csv(target, ("x",), rows())
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert target.read_text() == "old"
