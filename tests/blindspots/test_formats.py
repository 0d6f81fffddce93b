"""Numbers look as the reader's country writes them, and say neither more nor less than they know."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from rundblick.blindspots.model import Unit
from rundblick.blindspots.report.formats import Formats

NB = "\u00a0"


@pytest.mark.parametrize(
    ("language", "country", "expected"),
    [("de", "DE", "12.480,50"), ("de", "CH", "12’480.50"), ("en", "DE", "12,480.50")],
)
def test_grouping_and_decimals_follow_language_and_country(language: str, country: str, expected: str) -> None:
    assert Formats.of(language, country).number(12_480.5, 2) == expected


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.45626, "46%"), (0.0107, "1.1%"), (0.99113, "99.1%"), (0.00012, "0.01%"), (0.0, "0%"), (1.0, "100%"),
     (0.9999, "99.99%")],
)  # fmt: skip
def test_a_small_or_nearly_whole_share_does_not_read_as_none_or_all(share: float, text: str) -> None:
    assert Formats.of("en").percent(share) == text


@given(st.floats(0, 1))
def test_only_none_reads_as_none_and_only_all_reads_as_all(share: float) -> None:
    text = Formats.of("en").percent(share)
    if text == "0%":
        assert share == 0
    if text == "100%":
        assert share == 1


def test_a_negative_number_has_a_real_minus_and_zero_none() -> None:
    formats = Formats.of("en")
    assert formats.number(-8) == "\u22128"
    assert formats.number(-0.2) == "0"


def test_units_are_words_of_the_report_and_intervals_leave_them_out() -> None:
    with translation.override("de"):
        formats = Formats.of("de", "DE")
        assert formats.value(0.92, Unit.DAYS) == f"0,92{NB}Tage"
        assert formats.interval(0.88, 0.95, Unit.DAYS) == "0,88 bis 0,95"
        assert formats.interval(0.4501, 0.4624, Unit.SHARE) == f"45,0{NB}% bis 46,2{NB}%"
        assert formats.interval(None, None, Unit.DAYS) == ""
        assert formats.interval(1.0, None, Unit.DAYS) == "1,0 bis –"


@given(st.floats(0, 1), st.floats(0, 1))
def test_different_bounds_that_matter_look_different(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    text = Formats.of("en").interval(low, high, Unit.SHARE)
    if high - low > 0.001:
        assert text.split(" to ")[0] != text.split(" to ")[1]


def test_times_are_told_in_the_zone_of_the_window() -> None:
    formats = Formats.of("de", "DE", "Europe/Berlin")
    assert formats.day(datetime(2026, 6, 30, 22, 30, tzinfo=UTC)) == "1. Juli 2026"
