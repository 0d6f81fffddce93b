"""What cases register with lower rooms: how they follow their customer, and their objects with the gate."""

from django.db.models import Q
from django.utils.translation import gettext_lazy, ngettext

from rundblick.cases import (
    absences,
    activity,
    bulk,
    clocking,
    escalating,
    presence,
    tiers,
    verifying,
    verifying_ownership,
)
from rundblick.cases.commitments import look_at_due
from rundblick.cases.filters import visible_filters
from rundblick.cases.folding import customers_moved
from rundblick.cases.mentions import visible_mentions
from rundblick.cases.models import (
    Attachment,
    BulkDeed,
    Case,
    CaseLink,
    Commitment,
    Escalation,
    Handover,
    Mention,
    Message,
    Regrouping,
    SavedFilter,
    SavedSearch,
    SideTalk,
)
from rundblick.cases.promising import PROMISE
from rundblick.cases.routing import dispatch
from rundblick.cases.routing.following import routed_teams
from rundblick.cases.saved_searches import changeable_searches, visible_searches
from rundblick.cases.search import verifying as verifying_search
from rundblick.cases.search import words
from rundblick.cases.search.attached import keep_blobs
from rundblick.cases.search.keeping import fill, keep_messages
from rundblick.cases.sidetalks import look_at_reminders
from rundblick.core import sweeps, verification
from rundblick.core.announcing import CHANGED
from rundblick.core.registry import on_records_moved
from rundblick.core.rulebooks import in_force
from rundblick.customers.models import Customer, IdentityAct, ReviewItem
from rundblick.people import gate, setting_up
from rundblick.people.sight import sight_of
from rundblick.privacy import registry
from rundblick.privacy.registry import BlobUse, Content, Subject, register

on_records_moved.append(customers_moved)


def _promised() -> str:
    book = in_force(PROMISE)
    return ngettext("%(n)d level", "%(n)d levels", len(book.told.levels)) % {"n": len(book.told.levels)} if book else ""


setting_up.register(
    setting_up.Step(
        "promises",
        40,
        gettext_lazy("Promises"),
        gettext_lazy("Within what time customers get an answer and a solution."),
        _promised,
    )
)


def visible_commitments(user: object, permission: str = "case.read") -> Q:
    """Those of a case that was joined to another are seen by whoever sees the other."""
    here, there = gate.visible_in_case("case_id"), gate.visible_in_case("case__merged_into_id")
    return Q(case__merged_into__isnull=True) & here(user, permission) | there(user, permission)


def visible_links(user: object, permission: str = "case.read") -> Q:
    """Of a case that one sees; what the other is stays hidden where one does not see that too."""
    ends = ("a_id", "b_id", "a__merged_into_id", "b__merged_into_id")
    seen = Q()
    for end in ends:
        seen |= gate.visible_in_case(end)(user, permission)
    return seen


def visible_deeds(user: object, permission: str = "case.read") -> Q:
    """Deeds on many cases: one's own."""
    sight = sight_of(user, getattr(user, "rundblick_token", None))
    return Q(person=sight.person) if sight.allows(permission) and sight.person is not None else gate.NOTHING


gate.guard("case", Case, gate.visible_cases, customer="customer_id")
gate.guard("customer", Customer, gate.visible_customers)
gate.guard("identity_act", IdentityAct, gate.visible_identity_acts, customer="customer_id")
gate.guard("review_item", ReviewItem, gate.visible_review_items)
gate.guard("message", Message, gate.visible_in_case(), customer="case__customer_id")
gate.guard("regrouping", Regrouping, gate.visible_in_case("target_id"), customer="target__customer_id")
gate.guard("handover", Handover, gate.visible_in_case("entry__case_id"), customer="entry__case__customer_id")
gate.guard("commitment", Commitment, visible_commitments, customer="case__customer_id")
gate.guard("escalation", Escalation, gate.visible_in_case(), customer="case__customer_id")
gate.guard("link", CaseLink, visible_links)
gate.guard("side_talk", SideTalk, visible_commitments, customer="case__customer_id")
gate.guard("mention", Mention, visible_mentions, customer="case__customer_id")
gate.guard("saved_search", SavedSearch, visible_searches)
gate.guard("saved_filter", SavedFilter, visible_filters)
gate.guard("bulk_deed", BulkDeed, visible_deeds)
gate.guard("saved_search", SavedSearch, changeable_searches)
gate.guard("attachment", Attachment, gate.visible_in_case("message__case_id"), customer="message__case__customer_id")

# A case that somebody is concerned in is about him: what others wrote in it goes with it, and so does what stands in
# cases that were joined to it. In cases where he only takes part, his own messages go and mentions are struck out.
_CASES = (
    "SELECT c.id FROM cases_case c LEFT JOIN cases_case s ON s.id = c.merged_into_id "
    "WHERE c.concerned_id = ANY(%(subjects)s) OR s.concerned_id = ANY(%(subjects)s)"
)
_MESSAGES = f"SELECT m.id FROM cases_message m WHERE m.record_id = ANY(%(subjects)s) OR m.case_id IN ({_CASES})"
_TAKES_PART = "SELECT p.case_id FROM cases_participant p WHERE p.record_id = ANY(%(subjects)s)"


register("cases_case", skeleton="channel key_digest language number priority ruled_tier state tier topic")
register(
    "cases_casecontent",
    content=Content(
        {"key": "''", "subject": "''"},
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
        },
        f"record_id = ANY(%(subjects)s) OR message_id IN ({_MESSAGES})",
        key="message_id",
        texts=("subject", "text", "html", "author", "address", "recipients"),
        mentioned=f"message_id IN (SELECT m.id FROM cases_message m WHERE m.case_id IN ({_TAKES_PART}))",
        derived=keep_messages,
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
register("cases_caselink", skeleton="kind")
register("cases_mention", skeleton="why")
register("cases_sidetalk", skeleton="kind state")
register("cases_sidemessage", skeleton="way")
register("cases_sidekey", skeleton="digest")
register(
    "cases_sidetalkcontent",
    content=Content(
        {"heading": "''", "recipients": "NULL", "draft": "''"},
        "record_id = ANY(%(subjects)s) OR talk_id IN "
        f"(SELECT t.id FROM cases_sidetalk t WHERE t.case_id IN ({_CASES}))",
        key="talk_id",
        texts=("heading", "recipients", "draft"),
        mentioned=f"talk_id IN (SELECT t.id FROM cases_sidetalk t WHERE t.case_id IN ({_TAKES_PART}))",
    ),
)
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
register("cases_savedfilter", installation="name query")
register("cases_bulkdeed", skeleton="kind told")
register("cases_bulkrow", skeleton="before code state")
register(
    "cases_bulkreason",
    content=Content(
        {"text": "''"},
        f"deed_id IN (SELECT b.deed_id FROM cases_bulkrow b WHERE b.case_id IN ({_CASES}))",
        key="deed_id",
        whole=True,
        texts=("text",),
        mentioned=f"deed_id IN (SELECT b.deed_id FROM cases_bulkrow b WHERE b.case_id IN ({_TAKES_PART}))",
    ),
)
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

# The words of a file live as long as one message that it came with. Registered after the messages' own content: what is
# erased in the same deed is known by then.
_ATTACHED = f"SELECT a.blob_id FROM cases_attachment a WHERE a.message_id IN ({_MESSAGES})"
_ATTACHED_ALIVE = (
    "SELECT a.blob_id FROM cases_attachment a WHERE a.blob_id = cases_attachmenttext.blob_id AND NOT EXISTS ("
    "SELECT FROM privacy_erasedrow e WHERE e.table = 'cases_messagecontent' AND e.row_id = a.message_id)"
)
register(
    "cases_attachmenttext",
    skeleton="fault kind state",
    content=Content(
        {"text": "''"},
        f"blob_id IN ({_ATTACHED}) AND NOT EXISTS ({_ATTACHED_ALIVE})",
        key="blob_id",
        whole=True,
        texts=("text",),
        mentioned="blob_id IN (SELECT a.blob_id FROM cases_attachment a JOIN cases_message m ON m.id = a.message_id "
        f"WHERE m.case_id IN ({_TAKES_PART}))",
        derived=keep_blobs,
    ),
)

# A search goes with the person who kept it for himself. Of customers whom it names, their words are struck out.
register(
    "cases_savedsearch",
    content=Content(
        {"name": "''", "query": "''"},
        "person_id = ANY(%(subjects)s)",
        subject=Subject.PERSON,
        whole=True,
        texts=("name", "query"),
        mentioned="true",
    ),
)

# the texts of their messages and files, and of cases that go with them
register(
    "cases_searchtext",
    content=Content(
        {"words": "''"},
        f"case_id IN ({_CASES}) OR message_id IN ({_MESSAGES})",
        whole=True,
    ),
)
register("cases_word", content=Content({"word": "''"}, ""))  # goes with the last text that holds it

sweeps.register("slow", "search", lambda: fill)
sweeps.register("slow", "words", lambda: words.sweep)
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
verification.register("search", verifying_search.search)
verification.repairs["search"] = verifying_search.repair
verification.register("routed-teams", routed_teams)
verification.objects["case"] = "cases_case"
verification.objects["message"] = "cases_message"
verification.objects["side_talk"] = "cases_sidetalk"
verification.objects["commitment"] = "cases_commitment"
verification.objects["case_entry"] = "cases_caseentry"

sweeps.register("out", "commitments", lambda: look_at_due)
sweeps.register("out", "side-talk-reminders", lambda: look_at_reminders, every=30)
sweeps.register("out", "clocks", lambda: clocking.follow, wakes=(CHANGED,), every=5)
sweeps.register("out", "clocks-due", lambda: clocking.strike, every=5)
sweeps.register("out", "routing", dispatch.DispatchSweep, wakes=(dispatch.WAKES,))
sweeps.register("out", "escalation", lambda: escalating.sweep, every=3)
sweeps.register("out", "bulk", lambda: bulk.sweep, every=3)
sweeps.register("out", "tiers", lambda: tiers.sweep, every=5)
