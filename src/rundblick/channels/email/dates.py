"""When a mail was written, as well as it can be known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache
from zoneinfo import ZoneInfo

from rundblick.channels.email.charset import decode_header
from rundblick.channels.email.headers import Headers, first
from rundblick.core.message import Moment

_MONTHS = {
    name: number
    for number, names in enumerate(
        ["jan", "feb", "mar mär mrz", "apr", "may mai", "jun", "jul", "aug", "sep", "oct okt", "nov", "dec dez"], 1
    )
    for name in names.split()
}
# Names that parsedate_tz does not know, minutes east of Greenwich.
_ZONES = {
    "mez": 60, "cet": 60, "met": 60, "mesz": 120, "cest": 120, "mest": 120, "wet": 0, "west": 60, "bst": 60,
    "eet": 120, "eest": 180, "msk": 180, "ist": 330, "jst": 540, "hkt": 480, "sgt": 480, "aest": 600, "z": 0,
}  # fmt: skip

_USUAL = re.compile(
    r"\s*(?:[^\W\d]{2,10}\.?,?\s*)?(\d{1,2})\.?[\s-]+([^\W\d]{3})[^\W\d]*\.?[\s-]+(\d{4})"
    r"\s+(\d{1,2}):(\d{2})(?::(\d{2}))?"
    r"(?:\.\d+)?(?:\s*(?:(?:GMT|UTC?)?\s*([+-])(\d{2}):?(\d{2})\b|([A-Za-z]{1,5})\b))?"
)
_COMMENT = re.compile(r"\([^()]*\)")
_AROUND_COLON = re.compile(r"[ \t]*:[ \t]*")
_EARLIEST = datetime(1982, 1, 1, tzinfo=UTC)  # RFC 822
_AHEAD = timedelta(days=2)  # a sender's clock and zone may be that wrong, more is no time but a fault


def sent_at(headers: Headers, received_at: datetime, zone: str) -> tuple[Moment, str]:
    """The moment of a mail and a remark: "" when its own Date told it.

    A Date with a zone, else the newest Received, else a Date without zone read in ``zone``, else ``received_at``
    (when the delivery reached us). Remarks: ``date-from-received``, ``date-without-zone``, ``date-missing``.
    """
    written = decode_header(first(headers, "date")[:200])
    latest = received_at + _AHEAD
    parsed = parse_date(written) if written else None
    if parsed is not None and parsed.zoned and _EARLIEST <= parsed.at <= latest:
        return Moment(parsed.at, precision=parsed.precision), ""
    for received in headers.get("received", ())[:8]:
        passed = parse_date(received.rpartition(";")[2][:200].strip())
        if passed is not None and passed.zoned and _EARLIEST <= passed.at <= latest:
            return Moment(passed.at, text=written, precision=passed.precision), "date-from-received"
    if parsed is not None and not parsed.zoned:
        moment = _in_zone(parsed, written, zone)
        if _EARLIEST <= moment.at <= latest:
            return moment, "date-without-zone"
    return Moment(received_at.astimezone(UTC), text=written), "date-missing"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A date as read: ``at`` is UTC when ``zoned``, else the local time under a false UTC."""

    at: datetime
    zoned: bool
    precision: str


def parse_date(text: str) -> Parsed | None:
    """A Date header as RFC 5322 has it and as senders write it (German months, names of zones, no zone).

    ``-0000`` means a time in UTC of a sender who keeps his zone to himself (RFC 5322, 3.3). None for no date.
    """
    usual = _USUAL.match(text)
    if usual is None and ("(" in text or " :" in text or ": " in text):
        text = _AROUND_COLON.sub(":", _COMMENT.sub("", text)).strip()
        usual = _USUAL.match(text)
    try:
        if usual is not None:
            day, month_name, year, hour, minute, second, sign, hours, minutes, name = usual.groups()
            month = _MONTHS.get(month_name.lower())
            if month is not None:
                at = datetime(int(year), month, int(day), int(hour), int(minute), min(int(second or 0), 59), tzinfo=UTC)
                precision = "second" if second else "minute"
                if sign:
                    east = int(hours) * 60 + int(minutes)
                    return Parsed(at - timedelta(minutes=-east if sign == "-" else east), True, precision)
                if name is None:
                    return Parsed(at, False, precision)
                if name.lower() in _ZONES:
                    return Parsed(at - timedelta(minutes=_ZONES[name.lower()]), True, precision)
        fields = parsedate_tz(text)
        if fields is None:
            return None
        offset = fields[9]
        at = datetime(*fields[:5], min(fields[5], 59), tzinfo=UTC)
        zoned = offset is not None or text.rstrip().endswith("-0000")
        return Parsed(at - timedelta(seconds=offset or 0), zoned, "second")
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _in_zone(parsed: Parsed, written: str, zone: str) -> Moment:
    """A local time in an assumed zone; says whether it fell into the hour that a clock change doubles or skips."""
    local = parsed.at.replace(tzinfo=_zone(zone))
    earlier, later = local.utcoffset(), local.replace(fold=1).utcoffset()
    fold = ""
    if earlier is not None and later is not None and earlier != later:
        fold = "doubled" if earlier > later else "missing"
    try:
        at = local.astimezone(UTC)
    except OverflowError:
        at = parsed.at
    return Moment(at, text=written, zone=zone, precision=parsed.precision, fold=fold)


@lru_cache(maxsize=32)
def _zone(name: str) -> ZoneInfo | timezone:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
