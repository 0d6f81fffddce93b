"""By which channel a customer is best reached, and why that one.

    preferred(cur, customer, records, facts)  ->  Preferred("email", "used", used=8, of=12, answered=7, last_at=...)

What was told counts before what is computed: a fact ``preferred_channel`` of a system, or what an agent noted after
the customer said so, whichever is newer. Else that channel is taken by which he wrote most of those on which he was
answered; a channel where nobody ever answered him is no preference, only a hope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from django.db import transaction

from rundblick.cases.deeds import WorkError
from rundblick.core.message import Channel
from rundblick.core.models import Event, EventObject
from rundblick.core.registry import Cursor
from rundblick.customers.models import Customer
from rundblick.people.models import Person

SET: Final = "customer.channel_set"
LOOKED: Final = 200  # newest contacts that are looked at
LOOKED_BACK: Final = timedelta(days=365)
_FACT: Final = "preferred_channel"
# nobody answers a review or a self-service page as a conversation
_NO_WAY_BACK: Final = frozenset({Channel.REVIEW, Channel.SELF_SERVICE, Channel.OTHER})

_SET_BY: Final = """
SELECT e.occurred_at, e.data->>'channel', e.actor_id
FROM core_eventobject o JOIN core_event e ON e.id = o.event_id AND e.kind = %(kind)s
WHERE o.type = 'customer' AND o.object_id = ANY(%(customers)s)
ORDER BY e.id DESC LIMIT 1
"""
_ABSORBED: Final = "SELECT id FROM customers_customer WHERE merged_into_id = %s ORDER BY id LIMIT 50"


@dataclass(frozen=True, slots=True)
class Use:
    """One contact: by which channel and when, and whether we answered him there."""

    channel: str
    at: datetime
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferred:
    """The channel and why.

    why       told: a system says so (``system``, ``at``); set: an agent noted it (``by``: person, ``at``);
              used: ``used`` of ``of`` contacts came by it, ``answered`` of them were answered, the last ``at``
    """

    channel: str
    why: Literal["told", "set", "used"]
    at: datetime | None = None
    system: str = ""
    by: int | None = None
    used: int = 0
    of: int = 0
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """What a system says: the value of the fact, the system's name and when."""

    channel: str
    system: str
    at: datetime


def most_used(uses: Iterable[Use]) -> Preferred | None:
    """The channel used most of those where he was answered, the last used of equals; without any answer the last one.

    The order of ``uses`` changes nothing.
    """
    by_channel: dict[str, list[Use]] = defaultdict(list)
    for use in uses:
        if use.channel and use.channel not in _NO_WAY_BACK:
            by_channel[use.channel].append(use)
    if not by_channel:
        return None
    total = sum(len(some) for some in by_channel.values())

    def weight(channel: str) -> tuple[bool, int, datetime, str]:
        some = by_channel[channel]
        heard = any(use.answered for use in some)
        return heard, len(some) if heard else 0, max(use.at for use in some), channel

    best = max(by_channel, key=weight)
    some = by_channel[best]
    answered = sum(use.answered for use in some)
    return Preferred(
        channel=best, why="used", at=max(use.at for use in some), used=len(some), of=total, answered=answered
    )


def told_first(told: Told | None, noted: Preferred | None, used: Preferred | None) -> Preferred | None:
    """What counts: of what was told and what was noted the newer one, else what he uses."""
    said = Preferred(channel=told.channel, why="told", at=told.at, system=told.system) if told is not None else None
    both = [one for one in (said, noted) if one is not None and one.at is not None]
    return max(both, key=lambda one: (one.at, one.why == "set")) if both else used


def preferred(cur: Cursor, customer: int, told: Told | None, uses: Sequence[Use]) -> Preferred | None:
    """The channel of one customer; None where nothing is known of him."""
    known = told if told is not None and told.channel in set(Channel) else None
    return told_first(known, noted_of(cur, customer), most_used(uses))


def noted_of(cur: Cursor, customer: int) -> Preferred | None:
    """What an agent noted last, also under a number that leads here since a merge; None where nothing stands."""
    cur.execute(_ABSORBED, (customer,))
    customers = [customer, *(row[0] for row in cur.fetchall())]
    cur.execute(_SET_BY, {"kind": SET, "customers": customers})
    row = cur.fetchone()
    return Preferred(channel=row[1], why="set", at=row[0], by=row[2]) if row is not None and row[1] else None


def set_preferred(customer: Customer, channel: str, by: Person, at: datetime | None = None) -> Event:
    """Note how a customer wants to be reached; "" takes back what was noted. Raises WorkError "channel"."""
    if channel and (channel not in set(Channel) or channel in _NO_WAY_BACK):
        raise WorkError("channel")
    with transaction.atomic():
        event = Event.objects.create(
            kind=SET,
            occurred_at=at or datetime.now(UTC),
            actor_type="person",
            actor_id=by.pk,
            data={"channel": channel},
        )
        EventObject.objects.bulk_create(
            EventObject(event=event, type=type_, object_id=id_)
            for type_, id_ in (("customer", customer.pk), ("person", by.pk))
        )
    return event


def choices() -> list[str]:
    """The channels that somebody can prefer."""
    return [str(channel) for channel in Channel if channel not in _NO_WAY_BACK]
