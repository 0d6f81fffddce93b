"""Source records, identifiers, customers, and what binds them.

Messages, cases, orders and ratings point at a ``SourceRecord``; the record leads to the customer through the
current ``Assignment``. So a split moves what came through a record and nothing else (FOUNDATIONS 2).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from rundblick.core.ids import uuid7
from rundblick.core.models import Delivery, Event, Loose, System


class SourceRecord(models.Model):
    """How one system knows somebody. ``key_digest`` is the keyed digest of the system's key (core.digests)."""

    uuid = models.UUIDField(default=uuid7)
    system = Loose(System, db_index=False)
    key_digest = models.BinaryField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "key_digest"], name="record_key_is_unique"),
        ]


class RecordVersion(models.Model):
    """What a system said of somebody at one time; a changed row is a new version. Content: ``key`` and ``facts``."""

    record = Loose(SourceRecord, db_index=False)
    content_digest = models.BinaryField()
    delivery = Loose(Delivery, null=True, db_index=False)
    seen_at = models.DateTimeField()
    recorded_at = models.DateTimeField(db_default=Now())
    key = models.TextField()
    facts = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record", "content_digest"], name="version_is_unique"),
        ]


class Identifier(models.Model):
    """One identifier of a record: content, erasable as a whole. ``digest`` covers kind, issuer and value."""

    record = Loose(SourceRecord, db_index=False)
    kind = models.TextField()
    issuer = models.TextField(db_default="", blank=True)
    value = models.TextField()
    digest = models.BinaryField()
    strength = models.TextField()
    verified = models.BooleanField(db_default=False)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["record", "digest"], name="identifier_is_unique"),
        ]
        indexes: ClassVar = [models.Index(fields=["digest", "record"], name="identifier_digest")]


class Customer(models.Model):
    """One customer, one number. A merged customer's number leads on to ``merged_into``, for good."""

    uuid = models.UUIDField(default=uuid7, unique=True)
    number = models.TextField(unique=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="absorbed")
    created_at = models.DateTimeField(db_default=Now())


class Assignment(models.Model):
    """Record to customer, over time. The current one has no ``valid_to``; there is at most one a record."""

    record = Loose(SourceRecord)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="assignments")
    valid_from = models.DateTimeField(db_default=Now())
    valid_to = models.DateTimeField(null=True)
    event = Loose(Event, db_index=False)
    ended_by = Loose(Event, null=True, db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["record"], condition=models.Q(valid_to__isnull=True), name="assignment_is_one"
            ),
        ]


class IdentityAct(models.Model):
    """What a person decided about who is one customer: a merge, a split, that two are not one, that one is one, or an
    undoing.

    customer  the one that the records of ``other`` were merged into, or from which those of ``other`` were split off
    undoes    the act that this one takes back; an act is taken back once, and taking back the taking back does it again
    override  it was done although something spoke against it
    standing  it holds: not taken back, or its taking back was. Folded from ``undoes``
    """

    MERGE, SPLIT, APART, CONFIRM, UNDO = "merge", "split", "apart", "confirm", "undo"

    uuid = models.UUIDField(default=uuid7, unique=True)
    kind = models.TextField()
    event = Loose(Event, db_index=False)
    customer = Loose(Customer)
    other = Loose(Customer)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    override = models.BooleanField(db_default=False)
    standing = models.BooleanField(db_default=True)


class IdentityReason(models.Model):
    """Why somebody decided so, in his words: content."""

    act = models.OneToOneField(IdentityAct, primary_key=True, on_delete=models.CASCADE, related_name="reason")
    text = models.TextField()


class Constraint(models.Model):
    """A decision about records that holds whatever models are trained: they are together, or two sides are apart.

    standing  its act stands, and none of the acts that ended it does. Folded from these
    """

    TOGETHER, APART = "together", "apart"

    act = Loose(IdentityAct)
    kind = models.TextField()
    standing = models.BooleanField(db_default=True)


class ConstraintRecord(models.Model):
    """A record that a constraint is about. No customer may hold records of both sides of one that sets apart."""

    pk = models.CompositePrimaryKey("constraint_id", "record_id")
    constraint = Loose(Constraint, db_index=False)
    record = Loose(SourceRecord)
    side = models.SmallIntegerField(db_default=1)


class ConstraintEnd(models.Model):
    """An act that ended a constraint, as long as the act stands."""

    pk = models.CompositePrimaryKey("constraint_id", "act_id")
    constraint = Loose(Constraint, db_index=False)
    act = Loose(IdentityAct)


class MatchModel(models.Model):
    """A model that was trained (customers.matching), as JSON; ``records``: on how many. At most one is in force.

    ``auto`` and ``repeating`` (a JSON list) stand in the JSON too: what the road needs without reading all of it.

    ``answers``: how many answers of people it was learned from.

    ``weights`` names no value that only one person's records carry (customers.weighed.keeping).
    """

    version = models.TextField(unique=True)
    weights = models.TextField()
    auto = models.FloatField()
    repeating = models.TextField(db_default="[]")
    records = models.BigIntegerField()
    answers = models.BigIntegerField(db_default=0)
    trained_at = models.DateTimeField(db_default=Now())
    in_force = models.BooleanField(db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["in_force"], condition=models.Q(in_force=True), name="matchmodel_in_force_is_one"
            ),
        ]


class MatchRun(models.Model):
    """Edges were made anew, and customers decided by them: one act, taken back as one.

    kind      match, adopt (a model was put into force), undo
    model     in force from then on, ``former``: before it
    undoes    the run that this one takes back
    records, added, ended, moved   weighed records, edges that came and went, records that came to another customer;
                                   counted while it goes on
    finished_at  None for a run that goes on or was broken off; what it wrote until then holds
    """

    MATCH, ADOPT, UNDO = "match", "adopt", "undo"

    uuid = models.UUIDField(default=uuid7, unique=True)
    kind = models.TextField()
    event = Loose(Event, db_index=False)
    model = Loose(MatchModel, null=True, db_index=False)
    former = Loose(MatchModel, null=True, db_index=False)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    records = models.BigIntegerField(db_default=0)
    added = models.BigIntegerField(db_default=0)
    ended = models.BigIntegerField(db_default=0)
    moved = models.BigIntegerField(db_default=0)
    finished_at = models.DateTimeField(null=True)


class MatchJob(models.Model):
    """Work about a model that takes minutes: it stands here until a worker of the slow queue has done it.

    kind    learn (a new model beside the one in force, and what it would change), preview, adopt, undo
    state   waiting, running (until ``lease_until``, then it is taken up again), done, failed
    stage, done, total  how far it is; ``fault``: why it failed (a code of RunError, or "broken")
    asked_by  the person who asked for it; ``run``: what came of it, or what is to be undone
    records .. questions  of what the model would change: see MatchChange
    """

    LEARN, PREVIEW, ADOPT, UNDO = "learn", "preview", "adopt", "undo"
    WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"

    uuid = models.UUIDField(default=uuid7, unique=True)
    kind = models.TextField()
    model = Loose(MatchModel, null=True, db_index=False)
    run = Loose(MatchRun, null=True, db_index=False)
    asked_by_id = models.BigIntegerField(null=True)
    event = Loose(Event, db_index=False)
    state = models.TextField(db_default="waiting")
    stage = models.TextField(db_default="", blank=True)
    done = models.BigIntegerField(db_default=0)
    total = models.BigIntegerField(db_default=0)
    fault = models.TextField(db_default="", blank=True)
    tries = models.SmallIntegerField(db_default=0)
    lease_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    records = models.BigIntegerField(db_default=0)
    customers_before = models.BigIntegerField(db_default=0)
    customers_after = models.BigIntegerField(db_default=0)
    merges = models.BigIntegerField(db_default=0)
    splits = models.BigIntegerField(db_default=0)
    questions = models.BigIntegerField(db_default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=models.Q(state__in=("waiting", "running")), name="matchjob_due"),
        ]


class MatchChange(models.Model):
    """What a model would change: several customers would become one (merge), or one several (split).

    moved  records that would come to another customer; ``groups``: how many customers are joined, or made
    """

    MERGE, SPLIT = "merge", "split"

    job = Loose(MatchJob, db_index=False)
    kind = models.TextField()
    moved = models.BigIntegerField()
    groups = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["job", "kind", "-moved", "id"], name="matchchange_worst_first")]


class MatchChangeRecord(models.Model):
    """A record of a change: in which of its groups."""

    pk = models.CompositePrimaryKey("change_id", "record_id")
    change = Loose(MatchChange, db_index=False)
    record = Loose(SourceRecord, db_index=False)
    place = models.BigIntegerField()


class MatchApproval(models.Model):
    """Where four eyes are asked for: somebody wants this model in force. ``job``: the adoption that it counted for."""

    model = Loose(MatchModel)
    person_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())
    event = Loose(Event, db_index=False)
    job = Loose(MatchJob, null=True, db_index=False)


class MatchEdge(models.Model):
    """What a model says of two records, ``a_id`` < ``b_id``; in force while no run ended it.

    decision  auto (joins by itself), review (a person may be asked), no (counts in the mean of groups, or bars)
    rule      which rule decided (customers.matching.rules)
    """

    run = Loose(MatchRun, db_index=False)
    model = Loose(MatchModel, db_index=False)
    a = Loose(SourceRecord, db_index=False)
    b = Loose(SourceRecord, db_index=False)
    weight = models.FloatField()
    rule = models.TextField()
    decision = models.TextField()
    ended_by = Loose(MatchRun, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["a", "b"], condition=models.Q(ended_by__isnull=True), name="matchedge_is_one"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["b"], condition=models.Q(ended_by__isnull=True), name="matchedge_b"),
            models.Index(fields=["run"], name="matchedge_run"),
        ]


class MatchKey(models.Model):
    """A key by which a record is found (matching.blocking), under the model of the ``MatchIndex``: content."""

    pk = models.CompositePrimaryKey("key", "record_id")
    key = models.BigIntegerField()
    record = Loose(SourceRecord, db_index=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["record"], name="matchkey_record")]


class MatchIndex(models.Model):
    """The model by which what comes in is weighed: every record has its keys under it. At most one row.

    run  the run in whose name live edges stand; none without an index: then nothing is weighed as it comes
    """

    model = models.OneToOneField(MatchModel, primary_key=True, on_delete=models.PROTECT, related_name="+")
    run = Loose(MatchRun, db_index=False)
    ready_at = models.DateTimeField(db_default=Now())


class ReviewItem(models.Model):
    """A question to a person: are these two one? Asked about the pair of records that speaks loudest for it.

    why    weight (unsure), household (much in common, but two people by their names or birth dates), numbers
           (different numbers of one system), confirmed (two customers that people put together each), joined (one
           customer by weights alone, though one system knows him under two numbers: please look)
    value  how much an answer is worth: pairs of records that it decides, times how probable "one" is
    state  open, answered, obsolete (nothing is asked any more: they came together or apart in another way)
    """

    OPEN, ANSWERED, OBSOLETE = "open", "answered", "obsolete"

    uuid = models.UUIDField(default=uuid7, unique=True)
    run = Loose(MatchRun, db_index=False)
    a = Loose(SourceRecord)
    b = Loose(SourceRecord)
    weight = models.FloatField()
    why = models.TextField()
    value = models.FloatField()
    state = models.TextField(db_default="open")
    asked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["a", "b"], condition=models.Q(state="open"), name="review_is_open_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-value", "id"], condition=models.Q(state="open"), name="review_open"),
        ]


class ReviewAnswer(models.Model):
    """What a person said to a question: same, different, later. ``act``: what came of it, if anything yet."""

    SAME, DIFFERENT, LATER = "same", "different", "later"

    item = Loose(ReviewItem)
    person_id = models.BigIntegerField(null=True)
    said = models.TextField()
    event = Loose(Event, db_index=False)
    act = Loose(IdentityAct, null=True)


class Order(models.Model):
    """An order, return, payment or repair, as its system last told it. Versions are events; money in minor units."""

    uuid = models.UUIDField(default=uuid7)
    system = Loose(System)
    key_digest = models.BinaryField()
    key = models.TextField()
    record = Loose(SourceRecord, null=True, db_index=True)
    kind = models.TextField(db_default="order")
    status = models.TextField(db_default="", blank=True)
    at = models.DateTimeField(null=True)
    promised_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.TextField(db_default="", blank=True)
    article = models.TextField(db_default="", blank=True)
    content_digest = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["system", "key_digest"], name="order_key_is_unique"),
        ]


class Unreached(models.Model):
    """An address that something could not be brought to: by the digest of the identifier, so for all who have it.

    hard  no such mailbox; else it was full, or its server away
    """

    digest = models.BinaryField(primary_key=True)
    hard = models.BooleanField()
    since = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.IntegerField(db_default=1)
