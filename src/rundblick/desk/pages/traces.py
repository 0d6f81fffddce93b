"""What happened with a customer over all systems: one timeline, newest first, filtered and paged by place.

    wanted = wanted_in(request.GET)
    page = traces(cur, user, customer, records, wanted)

A filter looks through a bounded stretch of the newest contacts at a time, and says until when it has looked: a customer
with 20,000 contacts opens as fast as one with twenty.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rundblick.channels.email.quoting import visible_text
from rundblick.core.message import Channel
from rundblick.core.models import System
from rundblick.core.registry import Cursor
from rundblick.desk import sql
from rundblick.desk.pages.lists import opening
from rundblick.desk.pages.names import order_kind, sender_label, system_name
from rundblick.desk.shapes import Trace
from rundblick.desk.templatetags.desk import channel_icon, channel_name, date, money, number
from rundblick.people.roles import Scope
from rundblick.people.sight import sight_of

PAGE: Final = 60
LOOKS: Final = 2_000  # contacts that a filter looks through for one page
KINDS: Final = ("in", "out", "note", "case", "order", "rating")
PERIODS: Final = {"30": 30, "90": 90, "365": 365}
_WORDS: Final = 8
_LONGEST: Final = 100
_MOST: Final = (1 << 62) - 1
_EVER: Final = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: strictly after this row. ``rank``: its lane, of one moment the highest comes first."""

    at: datetime
    rank: int
    last: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filter. "" is everything; ``words``: all of them stand in the subject or the text."""

    kind: str = ""
    channel: str = ""
    system: str = ""
    period: str = ""
    mine: bool = False
    words: str = ""
    place: Place | None = None

    @property
    def filters(self) -> dict[str, str]:
        """What of it an address has to say."""
        told = {
            "kind": self.kind,
            "channel": self.channel,
            "system": self.system,
            "period": self.period,
            "mine": "1" if self.mine else "",
            "words": self.words,
        }
        return {key: value for key, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Traces:
    """A page. ``older``: key of the next one, "" none; ``looked``: until when a filter that found little has looked."""

    found: list[Trace]
    older: str = ""
    looked: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Lane:
    rank: int
    statement: str
    told: Callable[[tuple[Any, ...]], Trace]
    kinds: frozenset[str] = field(default_factory=frozenset)


def wanted_in(given: Mapping[str, str]) -> Wanted:
    """The filter that an address asks for; unknown values count as not given."""
    kind, channel, period = given.get("kind", ""), given.get("channel", ""), given.get("period", "")
    words = " ".join(given.get("words", "").replace("\x00", "").split()[:_WORDS])[: _WORDS * _LONGEST]
    system = given.get("system", "").replace("\x00", "")[:_LONGEST]
    return Wanted(
        kind if kind in KINDS else "",
        channel if channel in set(Channel) else "",
        system,
        period if period in PERIODS else "",
        given.get("mine", "") == "1",
        words,
        read_place(given.get("before", "")),
    )


def traces(cur: Cursor, user: Any, customer: int, records: Sequence[int], wanted: Wanted, page: int = PAGE) -> Traces:
    """A page of what happened with a customer whom the user sees: four statements, each bounded."""
    sight = sight_of(user)
    place = wanted.place or Place(datetime.now(UTC) + timedelta(days=3650), 9, _MOST)
    since = datetime.now(UTC) - timedelta(days=PERIODS[wanted.period]) if wanted.period else _EVER
    given: dict[str, Any] = {
        "records": list(records),
        "customer": customer,
        "at": place.at,
        "since": since,
        "limit": page + 1,
        "looks": LOOKS if wanted.filters else page + 1,
        "all": sight.scope is Scope.ALL,
        "teams": list(sight.teams),
        "people": [*sight.colleagues, *([sight.person] if sight.person is not None else [])],
        "directions": [wanted.kind] if wanted.kind in ("in", "out", "note") else ["in", "out", "note"],
        "channel": wanted.channel,
        "system": wanted.system,
        "mine": (sight.person or -1) if wanted.mine else None,
        "words": [f"%{_plain(word)}%" for word in wanted.words.split()],
    }
    found: list[tuple[datetime, int, int, Trace]] = []
    looked: tuple[datetime, int, int] | None = None
    for lane in _LANES:
        if (wanted.kind and wanted.kind not in lane.kinds) or not _reaches(lane, wanted):
            continue
        last = place.last if lane.rank == place.rank else _MOST if lane.rank < place.rank else 0
        cur.execute(lane.statement, {**given, "last": last})
        for row in cur.fetchall():
            reached, reached_id, *told = row
            if reached is not None:
                looked = (reached, lane.rank, reached_id)
            if told[0] is not None:
                found.append((told[0], lane.rank, told[1], lane.told(tuple(told))))
    found.sort(key=lambda one: one[:3], reverse=True)
    if looked is not None:  # what lies beyond where the contacts were looked through belongs to the next page
        found = [one for one in found if one[:3] >= looked]
    if len(found) > page:
        at, rank, id_, _trace = found[page - 1]
        return Traces([one[3] for one in found[:page]], write_place(Place(at, rank, id_)))
    shown = [one[3] for one in found]
    return Traces(shown, write_place(Place(*looked)), looked[0]) if looked is not None else Traces(shown)


def _reaches(lane: _Lane, wanted: Wanted) -> bool:
    """Orders have no channel and nobody of ours, ratings nobody of ours."""
    if lane.rank == _ORDERS:
        return not wanted.channel and not wanted.mine
    return not (lane.rank == _RATINGS and wanted.mine)


def _plain(word: str) -> str:
    """A word as LIKE takes it for itself."""
    return word[:_LONGEST].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def write_place(place: Place) -> str:
    """The place, for an address."""
    micros = int(place.at.timestamp() * 1_000_000)
    return base64.urlsafe_b64encode(f"{micros}.{place.rank}.{place.last}".encode()).decode().rstrip("=")


def read_place(text: str) -> Place | None:
    """What ``write_place`` wrote; None for anything else: an old or changed address shows the first page."""
    try:
        told = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").split(".")
        micros, rank, last = (int(part) for part in told)
        seconds, rest = divmod(micros, 1_000_000)
        at = datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
    except (ValueError, binascii.Error, OverflowError, OSError, UnicodeDecodeError):
        return None
    return Place(at, rank, last) if 0 <= rank <= 9 and 0 <= last <= _MOST else None


# --- what the filter offers ------------------------------------------------------------------------------------------


def filter_choices() -> dict[str, list[tuple[str, str]]]:
    """What can be chosen, in the reader's language: kind, channel, system, period."""
    systems = System.objects.order_by("name", "code").values_list("code", "name")[:100]
    return {
        "kinds": [
            ("in", _("From the customer")),
            ("out", _("Our answers")),
            ("note", _("Internal notes")),
            ("case", _("Cases of a log")),
            ("order", _("Orders and returns")),
            ("rating", _("Ratings and reviews")),
        ],
        "channels": [(str(code), channel_name(code)) for code in Channel],
        "systems": [(code, system_name(code, name)) for code, name in systems],
        "periods": [
            ("30", pgettext("contacts", "Last 30 days")),
            ("90", pgettext("contacts", "Last 90 days")),
            ("365", pgettext("contacts", "Last 12 months")),
        ],
    }


def filter_context(wanted: Wanted, action: str, page: Traces, prefix: str = "") -> dict[str, Any]:
    """What the part desk/parts/traces_filter.html shows; ``prefix``: of its fields' names in the address."""
    given = {f"{prefix}{key}": value for key, value in wanted.filters.items()}
    clear = f"{action}?{prefix}all=1" if prefix else action
    older = f"{action}?{urlencode({**given, f'{prefix}before': page.older})}" if page.older else ""
    return {
        "wanted": wanted,
        "choices": filter_choices(),
        "action": action,
        "prefix": prefix,
        "clear_url": clear,
        "first_url": f"{action}?{urlencode(given)}" if wanted.place is not None else "",
        "looked": page.looked,
        "older_url": older,
    }


# --- lines -----------------------------------------------------------------------------------------------------------


def _message(row: tuple[Any, ...]) -> Trace:
    at, _id, _uuid, channel, direction, sender, case, _number, code, system, subject, text = row
    words = {"in": channel_name(channel), "out": _("Our answer, %(channel)s"), "note": _("Internal note")}[direction]
    if "%" in words:
        words %= {"channel": channel_name(channel)}
    source = " · ".join(part for part in (words, sender_label(sender), system_name(code, system)) if part)
    icon = "note" if direction == "note" else channel_icon(channel)
    told = opening(visible_text(text or ""), 200)
    return Trace(at=at, icon=icon, title=subject or words, text=told, source=source, url=_case_url(case))


def _case(row: tuple[Any, ...]) -> Trace:
    at, _id, uuid, case_number, state, channel, topic, subject, code, system = row
    return Trace(
        at=at,
        icon=channel_icon(channel) if channel else "circle-dot",
        title=subject or topic or _("Case %(number)s") % {"number": case_number},
        source=" · ".join(
            part for part in (channel_name(channel) if channel else "", system_name(code or "", system or "")) if part
        ),
        url=_case_url(uuid),
        state=state,
    )


def _order(row: tuple[Any, ...]) -> Trace:
    at, _id, kind, status, amount, currency, article, key, promised, done, code, system = row
    parts = [article, money(amount, currency), status]
    if promised:
        parts.append(_("promised for %(day)s") % {"day": date(promised)})
    if done:
        parts.append(_("done on %(day)s") % {"day": date(done)})
    return Trace(
        at=at,
        icon=order_icon(kind),
        title=f"{order_kind(kind)} {key}".strip(),
        text=", ".join(part for part in parts if part),
        source=system_name(code, system),
    )


def order_icon(kind: str) -> str:
    return {"return": "arrow-back-up", "payment": "hash", "repair": "settings"}.get(kind, "shopping-cart")


def _rating(row: tuple[Any, ...]) -> Trace:
    at, _id, lane, kind, value, _low, high, portal, code, system, text = row
    return Trace(
        at=at,
        icon="star",
        title=rating_words(lane, kind, value, high),
        text=" ".join((text or "").split()),
        source=portal or system_name(code, system),
    )


def rating_words(lane: str, kind: str, value: float, high: float) -> str:
    """ "CSAT: 2 of 5" """
    given = _("%(value)s of %(high)s") % {
        "value": number(value, 0 if float(value).is_integer() else 1),
        "high": number(high),
    }
    name = _("Review") if lane == "review" else {"csat": "CSAT", "nps": "NPS", "ces": "CES"}.get(kind, _("Rating"))
    return f"{name}: {given}"


def _case_url(uuid: UUID | None) -> str:
    return reverse("desk:case", args=[uuid]) if uuid else ""


_ORDERS: Final = 2
_RATINGS: Final = 1
_LANES: Final = (
    _Lane(4, sql.CUSTOMER_MESSAGES, _message, frozenset({"in", "out", "note"})),
    _Lane(3, sql.CUSTOMER_CASES, _case, frozenset({"case"})),
    _Lane(_ORDERS, sql.CUSTOMER_ORDERS, _order, frozenset({"order"})),
    _Lane(_RATINGS, sql.CUSTOMER_RATINGS, _rating, frozenset({"rating"})),
)
