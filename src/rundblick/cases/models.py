"""The case: one concern with one owner, its messages, its log.

Skeleton: Message, CaseEntry, Attachment, ThreadKey, Call, Regrouping. Content: CaseContent, MessageContent,
AttachmentContent.
``Case`` holds what screens show, folded from messages and entries in the transaction that wrote them
(cases.folding); ``rundblick verify`` folds again and names every difference.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rundblick.core.ids import uuid7
from rundblick.core.models import Blob, Delivery, Event, Loose, Source, System
from rundblick.customers.models import Customer, SourceRecord
from rundblick.people.models import Person, Team

OPEN_STATES = ("new", "open", "pending")


class Case(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.TextField(unique=True)
    system = Loose(System, null=True, db_index=False)  # of an export; NULL for a case of our own
    key_digest = models.BinaryField(null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="joined")
    state = models.TextField(db_default="new")
    channel = models.TextField(db_default="", blank=True)
    topic = models.TextField(db_default="", blank=True)
    tier = models.TextField(db_default="", blank=True)
    priority = models.TextField(db_default="", blank=True)
    language = models.TextField(db_default="", blank=True)  # "" = unsure
    flagged = models.BooleanField(db_default=False)  # something in it could not be read
    owner_person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="cases")
    owner_team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="cases")
    routed_team = Loose(Team, null=True, db_index=False)  # by the rules; counts until an entry names an owner
    ruled_tier = models.TextField(db_default="", blank=True)  # by the rules; counts until an entry names a tier
    concerned = Loose(SourceRecord, null=True)  # the participant the case is about
    customer = Loose(Customer, null=True, db_index=False)  # cache of the concerned record's current customer
    opened_at = models.DateTimeField(null=True)
    first_reply_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField()
    messages = models.IntegerField(db_default=0)
    reassignments = models.IntegerField(null=True)  # the source's own counter, its maximum
    reopens = models.IntegerField(null=True)  # the source's own counter, its maximum
    promise_kept = models.BooleanField(null=True)  # the source's flag, its last known value
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "key_digest"], name="case_key_is_unique"),
            models.CheckConstraint(
                name="open_case_has_one_owner",
                condition=~Q(state__in=OPEN_STATES)
                | Q(merged_into__isnull=False)
                | Q(owner_person__isnull=False, owner_team__isnull=True)
                | Q(owner_person__isnull=True, owner_team__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["-last_at", "-id"],
                name="case_inbox",
                condition=Q(state__in=OPEN_STATES, merged_into__isnull=True),
            ),
            models.Index(
                fields=["owner_team", "-last_at", "-id"],
                name="case_team_inbox",
                condition=Q(state__in=OPEN_STATES, merged_into__isnull=True),
            ),
            models.Index(
                fields=["owner_person", "-last_at", "-id"],
                name="case_my_inbox",
                condition=Q(state__in=OPEN_STATES, merged_into__isnull=True),
            ),
            models.Index(  # one state of those that are open, which may be a rare one
                fields=["state", "-last_at", "-id"],
                name="case_state_inbox",
                condition=Q(state__in=OPEN_STATES, merged_into__isnull=True),
            ),
            models.Index(
                fields=["channel", "-last_at", "-id"],
                name="case_channel_inbox",
                condition=Q(state__in=OPEN_STATES, merged_into__isnull=True),
            ),
            models.Index(
                fields=["topic", "-last_at", "-id"],
                name="case_topic_inbox",
                condition=Q(state__in=OPEN_STATES, merged_into__isnull=True) & ~Q(topic=""),
            ),
            models.Index(fields=["-last_at", "-id"], name="case_flagged", condition=Q(flagged=True)),
            models.Index(fields=["-last_at", "-id"], name="case_all", condition=Q(merged_into__isnull=True)),
            models.Index(fields=["customer", "-last_at"], name="case_of_customer"),
            models.Index(
                fields=["customer", "topic"],
                name="case_open_topic",
                condition=Q(state__in=OPEN_STATES, merged_into__isnull=True, system__isnull=True) & ~Q(topic=""),
            ),
        ]


class CaseContent(models.Model):
    """The case's subject: content."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="content")
    record = Loose(SourceRecord, null=True)
    key = models.TextField(db_default="", blank=True)  # the source's own number of the case
    subject = models.TextField(db_default="", blank=True)


class Participant(models.Model):
    """Who takes part in a case through which record; exactly one is ``concerned``."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="participants", db_index=False)
    record = Loose(SourceRecord)
    part = models.TextField(db_default="concerned")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "record"], name="participant_is_unique"),
            models.UniqueConstraint(fields=["case"], condition=Q(part="concerned"), name="concerned_is_one"),
        ]


class Message(models.Model):
    """One message, call or note. Append-only, but for ``case`` (a join or a move), ``superseded`` and the dispatch.

    A known message with new content is a row of its own; the older one is superseded, and every figure and
    screen reads only rows that are not.
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    identity = models.BinaryField()
    content_digest = models.BinaryField()
    superseded = models.BooleanField(db_default=False)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="message_set", db_index=False)
    delivery = Loose(Delivery, null=True)
    system = Loose(System, db_index=False)
    record = Loose(SourceRecord, null=True, db_index=False)
    channel = models.TextField()
    direction = models.TextField()
    sender = models.TextField(db_default="human")
    topic = models.TextField(db_default="", blank=True)
    language = models.TextField(db_default="", blank=True)
    at = models.DateTimeField()
    precision = models.TextField(db_default="second")
    seq = models.BigIntegerField(db_default=0)
    person = Loose(Person, null=True, db_index=False)
    team = Loose(Team, null=True, db_index=False)
    remarks = models.JSONField(null=True)  # codes only
    # kinds of facts that an answer of ours asks its reader for, a blank between; "" asks for none, NULL was not read
    asks_for = models.TextField(null=True)
    # how far an answer that was written here has come (answering.Dispatch); "" for everything that was not
    dispatch = models.TextField(db_default="", blank=True)
    dispatched_at = models.DateTimeField(null=True)  # its channel took it

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["identity", "content_digest"], name="message_version_is_unique"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["case", "at", "seq"], name="message_of_case"),
            models.Index(fields=["record", "at"], name="message_of_record"),
        ]


class MessageContent(models.Model):
    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="content")
    record = Loose(SourceRecord, null=True)
    subject = models.TextField(db_default="", blank=True)
    text = models.TextField(db_default="", blank=True)
    html = models.TextField(db_default="", blank=True)
    author = models.TextField(db_default="", blank=True)  # as the message names its sender
    address = models.TextField(db_default="", blank=True)
    recipients = models.JSONField(null=True)
    key = models.TextField(db_default="", blank=True)  # as its channel knows it: the Message-ID of a mail


class Call(models.Model):
    """Seconds of a call; NULL is unknown."""

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="call")
    waited_s = models.FloatField(null=True)
    talked_s = models.FloatField(null=True)
    wrapped_s = models.FloatField(null=True)
    answered = models.BooleanField(null=True)
    abandoned = models.BooleanField(null=True)


class Attachment(models.Model):
    uuid = models.UUIDField(default=uuid7, unique=True)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    position = models.IntegerField()
    blob = Loose(Blob)
    media_type = models.TextField()
    size = models.BigIntegerField()


class AttachmentContent(models.Model):
    attachment = models.OneToOneField(Attachment, primary_key=True, on_delete=models.CASCADE, related_name="content")
    record = Loose(SourceRecord, null=True)
    name = models.TextField()


class ThreadKey(models.Model):
    """Keys by which messages find each other; a parent's key waits here for an original that comes later."""

    pk = models.CompositePrimaryKey("digest", "message_id")
    digest = models.BinaryField()
    message = Loose(Message)
    own = models.BooleanField()


class CaseEntry(models.Model):
    """One entry of a case's log: the source's, or our own change of state or owner. NULL and "" are unknown.

    Entries are ordered by (at, seq, id). Times are what the entry says of the case at that time.
    """

    identity = models.BinaryField()
    content_digest = models.BinaryField()
    superseded = models.BooleanField(db_default=False)
    event = Loose(Event, db_index=False)
    case = Loose(Case, db_index=False)
    delivery = Loose(Delivery, null=True, db_index=False)
    at = models.DateTimeField()
    seq = models.BigIntegerField(db_default=0)
    record = Loose(SourceRecord, null=True)
    state = models.TextField(db_default="", blank=True)
    channel = models.TextField(db_default="", blank=True)
    topic = models.TextField(db_default="", blank=True)
    tier = models.TextField(db_default="", blank=True)
    priority = models.TextField(db_default="", blank=True)
    team = Loose(Team, null=True)
    person = Loose(Person, null=True)
    updated_by = Loose(Person, null=True, db_index=False)
    reassignments = models.IntegerField(null=True)
    reopens = models.IntegerField(null=True)
    promise_kept = models.BooleanField(null=True)
    opened_at = models.DateTimeField(null=True)
    first_reply_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    tells_resolution = models.BooleanField(db_default=False)  # the source has a column for it, known or not
    cause = models.TextField(db_default="", blank=True)  # of a hand-over: routing, skill, absence, escalation ...

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["identity", "content_digest"], name="entry_version_is_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["case", "at", "seq", "id"], name="entry_of_case")]


class EntryContent(models.Model):
    """What a person wrote with an entry: the reason and summary of a hand-over."""

    entry = models.OneToOneField(CaseEntry, primary_key=True, on_delete=models.CASCADE, related_name="content")
    record = Loose(SourceRecord, null=True)
    text = models.TextField()  # the reason
    summary = models.TextField(db_default="", blank=True)  # what was done, what is open


class Handover(models.Model):
    """What became of a hand-over; its entry tells who handed over what, why and when (cases.ownership).

    state    offered: the new owner has done nothing in the case yet; accepted; given_back; passed_on by him unread
    border   it went over the company's border: to an outside firm, or back from one
    returns  it came back to who had it before the giver (A-B-A)
    """

    OFFERED, ACCEPTED, GIVEN_BACK, PASSED_ON = "offered", "accepted", "given_back", "passed_on"

    entry = models.OneToOneField(CaseEntry, primary_key=True, on_delete=models.CASCADE, related_name="handover")
    uuid = models.UUIDField(default=uuid7, unique=True)
    from_person = Loose(Person, null=True)
    from_team = Loose(Team, null=True)
    to_person = Loose(Person, null=True)
    to_team = Loose(Team, null=True)
    border = models.BooleanField(db_default=False)
    returns = models.BooleanField(db_default=False)
    state = models.TextField(db_default=OFFERED)
    settled_at = models.DateTimeField(null=True)
    settled_by = Loose(Person, null=True, db_index=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["to_person"], name="handover_offered", condition=Q(state="offered")),
        ]


class Commitment(models.Model):
    """What somebody promised the customer in a case: a call on Friday. It goes along with a hand-over.

    state    open, kept, broken (its time passed), withdrawn
    """

    OPEN, KEPT, BROKEN, WITHDRAWN = "open", "kept", "broken", "withdrawn"

    uuid = models.UUIDField(default=uuid7, unique=True)
    case = Loose(Case)
    event = Loose(Event, db_index=False)
    made_by = Loose(Person, null=True, db_index=False)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.TextField(db_default=OPEN)
    settled_at = models.DateTimeField(null=True)
    settled_by = Loose(Person, null=True, db_index=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="commitment_open", condition=Q(state="open")),
            models.Index(
                fields=["due_at"],
                name="commitment_overdue",
                condition=Q(state="broken", settled_by__isnull=True),
            ),
        ]


class CommitmentContent(models.Model):
    commitment = models.OneToOneField(Commitment, primary_key=True, on_delete=models.CASCADE, related_name="content")
    record = Loose(SourceRecord, null=True)
    text = models.TextField()


class Clock(models.Model):
    """One of the two clocks of a case of our own, as cases.clocks computes it from the log; made anew at any time.

    kind      reaction, resolution
    state     running, standing (the customer has the ball), met, breached and still running, late (met too late)
    level     position in the promise of ``book``; ``target_s``, ``ran_s``, ``stood_s``: business seconds
    due_at    until when, NULL while it stands
    next_at   when something is to be done about it: the warning, then the breach; NULL nothing
    """

    pk = models.CompositePrimaryKey("case_id", "kind")
    case = Loose(Case, db_index=False)
    kind = models.TextField()
    state = models.TextField()
    book = models.BigIntegerField()  # core_rulebook, 0: the installation's own promise
    level = models.IntegerField()
    target_s = models.FloatField()
    ran_s = models.FloatField()
    stood_s = models.FloatField(db_default=0)
    pauses = models.IntegerField(db_default=0)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["next_at"], name="clock_next", condition=Q(next_at__isnull=False)),
            models.Index(fields=["due_at"], name="clock_due", condition=Q(state__in=("running", "breached"))),
        ]


class Routing(models.Model):
    """To whom the rules gave a case, when, and why. Append-only; codes and ids only.

    book     core_rulebook of the rules; ``rule``: name of the one that decided, "" none did
    entry    the entry of the log that made it so; NULL where the team alone was decided as it came in
    reason   what was looked at: {"skill": ..., "load": [3, 8], "knows": true, "others": n, ...}
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    case = Loose(Case)
    entry = Loose(CaseEntry, null=True, db_index=False)
    at = models.DateTimeField()
    book = models.BigIntegerField()
    rule = models.TextField(db_default="", blank=True)
    team = Loose(Team, null=True)
    person = Loose(Person, null=True)
    topic = models.TextField(db_default="", blank=True)
    reason = models.JSONField(null=True)


class Escalation(models.Model):
    """A case that somebody who can decide has to look at (cases.escalating). Codes and ids only.

    trigger  clock, commitment, mood, value, law, reach, repeat, handover, person
    rule     name of the rule of ``book``; "" a person did it
    detail   what was seen: {"words": ["anwalt"], "clock": "resolution", "n": 4}
    state    open, seen (somebody has it), ended
    """

    OPEN, SEEN, ENDED = "open", "seen", "ended"

    uuid = models.UUIDField(default=uuid7, unique=True)
    case = Loose(Case)
    event = Loose(Event, db_index=False)
    at = models.DateTimeField()
    trigger = models.TextField()
    rule = models.TextField(db_default="", blank=True)
    book = models.BigIntegerField(db_default=0)
    detail = models.JSONField(null=True)
    to_person = Loose(Person, null=True)
    to_team = Loose(Team, null=True)
    state = models.TextField(db_default=OPEN)
    settled_at = models.DateTimeField(null=True)
    settled_by = Loose(Person, null=True, db_index=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["at"], name="escalation_open", condition=~Q(state="ended"))]


class Activity(models.Model):
    """A stretch of time in which somebody worked in a case: its page was open and used. Nothing else is watched.

    seconds  of activity between ``begin`` and ``end``
    person   NULL: older than 90 days, all stretches of the case summed up in one row (cases.activity)
    """

    case = Loose(Case)
    person = Loose(Person, null=True, db_index=False)
    begin = models.DateTimeField()
    end = models.DateTimeField()
    seconds = models.IntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["person", "-end"], name="activity_of_person")]


class Regrouping(models.Model):
    """A deed about which messages are one concern (cases.regrouping); a later one of a person may take it back.

    kind       join (a whole case into another), move (messages into another), undo
    source     the case it took from; ``target``: where that went
    opened     the target was opened by it
    newest     id of the newest message in the target at that time: what has a higher one came later
    standing   it holds: not taken back. Folded from ``undoes``
    why        "topic": nobody's deed but the road's, since both cases have one topic (cases.topics); "" a person's
    """

    JOIN, MOVE, UNDO = "join", "move", "undo"

    uuid = models.UUIDField(default=uuid7, unique=True)
    kind = models.TextField()
    event = Loose(Event, db_index=True)
    source = Loose(Case, db_index=True)
    target = Loose(Case, db_index=True)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    opened = models.BooleanField(db_default=False)
    newest = models.BigIntegerField(db_default=0)
    standing = models.BooleanField(db_default=True)
    why = models.TextField(db_default="", blank=True)


class RegroupedRow(models.Model):
    """What a regrouping took along: rows of cases_message ("message") and cases_caseentry ("entry"), numbers that
    led to its source ("case"), the records that take part in the target since then ("participant"), and the case whose
    draft went on there ("draft")."""

    pk = models.CompositePrimaryKey("regrouping_id", "kind", "row_id")
    regrouping = Loose(Regrouping, db_index=False)
    kind = models.TextField()
    row_id = models.BigIntegerField()


class KeptApart(models.Model):
    """Two cases that a person took apart, ``a_id`` < ``b_id``: what names both joins the nearer one, not the two."""

    a = Loose(Case, db_index=False)
    b = Loose(Case, db_index=True)
    regrouping = Loose(Regrouping, db_index=False)
    standing = models.BooleanField(db_default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["a", "b"], condition=models.Q(standing=True), name="kept_apart_once"),
        ]


class Draft(models.Model):
    """The answer that is being written in a case; one a case, so whoever takes over finds it. Content."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="draft")
    record = Loose(SourceRecord, null=True)
    person = Loose(Person, null=True, db_index=False)
    source = Loose(Source, null=True, db_index=False)  # the account it is to leave through
    to = models.TextField(db_default="", blank=True)
    cc = models.TextField(db_default="", blank=True)
    subject = models.TextField(db_default="", blank=True)
    text = models.TextField(db_default="", blank=True)
    version = models.IntegerField(db_default=0)  # grows with every save
    page = models.UUIDField(null=True)  # the page that saved last: it may save again without having read
    saved_at = models.DateTimeField(db_default=Now())


class DraftAttachment(models.Model):
    """A file that is to go with the answer of a case. Content."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="draft_attachments")
    record = Loose(SourceRecord, null=True)
    blob = Loose(Blob)
    media_type = models.TextField()
    size = models.BigIntegerField()
    name = models.TextField()


class WaitingTag(models.Model):
    """A message whose subject names a case that its sender takes no part in, as far as is known: looked at again."""

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(db_default=Now())


class SearchText(models.Model):
    """One text that search finds, as the tokens of ``core.searching``: content, made anew from it at any time.

    message     of a message: its subject, text and author; with ``attachment`` the text of that file
    case        of a case itself: the source's own number of it; NULL of a message, which tells its case
    at          when it was written: results come by it, newest first
    """

    case = Loose(Case, null=True)
    message = Loose(Message, null=True, db_index=False)
    attachment = Loose(Attachment, null=True, db_index=False)
    at = models.DateTimeField()
    words = SearchVectorField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["message", "attachment"],
                condition=Q(message__isnull=False),
                nulls_distinct=False,
                name="searchtext_is_one",
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["words"], name="searchtext_words"),
            models.Index(fields=["-at", "-id"], name="searchtext_newest"),
        ]


class Word(models.Model):
    """A word that stands in some text, by letters only, and in how many: for typing mistakes and compounds.

    Counted shortly after a text came (cases.search.words); erased with the last text that holds it.
    """

    word = models.TextField(primary_key=True)
    texts = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [GinIndex(OpClass("word", name="gin_trgm_ops"), name="word_trigrams")]


class SearchFill(models.Model):
    """How far texts that came before search kept them have been read, newest first: those below are still missing."""

    below = models.BigIntegerField()  # messages; 0: all are there


class AttachmentText(models.Model):
    """The words of a file that was attached, once for equal bytes however often they were sent (channels.attached).

    newest   id of the newest attachment with these bytes, as far as was known: newer ones are read first
    state    waiting; ocr (has pictures, waits for OCR; its other words are there); read; empty (nothing in it);
             refused (``fault`` says why)
    kind     what the file is: pdf, word, table, slides, text, page, mail, picture
    cut      it has more words than are kept
    """

    WAITING, OCR, READ, EMPTY, REFUSED = "waiting", "ocr", "read", "empty", "refused"

    blob = models.OneToOneField(Blob, primary_key=True, on_delete=models.CASCADE, related_name="+")
    newest = models.BigIntegerField()
    state = models.TextField(db_default=WAITING)
    kind = models.TextField(db_default="", blank=True)
    fault = models.TextField(db_default="", blank=True)
    text = models.TextField(db_default="", blank=True)
    cut = models.BooleanField(db_default=False)
    attempts = models.IntegerField(db_default=0)
    leased_until = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["state", "-newest"],
                name="attachment_text_due",
                condition=Q(state__in=("waiting", "ocr")),
            ),
        ]


class SavedSearch(models.Model):
    """A search that somebody comes back to, kept by himself or by a team (cases.saved_searches). Content.

    person   whose it is; NULL: the ``team``'s
    made_by  who kept it for the team
    query    as it was typed, with its operators
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    person = Loose(Person, null=True)
    team = Loose(Team, null=True)
    made_by = Loose(Person, null=True, db_index=False)
    name = models.TextField()
    query = models.TextField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="saved_search_is_somebodys",
                condition=Q(person__isnull=False, team__isnull=True) | Q(person__isnull=True, team__isnull=False),
            ),
        ]


# --- the inbox: what somebody watches, has seen, keeps as a filter, and did to many at once --------------------------


class Watch(models.Model):
    """Somebody wants to know what becomes of a case that need not be his (cases.watching)."""

    pk = models.CompositePrimaryKey("person_id", "case_id")
    person = Loose(Person, db_index=False)
    case = Loose(Case)
    since = models.DateTimeField(db_default=Now())


class CaseSeen(models.Model):
    """When somebody last had a case open before him: what changed since is unread for him."""

    pk = models.CompositePrimaryKey("person_id", "case_id")
    person = Loose(Person, db_index=False)
    case = Loose(Case, db_index=False)
    seen_at = models.DateTimeField()


class SavedFilter(models.Model):
    """A filter of the inbox under a name, of one person or of a team (cases.filters).

    query   the filter as an address holds it: "view=team&topic=Rechnung"
    place   its position among those of its owner
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    name = models.TextField()
    query = models.TextField(db_default="", blank=True)
    person = Loose(Person, null=True)
    team = Loose(Team, null=True)
    place = models.IntegerField(db_default=0)
    made_by = Loose(Person, null=True, db_index=False)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="saved_filter_has_one_owner",
                condition=Q(person__isnull=True, team__isnull=False) | Q(person__isnull=False, team__isnull=True),
            ),
        ]


class BulkDeed(models.Model):
    """One deed on many cases, done case by case and taken back as one (cases.bulk). Codes and ids only.

    kind     take, hand_over, resolve, reopen, topic, watch, unwatch, join
    key      the caller's own: the same again does nothing a second time
    told     what the deed needs: {"cause": "skill", "topic": "Rechnung"}; the reason stands in ``BulkReason``
    """

    uuid = models.UUIDField(default=uuid7, unique=True)
    person = Loose(Person, db_index=False)
    kind = models.TextField()
    key = models.UUIDField()
    told = models.JSONField(default=dict)
    to_person = Loose(Person, null=True, db_index=False)
    to_team = Loose(Team, null=True, db_index=False)
    into = Loose(Case, null=True, db_index=False)  # where the others are joined to
    at = models.DateTimeField(db_default=Now())
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "key"], name="bulk_deed_once")]
        indexes: ClassVar = [models.Index(fields=["person", "-id"], name="bulk_deed_of_person")]


class BulkReason(models.Model):
    """Why, in the words of whoever gave the deed; gone once no case waits for it. Content."""

    deed = models.OneToOneField(BulkDeed, primary_key=True, on_delete=models.CASCADE, related_name="reason")
    text = models.TextField()


class BulkRow(models.Model):
    """What became of one case in a deed on many.

    state       waiting, done, refused (``code`` why), undoing, undone, kept (not taken back: ``code`` why)
    entry       the log's line that the deed wrote; superseded when it is taken back, so that no figure knows it
    regrouping  the join that it was
    before      whose it was and in which state, for whoever asks: {"state": "open", "team": 7, "topic": ""}
    """

    WAITING, DONE, REFUSED, UNDOING, UNDONE, KEPT = "waiting", "done", "refused", "undoing", "undone", "kept"

    pk = models.CompositePrimaryKey("deed_id", "place")
    deed = Loose(BulkDeed, db_index=False)
    place = models.IntegerField()
    case = Loose(Case)
    state = models.TextField(db_default=WAITING)
    code = models.TextField(db_default="", blank=True)
    entry = Loose(CaseEntry, null=True, db_index=False)
    regrouping = Loose(Regrouping, null=True, db_index=False)
    before = models.JSONField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["deed"], name="bulk_row_to_do", condition=Q(state__in=("waiting", "undoing"))),
        ]


# --- what is written -------------------------------------------------------------------------------------------------


class Template(models.Model):
    """A text module, as it stands now. ``team`` None is for all; "" as language, channel or topic is for any."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    name = models.TextField()
    text = models.TextField()
    language = models.TextField(db_default="", blank=True)
    channel = models.TextField(db_default="", blank=True)
    topic = models.TextField(db_default="", blank=True)
    team = Loose(Team, null=True)
    version = models.IntegerField(db_default=1)
    changed_at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True)
    used = models.IntegerField(db_default=0)
    used_at = models.DateTimeField(null=True)


class TemplateVersion(models.Model):
    """A text module as it was put into force; ``by`` is a user's id, None: a command."""

    template = models.ForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    version = models.IntegerField()
    name = models.TextField()
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())
    by = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["template", "version"], name="template_version"),
        ]


class DraftAside(models.Model):
    """What was written on a second page while the draft was written elsewhere: kept until somebody chose. Content.

    ``key`` is that of the page it was written on.
    """

    key = models.UUIDField(unique=True)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="drafts_aside")
    record = Loose(SourceRecord, null=True)
    person = Loose(Person, null=True, db_index=False)
    text = models.TextField()
    saved_at = models.DateTimeField(db_default=Now())


class Inserted(models.Model):
    """A text that somebody took into the draft of a case, to learn what became of it. Content; gone with the draft."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="inserted")
    record = Loose(SourceRecord, null=True)
    source = models.TextField()  # "template:<uuid>", or what a provider of suggestions calls it
    suggested = models.BooleanField(db_default=False)
    text = models.TextField()
    at = models.DateTimeField(db_default=Now())


class Presence(models.Model):
    """A page on which somebody has a case open; old ones mean nothing and are swept away."""

    page = models.UUIDField(primary_key=True)
    case = Loose(Case)
    person = Loose(Person, db_index=False)
    writes = models.BooleanField(db_default=False)
    at = models.DateTimeField(db_default=Now())


class CaseLink(models.Model):
    """Two cases that have to do with each other and stay two (cases.links). Codes and ids only.

    kind  cause: both have one cause; follow_up: ``a`` follows up on ``b``; parent: ``a`` is the parent of ``b``
    """

    CAUSE, FOLLOW_UP, PARENT = "cause", "follow_up", "parent"

    uuid = models.UUIDField(default=uuid7, unique=True)
    a = Loose(Case)
    b = Loose(Case)
    kind = models.TextField()
    event = Loose(Event, db_index=False)
    made_at = models.DateTimeField()
    made_by = Loose(Person, null=True, db_index=False)
    removed_at = models.DateTimeField(null=True)
    removed_by = Loose(Person, null=True, db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["a", "b"], condition=Q(removed_at=None), name="case_link_once"),
        ]


class SideTalk(models.Model):
    """A talk beside the customer's: with colleagues, or by mail with a supplier (cases.sidetalks).

    kind         mail, inside
    state        open, closed
    waits_since  since when the others have the ball; NULL: we have it
    case         where it was begun; one of a case that was joined to another is shown in the other
    source       the account that its mails leave through
    """

    MAIL, INSIDE = "mail", "inside"
    OPEN, CLOSED = "open", "closed"

    uuid = models.UUIDField(default=uuid7, unique=True)
    case = Loose(Case)
    kind = models.TextField()
    state = models.TextField(db_default=OPEN)
    event = Loose(Event, db_index=False)
    opened_at = models.DateTimeField()
    opened_by = Loose(Person, null=True, db_index=False)
    last_at = models.DateTimeField()
    waits_since = models.DateTimeField(null=True)
    remind_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = Loose(Person, null=True, db_index=False)
    source = Loose(Source, null=True, db_index=False)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["remind_at"], name="side_talk_reminds", condition=Q(remind_at__isnull=False)),
        ]


class SideTalkContent(models.Model):
    """``recipients``: [{address, name}] of a talk by mail; ``draft``: what is being written in it."""

    talk = models.OneToOneField(SideTalk, primary_key=True, on_delete=models.CASCADE, related_name="content")
    record = Loose(SourceRecord, null=True)
    heading = models.TextField()
    recipients = models.JSONField(null=True)
    draft = models.TextField(db_default="", blank=True)


class SideMessage(models.Model):
    """A message that belongs to a side talk; for everything else it is a note (direction "note").

    way      in, out, note (a word among colleagues)
    other_address  it came from an address that was not written to
    """

    message = models.OneToOneField(Message, primary_key=True, on_delete=models.CASCADE, related_name="side")
    talk = models.ForeignKey(SideTalk, on_delete=models.PROTECT, related_name="said")
    way = models.TextField()
    other_address = models.BooleanField(db_default=False)


class SideKey(models.Model):
    """Keys by which mails find a side talk; they never lead to the case's own thread."""

    pk = models.CompositePrimaryKey("digest", "talk_id")
    digest = models.BinaryField()
    talk = Loose(SideTalk, db_index=False)
    message = Loose(Message, null=True, db_index=False)  # whose own key it is


class Mention(models.Model):
    """Somebody is to look at a case (cases.mentions): he was named in a note, or something of his came.

    why    named, reply (in a side talk that he began), reminder (of one)
    team   through which he was named; NULL by his own name
    """

    NAMED, REPLY, REMINDER = "named", "reply", "reminder"

    uuid = models.UUIDField(default=uuid7, unique=True)
    case = Loose(Case)
    person = Loose(Person, db_index=False)
    team = Loose(Team, null=True, db_index=False)
    message = Loose(Message, null=True)
    talk = Loose(SideTalk, null=True, db_index=False)
    why = models.TextField(db_default=NAMED)
    by = Loose(Person, null=True, db_index=False)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["person", "-at", "-id"], name="mention_of_person"),
            models.Index(fields=["person"], name="mention_unseen", condition=Q(seen_at=None)),
        ]
