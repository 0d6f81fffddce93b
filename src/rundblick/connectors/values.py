"""From cells to values: one reader per column, each remembering what it has read before.

A reader is a dict whose missing keys are read: logs repeat their values, and a known one costs one look-up in C.
What cannot be read raises ``ValueFault``; a row is then unreadable. A word that no value map knows is unknown, and
told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Generic, TypeVar

from rundblick.connectors.fields import CHOICES, Kind
from rundblick.connectors.formats import Cell, cell_text
from rundblick.connectors.mapping import FALSE, TRUE
from rundblick.connectors.notes import Notes
from rundblick.core.message import Moment
from rundblick.core.moments import Moments, read_time

V = TypeVar("V")

_LIMIT: Final = 100_000
_LONGEST_CACHED: Final = 200
_STRANGE: Final = 100  # different unmapped words of a column that are told one by one
# There are people called Null and Nan: for names only the empty cell and the mapping's own marks are unknown.
_NAMES: Final = frozenset({"name", "first_name", "last_name", "company"})
# What stands for "not known" in any export, beside the empty cell; more marks are named by the mapping.
ALWAYS_UNKNOWN: Final = frozenset(
    {"", "null", "none", "nan", "#n/a", "#nv", "<null>", "\\n", "0000-00-00", "0000-00-00 00:00:00"}
)


class ValueFault(Exception):
    """A value that cannot be read as its field demands. ``code``: "value.date", "value.number", "value.missing" ..."""

    def __init__(self, code: str, column: str, **detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = {"column": column, **detail}


class Reader(dict[Any, V], Generic[V]):
    """Reads the cells of one column: ``reader[cell]``. Holds at most 100,000 different ones."""

    __slots__ = ("column", "read")

    def __init__(self, column: str, read: Callable[[Any], V]) -> None:
        super().__init__()
        self.column = column
        self.read = read

    def __missing__(self, cell: Any) -> V:
        value = self.read(cell)
        if type(cell) is str and len(cell) > _LONGEST_CACHED:
            return value
        if len(self) >= _LIMIT:
            self.clear()
        self[cell] = value
        return value


class Forgetful(Reader[V]):
    """A reader for texts that hardly repeat: remembers nothing."""

    def __missing__(self, cell: Any) -> V:
        return self.read(cell)


class Constant(Reader[V]):
    """The one value of a field that no column holds."""

    def __init__(self, value: V) -> None:
        super().__init__("", lambda _: value)
        self[""] = value


def unknown_marks(marks: Iterable[str]) -> frozenset[str]:
    return ALWAYS_UNKNOWN | {mark.strip().casefold() for mark in marks}


def clean(text: str) -> str:
    """A text that a database takes: composed (NFC), no NUL, no half of a surrogate pair, no spaces around it."""
    text = text.strip()
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    text = unicodedata.normalize("NFC", text)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", "")


class Values:
    """Makes the readers of one file. ``decimals``: column -> its decimal sign; ``orders``: column -> order of dates."""

    def __init__(
        self,
        zone: str,
        unknown: frozenset[str],
        maps: dict[str, dict[str, str]],
        orders: dict[str, str],
        decimals: dict[str, str],
        notes: Notes,
    ) -> None:
        self.zone = zone
        self.unknown = unknown
        self.maps = maps
        self.orders = orders
        self.decimals = decimals
        self.notes = notes
        self.this_year = datetime.now(UTC).year  # of two digits, the last such year a person can be born in

    def text(self, column: str, field: str = "") -> Reader[str]:
        own = {theirs.casefold(): ours for theirs, ours in self.maps.get(field, {}).items()}
        unknown = (self.unknown - ALWAYS_UNKNOWN) | {""} if field in _NAMES else self.unknown

        def read(cell: Cell) -> str:
            text = clean(cell_text(cell))
            folded = text.casefold()
            if own and folded in own:
                return own[folded]
            return "" if folded in unknown else text

        return Reader(column, read)

    def long(self, column: str) -> Reader[str]:
        unknown = self.unknown

        def read(cell: Cell) -> str:
            text = clean(cell_text(cell))
            return "" if len(text) < 30 and text.casefold() in unknown else text

        return Forgetful(column, read)

    def choice(self, column: str, field: str, kind: Kind) -> Reader[str]:
        """One of our words; another word that neither is ours nor stands in the map is unknown, and counted."""
        own = {one: one for one in CHOICES[kind]}
        own.update({theirs.strip().casefold(): ours.lower() for theirs, ours in self.maps.get(field, {}).items()})
        return _Choice(column, field, own, self.unknown, self.notes)

    def flag(self, column: str, field: str) -> Reader[bool | None]:
        own: dict[str, bool | None] = {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}
        for theirs, ours in self.maps.get(field, {}).items():
            own[theirs.strip().casefold()] = ours.lower() in TRUE
        return _Choice(column, field, own, self.unknown, self.notes, missing=None)

    def moment(self, column: str) -> Reader[Moment | None]:
        """Of one cell, or of two as a tuple: a date and a time of day."""
        moments = Moments(self.zone, self.orders.get(column, ""))
        unknown = self.unknown

        def read(cell: Cell | tuple[Cell, Cell]) -> Moment | None:
            day, clock = cell if isinstance(cell, tuple) else (cell, "")
            if type(day) is str and day.strip().casefold() in unknown:
                return None
            try:
                if not isinstance(cell, tuple):
                    return moments.read(day) if type(day) is str else moments(day)
                blank = type(clock) is str and clock.strip().casefold() in unknown
                return moments.together(day, "" if blank else clock)
            except (ValueError, OverflowError):
                raise ValueFault("value.date", column) from None

        return Reader(column, read)

    def day(self, column: str) -> Reader[str]:
        """A date of a person's life as ISO text; one that cannot be read is left out, and counted."""
        day_of = self._day_of(column)

        def read(cell: Cell) -> str:
            try:
                return day_of(cell)
            except (ValueError, OverflowError):
                self.notes.add("fact.unreadable", column=column)
                return ""

        return Reader(column, read)

    def day_as_written(self, column: str) -> Reader[str]:
        """What was meant for a date and is none ("31.02.1980"), its digits in the order of ISO; "" for anything else.

        A slip of the finger made it. Nobody can count with it, but who compares persons sees that the rest agrees.
        """
        day_of = self._day_of(column)
        parts = _parts_of(self.orders.get(column, "") or "day-first")

        def read(cell: Cell) -> str:
            try:
                day_of(cell)
            except (ValueError, OverflowError):
                return _as_written(cell_text(cell), parts)
            return ""

        return Reader(column, read)

    def _day_of(self, column: str) -> Callable[[Cell], str]:
        """Reads a day of a column as ISO text, "" for unknown. Raises ValueError or OverflowError."""
        order = self.orders.get(column, "") or "day-first"
        unknown = self.unknown

        def day_of(cell: Cell) -> str:
            if isinstance(cell, datetime):
                return cell.date().isoformat()
            if isinstance(cell, date):
                return cell.isoformat()
            text = cell_text(cell).strip()
            if text.casefold() in unknown:
                return ""
            local = datetime.strptime(text, order) if "%" in order else read_time(text, order)[0]
            if local.year > self.this_year and _short_year(text):
                local = local.replace(year=local.year - 100)
            return local.date().isoformat()

        return day_of

    def count(self, column: str) -> Reader[int | None]:
        number = self.number(column).read

        def read(cell: Cell) -> int | None:
            value = number(cell)
            if value is None:
                return None
            if value < 0 or value != int(value) or value > 1 << 53:
                raise ValueFault("value.count", column)
            return int(value)

        return Reader(column, read)

    def number(self, column: str) -> Reader[float | None]:
        decimal = self.decimals.get(column, ".")
        unknown = self.unknown

        def read(cell: Cell) -> float | None:
            if isinstance(cell, (int, float)):
                return float(cell)
            text = cell_text(cell).strip()
            if text.casefold() in unknown:
                return None
            try:
                return float(number_of(text, decimal))
            except ValueError:
                raise ValueFault("value.number", column) from None

        return Reader(column, read)

    def seconds(self, column: str) -> Reader[float | None]:
        number = self.number(column).read

        def read(cell: Cell) -> float | None:
            if isinstance(cell, datetime):  # Excel writes a length as a time of day
                cell = cell.time()
            if isinstance(cell, time):
                return cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
            parts = _LENGTH.match(cell.strip()) if type(cell) is str else None
            if parts:
                hours, minutes, seconds = (int(part or 0) for part in parts.group(1, 2, 3))
                return float(hours * 3600 + minutes * 60 + seconds)
            value = number(cell)
            if value is not None and value < 0:
                raise ValueFault("value.number", column)
            return value

        return Reader(column, read)

    def money(self, column: str) -> Reader[tuple[Decimal, str] | None]:
        """An amount in major units and the currency written beside it, "" when there is none."""
        decimal = self.decimals.get(column, ".")
        unknown = self.unknown

        def read(cell: Cell) -> tuple[Decimal, str] | None:
            if isinstance(cell, (int, float)):
                return Decimal(repr(cell)), ""
            text = cell_text(cell).strip()
            if text.casefold() in unknown:
                return None
            currency = _CURRENCY.search(text)
            code = currency[0] if currency else ""
            text = _CURRENCY.sub("", text).strip()
            text = re.sub(r"[.,]\s*[-–—]+\Z", "", text)  # "12,-"
            if text.startswith("(") and text.endswith(")"):
                text = "-" + text[1:-1]
            try:
                return number_of(text, decimal), _SYMBOLS.get(code, code)
            except ValueError:
                raise ValueFault("value.number", column) from None

        return Reader(column, read)


class _Choice(Reader[Any]):
    """A reader of words: unmapped ones are not remembered, so that each is counted."""

    __slots__ = ("_field", "_missing", "_notes", "_own", "_strange", "_unknown")

    def __init__(
        self,
        column: str,
        field: str,
        own: dict[str, Any],
        unknown: frozenset[str],
        notes: Notes,
        missing: object = "",
    ) -> None:
        super().__init__(column, self._read)
        self._field, self._own, self._unknown, self._notes, self._missing = field, own, unknown, notes, missing
        self._strange: set[str] = set()

    def _read(self, cell: Cell) -> object:
        return self._own.get(clean(cell_text(cell)).casefold(), self._missing)

    def __missing__(self, cell: Any) -> Any:
        text = clean(cell_text(cell))
        folded = text.casefold()
        if folded in self._own:
            value = self._own[folded]
        elif folded in self._unknown:
            value = self._missing
        else:
            shown = text[:40]
            if shown not in self._strange:
                if len(self._strange) >= _STRANGE:  # a column of texts that was taken for one of words
                    shown = "..."
                self._strange.add(shown)
            self._notes.add("values.unmapped", column=self.column, field=self._field, value=shown)
            return self._missing
        if len(self) < _LIMIT:
            self[cell] = value
        return value


_LENGTH = re.compile(r"(?:(\d{1,4}):)?(\d{1,3}):(\d{2})(?:[.,]\d+)?\Z")
_SYMBOLS = {"€": "EUR", "$": "USD", "£": "GBP", "Fr.": "CHF", "SFr.": "CHF", "Euro": "EUR"}
_CURRENCY = re.compile(r"€|\$|£|\bS?Fr\.|\bEuro\b|\b(?:EUR|CHF|USD|GBP|SEK|DKK|NOK|PLN|CZK|HUF|JPY)\b")
_GROUPS = "'\u2019\u00a0\u202f\u2009 _"
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\Z")


def number_of(text: str, decimal: str) -> Decimal:
    """A number with its decimal sign and without separators of thousands; a percent sign is dropped ("87 %" is 87).

    Where both signs stand in a text, the last one is the decimal sign whatever ``decimal`` says. Raises ``ValueError``.
    """
    text = text.removesuffix("%").strip()
    for sign in _GROUPS:
        if sign in text:
            text = text.replace(sign, "")
    text = text.replace("\u2212", "-")
    if text.endswith("-") and text[:1].isdigit():  # SAP writes the minus behind
        text = "-" + text[:-1]
    comma, dot = text.rfind(","), text.rfind(".")
    if comma >= 0 and dot >= 0:
        decimal = "," if comma > dot else "."
    text = _without_groups(text, "." if decimal == "," else ",")
    if decimal == ",":
        text = text.replace(",", ".", 1)
    if not _NUMBER.match(text) or not text.isascii():
        raise ValueError("no number")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("no number") from None


def _without_groups(text: str, separator: str) -> str:
    """ "1.234.567,8" without its dots. "12.5" where the comma is decimal shows no group: its dot is decimal too."""
    if separator not in text:
        return text
    whole, *groups = text.partition("," if separator == "." else ".")[0].split(separator)
    if (
        whole.lstrip("+-").isdigit()
        and len(whole.lstrip("+-")) <= 3
        and all(len(g) == 3 and g.isdigit() for g in groups)
    ):
        return text.replace(separator, "")
    if text.count(separator) == 1 and not groups[0].startswith(("+", "-")):
        return text.replace(separator, ".")
    return text


def decimal_sign(values: Iterable[str]) -> str:
    """The decimal sign that a sample of a column's texts shows: "," or "."; "" when nothing decides.

    Both signs in one text: the last one. One sign that is repeated: it separates thousands. One sign with other than
    three digits behind it: it is decimal.
    """
    votes = {",": 0, ".": 0}
    for value in values:
        text = value.strip().lstrip("+-")
        comma, dot = text.count(","), text.count(".")
        if comma and dot:
            votes["," if text.rfind(",") > text.rfind(".") else "."] += 2
        elif comma + dot > 1:
            votes["." if comma else ","] += 2
        elif comma + dot == 1:
            sign = "," if comma else "."
            whole, _, rest = text.partition(sign)
            digits = re.match(r"\d*", rest)
            if len(digits[0] if digits else "") != 3 or not 1 <= len(whole) <= 3 or whole.startswith("0"):
                votes[sign] += 1
    if votes[","] == votes["."]:
        return ""
    return "," if votes[","] > votes["."] else "."


_WIDTHS: Final = {"y": 4, "m": 2, "d": 2}


def _parts_of(order: str) -> str:
    """ "ymd", "dmy" or "mdy": how a date's parts follow each other in this order; "" for a pattern of other parts."""
    if "%" not in order:
        return {"year-first": "ymd", "month-first": "mdy"}.get(order, "dmy")
    parts = "".join(re.findall("%([Ymd])", order)).lower()
    return parts if sorted(parts) == ["d", "m", "y"] else ""


def _as_written(text: str, parts: str) -> str:
    """The eight digits of a text as year-month-day, "" when it does not hold a date's number of them."""
    groups = re.findall(r"\d+", text) if parts and text.isascii() and len(text) <= 20 else []
    if len(groups) == 1 and len(groups[0]) == 8:
        at, whole = 0, groups[0]
        groups = []
        for part in parts:
            groups.append(whole[at : at + _WIDTHS[part]])
            at += _WIDTHS[part]
    said = dict(zip(parts, groups, strict=False))
    if len(groups) != 3 or len(said["y"]) != 4 or len(said["m"]) > 2 or len(said["d"]) > 2 or said["y"] == "0000":
        return ""
    return f"{said['y']}-{said['m']:0>2}-{said['d']:0>2}"


def _short_year(text: str) -> bool:
    return re.search(r"\d{4}", text) is None


MINOR_DIGITS: Final = {"JPY": 0, "KRW": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3}


def minor_units(amount: Decimal, currency: str) -> int:
    """Whole minor units (cents), halves away from zero as on an invoice."""
    scaled = amount.scaleb(MINOR_DIGITS.get(currency, 2))
    return int(scaled.to_integral_value("ROUND_HALF_UP"))
