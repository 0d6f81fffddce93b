"""The guard of "ask once": whether a draft asks the customer for something that is known already.

    guard(cur, case, "Bitte nennen Sie uns Ihre Kundennummer.")  ->  [Repeated("customer_no", (Known(...),), ...)]

Known is what any system told of the customer, and what he wrote in this case before. Asking all the same is allowed; it
is counted (``asked_again``), since the share of repeated questions is a figure of the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from rundblick.cases.models import Case
from rundblick.core.models import Event, EventObject
from rundblick.core.registry import Cursor
from rundblick.customers.asking import Asked, asked_facts
from rundblick.customers.known import Known, known_values
from rundblick.customers.telling import TELLS, told_value
from rundblick.people import gate
from rundblick.people.models import Person

_MOST_VALUES = 3
_MOST_TEXTS = 200

_WRITTEN = """
SELECT c.text, m.at, coalesce(nullif(s.name, ''), s.code)
FROM cases_message m JOIN cases_messagecontent c ON c.message_id = m.id JOIN core_system s ON s.id = m.system_id
WHERE m.case_id = %s AND m.direction = 'in' AND m.sender = 'human' AND NOT m.superseded AND m.at < %s AND c.text <> ''
ORDER BY m.at DESC, m.id DESC LIMIT %s
"""
_PICTURES = """
SELECT coalesce(nullif(n.name, ''), a.media_type), m.at, coalesce(nullif(s.name, ''), s.code)
FROM cases_message m JOIN cases_attachment a ON a.message_id = m.id JOIN core_system s ON s.id = m.system_id
LEFT JOIN cases_attachmentcontent n ON n.attachment_id = a.id
WHERE m.case_id = %s AND m.direction = 'in' AND NOT m.superseded AND m.at < %s AND a.media_type LIKE 'image/%%'
ORDER BY m.at DESC, a.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Repeated:
    """A fact that a draft asks for though it is known: its values, the newest first, and the sentence [start, end)."""

    kind: str
    known: tuple[Known, ...]
    start: int
    end: int


def guard(cur: Cursor, case: Case, text: str, at: datetime | None = None) -> list[Repeated]:
    """What a draft asks the customer of a case for that was known at ``at`` (default: now), in order of asking."""
    asked: dict[str, Asked] = {}
    for one in asked_facts(text):
        asked.setdefault(one.kind, one)
    known = known_in_case(cur, case, tuple(asked), at)
    return [Repeated(kind, tuple(known[kind]), one.start, one.end) for kind, one in asked.items() if known.get(kind)]


def known_in_case(
    cur: Cursor, case: Case, kinds: tuple[str, ...], at: datetime | None = None
) -> dict[str, list[Known]]:
    """{kind: at most three values, the newest first} of what is known of the customer of a case, or written in it."""
    if not kinds:
        return {}
    moment = at or datetime.now(UTC)
    found = known_values(cur, case.customer_id, kinds, moment) if case.customer_id else {}
    if any(kind in TELLS for kind in kinds):
        cur.execute(_WRITTEN, (case.pk, moment, _MOST_TEXTS))
        for text, written_at, system in cur.fetchall():
            for kind in kinds:
                if value := told_value(text, kind):
                    found.setdefault(kind, []).append(Known(kind, value, system, written_at, in_case=True))
    if "photo" in kinds:
        cur.execute(_PICTURES, (case.pk, moment, _MOST_VALUES))
        found["photo"] = [
            Known("photo", name, system, sent_at, in_case=True) for name, sent_at, system in cur.fetchall()
        ]
    return {kind: found[kind][:_MOST_VALUES] for kind in kinds if found.get(kind)}


_FACT: Final = {"address": "street", "name": "last_name", "birth_date": "birth_date"}  # as people.roles names them


def visible(user: Any, known: Sequence[Known]) -> tuple[Known, ...]:
    """What of it a user may see who may see the case: an outside firm sees no birth dates, numbers and orders."""
    numbers = "identifiers" not in gate.hidden_fields(user, "customer")
    facts = gate.shown_facts(user, dict.fromkeys(_FACT.values(), ""))
    sees = gate.hidden_of(user).sees
    return tuple(
        one
        for one in known
        if one.in_case or (sees(one.kind, one.value) and (_FACT[one.kind] in facts if one.kind in _FACT else numbers))
    )


def guard_for(user: Any, cur: Cursor, case: Case, text: str, at: datetime | None = None) -> list[Repeated]:
    """``guard`` with the values that the user may see; what he may not see warns him of nothing."""
    found = [replace(one, known=visible(user, one.known)) for one in guard(cur, case, text, at)]
    return [one for one in found if one.known]


def asked_again(case: Case, kinds: tuple[str, ...], by: Person, at: datetime | None = None) -> Event:
    """Note that somebody asked for these known facts all the same, after the guard had shown them."""
    event = Event.objects.create(
        kind="question.repeated",
        occurred_at=at or datetime.now(UTC),
        actor_type="person",
        actor_id=by.pk,
        data={"asked": list(kinds)},
    )
    EventObject.objects.bulk_create(
        EventObject(event=event, type=type_, object_id=id_) for type_, id_ in (("case", case.pk), ("person", by.pk))
    )
    return event
