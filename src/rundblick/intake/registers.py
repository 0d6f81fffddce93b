"""What this room registers with lower ones: what could not be read, with the gate; with privacy, what it holds
about a person."""

from __future__ import annotations

from rundblick.core import letters, sweeps, verification
from rundblick.core.counting import counters
from rundblick.core.registry import repeated_deliveries
from rundblick.intake import proof, verifying
from rundblick.intake.accept import WAITING
from rundblick.intake.acknowledging import acknowledge_due
from rundblick.intake.models import Outgoing, Quarantine
from rundblick.intake.outbox import WAKES, due_again
from rundblick.intake.sending import OutSweep
from rundblick.intake.tagged import TaggedSweep
from rundblick.intake.topical import join_same_topic
from rundblick.intake.worker import RoadSweep
from rundblick.people import gate
from rundblick.privacy import registry
from rundblick.privacy.registry import BlobUse, Content, register

gate.guard("quarantine", Quarantine, gate.visible_quarantine, customer="case__customer_id")
gate.guard("outgoing", Outgoing, gate.visible_in_case("message__case_id"), customer="message__case__customer_id")

letters.mended.append(due_again)
repeated_deliveries.append(
    "SELECT o.object_id AS message_id, o.delivery_id FROM intake_outcome o "
    "WHERE o.kind = 'duplicate' AND o.object_type = 'message'"
)

register("intake_attempt", skeleton="fault worker")
register("intake_outcome", skeleton="kind object_type stages")
register("intake_quarantine", skeleton="detail fault rows stage")
register("intake_archivelist", skeleton="contents")
register("intake_intakefile", skeleton="sha256 what", installation="name remarks system")

register("intake_proof", skeleton="day fault kind missing", installation="detail")

# A delivery concerns whom its message concerns: the message it became, the message it only repeated, or the case that
# it was flagged in because nobody could read it.
_DELIVERIES = (
    "SELECT m.delivery_id FROM cases_message m WHERE m.id IN ({messages}) "
    "UNION SELECT o.delivery_id FROM intake_outcome o WHERE o.object_type = 'message' AND o.object_id IN ({messages}) "
    "UNION SELECT q.delivery_id FROM intake_quarantine q JOIN cases_case c ON c.id = q.case_id "
    "LEFT JOIN cases_case s ON s.id = c.merged_into_id "
    "WHERE c.concerned_id = ANY(%(subjects)s) OR s.concerned_id = ANY(%(subjects)s)"
).format(
    messages="SELECT x.id FROM cases_message x LEFT JOIN cases_case c ON c.id = x.case_id "
    "WHERE x.record_id = ANY(%(subjects)s) OR c.concerned_id = ANY(%(subjects)s)"
)
register(
    "core_delivery",  # the envelope's sender and recipients
    content=Content({"hints": "NULL"}, f"id IN ({_DELIVERIES})"),
)
registry.blob_uses.append(
    BlobUse(
        "deliveries",
        of_subjects=f"SELECT d.blob_id FROM core_delivery d WHERE d.id IN ({_DELIVERIES})",
        alive="SELECT d.blob_id FROM core_delivery d WHERE d.blob_id = ANY(%(blobs)s) AND NOT EXISTS ("
        "SELECT FROM privacy_erasedrow e WHERE e.table = 'core_delivery' AND e.row_id = d.id)",
    )
)

# A letter concerns whom its message concerns.
_OUTGOING = (
    "record_id = ANY(%(subjects)s) OR outgoing_id IN (SELECT o.id FROM intake_outgoing o "
    "JOIN cases_message m ON m.id = o.message_id LEFT JOIN cases_case c ON c.id = m.case_id "
    "LEFT JOIN cases_case s ON s.id = c.merged_into_id WHERE m.record_id = ANY(%(subjects)s) "
    "OR c.concerned_id = ANY(%(subjects)s) OR s.concerned_id = ANY(%(subjects)s))"
)
_WRITTEN_TO = (
    "outgoing_id IN (SELECT o.id FROM intake_outgoing o JOIN cases_message m ON m.id = o.message_id "
    "JOIN cases_participant p ON p.case_id = m.case_id WHERE p.record_id = ANY(%(subjects)s))"
)
register("intake_outgoing", skeleton="channel fault state then")
register(
    "intake_outgoingcontent",
    content=Content(
        {"key": "''", "recipients": "'[]'", "told": "''"},
        _OUTGOING,
        key="outgoing_id",
        texts=("recipients", "told"),
        mentioned=_WRITTEN_TO,
    ),
)
_LETTERS = f"SELECT c.outgoing_id FROM intake_outgoingcontent c WHERE {_OUTGOING}"
registry.blob_uses.append(
    BlobUse(
        "letters",
        of_subjects=f"SELECT x.blob_id FROM intake_outgoingoriginal x WHERE x.outgoing_id IN ({_LETTERS})",
        alive="SELECT x.blob_id FROM intake_outgoingoriginal x WHERE x.blob_id = ANY(%(blobs)s) AND NOT EXISTS ("
        "SELECT FROM privacy_erasedrow e WHERE e.table = 'intake_outgoingcontent' AND e.row_id = x.outgoing_id)",
    )
)
register("intake_outgoingattempt", skeleton="fault outcome")
register("intake_acknowledged", skeleton="why_not")

sweeps.register("road", "road", RoadSweep, wakes=(WAITING,))
sweeps.register("road", "tagged", TaggedSweep, every=60)
sweeps.register("road", "topical", lambda: join_same_topic, every=60)
sweeps.register("out", "acknowledging", lambda: acknowledge_due, every=5)
sweeps.register("out", "outbox", OutSweep, wakes=(WAKES,), every=2)

verification.register("deliveries", verifying.deliveries)
verification.register("outcomes", verifying.outcomes)
verification.register("quarantine", verifying.quarantine)

counters["file"] = proof.count_files
sweeps.register("slow", "proof", proof.proving, wakes=(proof.WANTED,), every=proof.EVERY_S)
verification.register("outbox", verifying.outbox)
