"""When an answer is to leave, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.cases.later import choices, when
from rundblick.core.calendars import Calendar, hours

BERLIN = "Europe/Berlin"
OPEN = Calendar(hours("Mo-Fr 08:30-17:00"), BERLIN, "", "", {})
NOW = datetime(2026, 3, 25, 9, 0, tzinfo=UTC)  # a Wednesday, ten o'clock; on Sunday the clocks change


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("tomorrow", "2026-03-26 08:30"),
        ("Morgen 14 Uhr", "2026-03-26 14:00"),
        ("Montag", "2026-03-30 08:30"),
        ("Mi", "2026-04-01 08:30"),
        ("monday 10:00", "2026-03-30 10:00"),
        ("Übermorgen um 9", "2026-03-27 09:00"),
        ("Sonntag", "2026-03-29 08:00"),
        ("24.12. 9:15", "2026-12-24 09:15"),
        ("3.2.", "2027-02-03 08:30"),
        ("2026-04-02T16:00", "2026-04-02 16:00"),
        ("18:30", "2026-03-25 18:30"),
        ("9:00", "2026-03-26 09:00"),
        ("3 pm", "2026-03-25 15:00"),
        ("in 2 hours", "2026-03-25 12:00"),
        ("in 3 Tagen", "2026-03-28 10:00"),
    ],
)
def test_it_is_read_as_people_mean_it_in_the_teams_zone(text: str, local: str) -> None:
    at = when(text, NOW, OPEN, BERLIN)
    assert at is not None
    assert at.astimezone(ZoneInfo(BERLIN)).strftime("%Y-%m-%d %H:%M") == local


@pytest.mark.parametrize(
    "text",
    ["", "soon", "31.2. 9:00", "25:00", "Monday at noon", "\0", "1" * 500, "13 pm", "2026-13-01", "0001-01-01 0:00"],
)
def test_what_cannot_be_read_is_none(text: str) -> None:
    assert when(text, NOW, OPEN, BERLIN) is None


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    when(text, NOW, OPEN, BERLIN)


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)))
def test_what_is_offered_lies_ahead_and_in_opening_hours(at: datetime) -> None:
    now = at.replace(tzinfo=UTC)
    for found in choices(now, OPEN, BERLIN):
        assert now < found <= now + timedelta(days=9) and OPEN.is_open(found)
