"""Checks of this room for ``rundblick verify``: nothing that came in is without an outcome."""

from __future__ import annotations

from collections.abc import Iterator

from rundblick.core.registry import Cursor
from rundblick.core.verification import Difference, Options, missing_objects


def deliveries(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """A delivery waits, or it has an outcome; never neither, never both without having been called again."""
    cur.execute(
        "SELECT d.id FROM core_delivery d "
        "WHERE NOT EXISTS (SELECT FROM intake_outcome o WHERE o.delivery_id = d.id) "
        "AND NOT EXISTS (SELECT FROM intake_pending p WHERE p.delivery_id = d.id)"
    )
    for (row,) in cur:
        yield Difference("core_delivery", row, "outcome", "none, and nothing waits", "an outcome")
    cur.execute(
        "SELECT p.delivery_id FROM intake_pending p WHERE EXISTS ("
        "SELECT FROM intake_outcome o WHERE o.delivery_id = p.delivery_id)"
    )
    for (row,) in cur:
        yield Difference("intake_pending", row, "outcome", "waits and has one", "one of the two")


def outcomes(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """What came of a delivery exists."""
    yield from missing_objects(cur, "intake_outcome", "object_type", "id")


def quarantine(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """What was last said to be in quarantine has an open entry, and an entry of a delivery has a flagged case."""
    cur.execute(
        "SELECT o.delivery_id FROM (SELECT DISTINCT ON (delivery_id) delivery_id, kind FROM intake_outcome "
        "WHERE delivery_id IN (SELECT delivery_id FROM intake_outcome WHERE kind = 'quarantined') "
        "ORDER BY delivery_id, id DESC) o WHERE o.kind = 'quarantined' AND NOT EXISTS ("
        "SELECT FROM intake_quarantine q WHERE q.delivery_id = o.delivery_id AND q.solved_at IS NULL)"
    )
    for (row,) in cur:
        yield Difference("core_delivery", row, "quarantine", "no open entry", "an open entry")
    cur.execute(
        "SELECT q.id FROM intake_quarantine q LEFT JOIN cases_case c ON c.id = q.case_id "
        "WHERE q.delivery_id IS NOT NULL AND q.solved_at IS NULL AND coalesce(c.flagged, false) = false"
    )
    for (row,) in cur:
        yield Difference("intake_quarantine", row, "case", "none that is flagged", "a flagged case")


_FITTING = {
    "waiting": ("waiting", "scheduled", "sent", "bounced"),
    "held": ("held",),
    "sending": ("sending", "sent", "bounced"),
    "failed": ("failed", "sent", "bounced"),
    "sent": ("sent", "bounced"),
    "dead": ("dead", "bounced"),
    "cancelled": ("cancelled", "dead", "sent", "bounced"),
}


def outbox(cur: Cursor, _options: Options) -> Iterator[Difference]:
    """Every answer written here has its letter, in a state that fits; what ended has an attempt that says so."""
    cur.execute(
        "SELECT m.id, m.dispatch FROM cases_message m WHERE m.dispatch <> '' "
        "AND NOT EXISTS (SELECT FROM intake_outgoing o WHERE o.message_id = m.id)"
    )
    for row, dispatch in cur:
        yield Difference("cases_message", row, "letter", f"none, though {dispatch}", "a letter")
    cur.execute("SELECT o.id, o.state, m.dispatch FROM intake_outgoing o JOIN cases_message m ON m.id = o.message_id")
    for row, state, dispatch in cur:
        if dispatch not in _FITTING.get(state, ()):
            yield Difference("intake_outgoing", row, "state", f"{state}, message {dispatch}", "two that fit")
    cur.execute(
        "SELECT o.id, o.state, a.outcome FROM intake_outgoing o LEFT JOIN LATERAL (SELECT a.outcome FROM "
        "intake_outgoingattempt a WHERE a.outgoing_id = o.id ORDER BY a.id DESC LIMIT 1) a ON true "
        "WHERE o.state IN ('sent', 'failed', 'dead') AND a.outcome IS DISTINCT FROM o.state"
    )
    for row, state, outcome in cur:
        yield Difference("intake_outgoing", row, "attempt", str(outcome), state)
    cur.execute(
        "SELECT o.id, o.blob_id, x.blob_id FROM intake_outgoing o LEFT JOIN LATERAL (SELECT x.blob_id FROM "
        "intake_outgoingoriginal x JOIN core_blob b ON b.id = x.blob_id WHERE x.outgoing_id = o.id "
        "ORDER BY x.id DESC LIMIT 1) x ON true WHERE o.blob_id IS NOT NULL AND x.blob_id IS DISTINCT FROM o.blob_id"
    )
    for row, stored, newest in cur:
        yield Difference("intake_outgoing", row, "blob", str(stored), f"the bytes kept last: {newest}")
    cur.execute(
        "SELECT o.id FROM intake_outgoing o WHERE NOT EXISTS ("
        "SELECT FROM intake_outgoingcontent c WHERE c.outgoing_id = o.id)"
    )
    for (row,) in cur:
        yield Difference("intake_outgoing", row, "content", "none", "a row")
