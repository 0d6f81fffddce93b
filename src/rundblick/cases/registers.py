"""What cases register with lower rooms: how they follow their customer, and their objects with the gate."""

from collections.abc import Sequence

from django.db.models import Q

from rundblick.cases import absences, activity, clocking, escalating, presence, tiers, verifying, verifying_ownership
from rundblick.cases.commitments import look_at_due
from rundblick.cases.folding import customers_moved
from rundblick.cases.models import Attachment, Case, Commitment, Escalation, Handover, Message, Regrouping
from rundblick.cases.routing import dispatch
from rundblick.cases.routing.following import routed_teams
from rundblick.core import sweeps, verification
from rundblick.core.announcing import CHANGED
from rundblick.core.registry import on_records_moved
from rundblick.core.searching import search_text
from rundblick.customers.models import Customer, IdentityAct, ReviewItem
from rundblick.people import gate
from rundblick.privacy import registry
from rundblick.privacy.registry import BlobUse, Content, Cursor, register

on_records_moved.append(customers_moved)


def visible_commitments(user: object, permission: str = "case.read") -> Q:
    """Those of a case that was joined to another are seen by whoever sees the other."""
    here, there = gate.visible_in_case("case_id"), gate.visible_in_case("case__merged_into_id")
    return Q(case__merged_into__isnull=True) & here(user, permission) | there(user, permission)


gate.guard("case", Case, gate.visible_cases, customer="customer_id")
gate.guard("customer", Customer, gate.visible_customers)
gate.guard("identity_act", IdentityAct, gate.visible_identity_acts, customer="customer_id")
gate.guard("review_item", ReviewItem, gate.visible_review_items)
gate.guard("message", Message, gate.visible_in_case(), customer="case__customer_id")
gate.guard("regrouping", Regrouping, gate.visible_in_case("target_id"), customer="target__customer_id")
gate.guard("handover", Handover, gate.visible_in_case("entry__case_id"), customer="entry__case__customer_id")
gate.guard("commitment", Commitment, visible_commitments, customer="case__customer_id")
gate.guard("escalation", Escalation, gate.visible_in_case(), customer="case__customer_id")
gate.guard("attachment", Attachment, gate.visible_in_case("message__case_id"), customer="message__case__customer_id")

# A case that somebody is concerned in is about him: what others wrote in it goes with it, and so does what stands in
# cases that were joined to it. In cases where he only takes part, his own messages go and mentions are struck out.
_CASES = (
    "SELECT c.id FROM cases_case c LEFT JOIN cases_case s ON s.id = c.merged_into_id "
    "WHERE c.concerned_id = ANY(%(subjects)s) OR s.concerned_id = ANY(%(subjects)s)"
)
_MESSAGES = f"SELECT m.id FROM cases_message m WHERE m.record_id = ANY(%(subjects)s) OR m.case_id IN ({_CASES})"
_TAKES_PART = "SELECT p.case_id FROM cases_participant p WHERE p.record_id = ANY(%(subjects)s)"


def _search_again(cur: Cursor, messages: Sequence[int]) -> None:
    cur.execute(
        "SELECT message_id, subject, author, address, text FROM cases_messagecontent WHERE message_id = ANY(%s)",
        (list(messages),),
    )
    found = [(search_text(*texts), message) for message, *texts in cur.fetchall()]
    cur.executemany("UPDATE cases_messagecontent SET search = to_tsvector('simple', %s) WHERE message_id = %s", found)


register("cases_case", skeleton="channel key_digest language number priority ruled_tier state tier topic")
register(
    "cases_casecontent",
    content=Content(
        {"key": "''", "subject": "''", "search": "NULL"},
        f"record_id = ANY(%(subjects)s) OR case_id IN ({_CASES})",
        key="case_id",
        texts=("subject",),
        mentioned=f"case_id IN ({_TAKES_PART})",
    ),
)
register("cases_participant", skeleton="part")
register(
    "cases_message",
    skeleton="asks_for channel content_digest direction dispatch identity language precision remarks sender topic",
)
register(
    "cases_messagecontent",
    content=Content(
        {
            "subject": "''",
            "text": "''",
            "html": "''",
            "author": "''",
            "address": "''",
            "recipients": "NULL",
            "key": "''",
            "search": "NULL",
        },
        f"record_id = ANY(%(subjects)s) OR message_id IN ({_MESSAGES})",
        key="message_id",
        texts=("subject", "text", "html", "author", "address", "recipients"),
        mentioned=f"message_id IN (SELECT m.id FROM cases_message m WHERE m.case_id IN ({_TAKES_PART}))",
        derived=_search_again,
    ),
)
register("cases_attachment", skeleton="media_type")
register(
    "cases_attachmentcontent",
    content=Content(
        {"name": "''"},
        "record_id = ANY(%(subjects)s) OR attachment_id IN "
        f"(SELECT a.id FROM cases_attachment a WHERE a.message_id IN ({_MESSAGES}))",
        key="attachment_id",
    ),
)
register("cases_threadkey", skeleton="digest")
register("cases_regrouping", skeleton="kind why")
register("cases_regroupedrow", skeleton="kind")
register("cases_caseentry", skeleton="cause channel content_digest identity priority state tier topic")
register(
    "cases_entrycontent",
    content=Content(
        {"text": "''", "summary": "''"},
        "record_id = ANY(%(subjects)s) OR entry_id IN "
        f"(SELECT e.id FROM cases_caseentry e WHERE e.case_id IN ({_CASES}))",
        key="entry_id",
        texts=("text", "summary"),
        mentioned=f"entry_id IN (SELECT e.id FROM cases_caseentry e WHERE e.case_id IN ({_TAKES_PART}))",
    ),
)
register("cases_handover", skeleton="state")
register("cases_commitment", skeleton="state")
register(
    "cases_commitmentcontent",
    content=Content(
        {"text": "''"},
        "record_id = ANY(%(subjects)s) OR commitment_id IN "
        f"(SELECT m.id FROM cases_commitment m WHERE m.case_id IN ({_CASES}))",
        key="commitment_id",
        texts=("text",),
        mentioned=f"commitment_id IN (SELECT m.id FROM cases_commitment m WHERE m.case_id IN ({_TAKES_PART}))",
    ),
)
register("cases_clock", skeleton="kind state")
register("cases_routing", skeleton="reason rule topic")
register("cases_escalation", skeleton="detail rule state trigger")
_DRAFTED = f"record_id = ANY(%(subjects)s) OR case_id IN ({_CASES})"
register(
    "cases_draft",
    content=Content(
        {"to": "''", "cc": "''", "subject": "''", "text": "''"},
        _DRAFTED,
        key="case_id",
        whole=True,
        texts=("cc", "subject", "text"),
        mentioned=f"case_id IN ({_TAKES_PART})",
    ),
)
_BESIDE_DRAFT = Content({"text": "''"}, _DRAFTED, whole=True, texts=("text",), mentioned=f"case_id IN ({_TAKES_PART})")
register("cases_draftaside", content=_BESIDE_DRAFT)
register("cases_inserted", skeleton="source", content=_BESIDE_DRAFT)
register("cases_template", installation="channel language name text topic")
register("cases_templateversion", installation="name text")
register("cases_draftattachment", skeleton="media_type", content=Content({"name": "''"}, _DRAFTED, whole=True))
registry.blob_uses.append(
    BlobUse(
        "drafts",
        of_subjects=f"SELECT blob_id FROM cases_draftattachment WHERE {_DRAFTED}",
        alive="SELECT blob_id FROM cases_draftattachment WHERE blob_id = ANY(%(blobs)s)",
    )
)
registry.blob_uses.append(
    BlobUse(
        "attachments",
        of_subjects=f"SELECT a.blob_id FROM cases_attachment a WHERE a.message_id IN ({_MESSAGES})",
        alive="SELECT a.blob_id FROM cases_attachment a WHERE a.blob_id = ANY(%(blobs)s) AND NOT EXISTS ("
        "SELECT FROM privacy_erasedrow e WHERE e.table = 'cases_messagecontent' AND e.row_id = a.message_id)",
    )
)

sweeps.register("out", "absences", absences.make_sweep)
sweeps.register("slow", "activity", activity.forgetting, every=3600)
sweeps.register("slow", "presence", lambda: presence.forget, every=300)

verification.register("cases", verifying.folded_cases)
verification.register("case-customers", verifying.customers_of_cases)
verification.repairs["case-customers"] = verifying.follow_customers
verification.register("participants", verifying.participants)
verification.register("joined-cases", verifying.joined_cases)
verification.register("regroupings", verifying.regroupings)
verification.register("message-versions", verifying.versions)
verification.register("handovers", verifying_ownership.handovers)
verification.register("clocks", clocking.clocks_of_cases)
verification.repairs["clocks"] = clocking.repair
verification.register("case-numbers", verifying.case_numbers)
verification.register("owners", verifying.owners)
verification.register("routed-teams", routed_teams)
verification.objects["case"] = "cases_case"
verification.objects["message"] = "cases_message"
verification.objects["commitment"] = "cases_commitment"
verification.objects["case_entry"] = "cases_caseentry"

sweeps.register("out", "commitments", lambda: look_at_due)
sweeps.register("out", "clocks", lambda: clocking.follow, wakes=(CHANGED,), every=5)
sweeps.register("out", "clocks-due", lambda: clocking.strike, every=5)
sweeps.register("out", "routing", dispatch.DispatchSweep, wakes=(dispatch.WAKES,))
sweeps.register("out", "escalation", lambda: escalating.sweep, every=3)
sweeps.register("out", "tiers", lambda: tiers.sweep, every=5)
