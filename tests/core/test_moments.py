"""Times as exports write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rundblick.core.moments import Moments, Order, detect_order, is_time

BERLIN = "Europe/Berlin"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "expected", "precision"),
    [
        ("29/2/2016 01:16", utc(2016, 2, 29, 0, 16), "minute"),
        ("2016-02-29", utc(2016, 2, 28, 23), "day"),
        ("2016-02-29T01:16:23.5", utc(2016, 2, 29, 0, 16, 23, 500000), "second"),
        ("2016-07-01 12:00:00,250", utc(2016, 7, 1, 10, 0, 0, 250000), "second"),
        ("29.02.2016 01:16:23", utc(2016, 2, 29, 0, 16, 23), "second"),
        ("29.02.16, 01:16 Uhr", utc(2016, 2, 29, 0, 16), "minute"),
        ("1.7.2016 9.05", utc(2016, 7, 1, 7, 5), "minute"),
        ("29. Februar 2016", utc(2016, 2, 28, 23), "day"),
        ("Mo, 29. Feb. 2016 01:16", utc(2016, 2, 29, 0, 16), "minute"),
        ("3. März 2016 um 14:05 Uhr", None, "minute"),
        ("Feb 29, 2016 1:16 PM", utc(2016, 2, 29, 12, 16), "minute"),
        ("29-Feb-2016 01:16", utc(2016, 2, 29, 0, 16), "minute"),
        ("20160229", utc(2016, 2, 28, 23), "day"),
        ("20160229T011623", utc(2016, 2, 29, 0, 16, 23), "second"),
        ("29.02.2016 24:00", utc(2016, 2, 29, 23), "minute"),
        ("29/02/2016 12:30 am", utc(2016, 2, 28, 23, 30), "minute"),
    ],
)
def test_a_time_without_zone_is_read_in_the_zone_of_the_mapping(
    text: str, expected: datetime | None, precision: str
) -> None:
    moment = Moments(BERLIN)(text)
    assert moment.at == (expected or utc(2016, 3, 3, 13, 5))
    assert (moment.precision, moment.zone, moment.text, moment.fold) == (precision, BERLIN, text, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016-02-29T01:16:23Z", utc(2016, 2, 29, 1, 16, 23)),
        ("2016-02-29T01:16:23+01:00", utc(2016, 2, 29, 0, 16, 23)),
        ("2016-02-29 01:16:23 +0530", utc(2016, 2, 28, 19, 46, 23)),
        ("2016-02-29 01:16:23 UTC", utc(2016, 2, 29, 1, 16, 23)),
        ("29.02.2016 01:16 MEZ", utc(2016, 2, 29, 0, 16)),
        ("Mon, 29 Feb 2016 01:16:23 -0500", utc(2016, 2, 29, 6, 16, 23)),
        ("1456708583", utc(2016, 2, 29, 1, 16, 23)),
        ("1456708583.25", utc(2016, 2, 29, 1, 16, 23, 250000)),
        ("1456708583000", utc(2016, 2, 29, 1, 16, 23)),
    ],
)
def test_a_time_that_tells_its_zone_keeps_no_text_and_no_assumed_zone(text: str, expected: datetime) -> None:
    moment = Moments(BERLIN)(text)
    assert (moment.at, moment.text, moment.zone) == (expected, "", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "31.02.2016",
        "2016-13-01",
        "gestern",
        "12:30",
        "29/2/2016 25:00",
        "0000-00-00",
        "5",
        "12345",
        "13:00 pm",
        "0001-01-01",
        "29.02.2016 13:00 pm",
        "30/30/2016",
        "1/2/3/2016",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the reader names the value, not the parser)
        Moments(BERLIN)(text)


def test_the_order_decides_between_day_and_month_but_never_with_dots() -> None:
    assert Moments(BERLIN, "day-first")("4/3/2016 12:00").at == utc(2016, 3, 4, 11)
    assert Moments(BERLIN, "month-first")("4/3/2016 12:00").at == utc(2016, 4, 3, 10)
    assert Moments(BERLIN, "month-first")("4.3.2016 12:00").at == utc(2016, 3, 4, 11)
    assert Moments(BERLIN, "year-first")("16-03-04 12:00").at == utc(2016, 3, 4, 11)


def test_a_pattern_is_taken_by_its_word() -> None:
    moment = Moments(BERLIN, "%Y%d%m-%H%M")("20162902-0116")
    assert (moment.at, moment.precision) == (utc(2016, 2, 29, 0, 16), "minute")
    with pytest.raises(ValueError):  # noqa: PT011  (the reader names the value, not the parser)
        Moments(BERLIN, "%d.%m.%Y")("2016-02-29")
    with pytest.raises(ValueError):  # noqa: PT011  (the reader names the value, not the parser)
        Moments(BERLIN, "sideways")


def test_the_doubled_and_the_missing_hour_are_told() -> None:
    read = Moments(BERLIN)
    assert (read("30.10.2016 02:30").fold, read("30.10.2016 02:30").at) == ("doubled", utc(2016, 10, 30, 0, 30))
    assert (read("27.03.2016 02:30").fold, read("27.03.2016 02:30").at) == ("missing", utc(2016, 3, 27, 1, 30))
    assert read("30.10.2016 03:00").fold == read("30.10.2016 01:59").fold == read("30.10.2016").fold == ""


def test_typed_cells_are_read_like_their_texts() -> None:
    read = Moments(BERLIN)
    assert read(datetime(2016, 2, 29, 1, 16)).at == utc(2016, 2, 29, 0, 16)
    assert read(date(2016, 2, 29)).precision == "day"
    assert read(utc(2016, 2, 29, 1)).zone == ""
    assert read(1456708583).at == utc(2016, 2, 29, 1, 16, 23)
    with pytest.raises(ValueError):  # noqa: PT011  (the reader names the value, not the parser)
        read(True)
    with pytest.raises(ValueError):  # noqa: PT011  (the reader names the value, not the parser)
        read(None)


@pytest.mark.parametrize(
    ("day", "clock", "expected", "precision"),
    [
        ("29.02.2016", "01:16", utc(2016, 2, 29, 0, 16), "minute"),
        ("29.02.2016 00:00:00", "01:16:05", utc(2016, 2, 29, 0, 16, 5), "second"),
        ("20160229", "0116", None, "minute"),
        ("29.02.2016", "", utc(2016, 2, 28, 23), "day"),
        (datetime(2016, 2, 29), time(1, 16), utc(2016, 2, 29, 0, 16), "second"),
        (date(2016, 2, 29), timedelta(hours=1, minutes=16), utc(2016, 2, 29, 0, 16), "second"),
        ("29.02.2016", "905", utc(2016, 2, 29, 8, 5), "minute"),
    ],
)
def test_date_and_time_of_two_columns_become_one_moment(
    day: object, clock: object, expected: datetime | None, precision: str
) -> None:
    moment = Moments(BERLIN).together(day, clock)
    assert (moment.at, moment.precision) == (expected or utc(2016, 2, 29, 0, 16), precision)


def test_a_pattern_reads_the_date_beside_a_column_of_times() -> None:
    moment = Moments(BERLIN, "%Y.%d.%m").together("2016.29.02", "01:16")
    assert (moment.at, moment.precision) == (utc(2016, 2, 29, 0, 16), "minute")


def test_a_time_column_with_something_else_is_refused() -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the reader names the value, not the parser)
        Moments(BERLIN).together("29.02.2016", "abends")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["29/2/2016 01:16", "5/3/2016 12:00"], Order("day-first", "sure")),
        (["2/29/2016", "3/5/2016"], Order("month-first", "sure")),
        (["3/5/2016", "4/5/2016"], Order("day-first", "ambiguous")),
        (["2016-02-29", "2016-03-01"], Order("year-first", "sure")),
        (["03.05.2016"], Order("day-first", "sure")),
        ([f"{month}/{day}/2016" for month in (3, 4, 5) for day in range(1, 13)], Order("month-first", "guessed")),
        ([f"{day}/{month}/2016" for month in (3, 4, 5) for day in range(1, 13)], Order("day-first", "guessed")),
        (["29/2/2016", "30/3/2016", "2/29/2016"], Order("day-first", "ambiguous", 1)),
        (["?", "", "abc"], Order("", "ambiguous")),
    ],
)
def test_the_order_of_a_column_is_found_with_its_certainty(values: list[str], expected: Order) -> None:
    assert detect_order(values) == expected


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2068, 12, 31)))
def test_any_spelling_of_a_time_is_the_same_moment(local: datetime) -> None:
    local = local.replace(microsecond=0, fold=0)
    expected = local.replace(tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)
    day, month, year = local.day, local.month, local.year
    clock = local.strftime("%H:%M:%S")
    assert Moments(BERLIN)(local.isoformat()).at == expected
    assert Moments(BERLIN, "day-first")(f"{day}/{month}/{year} {clock}").at == expected
    assert Moments(BERLIN, "month-first")(f"{month}/{day}/{year} {clock}").at == expected
    assert Moments(BERLIN)(f"{day:02}.{month:02}.{year % 100:02} {clock}").at == expected
    assert Moments(BERLIN)(expected.isoformat()).at == expected
    assert Moments(BERLIN).together(f"{day}.{month}.{year}", clock).at == expected


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    readable = is_time(text)
    try:
        Moments(BERLIN)(text)
    except ValueError:
        readable = readable and True
    assert isinstance(readable, bool)


def test_many_different_times_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rundblick.core.moments._CACHE_LIMIT", 10)
    read = Moments(BERLIN)
    for minute in range(60):
        read(f"29.02.2016 01:{minute:02}")
    assert len(read._cache) <= 10
