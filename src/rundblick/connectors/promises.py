"""``[promise]`` of a mapping file: what was promised to customers, checked and typed (docs/mapping.md)."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal, Protocol

from rundblick.connectors.fields import CHOICES, Kind
from rundblick.core.promises import Level, Promise

Where = tuple[str | int, ...]

_TARGETS: Final = ("reaction_hours", "resolution_hours")
_CONDITIONS: Final = ("channel", "priority", "tier")
_KEYS: Final = (*_TARGETS, "hours", "timezone", "holidays", "closed", "pending", "level")
_LEVEL_KEYS: Final = (*_TARGETS, *_CONDITIONS, "hours")
_MOST_HOURS: Final = 24 * 366 * 10


class Check(Protocol):
    """What the reading of a mapping file lends: it gathers problems and reads plain values."""

    def wrong(self, where: Where, code: str, **values: str) -> None: ...
    def unknown_keys(self, where: Where, table: Dict[str, object], known: Sequence[str]) -> None: ...
    def text(self, where: Where, value: object) -> str: ...
    def texts(self, where: Where, value: object) -> tuple[str, ...]: ...
    def table(self, where: Where, value: object) -> dict[str, object]: ...


def promise_of(check: Check, value: object, timezone: str) -> Promise:
    """The promise written in ``value``; what is wrong in it goes to ``check``. ``timezone``: the mapping's own."""
    at: Where = ("promise",)
    table = check.table(at, value)
    check.unknown_keys(at, table, _KEYS)
    levels = [_level(check, (*at, "level", number), one) for number, one in enumerate(_levels(check, at, table))]
    if "reaction_hours" in table or "resolution_hours" in table:
        levels.append(_targets(check, at, table))
    elif not levels:
        check.wrong(at, "mapping.no_promise")
    promise = Promise(
        levels=tuple(levels),
        hours=check.text((*at, "hours"), table.get("hours", "")),
        zone=check.text((*at, "timezone"), table.get("timezone", timezone)),
        holidays=check.text((*at, "holidays"), table.get("holidays", "")),
        closed=_closed(check, at, table.get("closed", [])),
        pending=_pending(check, at, table.get("pending", "pauses")),
    )
    _calendars(check, at, promise)
    return promise


def _levels(check: Check, at: Where, table: Dict[str, object]) -> list[object]:
    levels = table.get("level", [])
    if isinstance(levels, list):
        return levels
    check.wrong((*at, "level"), "mapping.level_is_no_list")
    return []


def _level(check: Check, at: Where, value: object) -> Level:
    table = check.table(at, value)
    check.unknown_keys(at, table, _LEVEL_KEYS)
    if not any(key in table for key in _TARGETS):
        check.wrong(at, "mapping.no_target")
    channels, priorities, tiers = (_words(check, at, table, key) for key in _CONDITIONS)
    known = CHOICES[Kind.CHANNEL]
    for channel in channels:
        if channel not in known:
            check.wrong((*at, "channel"), "mapping.not_one_of", key="channel", got=channel, known=", ".join(known))
    targets = _targets(check, at, table)
    hours = check.text((*at, "hours"), table.get("hours", ""))
    return Level(targets.reaction_hours, targets.resolution_hours, channels, priorities, tiers, hours)


def _targets(check: Check, at: Where, table: Dict[str, object]) -> Level:
    reaction, resolution = (_number(check, (*at, key), table.get(key)) for key in _TARGETS)
    if reaction is not None and resolution is not None and resolution < reaction:
        check.wrong((*at, "resolution_hours"), "mapping.resolved_before_reaction")
    return Level(reaction, resolution)


def _number(check: Check, at: Where, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        check.wrong(at, "mapping.hours_are_a_number", key=str(at[-1]))
        return None
    if not 0 < value <= _MOST_HOURS:  # nan fails too
        check.wrong(at, "mapping.hours_out_of_range", key=str(at[-1]), got=str(value), most=str(_MOST_HOURS))
        return None
    return float(value)


def _words(check: Check, at: Where, table: Dict[str, object], key: str) -> tuple[str, ...]:
    """One text or a list of them."""
    value = table.get(key, [])
    return (check.text((*at, key), value),) if isinstance(value, str) else check.texts((*at, key), value)


def _closed(check: Check, at: Where, value: object) -> tuple[str, ...]:
    where = (*at, "closed")
    if not isinstance(value, list):
        check.wrong(where, "mapping.closed_is_no_list")
        return ()
    days = []
    for one in value:
        if isinstance(one, date) and not isinstance(one, datetime):
            days.append(one.isoformat())
            continue
        try:
            days.append(date.fromisoformat(str(one)).isoformat())
        except ValueError:
            check.wrong(where, "mapping.no_day", got=str(one))
    return tuple(days)


def _pending(check: Check, at: Where, value: object) -> Literal["pauses", "runs"]:
    if value == "pauses":
        return "pauses"
    if value != "runs":
        check.wrong((*at, "pending"), "mapping.not_one_of", key="pending", got=str(value), known="pauses, runs")
    return "runs"


def _calendars(check: Check, at: Where, promise: Promise) -> None:
    """Hours, zone and holidays are tried out, each by itself, so that each mistake is told at its own line."""
    from rundblick.core.calendars import CalendarError  # with Django's translations, which readers do without

    def tried(where: Where, one: Promise, level: Level) -> None:
        try:
            calendar = one.calendar(level)
        except CalendarError as error:
            check.wrong(where, "mapping.calendar", why=str(error))
            return
        if not any(calendar.week):
            check.wrong(where, "mapping.never_open")

    plain = Level()
    tried((*at, "hours"), Promise((), hours=promise.hours), plain)
    tried((*at, "timezone"), Promise((), zone=promise.zone), plain)
    tried((*at, "holidays"), Promise((), holidays=promise.holidays), plain)
    for number, level in enumerate(promise.levels):
        if level.hours:
            tried((*at, "level", number, "hours"), Promise(()), level)
