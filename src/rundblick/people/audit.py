"""Who saw and did what: the access log and the events of people's deeds as one list, newest first, by keys.

    found, key = trail(Wanted(user=7), None, 50)

Both logs are append-only and only ids stand in them. Each is read backwards by its id from where the page before ended,
by an index for every filter, so the millionth row costs what the first does. A time is turned into an id first: ids
rise with the time of writing, but for transactions that ran at once, which an hour of room covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from rundblick.core.database import cursor
from rundblick.core.registry import Cursor

_ROOM: Final = timedelta(hours=1)
SEEN: Final = "seen"
DONE: Final = "done"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the trail is wanted; None and "" are everything.

    what     SEEN or DONE
    user     whose looks and deeds, by user; ``person`` is the same one as an agent
    kind     of a deed ("case.handed_over", "user."), or the permission of a look; a prefix
    about    (type, ids): a customer or a case
    begin, end  [begin, end)
    """

    what: str = ""
    user: int | None = None
    person: int | None = None
    kind: str = ""
    about: tuple[tuple[str, tuple[int, ...]], ...] = ()
    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One look (``what`` SEEN) or deed (DONE). ``objects``: (type, id). ``token``: by which it came, None by a page."""

    what: str
    id: int
    at: datetime
    user: int | None
    person: int | None
    token: int | None
    kind: str
    objects: tuple[tuple[str, int], ...]


Place = tuple[int, int]
"""Below which id of the access log, and of the events, the next page begins."""

_LAST_SIGN: Final = "\U0010ffff"  # what begins with a text sorts between it and it with this sign (collation C)
_FIRST: Final[Place] = (2**63 - 1, 2**63 - 1)


def trail(wanted: Wanted, place: Place | None, limit: int) -> tuple[list[Entry], Place | None]:
    """The newest entries before ``place``, and where the next page begins; None: there are no more."""
    seen_below, done_below = place or _FIRST
    with cursor() as cur:
        looks = _looks(cur, wanted, seen_below, limit + 1) if wanted.what in ("", SEEN) else []
        deeds = _deeds(cur, wanted, done_below, limit + 1) if wanted.what in ("", DONE) else []
        found: list[Entry] = []
        while (looks or deeds) and len(found) < limit:
            source = looks if not deeds or (looks and looks[0].at >= deeds[0].at) else deeds
            found.append(source.pop(0))
        more = bool(looks or deeds)
        seen_below = min((one.id for one in found if one.what == SEEN), default=seen_below)
        done_below = min((one.id for one in found if one.what == DONE), default=done_below)
        return _with_objects(cur, found), (seen_below, done_below) if more else None


def write_place(place: Place) -> str:
    return f"{place[0]:x}-{place[1]:x}"


def read_place(text: str) -> Place | None:
    """The place of ``write_place``; None for what is none: it shows the first page."""
    seen, _dash, done = text.partition("-")
    try:
        place = int(seen, 16), int(done, 16)
    except ValueError:
        return None
    return place if all(0 <= one < 2**63 for one in place) else None


def _looks(cur: Cursor, wanted: Wanted, below: int, limit: int) -> list[Entry]:
    where = ["id < %s"]
    given: list[Any] = [below]
    if wanted.user is not None or wanted.person is not None:
        where.append("user_id = %s")
        given.append(wanted.user if wanted.user is not None else -1)
    if wanted.kind:
        where.append("permission >= %s AND permission < %s")
        given += [wanted.kind, wanted.kind + _LAST_SIGN]
    if wanted.about:
        where.append("(" + " OR ".join("(object_type = %s AND object_id = ANY(%s))" for _ in wanted.about) + ")")
        given += [value for type_, ids in wanted.about for value in (type_, list(ids))]
    _within(cur, "people_accesslog", "at", wanted, where, given)
    cur.execute(
        "SELECT id, at, user_id, token_id, permission, object_type, object_id FROM people_accesslog"
        f" WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT %s",
        (*given, limit),
    )
    return [
        Entry(SEEN, id_, at, user, None, token, kind, ((type_, object_),) if object_ else ())
        for id_, at, user, token, kind, type_, object_ in cur.fetchall()
    ]


# said the same way as the partial indexes on core_event are (core/migrations), so that they are used
_DEEDS: Final = "actor_type = 'person' AND kind NOT LIKE 'message.%%'"


def _deeds(cur: Cursor, wanted: Wanted, below: int, limit: int) -> list[Entry]:
    where = ["id < %s", _DEEDS]
    given: list[Any] = [below]
    if wanted.user is not None or wanted.person is not None:
        where.append("actor_id = %s")
        given.append(wanted.person if wanted.person is not None else -1)
    if wanted.kind:
        where.append("kind >= %s AND kind < %s")
        given += [wanted.kind, wanted.kind + _LAST_SIGN]
    if wanted.about:
        pairs = " OR ".join("(type = %s AND object_id = ANY(%s))" for _ in wanted.about)
        where.append(f"id IN (SELECT event_id FROM core_eventobject WHERE {pairs})")
        given += [value for type_, ids in wanted.about for value in (type_, list(ids))]
    _within(cur, "core_event", "recorded_at", wanted, where, given)
    cur.execute(
        f"SELECT id, recorded_at, actor_id, kind FROM core_event WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT %s",
        (*given, limit),
    )
    return [Entry(DONE, id_, at, None, person, None, kind, ()) for id_, at, person, kind in cur.fetchall()]


def _with_objects(cur: Cursor, found: Sequence[Entry]) -> list[Entry]:
    events = [one.id for one in found if one.what == DONE]
    if not events:
        return list(found)
    cur.execute(
        "SELECT event_id, type, object_id FROM core_eventobject WHERE event_id = ANY(%s) ORDER BY event_id, type",
        (events,),
    )
    about: dict[int, list[tuple[str, int]]] = {}
    for event, type_, object_ in cur.fetchall():
        about.setdefault(event, []).append((type_, object_))
    return [
        Entry(one.what, one.id, one.at, one.user, one.person, one.token, one.kind, tuple(about.get(one.id, ())))
        if one.what == DONE
        else one
        for one in found
    ]


def _within(cur: Cursor, table: str, column: str, wanted: Wanted, where: list[str], given: list[Any]) -> None:
    if wanted.begin is not None:
        where += [f"{column} >= %s", "id >= %s"]
        given += [wanted.begin, _id_at(cur, table, column, _earlier(wanted.begin))]
    if wanted.end is not None:
        where += [f"{column} < %s", "id <= %s"]
        given += [wanted.end, _id_at(cur, table, column, _later(wanted.end))]


def _earlier(at: datetime) -> datetime:
    return at - _ROOM if at.year > 1 else at  # the calendar begins there


def _later(at: datetime) -> datetime:
    return at + _ROOM if at.year < 9999 else at


def _id_at(cur: Cursor, table: str, column: str, at: datetime) -> int:
    """About the first id that was written at a time or later: halved, by some thirty looks at the primary key."""
    cur.execute(f"SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM {table}")
    row = cur.fetchone()
    low, high = (int(row[0]), int(row[1]) + 1) if row else (0, 1)
    while low < high:
        middle = (low + high) // 2
        cur.execute(f"SELECT id, {column} < %s FROM {table} WHERE id >= %s ORDER BY id LIMIT 1", (at, middle))
        found = cur.fetchone()
        if found is not None and found[1]:
            low = int(found[0]) + 1
        else:
            high = middle
    return low
