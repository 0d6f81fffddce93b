"""The automatic acknowledgement: off until an account has a text for it, and then with every cap there is.

Only a person's first message of a case is acknowledged, once a case; an address gets at most one an hour and five a
day, an account sends at most forty at once and then one every 1.5 s. So two machines that answer each other stop at the
first letter. Lists, machines, absence notices, reports and our own addresses get none (RFC 3834, 2).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from django.db import IntegrityError, transaction

from rundblick.cases.models import Case, Message
from rundblick.core.database import cursor
from rundblick.core.letters import Origin, Recipient, origins
from rundblick.core.registry import Cursor
from rundblick.customers.identifiers import email_normal
from rundblick.intake.models import Acknowledged
from rundblick.intake.outbox import Answer, put
from rundblick.people.limits import Limit, take

log = structlog.get_logger("rundblick.outbox")

AN_HOUR: Final = timedelta(hours=1)
A_DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 5
BREAKER: Final = Limit("acknowledgements of an account", 40, 1.5)
NO_OLDER: Final = timedelta(hours=12)  # after that an acknowledgement says nothing any more
_PORTION: Final = 50

# A person's message that began its case, came through such an account, and was not looked at; a lookback instead of a
# position, since ids are drawn before they are committed. What was acknowledged or passed over has a row.
_DUE: Final = """
SELECT m.id, d.source_id FROM cases_message m JOIN core_delivery d ON d.id = m.delivery_id
WHERE d.source_id = ANY(%(sources)s) AND d.recorded_at > %(since)s AND m.direction = 'in' AND m.sender = 'human'
  AND NOT m.superseded AND m.case_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM cases_message b WHERE b.case_id = m.case_id AND NOT b.superseded
                  AND (b.at, b.id) < (m.at, m.id))
  AND NOT EXISTS (SELECT FROM intake_acknowledged a WHERE a.message_id = m.id)
ORDER BY m.id LIMIT %(most)s
"""
_TO_ADDRESS: Final = """
SELECT count(*) FILTER (WHERE o.created_at > %(hour)s), count(*) FROM intake_outgoing o
JOIN intake_outgoingcontent c ON c.outgoing_id = o.id
WHERE o.automatic AND o.created_at > %(day)s AND c.recipients @> %(address)s::jsonb
"""
_OF_CASE: Final = """
SELECT EXISTS (SELECT FROM intake_outgoing o JOIN cases_message m ON m.id = o.message_id
               WHERE o.automatic AND m.case_id = %s)
"""


def acknowledge_due(now: datetime | None = None) -> int:
    """Look at what came in since; gives how many acknowledgements were written. Nothing is asked when none is set."""
    at = now or datetime.now(UTC)
    wanted = {one.source: one for one in origins() if one.enabled and one.acknowledge}
    if not wanted:
        return 0
    own = frozenset(one.own.lower() for one in origins())
    with cursor() as cur:
        cur.execute(_DUE, {"sources": list(wanted), "since": at - NO_OLDER, "most": _PORTION})
        found = cur.fetchall()
    written = 0
    for message, source in found:
        written += _acknowledge(message, wanted[source], own, at)
    return written


def _acknowledge(message: int, origin: Origin, own: frozenset[str], now: datetime) -> int:
    found = Message.objects.select_related("content", "case").get(pk=message)
    assert found.case is not None
    with transaction.atomic(), cursor() as cur:
        try:
            with transaction.atomic():
                Acknowledged.objects.create(message=found, at=now)
        except IntegrityError:  # another worker was faster
            return 0
        why_not = _why_not(cur, found, origin, own, now)
        if why_not:
            Acknowledged.objects.filter(message=found).update(why_not=why_not)
            log.info("not acknowledged", message=message, why=why_not)
            return 0
        put(found.case, _text(found, origin.acknowledge, found.case), origin, None, now)
    return 1


def _why_not(cur: Cursor, message: Message, origin: Origin, own: frozenset[str], now: datetime) -> str:
    """Code of the cap that speaks against it; "" for none."""
    address = email_normal(message.content.address) or ""
    if not address:
        return "no_address"
    if address in own:
        return "own"
    cur.execute(_OF_CASE, (message.case_id,))
    if (row := cur.fetchone()) is not None and row[0]:
        return "case"
    values: dict[str, Any] = {"hour": now - AN_HOUR, "day": now - A_DAY, "address": json.dumps([{"address": address}])}
    cur.execute(_TO_ADDRESS, values)
    row = cur.fetchone()
    assert row is not None
    if row[0] >= 1:
        return "hour"
    if row[1] >= MOST_A_DAY:
        return "day"
    return "breaker" if take(BREAKER, str(origin.source), now) else ""


def _text(message: Message, texts: Mapping[str, str], case: Case) -> Answer:
    """In the language of the message where there is a text, else in the first that there is."""
    text = texts.get(message.language) or next(iter(texts.values()))
    subject = message.content.subject
    return Answer(
        recipients=(Recipient(message.content.address, message.content.author),),
        text=text.replace("{number}", case.number),
        subject=f"{'AW' if message.language == 'de' else 'Re'}: {subject}".strip(),
        answers=message,
    )
